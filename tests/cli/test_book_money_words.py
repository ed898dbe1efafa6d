"""Sheets as strangers keep them: what they pay is read or asked about, never taken from what says less."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs
from tests.deliver.world import settings

DAY = "2026-11-30"
RENEWAL = ("2027-03-31", "2027-01-15", "2027-02-01")


def sheet(desk: Path, head: str, *cells: str) -> Path:
    """Three customers with a day of renewal, and the columns of head."""
    settings(desk, today=DAY, currency="EUR")
    path = desk.parent / "book.csv"
    rows = [f"{name};{cell};{day}" for name, cell, day in zip(("Norden", "Lune", "Oak"), cells, RENEWAL, strict=True)]
    path.write_text("\n".join([f"Customer;{head};Renewal date", *rows]) + "\n", encoding="utf-8")
    return path


def arr(desk: Path, cs: Cs) -> dict[str, float | None]:
    return {row["name"]: row["arr"] for row in cs("-w", desk, "accounts", "list", "--all", "-f", "json").json}


@pytest.mark.parametrize(("head", "cells"), [
    ("Total", ("48k €", "12.6k €", "9k €")),
    ("Volumen", ("48.000 €", "12.600 €", "9.000 €")),
    ("Whatever", ("48,000", "12,600", "9,000")),
    ("Umfang", ("48k", "12.6k", "9k")),
])  # fmt: skip
def test_amounts_under_any_header_are_asked_about(workspace: Path, cs: Cs, head: str, cells: tuple[str, ...]) -> None:
    path = sheet(workspace, head, *cells)
    done = cs("-w", workspace, "import", path)
    assert done.code == 15 and f'is it "{head}"?' in done.err, done.err
    assert cs("-w", workspace, "import", path, "--rename", f"{head}=ARR").code == 0
    assert arr(workspace, cs) == {"Norden": 48000, "Lune": 12600, "Oak": 9000}


@pytest.mark.parametrize(("head", "cells"), [
    ("Installs", ("48,000", "12,600", "9,000")), ("Mitarbeiter am Standort", ("1.200", "3.400", "2.000")),
    ("Rating", ("4.5", "3", "5")), ("PLZ", ("10115", "20095", "80331")),
])  # fmt: skip
def test_how_many_is_not_how_much(workspace: Path, cs: Cs, head: str, cells: tuple[str, ...]) -> None:
    done = cs("-w", workspace, "import", sheet(workspace, head, *cells))
    assert done.code == 0 and "IMP-263" not in done.err, done.err
    assert set(arr(workspace, cs).values()) == {None}


@pytest.mark.parametrize("head", ["Price per seat", "Preis je Nutzer", "€/user", "Prix par utilisateur", "Unit price"])
def test_the_price_of_one_is_never_offered_as_what_they_pay(workspace: Path, cs: Cs, head: str) -> None:
    path = sheet(workspace, f"Seats;{head}", "10;120 €", "5;100 €", "20;90 €")
    done = cs("-w", workspace, "import", path)
    assert done.code == 15 and "is the price of one" in done.err and "--rename" not in done.err, done.err
    assert cs("-w", workspace, "import", path, "--yes").code == 0
    assert set(arr(workspace, cs).values()) == {None}


def test_of_several_years_the_newest_is_asked_first(workspace: Path, cs: Cs) -> None:
    done = cs("-w", workspace, "import", sheet(
        workspace, "ARR 2024;ARR 2026;ARR 2025", "40000;48000;44000", ";12600;12000", "9000;9000;9000"
    ))
    assert done.code == 15 and "--rename 'ARR 2026=ARR'" in done.err, done.err


@pytest.mark.parametrize("head", ["ARR in k", "ARR (k€)", "ARR in T€", "ARR (in thousands)", "ARR k"])
def test_thousands_by_the_header_are_thousands_or_asked(workspace: Path, cs: Cs, head: str) -> None:
    done = cs("-w", workspace, "import", sheet(workspace, head, "48", "12.6", "9"))
    if head == "ARR k":
        assert done.code in (0, 15)
        return
    assert done.code == 0 and "thousands: 1 is 1,000" in done.err, done.err
    assert arr(workspace, cs) == {"Norden": 48000, "Lune": 12600, "Oak": 9000}


@pytest.mark.parametrize(("head", "year", "month", "quarter"), [
    ("Price;Billing", "annual", "monthly", "quarterly"), ("Price;Billing", "A", "M", "Q"),
    ("Preis;Abrechnung", "jährlich", "monatlich", "vierteljährlich"),
    ("Prix;Facturation", "annuel", "mensuel", "trimestriel"),
    ("Precio;Facturación", "anual", "mensual", "trimestral"), ("Preço;Cobrança", "anual", "mensal", "trimestral"),
    ("Prijs;Facturering", "jaarlijks", "maandelijks", "per kwartaal"),
])  # fmt: skip
def test_a_price_is_for_the_time_it_is_billed_for(
    workspace: Path, cs: Cs, head: str, year: str, month: str, quarter: str
) -> None:
    path = sheet(workspace, head, f"12000;{year}", f"1000;{month}", f"3000;{quarter}")
    assert cs("-w", workspace, "import", path).code == 0
    assert arr(workspace, cs) == {"Norden": 12000, "Lune": 12000, "Oak": 12000}


@pytest.mark.parametrize(("head", "yes", "no"), [
    ("Paying?", "yes", "no"), ("Zahlend", "ja", "nein"), ("Payant", "oui", "non"), ("Betalend", "ja", "nee"),
])  # fmt: skip
def test_who_does_not_pay_has_no_price(workspace: Path, cs: Cs, head: str, yes: str, no: str) -> None:
    path = sheet(workspace, f"ARR;{head}", f"48000;{yes}", f"12600;{no}", f"9000;{yes}")
    assert cs("-w", workspace, "import", path).code == 0
    assert {name for name, value in arr(workspace, cs).items() if value} == {"Norden", "Oak"}


@pytest.mark.parametrize(("head", "yes", "no"), [
    ("Notice given", "yes", "no"), ("Notice given?", "y", "n"), ("Kündigung eingegangen", "ja", "nein"),
    ("Préavis donné", "oui", "non"), ("Notice received", "2026-11-01", "no"),
])  # fmt: skip
def test_who_gave_notice_pays_until_the_end_and_is_said(
    workspace: Path, cs: Cs, head: str, yes: str, no: str
) -> None:
    done = cs("-w", workspace, "import", sheet(workspace, f"ARR;{head}", f"48000;{no}", f"12600;{yes}", f"9000;{no}"))
    assert done.code == 0 and "Lune until 2027-01-15" in done.err, done.err
    assert arr(workspace, cs) == {"Norden": 48000, "Lune": 12600, "Oak": 9000}
    later = cs("-w", workspace, "accounts", "list", "--all", "--as-of", "2027-01-16", "-f", "json").json
    assert {row["name"] for row in later if row["arr"]} == {"Norden", "Oak"}
    asked = cs("-w", workspace, "facts", "show", "cancel_requested", "-f", "json").json
    assert [row["name"] for row in asked if row["cancel_requested"]] == ["Lune"]


@pytest.mark.parametrize("word", ["Subtotal Tier A", "Sub-total north", "Zwischensumme Nord", "Sous-total Lyon"])
def test_a_subtotal_is_no_customer(workspace: Path, cs: Cs, word: str) -> None:
    settings(workspace, today=DAY, currency="EUR")
    path = workspace.parent / "book.csv"
    path.write_text(
        f"Customer,ARR,Renewal\nNorden,48000,2027-03-31\nLune,12600,2027-01-15\n{word},60600,\n"
        f"Oak,9000,2027-02-01\n{word[:-1]}B,9000,\nTotal,69600,\n"
    )
    done = cs("-w", workspace, "import", path)
    assert done.code == 0, done.err
    assert arr(workspace, cs) == {"Norden": 48000, "Lune": 12600, "Oak": 9000}


@pytest.mark.parametrize("word", ["suspendu", "pausado", "suspended", "ruhend", "sospeso", "opgeschort"])
def test_who_rests_pays_nothing(workspace: Path, cs: Cs, word: str) -> None:
    done = cs("-w", workspace, "import", sheet(workspace, "ARR;Status", "48000;active", f"12600;{word}", "9000;active"))
    assert done.code == 0 and "rest in line 3" in done.err, done.err
    assert {name for name, value in arr(workspace, cs).items() if value} == {"Norden", "Oak"}
