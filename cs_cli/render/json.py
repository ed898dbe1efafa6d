"""JSON: one array of rows for a list, an object with sections for a report. The cheapest format to load."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from cs_cli.reports.model import Report, Section

MEDIA = "application/json"
SUFFIX = ".json"
BINARY = False


def render(report: Report, *, width: int | None = None, colour: bool = False) -> str:
    """A flat report is the array of its rows. Others are
    {"report", "title", "day", "currency", "company", "header", "sections": {key: {"title", "text",
    "figures": {key: {"label", "value", "before", "note"}}, "rows": [...]}}}.
    Rows have the columns' keys in the columns' order; money is in major units, days are ISO, unknown is null.
    """
    payload: Any
    if report.flat:
        payload = [row for section in report.sections for row in _rows(section)]
        if payload:  # one row a line: small to read, and small to compare
            return "[\n" + ",\n".join(_text(row) for row in payload) + "\n]\n"
        return "[]\n"
    sections: dict[str, Any] = {}
    for section in report.sections:
        key, count = section.key, 1
        while key in sections:
            count += 1
            key = f"{section.key}_{count}"
        sections[key] = {
            "title": section.title,
            "text": section.text,
            "figures": {
                figure.key: {
                    "label": figure.label,
                    "value": _value(figure.value),
                    "before": _value(figure.before),
                    "note": figure.note,
                }
                for figure in section.figures
            },
            "rows": _rows(section),
        }
    payload = {
        "report": report.key,
        "title": report.title,
        "day": report.day,
        "currency": report.currency,
        "company": report.company,
        "header": list(report.header),
        "sections": sections,
    }
    return _text(payload, indent=2) + "\n"


def _rows(section: Section) -> list[dict[str, Any]]:
    if not section.columns:
        return [{key: _value(value) for key, value in row.items()} for row in section.rows]
    return [
        {column.key: _value(row.get(column.key), column.kind) for column in section.columns}
        for row in section.rows
    ]


def _value(value: Any, kind: str = "") -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return bool(value) if kind == "flag" else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _value(item) for key, item in value.items()}
    if isinstance(value, date | datetime):
        return value.isoformat()
    from decimal import Decimal  # rare, and a millisecond to load

    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    return str(value)


def _text(payload: Any, indent: int = 0) -> str:
    """Letters of all scripts as they are; what could act on a terminal or hide in text as \\u escapes."""
    try:
        text = msgspec.json.format(msgspec.json.encode(payload), indent=indent).decode()
    except UnicodeEncodeError:
        import json  # half a surrogate pair, from a word on the command line: no UTF-8, an escape below

        text = json.dumps(payload, ensure_ascii=False, indent=indent or None)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n " else _escaped(c) for c in text)


def _escaped(c: str) -> str:
    """One character as JSON escapes it: a pair of surrogates above 16 bits."""
    if ord(c) <= 0xFFFF:
        return f"\\u{ord(c):04x}"
    high, low = divmod(ord(c) - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
