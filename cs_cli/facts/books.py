"""What is paid a year on a day, line by line, also where no account is known: what an import compares before and after.

The lines are those of mrr_span, so a sum over an account's lines is the ARR of every report.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.facts.spans import build_spans
from cs_cli.intake.moved import Line, Measure
from cs_cli.store.clock import set_clock

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

_LINES = """
SELECT source, subscription, account, CASE WHEN count(*) = count(arr_minor) THEN sum(arr_minor) END
FROM temp.mrr_span
WHERE from_on <= :day AND (to_on IS NULL OR to_on > :day)
GROUP BY source, subscription, account
ORDER BY source, subscription, account
"""


def measure(settings: Settings, day: date, mrr_from: str = "auto") -> Measure:
    """A function that reads the lines of that day from a connection, in minor units of the reporting currency."""

    def lines(conn: sqlite3.Connection) -> list[Line]:
        set_clock(conn, day)
        # a reference without an account stands for itself, as a negative number
        conn.execute(
            "INSERT INTO temp.account_of SELECT id, -id FROM main.ref WHERE id NOT IN (SELECT ref FROM temp.account_of)"
        )
        build_spans(conn, settings, day, mrr_from)
        found = [Line(*row) for row in conn.execute(_LINES, {"day": day.isoformat()})]
        conn.execute("DELETE FROM temp.account_of WHERE account < 0")
        conn.execute("DELETE FROM temp.mrr_span WHERE account < 0")
        return found

    return lines
