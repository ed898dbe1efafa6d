"""The smallest single changes that would lift an account's band: one fact better, or one cap gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cs_cli.scoring.names import OTHERWISE, Names
from cs_cli.scoring.scales import scale_value

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Measure, Scorecard


def next_edge(card: Scorecard, band: str) -> tuple[str, float] | None:
    """The band above and the health that reaches it whatever came before; None for green and unknown."""
    if band == "red":
        return "amber", card.bands.red + card.bands.hysteresis
    if band == "amber":
        return "green", card.bands.green + card.bands.hysteresis
    return None


def what_if(
    card: Scorecard,
    facts: Mapping[str, Any],
    measures: Sequence[Mapping[str, Any]],
    caps: Mapping[str, float],
    names: Names,
) -> list[dict[str, Any]]:
    """Single changes that lift the band by one, the smallest in points first.

    facts: the account's row of account_facts; measures: rows of kept.measures_of; caps: name → at most,
    those that apply. Gives {change, fact, now, needed, points, health, band}: `needed` is the nearest
    value of the fact that suffices (the others as they are), `points` what it adds to the health.
    """
    score = sum(row["contribution"] for row in measures)
    edge = next_edge(card, str(facts.get("band")))
    if edge is None:
        return []
    band, target = edge
    health = min([score, *caps.values()])
    holding = [name for name, at_most in caps.items() if at_most < target]
    found = []
    if holding:
        rest = min([score, *(at_most for name, at_most in caps.items() if name not in holding)])
        if len(holding) == 1 and rest >= target:
            condition = next(cap.condition for cap in card.caps if cap.name == holding[0])
            found.append(_row(f"no longer: {holding[0]}", condition, True, False, health, rest, band))
        return found
    weight = sum(row["weight"] for row in measures if row["share"])
    declared = {measure.name: measure for measure in card.measures}
    for row in measures:
        if row["state"] == "not applicable" or not row["weight"]:
            continue
        counted = bool(row["share"])
        total = weight if counted else weight + row["weight"]
        sum_of_others = score * weight - (row["score"] * row["weight"] if counted else 0.0)
        wanted = (target * total - sum_of_others) / row["weight"]
        value = facts.get(row["fact"]) if row["state"] in ("known", "assumed") else None
        reached = _reach(declared[row["measure"]], facts, value, wanted, names)
        if reached is not None:
            needed, points = reached
            new = min([(sum_of_others + points * row["weight"]) / total, *caps.values()])
            found.append(_row(row["measure"], row["fact"], value, needed, health, new, band))
    return sorted(found, key=lambda row: (row["points"], row["change"]))


def _row(
    change: str, fact: str, now: Any, needed: Any, health: float, new: float, band: str
) -> dict[str, Any]:
    return {
        "change": change, "fact": fact, "now": now, "needed": needed,
        "points": round(new - health, 1), "health": round(new, 1), "band": band,
    }  # fmt: skip


def _reach(
    measure: Measure, facts: Mapping[str, Any], value: Any, wanted: float, names: Names
) -> tuple[Any, float] | None:
    """The value nearest to the present one that gives at least the wanted points, and its points."""
    scale = measure.scale
    if measure.when is not None:
        scale = None
        for branch in measure.when:
            if _holds(branch.condition, facts, names):
                scale = branch.scale
                break
    if scale is not None:
        return _on_scale(scale, value, wanted)
    if measure.values is not None:
        enough = [(points, word) for word, points in measure.values.items() if points >= wanted]
        if enough:
            points, word = min(enough)
            return word, points
    return None


def _holds(condition: str, facts: Mapping[str, Any], names: Names) -> bool | None:
    from cs_cli.definitions.conditions import parse

    return True if condition.strip() == OTHERWISE else parse(condition, names).evaluate(facts)


def _on_scale(scale: Sequence[tuple[float, float]], value: Any, wanted: float) -> tuple[float, float] | None:
    """Where the line reaches the wanted points: at a point of it, or on the way between two."""
    line = sorted((float(x), float(y)) for x, y in scale)
    reach = [x for x, y in line if y >= wanted]
    for (x0, y0), (x1, y1) in pairwise(line):
        if y0 != y1 and min(y0, y1) < wanted < max(y0, y1):
            x = x0 + (wanted - y0) * (x1 - x0) / (y1 - y0)
            # rounded towards the better side, so that what is shown does suffice
            better = 1 if y1 > y0 else -1
            shown = round(x, 2)
            reach.append(shown if (shown - x) * better >= 0 else round(shown + 0.01 * better, 2))
    sufficient = [x for x in reach if (scale_value(x, scale) or 0.0) >= wanted - 1e-9]
    if not sufficient:
        return None
    start = value if isinstance(value, int | float) else None
    nearest = min(sufficient, key=lambda x: (abs(x - start) if start is not None else -_effort(x, scale), x))
    return nearest, scale_value(nearest, scale) or 0.0


def _effort(x: float, scale: Sequence[tuple[float, float]]) -> float:
    """For a fact that is not known: the fewer points a value gives, the easier it is to have."""
    return -(scale_value(x, scale) or 0.0)
