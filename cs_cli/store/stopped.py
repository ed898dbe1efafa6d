"""Exports whose newest file was set aside whole: until a good newer one has come, what they tell is old."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from datetime import date
from typing import NamedTuple

import msgspec

from cs_cli.store.change_sets import undone_by
from cs_cli.store.export_files import Known, all_known, stem_of


class _Import(NamedTuple):
    number: int
    file: str
    stem: str
    day: str


class Stopped(msgspec.Struct, frozen=True):
    """An export that does not come in. since: the day of its newest good file; None when there never was one.

    file, reason, advice: of the newest file that was set aside; more: how many older ones lie there with it.
    """

    source: str
    since: str | None
    file: str
    read_on: str
    speaks_for: str
    ident: str
    reason: str
    advice: str | None
    more: int = 0

    @property
    def text(self) -> str:
        """In one line, for whoever reads a report."""
        since = "nothing of it has come in yet" if self.since is None else f"nothing new since {self.since}"
        return f"import stopped for {self.source}, {since}"


class Histories:
    """The imports in force, by source, as on a day (None: all of them)."""

    def __init__(self, conn: sqlite3.Connection, day: date | None = None) -> None:
        undone, until = undone_by(conn), (day or date.max).isoformat()
        self._of: dict[str, list[_Import]] = defaultdict(list)
        for number, source, file, speaks_for in conn.execute(
            "SELECT id, source, coalesce(file, ''), coalesce(speaks_for, day) FROM change_set "
            "WHERE kind = 'import' AND source IS NOT NULL AND fixes IS NULL AND day <= ? ORDER BY id", (until,),
        ):
            if number not in undone:
                self._of[source].append(_Import(number, file, stem_of(file), speaks_for))

    def source_like(self, file: str) -> str | None:
        """The one source whose files are called like this but for days and numbers; None where none or several are."""
        stem = stem_of(file)
        found = [source for source, some in self._of.items() if stem and any(one.stem == stem for one in some)]
        return found[0] if len(found) == 1 else None

    def same_export(self, source: str, one: str, other: str) -> bool:
        """Are two files of a source of one export? A source that is fed by several has files of several names."""
        stems = {entry.stem for entry in self._of.get(source, ())}
        return len(stems) < 2 or stem_of(one) not in stems or stem_of(one) == stem_of(other)

    def since(self, source: str, file: str) -> str | None:
        """The newest day that a good file of the export speaks for."""
        return max((one.day for one in self._export(source, file)), default=None)

    def superseded(self, known: Known) -> bool:
        """Has a good file of the export come in that is of a later day, or came later and is not of an earlier one?"""
        return known.source is not None and any(
            one.day > known.speaks_for or (one.number > known.before and one.day == known.speaks_for)
            for one in self._export(known.source, known.path)
        )

    def newest(self) -> set[int]:
        """The newest import of each source."""
        return {max(some, key=lambda one: (one.day, one.number)).number for some in self._of.values()}

    def _export(self, source: str, file: str) -> list[_Import]:
        return [one for one in self._of.get(source, ()) if self.same_export(source, file, one.file)]


def stopped_imports(conn: sqlite3.Connection, day: date) -> list[Stopped]:
    """Every export that does not come in on the day, by source. Of several files set aside the newest tells why."""
    aside = [
        one for one in all_known(conn).values()
        if one.state == "aside" and one.source is not None and one.read_on <= day.isoformat()
    ]
    if not aside:
        return []
    histories = Histories(conn, day)
    found: dict[tuple[str, str | None], Stopped] = {}
    for one in sorted(aside, key=lambda one: (one.speaks_for, one.path)):
        if one.source is None or histories.superseded(one):
            continue
        since = histories.since(one.source, one.path)
        before = found.get((one.source, since))
        found[one.source, since] = Stopped(
            one.source, since, one.path, one.read_on, one.speaks_for, one.ident or "", one.reason or "", one.advice,
            0 if before is None else before.more + 1,
        )
    return [found[key] for key in sorted(found, key=lambda key: (key[0], key[1] or ""))]
