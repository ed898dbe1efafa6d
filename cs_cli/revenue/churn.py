"""Who left, what they paid and why; and the share that left, by group.

The list goes month by month, so that its MRR adds up to the churn of `cs metrics movements`. The shares compare the two
ends of a period for those who were customers at its start, so that they add up to `cs metrics retention`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import exponent, twelfth
from cs_cli.revenue.movements import States
from cs_cli.revenue.retention import NO_GROUP, interval, rate

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.revenue.periods import Period

NEAR = 183  # days between the end of the payments and a reason that was written down for it

_PAID = """
SELECT account, min(from_on), max(CASE WHEN to_on <= :day THEN to_on END)
FROM mrr_span WHERE arr_minor > 0 OR arr_minor IS NULL GROUP BY account
"""

_PLAN = """
SELECT account, plan FROM (
  SELECT account, plan, row_number() OVER (PARTITION BY account ORDER BY arr_minor DESC, subscription, source) AS n
  FROM mrr_span
  WHERE from_on <= :day AND (to_on IS NULL OR to_on > :day) AND plan IS NOT NULL) ranked
WHERE n = 1
"""

_REASONS = """
SELECT a.account, c.day, c.reason, c.voluntary, c.competitor
FROM known_churn c JOIN account_of a ON a.ref = c.ref
WHERE c.day <= :day ORDER BY a.account, c.day, c.key
"""

Reason = tuple[str, str | None, int | None, str | None]  # day, reason, voluntary, competitor


def left_rows(
    conn: sqlite3.Connection, found: Sequence[Period], currency: str, known: Mapping[int, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """{month, account_id, name, paid_until, mrr, arr, reason, voluntary, competitor, plan, owner, sold_by,
    customer_since, months}, one row for each customer who left in a month; the latest month first, then the largest.

    known: account number → account_id, name, owner, sold_by. mrr is what was paid at the end of the month before, in
    major units; 0 for whom a pause has ended, None where nobody knows.
    months: whole months from the first to the last day that was paid for.
    """
    states, scale = States(conn), 10 ** exponent(currency)
    reasons = _reasons(conn, found[-1].end)
    made = []
    for start, end in [month for period in found for month in period.months]:
        before, left = states.on(start), states.customers_on(start) - states.customers_on(end)
        if not left:
            continue
        paid = {account: (first, last) for account, first, last in conn.execute(_PAID, {"day": end.isoformat()})}
        plans, monthly = plans_on(conn, start), states.between(start, end).shown_accounts("churn")
        for account in left:
            first, last = paid.get(account, (None, None))
            _, reason, voluntary, competitor = _nearest(reasons.get(account, ()), last or end.isoformat())
            facts, unknown = known.get(account, {}), account in states.unknown_on(start)
            made.append({
                "month": f"{end:%Y-%m}", "account_id": facts.get("account_id"), "name": facts.get("name"),
                "paid_until": last, "mrr": None if unknown else monthly.get(account, 0) / scale,
                "arr": None if unknown else before.get(account, 0) / scale,
                "reason": reason, "voluntary": voluntary, "competitor": competitor, "plan": plans.get(account),
                "owner": facts.get("owner"), "sold_by": facts.get("sold_by"), "customer_since": first,
                "months": None if first is None or last is None else _months(first, last),
            })  # fmt: skip
    made.sort(key=lambda row: (row["mrr"] is not None, row["mrr"] or 0, row["account_id"] or ""), reverse=True)
    return sorted(made, key=lambda row: row["month"], reverse=True)


def share_rows(
    conn: sqlite3.Connection, period: Period, currency: str, group_on: Callable[[date], Mapping[int, str | None]] | None
) -> list[dict[str, Any]]:
    """{group, start_customers, churned_customers, logo_churn, logo_churn_low, logo_churn_high, start_mrr, churned_mrr,
    mrr_churn, unknown_customers}; the largest churn first.

    group_on: day → account number → its group as of the start; None: the reason why they left. Of reasons the shares
    are of all customers, of any other group of its own customers at the start. Rates are fractions, None over nothing;
    the interval is Wilson's, given up to 200 customers. unknown_customers: those who left and of whom nobody knows what
    they paid; with any of them mrr_churn is None.
    """
    states, scale = States(conn), 10 ** exponent(currency)
    before = states.on(period.start)
    customers = states.customers_on(period.start)
    lost = customers - states.customers_on(period.end)
    group_of = _reason_of(conn, period, lost) if group_on is None else group_on(period.start)
    groups: dict[str, list[int]] = defaultdict(list)
    for account in lost if group_on is None else customers:
        groups[group_of.get(account) or NO_GROUP].append(account)
    made = []
    for group, accounts in groups.items():
        base = customers if group_on is None else accounts
        gone = [account for account in accounts if account in lost]
        start, churned = (sum(before.get(account, 0) for account in some) for some in (base, gone))
        low, high = interval(len(gone), len(base))
        unknown = states.unknown_on(period.start).intersection(gone)
        told = not states.unknown_on(period.start).intersection(lost if group_on is None else gone)
        made.append({
            "group": group, "start_customers": len(base), "churned_customers": len(gone),
            "logo_churn": rate(len(gone), len(base)), "logo_churn_low": low, "logo_churn_high": high,
            "start_mrr": twelfth(start) / scale, "churned_mrr": twelfth(churned) / scale,
            "unknown_customers": len(unknown),
            "mrr_churn": rate(churned, start) if told else None,
        })  # fmt: skip
    return sorted(made, key=lambda row: (-row["churned_mrr"], -row["churned_customers"], row["group"]))


def plans_on(conn: sqlite3.Connection, day: date) -> dict[int, str]:
    """The plan of the largest subscription that each account paid on the day."""
    return dict(conn.execute(_PLAN, {"day": day.isoformat()}).fetchall())


def _reasons(conn: sqlite3.Connection, day: date) -> dict[int, list[Reason]]:
    found: dict[int, list[Reason]] = defaultdict(list)
    for account, *reason in conn.execute(_REASONS, {"day": day.isoformat()}):
        found[account].append((reason[0], reason[1], reason[2], reason[3]))
    return found


def why_left(conn: sqlite3.Connection, day: date, lost: Mapping[int, date]) -> dict[int, str | None]:
    """Account → the reason that was written down nearest to the day it was lost; None where none is near it."""
    reasons = _reasons(conn, day)
    return {account: _nearest(reasons.get(account, ()), on.isoformat())[1] for account, on in lost.items()}


def _reason_of(conn: sqlite3.Connection, period: Period, lost: set[int]) -> dict[int, str | None]:
    reasons = _reasons(conn, period.end)
    paid = {account: last for account, _, last in conn.execute(_PAID, {"day": period.end.isoformat()})}
    return {one: _nearest(reasons.get(one, ()), paid.get(one) or period.end.isoformat())[1] for one in lost}


def _nearest(reasons: Sequence[Reason], day: str) -> Reason:
    """What was written down nearest to the day; nothing where that is half a year away."""
    at = date.fromisoformat(day)

    def away(reason: Reason) -> int:
        return abs((date.fromisoformat(reason[0]) - at).days)

    near = [reason for reason in reasons if away(reason) <= NEAR]
    return min(near, key=away, default=("", None, None, None))


def _months(first: str, last: str) -> int:
    one, two = date.fromisoformat(first), date.fromisoformat(last)
    return (two.year - one.year) * 12 + two.month - one.month - (two.day < one.day)
