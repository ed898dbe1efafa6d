"""Catalogue E: across files and over time."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest

from tests.catalogue.desk import Case, Desk, check, ids

SUB = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"


def accounts(first: int, last: int, owner: str = "Ann", name: str = "Company") -> bytes:
    rows = "".join(f"B{n},{name} {n},company{n}.example,{owner}\n" for n in range(first, last))
    return f"account_id,name,domain,owner\n{rows}".encode()


def owned(count: int) -> bytes:
    rows = "".join(f"B{n},Company {n},company{n}.example,{('Ann', 'Bob', 'Cy')[n % 3]}\n" for n in range(count))
    return f"account_id,name,domain,owner\n{rows}".encode()


def subscriptions(amount: str = "20.00", currency: str = "EUR", count: int = 12) -> bytes:
    rows = "".join(f"P{n},A1,pro,1,{amount},{currency},month,2025-01-01,active\n" for n in range(count))
    return (SUB + rows).encode()


BIG = owned(40)
CASES = [
    Case(
        "E2",
        b"account_id,name,last_activity_on\nB1,One,2026-05-28\nB2,Two,2026-05-30\n",
        15,
        "IMP-232",
        before=(("new.csv", b"account_id,name,last_activity_on\nB1,One,2026-06-20\nB2,Two,2026-06-28\n"),),
        says=("last activity goes back", "2026-06-28", "--as-of"),
        way=("--as-of", "2026-05-31"),
    ),
    Case("E3", BIG[: len(BIG) // 2 - 3], 10, "IMP-035", before=(("old.csv", BIG),), says=("truncated",)),
    Case("E3", b"".join(BIG.splitlines(True)[:21]), 15, "IMP-231", before=(("old.csv", BIG),), says=("--complete",)),
    Case(
        "E4",
        b"".join(line for line in BIG.splitlines(True) if b",Bob" not in line and b",Cy" not in line),
        15,
        "IMP-231",
        before=(("old.csv", BIG),),
        says=("29 of the 43", "every row is of one owner: Ann"),
        way=("--complete",),
    ),
    Case(
        "E8",
        b"subscription_id,account_id,plan\nS9,A1,pro\n",
        10,
        "IMP-204",
        options=("--source", "hubspot_companies"),
        says=("this looks like cs_subscription",),
    ),
    Case(
        "E9",
        accounts(500, 520),
        15,
        "IMP-234",
        before=(("old.csv", accounts(0, 20)),),
        says=("another company",),
        way=("--yes",),
    ),
    Case(
        "E10",
        subscriptions("2000.00"),
        15,
        "IMP-235",
        before=(("old.csv", subscriptions()),),
        says=("MRR in EUR would move",),
        way=("--yes",),
    ),
    Case(
        "E11",
        subscriptions(currency="USD", count=12),
        15,
        "IMP-236",
        before=(("old.csv", subscriptions()),),
        says=("12 of 12 changed subscriptions turn from EUR into USD",),
        way=("--yes",),
    ),
    Case(
        "E12",
        b"account_id,day,metric,value\nA1,2026-06-01,logins,5\nA1,2026-12-24,logins,9\n",
        0,
        says=("1 values are of days after 2026-06-30", "line 3"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_e(case: Case, desk: Desk) -> None:
    check(case, desk)


def test_e1_the_same_bytes_again_under_any_name(desk: Desk) -> None:
    assert desk.cs("import", desk.file("one.csv", BIG)).code == 0
    before = desk.dump()
    for name in ("one.csv", "renamed.csv"):
        answer = desk.cs("import", desk.file(name, BIG))
        assert answer.code == 0
        assert "already imported as #3" in answer.err
    assert desk.dump() == before


def test_e5_billing_for_accounts_that_the_crm_lacks(desk: Desk) -> None:
    content = b"subscription_id,account_id,amount,currency,interval,started_on\nS8,NOBODY,5.00,EUR,month,2026-01-01\n"
    answer = desk.cs("import", desk.file("new.csv", content))
    assert answer.code == 0
    assert "1 reference has no account; its rows count in no figure" in answer.err
    assert "cs accounts match" in answer.err
    # what it would add to the MRR stands in no account
    assert "MRR EUR" not in answer.err and "1 customer, 60 ARR, has no account" in answer.err
    assert sum(row["mrr"] or 0 for row in desk.cs("accounts", "list", "--all", "-f", "json").json) == 600
    assert "NOBODY" in answer.err
    listed = desk.cs("accounts", "list", "--all", "-f", "json").json
    assert {row["account_id"] for row in listed} == {"A1", "A2", "A3"}


def test_e6_two_accounts_answer_to_one_customer(desk: Desk) -> None:
    assert (
        desk.cs(
            "import", desk.file("more.csv", b"account_id,name,domain\nB1,Twin,twin.example\nB2,Other,twin.example\n")
        ).code
        == 0
    )
    content = b"ticket_id,account_id,requester_email,opened_at\nT1,,ann@twin.example,2026-01-01\n"
    answer = desk.cs("import", desk.file("tickets.csv", content))
    assert answer.code == 0
    assert "twin.example is shared by 2 accounts" in answer.err
    assert desk.rows("SELECT count(*) FROM identity i JOIN ticket t ON t.ref = i.ref WHERE i.retired_by IS NULL") == [
        (0,)
    ]


def test_e7_renamed_and_used_again(desk: Desk) -> None:
    answer = desk.cs("import", desk.file("renamed.csv", b"account_id,name,domain\nA1,Acme Group,acme.com\n"))
    assert answer.code == 0
    before = desk.dump()
    answer = desk.cs("import", desk.file("reused.csv", b"account_id,name,domain\nA1,Zenith,zenith.example\n"))
    assert answer.code == 15
    assert "error[IMP-237]" in answer.err
    assert "A1" in answer.err
    assert "Acme Group" in answer.err
    assert desk.dump() == before


def test_e13_an_import_waits_for_another_writer(desk: Desk) -> None:
    path = desk.file("one.csv", BIG)
    other = sqlite3.connect(desk.root / "cs.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")

    def let_go() -> None:
        time.sleep(0.5)
        other.execute("COMMIT")
        other.close()

    thread = threading.Thread(target=let_go)
    thread.start()
    answer = desk.cs("import", path)
    thread.join()
    assert answer.code == 0, answer.err
    assert len(desk.keys("account")) == 43


def test_e14_undo_of_an_import_that_others_built_on(desk: Desk) -> None:
    assert desk.cs("import", desk.file("one.csv", accounts(0, 8))).code == 0
    assert desk.cs("import", desk.file("two.csv", accounts(0, 8, owner="Zoe"))).code == 0
    before = desk.dump()
    answer = desk.cs("imports", "undo", 3)
    assert answer.code == 15
    assert "#4" in answer.err
    assert "--keep-later" in answer.err
    assert desk.dump() == before
    assert desk.cs("imports", "undo", 3, "--keep-later").code == 0
    assert desk.rows("SELECT DISTINCT owner FROM account WHERE key LIKE 'B%' AND retired_by IS NULL") == [("Zoe",)]


def test_e15_repaired_rows_come_in_alone_and_are_linked(desk: Desk) -> None:
    bad = accounts(0, 8).replace(b"B3,Company 3", b'B3,Com"pany 3')
    answer = desk.cs("import", desk.file("one.csv", bad))
    assert answer.code == 3
    rejects = desk.root / "rejects" / "3.csv"
    assert rejects.read_bytes() == b'account_id,name,domain,owner\nB3,Com"pany 3,company3.example,Ann\n'
    rejects.write_bytes(rejects.read_bytes().replace(b'Com"pany', b"Company"))
    answer = desk.cs("import", rejects)
    assert answer.code == 0, answer.err
    assert "repairs rows of #3" in answer.err
    assert "1 added, 0 changed, 0 unchanged" in answer.err
    assert desk.rows("SELECT fixes FROM change_set WHERE id = 4") == [(3,)]
    assert "B3" in desk.keys("account")


def test_a_helping_column_that_is_empty_throughout_is_no_loss(desk: Desk) -> None:
    """The whole price is kept in no column of the store, so it clears nothing there."""
    head = b"uuid,account_code,email,plan_code,quantity,unit_amount,total_recurring_amount,currency,activated_at\n"
    rows = b"".join(b"u%d,A1,,pro,2,50.00,,EUR,2026-01-10\n" % n for n in range(8))
    assert desk.cs("import", desk.file("one.csv", head + rows)).code == 0
    answer = desk.cs("import", desk.file("two.csv", head + rows.replace(b"u7,A1,,pro", b"u7,A1,,max")))
    assert answer.code == 0, answer.err
    assert "0 added, 1 changed, 7 unchanged" in answer.err


ORDERS = b"invoice_id,account_id,issued_on,amount,currency\n" + b"".join(
    b"I%d,A1,%02d/02/2026,10.%02d,EUR\n" % (n, n + 1, n) for n in range(20)
)


@pytest.mark.parametrize(
    ("encoding", "mark", "words"),
    [("utf-8", b"", ()), ("utf-16-le", b"\xff\xfe", ()), ("cp1252", b"", ("--encoding", "cp1252"))],
)
def test_e15_a_repaired_row_is_read_as_the_whole_file_was(
    desk: Desk, encoding: str, mark: bytes, words: tuple[str, ...]
) -> None:
    """Two days alone would not tell day first from month first, nor a few bytes their encoding."""
    text = ORDERS.decode().replace("I3,A1,04/02/2026", "I3é,A1,O4/02/2026")
    assert desk.cs("import", *words, desk.file("one.csv", mark + text.encode(encoding))).code == 3
    path = desk.root / "rejects" / "3.csv"
    head, row = text.splitlines()[0], "I3é,A1,O4/02/2026,10.03,EUR"
    assert path.read_bytes() == mark + f"{head}\n{row}\n".encode(encoding)
    path.write_bytes(path.read_bytes().replace("O4".encode(encoding), "04".encode(encoding)))
    answer = desk.cs("import", path)
    assert answer.code == 0, answer.err
    assert "1 added, 0 changed, 0 unchanged" in answer.err
    assert desk.rows("SELECT issued_on FROM invoice WHERE key = 'I3é'") == [("2026-02-04",)]
    again = desk.cs("import", path)
    assert "already imported as #4" in again.err


def test_e15_a_repair_of_a_repair_is_read_as_the_first_file_was(desk: Desk) -> None:
    text = ORDERS.replace(b"/2026", b"/26").replace(b"I3,A1,04", b"I3,A1,O4")
    words = ("--dates", "dmy", "--century")
    assert desk.cs("import", *words, desk.file("one.csv", text)).code == 3
    for number, wrong, right in ((3, b"O4", b"o4"), (4, b"o4", b"04")):
        path = desk.root / "rejects" / f"{number}.csv"
        path.write_bytes(path.read_bytes().replace(wrong, right))
        answer = desk.cs("import", path)
    assert answer.code == 0, answer.err
    assert desk.rows("SELECT issued_on FROM invoice WHERE key = 'I3'") == [("2026-02-04",)]
    assert desk.rows("SELECT fixes FROM change_set WHERE id > 3 ORDER BY id") == [(3,), (4,)]


def test_e15_an_invoice_waits_for_all_of_its_lines(desk: Desk) -> None:
    head = b"Date,Num,Customer,Due Date,Amount,Open Balance\n"
    lines = [b"13/01/2026,1001,Acme,12/02/2026,70.00,0.00\n", b"13/01/2026,1001,Acme,12/02/2026,3O.00,0.00\n",
             b"14/01/2026,1002,Acme,12/02/2026,5.00,0.00\n"]  # fmt: skip
    answer = desk.cs("import", desk.file("qb.csv", head + b"".join(lines)))
    assert answer.code == 3
    assert "error[IMP-217] a part of the record of which line 3 cannot be read" in answer.err
    assert desk.rows("SELECT key, amount FROM invoice") == [("1002", 500)]
    path = desk.root / "rejects" / "3.csv"
    assert path.read_bytes() == head + lines[0] + lines[1]
    path.write_bytes(path.read_bytes().replace(b"3O", b"30"))
    assert desk.cs("import", path).code == 0
    assert desk.rows("SELECT key, amount FROM invoice ORDER BY key") == [("1001", 10_000), ("1002", 500)]


def test_c22_lines_of_different_accounts_are_no_invoice(desk: Desk) -> None:
    head = b"Date,Num,Customer,Due Date,Amount,Open Balance\n"
    rows = ((1, b"Acme"), (1, b"Globex"), (2, b"Acme"))
    lines = b"".join(b"13/01/2026,%d,%s,12/02/2026,70.00,0.00\n" % row for row in rows)
    answer = desk.cs("import", desk.file("qb.csv", head + lines))
    assert answer.code == 3
    assert "error[IMP-215] the same key with different accounts" in answer.err
    assert "qb.csv:2 · record 1" in answer.err
    assert desk.rows("SELECT key, amount FROM invoice") == [("2", 7000)]


def test_e15_a_sum_waits_for_all_of_its_rows(desk: Desk) -> None:
    rows = b"account_id,day,metric,value\nA1,2026-06-01,logins,3\nA1,2026-06-01,logins,many\nA2,2026-06-01,logins,4\n"
    assert desk.cs("import", desk.file("use.csv", rows)).code == 3
    assert desk.rows("SELECT value FROM usage") == [(4,)]


def test_e15_a_repaired_row_keeps_the_heading_that_it_stood_under(desk: Desk) -> None:
    head = b"Date,Num,Due Date,Amount,Open Balance\n"
    rows = b"Acme,,,,\n13/01/2026,1,12/02/2026,7.00,0.00\nGlobex\n14/01/2026,2,12/02/2026,8O.00,0.00\n"
    assert desk.cs("import", desk.file("qb.csv", head + rows)).code == 3
    path = desk.root / "rejects" / "3.csv"
    assert path.read_bytes() == head + b"Globex\n14/01/2026,2,12/02/2026,8O.00,0.00\n"
    path.write_bytes(path.read_bytes().replace(b"8O", b"80"))
    assert desk.cs("import", path).code == 0
    owner = "SELECT r.external_id, i.amount FROM invoice AS i JOIN ref AS r ON r.id = i.ref ORDER BY i.key"
    assert desk.rows(owner) == [("name:Acme", 700), ("name:Globex", 8000)]


def test_a_refused_command_of_several_files_changes_nothing(desk: Desk) -> None:
    before = desk.dump()
    answer = desk.cs("import", desk.file("good.csv", BIG), desk.file("bad.csv", b""))
    assert answer.code == 10
    assert desk.dump() == before
