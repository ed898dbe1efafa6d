"""One self-contained page: no script, nothing loaded from anywhere, good on paper and on a phone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cs_cli.base.safe_text import safe_text
from cs_cli.render._show import RIGHT, SHAPES, UNKNOWN, figure_change, scale, show, spark, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_cli.reports.model import Column, Figure, Report, Section

MEDIA = "text/html"
SUFFIX = ".html"
BINARY = False
_BANDS = ("band", "severity")


def render(report: Report, *, width: int | None = None, colour: bool = False) -> str:
    """Everything from data passes safe_text and Jinja2's autoescape; the page holds no link and no script."""
    from jinja2 import Environment, StrictUndefined

    folder = os.path.dirname(__file__)
    with open(os.path.join(folder, "page.html.j2"), encoding="utf-8") as file:
        template = file.read()
    with open(os.path.join(folder, "page.css"), encoding="utf-8") as file:
        style = file.read()
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return (
        page.from_string(template.replace("/* page.css */", style)).render(
            title=safe_text(report.title),
            company=safe_text(report.company),
            day=safe_text(report.day),
            header=[safe_text(line) for line in report.header],
            currency=safe_text(report.currency),
            sections=[
                _section(section, report.currency, number) for number, section in enumerate(report.sections)
            ],
        )
        + "\n"
    )


def _section(section: Section, currency: str, number: int) -> dict[str, Any]:
    columns = section.visible()
    named = (column for column in columns if column.key in ("name", "account"))
    lead = next(named, columns[0] if columns else None)  # what a row is about: bold, and its title on a phone
    return {
        "ident": f"s{number + 1}",
        "title": safe_text(section.title),
        "count": len(section.rows) if columns else 0,
        "paragraphs": [safe_text(line) for line in section.text.split("\n") if line.strip()],
        "figures": [_figure(figure, currency) for figure in section.figures],
        "columns": [{"label": safe_text(column.label), "look": _look(column)} for column in columns],
        "rows": [
            [_cell(row.get(column.key), column, currency, column is lead) for column in columns]
            for row in section.rows
        ],
        "empty": safe_text(section.empty)
        if not section.rows and (columns or not (section.text or section.figures))
        else "",
    }


def _look(column: Column) -> str:
    return "num" if column.kind in RIGHT else "day" if column.kind == "day" else "text"


def _cell(value: Any, column: Column, currency: str, lead: bool) -> dict[str, Any]:
    points = spark(value)
    text = show(value, column.kind, currency)
    word = text.lower() if column.kind in _BANDS else ""
    return {
        "text": text,
        "label": safe_text(column.label),
        "look": _look(column) + (" lead" if lead else ""),
        "tone": word if word in SHAPES else ("info" if word and value is not None else ""),
        "shape": SHAPES.get(word, ""),
        "missing": text == UNKNOWN,
        "spark": _line(points) if points else None,
        "bad": column.kind in RIGHT and text.startswith("-"),
    }


def _figure(figure: Figure, currency: str) -> dict[str, Any]:
    points = spark(figure.value)
    text = show(figure.value, figure.kind, currency)
    if points:
        last = next(point for point in reversed(points) if point is not None)
        text = show(last, figure.kind, currency)
    word = text.lower() if figure.kind in _BANDS else ""
    return {
        "label": safe_text(figure.label),
        "value": text,
        "unit": unit_of(text, figure.kind),
        "note": safe_text(figure.note),
        "change": figure_change(figure.value, figure.before, figure.kind, currency),
        "tone": word if word in SHAPES else figure.kind if figure.kind in ("day", "text") else "",
        "shape": SHAPES.get(word, ""),
        "spark": _line(points) if points else None,
    }


def _line(points: Sequence[float | None], width: int = 96, height: int = 24) -> dict[str, Any]:
    """An SVG polyline in the box width × height, on the scale of `scale`; gaps part the line."""
    known = [point for point in points if point is not None]
    parts: list[list[str]] = [[]]
    last = ("0", "0")
    for number, level in enumerate(scale(points)):
        if level is None:
            parts.append([])
            continue
        last = (
            f"{2 + number * (width - 6) / (len(points) - 1):.1f}",
            f"{height - 3 - level * (height - 6):.1f}",
        )
        parts[-1].append(",".join(last))
    return {
        "lines": [" ".join(part) for part in parts if part],
        "x": last[0],
        "y": last[1],
        "width": width,
        "height": height,
        "says": f"from {show(known[0], 'number', '')} to {show(known[-1], 'number', '')}",
    }
