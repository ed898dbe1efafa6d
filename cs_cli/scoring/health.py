"""Health: scorecards compiled to SQL, set-wise over account_facts and the segments.

A score is Σ contribution over the measures that have points, contribution = weight × points ÷
weight of those measures; the health is that score under the lowest cap that applies, rounded to
one decimal. What is read is what decides: bands and conditions go by the rounded health.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cs_cli.definitions.conditions.sql import Params
from cs_cli.scoring.late import NOTHING, Late, kept
from cs_cli.scoring.names import Names, card_needs, names_in, truth_sql
from cs_cli.scoring.scales import NOT_APPLICABLE, measure_sql, value_sql

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from cs_cli.definitions.shapes import Cap, Health, Measure, Scorecard


class Board(msgspec.Struct, frozen=True):
    """The scorecards with what their conditions may name, and where each name stands in SQL."""

    health: Health
    names: Names  # facts and dimensions
    columns: Mapping[str, str]  # dimension → its column in account_scores; late fact → its last value
    late: Late

    def needs(self) -> frozenset[str]:
        """Every fact and dimension that any card reads."""
        found: set[str] = {"status"}  # of which prospects are told
        for card in self.health.scorecards:
            found |= card_needs(card, self.names)
        return frozenset(found)


def board(health: Health, names: Names, dimensions: Sequence[str], late: Late = NOTHING) -> Board:
    return Board(health, names, {**late.columns, **{name: f's."{name}"' for name in dimensions}}, late)


def score_health(conn: sqlite3.Connection, board: Board, forced: Mapping[int, str] | None = None) -> None:
    """Fills scorecard, score, health, known_share, capped_by and the plain band of account_scores.

    Leaves one TEMP TABLE card_<n> per scorecard with the points of its measures.
    The card is the first whose `applies` is true; an unknown one is passed over. A prospect has bought nothing that
    could be well or ill: only a card that names the status scores it. forced: accounts that are scored by another card
    instead.
    """
    params = Params()
    cases = [
        f"WHEN ({truth_sql(card.applies, board.names, params, board.columns)}) = 1 "
        + ("" if "status" in names_in(card.applies, board.names) else "AND coalesce(f.status, '') <> 'prospect' ")
        + f"THEN {params.bind(card.name)}"
        for card in board.health.scorecards
    ]
    if not cases:
        conn.execute("UPDATE temp.account_scores SET band = 'unknown', known_share = 0.0")
        return
    conn.execute(
        f"UPDATE temp.account_scores AS s SET scorecard = CASE {' '.join(cases)} END, band = 'unknown', "
        "known_share = 0.0 FROM account_facts AS f WHERE f.account = s.account",
        params.values,
    )
    conn.executemany(
        "UPDATE temp.account_scores SET scorecard = ? WHERE account = ?",
        [(card, account) for account, card in (forced or {}).items()],
    )
    for index, card in enumerate(board.health.scorecards):
        _points(conn, board, index, card)
        _totals(conn, index, card)
        _score(conn, index, card)
        _mark_late(conn, board, card)


def _mark_late(conn: sqlite3.Connection, board: Board, card: Scorecard) -> None:
    """health_as_of: the oldest last day of what is late and still speaks in the score; NULL where nothing does.

    In a cap it speaks only where the cap is unknown without it: that nobody reached first value says nothing of whom
    the first weeks are long over.
    """
    late, params = board.late.as_of.keys(), Params()
    plain = {name: column for name, column in board.columns.items() if name not in late}
    read = dict.fromkeys(sorted(card_needs(msgspec.structs.replace(card, caps=[]), board.names) & late), "TRUE")
    for cap in card.caps:
        unknown = f"({truth_sql(cap.condition, board.names, params, plain)}) IS NULL"
        for name in sorted(names_in(cap.condition, board.names) & late):
            read[name] = f"{read[name]} OR {unknown}" if name in read else unknown
    if not read:
        return
    days = [
        f"coalesce(CASE WHEN f.\"{name}\" IS NULL AND {kept(name)} IS NOT NULL AND ({matters}) "
        f"THEN '{board.late.as_of[name]}' END, '9999')"
        for name, matters in read.items()
    ]
    first = days[0] if len(days) == 1 else f"min({', '.join(days)})"
    conn.execute(
        f"UPDATE temp.account_scores AS s SET health_as_of = nullif({first}, '9999') "
        f"FROM account_facts AS f WHERE f.account = s.account AND s.scorecard = {params.bind(card.name)}",
        params.values,
    )


def _points(conn: sqlite3.Connection, board: Board, index: int, card: Scorecard) -> None:
    """The points of every measure, and which cap applies (its place among the caps by height)."""
    params = Params()
    points = [measure_sql(measure, board.names, params, board.columns) for measure in card.measures]
    caps = [
        f"WHEN ({truth_sql(cap.condition, board.names, params, board.columns)}) = 1 THEN {place}"
        for place, cap in enumerate(lowest_first(card))
    ]
    columns = "".join(f", m{n} REAL" for n in range(len(points)))
    conn.execute(f"DROP TABLE IF EXISTS temp.card_{index}")
    conn.execute(
        f"CREATE TEMP TABLE card_{index}(account INTEGER PRIMARY KEY, cap INTEGER{columns}, "
        "applicable REAL, known REAL, weight REAL, blocked INTEGER)"
    )
    names = "".join(f", m{n}" for n in range(len(points)))
    cap = f"CASE {' '.join(caps)} END" if caps else "NULL"
    conn.execute(
        f"INSERT INTO temp.card_{index}(account, cap{names}) SELECT s.account, {cap}"
        f"{''.join(', ' + sql for sql in points)} FROM temp.account_scores AS s "
        f"JOIN account_facts AS f ON f.account = s.account WHERE s.scorecard = {params.bind(card.name)}",
        params.values,
    )


def _totals(conn: sqlite3.Connection, index: int, card: Scorecard) -> None:
    """Weights: of what applies, of what is known, and of what carries the score."""

    def total(of_missing: Sequence[float]) -> str:
        pieces = [
            f"CASE WHEN m{n} >= 0 THEN {float(measure.weight)!r} "
            f"WHEN m{n} IS NULL THEN {missing!r} ELSE 0.0 END"
            for n, (measure, missing) in enumerate(zip(card.measures, of_missing, strict=True))
        ]
        return " + ".join(pieces) or "0.0"

    weights = [float(measure.weight) for measure in card.measures]
    carried = [
        weight if fixed(m) is not None else 0.0 for weight, m in zip(weights, card.measures, strict=True)
    ]
    blocking = [f"m{n} IS NULL" for n, measure in enumerate(card.measures) if measure.missing == "unknown"]
    conn.execute(
        f"UPDATE temp.card_{index} SET applicable = {total(weights)}, known = {total([0.0] * len(weights))}, "
        f"weight = {total(carried)}, blocked = {' OR '.join(blocking) or '0'}"
    )


def _score(conn: sqlite3.Connection, index: int, card: Scorecard) -> None:
    pieces = [f"coalesce({contribution_sql(n, measure)}, 0.0)" for n, measure in enumerate(card.measures)]
    params = Params()
    caps = lowest_first(card)
    heights = " ".join(f"WHEN {n} THEN {float(cap.at_most)!r}" for n, cap in enumerate(caps))
    titles = " ".join(f"WHEN {n} THEN {params.bind(cap.name)}" for n, cap in enumerate(caps))
    height = f"CASE cap {heights} END" if caps else "NULL"
    title = f"CASE cap {titles} END" if caps else "NULL"
    conn.execute(
        "UPDATE temp.account_scores AS s SET score = c.score, "
        "known_share = CASE WHEN c.applicable > 0 THEN ROUND(c.known / c.applicable, 4) ELSE 0.0 END, "
        "capped_by = CASE WHEN c.height < c.score THEN c.title END, "
        "health = ROUND(CASE WHEN c.height < c.score THEN c.height ELSE c.score END, 1), "
        "sure_red = coalesce(c.height, 100.0) FROM ("
        f"SELECT account, known, applicable, {height} AS height, {title} AS title, "
        f"CASE WHEN weight > 0 AND NOT blocked THEN {' + '.join(pieces) or '0.0'} END AS score "
        f"FROM temp.card_{index}) AS c WHERE c.account = s.account",
        params.values,
    )
    bands = card.bands
    sure = float(bands.red - bands.hysteresis)
    conn.execute(
        "UPDATE temp.account_scores SET band = CASE "
        # a cap bounds the score: under the red edge it is red, whatever the measures that nobody knows would say
        f"WHEN health IS NOT NULL AND sure_red < {sure!r} THEN 'red' "
        f"WHEN health IS NULL OR known_share < {float(card.min_known_share)!r} THEN 'unknown' "
        f"WHEN health >= {float(bands.green)!r} THEN 'green' "
        f"WHEN health >= {float(bands.red)!r} THEN 'amber' ELSE 'red' END "
        f"WHERE scorecard = {params.bind(card.name)}",
        params.values,
    )


def contribution_sql(n: int, measure: Measure) -> str:
    """What measure n adds to the score; NULL where it is unknown or not applicable."""
    weight, instead = float(measure.weight), fixed(measure)
    missing = "" if instead is None else f" WHEN m{n} IS NULL THEN {weight!r} * {instead!r} / weight"
    return f"CASE WHEN m{n} >= 0 THEN {weight!r} * m{n} / weight{missing} END"


def fixed(measure: Measure) -> float | None:
    """The points that a missing value gets, when the scorecard says so."""
    return None if isinstance(measure.missing, str) else float(measure.missing)


def lowest_first(card: Scorecard) -> list[Cap]:
    """The caps by height; of two alike the one written first."""
    return sorted(card.caps, key=lambda cap: cap.at_most)


def list_measures(conn: sqlite3.Connection, board: Board) -> None:
    """TEMP TABLE account_measures, one row per account and measure of its card, after score_health.

    account, position, measure, fact, family, kind, value (the fact as it stands), score (0 to 100),
    weight (as declared), share (of the weight, after sharing out), contribution, state
    (known | late | stale | missing | assumed | not applicable). Σ contribution = score, in order of position.
    Also TEMP TABLE account_caps(account, cap, at_most): every cap that applies.
    """
    conn.execute("DROP TABLE IF EXISTS temp.account_measures")
    conn.execute(
        "CREATE TEMP TABLE account_measures(account INTEGER, position INTEGER, measure TEXT, fact TEXT, "
        "family TEXT, kind TEXT, value, score REAL, weight REAL, share REAL, contribution REAL, state TEXT, "
        "PRIMARY KEY (account, position)) WITHOUT ROWID"
    )
    conn.execute("DROP TABLE IF EXISTS temp.account_caps")
    conn.execute("CREATE TEMP TABLE account_caps(account INTEGER, cap TEXT, at_most REAL)")
    for index, card in enumerate(board.health.scorecards):
        for n, measure in enumerate(card.measures):
            _list_measure(conn, board, index, n, measure)
        for cap in card.caps:
            params = Params()
            truth = truth_sql(cap.condition, board.names, params, board.columns)
            conn.execute(
                "INSERT INTO temp.account_caps "
                f"SELECT s.account, {params.bind(cap.name)}, {float(cap.at_most)!r} "
                "FROM temp.account_scores AS s JOIN account_facts AS f ON f.account = s.account "
                f"WHERE s.scorecard = {params.bind(card.name)} AND ({truth}) = 1",
                params.values,
            )


def _list_measure(conn: sqlite3.Connection, board: Board, index: int, n: int, measure: Measure) -> None:
    params = Params()
    raw = board.columns.get(measure.fact, f'f."{measure.fact}"')
    usable = value_sql(measure, board.names, board.columns)
    weight, instead = float(measure.weight), fixed(measure)
    assumed, carried = (repr(instead), repr(weight)) if instead is not None else ("NULL", "NULL")
    is_late = f"WHEN c.points >= 0 AND f.\"{measure.fact}\" IS NULL THEN 'late' "
    late = is_late if measure.fact in board.late.as_of else ""
    words = [params.bind(word) for word in (measure.name, measure.fact, measure.family, measure.kind)]
    # every name has its table: a dimension may be called weight, or m0
    conn.execute(
        f"INSERT INTO temp.account_measures SELECT c.account, {n}, {', '.join(words)}, "
        f"{raw}, c.score, {weight!r}, c.share, c.contribution, "
        f"CASE WHEN c.points = {NOT_APPLICABLE!r} THEN 'not applicable' {late}WHEN c.points >= 0 THEN 'known' "
        f"WHEN {assumed} IS NOT NULL THEN 'assumed' "
        f"WHEN {raw} IS NOT NULL AND ({usable}) IS NULL THEN 'stale' ELSE 'missing' END "
        f"FROM (SELECT account, m{n} AS points, "
        f"CASE WHEN m{n} >= 0 THEN m{n} WHEN m{n} IS NULL THEN {assumed} END AS score, "
        f"CASE WHEN m{n} >= 0 THEN {weight!r} WHEN m{n} IS NULL THEN {carried} END / weight AS share, "
        f"{contribution_sql(n, measure)} AS contribution FROM temp.card_{index}) AS c "
        "JOIN account_facts AS f ON f.account = c.account JOIN temp.account_scores AS s ON s.account = c.account",
        params.values,
    )
