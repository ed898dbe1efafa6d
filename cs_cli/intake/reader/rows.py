"""The record splitter: at once where nothing is quoted, csv.reader where the quoting is sound, else our own.

csv.reader is fast, but it takes a stray quote as data and swallows what follows. So text is cut
into chunks; one without a quote is split at once, one whose quoting is proved sound goes through csv.reader, any
other goes record by record: the wrong row is set aside alone and reading goes on at the next line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TextIO

from cs_cli.intake.reader.chunk import BadRecord, Chunk, split_grid, split_lines
from cs_cli.intake.reader.model import cut, refused

CHUNK = 1 << 15  # characters; larger chunks leave the processor's cache and cost half as much again
FIELD_LIMIT = 131_072  # characters in one cell
MAX_SPAN = 2_000  # lines that one record may span


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart."""

    delimiter: str = ","
    quote: str = '"'
    spaces: bool = False  # blanks after a delimiter are not data

    def reader(self, lines: Sequence[str], strict: bool = True) -> Iterator[list[str]]:
        return csv.reader(
            lines, delimiter=self.delimiter, quotechar=self.quote, strict=strict, skipinitialspace=self.spaces
        )


@lru_cache(maxsize=32)
def _sound(delimiter: str, quote: str, spaces: bool) -> re.Pattern[str]:
    """Matches text in which every quote opens, closes or is doubled. Possessive, so linear."""
    d, q = re.escape(delimiter), re.escape(quote)
    lead = " *+" if spaces else ""
    cell = f"{lead}(?:{q}[^{q}]*+(?:{q}{q}[^{q}]*+)*+{q}|[^{q}{d}\\r\\n]*+)"
    return re.compile(f"{cell}(?:(?:{d}|\\r\\n|[\\r\\n]){cell})*+")


def chunks(stream: TextIO, dialect: Dialect, line: int, width: int, name: str) -> Iterator[Chunk]:
    """All records from the stream, which stands at physical line `line`. Refuses a quote that never closes."""
    quote = dialect.quote
    rest = ""
    while text := rest or stream.read(CHUNK) + stream.readline():
        rest = ""
        if quote in text and text.count(quote) % 2:
            text += _until_even(stream, quote)
        chunk = _fast(text, dialect, line, width) if "\0" not in text else None
        if chunk is None:
            chunk, rest = _strict(text, stream, dialect, line, width, name)
        line += chunk.height
        yield chunk


def _until_even(stream: TextIO, quote: str) -> str:
    """The lines until the quotes are paired, so that a chunk does not end inside a cell."""
    more, odd, size = [], True, 0
    while odd and size < FIELD_LIMIT and (line := stream.readline()):
        more.append(line)
        size += len(line)
        odd = odd != (line.count(quote) % 2 == 1)
    return "".join(more)


def _fast(text: str, dialect: Dialect, line: int, width: int) -> Chunk | None:
    """The chunk split at once or through csv.reader; None when a quote stands where it must not."""
    quote = dialect.quote
    quoted = quote in text
    if not (quoted or dialect.spaces or len(text) > FIELD_LIMIT):
        grid = split_grid(line, text, dialect.delimiter, width)
        if grid is not None:
            return grid
    if quoted and quote * 2 in text and not _sound(dialect.delimiter, quote, dialect.spaces).fullmatch(text):
        return None
    lines = split_lines(text)
    try:
        rows = list(dialect.reader(lines))
    except csv.Error:
        return None
    if quoted and quote * 2 not in text and quote in "".join(map("".join, rows)):
        return None
    if len(rows) == len(lines):
        return Chunk(line, text, rows=rows, lines=lines)
    starts, reader, at = [], dialect.reader(lines), 0
    for cells in reader:
        starts.append(line + at)
        following = reader.line_num  # type: ignore[attr-defined]
        if following - at > 1 and _swallowed(lines[at:following], cells, dialect, width):
            return None
        at = following
    return Chunk(line, text, rows=rows, starts=starts, lines=lines)


def _swallowed(lines: list[str], cells: list[str], dialect: Dialect, width: int) -> bool:
    """True when a cell seems to have swallowed whole rows: a stray quote that met another one later.

    Every inner line then has the shape of a row; prose does not, as blanks follow its commas.
    """
    if width < 3 or len(cells) > width:
        return False
    d = dialect.delimiter
    inner = lines[1:-1]
    if inner and all(text.count(d) == width - 1 and d + " " not in text for text in inner):
        return True
    ends = (lines[0], lines[-1])
    last_cell = "\n" in cells[-1] or "\r" in cells[-1]
    return not last_cell and not inner and all(text.count(d) == width - 1 and d + " " not in text for text in ends)


def _strict(
    text: str, stream: TextIO, dialect: Dialect, line: int, width: int, name: str
) -> tuple[Chunk, str]:
    """The chunk record by record, pulling lines while a quoted cell is open; (chunk, left over)."""
    lines, rows, starts, bad = split_lines(text), list[list[str]](), list[int](), list[BadRecord]()
    at, whole = 0, len(lines)
    while at < whole:
        cells, following, fault = _record(lines, at, stream, dialect, line)
        whole = max(whole, following) if fault is None else whole
        if fault is None and following - at > 1 and _swallowed(lines[at:following], cells, dialect, width):
            fault = BadRecord(
                line + at,
                "",
                "IMP-042",
                "a quoted cell runs over whole rows: a stray quote",
                expected="every quote paired",
            )
        if fault is None and "\0" in (raw := "".join(lines[at:following])):
            where = next((i for i, cell in enumerate(cells) if "\0" in cell), None)
            fault = BadRecord(line + at, raw, "IMP-045", "holds a NUL byte", where)
        if fault is None and any(len(cell) > FIELD_LIMIT for cell in cells):
            where = next(i for i, cell in enumerate(cells) if len(cell) > FIELD_LIMIT)
            fault = BadRecord(
                line + at,
                "",
                "IMP-044",
                f"a cell holds {len(cells[where]):,} characters",
                where,
                expected=f"at most {FIELD_LIMIT:,}",
            )
        if fault is None:
            rows.append(cells)
            starts.append(line + at)
            at = following
            continue
        if fault.ident == "IMP-040":
            raise refused(
                "IMP-040",
                f"the quote opened at line {line + at} never closes: truncated?",
                file=name,
                line=line + at,
                excerpt=cut(lines[at].rstrip("\r\n"), 120),
                next="export or download the file again",
            )
        # With very few columns an inner line of a broken cell may pass for a row: leave none in.
        end = following if width < 3 or fault.ident in ("IMP-044", "IMP-045") else at + 1
        fault.raw = "".join(lines[at:end])
        bad.append(fault)
        at = end
        whole = max(whole, end)
    # Lines pulled for a cell that turned out broken are rows of their own: the next chunk.
    rest = "".join(lines[at:])
    del lines[at:]
    return Chunk(line, "".join(lines), rows=rows, starts=starts, bad=bad, lines=lines), rest


def _record(
    lines: list[str],
    at: int,
    stream: TextIO,
    dialect: Dialect,
    line: int,
) -> tuple[list[str], int, BadRecord | None]:
    """One record from lines[at]: (cells, index of the next line, fault). Lines may be added to `lines`."""
    d, q = dialect.delimiter, dialect.quote
    text, following = lines[at], at + 1
    if q not in text:
        body = text.rstrip("\r\n")
        cells = body.split(d) if body else []
        return ([cell.lstrip(" ") for cell in cells] if dialect.spaces else cells), following, None
    cells, here = [], 0

    def fault(ident: str, what: str, value: str) -> tuple[list[str], int, BadRecord]:
        return (
            cells,
            following,
            BadRecord(
                line + at,
                "",
                ident,
                what,
                len(cells),
                cut(value.rstrip("\r\n")),
                "quotes around the whole cell, and each quote inside it doubled",
            ),
        )

    while True:
        if dialect.spaces:
            while text[here : here + 1] == " ":
                here += 1
        if text[here : here + 1] == q:
            begin = look = here + 1
            while True:
                close = text.find(q, look)
                if close < 0:
                    if len(text) - begin > FIELD_LIMIT or following - at > MAX_SPAN:
                        return fault(
                            "IMP-043",
                            f"a quoted cell does not close within {FIELD_LIMIT:,} characters",
                            text[here : here + 80],
                        )
                    if following == len(lines):
                        more = stream.readline()
                        if not more:
                            return fault("IMP-040", "a quoted cell never closes", text[here : here + 80])
                        lines.append(more)
                    look = len(text)
                    text += lines[following]
                    following += 1
                elif text[close + 1 : close + 2] == q:
                    look = close + 2
                else:
                    break
            cells.append(text[begin:close].replace(q + q, q))
            here = close + 1
            if dialect.spaces:
                while text[here : here + 1] == " ":
                    here += 1
            mark = text[here : here + 1]
            if mark not in (d, "\r", "\n", ""):
                cells.pop()
                return fault("IMP-042", "text after a closing quote", text[begin - 1 : here + 40])
        else:
            ends = [place for place in (text.find(d, here), _line_end(text, here)) if place >= 0]
            stop = min(ends) if ends else len(text)
            cell = text[here:stop]
            if q in cell:
                return fault("IMP-041", "a quote inside an unquoted cell", cell)
            cells.append(cell)
            here = stop
        if text[here : here + 1] != d:
            return cells, following, None
        here += 1


def _line_end(text: str, here: int) -> int:
    ends = [place for place in (text.find("\r", here), text.find("\n", here)) if place >= 0]
    return min(ends) if ends else -1
