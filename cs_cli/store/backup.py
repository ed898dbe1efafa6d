"""Backups that are known to be whole: copied by SQLite, opened and checked before they count."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from cs_cli.base.errors import DatabaseUnusable
from cs_cli.base.files import private_dir, sync_folder
from cs_cli.store.connection import APPLICATION_ID
from cs_cli.store.faults import WAIT_SECONDS, sqlite_faults

KEEP_DAYS = 7
KEEP_WEEKS = 4


def backup(path: str | os.PathLike[str], *, at: datetime | None = None, why: str | None = None) -> Path:
    """A checked copy of the database in backups/ beside it, 0600; returns its path.

    Other cs may read and write meanwhile: the copy is one committed state. Named
    cs-<instant>[-why].db; of older ones the last of each of 7 days and of 4 weeks are kept.
    Raises DatabaseUnusable STO-001, 005 (this database is damaged) or 006.
    """
    source = Path(path)
    if not source.exists():
        raise DatabaseUnusable.of(
            "STO-001", "no database here yet", file=str(source), next="there is nothing to back up"
        )
    folder = private_dir(source.parent / "backups")
    at = at or datetime.now(UTC)
    stem = f"{source.stem}-{at.astimezone(UTC):%Y-%m-%dT%H%M%SZ}" + (f"-{why}" if why else "")
    target = _free(folder, stem)
    temporary = folder / f".{target.name}.{os.urandom(4).hex()}.part"
    try:
        _copy(source, temporary)
        check_whole(temporary)
        os.rename(temporary, target)
    except OSError as fault:
        raise DatabaseUnusable.of(
            "STO-006",
            f"the backup cannot be written: {fault.strerror or fault}",
            file=str(target),
            next="make room and try again",
        ) from fault
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(folder)
    _thin_out(folder, source.stem, keep=target)
    return target


def _free(folder: Path, stem: str) -> Path:
    target, n = folder / f"{stem}.db", 2
    while target.exists():
        target, n = folder / f"{stem}-{n}.db", n + 1
    return target


def _copy(source: Path, temporary: Path) -> None:
    # the file exists, private, before SQLite writes the first page of customer data into it
    os.close(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    os.chmod(temporary, 0o600)
    with sqlite_faults(source):
        reader = sqlite3.connect(source, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            # one read transaction: the copy is one committed state however long it takes
            reader.execute("VACUUM INTO ?", (str(temporary),))
        finally:
            reader.close()
    handle = os.open(temporary, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_whole(path: str | os.PathLike[str]) -> None:
    """Raise DatabaseUnusable STO-013 unless the file is a whole database of cs."""
    name = os.fspath(path)
    if not os.path.isfile(name):
        raise DatabaseUnusable.of("STO-013", "there is no such backup", file=name, next="cs restore --list")
    try:
        conn = sqlite3.connect(Path(name).resolve().as_uri() + "?mode=ro&immutable=1", uri=True)
        try:
            mark = conn.execute("PRAGMA application_id").fetchone()[0]
            answer = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
        finally:
            conn.close()
    except sqlite3.Error as fault:
        raise _not_usable(name, str(fault)) from fault
    if mark != APPLICATION_ID:
        raise _not_usable(name, "it is no database of cs")
    if answer != "ok":
        raise _not_usable(name, str(answer))


def _not_usable(name: str, why: str) -> DatabaseUnusable:
    return DatabaseUnusable.of(
        "STO-013", f"this backup cannot be used: {why}", file=name, next="cs restore --list"
    )


def backups(path: str | os.PathLike[str]) -> list[Path]:
    """The backups of the database at path, newest first."""
    source = Path(path)
    folder = source.parent / "backups"
    return sorted((p for p in folder.glob(f"{source.stem}-*.db")), key=lambda p: p.name, reverse=True)


def _thin_out(folder: Path, stem: str, keep: Path) -> None:
    """The newest of each of the last 7 days and 4 weeks stay; the one just made always does."""
    days: set[str] = set()
    weeks: set[str] = set()
    for path in sorted(folder.glob(f"{stem}-*.db"), key=lambda p: p.name, reverse=True):
        try:
            day = datetime.strptime(path.name[len(stem) + 1 : len(stem) + 11], "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            continue  # not named by us: not ours to delete
        date, week = f"{day:%Y-%m-%d}", f"{day:%G-%V}"
        wanted = (date not in days and len(days) < KEEP_DAYS) or (
            week not in weeks and len(weeks) < KEEP_WEEKS
        )
        if wanted or path == keep:
            days.add(date)
            weeks.add(week)
        else:
            path.unlink()


def restore(file: str | os.PathLike[str], path: str | os.PathLike[str]) -> Path | None:
    """Put a backup in the place of the database; the replaced file is kept, its path returned.

    The backup is checked first. None when there was no database. Raises DatabaseUnusable
    STO-013 (backup missing or not whole), STO-006; Busy STO-007 when the database is in use.
    """
    target = Path(path)
    check_whole(file)
    kept: Path | None = None
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.part")
    try:
        _copy(Path(file), temporary)
        with sqlite3.connect(temporary, isolation_level=None) as fresh:
            fresh.execute("PRAGMA journal_mode=WAL")
        fresh.close()
        if target.exists():
            kept = _set_aside(target)
        os.replace(temporary, target)
        sync_folder(target.parent)
    except OSError as fault:
        raise DatabaseUnusable.of(
            "STO-006",
            f"the backup cannot be put back: {fault.strerror or fault}",
            file=str(target),
            next="make room and try again",
        ) from fault
    finally:
        temporary.unlink(missing_ok=True)
    return kept


def _set_aside(target: Path) -> Path:
    """Fold the journal into the old file if it can still be read, and copy it to backups/."""
    folder = private_dir(target.parent / "backups")
    kept = _free(folder, f"replaced-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}")
    try:
        old = sqlite3.connect(target, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            old.close()
    except sqlite3.DatabaseError:
        pass  # a damaged file is exactly what a restore is for; it is kept as it is
    import shutil

    shutil.copyfile(target, kept)
    kept.chmod(0o600)
    for journal in ("-wal", "-shm"):
        Path(str(target) + journal).unlink(missing_ok=True)
    return kept
