"""MRR on a day and its movements between two days, from the spans that facts lay out.

MRR is ARR ÷ 12, kept exact: amounts here are what is paid a year, in integer minor units of the reporting currency, and
are divided where they are shown. Formulas: movements compare an account's MRR at the two ends and add up exactly,
start + new + reactivation + expansion − contraction − churn = end (ChartMogul's movements).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from cs_cli.base.money import twelfth, twelfths

if TYPE_CHECKING:
    import sqlite3

# of what is unknown, that it was paid is known
PAID_BEFORE = """
SELECT DISTINCT account FROM mrr_span WHERE (arr_minor > 0 OR arr_minor IS NULL) AND from_on <= :day
"""

# who pays a part that nobody knows counts in no sum, as in the facts: the known part alone would pass for the whole
ARR_ON_DAY = """
SELECT account, SUM(arr_minor) AS arr
FROM mrr_span
WHERE from_on <= :day AND (to_on IS NULL OR to_on > :day)
GROUP BY account
HAVING COUNT(*) = COUNT(arr_minor) AND SUM(arr_minor) > 0
"""

CUSTOMERS_ON_DAY = """
SELECT DISTINCT account FROM customer_span WHERE from_on <= :day AND (to_on IS NULL OR to_on > :day)
"""

# a rate is there, so the amount itself is what nobody knows
UNKNOWN_ON_DAY = """
SELECT DISTINCT m.account FROM mrr_span m JOIN fx ON fx.currency = m.currency
WHERE m.arr_minor IS NULL AND fx.factor IS NOT NULL AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)
"""

# an amount or a rate that nobody knows: what the account pays is in no sum
UNCLEAR_ON_DAY = """
SELECT DISTINCT account FROM mrr_span WHERE arr_minor IS NULL AND from_on <= :day AND (to_on IS NULL OR to_on > :day)
"""


class Movements(msgspec.Struct, frozen=True):
    """MRR movements between the ends of two days; `accounts` says who moved, by kind. A year's worth, in minor units.

    unknown: what comes into the sums (below zero: goes out) because of accounts of which nobody knows at one of the
    ends what they pay; start + new + reactivation + expansion − contraction − churn + unknown = end.
    customers: who is a customer at the end, by facts/sql/customers.sql.
    """

    start: int = 0
    new: int = 0
    expansion: int = 0
    contraction: int = 0
    churn: int = 0
    reactivation: int = 0
    unknown: int = 0
    end: int = 0
    customers: int = 0
    accounts: dict[str, dict[int, int]] = {}

    def shown(self) -> dict[str, int]:
        """start, the five kinds, unknown and end as a month's worth in whole minor units, which add up as they stand.

        start and end are rounded half up, the kinds between them by largest remainder.
        """
        start, end = twelfth(self.start), twelfth(self.end)
        parts = twelfths([*(SIGN[kind] * getattr(self, kind) for kind in SIGN), self.unknown], end - start)
        kinds = {kind: abs(part) for kind, part in zip(SIGN, parts[:-1], strict=True)}
        return {"start": start, **kinds, "unknown": parts[-1], "end": end}

    def shown_accounts(self, kind: str) -> dict[int, int]:
        """The accounts of a kind with a month's worth each, which add up to what is shown of the kind."""
        moved = self.accounts[kind]
        if kind == "unknown":
            return dict(zip(moved, twelfths(list(moved.values()), self.shown()[kind]), strict=True))
        parts = twelfths([SIGN[kind] * amount for amount in moved.values()], SIGN[kind] * self.shown()[kind])
        return {account: abs(part) for account, part in zip(moved, parts, strict=True)}


SIGN = {"new": 1, "expansion": 1, "contraction": -1, "churn": -1, "reactivation": 1}


def arr_on(conn: sqlite3.Connection, day: date) -> dict[int, int]:
    """account number → what it pays a year, in minor units, on that day; paying accounts only, of whom all is known."""
    return dict(conn.execute(ARR_ON_DAY, {"day": day.isoformat()}).fetchall())


def paid_by(conn: sqlite3.Connection, day: date) -> set[int]:
    """The accounts that had paid something by the end of that day."""
    return {account for (account,) in conn.execute(PAID_BEFORE, {"day": day.isoformat()})}


def customers_on(conn: sqlite3.Connection, day: date) -> set[int]:
    """Who is a customer on that day: pays, rests after having paid, or has a contract that runs."""
    return {account for (account,) in conn.execute(CUSTOMERS_ON_DAY, {"day": day.isoformat()})}


def unknown_on(conn: sqlite3.Connection, day: date) -> set[int]:
    """Who pays on that day nobody knows how much: no amount was ever delivered."""
    return {account for (account,) in conn.execute(UNKNOWN_ON_DAY, {"day": day.isoformat()})}


def unclear_on(conn: sqlite3.Connection, day: date) -> set[int]:
    """Of whom nobody knows what they pay on that day: no amount, or no rate for its currency."""
    return {account for (account,) in conn.execute(UNCLEAR_ON_DAY, {"day": day.isoformat()})}


def moved(
    before: dict[int, int],
    after: dict[int, int],
    paid_before: set[int],
    customers_before: Collection[int] = (),
    customers_after: Collection[int] = (),
    unclear: Collection[int] = (),
) -> Movements:
    """The movements from one state (account → a year's worth) to another; paid_before tells a reactivation from a new
    customer.

    customers_before, customers_after: who is a customer, also one that pays nothing for the time being: to pause is a
    contraction, to go on is an expansion. unclear: of whom nobody knows at one of the ends what they pay.
    """
    by_kind: dict[str, dict[int, int]] = {
        kind: {} for kind in ("new", "expansion", "contraction", "churn", "reactivation", "unknown")
    }
    for account in sorted(before.keys() | after.keys()):
        was, now = before.get(account, 0), after.get(account, 0)
        if was == now:
            continue
        if account in unclear:
            by_kind["unknown"][account] = now - was
            continue
        if was == 0:
            kind = "expansion" if account in customers_before else "reactivation"
            kind = kind if account in paid_before else "new"
        elif now == 0:
            kind = "contraction" if account in customers_after else "churn"
        else:
            kind = "expansion" if now > was else "contraction"
        by_kind[kind][account] = abs(now - was)
    totals = {kind: sum(by_account.values()) for kind, by_account in by_kind.items()}
    return Movements(
        start=sum(before.values()),
        end=sum(after.values()),
        customers=len(after.keys() | set(customers_after)),
        accounts=by_kind,
        **totals,
    )
