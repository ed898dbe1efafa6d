"""Rows that were set aside, in a file that can be repaired and imported again.

rejects/57.csv holds the header and the rows exactly as they stood, in the encoding of the
export; rejects/57.reasons.csv says, per row, where it stood and what is wrong. Repair 57.csv in
place and import it: only those rows are read, as the source of import 57, and linked to it.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.files import private_dir, write_whole

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace
    from cs_cli.intake.stage import Staged

REASONS = ("line", "record", "column", "header", "value", "what", "expected", "error")


def write(ws: Workspace, change_set: int, staged: Staged) -> str:
    """Write rejects/<change set>.csv and its reasons, both 0600; gives the path of the first."""
    private_dir(ws.rejects)
    rows = sorted(staged.set_aside, key=lambda row: row.line)
    header = staged.table.raw_header()
    if not header.endswith((b"\n", b"\r")):
        header += b"\n"
    seen: set[int] = set()
    parts = [header]
    for row in rows:
        if row.line not in seen:
            seen.add(row.line)
            parts.append(row.raw if row.raw.endswith((b"\n", b"\r")) else row.raw + b"\n")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(REASONS)
    for row in rows:
        writer.writerow([
            row.line, row.record or "", row.column or "", _inert(row.name), _inert(row.value), _inert(row.what),
            _inert(row.expected), row.ident,
        ])
    path = Path(ws.rejects) / f"{change_set}.csv"
    write_whole(path, b"".join(parts))
    write_whole(path.with_name(f"{change_set}.reasons.csv"), text.getvalue().encode())
    return str(path)


def _inert(text: str | None) -> str:
    """Text that no spreadsheet takes for a formula."""
    value = "" if text is None else text
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else value


def repaired(conn: sqlite3.Connection, ws: Workspace, path: Path) -> tuple[int, str] | None:
    """(import, source) when the path is a rejects file of this workspace: rejects/57.csv repairs import 57."""
    if str(path) == "-" or not path.stem.isdigit() or path.suffix != ".csv":
        return None
    if path.resolve().parent != Path(ws.rejects).resolve():
        return None
    row = conn.execute(
        "SELECT id, source FROM change_set WHERE id = ? AND kind = 'import'", (int(path.stem),)
    ).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


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
