"""What held before anybody looked: patience that the data already show, and cases that are inherited.

It is so on the first run of a playbook, after an edit of definitions (a tier's limit, a condition) and for an account
that has just arrived. Without it a playbook with `for: 7d` would be blind on such a day, and what has long been so
would pass for news.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from cs_cli.cases.day_truth import day_truth
from cs_cli.cases.model import Memory, Tracker, changed

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.cases.model import Verdict
    from cs_cli.cases.rules import Rule
    from cs_cli.definitions.workspace import Definitions

NEW_TO_US = 7  # days: what began since about the last export of an account that has just arrived is news


def prepared(
    conn: sqlite3.Connection,
    definitions: Definitions,
    rules: list[Rule],
    memory: Memory,
    day: date,
    known_at: date | None,
) -> Memory:
    """The memory for a day's step, with what held already for new playbooks, edited definitions and new accounts."""
    memory = warmed(conn, definitions, rules, memory, day, known_at)
    last = conn.execute("SELECT definitions, change_set FROM run_log ORDER BY day DESC LIMIT 1").fetchone()
    old = [rule for rule in rules if rule.name in memory.known]
    if last is None or not old:
        return memory
    if last[0] != definitions.hash:
        lookback = {rule.name: max(rule.hold, 1) for rule in old}
        return _served(memory, old, _held_before(conn, definitions, old, lookback, day, known_at), day)
    arrived = {row[0] for row in conn.execute("SELECT account FROM account_registry WHERE created_by > ?", last[1:])}
    if not arrived:
        return memory
    lookback = {rule.name: max(rule.hold, NEW_TO_US) for rule in old}
    held = _held_before(conn, definitions, old, lookback, day, known_at)
    return _served(
        memory, old, {name: [one for one in found if one.account in arrived] for name, found in held.items()}, day
    )


def warmed(
    conn: sqlite3.Connection,
    definitions: Definitions,
    rules: list[Rule],
    memory: Memory,
    day: date,
    known_at: date | None,
) -> Memory:
    """Patience for playbooks that never ran: what held `for` so long ago, and holds today, has held since.

    The days between are not looked at; it is for cases that are inherited anyway.
    """
    new = [rule for rule in rules if rule.name not in memory.known and rule.hold]
    if not new:
        return memory
    held = _held_before(conn, definitions, new, {rule.name: rule.hold for rule in new}, day, known_at)
    return _served(memory, new, held, day)


def _held_before(
    conn: sqlite3.Connection,
    definitions: Definitions,
    rules: list[Rule],
    lookback: Mapping[str, int],
    day: date,
    known_at: date | None,
) -> dict[str, list[Verdict]]:
    """playbook → the verdicts that held so many days before, by the data and by today's definitions."""
    found: dict[str, list[Verdict]] = {}
    for days in sorted({lookback[rule.name] for rule in rules}):
        mine = [rule for rule in rules if lookback[rule.name] == days]
        truth, _ = day_truth(conn, definitions, mine, Memory(), day - timedelta(days=days), known_at, whole=False)
        for name, verdicts in truth.verdicts.items():
            found[name] = [verdict for verdict in verdicts.values() if verdict.holds]
    return found


def _served(memory: Memory, rules: Iterable[Rule], held: Mapping[str, Iterable[Verdict]], day: date) -> Memory:
    """The memory with the patience served of what has neither a case nor a counter, and these called inherited."""
    trackers = dict(memory.trackers)
    open_keys = {case.key for case in memory.cases.values()}
    already: dict[str, frozenset[str]] = {}
    for rule in rules:
        news = set()
        for verdict in held.get(rule.name, ()):
            key = (rule.name, verdict.subject)
            before = trackers.get(key, Tracker())
            if key in open_keys or before.held is not None:
                continue
            news.add(verdict.subject)
            if rule.hold:
                trackers[key] = changed(before, held=rule.hold - 1, counted=day - timedelta(days=1), inherited=True)
        already[rule.name] = frozenset(news)
    return msgspec.structs.replace(memory, trackers=trackers, already={**memory.already, **already})
