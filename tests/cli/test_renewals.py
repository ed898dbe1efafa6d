"""`cs renewals` as a person uses it: list, show, close, forecast, calendar."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.conftest import Cs, Result

COLUMNS = [
    "account_id", "name", "contract", "renewal_date", "days_to_renewal", "notice_date", "decide_by", "auto_renew",
    "arr", "health", "band", "owner", "stage",
]  # fmt: skip
ACCOUNTS = "account_id,name,domain\nA1,Acme Inc,acme.com\nA2,Globex,globex.com\nA3,Initech,initech.com\n"
CONTRACTS = (
    "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency,uplift\n"
    "C1,A1,2025-08-15,2026-08-15,30,true,12000,USD,5%\n"
    "C2,A2,2025-06-01,2026-06-01,,false,24000,USD,\n"
    "C3,A3,2025-11-01,2026-11-01,60,false,6000,USD,\n"
)


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    for name, text in (("accounts.csv", ACCOUNTS), ("contracts.csv", CONTRACTS)):
        (workspace / "exports" / name).write_text(text)
        done = cs("-w", workspace, "import", workspace / "exports" / name)
        assert done.code == 0, done.err
    return workspace


def listed(cs: Cs, desk: Path, *words: object) -> list[dict[str, Any]]:
    done = cs("-w", desk, "renewals", "list", "-f", "json", *words)
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = done.json
    return found


def part(done: Result, section: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done.json["sections"][section]["rows"]
    return found


def change_set(err: str) -> str:
    return err.split("#", 1)[1].split(" ", 1)[0]


def test_overdue_first_then_by_last_safe_day(cs: Cs, desk: Path) -> None:
    found = listed(cs, desk, "--within", 200)
    assert [row["contract"] for row in found] == ["C2", "C1", "C3"]
    assert list(found[0])[: len(COLUMNS)] == COLUMNS
    # C1: 15 August less 30 days is Thursday 16 July; C3: 1 November less 60 is Wednesday 2 September
    assert [(row["stage"], row["decide_by"], row["last_safe_day"]) for row in found] == [
        ("overdue", "2026-06-01", "2026-06-01"),
        ("price", "2026-07-16", "2026-07-16"),
        ("introduce", "2026-09-02", "2026-09-02"),
    ]
    assert [row["expected"] for row in found] == [24_000, 12_600, 6_000]
    assert [row["contract"] for row in listed(cs, desk, "--within", 30)] == ["C2"]


def test_a_holiday_moves_the_last_safe_day(cs: Cs, desk: Path) -> None:
    text = (desk / "cs.yaml").read_text()
    line = next(one for one in text.splitlines() if one.startswith("holidays:"))
    (desk / "cs.yaml").write_text(text.replace(line, 'holidays: ["2026-07-16", "2026-07-15"]'))
    assert listed(cs, desk, "--within", 60)[1]["last_safe_day"] == "2026-07-14"


def test_by_group(cs: Cs, desk: Path) -> None:
    found = listed(cs, desk, "--within", 200, "--by", "month")
    assert [row["group"] for row in found] == ["2026-06", "2026-08", "2026-11"]
    assert "2026-08: 1, 12,000" in cs("-w", desk, "renewals", "list", "--within", 200, "--by", "month").out
    wrong = cs("-w", desk, "renewals", "list", "--by", "mont")
    assert (wrong.code, "REV-011" in wrong.err, 'did you mean "month"' in wrong.err) == (2, True, True)


def test_show_says_the_way_and_the_offer(cs: Cs, desk: Path) -> None:
    done = cs("-w", desk, "renewals", "show", "acme", "-f", "json")
    assert done.code == 0, done.err
    for word in ("2026-04-17", "2026-06-16", "2026-07-02", "renewal_manager", "uplift"):
        assert word in done.out, word
    none = cs("-w", desk, "--as-of", "2020-01-01", "renewals", "show", "acme")
    assert (none.code, "REV-002" in none.err) == (2, True)


def test_close_as_renewed_and_take_it_back(cs: Cs, desk: Path) -> None:
    before = listed(cs, desk, "--within", 900)
    done = cs("-w", desk, "renewals", "close", "globex", "--outcome", "renewed", "--term-months", 24)
    assert done.code == 0, done.err
    found = {row["contract"]: row for row in listed(cs, desk, "--within", 900)}
    assert "C2" not in found
    new = found["C2+2026-06-01"]
    assert (new["renewal_date"], new["arr"], new["term_months"], new["stage"]) == ("2028-06-01", 24_000, 24, "ahead")
    assert cs("-w", desk, "imports", "undo", change_set(done.err)).code == 0
    assert listed(cs, desk, "--within", 900) == before


def test_close_as_lost(cs: Cs, desk: Path) -> None:
    silent = cs("-w", desk, "renewals", "close", "globex", "--outcome", "churned")
    assert (silent.code, "REV-010" in silent.err) == (2, True)
    done = cs("-w", desk, "renewals", "close", "globex", "--outcome", "churned", "--reason", "too dear")
    assert done.code == 0, done.err
    assert [row["contract"] for row in listed(cs, desk, "--within", 200)] == ["C1", "C3"]
    status = {
        row["account_id"]: row["status"] for row in cs("-w", desk, "accounts", "list", "--all", "-f", "json").json
    }
    assert status["A2"] == "churned"
    assert cs("-w", desk, "imports", "undo", change_set(done.err)).code == 0
    assert len(listed(cs, desk, "--within", 200)) == 3


def test_the_outcome_must_agree_with_the_amount(cs: Cs, desk: Path) -> None:
    wrong = cs("-w", desk, "renewals", "close", "globex", "--outcome", "expanded", "--amount", 20000)
    assert (wrong.code, "REV-009" in wrong.err, "contracted" in wrong.err) == (2, True, True)
    # two years for 50,000 are more a year than 24,000
    right = cs(
        "-w", desk, "renewals", "close", "globex", "--outcome", "expanded", "--amount", 50000, "--term-months", 24
    )
    assert right.code == 0, right.err
    assert {row["contract"]: row["arr"] for row in listed(cs, desk, "--within", 900)}["C2+2026-06-01"] == 25_000
    unknown = cs("-w", desk, "renewals", "close", "acme", "--outcome", "won")
    assert (unknown.code, "REV-011" in unknown.err) == (2, True)


def test_a_new_term_in_the_data_closes_it_too(cs: Cs, desk: Path) -> None:
    (desk / "exports" / "more.csv").write_text(CONTRACTS + "C4,A2,2026-06-01,2027-06-01,,false,26000,USD,\n")
    assert cs("-w", desk, "import", desk / "exports" / "more.csv").code == 0
    assert [row["contract"] for row in listed(cs, desk, "--within", 400)] == ["C1", "C3", "C4"]


def test_the_forecast_adds_up_and_each_total_names_its_accounts(cs: Cs, demo_once: Path) -> None:
    done = cs("-w", demo_once, "renewals", "forecast", "--months", 6, "-f", "json")
    assert done.code == 0, done.err
    terms, months, owners = (part(done, key) for key in ("terms", "months", "owners"))
    chances = {"green": 0.95, "amber": 0.8, "unknown": 0.75, "red": 0.5}
    for row in terms:
        assert row["likelihood"] == min(chances[row["band"]], 0.5 if row["stage"] == "cancelled" else 1)
        assert row["weighted"] == pytest.approx(row["arr"] * row["likelihood"])
    for some in (months, owners):
        assert sum(row["terms"] for row in some) == len(terms)
        assert sum(row["weighted"] for row in some) == pytest.approx(sum(row["weighted"] for row in terms))
        for row in some:
            assert row["commit"] + row["likely"] + row["at_risk"] == pytest.approx(row["arr"])
            assert row["accounts"]


def test_likelihoods_by_hand(cs: Cs, desk: Path) -> None:
    words = ("-w", desk, "renewals", "forecast", "--method", "hand", "-f", "json", "--likelihood")
    done = cs(*words, "C1=100%", "--likelihood", "unknown=10%")
    assert done.code == 0, done.err
    assert {row["contract"]: row["likelihood"] for row in part(done, "terms")}["C1"] == 1
    for wrong in ("C1=120%", "C1", "=5%", "grene=90%", "C9=100%"):
        refused = cs(*words, wrong)
        assert (refused.code, "REV-015" in refused.err) == (2, True), wrong


def test_too_little_history_is_said(cs: Cs, desk: Path) -> None:
    done = cs("-w", desk, "renewals", "forecast", "--method", "history")
    assert done.code == 0, done.err
    assert "fewer than 20" in done.out


def test_a_kept_forecast_is_scored_by_what_happened(cs: Cs, demo: Path) -> None:
    words = ("-w", demo, "renewals", "forecast")
    none = cs(*words, "--score")
    assert (none.code, "REV-014" in none.err) == (2, True)
    kept = cs(*words, "--as-of", "2025-12-31", "--months", 6, "--freeze", "-f", "json")
    assert kept.code == 0, kept.err
    again = cs(*words, "--as-of", "2025-12-31", "--months", 6, "--freeze")
    assert "kept already" in again.err
    done = cs(*words, "--score", "-f", "json")
    assert done.code == 0, done.err
    (one,) = part(done, "scores")
    known = [row for row in part(done, "terms") if row["outcome"]]
    assert one["terms"] == len(part(kept, "terms")) and one["came_due"] == len(known) > 0
    assert one["forecast"] == pytest.approx(sum(row["arr"] * row["likelihood"] for row in known))
    assert one["actual"] == pytest.approx(sum(row["actual"] for row in known))
    # nothing that ended in the last 31 days is judged yet
    assert all(row["outcome"] is None for row in part(done, "terms") if row["renewal_date"] > "2026-05-30")


@pytest.mark.parametrize("left_on", ["2026-03-20", "2026-04-15", "2026-05-10"])
def test_who_left_by_word_alone_counts_as_lost_in_a_kept_forecast(
    cs: Cs, workspace: Path, tmp_path: Path, left_on: str
) -> None:
    """Contracts alone, with and without an amount, and a churn that somebody logged, also before the end."""
    names = ("priced", "unpriced", "stays", "silent")
    accounts = "account_id,name,stage\n" + "".join(f"{one},{one.title()},customer\n" for one in names)
    contracts = "contract_id,account_id,start,end,amount,currency,auto_renew\n" + "".join(
        f"k-{one},{one},2025-04-15,2026-04-15,{12000 if one in ('priced', 'stays') else ''},USD,true\n" for one in names
    )
    for name, text in (("accounts", accounts), ("contracts", contracts)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        assert cs("-w", workspace, "import", tmp_path / f"{name}.csv", "--yes").code == 0
    words = ("-w", workspace, "renewals", "forecast")
    assert cs(*words, "--as-of", "2026-03-01", "--freeze").code == 0
    for one in ("priced", "unpriced"):
        logged = cs("-w", workspace, "log", one, "churn", "--reason", "price", "--on", left_on)
        assert logged.code == 0, logged.err
    done = cs(*words, "--score", "-f", "json")
    assert done.code == 0, done.err
    outcomes = {row["account_id"]: row["outcome"] for row in part(done, "terms")}
    assert outcomes == {"priced": "churned", "unpriced": "churned", "stays": "renewed", "silent": None}
    (one,) = part(done, "scores")
    assert (one["came_due"], one["arr"], one["actual"]) == (2, 24_000, 12_000)


def test_the_calendar_parses_repeats_and_counts_changes(cs: Cs, desk: Path) -> None:
    file = desk / "renewals.ics"
    assert cs("-w", desk, "renewals", "calendar", "-o", file).code == 0
    first = file.read_bytes()
    events = {str(event["uid"]): event for event in Calendar.from_ical(first).walk("VEVENT")}
    assert len(events) == 6
    days = sorted(event["dtstart"].dt.isoformat() for event in events.values())
    assert days == ["2026-06-01", "2026-06-01", "2026-07-16", "2026-08-15", "2026-09-02", "2026-11-01"]
    assert all(event.walk("VALARM") for event in events.values())
    assert cs("-w", desk, "renewals", "calendar", "-o", file).code == 0
    assert file.read_bytes() == first
    assert cs("-w", desk, "contracts", "set", "acme", "--ends", "2026-09-15").code == 0
    assert cs("-w", desk, "renewals", "calendar", "-o", file).code == 0
    after = {str(event["uid"]): event for event in Calendar.from_ical(file.read_bytes()).walk("VEVENT")}
    assert after.keys() == events.keys()
    changed = {uid for uid in events if events[uid]["dtstart"].dt != after[uid]["dtstart"].dt}
    assert len(changed) == 2
    for uid, event in after.items():
        assert (int(event["sequence"]) > int(events[uid]["sequence"])) == (uid in changed)


def test_a_calendar_from_before_keeps_its_events_under_the_numbers_of_then(cs: Cs, desk: Path) -> None:
    from cs_cli.revenue.calendar import uid

    file = desk / "renewals.ics"
    assert cs("-w", desk, "renewals", "calendar", "-o", file).code == 0
    now, then = uid("renewal", "C1", 1), uid("renewal", "C1", 3)
    text = file.read_bytes()
    assert now.encode() in text
    file.write_bytes(text.replace(now.encode(), then.encode()))
    assert cs("-w", desk, "renewals", "calendar", "-o", file).code == 0
    found = {str(event["uid"]): event for event in Calendar.from_ical(file.read_bytes()).walk("VEVENT")}
    assert then in found and now not in found and "STATUS" not in found[then]


def test_the_calendar_cancels_what_is_decided_and_only_that(cs: Cs, desk: Path) -> None:
    file = desk / "renewals.ics"

    def events(*words: object) -> dict[str, tuple[str, int]]:
        assert cs("-w", desk, "renewals", "calendar", "-o", file, *words).code == 0
        found = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
        return {str(one["uid"]): (str(one.get("status", "")), int(one["sequence"])) for one in found}

    before = events()
    assert cs("-w", desk, "renewals", "close", "acme", "--outcome", "churned", "--reason", "dear").code == 0
    narrow = events("--within", 60)  # C3 ends in November: out of the window, but still a term
    assert {uid for uid, (status, _) in narrow.items() if status} < before.keys()
    assert sorted(narrow.values()) == [("", 0), ("", 0), ("CANCELLED", 1), ("CANCELLED", 1)]
    assert events("--within", 60) == narrow
    assert cs("-w", desk, "imports", "undo", 3).code == 0
    back = events()
    assert all(status == "" for status, _ in back.values())
    assert sorted(back[uid][1] for uid, (status, _) in narrow.items() if status) == [2, 2]


@pytest.mark.parametrize("name", [
    "x\r\nEND:VEVENT\r\nBEGIN:VEVENT", "x\nATTENDEE:mailto:evil@evil.example", "a;b,c\\n:d", "\x1b[2J", "\u202egpj.exe",
    "é" * 200, '"quoted"', "END:VCALENDAR",
])  # fmt: skip
def test_data_stays_data_in_the_calendar(cs: Cs, workspace: Path, name: str) -> None:
    from cs_cli.revenue.calendar import calendar
    from cs_cli.store.connection import open_database

    (workspace / "exports" / "a.csv").write_text(ACCOUNTS)
    assert cs("-w", workspace, "import", workspace / "exports" / "a.csv").code == 0
    from datetime import date

    row = {
        "account_id": "A1",
        "name": name,
        "contract": name,
        "renewal_date": "2026-08-15",
        "last_safe_day": "2026-07-16",
        "notice_date": None,
        "auto_renew": True,
        "arr": 1.5,
        "owner": name,
        "term_ordinal": 1,
    }
    conn = open_database(workspace / "cs.db")
    try:
        payload = calendar(conn, [row], date(2026, 6, 30), name, "USD")
    finally:
        conn.close()
    book = Calendar.from_ical(payload)
    assert len(book.walk("VEVENT")) == 2
    for event in book.walk("VEVENT"):
        assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "SEQUENCE", "TRANSP"}
        assert str(event["uid"]).replace("-", "").replace("@", "").isalnum()
    assert b"\x1b" not in payload and "\u202e" not in payload.decode()
    assert all(len(line) <= 75 for line in payload.split(b"\r\n"))


def test_the_report_has_a_section_per_stage_and_what_rolls(cs: Cs, demo_once: Path) -> None:
    done = cs("-w", demo_once, "report", "renewals", "-f", "json")
    assert done.code == 0, done.err
    stages = [
        key
        for key in done.json["sections"]
        if key in {"overdue", "cancelled", "notice_passed", "notice", "price", "introduce", "ahead"}
    ]
    assert len(stages) >= 4 and "rolling" in done.json["sections"]
    for name in stages:
        for row in part(done, name):
            assert row["stage"].replace(" ", "_") == name
            assert row["next"] and row["offer"] and row["health_why"] and row["done"]
    assert cs("-w", demo_once, "report", "renewals", "-f", "csv").code == 0


def test_a_company_without_tiers_and_scores_has_renewals_too(cs: Cs, desk: Path) -> None:
    for path in (desk / "segments.yaml", desk / "health.yaml", *(desk / "playbooks").glob("*.yaml")):
        path.unlink()
    found = listed(cs, desk, "--within", 200)
    assert [(row["contract"], row["tier"], row["band"]) for row in found] == [
        ("C2", None, "unknown"), ("C1", None, "unknown"), ("C3", None, "unknown"),
    ]  # fmt: skip
    for words in (["renewals", "list", "--by", "segment"], ["renewals", "forecast"], ["report", "weekly"], ["today"]):
        done = cs("-w", desk, *words)
        assert done.code == 0, done.err


def test_a_renewal_day_beyond_the_next_bill_is_the_end_of_a_term(cs: Cs, workspace: Path) -> None:
    """Billed by the month and renewing in half a year is a term; the next bill of a month-to-month plan is none."""
    head = "subscription_id,account_id,amount,currency,interval,started_on,renews_on\n"
    rows = (
        "S1,A1,100,USD,month,2025-01-01,2027-01-01\n"
        "S2,A2,100,USD,month,2025-01-01,2026-07-15\n"
        "S3,A3,1200,USD,year,2025-03-01,2028-03-01\n"
        "S4,A4,1200,USD,year,2025-09-01,2026-09-01\n"
    )
    (workspace / "exports" / "s.csv").write_text(head + rows)
    assert cs("-w", workspace, "import", workspace / "exports" / "s.csv").code == 0
    found = cs("-w", workspace, "renewals", "list", "--within", "3660", "-f", "json").json
    days = {row["contract"]: row["renewal_date"] for row in found}
    assert days == {"S1": "2027-01-01", "S3": "2028-03-01", "S4": "2026-09-01"}
    assert [row["name"] for row in found] == [row["account_id"] for row in found]  # nobody said a name
