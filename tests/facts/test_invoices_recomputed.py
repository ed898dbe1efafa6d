"""MRR from random invoice histories against the customers that they were written for, day by day.

The other route knows what each customer bought: a price per period from a day on. It writes the invoices that such a
customer gets (with jitter, late ones, tax, setup fees, credit notes, prorations) and never looks at them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_cli.base.days import add_months
from cs_cli.definitions.shapes import Settings
from cs_cli.facts.invoice_model import Line, yearly
from cs_cli.facts.invoice_spans import spans_of
from cs_cli.facts.invoice_text import first_free, whole_months
from cs_cli.revenue.mrr import arr_on
from tests.facts.world import World

LAST = date(2026, 6, 30)
BEGIN = date(2023, 1, 1)


@dataclass(frozen=True)
class Customer:
    """months: of a period; prices: of each period, in cents without tax; told: its invoices name their days.

    late: the period whose invoice comes that many days late; cut: days into the last period at which the customer left,
    with a credit note for the rest; tax in percent.
    """

    start: date
    months: int
    prices: list[int]
    told: bool
    jitter: list[int]
    late: tuple[int, int]
    cut: int | None
    tax: int
    once: int | None
    last_day: bool

    def period(self, n: int) -> tuple[date, date]:
        return add_months(self.start, n * self.months), add_months(self.start, (n + 1) * self.months)

    @property
    def left(self) -> date | None:
        """The day on which nothing is paid any more, None while it runs."""
        first, end = self.period(len(self.prices) - 1)
        if self.cut is not None:
            return first + timedelta(days=self.cut)
        return end if end <= LAST else None

    def arr(self, day: date) -> Fraction:
        """What it pays a year on the day, in cents."""
        for n, price in enumerate(self.prices):
            first, end = self.period(n)
            if first <= day < end and (self.left is None or day < self.left):
                return Fraction(price * 12, self.months)
        return Fraction(0)

    def doubtful(self, day: date) -> bool:
        """Without service periods a price changes on the day of the invoice, which is a few days off; an end is where
        the last period was due to end."""
        if self.told:
            return False
        edges = [self.period(n)[0] for n in range(len(self.prices))] + [self.period(len(self.prices) - 1)[1]]
        return any(abs((day - edge).days) <= 15 for edge in edges)

    def invoices(self) -> Iterator[dict[str, Any]]:
        late, by = self.late
        for n, price in enumerate(self.prices):
            first, end = self.period(n)
            off = by if n == late and n < len(self.prices) - 1 else self.jitter[n % len(self.jitter)]
            issued = first + timedelta(days=off)
            days = (
                {"service_from": first, "service_to": end - timedelta(days=1) if self.last_day else end}
                if self.told
                else {}
            )
            yield self._bill(issued, price, f"Plan for Aster no. {n + 7}", **days)
        if self.once is not None:
            yield self._bill(self.start, self.once, "Setup fee")
        if self.cut is not None:
            first, end = self.period(len(self.prices) - 1)
            rest = Fraction(self.prices[-1] * ((end - first).days - self.cut), (end - first).days)
            gone = first + timedelta(days=self.cut)
            days = {"service_from": gone, "service_to": end - timedelta(days=1)} if self.told else {}
            yield self._bill(gone, -round(rest), "Credit note", status="credit_note", **days)

    def _bill(self, issued: date, net: int, text: str, **more: Any) -> dict[str, Any]:
        tax = round(Fraction(net * self.tax, 100))
        told = {key: value.isoformat() if isinstance(value, date) else value for key, value in more.items()}
        return {"issued_on": issued.isoformat(), "amount": net + tax, "tax": tax or None, "description": text,
                "currency": "USD", **told}  # fmt: skip


@st.composite
def customers(draw: st.DrawFn) -> Customer:
    months = draw(st.sampled_from([1, 1, 3, 12]))
    told = draw(st.booleans())
    # without told days, a rhythm needs enough of it
    least = {1: 4, 3: 3, 12: 2}[months]
    start = BEGIN + timedelta(days=draw(st.integers(0, 500)))
    room = max((LAST - start).days // (31 * months), least)
    count = draw(st.integers(least, min(room, least + 14)))
    if draw(st.booleans()):
        count = room  # about until today
    price = draw(st.integers(1_000, 90_000))
    prices = [price] * count
    step = draw(st.integers(least, count + 5))
    if step < count and (told or count - step >= least):
        prices[step:] = [price * draw(st.integers(80, 180)) // 100] * (count - step)
    cut = None
    if draw(st.booleans()):
        cut = draw(st.integers(1 if told else 14, 25 * months))
    end = add_months(start, months * count)
    if cut is None and not told and LAST - timedelta(days=20) < end <= LAST:
        start -= timedelta(days=40)  # an end that nobody can tell from a late invoice
    return Customer(
        start, months, prices, told, draw(st.lists(st.integers(-3, 3), min_size=1, max_size=5)),
        (draw(st.integers(1, 12)), draw(st.integers(4, 13))), cut, draw(st.sampled_from([0, 0, 19, 21])),
        draw(st.one_of(st.none(), st.integers(100, 500_000))), draw(st.booleans()),
    )  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(customers(), min_size=1, max_size=4))
def test_random_histories_day_by_day(found: list[Customer]) -> None:
    world = World()
    try:
        numbers = [world.account(f"a{n}") for n, _ in enumerate(found)]
        for n, customer in enumerate(found):
            for bill in customer.invoices():
                if bill["issued_on"] <= LAST.isoformat():
                    world.put("invoice", f"a{n}", **bill)
        from cs_cli.revenue.movements import prepare

        prepare(world.conn, Settings(), LAST, None, "auto")
        for back in range(0, (LAST - BEGIN).days, 5):
            day = LAST - timedelta(days=back)
            got = arr_on(world.conn, day)
            for number, customer in zip(numbers, found, strict=True):
                if customer.doubtful(day):
                    continue
                # to the cent of a month; a share of a price rounded to the cent is snapped to the price
                assert got.get(number, 0) / 12 == pytest.approx(float(customer.arr(day) / 12), abs=1), (day, customer)
    finally:
        world.close()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(customers(), min_size=1, max_size=3))
def test_who_stays_neither_leaves_nor_returns(found: list[Customer]) -> None:
    """One stretch of days for each: no churn and return in between, whatever the jitter."""
    for customer in found:
        lines = []
        for n, bill in enumerate(customer.invoices()):
            first, last = (
                date.fromisoformat(bill[key]) if key in bill else None for key in ("service_from", "service_to")
            )
            if first is not None and last is not None:
                last = first_free(first, last)
            kind = "one_off" if bill["description"] == "Setup fee" else ""
            net, issued = bill["amount"] - (bill["tax"] or 0), date.fromisoformat(bill["issued_on"])
            lines.append(Line("x", f"k{n}", issued, net, "USD", kind, None, first, last))
        paid = sorted((span.from_on, span.to_on) for span in spans_of(lines) if span.minor is None or span.minor > 0)
        reach = paid[0][1]
        for start, end in paid[1:]:
            assert start <= reach, (start, reach, customer)
            reach = max(reach, end)


def test_whole_months() -> None:
    day = date.fromisoformat
    for first, last, months in (
        ("2026-01-01", "2026-01-31", 1), ("2026-02-01", "2026-02-28", 1), ("2026-01-01", "2026-12-31", 12),
        ("2026-01-15", "2026-02-14", 1), ("2026-01-31", "2026-02-28", 1), ("2024-02-29", "2025-02-28", 12),
        ("2026-01-01", "2026-02-01", 1), ("2025-03-01", "2026-03-01", 12),
    ):  # fmt: skip
        end = first_free(day(first), day(last))
        assert whole_months(day(first), end) == months, (first, last)
        assert yearly(months * 10_000, day(first), end) == 120_000


@pytest.mark.parametrize(("first", "last", "net", "arr"), [
    ("2026-01-15", "2026-01-31", 5_484, 120_001),       # 17 of 31 days
    ("2026-03-15", "2026-12-31", 96_000, 120_000),      # 292 of 365 days
    ("2026-01-05", "2026-01-11", 2_500, 130_000),       # a week, × 52
    ("2026-01-02", "2026-01-30", 10_000, 120_000),      # a day or two short of a month is meant to be one
    ("2024-01-02", "2024-12-31", 119_672, 120_000),     # 365 of 366 days
])  # fmt: skip
def test_parts_count_by_days(first: str, last: str, net: int, arr: int) -> None:
    start = date.fromisoformat(first)
    assert yearly(net, start, first_free(start, date.fromisoformat(last))) == pytest.approx(arr, abs=25)
