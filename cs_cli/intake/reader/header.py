"""Header names: how they are cleaned, and how a header is told from data, a preamble or a title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from cs_cli.intake.invisible import INVISIBLE

# Salesforce marks the columns that a report is grouped by: "Account Owner  ↑"
_SORTED = re.compile(r"\s*[↑↓]\s*$")
_SPACES = {0x00A0: " ", 0x2007: " ", 0x202F: " ", 0x2009: " ", 0x3000: " "}


def clean_header(text: str) -> str:
    """NFC, ordinary single blanks, no invisible characters, trimmed."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = _SORTED.sub("", text)
    text = unicodedata.normalize("NFC", text.translate(INVISIBLE).translate(_SPACES))
    return " ".join(text.split())


@lru_cache(maxsize=1)
def _data_like() -> re.Pattern[str]:
    return re.compile(
        r"[-+(]?(?:[$€£] ?)?[0-9][0-9.,' ]*\)?(?: ?[%$€£])?"
        r"|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[T ].*)?"
        r"|[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"
        r"|https?://\S+"
    )


def kind(cell: str) -> str:
    """empty, number, day, email, url or text: what a cell looks like."""
    cell = cell.strip()
    if not cell:
        return "empty"
    if not _data_like().fullmatch(cell):
        return "text"
    if "@" in cell:
        return "email"
    if cell.startswith("http"):
        return "url"
    return "day" if len(re.findall(r"[-/.]", cell.lstrip("-"))) >= 2 and len(cell) >= 6 else "number"


def looks_like_data(first: Sequence[str], second: Sequence[str] | None) -> bool:
    """True when the would-be header is data: data-like cells, of the same kind as those of the next row.

    Day or number headings of a wide table are headings: the cells under them are of another kind.
    """
    kinds = [kind(cell) for cell in first]
    data = [index for index, found in enumerate(kinds) if found not in ("text", "empty")]
    filled = sum(found != "empty" for found in kinds)
    if not data or filled == 0:
        return False
    if second is None:
        return len(data) >= max(1, filled / 3)
    same = [i for i in data if i < len(second) and kind(second[i]) == kinds[i]]
    if all(kinds[i] == "number" and len(first[i].strip()) <= 4 for i in data) and kinds[0] == "text":
        return False  # "Name,1,2,3" or years
    return len(same) >= max(1, filled * 0.3)


def matches(cells: Sequence[str], known: Sequence[Sequence[str]]) -> bool:
    """True when all headers of one of the known sets stand in the row, each in one of its spellings."""
    if not known:
        return False
    from cs_cli.intake.loose import loose_header
    from cs_cli.intake.recognise import fold_header, there

    filled = [clean_header(cell) for cell in cells if cell.strip()]
    have = frozenset([*map(fold_header, filled), *map(loose_header, filled)])
    return any(names and all(there(name, have) for name in names) for names in known)


_MONTHS = {
    name: i + 1
    for i, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}


def day_in(text: str) -> str | None:
    """The ISO day written in a title line ("Exported on 2026-11-01", "as of Nov 1, 2026"), if unambiguous."""
    from datetime import date

    if found := re.search(r"(?<![0-9])(20[0-9]{2})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])", text):
        year, month, day = (int(part) for part in found.groups())
    elif found := re.search(r"\b([A-Za-z]{3,9})\.? ([0-9]{1,2}),? (20[0-9]{2})\b", text):
        year, month, day = int(found[3]), _MONTHS.get(found[1][:3].lower(), 0), int(found[2])
    elif found := re.search(r"\b([0-9]{1,2})\.? ([A-Za-z]{3,9})\.? (20[0-9]{2})\b", text):
        year, month, day = int(found[3]), _MONTHS.get(found[2][:3].lower(), 0), int(found[1])
    else:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
