"""Undo of a change set, which is itself a change set and can be undone.

For every record that set N wrote, changed or took away, the current version is retired and a
copy of the version before N is appended with its origin. Nothing is un-retired in place: that
would change what was known on past days.

Later change sets that build on N are conflicts: they are listed and nothing is done, unless
keep_later leaves the records that they touched as they are.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import date, datetime

from cs_cli.base.errors import Fault, GuardStopped
from cs_cli.store.change_sets import (
    begin_change_set,
    change_set,
    finish_change_set,
    list_change_sets,
    undone_by,
)
from cs_cli.store.connection import transaction
from cs_cli.store.kinds import KINDS

_UNDOABLE = ("import", "hand", "match", "undo")


@dataclass(frozen=True)
class UndoResult:
    """change_set: the undo's number. undone: the set it took back (an undo of an undo takes back
    the undo). records, usage: how many changed. left: how many keep_later left alone."""

    change_set: int
    undone: int
    records: int
    usage: int
    left: int = 0


class _History:
    """Which sets are in force. A set and its undo cancel out; an undo of the undo bears the set again."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.undone = undone_by(conn)
        self.undoes: dict[int, int] = dict(
            conn.execute("SELECT id, undoes FROM change_set WHERE undoes IS NOT NULL ORDER BY id").fetchall()
        )
        # target → its latest undo; the order by id lets the latest win
        self.last_undo = {target: undo for undo, target in self.undoes.items()}

    def root(self, number: int) -> tuple[int, bool]:
        """The import or entry at the end of a chain of undos, and whether the chain brings it back."""
        back = True
        while number in self.undoes:
            number, back = self.undoes[number], not back
        return number, back

    def bearer(self, number: int) -> int:
        """The set whose rows carry the effect of number, in force: itself, or its last redo."""
        while number in self.last_undo:
            number = self.undone[self.last_undo[number]]
        return number


@dataclass
class _Work:
    """What one undo is about to do: the set, the records it touched, who touched them since."""

    target: int
    history: _History
    later: dict[int, str] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    left: int = 0

    def note_later(self, number: int, why: str) -> None:
        """A set after the target is a conflict when it is in force. An undo in force is none: it
        and its target cancel out, and had that target been before ours, ours would have been a
        conflict then. A redo stands for the set that it brought back."""
        root, in_effect = self.history.root(number)
        if number not in self.history.undone and in_effect:
            self.later.setdefault(root, why)


def undo(
    conn: sqlite3.Connection,
    number: int,
    *,
    day: date | str,
    at: datetime | str,
    by: str | None = None,
    note: str | None = None,
    keep_later: bool = False,
) -> UndoResult:
    """Take change set `number` back, in one transaction (the caller's when one is open).

    A set that was undone and brought back by an undo of the undo can be undone again.
    Raises UsageError USE-012 for an unknown number; GuardStopped STO-010 with one fault per
    conflict (newest first: the order to undo them in), STO-011 undone already, STO-012 not undoable.
    """
    with transaction(conn):
        history = _History(conn)
        asked = change_set(conn, number)
        if asked["kind"] not in _UNDOABLE:
            raise GuardStopped.of(
                "STO-012",
                f"#{number} is a {asked['kind']}; it left nothing to take back",
                next="cs imports list",
            )
        undone = history.undone.get(number)
        if undone is not None:
            raise GuardStopped.of(
                "STO-011",
                f"#{number} was undone already, by #{undone}",
                next=f"to bring it back: cs imports undo {undone}",
            )
        work = _Work(history.bearer(number), history)
        _find_touched(conn, work)
        _find_later_imports(conn, work)
        _find_links(conn, work)
        if work.later and not keep_later:
            raise _conflicts(conn, work, number)
        if work.later:
            _leave_later(conn, work)
        root = change_set(conn, history.root(number)[0])
        new = begin_change_set(
            conn,
            kind="undo",
            day=day,
            at=at,
            source=root["source"],
            record_kind=root["record_kind"],
            file=root["file"],
            undoes=work.target,
            by=by,
            note=note,
        )
        records = sum(_put_back(conn, kind, work.target, new) for kind in work.kinds)
        usage = _put_back_usage(conn, work.target, new)
        finish_change_set(conn, new, records + usage, 0, records + usage, 0, work.left)
        _drop(conn)
        return UndoResult(new, work.target, records, usage, work.left)


# --- what N touched, and who touched it since ----------------------------------


def _find_touched(conn: sqlite3.Connection, work: _Work) -> None:
    """TEMP undo_<kind>(source, key) and undo_usage(ref, metric, day) of all that N touched."""
    _drop(conn)
    n = work.target
    for kind in KINDS:
        if not conn.execute(
            f"SELECT 1 FROM main.{kind} WHERE import_id = ? OR retired_by = ? LIMIT 1", (n, n)
        ).fetchone():
            continue
        work.kinds.append(kind)
        conn.execute(
            f"CREATE TEMP TABLE undo_{kind}(source TEXT, key TEXT, PRIMARY KEY (source, key)) WITHOUT ROWID"
        )
        conn.execute(
            f"INSERT OR IGNORE INTO temp.undo_{kind} SELECT source, key FROM main.{kind} "
            "WHERE import_id = ? OR retired_by = ?",
            (n, n),
        )
        for column in ("import_id", "retired_by"):
            _note_later(
                conn,
                work,
                kind,
                f"SELECT DISTINCT r.{column} FROM temp.undo_{kind} u CROSS JOIN main.{kind} r "
                f"ON r.source = u.source AND r.key = u.key WHERE r.{column} > ?",
            )
    conn.execute(
        "CREATE TEMP TABLE undo_usage(ref INT, metric INT, day TEXT, PRIMARY KEY (ref, metric, day)) "
        "WITHOUT ROWID"
    )
    for table, column in (("usage", "import_id"), ("usage_old", "import_id"), ("usage_old", "retired_by")):
        conn.execute(
            "INSERT OR IGNORE INTO temp.undo_usage "
            f"SELECT ref, metric, day FROM main.{table} WHERE {column} = ?",
            (n,),
        )
    for table, column in (("usage", "import_id"), ("usage_old", "import_id"), ("usage_old", "retired_by")):
        _note_later(
            conn,
            work,
            "usage",
            f"SELECT DISTINCT r.{column} FROM temp.undo_usage u CROSS JOIN main.{table} r "
            f"ON r.ref = u.ref AND r.metric = u.metric AND r.day = u.day WHERE r.{column} > ?",
        )


def _note_later(conn: sqlite3.Connection, work: _Work, kind: str, query: str) -> None:
    for (later,) in conn.execute(query, (work.target,)).fetchall():
        work.note_later(later, f"changed the same {kind} records")


def _find_later_imports(conn: sqlite3.Connection, work: _Work) -> None:
    """A later export of the same source was compared with N's rows: what it found unchanged
    it did not write again, so it cannot stand without them."""
    root = change_set(conn, work.history.root(work.target)[0])
    if root["kind"] != "import":
        return
    for (other,) in conn.execute(
        "SELECT id FROM change_set WHERE kind = 'import' AND id <> ? AND source IS ? "
        "AND (record_kind IS ? OR record_kind IS NULL OR ? IS NULL)",
        (root["id"], root["source"], root["record_kind"], root["record_kind"]),
    ).fetchall():
        if other not in work.history.undone and work.history.bearer(other) > work.target:
            work.note_later(other, f"is a later import of {root['source']}")


def _find_links(conn: sqlite3.Connection, work: _Work) -> None:
    """Links and merges of other sets that point to accounts which N brought in, or that were made
    by hand for billing customers which N brought in."""
    if "account" in work.kinds:
        for (later,) in conn.execute(
            "SELECT DISTINCT i.import_id FROM main.identity i WHERE i.retired_by IS NULL AND i.how = 'hand' "
            "AND i.import_id > :target AND i.ref IN "
            "(SELECT n.ref FROM main.account n WHERE n.import_id = :target AND NOT EXISTS "
            "(SELECT 1 FROM main.account o WHERE o.source = n.source AND o.key = n.key AND o.id < n.id))",
            {"target": work.target},
        ).fetchall():
            work.note_later(later, "linked or merged its accounts")
    if "identity" not in work.kinds:
        return
    for (later,) in conn.execute(
        "SELECT DISTINCT i.import_id FROM main.identity i WHERE i.retired_by IS NULL AND i.import_id > :target "
        "AND i.account IN (SELECT account FROM main.identity n WHERE n.import_id = :target AND n.how = 'own') "
        "AND NOT EXISTS (SELECT 1 FROM temp.undo_identity u WHERE u.source = i.source AND u.key = i.key)",
        {"target": work.target},
    ).fetchall():
        work.note_later(later, "linked or merged its accounts")


def _conflicts(conn: sqlite3.Connection, work: _Work, number: int) -> GuardStopped:
    known = {one["id"]: one for one in list_change_sets(conn)}
    order = sorted(work.later, key=work.history.bearer, reverse=True)
    faults = []
    for later in order:
        one = known[later]
        name = one["file"] or one["note"] or one["kind"]
        faults.append(
            Fault(
                "STO-010",
                f"#{number} cannot be undone before #{later}, which {work.later[later]}",
                file=name if one["file"] else None,
                excerpt=f"#{later}  {one['day']}  {one['kind']}  {name}",
            )
        )
    first = " && ".join(f"cs imports undo {later}" for later in order[:5])
    return GuardStopped(
        faults, next=f"{first} && cs imports undo {number}; or --keep-later to leave what they changed"
    )


def _leave_later(conn: sqlite3.Connection, work: _Work) -> None:
    """Take the records that later sets touched out of the list of those to put back."""
    sets = ",".join(str(work.history.bearer(later)) for later in work.later)
    for kind in work.kinds:
        work.left += conn.execute(
            f"DELETE FROM temp.undo_{kind} WHERE EXISTS (SELECT 1 FROM main.{kind} r "
            f"WHERE r.source = undo_{kind}.source AND r.key = undo_{kind}.key "
            f"AND (r.import_id IN ({sets}) OR r.retired_by IN ({sets})))"
        ).rowcount
    for table, test in (
        ("usage", f"r.import_id IN ({sets})"),
        ("usage_old", f"(r.import_id IN ({sets}) OR r.retired_by IN ({sets}))"),
    ):
        work.left += conn.execute(
            f"DELETE FROM temp.undo_usage WHERE EXISTS (SELECT 1 FROM main.{table} r "
            "WHERE r.ref = undo_usage.ref AND r.metric = undo_usage.metric AND r.day = undo_usage.day "
            f"AND {test})"
        ).rowcount


# --- putting back ----------------------------------------------------------------


def _put_back(conn: sqlite3.Connection, kind: str, target: int, new: int) -> int:
    columns = ", ".join(f'"{name}"' for name in KINDS[kind])
    touched = f"EXISTS (SELECT 1 FROM temp.undo_{kind} u WHERE u.source = r.source AND u.key = r.key)"
    conn.execute(f"UPDATE main.{kind} AS r SET retired_by = ? WHERE retired_by IS NULL AND {touched}", (new,))
    conn.execute(
        f"INSERT INTO main.{kind}(source, key, import_id, line, origin_import, origin_line, ref, {columns}) "
        "SELECT source, key, ?, NULL, COALESCE(origin_import, import_id), COALESCE(origin_line, line), "
        f"ref, {columns} "
        f"FROM main.{kind} AS r WHERE retired_by = ? AND {touched} ORDER BY id",
        (new, target),
    )
    return int(conn.execute(f"SELECT COUNT(*) FROM temp.undo_{kind}").fetchone()[0])


def _put_back_usage(conn: sqlite3.Connection, target: int, new: int) -> int:
    same = "u.ref = r.ref AND u.metric = r.metric AND u.day = r.day"
    conn.execute(
        "INSERT INTO main.usage_old(ref, metric, day, value, import_id, line, retired_by) "
        "SELECT r.ref, r.metric, r.day, r.value, r.import_id, r.line, ? "
        f"FROM temp.undo_usage u CROSS JOIN main.usage r ON {same}",
        (new,),
    )
    conn.execute(
        "DELETE FROM main.usage WHERE (ref, metric, day) IN (SELECT ref, metric, day FROM temp.undo_usage)"
    )
    conn.execute(
        "INSERT INTO main.usage(ref, metric, day, value, import_id, line) "
        "SELECT r.ref, r.metric, r.day, r.value, ?, r.line FROM main.usage_old r "
        f"WHERE r.retired_by = ? AND EXISTS (SELECT 1 FROM temp.undo_usage u WHERE {same})",
        (new, target),
    )
    return int(conn.execute("SELECT COUNT(*) FROM temp.undo_usage").fetchone()[0])


def _drop(conn: sqlite3.Connection) -> None:
    for kind in (*KINDS, "usage"):
        conn.execute(f"DROP TABLE IF EXISTS temp.undo_{kind}")


def usage_origin(
    conn: sqlite3.Connection, ref: int, metric: int, day: str, version: tuple[int, int | None] | None = None
) -> tuple[int, int | None] | None:
    """(import, line) that a usage value came from, also through undos; None without a value.

    version: the (change set, line) of the value asked about, where it is not the current one.
    """
    if version is None:
        version = conn.execute(
            "SELECT import_id, line FROM usage WHERE ref = ? AND metric = ? AND day = ?", (ref, metric, day)
        ).fetchone()
    while version is not None:
        (undoes,) = conn.execute("SELECT undoes FROM change_set WHERE id = ?", (version[0],)).fetchone()
        if undoes is None:
            return int(version[0]), version[1]
        # an undo put back what the set that it took back had retired
        version = conn.execute(
            "SELECT import_id, line FROM usage_old WHERE ref = ? AND metric = ? AND day = ? AND retired_by = ?",
            (ref, metric, day, undoes),
        ).fetchone()
    return None
