"""The files that were read from disk: known again by size and times, so that nothing is opened twice for nothing."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec

from cs_cli import __version__
from cs_cli.base.errors import InputRefused
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.intake.mapping import replace_place
from cs_cli.intake.snapshots import copy_number, said_day, written_at, written_on
from cs_cli.store.export_files import OnDisk

ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".gz", ".zip", ".xlsx")
# times of files tick as slowly as this: one written less before it was read may be written again under the same time
TICK_NS = 2_000_000_000


def shown_name(path: Path) -> str:
    """The path as text that can be stored and printed: bytes that are no UTF-8 stand as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def key_of(path: Path, root: Path) -> str:
    """What a file is remembered by: its place in the workspace, which may move as a whole, else its whole path."""
    real, home = os.path.realpath(path), os.path.realpath(root)
    return shown_name(Path(os.path.relpath(real, home) if real.startswith(home + os.sep) else real))


def in_folder(folder: Path, root: Path) -> list[OnDisk]:
    """The exports of a folder by name, with one stat each. Raises InputRefused IMP-209 when there is none."""
    base = key_of(folder, root)
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not entry.name.lower().endswith(ENDINGS) or not entry.is_file():
                continue
            path = folder / entry.name
            key = key_of(path, root) if entry.is_symlink() else os.path.join(base, shown_name(Path(entry.name)))
            stat = entry.stat()
            found.append(OnDisk(path, key, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    if not found:
        raise InputRefused.of(
            "IMP-209", "no export is in this folder", file=shown_name(folder),
            expected="files that end in " + " ".join(ENDINGS), next="name the files, or another folder",
        )
    return sorted(found, key=lambda one: one.path)


def has_exports(folder: Path) -> bool:
    """Is there anything in the folder that could be imported?"""
    try:
        return any(
            name.lower().endswith(ENDINGS) and not name.startswith(".") and (folder / name).is_file()
            for name in os.listdir(folder)
        )
    except FileNotFoundError:
        return False


def on_disk(path: Path, root: Path) -> OnDisk | None:
    """A named file; None for stdin, and for what is not there."""
    if str(path) == "-":
        return None
    try:
        stat = os.stat(path)
    except OSError:
        return None  # the reader says so, with what to do
    return OnDisk(path, key_of(path, root), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def rules_of(sources: Iterable[SourceDef], settings: Settings, ends_default: str) -> str:
    """All that decides how files are read when nobody says anything: with other rules each is read anew."""
    own = [settings.currency, settings.timezone, settings.accounts_from, ends_default]
    parts = [__version__, own, [replace_place(one) for one in sources]]
    return sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def naive_day(path: Path, settings: Settings, when: str) -> str:
    """The day that a file speaks for as far as its name and its time tell."""
    return said_day(None, shown_name(path), when) or written_on(written_at(path), settings.timezone, when)


def order_of(path: Path, settings: Settings, when: str) -> tuple[str, int, str]:
    """Where a file stands among those of its export: its day, the number of its copy, when it was written."""
    return naive_day(path, settings, when), copy_number(shown_name(path)), written_at(path) or ""


def drop_gone(conn: sqlite3.Connection, folder: Path, root: Path, there: Iterable[str]) -> None:
    """Forget the files that lay in the folder and are not there any more; the caller holds a transaction."""
    base, still = key_of(folder, root) + os.sep, set(there)
    gone = [
        (path,) for (path,) in conn.execute("SELECT path FROM export_file").fetchall()
        if path.startswith(base) and os.sep not in path[len(base):] and path not in still
    ]
    conn.executemany("DELETE FROM export_file WHERE path = ?", gone)


def digest(path: Path) -> str | None:
    """The SHA-256 of a file's bytes; None where they cannot be read."""
    try:
        with path.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def is_settled(file: OnDisk, now_ns: int) -> bool:
    """Can a later change of the file be told by its times? Not when it was written right before now."""
    return max(file.mtime_ns, file.ctime_ns) < now_ns - TICK_NS


def now_ns() -> int:
    return time.time_ns()
