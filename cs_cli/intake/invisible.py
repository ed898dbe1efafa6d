"""Characters that nobody sees: they may not make two headers of one, or two ids of one id."""

from __future__ import annotations

# soft hyphen, grapheme joiner, Arabic letter mark, Mongolian vowel separator, zero-width marks and
# directions, word joiners and isolates, byte order mark
INVISIBLE = dict.fromkeys(
    [
        0x00AD,
        0x034F,
        0x061C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
    ]
)
