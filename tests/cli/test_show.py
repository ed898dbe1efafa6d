"""`cs show`: one page that is the source of truth for an account, in every format, as of any day."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cs_cli.reports import account_parts
from cs_cli.scoring.cache import clear
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import open_database
from tests.conftest import Cs

ACCOUNT = "Tallgrass"


def page(cs: Cs, desk: Path, *words: object) -> dict[str, Any]:
    shown = cs("-w", desk, "show", ACCOUNT, *words, "-f", "json")
    assert shown.code == 0, shown.err
    return dict(shown.json)


@pytest.fixture(scope="module")
def whole(demo_once: Path) -> dict[str, Any]:
    from tests.conftest import run_cs

    return page(run_cs, demo_once)


def test_the_page_has_what_one_needs_before_a_call(whole: dict[str, Any]) -> None:
    sections = whole["sections"]
    wanted = {"account", "measures", "segments", "contracts", "cases", "tasks", "usage", "people", "touches", "tickets",
              "subscriptions", "recent"}  # fmt: skip
    assert wanted <= set(sections)
    assert {"health", "band", "health_13w", "change_4w", "change_13w", "arr", "decide_by"} <= set(
        sections["account"]["figures"]
    )
    (term,) = sections["contracts"]["rows"]
    assert term["notice_date"] == term["decide_by"] < term["end_on"]
    assert {row["role"] for row in sections["people"]["rows"]} >= {"decision_maker", "champion", "user"}
    assert [row["dimension"] for row in sections["segments"]["rows"]] == [
        "tier",
        "touch_model",
        "lifecycle",
        "usage",
        "need",
    ]


def test_health_and_trend_agree_with_the_health_commands(whole: dict[str, Any], demo_once: Path, cs: Cs) -> None:
    figures = whole["sections"]["account"]["figures"]
    weeks = figures["health_13w"]["value"]
    assert len(weeks) == 14
    assert weeks[-1] == figures["health"]["value"]
    assert figures["change_13w"]["value"] == pytest.approx(weeks[-1] - weeks[0], abs=0.05)
    shown = cs("-w", demo_once, "health", "show", ACCOUNT, "--trend", "-f", "json").json
    assert [week["health"] for week in shown["trend"]["weeks"]] == weeks
    assert shown["trend"]["change_4w"] == figures["change_4w"]["value"]
    monday = shown["trend"]["weeks"][5]
    then = cs("-w", demo_once, "health", "show", ACCOUNT, "--as-of", monday["day"], "-f", "json").json
    assert then["health"] == monday["health"]  # a past point is that day's own score
    assert sum(row["contribution"] for row in whole["sections"]["measures"]["rows"]) == pytest.approx(
        weeks[-1], abs=0.05
    )


def test_usage_is_13_whole_weeks_per_metric(whole: dict[str, Any]) -> None:
    rows = whole["sections"]["usage"]["rows"]
    assert {len(row["weeks"]) for row in rows} == {13}
    assert "active_users" in [row["metric"] for row in rows]


@pytest.mark.parametrize("form", ["table", "md", "html", "csv"])
def test_every_format_shows_the_page(demo_once: Path, cs: Cs, form: str) -> None:
    shown = cs("-w", demo_once, "show", ACCOUNT, "-f", form)
    assert shown.code == 0, shown.err
    assert "overdue-invoice" in shown.out
    assert "Tallgrass Freight" in shown.out or form == "csv"  # CSV has rows and figures, no titles


def test_the_page_is_the_same_as_accounts_show(demo_once: Path, cs: Cs) -> None:
    assert cs("-w", demo_once, "show", ACCOUNT).out == cs("-w", demo_once, "accounts", "show", ACCOUNT).out


def test_nothing_dated_later_is_on_an_earlier_page(demo_once: Path, cs: Cs) -> None:
    early = page(cs, demo_once, "--as-of", "2026-03-01")
    for section in early["sections"].values():
        for row in section["rows"]:
            for key in (
                "day",
                "done_on",
                "opened_on",
                "closed_on",
                "asked_on",
                "left_on",
                "heard_on",
                "cancelled_on",
                "ended_on",
            ):
                assert row.get(key) is None or row[key] <= "2026-03-01", (section["title"], row)


def test_what_was_entered_by_hand_is_on_the_page(demo: Path, cs: Cs) -> None:
    for words in (
        ("log", ACCOUNT, "pulse", "--score", 2, "--reason", "unhappy CFO"),
        ("log", ACCOUNT, "goal", "weekly logins", "--target", 50),
        ("log", ACCOUNT, "request", "20 % off", "--kind", "discount", "--cost", "4800", "--due", "7d"),
        ("log", ACCOUNT, "feedback", "exports are slow", "--theme", "speed"),
        ("note", ACCOUNT, "budget cut", "--call", "--mood", "bad", "--next", "send the deck"),
    ):
        done = cs("-w", demo, *words)
        assert done.code == 0, done.err
    sections = page(cs, demo)["sections"]
    assert sections["pulses"]["rows"][0]["reason"] == "unhappy CFO"
    assert sections["goals"]["rows"][0]["objective"] == "weekly logins"
    assert (sections["requests"]["rows"][0]["text"], sections["requests"]["rows"][0]["cost"]) == ("20 % off", 4800.0)
    assert sections["feedback"]["rows"][0]["quote"] == "exports are slow"
    assert "send the deck" in [row["do"] for row in sections["tasks"]["rows"]]
    assert sections["touches"]["rows"][0]["next_step"] == "send the deck"
    assert {"pulse 2 by Mara Lindqvist", "asked for", "call"} <= {row["what"] for row in sections["recent"]["rows"]}


def test_whoever_left_is_listed_last_and_says_so(demo_once: Path, cs: Cs) -> None:
    shown = cs("-w", demo_once, "show", "Arbor", "-f", "json").json["sections"]["people"]["rows"]
    left = [row["left_on"] is not None for row in shown]
    assert any(left)
    assert left == sorted(left)


def test_what_changed_has_the_moves_between_segments(demo: Path, cs: Cs) -> None:
    def recent(name: str, *words: object) -> list[tuple[str, str, str]]:
        shown = cs("-w", demo, "show", name, "-f", "json", *words)
        assert shown.code == 0, shown.err
        rows = shown.json["sections"]["recent"]["rows"]
        assert [row["day"] for row in rows] == sorted((row["day"] for row in rows), reverse=True)
        return [(row["day"], row["what"], row["text"]) for row in rows if row["what"].startswith("segment")]

    assert recent("Pellworm") == [("2026-06-08", "segment: lifecycle", "mature → renewing")]
    # it was so on that Monday and not on the one before
    for on, expected in (("2026-06-08", "renewing"), ("2026-06-01", "mature")):
        listed = cs("-w", demo, "segments", "show", "lifecycle", "-f", "json", "--as-of", on).json
        assert {row["segment"] for row in listed if row["name"].startswith("Pellworm")} == {expected}
    assert recent("Pellworm", "--as-of", "2026-06-01") == [("2026-05-18", "segment: usage", "power → regular")]
    signed = recent("Novafjord", "--as-of", "2026-05-20")
    assert ("2026-05-11", "segment: lifecycle", "prospect → onboarding") in signed
    assert ("2026-05-18", "segment: usage", "unknown → regular") in signed
    # the same without what the run kept
    kept = cs("-w", demo, "show", "Wrenfield").out
    with open_database(demo / "cs.db", write=True) as conn:
        clear(conn)
    conn.close()
    assert "regular → dormant" in kept
    assert cs("-w", demo, "show", "Wrenfield").out == kept


def test_the_page_reads_the_rows_of_its_account_and_no_whole_table(demo_once: Path) -> None:
    """However many invoices and tickets there are, one account's page costs the same."""
    conn = open_database(demo_once / "cs.db")
    set_clock(conn, date(2026, 6, 30), None, [1])
    conn.execute("CREATE TEMP TABLE term(account, contract, start_on, end_on, renewal_date, notice_date, decide_by, "
                 "auto_renew, notice_days, term_months, arr, source, rolling)")  # fmt: skip
    queries = {name: text for name, text in vars(account_parts).items() if name.isupper() and "account_of" in str(text)}
    assert len(queries) >= 12
    for name, sql in queries.items():
        values = dict.fromkeys(re.findall(r":(\w+)", sql))
        plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        whole = [step for step in plan if step.startswith("SCAN main.")]
        assert not whole, (name, whole)
    conn.close()
