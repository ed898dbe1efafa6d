"""Movements and retention: the golden case, sums that hold to the cent, and the same numbers by another route."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_cli.base.days import add_months
from cs_cli.base.errors import UsageError
from cs_cli.definitions.shapes import Settings
from cs_cli.revenue.movements import movement_rows, mrr_rows, prepare
from cs_cli.revenue.periods import periods, trailing_year
from cs_cli.revenue.retention import retention_rows, wilson
from tests.facts.world import World

DAY = date(2026, 6, 30)


@pytest.fixture
def world() -> Iterator[World]:
    one = World()
    yield one
    one.close()


def pays(world: World, account: str, start: str, mrr: int, end: str | None = None) -> None:
    """So many a month (major units) from a day until another."""
    world.put("subscription", account, started_on=start, ended_on=end, arr=mrr * 1200, currency="USD", interval="month",
              status="active")  # fmt: skip


def rows(
    world: World, what: Any, first: str | None, last: str | None, by: str | None, day: date = DAY
) -> list[dict[str, Any]]:
    assert prepare(world.conn, Settings(), day, None, "auto") == 0
    found: list[dict[str, Any]] = what(world.conn, periods(first, last, by, day), "USD")
    return found


def golden(world: World) -> None:
    """S = 100: one leaves with 10, one gives up 10, one takes 10 more."""
    for name in ("gone", "less", "more", "same"):
        world.account(name)
    pays(world, "gone", "2025-01-01", 10, "2026-02-10")
    pays(world, "less", "2025-01-01", 20)
    pays(world, "less", "2025-01-01", 10, "2026-03-05")
    pays(world, "more", "2025-01-01", 30)
    pays(world, "more", "2026-04-20", 10)
    pays(world, "same", "2025-01-01", 30)


def test_the_golden_case(world: World) -> None:
    golden(world)
    (row,) = rows(world, retention_rows, "2026-01", "2026-06", None)
    assert row["start_mrr"] == 100
    assert (row["grr"], row["nrr"], row["gross_mrr_churn"], row["net_mrr_churn"]) == (0.8, 0.9, 0.2, 0.1)
    assert (row["logo_churn"], row["start_customers"], row["churned_customers"]) == (0.25, 4, 1)
    assert (row["nrr_mrr"], row["grr_mrr"], row["from"], row["to"]) == (90, 80, "2025-12-31", "2026-06-30")
    # Wilson, 1 of 4, from a table: 4.6 % to 69.9 %
    assert (row["logo_churn_low"], row["logo_churn_high"]) == (0.0456, 0.6994)


def test_months_add_up_to_quarters_and_years(world: World) -> None:
    golden(world)
    world.account("new")
    pays(world, "new", "2026-05-15", 50)
    pays(world, "gone", "2026-06-02", 5)
    months = rows(world, movement_rows, "2026-01", "2026-06", "month")
    assert [(row["period"], row["churn"], row["contraction"], row["expansion"], row["new"], row["reactivation"])
            for row in months] == [
        ("2026-01", 0, 0, 0, 0, 0), ("2026-02", 10, 0, 0, 0, 0), ("2026-03", 0, 10, 0, 0, 0),
        ("2026-04", 0, 0, 10, 0, 0), ("2026-05", 0, 0, 0, 50, 0), ("2026-06", 0, 0, 0, 0, 5)]  # fmt: skip
    quarters = rows(world, movement_rows, "2026-01", "2026-06", "quarter")
    assert [(row["period"], row["start_mrr"], row["end_mrr"], row["customers"]) for row in quarters] == [
        ("2026-Q1", 100, 80, 3),
        ("2026-Q2", 80, 145, 5),
    ]
    (year,) = rows(world, movement_rows, "2026-01", "2026-06", "year")
    assert year == {"period": "2026", "start_mrr": 100, "new": 50, "expansion": 10, "contraction": 10, "churn": 10,
                    "reactivation": 5, "end_mrr": 145, "customers": 5}  # fmt: skip


def test_who_left_and_came_back_counts_at_the_end_value(world: World) -> None:
    world.account("acme")
    pays(world, "acme", "2025-01-01", 100, "2026-02-01")
    pays(world, "acme", "2026-05-01", 60)
    (row,) = rows(world, retention_rows, "2026-01", "2026-06", None)
    assert (row["nrr"], row["grr"], row["logo_churn"], row["reactivation"]) == (0.6, 0.6, 0, 0)


def test_new_customers_are_in_neither_side_and_those_of_before_lower_net_churn(world: World) -> None:
    for name in ("old", "back", "new"):
        world.account(name)
    pays(world, "old", "2025-01-01", 100)
    pays(world, "back", "2025-01-01", 40, "2025-06-01")
    pays(world, "back", "2026-03-01", 20)
    pays(world, "new", "2026-03-01", 500)
    (row,) = rows(world, retention_rows, "2026-01", "2026-06", None)
    assert (row["start_mrr"], row["nrr"], row["grr"], row["net_mrr_churn"]) == (100, 1, 1, -0.2)


def test_a_pause_at_the_start_belongs_to_the_cohort(world: World) -> None:
    for name in ("pays", "rests"):
        world.account(name)
    pays(world, "pays", "2025-01-01", 100)
    world.put("subscription", "rests", key="S", started_on="2025-01-01", arr=0, currency="USD", interval="month",
              plan="pro", status="active")  # fmt: skip
    for day, arr in (("2025-01-01", 48_000), ("2025-12-10", 0), ("2026-02-01", 36_000)):
        world.put("subscription_step", "rests", subscription="S", from_on=day, arr=arr, plan="pro", currency="USD")
    (row,) = rows(world, retention_rows, "2026-01", "2026-06", None)
    # it pays nothing at the start and 30 at the end: (S + expansion − contraction − churn) ÷ S
    assert (row["start_mrr"], row["start_customers"], row["churned_customers"]) == (100, 2, 0)
    assert (row["expansion"], row["contraction"], row["churn"], row["reactivation"]) == (30, 0, 0, 0)
    assert (row["nrr"], row["grr"], row["nrr_mrr"]) == (1.3, 1.0, 130)
    found = rows(world, mrr_rows, "2025-11", "2026-03", "month")
    assert [(one["mrr"], one["customers"]) for one in found] == [(140, 2), (100, 2), (100, 2), (130, 2), (130, 2)]
    assert [one["customers"] for one in rows(world, movement_rows, "2025-11", "2026-03", "month")] == [2] * 5


def test_arr_is_what_is_paid_a_year_not_twelve_rounded_months(world: World) -> None:
    world.account("acme")
    world.put("subscription", "acme", started_on="2026-01-01", arr=100_000, currency="USD", interval="year",
              status="active")  # fmt: skip
    found = rows(world, mrr_rows, "2026-06", "2026-06", "month")
    assert found == [{"period": "2026-06", "day": "2026-06-30", "mrr": 83.33, "arr": 1000, "customers": 1}]


def test_nobody_at_the_start_is_no_rate(world: World) -> None:
    world.account("acme")
    pays(world, "acme", "2026-03-01", 100)
    (row,) = rows(world, retention_rows, "2026-01", "2026-06", None)
    assert [row[key] for key in ("nrr", "grr", "logo_churn", "logo_churn_low")] == [None] * 4


def test_the_running_month_ends_on_the_day(world: World) -> None:
    world.account("acme")
    pays(world, "acme", "2026-06-10", 100)
    assert rows(world, mrr_rows, "2026-06", "2026-06", "month", date(2026, 6, 9))[0]["mrr"] == 0
    found = rows(world, mrr_rows, "2026-06", "2026-06", "month", date(2026, 6, 15))
    assert found == [{"period": "2026-06", "day": "2026-06-15", "mrr": 100, "arr": 1200, "customers": 1}]


def test_a_year_back_keeps_the_month_end() -> None:
    assert trailing_year(date(2025, 2, 28)).start == date(2024, 2, 29)
    assert trailing_year(date(2024, 2, 29)).start == date(2023, 2, 28)
    assert trailing_year(date(2026, 6, 15)).start == date(2025, 6, 15)


@pytest.mark.parametrize(("first", "last", "by"), [
    ("2026-13", None, "month"), ("2026-6", None, "month"), ("June", None, "month"), ("2026-05", "2026-04", "month"),
    (None, "2026-07", "month"), (None, None, "week"), ("٢٠٢٦-٠٥", None, "month"),
])  # fmt: skip
def test_periods_that_cannot_be(first: str | None, last: str | None, by: str) -> None:
    with pytest.raises(UsageError):
        periods(first, last, by, DAY)


def test_wilson_against_a_published_table() -> None:
    # Newcombe 1998, table I: 0 of 20, 1 of 29
    assert wilson(0, 20) == (0.0, 0.1611)
    assert wilson(1, 29) == (0.0061, 0.1718)


lives = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(0, 17), st.integers(1, 12), st.integers(1, 500)), max_size=12
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(lives)
def test_movements_add_up_and_agree_with_a_count_by_hand(found: list[tuple[str, int, int, int]]) -> None:
    world = World()
    try:
        for name in "abcde":
            world.account(name)
        for name, start, months, mrr in found:
            begun = add_months(date(2025, 1, 1), start)
            pays(world, name, begun.isoformat(), mrr, add_months(begun, months).isoformat())
        months_found = rows(world, movement_rows, "2025-01", "2026-06", "month")
        (span,) = rows(world, retention_rows, "2025-06", "2026-05", None)
    finally:
        world.close()

    def mrr(name: str, month: int) -> int:
        """What the account pays at the end of that month, counted from January 2025."""
        return sum(m for n, start, length, m in found if n == name and start <= month < start + length)

    for n, row in enumerate(months_found):
        total = (
            row["start_mrr"] + row["new"] + row["reactivation"] + row["expansion"] - row["contraction"] - row["churn"]
        )
        assert total == row["end_mrr"] == sum(mrr(name, n) for name in "abcde")
        assert row["customers"] == sum(mrr(name, n) > 0 for name in "abcde")
    cohort = [name for name in "abcde" if mrr(name, 4) > 0]
    start = sum(mrr(name, 4) for name in cohort)
    assert span["start_mrr"] == start and span["start_customers"] == len(cohort)
    if start:
        assert span["nrr"] == pytest.approx(sum(mrr(name, 16) for name in cohort) / start, abs=1e-6)
        assert span["grr"] == pytest.approx(sum(min(mrr(name, 4), mrr(name, 16)) for name in cohort) / start, abs=1e-6)
        assert span["logo_churn"] == pytest.approx(sum(mrr(name, 16) == 0 for name in cohort) / len(cohort), abs=1e-6)
