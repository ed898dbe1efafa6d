"""A day far ahead is not run by mistake: its cases would stand there, and cases do not go back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_cli.base.errors import GuardStopped

if TYPE_CHECKING:
    import sqlite3

FAR_AHEAD = 45  # days; a demo or a rehearsal can go on day by day, a wrong year must not fire everything


def refuse_ahead(conn: sqlite3.Connection, day: date, today: date, override: str) -> None:
    """Raise GuardStopped CAS-035 (15) for a day over FAR_AHEAD after today, the last import and the last run.

    override: the flag to name.
    """
    (known,) = conn.execute(
        "SELECT max(day) FROM (SELECT max(day) AS day FROM change_set UNION ALL SELECT max(day) FROM run_log)"
    ).fetchone()
    come = max(today, date.fromisoformat(known)) if known else today
    if day <= come + timedelta(days=FAR_AHEAD):
        return
    raise GuardStopped.of(
        "CAS-035",
        f"{day} has not come: today is {today}",
        name="--as-of",
        value=day.isoformat(),
        expected=f"a day up to {come + timedelta(days=FAR_AHEAD)}",
        next=f"cs playbooks preview --as-of {day} looks ahead and changes nothing; {override} runs it all the same",
    )
