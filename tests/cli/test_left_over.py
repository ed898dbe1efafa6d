"""Sheets whose words nobody knows: what customers pay, when they renew and who owns them is asked about once, by a
command that works as it is printed; and files that only look like another export are not read as it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs, Result

GERMAN = (
    "Firma;Kd-Nr.;Jahresumsatz (ARR);Laufzeit bis Ende;Verlängerung;Betreuung intern/Manager;Status Ampel\n"
    "Müller KG;K-17;€ 12.600;31.03.2027;automatisch;Anja;grün\n"
    "Lehmann GmbH;K-18;8.400,50 €;14.07.2027;manuell;Jens;gelb\n"
    "Hansa AG;K-21;1,2 Mio.;31.12.2026;automatisch;Jens;rot\n"
)


def put(desk: Path, text: str, name: str = "book.csv") -> str:
    (desk / name).write_text(text, encoding="utf-8")
    return name


@pytest.fixture
def desk(workspace: Path) -> Path:
    """A workspace that counts in euros."""
    settings = workspace / "cs.yaml"
    settings.write_text(settings.read_text().replace('currency: "USD"', 'currency: "EUR"'))
    return workspace


def commands(text: str) -> list[list[str]]:
    """The cs commands that a message prints, as a shell cuts them; each ends at a semicolon or the line."""
    return [shlex.split(found)[1:] for found in re.findall(r"cs import [^;\n]+", text)]


def accounts(cs: Cs, desk: Path) -> dict[str, tuple[Any, Any]]:
    return {
        one["name"]: (one["arr"], one["owner"]) for one in cs("accounts", "list", "--all", "-f", "json", cwd=desk).json
    }


def renewals(cs: Cs, desk: Path) -> dict[str, str]:
    rows = cs("renewals", "list", "--within", "500", "-f", "json", cwd=desk).json
    return {one["name"]: one["renewal_date"] for one in rows}


def test_a_price_a_renewal_and_an_owner_that_nobody_knows_are_one_question(cs: Cs, desk: Path) -> None:
    asked = cs("import", put(desk, GERMAN), cwd=desk)
    assert asked.code == 15 and "IMP-263" in asked.err, asked.err
    for header in ("Jahresumsatz (ARR)", "Laufzeit bis Ende", "Betreuung intern/Manager"):
        assert header in asked.err, asked.err
    assert cs("accounts", "list", "--all", "-f", "json", cwd=desk).json == []
    answer, as_attributes = commands(asked.err)
    done = cs(*answer, cwd=desk)
    assert done.code == 0, done.err
    assert accounts(cs, desk) == {
        "Müller KG": (12600, "Anja"), "Lehmann GmbH": (8400.5, "Jens"), "Hansa AG": (1200000, "Jens"),
    }
    assert renewals(cs, desk)["Hansa AG"] == "2026-12-31"
    assert as_attributes[-1] == "--yes"


def test_the_answer_is_remembered_until_its_import_is_undone(cs: Cs, desk: Path) -> None:
    answer, _ = commands(cs("import", put(desk, GERMAN), cwd=desk).err)
    assert cs(*answer, cwd=desk).code == 0
    later = put(desk, GERMAN.replace("€ 12.600", "€ 13.000"), "later.csv")
    done = cs("import", later, cwd=desk)
    assert done.code == 0 and "'Jahresumsatz (ARR)' is ARR, as said in import #1 (book.csv)" in done.err, done.err
    assert accounts(cs, desk)["Müller KG"] == (13000, "Anja")
    assert "ARR, said in import #1" in cs("sources", "show", "customer_book", cwd=desk).out
    for number in (2, 1):
        assert cs("imports", "undo", number, cwd=desk).code == 0
    assert cs("import", later, cwd=desk).code == 15


def test_what_is_no_price_stays_an_attribute_and_is_not_asked_about_again(cs: Cs, desk: Path) -> None:
    _, as_attributes = commands(cs("import", put(desk, GERMAN), cwd=desk).err)
    assert cs(*as_attributes, cwd=desk).code == 0
    done = cs("import", put(desk, GERMAN.replace("grün", "gelb"), "later.csv"), cwd=desk)
    assert done.code == 0, done.err


@pytest.mark.parametrize("column", [
    "Upsell potential (ARR)|$5,000|$2,000", "ARR last year|$10,000|$9,000", "Overdue amount|$100|$50",
    "Next action due|2027-01-04|2027-02-01", "City|Bremen|Kiel", "Active|Y|N",
])
def test_what_is_another_amount_another_day_or_a_place_is_no_question(cs: Cs, workspace: Path, column: str) -> None:
    header, one, two = column.split("|")
    text = f'Customer;Seats;{header}\nAlpha;3;{one}\nBeta;4;{two}\n'
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0 and f"kept as attributes: {header}" in done.err, done.err


def test_a_sheet_whose_names_have_a_strange_header_is_read_by_the_command_that_is_printed(
    cs: Cs, workspace: Path
) -> None:
    text = (
        "Partnerbetrieb;ARR;Vertragsende;Betreuer\nFoo GmbH;1.200,00;2027-01-01;Ann\nBar GmbH;2.400,00;2027-02-01;Bo\n"
    )
    refused = cs("import", put(workspace, text), cwd=workspace)
    assert refused.code == 10 and "if it is the sheet of your customers" in refused.err
    done = cs(*commands(refused.err)[0], cwd=workspace)
    assert done.code == 0, done.err
    assert accounts(cs, workspace) == {"Foo GmbH": (1200, "Ann"), "Bar GmbH": (2400, "Bo")}


def test_the_sheet_may_be_named_by_its_source(cs: Cs, workspace: Path) -> None:
    done = cs("import", put(workspace, "Customer,ARR\nAlpha,1200\n"), "--source", "customer_book", cwd=workspace)
    assert done.code == 0, done.err
    refused = cs("import", put(workspace, "Foo,ARR\nAlpha,1200\n", "b.csv"), "--source", "customer_book", cwd=workspace)
    assert refused.code == 10 and "account name" in refused.err and "$" not in refused.err, refused.err


# --- what only looks like another export ---------------------------------------------


def test_a_company_id_and_a_name_make_no_hubspot_export(cs: Cs, workspace: Path) -> None:
    text = (
        "Company ID,Company Name,Phase,Owner,MRR,Health,Renewal Date,Domains\n"
        '5f1a,Nordwind,Adoption,Lea,"1,200.00",8,2027-03-01,nordwind.example\n'
        "5f1b,Southpaw,Renewal,Max,300.00,14,2026-12-15,southpaw.example\n"
    )
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0 and "customer_book" in done.err, done.err
    assert accounts(cs, workspace) == {"Nordwind": (14400, "Lea"), "Southpaw": (3600, "Max")}
    assert renewals(cs, workspace)["Nordwind"] == "2027-03-01"


@pytest.mark.parametrize("text", [
    "Account ID,Account Name,First Visit,Last Visit,Number of Visitors,Number of Events\n"
    "A-1,Acme,2024-01-10,2026-11-28,41,10233\n",
    "Deal ID,Deal Name,Company,Stage,Value,Expected Close\n1,Acme renewal,Acme,Nego,24000,2026-12-20\n",
    "Ticket ID,Ticket Name,Company,Created,Resolved,Priority\n1,Bug,Acme,2026-10-20,2026-10-21,High\n",
    "Contact ID,Name,Email,Company\n1,Ann Lee,ann@acme.example,Acme\n",
    "Num,Fecha,Vencimiento,Cliente,Subtotal,IVA,Total,Pendiente,Estado\n"
    "F26-1,01/10/2026,31/10/2026,Aceites S.L.,100,21,121,0,Pagada\n",
])
def test_words_of_any_product_are_no_proof_of_one(cs: Cs, workspace: Path, text: str) -> None:
    refused = cs("import", put(workspace, text), cwd=workspace)
    assert refused.code == 10 and "IMP-202" in refused.err, refused.err


# --- what people write ---------------------------------------------------------------


def read_one(cs: Cs, desk: Path, header: str, cell: str) -> Result:
    text = f"Customer;{header};Renewal\nAlpha;{cell};2027-03-31\n"
    return cs("import", put(desk, text), cwd=desk)


@pytest.mark.parametrize(("header", "cell", "arr"), [
    ("ARR", "5,000/-", 5000), ("ARR", "5000/=", 5000), ("MRR HT (€)", "1 050,00", 12600),
    ("Abonnement p/m", "€ 99,-", 1188), ("ARR", "1.2 million", 1200000),
    ("Annual Recurring Revenue (ARR)", "48k", 48000),
])
def test_prices_as_they_are_written(cs: Cs, desk: Path, header: str, cell: str, arr: float) -> None:
    done = read_one(cs, desk, header, cell)
    assert done.code == 0, done.err
    assert accounts(cs, desk)["Alpha"][0] == arr


@pytest.mark.parametrize(("cell", "day"), [
    ("Jan 2027", "2027-01-01"), ("Mar-27", "2027-03-01"), ("2027-06", "2027-06-01"), ("06/2027", "2027-06-01"),
    ("März 2027", "2027-03-01"), ("mayo de 2027", "2027-05-01"), ("Sept '27", "2027-09-01"),
])
def test_a_month_is_its_first_day_and_that_is_said(cs: Cs, workspace: Path, cell: str, day: str) -> None:
    done = cs("import", put(workspace, f"Customer;ARR;Renewal Month\nAlpha;1200;{cell}\n"), cwd=workspace)
    assert done.code == 0 and f"'Renewal Month' names months ({cell!r}, line 2)" in done.err, done.err
    assert renewals(cs, workspace) == {"Alpha": day}


def test_a_month_that_may_be_a_day_without_its_year_is_set_aside(cs: Cs, workspace: Path) -> None:
    done = cs("import", put(workspace, "Customer;ARR;Renewal\nAlpha;1200;Jan 27\nBeta;100;2027-01-01\n"), cwd=workspace)
    assert done.code == 3 and "IMP-110" in done.err


def test_how_a_contract_renews_is_no_day_of_renewal(cs: Cs, workspace: Path) -> None:
    text = "Customer;ARR;Contract end;Renewal\nAlpha;1200;2027-01-31;Auto\nBeta;600;2027-02-28;Manual\n"
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0 and "'Renewal' says how contracts renew (Auto), not when" in done.err, done.err
    rows = cs("renewals", "list", "--within", "500", "-f", "json", cwd=workspace).json
    assert {one["name"]: (one["renewal_date"], one["auto_renew"]) for one in rows} == {
        "Alpha": ("2027-01-31", True), "Beta": ("2027-02-28", False),
    }


def test_who_has_left_pays_nothing_and_who_gave_notice_pays_until_the_renewal(cs: Cs, workspace: Path) -> None:
    text = (
        "Customer,ARR,Renewal,Start,Churned on,Cancelled on\nAlpha,1000,2027-03-01,2025-03-01,,\n"
        "Beta,2000,2027-03-01,2025-03-01,2026-05-01,\nGamma,3000,2027-03-01,2025-03-01,,2026-05-01\n"
        "Delta,4000,,2025-03-01,,2026-05-01\n"
    )
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0, done.err
    found = {name: arr for name, (arr, _) in accounts(cs, workspace).items()}
    assert found == {"Alpha": 1000, "Beta": 0, "Gamma": 3000, "Delta": 0}


def test_how_a_cell_is_filled_in_is_no_part_of_its_name(cs: Cs, workspace: Path) -> None:
    text = "Customer;ARR;Health (1-5);Auto renew? (y/n);Renewal (DD/MM/YYYY)\nAlpha;1200;4;y;31/01/2027\n"
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0 and "kept as attributes" not in done.err, done.err
    assert "pulse: 1 added" in done.err and renewals(cs, workspace) == {"Alpha": "2027-01-31"}


def test_a_source_is_shown_without_every_spelling_of_its_words(cs: Cs, workspace: Path) -> None:
    shown = cs("sources", "show", "customer_book", cwd=workspace).out
    assert max(map(len, shown.splitlines())) < 400 and "more (-f json lists all)" in shown
    assert "ragione sociale" in cs("sources", "show", "customer_book", "-f", "json", cwd=workspace).out
