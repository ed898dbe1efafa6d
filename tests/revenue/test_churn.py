"""Who left and what is left of a cohort: by hand, and the same sums as movements and retention by another route."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_cli.base.days import add_months
from cs_cli.definitions.shapes import Settings
from cs_cli.revenue.churn import left_rows, plans_on, share_rows
from cs_cli.revenue.cohorts import cohort_rows
from cs_cli.revenue.movements import movement_rows, prepare
from cs_cli.revenue.periods import Period, periods
from cs_cli.revenue.retention import NO_GROUP, retention_rows
from tests.facts.world import World

DAY = date(2026, 6, 30)


@pytest.fixture
def world() -> Iterator[World]:
    one = World()
    yield one
    one.close()


def pays(world: World, account: str, start: str, mrr: int, end: str | None = None, plan: str = "team") -> None:
    """So many a month (major units) from a day until another."""
    world.put("subscription", account, started_on=start, ended_on=end, arr=mrr * 1200, currency="USD", interval="month",
              status="active", plan=plan)  # fmt: skip


def half_year(day: date = DAY) -> Period:
    (one,) = periods("2026-01", "2026-06", None, day)
    return one


def left(world: World, known: dict[int, Any] | None = None) -> list[dict[str, Any]]:
    prepare(world.conn, Settings(), DAY, None, "auto")
    return left_rows(world.conn, periods("2026-01", "2026-06", "month", DAY), "USD", known or {})


def shares(world: World, by: str, known: dict[int, Any] | None = None) -> dict[str, dict[str, Any]]:
    prepare(world.conn, Settings(), DAY, None, "auto")
    group_on: Any = None
    if by == "plan":
        group_on = lambda day: plans_on(world.conn, day)  # noqa: E731
    elif by != "reason":
        group_on = lambda day: {account: row[by] for account, row in (known or {}).items()}  # noqa: E731
    return {row["group"]: row for row in share_rows(world.conn, half_year(), "USD", group_on)}


def company(world: World) -> dict[int, dict[str, str | None]]:
    """Ada sold two that left and one that stayed, Bo sold one that stayed, nobody knows who sold the last."""
    sold = {"small": "Ada", "large": "Ada", "stays": "Ada", "also": "Bo", "odd": None}
    known: dict[int, dict[str, str | None]] = {}
    for name, seller in sold.items():
        known[world.account(name)] = {"account_id": name, "name": name.title(), "owner": "Kim", "sold_by": seller}
    pays(world, "small", "2025-01-10", 10, "2026-02-10")
    pays(world, "large", "2025-03-01", 200, "2026-02-20", plan="pro")
    pays(world, "large", "2025-04-01", 20, "2026-02-20", plan="add-on")
    pays(world, "stays", "2025-01-01", 90)
    pays(world, "also", "2025-01-01", 100)
    pays(world, "odd", "2025-01-01", 80)
    world.put("churn", "small", day="2026-02-03", reason="price", voluntary=1, competitor="Rival")
    world.put("churn", "large", day="2024-02-03", reason="poor_fit", voluntary=1)  # of another time
    return known


def test_each_who_left_with_what_was_paid_and_why(world: World) -> None:
    one, two = left(world, company(world))
    assert [one[key] for key in ("month", "account_id", "paid_until", "mrr", "arr", "plan", "reason", "months")] == [
        "2026-02", "large", "2026-02-20", 220, 2640, "pro", None, 11]  # fmt: skip
    assert [two[key] for key in ("month", "name", "paid_until", "mrr", "reason", "voluntary", "competitor", "sold_by",
                                 "customer_since", "months")] == [
        "2026-02", "Small", "2026-02-10", 10, "price", 1, "Rival", "Ada", "2025-01-10", 13]  # fmt: skip


def test_shares_are_of_the_groups_own_customers(world: World) -> None:
    found = shares(world, "sold_by", company(world))
    assert list(found) == ["Ada", NO_GROUP, "Bo"]
    ada = found["Ada"]
    assert (ada["start_customers"], ada["churned_customers"], ada["start_mrr"], ada["churned_mrr"]) == (3, 2, 320, 230)
    assert (ada["logo_churn"], ada["mrr_churn"]) == (pytest.approx(2 / 3, abs=1e-6), 0.71875)
    assert (ada["logo_churn_low"], ada["logo_churn_high"]) == (0.2077, 0.9385)  # Wilson, 2 of 3
    assert (found["Bo"]["churned_customers"], found["Bo"]["logo_churn"]) == (0, 0)
    assert list(shares(world, "plan")) == ["pro", "team"]


def test_shares_by_reason_are_of_all_customers(world: World) -> None:
    company(world)
    found = shares(world, "reason")
    assert {group: (row["start_customers"], row["churned_customers"], row["churned_mrr"], row["logo_churn"])
            for group, row in found.items()} == {NO_GROUP: (5, 1, 220, 0.2), "price": (5, 1, 10, 0.2)}  # fmt: skip


def test_a_pause_is_no_leaving_until_it_has_lasted_ninety_days(world: World) -> None:
    world.account("rests")
    world.put("subscription", "rests", key="S", started_on="2025-01-01", arr=0, currency="USD", interval="month",
              plan="pro", status="active")  # fmt: skip
    for day, arr in (("2025-01-01", 48_000), ("2026-01-10", 0)):
        world.put("subscription_step", "rests", subscription="S", from_on=day, arr=arr, plan="pro", currency="USD")
    (row,) = left(world)
    assert (row["month"], row["mrr"], row["paid_until"]) == ("2026-04", 0, "2026-01-10")


def test_cohorts_keep_what_is_left_of_them(world: World) -> None:
    for name in ("a", "b", "c"):
        world.account(name)
    pays(world, "a", "2026-01-05", 100)
    pays(world, "a", "2026-03-01", 50)
    pays(world, "b", "2026-01-31", 100, "2026-02-15")
    pays(world, "b", "2026-05-01", 40)  # back again: of its first month still
    pays(world, "c", "2026-02-01", 10, "2026-02-20")
    prepare(world.conn, Settings(), date(2026, 5, 15), None, "auto")
    found = periods("2026-01", None, "month", date(2026, 5, 15))
    january, february = cohort_rows(world.conn, 2, found, "USD", "mrr")
    assert [january[key] for key in ("cohort", "customers", "mrr")] == ["2026-01", 2, 200]
    assert [january[f"kept_{k}"] for k in range(5)] == [200, 100, 150, 150, 190]
    assert [january[f"share_{k}"] for k in range(5)] == [1, 0.5, 0.75, 0.75, 0.95]
    # who came and left within the month is a customer of the cohort, with nothing at its end
    assert [february[key] for key in ("customers", "mrr", "share_0", "kept_0", "share_4")] == [1, 0, None, 0, None]
    _, february = cohort_rows(world.conn, 2, found, "USD", "customers")
    assert [february[f"share_{k}"] for k in range(5)] == [0, 0, 0, 0, None]
    quarters = periods("2026-01", None, "quarter", date(2026, 5, 15))
    (row,) = cohort_rows(world.conn, 1, quarters, "USD", "customers")
    assert (row["cohort"], row["customers"], row["kept_0"], row["kept_1"]) == ("2026-Q1", 3, 1, 2)


lives = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(0, 17), st.integers(1, 12), st.integers(1, 500)), max_size=12
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(lives)
def test_lists_and_shares_add_up_to_movements_and_retention(found: list[tuple[str, int, int, int]]) -> None:
    world = World()
    try:
        known = {world.account(name): {"account_id": name, "owner": "Kim" if name < "c" else "Lee"} for name in "abcde"}
        for name, start, months, mrr in found:
            begun = add_months(date(2025, 1, 1), start)
            pays(world, name, begun.isoformat(), mrr, add_months(begun, months).isoformat())
        rows = left(world, known)
        moved = movement_rows(world.conn, periods("2026-01", "2026-06", "month", DAY), "USD")
        owners = {account: row["owner"] for account, row in known.items()}
        groups = share_rows(world.conn, half_year(), "USD", lambda day: owners)
        (kept,) = retention_rows(world.conn, [half_year()], "USD")
        split = retention_rows(world.conn, [half_year()], "USD", lambda day: owners)
        cohorts = cohort_rows(world.conn, 18, periods("2025-01", None, "month", DAY), "USD", "mrr")
        (last, *_) = movement_rows(world.conn, periods("2026-06", "2026-06", "month", DAY), "USD")
    finally:
        world.close()
    for month in moved:
        assert sum(row["mrr"] for row in rows if row["month"] == month["period"]) == month["churn"]
    for key, total in (("start_customers", "start_customers"), ("churned_customers", "churned_customers"),
                       ("start_mrr", "start_mrr"), ("churned_mrr", "churn")):  # fmt: skip
        assert sum(row[key] for row in groups) == kept[total]
    for key in ("start_mrr", "nrr_mrr", "grr_mrr", "expansion", "contraction", "churn", "reactivation",
                "start_customers", "churned_customers"):  # fmt: skip
        assert sum(row[key] for row in split) == kept[key], key
    # what is left of all cohorts on the last day is what is paid on it
    assert sum(row[f"kept_{17 - at}"] for at, row in enumerate(cohorts)) == last["end_mrr"]
    assert sum(row["customers"] for row in cohorts) == len({name for name, *_ in found})
