"""Time to value: days from the first contract or payment to the first-value milestone, by when a customer began.

Who still waits, and who left without it, have waited at least so long: they are censored, not left out. The median is
that of the product-limit estimate (Kaplan and Meier 1958); where nobody is censored, it is the plain median.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs_cli.revenue.periods import Period

FACTS = ("customer_since", "days_to_first_value", "churned_on")


def value_rows(accounts: Iterable[Mapping[str, Any]], found: Sequence[Period], day: date) -> list[dict[str, Any]]:
    """{period, started, reached, waiting, left, median_days, fastest, slowest} per period in which customers began.

    accounts: rows with FACTS as of the day. median_days is None where half have not got there.
    """
    began = [(row["customer_since"], row) for row in accounts if row["customer_since"]]
    made = []
    for period in found:
        first, last = period.start.isoformat(), period.end.isoformat()
        rows = [row for since, row in began if first < since <= last]
        reached = [row["days_to_first_value"] for row in rows if row["days_to_first_value"] is not None]
        others = [row for row in rows if row["days_to_first_value"] is None]
        waited = [_days(row["churned_on"] or day.isoformat(), row["customer_since"]) for row in others]
        left = sum(row["churned_on"] is not None for row in others)
        made.append({
            "period": period.name, "started": len(rows), "reached": len(reached), "waiting": len(others) - left,
            "left": left, "median_days": median(reached, waited), "fastest": min(reached, default=None),
            "slowest": max(reached, default=None),
        })  # fmt: skip
    return made


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
