"""What a snapshot says of subscriptions, laid into their lines in time: rows of subscription_step.

A subscription whose snapshots all said the same has no steps: its row is its line. A step is written where one says
something else; its key is "subscription@day#change set" of the snapshot that said it, with a * where it is inferred.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from cs_cli.definitions.words import means
from cs_cli.intake.snapshots import Snapshot, day_of, held_on
from cs_cli.intake.stage import Staged
from cs_cli.intake.states import SAID, Observation, Said, Step, hides_a_trial, line, refined, says_the_same, unfolded
from cs_cli.store.kinds import KINDS

COMPUTED = ("from_on", "till_on", "state", "trial_till", "then_arr", "rests_since")
COLUMNS = ("subscription", "seen_on", *COMPUTED, *SAID)
INFERRED = "*"
Move = Callable[[str], str]
_SAID = ", ".join(f'"{name}"' for name in SAID)
# days that date a new state and make none
OWN_DAYS = frozenset(["trial_starts_on", "paused_on", "resumed_on", "period_starts_on"])
DATING = OWN_DAYS | {"trial_ends_on"}


def observe(
    conn: sqlite3.Connection, source: str, change_set: int, day: str, among: Sequence[Snapshot], stage: str,
    undated: Collection[str] = (), *, correct: bool, move: Move | None = None,
) -> list[str]:
    """Lay what the merge just before of a stage changed (temp.merge_todo) into the lines; gives notes for people.

    day: the one the file speaks for. among: the source's snapshots in force. undated: the keys that are over without a
    day in the file, so that what ran before says when. correct: what the file says takes the place of the state before
    it, for all the time of that. move: what was known has other ends now, because they are read otherwise.
    """
    differs = " OR ".join(f'n."{name}" IS NOT o."{name}"' for name in SAID if name not in OWN_DAYS)
    news, olds = (", ".join(f'{alias}."{name}"' for name in SAID) for alias in ("n", "o"))
    rows = conn.execute(
        f"SELECT n.key, n.line, n.ref, o.import_id, o.origin_import, o.line, o.origin_line, {news}, {olds} "
        "FROM merge_todo AS t JOIN subscription AS o ON o.id = t.old JOIN subscription AS n "
        "ON n.source = o.source AND n.key = o.key AND n.retired_by IS NULL "
        f"WHERE n.source = ? AND n.import_id = ? AND ({differs}) ORDER BY n.key", (source, change_set),
    ).fetchall()
    earlier, cut = [], []
    for key, at, ref, written, origin, old_line, origin_line, *values in rows:
        new = dict(zip(SAID, values[:len(SAID)], strict=True))
        old = dict(zip(SAID, values[len(SAID):], strict=True))
        here = _Line(conn, source, key, ref, change_set, among)
        if move is not None:
            here.move(move)
            if old["ended_on"] not in (None, day_of(conn, origin or written)):
                old["ended_on"] = move(old["ended_on"])
        if here.legacy or not here.told:
            here.take_row(old, origin or written, origin_line or old_line)
        if move is not None and all(_equal(new[name], old[name]) for name in SAID if name not in OWN_DAYS):
            here.write()
            continue
        if key in undated:
            new["ended_on"] = None
        this = Observation(day, change_set, new, line=at)
        if correct:
            here.correct(this)
        else:
            last = here.told[-1]
            here.add(this)
            if _sooner(new["started_on"], last.said["started_on"]):
                earlier.append(key)
            dated = this.state == "ended" and not this.ends_undated
            if dated and (this.end or day) < here.seen_before(this) and last.state != "ended":
                cut.append(key)
        here.write()
    for key in sorted(set(undated) - {row[0] for row in rows}):
        # it ended before, too; should a file show that it ran between, this end is another one
        ref, by, at, *values = conn.execute(
            f"SELECT ref, coalesce(origin_import, import_id), coalesce(origin_line, line), {_SAID} FROM subscription "
            "WHERE source = ? AND key = ? AND retired_by IS NULL", (source, key),
        ).fetchone()
        here = _Line(conn, source, key, ref, change_set, among)
        if not here.told:
            here.take_row(dict(zip(SAID, values, strict=True)), by, at)
        if not here.told[-1].ends_undated:
            here.add(Observation(day, change_set, {**here.told[-1].said, "ended_on": None, "cancelled_on": None}))
            here.write()
    if correct:
        # what a file of this day said as a new state, and says as a correction now
        for key, at, ref, *values in conn.execute(
            f"SELECT s.key, s.line, n.ref, {news} FROM {stage} AS s JOIN subscription AS n ON n.source = :source "
            "AND n.key = s.key AND n.retired_by IS NULL AND n.import_id <> :number WHERE EXISTS (SELECT 1 "
            "FROM subscription_step AS t WHERE t.source = :source AND t.subscription = s.key AND t.seen_on = :day "
            "AND t.retired_by IS NULL) ORDER BY s.key", {"source": source, "number": change_set, "day": day},
        ).fetchall():
            here = _Line(conn, source, key, ref, change_set, among)
            here.correct(Observation(day, change_set, dict(zip(SAID, values, strict=True)), line=at))
            here.write()
    notes = []
    if earlier:
        notes.append(f"{_subscriptions(earlier)} an earlier start than before: what was known of those days stands; "
                     "--correct rewrites it")
    if cut:
        notes.append(f"{_subscriptions(cut)} an end from before the last export, which still showed it running: "
                     "the days since then count no more")
    return notes


def observe_one(
    conn: sqlite3.Connection, source: str, key: str, change_set: int, day: str, among: Sequence[Snapshot]
) -> None:
    """Lay what a change set by hand just wrote of one subscription into its line; it speaks for the day."""
    (ref, *new), (_, *old) = (
        conn.execute(
            f"SELECT ref, {_SAID} FROM subscription WHERE source = ? AND key = ? AND {version} ORDER BY id DESC",
            (source, key, *values),
        ).fetchone()
        for version, values in (("retired_by IS NULL", ()), ("retired_by = ?", (change_set,)))
    )
    here = _Line(conn, source, key, ref, change_set, among)
    if here.legacy or not here.told:
        here.take_row(dict(zip(SAID, old, strict=True)), change_set, None)
    last = max(day, here.told[-1].seen_on)
    here.add(Observation(last, change_set, dict(zip(SAID, new, strict=True))))
    here.write()


def observe_older(
    conn: sqlite3.Connection, staged: Staged, change_set: int, day: str, among: Sequence[Snapshot], *, correct: bool
) -> int:
    """Lay staged rows that newer snapshots told already (temp.stage_stale) into the past; gives how many changed it."""
    given = set(staged.delivered)
    values = ", ".join(f's."{name}"' if name in given else "NULL" for name in SAID)
    olds = ", ".join(f'c."{name}"' for name in SAID)
    source = staged.source.source
    rows = conn.execute(
        f"SELECT s.key, s.line, c.ref, c.import_id, c.origin_import, c.line, c.origin_line, {values}, {olds} "
        f"FROM stage_stale AS o JOIN {staged.stage} AS s ON s.n = o.n JOIN subscription AS c "
        "ON c.source = ? AND c.key = s.key AND c.retired_by IS NULL ORDER BY s.key", (source,),
    ).fetchall()
    changed = 0
    for key, at, ref, written, origin, row_line, origin_line, *cells in rows:
        now = dict(zip(SAID, cells[len(SAID):], strict=True))
        here = _Line(conn, source, key, ref, change_set, among)
        if here.legacy or not here.told:
            here.take_row(now, origin or written, origin_line or row_line)
        said = dict(zip(SAID, cells[:len(SAID)], strict=True))
        kept = here.known_on(day)
        said |= {name: kept[name] for name in SAID if name not in given}
        this = Observation(day, change_set, said, line=at)
        if correct:
            here.correct(this)
            changed += here.write()
        else:
            new = here.add(this, older=True)
            changed += here.write() and new
    return changed


def move_ends(
    conn: sqlite3.Connection, source: str, change_set: int, among: Sequence[Snapshot], move: Move
) -> int:
    """Move the ends of those stored subscriptions that the merge just before left as they were, and of all lines,
    because they are read otherwise now; gives how many rows. An end that no cell said, the day of its import, stays."""
    moved = 0
    for number, by, key, ref, ended_on, said_on in conn.execute(
        "SELECT s.id, s.import_id, s.key, s.ref, s.ended_on, coalesce(g.speaks_for, g.day) FROM subscription AS s "
        "JOIN change_set AS g ON g.id = coalesce(s.origin_import, s.import_id) WHERE s.source = ? "
        "AND s.retired_by IS NULL ORDER BY s.key", (source,),
    ).fetchall():
        if by == change_set:
            continue
        here = _Line(conn, source, key, ref, change_set, among)
        if here.told:
            here.move(move)
            here.write()
        if ended_on in (None, said_on):
            continue
        moved += 1
        columns = ", ".join(f'"{name}"' for name in KINDS["subscription"])
        values = ", ".join("?" if name == "ended_on" else f'"{name}"' for name in KINDS["subscription"])
        conn.execute("UPDATE subscription SET retired_by = ? WHERE id = ?", (change_set, number))
        conn.execute(
            f"INSERT INTO subscription (source, key, import_id, line, origin_import, origin_line, ref, {columns}) "
            "SELECT source, key, ?, NULL, coalesce(origin_import, import_id), coalesce(origin_line, line), ref, "
            f"{values} FROM subscription WHERE id = ?", (change_set, move(ended_on), number),
        )
    return moved


class _Line:
    """One subscription's observations as they are written down, and what is to be written."""

    def __init__(
        self, conn: sqlite3.Connection, source: str, key: str, ref: int | None, change_set: int,
        among: Sequence[Snapshot],
    ) -> None:
        self.conn, self.source, self.key, self.ref, self.change_set = conn, source, key, ref, change_set
        self.held = held_on(conn, source, "subscription", key, among)
        self.days = [one.day for one in self.held]
        self.stored: dict[str, tuple[Any, ...]] = {}
        self.told: list[Observation] = []
        self.legacy: list[tuple[str, int, int | None, Said]] = []
        self.plain = False
        for own, by, at, *row in conn.execute(
            "SELECT key, coalesce(origin_import, import_id), coalesce(origin_line, line), "
            f"{', '.join(COLUMNS[1:])} FROM subscription_step "
            "WHERE source = ? AND subscription = ? AND retired_by IS NULL ORDER BY from_on, id", (source, key),
        ):
            said = dict(zip(SAID, row[1 + len(COMPUTED):], strict=True))
            self.stored[own] = (self.ref, *row)
            if own.endswith(INFERRED):
                continue
            if row[3] is None:
                self.legacy.append((row[1], by, at, said))
            else:
                number = own.rpartition("#")[2]
                self.told.append(Observation(row[0], int(number) if number.isdecimal() else by, said, line=at))
        self._sort()

    def take_row(self, row: Said, by: int, at: int | None) -> None:
        """The row as it was, as the first observation; or as the last of steps that say amounts alone."""
        if not self.legacy:
            first = self.held[0] if self.held else None
            day, number = (first.day, first.number) if first else (day_of(self.conn, by), by)
            # later snapshots repeated it with days of their own
            kept = self._row_at(first) if first and first.number < self.change_set else None
            if kept is not None:
                row = {**row, **{name: kept[name] for name in DATING}}
            self.told = [Observation(day, number, row, line=at)]
            self.plain = True
            return
        before: Said = {}
        for place, (day, number, where, said) in enumerate(self.legacy):
            known = {name: value for name, value in said.items() if value is not None}
            rests = not said["arr"] and bool(before.get("arr")) and before.get("plan") == said["plan"]
            idle = not said["arr"] and means("paused_subscription", row["status"])
            whole = {**row, "cancelled_on": None, "ended_on": None, "status": "active", "trial": 0, **known}
            if place:
                whole |= {"trial_ends_on": None}
            if rests or idle:
                whole["status"] = "paused"
            if place == len(self.legacy) - 1:
                whole |= {name: row[name] for name in ("status", "cancelled_on", "ended_on")}
            self.told.append(Observation(day, number, {**whole, "period_starts_on": None}, line=where))
            before = said
        self._sort()

    def move(self, move: Move) -> None:
        """Its ends as they are read now."""
        self.told = [
            one if one.said["ended_on"] in (None, one.seen_on)
            else replace(one, said={**one.said, "ended_on": move(one.said["ended_on"])})
            for one in self.told
        ]

    def known_on(self, day: str) -> Said:
        """What was known on a day, which a file without such columns leaves so; no end that came after it."""
        before = [one for one in self.told if one.seen_on <= day]
        known = before[-1] if before else self.told[0]
        over = not before or known.state == "ended"
        return {**known.said, **({"ended_on": None, "cancelled_on": None} if over else {})}

    def seen_before(self, this: Observation) -> str:
        """The day of the last snapshot before it that held the subscription."""
        return max([day for day in self.days if day < this.seen_on], default=self.told[0].seen_on)

    def add(self, this: Observation, *, older: bool = False) -> bool:
        """Lay an observation in; True when it says another thing than what was known of its day.

        A later snapshot that repeated what stood before it says so from now on itself. older: it comes from a file
        whose rows newer ones have replaced, so that its own days are written down here or nowhere.
        """
        if self.told and self.held:
            # the same may have been said by an older snapshot, which left nothing to write
            first = self.told[0]
            self.told[0] = replace(first, seen_on=min(first.seen_on, self.held[0].day))
        self.days.append(this.seen_on)
        before = [one for one in self.told if one.seen_on <= this.seen_on]
        after = [one for one in self.told if one.seen_on > this.seen_on]
        last = before[-1] if before else None
        same = last or after[0]
        hides = last is not None and hides_a_trial(replace(this, seen_before=self.seen_before(this)), last)
        if says_the_same(same, this) and not hides:
            known = refined(same, this)
            self.told[self.told.index(same)] = known
            if older and _tells_days(this, same):
                self.plain = False
                self.told.append(this)
                self._sort()
                return False
            if all(_equal(known.said[name], this.said[name]) for name in ("started_on", "trial_ends_on")):
                return False
            if last is not None:
                self.plain = False  # its row no longer tells when it began
                return False
        self.plain = False
        self.told.append(this)
        following = next((one for one in self.held if one.day > this.seen_on), None)
        if last is not None and following is not None and following.day not in {one.seen_on for one in after}:
            self.told.append(self._as_told(last, following))
        self._sort()
        return True

    def _as_told(self, last: Observation, following: Snapshot) -> Observation:
        """What a snapshot that repeated the state before said itself, with its own days where its row is kept."""
        again = replace(last, seen_on=following.day, order=following.number)
        row = self._row_at(following)
        if row is None or not says_the_same(again, replace(again, said=row)):
            return again
        return replace(again, said={**again.said, **{name: row[name] for name in DATING}})

    def _row_at(self, snapshot: Snapshot) -> Said | None:
        """The row that stood after a snapshot came in; None where none is kept."""
        row = self.conn.execute(
            f"SELECT {_SAID} FROM subscription WHERE source = ? AND key = ? AND import_id <= ? "
            "AND (retired_by IS NULL OR retired_by > ?) ORDER BY id DESC LIMIT 1",
            (self.source, self.key, snapshot.number, snapshot.number),
        ).fetchone()
        return None if row is None else dict(zip(SAID, row, strict=True))

    def correct(self, this: Observation) -> None:
        """What this file says has been so for all the time of the state that was known before its day."""
        before = [one for one in self.told if one.seen_on < this.seen_on] or self.told[:1]
        after = [one for one in self.told if one.seen_on > this.seen_on and one not in before]
        self.told = [*before[:-1], replace(before[-1], said=this.said), *after]
        self.plain = len(self.told) == 1

    def write(self) -> bool:
        """Append the steps that differ from what is written, retire what they replace; True when any did."""
        told = [replace(one, seen_before=self.seen_before(one)) for one in self.told]
        steps = [] if self.plain else line(unfolded(told))
        rows = {self._key_of(step): (step, _row(self.ref, step)) for step in steps}
        gone = [own for own, row in self.stored.items() if own not in rows or rows[own][1] != row]
        self.conn.executemany(
            "DELETE FROM subscription_step WHERE source = ? AND key = ? AND retired_by IS NULL AND import_id = ?",
            [(self.source, own, self.change_set) for own in gone],
        )
        self.conn.executemany(
            "UPDATE subscription_step SET retired_by = ? WHERE source = ? AND key = ? AND retired_by IS NULL",
            [(self.change_set, self.source, own) for own in gone],
        )
        new = [(own, step, row) for own, (step, row) in rows.items() if self.stored.get(own) != row]
        marks = ", ".join("?" * (7 + len(COLUMNS)))
        self.conn.executemany(
            "INSERT INTO subscription_step (source, key, import_id, line, origin_import, origin_line, ref, "
            f"{', '.join(COLUMNS)}) VALUES ({marks})",
            [(self.source, own, self.change_set, *_origin(step, self.change_set), self.ref, self.key, *row[1:])
             for own, step, row in new],
        )
        return bool(gone or new)

    def _key_of(self, step: Step) -> str:
        return f"{self.key}@{step.seen.seen_on}#{step.seen.order}{INFERRED * step.seen.inferred}"

    def _sort(self) -> None:
        self.told.sort(key=lambda one: (one.seen_on, one.order))


def _origin(step: Step, change_set: int) -> tuple[Any, ...]:
    """(line, origin_import, origin_line): a step that another snapshot said points to that one's file."""
    own = step.seen.order == change_set
    return (step.seen.line, None, None) if own else (None, step.seen.order, step.seen.line)


def _row(ref: int | None, step: Step) -> tuple[Any, ...]:
    return (ref, step.seen.seen_on, *(getattr(step, name) for name in COMPUTED), *(step.seen.said[n] for n in SAID))


def _tells_days(one: Observation, other: Observation) -> bool:
    """Does it date a state by other days of its own?"""
    return any(one.said[name] is not None and one.said[name] != other.said[name] for name in DATING)


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


def _sooner(day: str | None, than: str | None) -> bool:
    return day is not None and than is not None and day < than


def _subscriptions(keys: Iterable[str]) -> str:
    named = list(keys)
    one = len(named) == 1
    more = f", … ({len(named)})" if len(named) > 3 else ""
    return f"subscription{'s' * (not one)} {', '.join(named[:3])}{more} now say{'s' * one}"
