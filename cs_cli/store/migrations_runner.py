"""Making and upgrading the database file.

Migrations are migrations/NNNN_*.sql, found by being there and applied in order. All that a
file needs are one transaction together with its version number, so it is old or new, never
between; an existing file is copied to a backup first.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator

from cs_cli.base.errors import DatabaseUnusable
from cs_cli.store.faults import sqlite_faults

FOLDER = os.path.join(os.path.dirname(__file__), "migrations")


def migrations() -> list[tuple[int, str]]:
    """(number, path) in order. RuntimeError when a number is missing or there twice."""
    found = sorted(
        (int(name[:4]), os.path.join(FOLDER, name))
        for name in os.listdir(FOLDER)
        if name.endswith(".sql") and name[:4].isdigit()
    )
    if [number for number, _ in found] != list(range(1, len(found) + 1)):
        raise RuntimeError(
            f"migrations are not numbered 1 to {len(found)}: {[os.path.basename(p) for _, p in found]}"
        )
    return found


def latest_version() -> int:
    """The schema version this program makes: the highest migration number."""
    return max(int(name[:4]) for name in os.listdir(FOLDER) if name.endswith(".sql") and name[:4].isdigit())


def statements(script: str) -> Iterator[str]:
    """The SQL statements of a script, one by one; also with `;` in strings and triggers.

    `executescript` would commit first and end the transaction that makes a migration whole.
    """
    pending = ""
    for part in script.split(";"):
        pending += part + ";"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if _code(pending.removesuffix(";")):
        raise ValueError(f"the script ends inside a statement: {pending.strip()[:60]}")


def _code(text: str) -> str:
    return "".join(line.split("--")[0] for line in text.splitlines()).strip()


def apply(conn: sqlite3.Connection, version: int) -> None:
    """Run every migration above version inside the caller's transaction, the number included."""
    from cs_cli.base import domains

    conn.create_function("address", 1, domains.plain_address, deterministic=True)
    conn.create_function("ascii_domain", 1, domains.ascii_domain, deterministic=True)
    for number, path in migrations():
        if number <= version:
            continue
        with open(path, encoding="utf-8") as file:
            for statement in statements(file.read()):
                conn.execute(statement)
        conn.execute(f"PRAGMA user_version={number}")


def create(name: str) -> None:
    """Make the database whole under another name, then give it its own; 0600 from the first byte.

    A crash leaves at most a temporary file, never an empty database that looks real. Two
    that create at once: the folder's lock lets the first win, the second uses its file.
    """
    import fcntl

    from cs_cli.base.files import sync_folder

    folder = os.path.dirname(name)
    if not os.path.isdir(folder):
        raise DatabaseUnusable.of(
            "STO-001",
            "the folder of the database does not exist",
            file=name,
            next="run cs init to make a workspace",
        )
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not os.path.exists(name):
            temporary = f"{name}.{os.urandom(6).hex()}.part"
            try:
                _build(temporary)
                os.rename(temporary, name)
            except BaseException:
                _remove(temporary)
                raise
            sync_folder(folder)
    except OSError as fault:
        raise DatabaseUnusable.of(
            "STO-006",
            f"the database cannot be made: {fault.strerror or fault}",
            file=name,
            next="make the folder writable and try again",
        ) from fault
    finally:
        os.close(handle)


def _build(name: str) -> None:
    from cs_cli.store.connection import APPLICATION_ID

    os.close(os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    os.chmod(name, 0o600)
    with sqlite_faults(name):
        conn = sqlite3.connect(name, isolation_level=None)
        try:
            conn.execute("PRAGMA synchronous=FULL")
            conn.execute("BEGIN IMMEDIATE")
            conn.execute(f"PRAGMA application_id={APPLICATION_ID}")
            apply(conn, 0)
            conn.execute("COMMIT")
            conn.execute("PRAGMA journal_mode=WAL")
        finally:
            conn.close()


def _remove(temporary: str) -> None:
    for file in (temporary, temporary + "-journal", temporary + "-wal", temporary + "-shm"):
        if os.path.exists(file):
            os.unlink(file)


# schema → what figures of an older database are counted by other rules since, for the one who reads them
COUNTED_ANEW = {
    13: "invoices count for the time they are for, also without a service period, net of tax; MRR is ARR ÷ 12, rounded "
    "once; billing that ended makes no customer while a contract stands; imported rates hold from their day on",
    14: "a free time of a customer who had paid is a pause on its own days, and what was paid before it counts",
    15: "an account that pays a part of an unknown price is in no sum; cases that held on the first run have clocks; "
    "scores keep the last value of what is late and say as of when; data are late by their own rhythm, from the "
    "end of what they cover and the day that their export is of; usage of an account that no row names is unknown, "
    "not 0; silence is unknown while the CRM is late; what fell due after the newest export is not counted as overdue; "
    "an expired pulse is missing, not time; API calls and the like are programs' use, not people's",
}


def counted_anew(version: int) -> list[str]:
    """What an upgrade from that schema counts otherwise."""
    return [text for schema, text in COUNTED_ANEW.items() if version < schema]


def migrate_file(name: str, version: int) -> str:
    """Upgrade an existing file from version to the latest, after a backup of it, whose path is given.

    Raises DatabaseUnusable STO-009 when a step fails (rolled back), Busy when it is in use.
    """
    from cs_cli.store.backup import backup
    from cs_cli.store.connection import transaction

    kept = backup(name, why=f"schema-{version}")
    conn = sqlite3.connect(name, timeout=30, isolation_level=None)
    try:
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute("PRAGMA foreign_keys=OFF")  # tables may be rebuilt; checked below instead
        with sqlite_faults(name), transaction(conn):
            # somebody else may have upgraded it while we waited
            now = int(conn.execute("PRAGMA user_version").fetchone()[0])
            apply(conn, now)
            broken = conn.execute("PRAGMA foreign_key_check").fetchone()
            if broken is not None:
                raise sqlite3.IntegrityError(f"a row of {broken[0]} points to no row of {broken[2]}")
    except sqlite3.Error as fault:
        raise DatabaseUnusable.of(
            "STO-009",
            f"the upgrade of the database failed: {fault}",
            file=name,
            next=f"cs verify; a backup from before it is {kept}",
        ) from fault
    finally:
        conn.close()
    return str(kept)
