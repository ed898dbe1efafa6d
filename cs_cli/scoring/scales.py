"""From a fact to points: scales, value tables and `when` lists as SQL, and the same in Python.

One measure gives one number per account: 0 to 100, NULL where the fact is unknown, and
NOT_APPLICABLE where no branch of a `when` list holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cs_cli.scoring.names import OTHERWISE, Names, age_fact, truth_sql

if TYPE_CHECKING:
    from cs_cli.definitions.conditions import Params
    from cs_cli.definitions.shapes import Measure

NOT_APPLICABLE = -1.0
TRUE_WORDS = frozenset({"true", "yes", "1", "1.0"})

Points = Sequence[tuple[float, float]]


def scale_sql(value: str, points: Points) -> str:
    """Piecewise linear through the points (value → score), flat outside them; NULL stays NULL.

    Where two points share a value the line jumps: up to and including it the first one counts.
    """
    line = sorted(((float(x), float(y)) for x, y in points), key=lambda point: point[0])
    cases = [f"WHEN {value} IS NULL THEN NULL", f"WHEN {value} <= {line[0][0]!r} THEN {line[0][1]!r}"]
    for (x0, y0), (x1, y1) in itertools.pairwise(line):
        if x1 > x0:
            rise = "" if y1 == y0 else f" + ({value} - {x0!r}) * {y1 - y0!r} / {x1 - x0!r}"
            cases.append(f"WHEN {value} <= {x1!r} THEN {y0!r}{rise}")
    return f"CASE {' '.join(cases)} ELSE {line[-1][1]!r} END"


def scale_value(value: float | None, points: Points) -> float | None:
    """The same in Python, step by step alike, so that both give the same double."""
    if value is None:
        return None
    line = sorted(((float(x), float(y)) for x, y in points), key=lambda point: point[0])
    if value <= line[0][0]:
        return line[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(line):
        if x1 > x0 and value <= x1:
            return y0 if y1 == y0 else y0 + (value - x0) * (y1 - y0) / (x1 - x0)
    return line[-1][1]


def table_sql(value: str, table: Mapping[str, float], kind: str, params: Params) -> str:
    """Points by value: text compares case-folded, flags by yes or no, numbers as numbers.

    A value that the table does not name is unknown: nobody said what it is worth.
    """
    cases = []
    for word, points in table.items():
        if kind == "flag":
            test = f"{value} = {1 if word.strip().casefold() in TRUE_WORDS else 0}"
        elif kind in ("text", "date"):
            test = f"fold({value}) = {params.bind(word.casefold())}"
        else:
            test = f"{value} = {float(word)!r}"
        cases.append(f"WHEN {test} THEN {float(points)!r}")
    return f"CASE {' '.join(cases)} END"


def value_sql(measure: Measure, names: Names, columns: Mapping[str, str]) -> str:
    """The fact's value, or NULL when it is older than `stale_after` days or nobody knows how old."""
    value = columns.get(measure.fact, f'f."{measure.fact}"')
    if measure.stale_after is None:
        return value
    age = age_fact(measure.fact, names)
    if age is None:
        return value
    return f'CASE WHEN f."{age}" <= {measure.stale_after} THEN {value} END'


def measure_sql(measure: Measure, names: Names, params: Params, columns: Mapping[str, str]) -> str:
    """The measure's points: 0 to 100, NULL = unknown, NOT_APPLICABLE = no branch of `when` holds."""
    value = value_sql(measure, names, columns)
    if measure.when is None:
        return _plain_sql(measure, value, names, params)
    expression = repr(NOT_APPLICABLE)
    for branch in reversed(measure.when):
        if branch.score is not None:
            points = repr(float(branch.score))
        elif branch.scale is not None:
            points = scale_sql(f"({value})", branch.scale)
        else:
            points = _plain_sql(measure, value, names, params)
        if branch.condition.strip() == OTHERWISE:
            expression = points
            continue
        truth = truth_sql(branch.condition, names, params, columns)
        expression = f"CASE ({truth}) WHEN 1 THEN {points} WHEN 0 THEN {expression} ELSE NULL END"
    return expression


def _plain_sql(measure: Measure, value: str, names: Names, params: Params) -> str:
    if measure.values is not None:
        return table_sql(f"({value})", measure.values, names[measure.fact].type, params)
    if measure.scale is not None:
        return scale_sql(f"({value})", measure.scale)
    return "NULL"
