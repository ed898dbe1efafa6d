"""The end of a file: closing lines and totals, and how a cut file is told from a complete one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from cs_cli.intake.reader.header import kind


@lru_cache(maxsize=1)
def _closing() -> re.Pattern[str]:
    return re.compile(
        r"(?:grand |sub|report )?totals?\b|summe\b|gesamt\b|total g[eé]n[eé]ral|totaal\b|page \d+|copyright\b|©|"
        r"confidential|generated (?:by|on|at)|exported (?:by|on|at|from)|report generated|end of (?:report|file)|"
        r"\(?[\d.,]+ (?:rows?|records?|entries|results)\b|(?:accrual|cash) basis",
        re.IGNORECASE,
    )


def is_closing(cells: Sequence[str], gap: bool) -> bool:
    """True for a closing row: a known word in its first filled cell, or one lone cell after a blank line."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return False
    first = cells[0].strip()
    if _closing().match(filled[0]) and (not first or first == filled[0]):
        return len(filled) == 1 or any(kind(cell) == "number" for cell in filled[1:])
    return gap and len(filled) == 1 and bool(first)


def pages(text: str) -> int:
    """n of "Page 1 of n", else 0."""
    found = re.search(r"\bpage \d+ (?:of|/) (\d+)", text, re.IGNORECASE)
    return int(found[1]) if found else 0


def row_count(text: str) -> int | None:
    """The number of rows that a closing line claims: "1,234 rows", "(12 records)"."""
    found = re.search(r"\(?([\d][\d.,]*) (?:rows?|records?|entries|results)\b", text, re.IGNORECASE)
    return int(re.sub(r"\D", "", found[1])) if found else None


def last_cell(raw: str, delimiter: str) -> str:
    """The text after the last delimiter, quotes kept; good enough to compare ends of lines."""
    return raw.rstrip("\r\n").rpartition(delimiter)[2]


def seems_cut(last: str, others: Sequence[str]) -> bool:
    """True when the last cell of a line without a line end is only the beginning of what stands in its column.

    others: the raw last cells of earlier rows, quotes included. A file may well end without a line
    end, so there must be a reason: the cell is empty where no other is, not quoted where all are,
    shorter than the one length all have (words such as FALSE and TRUE have none of their own), or the start of one of
    a few values.
    """
    others = [cell for cell in others if cell is not None]
    if len(others) < 2 or last in others:
        return False
    if not last:
        return all(others)
    filled = [cell for cell in others if cell]
    if not filled:
        return False
    if last[0] != '"' and all(cell[0] == '"' for cell in filled):
        return True
    lengths = {len(cell) for cell in filled}
    worded = last.strip('"').isalpha() and all(cell.strip('"').isalpha() for cell in filled)
    if len(filled) >= 3 and len(lengths) == 1 and len(last) < min(lengths) and not worded:
        return True
    values = set(filled)
    return len(values) <= max(3, len(filled) // 4) and any(value.startswith(last) for value in values)
