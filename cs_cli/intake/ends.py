"""Whether an end in a file is the last day of service or the first free one; in the store it is the first free one.

Sheets and CRMs often write 31 May, and the next term begins on 1 June; billing systems write 1 June. Who declares
nothing is read as the file shows: ends the day before the account's next one begins are last days, ends on its day are
first free ones. Both in one file is a question. Contracts keep their day as it is written, because it is their renewal
day (see spans.sql).
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING

from cs_cli.base.days import add_months
from cs_cli.base.errors import InputRefused
from cs_cli.intake.again import quoted
from cs_cli.intake.plan import Memory, Remembered
from cs_cli.intake.results import ImportOptions

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

FIRST_FREE, LAST = "first_free_day", "last_day"
ENDS = (FIRST_FREE, LAST)
# words of column_reading: what the file proved or somebody said; and how it was read, whyever
WORD, READ = "ends", "ends_read"
_COLUMN = {"subscription": "ended_on", "contract": "end_on"}
_NEVER = "9999"
FEW = 3  # spans of whole months less a day, and at least half of all, that ask for a look
SURE = 2  # accounts whose next one begins the day after; one alone proves it only with a span of whole months


@dataclass
class Votes:
    """How often an account's next one begins the day after an end (last), or on it (first). whole: of the former, how
    many are ends of whole months by that reading. ends: how many there are; short: how many make whole months less a
    day, whatever comes next."""

    last: int = 0
    first: int = 0
    whole: int = 0
    ends: int = 0
    short: int = 0

    @property
    def says_last(self) -> bool:
        return self.last >= SURE or self.whole > 0

    @property
    def verdict(self) -> str | None:
        """The reading that the file shows; "mixed", or None where it shows nothing."""
        if self.says_last:
            return "mixed" if self.first else LAST
        return FIRST_FREE if self.first else None

    def __str__(self) -> str:
        said = [f"{n:,} {'lies' if n == 1 else 'lie'} {where}" for n, where in (
            (self.last, "the day before the next one of the account begins"), (self.first, "on the day it begins"),
        ) if n]
        return " and ".join(said)


def count(rows: Iterable[tuple[object, str | None, str | None]]) -> Votes:
    """(account, first day, end) of every row, days in ISO text."""
    spans: dict[object, list[tuple[str, str | None]]] = defaultdict(list)
    for account, start, end in rows:
        if account is not None and start is not None:
            spans[account].append((start, end))
    votes = Votes()
    for several in spans.values():
        starts = {start for start, _ in several}
        for start, end in several:
            if end is None or end <= start or end >= _NEVER:
                continue
            after = day_after(end)
            short = _whole(start, after)
            votes.ends += 1
            votes.short += short
            votes.first += end in starts
            if after in starts:
                votes.last += 1
                votes.whole += short
    return votes


def settle_ends(staged: Staged, conn: sqlite3.Connection, options: ImportOptions) -> None:
    """Turn last days of service into first free ones in the stage. Raises InputRefused IMP-226 when the file shows
    both, or another reading than earlier ones, and nobody has said which."""
    source = staged.source
    column = _COLUMN.get(source.kind)
    if column is None or column not in staged.delivered:
        return
    said = options.ends or source.ends
    if source.kind == "contract":
        if said is not None:
            staged.ends = _as(said, staged, said=options.ends is not None)
        return
    votes = _votes(conn, staged)
    field = next(f for f in staged.plan.fields if f.column == column)
    before = staged.plan.remembered.get((staged.plan.place_of(field), WORD))
    reading = said or _found(staged, votes, before, field.header, options)
    odd = said is not None and votes.verdict not in (None, said)
    if odd:
        staged.notes.append(f"{field.header!r} is read as {_words(reading)}, as said, though of these ends {votes}")
    if reading == LAST:
        days = conn.execute(
            f"SELECT DISTINCT {column} FROM {staged.stage} WHERE {column} < ?", (_NEVER,)
        ).fetchall()
        conn.executemany(
            f"UPDATE {staged.stage} SET {column} = ? WHERE {column} = ?",
            # from the latest on, so that no day is moved twice
            [(day_after(day), day) for (day,) in sorted(days, reverse=True)],
        )
        shown = f"{votes}" if votes.verdict == LAST else "as before" if before else "by metrics.yaml"
        if days and not odd:
            staged.notes.append(f"{field.header!r} is read as {_words(LAST)}: {'as said' if said else shown}")
    proven = votes.verdict == reading and said is None
    staged.ends = _as(reading, staged, said=options.ends is not None, kept=options.ends is not None or proven)


def reading_of(conn: sqlite3.Connection, source: str) -> str:
    """How the ends of a source's stored subscriptions are read."""
    from cs_cli.intake.memory import recall

    return next((one.value for (_, word), one in recall(conn, source).items() if word == READ), FIRST_FREE)


def moved_by(staged: Staged, before: str, past: int) -> Callable[[str], str] | None:
    """How ends that are stored move, where they were read as `before` and this file's are read otherwise.

    Raises InputRefused IMP-226 for an older file (past: how many of its rows newer ones told already).
    """
    if staged.source.kind != "subscription" or staged.ends is None or staged.ends[0].value == before:
        return None
    if past:
        raise InputRefused.of(
            "IMP-226", f"newer files of this source were read as {_words(before)}, this older one would not be",
            file=staged.table.name, expected="one reading for all of them",
            next=f"cs import {quoted(staged.table.name)} --ends {before}; or the newest file first, with "
            f"--ends {staged.ends[0].value}",
        )
    return day_after if staged.ends[0].value == LAST else day_before


def suspects(conn: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Sources whose stored ends show another reading than they had: (source, what is seen, what to do).

    Call after set_clock. Of a source that was read as last days a true first free day lies a day after the next one's
    start; of one read as first free days a last day lies a day before it. Without a next one, spans of whole months
    less a day tell it, where most of several are.
    """
    found = []
    from cs_cli.intake.memory import recall

    for (source,) in conn.execute(
        "SELECT DISTINCT source FROM known_subscription WHERE ended_on IS NOT NULL ORDER BY source"
    ).fetchall():
        kept = {word: one for (_, word), one in recall(conn, source).items()}
        if WORD in kept and kept[WORD].said:
            continue  # a person has settled it
        reading = reading_of(conn, source)
        rows = conn.execute(
            "SELECT a.account, s.started_on, s.ended_on FROM known_subscription s JOIN account_of a ON a.ref = s.ref "
            "WHERE s.source = ? ORDER BY s.key", (source,),
        ).fetchall()
        moved = reading == LAST
        votes = count((account, start, day_before(end) if moved and end else end) for account, start, end in rows)
        if votes.verdict in (None, reading):
            if votes.verdict is not None or moved or votes.short < FEW or 2 * votes.short < votes.ends:
                continue
            seen = f"of {votes.ends:,} ends {votes.short:,} lie a day before whole months"
        else:
            seen = f"of the ends {votes}"
        other = FIRST_FREE if moved else LAST
        found.append((source, f"{seen}, and are read as {_words(reading)}",
                      f"import the file again with --ends {other}, or {reading} to keep it so"))
    return found


def memory(staged: Staged) -> Memory:
    """What an import keeps of the reading: as proof for the next file, and to show the cell as it was written."""
    if staged.ends is None:
        return {}
    field = next(f for f in staged.plan.fields if f.column == _COLUMN[staged.source.kind])
    place = staged.plan.place_of(field)
    found = {(place, READ): staged.ends[0]}
    if staged.ends[1]:
        found[place, WORD] = staged.ends[0]
    return found


def day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _found(
    staged: Staged, votes: Votes, before: Remembered | None, header: str, options: ImportOptions
) -> str:
    """What the file shows, else what earlier ones did, else the default."""
    verdict: str | None = votes.verdict
    if verdict == "mixed" and before is None:
        what = f"are these ends last days of service, or first free days? {votes}"
    elif verdict in ENDS and before is not None and verdict != before.value:
        what = f"{before.since} was read as {_words(before.value)}; here of the ends {votes}"
    else:
        kept = options.ends_default if before is None else before.value
        return verdict if verdict is not None and verdict in ENDS else kept
    raise InputRefused.of(
        "IMP-226", what, file=staged.table.name, name=header, expected="one reading for the whole column",
        next=f"cs import {quoted(staged.table.name)} --ends last_day, or --ends first_free_day; "
        "or `ends:` in the source's file",
    )


def _votes(conn: sqlite3.Connection, staged: Staged) -> Votes:
    if "started_on" not in staged.delivered:
        return Votes()
    return count(conn.execute(
        f"SELECT coalesce(ext, ref), started_on, ended_on FROM {staged.stage} ORDER BY n"
    ))


def _whole(start: str, free: str) -> bool:
    """Does the span make whole months, with `free` as its first free day?"""
    begin, end = date.fromisoformat(start), date.fromisoformat(free)
    months = (end.year - begin.year) * 12 + end.month - begin.month
    return months >= 1 and add_months(begin, months) == end


def _words(reading: str) -> str:
    return "last days of service" if reading == LAST else "first free days"


def _as(reading: str, staged: Staged, *, said: bool, kept: bool = True) -> tuple[Remembered, bool]:
    return Remembered(reading, PurePath(staged.table.name).name, said=said), kept
