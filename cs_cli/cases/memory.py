"""Memory and changes in the database: what the step needs is loaded whole, what it changes is written.

The step itself never sees the database. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.model import Case, Changes, Event, Key, Memory, Seen, Task, Tracker

if TYPE_CHECKING:
    import sqlite3

CASE_COLUMNS = Case.__struct_fields__
TASK_COLUMNS = Task.__struct_fields__
TRACKER_COLUMNS = Tracker.__struct_fields__
SEEN_COLUMNS = Seen.__struct_fields__
_DAYS = frozenset(
    {
        "opened_on",
        "acknowledged_on",
        "snoozed_until",
        "acknowledge_by",
        "next_step_by",
        "next_step_on",
        "resolve_by",
        "closed_on",
        "due",
        "done_on",
        "counted",
        "cannot_tell_since",
        "missing_since",
        "start_on",
        "end_on",
    }
)
_FLAGS = frozenset({"inherited", "control", "latched"})
_NAMES = {"case": "case_number"}  # CASE is a word of SQL


def read(columns: Iterable[str], row: Iterable[Any]) -> dict[str, Any]:
    """A row as Python values: days as dates, flags as booleans."""
    found: dict[str, Any] = {}
    for name, value in zip(columns, row, strict=True):
        if name in _DAYS and value is not None:
            value = date.fromisoformat(value)
        elif name in _FLAGS:
            value = bool(value)
        found[name] = value
    return found


def written(record: object, columns: Iterable[str]) -> list[Any]:
    """A record's values as SQLite keeps them."""
    found: list[Any] = []
    for name in columns:
        value = getattr(record, name)
        found.append(value.isoformat() if isinstance(value, date) else int(value) if isinstance(value, bool) else value)
    return found


def columns_sql(columns: Iterable[str]) -> str:
    return ", ".join(_NAMES.get(name, name) for name in columns)


def load_cases(
    conn: sqlite3.Connection, where: str = "state <> 'closed'", values: Iterable[Any] = ()
) -> dict[int, Case]:
    """Cases by number; `where` is a constant condition on cs_case."""
    found = conn.execute(
        f"SELECT {columns_sql(CASE_COLUMNS)} FROM cs_case WHERE {where} ORDER BY number", tuple(values)
    )
    return {row[0]: Case(**read(CASE_COLUMNS, row)) for row in found}


def load_tasks(conn: sqlite3.Connection, where: str, values: Iterable[Any] = ()) -> dict[int, Task]:
    """Tasks by number; `where` is a constant condition on task."""
    found = conn.execute(f"SELECT {columns_sql(TASK_COLUMNS)} FROM task WHERE {where} ORDER BY number", tuple(values))
    return {row[0]: Task(**read(TASK_COLUMNS, row)) for row in found}


def load_tracker(conn: sqlite3.Connection, playbook: str, subject: str) -> Tracker:
    """What is remembered of one playbook on one subject; an empty Tracker when nothing is."""
    row = conn.execute(
        f"SELECT {columns_sql(TRACKER_COLUMNS)} FROM playbook_memory WHERE playbook = ? AND subject = ?",
        (playbook, subject),
    ).fetchone()
    return Tracker() if row is None else Tracker(**read(TRACKER_COLUMNS, row))


def load_memory(conn: sqlite3.Connection) -> Memory:
    """Everything that the step remembers."""
    trackers = {
        (row[0], row[1]): Tracker(**read(TRACKER_COLUMNS, row[2:]))
        for row in conn.execute(
            f"SELECT playbook, subject, {columns_sql(TRACKER_COLUMNS)} FROM playbook_memory ORDER BY playbook, subject"
        )
    }
    # what is closed may go on, as long as its term is remembered
    closed = "state = 'closed' AND (subject, term) IN (SELECT subject, term FROM term_seen)"
    of_kept = f"case_number IN (SELECT number FROM cs_case WHERE state <> 'closed' OR ({closed}))"
    seen = [
        Seen(**read(SEEN_COLUMNS, row))
        for row in conn.execute(f"SELECT {columns_sql(SEEN_COLUMNS)} FROM term_seen ORDER BY subject, nth")
    ]
    next_case, next_task = conn.execute(
        "SELECT (SELECT COALESCE(MAX(number), 0) + 1 FROM cs_case), (SELECT COALESCE(MAX(number), 0) + 1 FROM task)"
    ).fetchone()
    return Memory(
        cases=load_cases(conn),
        tasks=load_tasks(conn, of_kept),
        trackers=trackers,
        reminded=frozenset(conn.execute(f"SELECT case_number, step FROM occurrence WHERE {of_kept}").fetchall()),
        known=frozenset(row[0] for row in conn.execute("SELECT playbook FROM playbook_known")),
        closed=load_cases(conn, closed),
        seen={(one.subject, one.term): one for one in seen},
        next_case=next_case,
        next_task=next_task,
    )


def write_case(conn: sqlite3.Connection, case: Case) -> None:
    """Inserts a case or replaces its present state."""
    _upsert(conn, "cs_case", CASE_COLUMNS, [case])


def write_task(conn: sqlite3.Connection, task: Task) -> None:
    """Inserts a task or replaces its present state."""
    _upsert(conn, "task", TASK_COLUMNS, [task])


def write_event(conn: sqlite3.Connection, event: Event, at: str) -> None:
    conn.execute(
        "INSERT INTO case_event(case_number, day, at, who, what, why) VALUES (?, ?, ?, ?, ?, ?)",
        (event.case, event.day.isoformat(), at, event.who, event.what, event.why),
    )


def write_tracker(conn: sqlite3.Connection, playbook: str, subject: str, tracker: Tracker) -> None:
    """Replaces what is remembered; an empty Tracker is deleted."""
    if tracker.empty:
        conn.execute("DELETE FROM playbook_memory WHERE playbook = ? AND subject = ?", (playbook, subject))
        return
    marks = ", ".join("?" * (2 + len(TRACKER_COLUMNS)))
    conn.execute(
        f"INSERT OR REPLACE INTO playbook_memory(playbook, subject, {columns_sql(TRACKER_COLUMNS)}) VALUES ({marks})",
        (playbook, subject, *written(tracker, TRACKER_COLUMNS)),
    )


def write_changes(conn: sqlite3.Connection, changes: Changes, day: date, at: str) -> None:
    """Everything the step changed. The caller holds the transaction."""
    _move(conn, changes.moves)
    _write_seen(conn, changes.seen)
    _upsert(conn, "cs_case", CASE_COLUMNS, changes.cases)
    _upsert(conn, "task", TASK_COLUMNS, changes.tasks)
    for (playbook, subject), tracker in changes.trackers.items():
        write_tracker(conn, playbook, subject, tracker)
    for event in changes.events:
        write_event(conn, event, at)
    conn.executemany(
        "INSERT INTO occurrence(case_number, step, playbook, subject, due, day, muted) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (o.case, o.step, o.playbook, o.subject, o.due.isoformat(), o.day.isoformat(), o.muted)
            for o in changes.occurrences
        ],
    )
    conn.executemany(
        "INSERT INTO playbook_known(playbook, first_day) VALUES (?, ?)",
        [(name, day.isoformat()) for name in sorted(changes.known)],
    )


def _move(conn: sqlite3.Connection, moves: Mapping[Key, str]) -> None:
    """Whatever is kept of playbooks on renamed subjects. By way of a name that nobody has, as two may swap theirs."""
    for n, (playbook, old) in enumerate(moves):
        for table in ("cs_case", "playbook_memory"):
            conn.execute(
                f"UPDATE {table} SET subject = ? WHERE playbook = ? AND subject = ?", (f"\x00{n}", playbook, old)
            )
    for n, ((playbook, _), new) in enumerate(moves.items()):
        for table in ("cs_case", "playbook_memory"):
            conn.execute(
                f"UPDATE {table} SET subject = ? WHERE playbook = ? AND subject = ?", (new, playbook, f"\x00{n}")
            )


def _write_seen(conn: sqlite3.Connection, seen: Mapping[Key, Seen | None]) -> None:
    for key, one in seen.items():
        if one is None:
            conn.execute("DELETE FROM term_seen WHERE subject = ? AND term = ?", key)
    conn.executemany(
        f"INSERT OR REPLACE INTO term_seen({columns_sql(SEEN_COLUMNS)}) VALUES ({_marks(SEEN_COLUMNS)})",
        [written(one, SEEN_COLUMNS) for one in seen.values() if one is not None],
    )


def _marks(columns: Sequence[str]) -> str:
    return ", ".join("?" * len(columns))


def _upsert(conn: sqlite3.Connection, table: str, columns: tuple[str, ...], records: Iterable[object]) -> None:
    names = [_NAMES.get(name, name) for name in columns]
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != "number")
    conn.executemany(
        f"INSERT INTO {table}({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
        f"ON CONFLICT(number) DO UPDATE SET {sets}",
        [written(record, columns) for record in records],
    )
