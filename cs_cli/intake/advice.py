"""Rows set aside for one word: the line of the source that settles it, named once, not for each row and each week."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cs_cli.base.errors import Fault
from cs_cli.definitions.shapes import SourceDef, SourceField
from cs_cli.intake.recognise import folds, is_like, spellings

WORD = "IMP-151"  # an unknown word in a column of declared ones
FLAG = "IMP-150"
MEANINGS = 8
_Place = tuple[str, str]


@dataclass
class _Group:
    """The faults of one word in one column."""

    column: str
    spec: SourceField
    faults: list[Fault] = field(default_factory=list)


def advise(
    conn: sqlite3.Connection, number: int, source: SourceDef, root: Path, faults: Sequence[Fault]
) -> list[Fault]:
    """The faults with each word's rows in one, and the line that settles it where nobody was told before.

    number: the change set that set them aside; what is said now is remembered with it, in the caller's transaction.
    """
    groups: dict[_Place, _Group] = {}
    rest: list[Fault] = []
    counts: dict[_Place, int] = defaultdict(int)
    for fault in faults:
        counts[fault.name or "", fault.value or ""] += 1
    for fault in faults:
        place = fault.name or "", fault.value or ""
        found = _column(source, place[0])
        if found is None or not _is_word(fault, counts[place], _told(conn, source.source, place) is not None):
            rest.append(fault)
            continue
        groups.setdefault(place, _Group(*found)).faults.append(fault)
    said = []
    for place, group in groups.items():
        before = _told(conn, source.source, place)
        conn.execute("INSERT OR IGNORE INTO advised VALUES (?, ?, ?, ?)", (source.source, *place, number))
        said.append(_said(source, root, place, group, before))
    return [*said, *rest]


def _is_word(fault: Fault, rows: int, told: bool) -> bool:
    """Is it a word that a line of the source could settle? One that no column of words has only when it comes again."""
    value = fault.value or ""
    if not any(letter.isalpha() for letter in value) or len(value) > 60 or value.endswith("…"):
        return False
    return fault.ident in (WORD, FLAG) or (fault.ident.startswith("IMP-1") and (rows > 1 or told))


def _told(conn: sqlite3.Connection, source: str, place: _Place) -> int | None:
    row = conn.execute(
        "SELECT change_set FROM advised WHERE source = ? AND header = ? AND value = ?", (source, *place)
    ).fetchone()
    return None if row is None else int(row[0])


def _column(source: SourceDef, header: str) -> tuple[str, SourceField] | None:
    """The column of the source that a header feeds."""
    folded = folds(source)(header)
    for column, spec in source.columns.items():
        for one in (spec, *spec.else_):
            if any(is_like(word, folded) for declared in one.from_ for word in spellings(source, declared)):
                return column, spec
    return None


def _said(source: SourceDef, root: Path, place: _Place, group: _Group, before: int | None) -> Fault:
    first, rows = group.faults[0], len(group.faults)
    more = f" ({rows:,} rows)" if rows > 1 else ""
    if before is not None:
        return msgspec.structs.replace(
            first, what=f"{first.what}{more}, set aside again as in import #{before}", expected=None
        )
    value = json.dumps(" ".join(place[1].split()), ensure_ascii=False)
    if first.ident in (WORD, FLAG):
        meanings = list(dict.fromkeys(str(one) for one in group.spec.map.values())) or ["1", "0"]
        listed = ", ".join(meanings[:MEANINGS]) + (", …" if len(meanings) > MEANINGS else "")
        line = f"columns: {group.column}: map: {{{value}: MEANING}}, where MEANING is one of {listed}"
    else:
        line = f"columns: {group.column}: empty: [{value}], if it means that nothing is known"
    file = f"sources/{source.source}.yaml"
    copy = "" if (root / file).exists() else f" (made by: cs sources copy {source.source})"
    return msgspec.structs.replace(first, what=f"{first.what}{more}", next=f"add to {file}{copy}: {line}")
