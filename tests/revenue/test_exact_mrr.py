"""MRR is ARR ÷ 12 kept exact: rounded where it is shown, and what is shown adds up to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_cli.base.days import add_months
from cs_cli.base.money import twelfth, twelfths
from cs_cli.definitions.shapes import Settings
from cs_cli.revenue.churn import left_rows, share_rows
from cs_cli.revenue.cohorts import cohort_rows
from cs_cli.revenue.movements import movement_rows, mrr_rows, prepare
from cs_cli.revenue.periods import Period, periods
from cs_cli.revenue.retention import retention_rows
from tests.facts.world import World

DAY = date(2026, 6, 30)
MONTHS = periods("2026-01", "2026-06", "month", DAY)


@pytest.fixture
def world() -> Iterator[World]:
    one = World()
    yield one
    one.close()


def pays(world: World, account: str, start: str, cents: int, end: str | None = None, currency: str = "USD") -> None:
    """So many cents a year from a day until another."""
    world.put("subscription", account, started_on=start, ended_on=end, arr=cents, currency=currency, interval="year",
              status="active")  # fmt: skip


def cents(amount: float) -> int:
    found = round(amount * 100)
    assert abs(found - amount * 100) < 1e-6
    return found


def half_up(yearly: int) -> int:
    month = Fraction(yearly, 12)
    whole = month.numerator // month.denominator
    return whole + (month - whole >= Fraction(1, 2))


def test_three_of_a_hundred_a_year_are_25_a_month(world: World) -> None:
    for name in "abc":
        world.account(name)
        pays(world, name, "2025-01-01", 10_000)
    prepare(world.conn, Settings(), DAY, None, "auto")
    # 8.33 each, and 25.00 together
    assert world.facts(DAY)["a"]["mrr"] == 8.33
    (last,) = mrr_rows(world.conn, MONTHS[-1:], "USD")
    assert (last["mrr"], last["arr"]) == (25, 300)
    (kept,) = retention_rows(world.conn, [Period("half", tuple(m for p in MONTHS for m in p.months))], "USD")
    assert (kept["start_mrr"], kept["nrr_mrr"], kept["grr_mrr"], kept["nrr"]) == (25, 25, 25, 1)


@pytest.mark.parametrize(("yearly", "month"), [(5, 0), (6, 1), (7, 1), (17, 1), (18, 2), (19, 2), (0, 0), (12, 1)])
def test_half_a_cent_is_a_cent(yearly: int, month: int) -> None:
    assert twelfth(yearly) == half_up(yearly) == month


@given(st.lists(st.integers(-500, 500), max_size=6), st.integers(0, 300))
def test_parts_add_up_to_what_is_shown(parts: list[int], start: int) -> None:
    total = half_up(start + sum(parts)) - half_up(start)
    found = twelfths(parts, total)
    assert sum(found) == total
    assert all(abs(Fraction(part, 12) - one) < 1 for part, one in zip(parts, found, strict=True))
    assert all(one * 12 == part for part, one in zip(parts, found, strict=True) if part % 12 == 0)


def test_what_cannot_add_up_is_refused() -> None:
    for total in (-1, 3):
        with pytest.raises(ValueError, match="no sum"):
            twelfths([5, 7], total)


lives = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(0, 17), st.integers(1, 12), st.integers(1, 100_000)), max_size=12
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(lives)
def test_every_row_adds_up_and_is_within_a_cent_of_the_exact_value(found: list[tuple[str, int, int, int]]) -> None:
    world = World()
    try:
        numbers = {world.account(name): name for name in "abcde"}
        for name, start, months, yearly in found:
            begun = add_months(date(2025, 1, 1), start)
            pays(world, name, begun.isoformat(), yearly, add_months(begun, months).isoformat())
        prepare(world.conn, Settings(), DAY, None, "auto")
        months_found = movement_rows(world.conn, MONTHS, "USD")
        quarters = movement_rows(world.conn, periods("2026-01", "2026-06", "quarter", DAY), "USD")
        ends = mrr_rows(world.conn, MONTHS, "USD")
        half = periods("2026-01", "2026-06", None, DAY)
        (kept,) = retention_rows(world.conn, half, "USD")
        known = {number: {"account_id": name} for number, name in numbers.items()}
        left = left_rows(world.conn, MONTHS, "USD", known)
        shares = share_rows(world.conn, half[0], "USD", lambda day: {})
        cohorts = cohort_rows(world.conn, 18, periods("2025-01", None, "month", DAY), "USD", "mrr")
    finally:
        world.close()

    def arr(name: str, month: int) -> int:
        """What the account pays a year at the end of that month, counted from January 2025."""
        return sum(one for n, start, length, one in found if n == name and start <= month < start + length)

    total = {month: sum(arr(name, month) for name in "abcde") for month in range(-1, 18)}
    for at, row in enumerate(months_found):
        month = 12 + at
        shown = {key: cents(row[key]) for key in row if key not in ("period", "customers")}
        assert shown["start_mrr"] == half_up(total[month - 1]) and shown["end_mrr"] == half_up(total[month])
        plus = shown["new"] + shown["reactivation"] + shown["expansion"]
        assert shown["start_mrr"] + plus - shown["contraction"] - shown["churn"] == shown["end_mrr"]
        rises = [(name, arr(name, month) - arr(name, month - 1)) for name in "abcde"]
        exact = {
            "churn": sum(-one for name, one in rises if arr(name, month) == 0 < arr(name, month - 1)),
            "contraction": sum(-one for name, one in rises if one < 0 < arr(name, month)),
            "expansion": sum(one for name, one in rises if one > 0 < arr(name, month - 1)),
        }
        for kind, yearly in exact.items():
            assert abs(shown[kind] - Fraction(yearly, 12)) < 1, kind
        assert cents(ends[at]["mrr"]) == half_up(total[month]) and cents(ends[at]["arr"]) == total[month]
        assert sum(cents(one["mrr"]) for one in left if one["month"] == row["period"]) == shown["churn"]
        for one in left:
            if one["month"] == row["period"]:
                yearly = arr(one["account_id"], month - 1)
                assert cents(one["arr"]) == yearly and abs(cents(one["mrr"]) - Fraction(yearly, 12)) < 1
    for kind in ("new", "expansion", "contraction", "churn", "reactivation"):
        assert cents(sum(row[kind] for row in quarters)) == cents(sum(row[kind] for row in months_found))
        for at, quarter in enumerate(quarters):
            assert cents(quarter[kind]) == cents(sum(row[kind] for row in months_found[3 * at : 3 * at + 3]))
    cohort = [name for name in "abcde" if arr(name, 11)]
    start, end = sum(arr(name, 11) for name in cohort), sum(arr(name, 17) for name in cohort)
    assert (cents(kept["start_mrr"]), cents(kept["nrr_mrr"])) == (half_up(start), half_up(end))
    assert cents(kept["grr_mrr"]) == half_up(sum(min(arr(name, 11), arr(name, 17)) for name in cohort))
    moved = cents(kept["expansion"]) - cents(kept["contraction"]) - cents(kept["churn"])
    assert cents(kept["start_mrr"]) + moved == cents(kept["nrr_mrr"])
    assert kept["nrr"] == (round(end / start, 6) if start else None)
    assert sum(cents(row["start_mrr"]) for row in shares) == (half_up(start) if cohort else 0)
    for at, row in enumerate(cohorts):
        mine = [name for name in "abcde" if at == min((s for n, s, *_ in found if n == name), default=99)]
        for k in range(18 - at):
            assert cents(row[f"kept_{k}"]) == half_up(sum(arr(name, at + k) for name in mine))


def test_who_pays_an_unknown_amount_is_a_customer_and_neither_new_nor_gone(world: World) -> None:
    world.account("acme")
    pays(world, "acme", "2026-01-10", 120_000, "2026-03-10")
    pays(world, "acme", "2026-03-10", 120_000, currency="EUR")
    world.put("fx_rate", None, key="EUR|2026-05-10", currency="EUR", day="2026-05-10", rate=1.5)
    assert prepare(world.conn, Settings(), DAY, None, "auto") == 1
    found = movement_rows(world.conn, MONTHS, "USD")
    kinds = ("new", "expansion", "contraction", "churn", "reactivation", "unknown", "end_mrr", "customers")
    # what comes into the sums, or goes out, because nobody knows it at one end is no movement
    assert [[row.get(kind, 0) for kind in kinds] for row in found] == [
        [100, 0, 0, 0, 0, 0, 100, 1], [0, 0, 0, 0, 0, 0, 100, 1], [0, 0, 0, 0, 0, -100, 0, 1],
        [0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 150, 150, 1], [0, 0, 0, 0, 0, 0, 150, 1],
    ]  # fmt: skip
    assert [row.get("unclear_accounts") for row in found] == [None, None, "acme", None, "acme", None]
    (kept,) = retention_rows(world.conn, periods("2026-02", "2026-04", None, DAY), "USD")
    assert (kept["start_customers"], kept["churned_customers"], kept["logo_churn"]) == (1, 0, 0)
    assert (kept["nrr"], kept["left_out_customers"], kept["left_out_accounts"]) == (None, 1, "acme")


def test_a_rate_that_changes_is_expansion_or_contraction(world: World) -> None:
    world.account("acme")
    pays(world, "acme", "2026-01-10", 120_000, currency="EUR")
    for day, rate in (("2026-01-01", 1.0), ("2026-03-31", 1.25), ("2026-05-01", 1.1)):
        world.put("fx_rate", None, key=f"EUR|{day}", currency="EUR", day=day, rate=rate)
    assert prepare(world.conn, Settings(), DAY, None, "auto") == 0
    found = [(row["new"], row["expansion"], row["contraction"]) for row in movement_rows(world.conn, MONTHS, "USD")]
    assert found == [(100, 0, 0), (0, 0, 0), (0, 25, 0), (0, 0, 0), (0, 0, 15), (0, 0, 0)]


def test_who_had_paid_without_a_known_amount_and_comes_back_is_no_new_customer(world: World) -> None:
    world.account("acme")
    values: dict[str, Any] = {"currency": "USD", "interval": "month", "status": "active"}
    world.put("subscription", "acme", started_on="2025-01-01", ended_on="2025-06-01", arr=None, **values)
    pays(world, "acme", "2026-03-10", 120_000)
    prepare(world.conn, Settings(), DAY, None, "auto")
    assert [(row["new"], row["reactivation"]) for row in movement_rows(world.conn, MONTHS, "USD")][2] == (0, 100)
