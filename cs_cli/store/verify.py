"""`cs verify`: is the file whole, and does every history in it make sense?"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator

from cs_cli.base.errors import Fault
from cs_cli.base.money import is_currency
from cs_cli.store.connection import APPLICATION_ID, database_path
from cs_cli.store.faults import as_cs_error
from cs_cli.store.kinds import KINDS

# by way of the julian day 2026-02-30 becomes 2 March, so a day that does not exist differs too
_NO_DAY = "(length({0}) <> 10 OR date(julianday({0})) IS NOT {0})"
_EXAMPLES = 3  # a fault names so many rows and the count


def verify(conn: sqlite3.Connection) -> list[Fault]:
    """All faults of the open database, STO-020 to STO-028; [] when it is well. Changes nothing.

    A file with damaged pages (STO-020) is not looked into further: what it says means nothing.
    """
    file = database_path(conn)
    try:
        answers = [str(row[0]) for row in conn.execute("PRAGMA main.integrity_check(20)")]
        if answers != ["ok"]:
            return [
                Fault("STO-020", "the file contradicts itself", file=file, excerpt=one) for one in answers
            ]
        return [
            *_privacy(file),
            *_schema(conn, file),
            *_pointers(conn, file),
            *(fault for kind in KINDS for fault in _kind(conn, file, kind)),
            *_usage(conn, file),
            *_identities(conn, file),
        ]
    except sqlite3.DatabaseError as fault:
        known = as_cs_error(fault, file)
        if known is None or known.code != 13:
            raise
        return [Fault("STO-020", "the file contradicts itself", file=file, excerpt=str(fault))]


def _privacy(file: str) -> Iterator[Fault]:
    for name in (file, file + "-wal", file + "-shm"):
        if file and os.path.exists(name) and os.stat(name).st_mode & 0o077:
            yield Fault("STO-028", "others can read this file", file=name, next=f"chmod 600 {name}")


def _schema(conn: sqlite3.Connection, file: str) -> Iterator[Fault]:
    there, made = _objects(conn), schema_as_made()
    for name in sorted(there.keys() | made.keys()):
        if there.get(name) != made.get(name):
            what = "is missing" if name not in there else "was added" if name not in made else "was changed"
            yield Fault("STO-025", f"the {name[0]} {name[1]} {what} outside cs", file=file, name=name[1])
    mark = conn.execute("PRAGMA application_id").fetchone()[0]
    if mark != APPLICATION_ID:
        yield Fault("STO-025", "the file's mark of cs was changed", file=file, value=str(mark))


def schema_as_made() -> dict[tuple[str, str], str]:
    """(type, name) → SQL of everything that the migrations make."""
    from cs_cli.store.migrations_runner import apply

    conn = sqlite3.connect(":memory:", isolation_level=None)
    try:
        apply(conn, 0)
        return _objects(conn)
    finally:
        conn.close()


def _objects(conn: sqlite3.Connection) -> dict[tuple[str, str], str]:
    found = conn.execute(
        "SELECT type, name, sql FROM main.sqlite_master "
        "WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'"
    )
    return {(kind, name): sql for kind, name, sql in found}


def _pointers(conn: sqlite3.Connection, file: str) -> Iterator[Fault]:
    broken: dict[tuple[str, str], int] = {}
    for table, _row, parent, _key in conn.execute("PRAGMA main.foreign_key_check"):
        broken[table, parent] = broken.get((table, parent), 0) + 1
    for (table, parent), count in broken.items():
        yield Fault(
            "STO-021", f"rows of {table} point to no {parent}", file=file, name=table, value=f"{count} rows"
        )


def _kind(conn: sqlite3.Connection, file: str, kind: str) -> Iterator[Fault]:
    yield from _found(
        conn,
        file,
        "STO-022",
        f"a {kind} has several current versions",
        kind,
        f"SELECT source || ' ' || key FROM main.{kind} NOT INDEXED WHERE retired_by IS NULL "
        "GROUP BY source, key HAVING COUNT(*) > 1",
    )
    yield from _found(
        conn,
        file,
        "STO-023",
        f"a version of a {kind} was retired before it was written",
        kind,
        f"SELECT source || ' ' || key FROM main.{kind} WHERE retired_by <= import_id",
    )
    yield from _found(
        conn,
        file,
        "STO-023",
        f"two versions of a {kind} were current at the same time",
        kind,
        "SELECT source || ' ' || key FROM (SELECT source, key, import_id, ROW_NUMBER() OVER chain AS n, "
        f"LAG(retired_by) OVER chain AS ended FROM main.{kind} "
        "WINDOW chain AS (PARTITION BY source, key ORDER BY import_id, id)) "
        "WHERE n > 1 AND (ended IS NULL OR ended > import_id)",
    )
    yield from _found(
        conn,
        file,
        "STO-026",
        f"a {kind} names an account ref that does not exist",
        kind,
        f"SELECT DISTINCT r.ref FROM main.{kind} r LEFT JOIN main.ref f ON f.id = r.ref "
        "WHERE r.ref IS NOT NULL AND f.id IS NULL",
    )
    for name, kind_of in KINDS[kind].items():
        if kind_of == "day":
            column = f'"{name}"'
            test = f"{column} IS NOT NULL AND {_NO_DAY.format(column)}"
        elif kind_of == "flag":
            test = f'"{name}" IS NOT NULL AND "{name}" NOT IN (0, 1)'
        else:
            continue
        yield from _found(
            conn,
            file,
            "STO-027",
            f"{kind}.{name} is no {kind_of}",
            f"{kind}.{name}",
            f'SELECT "{name}" FROM main.{kind} WHERE {test}',
        )
    if "currency" in KINDS[kind]:
        for (code,) in conn.execute(f"SELECT DISTINCT currency FROM main.{kind} WHERE currency IS NOT NULL"):
            if not is_currency(code):
                yield Fault(
                    "STO-027",
                    f"{kind}.currency is no currency",
                    file=file,
                    name=f"{kind}.currency",
                    value=str(code),
                )


def _usage(conn: sqlite3.Connection, file: str) -> Iterator[Fault]:
    key = "u.ref || ' ' || u.metric || ' ' || u.day"
    yield from _found(
        conn,
        file,
        "STO-024",
        "a usage value was retired before it was written",
        "usage_old",
        f"SELECT {key} FROM main.usage_old u WHERE u.retired_by <= u.import_id",
    )
    yield from _found(
        conn,
        file,
        "STO-024",
        "a usage value is current and a later one is retired",
        "usage",
        f"SELECT {key} FROM main.usage_old o CROSS JOIN main.usage u "
        "ON u.ref = o.ref AND u.metric = o.metric AND u.day = o.day WHERE o.retired_by > u.import_id",
    )
    yield from _found(
        conn,
        file,
        "STO-024",
        "two usage values of one day were current at the same time",
        "usage_old",
        f"SELECT {key} FROM (SELECT *, "
        "LAG(retired_by) OVER (PARTITION BY ref, metric, day ORDER BY import_id) "
        "AS ended FROM main.usage_old) u WHERE u.ended > u.import_id",
    )
    for table in ("usage", "usage_old"):
        yield from _found(
            conn,
            file,
            "STO-024",
            f"{table} names an unknown import, metric or ref",
            table,
            f"SELECT {key} FROM main.{table} u WHERE u.import_id NOT IN (SELECT id FROM main.change_set) "
            "OR u.metric NOT IN (SELECT id FROM main.metric) OR u.ref NOT IN (SELECT id FROM main.ref)",
        )
        yield from _found(
            conn,
            file,
            "STO-027",
            f"{table}.day is no day",
            table,
            f"SELECT DISTINCT day FROM main.{table} WHERE {_NO_DAY.format('day')}",
        )


def _identities(conn: sqlite3.Connection, file: str) -> Iterator[Fault]:
    yield from _found(
        conn,
        file,
        "STO-026",
        "an identity points to an unknown account",
        "identity",
        "SELECT account FROM main.identity WHERE account IS NOT NULL "
        "AND account NOT IN (SELECT account FROM main.account_registry)",
    )
    yield from _found(
        conn,
        file,
        "STO-026",
        "a ref belongs to two accounts",
        "identity",
        # refused pairs are identity rows without a ref
        "SELECT ref FROM main.identity WHERE retired_by IS NULL AND ref IS NOT NULL GROUP BY ref HAVING COUNT(*) > 1",
    )


def _found(
    conn: sqlite3.Connection, file: str, ident: str, what: str, name: str, query: str
) -> Iterator[Fault]:
    """One fault for all rows of the query, with the first few as examples."""
    hits = [str(row[0]) for row in conn.execute(query + " LIMIT 1000")]
    if hits:
        count = f"{len(hits)} rows" if len(hits) < 1000 else "1000 rows or more"
        yield Fault(ident, what, file=file, name=name, value=f"{count}: {', '.join(hits[:_EXAMPLES])}")
