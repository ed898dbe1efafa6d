"""Columns of a kept sheet that are left over: all are listed, money that is not counted is said to be, and days are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs


def arr_of(cs: Cs, workspace: Path) -> list[float | None]:
    rows = cs("accounts", "list", "--all", "-f", "json", cwd=workspace).json
    return [one["arr"] for one in sorted(rows, key=lambda one: str(one["name"]))]


@pytest.mark.parametrize("header", [
    "List price", "Price per seat", "Invoice amount", "Setup fee", "Lifetime value", "Upsell potential",
    "Rechnungsbetrag", "Listenpreis", "Montant facturé", "Precio de lista", "Valor da fatura", "Importo fattura",
    "Omzet 2025", "Column X (€)",
])  # fmt: skip
def test_money_that_is_not_counted_is_said_to_be(cs: Cs, workspace: Path, header: str) -> None:
    (workspace / "book.csv").write_text(
        f"Customer;ARR;CSM;{header};Colour\nAlpha;12000;Ann;500;blue\nBeta;9000;Ann;700;red\n", encoding="utf-8"
    )
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and f"kept as attributes: {header}, Colour" in done.err, done.err
    assert f"'{header}' looks like money and is NOT counted: what they pay is read from 'ARR'" in done.err, done.err
    assert "--rename" in done.err and arr_of(cs, workspace) == [12000, 9000]


def test_amounts_with_a_currency_are_money_under_any_name(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text("Customer;ARR;Extras;Employees\nAlpha;12000;€ 50;7\nBeta;9000;€ 70;9\n")
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "'Extras' looks like money" in done.err, done.err


def test_a_price_beside_a_stronger_one_is_said(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(
        "Customer;ARR;TCV;Term;Price\nAlpha;12000;24000;24 months;1000\nBeta;9000;36000;24 months;1000\n"
    )
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "'TCV' is NOT counted where 'ARR' says what they pay (2 rows)" in done.err, done.err
    assert "'Price' is NOT counted where 'ARR' and 'TCV'" in done.err
    assert "'TCV' over its term is not 'ARR' in line 3" in done.err and arr_of(cs, workspace) == [12000, 9000]


@pytest.mark.parametrize("header", ["TCV", "Total contract value", "Gesamtvertragswert", "Valor total del contrato"])
def test_a_whole_terms_value_is_a_years_only_with_its_term(cs: Cs, workspace: Path, header: str) -> None:
    (workspace / "book.csv").write_text(f"Customer;{header};CSM\nAlpha;24000;Ann\n")
    unknown = cs("import", "book.csv", cwd=workspace)
    assert unknown.code == 0 and "for the whole term, and line 2 tells no term: NOT counted" in unknown.err, unknown.err
    assert arr_of(cs, workspace) == [None]
    dated = f"Customer;{header};Contract start;Contract end\nAlpha;24000;2025-04-01;2027-03-31\n"
    (workspace / "book.csv").write_text(dated)
    assert cs("import", "book.csv", cwd=workspace).code == 0
    assert arr_of(cs, workspace) == [12000]


@pytest.mark.parametrize("header", [
    "signup_date", "Joined", "Member since", "Contract from", "Vertrag seit", "Date de signature", "Fecha de alta",
    "Data de adesão", "Klant vanaf", "Data contratto",
])  # fmt: skip
def test_words_for_the_start_of_what_is_paid(cs: Cs, workspace: Path, header: str) -> None:
    (workspace / "book.csv").write_text(f"Customer;ARR;{header}\nAlpha;12000;2024-03-01\n", encoding="utf-8")
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "nothing says since when" not in done.err, done.err
    soft = header in ("signup_date", "Joined", "Fecha de alta", "Data de adesão")
    assert (f"'{header}' is taken as the day since when they pay" in done.err) == soft, done.err
    then = cs("accounts", "list", "--all", "--as-of", "2024-03-02", "-f", "json", cwd=workspace).json
    assert [one["arr"] for one in then] == [12000]


@pytest.mark.parametrize("header", [
    "Go-live", "Onboarded", "Created at", "Kick-off", "Angelegt am", "Date de création",
])  # fmt: skip
def test_days_that_are_no_start_of_what_is_paid_are_said(cs: Cs, workspace: Path, header: str) -> None:
    (workspace / "book.csv").write_text(f"Customer;ARR;{header}\nAlpha;12000;2024-03-01\n", encoding="utf-8")
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and f"'{header}': a day on which something began" in done.err, done.err
    assert "nothing says since when" in done.err


def test_a_first_sheet_with_usage_prints_the_roles(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text("Customer,ARR,Seats used\nAlpha,12000,4\nBeta,9000,5\n")
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "usage: which metric is what from now on" in done.err, done.err
    (workspace / "book.csv").write_text("Customer,ARR,Seats used\nAlpha,12000,5\nBeta,9000,5\n")
    again = cs("import", "book.csv", cwd=workspace)
    assert again.code == 0 and "which metric is what" not in again.err, again.err
