"""One export opened by the source that claims it: its closing lines, its group headings, its virtual columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from cs_cli.definitions.shapes import SourceDef
from cs_cli.intake.reader import ReadOptions, Table, open_table
from cs_cli.intake.recognise import recognise
from cs_cli.intake.reshape import reshape
from cs_cli.intake.settle import renamed


def open_export(
    path: Path | None,
    name: str,
    sources: Sequence[SourceDef],
    wanted: str | None,
    options: ReadOptions,
    day: date | str,
    renames: Sequence[str] = (),
) -> tuple[Table, SourceDef]:
    """(the table as its source reads it, the source). path None is stdin; day: the day of the import.
    renames: "header in the file=its former name".

    Raises InputRefused for every fault of the file and when no source, or more than one, claims it.
    """
    options = replace(options, expect_headers=tuple(tuple(s.claims) for s in sources))
    table = open_table(path, name=name, options=options)
    if renames:
        table.headers = renamed(table.headers, renames, name)
    source = recognise(table.headers, sources, wanted, name)
    return reshape(table, source, day), source
