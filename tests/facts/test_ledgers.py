"""Event ledgers: the order of a day, what an amount left out means, several ledgers of an account; by brute force."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_cli.definitions.shapes import Settings
from cs_cli.facts.ledgers import GAP, LEFTOVER, MIDDLE, NEGATIVE, TWICE, ledger_findings
from cs_cli.facts.spans import build_spans
from cs_cli.store.change_sets import append_row
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import transaction
from tests.facts.world import World

DAY = date(2026, 6, 30)


@pytest.fixture
def world() -> Iterator[World]:
    one = World()
    one.account("acme")
    yield one
    one.close()


def says(
    world: World, key: str, day: str, before: int | None, after: int | None, *, kind: str | None = None,
    account: str = "acme", source: str = "test", subscription: str | None = None, currency: str = "USD",
) -> None:  # fmt: skip
    world.put("mrr_event", account, source=source, key=key, day=day, kind=kind, currency=currency,
              subscription=subscription, mrr_before=None if before is None else before * 100,
              mrr_after=None if after is None else after * 100)  # fmt: skip


def paid(world: World, day: str, *, until: date = DAY, said: Settings | None = None) -> list[int | None]:
    """Month's amounts of the spans that run on the day, largest first; None: unknown."""
    set_clock(world.conn, until)
    build_spans(world.conn, said or Settings(), until)
    found = world.conn.execute(
        "SELECT arr_minor FROM mrr_span WHERE from_on <= :day AND (to_on IS NULL OR to_on > :day) "
        "AND (arr_minor IS NULL OR arr_minor <> 0) ORDER BY arr_minor DESC", {"day": day},
    )  # fmt: skip
    return [None if arr is None else arr // 1200 for (arr,) in found]


def findings(world: World, until: date = DAY) -> list[tuple[str, str]]:
    set_clock(world.conn, until)
    return [(row["check"], row["subject"]) for row in ledger_findings(world.conn, Settings(), until)]


@pytest.mark.parametrize(
    ("events", "end"),
    [
        # the letters of the ids would have it otherwise
        ([("E1", "01", 0, 50), ("E98", "10", 50, 80), ("E100", "10", 80, 60)], [60]),
        ([("E9", "10", 0, 50), ("E10", "10", 50, 0)], []),
        # nor does the file's order matter where the amounts say it
        ([("E1", "01", 0, 50), ("B", "10", 80, 60), ("A", "10", 50, 80)], [60]),
        # away and back, and on from there
        ([("E1", "01", 0, 50), ("C", "10", 50, 60), ("B", "10", 80, 50), ("A", "10", 50, 80)], [60]),
        ([("E1", "01", 0, 50), ("A", "10", 50, 80), ("B", "10", 80, 50)], [50]),
        ([("E1", "01", 0, 80), ("A", "10", 50, 80), ("B", "10", 80, 50)], [80]),
        # it closes within the day, but not with what came before
        ([("E1", "01", 0, 10), ("B", "10", 80, 60), ("A", "10", 50, 80)], [60]),
        # two that begin at the same amount cannot follow each other: as in the file
        ([("E1", "01", 0, 50), ("B", "10", 50, 60), ("A", "10", 50, 80)], [80]),
        ([("E1", "01", 0, 50), ("A", "10", 50, 80), ("B", "10", 50, 60)], [60]),
        # without mrr_before: as in the file
        ([("E1", "01", None, 50), ("E99", "10", None, 60), ("E100", "10", None, 80)], [80]),
        ([("E1", "01", None, 50), ("E99", "10", None, 60), ("E100", "10", 50, 80)], [80]),
    ],
)
def test_the_events_of_one_day(world: World, events: list[tuple[str, str, int, int]], end: list[int]) -> None:
    for key, day, before, after in events:
        says(world, key, f"2026-03-{day}", before, after)
    assert paid(world, "2026-03-10") == end


def test_a_corrected_row_keeps_its_place_by_its_amounts(world: World) -> None:
    says(world, "A", "2026-03-10", 0, 50)
    says(world, "B", "2026-03-10", 50, 80)
    world.import_("again.csv")
    with transaction(world.conn):
        append_row(world.conn, "mrr_event", world.change, "test", "A", world.ref("acme"), {"mrr_after": 5000}, 2)
        append_row(world.conn, "mrr_event", world.change, "test", "B", world.ref("acme"), {"kind": "upgrade"}, 3)
    assert paid(world, "2026-03-10") == [80]
    with transaction(world.conn):
        append_row(world.conn, "mrr_event", world.change, "test", "A", world.ref("acme"), {"kind": "signup"}, 9)
    assert paid(world, "2026-03-10") == [80]


def test_what_is_left_out_comes_from_the_ledger_itself_or_is_unknown(world: World) -> None:
    says(world, "A", "2026-01-10", None, None, kind="signup")
    assert paid(world, "2026-01-10") == [None]
    says(world, "B", "2026-02-10", 50, 80, kind="upgrade")
    assert paid(world, "2026-01-10") == [50]
    # before that event nobody could know
    assert paid(world, "2026-01-10", until=date(2026, 2, 9)) == [None]
    says(world, "C", "2026-03-10", None, None, kind="downgrade")
    assert paid(world, "2026-03-10") == [None]
    says(world, "D", "2026-04-10", None, None, kind="Cancel")
    assert paid(world, "2026-04-10") == []
    says(world, "E", "2026-05-10", 0, None, kind="reactivate")
    assert paid(world, "2026-05-10") == [None]
    assert findings(world) == []


def test_subscriptions_of_a_ledger_add_up_unless_the_amounts_are_the_account_s(world: World) -> None:
    world.account("brook")
    says(world, "A", "2026-01-01", 0, 50, subscription="S1")
    says(world, "B", "2026-02-01", 0, 30, subscription="S2")
    says(world, "C", "2026-03-01", 50, 0, subscription="S1")
    assert [paid(world, f"2026-0{n}-01") for n in (1, 2, 3)] == [[50], [50, 30], [30]]
    says(world, "D", "2026-01-01", 0, 50, subscription="S1", account="brook")
    says(world, "E", "2026-02-01", 50, 80, subscription="S2", account="brook")
    says(world, "F", "2026-03-01", 80, 30, subscription="S1", account="brook")
    assert [paid(world, f"2026-0{n}-01") for n in (1, 2, 3)] == [[50, 50], [80, 50, 30], [30, 30]]
    assert findings(world) == []


def two_references(world: World) -> None:
    """A second reference of the same account."""
    with transaction(world.conn):
        number = world.conn.execute("SELECT account FROM account_registry").fetchone()[0]
        ref = world.ref("acme-2")
        append_row(world.conn, "identity", world.change, "match", str(ref), ref, {"account": number, "how": "hand"})


def test_two_references_of_one_account(world: World) -> None:
    two_references(world)
    # merged: each has paid for itself
    says(world, "A", "2026-01-01", 0, 50)
    says(world, "B", "2026-02-01", 0, 70, account="acme-2")
    says(world, "C", "2026-03-01", 50, 60)
    assert [paid(world, f"2026-0{n}-01") for n in (1, 2, 3)] == [[50], [70, 50], [70, 60]]
    assert findings(world) == []


def test_a_reference_that_follows_another(world: World) -> None:
    two_references(world)
    says(world, "A", "2026-01-01", 0, 50)
    says(world, "B", "2026-02-01", 50, 70, account="acme-2")
    assert [paid(world, f"2026-0{n}-01") for n in (1, 2)] == [[50], [70]]
    assert findings(world) == []


def test_two_ledgers_add_up_and_are_said_unless_one_follows_the_other(world: World) -> None:
    says(world, "A", "2026-01-01", 0, 50)
    says(world, "B", "2026-02-01", 50, 70, source="other")
    assert paid(world, "2026-02-01") == [70] and findings(world) == []
    says(world, "C", "2026-03-01", 0, 20, source="third")
    assert paid(world, "2026-03-01") == [70, 20]
    assert findings(world) == [(TWICE, "test.csv:4")]


def test_two_ledgers_one_after_the_other_are_no_finding(world: World) -> None:
    says(world, "A", "2026-01-01", 0, 50)
    says(world, "B", "2026-02-01", 50, 0)
    says(world, "C", "2026-02-01", 0, 20, source="other")
    assert paid(world, "2026-02-01") == [20] and findings(world) == []


def test_a_changed_currency_is_no_break(world: World) -> None:
    says(world, "A", "2026-01-01", 0, 50)
    says(world, "B", "2026-02-01", 46, 60, currency="EUR")
    assert paid(world, "2026-02-01") == [None]
    assert paid(world, "2026-02-01", said=Settings(fx={"EUR": 2.0})) == [120]
    assert findings(world) == []


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (("B", "2026-02-01", 50, 80, "upgrade"), []),
        (("B", "2026-02-01", 49, 80, "upgrade"), [(GAP, "test.csv:3")]),
        (("B", "2026-02-01", 51, 80, "upgrade"), [(GAP, "test.csv:3")]),
        (("B", "2026-02-01", 0, 80, "upgrade"), [(GAP, "test.csv:3")]),
        (("B", "2026-02-01", None, 80, "upgrade"), []),
        (("B", "2026-02-01", 50, 0, "cancel"), []),
        (("B", "2026-02-01", 50, 1, "cancel"), [(LEFTOVER, "test.csv:3")]),
        (("B", "2026-02-01", 50, -1, "downgrade"), [(NEGATIVE, "test.csv:3")]),
        # the same day, in another order of the file
        (("B", "2026-01-01", 50, 80, "upgrade"), []),
        (("B", "2026-01-01", 60, 80, "upgrade"), [(GAP, "test.csv:3")]),
        # dated later than the day: not seen yet
        (("B", "2026-07-01", 60, 80, "upgrade"), []),
    ],
)
def test_a_chain_that_does_not_close(world: World, event: Any, expected: list[tuple[str, str]]) -> None:
    says(world, "A", "2026-01-01", 0, 50)
    key, day, before, after, kind = event
    says(world, key, day, before, after, kind=kind)
    assert findings(world) == expected


def test_a_ledger_that_begins_in_the_middle(world: World) -> None:
    says(world, "A", "2026-01-01", 50, 80)
    assert findings(world) == [(MIDDLE, "test.csv:2")]
    assert paid(world, "2026-01-01") == [80]


# --- by brute force

Day = list[tuple[int | None, int]]  # (before, after) in the order of the file


def end_of_day(day: Day, last: int) -> int:
    """The last amount of the first order, as the file has them, in which each begins where the one before ended."""
    if any(before is None for before, _ in day):
        return day[-1][1]
    for starts in ([last], None):
        for order in permutations(day):
            closes = all(one[1] == two[0] for one, two in pairwise(order))
            if closes and (starts is None or order[0][0] in starts):
                return order[-1][1]
    return day[-1][1]


amounts = st.integers(0, 3)
events = st.tuples(st.sampled_from([None, 0, 1, 1, 2, 2, 3, 3]), amounts)
days = st.lists(st.tuples(st.integers(1, 4), st.lists(events, min_size=1, max_size=5)), min_size=1, max_size=4)
walks = st.lists(st.tuples(st.integers(1, 4), st.lists(amounts, min_size=1, max_size=5)), min_size=1, max_size=4)


def check(days: list[tuple[int, Day]], chance: random.Random) -> None:
    """Each day's end as laid out against the brute force; keys by lot, so that nothing hangs on them."""
    world = World()
    try:
        world.account("acme")
        when, last, expected = date(2026, 1, 1), 0, []
        for gap, day in days:
            when += timedelta(days=gap)
            for before, after in day:
                says(world, f"{chance.random()}-{world.n}", when.isoformat(), before, after)
            last = end_of_day(day, last)
            expected.append((when.isoformat(), last))
        for on, amount in expected:
            assert paid(world, on) == ([amount] if amount else []), (on, days)
    finally:
        world.close()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(days, st.randoms(use_true_random=False))
def test_any_day_ends_as_its_first_order_that_closes(days: list[tuple[int, Day]], chance: random.Random) -> None:
    check(days, chance)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(walks, st.randoms(use_true_random=False))
def test_a_true_walk_ends_where_it_ended_in_whatever_order_it_is_written(
    walks: list[tuple[int, list[int]]], chance: random.Random
) -> None:
    days, last = [], 0
    for gap, steps in walks:
        day: Day = list(zip([last, *steps], steps, strict=False))
        chance.shuffle(day)
        assert end_of_day(day, last) == steps[-1]
        last = steps[-1]
        days.append((gap, day))
    check(days, chance)
