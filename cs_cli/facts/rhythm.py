"""In which rhythm a source speaks, learnt from its own days, and how long a row of it lasts.

Pure: days in, a Rhythm out. A row that is dated by the first day of its week or month tells of all of it, so that it is
no older than the period's last day; and news that come by the week or month are late one period and a margin later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

import msgspec

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
# what cs.yaml `rhythm` may say, and which day of its period a row then bears
DECLARED = {
    DAILY: (DAILY, ""),
    WEEKLY: (WEEKLY, "start"),
    MONTHLY: (MONTHLY, "start"),
    "weekly_by_end": (WEEKLY, "end"),
    "monthly_by_end": (MONTHLY, "end"),
}
# Days after the end of what is covered within which news of that rhythm may come: one period that is missed, and a
# margin of three days for a week (a long week-end), of ten for a month (books are closed by then).
PATIENCE = {DAILY: 0, WEEKLY: 10, MONTHLY: 41}
LOOKED_AT = 6  # the newest days by which a rhythm is told: one that changed is known by then
LOOKED_BACK = 60  # the newest days by which a silence is told to be usual
LEAST = 3  # two gaps; fewer days prove no rhythm
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_NUMBER = {"monday": 0, "saturday": 5, "sunday": 6}


class Rhythm(msgspec.Struct, frozen=True):
    """word: daily, weekly or monthly. dated: "start" or "end" where rows bear the first or last day of their period,
    "" where they bear their own. by: the weekday of weekly days. declared: somebody said so."""

    word: str
    dated: str = ""
    by: str = ""
    declared: bool = False

    @property
    def patience(self) -> int:
        """Days after the last covered one within which nothing is late."""
        return PATIENCE[self.word]

    def covers_to(self, day: date) -> date:
        """The last day that a row of this day tells of."""
        if self.dated != "start":
            return day
        if self.word == WEEKLY:
            return day + timedelta(days=6)
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    def said(self) -> str:
        """In words: "weekly, dated by the first day of the week (Mondays)"."""
        unit = "week" if self.word == WEEKLY else "month"
        by = f" ({self.by})" if self.by else ""
        which = {"start": "first", "end": "last"}.get(self.dated)
        dated = "" if which is None else f", dated by the {which} day of the {unit}{by}"
        return self.word + dated + (", as declared" if self.declared else "")


def declared(word: str) -> Rhythm:
    """The rhythm of a word of cs.yaml `rhythm`. KeyError for any other word."""
    name, dated = DECLARED[word]
    return Rhythm(name, dated, declared=True)


def of_rows(days: Sequence[date], week_start: str = "monday") -> Rhythm | None:
    """The rhythm of rows that each tell of a period; None where their days show none.

    Weekly: three days and more, all on one weekday. That of the first day of the week (cs.yaml week_start): dated by
    it; any other: by the week's end, which nobody can mistake for more than there is (unless the file shows that it is
    not, see coverage.py). Monthly: three and more, all firsts or all lasts of their months. Else daily, where most days
    follow the day before.
    """
    last = sorted(set(days))[-LOOKED_AT:]
    if len(last) < LEAST:
        return None
    gaps = [(b - a).days for a, b in pairwise(last)]
    if all(day.day == 1 for day in last):
        return Rhythm(MONTHLY, "start")
    if all((day + timedelta(days=1)).day == 1 for day in last):
        return Rhythm(MONTHLY, "end")
    if all(gap % 7 == 0 for gap in gaps) and median(gaps) <= 14:
        weekday = last[-1].weekday()
        return Rhythm(WEEKLY, "start" if weekday == _NUMBER[week_start] else "end", _WEEKDAYS[weekday])
    return Rhythm(DAILY) if median(gaps) <= 3 else None


def of_looks(days: Sequence[date]) -> Rhythm | None:
    """The rhythm of days on which somebody looked, or something happened; a day early or late does not count."""
    last = sorted(set(days))[-LOOKED_AT:]
    if len(last) < LEAST:
        return None
    usual = median((b - a).days for a, b in pairwise(last))
    if usual <= 3:
        return Rhythm(DAILY)
    if usual <= 10:
        return Rhythm(WEEKLY)
    return Rhythm(MONTHLY) if 25 <= usual <= 35 else None


def longest_silence(days: Sequence[date]) -> int | None:
    """The longest gap between the newest days; None where they are too few to tell."""
    last = sorted(set(days))[-LOOKED_BACK:]
    return max((b - a).days for a, b in pairwise(last)) if len(last) >= LEAST else None
