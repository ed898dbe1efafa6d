"""Retention between the two ends of a period: NRR, GRR, logo churn, gross and net MRR churn.

S is the MRR of those who are customers at the start: a closed cohort. New customers are in neither side; who left and
came back inside the period counts at the end value. Every rate has its numerator, denominator and n beside it, and
under n = 30 the logo churn its 95 % Wilson interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import exponent
from cs_cli.revenue.movements import States

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.revenue.mrr import Movements
    from cs_cli.revenue.periods import Period

SMALL = 30
Z = 1.959963984540054  # the 97.5 % point of the normal distribution


def retention_rows(conn: sqlite3.Connection, found: Sequence[Period], currency: str) -> list[dict[str, Any]]:
    """{period, from, to, start_mrr, nrr, grr, logo_churn, gross_mrr_churn, net_mrr_churn, start_customers,
    churned_customers, nrr_mrr, grr_mrr, expansion, contraction, churn, reactivation, logo_churn_low, logo_churn_high}.

    Rates are fractions; None where nobody was a customer at the start. nrr_mrr and grr_mrr are the numerators over
    start_mrr. The interval is given under 30 customers only.
    """
    states, scale = States(conn), 10 ** exponent(currency)
    made = []
    for period in found:
        before, after = states.on(period.start), states.on(period.end)
        row = {"period": period.name, "from": period.start.isoformat(), "to": period.end.isoformat()}
        customers = before.keys() | states.paused_on(period.start)
        lost = len(customers - after.keys() - states.paused_on(period.end))
        # whoever rests at the start is a customer who pays 0: to go on is an expansion
        ends = [(before.get(account, 0), after.get(account, 0)) for account in customers]
        change = states.between(period.start, period.end)
        made.append(row | _rates(ends, change, lost, scale))
    return made


def _rates(ends: Sequence[tuple[int, int]], change: Movements, lost: int, scale: int) -> dict[str, Any]:
    """ends: MRR at both ends of each customer of the start."""
    start, customers = change.start, len(ends)
    kept = sum(after for _, after in ends)
    held = sum(min(both) for both in ends)
    low, high = wilson(lost, customers) if 0 < customers < SMALL else (None, None)
    return {
        "start_mrr": start / scale,
        "nrr": rate(kept, start),
        "grr": rate(held, start),
        "logo_churn": rate(lost, customers),
        "gross_mrr_churn": rate(change.churn + change.contraction, start),
        "net_mrr_churn": rate(change.churn + change.contraction - change.expansion - change.reactivation, start),
        "start_customers": customers,
        "churned_customers": lost,
        "nrr_mrr": kept / scale,
        "grr_mrr": held / scale,
        "expansion": change.expansion / scale,
        "contraction": change.contraction / scale,
        "churn": change.churn / scale,
        "reactivation": change.reactivation / scale,
        "logo_churn_low": low,
        "logo_churn_high": high,
    }


def rate(part: int, whole: int) -> float | None:
    """A fraction to six decimals; None over nothing."""
    return round(part / whole, 6) if whole else None


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share."""
    share, z2 = hits / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return round(max(middle - half, 0.0), 4), round(min(middle + half, 1.0), 4)
