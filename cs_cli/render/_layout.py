"""Which columns a terminal has room for, and how wide each may be. Numbers and days are never cut."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import category, east_asian_width

from cs_cli.reports.model import Column

GAP = 2
_LEAST = 12  # a text column narrower than this says nothing
_LEAST_REASON = 20
_FIRST_OUT = frozenset(["list", "flag"])
_CUTTABLE = frozenset(["text", "list"])  # the others are never cut
_WIDE = frozenset(["W", "F"])


def cells(text: str) -> int:
    """Terminal cells of a harmless text: two for wide letters and emoji, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(c) in _WIDE else 0 if category(c) in ("Mn", "Me") else 1 for c in text)


def cut(text: str, width: int) -> str:
    """At most width cells; what was cut ends in "…"."""
    if cells(text) <= width:
        return text
    kept, used = [], 0
    for c in text:
        wide = cells(c)
        if used + wide > width - 1:
            break
        kept.append(c)
        used += wide
    return "".join(kept) + "…"


def pad(text: str, width: int, right: bool) -> str:
    blank = " " * (width - cells(text))
    return blank + text if right else text + blank


def natural(
    columns: Sequence[Column], labels: Sequence[str], rows: Sequence[Sequence[str]], wrap: bool
) -> list[int]:
    """The widest cell of each column. With wrap a label may break between words, else it counts whole."""
    widths = []
    for at, label in enumerate(labels):
        heads = label.split() if wrap and columns[at].kind not in _CUTTABLE else [label]
        widths.append(max([1, *(cells(head) for head in heads), *(cells(row[at]) for row in rows)]))
    return widths


def fit(columns: Sequence[Column], widths: Sequence[int], room: int, words: Sequence[int]) -> dict[int, int]:
    """Column position → width, for those that stay, in order. The first column always stays.

    Text is narrowed first, the widest most. If that is not enough columns are left out: lists and
    flags, then from the right, and last of all the widest text, which is what explains the row, and what says that a
    score is late.
    """
    kept = dict(enumerate(widths))
    texts = [at for at in kept if at and columns[at].kind == "text"]
    reason = max(texts, key=lambda at: (widths[at], at), default=0)
    last = {reason, *(at for at in kept if columns[at].kind == "late")}
    while len(kept) > 1:
        least = sum(
            min(width, _least(words[at], at == reason)) if columns[at].kind in _CUTTABLE else width
            for at, width in kept.items()
        )
        if least + GAP * (len(kept) - 1) <= room:
            break
        del kept[
            max((at for at in kept if at), key=lambda at: (at not in last, columns[at].kind in _FIRST_OUT, at))
        ]
    over = sum(kept.values()) + GAP * (len(kept) - 1) - room
    while over > 0:
        wide = [
            at for at in kept if columns[at].kind in _CUTTABLE and kept[at] > _least(words[at], at == reason)
        ]
        if not wide:
            break
        kept[max(wide, key=lambda at: (kept[at], at))] -= 1
        over -= 1
    if over > 0 and len(kept) == 1:
        kept[0] = max(1, room)
    return kept


def _least(word: int, explains: bool) -> int:
    """Where text is narrowed its longest word should stay whole, within reason."""
    return _LEAST_REASON if explains else max(_LEAST, min(word, _LEAST_REASON))


def longest_words(rows: Sequence[Sequence[str]], count: int) -> list[int]:
    """The widest word of each column."""
    return [
        max((cells(word) for row in rows for word in row[at].split(" ")), default=1) for at in range(count)
    ]
