"""Every shipped source: its real header line is its own, and a small file of invented rows lands as expected."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cs_cli.intake.catalogue import shipped_sources
from cs_cli.intake.recognise import claimants, claims, fold_header, recognise
from cs_cli.store.kinds import KINDS
from tests.conftest import run_cs

SAMPLES = Path(__file__).parent / "samples"
FILES = sorted(SAMPLES.glob("*.csv"))
HEADERS: dict[str, dict[str, Any]] = json.loads((SAMPLES / "headers.json").read_text("utf-8"))
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))


def source_of(file: Path) -> str:
    """stripe_customers@full.csv is a file of the source stripe_customers."""
    return file.stem.split("@")[0]


@pytest.fixture
def york(tmp_path: Path) -> Path:
    """A workspace west of Greenwich, where a day that is turned into UTC and back would be seen."""
    folder = tmp_path / "desk"
    made = run_cs("init", folder, "--company", "Testco", "--currency", "USD", "--zone", "America/New_York",
                  "--name", "Robin Vale", "--email", "robin@testco.example")
    assert made.code == 0, made.err
    return folder


def landed(folder: Path) -> list[dict[str, Any]]:
    """Every current record with the account reference it names, as expected.json has them."""
    conn = sqlite3.connect(folder / "cs.db")
    conn.row_factory = sqlite3.Row
    rows: list[dict[str, Any]] = []
    for kind in KINDS:
        if kind == "identity":
            continue
        for row in conn.execute(
            f"SELECT k.*, r.external_id AS ext FROM {kind} AS k LEFT JOIN ref AS r ON r.id = k.ref "
            "WHERE k.retired_by IS NULL ORDER BY k.key"
        ):
            known = {column: row[column] for column in KINDS[kind] if row[column] is not None}
            rows.append({"kind": kind, "key": row["key"], "line": row["line"], "account": row["ext"], **known})
    for row in conn.execute(
        "SELECT r.external_id, m.name, u.day, u.value FROM usage AS u JOIN ref AS r ON r.id = u.ref "
        "JOIN metric AS m ON m.id = u.metric ORDER BY 1, 2, 3"
    ):
        rows.append({"kind": "usage", "account": row[0], "metric": row[1], "day": row[2], "value": row[3]})
    conn.close()
    return rows


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_real_header_line_belongs_to_one_source(name: str) -> None:
    headers, owner = HEADERS[name]["headers"], HEADERS[name]["source"]
    folded = frozenset(fold_header(header) for header in headers)
    claiming = [source.source for source in claimants(shipped_sources(), folded)]
    assert claiming == ([owner] if owner else [])
    if owner:
        assert recognise(headers, shipped_sources(), None, "x.csv").source == owner


@pytest.mark.parametrize(
    "line",
    [
        "id,active,created,description,name,statement_descriptor,type,unit_label,updated,url",
        "id,active,name,type,taxable,unit_price,income_account_id,track_quantity_on_hand",
        "id,account_id,amount,close_date,is_won,name,owner_id,stage_name,type",
        "_fivetran_active,_fivetran_start,_fivetran_end,billing_country,id,industry,is_deleted,name,owner_id,parent_id",
        "id,name,type",
        "Id,Name,Description",
    ],
)
def test_a_table_of_ids_and_names_is_not_taken_for_accounts(line: str) -> None:
    """Products, items, opportunities, histories of a warehouse: nothing in them says that a row is a company of now."""
    folded = frozenset(fold_header(header) for header in line.split(","))
    assert [source.source for source in shipped_sources() if claims(source, folded)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_sample_file_lands(file: Path, york: Path) -> None:
    done = run_cs("-w", york, "import", file, "--as-of", "2026-06-30")
    assert done.code == 0, done.err
    assert f"{source_of(file)} (" in done.out + done.err
    assert landed(york) == EXPECTED[file.stem]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nobody_else_claims_a_sample_file(file: Path, york: Path) -> None:
    """The header as the reader finds it, below title lines and with its delimiter."""
    seen = run_cs("-w", york, "sources", "check", file, "-f", "json")
    assert seen.code == 0, seen.err
    assert seen.json["title"] == f"{file.name}: {source_of(file)}"
    reads = [row["source"] for row in seen.json["sections"]["claims"]["rows"] if row["reads_it"]]
    assert reads == [source_of(file)]


def test_every_shipped_source_has_a_sample_and_says_where_to_click() -> None:
    own = {source.source: source for source in shipped_sources() if source.role != "canonical"}
    assert {source_of(file) for file in FILES} == set(own)
    for source in own.values():
        assert len(source.about) > 80, source.source


def test_guests_and_failed_payments_are_left_out_and_said(york: Path) -> None:
    done = run_cs("-w", york, "import", SAMPLES / "stripe_customers.csv", SAMPLES / "stripe_payments.csv",
                  "--as-of", "2026-06-30")
    said = done.out + done.err
    assert "1 row is left out: id is empty" in said
    assert "1 row is left out: Status is Failed" in said and "1 row is left out: Customer ID is empty" in said


def test_an_export_that_names_no_customer_is_refused(york: Path, tmp_path: Path) -> None:
    headers = HEADERS["freshdesk_tickets"]["headers"]
    file = tmp_path / "tickets.csv"
    file.write_text(",".join(headers) + "\n" + ",".join("1" for _ in headers) + "\n", encoding="utf-8")
    done = run_cs("-w", york, "import", file)
    assert done.code == 10 and "IMP-207" in done.err and "Company Name" in done.err


def test_a_report_and_an_api_export_of_salesforce_are_one_account(york: Path) -> None:
    """15 letters in the report, 18 in the API: the same company."""
    for name in ("salesforce_accounts", "salesforce_accounts_report", "salesforce_opportunities_report"):
        assert run_cs("-w", york, "import", SAMPLES / f"{name}.csv", "--as-of", "2026-06-30").code == 0
    accounts = run_cs("-w", york, "accounts", "list", "--all", "-f", "json").json
    assert sorted(row["name"] for row in accounts) == ["Harrow Mills", "Quill & Sons"]


def test_a_pipedrive_deal_finds_its_organization_by_name(york: Path) -> None:
    for name in ("pipedrive_organizations", "pipedrive_deals"):
        done = run_cs("-w", york, "import", SAMPLES / f"{name}.csv", "--as-of", "2026-06-30")
        assert done.code == 0 and "have no account" not in done.out + done.err


@pytest.mark.parametrize("typed", [False, True], ids=["serial numbers", "cells of type date"])
def test_pipedrive_workbooks_hold_days_as_numbers(york: Path, tmp_path: Path, typed: bool) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    headers = HEADERS["pipedrive_deals"]["headers"]
    cells = [
        {"Deal - Title": "One", "Deal - Value": 2400, "Deal - Currency of value": "EUR", "Deal - Status": "Won",
         "Deal - Organization": "Fernhill Dairy", "Deal - Expected close date": 46113, "Deal - Won time": 46085.42444,
         "Deal - ID": 88},
        {"Deal - Title": "Two", "Deal - Value": 99.9, "Deal - Currency of value": "EUR", "Deal - Status": "Open",
         "Deal - Organization": "Fernhill Dairy", "Deal - Expected close date": 46296, "Deal - ID": 89},
    ]
    file = tmp_path / "deals.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet, day = book.add_worksheet("Deals"), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, headers)
        for at, row in enumerate(cells, 1):
            for header, value in row.items():
                style = day if typed and isinstance(value, int | float) and value > 40_000 else None
                sheet.write(at, headers.index(header), value, style)
    done = run_cs("-w", york, "import", file, "--as-of", "2026-06-30")
    assert done.code == 0, done.err
    deals = [(row["key"], row["status"], row["amount"], row["close_on"]) for row in landed(york)]
    assert deals == [("88", "won", 240000, "2026-03-04"), ("89", "open", 9990, "2026-10-01")]


def test_a_pipedrive_file_with_days_that_fit_both_orders_is_asked_about_and_settled(york: Path, tmp_path: Path) -> None:
    file = tmp_path / "deals.csv"
    file.write_text(
        "Deal - ID,Deal - Title,Deal - Status,Deal - Organization,Deal - Won time\n88,One,Won,Fernhill,03/04/2026\n"
    )
    asked = run_cs("-w", york, "import", file, "--as-of", "2026-06-30")
    assert asked.code == 10 and "IMP-101" in asked.err and "--dates" in asked.err
    assert run_cs("-w", york, "import", file, "--as-of", "2026-06-30", "--dates", "dmy").code == 0
    assert [row["close_on"] for row in landed(york)] == ["2026-04-03"]


def test_chartmogul_counts_from_the_first_import_on(york: Path, tmp_path: Path) -> None:
    text = (SAMPLES / "chartmogul_subscriptions.csv").read_text("utf-8")
    later = tmp_path / "later.csv"
    later.write_text(text.replace(",14999,", ",15999,"), encoding="utf-8")
    assert run_cs("-w", york, "import", SAMPLES / "chartmogul_subscriptions.csv", "--as-of", "2026-05-31").code == 0
    assert run_cs("-w", york, "import", later, "--as-of", "2026-06-30").code == 0
    (row,) = [row for row in landed(york) if row["kind"] == "subscription"]
    assert (row["started_on"], row["arr"]) == ("2026-05-31", 15999 * 12)
    steps = [(row["from_on"], row["arr"]) for row in landed(york) if row["kind"] == "subscription_step"]
    assert steps == [("2026-05-31", 14999 * 12), ("2026-06-30", 15999 * 12)]


def test_a_group_heading_without_its_commas_still_heads_the_rows(york: Path, tmp_path: Path) -> None:
    text = (SAMPLES / "quickbooks_invoices@groups.csv").read_text("utf-8").replace("Lopez Ltd,,,,,\n", "Lopez Ltd\n")
    file = tmp_path / "invoices.csv"
    file.write_text(text, encoding="utf-8")
    done = run_cs("-w", york, "import", file, "--as-of", "2026-06-30")
    assert done.code == 0, done.err
    assert [row["account"] for row in landed(york)] == ["name:Smith & Co", "name:Smith & Co", "name:Lopez Ltd"]


def test_days_that_fit_both_orders_everywhere_are_asked_about(york: Path, tmp_path: Path) -> None:
    file = tmp_path / "xero.csv"
    file.write_text((SAMPLES / "xero_invoices.csv").read_text("utf-8-sig").replace("13/01/2026", "11/01/2026"))
    done = run_cs("-w", york, "import", file)
    assert done.code == 10 and "IMP-101" in done.err


HUBSPOT_DEALS = "Record ID,Deal Name,Deal Stage,Amount,Close Date,Associated Company IDs (Primary)"


@pytest.mark.parametrize(
    ("header", "cells", "stage", "lands"),
    [
        ("", "", "Closed Won (Sales Pipeline)", ("won", 120000, "USD")),
        ("", "", "Closed lost", ("lost", 120000, "USD")),
        (",Is Closed Won,Is closed lost", ",true,false", "Signed (Renewals)", ("won", 120000, "USD")),
        (",Is Closed Won,Is closed lost", ",false,true", "Gone", ("lost", 120000, "USD")),
        (",Is Closed Won,Is closed lost", ",false,false", "Contract sent", ("open", 120000, "USD")),
        (",Currency,Amount in company currency", ",EUR,1300", "Won", ("won", 120000, "EUR")),
        (",Currency,Amount in company currency,Currency in company currency", ",EUR,1300,USD", "Won",
         ("won", 130000, "USD")),
        (",Amount in company currency", ",1300", "Won", ("won", 130000, "USD")),
    ],
)
def test_hubspot_deals_are_won_in_any_pipeline_and_in_their_currency(
    york: Path, tmp_path: Path, header: str, cells: str, stage: str, lands: tuple[str, int, str]
) -> None:
    file = tmp_path / "deals.csv"
    file.write_text(f"{HUBSPOT_DEALS}{header}\n1,New,{stage},1200,2026-05-01,9{cells}\n", encoding="utf-8")
    assert run_cs("-w", york, "import", file, "--as-of", "2026-06-30").code == 0
    assert [(row["status"], row["amount"], row["currency"]) for row in landed(york)] == [lands]
