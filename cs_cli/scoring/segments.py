"""Segments: every account's place in each dimension, one set-wise statement per dimension.

Results stand in TEMP TABLE account_scores until `merge` copies them into account_facts,
so that the wide table is rewritten once and not once per dimension.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_cli.definitions.conditions import Params
from cs_cli.scoring.names import OTHERWISE, Names, names_before, truth_sql

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from cs_cli.definitions.shapes import Dimension, Segments

RESULTS = {
    "scorecard": "TEXT",
    "score": "REAL",
    "health": "REAL",
    "known_share": "REAL",
    "capped_by": "TEXT",
    "sure_red": "REAL",
    "health_as_of": "TEXT",
    "band": "TEXT",
    "health_change_28d": "REAL",
    "health_change_91d": "REAL",
}


def start(conn: sqlite3.Connection, dimensions: Iterable[str] = ()) -> None:
    """An empty account_scores with one row per account of account_facts, and a column for each dimension."""
    shape = RESULTS | {f'"{name}"': "TEXT" for name in dimensions}
    columns = ", ".join(f"{name} {kind}" for name, kind in shape.items())
    conn.execute("DROP TABLE IF EXISTS temp.account_scores")
    conn.execute(f"CREATE TEMP TABLE account_scores(account INTEGER PRIMARY KEY, {columns})")
    conn.execute("INSERT INTO account_scores(account) SELECT account FROM account_facts ORDER BY account")


def score_segments(
    conn: sqlite3.Connection,
    segments: Segments,
    facts: Names,
    wanted: Iterable[str] | None = None,
    late: Mapping[str, str] | None = None,
) -> list[str]:
    """Adds the wanted dimensions (all when None) to account_scores; gives their names in order.

    late: facts whose last value stands in another place than their column.
    """
    chosen = None if wanted is None else set(wanted)
    done: list[str] = []
    for index, dimension in enumerate(segments.dimensions):
        if chosen is not None and dimension.name not in chosen:
            continue
        params = Params()
        columns = {**(late or {}), **{name: f's."{name}"' for name in done}}
        value = dimension_sql(dimension, names_before(segments, facts, index), params, columns)
        conn.execute(
            f'UPDATE temp.account_scores AS s SET "{dimension.name}" = {value} '
            "FROM account_facts AS f WHERE f.account = s.account",
            params.values,
        )
        done.append(dimension.name)
    return done


def dimension_sql(dimension: Dimension, names: Names, params: Params, columns: dict[str, str]) -> str:
    """The SQL of one dimension: a name, or ",a,b," for tags; NULL is unknown or none of the entries."""
    return (_tags if dimension.any else _first_match)(dimension, names, params, columns)


def _first_match(dimension: Dimension, names: Names, params: Params, columns: dict[str, str]) -> str:
    unknown = "NULL" if dimension.unknown is None else params.bind(dimension.unknown)
    expression = "NULL"
    for entry in reversed(dimension.entries):
        name = params.bind(entry.name)
        if entry.when.strip() == OTHERWISE:
            expression = name
            continue
        # nested, so that each condition is worked out once; an unknown one decides at its place
        truth = truth_sql(entry.when, names, params, columns)
        expression = f"CASE ({truth}) WHEN 1 THEN {name} WHEN 0 THEN {expression} ELSE {unknown} END"
    return expression


def _tags(dimension: Dimension, names: Names, params: Params, columns: dict[str, str]) -> str:
    """Every entry that is true, else `otherwise`; none true and one unknown is unknown."""
    pieces: list[str] = []
    known: list[str] = []
    rest = None
    for entry in dimension.entries:
        if entry.when.strip() == OTHERWISE:
            rest = params.bind(f",{entry.name},")
            continue
        truth = truth_sql(entry.when, names, params, columns)
        pieces.append(f"CASE WHEN ({truth}) = 1 THEN {params.bind(entry.name + ',')} ELSE '' END")
        known.append(f"({truth}) IS NULL")
    if not pieces:
        return rest or "NULL"
    joined = " || ".join(pieces)
    unknown = "NULL" if dimension.unknown is None else params.bind(f",{dimension.unknown},")
    none = "','" if rest is None else rest
    return (
        f"CASE WHEN ({joined}) <> '' THEN ',' || {joined} "
        f"WHEN {' OR '.join(known)} THEN {unknown} ELSE {none} END"
    )


def merge(conn: sqlite3.Connection, names: Iterable[str]) -> None:
    """Copies columns of account_scores into account_facts; a dimension called like a fact takes its place."""
    there = {row[1] for row in conn.execute("PRAGMA temp.table_info(account_facts)")}
    wanted = list(names)
    if not wanted:
        return
    for name in wanted:
        if name not in there:
            kind = RESULTS.get(name, "TEXT")
            conn.execute(f'ALTER TABLE temp.account_facts ADD COLUMN "{name}" {kind}')
    sets = ", ".join(f'"{name}" = s."{name}"' for name in wanted)
    conn.execute(
        f"UPDATE temp.account_facts AS f SET {sets} FROM temp.account_scores AS s WHERE s.account = f.account"
    )
