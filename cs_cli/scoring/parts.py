"""What a difference between two scores is made of: measure by measure, the caps, the card; nothing left over.

Measures. With the weights w and points s of what counts, a score is S = Σws ÷ Σw. Then for any two days
W'(S' − S) = Σ w'(s' − S) − Σ w(s − S), the last sum being 0. So a measure's part is [w'(s' − S) − w(s − S)] ÷ W': that
of one which moved is what it moved by, that of one which came or went is what it lifts or pulls, and one that stayed
has none, although the weights of the others were shared out anew.
Caps. The measures move under the looser of the two days' lowest caps (what moves above it moves nothing; the parts
shrink alike); the rest is the cap's.
Card. Two cards have no measures in common: where another applies, what the measures would have made is the card's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["measure", "cap", "card"]


@dataclass(frozen=True)
class Points:
    """One measure: its weight, its points (None adds nothing), and whether they come from a known fact.

    value: the fact as it stands; state: as in account_measures; fact: its name.
    """

    weight: float
    score: float | None
    known: bool
    pulse: bool = False
    value: Any = None
    state: str = "known"
    fact: str = ""


@dataclass(frozen=True)
class State:
    """A scored account: its card, its measures by name, and the caps that apply (at most, about a pulse).

    reads: what caps and cards read, by name, as it stands.
    """

    card: str | None
    measures: Mapping[str, Points]
    caps: Mapping[str, tuple[float, bool]]
    reads: Mapping[str, Any] = field(default_factory=dict)

    @property
    def score(self) -> float | None:
        """Σ weight × points ÷ Σ weight, unrounded and before caps; None without any points."""
        weight = self.weight
        if not weight:
            return None
        return sum(one.weight * one.score for one in self.measures.values() if one.score is not None) / weight

    @property
    def weight(self) -> float:
        return sum(one.weight for one in self.measures.values() if one.score is not None)

    @property
    def lowest(self) -> tuple[str | None, float]:
        """The cap that counts: the lowest one, of two alike the first by name; (None, infinity) without any."""
        return min(((name, at_most) for name, (at_most, _) in self.caps.items()), key=lambda cap: (cap[1], cap[0]),
                   default=(None, math.inf))  # fmt: skip

    @property
    def health(self) -> float | None:
        """The score under the lowest cap, unrounded; None without any points."""
        score = self.score
        return None if score is None else min(score, self.lowest[1])


@dataclass(frozen=True)
class Piece:
    """One part of a difference, unrounded. cap: the name of the lowest cap before and after."""

    kind: Kind
    name: str
    points: float
    cap: tuple[str | None, str | None] = (None, None)


def pieces(before: State, after: State) -> list[Piece]:
    """What after.health − before.health is made of, in the order of the card; pieces of 0 are left out.

    Their sum is the difference but for the last bits of a double. Both must have a health.
    """
    start, end = before.health, after.health
    first, last = before.score, after.score
    assert start is not None
    assert end is not None
    assert first is not None
    assert last is not None
    (cap_before, low), (cap_after, high) = before.lowest, after.lowest
    loose = max(low, high)
    under = min(last, loose) - min(first, loose)
    if before.card == after.card:
        free = max(first, last) <= loose
        share = 1.0 if free else under / (last - first) if last != first else 0.0
        found = [
            Piece("measure", name, share * moved)
            for name in dict.fromkeys([*before.measures, *after.measures])
            if (moved := _moved(before.measures.get(name), after.measures.get(name), first, after.weight))
        ]
    else:
        found = [Piece("card", f"{before.card} → {after.card}", under)]
    rest = end - start - under if low != high else 0.0
    if rest:
        found.append(Piece("cap", cap_after or cap_before or "", rest, (cap_before, cap_after)))
    return [one for one in found if one.points]


def _moved(before: Points | None, after: Points | None, score: float, weight: float) -> float:
    if before is not None and after is not None and (before.weight, before.score) == (after.weight, after.score):
        return 0.0
    return (_lift(after, score) - _lift(before, score)) / weight


def _lift(one: Points | None, score: float) -> float:
    return 0.0 if one is None or one.score is None else one.weight * (one.score - score)


def in_tenths(amounts: Sequence[float], total: int) -> list[int]:
    """Amounts as tenths that add up to `total` tenths exactly: all are rounded down, and the tenths that are missing go
    to the amounts that lost most (largest remainder); amounts of 0 stay 0 unless there are no others.

    total may lie a tenth beyond the amounts' own sum, as each of two scores is rounded by itself. ValueError where
    there is nothing to give a difference to.
    """
    floors = [math.floor(one * 10) for one in amounts]
    missing = total - sum(floors)
    if not missing:
        return floors
    chosen = [at for at, one in enumerate(amounts) if one] or list(range(len(amounts)))
    if not chosen:
        raise ValueError(f"no part for {total} tenths")
    step = 1 if missing > 0 else -1
    chosen.sort(key=lambda at: (-step * (amounts[at] * 10 - floors[at]), at))
    for turn in range(abs(missing)):
        floors[chosen[turn % len(chosen)]] += step
    return floors
