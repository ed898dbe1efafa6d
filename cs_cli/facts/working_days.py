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
