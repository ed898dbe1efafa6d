"""What a report is before anybody formats it: sections of rows, and figures."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

ColumnKind = Literal[
    "text", "number", "money", "ratio", "percent", "score", "days", "day", "band", "severity", "flag", "list",
    "late",  # the day that a late score is of; shown as such, and only where a row has one
]


class Column(msgspec.Struct, frozen=True):
    """One column: key is the JSON and CSV name, label what a person reads."""

    key: str
    label: str
    kind: ColumnKind = "text"
    hidden: bool = False  # in JSON, CSV and XLSX only; too much for a terminal or a page


class Figure(msgspec.Struct, frozen=True):
    """One number with its meaning: no rate without numerator, denominator and n."""

    key: str
    label: str
    value: Any
    kind: ColumnKind = "number"
    note: str = ""
    before: Any = None


class Section(msgspec.Struct, frozen=True):
    key: str
    title: str
    columns: tuple[Column, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    figures: tuple[Figure, ...] = ()
    text: str = ""
    empty: str = "Nothing here."

    def visible(self) -> list[Column]:
        """The columns that a person is shown: not the hidden ones, and a mark of lateness only where something is."""
        return [
            column
            for column in self.columns
            if not column.hidden and (column.kind != "late" or any(row.get(column.key) for row in self.rows))
        ]


class Report(msgspec.Struct, frozen=True):
    """day is the as-of day; header lines say how fresh each source is."""

    key: str
    title: str
    day: str
    currency: str
    company: str = ""
    header: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    flat: bool = False  # JSON is the one section's array of rows instead of an object
