"""Clocks as people live with them: they wait while nobody is there for the case, and say when they run out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.cases.model import Case, changed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cs_cli.base.days import WorkCalendar
    from cs_cli.cases.people import People

CLOCKS = ("acknowledge", "next_step", "resolve")


def waited(case: Case, people: People, facts: Mapping[str, Any], calendar: WorkCalendar) -> Case:
    """The case with its clocks moved on by the working days before they run out on which nobody is there for it."""
    owner = people.holder(case.owner, facts)
    if owner is None:
        return case
    moved: dict[str, Any] = {}
    for name in CLOCKS:
        due: date | None = getattr(case, f"{name}_by")
        if due is not None:
            moved[f"{name}_by"] = _after(due, case.opened_on, owner, people, calendar)
    return changed(case, **moved) if moved else case


def _after(due: date, opened: date, owner: str, people: People, calendar: WorkCalendar) -> date:
    """due, later by each working day away between opening and the due day that this gives."""
    gone = 0
    while True:
        later = calendar.add(due, gone) if gone else due
        away = {
            day
            for first, last in people.days_away(owner, opened, later)
            for day in _days(first, last)
            if calendar.is_working(day)
        }
        if len(away) == gone:
            return later
        gone = len(away)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def next_clock(case: Case) -> tuple[str, date] | None:
    """The clock of an open case that runs out first and has not been stopped."""
    if not case.is_open:
        return None
    stopped = {"acknowledge": case.acknowledged_on, "next_step": case.next_step_on, "resolve": None}
    running = [
        (due, name) for name in CLOCKS if (due := getattr(case, f"{name}_by")) is not None and stopped[name] is None
    ]
    if not running:
        return None
    due, name = min(running)
    return name, due


def about_to_breach(case: Case, day: date, calendar: WorkCalendar) -> bool:
    """Whether a clock runs out today or on the next working day."""
    clock = next_clock(case)
    return clock is not None and day <= clock[1] <= calendar.add(day, 1)
