"""CSV after RFC 4180 with \\n line ends. Text that a spreadsheet would run starts with an apostrophe.

A list is its rows. A report with several sections is one table that any program can read: the
first column names the section, figures are rows with figure, value, before and note.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cs_cli.base.formula import guard
from cs_cli.base.safe_text import safe_text

if TYPE_CHECKING:
    from cs_cli.reports.model import Report, Section

MEDIA = "text/csv"
SUFFIX = ".csv"
BINARY = False
_FIGURE = ("figure", "value", "before", "note")


def render(report: Report, *, width: int | None = None, colour: bool = False) -> str:
    """With a width (a person reads) all control characters are shown; without, tabs and line ends stay."""
    sections = [section for section in report.sections if section.columns or section.rows or section.figures]
    if report.flat or (len(sections) == 1 and not sections[0].figures):
        keys = _keys(sections)
        lines: Iterator[Sequence[Any]] = ([row.get(key) for key in keys] for s in sections for row in s.rows)
    else:
        keys = ["section", *(_FIGURE if any(section.figures for section in sections) else ())]
        keys += [key for key in _keys(sections) if key not in keys]
        lines = _long(sections, keys)
    shown = width is not None
    out = [",".join(_cell(key, shown) for key in keys)]
    out += [",".join(_cell(value, shown) for value in line) for line in lines]
    return "\n".join(out) + "\n"


def _keys(sections: Sequence[Section]) -> list[str]:
    keys: dict[str, None] = {}
    for section in sections:
        keys.update(dict.fromkeys(column.key for column in section.columns))
        if not section.columns:
            for row in section.rows:
                keys.update(dict.fromkeys(row))
    return list(keys)


def _long(sections: Sequence[Section], keys: Sequence[str]) -> Iterator[Sequence[Any]]:
    for section in sections:
        for figure in section.figures:
            cells = {
                "section": section.key,
                "figure": figure.key,
                "value": figure.value,
                "before": figure.before,
                "note": figure.note,
            }
            yield [cells.get(key) for key in keys]
        own = {column.key for column in section.columns}
        for row in section.rows:
            cells = {key: value for key, value in row.items() if not own or key in own} | {
                "section": section.key
            }
            yield [cells.get(key) for key in keys]


def _cell(value: Any, shown: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value) if math.isfinite(value) else ""
    if isinstance(value, list | tuple):
        value = ";".join("" if item is None else str(item) for item in value)
    elif isinstance(value, date):
        return value.isoformat()
    text = guard(str(value))
    text = safe_text(text, newlines=True) if shown else _harmless(text)
    if any(c in text for c in ',"\n\r\t;') or text[:1] in ("'", " ") or text[-1:] == " ":
        return '"' + text.replace('"', '""') + '"'
    return text


def _harmless(text: str) -> str:
    """Controls that act on a terminal are shown (^[); tab, CR, LF and letters of all scripts stay exact."""
    if text.isprintable():
        return text
    return "".join(
        safe_text(c)
        if (c < " " and c not in "\t\r\n") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff"
        else c
        for c in text
    )
