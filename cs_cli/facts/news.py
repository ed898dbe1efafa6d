"""How fresh a record kind is on a day: when its rows end, when we last looked, in which rhythm, and if it is late."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from cs_cli.facts import rhythm
from cs_cli.facts.rhythm import Rhythm
from cs_cli.facts.seen import has_undated, newest, recent_days
from cs_cli.facts.sources import EVIDENCE, UNDATED, limit
from cs_cli.store.change_sets import of_kind

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

_IN_FORCE = (
    "c.kind = 'import' AND (:known IS NULL OR c.id <= :known) AND c.id NOT IN "
    "(SELECT u.undoes FROM change_set u WHERE u.undoes IS NOT NULL AND (:known IS NULL OR u.id <= :known))"
)
QUIET_WEEK = 7  # days without a row that need no explanation in any first file


class Delivery(msgspec.Struct, frozen=True):
    """Whether a kind was ever delivered by the day, and the days since its newest news (None: undated).

    limit: age after which it is late; newest: the newest day of its rows, looked: the newest day an export speaks for.
    """

    delivered: bool
    age: int | None
    limit: int | None
    newest: str | None = None
    looked: str | None = None
    rhythm: Rhythm | None = None

    @property
    def known(self) -> bool:
        """Delivered and not late: then no row means 0, else it means unknown."""
        return self.delivered and not self.late

    @property
    def late(self) -> bool:
        """Delivered before, and its news are older than its rhythm and its limit allow."""
        return self.delivered and self.limit is not None and self.age is not None and self.age > self.limit


def limit_of(settings: Settings, kind: str, found: Rhythm | None) -> int | None:
    """Days after which a kind is late: its limit, but never shorter than its rhythm's patience; None: never."""
    days = limit(settings, kind)
    return days if days is None or found is None else max(days, found.patience)


def delivery(conn: sqlite3.Connection, settings: Settings, day: date, kind: str) -> Delivery:
    """How fresh a record kind (not usage, see build_coverage) is on the day: since its newest row or look.

    An export that brought nothing new is a look. A first file of which the rows end long before the day that it is said
    to be of is an old one: it speaks for the day of its newest row.
    """
    columns = EVIDENCE[kind]
    seen = newest(conn, kind, columns, day)
    undated = kind in UNDATED and has_undated(conn, kind, columns)
    looked = looks(conn, kind, day)
    plain = limit(settings, kind)
    last = looked[-1].isoformat() if looked else None
    if len(looked) == 1 and not _believable(conn, kind, columns, looked[0], plain):
        last = newest(conn, kind, columns, looked[0])
    news = max((one for one in (seen, last) if one), default=None)
    age = (day - date.fromisoformat(news)).days if news else None
    found = None if plain is None else rhythm_of(conn, settings, kind, day, looked)
    return Delivery(news is not None or undated, age, limit_of(settings, kind, found), seen, last, found)


def rhythm_of(
    conn: sqlite3.Connection, settings: Settings, kind: str, day: date, looked: Sequence[date]
) -> Rhythm | None:
    """As declared, else that of its exports, else that of its rows; None where none shows."""
    if kind in settings.rhythm:
        return rhythm.declared(settings.rhythm[kind])
    return rhythm.of_looks(looked) or rhythm.of_looks(recent_days(conn, kind, EVIDENCE[kind], day, rhythm.LOOKED_AT))


def looks(conn: sqlite3.Connection, kind: str, day: date, source: str | None = None) -> list[date]:
    """The days ≤ day that imports of the kind (of one source) speak for, of those that are known and in force."""
    known = conn.execute("SELECT known FROM temp.clock").fetchone()[0]
    return [
        date.fromisoformat(one)
        for (one,) in conn.execute(
            "SELECT DISTINCT coalesce(c.speaks_for, c.day) AS said FROM change_set c "
            f"WHERE {_IN_FORCE} AND {of_kind('c.')} AND said <= :day AND (:source IS NULL OR c.source = :source) "
            "ORDER BY said",
            {"kind": kind, "day": day.isoformat(), "known": known, "source": source},
        )
    ]


def build_looked(conn: sqlite3.Connection, settings: Settings, kind: str) -> None:
    """TEMP TABLE looked(source, day): the newest day that any import of a source that is known speaks for.

    Not bound by the day that is looked at: of a past day, what came later tells what became of it. Sources without an
    import (entries by hand) have no row: what they say is known.
    """
    known = conn.execute("SELECT known FROM temp.clock").fetchone()[0]
    found = conn.execute(
        "SELECT c.source, min(coalesce(c.speaks_for, c.day)), max(coalesce(c.speaks_for, c.day)), max(c.day) "
        "FROM change_set c "
        f"WHERE {_IN_FORCE} AND {of_kind('c.')} AND c.source IS NOT NULL GROUP BY c.source ORDER BY c.source",
        {"kind": kind, "known": known},
    ).fetchall()
    conn.execute("DROP TABLE IF EXISTS temp.looked")
    conn.execute("CREATE TEMP TABLE looked(source TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID")
    for source, first, last, imported in found:
        last = _proven(conn, kind, source, last, date.fromisoformat(imported))
        look = date.fromisoformat(last)
        if first == last and not _believable(conn, kind, EVIDENCE[kind], look, limit(settings, kind)):
            last = newest(conn, kind, EVIDENCE[kind], look)
        conn.execute("INSERT INTO temp.looked VALUES (?, ?)", (source, last))


def _proven(conn: sqlite3.Connection, kind: str, source: str, look: str, imported: date) -> str:
    """The day of a source's newest look, at least that of its newest row: a file is no older than what it says."""
    columns = EVIDENCE[kind]
    of_all = newest(conn, kind, columns, imported)
    if of_all is None or of_all <= look:
        return look
    days = [
        conn.execute(
            f"SELECT max({column}) FROM known_{kind} WHERE source = ? AND {column} <= ?", (source, imported.isoformat())
        ).fetchone()[0]
        for column in columns
    ]
    return max([look, *(str(day) for day in days if day)])


def _believable(
    conn: sqlite3.Connection, kind: str, columns: Sequence[str], look: date, plain: int | None
) -> bool:
    """Do the rows end near enough to the day of the first look that it can be the day of the export? Or does its file's
    name say so?"""
    from cs_cli.intake.snapshots import day_in

    files = conn.execute(
        f"SELECT c.file FROM change_set c WHERE c.kind = 'import' AND {of_kind('c.')} AND c.file IS NOT NULL "
        "AND coalesce(c.speaks_for, c.day) = :look",
        {"kind": kind, "look": look.isoformat()},
    ).fetchall()
    if any(day_in(file) == look.isoformat() for (file,) in files):
        return True
    days = recent_days(conn, kind, columns, look, rhythm.LOOKED_BACK)
    silence = rhythm.longest_silence(days)
    return silence is None or (look - days[-1]).days <= max(plain or 0, 2 * silence, QUIET_WEEK)
