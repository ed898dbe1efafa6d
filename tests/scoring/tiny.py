"""A tiny account_facts to score, and an independent scorer in plain Python."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from cs_cli.definitions.conditions import NameType, parse
from cs_cli.definitions.shapes import Dimension, Entry, Health, Measure, Scorecard, Segments
from cs_cli.scoring.health import board, list_measures, score_health
from cs_cli.scoring.names import segment_names
from cs_cli.scoring.segments import merge, score_segments, start

NAMES = {
    "arr": NameType("money"),
    "employees": NameType("number"),
    "status": NameType("text"),
    "usage": NameType("ratio"),
    "seen": NameType("days"),
    "nps_latest": NameType("number"),
    "nps_age_days": NameType("days"),
    "pulse": NameType("number"),
    "pulse_age_days": NameType("days"),
    "stage": NameType("text"),
    "leaving": NameType("flag"),
    "overdue_days": NameType("days"),
}


def connect(rows: Sequence[Mapping[str, Any]]) -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    conn.create_function(
        "fold", 1, lambda text: None if text is None else str(text).casefold(), deterministic=True
    )
    columns = "".join(f', "{name}"' for name in NAMES)
    conn.execute(f"CREATE TEMP TABLE account_facts(account INTEGER PRIMARY KEY, account_id TEXT{columns})")
    marks = ", ".join("?" * (len(NAMES) + 2))
    for number, row in enumerate(rows, 1):
        conn.execute(
            f"INSERT INTO account_facts VALUES ({marks})",
            (number, f"a{number}", *(row.get(n) for n in NAMES)),
        )
    return conn


def segments_of(*dimensions: Dimension) -> Segments:
    return Segments(list(dimensions))


def dimension(name: str, *entries: tuple[str, str], **options: Any) -> Dimension:
    return Dimension(name, [Entry(*entry) for entry in entries], **options)


def segment(rows: Sequence[Mapping[str, Any]], segments: Segments) -> list[dict[str, Any]]:
    conn = connect(rows)
    start(conn, [one.name for one in segments.dimensions])
    merge(conn, score_segments(conn, segments, NAMES))
    names = [one.name for one in segments.dimensions]
    listed = ", ".join(f'"{name}"' for name in names)
    return [
        dict(zip(names, row, strict=True))
        for row in conn.execute(f"SELECT {listed} FROM account_facts ORDER BY account")
    ]


def score(
    rows: Sequence[Mapping[str, Any]], cards: Sequence[Scorecard], segments: Segments | None = None
) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Results and measures per row, by the SQL."""
    conn = connect(rows)
    places = segments or Segments()
    start(conn, [one.name for one in places.dimensions])
    done = score_segments(conn, places, NAMES)
    desk = board(Health(list(cards)), segment_names(NAMES, places), done)
    score_health(conn, desk)
    list_measures(conn, desk)
    conn.row_factory = sqlite3.Row
    results = [dict(row) for row in conn.execute("SELECT * FROM account_scores ORDER BY account")]
    listed = [
        [
            dict(row)
            for row in conn.execute(
                "SELECT * FROM account_measures WHERE account = ? ORDER BY position", (result["account"],)
            )
        ]
        for result in results
    ]
    return results, listed


# --- the independent scorer ---------------------------------------------------

UNKNOWN, NOT_APPLICABLE = object(), object()


def truth(text: str, facts: Mapping[str, Any], names: Mapping[str, NameType] = NAMES) -> bool | None:
    return True if text == "otherwise" else parse(text, names).evaluate(facts)


def line(points: Sequence[tuple[float, float]], value: float) -> float:
    """Piecewise linear by the weights of the two neighbours; the first of equal values at its own place."""
    points = sorted(points, key=lambda point: point[0])
    below = [point for point in points if point[0] < value]
    above = [point for point in points if point[0] >= value]
    if not below:
        return above[0][1]
    if not above:
        return below[-1][1]
    (x0, y0), (x1, y1) = below[-1], above[0]
    share = (value - x0) / (x1 - x0)
    return y0 * (1 - share) + y1 * share


def points_of(measure: Measure, facts: Mapping[str, Any]) -> Any:
    value = facts.get(measure.fact)
    if measure.stale_after is not None:
        age = facts.get({"pulse": "pulse_age_days", "nps_latest": "nps_age_days"}[measure.fact])
        if age is None or age > measure.stale_after:
            value = None
    scale = measure.scale
    if measure.when is not None:
        for branch in measure.when:
            holds = truth(branch.condition, facts)
            if holds is None:
                return UNKNOWN
            if holds:
                if branch.score is not None:
                    return branch.score
                scale = branch.scale
                break
        else:
            return NOT_APPLICABLE
    if value is None:
        return UNKNOWN
    if scale is not None:
        return line(scale, value)
    assert measure.values is not None
    found = {word.casefold(): points for word, points in measure.values.items()}.get(str(value).casefold())
    return UNKNOWN if found is None else found


def plain_score(card: Scorecard, facts: Mapping[str, Any]) -> tuple[float | None, float, str | None]:
    """Uncapped score, known share, and which cap holds it down."""
    top = weight = known = applicable = 0.0
    blocked = False
    for measure in card.measures:
        points = points_of(measure, facts)
        if points is NOT_APPLICABLE:
            continue
        applicable += measure.weight
        if points is UNKNOWN:
            blocked = blocked or measure.missing == "unknown"
            if isinstance(measure.missing, str):
                continue
            points = measure.missing
        else:
            known += measure.weight
        weight += measure.weight
        top += measure.weight * points
    score_ = None if blocked or not weight else top / weight
    holding = [cap for cap in card.caps if truth(cap.condition, facts)]
    lowest = min(holding, key=lambda cap: cap.at_most, default=None)
    capped = lowest.name if lowest is not None and score_ is not None and lowest.at_most < score_ else None
    return score_, (known / applicable if applicable else 0.0), capped
