"""What edited scorecards and segments would change: the accounts of a day by the definitions before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_cli.scoring.changes import Way, parts_of, told
from cs_cli.scoring.desk import build_desk
from cs_cli.scoring.lists import shown_place
from cs_cli.scoring.states import Scored, reads_of, states_that_stand
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Dimension
    from cs_cli.definitions.workspace import Definitions


class Judged(NamedTuple):
    """An account by one of the two definitions."""

    account_id: str
    name: str | None
    status: str
    arr: float | None
    health: float | None
    band: str
    scorecard: str | None


class HealthMove(NamedTuple):
    """An account whose band, score or card differs. from_, to: the scores; why: the difference by measure."""

    account_id: str
    name: str | None
    move: str
    band_from: str
    band_to: str
    from_: float | None
    to: float | None
    difference: float | None
    card_from: str | None
    card_to: str | None
    arr: float | None
    why: str


class SegmentMove(NamedTuple):
    """An account that moves in a dimension; from_, to: None where it cannot be told."""

    account_id: str
    name: str | None
    dimension: str
    move: str
    from_: str | None
    to: str | None
    arr: float | None


class Count(NamedTuple):
    """How many accounts make a move, with their ARR; unknown_arr: of how many it is not known."""

    move: str
    accounts: int
    arr: float
    unknown_arr: int


RANK = {"red": 0, "amber": 1, "unknown": 2, "green": 3}


def health_preview(
    conn: sqlite3.Connection,
    before: Definitions,
    after: Definitions,
    day: date,
    known_at: date | None = None,
    *,
    everybody: bool = False,
) -> list[HealthMove]:
    """Every customer whose band, score or card differs, the worst move first, in a move the largest fall first.

    move: the two bands, else the two cards, else "score down" or "score up". Writes nothing but TEMP tables.
    """
    old, states = _judged(conn, before, day, known_at)
    new, new_states = _judged(conn, after, day, known_at)
    reads = reads_of(after)
    found = []
    for account, row in new.items():
        was = old[account]
        if (row.status != "customer" and not everybody) or row == was:
            continue
        start, end = states[account], new_states[account]
        way = Way(start, end, end[0], None, end)
        unknown = was.health is None or row.health is None
        difference = None if unknown else round((row.health or 0.0) - (was.health or 0.0), 1) + 0.0
        found.append(
            HealthMove(
                row.account_id, row.name, _move(was, row), was.band, row.band, was.health, row.health, difference,
                was.scorecard, row.scorecard, row.arr, told(way, parts_of(way, reads))["why"],
            )
        )  # fmt: skip
    return sorted(found, key=_worst_first)


def _judged(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None
) -> tuple[dict[int, Judged], dict[int, Scored]]:
    need = {*Judged._fields, *reads_of(definitions).all()}
    build_desk(conn, definitions, day, known_at, need=need, measures=True)
    listed = conn.execute(f"SELECT account, {', '.join(Judged._fields)} FROM account_facts ORDER BY account_id")
    return {account: Judged(*row) for account, *row in listed}, states_that_stand(conn, definitions)


def _move(was: Judged, row: Judged) -> str:
    if was.band != row.band:
        return f"{was.band} → {row.band}"
    if was.scorecard != row.scorecard:
        return f"card {was.scorecard or 'none'} → {row.scorecard or 'none'}"
    if was.health is None or row.health is None:
        return "score unknown" if row.health is None else "score known"
    return "score down" if row.health < was.health else "score up"


def _worst_first(row: HealthMove) -> tuple[int, int, int, bool, str, float, float, str]:
    lost = RANK[row.band_to] - RANK[row.band_from]
    kind = 1 if lost == 0 else 0 if lost < 0 else 2
    return (
        kind, lost, RANK[row.band_to], not row.move.startswith("card"), row.move,
        -1000.0 if row.difference is None else row.difference, -(row.arr or 0.0), row.account_id,
    )  # fmt: skip


def counted(moves: Iterable[tuple[str, float | None]]) -> list[Count]:
    """The accounts and their ARR per move, in the order of the moves. moves: (move, ARR) of each account."""
    sums: dict[str, Count] = {}
    for move, arr in moves:
        one = sums.get(move, Count(move, 0, 0.0, 0))
        sums[move] = Count(move, one.accounts + 1, round(one.arr + (arr or 0.0), 2), one.unknown_arr + (arr is None))
    return list(sums.values())


def segments_preview(
    conn: sqlite3.Connection,
    before: Definitions,
    after: Definitions,
    day: date,
    known_at: date | None = None,
    *,
    everybody: bool = False,
) -> list[SegmentMove]:
    """Every customer's move between segments of a dimension that was there before and after.

    In a dimension who cannot be told any more comes first, then the moves by their ARR. Writes nothing but TEMP tables.
    """
    old = _places(conn, before, day, known_at)
    new = _places(conn, after, day, known_at)
    was = {dimension.name: dimension for dimension in before.segments.dimensions}
    found = []
    for dimension in after.segments.dimensions:
        if dimension.name not in was:
            continue
        moved = []
        for account, row in new.items():
            start, end = old[account][dimension.name], row[dimension.name]
            counts = row["status"] == "customer" or everybody
            if counts and _tags(was[dimension.name], start) != _tags(dimension, end):
                come_from, to = shown_place(was[dimension.name], start), shown_place(dimension, end)
                move = f"{dimension.name} {come_from or 'unknown'} → {to or 'unknown'}"
                moved.append(
                    SegmentMove(row["account_id"], row["name"], dimension.name, move, come_from, to, row["arr"])
                )
        weights = {one.move: one.arr for one in counted((one.move, one.arr) for one in moved)}
        moved.sort(
            key=lambda one: (one.to is not None, -weights[one.move], one.move, -(one.arr or 0.0), one.account_id)
        )
        found += moved
    return found


def new_places(
    conn: sqlite3.Connection, dimensions: Sequence[Dimension], *, everybody: bool = False
) -> list[tuple[str, float | None]]:
    """(dimension and segment, ARR) of everybody in these dimensions, by the account_facts that stand."""
    found = []
    for dimension in dimensions:
        where = "" if everybody else "WHERE status = 'customer'"
        query = f'SELECT arr, "{dimension.name}" FROM account_facts {where} ORDER BY account_id'
        for arr, place in conn.execute(query):
            found.append((f"{dimension.name} {shown_place(dimension, place) or 'unknown'}", arr))
    return found


def _places(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None
) -> dict[int, dict[str, Any]]:
    names = [dimension.name for dimension in definitions.segments.dimensions]
    build_desk(conn, definitions, day, known_at, need={"account_id", "name", "arr", "status", *names})
    listed = "".join(f', "{name}"' for name in names)
    query = f"SELECT account, account_id, name, arr, status{listed} FROM account_facts ORDER BY account_id"
    return {row.pop("account"): row for row in rows(conn, query)}


def _tags(dimension: Dimension, value: str | None) -> object:
    """A place as what it says: tags in whatever order."""
    return value if value is None or not dimension.any else frozenset(name for name in value.split(",") if name)
