"""Catalogue B: how rows and columns can be broken."""

from __future__ import annotations

import pytest

from tests.catalogue.desk import Case, Desk, check, ids

HEAD = b"account_id,name,employees\n"
GOOD = HEAD + b"X1,Beta,10\nX2,Gamma,20\n"
KEYS = ("X1", "X2")
SUBS = b"subscription_id,account_id,plan,amount,currency,interval,started_on\n"


def many(rows: int, **columns: str) -> bytes:
    """Accounts B0, B1, …; columns: header → what stands in it."""
    head = ",".join(["account_id", "name", *columns])
    body = "".join(",".join([f"B{n}", f"Company {n}", *columns.values()]) + "\n" for n in range(rows))
    return f"{head}\n{body}".encode()


CASES = [
    Case("B1", GOOD.replace(b",", b";"), 0, says=("cells are cut at semicolon",), keys=KEYS),
    Case("B1", GOOD.replace(b",", b"\t"), 0, says=("cells are cut at tab",), keys=KEYS, name="new.tsv"),
    Case("B1", GOOD.replace(b",", b"|"), 0, says=("cells are cut at pipe",), keys=KEYS),
    Case("B1", b"a;b,c\n1;2,3\n4;5,6\n", 10, "IMP-025", ":1", says=("both fit", "--delimiter comma")),
    Case(
        "B2",
        b'account_id, name, employees\nX1, "Beta, Inc", 10\nX2, Gamma, 20\n',
        0,
        keys=KEYS,
        holds=(("SELECT name FROM account WHERE key = 'X1'", [("Beta, Inc",)]),),
    ),
    Case(
        "B2",
        b"account_id, name, employees\nX1, Beta, 10\nX2, Gamma, 20\n",
        0,
        keys=KEYS,
        holds=(("SELECT name FROM account WHERE key LIKE 'X_' ORDER BY key", [("Beta",), ("Gamma",)]),),
    ),
    # one blank of two is a cell's own
    Case(
        "B2",
        b"account_id,name,employees\nX1, Beta,10\nX2,Gamma,20\n",
        0,
        keys=KEYS,
        holds=(("SELECT name FROM account WHERE key = 'X1'", [(" Beta",)]),),
    ),
    Case("B3", b"sep=;\r\n" + GOOD.replace(b",", b";"), 0, keys=KEYS),
    Case("B4", GOOD.replace(b"\n", b"\r"), 0, keys=KEYS),
    Case("B4", GOOD.replace(b"\n", b"\r\n", 1), 0, keys=KEYS),
    Case(
        "B4",
        HEAD + b"X1,Beta,10\r\r\nX2,Gamma,many\r\r\n",
        3,
        "IMP-126",
        ':4 · record 2 · column "employees" (3)',
        "many",
        keys=("X1",),
    ),
    Case(
        "B5",
        HEAD + b'X1,"Beta\nInc",10\nX2,Gamma,many\n',
        3,
        "IMP-126",
        ':4 · record 2 · column "employees" (3)',
        "many",
        keys=("X1",),
        raw=(b"X2,Gamma,many\n",),
        holds=(("SELECT name FROM account WHERE key = 'X1'", [("Beta\nInc",)]),),
    ),
    Case(
        "B6",
        GOOD + b"X3,Delta\nX4,Eps,5\n",
        3,
        "IMP-048",
        ":4 · record 3",
        says=("2 cells, header has 3",),
        keys=(*KEYS, "X4"),
        raw=(b"X3,Delta\n",),
    ),
    Case(
        "B7",
        GOOD + b"X3,Delta, Inc,5\nX4,Eps,5\n",
        3,
        "IMP-048",
        ':4 · record 3 · column "name" (2)',
        says=("4 cells, header has 3", "quotes around a cell that holds"),
        keys=(*KEYS, "X4"),
        raw=(b"X3,Delta, Inc,5\n",),
    ),
    Case("B8", HEAD + b"X1,Beta,10,\nX2,Gamma,20,\n", 0, keys=KEYS),
    Case(
        "B9",
        GOOD + b'X3,Acme "East",5\nX4,Eps,5\n',
        3,
        "IMP-041",
        ':4 · record 3 · column "name" (2)',
        keys=(*KEYS, "X4"),
        raw=(b'X3,Acme "East",5\n',),
    ),
    Case(
        "B10",
        GOOD + b'X3,"Delta"Inc,5\nX4,Eps,5\n',
        3,
        "IMP-042",
        ':4 · record 3 · column "name" (2)',
        keys=(*KEYS, "X4"),
        raw=(b'X3,"Delta"Inc,5\n',),
    ),
    Case(
        "B11",
        GOOD + b'X3,"Delta \\"East\\" Inc",5\nX4,Eps,5\n',
        3,
        "IMP-042",
        ":4 · record 3",
        keys=(*KEYS, "X4"),
        raw=(b'X3,"Delta \\"East\\" Inc",5\n',),
    ),
    Case(
        "B12",
        b"'account_id','name','employees'\n'X1','Beta','10'\n'X2','Gamma','20'\n",
        10,
        "IMP-028",
        ":1",
        says=('--quote "\'"',),
        way=("--quote", "'"),
        keys=KEYS,
    ),
    Case(
        "B13",
        HEAD + "X1,“Beta” Ltd,10\nX2,Gamma,20\n".encode(),
        0,
        keys=KEYS,
        holds=(("SELECT name FROM account WHERE key = 'X1'", [("“Beta” Ltd",)]),),
    ),
    Case("B14", b"account_id,name,name\nX1,Beta,Other\n", 10, "IMP-206", says=("2 and 3",)),
    Case("B14", b"account_id,name,note,note\nX1,Beta,a,b\n", 0, keys=("X1",)),
    Case("B15", b"account_id,name,NAME \nX1,Beta,Other\n", 10, "IMP-206", says=("2 and 3",)),
    Case(
        "B16",
        b"account_id,name,,employees\nX1,Beta,what,10\nX2,Gamma,,20\n",
        0,
        says=("column 3 has no name",),
        keys=KEYS,
    ),
    Case(
        "B17",
        'account_id,"na\u200bme","employ\u00adees"\nX1,Beta,10\n'.encode(),
        0,
        says=("header cleaned", "name"),
        keys=("X1",),
        holds=(("SELECT name, employees FROM account WHERE key = 'X1'", [("Beta", 10)]),),
    ),
    Case("B17", 'account_id,"\n name\u00a0",employees\nX1,Beta,10\n'.encode(), 0, keys=("X1",)),
    Case("B18", b"acct_id,name,employees\nX1,Beta,10\n", 10, "IMP-202", says=('misses "account_id"', "cs sources new")),
    Case(
        "B18",
        b"subscription_id,acount_id,plan\nS9,A1,pro\n",
        10,
        "IMP-202",
        says=('cs_subscription comes nearest and misses "account_id" (there is "acount_id")',),
    ),
    Case(
        "B18",
        b"account_id,name\nX1,Beta\n",
        10,
        "IMP-204",
        options=("--source", "cs_subscription"),
        says=("subscription_id",),
    ),
    Case("B18", b"account_id,day,metric,values\nA1,2026-01-01,logins,5\n", 10, options=(), says=("value",)),
    Case(
        "B19",
        b"account_id,name,employees,colour,Shape\nX1,Beta,10,red,round\n",
        0,
        says=("not read: colour, Shape",),
        keys=("X1",),
    ),
    Case(
        "B20",
        b"employees,name,account_id\n10,Beta,X1\n20,Gamma,X2\n",
        0,
        keys=KEYS,
        holds=(("SELECT name, employees FROM account WHERE key = 'X1'", [("Beta", 10)]),),
    ),
    Case(
        "B21",
        b"17,ann@acme.com,2026-01-05\n18,bob@acme.com,2026-01-06\n",
        10,
        "IMP-029",
        ":1",
        says=("first row looks like data",),
    ),
    Case("B22", GOOD + HEAD + b"X3,Delta,5\n", 0, keys=(*KEYS, "X3")),
    Case("B23", b"Company,,Size\n" + GOOD, 10, "IMP-030", ":1", says=("--skip 1",), way=("--skip", "1"), keys=KEYS),
    Case("B23", b"Thing,,Size\nref,label,count\nX1,Beta,10\nX2,Gamma,20\n", 10, "IMP-030", ":1", says=("--skip 1",)),
    Case("B24", HEAD + b"\nX1,Beta,10\n,,\n\nX2,Gamma,20\n\n", 0, keys=KEYS),
    Case(
        "B25",
        many(6, employee_count="5"),
        10,
        "IMP-222",
        ":1 · employee_count",
        says=('the column "employees" is gone: is "employee_count" its new name?',),
        before=(("old.csv", many(6, employees="4")),),
        way=("--rename", "employee_count=employees"),
        holds=(("SELECT DISTINCT employees FROM account WHERE key LIKE 'B%' AND retired_by IS NULL", [(5,)]),),
    ),
    Case(
        "B25",
        many(6, employee_count="5"),
        10,
        "IMP-222",
        before=(("old.csv", many(6, employees="4")),),
        way=("--yes",),
        holds=(("SELECT DISTINCT employees FROM account WHERE key LIKE 'B%' AND retired_by IS NULL", [(4,)]),),
    ),
    Case("B25", many(6, colour="red"), 0, before=(("old.csv", many(6, employees="4")),), says=("not read: colour",)),
    Case(
        "B26",
        many(6, employees=""),
        15,
        "IMP-233",
        says=("would clear 6 known values",),
        way=("--yes",),
        before=(("old.csv", many(6, employees="4")),),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_b(case: Case, desk: Desk) -> None:
    check(case, desk)


def test_b8_an_extra_cell_that_is_filled_once_is_no_trailing_comma(desk: Desk) -> None:
    answer = desk.cs("import", desk.file("new.csv", HEAD + b"X1,Beta,10,\nX2,Gamma,20,x\nX3,Delta,5,\n"))
    assert answer.code in (3, 10)
    assert "X2" not in desk.keys("account")


def test_b24_blank_rows_are_no_records(desk: Desk) -> None:
    answer = desk.cs("import", desk.file("new.csv", HEAD + b"\nX1,Beta,10\n,,\nX2,Gamma,many\n"))
    assert "record 2" in answer.err
    assert desk.rows("SELECT rows FROM change_set ORDER BY id DESC LIMIT 1") == [(2,)]


def test_over_a_twentieth_of_the_rows_bad_refuses_the_file(desk: Desk) -> None:
    rows = b"".join(b"X%d,Beta,%s\n" % (n, b"many" if n < 21 else b"5") for n in range(400))
    before = desk.dump()
    answer = desk.cs("import", desk.file("new.csv", HEAD + rows))
    assert answer.code == 10
    assert "21 of 400 rows" in answer.err
    assert 'new.csv:2 · record 1 · column "employees" (3)' in answer.err
    assert "and 18 more like this" in answer.err
    assert desk.dump() == before
    # twenty bad rows are few enough
    assert desk.cs("import", desk.file("new.csv", HEAD + rows.replace(b"X20,Beta,many", b"X20,Beta,5"))).code == 3


def test_strict_refuses_a_single_bad_row(desk: Desk) -> None:
    before = desk.dump()
    path = desk.file("new.csv", GOOD + b"X3,Delta,many\n")
    answer = desk.cs("import", path, "--strict")
    assert answer.code == 10
    assert f'{path}:4 · record 3 · column "employees" (3)' in answer.err
    assert desk.dump() == before
