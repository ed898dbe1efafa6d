"""A rate holds from its day on: spans are cut there, what lies before the first one is unknown, a declared one wins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_cli.definitions.shapes import Settings
from cs_cli.facts.spans import build_spans
from cs_cli.store.clock import set_clock
from tests.facts.world import World

DAY = date(2026, 6, 30)


@pytest.fixture
def world() -> Iterator[World]:
    one = World()
    yield one
    one.close()


def rate(world: World, day: str, rate: float, currency: str = "EUR", source: str = "test") -> None:
    world.put("fx_rate", None, source=source, key=f"{currency}|{day}", currency=currency, day=day, rate=rate)


def pays(world: World, account: str, start: str, mrr: int, end: str | None = None, currency: str = "EUR") -> None:
    world.put("subscription", account, started_on=start, ended_on=end, arr=mrr * 1200, currency=currency,
              interval="month", status="active")  # fmt: skip


def spans(world: World, said: Settings | None = None, day: date = DAY) -> list[tuple[Any, ...]]:
    set_clock(world.conn, day)
    build_spans(world.conn, said or Settings(), day)
    return world.conn.execute("SELECT from_on, to_on, arr_minor FROM mrr_span ORDER BY from_on, arr_minor").fetchall()


def test_a_span_is_cut_where_its_rate_changes(world: World) -> None:
    world.account("acme")
    pays(world, "acme", "2026-01-01", 100)
    for day, one in (("2026-01-01", 1.0), ("2026-03-15", 1.1), ("2026-05-01", 1.2), ("2026-07-01", 9.0)):
        rate(world, day, one)
    assert spans(world) == [
        ("2026-01-01", "2026-03-15", 120_000), ("2026-03-15", "2026-05-01", 132_000), ("2026-05-01", None, 144_000),
    ]  # fmt: skip
    # on the day before, on it, and after it
    assert spans(world, day=date(2026, 3, 14)) == [("2026-01-01", None, 120_000)]
    assert spans(world, day=date(2026, 3, 15))[-1] == ("2026-03-15", None, 132_000)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("2025-12-31", [("2026-01-01", "2026-04-01", 240_000)]),
        ("2026-01-01", [("2026-01-01", "2026-04-01", 240_000)]),
        ("2026-01-02", [("2026-01-01", "2026-01-02", None), ("2026-01-02", "2026-04-01", 240_000)]),
        ("2026-03-31", [("2026-01-01", "2026-03-31", None), ("2026-03-31", "2026-04-01", 240_000)]),
        ("2026-04-01", [("2026-01-01", "2026-04-01", None)]),
        ("2026-05-01", [("2026-01-01", "2026-04-01", None)]),
    ],
)
def test_before_the_first_rate_the_amount_is_unknown(
    world: World, first: str, expected: list[tuple[str, str, int | None]]
) -> None:
    world.account("acme")
    pays(world, "acme", "2026-01-01", 100, "2026-04-01")
    rate(world, first, 2.0)
    assert spans(world) == expected


def test_a_declared_rate_wins_for_all_days_and_home_money_is_never_cut(world: World) -> None:
    world.account("acme")
    pays(world, "acme", "2026-01-01", 100)
    pays(world, "acme", "2026-01-01", 1, currency="USD")
    rate(world, "2026-03-01", 2.0)
    rate(world, "2026-02-01", 3.0, "USD")
    assert spans(world, Settings(fx={"EUR": 1.5})) == [("2026-01-01", None, 1200), ("2026-01-01", None, 180_000)]


def test_what_is_free_needs_no_rate(world: World) -> None:
    world.account("acme")
    pays(world, "acme", "2026-01-01", 0)
    assert spans(world) == [("2026-01-01", None, 0)]
    rate(world, "2026-03-01", 2.0)
    assert spans(world) == [("2026-01-01", None, 0)]


def test_a_currency_that_falls_is_nothing_the_customer_gave_up(world: World) -> None:
    world.account("acme")
    world.account("brook")
    pays(world, "acme", "2026-01-01", 100)
    pays(world, "brook", "2026-01-01", 100, "2026-06-15")
    pays(world, "brook", "2026-06-15", 60)
    rate(world, "2026-01-01", 2.0)
    rate(world, "2026-06-15", 1.0)
    found = world.facts(DAY)
    assert [found[one]["mrr"] for one in ("acme", "brook")] == [100, 60]
    # 40 a month less, at the rate of the day; the fall of the rate itself is no part of it
    assert [found[one]["contraction_28d"] for one in ("acme", "brook")] == [0, 480]


subscriptions = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 100), st.integers(0, 900), st.sampled_from(["EUR", "JPY", "USD"])),
    max_size=5,
)
rates = st.dictionaries(
    st.tuples(st.sampled_from(["EUR", "JPY"]), st.integers(-10, 130)), st.integers(1, 400), max_size=6
)
declared = st.sampled_from([{}, {"EUR": 1.25}])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(subscriptions, rates, declared)
def test_every_day_agrees_with_a_count_by_hand(
    found: list[tuple[int, int, int, str]], rates: dict[tuple[str, int], int], declared: dict[str, float]
) -> None:
    first = date(2026, 1, 1)

    def day(n: int) -> date:
        return first + timedelta(days=n)

    world = World()
    try:
        world.account("acme")
        for start, length, mrr, currency in found:
            pays(world, "acme", day(start).isoformat(), mrr, day(start + length).isoformat(), currency)
        for (currency, n), cents in rates.items():
            rate(world, day(n).isoformat(), cents / 100, currency)
        laid = spans(world, Settings(fx=declared), day(250))
    finally:
        world.close()

    def factor(currency: str, n: int) -> float | None:
        if currency == "USD" or currency in declared:
            return declared.get(currency, 1.0)
        past = [(when, cents) for (code, when), cents in rates.items() if code == currency and when <= n]
        return max(past)[1] / 100 if past else None

    for n in range(-5, 215, 3):
        on = day(n).isoformat()
        got = [arr for start, end, arr in laid if start <= on and (end is None or on < end)]
        # yen have no minor unit: a month's 100 · 12 minor units are yen, and 100 of the minor units of a dollar each
        expected = [
            None if mrr and (x := factor(currency, n)) is None else
            0 if not mrr else int(mrr * 1200 * x * (100 if currency == "JPY" else 1) + 0.5)
            for start, length, mrr, currency in found if start <= n < start + length
        ]
        assert sorted(got, key=str) == sorted(expected, key=str), on
