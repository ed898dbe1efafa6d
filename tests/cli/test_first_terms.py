"""A first term of several years that then renews by the year, from the sheet to the list, the calendar and the lint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.conftest import Cs

DAY = "2026-06-01"
ACCOUNTS = "account_id,name,domain\n" + "".join(f"A{n},Company {n},c{n}.example\n" for n in range(1, 6))
HEAD = "contract_id,account_id,start,end,term_months,renewal_term_months,notice_days,auto_renew,amount,currency\n"
CONTRACTS = (
    HEAD + "C1,A1,2020-08-29,2025-08-28,,,60,true,60000,USD\n"  # five years, then nobody says
    "C2,A2,2021-07-15,2024-07-15,36,24,30,true,36000,USD\n"  # three years, then by two
    "C3,A3,2025-09-01,2026-09-01,,,30,true,12000,USD\n"  # a year, then by the year
    "C4,A4,2024-01-01,2027-01-01,,,,false,36000,USD\n"  # three years, and then it ends
)


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    put(cs, workspace, "accounts", ACCOUNTS)
    put(cs, workspace, "contracts", CONTRACTS)
    return workspace


def put(cs: Cs, desk: Path, name: str, text: str) -> None:
    file = desk / "exports" / f"{name}.csv"
    file.write_text(text)
    done = cs("-w", desk, "--as-of", DAY, "import", file)
    assert done.code == 0, done.err


def listed(cs: Cs, desk: Path, *words: object) -> dict[str, dict[str, Any]]:
    done = cs("-w", desk, "--as-of", DAY, *words, "-f", "json")
    assert done.code == 0, done.err
    return {row["contract"]: row for row in done.json}


def test_the_next_end_and_notice_day_are_those_of_the_year(cs: Cs, desk: Path) -> None:
    found = listed(cs, desk, "renewals", "list", "--within", 3660)
    days = {key: (row["renewal_date"], row["notice_date"], row["decide_by"], row["arr"]) for key, row in found.items()}
    assert days == {
        "C1": ("2026-08-28", "2026-06-29", "2026-06-29", 12_000),
        "C2": ("2026-07-15", "2026-06-15", "2026-06-15", 12_000),
        "C3": ("2026-09-01", "2026-08-02", "2026-08-02", 12_000),
        "C4": ("2027-01-01", None, "2027-01-01", 12_000),
    }
    assert {key: row["assumption"] for key, row in found.items()} == {
        "C1": "renews by 12 months", "C2": None, "C3": None, "C4": None,
    }  # fmt: skip
    assert {key: (row["term_months"], row["is_multi_year"]) for key, row in found.items()} == {
        "C1": (12, False), "C2": (24, True), "C3": (12, False), "C4": (36, True),
    }  # fmt: skip


def test_an_assumption_is_told_where_people_look(cs: Cs, desk: Path) -> None:
    rows = listed(cs, desk, "contracts", "list")
    assert {key: (row["renewal_term_months"], row["renewal_assumed"]) for key, row in rows.items()} == {
        "C1": (12, True), "C2": (24, False), "C3": (12, False), "C4": (None, False),
    }  # fmt: skip
    for words in (["contracts", "list"], ["renewals", "list", "--within", 120]):
        done = cs("-w", desk, "--as-of", DAY, *words)
        assert "Assumed: 1 term renews by 12 months" in " ".join(done.out.split()), done.out
    lint = cs("-w", desk, "--as-of", DAY, "contracts", "list", "--lint", "-f", "json")
    assert lint.code == 1
    assert [(row["contract"], row["check"]) for row in lint.json] == [("C1", "renews by an assumed length")]
    assert "--renewal-months" in lint.json[0]["next"]
    assert "renews by an assumed length" in cs("-w", desk, "--as-of", DAY, "check").out


def test_saying_it_settles_the_assumption_and_can_be_taken_back(cs: Cs, desk: Path) -> None:
    done = cs("-w", desk, "--as-of", DAY, "contracts", "set", "A1", "--renewal-months", 36)
    assert done.code == 0 and "renews itself by 36 months" in done.err, done.err
    row = listed(cs, desk, "contracts", "list", "A1")["C1"]
    assert (row["end_on"], row["renewal_assumed"], row["by_hand"]) == ("2028-08-28", False, "renewal_term_months")
    assert cs("-w", desk, "--as-of", DAY, "contracts", "list", "--lint").code == 0
    # no later export wipes it
    put(cs, desk, "again", CONTRACTS.replace("60,true,60000", "90,true,60000"))
    assert listed(cs, desk, "contracts", "list", "A1")["C1"]["end_on"] == "2028-08-28"
    number = done.err.split("#", 1)[1].split(" ", 1)[0]
    assert cs("-w", desk, "--as-of", DAY, "imports", "undo", number).code == 0
    assert listed(cs, desk, "contracts", "list", "A1")["C1"]["end_on"] == "2026-08-28"


def test_a_length_by_hand_moves_the_end_unless_the_end_has_it(cs: Cs, desk: Path) -> None:
    def ends(*words: object) -> tuple[Any, ...]:
        done = cs("-w", desk, "--as-of", DAY, "contracts", "set", *words)
        assert done.code == 0, done.err
        (row,) = listed(cs, desk, "contracts", "list", str(words[0])).values()
        return (row["end_on"], row["term_months"], row["arr"])

    assert ends("A3", "--term-months", 24) == ("2027-09-01", 24, 6_000)
    assert ends("A4", "--term-months", 36) == ("2027-01-01", 36, 12_000)
    # five years are three and two renewals by the year: the known end stays
    assert ends("A1", "--term-months", 36, "--renewal-months", 12) == ("2026-08-28", 12, 20_000)
    made = cs("-w", desk, "--as-of", DAY, "contracts", "set", "A5", "--contract", "N", "--starts", "2026-03-01",
              "--term-months", 36, "--renewal-months", 12, "--auto-renew")  # fmt: skip
    assert made.code == 0, made.err
    row = listed(cs, desk, "contracts", "list", "A5")["N"]
    assert (row["end_on"], row["term_months"], row["renewal_term_months"]) == ("2029-03-01", 36, 12)


@pytest.mark.parametrize("words", [
    ("--term-months", "0"), ("--renewal-months", "0"), ("--term-months", "241"), ("--renewal-months", "-12"),
])  # fmt: skip
def test_a_length_that_cannot_be_is_refused(cs: Cs, desk: Path, words: tuple[str, ...]) -> None:
    before = listed(cs, desk, "contracts", "list")
    done = cs("-w", desk, "--as-of", DAY, "contracts", "set", "A1", *words)
    assert (done.code, "REV-005" in done.err, "1 to 240" in done.err) == (2, True, True), done.err
    assert listed(cs, desk, "contracts", "list") == before


def test_days_and_a_length_that_disagree_are_found(cs: Cs, desk: Path) -> None:
    put(cs, desk, "more", HEAD + "C5,A5,2025-09-01,2026-09-01,36,12,30,true,36000,USD\n")
    done = cs("-w", desk, "--as-of", DAY, "contracts", "list", "--lint", "-f", "json")
    (row,) = [row for row in done.json if row["contract"] == "C5"]
    assert row["check"] == "length and days disagree"
    assert row["finding"] == "runs from 2025-09-01 to 2026-09-01, 12 months, and its length says 36"
    # three years, and the CRM has moved the end twice since: nothing disagrees
    put(cs, desk, "moved", HEAD + "C5,A5,2021-09-01,2026-09-01,36,12,30,true,36000,USD\n")
    again = cs("-w", desk, "--as-of", DAY, "contracts", "list", "--lint", "-f", "json")
    assert [row["contract"] for row in again.json] == ["C1"]


def test_calendar_forecast_facts_and_explain_have_the_same_day(cs: Cs, desk: Path) -> None:
    file = desk / "renewals.ics"
    assert cs("-w", desk, "--as-of", DAY, "renewals", "calendar", "-o", file).code == 0
    book = Calendar.from_ical(file.read_bytes())
    events = {str(event["summary"]): event["dtstart"].dt.isoformat() for event in book.walk("VEVENT")}
    assert events["Company 1 renews itself"] == "2026-08-28"
    assert events["Last safe day to act: Company 1"] == "2026-06-29"
    forecast = cs("-w", desk, "--as-of", DAY, "renewals", "forecast", "--months", 6, "-f", "json").json
    assert {row["contract"] for row in forecast["sections"]["terms"]["rows"]} == {"C1", "C2", "C3"}
    told = cs("-w", desk, "--as-of", DAY, "explain", "A2", "renewal_term_months")
    assert told.code == 0 and "24" in told.out, told.out + told.err


def test_a_closed_first_term_goes_on_by_the_year(cs: Cs, desk: Path) -> None:
    put(cs, desk, "more", HEAD + "C5,A5,2023-05-20,2026-05-20,36,12,30,false,36000,USD\n")
    done = cs("-w", desk, "--as-of", DAY, "renewals", "close", "A5", "--outcome", "renewed")
    assert done.code == 0, done.err
    row = listed(cs, desk, "contracts", "list", "A5")["C5+2026-05-20"]
    assert (row["end_on"], row["arr"], row["renewal_term_months"]) == ("2027-05-20", 12_000, 12)


def test_the_templates_have_the_column(cs: Cs) -> None:
    for kind in ("contract", "subscription"):
        assert "renewal_term_months" in cs("import", "--template", kind).out.splitlines()[0].split(",")


def test_a_contract_without_an_end_beside_a_yearly_subscription_rolls(cs: Cs, workspace: Path) -> None:
    put(cs, workspace, "accounts", ACCOUNTS)
    put(cs, workspace, "contracts", HEAD + "OPEN,A1,2024-01-01,,,,90,true,,USD\n")
    head = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"
    put(cs, workspace, "subscriptions", head + "S1,A1,pro,1,12000,USD,year,2025-09-01,active\n")
    found = listed(cs, workspace, "contracts", "list")
    assert {key: (row["state"], row["end_on"], row["arr"]) for key, row in found.items()} == {
        "S1": ("running", "2026-09-01", 12_000), "OPEN": ("rolling", None, None),
    }  # fmt: skip
    assert found["S1"]["notice_days"] == 90  # what it says of notice holds for what is billed
    report = cs("-w", workspace, "--as-of", DAY, "report", "renewals", "-f", "json").json
    assert [(row["contract"], row["rolls"]) for row in report["sections"]["rolling"]["rows"]] == [("OPEN", "open end")]
    accounts = cs("-w", workspace, "--as-of", DAY, "accounts", "list", "-f", "json").json
    assert [row["arr"] for row in accounts if row["account_id"] == "A1"] == [12_000]
