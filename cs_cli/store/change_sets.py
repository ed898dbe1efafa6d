"""Change sets: every import, entry by hand, match and undo is one, and owns the rows it wrote.

Rows are appended and retired, never updated: current = retired_by IS NULL; known at change set
k = import_id <= k AND (retired_by IS NULL OR retired_by > k).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

from cs_cli.base.errors import UsageError
from cs_cli.store.connection import rows
from cs_cli.store.kinds import KINDS

Written = Literal["added", "changed", "unchanged"]
Scalar = str | int | float | None


def begin_change_set(
    conn: sqlite3.Connection,
    *,
    kind: str,
    day: date | str,
    at: datetime | str,
    source: str | None = None,
    file: str | None = None,
    sha256: str | None = None,
    mapping: str | None = None,
    columns: Sequence[str] | None = None,
    undoes: int | None = None,
    fixes: int | None = None,
    by: str | None = None,
    note: str | None = None,
    record_kind: str | None = None,
    also: Sequence[str] = (),
) -> int:
    """Open a change set inside the caller's transaction and return its number.

    record_kind: what its rows are; also: the kinds of what else is made of each row.

    kind: import, hand, undo, match or run. day: the workspace's day it speaks for. at: the
    instant (an aware datetime is stored as UTC).
    """
    cursor = conn.execute(
        "INSERT INTO change_set(at, day, kind, source, record_kind, also, file, sha256, mapping, columns, undoes, "
        "fixes, by, note) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            instant(at),
            _iso(day),
            kind,
            source,
            record_kind,
            json.dumps(dict.fromkeys(also)) if also else None,
            file,
            sha256,
            mapping,
            None if columns is None else json.dumps(list(columns), ensure_ascii=False),
            undoes,
            fixes,
            by,
            note,
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def instant(at: datetime | str) -> str:
    """An instant as stored: 2026-11-22T08:00:00Z. ValueError for a datetime without a zone."""
    if isinstance(at, str):
        return at
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _iso(day: date | str) -> str:
    return day if isinstance(day, str) else day.isoformat()


def finish_change_set(
    conn: sqlite3.Connection,
    change_set: int,
    rows: int,
    added: int,
    changed: int,
    unchanged: int,
    set_aside: int,
    also: Mapping[str, tuple[int, int, int]] | None = None,
) -> None:
    """Write the counts of a change set: rows read, and what became of them.

    also: kind of what else is made of each row → how many were added, changed, unchanged.
    """
    conn.execute(
        "UPDATE change_set SET rows = ?, added = ?, changed = ?, unchanged = ?, set_aside = ?, "
        "also = coalesce(?, also) WHERE id = ?",
        (rows, added, changed, unchanged, set_aside, json.dumps(also) if also else None, change_set),
    )


def of_kind(name: str) -> str:
    """The SQL condition that a change set brings records of the kind in :kind; name: its table's alias and "."."""
    return f"({name}record_kind = :kind OR instr({name}also, '\"' || :kind || '\"') > 0)"


def append_row(
    conn: sqlite3.Connection,
    kind: str,
    change_set: int,
    source: str,
    key: str,
    ref: int | None,
    values: Mapping[str, Any],
    line: int | None = None,
) -> Written:
    """Write one version of the record (source, key), for entries by hand and matches.

    values: column → value (days as date or ISO text, flags as bool or 0/1, money in minor
    units); columns left out keep what the current version says. The current version is retired
    when it differs; nothing is written when it does not. ValueError for an unknown column.
    """
    columns = KINDS[kind]
    unknown = sorted(set(values) - set(columns))
    if unknown:
        raise ValueError(f"{kind} has no column {', '.join(unknown)}")
    names = list(columns)
    current = conn.execute(
        f"SELECT id, import_id, ref, {', '.join(_q(n) for n in names)} FROM main.{kind} "
        "WHERE source = ? AND key = ? AND retired_by IS NULL",
        (source, key),
    ).fetchone()
    old: dict[str, Scalar] = {} if current is None else dict(zip(names, current[3:], strict=True))
    new: dict[str, Scalar] = old | {name: _scalar(value) for name, value in values.items()}
    if current is not None:
        if new == old and current[2] == ref:
            return "unchanged"
        _retire(conn, kind, int(current[0]), int(current[1]), change_set)
    conn.execute(
        f"INSERT INTO main.{kind}(source, key, import_id, line, ref, {', '.join(_q(n) for n in names)}) "
        f"VALUES (?,?,?,?,?{',?' * len(names)})",
        (source, key, change_set, line, ref, *(new.get(name) for name in names)),
    )
    return "added" if current is None else "changed"


def retire_row(conn: sqlite3.Connection, kind: str, change_set: int, source: str, key: str) -> bool:
    """Take the record (source, key) away from this change set on; False when there is none."""
    if kind not in KINDS:
        raise ValueError(f"no record kind {kind}")
    current = conn.execute(
        f"SELECT id, import_id FROM main.{kind} WHERE source = ? AND key = ? AND retired_by IS NULL",
        (source, key),
    ).fetchone()
    if current is None:
        return False
    _retire(conn, kind, int(current[0]), int(current[1]), change_set)
    return True


def _retire(conn: sqlite3.Connection, kind: str, row: int, written_by: int, change_set: int) -> None:
    if written_by == change_set:
        # a version of this very change set was never visible to anybody: it leaves no history
        conn.execute(f"DELETE FROM main.{kind} WHERE id = ?", (row,))
    else:
        conn.execute(f"UPDATE main.{kind} SET retired_by = ? WHERE id = ?", (change_set, row))


def _scalar(value: Any) -> Scalar:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise ValueError(f"cannot be stored: {value!r}")


def _q(name: str) -> str:
    return f'"{name}"'


def list_change_sets(conn: sqlite3.Connection, *, kinds: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """All change sets (of the given kinds), newest first: their columns and `undone_by`.

    undone_by is the number of the undo that is in force, else None.
    """
    undone = undone_by(conn)
    found = rows(conn, "SELECT * FROM change_set ORDER BY id DESC")
    for one in found:
        one["undone_by"] = undone.get(one["id"])
    return [one for one in found if kinds is None or one["kind"] in kinds]


def undone_by(conn: sqlite3.Connection) -> dict[int, int]:
    """Change set → the undo in force for it. An undo that was itself undone is not in force."""
    found: dict[int, int] = {}
    for undo, target in conn.execute(
        "SELECT id, undoes FROM change_set WHERE undoes IS NOT NULL ORDER BY id DESC"
    ):
        if undo not in found:
            found.setdefault(target, undo)
    return found


def change_set(conn: sqlite3.Connection, number: int) -> dict[str, Any]:
    """One change set with all its columns and undone_by. UsageError USE-012 when there is none."""
    found = rows(conn, "SELECT * FROM change_set WHERE id = ?", (number,))
    if not found:
        raise UsageError.of("USE-012", f"there is no import or entry #{number}", next="cs imports list")
    return found[0] | {"undone_by": undone_by(conn).get(number)}


def describe_file(
    conn: sqlite3.Connection, change_set: int, *, speaks_for: str, file_time: str | None, extent: str | None
) -> None:
    """Write down the day that an import speaks for, when its file was last written, and whether it is whole."""
    conn.execute(
        "UPDATE change_set SET speaks_for = ?, file_time = ?, extent = ? WHERE id = ?",
        (speaks_for, file_time, extent, change_set),
    )
