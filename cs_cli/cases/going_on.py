"""Cases that go on: what the data closed is taken up again when its term is there again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from cs_cli.cases.model import Case, Changes, Key, Memory, Seen, Task, Truth, changed

if TYPE_CHECKING:
    from cs_cli.cases.rules import Rule

TERM_OVER, ACCOUNT_GONE, ACCOUNT_LOST = "the term is over", "the account is gone", "the account is lost"
NOT_FOR_IT, CEASED = "it does not apply any more", "it does not hold any more"
MOVED_ON = "what it is held against has moved on: nobody can tell whether it is settled"
WINDOW_OVER = "its window ran out, and nothing else changed"
BY_THE_DATA = frozenset({TERM_OVER, ACCOUNT_GONE, ACCOUNT_LOST, NOT_FOR_IT, CEASED, MOVED_ON, WINDOW_OVER})
IN_THIS_TERM = "opened in this term already"
KEPT_TERMS = timedelta(days=400)  # after its end; a term waits for a decision for a year


def sorted_cases(cases: Mapping[int, Case]) -> list[Case]:
    """By number, so that the last one of several wins."""
    return [cases[number] for number in sorted(cases)]


def may_go_on(case: Case, day: date) -> bool:
    """Whether it was the data that closed the case, not a person and not success."""
    closed = case.closed_on is not None and case.closed_on <= day
    return closed and case.outcome in ("resolved", "lost", "expired") and case.reason in BY_THE_DATA


def taken_up(case: Case, tasks: Iterable[Task]) -> tuple[Case, list[Task]]:
    """The case as it was before it was closed, and the tasks that the close had skipped."""
    skipped = f"case closed: {case.reason}"
    back = changed(
        case, state="acknowledged" if case.acknowledged_on else "open", closed_on=None, outcome=None, reason=None
    )
    mine = (task for task in tasks if task.case == case.number and task.state == "skipped" and task.why == skipped)
    return back, [changed(task, state="open", done_on=None, why=None) for task in mine]


def seen_after(
    rules: Sequence[Rule], memory: Memory, changes: Changes, truth: Truth, day: date
) -> dict[Key, Seen | None]:
    """How the terms behind what is remembered after this day differ from those seen before. memory: already moved."""
    found: dict[Key, Seen | None] = {}
    now: dict[Key, Seen] = {}
    for key, one in memory.seen.items():
        new = truth.renamed.get(one.subject, one.subject)
        if new != one.subject:
            found.setdefault(key, None)
            one = msgspec.structs.replace(one, subject=new)
        now[new, one.term] = one
    after = memory.after(changes)
    contracts = {rule.name for rule in rules if rule.subject == "contract"}
    keys = {*(case.key for case in after.cases.values()), *after.trackers}
    last: dict[str, int] = {}
    for one in now.values():
        last[one.subject] = max(last.get(one.subject, 0), one.nth)
    for subject in sorted({subject for book, subject in keys if book in contracts} & truth.terms.keys()):
        term = truth.terms[subject]
        before = now.get((subject, term.term))
        nth = last.get(subject, 0)
        if before is None or before.nth != nth:
            nth += 1
        now[subject, term.term] = msgspec.structs.replace(term, nth=nth)
        last[subject] = nth
    for key, one in now.items():
        if one.nth != last[one.subject] and one.end_on + KEPT_TERMS < day:
            if key in memory.seen:
                found[key] = None
        elif memory.seen.get(key) != one:
            found[key] = one
    return found
