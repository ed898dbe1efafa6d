"""A table with what its source adds to the columns: group headings carried down, the day of the import."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

from cs_cli.definitions.shapes import SourceDef
from cs_cli.intake.reader import Block, Cells, SetAside, Table
from cs_cli.intake.subtotals import Grouped, find_groups

GROUP = "(group)"
IMPORT_DAY = "(import day)"


def reshape(table: Table, source: SourceDef, day: date | str) -> Table:
    """The table with the closing rows and the virtual columns that the source knows; itself when there are none."""
    asked = {header for spec in source.columns.values() for one in (spec, *spec.else_) for header in one.from_}
    asked |= {*source.account.name, *source.account.id, *source.key}
    added = [GROUP] * source.groups + [IMPORT_DAY] * (IMPORT_DAY in asked)
    grouped = find_groups(table.headers, source.key, _all_rows(table)) if source.subtotals else None
    if not added and not source.footer and grouped is None:
        return table
    return Reshaped(table, added, str(table.as_of or day), source.footer, grouped)


def _all_rows(table: Table) -> Iterator[list[str]]:
    """The rows, then the closing ones, among which the sums of the last group may be."""
    for block in table.blocks():
        yield from block.rows
    for row in table.footers:
        cells = next(csv.reader([row.raw.decode(table.encoding)], delimiter=table.delimiter), [])
        if len(cells) == len(table.headers):
            yield cells


class Reshaped(Table):
    """Rows as those of the table, longer by the virtual cells; headings are no rows."""

    def __init__(
        self, table: Table, added: list[str], day: str, footer: Sequence[str], grouped: Grouped | None = None
    ) -> None:
        self.__dict__.update(table.__dict__)
        self._options = replace(self._options, footer=tuple(footer))
        self._added = bool(added) or grouped is not None
        self._grouped = grouped
        self._filled: dict[int, list[str]] = {}
        self._plain_headers = table.headers
        self._groups = GROUP in added
        self._day = [day] * (IMPORT_DAY in added)
        self.headers = [*table.headers, *added]

    def blocks(self) -> Iterator[Block]:
        group, seen, lines_seen = "", 0, list[int]()
        sums = None if self._grouped is None else replace(self._grouped)
        headers, self.headers = self.headers, self._plain_headers
        try:
            for block in super().blocks():
                if not self._added:
                    yield block
                    continue
                headings, seen = self._headings(seen)
                lines_seen += [line for line, _ in headings]
                kept: list[tuple[int, int, list[str]]] = []
                for line, record, cells in zip(block.lines, block.records, block.rows, strict=True):
                    while headings and headings[0][0] < line:
                        group = headings.pop(0)[1]
                    if self._groups and cells[0].strip() and not any(cell.strip() for cell in cells[1:]):
                        group = cells[0].strip()
                        lines_seen.append(line)
                        continue
                    if sums is not None:
                        if (level := sums.level(cells)) is not None:
                            sums.close(level)
                            self._leave_sums(line, cells)
                            continue
                        if (whole := sums.fill(cells)) != cells:
                            self._filled[line] = whole[: sums.width]
                            cells = whole
                    kept.append((line, record, [*cells, *[group] * self._groups, *self._day]))
                if headings:
                    group = headings[-1][1]
                if kept:
                    lines, records, rows = zip(*kept, strict=True)
                    yield Block(lines, records, Cells(rows=list(rows)))
            if self._groups or sums is not None:
                self._grand_total()
        finally:
            self.headers, self.heading_lines = headers, sorted(lines_seen)

    def raw_records(self, lines: Collection[int]) -> dict[int, bytes]:
        """As they stood; a row under a group with the values of its group in it, for it may be read alone."""
        found = super().raw_records(lines)
        for line in found.keys() & self._filled.keys():
            cells = next(csv.reader([found[line].decode(self.encoding)], delimiter=self.delimiter))
            out = io.StringIO(newline="")
            writer = csv.writer(out, delimiter=self.delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerow([*self._filled[line], *cells[len(self._filled[line]) :]])
            found[line] = out.getvalue().encode(self.encoding)
        return found

    def _leave_sums(self, line: int, cells: list[str]) -> None:
        """A row of sums is counted with the closing rows; what it says is of one group."""
        said = " ".join(cell.strip() for cell in cells if cell.strip())
        self.footers.append(SetAside(line, 0, b"", "IMP-047", "sums of a group", value=said[:60]))

    def _grand_total(self) -> None:
        """Only the last total speaks of all rows; those before it are of one group each."""
        self.controls = {}
        totals = [row for row in self.footers if row.raw.lower().lstrip(b'"').startswith(b"total")]
        if totals:
            cells = next(csv.reader([totals[-1].raw.decode(self.encoding)], delimiter=self.delimiter), [])
            if cells and cells[0].strip().casefold() in ("total", "grand total"):
                named = zip(self.headers[1:], cells[1:], strict=False)
                self.controls = {header: cell.strip() for header, cell in named if header and cell.strip()}

    def _headings(self, seen: int) -> tuple[list[tuple[int, str]], int]:
        """(line, text) of headings among the rows set aside since the first `seen`, which they are no longer."""
        if not self._groups:
            return [], 0
        found = [(row, text) for row in self.set_aside[seen:] if (text := self._heading(row)) is not None]
        for row, _ in found:
            self.set_aside.remove(row)
        return sorted((row.line, text) for row, text in found), len(self.set_aside)

    def _heading(self, row: SetAside) -> str | None:
        """A row that is one lone cell: a heading that was written without its commas."""
        if row.ident != "IMP-048":
            return None
        found = next(csv.reader([row.raw.decode(self.encoding)], delimiter=self.delimiter), [])
        return found[0].strip() if found and not any(cell.strip() for cell in found[1:]) else None
