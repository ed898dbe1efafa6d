"""The workspace's working days, from cs.yaml. Light to load: lists count in working days too."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cs_cli.base.days import WorkCalendar

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings


def work_calendar(settings: Settings, years: range) -> WorkCalendar:
    """The workspace's working days; country codes in `holidays` are looked up for these years."""
    days: set[date] = set()
    for written in settings.holidays:
        if written[:4].isdigit():
            days.add(date.fromisoformat(written))
            continue
        import holidays

        country, _, part = written.partition("-")
        days |= set(holidays.country_holidays(country, subdiv=part or None, years=years))
    return WorkCalendar.of(settings.working_days, days)


def step_calendar(settings: Settings, first: date, last: date) -> WorkCalendar:
    """The working days that the step may count over on the days first … last: due days reach years ahead."""
    return work_calendar(settings, range(first.year - 1, last.year + 3))
