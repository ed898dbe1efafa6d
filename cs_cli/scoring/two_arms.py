"""Two shares held against each other: the difference, its 95 % interval, and how many more it would take to tell.

- difference of two independent shares: Newcombe 1998, Statistics in Medicine 17:873-890, method 10, from the Wilson
  limits of both; it stays inside −1 to 1, and does not vanish where one share is 0.
- strata taken together: weights of Mantel and Haenszel, n1·n2 ÷ (n1 + n2); limits from those of the strata (Zou and
  Donner 2008, Statistics in Medicine 27:1693-1702).
- numbers needed: the normal approximation for two shares, two-sided 5 %, power 80 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from cs_cli.scoring.backtest_stats import Z, rounded, wilson

WORTH = 0.1  # a difference of ten points is worth an experiment; smaller ones take a thousand accounts
_POWER = 0.841621  # of the normal distribution, 80 %


class Arm(NamedTuple):
    """Of n accounts it happened to so many."""

    happened: int
    n: int

    @property
    def share(self) -> float:
        return self.happened / self.n


class Difference(NamedTuple):
    """Share of the first arm less that of the second, with its 95 % interval."""

    value: float
    low: float
    high: float


def difference(one: Arm, other: Arm) -> Difference | None:
    """None where an arm has nobody."""
    if not one.n or not other.n:
        return None
    mine, theirs = wilson(*one), wilson(*other)
    assert None not in (mine.low, mine.high, theirs.low, theirs.high)
    apart = one.share - other.share
    below = math.hypot(one.share - mine.low, theirs.high - other.share)  # type: ignore[operator]
    above = math.hypot(mine.high - one.share, other.share - theirs.low)  # type: ignore[operator]
    return _of(apart, apart - below, apart + above)


def together(strata: Sequence[tuple[Arm, Arm]]) -> Difference | None:
    """The difference over strata; those in which an arm has nobody tell nothing of it. None where all are so."""
    parts = [(one.n * other.n / (one.n + other.n), found) for one, other in strata
             if (found := difference(one, other)) is not None]
    total = sum(weight for weight, _ in parts)
    if not total:
        return None
    apart = sum(weight * part.value for weight, part in parts) / total
    below = math.hypot(*(weight * (part.value - part.low) / total for weight, part in parts))
    above = math.hypot(*(weight * (part.high - part.value) / total for weight, part in parts))
    return _of(apart, apart - below, apart + above)


def _of(value: float, low: float, high: float) -> Difference:
    return Difference(*(rounded(max(-1.0, min(1.0, one))) or 0.0 for one in (value, low, high)))


def needed(share: float, held_out: float, apart: float = WORTH) -> int:
    """Accounts in both arms that tell a difference of `apart` from chance, four times in five.

    share: how often it happens in the control group; held_out: the control group's part of all.
    """
    other = share + apart if share + apart <= 1 else share - apart
    spread = other * (1 - other) / (1 - held_out) + share * (1 - share) / held_out
    return math.ceil((Z + _POWER) ** 2 * spread / apart**2)


def verdict(found: Difference | None, one: Arm, other: Arm, held_out: float) -> str:
    """What can be said, in words. held_out: the control group's part of all, as declared."""
    if found is None:
        return "no control group" if not held_out and not other.n else f"cannot tell yet, n = {one.n} and {other.n}"
    between = f"{_points(found.low)} to {_points(found.high)} points"
    if found.low > 0 or found.high < 0:
        return f"{'more' if found.low > 0 else 'less'} often with it, by {_span(found)} points"
    if found.low > -WORTH and found.high < WORTH:
        return f"no difference of {_points(WORTH)} points: {between}"
    more = needed(other.share, held_out or other.n / (one.n + other.n)) - one.n - other.n
    if more <= 0:
        return f"no clear difference: {between}, n = {one.n} and {other.n}"
    return f"cannot tell yet, n = {one.n} and {other.n}: about {more:,} more accounts for {_points(WORTH)} points"


def _span(found: Difference) -> str:
    low, high = sorted((abs(found.low), abs(found.high)))
    return f"{_points(low)} to {_points(high)}"


def _points(share: float) -> str:
    text = f"{100 * share:.0f}" if abs(share) >= 0.01 or not share else f"{100 * share:.1f}"
    return text.replace("-", "−")
