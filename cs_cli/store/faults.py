"""What SQLite's errors mean to a person: busy, full, damaged, or a fault of ours."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from cs_cli.base.errors import Busy, CsError, DatabaseUnusable

WAIT_SECONDS = 30.0

# primary result codes; the extended ones carry them in the low byte
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT,)
_NO_DATABASE = (sqlite3.SQLITE_NOTADB,)
_UNWRITABLE = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOLFS,
)


def as_cs_error(fault: BaseException, path: str | os.PathLike[str] | None = None) -> CsError | None:
    """The CsError for an sqlite3 error that a person can act on; None when it is a fault of ours.

    Busy STO-007, DatabaseUnusable STO-002 (no database), STO-005 (damaged), STO-006 (full,
    read-only, disk error).
    """
    if not isinstance(fault, sqlite3.Error):
        return None
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    file = os.fspath(path) if path is not None else None
    if code in _BUSY:
        return busy(file)
    if code in _NO_DATABASE:
        return not_a_database(file)
    if code in _DAMAGED:
        return DatabaseUnusable.of(
            "STO-005",
            "the database is damaged",
            file=file,
            next="cs restore puts the newest good backup back",
        )
    if code in _UNWRITABLE:
        from cs_cli.base.files import free_space

        room = f" ({free_space(os.path.dirname(file) or '.')} free on the disk)" if file else ""
        return DatabaseUnusable.of(
            "STO-006",
            f"the database cannot be used: {fault}{room}",
            file=file,
            next="make room, or make the file and its folder writable, and try again",
        )
    return None


def busy(path: str | os.PathLike[str] | None) -> CsError:
    """STO-007: somebody writes and does not end."""
    return Busy.of(
        "STO-007",
        f"another program has held the database for {WAIT_SECONDS:.0f} seconds",
        file=os.fspath(path) if path is not None else None,
        next="close it or wait, then run the command again",
    )


def not_a_database(file: str | None) -> DatabaseUnusable:
    """STO-002, for a file that is empty, text, encrypted or damaged at its head."""
    return DatabaseUnusable.of(
        "STO-002",
        "this file is not a database",
        file=file,
        next="move it away, then: cs restore, or import your exports again",
    )


@contextmanager
def sqlite_faults(path: str | os.PathLike[str] | None) -> Iterator[None]:
    """Turn the sqlite3 errors of the block into CsErrors; those that are ours pass unchanged."""
    try:
        yield
    except sqlite3.Error as fault:
        known = as_cs_error(fault, path)
        if known is None:
            raise
        raise known from fault
