"""Nine weeks of an ordinary export, one forgotten and one late: no score moves for that, and each says its day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from cs_cli.definitions.shapes import Cap, Measure, Scorecard, Settings
from cs_cli.definitions.workspace import Definitions
from cs_cli.scoring.desk import build_desk, score_only, scores_on
from cs_cli.scoring.health import list_measures
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import rows
from tests.facts.world import World

START = date(2026, 6, 1)  # a Monday
FORGOTTEN, LATE_WEEK, CAME = date(2026, 6, 22), date(2026, 7, 13), date(2026, 7, 18)
SETTINGS = Settings(freshness={"usage": 10, "ticket": 14, "invoice": 21})
ACCOUNTS = ("fade", "flat", "grow")


@pytest.fixture
def mine(definitions: Definitions) -> Definitions:
    return msgspec.structs.replace(definitions, settings=SETTINGS, hash="mine")


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.import_("accounts.csv", "2025-01-01")
    for name in ACCOUNTS:
        made.account(name)
        made.put("subscription", name, started_on="2025-01-01", arr=1_200_000, quantity=10, currency="USD",
                 status="active", interval="year")  # fmt: skip
    yield made
    made.close()


def value(name: str, week: int) -> float:
    return {"fade": max(1, 100 - 6 * max(0, week - 14)), "flat": 100, "grow": 40 + week}[name]


def export(world: World, day: date, told: date) -> date:
    """The weeks that ended before the day, dated by their Mondays, as an import of that day; the last one."""
    world.import_(f"usage-{day}.csv", day.isoformat(), kind="usage")
    week, last = told + timedelta(days=7), told
    while week + timedelta(days=6) < day:
        number = (week - date(2026, 1, 5)).days // 7
        for name in ACCOUNTS:
            world.use(name, "events", week, value(name, number))
            world.use(name, "active_users", week, max(1, value(name, number) // 12))
            world.use(name, "key_actions", week, value(name, number) // 10)
        week, last = week + timedelta(days=7), week
    return last


def test_nine_weeks_with_one_forgotten_and_one_late(world: World, mine: Definitions) -> None:
    told, day = date(2025, 12, 29), START
    before: dict[int, Any] = {}
    marks: dict[date, set[str | None]] = {}
    while day < START + timedelta(days=63):
        came = (day.weekday() == 0 and day not in (FORGOTTEN, LATE_WEEK)) or day == CAME
        if came:
            told = export(world, day, told)
        build_desk(world.conn, mine, day, cached=False)
        found = {
            row["account_id"]: row
            for row in rows(world.conn, "SELECT account_id, health, band, scorecard, known_share, health_as_of, "
                            "usage_change_28d FROM account_facts")
        }  # fmt: skip
        assert {row["scorecard"] for row in found.values()} == {"standard"}, day
        covers = told + timedelta(days=6)
        late = (day - covers).days > 10
        marks[day] = {row["health_as_of"] for row in found.values()}
        assert marks[day] == {covers.isoformat() if late else None}, day
        assert {row["usage_change_28d"] is None for row in found.values()} == {late}, day
        kept = {name: (row["health"], row["known_share"]) for name, row in found.items()}
        if before and not came:
            assert kept == before, day
        before = kept
        day += timedelta(days=1)
    # forgotten on the 22nd of June, told again on the 29th: late from Thursday on; the other one was five days late
    assert [day for day, mark in marks.items() if mark != {None}] == [
        *(date(2026, 6, 25) + timedelta(days=n) for n in range(4)), date(2026, 7, 16), date(2026, 7, 17)
    ]  # fmt: skip


def test_known_again_is_scored_anew(world: World, mine: Definitions) -> None:
    """Usage that fell while nobody looked falls in the score when it comes, and not before."""
    told = export(world, date(2026, 5, 4), date(2025, 12, 29))
    numbers = dict(world.conn.execute("SELECT account_id, account FROM account_registry"))
    first = scores_on(world.conn, mine, date(2026, 5, 4), None, None)
    assert scores_on(world.conn, mine, date(2026, 7, 6), None, None) == first
    export(world, date(2026, 7, 6), told)
    then = scores_on(world.conn, mine, date(2026, 7, 6), None, None)
    assert then[numbers["fade"]] < first[numbers["fade"]]  # type: ignore[operator]
    assert then[numbers["flat"]] == first[numbers["flat"]]


def test_what_is_late_is_as_it_last_stood_and_never_better(world: World, mine: Definitions) -> None:
    """An urgent ticket has waited long when the export stops: the cap that it made stays, and time adds no more."""
    card = Scorecard(
        "card",
        measures=[
            Measure("open", "open_tickets", "satisfaction", 10, scale=[(0, 100), (5, 0)]),
            Measure("lately", "tickets_28d", "satisfaction", 10, scale=[(0, 100), (4, 0)]),
        ],
        caps=[Cap("waiting", "urgent_ticket_days > 10", 30)],
    )
    health = msgspec.structs.replace(mine.health, scorecards=[card])
    made = msgspec.structs.replace(mine, health=health, hash="tickets")
    world.put("ticket", "flat", opened_on="2026-06-01", priority="urgent", status="open")
    world.put("ticket", "grow", opened_on="2026-06-01", priority="low", status="open")
    found = {}
    for day in ("2026-06-11", "2026-06-12", "2026-06-15", "2026-06-16", "2026-07-10", "2026-09-01"):
        build_desk(world.conn, made, date.fromisoformat(day), cached=False, measures=True)
        found[day] = {
            row["account_id"]: (row["health"], row["band"], row["health_as_of"])
            for row in rows(world.conn, "SELECT account_id, health, band, health_as_of FROM account_facts")
        }
    assert found["2026-06-11"]["flat"] == (77.5, "green", None)
    for day in ("2026-06-12", "2026-06-15"):
        assert found[day]["flat"] == (30, "red", None)
    for day in ("2026-06-16", "2026-07-10", "2026-09-01"):
        # no ticket of 28 days any more, said an export that never came: it would be better
        assert found[day]["flat"] == (30, "red", "2026-06-01")
        assert found[day]["grow"] == (77.5, "green", "2026-06-01")
        assert found[day]["fade"] == (100, "green", "2026-06-01")
    states = {
        (account, measure): state
        for account, measure, state in world.conn.execute(
            "SELECT r.account_id, m.measure, m.state FROM account_measures m JOIN account_registry r USING (account)"
        )
    }
    assert set(states.values()) == {"late"}
    # the tables of the day stand as if nothing else had been looked at
    (clock,) = world.conn.execute("SELECT day FROM temp.clock").fetchone()
    assert clock == "2026-09-01"
    assert world.conn.execute("SELECT count(*) FROM account_facts WHERE open_tickets IS NOT NULL").fetchone() == (0,)


def test_lists_keep_their_members(world: World, mine: Definitions) -> None:
    """A dimension by usage does not empty when the export is late."""
    export(world, date(2026, 6, 1), date(2025, 12, 29))
    there = {}
    for day in (date(2026, 6, 1), date(2026, 8, 1)):
        build_desk(world.conn, mine, day, need={"usage", "lifecycle"}, cached=False)
        there[day] = {
            row["account_id"]: (row["usage"], row["lifecycle"])
            for row in rows(world.conn, 'SELECT account_id, "usage", lifecycle FROM account_facts')
        }
    assert {place for place, _ in there[date(2026, 6, 1)].values()} <= {"power", "regular"}
    assert there[date(2026, 6, 1)] == there[date(2026, 8, 1)]


def test_measures_list_what_the_score_used(world: World, mine: Definitions) -> None:
    export(world, date(2026, 6, 1), date(2025, 12, 29))
    set_clock(world.conn, date(2026, 8, 1))
    list_measures(world.conn, score_only(world.conn, mine, date(2026, 8, 1)))
    for account, health, score in world.conn.execute(
        "SELECT s.account, s.health, (SELECT sum(m.contribution) FROM account_measures m WHERE m.account = s.account) "
        "FROM account_scores s"
    ):
        assert round(score, 1) == health, account
