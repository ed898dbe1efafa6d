"""The one way to open the database: same pragmas, same checks, same functions everywhere.

Readers open read-only. A file that is missing, empty, foreign or newer is refused without a
byte of it being changed; an older one is migrated first, after a backup.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cs_cli.base.errors import DatabaseUnusable
from cs_cli.store.faults import WAIT_SECONDS, not_a_database, sqlite_faults

APPLICATION_ID = 0x6373646B  # "csdk"
_MAGIC = b"SQLite format 3\x00"

# FULL: with NORMAL a power cut takes back commits that were reported done, and a reminder
# would be sent twice. secure_delete for main only: temporary tables need no scrubbing.
_WRITER = """PRAGMA synchronous=FULL; PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON;
PRAGMA foreign_keys=ON; PRAGMA main.secure_delete=ON"""
_EVERYONE = """PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;
PRAGMA cache_size=-32000"""


def open_database(
    path: str | os.PathLike[str], *, write: bool = False, create: bool = False,
    tell: Callable[[str], object] | None = None,
) -> sqlite3.Connection:
    """A connection in autocommit mode (use `transaction`), rows as plain tuples.

    tell: is given what an upgrade of the file did, line by line: its backup, and which figures are counted anew.

    write=False opens read-only (TEMP tables work). create=True makes the file, mode 0600, when
    it is missing; it never replaces anything. Raises DatabaseUnusable (13) STO-001 missing, STO-002 no database,
    STO-003 another program's, STO-004 newer, STO-005 damaged, STO-006 unwritable; Busy (11).
    """
    from cs_cli.store import migrations_runner as runner

    name = os.path.realpath(path)
    latest = runner.latest_version()
    if not os.path.exists(name):
        if not create:
            raise DatabaseUnusable.of(
                "STO-001",
                "no database here yet",
                file=os.fspath(path),
                next="run cs init for a new workspace, or cs import FILE for the first export",
            )
        runner.create(name)
    _check_head(name, latest)
    _make_private(name)
    with sqlite_faults(name):
        conn = _connect(name, write)
        try:
            version = _check_version(conn, name, latest)
            if version < latest:
                conn.close()
                kept = runner.migrate_file(name, version)
                if tell is not None:
                    tell(f"the database was upgraded from schema {version} to {latest}; as it was: {kept}")
                    for changed in runner.counted_anew(version):
                        tell(f"some figures may change: {changed}")
                conn = _connect(name, write)
            conn.execute("PRAGMA temp_store=MEMORY")
        except BaseException:
            conn.close()
            raise
    return conn


def _connect(name: str, write: bool) -> sqlite3.Connection:
    if write:
        conn = sqlite3.connect(name, timeout=WAIT_SECONDS, isolation_level=None)
    else:
        conn = _connect_reader(name)
    for pragma in (_EVERYONE + ";" + _WRITER if write else _EVERYONE).split(";"):
        conn.execute(pragma)
    if write and conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        # where WAL is refused (some network drives) the rollback journal is as safe, only slower
        conn.execute("PRAGMA journal_mode=WAL")
    _register(conn)
    return conn


def _connect_reader(name: str) -> sqlite3.Connection:
    address = "file:" + _quoted(name) + "?mode=ro"
    conn = sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        conn.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        conn.close()
        # A read-only medium: the shared-memory file of the journal cannot be made. Without a
        # journal the file alone is the whole truth, and nobody else can be writing to it.
        if os.access(os.path.dirname(name), os.W_OK) or _has_journal(name):
            raise
        conn = sqlite3.connect(address + "&immutable=1", uri=True, isolation_level=None)
    return conn


def _has_journal(name: str) -> bool:
    try:
        return os.stat(name + "-wal").st_size > 0
    except FileNotFoundError:
        return False


def _quoted(name: str) -> str:
    # what SQLite's URI parser would read as something else than a character of the path
    return name.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _check_head(name: str, latest: int) -> None:
    """Refuse by the first 100 bytes, before SQLite could touch the file or roll back a journal."""
    try:
        with open(name, "rb") as file:
            head = file.read(100)
            links = os.fstat(file.fileno()).st_nlink
    except OSError as fault:
        raise DatabaseUnusable.of(
            "STO-006",
            f"the database cannot be read: {fault.strerror}",
            file=name,
            next="make the file readable and try again",
        ) from fault
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise not_a_database(name)
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise DatabaseUnusable.of(
            "STO-003",
            "this database belongs to another program",
            file=name,
            next="move it away, then: cs init, or cs restore",
        )
    if links > 1:
        raise DatabaseUnusable.of(
            "STO-014",
            "the database file has a second name (a hard link)",
            file=name,
            next="copy it to a name of its own; two names would have two journals",
        )
    _refuse_newer(int.from_bytes(head[60:64], "big"), name, latest)


def _check_version(conn: sqlite3.Connection, name: str, latest: int) -> int:
    # again through SQLite: the newest head may still be in the journal
    version = int(conn.execute("PRAGMA user_version").fetchone()[0])
    _refuse_newer(version, name, latest)
    return version


def _refuse_newer(version: int, name: str, latest: int) -> None:
    if version > latest:
        from cs_cli import __version__

        raise DatabaseUnusable.of(
            "STO-004",
            f"this database was made by a newer cs (schema {version}; cs {__version__} knows {latest})",
            file=name,
            next="upgrade cs; the file was not touched",
        )


def _make_private(name: str) -> None:
    """Customer data is for its owner only, whatever the umask or an unpacked archive left."""
    for file in (name, name + "-wal", name + "-shm"):
        try:
            if os.stat(file).st_mode & 0o077:
                os.chmod(file, 0o600)
        except OSError as fault:
            # not there; or somebody else's file or a read-only disk, where reading may go on
            if fault.errno not in (errno.ENOENT, errno.EPERM, errno.EACCES, errno.EROFS):
                raise


def _register(conn: sqlite3.Connection) -> None:
    """fold, address, add_days and add_months: what SQLite cannot do alike on every machine."""
    from cs_cli.store import functions

    conn.create_function("fold", 1, functions.fold, deterministic=True)
    conn.create_function("address", 1, functions.address, deterministic=True)
    conn.create_function("add_days", 2, functions.add_days, deterministic=True)
    conn.create_function("add_months", 3, functions.add_months, deterministic=True)


def copy_in_memory(conn: sqlite3.Connection) -> sqlite3.Connection:
    """A copy that can be changed at will while the file stays as it is: for rehearsals. As large as the file."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    conn.backup(copy)
    for pragma in _EVERYONE.split(";"):
        copy.execute(pragma)
    copy.execute("PRAGMA foreign_keys=ON")
    copy.execute("PRAGMA temp_store=MEMORY")
    _register(copy)
    return copy


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One whole write: BEGIN IMMEDIATE … COMMIT, or ROLLBACK on any exception.

    Waits up to 30 s for another writer, then Busy (11); disk full and the like are
    DatabaseUnusable (13). Inside an open transaction it joins it. No network, no printing inside.
    """
    if conn.in_transaction:
        yield conn
        return
    with sqlite_faults(database_path(conn)):
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield conn
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:  # SQLite has rolled back by itself after some disk errors
                conn.execute("ROLLBACK")
            raise


def database_path(conn: sqlite3.Connection) -> str:
    """The file of the connection's main database ("" for one in memory)."""
    return str(conn.execute("PRAGMA database_list").fetchone()[2] or "")


def rows(
    conn: sqlite3.Connection, sql: str, params: Mapping[str, Any] | Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """The result as one dict per row, columns in the order of the SELECT."""
    cursor = conn.execute(sql, params)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
