"""The score cache: a day's account_facts, kept so that fast commands compute nothing.

Valid for one (day, known-at, last change set, definitions) only. Never needed: without it, or
on a file that cannot be written, the same values are computed again.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import msgspec

from cs_cli import __version__
from cs_cli.scoring import history, kept
from cs_cli.store.connection import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from cs_cli.definitions.workspace import Definitions

KEPT_DAYS = 8  # the newest days; older ones are computed when somebody asks
TRENDS_UP_TO = 150  # accounts whose last 13 Mondays a run works out ahead of anybody asking; it costs 13 days of facts
FORMAT = 3  # of what is kept: a cache of another one answers nothing
ALL_FACTS_UP_TO = 5_000  # accounts; above it only LISTED columns are kept, so that the file stays small
LISTED = frozenset(
    {
        "account_id",
        "name",
        "arr",
        "mrr",
        "owner",
        "csm",
        "sold_by",
        "status",
        "plan",
        "renewal_date",
        "decide_by",
        "days_to_renewal",
        "health",
        "band",
        "known_share",
        "scorecard",
        "capped_by",
        "health_as_of",
        "health_change_28d",
        "days_without_value",
    }
)


class Key(msgspec.Struct, frozen=True):
    """What a cached day must have been computed from to be used."""

    day: str
    known_at: str
    change_set: int
    definitions: str
    written: Definitions


def key_of(conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None) -> Key:
    (last,) = conn.execute("SELECT COALESCE(MAX(id), 0) FROM main.change_set WHERE kind <> 'run'").fetchone()
    known = "" if known_at is None else known_at.isoformat()
    return Key(day.isoformat(), known, int(last), f"{definitions.hash} {__version__} {FORMAT}", definitions)


def load(
    conn: sqlite3.Connection,
    key: Key,
    need: Collection[str] | Literal["all"],
    accounts: Sequence[int] | None,
    measures: bool = False,
) -> bool:
    """Makes account_facts from the cache, and the terms; False (and nothing done) when it has no valid answer.

    measures: account_measures and account_caps too.
    """
    found = conn.execute(
        "SELECT id, whole, columns FROM main.score_day WHERE day = ? AND known_at = ? AND change_set = ? "
        "AND definitions = ?",
        (key.day, key.known_at, key.change_set, key.definitions),
    ).fetchone()
    if found is None:
        return False
    score_day, whole, text = found
    if measures and not kept.has(conn, score_day, kept.MEASURES):
        return False
    columns = msgspec.json.decode(text, type=list[tuple[str, str]])
    if need == "all":
        if not whole:
            return False
        chosen = list(range(len(columns)))
    else:
        wanted = {*need, "account_id"}
        # where every fact is there, a name that is not there belongs to no definition
        if not whole and not wanted <= {name for name, _ in columns}:
            return False
        chosen = [index for index, (name, _) in enumerate(columns) if name in wanted]
    more = (*kept.MEASURES, kept.TREND) if measures else ()
    kept.put_back(conn, score_day, ("term", kept.NEWS, *more), accounts)
    _make_table(conn, [columns[index] for index in chosen])
    which = "" if accounts is None else f" AND account IN ({','.join(str(int(a)) for a in accounts)})"
    decode = msgspec.json.Decoder(list).decode
    rows = conn.execute(
        f"SELECT account, facts FROM main.score_row WHERE score_day = ?{which} ORDER BY account", (score_day,)
    ).fetchall()
    marks = ", ".join("?" * (len(chosen) + 1))
    conn.executemany(
        f"INSERT INTO temp.account_facts VALUES ({marks})",
        ((account, *_picked(decode(facts), chosen)) for account, facts in rows),
    )
    return True


def _picked(values: list[object], chosen: Sequence[int]) -> list[object]:
    return values if len(chosen) == len(values) else [values[index] for index in chosen]


def _make_table(conn: sqlite3.Connection, columns: Sequence[tuple[str, str]]) -> None:
    listed = "".join(f', "{name}" {kind}' for name, kind in columns)
    conn.execute("DROP TABLE IF EXISTS temp.account_facts")
    conn.execute(f"CREATE TEMP TABLE account_facts(account INTEGER PRIMARY KEY{listed})")


def remember(conn: sqlite3.Connection, key: Key, whole: bool, extra: Collection[str] = ()) -> None:
    """Keeps the account_facts that stand, and drops what can no longer be valid. One transaction.

    key must be the one that they were computed from (taken before, not after). whole: every fact is
    there. extra: further columns to keep for a company too large to keep everything.
    """
    columns = [
        (row[1], row[2])
        for row in conn.execute("PRAGMA temp.table_info(account_facts)")
        if row[1] != "account"
    ]
    (accounts,) = conn.execute("SELECT COUNT(*) FROM temp.account_facts").fetchone()
    if accounts > ALL_FACTS_UP_TO:
        whole, columns = False, [column for column in columns if column[0] in LISTED or column[0] in extra]
    from cs_cli.facts.freshness import build_news

    names = "".join(f', "{name}"' for name, _ in columns)
    encode = msgspec.json.Encoder().encode
    with transaction(conn):
        clear(conn, stale_for=key)
        history.keep(conn, key.day, key.written)
        conn.execute(
            "INSERT INTO main.score_day(day, known_at, change_set, definitions, whole, columns) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (key.day, key.known_at, key.change_set, key.definitions, int(whole), encode(columns).decode()),
        )
        (score_day,) = conn.execute("SELECT last_insert_rowid()").fetchone()
        build_news(conn, key.written.settings, date.fromisoformat(key.day))
        kept.put_away(conn, score_day, whole=accounts <= ALL_FACTS_UP_TO)
        rows = conn.execute(f"SELECT account{names} FROM temp.account_facts ORDER BY account").fetchall()
        conn.executemany(
            "INSERT INTO main.score_row VALUES (?, ?, ?)",
            ((score_day, row[0], encode(row[1:]).decode()) for row in rows),
        )


def clear(conn: sqlite3.Connection, stale_for: Key | None = None) -> None:
    """Empties the cache; with a key only that day, days of other data or definitions, and the oldest ones."""
    if stale_for is None:
        doomed = "SELECT id FROM main.score_day"
        values: tuple[object, ...] = ()
    else:
        doomed = (
            "SELECT id FROM main.score_day WHERE change_set <> ? OR definitions <> ? "
            "OR (day = ? AND known_at = ?) "
            "OR id NOT IN (SELECT id FROM main.score_day ORDER BY day DESC, id DESC LIMIT ?)"
        )
        values = (
            stale_for.change_set,
            stale_for.definitions,
            stale_for.day,
            stale_for.known_at,
            KEPT_DAYS - 1,
        )
    with transaction(conn):
        for (score_day,) in conn.execute(doomed, values).fetchall():
            for table in ("score_row", "score_table", "score_shape"):
                conn.execute(f"DELETE FROM main.{table} WHERE score_day = ?", (score_day,))
            conn.execute("DELETE FROM main.score_day WHERE id = ?", (score_day,))
