"""MRR and its movements by period: monthly, and longer periods as the sum of their months, as these are shown.

Amounts are positive numbers in major units; start + new + reactivation + expansion − contraction − churn = end,
in every row, to the cent.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import exponent, twelfth
from cs_cli.revenue.mrr import Movements, arr_on, moved, paid_by, paused_on, unknown_on

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings
    from cs_cli.revenue.periods import Period

KINDS = ("new", "expansion", "contraction", "churn", "reactivation")


class States:
    """What each account pays a year (minor units) on days, each asked for once. `build_spans` must have been called
    for a day not before them."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self.days: dict[date, dict[int, int]] = {}
        self.rests: dict[date, set[int]] = {}

    def on(self, day: date) -> dict[int, int]:
        if day not in self.days:
            self.days[day] = arr_on(self.conn, day)
        return self.days[day]

    def between(self, start: date, end: date, members: Collection[int] | None = None) -> Movements:
        """What moved; members: of these accounts only."""
        before, after, resting, rest = self.on(start), self.on(end), self.resting_on(start), self.resting_on(end)
        if members is not None:
            before, after = ({one: arr for one, arr in some.items() if one in members} for some in (before, after))
            resting, rest = ({one for one in some if one in members} for some in (resting, rest))
        return moved(before, after, paid_by(self.conn, start), resting, rest)

    def customers_on(self, day: date) -> set[int]:
        """Who pays on the day, or rests."""
        return self.on(day).keys() | self.resting_on(day)

    def resting_on(self, day: date) -> set[int]:
        """Who is a customer on the day and pays nothing that counts: because of a pause, or nobody knows how much."""
        if day not in self.rests:
            self.rests[day] = (paused_on(self.conn, day) | unknown_on(self.conn, day)) - self.on(day).keys()
        return self.rests[day]


def prepare(conn: sqlite3.Connection, settings: Settings, day: date, known_at: date | None, mrr_from: str) -> int:
    """Lay out who paid what when, as known on the day; gives how many spans have no rate (they count nowhere)."""
    from cs_cli.facts.spans import build_spans
    from cs_cli.store.clock import set_clock

    set_clock(conn, day, known_at)
    build_spans(conn, settings, day, mrr_from)
    (unknown,) = conn.execute("SELECT COUNT(*) FROM mrr_span WHERE arr_minor IS NULL").fetchone()
    return int(unknown)


def movement_rows(conn: sqlite3.Connection, found: Sequence[Period], currency: str) -> list[dict[str, Any]]:
    """{period, start_mrr, new, expansion, contraction, churn, reactivation, end_mrr, customers} per period."""
    states, scale = States(conn), 10 ** exponent(currency)
    made = []
    for period in found:
        months = [states.between(start, end) for start, end in period.months]
        shown = [month.shown() for month in months]
        row: dict[str, Any] = {"period": period.name, "start_mrr": shown[0]["start"] / scale}
        for kind in KINDS:
            row[kind] = sum(month[kind] for month in shown) / scale
        made.append(row | {"end_mrr": shown[-1]["end"] / scale, "customers": months[-1].customers})
    return made


def mrr_rows(conn: sqlite3.Connection, found: Sequence[Period], currency: str) -> list[dict[str, Any]]:
    """{period, day, mrr, arr, customers} on the last day of each period; customers as in movement_rows."""
    states, scale = States(conn), 10 ** exponent(currency)
    made = []
    for period in found:
        by_account = states.on(period.end)
        made.append(
            {
                "period": period.name,
                "day": period.end.isoformat(),
                "mrr": twelfth(sum(by_account.values())) / scale,
                "arr": sum(by_account.values()) / scale,
                "customers": len(states.customers_on(period.end)),
            }
        )
    return made
