"""Catalogue C: what can be wrong with a cell, and what a whole column decides."""

from __future__ import annotations

import pytest

from tests.catalogue.desk import Case, Desk, check, ids

DAY = "account_id,name,created_on\n"
SUB = "subscription_id,account_id,amount,currency,interval,started_on\n"
INV = "invoice_id,account_id,issued_on,amount,currency,status\n"


def days(*cells: str) -> bytes:
    return (DAY + "".join(f'X{n},Beta {n},"{cell}"\n' for n, cell in enumerate(cells, 1))).encode()


def amounts(*cells: str, currency: str = "EUR") -> bytes:
    return (INV + "".join(f'I{n},A1,2026-01-05,"{cell}",{currency},open\n' for n, cell in enumerate(cells, 1))).encode()


def day_is(*wanted: str | None) -> tuple[tuple[str, object], ...]:
    return (("SELECT created_on FROM account WHERE key LIKE 'X%' ORDER BY key", [(day,) for day in wanted]),)


def amount_is(*wanted: int) -> tuple[tuple[str, object], ...]:
    return (("SELECT amount FROM invoice ORDER BY key", [(amount,) for amount in wanted]),)


def day_fault(cell: str, ident: str = "IMP-110") -> Case:
    return Case("C3", days("2026-01-31", cell), 3, ident, ':3 · record 2 · column "created_on" (3)', cell, keys=("X1",))


def no_number(cell: str) -> Case:
    return Case(
        "C13",
        amounts("12.50", cell),
        3,
        "IMP-120",
        ':3 · record 2 · column "amount" (4)',
        cell,
        kind="invoice",
        keys=("I1",),
    )


CASES = [
    Case(
        "C1",
        days("01/02/2026", "03/04/2026"),
        10,
        "IMP-101",
        ":2",
        "01/02/2026",
        says=("2026-02-01 (day first)", "2026-01-02 (month first)"),
        way=("--dates", "dmy"),
    ),
    Case(
        "C1", days("01/02/2026", "03/04/2026"), 0, options=("--dates", "mdy"), holds=day_is("2026-01-02", "2026-03-04")
    ),
    Case("C2", days("13/02/2026", "02/13/2026"), 10, "IMP-102", ":2", says=("line 2", "line 3")),
    Case("C2", days("2026-02-13", "13/02/2026"), 10, "IMP-102", says=("line 2", "line 3")),
    Case("C2", days("02/13/2026", "05.01.2026"), 10, "IMP-102", says=("with .", "line 2", "line 3")),
    Case("C2", days("13/02/2026", "25.01.2026"), 0, keys=("X1", "X2")),
    Case(
        "C3",
        days("25/01/2026", "31/02/2026"),
        3,
        "IMP-110",
        ':3 · record 2 · column "created_on" (3)',
        "31/02/2026",
        keys=("X1",),
    ),
    day_fault("2026-02-29"),
    day_fault("0000-00-00", "IMP-112"),
    day_fault("9999-12-31", "IMP-112"),
    day_fault("1899-12-30", "IMP-112"),
    Case("C4", days("12/31/26", "11/30/26"), 10, "IMP-104", ":2", "12/31/26", way=("--century",), keys=("X1", "X2")),
    Case(
        "C5",
        days("46000", "46000.5"),
        10,
        "IMP-105",
        ":2",
        "46000",
        says=("2025-12-09 (excel)",),
        way=("--excel-dates",),
        keys=("X1", "X2"),
    ),
    Case("C6", days("2026-11-01T23:30:00-08:00", "2026-11-01T23:30:00Z"), 0, holds=day_is("2026-11-02", "2026-11-01")),
    Case("C6", days("2026-11-01T23:30:00Z", "2026-11-01T23:30:00"), 10, "IMP-103", says=("line 2", "line 3")),
    Case("C7", days("2026 5 Nov"), 10, "IMP-106", ":2", "2026 5 Nov", way=("--dates", "YYYY D MMM")),
    Case("C7", days("Nov 5, 2026", "05-Nov-26"), 0, holds=day_is("2026-11-05", "2026-11-05")),
    Case("C7", days("2026-01-31", "5 Νοε 2026"), 3, "IMP-110", value="5 Νοε 2026", keys=("X1",)),
    Case(
        "C7",
        days("2026-01-31", "2569-01-31"),
        3,
        "IMP-112",
        value="2569-01-31",
        says=("year out of range",),
        keys=("X1",),
    ),
    Case("C8", days("2026-01-31", "N/A", "-", "NULL", ""), 0, holds=day_is("2026-01-31", None, None, None, None)),
    Case("C8", days("2026-01-31", "today", "TBD"), 3, "IMP-110", value="today", keys=("X1",)),
    Case("C8", days("2026-01-31", "#REF!"), 3, "IMP-132", value="#REF!", keys=("X1",)),
    Case(
        "C8",
        b"account_id,name\nX1,Beta\nX2,#REF!\n",
        3,
        "IMP-132",
        ':3 · record 2 · column "name" (2)',
        "#REF!",
        keys=("X1",),
    ),
    Case(
        "C9",
        (
            SUB.replace("\n", ",ended_on\n")
            + "S8,A1,50.00,EUR,month,2026-05-01,2026-04-01\nS9,A1,5.00,EUR,month,2026-05-01,\n"
        ).encode(),
        3,
        "IMP-216",
        ':2 · record 1 · column "ended_on" (7)',
        "2026-04-01",
        kind="subscription",
        keys=("S9",),
    ),
    Case(
        "C9",
        (
            SUB.replace("\n", ",renews_on\n")
            + "S8,A1,50.00,EUR,month,2026-05-01,2026-04-01\nS9,A1,5.00,EUR,month,2026-05-01,\n"
        ).encode(),
        3,
        "IMP-216",
        kind="subscription",
        keys=("S9",),
    ),
    Case(
        "C9",
        (SUB + "S8,A1,5.00,EUR,month,2125-05-01\n").encode(),
        0,
        says=("lies far ahead", "2125-05-01"),
        kind="subscription",
        keys=("S8",),
    ),
    Case("C11", amounts("1,234.56", "12.50"), 0, holds=amount_is(123456, 1250)),
    Case("C11", amounts("1.234,56", "12,50"), 0, says=("decimal comma",), holds=amount_is(123456, 1250)),
    Case("C11", amounts("1 234,56", "1\u202f234,50"), 0, holds=amount_is(123456, 123450)),
    Case("C11", amounts("1'234.56", "1’234.50"), 0, holds=amount_is(123456, 123450)),
    Case("C11", amounts("1,23,456.00"), 0, holds=amount_is(12345600)),
    Case("C11", amounts("1,234"), 10, "IMP-107", ":2", "1,234", way=("--decimal", "."), kind="invoice", keys=("I1",)),
    Case("C11", amounts("1,23"), 0, options=("--decimal", ","), kind="invoice", keys=("I1",), holds=amount_is(123)),
    Case("C11", amounts("1,234.56", "1.234,56"), 10, "IMP-108", says=("line 2", "line 3")),
    Case(
        "C12",
        amounts("(1,234.00)", "1234.00-", "-€5.00", "€ 1,234.00", "EUR 5.00", "5.00 €"),
        0,
        holds=amount_is(-123400, -123400, -500, 123400, 500, 500),
    ),
    Case("C12", amounts("12.50", "12k", "1.2M"), 3, "IMP-122", value="12k", kind="invoice", keys=("I1",)),
    *(no_number(cell) for cell in ("1e5", "1E400", "NaN", "Infinity", "0x10", "1_000", "１２", "١٢", "1.2OO")),
    Case(
        "C14",
        amounts("12.50", "99.999"),
        3,
        "IMP-124",
        ':3 · record 2 · column "amount" (4)',
        "99.999",
        kind="invoice",
        says=("more decimals than EUR has",),
        keys=("I1",),
    ),
    Case(
        "C14",
        amounts("12", "0.5", currency="JPY"),
        3,
        "IMP-124",
        value="0.5",
        kind="invoice",
        keys=("I1",),
        holds=amount_is(12),
    ),
    Case(
        "C15",
        amounts("12.50", "92233720368547758.08"),
        3,
        "IMP-121",
        value="92233720368547758.08",
        kind="invoice",
        keys=("I1",),
    ),
    Case("C15", amounts("12.50", "92233720368547758.07"), 0, holds=amount_is(1250, 2**63 - 1)),
    Case(
        "C16",
        (
            SUB.replace("\n", ",discount\n")
            + "S7,A1,5.00,EUR,month,2026-01-01,12%\nS8,A1,5.00,EUR,month,2026-01-01,0.12\n"
            "S9,A1,5.00,EUR,month,2026-01-01,12\n"
        ).encode(),
        10,
        "IMP-109",
        says=("--percents",),
    ),
    Case(
        "C16",
        (SUB.replace("\n", ",discount\n") + "S7,A1,5.00,EUR,month,2026-01-01,1\n").encode(),
        10,
        "IMP-109",
        ":2",
        "1",
        way=("--percents", "fraction"),
        kind="subscription",
        keys=("S7",),
    ),
    Case("C17", amounts("-12.50", "0", "0.00"), 0, holds=amount_is(-1250, 0, 0)),
    Case(
        "C18",
        (
            INV + "I1,A1,2026-01-05,5.00,usd,open\nI2,A1,2026-01-05,5.00,US$,open\nI3,A1,2026-01-05,5.00,,open\n"
            "I4,A1,2026-01-05,5.00,EUR,open\n"
        ).encode(),
        0,
        holds=(("SELECT currency FROM invoice ORDER BY key", [("USD",), ("USD",), ("EUR",), ("EUR",)]),),
    ),
    Case(
        "C18",
        (INV + "I1,A1,2026-01-05,5.00,EUR,open\nI2,A1,2026-01-05,5.00,EURO,open\n").encode(),
        3,
        "IMP-125",
        ':3 · record 2 · column "currency" (5)',
        "EURO",
        kind="invoice",
        keys=("I1",),
    ),
    Case("C18", amounts("5.00", "$5.00"), 3, "IMP-123", value="$5.00", kind="invoice", keys=("I1",)),
    Case("C19", b"account_id,name\n0012,Beta\n12,Gamma\n12.0,Delta\n", 0, keys=("0012", "12", "12.0")),
    Case(
        "C19",
        b"account_id,name\n1.2346E+15,Beta\n",
        15,
        "IMP-230",
        says=("1.2346E+15",),
        way=("--yes",),
        keys=("1.2346E+15",),
    ),
    Case("C20", "account_id,name\n X1 ,Beta\nCafe\u0301,Gamma\nx1,Delta\n".encode(), 0, keys=("X1", "Café", "x1")),
    Case(
        "C20",
        b"account_id,name\nX1,Beta\n X1,Gamma\nX2,Delta\n",
        3,
        "IMP-215",
        says=("lines 2 and 3",),
        keys=("X2",),
        raw=(b"X1,Beta\n", b" X1,Gamma\n"),
    ),
    Case("C21", b"account_id,name\nX1,Beta\nX1,Beta\n", 0, says=("1 added, 0 changed, 1 unchanged",), keys=("X1",)),
    Case(
        "C22",
        b"account_id,name\nX1,Beta\nX1,Gamma\nX2,Delta\n",
        3,
        "IMP-215",
        ':2 · record 1 · column "account_id" (1)',
        "X1",
        says=("lines 2 and 3",),
        keys=("X2",),
        raw=(b"X1,Beta\n", b"X1,Gamma\n"),
    ),
    Case(
        "C23",
        b"account_id,name\nX1,Beta\n,Gamma\n",
        3,
        "IMP-210",
        ':3 · record 2 · column "account_id" (1)',
        keys=("X1",),
        raw=(b",Gamma\n",),
    ),
    *(
        Case(
            "C24",
            f'contact_id,account_id,email\nC1,A1,ann@acme.com\nC2,A1,"{cell}"\n'.encode(),
            3,
            "IMP-140",
            ':3 · record 2 · column "email" (3)',
            kind="contact",
            keys=("C1",),
        )
        for cell in (
            "a@b",
            "a@b..com",
            "a b@c.d",
            "a@b.com; c@d.com",
            "x" * 310 + "@acme.com",
            "ann@acme.com.",
            "@acme.com",
        )
        if cell != "ann@acme.com."
    ),
    Case(
        "C24",
        'contact_id,account_id,email\nC1,A1,"""x""@y.example"\nC2,A1,ann@bücher.example\n'.encode(),
        0,
        kind="contact",
        keys=("C1", "C2"),
    ),
    Case(
        "C25",
        b"account_id,name\nX1,+44 20 7946 0000\n",
        0,
        holds=(("SELECT name FROM account WHERE key = 'X1'", [("+44 20 7946 0000",)]),),
    ),
    Case(
        "C26",
        b"account_id,name\nX1," + b"n" * 10_000 + b"\n",
        0,
        says=("cut to 500 characters",),
        holds=(("SELECT length(name) FROM account WHERE key = 'X1'", [(500,)]),),
    ),
    Case(
        "C26",
        "account_id,name\nX1,👩‍👩‍👧‍👦 Z̷̧͖a̸l̵g̶o\n".encode(),
        0,
        holds=(("SELECT name FROM account WHERE key = 'X1'", [("👩‍👩‍👧‍👦 Z̷̧͖a̸l̵g̶o",)]),),
    ),
    Case(
        "C27",
        "account_id,name\nX1,abc\u202edef\n".encode(),
        0,
        holds=(("SELECT name FROM account WHERE key = 'X1'", [("abc\u202edef",)]),),
    ),
    Case(
        "C28",
        "account_id,name\nX\u200b1,Beta\nX\u00a02,Ga\u00admma\n".encode(),
        0,
        says=("invisible characters",),
        keys=("X1", "X 2"),
    ),
    Case("C29", "account_id,name\nX1,\u0410\u0441me\n".encode(), 0, says=("looks like Acme",), keys=("X1",)),
    Case(
        "C30",
        "account_id,name\nX1,Beta\nX2,Ga\ue000mma\n".encode(),
        3,
        "IMP-131",
        ':3 · record 2 · column "name" (2)',
        keys=("X1",),
    ),
    Case("C30", "account_id,name\nX1,Beta\nX2,Ga\uffferma\n".encode(), 3, "IMP-131", keys=("X1",)),
    Case("C30", b"account_id,name\nX1,Be\xed\xa0\x80ta\n", 10, "IMP-012", ":2"),
    Case(
        "C31",
        (
            SUB.replace("\n", ",trial\n")
            + "".join(
                f"T{n},A1,5.00,EUR,month,2026-01-01,{word}\n"
                for n, word in enumerate(["Y", "N", "TRUE", "1", "ja", "✓", "no", "0", "falsch"])
            )
        ).encode(),
        0,
        holds=(
            (
                "SELECT trial FROM subscription WHERE key LIKE 'T%' ORDER BY key",
                [(1,), (0,), (1,), (1,), (1,), (1,), (0,), (0,), (0,)],
            ),
        ),
    ),
    Case(
        "C31",
        (
            SUB.replace("\n", ",trial\n") + "T1,A1,5.00,EUR,month,2026-01-01,Y\nT2,A1,5.00,EUR,month,2026-01-01,maybe\n"
        ).encode(),
        3,
        "IMP-150",
        ':3 · record 2 · column "trial" (7)',
        "maybe",
        kind="subscription",
        keys=("T1",),
    ),
    Case(
        "C33",
        b"account_id,day,metric,value\nA1,2026-05-01,logins,5.5\nA1,2026-05-02,logins,-1\nA1,2026-05-03,logins,0\n",
        0,
        holds=(("SELECT value FROM usage ORDER BY day", [(5.5,), (-1.0,), (0.0,)]),),
    ),
    Case(
        "C34",
        b"account_id,name\nX1,None\nX2,null\nX3,nan\nX4,True\n",
        0,
        holds=(
            ("SELECT name FROM account WHERE key LIKE 'X%' ORDER BY key", [("None",), ("null",), ("nan",), ("True",)]),
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_c(case: Case, desk: Desk) -> None:
    check(case, desk)


def test_c10_the_29th_of_february_comes_back(desk: Desk) -> None:
    head = "subscription_id,account_id,amount,currency,interval,started_on,term_months,auto_renew\n"
    content = f"{head}L1,A3,1200.00,EUR,year,2024-02-29,12,yes\n".encode()
    assert desk.cs("import", desk.file("new.csv", content)).code == 0
    for as_of, wanted in (("2026-01-15", "2026-02-28"), ("2028-01-15", "2028-02-29"), ("2029-01-15", "2029-02-28")):
        rows = desk.cs("renewals", "list", "--as-of", as_of, "-f", "json").json
        assert [row["renewal_date"] for row in rows if row["account_id"] == "A3"] == [wanted]


def test_c18_currencies_are_never_added_up(desk: Desk) -> None:
    content = SUB + "S8,A3,50.00,USD,month,2026-01-01\n"
    answer = desk.cs("import", desk.file("new.csv", content.encode()))
    assert "MRR USD: 0 → 50, without a rate: in no sum" in answer.err
    assert "MRR EUR" not in answer.err  # unchanged


def test_c27_text_directions_are_shown(desk: Desk) -> None:
    assert desk.cs("import", desk.file("new.csv", "account_id,name\nX1,abc\u202edef\n".encode())).code == 0
    shown = desk.cs("accounts", "list", "--all", "-f", "table").out
    assert "\u202e" not in shown
    assert "<U+202E>" in shown


def test_c32_a_word_that_was_never_seen(desk: Desk) -> None:
    (desk.root / "sources" / "mine.yaml").write_text(
        "source: mine\nsystem: mine\nkind: ticket\nrole: support\nclaims: [case_no, client, state]\nkey: case_no\n"
        "account: {id: client, system: cs}\ncolumns:\n"
        "  status: {from: state, type: choice, map: {open: open, done: closed}}\n"
        "  opened_at: {from: opened, type: instant}\n"
    )
    content = b"case_no,client,state,opened\n1,A1,open,2026-01-01\n2,A1,frozen,2026-01-01\n"
    answer = desk.cs("import", desk.file("new.csv", content))
    assert answer.code == 3
    assert "error[IMP-151]" in answer.err
    assert 'new.csv:3 · record 2 · column "state" (3)' in answer.err
    assert "one of done, open" in answer.err
    assert desk.keys("ticket") == {"1"}


def test_c32_a_subscription_of_an_unknown_status_is_no_revenue(desk: Desk) -> None:
    head = b"subscription_id,account_id,amount,currency,interval,started_on,status\n"
    rows = b"".join(b"P%d,A1,10.00,EUR,month,2026-01-01,Active\n" % n for n in range(25))
    answer = desk.cs("import", desk.file("new.csv", head + rows + b"P25,A1,10.00,EUR,month,2026-01-01,wat\n"))
    assert answer.code == 3
    assert "error[IMP-151]" in answer.err
    assert 'new.csv:27 · record 26 · column "status" (7)' in answer.err
    assert "P25" not in desk.keys("subscription")


def test_c21_c22_rows_that_differ_in_an_attribute_only(desk: Desk) -> None:
    head = b"Record ID,Company name,Company Domain Name,Phone Number\n"
    twice = b"91,Beta,beta.example,+1 2\n92,Gamma,gamma.example,+1 3\n91,Beta,beta.example,+1 2\n"
    answer = desk.cs("import", desk.file("one.csv", head + twice))
    assert answer.code == 0, answer.err
    assert "2 added, 0 changed, 1 unchanged" in answer.err
    unlike = twice.replace(b"91,", b"93,").replace(b"+1 2", b"+1 7", 1)
    answer = desk.cs("import", desk.file("two.csv", head + unlike))
    assert answer.code == 3
    assert "the same key with different values on lines 2 and 4" in answer.err
    assert desk.rows("SELECT key, value FROM attribute WHERE retired_by IS NULL ORDER BY key") == [
        ("91|Phone Number", "+1 2"), ("92|Phone Number", "+1 3"),
    ]  # fmt: skip


NAUGHTY = [
    "undefined",
    "0/0",
    "Ω≈ç√∫˜µ≤≥÷",
    "田中さんにあげて下さい",
    "(｡◕ ∀ ◕｡)",
    "❤️ 💔",
    "1'; DROP TABLE account--",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "$(touch /tmp/x)",
    "%s%s%n",
    "../../etc/passwd",
    "CON",
    "ﷺ",
    "т̶е̶к̶с̶т̶",
    "=1+1",
    "@SUM(1)",
    "-2+3",
    "+1",
    "'quoted",
    "[red]x[/x]",
    ":smile:",
    "a\\b",
    "tab\there",
    "\u2028line",
    "ÅÄÖ",
    "İstanbul",
    "straße",
    "NIL",
    "1E02",
    "0x0",
    "--",
    "`id`",
]


def test_c35_naughty_strings_round_trip(desk: Desk) -> None:
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["account_id", "name", "industry"])
    for number, text in enumerate(NAUGHTY):
        writer.writerow([f"N{number:02}", text, text])
    answer = desk.cs("import", desk.file("new.csv", out.getvalue().encode()))
    assert answer.code == 0, answer.err
    kept = desk.rows("SELECT name, industry FROM account WHERE key LIKE 'N%' AND key <> 'NIL' ORDER BY key")
    assert kept == [(text, text) for text in NAUGHTY]


def test_d1_export_and_import_change_nothing(desk: Desk) -> None:
    rows = "".join(
        f'F{n},"{text}",x{n}.example\n'
        for n, text in enumerate(
            ["=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+cmd", "-2+3+cmd", "=HYPERLINK(1)", "＝1+1", ";=1", "'=1", "-5"]
        )
    )
    assert desk.cs("import", desk.file("new.csv", ("account_id,name,domain\n" + rows).encode())).code == 0
    before = desk.facts()
    out = desk.root / "reports" / "accounts.csv"
    assert desk.cs("accounts", "list", "--all", "-f", "csv", "-o", out).code == 0
    import csv

    with out.open(encoding="utf-8-sig", newline="") as file:
        exported = [(row["account_id"], row["name"]) for row in csv.DictReader(file)]
    assert ("F0", "'=cmd|' /C calc'!A0") in exported
    back = "account_id,name\n" + "".join('{},"{}"\n'.format(key, name.replace('"', '""')) for key, name in exported)
    answer = desk.cs("import", desk.file("back.csv", back.encode()))
    assert answer.code == 0, answer.err
    assert "0 added, 0 changed" in answer.err
    assert desk.facts() == before
