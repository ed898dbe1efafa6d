"""Working days as a table, so that facts can count them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_cli.definitions.calendar import work_calendar

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings

YEARS_BACK, YEARS_AHEAD = 2, 3


def build_working_days(conn: sqlite3.Connection, settings: Settings, day: date) -> None:
    """TEMP TABLE working_day(day, n): n counts the working days up to and including the day.

    From two years before the day to three years after it; what lies beyond counts as its ends.
    """
    calendar = work_calendar(settings, range(day.year - YEARS_BACK, day.year + YEARS_AHEAD + 1))
    conn.execute("DROP TABLE IF EXISTS temp.working_day")
    conn.execute("CREATE TEMP TABLE working_day(day TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")
    rows, n = [], 0
    one = date(day.year - YEARS_BACK, 1, 1)
    while one.year <= day.year + YEARS_AHEAD:
        n += calendar.is_working(one)
        rows.append((one.isoformat(), n))
        one += timedelta(days=1)
    conn.executemany("INSERT INTO working_day VALUES (?, ?)", rows)


def count_working_days(conn: sqlite3.Connection, settings: Settings, day: date) -> None:
    """TEMP TABLE working_days_until(day, n) for the notice days of the terms: working days after the day up to and
    including it, negative where it has passed. A few days are counted faster than a whole calendar is laid out."""
    found = [date.fromisoformat(one) for (one,) in conn.execute("SELECT DISTINCT notice_date FROM term") if one]
    years = {day.year, *(one.year for one in found)}
    calendar = work_calendar(settings, range(min(years), max(years) + 1))
    conn.execute("DROP TABLE IF EXISTS temp.working_days_until")
    conn.execute("CREATE TEMP TABLE working_days_until(day TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")
    conn.executemany(
        "INSERT INTO working_days_until VALUES (?, ?)",
        (
            (one.isoformat(), calendar.between(day, one) if one >= day else -calendar.between(one, day))
            for one in found
        ),
    )
