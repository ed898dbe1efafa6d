"""How good a score is: plain statistics over rows of (account, health, lost), each with its n.

Rows of one account are no independent draws: thirteen Mondays of an account that left are one loss, seen thirteen
times. So intervals go by how many accounts the rows are worth (Kish 1965: (Σn)² ÷ Σn², right where all rows of an
account say the same, too careful where they do not), and are of the score kind, whose width does not vanish at a
perfect figure.
Resampling accounts gives 1.00 to 1.00 there, however few they are.
- AUC: Newcombe 2006, Statistics in Medicine 25:559-573, method 5: all θ with |θ̂ − θ| ≤ z·√V(θ), where V is the variance
  of Hanley and McNeil 1982 with its two sample sizes balanced.
- shares: Wilson 1927, with what the accounts are worth for n (of clustered shares: Dean and Pagano 2015, Journal of
  Survey Statistics and Methodology 3:484-503).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

Z = 1.959964  # 95 %


class Interval(NamedTuple):
    """A figure with its 95 % interval and what it was worked out from; None where it cannot be told.

    n: rows; accounts: how many accounts they are of; lost: of these, how many have a lost row (of a share: a hit).
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    accounts: int = 0
    lost: int = 0


class Row(NamedTuple):
    """One account on one day: its health then (None: unknown), whether it was lost within the horizon."""

    account: int
    health: float | None
    lost: bool


def auc(rows: Iterable[Row]) -> float | None:
    """The chance that a lost row has the lower health than a kept one, ties half (Mann-Whitney), over known healths.

    0.5 is a coin, 1.0 perfect; None without any lost or any kept row.
    """
    counts: dict[float, list[int]] = {}
    for row in rows:
        if row.health is not None:
            counts.setdefault(row.health, [0, 0])[row.lost] += 1
    won, below, kept = 0.0, 0, 0
    for _, (here_kept, here_lost) in sorted(counts.items()):
        won += here_kept * (below + here_lost / 2)
        kept += here_kept
        below += here_lost
    return won / (kept * below) if kept and below else None


def auc_interval(rows: Iterable[Row]) -> Interval:
    """AUC over the rows with a known health, with its interval by accounts; none without both kinds of row."""
    known = [row for row in rows if row.health is not None]
    lost, kept = (Counter(row.account for row in known if row.lost is which) for which in (True, False))
    found, low, high = auc(known), None, None
    if found is not None:
        low, high = newcombe(found, worth(lost.values()), worth(kept.values()))
    return Interval(rounded(found), rounded(low), rounded(high), len(known), len({*lost, *kept}), len(lost))


def worth(sizes: Iterable[int]) -> float:
    """How many independent ones the rows of clusters of these sizes are worth, at the least: (Σn)² ÷ Σn²."""
    total = squares = 0
    for size in sizes:
        total += size
        squares += size * size
    return total * total / squares if squares else 0.0


def newcombe(auc: float, lost: float, kept: float) -> tuple[float, float]:
    """The 95 % interval of an AUC of so many lost and so many kept, both above 0 (Newcombe 2006, method 5)."""
    balanced = max((lost + kept) / 2 - 1, 0.0)

    def beyond(theta: float) -> float:
        spread = 1 + balanced * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return (auc - theta) ** 2 - Z * Z * theta * (1 - theta) * spread / (lost * kept)

    # the difference is 0 at one place on either side of the AUC
    return _zero(beyond, auc, 0.0), _zero(beyond, auc, 1.0)


def _zero(beyond: Callable[[float], float], inside: float, outside: float) -> float:
    if beyond(outside) <= 0:  # the AUC lies at this end
        return outside
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if beyond(middle) <= 0 else (inside, middle)
    return outside


def share_interval(pairs: Mapping[int, tuple[int, int]]) -> Interval:
    """Σ hits ÷ Σ n over accounts, pairs: account → (hits, n), with the Wilson interval of what they are worth."""
    hits, total = sum(one[0] for one in pairs.values()), sum(one[1] for one in pairs.values())
    if not total:
        return Interval(None, None, None, 0)
    low, high = _wilson(hits / total, worth(n for _, n in pairs.values()))
    struck = sum(one[0] > 0 for one in pairs.values())
    return Interval(rounded(hits / total), rounded(low), rounded(high), total, len(pairs), struck)


def wilson(hits: int, n: int) -> Interval:
    """A share of independent events with its Wilson 95 % interval."""
    if n == 0:
        return Interval(None, None, None, 0)
    low, high = _wilson(hits / n, n)
    return Interval(rounded(hits / n), rounded(low), rounded(high), n, n, hits)


def _wilson(share: float, n: float) -> tuple[float, float]:
    square = Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


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
