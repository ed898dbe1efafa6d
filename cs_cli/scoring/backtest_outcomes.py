"""What became of an account after a day: kept, contracted or churned, from what it paid (mrr_span)."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from cs_cli.facts.spans import PAUSE_DAYS

Outcome = Literal["kept", "contracted", "churned"]
NEVER = "9999-12-31"


@dataclass
class Paid:
    """What one account paid: from days[i] on amounts[i] a year, in minor units; None where no rate is known.

    pauses: (from, to) of what rested.
    """

    days: list[str] = field(default_factory=list)
    amounts: list[int | None] = field(default_factory=list)
    pauses: list[tuple[str, str]] = field(default_factory=list)

    def on(self, day: str) -> int | None:
        place = bisect_right(self.days, day) - 1
        return 0 if place < 0 else self.amounts[place]

    def fate(self, day: str, horizon: int) -> tuple[Outcome, str | None] | None:
        """What had become of it `horizon` days later, and since when; None when it paid nothing on the day,
        or an amount is unknown that it takes: who paid nobody knows what and pays nothing any more has churned.

        Judged by the two ends, as movements are: churned and back inside the time counts at its end
        value, and a pause of less than PAUSE_DAYS as contracted. A loss is dated by the day from which it
        lasted to the end.
        """
        before = self.on(day)
        end = (date.fromisoformat(day) + timedelta(days=horizon)).isoformat()
        after = self.on(end)
        if before == 0 or after is None or (before is None and (after > 0 or self.rests(end))):
            return None
        if before is not None and after >= before:
            return "kept", None
        place = bisect_right(self.days, end) - 1
        low = 0 if after == 0 or before is None else before - 1
        while place > 0 and self.days[place - 1] > day and _at_most(self.amounts[place - 1], low):
            place -= 1
        return ("churned" if after == 0 and not self.rests(end) else "contracted"), self.days[place]

    def rests(self, day: str) -> bool:
        """Is it in a pause that is not yet churn?"""
        since = (date.fromisoformat(day) - timedelta(days=PAUSE_DAYS)).isoformat()
        return any(since < start <= day < end for start, end in self.pauses)


def _at_most(amount: int | None, limit: int) -> bool:
    return amount is not None and amount <= limit


def read_paid(conn: sqlite3.Connection) -> dict[int, Paid]:
    """Account → what it paid over time, from the mrr_span that stands, at the rate of its day throughout: what a
    customer does is no matter of currencies."""
    spans: dict[int, list[tuple[str, str, int | None]]] = {}
    pauses: dict[int, list[tuple[str, str]]] = {}
    for account, start, end, amount, status in conn.execute(
        "SELECT m.account, m.from_on, coalesce(m.to_on, ?), CASE WHEN m.minor = 0 THEN 0 "
        "ELSE CAST(ROUND(m.minor * fx.factor) AS INTEGER) END, m.status "
        "FROM mrr_span m LEFT JOIN fx ON fx.currency = m.currency ORDER BY m.account, m.from_on",
        (NEVER,),
    ):
        spans.setdefault(account, []).append((start, end, amount))
        if status == "idle":
            pauses.setdefault(account, []).append((start, end))
    return {account: paid_of(listed, pauses.get(account, ())) for account, listed in spans.items()}


def paid_of(spans: list[tuple[str, str, int | None]], pauses: Iterable[tuple[str, str]] = ()) -> Paid:
    """Spans (from, to, amount) summed over time; a day on which any amount is unknown is unknown."""
    moves: dict[str, list[int]] = {}
    for start, end, amount in spans:
        for day, sign in ((start, 1), (end, -1)):
            move = moves.setdefault(day, [0, 0])
            move[0] += sign * (amount or 0)
            move[1] += sign * (amount is None)
    paid, total, unknown = Paid(pauses=list(pauses)), 0, 0
    for day in sorted(moves):
        total += moves[day][0]
        unknown += moves[day][1]
        now = None if unknown else total
        if not paid.amounts or paid.amounts[-1] != now:
            paid.days.append(day)
            paid.amounts.append(now)
    return paid
