"""Bands with hysteresis: a pure function of the scores on the last 13 Mondays and on the day.

Each edge (green, red) is crossed upwards only at edge + margin and downwards only below edge − margin;
between the two the side stays what it was. The oldest known score starts plainly. Steps without a
known score are passed over. The edges are those of the card that applies on the day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Bands

WEEKS = 13

ScoreOn = Callable[[date, Sequence[int]], Mapping[int, float | None]]


def steps_before(day: date) -> list[date]:
    """The 13 Mondays before the day, newest first."""
    latest = day - timedelta(days=day.weekday() or 7)
    return [latest - timedelta(days=7 * week) for week in range(WEEKS)]


def replay(scores: Iterable[float | None], bands: Bands) -> str:
    """The band after the scores, oldest first; "unknown" when the last one is unknown."""
    above: dict[float, bool] = {}
    last: float | None = None
    for last in scores:
        if last is None:
            continue
        for edge in (bands.green, bands.red):
            if edge not in above:
                above[edge] = last >= edge
            elif (side := clear_side(last, edge, bands.hysteresis)) is not None:
                above[edge] = side
    if last is None:
        return "unknown"
    return "green" if above[bands.green] else "amber" if above[bands.red] else "red"


def clear_side(score: float, edge: float, margin: float) -> bool | None:
    """Above (True) or below (False) the edge whatever came before; None within the margin."""
    if score >= edge + margin:
        return True
    if score < edge - margin:
        return False
    return None


def walk_back(today: Mapping[int, tuple[float, Bands]], day: date, score_on: ScoreOn) -> dict[int, str]:
    """The bands of accounts with a known score today, looking back only as far as each one needs.

    today: account → (health, the bands of its card). score_on(day, accounts) gives their health on an
    earlier day, None where it was unknown. Equals `replay` over all 14 steps.
    """
    sides: dict[int, dict[float, bool]] = {}
    oldest: dict[int, float] = {}
    open_edges: dict[int, list[float]] = {}
    for account, (score, bands) in today.items():
        sides[account] = {}
        open_edges[account] = [bands.green, bands.red]
        _take(score, bands, sides[account], open_edges[account])
        oldest[account] = score
    for step in steps_before(day):
        asked = sorted(account for account, edges in open_edges.items() if edges)
        if not asked:
            break
        scores = score_on(step, asked)
        for account in asked:
            score_then = scores.get(account)
            if score_then is not None:
                oldest[account] = score_then
                _take(score_then, today[account][1], sides[account], open_edges[account])
    result = {}
    for account, (_, bands) in today.items():
        above = {edge: sides[account].get(edge, oldest[account] >= edge) for edge in (bands.green, bands.red)}
        result[account] = "green" if above[bands.green] else "amber" if above[bands.red] else "red"
    return result


def _take(score: float, bands: Bands, sides: dict[float, bool], open_edges: list[float]) -> None:
    for edge in list(open_edges):
        side = clear_side(score, edge, bands.hysteresis)
        if side is not None:
            sides[edge] = side
            open_edges.remove(edge)
