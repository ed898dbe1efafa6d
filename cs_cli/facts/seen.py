"""On which days records speak: read once from the data, then answered for every day that is looked at.

A run, a back-test or a trend looks at many days; how far the exports reach by each of them is one seek here.
TEMP TABLE seen_day(kind, what, day, brought): what is a day column of the kind, or for usage a metric's number, and
brought then the newest import with a row of that day; a record without any day stands under the day ''. Void as soon as
the data or the known-at clock are others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date


def newest(conn: sqlite3.Connection, kind: str, columns: Sequence[str], day: date) -> str | None:
    """The newest day ≤ day in any of the kind's day columns."""
    _fill(conn, kind, columns)
    marks = ", ".join("?" * len(columns))
    row = conn.execute(
        f"SELECT max(day) FROM temp.seen_day WHERE kind = ? AND what IN ({marks}) AND day <= ?",
        (kind, *columns, day.isoformat()),
    ).fetchone()
    return None if row[0] is None else str(row[0])


def recent_days(conn: sqlite3.Connection, kind: str, what: Sequence[str | int], day: date, most: int) -> list[date]:
    """The newest days ≤ day in any of the kind's day columns (for usage: of a metric's number), oldest first."""
    _fill(conn, kind, () if kind == "usage" else [str(one) for one in what])
    marks = ", ".join("?" * len(what))
    found = conn.execute(
        f"SELECT DISTINCT day FROM temp.seen_day WHERE kind = ? AND what IN ({marks}) AND day <= ? AND day <> '' "
        "ORDER BY day DESC LIMIT ?",
        (kind, *what, day.isoformat(), most),
    ).fetchall()
    return [date.fromisoformat(one) for (one,) in reversed(found)]


def brought_on(conn: sqlite3.Connection, metric: int, day: date) -> str | None:
    """The day that the newest import with a row of the metric's day speaks for; None where no import brought it."""
    row = conn.execute(
        "SELECT coalesce(c.speaks_for, c.day) FROM temp.seen_day s JOIN main.change_set c ON c.id = s.brought "
        "WHERE s.kind = 'usage' AND s.what = ? AND s.day = ? AND c.kind = 'import'",
        (metric, day.isoformat()),
    ).fetchone()
    return None if row is None else str(row[0])


def has_undated(conn: sqlite3.Connection, kind: str, columns: Sequence[str]) -> bool:
    """Whether a record of the kind has none of the days."""
    _fill(conn, kind, columns)
    row = conn.execute("SELECT 1 FROM temp.seen_day WHERE kind = ? AND what = '' AND day = ''", (kind,)).fetchone()
    return row is not None


def usage_edges(conn: sqlite3.Connection, day: date) -> dict[int, tuple[str, str]]:
    """Metric → its first and last day of usage ≤ day, of the metrics that have any."""
    _fill(conn, "usage", ())
    return {
        metric: (first, last)
        for metric, first, last in conn.execute(
            "SELECT what, min(day), max(day) FROM temp.seen_day WHERE kind = 'usage' AND day <= ? GROUP BY what",
            (day.isoformat(),),
        )
    }


def _fill(conn: sqlite3.Connection, kind: str, columns: Sequence[str]) -> None:
    """Reads the kind's days, unless they were read before from the same data."""
    if conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'seen_kind'").fetchone() is None:
        conn.execute("CREATE TEMP TABLE seen_kind(kind TEXT PRIMARY KEY, known, change_set, row) WITHOUT ROWID")
        conn.execute(
            "CREATE TEMP TABLE seen_day(kind, what, day TEXT, brought INTEGER, PRIMARY KEY (kind, what, day)) "
            "WITHOUT ROWID"
        )
    last_row = "NULL" if kind == "usage" else f"(SELECT max(id) FROM main.{kind})"
    state = conn.execute(
        f"SELECT (SELECT known FROM temp.clock), (SELECT max(id) FROM main.change_set WHERE kind <> 'run'), {last_row}"
    ).fetchone()
    before = conn.execute("SELECT known, change_set, row FROM temp.seen_kind WHERE kind = ?", (kind,)).fetchone()
    if before == state:
        return
    conn.execute("DELETE FROM temp.seen_day WHERE kind = ?", (kind,))
    if kind == "usage":
        # the word is added afterwards: comparing it as well for every row of usage takes half as long again
        conn.execute(
            "INSERT INTO temp.seen_day SELECT 'usage', metric, day, brought FROM "
            "(SELECT metric, day, max(import_id) AS brought FROM known_usage GROUP BY metric, day)"
        )
    for column in columns:
        conn.execute(
            f"INSERT INTO temp.seen_day(kind, what, day) SELECT DISTINCT ?, ?, {column} FROM known_{kind} "
            f"WHERE ref IS NOT NULL AND {column} IS NOT NULL",
            (kind, column),
        )
    none = " AND ".join(f"{column} IS NULL" for column in columns)
    if columns and conn.execute(f"SELECT 1 FROM known_{kind} WHERE ref IS NOT NULL AND {none} LIMIT 1").fetchone():
        conn.execute("INSERT INTO temp.seen_day(kind, what, day) VALUES (?, '', '')", (kind,))
    conn.execute("INSERT OR REPLACE INTO temp.seen_kind VALUES (?, ?, ?, ?)", (kind, *state))
