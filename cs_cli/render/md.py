"""GitHub-flavoured Markdown: for chats, wikis and pull requests. Data cannot become markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_cli.base.safe_text import safe_text
from cs_cli.render._show import RIGHT, SHAPES, figure_change, show, unit_of

if TYPE_CHECKING:
    from cs_cli.reports.model import Report, Section

MEDIA = "text/markdown"
SUFFIX = ".md"
BINARY = False
# every character that can begin markup inside a line; ":" and "@" only where links start (see _escape)
_MARKUP = frozenset("\\`*_[]<>|~&$#")


def render(report: Report, *, width: int | None = None, colour: bool = False) -> str:
    title = " · ".join(text for text in (report.company, report.title, report.day) if text)
    out = [f"# {_escape(title)}", ""]
    if report.header:
        out += ["  \n".join(f"*{_escape(line).strip()}*" for line in report.header if line.strip()), ""]
    for section in report.sections:
        out += _section(section, report.currency)
    out += ["---", f"*{_escape(_foot(report))}*"]
    return "\n".join(out) + "\n"


def _foot(report: Report) -> str:
    return (
        f"Amounts in {report.currency}. Contains customer data."
        if report.currency
        else "Contains customer data."
    )


def _section(section: Section, currency: str) -> list[str]:
    out = [f"## {_escape(section.title)}", ""] if section.title else []
    if section.text:
        out += [*(_line(line) for line in section.text.split("\n")), ""]
    for figure in section.figures:
        notes = [figure_change(figure.value, figure.before, figure.kind, currency), figure.note]
        about = "; ".join(note for note in notes if note)
        text = show(figure.value, figure.kind, currency)
        value = _escape(f"{text} {unit_of(text, figure.kind)}".rstrip())
        out.append(
            f"- {_line(figure.label)}: **{value.strip()}**" + (f" ({_escape(about)})" if about else "")
        )
    if section.figures:
        out.append("")
    columns = section.visible()
    if columns and section.rows:
        out.append("| " + " | ".join(_escape(column.label) or " " for column in columns) + " |")
        out.append("|" + "|".join("---:" if column.kind in RIGHT else "---" for column in columns) + "|")
        for row in section.rows:
            cells = [show(row.get(column.key), column.kind, currency) for column in columns]
            marks = [
                SHAPES.get(cell.lower(), "") if column.kind in ("band", "severity") else ""
                for cell, column in zip(cells, columns, strict=True)
            ]
            texts = [
                f"{mark} {_escape(cell)}" if mark else _escape(cell)
                for mark, cell in zip(marks, cells, strict=True)
            ]
            out.append("| " + " | ".join(texts) + " |")
        out.append("")
    elif columns or not (section.text or section.figures):
        out += [_line(section.empty), ""]
    return out


def _line(text: str) -> str:
    """A line of its own: beginning with a list mark, a number, a rule or four blanks it would be a block."""
    line = _escape(text.strip())
    if line[:1] in ("-", "+", "="):
        return "\\" + line
    digits = len(line) - len(line.lstrip("0123456789"))
    return (
        line[:digits] + "\\" + line[digits:] if digits and line[digits : digits + 1] in (".", ")") else line
    )


def _escape(text: str) -> str:
    """Inline text as text: no emphasis, code, link, image, tag, table cell, formula or bare web address."""
    out = "".join("\\" + c if c in _MARKUP else c for c in safe_text(text))
    for start in ("://", "www.", "WWW.", "mailto:"):
        if start in out:
            out = out.replace(start, start.replace(":", "\\:").replace(".", "\\."))
    return out.replace("@", "\\@")
