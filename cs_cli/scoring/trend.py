"""Health and segments week by week: those of the last Mondays, each as of its own day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cs_cli.scoring.bands import steps_before
from cs_cli.scoring.desk import score_only
from cs_cli.scoring.elsewhere import elsewhere
from cs_cli.store.clock import set_clock

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


Places = tuple[str | None, ...]
# account → its health (None: unknown) and its segments, in the order of the dimensions
Step = dict[int, tuple[float | None, Places]]


class Trend(NamedTuple):
    """One account's health: points of the last 13 Mondays and the day, oldest first, None where unknown.

    change_4w and change_13w: the day less the Monday four and thirteen weeks before; None when either
    is unknown. places: its segments on those Mondays, in the order of the dimensions; without the day.
    """

    days: tuple[date, ...]
    points: tuple[float | None, ...]
    places: tuple[Places, ...]

    @property
    def change_4w(self) -> float | None:
        return self._change(4)

    @property
    def change_13w(self) -> float | None:
        return self._change(13)

    def _change(self, weeks: int) -> float | None:
        now, before = self.points[-1], self.points[-1 - weeks]
        return None if now is None or before is None else round(now - before, 1)


def trends(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None,
    accounts: Sequence[int],
    today: Mapping[int, float | None],
) -> dict[int, Trend]:
    """The trends of some accounts. today: their health on the day, None where the band is unknown.

    Call after build_desk; what it made stands again afterwards.
    """
    steps = steps_before(day)[::-1]
    asked = list(accounts)
    past = _kept(conn, steps) or _worked_out(conn, definitions, known_at, asked, steps)
    nothing: tuple[float | None, Places] = None, ()
    found = {}
    for account in asked:
        weeks = [one.get(account, nothing) for one in past]
        points = (*(score for score, _ in weeks), today.get(account))
        found[account] = Trend((*steps, day), points, tuple(places for _, places in weeks))
    return found


def _worked_out(
    conn: sqlite3.Connection,
    definitions: Definitions,
    known_at: date | None,
    accounts: Sequence[int],
    steps: Sequence[date],
) -> list[Step]:
    with elsewhere(conn, "weeks"):
        return [_on(conn, definitions, step, known_at, accounts) for step in steps]


def _on(
    conn: sqlite3.Connection, definitions: Definitions, step: date, known_at: date | None, accounts: Sequence[int]
) -> Step:
    """Health and segments on another day. Replaces account_facts."""
    names = [dimension.name for dimension in definitions.segments.dimensions]
    set_clock(conn, step, known_at, accounts)
    score_only(conn, definitions, step, also=names)
    listed = "".join(f', f."{name}"' for name in names)
    return {
        account: (None if band == "unknown" else health, tuple(places))
        for account, health, band, *places in conn.execute(
            f"SELECT s.account, s.health, s.band{listed} FROM temp.account_scores s "
            "JOIN temp.account_facts f ON f.account = s.account"
        )
    }


def _kept(conn: sqlite3.Connection, steps: Sequence[date]) -> list[Step]:
    """Those of these days as a run kept them; empty where it did not."""
    if not any(row[1] == "places" for row in conn.execute("PRAGMA temp.table_info(account_trend)")):
        return []
    decode = msgspec.json.Decoder(tuple[str | None, ...]).decode
    found: dict[str, Step] = {step.isoformat(): {} for step in steps}
    for account, step, score, places in conn.execute("SELECT account, step, score, places FROM temp.account_trend"):
        found[step][account] = score, decode(places)
    return list(found.values())


def keep_trends(conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None) -> None:
    """TEMP TABLE account_trend(account, step, score, places) of everybody, for the score cache."""
    everybody = [account for (account,) in conn.execute("SELECT account FROM temp.population ORDER BY account")]
    steps = steps_before(day)[::-1]
    past = _worked_out(conn, definitions, known_at, everybody, steps)
    encode = msgspec.json.Encoder().encode
    nothing: tuple[float | None, Places] = None, ()
    conn.execute("CREATE TEMP TABLE account_trend(account INTEGER, step TEXT, score REAL, places TEXT)")
    conn.executemany(
        "INSERT INTO temp.account_trend VALUES (?, ?, ?, ?)",
        [
            (account, step.isoformat(), score, encode(places).decode())
            for account in everybody
            for step, known in zip(steps, past, strict=True)
            for score, places in [known.get(account, nothing)]
        ],
    )
