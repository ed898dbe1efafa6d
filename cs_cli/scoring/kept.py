"""Tables beside account_facts in the score cache: terms, measures, caps, how fresh the data are.

Put away with a day, and put back.

Nobody needs the cache: without it the same tables are made again, only slower.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

MEASURES = ("account_measures", "account_caps")
# table → the order that its rows are kept in
TREND = "account_trend"
NEWS = "news"
NOBODY = 0  # as in facts/freshness.py: rows that are about no account come back for any
TABLES = {
    "term": "account, rowid",
    "account_measures": "account, position",
    "account_caps": "account, rowid",
    TREND: "account, rowid",
    NEWS: "account, rowid",
}
# of another day, once the cache has answered for this one
OTHERS = ("mrr_span", "coverage", "covered")


def put_away(conn: sqlite3.Connection, score_day: int, *, whole: bool = True) -> None:
    """Keeps the tables that stand under a score_day of the same transaction; without whole only the smallest."""
    encode = msgspec.json.Encoder().encode
    for table, order in TABLES.items():
        if not whole and table != NEWS:
            continue
        shape = [(row[1], row[2]) for row in conn.execute(f"PRAGMA temp.table_info({table})")]
        if not shape:
            continue
        conn.execute("INSERT INTO main.score_shape VALUES (?, ?, ?)", (score_day, table, encode(shape).decode()))
        names = ", ".join(f'"{name}"' for name, _ in shape)
        found = conn.execute(f"SELECT account, {names} FROM temp.{table} ORDER BY {order}")
        conn.executemany(
            "INSERT INTO main.score_table VALUES (?, ?, ?, ?)",
            (
                (score_day, table, account, encode([row[1:] for row in rows]).decode())
                for account, rows in groupby(found, key=itemgetter(0))
            ),
        )


def has(conn: sqlite3.Connection, score_day: int, tables: Sequence[str]) -> bool:
    """True where all of these tables were kept for the day."""
    kept = {name for (name,) in conn.execute("SELECT name FROM main.score_shape WHERE score_day = ?", (score_day,))}
    return kept.issuperset(tables)


def put_back(
    conn: sqlite3.Connection, score_day: int, tables: Sequence[str], accounts: Sequence[int] | None
) -> None:
    """The tables as they stood, of these accounts; what stands of another day is dropped."""
    for table in (*TABLES, *OTHERS):
        conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
    which = "" if accounts is None else f" AND account IN ({','.join(str(int(a)) for a in (NOBODY, *accounts))})"
    decode = msgspec.json.Decoder(list[list[object]]).decode
    for table in tables:
        found = conn.execute(
            "SELECT columns FROM main.score_shape WHERE score_day = ? AND name = ?", (score_day, table)
        ).fetchone()
        if found is None:
            continue
        shape: list[tuple[str, str]] = msgspec.json.decode(found[0], type=list[tuple[str, str]])
        listed = ", ".join(f'"{name}" {kind}' for name, kind in shape)
        conn.execute(f"CREATE TEMP TABLE {table}({listed})")
        kept = conn.execute(
            f"SELECT rows FROM main.score_table WHERE score_day = ? AND name = ?{which} ORDER BY account",
            (score_day, table),
        ).fetchall()
        conn.executemany(
            f"INSERT INTO temp.{table} VALUES ({', '.join('?' * len(shape))})",
            (row for (text,) in kept for row in decode(text)),
        )


def measures_of(conn: sqlite3.Connection, account: int) -> list[dict[str, Any]]:
    """Why the score is what it is, after build_desk(…, measures=True): one row per measure of the card.

    {measure, family, value, score, weight, contribution, share, kind, fact, state}. The contributions
    add up to the score before caps; one that is unknown or does not apply adds 0.
    """
    names = (
        "measure",
        "family",
        "value",
        "score",
        "weight",
        "contribution",
        "share",
        "kind",
        "fact",
        "state",
    )
    return [
        dict(zip(names, row, strict=True))
        for row in conn.execute(
            "SELECT measure, family, value, score, weight, coalesce(contribution, 0.0), "
            "coalesce(share, 0.0), kind, fact, state FROM temp.account_measures "
            "WHERE account = ? ORDER BY position",
            (account,),
        )
    ]
