"""Tables to read: Rich on a terminal, plain aligned text in a pipe and for long lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from cs_cli.base.safe_text import safe_text
from cs_cli.render._layout import GAP, cells, cut, fit, longest_words, natural, pad
from cs_cli.render._show import RIGHT, figure_change, show, unit_of

if TYPE_CHECKING:
    from rich.console import Console

    from cs_cli.reports.model import Column, Report, Section

MEDIA = "text/plain"
SUFFIX = ".txt"
BINARY = False
_LINES = 3  # a cell that does not fit wraps, to at most so many lines
_RICH_ROWS = 200  # Rich needs half a millisecond a row
_STYLES = {"red": "bold red", "amber": "yellow", "green": "green", "unknown": "dim", "info": "cyan"}


def render(report: Report, *, width: int | None = None, colour: bool = False) -> str:
    """With a width the table fits it; without, every column keeps its full width, for grep and awk."""
    rows = sum(len(section.rows) for section in report.sections)
    if width is not None and rows <= _RICH_ROWS:
        return _rich(report, width, colour)
    return "\n".join(_plain(report, width)) + "\n"


def _heading(report: Report) -> str:
    return " · ".join(safe_text(text) for text in (report.company, report.title, report.day) if text)


def _shown(
    section: Section, currency: str, room: int | None, wrap: bool = False
) -> tuple[list[Column], list[str], list[list[str]], dict[int, int], int]:
    """Columns, labels and cells for a person, the widths of those that fit, and how many do not."""
    columns = section.visible()
    labels = [safe_text(column.label) for column in columns]
    rows = [[show(row.get(column.key), column.kind, currency) for column in columns] for row in section.rows]
    widths = natural(columns, labels, rows, wrap)
    kept = (
        dict(enumerate(widths))
        if room is None
        else fit(columns, widths, room, longest_words(rows, len(columns)))
    )
    return columns, labels, rows, kept, len(columns) - len(kept)


def _more(count: int) -> str:
    return f"{count} more column{'s' if count > 1 else ''}: widen the terminal, or use -f csv or -f json."


def _figures(section: Section, currency: str) -> Iterator[tuple[str, str, str]]:
    """Label, value, and what stands behind it."""
    for figure in section.figures:
        change = figure_change(figure.value, figure.before, figure.kind, currency)
        about = "; ".join(text for text in (change, safe_text(figure.note)) if text)
        text = show(figure.value, figure.kind, currency)
        yield safe_text(figure.label), f"{text} {unit_of(text, figure.kind)}".rstrip(), about


def _plain(report: Report, room: int | None) -> Iterator[str]:
    if not report.flat:
        yield _heading(report)
    yield from (safe_text(line) for line in report.header)
    for number, section in enumerate(report.sections):
        if not report.flat:
            yield ""
            if section.title:
                yield safe_text(section.title)
                yield "-" * cells(safe_text(section.title))
        elif number:
            yield ""
        if section.text:
            yield from safe_text(section.text, newlines=True).split("\n")
        figures = list(_figures(section, report.currency))
        left = max((cells(label) for label, _, _ in figures), default=0)
        right = max((cells(value) for _, value, _ in figures), default=0)
        for label, value, about in figures:
            yield f"{pad(label, left, False)}  {pad(value, right, True)}  {about}".rstrip()
        columns, labels, rows, kept, dropped = _shown(section, report.currency, room)
        if not rows:
            if columns or not (section.text or section.figures):
                yield safe_text(section.empty)
            continue
        yield _line(labels, columns, kept)
        yield (" " * GAP).join("-" * width for width in kept.values())
        yield from (_line(row, columns, kept) for row in rows)
        if dropped:
            yield _more(dropped)


def _line(texts: Sequence[str], columns: Sequence[Column], kept: dict[int, int]) -> str:
    parts = (pad(cut(texts[at], width), width, columns[at].kind in RIGHT) for at, width in kept.items())
    return (" " * GAP).join(parts).rstrip()


def _rich(report: Report, width: int, colour: bool) -> str:
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    if not report.flat:
        console.print(Text(_heading(report), style="bold"))
    for line in report.header:
        console.print(Text(safe_text(line), style="dim"))
    for number, section in enumerate(report.sections):
        if not report.flat:
            console.print()
            if section.title:
                console.print(Text(safe_text(section.title), style="bold underline" if colour else ""))
        elif number:
            console.print()
        _rich_section(console, section, report.currency, width)
    lines = out.getvalue().split("\n")
    return "\n".join(line.rstrip(" ") for line in lines).rstrip("\n") + "\n"


def _rich_section(console: Console, section: Section, currency: str, width: int) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if section.text:
        console.print(Text(safe_text(section.text, newlines=True)))
    figures = list(_figures(section, currency))
    if figures:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(overflow="fold")
        grid.add_column(justify="right", no_wrap=True)
        grid.add_column(overflow="fold")
        for label, value, about in figures:
            grid.add_row(Text(label), Text(value, style="bold"), Text(about, style="dim"))
        console.print(grid)
    columns, labels, rows, kept, dropped = _shown(section, currency, width, wrap=True)
    if not rows:
        if columns or not (section.text or section.figures):
            console.print(Text(safe_text(section.empty), style="dim"))
        return
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold"
    )
    for at, wide in kept.items():
        side: Literal["left", "right"] = "right" if columns[at].kind in RIGHT else "left"
        table.add_column(Text(labels[at]), justify=side, width=wide, overflow="fold")
    for row in rows:
        table.add_row(
            *(
                Text(cut(row[at], wide * _LINES), style=_style(columns[at], row[at]))
                for at, wide in kept.items()
            )
        )
    console.print(table)
    if dropped:
        console.print(Text(_more(dropped), style="dim"))


def _style(column: Column, text: str) -> str:
    return _STYLES.get(text.lower(), "") if column.kind in ("band", "severity") else ""
