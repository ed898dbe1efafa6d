"""The two clocks: the day that is looked at, and what was known by then.

`set_clock` gives every other query its view of the records: TEMP views `known_<kind>` with the
right version of each record, and TEMP tables `clock`, `account_of` and `population`. The days
inside the records (end, payment, closing…) are compared with the day by the facts themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date

from cs_cli.store.copies import TABLE as COPIES
from cs_cli.store.copies import find_copies
from cs_cli.store.kinds import KINDS

_USAGE = "SELECT ref, metric, day, value, import_id, line FROM main.usage"
# Kinds whose records a hand may lie on: the columns that name a record of its own, and those that a hand may say
# (none: all of them).
LAID_OVER: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "contact": (("name", "email"), ("role", "left_on")),
    "goal": (("objective",), ()),
    "milestone": (("name",), ()),
    "request": (("text",), ()),
    "feedback": (("quote",), ()),
}
# A subscription that a person linked to an account of its own: an agency pays for several. Its rows, and those that
# name it, hang on the reference "subscription:…" of its system instead of on who pays.
_SPLIT = (
    "SELECT s.name, substr(r.external_id, 14), r.id, k.ref FROM main.source s CROSS JOIN main.ref r "
    "ON r.system = s.system AND r.external_id >= 'subscription:' AND r.external_id < 'subscription;' "
    "JOIN main.identity i ON i.ref = r.id AND i.how = 'hand' AND i.account IS NOT NULL AND {} "
    "LEFT JOIN main.subscription k ON k.source = s.name AND k.key = substr(r.external_id, 14) AND {}"
)
_NAMES_IT = {kind: "subscription" for kind, columns in KINDS.items() if "subscription" in columns} | {
    "subscription": "key"
}
FEW = 200  # accounts that are looked up faster than everybody is read
_TABLES = (
    "CREATE TEMP TABLE clock(day TEXT NOT NULL, known INTEGER)",
    "CREATE TEMP TABLE account_of(ref INTEGER PRIMARY KEY, account INTEGER NOT NULL)",
    "CREATE TEMP TABLE population(account INTEGER PRIMARY KEY, account_id TEXT NOT NULL)",
    "CREATE TEMP TABLE kept_source(name TEXT PRIMARY KEY, place INTEGER NOT NULL)",
    "CREATE TEMP TABLE split(source TEXT, subscription TEXT, ref INTEGER, payer INTEGER, "
    "PRIMARY KEY (source, subscription))",
    COPIES,
)


# Lists of customers that tell what they pay: the same sale as billing's, told once more. A sheet that a person keeps
# goes before a CRM's list, and one CRM before the next.
_KEPT = (
    "INSERT INTO temp.kept_source SELECT name, row_number() OVER (ORDER BY CASE WHEN role = 'book' THEN 0 ELSE 1 END, "
    "rank, name) FROM main.source s WHERE EXISTS (SELECT 1 FROM main.change_set c WHERE c.source = s.name "
    "AND c.kind = 'import' AND c.record_kind = 'account')"
)


def set_clock(
    conn: sqlite3.Connection, day: date, known_at: date | None = None, accounts: Sequence[int] | None = None
) -> None:
    """Set both clocks of this connection; a second call replaces everything of the first.

    After it: known_<kind> (every kind of KINDS) and known_usage as known at the end of known_at
    (default: now); kept_source(name, place), the lists of customers whose prices others may tell better, the first
    place best; clock(day, known), where known is the last change set visible, NULL for all;
    account_of(ref, account) and population(account, account_id), only of `accounts` when given
    (account numbers). Records whose ref is not in account_of belong to no account (yet).
    """
    conn.execute("SAVEPOINT set_clock")
    try:
        known = None if known_at is None else last_change_set(conn, known_at)
        test = _test(known)
        of = [test.replace("import_id", f"{one}.import_id").replace("retired_by", f"{one}.retired_by") for one in "ik"]
        parts = conn.execute(_SPLIT.format(*of)).fetchall()
        if not _has_views(conn, known, bool(parts)):
            _make_views(conn, known, bool(parts))
        conn.execute("DELETE FROM temp.split")
        conn.executemany("INSERT INTO temp.split VALUES (?, ?, ?, ?)", parts)
        conn.execute("DELETE FROM temp.kept_source")
        conn.execute(_KEPT)
        conn.execute("DELETE FROM temp.clock")
        conn.execute("INSERT INTO temp.clock VALUES (?, ?)", (day.isoformat(), known))
        find_copies(conn, known)
        _fill_accounts(conn, accounts)
    except BaseException:
        conn.execute("ROLLBACK TO set_clock")
        raise
    finally:
        conn.execute("RELEASE set_clock")


def last_change_set(conn: sqlite3.Connection, known_at: date) -> int:
    """The last change set before the first one whose day is after known_at; 0 when there is none.

    Ids, not days, give the order: an import that speaks for an old day came when it came.
    """
    first, last = conn.execute(
        "SELECT MIN(CASE WHEN day > ? THEN id END), COALESCE(MAX(id), 0) FROM main.change_set",
        (known_at.isoformat(),),
    ).fetchone()
    return int(last if first is None else first - 1)


def _test(known: int | None) -> str:
    """Which versions were known by a change set; None: the current ones."""
    if known is None:
        return "retired_by IS NULL"
    return f"import_id <= {known} AND (retired_by IS NULL OR retired_by > {known})"


def _has_views(conn: sqlite3.Connection, known: int | None, split: bool) -> bool:
    """True when the views of this connection already show that state (back-tests ask day by day)."""
    there = conn.execute("SELECT sql FROM temp.sqlite_master WHERE name = 'known_subscription'").fetchone()
    if there is None or ("temp.split" in there[0]) is not split:
        return False
    row = conn.execute("SELECT known FROM temp.clock").fetchone()
    return row is not None and row[0] == known


def _make_views(conn: sqlite3.Connection, known: int | None, split: bool) -> None:
    """New views in place of the old ones; the number is inlined because views take no parameters."""
    test, usage = _test(known), _USAGE
    if known is not None:
        usage = (
            f"{_USAGE} WHERE import_id <= {known} UNION ALL {_USAGE}_old "
            f"WHERE import_id <= {known} AND retired_by > {known}"
        )
    if conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'clock'").fetchone() is None:
        for table in _TABLES:
            conn.execute(table)
    for kind in KINDS:
        conn.execute(f"DROP VIEW IF EXISTS temp.known_{kind}")
        mine = f"{test} AND id NOT IN (SELECT id FROM temp.invoice_copy)" if kind == "invoice" else test
        query = f"SELECT * FROM main.{kind} WHERE {mine}"
        if kind in LAID_OVER:
            query = _laid_over(kind, mine)
        elif split and kind in _NAMES_IT:
            query = _split(kind, mine)
        conn.execute(f"CREATE TEMP VIEW known_{kind} AS {query}")
    conn.execute("DROP VIEW IF EXISTS temp.known_usage")
    conn.execute(f"CREATE TEMP VIEW known_usage AS {usage}")


def _split(kind: str, test: str) -> str:
    """Records of which those of a subscription with an account of its own hang on that one's reference."""
    frame = ("id", "source", "key", "import_id", "line", "origin_import", "origin_line")
    columns = ", ".join([
        *(f"r.{name}" for name in frame), "coalesce(p.ref, r.ref) AS ref", *(f"r.{name}" for name in KINDS[kind]),
        "r.retired_by",
    ])
    return (
        f"SELECT {columns} FROM (SELECT * FROM main.{kind} WHERE {test}) r LEFT JOIN temp.split p "
        f"ON p.source = r.source AND p.subscription = r.{_NAMES_IT[kind]}"
    )


def _laid_over(kind: str, test: str) -> str:
    """Records with what was said of them by hand on top: a row of source hand, key "source:key" of the record, that
    names none of its own. The next import must not wipe a role that somebody set, bring back who has left, or open
    a goal that somebody called met."""
    own, over = LAID_OVER[kind]
    mine, theirs = (
        test.replace("import_id", f"{name}.import_id").replace("retired_by", f"{name}.retired_by")
        for name in ("h", "r")
    )
    frame = ("id", "source", "key", "import_id", "line", "origin_import", "origin_line", "ref", "retired_by")
    names = (*frame, *KINDS[kind])
    said = {"id", *(over or KINDS[kind])}
    columns = ", ".join(f"coalesce(h.{name}, r.{name}) AS {name}" if name in said else f"r.{name}" for name in names)
    nameless = " AND ".join(f"r.{name} IS NULL" for name in own)
    return (
        f"SELECT {columns} FROM main.{kind} r LEFT JOIN main.{kind} h ON h.source = 'hand' "
        f"AND h.key = r.source || ':' || r.key AND {mine} WHERE {theirs} AND NOT (r.source = 'hand' AND {nameless})"
    )


def _fill_accounts(conn: sqlite3.Connection, accounts: Sequence[int] | None) -> None:
    conn.execute("DELETE FROM temp.account_of")
    conn.execute("DELETE FROM temp.population")
    chosen = "" if accounts is None else f" AND account IN ({','.join(str(int(a)) for a in accounts)})"
    # an identity without an account is a link taken away by hand
    conn.execute(
        "INSERT OR REPLACE INTO temp.account_of "
        "SELECT ref, account FROM temp.known_identity "
        f"WHERE ref IS NOT NULL AND account IS NOT NULL{chosen} ORDER BY id"
    )
    conn.execute(
        "INSERT INTO temp.population SELECT account, account_id FROM main.account_registry "
        "WHERE account IN (SELECT account FROM temp.account_of)"
    )
    _plan_for(conn, few=accounts is not None and len(accounts) <= FEW)


def _plan_for(conn: sqlite3.Connection, *, few: bool) -> None:
    """A few accounts are looked up one by one: without their count SQLite would read every record for them."""
    if few:
        conn.execute("ANALYZE temp.account_of")
    elif conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'sqlite_stat1'").fetchone():
        conn.execute("DELETE FROM temp.sqlite_stat1")
        conn.execute("ANALYZE temp.sqlite_master")  # reads what is left: nothing
