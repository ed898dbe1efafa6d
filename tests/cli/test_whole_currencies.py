"""Amounts of currencies without decimals: 5,000 yen is five thousand, and nobody is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs, new_workspace

HEAD = "invoice_id,account_id,issued_on,due_on,amount,currency,status\n"


def invoices(folder: Path, *rows: str) -> Path:
    file = folder / "invoices.csv"
    cells = "".join(f"I{n},A1,2026-05-01,2026-06-01,{row},open\n" for n, row in enumerate(rows, 1))
    file.write_text(HEAD + cells, encoding="utf-8")
    return file


def amounts(cs: Cs, folder: Path, file: Path) -> list[tuple[float, str]]:
    seen = cs("-w", folder, "sources", "check", file, "-f", "json")
    assert seen.code == 0, seen.err
    return [(row["amount"], row.get("currency", "(workspace)")) for row in seen.json["sections"]["rows"]["rows"]]


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (['"5,000",JPY', '"12,500",JPY'], [(5000, "JPY"), (12500, "JPY")]),
        (["5.000,KRW", "1.250.000,KRW"], [(5000, "KRW"), (1250000, "KRW")]),
        (['"5,000",JPY', '"5,000",USD'], [(5000, "JPY"), (5000, "USD")]),
        (['"₩5,000",KRW', '"₩9,000",krw'], [(5000, "KRW"), (9000, "KRW")]),
        (["5.000,CLP", '"12,50",EUR'], [(5000, "CLP"), (12.5, "EUR")]),
    ],
)
def test_whole_amounts_settle_the_decimal_mark(
    cs: Cs, workspace: Path, cells: list[str], wanted: list[tuple[float, str]]
) -> None:
    assert amounts(cs, workspace, invoices(workspace, *cells)) == wanted


def test_the_currency_of_the_workspace_settles_a_file_without_one(cs: Cs, tmp_path: Path) -> None:
    folder = new_workspace(tmp_path / "tokyo", currency="JPY")
    file = folder / "invoices.csv"
    file.write_text('invoice_id,account_id,issued_on,amount,status\nI1,A1,2026-05-01,"5,000",open\n', encoding="utf-8")
    assert amounts(cs, folder, file) == [(5000, "(workspace)")]


@pytest.mark.parametrize("code", ["USD", "KWD"])
def test_currencies_with_decimals_are_asked_about_as_ever(cs: Cs, workspace: Path, code: str) -> None:
    asked = cs("-w", workspace, "import", invoices(workspace, f'"5,000",{code}'))
    assert asked.code == 10 and "IMP-107" in asked.err and "--decimal" in asked.err


def test_whole_amounts_grouped_in_two_ways_contradict_each_other(cs: Cs, workspace: Path) -> None:
    asked = cs("-w", workspace, "import", invoices(workspace, '"5,000",JPY', "6.000,JPY"))
    assert asked.code == 10 and "IMP-108" in asked.err
