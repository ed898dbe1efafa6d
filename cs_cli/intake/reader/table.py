"""The Table: headers, rows in one bounded stream, and everything that was not a row."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TextIO, cast

from cs_cli.intake.reader.chunk import BadRecord, Block, Cells, Chunk, joined
from cs_cli.intake.reader.dialect import Layout, find_layout
from cs_cli.intake.reader.encoding import Scan, scan
from cs_cli.intake.reader.files import Source
from cs_cli.intake.reader.header import clean_header, day_in
from cs_cli.intake.reader.model import ReadOptions, SetAside, cut, refused
from cs_cli.intake.reader.rows import chunks
from cs_cli.intake.reader.tail import is_closing, last_cell, pages, row_count, seems_cut

TAIL = 40  # last records in which closing lines are looked for


def open_table(path: Path | None, *, name: str, data: bytes | None = None, options: ReadOptions) -> Table:
    """Opens one export. path None with data None is stdin. Raises InputRefused for every file fault."""
    return read_table(Source(path, name, data, options), options)


def read_table(source: Source, options: ReadOptions) -> Table:
    """The table of an input that is open already, read by these options; raises InputRefused like open_table."""
    source.options = options
    name = source.name
    notes: list[str] = [f"left in the zip: {', '.join(source.beside[:5])}"] if source.beside else []
    if source.kind == "xlsx":
        from cs_cli.intake.reader.sheets import as_csv

        text, notes = as_csv(source)
        inner = Source(None, f"{name}.csv", text, options)
        inner.name, inner.sha256, inner.size = name, source.sha256, source.size
        source = inner
    found = scan(source)
    layout = find_layout(found.head, found.head_is_all, name, options)
    source.check_unchanged()
    return Table(source, found, layout, options, notes)


class Table:
    """One export, read as often as wanted; rows() streams in bounded memory.

    headers are cleaned (NFC, trimmed, ordinary blanks); raw_headers stand as in the file. After a
    complete pass set_aside, footers and controls (header or "rows" -> text) are filled;
    each new pass starts them afresh. as_of is the day named above the header, if any. heading_lines are
    the lines of group headings, which belong to the rows below them.
    """

    heading_lines: Sequence[int] = ()

    def __init__(self, source: Source, found: Scan, layout: Layout, options: ReadOptions, notes: list[str]) -> None:
        self._source, self._scan, self._layout, self._options = source, found, layout, options
        self.name, self.sha256, self.size = source.name, source.sha256, source.size
        self.beyond_ascii = found.beyond_ascii
        self.encoding, self.delimiter = found.encoding, layout.dialect.delimiter
        self.raw_headers = layout.header
        self.headers = [clean_header(cell) for cell in layout.header]
        self.header_line = layout.line
        self.preamble = layout.preamble
        said = [text for text in map(day_in, layout.preamble) if text]
        self.as_of: date | None = date.fromisoformat(said[0]) if said else None
        self.notes = [*notes, *found.notes, *layout.notes]
        changed = [new for raw, new in zip(self.raw_headers, self.headers, strict=True) if raw.strip() != new]
        if changed:
            self.notes.append(f"header cleaned of line breaks or invisible characters: {', '.join(changed[:3])}")
        self._width = len(self.headers) + layout.trailing
        self._reset()
        if not options.allow_empty and not self._any_row():
            raise refused(
                "IMP-006",
                "a header but no data rows",
                file=self.name,
                line=self.header_line,
                next="pass --allow-empty if that is right",
            )
        self._reset()

    def _reset(self) -> None:
        self.set_aside: list[SetAside] = []
        self.footers: list[SetAside] = []
        self.controls: dict[str, str] = {}
        self.records = 0

    def rows(self) -> Iterator[tuple[int, int, list[str]]]:
        """(physical line where the record starts, record number from 1, cells); as many cells as headers."""
        for block in self.blocks():
            yield from zip(block.lines, block.records, block.rows, strict=True)

    def blocks(self) -> Iterator[Block]:
        """The rows in blocks of some hundred, so that a caller can work column by column."""
        self._reset()
        self._source.check_unchanged()
        pattern = self._footer_pattern()
        for chunk, last in self._chunks_with_last():
            if self._plain(chunk, last, pattern):
                begin = self.records + 1
                lines = chunk.starts or range(chunk.line, chunk.line + len(chunk))
                self.records += len(chunk)
                yield Block(lines, range(begin, self.records + 1), chunk)
            else:
                block = self._sifted(chunk, last, pattern)
                if len(block):
                    yield block
        self._source.check_unchanged()
        self.set_aside.sort(key=lambda row: row.line)
        self.footers.sort(key=lambda row: row.line)

    def _sifted(self, chunk: Chunk, last: bool, pattern: re.Pattern[str] | None) -> Block:
        """The rows of a chunk in which not every record is one; the others go where they belong."""
        width, trailing, first = self._width, self._layout.trailing, self.raw_headers[0]
        matched: Callable[[str], object] = pattern.match if pattern is not None else bool
        skip = self._closing_rows(chunk) if last else None
        bad, starts, line = deque(chunk.bad), chunk.starts, chunk.line - 1
        lines: list[int] = []
        records: list[int] = []
        rows: list[list[str]] = []
        for index, cells in enumerate(chunk.rows):
            line = line + 1 if starts is None else starts[index]
            while bad and bad[0].line < line:
                self._take_bad(bad.popleft())
            if (
                len(cells) != width
                or trailing
                or not cells[0]
                or cells[0] == first
                or skip is not None
                or (pattern is not None and matched(cells[0]))
            ):
                if skip is not None and index in skip:
                    continue
                good = self._odd(chunk, index, cells, pattern)
                if good is None:
                    continue
                cells = good
            self.records += 1
            lines.append(line)
            records.append(self.records)
            rows.append(cells)
        for fault in bad:
            self._take_bad(fault)
        return Block(lines, records, Cells(rows=rows))

    def _plain(self, chunk: Chunk, last: bool, pattern: re.Pattern[str] | None) -> bool:
        """True when every record of the chunk is a row as it stands; asked per chunk, so it costs little."""
        if last or chunk.bad or pattern is not None or self._layout.trailing:
            return False
        columns = chunk.columns
        if columns is None or len(columns) != self._width:
            return False
        return "" not in columns[0] and self.raw_headers[0] not in columns[0]

    def raw_records(self, lines: Collection[int]) -> dict[int, bytes]:
        """The original bytes of the records that start on these physical lines; one more pass."""
        wanted, out = set(lines), {}
        for chunk in self._chunks():
            if wanted.isdisjoint(range(chunk.line, chunk.line + chunk.height)):
                continue
            for index in range(len(chunk)):
                line = chunk.line_of(index)
                if line in wanted:
                    out[line] = self._bytes(chunk.raw(index))
        return out

    def records_at(self, lines: Collection[int]) -> dict[int, tuple[int, bytes]]:
        """Line → (record number, original bytes) of the rows that start on these lines; two more passes."""
        wanted = set(lines)
        numbers = {
            line: record
            for block in self.blocks()
            for line, record in zip(block.lines, block.records, strict=True)
            if line in wanted
        }
        raw = self.raw_records(wanted)
        return {line: (record, raw.get(line, b"")) for line, record in numbers.items()}

    def raw_mark(self) -> bytes:
        """The byte order mark that the file begins with, if any."""
        with self._source.open() as raw:
            return raw.read(self._scan.bom)

    def raw_header(self) -> bytes:
        """The header line's original bytes, line end included."""
        with self._text() as stream:
            for _ in range(self.header_line - 1):
                stream.readline()
            return self._bytes("".join(stream.readline() for _ in range(self._layout.after - self.header_line)))

    # --- passes -------------------------------------------------------------------------------

    def _text(self) -> TextIO:
        raw = self._source.open()
        raw.read(self._scan.bom)
        return cast(TextIO, io.TextIOWrapper(raw, encoding=self._scan.encoding, errors="strict", newline=""))

    def _chunks(self) -> Iterator[Chunk]:
        with self._text() as stream:
            for _ in range(self._layout.after - 1):
                stream.readline()
            yield from chunks(stream, self._layout.dialect, self._layout.after, self._width, self.name)

    def _chunks_with_last(self) -> Iterator[tuple[Chunk, bool]]:
        held: list[Chunk] = []
        for chunk in self._chunks():
            if len(held) == 2:
                yield held.pop(0), False
            held.append(chunk)
        if len(held) == 2 and len(held[1]) > 2 * TAIL:
            yield held.pop(0), False
        if held:
            yield held[0] if len(held) == 1 else joined(*held), True

    def _any_row(self) -> bool:
        """Is there any data? Says on the way which columns hold some without having a name (B16)."""
        block = next(self.blocks(), None)
        if block is not None:
            for at, header in enumerate(self.headers):
                if not header and any(cells[at].strip() for cells in block.rows):
                    self.notes.append(f"column {at + 1} has no name: not read")
        return block is not None or bool(self.set_aside)

    def _footer_pattern(self) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{text})" for text in self._options.footer)) if self._options.footer else None

    def _bytes(self, text: str) -> bytes:
        return text.encode(self._scan.encoding)

    # --- what is not a plain row ----------------------------------------------------------------

    def _odd(self, chunk: Chunk, index: int, cells: list[str], pattern: re.Pattern[str] | None) -> list[str] | None:
        """The cells when the record is a row after all; else it is counted or kept where it belongs."""
        if not any(cell.strip() for cell in cells):
            return None
        if cells == self.raw_headers:
            self._close(chunk, index, cells, "IMP-046", "the header again")
            return None
        if pattern is not None and pattern.match(cells[0].strip()):
            self._close(chunk, index, cells, "IMP-047", "a closing line")
            return None
        if len(cells) == self._width:
            if not self._layout.trailing:
                return cells
            if not cells[-1].strip():
                return cells[:-1]
        self._wrong_width(chunk, index, cells)
        return None

    def _wrong_width(self, chunk: Chunk, index: int, cells: list[str]) -> None:
        line, have, want = chunk.line_of(index), len(cells), len(self.headers)
        self._second_table(chunk, index, cells)
        self.records += 1
        suspect = None
        if have > want:
            from cs_cli.intake.reader.header import kind

            suspect = next(
                (
                    i
                    for i in range(1, have)
                    if cells[i].startswith(" ") and cells[i].strip() and kind(cells[i]) == "text"
                ),
                None,
            )
        self.set_aside.append(
            SetAside(
                line,
                self.records,
                self._bytes(chunk.raw(index)),
                "IMP-048",
                f"{have} cells, header has {want}",
                column=suspect,
                name=self.headers[suspect - 1] if suspect and suspect <= want else None,
                value=cut(",".join(cells)),
                expected=f"as many cells as the header; quotes around a cell that holds {self.delimiter!r}"
                if have > want
                else f"{want} cells",
            )
        )

    def _second_table(self, chunk: Chunk, index: int, cells: list[str]) -> None:
        """A32: after a blank line a header-like row of another width, and its rows: two tables in one file."""
        if index == 0 or len(cells) < 2 or any(cell.strip() for cell in chunk.rows[index - 1]):
            return
        from cs_cli.intake.reader.header import kind

        below = chunk.rows[index + 1 : index + 2]
        if below and len(below[0]) == len(cells) and all(kind(cell) == "text" for cell in cells):
            line = chunk.line_of(index)
            raise refused(
                "IMP-033",
                "a second table starts here",
                file=self.name,
                line=line,
                excerpt=cut(", ".join(cells), 120),
                next="put each table into its own file",
            )

    def _take_bad(self, bad: BadRecord) -> None:
        self.records += 1
        column = bad.at + 1 if bad.at is not None and bad.at < len(self.headers) else None
        self.set_aside.append(
            SetAside(
                bad.line,
                self.records,
                self._bytes(bad.raw),
                bad.ident,
                bad.what,
                column,
                self.headers[column - 1] if column else None,
                bad.value,
                bad.expected,
            )
        )

    def _closing_rows(self, chunk: Chunk) -> set[int]:
        """The closing rows of the last chunk, and the check that its last line is not cut (A15, A16, A31)."""
        closing: deque[int] = deque()
        for index in range(len(chunk.rows) - 1, max(-1, len(chunk.rows) - TAIL), -1):
            cells = chunk.rows[index]
            if not any(cell.strip() for cell in cells):
                continue
            short = len(cells) != self._width or sum(bool(cell.strip()) for cell in cells) == 1
            after_gap = short and self._gap_above(chunk, index)
            if not is_closing(cells, after_gap and len(self.headers) > 2):
                break
            closing.appendleft(index)
        self._check_cut(chunk, set(closing))
        for index in closing:
            self._close(chunk, index, chunk.rows[index], "IMP-047", "a closing line")
        return set(closing)

    def _gap_above(self, chunk: Chunk, index: int) -> bool:
        """True when the run of one-cell lines around `index` begins after a blank line."""
        while index >= 0 and sum(bool(cell.strip()) for cell in chunk.rows[index]) == 1:
            index -= 1
        return index >= 0 and not any(cell.strip() for cell in chunk.rows[index])

    def _close(self, chunk: Chunk, index: int, cells: list[str], ident: str, what: str) -> None:
        line, text = chunk.line_of(index), " ".join(cell.strip() for cell in cells if cell.strip())
        if (count := pages(text)) > 1:
            what, way = f"this is one page of {count}", "export all rows into one file"
            raise refused("IMP-034", what, file=self.name, line=line, next=way)
        self.footers.append(SetAside(line, 0, self._bytes(chunk.raw(index)), ident, what, value=cut(text)))
        if ident == "IMP-046":
            return
        if (rows := row_count(text)) is not None:
            self.controls["rows"] = str(rows)
        if len(cells) == self._width and "total" in text.casefold():
            for header, cell in zip(self.headers[1:], cells[1:], strict=False):
                if cell.strip() and header:
                    self.controls[header] = cell.strip()

    def _check_cut(self, chunk: Chunk, closing: set[int]) -> None:
        """A file that ends inside a row is refused; one that may have been cut in its last cell is said."""
        if not self._scan.ends_open or not chunk.rows or len(chunk.rows) - 1 in closing:
            return
        index = len(chunk.rows) - 1
        cells, line = chunk.rows[index], chunk.line_of(index)
        short = len(cells) < self._width
        if not short and len(cells) == self._width:
            sample = [
                last_cell(chunk.raw(i), self.delimiter)
                for i in range(max(0, index - 1000), index)
                if len(chunk.rows[i]) == self._width
            ]
            short = seems_cut(last_cell(chunk.raw(index), self.delimiter), sample)
        if short:
            raise refused(
                "IMP-035",
                "the last line is short: truncated",
                file=self.name,
                line=line,
                excerpt=cut(chunk.raw(index), 120),
                expected=f"{len(self.headers)} complete cells",
                next="export or download the file again; if it is complete, end its last line with a line end",
            )
        note = "the last line has no line end: check that the file is complete"
        if note not in self.notes:
            self.notes.append(note)
