"""Rows that were set aside, in a file that can be repaired and imported again.

rejects/57.csv holds the header and the rows exactly as they stood, in the encoding of the
export; rejects/57.reasons.csv says, per row, where it stood and what is wrong; rejects/57.reading.json
how the whole file was read, because a few rows may not tell day first from month first. Repair 57.csv in
place and import it: only those rows are read, as the source of import 57, and linked to it.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from bisect import bisect
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cs_cli.base.files import private_dir, write_whole
from cs_cli.intake.deciding import Decided
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.settle import OF_CELLS

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace
    from cs_cli.intake.reader import Table
    from cs_cli.intake.stage import Staged

REASONS = ("line", "record", "column", "header", "value", "what", "expected", "error")


# what a person said about reading the export, which holds for its rejects as well
_OF_READING = ("encoding", "delimiter", "quote", *OF_CELLS, "rename")


@dataclass(frozen=True)
class Repair:
    """A rejects file: the import that it repairs, its source, and how that import was read.

    options holds what of ImportOptions was said then (see _OF_READING), decided what each column was found to be.
    """

    fixes: int
    source: str
    options: ImportOptions
    decided: Decided | None

    def laid_under(self, options: ImportOptions) -> ImportOptions:
        """The options of today, and those of the first import where today says nothing."""
        said = {name: getattr(options, name) or getattr(self.options, name) for name in _OF_READING}
        return replace(options, **said)


class _Reading(msgspec.Struct):
    options: ImportOptions
    decided: Decided | None


def write(ws: Workspace, change_set: int, staged: Staged, options: ImportOptions) -> str:
    """Write rejects/<change set>.csv, its reasons and its reading, all 0600; gives the path of the first."""
    private_dir(ws.rejects)
    rows = sorted(staged.set_aside, key=lambda row: row.line)
    ends = tuple(mark.encode(staged.table.encoding) for mark in ("\n", "\r"))
    raw = {row.line: row.raw for row in rows}
    raw |= _headings_of(staged.table, list(raw))
    records = [staged.table.raw_header(), *(raw[line] for line in sorted(raw))]
    whole = [record if record.endswith(ends) else record + ends[0] for record in records]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(REASONS)
    for row in rows:
        writer.writerow([
            row.line, row.record or "", row.column or "", _inert(row.name), _inert(row.value), _inert(row.what),
            _inert(row.expected), row.ident,
        ])
    path = Path(ws.rejects) / f"{change_set}.csv"
    write_whole(path, b"".join([staged.table.raw_mark(), *whole]))
    write_whole(path.with_name(f"{change_set}.reasons.csv"), text.getvalue().encode())
    said = {name: getattr(options, name) for name in _OF_READING}
    if not staged.table.encoding.startswith("utf"):
        said["encoding"] = staged.table.encoding    # also where nobody said it now: the source has it, or remembers it
    reading = _Reading(ImportOptions(**said), staged.decided)
    write_whole(path.with_name(f"{change_set}.reading.json"), msgspec.json.encode(reading))
    return str(path)


def _headings_of(table: Table, lines: list[int]) -> dict[int, bytes]:
    """The group headings that these rows stand under, by their lines: without them a row would name no account."""
    headings = table.heading_lines
    places = {bisect(headings, line) - 1 for line in lines} - {-1}
    return table.raw_records([headings[place] for place in places]) if places else {}


def _inert(text: str | None) -> str:
    """Text that no spreadsheet takes for a formula."""
    value = "" if text is None else text
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else value


def repaired(conn: sqlite3.Connection, ws: Workspace, path: Path) -> Repair | None:
    """What the path repairs, when it is a rejects file of this workspace: rejects/57.csv repairs import 57."""
    if str(path) == "-" or not path.stem.isdecimal() or path.suffix != ".csv":
        return None
    if path.resolve().parent != Path(ws.rejects).resolve():
        return None
    row = conn.execute(
        "SELECT id, source FROM change_set WHERE id = ? AND kind = 'import'", (int(path.stem),)
    ).fetchone()
    if row is None:
        return None
    try:
        found = msgspec.json.decode(path.with_suffix(".reading.json").read_bytes(), type=_Reading)
    except (FileNotFoundError, msgspec.MsgspecError):
        found = _Reading(ImportOptions(), None)  # taken away, or of another version: the rows speak for themselves
    if found.options.encoding and _is_utf8(path):
        found.options = replace(found.options, encoding=None)  # saved anew by an editor
    return Repair(int(row[0]), str(row[1]), found.options, found.decided)


def _is_utf8(path: Path) -> bool:
    try:
        path.read_bytes().decode()
    except UnicodeDecodeError:
        return False
    return True


def reasons(ws: Workspace, change_set: int) -> list[dict[str, str]]:
    """The rows of rejects/<change set>.reasons.csv; none when the import set nothing aside."""
    path = Path(ws.rejects) / f"{change_set}.reasons.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [{name: _bare(text) for name, text in row.items()} for row in csv.DictReader(stream)]


def _bare(text: str | None) -> str:
    value = text or ""
    return value[1:] if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@", "\t", "\r", "\n") else value
