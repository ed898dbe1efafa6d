"""Options and files of an import that cannot be taken; beside the catalogue's rows."""

from __future__ import annotations

import sys

import pytest

from tests.catalogue.desk import SEED, Case, Desk, check, ids
from tests.refusals import nothing_changes, refused

ACCOUNTS = b"account_id,name,domain,employees\nA4,Umbrella,umbrella.com,12\n"
NUMBERS = "expected a column and its sum, such as employees=12345.00"

OPTIONS = [
    (("--dates", "zz"), "IMP-240", "--dates zz", 'dmy, mdy, ymd, or a form such as "MMM D, YYYY"'),
    (("--decimal", ";"), "IMP-240", "this is no decimal mark", '"." or ","'),
    (("--percents", "x"), "IMP-240", "percents are not written so", "percent or fraction"),
    (("--quote", "ab"), "IMP-240", "this is no quote", "one character"),
    (("--skip", "-1"), "IMP-240", "--skip -1", "0 lines or more"),
    (("--max-file-mb", "0"), "IMP-240", "--max-file-mb 0", "1 megabytes or more"),
    (("--rename", "staf=employees"), "IMP-241", 'no column "staf"', "the name it had before"),
    (("--rename", "employees"), "IMP-241", "does not say which name the column had", "the name it had before"),
    (("--rename", "employees="), "IMP-241", "does not say which name the column had", "the name it had before"),
    (("--expect-sum", "name=5"), "IMP-242", 'no column of numbers is called "name"', NUMBERS),
    (("--expect-sum", "employes=5"), "IMP-242", 'did you mean "employees"?', NUMBERS),
    (("--expect-sum", "employees"), "IMP-242", "it names no column", NUMBERS),
    (("--expect-sum", "employees=five"), "IMP-242", '"five" is no number', "a number such as 12345.00"),
    (("--source", "strip_invoices"), "IMP-201", 'did you mean "stripe_invoices"?', "cs sources list"),
    (("--skip", "99"), "IMP-005", "no header row", "pass a smaller --skip"),
]


@pytest.mark.parametrize(("options", "ident", "what", "way"), OPTIONS, ids=[" ".join(o[0]) for o in OPTIONS])
def test_an_option_that_cannot_be(desk: Desk, options: tuple[str, ...], ident: str, what: str, way: str) -> None:
    path = desk.file("new.csv", ACCOUNTS)
    with nothing_changes(desk.root):
        refused(desk.cs("import", *options, path), ident, what, way, "nothing was changed")


WORDS = [
    (("import",), "IMP-200", "no file is named", "cs import FILE…"),
    (("import", "--template", "subscriptions"), "IMP-208", 'did you mean "subscription"?', "usage_wide"),
    (("sources", "show", "strip_invoices"), "IMP-201", 'did you mean "stripe_invoices"?', "cs sources list"),
]


@pytest.mark.parametrize(("words", "ident", "what", "way"), WORDS, ids=[" ".join(w[0]) for w in WORDS])
def test_words_that_cannot_be(desk: Desk, words: tuple[str, ...], ident: str, what: str, way: str) -> None:
    with nothing_changes(desk.root):
        refused(desk.cs(*words), ident, what, way, "nothing was changed")


ROWS = [
    Case("no header", b"\n\n,,,\n", 10, "IMP-005", says=("--skip N",)),
    Case(
        "a required value",
        b"account_id,day,metric,value\nA1,2026-06-01,logins,\nA1,2026-06-02,logins,4\n",
        3,
        "IMP-214",
        ':2 · record 1 · column "value" (4)',
        raw=(b"A1,2026-06-01,logins,\n",),
    ),
    Case(
        "no account",
        b"ticket_id,account_id,requester_email,status,opened_at\nT1,,,open,2026-06-01\nT2,A1,,open,2026-06-01\n",
        3,
        "IMP-211",
        ':2 · record 1 · column "account_id" (2)',
        kind="ticket",
        keys=("T2",),
        raw=(b"T1,,,open,2026-06-01\n",),
    ),
    Case(
        "an id of nothing that can be seen",
        "account_id,name,domain\nA4,Umbrella,umbrella.com\n\u200b,Bar,bar.com\n".encode(),
        3,
        "IMP-130",
        ':3 · record 2 · column "account_id" (1)',
        says=("account_id is empty", 'value    "<U+200B>"'),
        keys=("A4",),
    ),
]


@pytest.mark.parametrize("case", ROWS, ids=ids(ROWS))
def test_a_file_or_row_that_cannot_be(case: Case, desk: Desk) -> None:
    check(case, desk)


@pytest.mark.parametrize(("header", "missing"), [("who,when", "ref"), ("ref,who,seen", "when")])
def test_a_source_of_ones_own_misses_what_it_needs(desk: Desk, header: str, missing: str) -> None:
    (desk.root / "sources" / "own.yaml").write_text(
        "source: own\nsystem: own\nkind: touch\nclaims: [who]\nheaders: [ref, who, when]\nkey: [ref]\n"
        "account: {id: who}\ncolumns:\n  day: {from: when, type: day, required: true}\n"
    )
    path = desk.file("new.csv", f"{header}\n{','.join('A1' for _ in header.split(','))}\n".encode())
    with nothing_changes(desk.root):
        done = desk.cs("import", "--source", "own", path)
        there = f"expected the file has {header.replace(',', ', ')}"
        refused(done, "IMP-205", f"{path} · {missing}", there, "cs sources show own")


def test_lines_that_are_no_rows_are_said(desk: Desk) -> None:
    data = b"account_id,name,employees\nA4,Umbrella,12\naccount_id,name,employees\nA5,Hooli,8\nTotal,,20\n"
    done = desk.cs("import", desk.file("new.csv", data))
    assert done.code == 0, done.err
    assert "left out, the header again: line 3: account_id name employees" in done.err
    assert "left out, a closing line: line 5: Total 20" in done.err
    assert desk.keys("account") == {"A1", "A2", "A3", "A4", "A5"}


def test_a_reference_without_an_account_has_none_to_lose(desk: Desk) -> None:
    data = b"invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status\nI1,Z9,2026-06-01,,,5.00,EUR,open\n"
    assert desk.cs("import", desk.file("invoices.csv", data)).code == 0
    with nothing_changes(desk.root):
        refused(desk.cs("accounts", "unlink", "cs:Z9"), "IMP-252", "cs:Z9 has no account", "cs accounts match")


def workbook(desk: Desk, *sheets: str) -> object:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = desk.root / "exports" / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in sheets:
            sheet = book.add_worksheet(name)
            for at, line in enumerate(SEED["accounts.csv"].decode().splitlines()):
                sheet.write_row(at, 0, line.split(","))
    return path


def test_a_workbook_of_several_sheets(desk: Desk) -> None:
    pytest.importorskip("python_calamine")
    path = workbook(desk, "Accounts", "Deals")
    with nothing_changes(desk.root):
        done = desk.cs("import", path)
        refused(done, "IMP-032", f"{path}", "2 sheets hold data: Accounts, Deals", "say which: --sheet")


def test_a_workbook_without_what_reads_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(desk, "Accounts")
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with nothing_changes(desk.root):
        done = desk.cs("import", path)
        refused(done, "IMP-031", f"{path}", "cs-desk[xlsx]", "save the sheet as CSV")
