"""Rows for people and scripts: health of the customers, segments with their members and moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Dimension
    from cs_cli.definitions.workspace import Definitions

HEALTH_LIST = {
    "account_id", "name", "status", "arr", "health", "band", "known_share", "scorecard", "capped_by",
    "health_change_28d", "health_as_of",
}  # fmt: skip
# who needs a look first
BAND_ORDER = "CASE band WHEN 'red' THEN 0 WHEN 'amber' THEN 1 WHEN 'unknown' THEN 2 ELSE 3 END"


def health_rows(
    conn: sqlite3.Connection, *, everybody: bool = False, bands: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """{account, account_id, name, health, band, known_share, change_28d, arr, scorecard, capped_by, health_as_of} per
    customer; account is its number.

    Red first, then amber, unknown, green; within a band the largest ARR first. Call after
    build_desk(…, need=HEALTH_LIST).
    """
    tests = [] if everybody else ["status = 'customer'"]
    if bands:
        tests.append(f"band IN ({', '.join('?' * len(bands))})")
    where = f"WHERE {' AND '.join(tests)}" if tests else ""
    return rows(
        conn,
        "SELECT account, account_id, name, health, band, known_share, health_change_28d AS change_28d, arr, "
        f"scorecard, capped_by, health_as_of FROM account_facts {where} "
        f"ORDER BY {BAND_ORDER}, coalesce(arr, 0) DESC, account_id",
        tuple(bands),
    )


def members(
    conn: sqlite3.Connection, dimension: Dimension, *, everybody: bool = False
) -> dict[str | None, list[dict[str, Any]]]:
    """Segment → its accounts {account_id, name, arr}, in the order of the definition; None: in no segment."""
    where = "" if everybody else "WHERE status = 'customer'"
    found: dict[str | None, list[dict[str, Any]]] = {entry.name: [] for entry in dimension.entries}
    for row in rows(
        conn,
        f'SELECT account_id, name, arr, "{dimension.name}" AS place FROM account_facts {where} '
        "ORDER BY coalesce(arr, 0) DESC, account_id",
    ):
        place = row.pop("place")
        for name in places_of(dimension, place):
            found.setdefault(name, []).append(row)
    return found


def places_of(dimension: Dimension, value: str | None) -> list[str | None]:
    """The segments in a dimension's value: one name, or the tags of ",a,b,"."""
    if value is None:
        return [None]
    if not dimension.any:
        return [value]
    return [name for name in value.split(",") if name] or [None]


def segment_rows(
    conn: sqlite3.Connection, definitions: Definitions, *, everybody: bool = False
) -> list[dict[str, Any]]:
    """{dimension, segment, accounts, arr, arr_share} of every dimension; segment None: cannot be told."""
    found = []
    for dimension in definitions.segments.dimensions:
        by_name = members(conn, dimension, everybody=everybody)
        everyone = {row["account_id"]: row["arr"] or 0.0 for listed in by_name.values() for row in listed}
        total = sum(everyone.values())
        for name, listed in by_name.items():
            arr = round(sum(row["arr"] or 0.0 for row in listed), 2)
            found.append(
                {
                    "dimension": dimension.name,
                    "segment": name,
                    "accounts": len(listed),
                    "arr": arr,
                    "arr_share": round(arr / total, 4) if total else None,
                }
            )
    return found


def segment_changes(
    conn: sqlite3.Connection,
    definitions: Definitions,
    since: date,
    day: date,
    known_at: date | None = None,
    *,
    everybody: bool = False,
) -> list[dict[str, Any]]:
    """Moves between the two days: {account_id, name, dimension, from, to, arr}, by dimension and ARR."""
    from cs_cli.scoring.desk import build_desk

    names = [dimension.name for dimension in definitions.segments.dimensions]
    need = {"account_id", "name", "arr", "status", *names}
    listed = ", ".join(f'"{name}"' for name in names)
    query = (
        f"SELECT account, account_id, name, arr, status{', ' + listed if listed else ''} FROM account_facts"
    )
    build_desk(conn, definitions, since, known_at, need=need)
    before = {row["account"]: row for row in rows(conn, query)}
    build_desk(conn, definitions, day, known_at, need=need)
    found = []
    for row in rows(conn, query + " ORDER BY coalesce(arr, 0) DESC, account_id"):
        earlier = before.get(row["account"])
        if earlier is None or not (everybody or "customer" in (row["status"], earlier["status"])):
            continue
        for dimension in definitions.segments.dimensions:
            name = dimension.name
            if earlier[name] != row[name]:
                found.append(
                    {
                        "account_id": row["account_id"],
                        "name": row["name"],
                        "dimension": name,
                        "from": shown_place(dimension, earlier[name]),
                        "to": shown_place(dimension, row[name]),
                        "arr": row["arr"],
                    }
                )
    order = {name: place for place, name in enumerate(names)}
    return sorted(found, key=lambda row: order[row["dimension"]])


def shown_place(dimension: Dimension, value: str | None) -> str | None:
    """A dimension's value as a person reads it: tags as "a, b"."""
    return value if value is None or not dimension.any else ", ".join(n for n in value.split(",") if n)


def propose_tiers(arrs: Sequence[float], most: int = 25) -> tuple[float, float] | None:
    """Limits (A from, B from) by ARR: A the largest that make half of ARR, at most `most`; B the next 30 %.

    A limit is the ARR of the smallest account inside, rounded down to two digits where that lets nobody
    else in. None without any ARR.
    """
    listed = sorted((arr for arr in arrs if arr > 0), reverse=True)
    if not listed:
        return None
    total, running, last_a, last_b = sum(listed), 0.0, 0, 0
    for place, arr in enumerate(listed, 1):
        if running < 0.5 * total and place <= most:
            last_a = place
        if running < 0.8 * total or place <= last_a:
            last_b = place
        running += arr
    # customers of one ARR are of one tier: B begins below those of A, where anybody is
    last_b = max(last_b, next((at for at, arr in enumerate(listed, 1) if arr < listed[last_a - 1]), last_b))
    return _limit(listed, last_a), _limit(listed, last_b)


def _limit(listed: Sequence[float], count: int) -> float:
    smallest = listed[count - 1]
    step = 10.0 ** (len(str(int(smallest))) - 2) if smallest >= 10 else 1.0
    rounded = smallest // step * step
    below = next((arr for arr in listed[count:] if arr < smallest), 0.0)
    return rounded if rounded > below else smallest
