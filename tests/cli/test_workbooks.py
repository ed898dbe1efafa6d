"""Workbooks as people and scripts make them: formulas nobody worked out, ids shown as 00007, sheets that are hidden."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

xlsxwriter = pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")

HEAD = ["subscription_id", "account_id", "amount", "currency", "interval", "started_on", "status"]


def workbook(file: Path, fill: Callable[[Any, Any], None]) -> Path:
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Book")
        sheet.write_row(0, 0, HEAD)
        for at in (1, 2):
            sheet.write_row(at, 0, [f"S{at}", f"A{at}", 100 * at, "EUR", "month", "2026-01-01", "active"])
        fill(book, sheet)
    return file


def rewritten(file: Path, old: bytes, new: bytes) -> Path:
    """The workbook with the XML of its first sheet as another program would have written it."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert old in sheet
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(old, new)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file


def amounts(cs: Cs, workspace: Path, file: Path) -> list[float]:
    seen = cs("-w", workspace, "sources", "check", file, "-f", "json")
    assert seen.code == 0, seen.err
    return [row["amount"] for row in seen.json["sections"]["rows"]["rows"]]


def test_a_formula_that_a_script_left_at_0_is_asked_about(cs: Cs, workspace: Path) -> None:
    """The program stores 0 and tells the spreadsheet to calculate on opening."""
    file = workbook(workspace / "book.xlsx", lambda _, sheet: sheet.write_formula("C3", "=C2*2"))
    asked = cs("-w", workspace, "import", file)
    assert asked.code == 10 and "IMP-036" in asked.err
    assert "a formula has no result in the file: C3" in asked.err and "=C2*2" in asked.err and "amount" in asked.err
    assert cs("-w", workspace, "imports", "list", "-f", "json").json == []


@pytest.mark.parametrize("stored", [b"", b"<v></v>", b"<v/>"])
def test_a_formula_without_a_stored_value_is_no_empty_amount(cs: Cs, workspace: Path, stored: bytes) -> None:
    file = workbook(workspace / "book.xlsx", lambda _, sheet: sheet.write_formula("C3", "=C2*2", None, 200))
    rewritten(file, b"<f>C2*2</f><v>200</v>", b"<f>C2*2</f>" + stored)
    asked = cs("-w", workspace, "import", file)
    assert asked.code == 10 and "IMP-036" in asked.err and "C3" in asked.err


def test_formulas_with_their_results_are_read(cs: Cs, workspace: Path) -> None:
    """An empty text that a formula gives is a result too."""
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_formula("C3", "=C2*2", None, 200)
        sheet.write_formula("B3", '=IF(1,"A2","")', None, "A2")
        sheet.write_formula("H3", '=IF(1,"","x")', None, "")

    file = workbook(workspace / "book.xlsx", fill)
    rewritten(file, b'<c r="H3"><f>', b'<c r="H3" t="str"><f>')
    assert amounts(cs, workspace, file) == [100, 200]


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [("00000", 7, "00007"), ('"C-"0000', 42, "C-0042"), ("000\\-000", 12345, "012-345"), ("00000", 123456, "123456"),
     ("0", 7, "7"), ("#,##0", 7, "7"), ("0.00", 7, "7")],
)  # fmt: skip
def test_an_id_is_read_as_it_is_shown(cs: Cs, workspace: Path, code: str, number: int, shown: str) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_number("B2", number, book.add_format({"num_format": code}))

    file = workbook(workspace / "book.xlsx", fill)
    seen = cs("-w", workspace, "sources", "check", file, "-f", "json")
    assert [row["account"] for row in seen.json["sections"]["rows"]["rows"]] == [shown, "A2"]


def test_hidden_sheets_are_named(cs: Cs, workspace: Path) -> None:
    def old(book: Any, _: Any) -> None:
        sheet = book.add_worksheet("Old prices")
        sheet.write_row(0, 0, ["x", "y"])
        sheet.hide()

    file = workbook(workspace / "book.xlsx", old)
    done = cs("-w", workspace, "import", file)
    assert done.code == 0 and "hidden sheet with data left out: Old prices" in done.err

    def both(book: Any, sheet: Any) -> None:
        old(book, sheet)
        book.add_worksheet("Deals").write_row(0, 0, ["x", "y"])

    taken = cs("-w", workspace, "import", workbook(workspace / "more.xlsx", both))
    assert taken.code == 0 and "sheet 'Book'; not read: 'Old prices' (hidden), 'Deals'" in taken.err
    deals = cs("-w", workspace, "import", "--sheet", "Deals", workspace / "more.xlsx")
    assert deals.code == 10 and "IMP-006" in deals.err


def zipped(file: Path, **members: str) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return file


ACCOUNTS = "account_id,name\nA1,Alpha\n"


@pytest.mark.parametrize("beside", ["README__txt", "readme__md", "LICENSE", "manifest__json", "Lisez-moi__pdf"])
def test_a_readme_in_the_zip_is_left_and_said(cs: Cs, workspace: Path, beside: str) -> None:
    file = zipped(workspace / "export.zip", accounts__csv=ACCOUNTS, **{beside: "What is in here"})
    done = cs("-w", workspace, "import", file)
    assert done.code == 0, done.err
    assert f"left in the zip: {beside.replace('__', '.')}" in done.err


@pytest.mark.parametrize(
    "members",
    [{"accounts__csv": ACCOUNTS, "deals__csv": "a,b\n"}, {"accounts__csv": ACCOUNTS, "deals__xlsx": "x"},
     {"accounts__csv": ACCOUNTS, "notes__txt": "x"}, {"readme__md": "x", "licence__txt": "y"}],
)  # fmt: skip
def test_two_tables_in_a_zip_are_asked_about(cs: Cs, workspace: Path, members: dict[str, str]) -> None:
    asked = cs("-w", workspace, "import", zipped(workspace / "export.zip", **members))
    assert asked.code == 10 and "IMP-017" in asked.err


def test_of_several_sheets_the_one_that_says_how_customers_stand(cs: Cs, workspace: Path) -> None:
    def sheets(name: str, *found: tuple[str, list[list[str]]]) -> Path:
        with xlsxwriter.Workbook(workspace / name) as book:
            for title, rows in found:
                sheet = book.add_worksheet(title)
                for at, row in enumerate(rows):
                    sheet.write_row(at, 0, row)
        return workspace / name

    clients = [["Portefeuille clients"], ["Client", "Valeur annuelle", "Date de renouvellement", "Responsable"],
               ["Lune", "9000", "2027-03-31", "Ann"]]
    prospects = [["Client", "Statut", "Responsable"], ["Nova", "lead", "Ann"]]
    done = cs("-w", workspace, "import", sheets("a.xlsx", ("Prospects", prospects), ("Clients", clients)))
    assert done.code == 0 and "sheet 'Clients'; not read: 'Prospects'" in done.err, done.err
    assert "1 line above the header left out: Portefeuille clients" in done.err
    both = cs("-w", workspace, "import", sheets("b.xlsx", ("2025", clients), ("2026", clients)))
    assert both.code == 10 and "IMP-032" in both.err and "--sheet '2025'" in both.err, both.err
