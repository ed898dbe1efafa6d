"""Our own number grammar. Python's takes 1_000, NaN, 1e5 and Arabic digits; this one does not.

A number is: optional sign or brackets, digits with optional groups of three (or lakh groups)
marked by , . blank or apostrophe, one decimal mark, all ASCII digits. A dash right behind the decimal
mark stands for "no cents" (`50,-` `1'200.--` `100,–`); a minus behind digits (`200-` `50,00-`) is a minus.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from cs_cli.intake.values.model import BadValue

# hyphens, figure dash, en and em dash, bar, minus: what people and word processors put for missing cents
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_LONG = re.compile(rf"(?<=[0-9])([.,])(?!-(?![{_DASHES}]))[{_DASHES}]{{1,2}}(?![0-9{_DASHES}])")
_NO_MORE = re.compile(rf"(?<=[0-9])[:/](?:[{_DASHES}]{{1,2}}|=)(?![0-9{_DASHES}=])")
_NO_CENTS = re.compile(r"(?<=[0-9][.,])--?(?![0-9-])")
_MINUS_BEHIND = re.compile(r"[0-9] ?-(?![0-9-])")
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
    """Trimmed, with typographic blanks, minus and apostrophe as the plain ones.

    Dashes for cents other than a plain one are two plain ones (`50,—` is `50,--`); `100:-` (Swedish), `100/-`
    and `100/=` (Indian, Kenyan) are `100`.
    """
    if not text.isascii():
        text = _LONG.sub(r"\1--", text.translate(_BLANKS))
    return (_NO_MORE.sub("", text) if ":" in text or "/" in text else text).strip()


def unsigned(text: str) -> tuple[str, bool]:
    """(the number without its sign, negative): `-5`, `5-`, `(5)`, `+5`. A dash for cents stays: `5,-`."""
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.startswith(("-", "+")):
        return text[1:].strip(), text[0] == "-"
    if text.endswith("-") and not text.endswith("--") and not has_no_cents(text):
        return text[:-1].strip(), True
    return text, False


def has_no_cents(text: str) -> bool:
    """Does a dash stand for the cents of a tidy amount: `50,-`, `CHF 50.--`, `50,- EUR`?"""
    return "-" in text and _NO_CENTS.search(text) is not None


def has_minus_behind(text: str) -> bool:
    """Does a minus stand behind the digits of a tidy amount: `200-`, `50,00- EUR`?"""
    return "-" in text and _MINUS_BEHIND.search(text) is not None


def parse_number(text: str, decimal: str, dashes: str = "cents") -> Decimal:
    """The exact value. dashes: what one plain dash behind the decimal mark means: "cents" (none) or "minus".

    Raises BadValue.
    """
    body, negative = unsigned(tidy(text))
    bare = _NO_CENTS.sub("", body)
    if bare != body and dashes == "minus" and not body.endswith("--"):
        # a sign before the number and one behind it are one too many: the grammar refuses the dash
        bare, negative = (body, True) if negative else (bare, True)
    body = bare
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

    1,234.56 → "."   1.234.567 → ","   1,5 → ","   50,- → ","   1,234 → "?"   1234 → ""
    """
    body = _NO_CENTS.sub("", body)
    dot, comma = grammar(".").fullmatch(body), grammar(",").fullmatch(body)
    if dot is None and comma is None:
        return None
    if dot is not None and comma is not None:
        if "." not in body and "," not in body:
            return ""
        return "?"
    return "." if dot is not None else ","
