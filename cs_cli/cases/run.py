"""The daily run: facts, segments, health, then the step; day by day after days without a run.

A day is computed on a snapshot and written in one transaction, only if nothing was written by
somebody else meanwhile; else it is computed again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from cs_cli.base.errors import Busy, UsageError
from cs_cli.cases.day_truth import day_truth
from cs_cli.cases.first_days import prepared
from cs_cli.cases.memory import load_memory, write_changes
from cs_cli.cases.model import Changes, Truth
from cs_cli.cases.renamed import carry_over
from cs_cli.cases.rules import Rule, compile_all
from cs_cli.cases.step import step
from cs_cli.definitions.calendar import step_calendar

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.base.days import WorkCalendar
    from cs_cli.definitions.conditions import Names
    from cs_cli.definitions.workspace import Definitions, Workspace

__all__ = ["RunResult", "playbook_names", "run_day"]

TRIES = 5


@dataclass
class RunResult:
    """What a run did, counted over all its days; the lists hold case numbers.

    braked: (playbook, how many it would have opened, its limit) on the last day. inherited: cases
    that held already on their playbook's first run. unknown: per playbook, how many subjects cannot
    be told on the last day.
    """

    day: date
    days: int = 0
    opened: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    inherited: list[int] = field(default_factory=list)
    tasks: int = 0
    braked: list[tuple[str, int, str]] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)


def playbook_names(definitions: Definitions) -> Names:
    """Every name that a playbook's conditions may use."""
    from cs_cli.facts.catalogue import names
    from cs_cli.scoring.names import all_names

    return all_names(names(definitions.settings), definitions.segments, definitions.health)


def run_day(
    conn: sqlite3.Connection,
    ws: Workspace | None,
    definitions: Definitions,
    day: date,
    *,
    at: str,
    known_at: date | None = None,
) -> RunResult:
    """Runs `day`, after the days since the last run. at: the instant that is written down, UTC ISO.

    Twice on one day with nothing new changes nothing. Raises UsageError CAS-001 when a later day has
    been run already, Busy CAS-002 when others keep writing.
    """
    rules = compile_all(definitions.playbooks, playbook_names(definitions))
    result = RunResult(day)
    last = conn.execute("SELECT MAX(day) FROM run_log").fetchone()[0]
    if last is not None and date.fromisoformat(last) > day:
        if conn.execute("SELECT 1 FROM run_log WHERE day = ?", (day.isoformat(),)).fetchone():
            return result
        raise UsageError.of(
            "CAS-001",
            f"playbooks have been run on {last} already; cases do not go back to {day}",
            expected=f"a day from {last} on",
            next="to look at an earlier day, read lists with --as-of",
        )
    calendar = step_calendar(definitions.settings, date.fromisoformat(last) if last else day, day)
    for one, known in missed_days(conn, last, day, known_at):
        _one_day(conn, definitions, rules, calendar, one, known, at, result)
    return result


def missed_days(
    conn: sqlite3.Connection, last: str | None, day: date, known_at: date | None
) -> Iterator[tuple[date, date | None]]:
    """The days to run with what was known on each: at least what the last run knew already."""
    if last is not None:
        one = date.fromisoformat(last) + timedelta(days=1)
        seen, newest = conn.execute(
            "SELECT change_set, (SELECT COALESCE(MAX(id), 0) FROM change_set) FROM run_log WHERE day = ?",
            (last,),
        ).fetchone()
        floor_text = conn.execute("SELECT MAX(day) FROM change_set WHERE id <= ?", (seen,)).fetchone()[0]
        floor = date.fromisoformat(floor_text) if floor_text else None
        while one < day:
            known = one if floor is None or one > floor else floor
            yield one, None if seen == newest else known
            one += timedelta(days=1)
    yield day, known_at


def _one_day(
    conn: sqlite3.Connection,
    definitions: Definitions,
    rules: list[Rule],
    calendar: WorkCalendar,
    day: date,
    known_at: date | None,
    at: str,
    result: RunResult,
) -> None:
    from cs_cli.scoring.desk import remember
    from cs_cli.store.connection import transaction

    carry_over(conn, definitions.playbooks)
    for _ in range(TRIES):
        before = _token(conn)
        row = conn.execute(
            "SELECT change_set, event, definitions, braked FROM run_log WHERE day = ?", (day.isoformat(),)
        ).fetchone()
        if row is not None and row[:3] == (*before[:2], definitions.hash):
            result.braked = [(name, count, limit) for name, count, limit in json.loads(row[3])]
            return
        memory = load_memory(conn)
        memory = prepared(conn, definitions, rules, memory, day, known_at)
        # only the day that was asked for will be looked at much; the days caught up on are passed through
        truth, key = day_truth(conn, definitions, rules, memory, day, known_at, trends=day == result.day)
        changes = step(rules, memory, day, truth, calendar)
        with transaction(conn):
            if _token(conn) != before:
                continue
            write_changes(conn, changes, day, at)
            _keep_definitions(conn, definitions)
            _log(conn, definitions, day, at, changes)
            remember(conn, key)
        _add(result, changes, truth)
        return
    raise Busy.of(
        "CAS-002", "somebody else keeps writing to this workspace; the day was not run",
        next="cs run, once the other command is done",
    )  # fmt: skip


def _token(conn: sqlite3.Connection) -> tuple[int, int, int]:
    """What the outcome of a day depends on in the database: records, hand entries, runs."""
    found: tuple[int, int, int] = conn.execute(
        "SELECT (SELECT COALESCE(MAX(id), 0) FROM change_set), "
        "(SELECT COALESCE(MAX(id), 0) FROM case_event), (SELECT COUNT(*) FROM run_log)"
    ).fetchone()
    return found


def _log(conn: sqlite3.Connection, definitions: Definitions, day: date, at: str, changes: Changes) -> None:
    change_set, event, _ = _token(conn)
    braked = json.dumps([[brake.playbook, brake.would_open, brake.limit] for brake in changes.braked])
    conn.execute(
        "INSERT INTO run_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(day) DO UPDATE SET "
        "at = excluded.at, change_set = excluded.change_set, event = excluded.event, "
        "definitions = excluded.definitions, opened = opened + excluded.opened, "
        "closed = closed + excluded.closed, changed = changed + excluded.changed, "
        "tasks = tasks + excluded.tasks, braked = excluded.braked",
        (
            day.isoformat(),
            at,
            change_set,
            event,
            definitions.hash,
            len(changes.opened),
            len(changes.closed),
            len(changes.changed),
            len(changes.tasks),
            braked,
        ),
    )


def _keep_definitions(conn: sqlite3.Connection, definitions: Definitions) -> None:
    """The texts' hash and the playbooks as they were understood, so that history can be told."""
    there = conn.execute("SELECT 1 FROM definition_text WHERE hash = ?", (definitions.hash,)).fetchone()
    if there is None:
        text = msgspec.json.encode(definitions.playbooks).decode()
        conn.execute("INSERT INTO definition_text VALUES (?, ?)", (definitions.hash, text))


def _add(result: RunResult, changes: Changes, truth: Truth) -> None:
    result.days += 1
    result.opened += changes.opened
    result.closed += changes.closed
    result.changed += changes.changed
    result.tasks += len(changes.tasks)
    result.inherited += [event.case for event in changes.events if event.what == "inherited"]
    result.braked = [(brake.playbook, brake.would_open, brake.limit) for brake in changes.braked]
    result.unknown = dict(truth.unknown)
