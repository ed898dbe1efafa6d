"""Text that a spreadsheet would run, made harmless on the way out and itself again on the way in.

`guard` puts an apostrophe before such text, `unguard` takes exactly that apostrophe off, so that
export and import of the same cells change nothing: unguard(guard(text)) == text for every text.
"""

from __future__ import annotations

_STARTS = "=+-@|%"
_SEEN_THROUGH = " \"';,\u00a0"  # a spreadsheet that splits or trims the cell would look behind these
_DIGITS = frozenset("0123456789")


def is_formula(text: str) -> bool:
    """Would some spreadsheet read this cell as a formula? Plain numbers ("-5", "+3.2", "-12%") are none."""
    if not text:
        return False
    first = text[0]
    if first.isascii() and first.isalnum():
        return False
    if text.lstrip("'")[:1] in ("\t", "\r", "\n"):  # behind apostrophes too, or unguard would take one off
        return True
    from unicodedata import category, normalize

    seen = normalize("NFKC", text)
    at = 0
    while at < len(seen) and (seen[at] in _SEEN_THROUGH or category(seen[at]) in ("Cf", "Cc", "Zs", "Mn")):
        at += 1
    rest = seen[at:]
    return rest[:1] in _STARTS and len(rest) > 1 and not (rest == text and _is_number(rest))


def guard(text: str) -> str:
    return "'" + text if is_formula(text) else text


def unguard(text: str) -> str:
    """Takes off what guard put on, and nothing else."""
    return text[1:] if text[:1] == "'" and is_formula(text[1:]) else text


def _is_number(text: str) -> bool:
    body = text[1:].removesuffix("%")
    return text[0] in "+-" and set(body) <= _DIGITS | {".", ","} and body[:1] in _DIGITS
