"""Scores of earlier days that one command works out once: neighbouring days look back at the same Mondays.

They lie in TEMP tables of the connection, and are void as soon as data or definitions change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.scoring.cache import Key

Scores = Mapping[int, float | None]
EVERYBODY_UP_TO = 200  # accounts; so few are scored in hardly more time than some of them


def scores(
    conn: sqlite3.Connection,
    key: Key,
    accounts: Sequence[int] | None,
    work_out: Callable[[Sequence[int] | None], Scores],
) -> Scores:
    """The health of accounts (None: everybody) on the key's day; it stands in temp.past_score as well.

    work_out scores those that are asked for anew. Accounts that were not there on the day are missing from the answer.
    """
    _begin(conn, key)
    whole = conn.execute("SELECT 1 FROM temp.past_day WHERE day = ?", (key.day,)).fetchone() is not None
    known = dict(conn.execute("SELECT account, health FROM temp.past_score WHERE day = ?", (key.day,)).fetchall())
    if whole or (accounts is not None and known.keys() >= set(accounts)):
        return known if accounts is None else {one: known[one] for one in accounts if one in known}
    (size,) = conn.execute("SELECT count(*) FROM main.account_registry").fetchone()
    everybody = accounts is None or size <= EVERYBODY_UP_TO
    found = work_out(None if everybody else accounts)
    conn.executemany(
        "INSERT OR REPLACE INTO temp.past_score VALUES (?, ?, ?)",
        ((key.day, account, health) for account, health in found.items()),
    )
    if everybody:
        conn.execute("INSERT INTO temp.past_day VALUES (?)", (key.day,))
    return found if accounts is None else {one: found[one] for one in accounts if one in found}


def _begin(conn: sqlite3.Connection, key: Key) -> None:
    """Empty tables where none are, or where those there are of other data or definitions."""
    made_of = (key.known_at, key.change_set, key.definitions)
    if conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'past_key'").fetchone() is None:
        conn.execute("CREATE TEMP TABLE past_key(known_at TEXT, change_set INTEGER, definitions TEXT)")
        conn.execute("CREATE TEMP TABLE past_day(day TEXT PRIMARY KEY) WITHOUT ROWID")
        conn.execute(
            "CREATE TEMP TABLE past_score(day TEXT, account INTEGER, health REAL, PRIMARY KEY (day, account)) "
            "WITHOUT ROWID"
        )
    elif conn.execute("SELECT * FROM temp.past_key").fetchone() == made_of:
        return
    for table in ("past_key", "past_day", "past_score"):
        conn.execute(f"DELETE FROM temp.{table}")
    conn.execute("INSERT INTO temp.past_key VALUES (?, ?, ?)", made_of)
