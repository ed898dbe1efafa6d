"""Periods of whole months: what `--from 2025-07 --to 2026-06 --by quarter` means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cs_cli.base.days import FIRST_YEAR, LAST_YEAR, add_months, first_of_month, last_of_month
from cs_cli.base.errors import UsageError

BY = ("month", "quarter", "year")


@dataclass(frozen=True)
class Period:
    """months: (day before it, its last day) of each; start: the day before the first one, end: the last day."""

    name: str
    months: tuple[tuple[date, date], ...]

    @property
    def start(self) -> date:
        return self.months[0][0]

    @property
    def end(self) -> date:
        return self.months[-1][1]


def month_of(text: str) -> date:
    """The first day of a month written YYYY-MM. Raises UsageError REV-016."""
    year, _, month = text.partition("-")
    written = len(text) == 7 and text.isascii() and year.isdigit() and month.isdigit()
    if written and FIRST_YEAR <= int(year) <= LAST_YEAR and 1 <= int(month) <= 12:
        return date(int(year), int(month), 1)
    raise UsageError.of("REV-016", "this cannot be read as a month", value=text, expected="a month such as 2026-06")


def periods(first: str | None, last: str | None, by: str | None, day: date) -> list[Period]:
    """The periods from one month to another, both included; the running month ends on the day.

    Without months: the twelve up to the day. by None: all of it is one period. Raises UsageError REV-011, REV-016.
    """
    if by is not None and by not in BY:
        from cs_cli.base.near import did_you_mean

        raise UsageError.of("REV-011", f'"{by}" is not a kind of period{did_you_mean(by, BY)}', expected=", ".join(BY))
    to = month_of(last) if last else first_of_month(day)
    begin = month_of(first) if first else add_months(to, -11)
    if begin > to:
        raise UsageError.of("REV-016", f"{begin:%Y-%m} is after {to:%Y-%m}", expected="--from 2025-07 --to 2026-06")
    if to > day:
        raise UsageError.of(
            "REV-016", f"{to:%Y-%m} has not begun on {day.isoformat()}", next="an earlier --to, or a later --as-of"
        )
    groups: dict[str, list[tuple[date, date]]] = {}
    month = begin
    while month <= to:
        name = _name(month, by) if by else f"{begin:%Y-%m}..{to:%Y-%m}" if begin < to else f"{begin:%Y-%m}"
        groups.setdefault(name, []).append((month - timedelta(days=1), min(last_of_month(month), day)))
        month = add_months(month, 1)
    return [Period(name, tuple(months)) for name, months in groups.items()]


def _name(month: date, by: str) -> str:
    if by == "year":
        return f"{month:%Y}"
    return f"{month:%Y}-Q{(month.month + 2) // 3}" if by == "quarter" else f"{month:%Y-%m}"


def period_or_year(first: str | None, last: str | None, by: str | None, day: date) -> list[Period]:
    """As periods; where nothing is said the twelve months that end on the day."""
    return periods(first, last, by, day) if first or last or by else [trailing_year(day)]


def trailing_year(day: date) -> Period:
    """The twelve months that end on the day, as one comparison of two days."""
    start = add_months(day, -12, 31 if day == last_of_month(day) else None)
    return Period(f"12 months to {day.isoformat()}", ((start, day),))
