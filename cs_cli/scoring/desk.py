"""The one entry for commands, cases and reports: a day's facts, segments and health in account_facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from cs_cli.scoring import cache
from cs_cli.store.clock import set_clock

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.conditions import NameType
    from cs_cli.definitions.shapes import Bands
    from cs_cli.definitions.workspace import Definitions
    from cs_cli.scoring.health import Board


Need = Collection[str] | Literal["all"]


def build_desk(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None = None,
    accounts: Sequence[int] | None = None,
    need: Need = "all",
    *,
    measures: bool = False,
    cached: bool = True,
    trends: bool = False,
) -> cache.Key:
    """Sets the clock and makes TEMP TABLE account_facts: facts, dimensions, health, one row per account.

    need: the fact, dimension and health names that will be read ("all": every one). accounts: account
    numbers, default everybody. measures: also account_measures and account_caps (see
    health.list_measures). cached=False computes even when the cache could answer. trends: for a small
    company the scores of the last 13 Mondays as well, so that `remember` keeps them.
    Gives the cache key of what was read, for `remember`.
    """
    set_clock(conn, day, known_at, accounts)
    key = cache.key_of(conn, definitions, day, known_at)
    if cached and cache.load(conn, key, need, accounts, measures):
        return key
    conn.execute("DROP TABLE IF EXISTS temp.account_trend")  # of another day
    from cs_cli.scoring.names import CHANGES, HEALTH_NAMES

    wanted = set(names_of(definitions)) if need == "all" else set(need)
    board = _score(conn, definitions, day, wanted, whole=need == "all", scored=measures)
    if board is None:
        return key
    if measures:
        from cs_cli.scoring.health import list_measures

        list_measures(conn, board)
    from cs_cli.scoring.segments import merge

    _settle_bands(conn, definitions, day, known_at)
    for name, days in CHANGES.items():
        if name in wanted:
            _change_since(conn, definitions, day, known_at, accounts, name, days)
    changes = [name for name in CHANGES if name in wanted]
    merge(conn, [*sorted(HEALTH_NAMES - set(CHANGES)), *changes])
    if trends and conn.execute("SELECT COUNT(*) FROM temp.population").fetchone()[0] <= cache.TRENDS_UP_TO:
        from cs_cli.scoring.trend import keep_trends

        keep_trends(conn, definitions, day, known_at)
    return key


def run_need(conn: sqlite3.Connection, names: Collection[str]) -> Need:
    """What a run works out: everything while the company is small enough to keep it, else what is used.

    names: what its playbooks use. Call in the run before build_desk.
    """
    (accounts,) = conn.execute("SELECT COUNT(*) FROM main.account_registry").fetchone()
    return "all" if accounts <= cache.ALL_FACTS_UP_TO else {*names, *cache.LISTED}


def remember(conn: sqlite3.Connection, key: cache.Key, need: Need = "all") -> None:
    """Keeps the account_facts that build_desk has just made for everybody, under its key. Writes."""
    cache.remember(conn, key, need == "all", () if need == "all" else need)


def names_of(definitions: Definitions) -> dict[str, NameType]:
    """Every name that account_facts can hold, with its type: facts, dimensions, health."""
    from cs_cli.facts.catalogue import names
    from cs_cli.scoring.names import all_names

    return all_names(names(definitions.settings), definitions.segments, definitions.health)


def _score(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    wanted: set[str],
    *,
    whole: bool,
    scored: bool,
    forced: Mapping[int, str] | None = None,
) -> Board | None:
    """Facts, dimensions and (when wanted) plain health of the clock's population; None without health."""
    from cs_cli.facts.catalogue import names as fact_names
    from cs_cli.facts.compute import build_account_facts
    from cs_cli.scoring.health import board as make_board
    from cs_cli.scoring.health import score_health
    from cs_cli.scoring.late import keep
    from cs_cli.scoring.names import HEALTH_NAMES, segment_names, wanted_dimensions
    from cs_cli.scoring.segments import merge, score_segments, start

    facts = fact_names(definitions.settings)
    segments, health = definitions.segments, definitions.health
    scored = scored or bool(wanted & HEALTH_NAMES)
    names = segment_names(facts, segments)
    asked = wanted - HEALTH_NAMES
    if scored:
        asked |= make_board(health, names, ()).needs()
    dimensions, used = wanted_dimensions(segments, facts, asked)
    needed = None if whole else used - {"account_id"}
    chosen = [dimension.name for dimension in dimensions]
    mrr_from = definitions.metrics.mrr_from
    build = build_account_facts(conn, definitions.settings, day, needed, mrr_from=mrr_from, room=chosen)
    read = make_board(health, names, ()).needs() if scored else frozenset[str]()
    _, read_by_lists = wanted_dimensions(segments, facts, {*chosen, *read})
    late = keep(conn, definitions.settings, build, read | read_by_lists, mrr_from)
    start(conn, chosen)
    done = score_segments(conn, segments, facts, chosen, late.columns)
    board = None
    if scored:
        board = make_board(health, names, done, late)
        score_health(conn, board, forced)
    merge(conn, done)
    return board


def score_only(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    forced: Mapping[int, str] | None = None,
    also: Collection[str] = (),
) -> Board:
    """The facts that scorecards read, dimensions and plain health of the clock's population, and no more.

    forced: account → the card it is scored by, whatever applies. also: further facts and dimensions.
    """
    board = _score(conn, definitions, day, {"health", *also}, whole=False, scored=True, forced=forced)
    assert board is not None
    return board


def places_only(conn: sqlite3.Connection, definitions: Definitions, day: date, names: Collection[str]) -> None:
    """These facts and dimensions of the clock's population, with what the dimensions read, and no scores."""
    _score(conn, definitions, day, set(names), whole=False, scored=False)


def scores_on(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None,
    accounts: Sequence[int] | None,
) -> dict[int, float | None]:
    """The health of accounts on another day, None where too little was known. Replaces account_facts."""
    set_clock(conn, day, known_at, accounts)
    score_only(conn, definitions, day)
    return {
        account: None if band == "unknown" else health
        for account, health, band in conn.execute("SELECT account, health, band FROM temp.account_scores")
    }


def _scores_before(
    conn: sqlite3.Connection,
    definitions: Definitions,
    then: date,
    asked: Sequence[int] | None,
    known_at: date | None,
) -> Mapping[int, float | None]:
    """As scores_on for an earlier day, but worked out once; the tables of the day stay as they are."""
    from cs_cli.scoring.elsewhere import elsewhere
    from cs_cli.scoring.past import scores

    def work_out(asked: Sequence[int] | None) -> dict[int, float | None]:
        with elsewhere(conn, "before"):
            return scores_on(conn, definitions, then, known_at, asked)

    return scores(conn, cache.key_of(conn, definitions, then, known_at), asked, work_out)


def _settle_bands(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None,
) -> None:
    """Bands with memory: walks back only for the accounts whose score lies within a margin."""
    from cs_cli.scoring.bands import clear_side, walk_back

    bands: dict[str, Bands] = {card.name: card.bands for card in definitions.health.scorecards}
    unclear: dict[int, tuple[float, Bands]] = {}
    for account, health, card in conn.execute(
        "SELECT account, health, scorecard FROM temp.account_scores WHERE band <> 'unknown'"
    ):
        edges = bands[card]
        if any(clear_side(health, edge, edges.hysteresis) is None for edge in (edges.green, edges.red)):
            unclear[account] = (health, edges)
    if not unclear:
        return

    def score_on(step: date, asked: Sequence[int]) -> Mapping[int, float | None]:
        return _scores_before(conn, definitions, step, asked, known_at)

    settled = walk_back(unclear, day, score_on)
    conn.executemany(
        "UPDATE temp.account_scores SET band = ? WHERE account = ?",
        [(band, account) for account, band in settled.items()],
    )


def _change_since(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None,
    accounts: Sequence[int] | None,
    name: str,
    days: int,
) -> None:
    """The health less the health so many days before, both as of their day; NULL when one is unknown."""
    then = day - timedelta(days=days)
    _scores_before(conn, definitions, then, accounts, known_at)
    conn.execute(
        f"UPDATE temp.account_scores AS s SET {name} = ROUND(s.health - p.health, 1) FROM temp.past_score AS p "
        "WHERE p.day = ? AND p.account = s.account AND p.health IS NOT NULL AND s.band <> 'unknown'",
        (then.isoformat(),),
    )
