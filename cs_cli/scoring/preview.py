"""What edited scorecards and segments would change: the accounts of a day by the definitions before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.scoring.changes import Way, parts_of, told
from cs_cli.scoring.desk import build_desk
from cs_cli.scoring.lists import shown_place
from cs_cli.scoring.states import Scored, reads_of, states_that_stand
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Dimension
    from cs_cli.definitions.workspace import Definitions

HEALTH = ("account_id", "name", "status", "arr", "health", "band", "scorecard")
RANK = {"red": 0, "amber": 1, "unknown": 2, "green": 3}


def health_preview(
    conn: sqlite3.Connection,
    before: Definitions,
    after: Definitions,
    day: date,
    known_at: date | None = None,
    *,
    everybody: bool = False,
) -> list[dict[str, Any]]:
    """Every customer whose band, score or card differs, the worst move first, in a move the largest fall first.

    {account_id, name, move, band_from, band_to, from, to, difference, card_from, card_to, arr, why}. move: the two
    bands, else the two cards, else "score down" or "score up". why: the difference by measure. Writes nothing but TEMP
    tables.
    """
    old, states = _judged(conn, before, day, known_at)
    new, new_states = _judged(conn, after, day, known_at)
    reads = reads_of(after)
    found = []
    for account, row in new.items():
        was = old[account]
        if (row["status"] != "customer" and not everybody) or all(row[name] == was[name] for name in HEALTH):
            continue
        start, end = states[account], new_states[account]
        way = Way(start, end, end[0], None, end)
        known = was["health"] is not None and row["health"] is not None
        found.append(
            {
                "account_id": row["account_id"], "name": row["name"], "move": _move(was, row),
                "band_from": was["band"], "band_to": row["band"], "from": was["health"], "to": row["health"],
                "difference": round(row["health"] - was["health"], 1) + 0.0 if known else None,
                "card_from": was["scorecard"], "card_to": row["scorecard"], "arr": row["arr"],
                "why": told(way, parts_of(way, reads))["why"],
            }
        )  # fmt: skip
    return sorted(found, key=_worst_first)


def _judged(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None
) -> tuple[dict[int, dict[str, Any]], dict[int, Scored]]:
    need = {*HEALTH, *reads_of(definitions).all()}
    build_desk(conn, definitions, day, known_at, need=need, measures=True)
    listed = rows(conn, f"SELECT account, {', '.join(HEALTH)} FROM account_facts ORDER BY account_id")
    return {row.pop("account"): row for row in listed}, states_that_stand(conn, definitions)


def _move(was: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    if was["band"] != row["band"]:
        return f"{was['band']} → {row['band']}"
    if was["scorecard"] != row["scorecard"]:
        return f"card {was['scorecard'] or 'none'} → {row['scorecard'] or 'none'}"
    if was["health"] is None or row["health"] is None:
        return "score unknown" if row["health"] is None else "score known"
    return "score down" if row["health"] < was["health"] else "score up"


def _worst_first(row: Mapping[str, Any]) -> tuple[Any, ...]:
    lost = RANK[row["band_to"]] - RANK[row["band_from"]]
    kind = 1 if lost == 0 else 0 if lost < 0 else 2
    fall = row["difference"]
    return (
        kind, lost, RANK[row["band_to"]], not row["move"].startswith("card"), row["move"],
        -1000.0 if fall is None else fall, -(row["arr"] or 0.0), row["account_id"],
    )  # fmt: skip


def counted(found: Iterable[Mapping[str, Any]], name: str = "move") -> list[dict[str, Any]]:
    """{<name>, accounts, arr, unknown_arr} per move, in the order of the rows.

    unknown_arr: how many of the accounts have no known ARR.
    """
    sums: dict[str, dict[str, Any]] = {}
    for row in found:
        one = sums.setdefault(row[name], {name: row[name], "accounts": 0, "arr": 0.0, "unknown_arr": 0})
        one["accounts"] += 1
        one["arr"] = round(one["arr"] + (row["arr"] or 0.0), 2)
        one["unknown_arr"] += row["arr"] is None
    return list(sums.values())


def segments_preview(
    conn: sqlite3.Connection,
    before: Definitions,
    after: Definitions,
    day: date,
    known_at: date | None = None,
    *,
    everybody: bool = False,
) -> list[dict[str, Any]]:
    """Every customer's move between segments of a dimension that was there before and after.

    {account_id, name, dimension, move, from, to, arr}; from, to: None where it cannot be told. In a dimension who
    cannot be told any more comes first, then the moves by their ARR. Writes nothing but TEMP tables.
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
                moved.append(
                    {
                        "account_id": row["account_id"], "name": row["name"], "dimension": dimension.name,
                        "move": f"{dimension.name} {come_from or 'unknown'} → {to or 'unknown'}", "from": come_from,
                        "to": to, "arr": row["arr"],
                    }
                )  # fmt: skip
        weights = {one["move"]: one["arr"] for one in counted(moved)}
        moved.sort(key=lambda row: (row["to"] is not None, -weights[row["move"]], row["move"], -(row["arr"] or 0.0),
                                    row["account_id"]))  # fmt: skip
        found += moved
    return found


def new_places(
    conn: sqlite3.Connection, dimensions: Sequence[Dimension], *, everybody: bool = False
) -> list[dict[str, Any]]:
    """{account_id, dimension, segment, arr} of everybody in these dimensions, by the account_facts that stand."""
    found = []
    for dimension in dimensions:
        where = "" if everybody else "WHERE status = 'customer'"
        query = f'SELECT account_id, arr, "{dimension.name}" AS place FROM account_facts {where} ORDER BY account_id'
        for row in rows(conn, query):
            place = shown_place(dimension, row.pop("place")) or "unknown"
            found.append({**row, "dimension": dimension.name, "segment": f"{dimension.name} {place}"})
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
