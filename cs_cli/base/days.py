"""Days: reading what a person typed, months that keep their anchor, and working days.

A day is a `datetime.date` without a time or a zone; ISO text (2026-11-22) outside Python.
Nothing here asks for today's date: it is always an argument.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, timedelta

from cs_cli.base.errors import UsageError

Day = date

_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIRST_YEAR, LAST_YEAR = 1900, 2199  # those of imported days; around them there is room to count
_REACH = f"a day of the years {FIRST_YEAR} to {LAST_YEAR}"
_FORMS = "a day such as 2026-11-22, today, yesterday, 30d, 4w, 3m or 1y (ago)"
_FORMS_AHEAD = "a day such as 2026-11-22, today, tomorrow, fri, 3d, 2w or 1m (from now)"


def iso(d: date) -> str:
    """The day as ISO text, YYYY-MM-DD."""
    return d.isoformat()


def from_iso(text: str) -> date:
    """The day written as YYYY-MM-DD; ValueError for anything else, also for 20261122."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or not text.isascii():
        raise ValueError(f"not a day written YYYY-MM-DD: {text!r}")
    return date.fromisoformat(text)


def parse_day(text: str, today: date) -> date:
    """What a person typed as a day: ISO, `today`, `yesterday`, or an age (30d 4w 3m 1y ago).

    Raises UsageError USE-001 for another form and USE-002 for a day that does not exist or is too far away.
    """
    word = text.strip().casefold()
    if word == "today":
        return today
    if word == "yesterday":
        return today - timedelta(days=1)
    step = _step(word)
    if step is not None:
        return _moved(today, -step[0], step[1], text)
    return _typed(word, text, _FORMS)


def parse_day_ahead(text: str, today: date) -> date:
    """A day to come as typed after `--by` or `--until`: ISO, `today`, `tomorrow`, a weekday
    (the next one after today), or a distance (3d 2w 1m 1y from now).

    Raises UsageError USE-001 or USE-002, as parse_day does.
    """
    word = text.strip().casefold()
    if word == "today":
        return today
    if word == "tomorrow":
        return _moved(today, 1, "d", text)
    try:
        weekday = weekday_number(word)
    except ValueError:
        pass
    else:
        return _moved(today, (weekday - today.weekday() - 1) % 7 + 1, "d", text)
    step = _step(word.removeprefix("+"))
    if step is not None:
        return _moved(today, step[0], step[1], text)
    return _typed(word, text, _FORMS_AHEAD)


def _step(word: str) -> tuple[int, str] | None:
    number, unit = word[:-1], word[-1:]
    if unit in ("d", "w", "m", "y") and number.isascii() and number.isdigit() and len(number) <= 6:
        return int(number), unit
    return None


def _moved(today: date, n: int, unit: str, text: str) -> date:
    try:
        if unit in ("m", "y"):
            return _reached(add_months(today, n * (12 if unit == "y" else 1)), text)
        return _reached(today + timedelta(days=n * (7 if unit == "w" else 1)), text)
    except (OverflowError, ValueError):
        raise _too_far(text) from None


def _reached(day: date, text: str) -> date:
    """The day when it can be counted from, years back and ahead."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _too_far(text)
    return day


def _too_far(text: str) -> UsageError:
    return UsageError.of("USE-002", "the calendar does not reach that day", value=text, expected=_REACH)


def _typed(word: str, text: str, forms: str) -> date:
    digits = word.replace("-", "")
    if len(word) == 10 and word.count("-") == 2 and digits.isascii() and digits.isdigit():
        try:
            return _reached(from_iso(word), text)
        except ValueError:
            raise UsageError.of(
                "USE-002", "there is no such day in the calendar", value=text, expected=forms
            ) from None
    raise UsageError.of("USE-001", "this cannot be read as a day", value=text, expected=forms)


def weekday_number(name: str) -> int:
    """0 for monday … 6 for sunday, by the name or its first three letters; ValueError otherwise."""
    word = name.strip().casefold()
    for number, full in enumerate(_WEEKDAYS):
        if word == full or word == full[:3]:
            return number
    raise ValueError(f"not a weekday: {name!r}")


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _DAYS_IN_MONTH[month - 1]


def add_months(d: date, n: int, anchor_day: int | None = None) -> date:
    """The day n months after d (before it when negative), on the anchor day where the month has it.

    The anchor is the day of the month that a term began on; without it d's own day is used.
    31 January + 1 month is 28 February, and from there + 1 month with anchor 31 is 31 March.
    Raises ValueError outside the years 1 to 9999.
    """
    months = d.year * 12 + d.month - 1 + n
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(anchor_day or d.day, days_in_month(year, month)))


def first_of_month(d: date) -> date:
    """The first day of d's month."""
    return d.replace(day=1)


def last_of_month(d: date) -> date:
    """The last day of d's month."""
    return d.replace(day=days_in_month(d.year, d.month))


def mondays(day: date, n: int) -> list[date]:
    """The last n Mondays on or before day, oldest first."""
    last = day - timedelta(days=day.weekday())
    return [last - timedelta(days=7 * back) for back in range(n - 1, -1, -1)]


class WorkCalendar:
    """Which days are worked: weekdays (0 = Monday) less the holidays.

    Raises ValueError when no weekday is worked.
    """

    __slots__ = ("_off", "holidays", "working_days")

    def __init__(self, working_days: frozenset[int], holidays: frozenset[date] = frozenset()) -> None:
        if not working_days or not working_days <= frozenset(range(7)):
            raise ValueError("a working calendar needs at least one weekday of 0 (Monday) to 6 (Sunday)")
        self.working_days = working_days
        self.holidays = holidays
        # only holidays that take a working day away count
        self._off = sorted(d for d in holidays if d.weekday() in working_days)

    @classmethod
    def of(cls, names: Iterable[str], holidays: Iterable[date] = ()) -> WorkCalendar:
        """From weekday names such as "mon"; ValueError for an unknown one."""
        return cls(frozenset(weekday_number(name) for name in names), frozenset(holidays))

    def is_working(self, d: date) -> bool:
        """True on a working weekday that is no holiday."""
        return d.weekday() in self.working_days and d not in self.holidays

    def add(self, d: date, n: int) -> date:
        """The n-th working day after d (before it when n is negative).

        With n = 0: d itself when it is worked, else the next working day, so that "the same
        day" of something found on a Saturday is Monday. Raises OverflowError at the calendar's end.
        """
        if n == 0:
            return d if self.is_working(d) else self.add(d, 1)
        step = timedelta(days=1 if n > 0 else -1)
        left = abs(n)
        while left:
            d += step
            if self.is_working(d):
                left -= 1
        return d

    def between(self, a: date, b: date) -> int:
        """Working days after a up to and including b; negative when b is before a.

        So between(a, add(a, n)) == n for every n but 0.
        """
        if b < a:
            return -self._count(b.toordinal(), a.toordinal() - 1)
        return self._count(a.toordinal() + 1, b.toordinal())

    def _count(self, first: int, last: int) -> int:
        """Working days with ordinals first..last, both included."""
        if last < first:
            return 0
        weeks, rest = divmod(last - first + 1, 7)
        count = weeks * len(self.working_days)
        # ordinal 1 is a Monday: weekday = (ordinal + 6) % 7
        count += sum((last - back + 6) % 7 in self.working_days for back in range(rest))
        off = self._off
        return count - (bisect_right(off, date.fromordinal(last)) - bisect_left(off, date.fromordinal(first)))
