"""MRR and its movements by period: monthly, and longer periods as the sum of their months, as these are shown.

Amounts are positive numbers in major units; start + new + reactivation + expansion − contraction − churn = end,
in every row, to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import exponent, twelfth
from cs_cli.revenue.mrr import Movements, arr_on, customers_on, moved, paid_by, unclear_on, unknown_on

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings
    from cs_cli.revenue.periods import Period

KINDS = ("new", "expansion", "contraction", "churn", "reactivation")


class States:
    """What each account pays a year and who is a customer on days, each asked for once. `prepare` must have been called
    for a day not before them."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self.days: dict[date, dict[int, int]] = {}
        self.customers: dict[date, set[int]] = {}
        self.unknown: dict[date, set[int]] = {}
        self.unclear: dict[date, set[int]] = {}

    def on(self, day: date) -> dict[int, int]:
        """Account → ARR in minor units; paying accounts only."""
        if day not in self.days:
            self.days[day] = arr_on(self.conn, day)
        return self.days[day]

    def between(self, start: date, end: date, members: set[int] | None = None) -> Movements:
        """What moved; members: of these accounts only."""
        before, after, there, left = self.on(start), self.on(end), self.customers_on(start), self.customers_on(end)
        if members is not None:
            before, after = ({one: arr for one, arr in some.items() if one in members} for some in (before, after))
            there, left = there & members, left & members
        unclear = self.unclear_between(start, end)
        return moved(before, after, paid_by(self.conn, start), there, left, unclear)

    def customers_on(self, day: date) -> set[int]:
        """Who is a customer on the day."""
        if day not in self.customers:
            self.customers[day] = customers_on(self.conn, day)
        return self.customers[day]

    def unknown_on(self, day: date) -> set[int]:
        """Who pays nobody knows how much on the day."""
        if day not in self.unknown:
            self.unknown[day] = unknown_on(self.conn, day)
        return self.unknown[day]

    def unclear_between(self, start: date, end: date) -> set[int]:
        """Of whom nobody knows at one of the two days what they pay, for want of an amount or of a rate."""
        for day in (start, end):
            if day not in self.unclear:
                self.unclear[day] = unclear_on(self.conn, day)
        return self.unclear[start] | self.unclear[end]

    def lost_unknown(self, start: date, end: date, members: set[int] | None = None) -> set[int]:
        """Customers of the start who have left by the end, and of whom nobody knows what they paid."""
        gone = (self.customers_on(start) & self.unknown_on(start)) - self.customers_on(end)
        return gone if members is None else gone & members


def named(conn: sqlite3.Connection, accounts: set[int], most: int = 10) -> str:
    """The accounts by name, for a sentence: "Aster, Birch and 3 more"."""
    from cs_cli.store.refs import account_names

    known = account_names(conn, accounts)
    names = sorted(known.get(one) or f"account {one}" for one in accounts)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def prepare(conn: sqlite3.Connection, settings: Settings, day: date, known_at: date | None, mrr_from: str) -> int:
    """Lay out who paid what and was a customer when, as known on the day; gives how many spans have no known amount or
    rate (they count in no sum of money)."""
    from cs_cli.facts.contracts import build_customers
    from cs_cli.store.clock import set_clock

    set_clock(conn, day, known_at)
    build_customers(conn, settings, day, mrr_from)
    (unknown,) = conn.execute("SELECT COUNT(*) FROM mrr_span WHERE arr_minor IS NULL").fetchone()
    return int(unknown)


def movement_rows(conn: sqlite3.Connection, found: Sequence[Period], currency: str) -> list[dict[str, Any]]:
    """{period, start_mrr, new, expansion, contraction, churn, reactivation, end_mrr, customers} per period.

    Where customers left of whom nobody knows what they paid, so that churn leaves them out: also unknown_churned (how
    many) and unknown_accounts (their names). Where the sums change because of accounts of which nobody knows at one end
    what they pay: also unknown, which is no movement, and unclear_accounts.
    """
    states, scale = States(conn), 10 ** exponent(currency)
    made = []
    for period in found:
        months = [states.between(start, end) for start, end in period.months]
        shown = [month.shown() for month in months]
        row: dict[str, Any] = {"period": period.name, "start_mrr": shown[0]["start"] / scale}
        for kind in KINDS:
            row[kind] = sum(month[kind] for month in shown) / scale
        unknown = set().union(*(states.lost_unknown(start, end) for start, end in period.months))
        row |= {"end_mrr": shown[-1]["end"] / scale, "customers": months[-1].customers}
        if unknown:
            row |= {"unknown_churned": len(unknown), "unknown_accounts": named(conn, unknown)}
        if any(month["unknown"] for month in shown):
            unclear: set[int] = set().union(*(month.accounts["unknown"] for month in months))
            row |= {"unknown": sum(month["unknown"] for month in shown) / scale}
            row |= {"unclear_accounts": named(conn, unclear)}
        made.append(row)
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
