"""Backups that are known to be whole: copied by SQLite, opened and checked before they count."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from cs_cli.base.errors import Busy, DatabaseUnusable
from cs_cli.base.files import private_dir, sync_folder
from cs_cli.store.connection import APPLICATION_ID
from cs_cli.store.faults import WAIT_SECONDS, as_cs_error, busy, sqlite_faults

KEEP_DAYS = 7
KEEP_WEEKS = 4


def backup(path: str | os.PathLike[str], *, at: datetime | None = None, why: str | None = None) -> Path:
    """A checked copy of the database in backups/ beside it, 0600; returns its path.

    Other cs may read and write meanwhile: the copy is one committed state. Named
    cs-<instant>[-why].db; of older ones with a why, those that cs made by itself, the last of each of 7 days and of
    4 weeks are kept.
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
    _thin_out(source, folder, keep=target)
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


def _thin_out(source: Path, folder: Path, keep: Path) -> None:
    """Of the backups that cs made by itself the newest of each of the last 7 days and 4 weeks stay.

    What a person asked for is never thinned out, nor the one just made, nor the newest from before the newest change.
    """
    changed = _newest_change(source)
    days: set[str] = set()
    weeks: set[str] = set()
    before_change = False
    for path in sorted(folder.glob(f"{source.stem}-*.db"), key=lambda p: p.name, reverse=True):
        stamp, _, why = path.name[len(source.stem) + 1 : -3].partition("Z")
        try:
            made = datetime.strptime(stamp, "%Y-%m-%dT%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            continue  # not named by us: not ours to delete
        if not why.strip("-0123456789"):
            continue  # a person asked for it: `cs backup` gives no reason
        date, week = f"{made:%Y-%m-%d}", f"{made:%G-%V}"
        last_good = not before_change and changed is not None and made < changed
        before_change = before_change or last_good
        wanted = (date not in days and len(days) < KEEP_DAYS) or (week not in weeks and len(weeks) < KEEP_WEEKS)
        if wanted or last_good or path == keep:
            days.add(date)
            weeks.add(week)
        else:
            path.unlink()


def _newest_change(source: Path) -> datetime | None:
    """The instant of the newest change set, to the second; None where there is none or the file is older than them."""
    conn = sqlite3.connect(source.resolve().as_uri() + "?mode=ro", uri=True, timeout=WAIT_SECONDS)
    try:
        (at,) = conn.execute("SELECT max(at) FROM change_set").fetchone()
    except sqlite3.Error:
        return None
    finally:
        conn.close()
    return datetime.fromisoformat(at).astimezone(UTC) if at else None


def restore(file: str | os.PathLike[str], path: str | os.PathLike[str]) -> Path | None:
    """Put a backup in the place of the database; what was there is kept whole, journal and all; its path is returned.

    Both files are checked first. The content is replaced in one transaction under the write lock, so whoever reads or
    waits to write meanwhile goes on with the database that is there afterwards, and no acknowledged row is lost. A
    damaged database is kept as it is with its journal, and its file is replaced. None when there was no database.
    Raises DatabaseUnusable STO-013 (backup missing or not whole), STO-006; Busy STO-007 when a writer does not end.
    """
    target = Path(path)
    check_whole(file)
    try:
        if not target.exists():
            _put_file(Path(file), target)
            return None
        folder = private_dir(target.parent / "backups")
        kept = _free(folder, f"replaced-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}")
        with sqlite_faults(target):
            if _is_readable(target):
                _replace_content(Path(file), target, kept)
            else:
                _keep_damaged(target, kept)
                _put_file(Path(file), target)
        sync_folder(target.parent)
    except OSError as fault:
        raise DatabaseUnusable.of(
            "STO-006",
            f"the backup cannot be put back: {fault.strerror or fault}",
            file=str(target),
            next="make room and try again",
        ) from fault
    return kept


def _is_readable(target: Path) -> bool:
    """Whether SQLite reads it from end to end; a restore is for files of which it does not."""
    conn = sqlite3.connect(target, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        return bool(conn.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError as fault:
        if (known := as_cs_error(fault, target)) is not None and isinstance(known, Busy):
            raise known from fault
        return False
    finally:
        conn.close()


def _replace_content(file: Path, target: Path, kept: Path) -> None:
    """The pages of the backup instead of those of the database, and those are kept first, under the same lock."""
    temporary = kept.with_name(f".{kept.name}.{os.urandom(4).hex()}.part")
    source = sqlite3.connect(file.resolve().as_uri() + "?mode=ro&immutable=1", uri=True)
    there = sqlite3.connect(target, timeout=WAIT_SECONDS, isolation_level=None)
    (pages,) = source.execute("PRAGMA page_count").fetchone()

    def step(status: int, remaining: int, total: int) -> None:
        """Called after the first step, which takes the write lock that the later ones keep."""
        del remaining, total
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise sqlite3.OperationalError("database is locked")
        if not kept.exists():
            _copy(target, temporary)
            check_whole(temporary)
            os.rename(temporary, kept)

    try:
        source.backup(there, pages=max(1, pages // 100), progress=step)
        there.execute("PRAGMA wal_checkpoint(PASSIVE)")
    except sqlite3.OperationalError as fault:
        if str(fault) != "database is locked":
            raise
        raise busy(target) from fault
    finally:
        source.close()
        there.close()
        temporary.unlink(missing_ok=True)


def _put_file(file: Path, target: Path) -> None:
    """A copy of the backup as the database's file; no journal of another database may lie beside it."""
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.part")
    try:
        _copy(file, temporary)
        with sqlite3.connect(temporary, isolation_level=None) as fresh:
            fresh.execute("PRAGMA journal_mode=WAL")
        fresh.close()
        for journal in ("-wal", "-shm"):
            Path(str(target) + journal).unlink(missing_ok=True)
        os.replace(temporary, target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _keep_damaged(target: Path, kept: Path) -> None:
    """The damaged file as it is, and its journal beside it: somebody may get more out of them."""
    import shutil

    for end in ("", "-wal"):
        old = Path(str(target) + end)
        if old.exists():
            shutil.copyfile(old, str(kept) + end)
            os.chmod(str(kept) + end, 0o600)
