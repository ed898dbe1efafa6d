"""What playbooks did: how often they fired, who acted, how long it took, and what became of it against the control."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from cs_cli.cases.churns import churn_days
from cs_cli.cases.memory import load_cases, load_tasks

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

HORIZON = 90  # days in which a churn counts as what became of a case; one quarter


def effect_rows(
    conn: sqlite3.Connection, definitions: Definitions, day: date, since: date, *, only: str | None = None
) -> list[dict[str, Any]]:
    """One row per playbook over the cases opened after `since` up to `day`.

    Inherited cases are left out: they began before anybody looked. ignored: closed by the data, nobody having looked.
    churned and control_churned count the accounts that stopped paying within 90 days, of n old enough to tell.
    """
    found = load_cases(conn, "opened_on > ? AND opened_on <= ? AND inherited = 0", [since.isoformat(), day.isoformat()])
    tasks = load_tasks(conn, "1")
    churned = churn_days(conn, definitions, day)
    names = [only] if only else sorted({book.playbook for book in definitions.playbooks if book.enabled}
                                       | {case.playbook for case in found.values()})
    rows = []
    for name in names:
        mine = [case for case in found.values() if case.playbook == name]
        acted = [case for case in mine if not case.control]
        held_out = [case for case in mine if case.control]
        numbers = {case.number for case in acted}
        own_tasks = [task for task in tasks.values() if task.case in numbers]
        looked = [(case.acknowledged_on - case.opened_on).days for case in acted if case.acknowledged_on]
        stepped = [(case.next_step_on - case.opened_on).days for case in acted if case.next_step_on]
        closed = [case for case in acted if case.closed_on and case.closed_on <= day]
        ended = [(case.closed_on - case.opened_on).days for case in closed if case.closed_on]
        old, old_control = _old_enough(acted, day), _old_enough(held_out, day)
        rows.append({
            "playbook": name,
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
            "churned": sum(1 for case in old if _churned(case.account, case.opened_on, churned)),
            "n": len(old),
            "control_churned": sum(1 for case in old_control if _churned(case.account, case.opened_on, churned)),
            "control_n": len(old_control),
        })
    return rows


def _old_enough(cases: list[Any], day: date) -> list[Any]:
    return [case for case in cases if (day - case.opened_on).days >= HORIZON]


def _churned(account: int, opened_on: date, churned: dict[int, list[date]]) -> bool:
    return any(opened_on <= gone <= opened_on + timedelta(days=HORIZON) for gone in churned.get(account, []))
