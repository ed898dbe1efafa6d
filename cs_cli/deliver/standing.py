"""Where a case stands: what an inherited one is told by, once, instead of what should have been said before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.clocks import next_clock
from cs_cli.cases.memory import load_cases, load_tasks
from cs_cli.cases.model import WORSE

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.base.days import WorkCalendar

CLOCK = {"acknowledge": "to be acknowledged by", "next_step": "next step by", "resolve": "to be resolved by"}
NO_DAY = "9999-12-31"


def standing(
    conn: sqlite3.Connection, calendar_of: Callable[[int], WorkCalendar], number: int, facts: Mapping[str, Any],
    day: date,
) -> tuple[str, tuple[int, str]]:  # fmt: skip
    """(lines of text, what it is sorted by: severity, the day that matters) of an open case.

    facts: of its account or contract; decide_by among them gives the last safe day. calendar_of: a year's working days.
    """
    from cs_cli.revenue.runway import last_safe_day

    case = load_cases(conn, "number = ?", [number])[number]
    lines, matters = [case.because] if case.because else [], NO_DAY
    decide = facts.get("decide_by")
    if decide:
        by = date.fromisoformat(decide)
        safe = last_safe_day(by, calendar_of(by.year))
        matters = safe.isoformat()
        lines.append(f"last safe day {matters}" + (" (it has passed)" if safe < day else ""))
    clock = next_clock(case)
    if clock is not None:
        lines.append(f"{CLOCK[clock[0]]} {clock[1]}")
        matters = min(matters, clock[1].isoformat())
    tasks = load_tasks(conn, "case_number = ? AND state = 'open'", [number]).values()
    if tasks:
        task = min(tasks, key=lambda one: (one.due is None, one.due or day, one.number))
        lines.append(f"next: t{task.number} {task.do}" + (f", due {task.due}" if task.due else ""))
    return "\n".join(lines), (WORSE.get(case.severity, len(WORSE)), matters)
