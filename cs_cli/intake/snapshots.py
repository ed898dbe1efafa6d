"""Snapshots: the day that a file speaks for, which of a source's files came when, and what was not in them."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cs_cli.store.change_sets import of_kind, undone_by
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

# kinds of which an export holds every record there is; of the others it often holds a span of time
SNAPSHOTS = frozenset(["account", "contact", "subscription", "contract", "deal"])
# periods of these do not go on by themselves
NOT_RENEWING = (
    "over_subscription", "paused_subscription", "unbegun_subscription", "trial_subscription", "dunned_subscription",
)
STALE_SHARE = 0.1  # of the running monthly periods that end before a file's time: then the file is older than that

_DAY_IN_NAME = re.compile(r"(?<![0-9])(20[0-9]{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12][0-9]|3[01])(?![0-9])")
_DOTTED_DAY_IN_NAME = re.compile(r"(?<![0-9])(0[1-9]|[12][0-9]|3[01])\.(0[1-9]|1[0-2])\.(20[0-9]{2})(?![0-9])")
_COPY_NUMBER = re.compile(r"(?: ?\((\d{1,3})\)| - Copy(?: \((\d{1,3})\))?)+$")


@dataclass(frozen=True)
class Spoken:
    """The day that a file speaks for. how: as-of, name, above (the header), repair, rows, time or import; proven: the
    newest day that its rows prove; copy: the number that a browser gave it; time: when it was last written, UTC."""

    day: str
    how: str
    proven: str = ""
    copy: int = 0
    time: str | None = None

    @property
    def said(self) -> bool:
        """Did somebody say the day, rather than rows or a file's time?"""
        return self.how in ("as-of", "name", "above", "repair")

    @property
    def order(self) -> tuple[str, str, int, str]:
        """The order of files of one source that are imported together."""
        return self.day, self.proven, self.copy, self.time or ""


NOT_SAID = Spoken("", "import")


@dataclass(frozen=True)
class Snapshot:
    """An import that is in force: its number and the day it speaks for."""

    number: int
    day: str
    file: str
    sha256: str
    mapping: str
    extent: str | None
    file_time: str | None
    at: str
    columns: frozenset[str]


def spoken(
    conn: sqlite3.Connection, staged: Staged, path: Path, as_of: str | None, repairs: str | None, day: str, zone: str
) -> Spoken:
    """The day a staged file speaks for: as said, in its name, as its rows prove, the file's time, the import's day.

    repairs: the day of the import whose rows it repairs. day: the import's; no file is newer than that.
    """
    name, time = staged.table.name, written_at(path)
    proven, dated = _proven(conn, staged, day)
    copy = copy_number(name)
    for said, how in ((repairs, "repair"), (as_of, "as-of"), (day_in(name), "name"), (_above(staged), "above")):
        if said is not None and (how in ("repair", "as-of") or said <= day):
            return Spoken(said, how, proven, copy, time)
    if time is None:
        return Spoken(day, "import", proven, copy)
    local = written_on(time, zone, day)
    if dated is not None and dated < local and _outlived(conn, staged, local):
        return Spoken(dated, "rows", proven, copy, time)
    return Spoken(local, "time", proven, copy, time)


def written_at(path: Path) -> str | None:
    """When a file was last written, an instant in UTC with microseconds; None for stdin."""
    if str(path) == "-":
        return None
    try:
        return datetime.fromtimestamp(os.stat(path).st_mtime, UTC).isoformat(timespec="microseconds")
    except (OSError, OverflowError, ValueError):
        return None  # a time that is none says nothing


def written_on(time: str | None, zone: str, day: str) -> str:
    """The day in a zone of a file's time, not later than the import's day, which stands where there is no time."""
    if time is None:
        return day
    return min(datetime.fromisoformat(time).astimezone(ZoneInfo(zone)).date().isoformat(), day)


def said_day(as_of: str | None, name: str, day: str) -> str | None:
    """The day that somebody said a file speaks for, by a flag or in its name (one after the import says none)."""
    named = day_in(name)
    return as_of or (named if named is not None and named <= day else None)


def stands_still(conn: sqlite3.Connection, number: int, last: Snapshot) -> None:
    """A snapshot of the same bytes as another one lacks the same records."""
    conn.execute(
        "INSERT OR IGNORE INTO absent SELECT source, kind, key, ?, ? FROM absent WHERE snapshot = ?",
        (number, number, last.number),
    )


def day_in(name: str) -> str | None:
    """The day in a file's name: 2026-06-05, 20260605, 05.06.2026; None where there is none, or several."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    found = {"-".join(match) for match in _DAY_IN_NAME.findall(last)}
    found |= {"-".join(reversed(match)) for match in _DOTTED_DAY_IN_NAME.findall(last)}
    days = {text for text in found if _is_day(text)}
    return days.pop() if len(days) == 1 else None


def copy_number(name: str) -> int:
    """Which download of one name it is: 0, 1 for "x (1).csv", and 1 for "x - Copy.csv"."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].split(".", 1)[0]
    found = _COPY_NUMBER.search(stem)
    return 0 if found is None else int(found.group(1) or found.group(2) or 1)


def snapshots(conn: sqlite3.Connection, source: str, kind: str, fixes: int | None = None) -> list[Snapshot]:
    """The imports of a source that are in force, by the day they speak for, then by their number.

    fixes: those that repair rows of this import instead; they are parts of it, and no snapshots.
    """
    undone = undone_by(conn)
    found = [
        Snapshot(number, day, file, sha, mapping, extent, time, at, frozenset(json.loads(columns or "[]")))
        for number, day, file, sha, mapping, extent, time, at, columns in conn.execute(
            "SELECT id, coalesce(speaks_for, day), coalesce(file, ''), coalesce(sha256, ''), coalesce(mapping, ''), "
            "extent, file_time, at, columns FROM change_set "
            f"WHERE kind = 'import' AND source = :source AND {of_kind('')} AND fixes IS :fixes",
            {"source": source, "kind": kind, "fixes": fixes},
        )
        if number not in undone
    ]
    return sorted(found, key=lambda one: (one.day, one.number))


def day_of(conn: sqlite3.Connection, change_set: int) -> str:
    """The day that a change set speaks for."""
    found = conn.execute("SELECT coalesce(speaks_for, day) FROM change_set WHERE id = ?", (change_set,)).fetchone()
    return str(found[0])


def held_on(conn: sqlite3.Connection, source: str, kind: str, key: str, among: Sequence[Snapshot]) -> list[Snapshot]:
    """Those of the snapshots that held a record."""
    missing = {number for (number,) in conn.execute(
        "SELECT snapshot FROM absent WHERE source = ? AND kind = ? AND key = ?", (source, kind, key)
    )}
    return [one for one in among if one.number not in missing]


def set_stale(conn: sqlite3.Connection, staged: Staged, day: str, among: Sequence[Snapshot]) -> int:
    """TEMP stage_stale(n, key): staged rows of records that a newer snapshot told already. Gives how many.

    Of kinds whose exports hold a span of time, only a version that a newer import wrote counts.
    """
    conn.execute("DROP TABLE IF EXISTS temp.stage_stale")
    conn.execute("CREATE TEMP TABLE stage_stale (n INTEGER PRIMARY KEY, key TEXT NOT NULL)")
    kind, source = staged.source.kind, staged.source.source
    newer = [one.number for one in among if one.day > day]
    if not newer or kind == "usage" or staged.written is not None:
        return 0
    listed = ", ".join(map(str, newer))
    if kind in SNAPSHOTS:
        test = (
            f"(SELECT count(*) FROM absent AS a WHERE a.source = c.source AND a.kind = '{kind}' AND a.key = c.key "
            f"AND a.snapshot IN ({listed})) < {len(newer)}"
        )
    else:
        test = f"coalesce(c.origin_import, c.import_id) IN ({listed})"
    return conn.execute(
        f"INSERT INTO stage_stale SELECT s.n, s.key FROM {staged.stage} AS s JOIN {kind} AS c ON c.source = ? "
        f"AND c.key = s.key AND c.retired_by IS NULL WHERE {test}", (source,),
    ).rowcount


def note_absent(conn: sqlite3.Connection, staged: Staged, number: int, among: Sequence[Snapshot]) -> None:
    """Write down which known records this snapshot did not hold, and which other snapshots did not hold what it
    brought.

    A row that was set aside is in the file, though it could not be read.
    """
    kind, source = staged.source.kind, staged.source.source
    if kind not in SNAPSHOTS:
        return
    conn.executemany(
        "INSERT OR IGNORE INTO absent (source, kind, key, snapshot, change_set) "
        f"SELECT c.source, '{kind}', c.key, ?, ? FROM {kind} AS c WHERE c.source = ? AND c.import_id = ? "
        "AND c.retired_by IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM merge_todo AS t WHERE t.key = c.key AND t.old IS NOT NULL)",
        [(one.number, number, source, number) for one in among if one.number != number],
    )
    aside = b"\n".join(row.raw for row in staged.set_aside).decode("utf-8", "replace")
    missing = [key for (key,) in conn.execute(
        f"SELECT c.key FROM {kind} AS c WHERE c.source = ? AND c.retired_by IS NULL "
        f"AND NOT EXISTS (SELECT 1 FROM {staged.stage} AS s WHERE s.key = c.key) "
        "AND NOT EXISTS (SELECT 1 FROM stage_stale AS o WHERE o.key = c.key)", (source,),
    ) if not (aside and key in aside)]
    conn.executemany(
        "INSERT OR IGNORE INTO absent (source, kind, key, snapshot, change_set) VALUES (?, ?, ?, ?, ?)",
        [(source, kind, key, number, number) for key in missing],
    )


def already_in(
    found: Sequence[Snapshot], sha256: str, mapping: str, said: str | None, time: str | None, *,
    complete: bool, named: str | None = None,
) -> Snapshot | None:
    """The import that a file of these bytes is, None when it says something new.

    The newest state again is nothing new (on a later day it still stands). The bytes of an earlier state are a return
    to it, unless they are that very file (by the day that is said of it, else by when it was written), which lies where
    it lay. named: the day in the file's own name; one that is in for that day is that very file, whatever --as-of says:
    an old export does not turn new. complete: the file is declared whole now, and was not. A mapping has a "+" before
    what options said of reading; one without options fits any of its definition, since what was said is remembered.
    """
    same = [
        one for one in found if one.sha256 == sha256 and mapping in (one.mapping, one.mapping.partition("+")[0])
    ]
    if not same:
        return None
    if named is not None and not complete and (very := next((one for one in same if one.day == named), None)):
        return very
    newest = found[-1]
    on_it = next((one for one in same if one.day == said), None)
    if newest in same and (said is None or said >= newest.day):
        return None if complete and newest.extent != "complete" else newest
    if said is not None:
        return on_it
    return next((one for one in reversed(same) if time is None or _as_written(one, time)), None)


def _as_written(one: Snapshot, time: str) -> bool:
    """Was the file last written when that import read it? Imports of before that was kept: not after they ran."""
    return time == one.file_time if one.file_time is not None else time[:19] <= one.at[:19]


def _above(staged: Staged) -> str | None:
    return staged.table.as_of.isoformat() if staged.table.as_of else None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _proven(conn: sqlite3.Connection, staged: Staged, day: str) -> tuple[str, str | None]:
    """(the newest day up to `day` in any column of days that tells of the past, the newest first day of a period)."""
    have = set(staged.delivered)
    if staged.source.kind not in SNAPSHOTS:
        return "", None
    telling = [name for name in _TELLING if name in have]
    newest = ""
    for name in telling:
        (found,) = conn.execute(
            f'SELECT max("{name}") FROM {staged.stage} WHERE "{name}" <= ?', (day,)
        ).fetchone()
        newest = max(newest, (found or "")[:10])
    period = None
    if "period_starts_on" in have:
        (period,) = conn.execute(
            f"SELECT max(period_starts_on) FROM {staged.stage} WHERE period_starts_on <= ?", (day,)
        ).fetchone()
    return newest, period


_TELLING = (
    "period_starts_on", "last_activity_on", "created_on", "started_on", "cancelled_on", "ended_on", "trial_starts_on",
    "paused_on", "resumed_on", "start_on", "close_on",
)


def _outlived(conn: sqlite3.Connection, staged: Staged, day: str) -> bool:
    """Had a tenth of the running periods ended by that day? Then the file was not made on it: they renew."""
    have = set(staged.delivered)
    if not {"period_starts_on", "renews_on"} <= have:
        return False
    ended = "ended_on IS NULL AND" if "ended_on" in have else ""
    status = "".join(f"NOT {expand(f'@is_{word}(status)')} AND " for word in NOT_RENEWING if "status" in have)
    running, over = conn.execute(
        f"SELECT count(*), coalesce(sum(renews_on < ?), 0) FROM {staged.stage} "
        f"WHERE {ended} {status} period_starts_on IS NOT NULL AND renews_on IS NOT NULL", (day,),
    ).fetchone()
    return bool(running) and over > STALE_SHARE * running
