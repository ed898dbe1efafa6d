"""The parts of a change add up, and each part means what it says."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.definitions.shapes import Health
from cs_cli.definitions.workspace import Definitions
from cs_cli.scoring import cache
from cs_cli.scoring.changes import PARTS, Points, State, health_changes, split, states_now, states_on
from cs_cli.scoring.dated import rows_until
from cs_cli.scoring.desk import build_desk, remember
from cs_cli.scoring.history import definitions_on
from cs_cli.store.clock import set_clock
from tests.scoring.conftest import DAY

NAMES = ("usage", "pulse", "nps", "money")


@st.composite
def states(draw: Any, card: str | None = None) -> State:
    measures = {}
    for name in NAMES:
        score = draw(st.one_of(st.none(), st.floats(0, 100)))
        assumed = score is not None and draw(st.booleans()) and draw(st.booleans())
        measures[name] = Points(10.0, score, score is not None and not assumed, name == "pulse")
    names = st.sampled_from(["left", "pulse 1"])
    caps = draw(st.dictionaries(names, st.sampled_from([20.0, 45.0]), max_size=2))
    return State(
        card or draw(st.sampled_from(["standard", "standard", "onboarding"])), measures,
        {name: (at_most, name == "pulse 1") for name, at_most in caps.items()},
    )  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(states(), states(), states(), st.one_of(st.none(), st.floats(-20, 20)))
def test_the_parts_add_up(then: State, aged: State, now: State, redefined: float | None) -> None:
    defined = None if then.health is None else round(then.health, 1)
    after = None if now.health is None else round(now.health, 1)
    before = defined if redefined is None else round((defined or 50.0) + redefined, 1)
    parts = split(then, aged, now, before, after, defined)
    if before is None or after is None:
        assert set(parts.values()) == {None}
        return
    assert round(sum(part for part in parts.values() if part is not None), 1) == round(after - before, 1)
    if defined is None:
        assert parts == dict.fromkeys(PARTS, 0.0) | {"definition": round(after - before, 1)}
        return
    assert parts["definition"] == pytest.approx(0.0 if redefined is None else defined - before, abs=0.051)
    assert all(round(part, 1) == part for part in parts.values() if part is not None)


def state(
    card: str = "standard", caps: dict[str, tuple[float, bool]] | None = None, **scores: float | None
) -> State:
    measures = {
        name: Points(10.0, score, score is not None, name == "pulse") for name, score in scores.items()
    }
    return State(card, measures, caps or {})


def parts_of(then: State, aged: State, now: State) -> dict[str, float | None]:
    before, after = then.health, now.health
    return {name: part for name, part in split(then, aged, now, before, after, before).items() if part}


def test_each_part_means_what_it_says() -> None:
    start = state(usage=80, pulse=50)
    assert parts_of(start, start, state(usage=60, pulse=50)) == {"data": -10.0}
    assert parts_of(start, state(usage=70, pulse=50), state(usage=70, pulse=50)) == {"time": -5.0}
    assert parts_of(start, start, state(usage=80, pulse=0)) == {"pulse": -25.0}
    assert parts_of(start, start, state(usage=80, pulse=None)) == {"pulse": 15.0}
    more = state(usage=80, pulse=50, nps=None)
    assert parts_of(more, more, state(usage=80, pulse=50, nps=20)) == {"missingness": -15.0}
    capped = state(usage=80, pulse=50, caps={"pulse 1": (20.0, True)})
    assert parts_of(start, start, capped) == {"pulse": -45.0}
    left = state(usage=80, pulse=50, caps={"champion left": (20.0, False)})
    assert parts_of(start, start, left) == {"data": -45.0}


def test_an_export_that_came_again_is_not_time() -> None:
    """Without news usage would be stale; the news says what it said, so nothing has changed."""
    start = state(usage=90, nps=30)
    assert parts_of(start, state(usage=None, nps=30), start) == {}
    assert parts_of(start, state(usage=None, nps=30), state(usage=None, nps=30)) == {"missingness": -30.0}


def test_an_expired_pulse_is_missing_and_a_new_one_is_the_pulse() -> None:
    start = state(usage=90, pulse=30)
    expired = state(usage=90, pulse=None)
    assert parts_of(start, expired, expired) == {"missingness": 30.0}
    assert parts_of(start, expired, state(usage=90, pulse=60)) == {"pulse": 15.0}
    # what time does to what is known stays time
    assert parts_of(start, state(usage=70, pulse=None), state(usage=70, pulse=None)) == {
        "time": -10.0, "missingness": 20.0
    }  # fmt: skip


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


@pytest.mark.parametrize("days", [7, 28])
def test_changes_of_a_company_add_up(definitions: Definitions, conn: sqlite3.Connection, days: int) -> None:
    since = DAY - timedelta(days=days)
    before = states_on(conn, definitions, since)
    after = states_on(conn, definitions, DAY)
    accounts = dict(conn.execute("SELECT account_id, account FROM account_registry").fetchall())
    found = health_changes(conn, definitions, since, DAY)
    assert len(found) > 10
    for row in found:
        account = accounts[row["account_id"]]
        assert (row["from"], row["to"]) == (before[account][1], after[account][1])
        assert row["from"] != row["to"]
        if row["data"] is not None:
            assert round(sum(row[part] for part in PARTS), 1) == round(row["to"] - row["from"], 1)
            # the states give the score that the SQL gives
            assert after[account][0].health == pytest.approx(row["to"], abs=0.0501)


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
            if row["data"] is None or row["account_id"] not in plain:
                continue
            assert round(sum(row[part] for part in PARTS), 1) == round(row["to"] - row["from"], 1)
            assert row["time"] == plain[row["account_id"]]["time"]
            assert row["data"] == pytest.approx(plain[row["account_id"]]["data"], abs=0.11)
    finally:
        writer.execute("DELETE FROM scorecard_text")
        cache.clear(writer)
