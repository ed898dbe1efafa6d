"""Constants in a source: they stand for cells of their column, amounts in units of the row's currency."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.billing_desk import Desk


@pytest.fixture
def desk(workspace: Path) -> Desk:
    return Desk(workspace)


SOURCE = """source: sheet
system: sheet
kind: {kind}
role: billing
claims: [Row, Firm]
key: [Row]
account:
  name: [Firm]
columns:
{columns}
"""


@pytest.mark.parametrize(("kind", "columns", "amount"), [
    ("invoice", "  issued_on: {constant: 2026-06-01}\n  amount: {constant: 50}", 5000),
    ("invoice", '  issued_on: {constant: "2026-06-01"}\n  amount: {constant: "50"}', 5000),
    ("invoice", "  issued_on: {constant: 2026-06-01}\n"
     "  amount: {constant: 49, type: money, currency: Money}\n  currency: {from: Money}", 49),
    ("subscription", "  started_on: {constant: 2026-06-01}\n  amount: {constant: 50}\n  quantity: {constant: '2'}\n"
     "  discount: {constant: 20%}\n  interval: {constant: month}\n  trial: {constant: false}", 5000),
])  # fmt: skip
def test_constants_stand_for_cells(desk: Desk, kind: str, columns: str, amount: int) -> None:
    (desk.folder / "sources").mkdir(exist_ok=True)
    (desk.folder / "sources" / "sheet.yaml").write_text(SOURCE.format(kind=kind, columns=columns), encoding="utf-8")
    desk.load("Row,Firm,Money\n1,Aster,JPY\n")
    conn = sqlite3.connect(desk.folder / "cs.db")
    assert conn.execute(f"SELECT amount FROM {kind}").fetchone() == (amount,)  # 49 JPY has no sen
    if kind == "subscription":
        # 50 × 2 less 20 % a month
        assert conn.execute("SELECT arr, started_on, trial FROM subscription").fetchone() == (96_000, "2026-06-01", 0)
    conn.close()


@pytest.mark.parametrize("column", [
    "amount: {constant: fifty}", "amount: {constant: '1,5'}",
    "issued_on: {constant: 01/02/2026}", "tax: {constant: n/a}",
])  # fmt: skip
def test_a_constant_that_is_none_is_a_fault_of_the_definition(desk: Desk, column: str) -> None:
    (desk.folder / "sources").mkdir(exist_ok=True)
    (desk.folder / "sources" / "sheet.yaml").write_text(
        SOURCE.format(kind="invoice", columns=f"  {column}"), encoding="utf-8"
    )
    done = desk.cs("import", desk.folder / "cs.yaml")
    assert done.code == 12 and "sources/sheet.yaml:10" in done.err and "cannot be" in done.err
