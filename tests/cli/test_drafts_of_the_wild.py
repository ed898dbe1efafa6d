"""Headers of other products, drafted in one step: what was found wrong in silence, or refused by its own draft."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

KNOWN = "account_id,name,domain\nA-1,Acme Co,acme.example\nA-2,Beta LLC,beta.example\nA-3,Gamma,gamma.example\n"
CALENDLY = (
    "Event UUID,Event Type Name,Invitee Name,Invitee Email,User Name,User Email,Start Date & Time\n"
    + "".join(f"u{n},QBR,{whom},Robin Vale,robin@testco.example,2026-06-1{n} 10:00 am\n" for n, whom in enumerate(
        ["Ann Lee,ann@acme.example", "Bo Kim,bo@beta.example", "Cy Doe,cy@gamma.example"]))
)
SURVEYMONKEY = (
    "Respondent ID,Collector ID,Start Date,End Date,Email Address,First Name,Last Name,"
    "How likely is it that you would recommend us to a friend or colleague?\n"
    "1,9,06/02/2026 08:11:00 AM,06/02/2026 08:12:10 AM,ann@acme.example,Ann,Lee,9\n"
    "2,9,06/13/2026 08:11:00 AM,06/13/2026 08:12:10 AM,bo@beta.example,Bo,Kim,4\n"
)
WOO = (
    "subscription_id,status,billing_email,recurring_total,billing_period,billing_interval,start_date,next_payment_date\n"
    "501,active,ann@acme.example,49.00,month,1,2025-02-01,2026-07-01\n"
    "503,active,cy@gamma.example,147.00,month,3,2026-01-01,2026-07-01\n"
)
WEEKS = (
    "week_start,workspace_slug,company,wau,docs_created,api_calls\n2026-06-15,acme,Acme Co,20,100,3000\n"
    "2026-06-15,beta,Beta LLC,3,4,0\n2026-06-22,acme,Acme Co,22,90,3100\n2026-06-22,beta,Beta LLC,1,0,0\n"
)
CONTRACTS = (
    "Agreement #,Signed with,Effective Date,Initial Term (months),Expiration Date,TCV,Currency\n"
    'AG-1,Acme Co,2025-01-01,24,2026-12-31,"48,000.00",USD\nAG-2,Beta LLC,2026-03-15,12,2027-03-14,"6,000.00",USD\n'
    'AG-3,Gamma,2026-06-01,12,2027-05-31,"900.00",USD\n'
)
TIMELINE = (
    "Activity Date,Subject,Notes,Activity Type,Author,Account\n06/25/2026,QBR prep,Went ok,Meeting,Dan,Acme Co\n"
    "06/13/2026,Check in,No news,Call,Dan,Beta LLC\n05/30/2026,Kickoff,Good,Meeting,Sue,Gamma\n"
)
BELEGE = (
    "Belegnummer;Belegdatum;Fälligkeit;Kunde;Kundennummer;Nettobetrag;Umsatzsteuer;Bruttobetrag\n"
    "RE-1;01.06.2026;15.06.2026;Acme Co;10001;1.000,00;190,00;1.190,00\n"
    "RE-2;15.06.2026;29.06.2026;Beta LLC;10002;500,50;95,10;595,60\n"
)


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    (workspace / "known.csv").write_text(KNOWN)
    assert cs("import", "known.csv", cwd=workspace).code == 0
    return workspace


def drafted(cs: Cs, desk: Path, name: str, text: str) -> str:
    """Draft and import in one step each; what the draft said."""
    (desk / name).write_text(text, encoding="utf-8")
    made = cs("sources", "new", name, "--save", cwd=desk)
    assert made.code == 0 and "nothing left open" in made.err, made.err
    done = cs("import", name, cwd=desk)
    assert done.code == 0, done.err
    return (desk / "sources" / f"{name.removesuffix('.csv')}.yaml").read_text(encoding="utf-8")


def ask(desk: Path, sql: str) -> list[Any]:
    with sqlite3.connect(desk / "cs.db") as conn:
        return conn.execute(sql).fetchall()


def test_a_contact_is_named_by_the_name_beside_its_address_never_by_ones_own_people(cs: Cs, desk: Path) -> None:
    drafted(cs, desk, "calendly.csv", CALENDLY)
    assert ask(desk, "SELECT name, email FROM contact WHERE retired_by IS NULL ORDER BY key") == [
        ("Ann Lee", "ann@acme.example"), ("Bo Kim", "bo@beta.example"), ("Cy Doe", "cy@gamma.example"),
    ]


def test_answers_to_a_question_are_a_survey(cs: Cs, desk: Path) -> None:
    drafted(cs, desk, "surveymonkey.csv", SURVEYMONKEY)
    assert ask(desk, "SELECT kind, score, day FROM survey WHERE retired_by IS NULL ORDER BY key") == [
        ("nps", 9, "2026-06-02"), ("nps", 4, "2026-06-13"),
    ]


def test_every_third_month_is_no_month(cs: Cs, desk: Path) -> None:
    drafted(cs, desk, "woo.csv", WOO)
    rows = cs("accounts", "list", "-f", "json", cwd=desk).json
    assert {one["name"]: one["mrr"] for one in rows} == {"Acme Co": 49, "Gamma": 49}


def test_a_draft_of_weeks_reads_its_own_file(cs: Cs, desk: Path) -> None:
    text = drafted(cs, desk, "usage_weeks.csv", WEEKS)
    assert "metrics: [wau, docs_created, api_calls]" in text
    assert ask(desk, "SELECT count(*) FROM usage") == [(12,)]


def test_a_column_of_known_customers_names_them_whatever_it_is_called(cs: Cs, desk: Path) -> None:
    text = drafted(cs, desk, "agreements.csv", CONTRACTS)
    assert "3 of 3 are names of known accounts" in text
    rows = cs("accounts", "list", "-f", "json", cwd=desk).json
    assert {one["name"]: one["arr"] for one in rows} == {"Acme Co": 24000, "Beta LLC": 6000, "Gamma": 900}


def test_a_column_kind_does_not_settle_which_kind_of_record_it_is(cs: Cs, desk: Path) -> None:
    (desk / "timeline.csv").write_text(TIMELINE)
    made = cs("sources", "new", "timeline.csv", "--save", cwd=desk)
    source = desk / "sources" / "timeline.yaml"
    text = source.read_text()
    assert "# DECIDE kind" in text and "kind: {from" in text, made.err
    refused = cs("import", "timeline.csv", cwd=desk)
    assert refused.code == 10 and "IMP-272" in refused.err, refused.err
    source.write_text("\n".join(line for line in text.splitlines() if not line.startswith("# DECIDE kind")) + "\n")
    assert cs("import", "timeline.csv", cwd=desk).code == 0


def test_a_german_list_of_invoices_is_drafted_as_invoices(cs: Cs, desk: Path) -> None:
    text = (desk / "belege.csv")
    text.write_text(BELEGE, encoding="utf-8")
    made = cs("sources", "new", "belege.csv", cwd=desk)
    assert "kind: invoice" in made.out and "DECIDE kind" not in made.out, made.out
    for line in ("key: [Belegnummer]", "issued_on: {from: [Belegdatum]", "amount: {from: [Bruttobetrag]", "tax: {from"):
        assert line in made.out, made.out


def test_an_export_that_has_no_customer_for_its_source_can_be_drafted(cs: Cs, desk: Path) -> None:
    (desk / "deals.csv").write_text("Record ID,Deal Name,Company,Stage\n1,Acme renewal,Acme Co,Nego\n")
    refused = cs("import", "deals.csv", cwd=desk)
    assert refused.code == 10 and "IMP-207" in refused.err
    assert "if it is another export: cs sources new deals.csv --save" in refused.err, refused.err
