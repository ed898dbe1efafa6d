"""Health week by week: the scores of the last Mondays and of the day, each as of its own day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from cs_cli.scoring.bands import steps_before
from cs_cli.scoring.desk import put_aside, scores_on

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


class Trend(NamedTuple):
    """One account's health: points of the last 13 Mondays and the day, oldest first, None where unknown.

    change_4w and change_13w: the day less the Monday four and thirteen weeks before; None when either
    is unknown.
    """

    days: tuple[date, ...]
    points: tuple[float | None, ...]

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
    past = _kept(conn, steps) or _worked_out(conn, definitions, day, known_at, asked, steps)
    return {
        account: Trend((*steps, day), (*(one.get(account) for one in past), today.get(account))) for account in asked
    }


def _worked_out(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None,
    accounts: Sequence[int],
    steps: Sequence[date],
) -> list[dict[int, float | None]]:
    with put_aside(conn, definitions, day, known_at, accounts):
        return [dict(scores_on(conn, definitions, step, known_at, accounts)) for step in steps]


def _kept(conn: sqlite3.Connection, steps: Sequence[date]) -> list[dict[int, float | None]]:
    """The scores of these days as a run kept them; empty where it did not."""
    if conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'account_trend'").fetchone() is None:
        return []
    found: dict[str, dict[int, float | None]] = {step.isoformat(): {} for step in steps}
    for account, step, score in conn.execute("SELECT account, step, score FROM temp.account_trend"):
        found[step][account] = score
    return list(found.values())


def keep_trends(conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None) -> None:
    """TEMP TABLE account_trend(account, step, score) of everybody, for the score cache."""
    everybody = [account for (account,) in conn.execute("SELECT account FROM temp.population ORDER BY account")]
    steps = steps_before(day)[::-1]
    past = _worked_out(conn, definitions, day, known_at, everybody, steps)
    conn.execute("CREATE TEMP TABLE account_trend(account INTEGER, step TEXT, score REAL)")
    conn.executemany(
        "INSERT INTO temp.account_trend VALUES (?, ?, ?)",
        [
            (account, step.isoformat(), scores.get(account))
            for account in everybody
            for step, scores in zip(steps, past, strict=True)
        ],
    )
