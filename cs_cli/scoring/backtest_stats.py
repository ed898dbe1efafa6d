"""How good a score is: plain statistics over rows of (account, health, lost), each with its n.

Rows of one account are no independent draws, so intervals come from resampling whole accounts (a
cluster bootstrap, percentiles 2.5 and 97.5), from a fixed seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
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


Cells = Mapping[float, tuple[int, int]]  # health → (kept, lost)


def auc(cells: Cells) -> float | None:
    """The chance that a lost row has the lower health than a kept one, ties half (Mann-Whitney).

    None without any lost or any kept row. 0.5 is a coin, 1.0 perfect.
    """
    kept = sum(one[0] for one in cells.values())
    lost = sum(one[1] for one in cells.values())
    if not kept or not lost:
        return None
    won, below = 0.0, 0
    for score in sorted(cells):
        here_kept, here_lost = cells[score]
        won += here_kept * (below + 0.5 * here_lost)
        below += here_lost
    return won / (kept * lost)


def cells_of(rows: Iterable[Row]) -> dict[int, dict[float, tuple[int, int]]]:
    """Account → health → (kept, lost), over the rows with a known health."""
    found: dict[int, dict[float, list[int]]] = {}
    for row in rows:
        if row.health is not None:
            found.setdefault(row.account, {}).setdefault(row.health, [0, 0])[row.lost] += 1
    return {account: {h: (c[0], c[1]) for h, c in cells.items()} for account, cells in found.items()}


def auc_interval(rows: Sequence[Row], rounds: int = ROUNDS, seed: int = SEED) -> Interval:
    """AUC over the rows with a known health, with its bootstrap interval."""
    by_account = cells_of(rows)
    flat = {
        account: [(health, kept, lost) for health, (kept, lost) in cells.items()]
        for account, cells in sorted(by_account.items())
    }
    n = sum(kept + lost for cells in flat.values() for _, kept, lost in cells)

    def of(accounts: Iterable[int]) -> float | None:
        total: dict[float, list[int]] = {}
        for account in accounts:
            for health, kept, lost in flat[account]:
                cell = total.get(health)
                if cell is None:
                    total[health] = [kept, lost]
                else:
                    cell[0] += kept
                    cell[1] += lost
        return auc({health: (cell[0], cell[1]) for health, cell in total.items()})

    low, high = bootstrap(of, list(flat), rounds, seed)
    return Interval(rounded(of(flat)), low, high, n)


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
