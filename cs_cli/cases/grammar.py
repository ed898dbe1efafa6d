"""The small words of a playbook ready to be used: due days, when a case may open again, the brake.

How they are written is `definitions.grammar`'s; what they mean on a day is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_cli.definitions.grammar import parse_again, parse_due, parse_limit, parse_span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cs_cli.base.days import WorkCalendar

DATES = ("renewal_date", "notice_date", "decide_by")


def duration(text: str | None) -> int:
    """Days in "7d" or "2w"; 0 for nothing. ValueError when it is no span."""
    if text is None:
        return 0
    days = parse_span(text)
    if days is None:
        raise ValueError(f'"{text}" is not a number of days such as 7d or 2w')
    return days


@dataclass(frozen=True)
class Due:
    """A day written as an anchor and a distance: `renewal_date - 75d`, `opened + 2bd`."""

    anchor: str
    distance: int = 0
    unit: str = "d"

    def day(self, anchors: Mapping[str, date], calendar: WorkCalendar) -> date | None:
        """The day, or None while the anchor has none."""
        start = anchors.get(self.anchor)
        if start is None:
            return None
        if self.unit == "bd":
            return calendar.add(start, self.distance)
        return start + timedelta(days=self.distance * (7 if self.unit == "w" else 1))


def due(text: str) -> Due:
    """`opened`, a date fact or a task id, then optionally + or - a number of bd, d or w; else ValueError."""
    found = parse_due(text)
    if found is None:
        raise ValueError(f'"{text}" is not a due day such as opened + 2bd or renewal_date - 75d')
    return Due(found.anchor, found.n, found.unit)


@dataclass(frozen=True)
class Again:
    """When a closed case may open again: never | each_term | after so many days."""

    kind: str
    days: int = 0


def again(text: str) -> Again:
    """ValueError when the text is none of the forms."""
    found = parse_again(text)
    if found is None:
        raise ValueError(f'"{text}" is none of never, each_term, after 30d')
    return Again(found) if isinstance(found, str) else Again("after", found)


HANDFUL = 5  # so few cases are no flood, whatever share of a very small company they are


@dataclass(frozen=True)
class Limit:
    """The brake: how many cases a playbook may open on one day."""

    count: int | None = None
    share: float | None = None
    text: str = "more than 20 and more than 25 % of the customers"

    def stops(self, would_open: int, customers: int) -> bool:
        """Whether opening that many is too many."""
        if self.count is not None:
            return would_open > self.count
        if self.share is not None:
            return would_open > HANDFUL and would_open > self.share * customers
        return would_open > 20 and would_open > 0.25 * customers


def limit(text: str | None) -> Limit:
    """`30`, `40%`, or nothing for the built-in brake; ValueError for anything else."""
    if text is None:
        return Limit()
    found = parse_limit(text)
    if found is None:
        raise ValueError(f'"{text}" is not a limit such as 30 or 40%')
    return Limit(*found, text=text.strip())
