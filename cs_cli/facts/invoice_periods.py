"""How long invoices are for that do not say it: from the gaps between those of one account.

An invoice alone says nothing, and neither do two that can be read in two ways: then the period stays unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

from cs_cli.base.days import add_months
from cs_cli.definitions.periods import Period

# days between two invoices → what each is for
_GAPS: tuple[tuple[int, int, Period], ...] = (
    (6, 8, ("day", 7)), (13, 16, ("day", 14)), (24, 38, ("month", 1)), (54, 68, ("month", 2)), (83, 100, ("month", 3)),
    (115, 130, ("month", 4)), (170, 196, ("month", 6)), (350, 381, ("month", 12)), (700, 761, ("month", 24)),
    (1065, 1127, ("month", 36)),
)  # fmt: skip
# what two invoices alone may prove; a gap of two months is as well a missing one
_PAIR = frozenset([("month", 1), ("month", 3), ("month", 6), ("month", 12), ("month", 24), ("month", 36)])
TOGETHER_DAYS = 4  # invoices of one go, such as two products
RAISE = 1.25  # two invoices a whole number of years apart: a new price, and no other purchase
JUMP = 2.5  # a quarter is three months: from here on another amount may be for another length of time
JITTER_DAYS = 10  # a bill of the 1st is written between about the 22nd and the 10th
LATE_DAYS = 60


class Bill(NamedTuple):
    """A charge whose period is sought: its place in the account's list, its day, its amount, its series."""

    place: int
    day: date
    net: int
    series: tuple[str, ...]


@lru_cache(maxsize=65536)
def after(day: date, period: Period, times: int = 1) -> date:
    """The day that many periods later."""
    unit, many = period
    return add_months(day, many * times) if unit == "month" else date.fromordinal(day.toordinal() + many * times)


@lru_cache(maxsize=64)
def jitter(period: Period) -> int:
    """Days by which an invoice may come early or late and still be of its day."""
    return JITTER_DAYS if period[0] == "month" else period[1] // 2 - 1


@lru_cache(maxsize=64)
def lateness(period: Period) -> int:
    """Days by which an invoice may come late and still be for the time from when it was due."""
    return min(15 * period[1], LATE_DAYS) if period[0] == "month" else period[1] // 2


def infer(bills: Sequence[Bill]) -> dict[int, Period]:
    """Place → period, of those for which the gaps say it. First within each series, then over all of the account."""
    found: dict[int, Period] = {}
    by_series: dict[tuple[str, ...], list[Bill]] = defaultdict(list)
    for bill in bills:
        by_series[bill.series].append(bill)
    for some in by_series.values():
        _within(some, found)
    # texts that differ each time say no more than none; a change of plan goes on in the rhythm of the plan before
    left = [bill for bill in bills if bill.place not in found]
    if left and len(by_series) > 1:
        _within([bill for bill in left if bill.series[:1] not in (("plan",), ("subscription",))], found)
        _inherit(bills, found)
    return found


def _within(bills: Sequence[Bill], found: dict[int, Period]) -> None:
    amounts: dict[int, list[Bill]] = defaultdict(list)
    for bill in bills:
        amounts[bill.net].append(bill)
    for some in amounts.values():
        if (period := _rhythm([bill.day for bill in some])) is not None:
            found.update((bill.place, period) for bill in some)
    _inherit(bills, found)
    left = [bill for bill in bills if bill.place not in found]
    if len(left) == 2 and (yearly := _raised(*left)) is not None:
        found.update((bill.place, yearly) for bill in left)
    if len(left) >= 3 and (period := _rhythm([bill.day for bill in left], least=2)) is not None and _varies(left):
        found.update((bill.place, period) for bill in left)
        _inherit(bills, found)


def _raised(one: Bill, other: Bill) -> Period | None:
    """The years between two invoices of which the second is at a new price; shorter gaps of two prove nothing."""
    period = _rhythm([one.day, other.day])
    near = max(one.net, other.net) <= RAISE * min(one.net, other.net)
    return period if near and period is not None and period[0] == "month" and period[1] >= 12 else None


def _varies(bills: Sequence[Bill]) -> bool:
    """Amounts of what is used: near one another, or jumping to and fro. A last one that stands out may be a year's."""
    jumps = [max(a.net, b.net) >= JUMP * min(a.net, b.net) for a, b in pairwise(bills)]
    return not any(jumps) or (sum(jumps) >= 2 and sum(jumps) > len(jumps) / 3)


def _inherit(bills: Sequence[Bill], found: dict[int, Period]) -> None:
    """Another price in the same rhythm: an invoice that comes where the next was due, and is not for another time."""
    if not found or len({found[bill.place] for bill in bills if bill.place in found}) != 1:
        return
    for some in (list(bills), list(reversed(bills))):
        known: Bill | None = None
        for bill in some:
            if bill.place in found:
                known = bill
            elif known is not None:
                period = found[known.place]
                first, second = sorted((known.day, bill.day))
                off = (second - after(first, period)).days
                near = -jitter(period) <= off <= lateness(period)
                if near and max(known.net, bill.net) < JUMP * min(known.net, bill.net):
                    found[bill.place] = period
                    known = bill


def _rhythm(days: Collection[date], least: int = 1) -> Period | None:
    """The period of invoices of these days; None where they do not tell."""
    apart: list[date] = []
    for day in sorted(days):
        if not apart or (day - apart[-1]).days > TOGETHER_DAYS:
            apart.append(day)
    gaps = [(b - a).days for a, b in pairwise(apart)]
    if len(gaps) < least:
        return None
    period = _gap(median_low(gaps)) if gaps else None
    alike = sum(_gap(gap) == period for gap in gaps)
    if period is None or 2 * alike < len(gaps) or (alike < 2 and period not in _PAIR):
        return None
    return period


def _gap(days: int) -> Period | None:
    return next((period for first, last, period in _GAPS if first <= days <= last), None)
