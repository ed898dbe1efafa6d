"""What playbooks did: how often they fired, who acted, how long it took, and what became of it against the control."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from cs_cli.cases.churns import churn_days
from cs_cli.cases.experiment import compared, drawn
from cs_cli.cases.memory import load_cases, load_tasks
from cs_cli.definitions.grammar import OUTCOME_DAYS, parse_outcome
from cs_cli.definitions.shapes import Playbook

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.cases.model import Case, Task
    from cs_cli.definitions.workspace import Definitions

LOOK_BACK = 90  # days of cases old enough to have an outcome, besides the time that an outcome takes


def window(books: Iterable[Playbook], day: date) -> date:
    """Since when to look, so that a quarter of cases is old enough to have an outcome of the longest time."""
    outcomes = (parse_outcome(book.control.outcome) for book in books)
    longest = max([OUTCOME_DAYS, *(found[1] for found in outcomes if found is not None)])
    return day - timedelta(days=longest + LOOK_BACK)


def effect_rows(
    conn: sqlite3.Connection, definitions: Definitions, day: date, since: date, *, only: str | None = None,
    by: str | None = None, known_at: date | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """One row per playbook over the cases opened after `since` up to `day`; with a dimension, one per segment as well.

    Inherited cases are left out: they began before anybody looked. ignored: closed by the data, nobody having looked.
    What became of them, against the control group, is `experiment.compared`; by: the dimension for playbooks that name
    none. Replaces the TEMP tables of the desk.
    """
    found = load_cases(conn, "opened_on > ? AND opened_on <= ? AND inherited = 0", [since.isoformat(), day.isoformat()])
    tasks = load_tasks(conn, "1")
    churned = churn_days(conn, definitions, day)
    books = {book.playbook: book for book in definitions.playbooks}
    names = [only] if only else sorted({book.playbook for book in definitions.playbooks if book.enabled}
                                       | {case.playbook for case in found.values()})
    rows: list[dict[str, Any]] = []
    for name in names:
        mine = [case for case in found.values() if case.playbook == name]
        book = books.get(name) or Playbook(name, "", "true")    # of a file that is gone
        split = by or book.control.by
        seen = drawn(conn, definitions, book, mine, day, known_at=known_at, churned=churned, by=split)
        became = compared(seen, book.control.share, split is not None)
        outcome = outcome_text(book)
        rows += [{"playbook": name, "outcome": outcome} | one for one in became[:-1]]
        rows.append({"playbook": name} | _done(mine, tasks.values(), day) | {"outcome": outcome} | became[-1])
    return rows


def outcome_text(book: Playbook) -> str:
    """The outcome with its time, also where none is written."""
    text = book.control.outcome
    return text if " within " in text else f"{text} within {OUTCOME_DAYS}d"


def _done(mine: Sequence[Case], tasks: Iterable[Task], day: date) -> dict[str, Any]:
    """What was done about the cases that were not held out."""
    acted = [case for case in mine if not case.control]
    numbers = {case.number for case in acted}
    own_tasks = [task for task in tasks if task.case in numbers]
    looked = [(case.acknowledged_on - case.opened_on).days for case in acted if case.acknowledged_on]
    stepped = [(case.next_step_on - case.opened_on).days for case in acted if case.next_step_on]
    closed = [case for case in acted if case.closed_on and case.closed_on <= day]
    ended = [(case.closed_on - case.opened_on).days for case in closed if case.closed_on]
    return {
        "fired": len(acted),
        "open": len(acted) - len(closed),
        "acknowledged": len(looked),
        "days_to_acknowledge": median(looked) if looked else None,
        "days_to_next_step": median(stepped) if stepped else None,
        "done": sum(1 for case in closed if case.outcome in ("done", "accepted")),
        "resolved": sum(1 for case in closed if case.outcome == "resolved"),
        "expired": sum(1 for case in closed if case.outcome == "expired"),
        "lost": sum(1 for case in closed if case.outcome == "lost"),
        "days_to_close": median(ended) if ended else None,
        "ignored": sum(1 for case in closed if case.acknowledged_on is None and case.next_step_on is None
                       and case.outcome in (None, "resolved", "lost", "expired")),
        "tasks_done": sum(1 for task in own_tasks if task.state == "done"),
        "tasks": len(own_tasks),
    }
