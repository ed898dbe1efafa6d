"""One way to make any text harmless to look at.

Every untrusted string goes through `safe_text` before a human sees it: terminal, error
message, log, file name in a message. Controls could move the cursor, set the clipboard or
the window title; bidirectional and invisible characters make text read as another text.
They are not dropped but shown, so that a person sees that something odd is there.
"""

from __future__ import annotations

from unicodedata import category

# Letters and marks by category, yet drawn as nothing: Hangul fillers, the grapheme joiner,
# Khmer inherent vowels, Mongolian selectors and the supplementary variation selectors.
_DRAWN_AS_NOTHING = frozenset(
    [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0]
)
# Kept as they are: spaces of a width (Zs), also the no-break space of French amounts.
# Unassigned (Cn) characters are kept too: they are the emoji of a newer Unicode than Python's.
_ODD = frozenset(["Cc", "Cf", "Cs", "Co", "Zl", "Zp"])


def safe_text(s: object, limit: int | None = None, *, newlines: bool = False) -> str:
    """`str(s)` with every control, bidi and invisible character made visible.

    ESC is `^[`, other C0 controls and DEL likewise in caret form, a line end is `⏎` (kept as a
    plain newline with newlines=True), everything else `<U+202E>`. No more than limit characters
    come out; a cut ends in `…`.
    """
    text = s if isinstance(s, str) else str(s)
    if limit is not None and len(text) > 2 * limit + 2:
        text = text[: 2 * limit + 2]  # a visible character needs at most two (CR LF)
    if not (text.isascii() and text.isprintable()):
        if "\r\n" in text:
            text = text.replace("\r\n", "\n")
        text = "".join(c if c.isascii() and c.isprintable() else _visible(c, newlines) for c in text)
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"[:limit]
    return text


def _visible(c: str, newlines: bool) -> str:
    if c == "\n":
        return "\n" if newlines else "⏎"
    point = ord(c)
    if point < 0x20 or point == 0x7F:
        return "^" + chr(point ^ 0x40)
    if category(c) in _ODD or _is_nothing(point):
        return f"<U+{point:04X}>"
    return c


def _is_nothing(point: int) -> bool:
    return (
        point in _DRAWN_AS_NOTHING
        or 0xE0000 <= point <= 0xE0FFF
        or point & 0xFFFE == 0xFFFE
        or 0xFDD0 <= point <= 0xFDEF
        or point == 0x2065
        or 0xFFF0 <= point <= 0xFFF8
    )
