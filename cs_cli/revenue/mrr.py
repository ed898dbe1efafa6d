"""MRR on a day and its movements between two days, from the spans that facts lay out.

MRR is ARR ÷ 12, kept exact: amounts here are what is paid a year, in integer minor units of the reporting currency, and
are divided where they are shown. Formulas: movements compare an account's MRR at the two ends and add up exactly,
start + new + reactivation + expansion − contraction − churn = end (ChartMogul's movements).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from cs_cli.base.money import twelfth, twelfths
from cs_cli.facts.spans import PAUSE_DAYS

if TYPE_CHECKING:
    import sqlite3

PAID_BEFORE = "SELECT DISTINCT account FROM mrr_span WHERE coalesce(minor, 1) > 0 AND from_on <= :day"

ARR_ON_DAY = """
SELECT account, SUM(arr_minor) AS arr
FROM mrr_span
WHERE from_on <= :day AND (to_on IS NULL OR to_on > :day)
GROUP BY account
HAVING SUM(arr_minor) > 0
"""

PAUSED_ON_DAY = """
SELECT DISTINCT i.account
FROM mrr_span i
WHERE i.status = 'idle' AND i.from_on <= :day AND (i.to_on IS NULL OR i.to_on > :day) AND i.from_on > :since
  AND EXISTS (SELECT 1 FROM mrr_span m WHERE m.account = i.account AND m.minor > 0 AND m.from_on < i.from_on)
"""

# who pays what nobody said, or in a currency without a rate that day: in no sum, and a customer all the same
UNKNOWN_ON_DAY = """
SELECT DISTINCT account FROM mrr_span
WHERE arr_minor IS NULL AND from_on <= :day AND (to_on IS NULL OR to_on > :day)
"""


class Movements(msgspec.Struct, frozen=True):
    """MRR movements between the ends of two days; `accounts` says who moved, by kind. A year's worth, in minor units.

    customers: who pays at the end, or has paused for less than PAUSE_DAYS.
    """

    start: int = 0
    new: int = 0
    expansion: int = 0
    contraction: int = 0
    churn: int = 0
    reactivation: int = 0
    end: int = 0
    customers: int = 0
    accounts: dict[str, dict[int, int]] = {}

    def shown(self) -> dict[str, int]:
        """start, the five kinds and end as a month's worth in whole minor units, which add up as they stand.

        start and end are rounded half up, the kinds between them by largest remainder.
        """
        start, end = twelfth(self.start), twelfth(self.end)
        parts = twelfths([SIGN[kind] * getattr(self, kind) for kind in SIGN], end - start)
        return {"start": start, **{kind: abs(part) for kind, part in zip(SIGN, parts, strict=True)}, "end": end}

    def shown_accounts(self, kind: str) -> dict[int, int]:
        """The accounts of a kind with a month's worth each, which add up to what is shown of the kind."""
        moved = self.accounts[kind]
        parts = twelfths([SIGN[kind] * amount for amount in moved.values()], SIGN[kind] * self.shown()[kind])
        return {account: abs(part) for account, part in zip(moved, parts, strict=True)}


SIGN = {"new": 1, "expansion": 1, "contraction": -1, "churn": -1, "reactivation": 1}


def arr_on(conn: sqlite3.Connection, day: date) -> dict[int, int]:
    """account number → what it pays a year, in minor units, on that day; paying accounts only."""
    return dict(conn.execute(ARR_ON_DAY, {"day": day.isoformat()}).fetchall())


def unknown_on(conn: sqlite3.Connection, day: date) -> set[int]:
    """The accounts of which a part is paid that nobody knows the amount of; what is known of them counts."""
    return {account for (account,) in conn.execute(UNKNOWN_ON_DAY, {"day": day.isoformat()})}


def paid_by(conn: sqlite3.Connection, day: date) -> set[int]:
    """The accounts that had paid something by the end of that day."""
    return {account for (account,) in conn.execute(PAID_BEFORE, {"day": day.isoformat()})}


def paused_on(conn: sqlite3.Connection, day: date) -> set[int]:
    """The accounts whose subscription rests on that day, for less than PAUSE_DAYS; they may pay for others."""
    since = (day - timedelta(days=PAUSE_DAYS)).isoformat()
    return {account for (account,) in conn.execute(PAUSED_ON_DAY, {"day": day.isoformat(), "since": since})}


def movements_between(conn: sqlite3.Connection, start: date, end: date) -> Movements:
    """What moved between the end of `start` and the end of `end`."""
    return moved(
        arr_on(conn, start), arr_on(conn, end), paid_by(conn, start),
        paused_on(conn, start) | unknown_on(conn, start), paused_on(conn, end) | unknown_on(conn, end),
    )  # fmt: skip


def moved(
    before: dict[int, int],
    after: dict[int, int],
    paid_before: set[int],
    resting_before: Collection[int] = (),
    resting_after: Collection[int] = (),
) -> Movements:
    """The movements from one state (account → a year's worth) to another; paid_before tells a reactivation from a new
    customer.

    resting_before, resting_after: who pays nothing that counts, because of a pause or because nobody knows how much,
    and is a customer still: to pause is a contraction, to go on is an expansion.
    """
    by_kind: dict[str, dict[int, int]] = {
        kind: {} for kind in ("new", "expansion", "contraction", "churn", "reactivation")
    }
    for account in sorted(before.keys() | after.keys()):
        was, now = before.get(account, 0), after.get(account, 0)
        if was == now:
            continue
        if was == 0:
            kind = "expansion" if account in resting_before else "reactivation" if account in paid_before else "new"
        elif now == 0:
            kind = "contraction" if account in resting_after else "churn"
        else:
            kind = "expansion" if now > was else "contraction"
        by_kind[kind][account] = abs(now - was)
    totals = {kind: sum(by_account.values()) for kind, by_account in by_kind.items()}
    return Movements(
        start=sum(before.values()),
        end=sum(after.values()),
        customers=len(after.keys() | set(resting_after)),
        accounts=by_kind,
        **totals,
    )
