"""What was done for a renewal and why its health is what it is: rows of words beside the renewal rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.definitions.roles import renewal_lead
from cs_cli.revenue.runway import milestones
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from cs_cli.definitions.workspace import Definitions

LOOK_BACK_DAYS = 120  # the longest runway
TOUCHES = expand("""
SELECT a.account, r.day, r.kind FROM known_touch r JOIN account_of a ON a.ref = r.ref
WHERE r.day <= :day AND r.day > :since AND NOT @is_planned_touch(r.kind) ORDER BY a.account, r.day, r.id
""")
TASKS = """
SELECT c.account, t.id, t.state, t.do, t.due FROM task t JOIN cs_case c ON c.number = t.case_number
WHERE c.kind = 'renewal' AND c.opened_on <= :day AND t.state IN ('open', 'done')
  AND (t.state = 'open' AND c.state <> 'closed' OR t.done_on > :since AND t.done_on <= :day)
ORDER BY c.account, t.due, t.number
"""
# the points that a measure costs: what would be there at 100, less what is
LOST = """
SELECT m.account, m.measure, m.score, m.share * (100.0 - m.score) AS lost FROM account_measures m
WHERE m.score IS NOT NULL AND m.score < 70 ORDER BY m.account, lost DESC, m.position
"""
CAPS = "SELECT account, cap, at_most FROM account_caps ORDER BY account, at_most, cap"


def add_detail(conn: sqlite3.Connection, found: Sequence[dict[str, Any]], day: date) -> None:
    """Adds `done`, `health_why` and the number of open renewal tasks in `next` to rows of `renewals(detail=True)`.

    done: touches and finished renewal tasks of the last 120 days; health_why: the caps, and the two
    measures that cost most.
    """
    values = {"day": day.isoformat(), "since": (day - timedelta(days=LOOK_BACK_DAYS)).isoformat()}
    touches: dict[int, list[tuple[str, str]]] = {}
    for account, when, kind in conn.execute(TOUCHES, values):
        touches.setdefault(account, []).append((when, kind or "touch"))
    finished: dict[int, list[str]] = {}
    waiting: dict[int, list[str]] = {}
    for account, name, state, do, due in conn.execute(TASKS, values):
        if state == "done":
            finished.setdefault(account, []).append(name)
        else:
            waiting.setdefault(account, []).append(f"{do} (by {due})" if due else do)
    why: dict[int, list[str]] = {}
    for account, cap, at_most in conn.execute(CAPS):
        why.setdefault(account, []).append(f"{cap}: at most {at_most:g}")
    lost: dict[int, int] = {}
    for account, measure, score, _ in conn.execute(LOST):
        if lost.setdefault(account, 0) < 2:
            lost[account] += 1
            why.setdefault(account, []).append(f"{measure} {score:.0f}")
    for row in found:
        account = row["account"]
        done = (
            [f"{len(mine)} touch{'es' if len(mine) > 1 else ''}, last {mine[-1][1]} on {mine[-1][0]}"]
            if (mine := touches.get(account))
            else []
        )
        done += finished.get(account, [])
        row["done"] = "; ".join(done) or "nothing in 120 days"
        row["health_why"] = "; ".join(why.get(account, [])) or (
            "nothing is low" if row["band"] == "green" else "unknown"
        )
        if waiting.get(account):
            count = len(waiting[account])
            row["next"] += f" · {count} open task{'s' if count > 1 else ''}, first: {waiting[account][0]}"


def runway_rows(row: dict[str, Any], definitions: Definitions, day: date) -> list[dict[str, Any]]:
    """The stages of one renewal: {stage, from_on, role, owner, now}; now marks the one it is in."""
    from cs_cli.cases.people import People

    people = People(definitions.settings, day)
    return [
        {
            "stage": name,
            "from_on": when.isoformat(),
            "role": role,
            "owner": people.who(role, row["people"]),
            "now": name == row["stage"],
        }
        for name, when, role in milestones(row, renewal_lead(row))
    ]
