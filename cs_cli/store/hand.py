"""Entries by hand: a touch, a pulse, a goal… written as versions of records, each command one change set.

So undo, provenance, "what did we know on that day" and the audit trail are those of imports.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cs_cli.base.errors import UsageError
from cs_cli.store.change_sets import append_row, begin_change_set, finish_change_set
from cs_cli.store.clock import LAID_OVER
from cs_cli.store.connection import rows
from cs_cli.store.kinds import KINDS

SOURCE = "hand"
# what a person would call one of several records of a kind by
TITLES = {
    "goal": "objective",
    "milestone": "name",
    "request": "text",
    "feedback": "quote",
    "touch": "note",
    "note": "text",
    "pulse": "reason",
    "churn": "reason",
}


@dataclass(frozen=True)
class Record:
    """One record as the store has it: (source, key) is its chain of versions, values its columns."""

    kind: str
    source: str
    key: str
    ref: int | None     # None: about no account
    values: Mapping[str, Any]


def own_ref(conn: sqlite3.Connection, account: int) -> int:
    """The reference that an entry by hand hangs on: the account's own one, so that it follows links and merges."""
    found = conn.execute(
        "SELECT i.ref FROM main.identity i JOIN main.ref r ON r.id = i.ref "
        "JOIN main.account_registry g ON g.account = i.account "
        "WHERE i.account = ? AND i.retired_by IS NULL AND i.ref IS NOT NULL "
        "ORDER BY r.external_id <> g.account_id, i.ref LIMIT 1",
        (account,),
    ).fetchone()
    return int(found[0])  # an account that anybody can name has a reference of its own


def write(
    conn: sqlite3.Connection, records: Sequence[Record], *, day: date, at: str, by: str | None, note: str = ""
) -> int | None:
    """Writes records as one change set of kind hand and gives its number; None when they say nothing new.

    day: the workspace's day; at: the instant (UTC). A key that ends in "/#" gets the change set's
    number, for records that are new each time. Inside the caller's transaction.
    """
    kind = records[0].kind
    number = begin_change_set(
        conn, kind="hand", day=day, at=at, source=SOURCE, by=by, note=note or None, record_kind=kind
    )
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for one in records:
        key = f"{one.key[:-1]}{number}" if one.key.endswith("/#") else one.key
        counts[append_row(conn, one.kind, number, one.source, key, one.ref, one.values)] += 1
    if counts["added"] + counts["changed"] == 0:
        conn.execute("DELETE FROM main.change_set WHERE id = ?", (number,))  # nobody has seen it yet
        return None
    finish_change_set(
        conn, number, len(records), counts["added"], counts["changed"], counts["unchanged"], set_aside=0
    )
    return number


def named_record(conn: sqlite3.Connection, kind: str, account: int, text: str, *, whole: bool = False) -> Record | None:
    """The account's record of that name (case, "_" and "-" do not count) or holding that text; None when there is none.

    Looks at records of every source. whole: only the name as a whole. UsageError LOG-004 when several fit.
    """
    column = TITLES[kind]
    wanted = plain(text)
    found = [one for one in _records(conn, kind, account) if one.values[column]]
    same = [one for one in found if plain(str(one.values[column])) == wanted]
    holding = same or [one for one in found if not whole and wanted in plain(str(one.values[column]))]
    if len(holding) > 1:
        listed = "; ".join(str(one.values[column]) for one in holding[:5])
        raise UsageError.of("LOG-004", f'"{text}" fits {len(holding)} of them: {listed}', next="use more of the words")
    return holding[0] if holding else None


def entry_record(conn: sqlite3.Connection, kind: str, account: int, entry: int) -> Record:
    """The record of a kind that entry #N wrote, as it stands now. UsageError LOG-005 when there is none."""
    found = conn.execute(
        f"SELECT source, key FROM main.{kind} WHERE import_id = ? AND ref IN "
        "(SELECT ref FROM main.identity WHERE account = ? AND retired_by IS NULL) ORDER BY id",
        (entry, account),
    ).fetchall()
    chains = set(found)
    for one in _records(conn, kind, account):
        if (one.source, one.key) in chains or (SOURCE, on_top(one)) in chains:
            return one
    raise UsageError.of(
        "LOG-005", f"entry #{entry} holds no {kind} of this account", next="cs log list ACCOUNT shows the entries"
    )


def on_top(one: Record) -> str:
    """The key under which a hand's word on an imported record is kept, so that the next import leaves it alone."""
    return f"{one.source}:{one.key}"


def imported_from(conn: sqlite3.Connection, one: Record) -> str | None:
    """The source of the imported record that a record by hand lies on; None for one of its own."""
    source, _, key = one.key.partition(":")
    found = conn.execute(f"SELECT 1 FROM main.{one.kind} WHERE source = ? AND key = ? LIMIT 1", (source, key))
    return source if found.fetchone() else None


def _records(conn: sqlite3.Connection, kind: str, account: int) -> list[Record]:
    """The account's records of a kind as they stand, with what was said of them by hand."""
    names = list(KINDS[kind])
    over, own = "", ""
    listed = ", ".join(f'k."{name}"' for name in names)
    if kind in LAID_OVER:
        listed = ", ".join(f'coalesce(h."{name}", k."{name}")' for name in names)
        over = (
            f"LEFT JOIN main.{kind} h ON h.source = '{SOURCE}' AND h.key = k.source || ':' || k.key "
            "AND h.retired_by IS NULL "
        )
        own = f"AND NOT (k.source = '{SOURCE}' AND k.{TITLES[kind]} IS NULL) "
    return [
        Record(kind, source, key, ref, dict(zip(names, values, strict=True)))
        for source, key, ref, *values in conn.execute(
            f"SELECT k.source, k.key, k.ref, {listed} FROM main.{kind} k "
            f"JOIN main.identity i ON i.ref = k.ref AND i.retired_by IS NULL {over}"
            f"WHERE k.retired_by IS NULL AND i.account = ? {own}ORDER BY k.id",
            (account,),
        )
    ]


def _named(kind: str) -> str:
    """The table of a kind; what a hand said of an imported record bears that record's name."""
    if kind not in LAID_OVER:
        return f"main.{kind}"
    title = TITLES[kind]
    names = ", ".join(f"o.{name}" for name in KINDS[kind] if name != title)
    return (
        f"(SELECT o.id, o.import_id, o.ref, {names}, coalesce(o.{title}, (SELECT b.{title} FROM main.{kind} b "
        "WHERE b.source = substr(o.key, 1, instr(o.key, ':') - 1) AND b.key = substr(o.key, instr(o.key, ':') + 1) "
        f"ORDER BY b.id DESC LIMIT 1)) AS {title} FROM main.{kind} o)"
    )


def plain(text: str) -> str:
    """A name without its capitals, "_", "-" and double spaces."""
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


# kind → what one entry says, from its columns
_SAYS = {
    "touch": "COALESCE(k.kind, 'touch') || COALESCE(', ' || k.sentiment, '') || COALESCE(': ' || k.note, '')",
    "pulse": "k.score || COALESCE(': ' || k.reason, '')",
    "goal": "k.objective || COALESCE(' (' || k.status || ')', '')",
    "milestone": "k.name || CASE WHEN k.done_on IS NOT NULL THEN ' done ' || k.done_on "
    "WHEN k.due_on IS NOT NULL THEN ' due ' || k.due_on ELSE '' END",
    "request": "COALESCE(k.kind || ': ', '') || COALESCE(k.text, '') "
    "|| COALESCE(' (' || COALESCE(k.decision, k.status) || ')', '')",
    "feedback": "COALESCE(k.theme || ': ', '') || COALESCE(k.quote, '') || COALESCE(' (' || k.status || ')', '')",
    "churn": "COALESCE(k.reason, '') || COALESCE(': ' || k.note, '')",
    "note": "k.text",
    "assignment": "k.role || ': ' || k.who",
}
_DAYS = {"goal": "k.created_on", "milestone": "COALESCE(k.done_on, k.due_on)", "request": "k.asked_on"}
_WHO = {"touch": "k.who", "pulse": "k.who", "note": "k.who"}
LOGGED = tuple(_SAYS)


def entries(
    conn: sqlite3.Connection, *, account: int | None = None, kinds: Sequence[str] = LOGGED, undone: bool = False
) -> list[dict[str, Any]]:
    """What people entered, newest first: {entry, day, kind, account_id, text, who, at, entered, undone_by,
    account}; entered: the day on which it was written down.

    One row per record and entry. undone: also what an undo took back.
    """
    from cs_cli.store.change_sets import undone_by

    which = "" if account is None else " AND i.account = :account"
    parts = [
        f"SELECT c.id AS entry, COALESCE({_DAYS.get(kind, 'k.day')}, c.day) AS day, '{kind}' AS kind, g.account_id, "
        f"{says} AS text, COALESCE({_WHO.get(kind, 'NULL')}, c.by) AS who, c.at, c.day AS entered, "
        "i.account, k.id AS row "
        f"FROM {_named(kind)} k JOIN main.change_set c ON c.id = k.import_id AND c.kind = 'hand' "
        "LEFT JOIN main.identity i ON i.ref = k.ref AND i.retired_by IS NULL "
        f"LEFT JOIN main.account_registry g ON g.account = i.account WHERE 1{which}"
        for kind, says in _SAYS.items()
        if kind in kinds
    ]
    taken_back = undone_by(conn)
    found = rows(conn, " UNION ALL ".join(parts) + " ORDER BY entry DESC, kind, row", {"account": account})
    for one in found:
        del one["row"]
        one["undone_by"] = taken_back.get(one["entry"])
    return [one for one in found if undone or one["undone_by"] is None]
