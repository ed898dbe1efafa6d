"""A workbook: one sheet per section, typed cells, strings never formulas, the same bytes each time."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import UsageError
from cs_cli.base.formula import is_formula
from cs_cli.base.money import exponent, is_currency
from cs_cli.base.safe_text import safe_text
from cs_cli.render._layout import cells
from cs_cli.render._show import plain, show

if TYPE_CHECKING:
    from cs_cli.reports.model import Report, Section

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIX = ".xlsx"
BINARY = True
_LONGEST = 32_000  # a cell holds 32,767 characters
_FORMATS = {"ratio": "0.0%", "percent": "0.0%", "score": "0.0", "days": "0", "day": "yyyy-mm-dd"}
_TINTS = {"red": ("#B42318", "#FEE4E2"), "amber": ("#93600A", "#FEF0C7"), "green": ("#146C43", "#D9F2E3")}


def render(report: Report, *, width: int | None = None, colour: bool = False) -> bytes:
    """Raises UsageError REN-002 when XlsxWriter is not installed."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise UsageError.of(
            "REN-002", "XLSX needs the package XlsxWriter", next="pip install 'cs-desk[xlsx]', or use -f csv"
        ) from error
    from io import BytesIO

    out = BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties(
        {
            "title": safe_text(report.title, 200),
            "company": safe_text(report.company, 200),
            "comments": "Contains customer data.",
            "created": _moment(report.day),
        }
    )
    sheets = _Sheets(book, report)
    for section in report.sections:
        if section.columns or section.rows or section.figures or section.text:
            sheets.add(section)
    if not sheets.names:
        book.add_worksheet("Empty")
    book.close()
    return out.getvalue()


def _moment(day: str) -> datetime:
    """The report's day stands in for the clock: the same report is the same file."""
    try:
        return datetime.fromisoformat(day[:10])
    except ValueError:
        return datetime.fromisoformat("2000-01-01")


class _Sheets:
    """The workbook under construction: cell formats made once, sheet names used up so far."""

    def __init__(self, book: Any, report: Report) -> None:
        self.book, self.report = book, report
        self.names: set[str] = set()
        self.made: dict[tuple[Any, ...], Any] = {}
        money = exponent(report.currency) if is_currency(report.currency) else 2
        self.money = "#,##0" + ("." + "0" * money if money else "")

    def style(self, **keys: Any) -> Any:
        key = tuple(sorted(keys.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(keys)
        return self.made[key]

    def add(self, section: Section) -> None:
        sheet = self.book.add_worksheet(self._name(section.title or section.key))
        at = 0
        if not self.report.flat:
            sheet.write_string(at, 0, safe_text(section.title, _LONGEST), self.style(bold=True, font_size=14))
            at += 1
            for line in section.text.split("\n") if section.text else ():
                self._put(sheet, at, 0, line, "text")
                at += 1
            for figure in section.figures:
                self._put(sheet, at, 0, figure.label, "text")
                self._put(sheet, at, 1, figure.value, figure.kind, bold=True)
                self._put(sheet, at, 2, figure.before, figure.kind)
                self._put(sheet, at, 3, figure.note or None, "text")
                at += 1
            at += 1
        keys = section.columns
        for column, heading in enumerate(keys):
            sheet.write_string(
                at,
                column,
                safe_text(heading.label or heading.key, 200),
                self.style(bold=True, bottom=1, bg_color="#EEF1F6"),
            )
        for line_no, row in enumerate(section.rows, start=at + 1):
            for column, heading in enumerate(keys):
                self._put(sheet, line_no, column, row.get(heading.key), heading.kind)
        for column, heading in enumerate(keys):
            values = (row.get(heading.key) for row in section.rows[:500])
            texts = (show(value, heading.kind, self.report.currency) for value in values)
            wide = max([cells(safe_text(heading.label)), *(cells(text) for text in texts)])
            sheet.set_column(column, column, min(max(wide + 2, 8 if at == 0 else 14), 60))
        if not keys:
            sheet.set_column(0, 3, 24)
        if keys and section.rows:
            sheet.autofilter(at, 0, at + len(section.rows), len(keys) - 1)
            sheet.freeze_panes(at + 1, 1)

    def _put(self, sheet: Any, row: int, column: int, value: Any, kind: str, bold: bool = False) -> None:
        weight = {"bold": True} if bold else {}
        if value is None:
            return
        if isinstance(value, bool) or (kind == "flag" and isinstance(value, int)):
            sheet.write_boolean(row, column, bool(value), self.style(**weight))
        elif isinstance(value, int | float | Decimal):
            if math.isfinite(value):
                pattern = self.money if kind == "money" else _FORMATS.get(kind, "General")
                sheet.write_number(row, column, float(value), self.style(num_format=pattern, **weight))
        elif (moment := _day(value, kind)) is not None:
            sheet.write_datetime(row, column, moment, self.style(num_format=_FORMATS["day"], **weight))
        else:
            self._text(sheet, row, column, value, kind, weight)

    def _text(self, sheet: Any, row: int, column: int, value: Any, kind: str, weight: dict[str, Any]) -> None:
        if isinstance(value, list | tuple | dict):
            items = value.items() if isinstance(value, dict) else value
            value = "; ".join("" if item is None else plain(item) for item in items)
        text = safe_text(value, _LONGEST, newlines=True)
        look = dict(weight)
        if kind in ("band", "severity") and text.lower() in _TINTS:
            look["font_color"], look["bg_color"] = _TINTS[text.lower()]
        if is_formula(text):
            look["quote_prefix"] = True  # stays text even when somebody edits the cell
        sheet.write_string(row, column, text, self.style(**look))

    def _name(self, title: str) -> str:
        """A name that spreadsheets accept: 31 characters, none of []:*?/\\, not twice."""
        clean = "".join(" " if c in "[]:*?/\\" else c for c in safe_text(title)).strip(" '")
        clean = clean[:31].strip(" '") or "Sheet"
        if clean.lower() == "history":
            clean = "History of"
        name, count = clean, 1
        while name.lower() in self.names:
            count += 1
            name = f"{clean[: 28 - len(str(count))]} ({count})"
        self.names.add(name.lower())
        return name


def _day(value: Any, kind: str) -> datetime | None:
    """A spreadsheet's calendar begins in 1900; older or odd days stay text."""
    if isinstance(value, date):
        value = value.isoformat()
    if kind != "day" or not isinstance(value, str) or len(value) != 10:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.year > 1900 else None
