"""How good a score is: plain statistics over rows of (account, health, lost), each with its n.

Rows of one account are no independent draws, so intervals come from resampling whole accounts (a
cluster bootstrap, percentiles 2.5 and 97.5), from a fixed seed.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

SEED = 20_260_101
ROUNDS = 400
Z = 1.959964  # 95 %


class Interval(NamedTuple):
    """A figure with its 95 % interval and what it was worked out from; None where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class Row(NamedTuple):
    """One account on one day: its health then (None: unknown), whether it was lost within the horizon."""

    account: int
    health: float | None
    lost: bool


class _Ranks:
    """Rows with a known health by account, each health as its place among all: an AUC is a few sums from there.

    AUC is the chance that a lost row has the lower health than a kept one, ties half (Mann-Whitney).
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        known = [(row.account, row.health, row.lost) for row in rows if row.health is not None]
        places = {health: place for place, health in enumerate(sorted({health for _, health, _ in known}))}
        found: dict[int, tuple[list[int], list[int]]] = {}
        for account, health, lost in known:
            found.setdefault(account, ([], []))[lost].append(places[health])
        self.n = len(known)
        self.accounts = sorted(found)
        self.end = len(places)  # a place that no row has: getters of one row give a tuple as well
        self.kept = {account: (itemgetter(*one[0], self.end), len(one[0])) for account, one in found.items() if one[0]}
        self.lost = {account: one[1] for account, one in found.items() if one[1]}

    def auc(self, times: Mapping[int, int]) -> float | None:
        """AUC with each account so many times over; None without any lost or any kept row."""
        lost = [0] * self.end
        kept = 0
        for account, places in self.lost.items():
            if n := times.get(account):
                for place in places:
                    lost[place] += n
        # for each place, how many lost rows lie below it, those at it half
        below = [upto - here / 2 for upto, here in zip(accumulate(lost), lost, strict=True)]
        below.append(0.0)
        won = 0.0
        for account, n in times.items():
            if account in self.kept:
                pick, rows = self.kept[account]
                won += n * sum(pick(below))
                kept += n * rows
        losses = sum(lost)
        return won / (kept * losses) if kept and losses else None


def auc(rows: Iterable[Row]) -> float | None:
    """AUC over the rows with a known health: 0.5 is a coin, 1.0 perfect; None without any lost or any kept row."""
    ranks = _Ranks(rows)
    return ranks.auc(dict.fromkeys(ranks.accounts, 1))


def auc_interval(rows: Sequence[Row], rounds: int = ROUNDS, seed: int = SEED) -> Interval:
    """AUC over the rows with a known health, with its bootstrap interval."""
    ranks = _Ranks(rows)
    low, high = bootstrap(lambda drawn: ranks.auc(Counter(drawn)), ranks.accounts, rounds, seed)
    return Interval(rounded(ranks.auc(dict.fromkeys(ranks.accounts, 1))), low, high, ranks.n)


def share_interval(pairs: Mapping[int, tuple[int, int]], rounds: int = ROUNDS, seed: int = SEED) -> Interval:
    """Σ hits ÷ Σ n over accounts, pairs: account → (hits, n), with its bootstrap interval."""

    def of(accounts: Iterable[int]) -> float | None:
        hits = total = 0
        for account in accounts:
            one = pairs[account]
            hits += one[0]
            total += one[1]
        return hits / total if total else None

    listed = sorted(pairs)
    low, high = bootstrap(of, listed, rounds, seed)
    return Interval(rounded(of(listed)), low, high, sum(n for _, n in pairs.values()))


def bootstrap(
    of: Callable[[Iterable[int]], float | None], accounts: Sequence[int], rounds: int, seed: int
) -> tuple[float | None, float | None]:
    """The 2.5 and 97.5 percentiles of a figure over resampled accounts; None under two accounts."""
    if len(accounts) < 2:
        return None, None
    draw = random.Random(seed)  # noqa: S311 - statistics, and the same figures every time
    found = []
    for _ in range(rounds):
        value = of(draw.choices(accounts, k=len(accounts)))
        if value is not None:
            found.append(value)
    if len(found) < rounds / 2:
        return None, None  # most draws held no loss at all: no interval is honest here
    found.sort()
    return rounded(found[int(0.025 * len(found))]), rounded(found[math.ceil(0.975 * len(found)) - 1])


def wilson(hits: int, n: int) -> Interval:
    """A share of independent events with its Wilson 95 % interval."""
    if n == 0:
        return Interval(None, None, None, 0)
    share, square = hits / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return Interval(rounded(share), rounded(max(0.0, middle - half)), rounded(min(1.0, middle + half)), n)


def deciles(rows: Sequence[Row]) -> list[dict[str, float | int]]:
    """Rows by health in ten groups of one size, the sickest first: {decile, n, from, to, mean, lost, lost_share}."""
    known = sorted((row.health, row.account, row.lost) for row in rows if row.health is not None)
    groups = min(10, len(known))
    found: list[dict[str, float | int]] = []
    for place in range(groups):
        part = known[place * len(known) // groups : (place + 1) * len(known) // groups]
        lost = sum(one[2] for one in part)
        found.append(
            {
                "decile": place + 1,
                "n": len(part),
                "from": part[0][0],
                "to": part[-1][0],
                "mean": round(sum(one[0] for one in part) / len(part), 1),
                "lost": lost,
                "lost_share": round(lost / len(part), 4),
            }
        )
    return found


def median(values: Sequence[int]) -> float | None:
    """The middle value; the mean of the two middle ones when their number is even."""
    if not values:
        return None
    ordered, half = sorted(values), len(values) // 2
    return float(ordered[half]) if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
