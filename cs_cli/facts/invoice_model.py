"""The lines of invoices, what becomes of them, and what an amount for some days is worth a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from cs_cli.base.days import add_months
from cs_cli.definitions.periods import Period
from cs_cli.facts.invoice_text import whole_months

NEAR_DAYS = 4  # a period that misses whole months by so much is meant to be them
ROUNDING = 1.01  # minor units by which a share of an amount may be rounded


class Line(NamedTuple):
    """One line of an invoice that may recur. net: minor units without tax. period: as its text or a person says.
    from_on, to_on: its service period, to_on the first day that is not in it. kind: as invoice_text.Said."""

    source: str
    key: str
    issued: date
    net: int
    currency: str
    kind: str = ""
    period: Period | None = None
    from_on: date | None = None
    to_on: date | None = None
    series: tuple[str, ...] = ()
    plan: str | None = None
    number: str | None = None

    @property
    def day(self) -> date:
        return self.from_on or self.issued


class Span(NamedTuple):
    """minor: a year's worth in minor units; None: nobody can say. last: nothing follows it yet, so it runs on while
    the next invoice may still come. why: for what is unknown."""

    source: str
    key: str
    plan: str | None
    currency: str
    from_on: date
    to_on: date
    minor: float | None
    last: bool = False
    why: str = ""


@dataclass
class Piece:
    """A charge laid out in time; told: its days were said, not worked out."""

    line: Line
    from_on: date
    to_on: date
    minor: float
    told: bool
    last: bool = True

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days


def yearly(net: int, from_on: date, to_on: date, cycle: tuple[date, date] | None = None) -> float:
    """A year's worth of an amount for these days, to_on not included.

    Whole months count as such. A part of a cycle counts by the days of that cycle; a part of a month by those of the
    month, and any other length by those of the year that ends with it.
    """
    months = whole_months(from_on, to_on)
    if cycle is not None and (from_on, to_on) != cycle and (parts := whole_months(*cycle)):
        return net * 12 / parts * (cycle[1] - cycle[0]).days / (to_on - from_on).days
    days = (to_on - from_on).days
    if not months and to_on.day != 1:
        if days in (7, 14) and from_on.day != 1:
            return net * (52 if days == 7 else 26)
        near = round(days / 30.4375)
        if near and abs((add_months(from_on, near) - to_on).days) <= NEAR_DAYS:
            months = near
    if months:
        return net * 12 / months
    if days <= 31:
        return net * 12 * (add_months(from_on, 1) - from_on).days / days
    return net * (to_on - add_months(to_on, -12)).days / days


def settle(part: Piece, pieces: Sequence[Piece]) -> None:
    """A share of a price was rounded to the cent: where the whole price follows or stood before, it is meant."""
    tolerance = ROUNDING * part.minor / part.line.net if part.line.net else 0.0
    for other in pieces:
        touches = abs((other.from_on - part.to_on).days) <= 1 or abs((part.from_on - other.to_on).days) <= 1
        if touches and other is not part and 0 < abs(other.minor - part.minor) <= tolerance:
            part.minor = other.minor
            return
