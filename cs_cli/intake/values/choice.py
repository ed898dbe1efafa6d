"""Flags, choices and hours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cs_cli.intake.values.model import BadValue
from cs_cli.intake.values.numbers import parse_number

_YES = frozenset(
    [
        "y",
        "yes",
        "true",
        "t",
        "1",
        "1.0",
        "on",
        "x",
        "ja",
        "j",
        "oui",
        "si",
        "sí",
        "sì",
        "sim",
        "✓",
        "✔",
        "☑",
        "wahr",
        "vrai",
        "verdadero",
        "waar",
    ]
)
_NO = frozenset(
    [
        "n",
        "no",
        "false",
        "f",
        "0",
        "0.0",
        "off",
        "nein",
        "nee",
        "non",
        "não",
        "✗",
        "✘",
        "☐",
        "falsch",
        "faux",
        "falso",
        "onwaar",
    ]
)


def flag(text: str) -> int:
    """1 or 0 from the usual words. Raises BadValue."""
    word = text.strip().casefold()
    if word in _YES:
        return 1
    if word in _NO:
        return 0
    raise BadValue("IMP-150", "yes or no", "neither yes nor no")


def choice(text: str, known: Mapping[str, Any], otherwise: str | None) -> Any:
    """The declared value for a word; `otherwise` for an unknown one, or BadValue listing the known ones.

    Without declared words any word is kept, in lower case with inner blanks as `_`.
    """
    word = " ".join(text.split()).casefold()
    if word in known:
        return known[word]
    if otherwise is not None:
        return otherwise
    if not known:
        return re.sub(r"[\s-]+", "_", word)
    listed = sorted(str(name) for name in known if name)
    raise BadValue(
        "IMP-151", "one of " + ", ".join(listed[:12]) + (", …" if len(listed) > 12 else ""), "unknown word"
    )


def hours(text: str, decimal: str, dashes: str = "cents") -> float:
    """Hours from `HH:MM:SS`, `HH:MM` or a number of hours. Raises BadValue."""
    text = text.strip()
    if found := re.fullmatch(r"(-?)([0-9]{1,6}):([0-5]?[0-9])(?::([0-5]?[0-9])(?:\.[0-9]+)?)?", text):
        sign, whole, minutes, seconds = found.groups()
        value = int(whole) + int(minutes) / 60 + int(seconds or 0) / 3600
        return -value if sign else value
    try:
        return float(parse_number(text, decimal, dashes))
    except BadValue as error:
        raise BadValue("IMP-152", "hours such as 12:30:00 or 12.5", "not a span of hours") from error
