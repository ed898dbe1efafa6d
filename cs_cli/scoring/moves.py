"""Moves between segments with their days, and how long accounts stay where they are.

A past day is looked at as of that day, every `step` days; between two looks that differ the day of the move is
searched by halves, among those who moved. So a move there and back between two looks is not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_cli.scoring.desk import places_only
from cs_cli.store.clock import set_clock

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

Places = Mapping[int, tuple[str | None, ...]]
# a stage is judged by others' stays once so many of them are over
FEW = 5


class Move(NamedTuple):
    """One account's move: `on` is the first day in the new segment; None as a segment: cannot be told which."""

    account: int
    dimension: str
    before: str | None
    after: str | None
    on: date


class Stay(NamedTuple):
    """One account in one segment. start None: since before the look-back; end None: still there."""

    account: int
    segment: str | None
    start: date | None
    end: date | None


def moves(
    conn: sqlite3.Connection,
    definitions: Definitions,
    since: date,
    day: date,
    known_at: date | None = None,
    *,
    names: Sequence[str] | None = None,
    accounts: Sequence[int] | None = None,
    step: int = 7,
    exact: int = 1,
) -> tuple[Places, list[Move]]:
    """Where everybody was on `since`, and every move until the day, oldest first.

    names: the dimensions, by default all; the tuples of places are in their order. accounts: whose, by default
    everybody's. exact: days within which a move is dated (1: to the day). Replaces account_facts.
    """
    listed = [one.name for one in definitions.segments.dimensions] if names is None else list(names)
    looks = [since + timedelta(days=n) for n in range(0, max((day - since).days, 0), step)] + [day]
    first = before = _places(conn, definitions, looks[0], known_at, listed, accounts)
    found: list[Move] = []

    def search(a: date, b: date, was: Places, now: Places) -> None:
        movers = [one for one in now if one in was and was[one] != now[one]]
        if not movers:
            return
        if (b - a).days <= exact:
            for one in movers:
                pairs = zip(listed, was[one], now[one], strict=True)
                found.extend(Move(one, name, old, new, b) for name, old, new in pairs if old != new)
            return
        middle = a + (b - a) // 2
        between = _places(conn, definitions, middle, known_at, listed, movers)
        search(a, middle, {one: was[one] for one in movers}, between)
        search(middle, b, between, {one: now[one] for one in movers})

    for start, end in pairwise(looks):
        after = _places(conn, definitions, end, known_at, listed, accounts)
        search(start, end, before, after)
        before = after
    return first, sorted(found, key=lambda one: (one.on, one.account, listed.index(one.dimension)))


def _places(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None,
    names: Sequence[str],
    accounts: Sequence[int] | None,
) -> dict[int, tuple[str | None, ...]]:
    set_clock(conn, day, known_at, accounts)
    places_only(conn, definitions, day, names)
    listed = "".join(f', "{name}"' for name in names)
    return {row[0]: tuple(row[1:]) for row in conn.execute(f"SELECT account{listed} FROM account_facts")}


def stays(first: Places, moved: Sequence[Move], place: int, dimension: str) -> list[Stay]:
    """The stays of one dimension (the place-th of the tuples), by account and time."""
    found: list[Stay] = []
    by_account: dict[int, list[Move]] = {}
    for one in moved:
        if one.dimension == dimension:
            by_account.setdefault(one.account, []).append(one)
    for account in sorted(first):
        segment, start = first[account][place], None
        for one in by_account.get(account, []):
            found.append(Stay(account, segment, start, one.on))
            segment, start = one.after, one.on
        found.append(Stay(account, segment, start, None))
    return found


def stage_rows(
    everybody: Sequence[Stay], since: date, day: date, judged: Collection[str | None]
) -> dict[int, dict[str, Any]]:
    """Account → {stage, since, days, typical_days, n, pace} of the stage it is in.

    days is a lower bound where since is None. typical_days: the median of the stays of everybody in that stage that
    began and ended in the look-back, n of them. pace: behind when it is longer than that, stuck when it is more than
    twice as long; None for a stage that is not judged (one where it is good to be), under FEW stays, or while that
    cannot be told.
    """
    lengths: dict[str | None, list[int]] = {}
    for one in everybody:
        if one.start is not None and one.end is not None:
            lengths.setdefault(one.segment, []).append((one.end - one.start).days)
    found: dict[int, dict[str, Any]] = {}
    for one in everybody:
        if one.end is not None:
            continue
        over = lengths.get(one.segment, [])
        typical = median(over) if len(over) >= FEW else None
        days = (day - (one.start or since)).days
        pace = None
        if typical is not None and one.segment in judged:
            pace = (
                "stuck"
                if days > 2 * typical
                else "behind"
                if days > typical
                else None
                if one.start is None
                else "on time"
            )
        found[one.account] = {
            "stage": one.segment,
            "since": None if one.start is None else one.start.isoformat(),
            "days": days,
            "typical_days": typical,
            "n": len(over),
            "pace": pace,
        }
    return found
