"""The parts of a change add up, and each part means what it says."""

from __future__ import annotations

import random
import sqlite3
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from cs_cli.definitions.shapes import Health
from cs_cli.definitions.workspace import Definitions
from cs_cli.scoring import cache
from cs_cli.scoring.changes import PARTS, Way, health_changes, parts_of
from cs_cli.scoring.dated import rows_until
from cs_cli.scoring.desk import build_desk, remember
from cs_cli.scoring.history import definitions_on
from cs_cli.scoring.parts import Points, State
from cs_cli.scoring.states import Reads, states_now, states_on
from cs_cli.store.clock import set_clock
from tests.scoring.conftest import DAY

# --- one account ------------------------------------------------------------------

READS = Reads(
    {"onboarding": frozenset({"lifecycle"}), "no usage data": frozenset({"usage_28d"}), "standard": frozenset()},
    {("standard", "left"): frozenset({"champion_left"}), ("standard", "pulse 1"): frozenset({"pulse"}),
     ("standard", "overdue"): frozenset({"overdue_days"})},
    frozenset({"usage_28d"}), frozenset({"days_since_touch", "overdue_days"}),
)  # fmt: skip
FACTS = {"usage": "usage_28d", "pulse": "pulse", "nps": "nps_latest", "contact": "days_since_touch"}
SAID = {"lifecycle": "mature", "usage_28d": 5, "champion_left": 0, "pulse": 3, "overdue_days": 0}


def state(
    card: str = "standard", caps: dict[str, float] | None = None, reads: dict[str, Any] | None = None,
    **scores: float | None,
) -> State:  # fmt: skip
    measures = {
        name: Points(10.0, score, score is not None, name == "pulse", score, "missing" if score is None else "known",
                     FACTS[name])
        for name, score in scores.items()
    }  # fmt: skip
    held = {name: (at_most, False) for name, at_most in (caps or {}).items()}
    return State(card, measures, held, SAID | (reads or {}))


def told(
    then: State, now: State, aged: State | None = None, *, before: State | None = None, aged_card: str | None = None
) -> dict[str, dict[str, float]]:
    """What is said of a part → its points by kind. aged: without it nothing is as it would be without news."""
    nothing = state(**dict.fromkeys(then.measures), reads=dict.fromkeys(SAID))
    way = Way(
        None if before is None else (before, before.health), (then, then.health), aged or nothing, aged_card,
        (now, now.health),
    )  # fmt: skip
    return {part.what: {kind: round(points, 6) for kind, points in part.cells.items()} for part in parts_of(way, READS)}


def test_each_part_says_what_a_person_would() -> None:
    start = state(usage=80, pulse=50, nps=90)
    assert told(start, state(usage=50, pulse=50, nps=90)) == {"usage": {"data": -10}}
    assert told(start, state(usage=80, pulse=20, nps=90)) == {"pulse": {"pulse": -10}}
    assert told(start, state(usage=80, pulse=None, nps=90)) == {"pulse expired": {"missingness": 11.666667}}
    assert told(state(usage=80, pulse=None), state(usage=80, pulse=0)) == {"pulse now known": {"pulse": -40}}
    # a detractor's answer is data, and nothing else moves
    assert told(start, state(usage=80, pulse=50, nps=30)) == {"nps": {"data": -20}}
    assert told(start, state(usage=80, pulse=50, nps=None)) == {"nps no longer known": {"missingness": -8.333333}}
    assert told(state(usage=80, nps=None), state(usage=80, nps=20)) == {"nps now known": {"missingness": -30}}


def test_what_had_happened_without_news_is_time() -> None:
    start = state(usage=80, nps=90)
    later = state(usage=80, nps=60)
    assert told(start, later, later) == {"nps": {"time": -15}}
    assert told(start, later, start) == {"nps": {"data": -15}}
    # a window that moves on with what it is filled with is no ageing
    fallen = state(usage=40, nps=90)
    assert told(start, fallen, fallen) == {"usage": {"data": -20}}


def test_days_since_something_are_time_as_far_as_the_days_go() -> None:
    start = state(contact=80, nps=50)
    assert told(start, state(contact=60, nps=50), state(contact=20, nps=50)) == {"contact": {"time": -10}}
    assert told(start, state(contact=90, nps=50), state(contact=20, nps=50)) == {"contact": {"data": 5}}
    assert told(start, state(contact=40, nps=50), state(contact=60, nps=50)) == {"contact": {"time": -10, "data": -10}}


def test_caps_are_parts_of_their_own() -> None:
    start = state(usage=80, nps=60)
    left = state(caps={"left": 45.0}, reads={"champion_left": 1}, usage=80, nps=60)
    assert told(start, left) == {"cap: left": {"data": -25}}
    assert told(left, start) == {"no longer capped: left": {"data": 25}}
    owes = state(caps={"overdue": 40.0}, reads={"overdue_days": 70}, usage=80, nps=60)
    alone = state(caps={"overdue": 40.0}, reads={"overdue_days": 90}, usage=80, nps=60)
    assert told(start, owes, alone) == {"cap: overdue": {"time": -30}}
    assert told(start, owes, start) == {"cap: overdue": {"data": -30}}
    assert told(left, owes, start) == {"cap: left → overdue": {"data": -5}}
    doomed = state(caps={"pulse 1": 45.0}, reads={"pulse": 1}, usage=80, nps=60)
    assert told(start, doomed, start) == {"cap: pulse 1": {"pulse": -25}}
    expired = state(reads={"pulse": None}, usage=80, nps=60)
    assert told(doomed, expired) == {"no longer capped: pulse 1": {"missingness": 25}}
    assert told(doomed, start, doomed) == {"no longer capped: pulse 1": {"pulse": 25}}


def test_another_card_is_a_part_of_its_own() -> None:
    start = state(usage=80, nps=60)
    without = state("no usage data", reads={"usage_28d": None}, nps=60)
    assert told(start, without) == {"card standard → no usage data": {"missingness": -10}}
    young = state("onboarding", reads={"lifecycle": "onboarding"}, nps=90)
    assert told(young, start, aged_card="standard") == {"card onboarding → standard": {"time": -20}}
    assert told(young, start, aged_card="onboarding") == {"card onboarding → standard": {"data": -20}}


def test_an_edited_card_has_its_parts_too() -> None:
    start = state(usage=80, nps=60)
    assert told(start, state(usage=60, nps=60), before=state(usage=50, nps=60)) == {
        "usage": {"definition": 15, "data": -10}
    }  # fmt: skip
    unscored = Way((start, 70.0), (state(usage=None), None), state(usage=50), None, (state(usage=50), 50.0))
    assert [(one.what, one.cells) for one in parts_of(unscored, READS)] == [
        ("by new definitions", {"definition": -20.0})
    ]


def test_where_a_score_is_unknown_it_is_said_why() -> None:
    start, end = state(usage=80, nps=None), state(usage=None, nps=None)
    assert told(start, end) == {"no longer known: usage": {}}
    assert told(end, start) == {"now known: usage": {}}
    assert told(start, state("onboarding", nps=None)) == {"unknown since: card standard → onboarding": {}}


# --- companies ---------------------------------------------------------------------


def test_kept_states_are_those_worked_out(
    definitions: Definitions, writer: sqlite3.Connection, conn: sqlite3.Connection
) -> None:
    key = build_desk(writer, definitions, DAY, measures=True, cached=False)
    remember(writer, key)
    found = states_now(conn, definitions, DAY)
    worked_out = "SELECT 1 FROM temp.sqlite_master WHERE name = 'card_0'"
    assert conn.execute(worked_out).fetchone() is None
    assert len(found) > 50
    assert found == states_on(conn, definitions, DAY)
    # of a day that nobody kept
    assert states_now(conn, definitions, DAY - timedelta(days=40)) == states_on(
        conn, definitions, DAY - timedelta(days=40)
    )


def assert_adds_up(row: dict[str, Any]) -> None:
    """To the tenth, as shown: columns to the difference, each part to its columns, each column to its parts."""

    def tenths(points: float) -> int:
        assert round(points, 1) == points
        return round(points * 10)

    if row["from"] is None or row["to"] is None:
        assert {row[name] for name in PARTS} == {None}
        assert [part["points"] for part in row["parts"]] == [None]
        assert row["why"]
        return
    difference = round(row["to"] * 10) - round(row["from"] * 10)
    assert sum(tenths(row[name]) for name in PARTS) == difference
    assert sum(tenths(part["points"]) for part in row["parts"]) == difference
    for part in row["parts"]:
        assert tenths(part["points"]) == sum(tenths(part[name]) for name in PARTS)
    for name in PARTS:
        assert tenths(row[name]) == sum(tenths(part[name]) for part in row["parts"])
    assert row["why"].count("−") + row["why"].count("+") >= len(row["parts"])


@pytest.mark.parametrize("number", range(8))
def test_between_any_two_days_the_parts_are_the_difference(
    definitions: Definitions, conn: sqlite3.Connection, number: int
) -> None:
    """Random pairs of days of the sample company; each measure's part is what the two days' own tables say."""
    draw = random.Random(number)
    day = DAY - timedelta(days=draw.randrange(0, 200))
    since = day - timedelta(days=draw.choice([1, 3, 7, 28, 91, 180]))
    before = states_on(conn, definitions, since)
    after = states_on(conn, definitions, day)
    accounts = dict(conn.execute("SELECT account_id, account FROM account_registry").fetchall())
    found = health_changes(conn, definitions, since, day, everybody=True)
    moved = {account for account, (_, health) in after.items() if account in before and before[account][1] != health}
    assert {accounts[row["account_id"]] for row in found} == moved
    for row in found:
        start, first = before[accounts[row["account_id"]]]
        end, last = after[accounts[row["account_id"]]]
        assert (row["from"], row["to"]) == (first, last)
        assert_adds_up(row)
        if row["to"] is None or row["from"] is None:
            continue
        assert end.health == pytest.approx(row["to"], abs=0.0501)
        same = {name for name, one in start.measures.items() if one == end.measures.get(name)}
        assert not same & {part["part"] for part in row["parts"] if part["kind"] == "measure"}
        if start.card == end.card and not start.caps and not end.caps and {
            name for name, one in start.measures.items() if one.score is None
        } == {name for name, one in end.measures.items() if one.score is None}:  # fmt: skip
            for part in row["parts"]:
                name = part["part"]
                moved_by = end.measures[name].score - start.measures[name].score  # type: ignore[operator]
                assert part["points"] == pytest.approx(start.measures[name].weight * moved_by / start.weight, abs=0.2)


def test_ordinary_weeks_are_no_time_against_data(definitions: Definitions, conn: sqlite3.Connection) -> None:
    """What data and time make never cancels out: nobody's week is plus fifty and minus fifty."""
    found = [row for row in health_changes(conn, definitions, DAY - timedelta(days=28), DAY) if row["to"] is not None]
    assert len(found) > 40
    for row in found:
        assert not (row["data"] > 10 and row["time"] < -10)
        assert all(part["time"] == 0 for part in row["parts"] if part["part"] == "usage_change")
        for part in row["parts"]:
            signs = {part[name] > 0 for name in PARTS if part[name]}
            assert len(signs) <= 1
    assert any("usage_change −" in row["why"] for row in found)


def test_nothing_dated_later_is_seen(definitions: Definitions, conn: sqlite3.Connection) -> None:
    """Rows up to a day, looked at on that day, are that day."""
    day = date(2026, 3, 31)
    assert states_on(conn, definitions, day, until=day) == states_on(conn, definitions, day)
    set_clock(conn, DAY)
    before = conn.execute("SELECT sql FROM temp.sqlite_master WHERE type = 'view' ORDER BY name").fetchall()
    with rows_until(conn, day):
        assert conn.execute("SELECT MAX(day) FROM known_usage").fetchone()[0] <= day.isoformat()
        assert conn.execute(
            "SELECT COUNT(*) FROM known_invoice WHERE paid_on > ?", (day.isoformat(),)
        ).fetchone() == (0,)
        assert conn.execute(
            "SELECT COUNT(*) FROM known_deal d JOIN main.deal r ON r.id = d.id WHERE r.status IN ('won', 'lost') "
            "AND r.close_on > ? AND coalesce(d.stage, d.close_on) IS NOT NULL", (day.isoformat(),)
        ).fetchone() == (0,)
    after = conn.execute("SELECT sql FROM temp.sqlite_master WHERE type = 'view' ORDER BY name").fetchall()
    assert after == before


def test_an_edited_card_is_told_apart(definitions: Definitions, writer: sqlite3.Connection) -> None:
    """What a run on the earlier day scored by is remembered; the rest of the change is as without the edit."""
    since = DAY - timedelta(days=14)
    plain = {row["account_id"]: row for row in health_changes(writer, definitions, since, DAY)}
    cards = definitions.health.scorecards
    older = [msgspec.structs.replace(card, measures=[*card.measures][:-1]) for card in cards]
    old = msgspec.structs.replace(definitions, health=Health(older), hash="older")
    try:
        remember(writer, build_desk(writer, old, since))
        assert definitions_on(writer, definitions, since - timedelta(days=1)) is None
        assert definitions_on(writer, old, DAY) is None
        before = definitions_on(writer, definitions, DAY)
        assert before is not None
        assert before.health == old.health
        found = health_changes(writer, definitions, since, DAY, before=before)
        assert any(row["definition"] for row in found)
        for row in found:
            assert_adds_up(row)
            if row["data"] is None or row["account_id"] not in plain:
                continue
            assert row["time"] == pytest.approx(plain[row["account_id"]]["time"], abs=0.11)
            assert row["data"] == pytest.approx(plain[row["account_id"]]["data"], abs=0.11)
    finally:
        writer.execute("DELETE FROM scorecard_text")
        cache.clear(writer)
