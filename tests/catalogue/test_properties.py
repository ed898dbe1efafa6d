"""What holds for every file: twice is once, the form does not matter, a cut file takes nobody away."""

from __future__ import annotations

import gzip
import io
import random
import shutil
import sqlite3
import zipfile
from pathlib import Path

import pytest

from tests.catalogue.desk import SEED, Desk
from tests.catalogue.mutate import SEEDS

ACCOUNTS = "account_id,name,domain,employees,created_on\n" + "".join(
    f"X{n},Cömpany {n},company{n}.example,{5 * n},2025-{n % 12 + 1:02}-{n % 28 + 1:02}\n" for n in range(1, 25)
)
SUBSCRIPTIONS = (
    "subscription_id,account_id,plan,quantity,amount,currency,interval,discount,started_on,renews_on,auto_renew,status\n"
    + "".join(
        f"P{n},X{n},pro,{n},{20 + n}.50,EUR,month,10%,2025-{n % 12 + 1:02}-{n % 28 + 1:02},2026-{n % 6 + 7:02}-15,"
        f"{'TRUE' if n % 2 else 'FALSE'},active\n"
        for n in range(1, 25)
    )
)
USAGE = "account_id,day,metric,value\n" + "".join(
    f"X{n},2026-06-{day:02},logins,{n + day}\n" for n in range(1, 25) for day in range(1, 29, 3)
)

CONTRACTS = "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency\n" + "".join(
    f"C{n},X{n},2025-07-{n:02},2026-07-{n:02},30,no,{1200 + n}.00,EUR\n" for n in range(1, 25)
)
EVENTS = "event_id,account_id,day,kind,mrr_before,mrr_after\n" + "".join(
    f"E{n},X{n},2025-03-{n:02},signup,0.00,{100 + n}.00\n" for n in range(1, 13)
)


def table(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def text_of(rows: list[list[str]], delimiter: str = ",", end: str = "\n") -> str:
    return "".join(delimiter.join(row) + end for row in rows)


def variants(text: str, seed: int) -> dict[str, tuple[str, bytes, tuple[str, ...]]]:
    """The same records in other forms: what → (file name, bytes, options)."""
    head, *rows = table(text)
    rnd = random.Random(seed)
    shuffled = rnd.sample(rows, len(rows))
    order = rnd.sample(range(len(head)), len(head))
    turned = [[row[at] for at in order] for row in [head, *rows]]
    return {
        "shuffled rows": ("a.csv", text_of([head, *shuffled]).encode(), ()),
        "other columns first": ("b.csv", text_of(turned).encode(), ()),
        "byte order mark": ("c.csv", b"\xef\xbb\xbf" + text.encode(), ()),
        "UTF-16": ("d.csv", text.encode("utf-16"), ()),
        "cp1252": ("e.csv", text.encode("cp1252"), ("--encoding", "cp1252")),
        "semicolons": ("f.csv", text_of([head, *rows], ";").encode(), ()),
        "tabs": ("g.tsv", text_of([head, *rows], "\t").encode(), ()),
        "CRLF": ("h.csv", text_of([head, *rows], end="\r\n").encode(), ()),
        "CR": ("i.csv", text_of([head, *rows], end="\r").encode(), ()),
        "everything quoted": ("j.csv", text_of([[f'"{cell}"' for cell in row] for row in [head, *rows]]).encode(), ()),
        "packed": ("k.csv.gz", gzip.compress(text.encode(), mtime=0), ()),
        "blank lines": ("l.csv", text_of([head, *rows], end="\n\n").encode(), ()),
    }


@pytest.mark.parametrize("text", [ACCOUNTS, SUBSCRIPTIONS, USAGE], ids=["accounts", "subscriptions", "usage"])
def test_the_form_of_a_file_does_not_matter(desk: Desk, text: str) -> None:
    assert desk.cs("import", desk.file("first.csv", ACCOUNTS.encode())).code == 0
    assert desk.cs("import", "--yes", desk.file("second.csv", text.encode())).code == 0
    before = desk.facts()
    for what, (name, content, options) in variants(text, 7).items():
        answer = desk.cs("import", *options, desk.file(name, content))
        assert answer.code == 0, f"{what}: {answer.err}"
        assert "0 added, 0 changed" in answer.err or "already imported" in answer.err, f"{what}: {answer.err}"
        assert desk.facts() == before, what


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_twice_is_once(desk: Desk, name: str) -> None:
    options = ("--dates", "dmy") if name == "invoice.csv" else ()
    assert desk.cs("import", "--yes", *options, desk.file(name, SEEDS[name])).code == 0
    before = desk.dump()
    answer = desk.cs("import", *options, desk.file(name, SEEDS[name]))
    assert answer.code == 0
    assert "already imported" in answer.err
    assert desk.dump() == before


def test_two_writers_of_the_same_data_give_the_same_answers(seeded: Path, tmp_path: Path) -> None:
    """ISO against dd-mm-yyyy, TRUE against true, 5 against 5.0, LF against CRLF, with and without a mark."""

    def other(text: str) -> bytes:
        head, *rows = table(text)
        out = [head]
        for row in rows:
            out.append([])
            for header, cell in zip(head, row, strict=True):
                if cell[:3] == "202" and cell.count("-") == 2:
                    cell = "-".join(reversed(cell.split("-")))
                elif header in ("quantity", "employees", "value"):
                    cell += ".0"
                elif header == "amount":
                    cell = cell.removesuffix("0")
                elif cell in ("TRUE", "FALSE"):
                    cell = cell.lower()
                out[-1].append(cell)
        return b"\xef\xbb\xbf" + text_of(out, end="\r\n").encode()

    answers, records = [], []
    for number, write in enumerate([lambda text: text.encode(), other]):
        shutil.copytree(seeded, tmp_path / str(number))
        desk = Desk(tmp_path / str(number))
        files = {"acc.csv": ACCOUNTS, "sub.csv": SUBSCRIPTIONS, "con.csv": CONTRACTS, "use.csv": USAGE}
        for name, text in files.items():
            answer = desk.cs("import", "--yes", desk.file(name, write(text)))
            assert answer.code == 0, answer.err
        answers.append(
            [
                desk.cs(*words, "-f", "json").out
                for words in (
                    ["accounts", "list", "--all"],
                    ["renewals", "list", "--within", "400"],
                    ["health", "list"],
                    ["metrics", "mrr"],
                    ["metrics", "movements", "--from", "2025-01", "--to", "2026-06"],
                    ["metrics", "retention", "--from", "2025-06", "--to", "2026-06"],
                    ["metrics", "cohorts"],
                    ["contracts", "list"],
                    ["segments", "list"],
                    ["show", "X5"],
                )
            ]
        )
        assert '"X5"' in answers[-1][0]
        assert '"X5"' in answers[-1][1]
        records.append(desk.facts())
    assert answers[0] == answers[1]
    assert records[0] == records[1]


@pytest.mark.slow
def test_a_file_cut_at_any_byte_takes_nobody_away(desk: Desk) -> None:
    """Every cut of an export: no account churns, no renewal is cancelled, no known record is lost."""
    content = "".join(SUBSCRIPTIONS.splitlines(True)[:4]).encode()
    assert desk.cs("import", desk.file("acc.csv", ACCOUNTS.encode())).code == 0
    assert desk.cs("import", "--yes", desk.file("sub.csv", content)).code == 0
    keys = {kind: desk.keys(kind) for kind in ("account", "subscription")}
    whole = shutil.copytree(desk.root, desk.root.parent / "whole")

    def statuses() -> object:
        listed = desk.cs("accounts", "list", "--all", "-f", "json").json
        renewals = desk.cs("renewals", "list", "-f", "json").json
        return [(row["account_id"], row["status"]) for row in listed], [row["contract"] for row in renewals]

    before, taken, refused = statuses(), 0, 0
    for end in range(len(content)):
        answer = desk.cs("import", desk.file("sub.csv", content[:end]), "--complete")
        assert answer.code in (0, 3, 10), f"{end}: {answer.err}"
        if answer.code == 10:
            refused += 1
            continue
        taken += 1
        assert desk.keys("account") == keys["account"], end
        assert desk.keys("subscription") == keys["subscription"], end
        assert statuses() == before, f"cut at {end}"
        shutil.rmtree(desk.root)
        shutil.copytree(whole, desk.root)
    # what is taken ends at the end of a row, or in its last cell where that may be all
    assert refused > 0.9 * len(content), (taken, refused)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text"),
    [("acc.csv", ACCOUNTS), ("con.csv", CONTRACTS), ("eve.csv", EVENTS), ("use.csv", USAGE)],
    ids=["accounts", "contracts", "events", "usage"],
)
def test_an_export_of_any_kind_that_is_cut_churns_nobody(desk: Desk, name: str, text: str) -> None:
    """Fifteen cuts of each, with the guard for shrunk files told that the file is complete."""
    for first, content in {"acc.csv": ACCOUNTS, "con.csv": CONTRACTS, "eve.csv": EVENTS, "use.csv": USAGE}.items():
        assert desk.cs("import", "--yes", desk.file(first, content.encode())).code == 0
    whole = shutil.copytree(desk.root, desk.root.parent / "whole")

    def standing() -> object:
        listed = desk.cs("accounts", "list", "--all", "-f", "json").json
        renewals = desk.cs("renewals", "list", "-f", "json").json
        return [(row["account_id"], row["status"], row["mrr"]) for row in listed], [row["contract"] for row in renewals]

    before, data, refused = standing(), text.encode(), 0
    assert {status for _, status, _ in before[0]} >= {"customer"}  # type: ignore[index]
    for end in random.Random(name).sample(range(len(data)), 15):
        answer = desk.cs("import", desk.file(name, data[:end]), "--complete")
        assert answer.code in (0, 3, 10), f"{end}: {answer.err}"
        assert standing() == before, f"cut at {end}"
        refused += answer.code == 10
        if answer.code != 10:
            shutil.rmtree(desk.root)
            shutil.copytree(whole, desk.root)
    assert refused >= 11, refused


@pytest.mark.parametrize("seed", range(6))
def test_imports_and_undos_in_any_order_equal_a_plain_model(desk: Desk, seed: int) -> None:
    """The model: the files that stand, applied one after another to a dict."""
    rnd = random.Random(seed)
    base = {str(key): name for key, name in desk.rows("SELECT key, name FROM account WHERE retired_by IS NULL")}
    standing: list[tuple[int, dict[str, str]]] = []
    for step in range(14):
        if standing and rnd.random() < 0.4:
            # newest first, as undo demands
            number, _ = standing.pop()
            assert desk.cs("imports", "undo", number).code == 0
        else:
            rows = {f"X{rnd.randrange(8)}": f"Name {rnd.randrange(5)}" for _ in range(rnd.randrange(1, 6))}
            rows[f"Y{step}"] = f"Only {step}"
            content = "account_id,name\n" + "".join(f"{key},{name}\n" for key, name in sorted(rows.items()))
            answer = desk.cs("import", "--yes", desk.file(f"f{step}.csv", content.encode()))
            assert answer.code == 0, answer.err
            standing.append((desk.last_import(), rows))
        model = dict(base)
        for _, rows in standing:
            model.update(rows)
        found = {str(key): name for key, name in desk.rows("SELECT key, name FROM account WHERE retired_by IS NULL")}
        assert found == model, step


def test_a_database_without_the_import_is_untouched_by_a_dry_run(desk: Desk) -> None:
    before = desk.dump()
    assert desk.cs("import", "--dry-run", desk.file("acc.csv", ACCOUNTS.encode())).code == 0
    assert desk.dump() == before
    assert SEED


def test_a_workbook_reads_as_its_csv(desk: Desk) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    from datetime import date

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet("Accounts"), book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(table(ACCOUNTS)):
            for column, cell in enumerate(row):
                if at and column == 3:
                    sheet.write_number(at, column, int(cell))
                elif at and column == 4:
                    sheet.write_datetime(at, column, date.fromisoformat(cell), day)
                else:
                    sheet.write_string(at, column, cell)
    assert desk.cs("import", desk.file("acc.csv", ACCOUNTS.encode())).code == 0
    before = desk.facts()
    answer = desk.cs("import", desk.file("acc.xlsx", out.getvalue()))
    assert answer.code == 0, answer.err
    assert "0 added, 0 changed, 24 unchanged" in answer.err
    assert desk.facts() == before


def test_a18_c8_an_error_in_a_workbook_is_no_empty_cell(desk: Desk) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = desk.root / "exports" / "new.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes & more")
        sheet = book.add_worksheet("Data")
        for at, row in enumerate((("account_id", "name", "employees"), ("X1", "Beta", 10), ("X2", "Gamma", None))):
            sheet.write_row(at, 0, row)
        sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    answer = desk.cs("import", path)
    assert answer.code == 3
    assert 'new.xlsx:3 · record 2 · column "employees" (3)' in answer.err
    assert 'value    "#DIV/0!"' in answer.err
    assert desk.keys("account") >= {"X1"}
    assert "X2" not in desk.keys("account")


def test_c19_an_id_longer_than_a_spreadsheet_keeps_is_damaged(desk: Desk) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = desk.root / "exports" / "new.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("account_id", "name"))
        sheet.write_row(1, 0, (1234567890123456, "Beta"))
        sheet.write_row(2, 0, (123456789012345, "Gamma"))
    answer = desk.cs("import", path)
    assert answer.code == 15
    assert "error[IMP-230]" in answer.err
    assert "1.23456789012346E+15" in answer.err


def test_a19_a_workbook_that_would_fill_the_memory_is_refused(desk: Desk) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", b"<workbook/>")
        book.writestr("xl/worksheets/sheet1.xml", b" " * (12 << 20))
    answer = desk.cs("import", desk.file("new.xlsx", out.getvalue()))
    assert answer.code == 10
    assert "error[IMP-016]" in answer.err
    assert "unpacks to 12 MB" in answer.err



def test_totals_that_a_person_expects(desk: Desk) -> None:
    content = (
        b"invoice_id,account_id,issued_on,amount,currency\nI1,A1,2026-01-05,10.00,EUR\nI2,A1,2026-01-05,2.50,EUR\n"
    )
    path, before = desk.file("inv.csv", content), desk.dump()
    for options in (["--expect-rows", "3"], ["--expect-sum", "amount=12.51"], ["--expect-sum", "amount=12.49"]):
        answer = desk.cs("import", path, *options)
        assert answer.code == 10
        assert "error[IMP-221]" in answer.err
        assert desk.dump() == before
    assert desk.cs("import", path, "--expect-sum", "amnt=1").code == 2
    assert desk.cs("import", path, "--expect-rows", "2", "--expect-sum", "amount=12.50").code == 0


@pytest.mark.parametrize("seed", range(4))
def test_columns_read_as_rows_do(desk: Desk, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick way through whole columns stages exactly what reading row by row stages."""
    from cs_cli.intake.columns import ColumnReader

    rnd = random.Random(seed)
    cells = ["12.50", "-3.00", "1,234.50", "0.00", "", "7", "N/A", "99999999999999999999.00", "€5.00", "12k", " 8.25 "]
    plain = ["12.50", "0.05", "-0.50", "0.00", "-0.00", "007.10", "-12.30", "999999999999999.99"]
    codes = ["EUR", "EUR", "USD", "usd", "", "JPY", "XX"]
    good = rnd.random() < 0.5
    rows = [
        f"I{n},{rnd.choice(['A1', 'A2', ' A3', 'ZZ'])},2026-01-{rnd.randrange(1, 29):02},"
        f'"{rnd.choice(plain if good else cells)}",{"EUR" if good else rnd.choice(codes)},open\n'
        for n in range(1500)
    ]
    content = ("invoice_id,account_id,issued_on,amount,currency,status\n" + "".join(rows)).encode()
    found = []
    for quick in (True, False):
        if not quick:
            monkeypatch.setattr(ColumnReader, "fits", staticmethod(lambda reader: False))
        root = shutil.copytree(desk.root, desk.root.parent / f"desk{quick}")
        one = Desk(root)
        answer = one.cs("import", one.file("inv.csv", content))
        told = (answer.out + answer.err).replace(str(root), "")
        found.append((answer.code, told, one.rows("SELECT * FROM invoice"), one.rows("SELECT * FROM ref")))
    assert found[0] == found[1]


def test_the_database_is_a_database_afterwards(desk: Desk) -> None:
    assert desk.cs("import", desk.file("acc.csv", ACCOUNTS.encode())).code == 0
    conn = sqlite3.connect(desk.root / "cs.db")
    assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
    conn.close()
