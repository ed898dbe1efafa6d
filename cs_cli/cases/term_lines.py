"""The renewal lines of the day against the remembered ones: what the database says for `same_term.match`.

Cheap while everything stands where it stood: records are looked through only when a remembered term has no line.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.cases.model import BY_HAND, Memory, Seen
from cs_cli.cases.same_term import Fate, Line, Match, match, near

if TYPE_CHECKING:
    import sqlite3

# what a contract is called once somebody has decided on it
DECIDED = frozenset({
    "churned", "lost", "renewed", "expanded", "contracted", "ended", "expired", "closed", "completed", "cancelled",
    "canceled", "terminated", "superseded", "replaced", "draft", "void",
})  # fmt: skip
LINES = "SELECT contract, account, origin, start_on, end_on, ordinal FROM term WHERE rolling = 0"
# a word of a hand on a record that is not there any more is no record
RECORDS = """
SELECT a.account, c.source, c.key, coalesce(fold(c.status), ''), c.source <> 'hand' OR c.end_on IS NOT NULL
FROM known_contract c JOIN account_of a ON a.ref = c.ref
UNION ALL
SELECT a.account, s.source, s.key, CASE WHEN s.ended_on <= :day OR s.cancelled_on <= :day THEN 'ended'
                                        ELSE coalesce(fold(s.status), '') END, 1
FROM known_subscription s JOIN account_of a ON a.ref = s.ref
"""
MERGED = """
SELECT i.account, a.account FROM main.identity i JOIN account_of a ON a.ref = i.ref
WHERE i.how = 'own' AND i.account NOT IN (SELECT account FROM population)
"""


def homes(conn: sqlite3.Connection) -> dict[int, int]:
    """Accounts that are not there any more → the account that they were merged into."""
    return dict(conn.execute(f"{MERGED} ORDER BY i.account, a.account").fetchall())


def read_lines(conn: sqlite3.Connection) -> dict[str, Line]:
    """Every renewal line of the day by its id. The terms must stand."""
    return {
        key: Line(key, account, origin, None if start is None else date.fromisoformat(start),
                  date.fromisoformat(end), ordinal)
        for key, account, origin, start, end, ordinal in conn.execute(LINES)
    }  # fmt: skip


def find_terms(
    conn: sqlite3.Connection, memory: Memory, subjects: Collection[str], lines: Mapping[str, Line], day: date,
    account_rules: Collection[str],
) -> Match:  # fmt: skip
    """The terms of today that the remembered contracts are. subjects: those of contract playbooks that run;
    account_rules: the names of the others, whose subjects are accounts."""
    seen: dict[str, list[Seen]] = {}
    for one in sorted(memory.seen.values(), key=lambda one: one.nth):
        seen.setdefault(one.subject, []).append(one)
    for subject in subjects:
        if subject not in seen and subject in lines:
            seen[subject] = [_first_sight(memory, subject, lines[subject], account_rules)]
    lost = [subject for subject in {*seen, *subjects} if not _stands(seen.get(subject, ()), lines.get(subject))]
    if not lost:
        return match(seen, lines, {}, {})
    home = homes(conn)
    fates = _fates(conn, lost, seen, home, day)
    found = match(seen, lines, fates, home)
    unseen = {subject for subject in subjects if subject not in seen}
    found.missing |= {subject for subject in unseen if fates.get(subject) == "absent"}
    return found


def _stands(terms: Sequence[Seen], line: Line | None) -> bool:
    return line is not None and any(one.account == line.account and near(one, line) for one in terms)


def _first_sight(memory: Memory, subject: str, line: Line, account_rules: Collection[str]) -> Seen:
    """A contract that was remembered before its terms were: its cases and last closes say what the term is called.

    What was opened or closed since the term began is about this term, whatever number it had then.
    """
    told: list[tuple[date, str]] = [
        (case.opened_on, case.term)
        for case in memory.cases.values()
        if case.subject == subject and case.term and case.playbook not in account_rules and case.playbook != BY_HAND
    ]
    told += [
        (tracker.closed_on, tracker.closed_term)
        for (book, about), tracker in memory.trackers.items()
        if about == subject and tracker.closed_on and tracker.closed_term and book not in account_rules
    ]
    names = [name for on, name in sorted(told) if line.start_on is None or on >= line.start_on]
    return line.seen(None if not names or line.name in {name for _, name in told} else names[-1])


def _fates(
    conn: sqlite3.Connection, subjects: Collection[str], seen: Mapping[str, Sequence[Seen]], home: Mapping[int, int],
    day: date,
) -> dict[str, Fate]:  # fmt: skip
    """What the records say of subjects that have no line, or another one: there, over or absent."""
    asked = set(subjects)
    found: dict[str, Fate] = dict.fromkeys(asked, "absent")
    decided: set[str] = set()
    for account, source, key, status, whole in conn.execute(RECORDS, {"day": day.isoformat()}):
        for subject in {key, f"{source}:{key}:{account}"} & asked:
            terms = seen.get(subject)
            if terms and home.get(terms[-1].account, terms[-1].account) != account:
                continue
            if whole:
                found[subject] = "there"
            if status in DECIDED:
                decided.add(subject)
    for subject in decided:
        if found[subject] == "there":
            found[subject] = "over"
    return found
