"""Days with the name of their month: `02-Jan-25`, `June 30, 2027`, `13. Oktober 2026`, `1er août 2026`.

English, German, French, Spanish and Portuguese names, and Dutch and Italian ones, whole or cut short. No spelling
names two months, so a name needs no flag; which number is the year is told by its
four digits, by its apostrophe, or by standing last.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

FORM = "month name"

# by month: every whole name; what cuts it short is listed where it is no mere beginning of three letters or more
_WHOLE = (
    "january januar jänner janvier enero janeiro januari gennaio",
    "february februar feber février febrero fevereiro februari febbraio",
    "march märz maerz mars marzo março maart",
    "april avril abril aprile",
    "may mai mayo maio mei maggio",
    "june juni juin junio junho giugno",
    "july juli juillet julio julho luglio",
    "august août agosto augustus",
    "september septembre septiembre setiembre setembro settembre",
    "october oktober octobre octubre outubro ottobre",
    "november novembre noviembre novembro",
    "december dezember décembre diciembre dezembro dicembre",
)
_SHORT = ("", "", "mrz mrt", "", "", "", "", "", "", "", "", "")
_DAY_OF_WEEK = r"(?:[^\W\d_]{2,13}(?:-feira)?\.?,? +)?"
_NAME = r"(?P<b>[^\W\d_]{3,10})\.?"
_DAY = r"(?P<d>[0-9]{1,2})(?:st|nd|rd|th|er|º|ª|\.)?"
_YEAR = r"(?:(?P<y>[0-9]{4})|['’]?(?P<yy>[0-9]{2}))"
_OF = r"(?: (?:de |of |do )?|[-/. ])"
_SHAPES = (
    rf"{_DAY_OF_WEEK}{_DAY}{_OF} ?{_NAME}(?:,? (?:del? |do )?|[-/.]){_YEAR}",
    rf"{_DAY_OF_WEEK}{_NAME}[ -]{_DAY}(?:, ?| |-){_YEAR}",
    rf"(?P<y>[0-9]{{4}})[-/. ]{_NAME}[-/. ]{_DAY}",
)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for number, (whole, short) in enumerate(zip(_WHOLE, _SHORT, strict=True), 1):
        for name in map(fold, whole.split()):
            for length in range(3, len(name) + 1):
                found.setdefault(name[:length], set()).add(number)
        for name in map(fold, short.split()):
            found.setdefault(name, set()).add(number)
    # French "jui" begins June and July: it is neither
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


def fold(word: str) -> str:
    """Small letters without accents: `Août` and `aout` are one name."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


@lru_cache(maxsize=4096)
def month_number(word: str) -> int | None:
    """1–12 for a month's name in one of the languages, or its beginning of three letters or more; else None."""
    return _months().get(fold(word))


@lru_cache(maxsize=4)
def shapes(time: str) -> tuple[re.Pattern[str], ...]:
    """The regular expressions of such days, each with the optional time behind it; groups d, b, and y or yy."""
    return tuple(re.compile(f"{shape}(?:{time})?", re.IGNORECASE) for shape in _SHAPES)
