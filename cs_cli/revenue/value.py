"""Time to value: days from the first contract or payment to the first-value milestone, by when a customer began.

Who still waits, and who left without it, have waited at least so long: they are censored, not left out. The median is
that of the product-limit estimate (Kaplan and Meier 1958); where nobody is censored, it is the plain median.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.revenue.retention import NO_GROUP, interval

if TYPE_CHECKING:
    from cs_cli.revenue.periods import Period

FACTS = ("customer_since", "days_to_first_value", "churned_on")


def value_rows(
    accounts: Iterable[Mapping[str, Any]], found: Sequence[Period], day: date, split: str | None = None
) -> list[dict[str, Any]]:
    """{period, started, reached, waiting, left, median_days, fastest, slowest} per period in which customers began.

    accounts: rows with FACTS as of the day. median_days is None where half have not got there. split: a column of
    accounts; then a row for each of its values, as `group`.
    """
    began = [(row["customer_since"], row) for row in accounts if row["customer_since"]]
    made = []
    for period in found:
        first, last = period.start.isoformat(), period.end.isoformat()
        mine = [row for since, row in began if first < since <= last]
        groups = [""] if split is None else sorted({str(row[split] or NO_GROUP) for row in mine})
        for group in groups:
            rows = [row for row in mine if split is None or str(row[split] or NO_GROUP) == group]
            made.append(({"group": group} if split else {}) | _figures(period.name, rows, day))
    return made


def waiting_rows(accounts: Iterable[Mapping[str, Any]], found: Sequence[Period], day: date) -> list[dict[str, Any]]:
    """{account_id, name, customer_since, days, arr, …} of customers who began in the periods and have no first value.

    The longest wait first; the other columns of accounts are kept.
    """
    spans = [(period.start.isoformat(), period.end.isoformat()) for period in found]
    rows = [
        {**row, "days": _days(day.isoformat(), row["customer_since"])} for row in accounts
        if row["customer_since"] and row["days_to_first_value"] is None and row["status"] == "customer"
        and any(first < row["customer_since"] <= last for first, last in spans)
    ]
    return sorted(rows, key=lambda row: (-row["days"], str(row["account_id"])))


def _figures(period: str, rows: Sequence[Mapping[str, Any]], day: date) -> dict[str, Any]:
    reached = [row["days_to_first_value"] for row in rows if row["days_to_first_value"] is not None]
    others = [row for row in rows if row["days_to_first_value"] is None]
    waited = [_days(row["churned_on"] or day.isoformat(), row["customer_since"]) for row in others]
    left = sum(row["churned_on"] is not None for row in others)
    low, high = interval(len(reached), len(rows))
    return {
        "period": period, "started": len(rows), "reached": len(reached), "reached_low": low, "reached_high": high,
        "waiting": len(others) - left, "left": left, "median_days": median(reached, waited),
        "fastest": min(reached, default=None), "slowest": max(reached, default=None),
    }  # fmt: skip


def median(reached: Sequence[int], waited: Sequence[int]) -> float | None:
    """The day by which half have reached it; waited: how long the others have been seen not to."""
    share = 1.0
    held: int | None = None  # the day from which exactly half are left
    for day in sorted(set(reached)):
        if held is not None:
            return (held + day) / 2
        at_risk = sum(one >= day for one in (*reached, *waited))
        share *= 1 - reached.count(day) / at_risk
        if abs(share - 0.5) < 1e-9:
            held = day
        elif share < 0.5:
            return float(day)
    return None if held is None else float(held)


def _days(later: str, earlier: str) -> int:
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days
