"""The records as if the world had stopped on a day: nothing dated later, while the clock goes on.

With it a score can age without news, which is how `health changes` tells time from data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.store.dialect import expand
from cs_cli.store.kinds import KINDS

if TYPE_CHECKING:
    import sqlite3

# record kind → the day that brings a row into being; an undated row has always been there
BORN = {
    "contact": "created_on", "contract": "start_on", "subscription": "started_on",
    "subscription_step": "from_on", "mrr_event": "day", "invoice": "issued_on", "deal": "created_on",
    "ticket": "opened_on", "survey": "day", "touch": "day", "pulse": "day", "goal": "created_on",
    "request": "asked_on", "feedback": "day", "churn": "day", "note": "day", "fx_rate": "day",
    "assignment": "day",
}  # fmt: skip

# record kind → days that may come later in a row's life, and what the row says until then
LATER: dict[str, dict[str, Mapping[str, str]]] = {
    "account": {"last_activity_on": {"last_activity_on": "NULL"}},
    "contact": {
        "left_on": {"left_on": "NULL"}, "reference_last_asked": {"reference_last_asked": "NULL"},
        "last_activity_on": {"last_activity_on": "NULL"},
    },
    "subscription": {
        "cancelled_on": {"cancelled_on": "NULL", "status": "'active'"},
        "ended_on": {"ended_on": "NULL", "status": "'active'"},
    },
    "invoice": {"paid_on": {"paid_on": "NULL", "amount_paid": "0", "status": "'open'"}},
    "deal": {
        "close_on": {
            "status": "'open'", "stage": "CASE WHEN @is_closed_deal(status) THEN NULL ELSE stage END",
            "close_on": "CASE WHEN @is_closed_deal(status) THEN NULL ELSE close_on END",
        },
    },
    "ticket": {
        "closed_on": {
            "closed_on": "NULL", "closed_at": "NULL", "status": "'open'", "csat": "NULL",
            "csat_positive": "NULL",
        },
    },
    "goal": {"done_on": {"done_on": "NULL", "status": "'open'"}},
    "milestone": {"done_on": {"done_on": "NULL"}},
    "request": {"decided_on": {"decided_on": "NULL", "decision": "NULL", "status": "'open'"}},
}  # fmt: skip


@contextmanager
def rows_until(conn: sqlite3.Connection, day: date) -> Iterator[None]:
    """While inside, the known_… views show no row and no later event dated after the day.

    Call after set_clock; the clock may be set again inside as long as known-at stays the same.
    """
    kinds = sorted({*BORN, *LATER, "usage"})
    before = {kind: _body(conn, kind) for kind in kinds}
    try:
        for kind in kinds:
            _replace(conn, kind, _limited(kind, before[kind], day.isoformat()))
        yield
    finally:
        for kind in kinds:
            _replace(conn, kind, before[kind])


def _body(conn: sqlite3.Connection, kind: str) -> str:
    (text,) = conn.execute(
        "SELECT sql FROM temp.sqlite_master WHERE type = 'view' AND name = ?", (f"known_{kind}",)
    ).fetchone()
    return str(text).partition(" AS ")[2]


def _replace(conn: sqlite3.Connection, kind: str, body: str) -> None:
    conn.execute(f"DROP VIEW temp.known_{kind}")
    conn.execute(f"CREATE TEMP VIEW known_{kind} AS {body}")


def _limited(kind: str, body: str, until: str) -> str:
    """The view's query again, with the day inlined: views take no parameters."""
    if kind == "usage":
        return f"SELECT * FROM ({body}) WHERE day <= '{until}'"
    masks: dict[str, list[str]] = {}
    for event, says in LATER.get(kind, {}).items():
        for column, instead in says.items():
            masks.setdefault(column, []).append(f"WHEN {event} > '{until}' THEN {instead}")
    columns = ["id", "source", "key", "import_id", "line", "origin_import", "origin_line", "ref"]
    columns += [
        f"CASE {' '.join(masks[column])} ELSE {column} END AS {column}" if column in masks else column
        for column in KINDS[kind]
    ]
    born = BORN.get(kind)
    where = "" if born is None else f" WHERE {born} IS NULL OR {born} <= '{until}'"
    return expand(f"SELECT {', '.join([*columns, 'retired_by'])} FROM ({body}){where}")
