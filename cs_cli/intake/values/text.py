"""Text and ids. Text is kept as it stands; keys are cleaned so that the same id is the same key."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from cs_cli.base.formula import unguard
from cs_cli.intake.invisible import INVISIBLE
from cs_cli.intake.values.model import BadValue

# Words that may mean "empty" in a number column but may be a company's name in a text column (C34).
WORDS = frozenset(("none", "null", "nan", "nil", "true", "false"))
SHEET_ERRORS = frozenset(("#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#N/A", "#SPILL!", "#CALC!"))


def plain_text(text: str) -> str:
    """The cell with our own guard against spreadsheet formulas undone: `'=1+1` → `=1+1`.

    Raises BadValue for what no alphabet has: half characters, noncharacters, private use.
    """
    if text[:1] == "'":
        text = unguard(text)
    if not text.isascii() and _no_text().search(text) is not None:
        raise BadValue("IMP-131", "characters that mean the same everywhere", "holds a character that is no text")
    return text


@lru_cache(maxsize=1)
def _no_text() -> re.Pattern[str]:
    return re.compile("[\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff]")


def clean_key(text: str) -> str:
    """An id: NFC, trimmed, ordinary blanks, no invisible characters; case and leading zeros kept.

    Raises BadValue when nothing is left or a character is no character.
    """
    if text.isascii() and text.isprintable():
        key = text.strip()
    else:
        key = unicodedata.normalize("NFC", text.translate(INVISIBLE))
        key = " ".join(key.split())
        if any(unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") for char in key):
            raise BadValue("IMP-131", "ordinary characters", "holds a character that is no text")
    if not key:
        raise BadValue("IMP-130", "an id", "is empty")
    if key in SHEET_ERRORS:
        raise BadValue("IMP-132", "an id", "a spreadsheet error")
    return key


def key_changed(text: str) -> bool:
    """True when cleaning took invisible characters out of an id: worth one warning (C28)."""
    return not text.isascii() and text.translate(INVISIBLE) != text


def damaged_id(text: str) -> bool:
    """True for an id in scientific notation: a spreadsheet has rounded it and the digits are gone (C19)."""
    return "E+" in text.upper() and re.fullmatch(r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{1,3}", text.strip()) is not None
