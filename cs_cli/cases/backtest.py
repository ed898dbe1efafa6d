"""What playbooks would have done: past days replayed through the same pure step, nothing written.

Every day is seen as of itself by the dates in the data, never by import dates. An outcome is a
churn: the day an account's last paying span ended. Counts come with their n; rates without n are not given.
"""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from cs_cli.cases.churns import churn_days
from cs_cli.cases.day_truth import day_truth
from cs_cli.cases.first_days import warmed
from cs_cli.cases.model import Case, Memory
from cs_cli.cases.rules import compile_all
from cs_cli.cases.run import playbook_names
from cs_cli.cases.step import step
from cs_cli.definitions.calendar import step_calendar

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


class Replay(msgspec.Struct):
    """All cases of the replayed days by number (as they ended), days on which a playbook was braked, and churns.

    churned: account → the days on which it stopped paying, up to `until`. renewals: case number → renewal date.
    """

    since: date
    until: date
    cases: dict[int, Case] = msgspec.field(default_factory=dict)
    braked: dict[str, int] = msgspec.field(default_factory=dict)
    churned: dict[int, list[date]] = msgspec.field(default_factory=dict)
    renewals: dict[int, date] = msgspec.field(default_factory=dict)


def replay(
    conn: sqlite3.Connection, definitions: Definitions, since: date, until: date, *, only: str | None = None
) -> Replay:
    """Runs the days since … until in memory. only: one playbook is reported, though all are run, for inhibition.

    A disabled playbook named by `only` is replayed as if it were on.
    """
    playbooks = [
        msgspec.structs.replace(book, enabled=True) if book.playbook == only else book for book in definitions.playbooks
    ]
    rules = compile_all(playbooks, playbook_names(definitions))
    calendar = step_calendar(definitions.settings, since, until)
    memory, found = Memory(), Replay(since, until)
    day = since
    while day <= until:
        memory = warmed(conn, definitions, rules, memory, day, None)
        truth, _ = day_truth(conn, definitions, rules, memory, day, None, whole=False)
        changes = step(rules, memory, day, truth, calendar)
        for case in changes.cases:
            if only is None or case.playbook == only:
                found.cases[case.number] = case
                verdict = truth.verdicts.get(case.playbook, {}).get(case.subject)
                renewal = verdict.dates.get("renewal_date") if verdict else None
                if renewal and case.number not in found.renewals:
                    found.renewals[case.number] = renewal
        for brake in changes.braked:
            found.braked[brake.playbook] = found.braked.get(brake.playbook, 0) + 1
        memory = memory.after(changes)
        day += timedelta(days=1)
    found.churned = churn_days(conn, definitions, until)
    return found


def summary(found: Replay, playbooks: list[str], horizon: int = 90) -> list[dict[str, Any]]:
    """One row per playbook: how often it fired, how noisy it was, and what came after.

    fired counts cases opened after the first day (those of the first day held already: `inherited`).
    followed: cases whose account churned within `horizon` days of opening; judged: those old enough to tell.
    warned of churns: accounts that churned within the replayed days and had a case open before, within the horizon.
    Leads are medians in days.
    """
    weeks = max(((found.until - found.since).days + 1) / 7, 1 / 7)
    churns = [
        (account, day) for account, days in found.churned.items() for day in days if found.since < day <= found.until
    ]
    rows = []
    for name in playbooks:
        cases = [case for case in found.cases.values() if case.playbook == name and not case.control]
        fired = [case for case in cases if not case.inherited]
        leads = [lead for case in cases if (lead := _lead(case, found, horizon)) is not None]
        judged = [
            case
            for case in cases
            if (found.until - case.opened_on).days >= horizon or _lead(case, found, horizon) is not None
        ]
        warned = [
            (account, day)
            for account, day in churns
            if any(case.account == account and 0 <= (day - case.opened_on).days <= horizon for case in cases)
        ]
        to_renewal = [
            (found.renewals[case.number] - case.opened_on).days for case in fired if case.number in found.renewals
        ]
        rows.append(
            {
                "playbook": name,
                "fired": len(fired),
                "inherited": len(cases) - len(fired),
                "accounts": len({case.account for case in cases}),
                "per_week": round(len(fired) / weeks, 2),
                "closed": sum(1 for case in fired if not case.is_open),
                "judged": len(judged),
                "followed": len(leads),
                "precision": round(len(leads) / len(judged), 3) if judged else None,
                "churns": len(churns),
                "warned": len(warned),
                "recall": round(len(warned) / len(churns), 3) if churns else None,
                "lead_churn": median(leads) if leads else None,
                "lead_renewal": median(to_renewal) if to_renewal else None,
                "braked_days": found.braked.get(name, 0),
            }
        )
    return rows


def _lead(case: Case, found: Replay, horizon: int) -> int | None:
    """Days from opening to the account's next churn within the horizon."""
    days = [(day - case.opened_on).days for day in found.churned.get(case.account, [])]
    return min((n for n in days if 0 <= n <= horizon), default=None)
