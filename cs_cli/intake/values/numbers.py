"""Our own number grammar. Python's takes 1_000, NaN, 1e5 and Arabic digits; this one does not.

A number is: optional sign or brackets, digits with optional groups of three (or lakh groups)
marked by , . blank or apostrophe, one decimal mark, all ASCII digits.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from cs_cli.intake.values.model import BadValue

_BLANKS = {0x00A0: " ", 0x202F: " ", 0x2009: " ", 0x2007: " ", 0x2019: "'", 0x2212: "-", 0xFF0D: "-"}


@lru_cache(maxsize=4)
def grammar(decimal: str) -> re.Pattern[str]:
    """Unsigned numbers with this decimal mark; every grouping mark is used the same way throughout."""
    group = "," if decimal == "." else "."
    mark = re.escape(decimal)
    grouped = "|".join(rf"[1-9][0-9]{{0,2}}(?:{re.escape(g)}[0-9]{{3}})+" for g in (group, " ", "'"))
    lakh = rf"[1-9][0-9]{{0,1}}(?:{re.escape(group)}[0-9]{{2}})+{re.escape(group)}[0-9]{{3}}"
    return re.compile(rf"(?P<whole>{grouped}|{lakh}|[0-9]+)?(?:{mark}(?P<part>[0-9]*))?")


def tidy(text: str) -> str:
    """Trimmed, with typographic blanks, minus and apostrophe as the plain ones."""
    return text.translate(_BLANKS).strip() if not text.isascii() else text.strip()


def unsigned(text: str) -> tuple[str, bool]:
    """(the number without its sign, negative): `-5`, `5-`, `(5)`, `+5`."""
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.startswith(("-", "+")):
        return text[1:].strip(), text[0] == "-"
    if text.endswith("-"):
        return text[:-1].strip(), True
    return text, False


def parse_number(text: str, decimal: str) -> Decimal:
    """The exact value. Raises BadValue."""
    body, negative = unsigned(tidy(text))
    found = grammar(decimal).fullmatch(body)
    if found is None or not (found["whole"] or found["part"]) or len(body) > 60:
        raise BadValue(
            "IMP-120", "a number such as " + ("1,234.56" if decimal == "." else "1.234,56"), "not a number"
        )
    whole = re.sub(r"[^0-9]", "", found["whole"] or "0")
    value = Decimal(f"{whole}.{found['part']}" if found["part"] else whole)
    return -value if negative else value


def evidence(body: str) -> str | None:
    """What a number says about its decimal mark: ".", ",", "?" (either), "" (nothing), None (no number).

    1,234.56 → "."   1.234.567 → ","   1,5 → ","   1,234 → "?"   1234 → ""
    """
    dot, comma = grammar(".").fullmatch(body), grammar(",").fullmatch(body)
    if dot is None and comma is None:
        return None
    if dot is not None and comma is not None:
        if "." not in body and "," not in body:
            return ""
        return "?"
    return "." if dot is not None else ","
