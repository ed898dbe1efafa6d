"""What a condition may name: the type of each fact, and which types go together."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

NUMERIC = frozenset({"number", "money", "ratio", "days", "score", "plain", "percent"})

WORDS = {
    "number": "a number", "money": "money", "ratio": "a share", "days": "days", "date": "a day",
    "text": "text", "flag": "yes or no", "score": "a score", "plain": "a number", "percent": "a percentage",
}


class NameType(msgspec.Struct, frozen=True):
    """One fact: its type, its possible values when they are known, whether it holds several.

    type: number | money (major units of the reporting currency) | ratio (0.3 is 30 %) | days |
    date (ISO text) | text | flag (0/1) | score (0 to 100).
    many: text of the form ",a,b," that holds any number of the values (tags).
    """

    type: str
    values: tuple[str, ...] | None = None
    many: bool = False


Names = Mapping[str, NameType]


def common_type(left: str, right: str) -> str | None:
    """The type two values share so that comparing or adding them means something; None if they share none.

    "plain" is a number written in the condition: it takes the unit of what it stands next to.
    "percent" is a written percentage: a ratio. Money never meets a count of something else.
    """
    if left == right:
        return left
    pair = {left, right}
    if not pair <= NUMERIC:
        return None
    if "plain" in pair:
        (other,) = pair - {"plain"}
        return other
    if pair == {"percent", "ratio"}:
        return "ratio"
    if "number" in pair and not pair & {"money", "percent"}:
        (other,) = pair - {"number"}
        return other
    return None


def result_type(op: str, left: str, right: str) -> str | None:
    """The type of left op right, or None when it means nothing."""
    if op in "+-":
        return common_type(left, right)
    scalars = {"plain", "percent", "number", "ratio"}
    if op == "*":
        if left in scalars and right in scalars:
            return left if left == right or right == "plain" else right if left == "plain" else "number"
        return right if left in scalars else left if right in scalars else None
    if right in scalars:
        return "number" if left in ("plain", "percent") else left
    return "ratio" if left == right else "number"
