"""Finding delimiter and header from the first records. Two readings that fit are asked about."""

from __future__ import annotations

import csv
import io
import re
import shlex
from collections import Counter
from dataclasses import dataclass, field, replace

from cs_cli.intake.reader.header import clean_header, kind, looks_like_data, matches
from cs_cli.intake.reader.model import ReadOptions, cut, refused
from cs_cli.intake.reader.rows import Dialect

DELIMITERS = (",", ";", "\t", "|")
_TIME = re.compile(r"(?<![0-9])[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?![0-9])|https?:")
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_CALLED = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
RARE = ("^", "~", ":", "¦", "§", "#", "!", "\x01", "\x1f", "\x1e")  # cut cells too, but only where somebody says so
LOOK = 400  # records looked at
PREAMBLE = 60  # records that may stand above a header


@dataclass
class Layout:
    """Where the table is in the file and how it is cut."""

    dialect: Dialect
    header: list[str]  # cells as they stood
    line: int  # physical line of the header
    after: int  # physical line where data starts
    preamble: list[str] = field(default_factory=list)
    trailing: bool = False  # every data row ends in one empty cell more
    notes: list[str] = field(default_factory=list)


@dataclass
class _Try:
    dialect: Dialect
    rows: list[list[str]]
    lines: list[int]  # physical line of each record, and of the end
    at: int = -1  # index of the header
    width: int = 1
    share: float = 0.0
    trailing: bool = False
    known: bool = False


def find_layout(head: str, complete: bool, name: str, options: ReadOptions) -> Layout:
    """The layout from the first characters. Raises InputRefused: A6 A25 A30 B1 B12 B21 B23."""
    lines = list(io.StringIO(head, newline=""))
    if not complete and len(lines) > 1:
        lines.pop()
    skip, asked = options.skip or 0, options.delimiter
    if asked is not None:
        asked = _NAMES.get(asked.lower(), asked)
        if len(asked) != 1 or asked in '"\r\n':
            raise refused("IMP-024", f"cannot cut cells at {asked!r}", file=name, expected="one of , ; tab |")
    while skip < len(lines) and lines[skip].startswith("\ufeff"):
        lines[skip] = lines[skip].lstrip("\ufeff")
    if skip < len(lines) and lines[skip].lower().startswith("sep=") and len(lines[skip].strip("\r\n")) == 5:
        asked = asked or lines[skip][4]
        skip += 1
    quote = options.quote or '"'
    tries = [_look(lines, skip, d, quote, options) for d in ((asked,) if asked else DELIMITERS)]
    best = _choose(tries, asked, name, options)
    if asked is None and all(len(one.rows[0]) == 1 for one in tries if one.rows):
        _ask_rare(lines[skip : skip + LOOK], skip, name)
    return _layout(best, lines, skip, name, options)


def _ask_rare(lines: list[str], skip: int, name: str) -> None:
    """A file with one column whose lines nearly all hold the same number of one rare mark, times aside, is probably
    cut there. Raises IMP-037."""
    texts = [text for line in lines if (text := line.rstrip("\r\n")).strip()]
    if len(texts) < 2:
        return
    for mark in RARE:
        cuts = Counter(_outside_times(text, mark) for text in texts)
        count, often = cuts.most_common(1)[0]
        if count and often >= 0.9 * len(texts) and _outside_times(texts[0], mark) == count:
            cells = texts[0].split(mark)
            shown = shlex.quote(mark) if mark.isprintable() else f"$'\\x{ord(mark):02x}'"
            raise refused(
                "IMP-037", f"one column only: the cells seem to be cut at {shown}", file=name, line=skip + 1,
                expected=f"{len(cells)} columns: {cut(' | '.join(cell.strip() for cell in cells))}",
                next=f"pass --delimiter {shown}",
            )


def _outside_times(text: str, mark: str) -> int:
    """How often a mark stands in a line; a colon within 10:30:00 is none."""
    return (_TIME.sub("", text) if mark == ":" else text).count(mark)


def _look(lines: list[str], skip: int, delimiter: str, quote: str, options: ReadOptions) -> _Try:
    """Cuts the first lines at one delimiter and rates the result."""
    spaced = any(f"{delimiter} {quote}" in line for line in lines[skip : skip + LOOK])
    tight = any(f"{delimiter}{quote}" in line for line in lines[skip : skip + LOOK])
    dialect = Dialect(delimiter, quote, spaces=delimiter != "\t" and spaced and not tight)
    reader = dialect.reader(lines[skip:], strict=False)
    rows: list[list[str]] = []
    starts: list[int] = []
    try:
        at = 0
        for cells in reader:
            rows.append(cells)
            starts.append(skip + at + 1)
            at = reader.line_num  # type: ignore[attr-defined]
            if len(rows) >= LOOK:
                break
        starts.append(skip + at + 1)
    except csv.Error:
        starts.append(skip + at + 1)
    if not tight and delimiter != "\t" and _blank_after_each(rows):
        dialect = replace(dialect, spaces=True)
        rows = [[cell.lstrip(" ") for cell in cells] for cells in rows]
    found = _Try(dialect, rows, starts)
    filled = [i for i, cells in enumerate(rows) if any(cell.strip() for cell in cells)]
    if not filled:
        return found
    # a single header that is known may stand anywhere as a word of data
    sure = [known for known in options.expect_headers if len(known) > 1]
    for i in filled[:PREAMBLE]:
        if matches(rows[i], sure):
            found.at, found.known = i, True
            after = next((j for j in filled if j > i), i)
            if matches(rows[after], sure) and _names(rows[after]) > _names(rows[i]):
                found.at = after  # what was found heads groups of columns
            break
    if found.known:
        found.width = len(rows[found.at])
    else:
        counts = Counter(len(rows[i]) for i in filled if len(rows[i]) > 1)
        found.width = counts.most_common(1)[0][0] if counts else 1
        found.at = next((i for i in filled[:PREAMBLE] if len(rows[i]) == found.width), filled[0])
        first = filled[0] if options.skip is None else found.at
        if (
            found.at != first
            and len(rows[first]) == found.width - 1
            and all(not rows[i][-1] for i in filled if len(rows[i]) == found.width)
        ):
            found.at, found.width = first, found.width - 1
    below = [i for i in filled if i > found.at]
    longer = [i for i in below if len(rows[i]) == found.width + 1]
    if longer and len(longer) >= 0.9 * len(below) and all(not rows[i][-1].strip() for i in longer):
        found.trailing = True
    wanted = found.width + found.trailing
    fitting = sum(len(rows[i]) == wanted for i in below)
    found.share = fitting / len(below) if below else 1.0
    return found


def _names(cells: list[str]) -> int:
    return len({cell.strip().casefold() for cell in cells if cell.strip()})


def _blank_after_each(rows: list[list[str]]) -> bool:
    """B2: does a blank follow every delimiter? Then it is the writer's habit and no part of any cell."""
    later = [cell for cells in rows for cell in cells[1:] if cell]
    return bool(later) and all(cell[0] == " " for cell in later)


def _choose(tries: list[_Try], asked: str | None, name: str, options: ReadOptions) -> _Try:
    if asked is not None:
        return tries[0]
    known = [found for found in tries if found.known]
    if len(known) == 1:
        return known[0]
    fitting = [found for found in known or tries if found.at >= 0 and found.width > 1 and found.share >= 0.6]
    fitting.sort(key=lambda found: -found.share)
    if name.lower().endswith((".tsv", ".tab")) and any(f.dialect.delimiter == "\t" for f in fitting):
        return next(f for f in fitting if f.dialect.delimiter == "\t")
    if len(fitting) > 1 and fitting[1].share > fitting[0].share - 0.05:
        one, two = fitting[0], fitting[1]
        named = [found for found in fitting if matches(found.rows[found.at], options.expect_headers)]
        if len(named) == 1:  # the other reading has no header that anybody knows
            return named[0]
        first = [found for found in (one, two) if not any(map(any, found.rows[: found.at]))]
        if len(first) == 1 and first[0].width > max(f.width for f in (one, two) if f is not first[0]):
            return first[0]  # the other reading is narrower and calls the header a line above the table
        this, that = _CALLED[one.dialect.delimiter], _CALLED[two.dialect.delimiter]
        raise refused(
            "IMP-025",
            f"cells may be cut at {this} or at {that}: both fit",
            file=name,
            line=one.lines[one.at],
            expected=f"{this}: {cut(' | '.join(one.rows[one.at]))}   or   "
            f"{that}: {cut(' | '.join(two.rows[two.at]))}",
            next=f"pass --delimiter {this} or --delimiter {that}",
        )
    if fitting:
        return fitting[0]
    wide = [found for found in tries if found.at >= 0 and found.width > 1]
    # Nothing fits well: the delimiter of the first row rules, and its rows are then set aside one by one.
    wide.sort(key=lambda found: (-len(found.rows[0]), -found.share))
    return wide[0] if wide else tries[0]


def _layout(best: _Try, lines: list[str], skip: int, name: str, options: ReadOptions) -> Layout:
    if best.at < 0:
        way = "pass a smaller --skip" if skip else "pass --skip N"
        raise refused("IMP-005", "no header row was found", file=name, next=way)
    header, line = best.rows[best.at], best.lines[best.at]
    if len(header) > 1000:
        raise refused(
            "IMP-026",
            f"{len(header):,} columns",
            file=name,
            line=line,
            expected="at most 1,000",
            next="export fewer columns",
        )
    below = [cells for cells in best.rows[best.at + 1 :] if any(cell.strip() for cell in cells)]
    above = [i for i in range(best.at) if any(cell.strip() for cell in best.rows[i])]
    if not best.known:
        for i in above:
            filled = sum(bool(cell.strip()) for cell in best.rows[i])
            if options.skip is None and filled > max(2, best.width // 2):
                raise refused(
                    "IMP-027",
                    f"the first row has {len(best.rows[i])} cells, most rows have {best.width}",
                    file=name,
                    line=best.lines[i],
                    excerpt=cut("".join(lines[best.lines[i] - 1 : best.lines[i]]).rstrip("\r\n"), 120),
                    next="pass --skip N if lines above the header are not data",
                )
        if options.quote is None and _single_quoted(best):
            raise refused("IMP-028", "cells stand in single quotes", file=name, line=line, next='pass --quote "\'"')
        if looks_like_data(header, next((c for c in below if len(c) == len(header)), None)):
            raise refused(
                "IMP-029",
                "the first row looks like data: there is no header",
                file=name,
                line=line,
                excerpt=cut(", ".join(header), 120),
                next="add a header line, or pass --skip N when the header stands lower",
            )
        _two_headers(header, below, line, name)
    notes = []
    preamble = [text for i in above if (text := " ".join(cell for cell in best.rows[i] if cell.strip()).strip())]
    if preamble and options.skip is None:
        notes.append(f"{len(preamble)} line{'s' * (len(preamble) > 1)} above the header left out: {cut(preamble[0])}")
    if options.skip:
        preamble = [text.strip() for text in lines[: options.skip] if text.strip()] + preamble
    if best.dialect.delimiter != ",":
        notes.append(f"cells are cut at {_CALLED.get(best.dialect.delimiter, best.dialect.delimiter)}")
    return Layout(best.dialect, header, line, best.lines[best.at + 1], preamble, best.trailing, notes)


def _single_quoted(best: _Try) -> bool:
    cells = [cell.strip() for row in best.rows[best.at : best.at + 50] for cell in row if cell.strip()]
    wrapped = sum(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in cells)
    return len(cells) > 1 and wrapped >= 0.5 * len(cells)


def _two_headers(header: list[str], below: list[list[str]], line: int, name: str) -> None:
    """B23: a group line with gaps above the real header line."""
    names = [clean_header(cell) for cell in header]
    gaps = sum(not text for text in names[:-1]) + len([t for t in names if t]) - len({t for t in names if t})
    if not gaps or len(below) < 2:
        return
    second, third = below[0], below[1:]
    cleaned = [clean_header(cell) for cell in second]
    if (
        len(second) == len(header)
        and all(cleaned)
        and len(set(cleaned)) == len(cleaned)
        and all(kind(cell) == "text" for cell in second)
        and any(kind(cell) not in ("text", "empty") for row in third for cell in row)
    ):
        raise refused(
            "IMP-030",
            "two header rows",
            file=name,
            line=line,
            excerpt=cut(", ".join(second), 120),
            next=f"pass --skip {line} to take line {line + 1} as the header",
        )
