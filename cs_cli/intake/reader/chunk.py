"""Some whole lines of an export, split into records."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass
class BadRecord:
    """A record whose quoting is wrong; at is the index of the cell, raw the text as it stood."""

    line: int
    raw: str
    ident: str
    what: str
    at: int | None = None
    value: str | None = None
    expected: str | None = None


class Cells:
    """The cells of some records, given by rows or (all as wide) by columns; the other form is made when asked for."""

    def __init__(
        self, *, rows: list[list[str]] | None = None, columns: Sequence[Sequence[str]] | None = None
    ) -> None:
        if rows is not None:
            self.rows = rows
        if columns is not None:
            self.columns = columns

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def rows(self) -> list[list[str]]:
        """The cells record by record."""
        return list(map(list, zip(*self.columns or (), strict=True)))

    @cached_property
    def columns(self) -> Sequence[Sequence[str]] | None:
        """The cells column by column; None when the records differ in width."""
        try:
            return list(zip(*self.rows, strict=True))
        except ValueError:
            return None


class Chunk(Cells):
    """Records of some whole lines. starts is None when every record is one line, from `line` on.

    text: the lines as they stood. bad: records that could not be split, in the order of their lines.
    """

    def __init__(
        self, line: int, text: str, *, rows: list[list[str]] | None = None,
        columns: Sequence[Sequence[str]] | None = None, starts: list[int] | None = None,
        bad: list[BadRecord] | None = None, lines: list[str] | None = None,
    ) -> None:
        super().__init__(rows=rows, columns=columns)
        self.line, self.text, self.starts = line, text, starts
        self.bad = [] if bad is None else bad
        if lines is not None:
            self.lines = lines

    @cached_property
    def lines(self) -> list[str]:
        """The physical lines with their ends."""
        return split_lines(self.text)

    @property
    def height(self) -> int:
        """How many physical lines these are."""
        return len(self.lines)

    def line_of(self, index: int) -> int:
        """The physical line on which record `index` starts."""
        return self.line + index if self.starts is None else self.starts[index]

    def raw(self, index: int) -> str:
        """Record `index` as it stood, line end included."""
        if self.starts is None:
            return self.lines[index]
        begin = self.starts[index]
        end = self.starts[index + 1] if index + 1 < len(self) else self.line + self.height
        if (place := bisect_right(self.bad, begin, key=lambda bad: bad.line)) < len(self.bad):
            end = min(end, self.bad[place].line)
        return "".join(self.lines[begin - self.line : end - self.line])


class Block:
    """Rows that follow each other, all as wide: the line and the record number of each, and their cells."""

    def __init__(self, lines: Sequence[int], records: Sequence[int], cells: Cells) -> None:
        self.lines, self.records, self._cells = lines, records, cells

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def rows(self) -> list[list[str]]:
        return self._cells.rows

    @property
    def columns(self) -> Sequence[Sequence[str]]:
        columns = self._cells.columns
        assert columns is not None, "rows of a block are all as wide"
        return columns


class Grid(Chunk):
    """Lines that are a record each, all as wide as the header."""

    def __init__(self, line: int, text: str, columns: Sequence[Sequence[str]]) -> None:
        super().__init__(line, text, columns=columns)
        self._height = len(columns[0])

    @property
    def height(self) -> int:
        return self._height

    def __len__(self) -> int:
        return self._height


def split_grid(line: int, text: str, delimiter: str, width: int) -> Grid | None:
    """Lines without a quote split at once; None unless each has `width` cells, two or more.

    A line end becomes a cell of its own: that each of them stands in its place, and none elsewhere, proves the width
    of every line.
    """
    body = text
    if "\r" in text:
        if text.count("\r") != text.count("\r\n"):
            return None
        body = text.replace("\r\n", "\n")
    if width < 2 or not body.endswith("\n"):
        return None
    cells = body.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
    cells.pop()  # behind the last line end
    ends = cells[width :: width + 1]
    if len(cells) != len(ends) * (width + 1) or not ends.count("\n") == len(ends) == body.count("\n"):
        return None
    return Grid(line, text, [cells[at :: width + 1] for at in range(width)])


def split_lines(text: str) -> list[str]:
    r"""Lines that end with \n, \r or \r\n, with their ends."""
    return io.StringIO(text, newline="").readlines()


def joined(one: Chunk, two: Chunk) -> Chunk:
    """Two neighbouring chunks as one."""
    starts = [chunk.line_of(index) for chunk in (one, two) for index in range(len(chunk))]
    return Chunk(one.line, one.text + two.text, rows=one.rows + two.rows, starts=starts, bad=one.bad + two.bad)
