"""Names that a person may have meant: within two slips of the keyboard, or begun and not finished."""

from __future__ import annotations

from collections.abc import Iterable


def near(name: str, names: Iterable[str], n: int = 3) -> list[str]:
    """Up to n of names within edit distance 2 of name (1 when it has three letters or fewer).

    Nearest first, then in the order given; capitals do not count; a swap of two neighbours is
    one slip.
    """
    word = name.casefold()
    most = 2 if len(word) > 3 else 1
    found: list[tuple[int, int, str]] = []
    for place, other in enumerate(dict.fromkeys(names)):
        distance = _distance(word, other.casefold(), most)
        if distance <= most:
            found.append((distance, place, other))
    return [other for _, _, other in sorted(found)[:n]]


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """'; did you mean "x"?' for the nearest name, else the first that begins so, or "". Goes behind what is wrong."""
    given, word = list(names), name.casefold()
    found = near(name, given, 1)
    if not found and len(word) >= 3:
        found = [other for other in given if other.casefold().startswith(word)]
    return f'; did you mean "{found[0]}"?' if found else ""


def _distance(a: str, b: str, most: int) -> int:
    """Optimal string alignment distance; some number above `most` as soon as it is certain."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    if a == b:
        return 0
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row, two_up = row, [i], before
        before = above
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, two_up[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(above) > most:
            return most + 1
    return row[-1]
