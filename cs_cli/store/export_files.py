"""The files that were read from disk, and what became of each: the table export_file."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

_ENDING = re.compile(r"(?:\.(?:csv|tsv|txt|tab|gz|zip|xlsx))+$", re.IGNORECASE)


@dataclass(frozen=True)
class OnDisk:
    """A file as one stat tells it. key: what it is remembered by."""

    path: Path
    key: str
    size: int
    mtime_ns: int
    ctime_ns: int

    @property
    def stamp(self) -> tuple[int, int, int]:
        return self.size, self.mtime_ns, self.ctime_ns


class Known(msgspec.Struct, frozen=True):
    """A file that was read before. state: in, or aside with ident, reason and advice; see the table export_file."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    settled: int
    sha256: str | None
    rules: str
    state: str
    change_set: int | None
    source: str | None
    read_on: str
    speaks_for: str
    before: int
    after: int
    ident: str | None
    reason: str | None
    advice: str | None

    @property
    def stamp(self) -> tuple[int, int, int]:
        return self.size, self.mtime_ns, self.ctime_ns

    def is_still(self, file: OnDisk) -> bool:
        """Is this the very file that was read?"""
        return bool(self.settled) and file.stamp == self.stamp


def stem_of(name: str) -> str:
    """What the names of one export's files have in common: no day, no number, no ending, no folder."""
    last = _ENDING.sub("", name.replace("\\", "/").rsplit("/", 1)[-1])
    return " ".join(re.sub(r"[\W\d_]+", " ", last).casefold().removesuffix(" copy").split())


_COLUMNS = Known.__struct_fields__


def all_known(conn: sqlite3.Connection) -> dict[str, Known]:
    """Every file that was read, by its key."""
    rows = conn.execute(f"SELECT {', '.join(_COLUMNS)} FROM export_file ORDER BY path").fetchall()
    return {row[0]: Known(*row) for row in rows}


def remember(conn: sqlite3.Connection, found: Sequence[Known]) -> None:
    """Write down what became of files; the caller holds a transaction."""
    marks = ", ".join("?" * len(_COLUMNS))
    conn.executemany(
        f"INSERT OR REPLACE INTO export_file ({', '.join(_COLUMNS)}) VALUES ({marks})",
        [msgspec.structs.astuple(one) for one in found],
    )
