"""The first export of a source, written straight into the table of its kind.

A stage is there to be compared with what is known; where nothing is known its rows would only be
copied. A view takes the stage's place, so that whatever looks at staged rows looks at the written ones.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from cs_cli.definitions.records import HELPERS
from cs_cli.intake.plan import Plan
from cs_cli.store.forget import hasher

# kinds whose rows stand for themselves: no row of theirs is worked over before it is merged
_KINDS = frozenset(["invoice", "ticket", "survey", "touch", "mrr_event", "deal", "note", "feedback"])
PACK = 64  # rows to a statement: fewer calls, and under the 999 values that any SQLite takes
SORTED_KIB = 2_000  # of an index that are sorted at a time

FEW = 50_000  # references that are held in memory
_FIND = "SELECT external_id, id, hint_domain, hint_name FROM ref WHERE system = ?"


class CannotWrite(Exception):
    """The rows need a stage after all; nothing that was written may stay."""


def fits(conn: sqlite3.Connection, plan: Plan) -> bool:
    """Is this the first export of its source, of rows that need no comparing and no combining?"""
    source = plan.source
    return (
        source.kind in _KINDS
        and source.combine != "lines"
        and not (plan.attributes or plan.metrics or plan.days or plan.also)
        and not any(field.column in HELPERS.get(source.kind, ()) for field in plan.fields)
        and hasher(conn) is None  # rows of somebody who was forgotten are taken out of a stage
        and not conn.execute(
            f"SELECT EXISTS (SELECT 1 FROM {source.kind} WHERE source = ? AND retired_by IS NULL)", (source.source,)
        ).fetchone()[0]
    )


class Refs:
    """The numbers of account references by what the rows call them; new ones are made on the way.

    learnt: a reference is new, or is known by a domain or a name that it was not known by before.
    """

    def __init__(self, conn: sqlite3.Connection, system: str) -> None:
        self._conn, self._system = conn, system
        self._hints: dict[str, dict[int, str]] = {"hint_domain": {}, "hint_name": {}}
        self.learnt = False
        (self._before,) = conn.execute("SELECT coalesce(max(id), 0) FROM ref").fetchone()
        # one query for all is a quarter of one for each
        few = f"{_FIND} AND (SELECT count(*) FROM ref) <= {FEW}"
        self._known: dict[str, tuple[int, str | None, str | None]] = {
            ext: (number, domain, name) for ext, number, domain, name in conn.execute(few, (system,))
        }

    def of(self, ext: str | None, domain: str | None, name: str | None) -> int | None:
        if ext is None:
            return None
        number, *known = self._known.get(ext) or self._find(ext)
        if domain is None and name is None:
            return number
        for (_, found), old, hint in zip(self._hints.items(), known, (domain, name), strict=True):
            if old is None and hint is not None:
                found[number] = min(hint, found.get(number, hint))
        return number

    def _find(self, ext: str) -> tuple[int, str | None, str | None]:
        row = self._conn.execute(f"{_FIND} AND external_id = ?", (self._system, ext)).fetchone()
        if row is not None:
            return row[1], row[2], row[3]
        self.learnt = True
        cursor = self._conn.execute("INSERT INTO ref (system, external_id) VALUES (?, ?)", (self._system, ext))
        return int(cursor.lastrowid or 0), None, None

    def drop_unused(self, stage: str) -> None:
        """References that only rows named which were taken away again are none."""
        self._conn.execute(
            f"DELETE FROM ref WHERE id > ? AND id NOT IN (SELECT ref FROM {stage} WHERE ref IS NOT NULL)",
            (self._before,),
        )

    def keep_hints(self) -> None:
        """What the rows know of the references besides, where nothing was known yet."""
        for column, found in self._hints.items():
            self.learnt |= bool(found)
            self._conn.executemany(f"UPDATE ref SET {column} = ? WHERE id = ?", ((v, n) for n, v in found.items()))


@contextmanager
def indexed_at_the_end(conn: sqlite3.Connection, table: str) -> Iterator[None]:
    """An empty table gets its indexes when its rows are in: sorting once is a third of sorting in.

    The sorter takes as much memory as the cache may have; runs that fit a processor's own cache are sorted and
    then merged in half the time. Raises sqlite3.IntegrityError at the end when the rows break a unique one.
    """
    indexes: list[tuple[str, str]] = []
    if not conn.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]:
        indexes = conn.execute(
            "SELECT name, sql FROM main.sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL "
            "ORDER BY rootpage", (table,),
        ).fetchall()
    for name, _ in indexes:
        conn.execute(f"DROP INDEX main.{name}")
    yield
    size = int(conn.execute("PRAGMA main.cache_size").fetchone()[0])
    conn.execute(f"PRAGMA main.cache_size = -{SORTED_KIB}")
    try:
        for _, sql in indexes:
            conn.execute(sql)
    finally:
        conn.execute(f"PRAGMA main.cache_size = {size}")


def stand_in(conn: sqlite3.Connection, stage: str, kind: str, columns: Sequence[str], change_set: int) -> None:
    """A view of what the change set wrote, by the names of a stage; its rows can be deleted."""
    names = "".join(f', "{column}"' for column in columns)
    conn.execute(
        f"CREATE TEMP VIEW {stage} AS SELECT id AS n, line, key, NULL AS ext, NULL AS hint_domain, "
        f"NULL AS hint_name, ref{names} FROM main.{kind} WHERE import_id = {int(change_set)}"
    )
    conn.execute(
        f"CREATE TEMP TRIGGER {stage}_out INSTEAD OF DELETE ON {stage} "
        f"BEGIN DELETE FROM {kind} WHERE id = OLD.n; END"
    )


def insert_columns(
    conn: sqlite3.Connection, table: str, names: Sequence[str], constants: dict[str, str | int],
    blocks: Iterable[Sequence[Sequence[object]]],
) -> None:
    """Insert blocks of columns (one sequence per name, all as long) and the same constants in every row."""
    fixed = "".join(f"{_literal(value)}, " for value in constants.values())
    one = f"({fixed}{', '.join('?' * len(names))})"
    listed = ", ".join(f'"{name}"' for name in (*constants, *names))
    head = f"INSERT INTO {table} ({listed}) VALUES "
    width, rest = len(names), list[object]()
    step = PACK * width
    many = head + ", ".join([one] * PACK)
    for columns in blocks:
        flat: list[object] = [None] * (len(columns[0]) * width)
        for at, column in enumerate(columns):
            flat[at::width] = column
        rest += flat
        whole = len(rest) - len(rest) % step
        conn.executemany(many, (rest[at:at + step] for at in range(0, whole, step)))
        del rest[:whole]
    conn.executemany(head + one, (rest[at:at + width] for at in range(0, len(rest), width)))


def by_column(rows: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    """Rows turned into columns."""
    return list(zip(*rows, strict=True))


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
