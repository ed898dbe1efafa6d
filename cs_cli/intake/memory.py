"""What the columns of a source were proven to be, or said to be, by the imports that are in force.

Kept with the import's change set, so undo forgets it. A file that cannot tell by itself is read as the newest import
of its source that could; one that proves the opposite is asked about (see deciding.py); a person's option wins.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake import ends, scales
from cs_cli.intake.crm_money import UNDECIDED
from cs_cli.intake.crm_money import WORD as MONEY
from cs_cli.intake.opening import Known, Named
from cs_cli.intake.plan import Memory, Remembered
from cs_cli.intake.recalling import forms_of
from cs_cli.intake.recognise import fold_header
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.settle import DAYS
from cs_cli.intake.values.decide_numbers import NUMBERS
from cs_cli.store.change_sets import undone_by

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

NAMED = "named"  # a column that --rename gave the name of another
_WHOLE = ""  # the header of what holds for the file


def recall(conn: sqlite3.Connection, source: str) -> Memory:
    """What is in force for a source, the newest import winning."""
    return {(header, word): found for (name, header, word), found in _all(conn) if name == source}


def recall_encodings(conn: sqlite3.Connection) -> dict[str, Known]:
    """Source → the encoding that a person confirmed for its files."""
    return {
        name: Known(found.value, f"in {found.since}")
        for (name, header, word), found in _all(conn) if (header, word) == (_WHOLE, "encoding")
    }


def recall_names(conn: sqlite3.Connection) -> dict[str, dict[str, Named]]:
    """Source → the header as it is compared → what a person said (--rename) that the column was called before."""
    found: dict[str, dict[str, Named]] = {}
    for (name, header, word), one in _all(conn):
        if word == NAMED:
            found.setdefault(name, {})[header] = Named(one.value, f"in {one.since}")
    return found


def list_remembered(conn: sqlite3.Connection, source: str) -> list[dict[str, str]]:
    """What is in force for a source, in rows like those of describe_source."""
    return [
        {"column": "(remembered)", "headers": header or "the file", "type": word,
         "how": f"{', '.join(forms_of(one.value))}, {'said' if one.said else 'proven'} in {one.since}"}
        for (header, word), one in sorted(recall(conn, source).items())
        if word not in (ends.READ, UNDECIDED)  # how it was read, whyever; what proves it stands beside it
    ]


def _all(conn: sqlite3.Connection) -> Iterable[tuple[tuple[str, str, str], Remembered]]:
    undone = undone_by(conn)
    for number, name, file, header, word, value, said in conn.execute(
        "SELECT r.import_id, c.source, c.file, r.header, r.word, r.value, r.said FROM column_reading AS r "
        "JOIN change_set AS c ON c.id = r.import_id ORDER BY r.import_id, r.header, r.word"
    ):
        if number not in undone:
            called = f" ({PurePath(file).name})" if file else ""
            yield (name, header, word), Remembered(value, f"import #{number}{called}", bool(said))


def proofs(staged: Staged, options: ImportOptions) -> Memory:
    """What one file proved of its columns, and what was said about it."""
    found: Memory = {}
    since = PurePath(staged.table.name).name
    if options.encoding and staged.table.beyond_ascii and not staged.table.encoding.startswith("utf"):
        found[_WHOLE, "encoding"] = Remembered(staged.table.encoding, since, said=True)
    if options.money:
        found[_WHOLE, MONEY] = Remembered(options.money, since, said=True)
    if (undecided := staged.plan.undecided) or (_WHOLE, UNDECIDED) in staged.plan.remembered:
        found[_WHOLE, UNDECIDED] = Remembered(undecided, since, said=False)
    for text in options.rename:
        new, _, old = text.partition("=")
        found[fold_header(new), NAMED] = Remembered(old.strip(), since, said=True)
    for field, (_, decision) in zip(staged.plan.readings(), staged.decided or (), strict=True):
        place = staged.plan.place_of(field)
        for word, value in decision.proven:
            found.setdefault((place, word), Remembered(value, since, said=False))
        for word, value in _said(field.spec, options) if field.cells else ():
            found[place, word] = Remembered(value, since, said=True)
    return found | ends.memory(staged) | scales.memory(staged)


def remember(conn: sqlite3.Connection, change_set: int, found: Memory) -> None:
    """Keep what the file of a change set proved, so that undo of the one forgets the other."""
    conn.executemany(
        "INSERT INTO column_reading (import_id, header, word, value, said) VALUES (?, ?, ?, ?, ?)",
        [(change_set, *place, one.value, int(one.said)) for place, one in found.items()],
    )


def _said(spec: SourceColumn, options: ImportOptions) -> Iterable[tuple[str, str]]:
    """What the options say of a column, whose spec has them in it already."""
    if spec.type in DAYS:
        forms = [form for form in (options.dates, "excel" if options.excel_dates else None) if form in spec.format]
        if forms:
            yield "format", msgspec.json.encode(forms).decode()
        if options.century:
            yield "century", "true"
    if spec.type in NUMBERS:
        if options.decimal and spec.decimal == options.decimal:
            yield "decimal", options.decimal
        if options.dashes and spec.dashes == options.dashes:
            yield "dashes", options.dashes
    if spec.type == "percent" and options.percents in spec.format and options.percents:
        yield "format", options.percents
