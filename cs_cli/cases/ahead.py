"""A day that has not come is not run by mistake: its cases would stand there, and cases do not go back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_cli.base.errors import GuardStopped

if TYPE_CHECKING:
    import sqlite3

PLAYED = 45  # days that a fixed `today` may be walked past, as a demo is; the same as for a reminder's clock


def refuse_ahead(conn: sqlite3.Connection, day: date, today: date, *, fixed: bool, override: str) -> None:
    """Raise GuardStopped CAS-035 (15) for a day after today, after the last import and after the last run.

    fixed: today stands still in cs.yaml, so days a little past it are how a demo goes on. override: the flag to name.
    """
    (known,) = conn.execute(
        "SELECT max(day) FROM (SELECT max(day) AS day FROM change_set UNION ALL SELECT max(day) FROM run_log)"
    ).fetchone()
    come = max(today, date.fromisoformat(known)) if known else today
    if day <= come + timedelta(days=PLAYED if fixed else 0):
        return
    whose = "cs.yaml says that today is" if fixed else "today is"
    raise GuardStopped.of(
        "CAS-035",
        f"{day} has not come: {whose} {today}",
        name="--as-of",
        value=day.isoformat(),
        expected=f"a day up to {come + timedelta(days=PLAYED if fixed else 0)}",
        next=f"cs playbooks preview --as-of {day} looks ahead and changes nothing; {override} runs it all the same",
    )
