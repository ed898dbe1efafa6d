"""How fresh every kind of record is on a day, in one small table that the score cache keeps: TEMP TABLE news."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from cs_cli.facts.coverage import usage_delivery
from cs_cli.facts.news import Delivery, delivery
from cs_cli.facts.sources import EVIDENCE
from cs_cli.store.change_sets import of_kind

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

# kinds of which an export holds what is so on its day; of the others it holds what happened, each row with its day
STATES = frozenset(["account", "contact", "subscription", "contract", "deal"])
NOBODY = 0  # the account number of rows that are about no account


class News(msgspec.Struct, frozen=True):
    """One kind: the day its data are of, and whether it is late.

    day: the newest day that its rows tell of (of states: the day their export is of); looked: the newest day that an
    export speaks for; limit: days after which it is late; rhythm: in words, "" where none shows.
    """

    kind: str
    day: str | None
    looked: str | None
    age: int | None
    limit: int | None
    late: bool
    rhythm: str


def news_on(conn: sqlite3.Connection, settings: Settings, day: date) -> list[News]:
    """Every kind that was ever imported by the day, by name; from TEMP TABLE news where it is of this day and clock."""
    if conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'news'").fetchone() is None or not conn.execute(
        "SELECT 1 FROM temp.news n, temp.clock c WHERE n.on_day = ? AND n.known IS c.known LIMIT 1", (day.isoformat(),)
    ).fetchone():
        build_news(conn, settings, day)
    return [
        News(kind, newest, looked, age, limit, bool(late), rhythm)
        for kind, newest, looked, age, limit, late, rhythm in conn.execute(
            "SELECT kind, day, looked, age, late_after, late, rhythm FROM temp.news WHERE kind <> '' ORDER BY kind"
        )
    ]


def build_news(conn: sqlite3.Connection, settings: Settings, day: date) -> None:
    """TEMP TABLE news(account, on_day, known, kind, day, looked, age, late_after, late, rhythm); call after set_clock.

    One row without a kind stands even where nothing was imported.
    """
    conn.execute("DROP TABLE IF EXISTS temp.news")
    conn.execute(
        "CREATE TEMP TABLE news(account INTEGER, on_day TEXT, known INTEGER, kind TEXT, day TEXT, looked TEXT, "
        "age INTEGER, late_after INTEGER, late INTEGER, rhythm TEXT)"
    )
    (known,) = conn.execute("SELECT known FROM temp.clock").fetchone()
    on = (NOBODY, day.isoformat(), known)
    conn.execute("INSERT INTO temp.news(account, on_day, known, kind) VALUES (?, ?, ?, '')", on)
    for kind in sorted([*EVIDENCE, "usage"]):
        if not _imported(conn, kind):
            continue
        found = usage_delivery(conn, settings, day) if kind == "usage" else delivery(conn, settings, day, kind)
        if found.delivered:
            row = (kind, _data_day(kind, found, day), found.looked, found.age, found.limit, int(found.late))
            said = found.rhythm.said() if found.rhythm else ""
            conn.execute("INSERT INTO temp.news VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*on, *row, said))


def _data_day(kind: str, found: Delivery, day: date) -> str | None:
    # a close or an end that was planned for a day is no news of that day
    if kind in STATES and found.looked:
        return found.looked
    covered = None if found.age is None else (day - timedelta(days=found.age)).isoformat()
    return covered if kind in STATES or kind == "usage" else found.newest or covered


def _imported(conn: sqlite3.Connection, kind: str) -> bool:
    row = conn.execute(
        f"SELECT 1 FROM change_set c WHERE c.kind = 'import' AND {of_kind('c.')} LIMIT 1", {"kind": kind}
    ).fetchone()
    return row is not None
