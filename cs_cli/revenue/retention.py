"""Retention between the two ends of a period: NRR, GRR, logo churn, gross and net MRR churn.

S is the MRR of those who are customers at the start: a closed cohort. New customers are in neither side; who left and
came back inside the period counts at the end value. Every rate has its numerator, denominator and n beside it, and
up to n = 200 the logo churn its 95 % Wilson interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from math import sqrt
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import exponent, twelfth, twelfths
from cs_cli.revenue.movements import States, named

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.revenue.mrr import Movements
    from cs_cli.revenue.periods import Period

NO_GROUP = "(none)"
SMALL = 200  # up to so many a rate stands with its interval
Z = 1.959963984540054  # the 97.5 % point of the normal distribution


def retention_rows(
    conn: sqlite3.Connection, found: Sequence[Period], currency: str,
    group_on: Callable[[date], Mapping[int, str | None]] | None = None,
) -> list[dict[str, Any]]:
    """{period, from, to, start_mrr, nrr, grr, logo_churn, gross_mrr_churn, net_mrr_churn, start_customers,
    churned_customers, nrr_mrr, grr_mrr, expansion, contraction, churn, reactivation, logo_churn_low, logo_churn_high,
    unknown_customers, unknown_accounts, nrr_at_most, grr_at_most, left_out_customers, left_out_accounts}.

    Rates are fractions; None where nobody was a customer at the start. nrr_mrr and grr_mrr are the numerators over
    start_mrr. The interval is given up to 200 customers. group_on: day → account number → its group as of the start
    of a period; then `group` follows `period`, a row for each, the largest first.
    unknown_customers: who left and of whom nobody knows what they paid, by name in unknown_accounts. Then NRR, GRR and
    the churn of MRR are unknown (None): without those who left they would be too good. What the rates can be at most
    is given apart, because whatever those paid can only make them lower.
    left_out_customers: of whom nobody knows at one end what they pay, and who have not left: in neither side of the
    rates of money, counted among the customers.
    """
    states, scale = States(conn), 10 ** exponent(currency)
    made = []
    for period in found:
        ends = {"from": period.start.isoformat(), "to": period.end.isoformat()}
        customers, unclear = states.customers_on(period.start), states.unclear_between(period.start, period.end)
        if group_on is None:
            row = {"period": period.name, **ends}
            everyone = customers | states.on(period.start).keys() | states.on(period.end).keys()
            change = states.between(period.start, period.end, everyone - unclear)
            made.append(row | _rates(states, period, customers, change, scale))
            continue
        group_of = group_on(period.start)
        groups: dict[str, set[int]] = {}
        for account in customers | states.on(period.end).keys():
            groups.setdefault(group_of.get(account) or NO_GROUP, set()).add(account)
        rows = []
        for name, members in groups.items():
            change = states.between(period.start, period.end, members - unclear)
            if not (customers & members or change.reactivation):
                continue  # new ones only, who are in neither side
            row = {"period": period.name, "group": name, **ends}
            rows.append(row | _rates(states, period, customers & members, change, scale))
        made += sorted(rows, key=lambda row: (-row["start_mrr"], row["group"]))
    return made


def _rates(states: States, period: Period, cohort: set[int], change: Movements, scale: int) -> dict[str, Any]:
    """cohort: the customers of the start. Whoever rests then is one who pays 0: to go on is an expansion."""
    before, after = states.on(period.start), states.on(period.end)
    clear = cohort - states.unclear_between(period.start, period.end)
    lost = len(cohort - states.customers_on(period.end))
    start, customers = change.start, len(cohort)
    kept = sum(after.get(account, 0) for account in clear)
    held = sum(min(before.get(account, 0), after.get(account, 0)) for account in clear)
    low, high = interval(lost, customers)
    unknown = states.lost_unknown(period.start, period.end, cohort)
    left_out = cohort - clear - unknown
    # of whom nothing is known, whatever they paid is left out of the money below
    base = 0 if unknown else start
    # start + expansion − contraction − churn = what is kept, also as shown
    shown_start, shown_kept = twelfth(start), twelfth(kept)
    expansion, contraction, churn = twelfths(
        [change.expansion, -change.contraction, -change.churn], shown_kept - shown_start
    )
    return {
        "start_mrr": shown_start / scale,
        "nrr": rate(kept, base),
        "grr": rate(held, base),
        "logo_churn": rate(lost, customers),
        "gross_mrr_churn": rate(change.churn + change.contraction, base),
        "net_mrr_churn": rate(change.churn + change.contraction - change.expansion - change.reactivation, base),
        "start_customers": customers,
        "churned_customers": lost,
        "nrr_mrr": shown_kept / scale,
        "grr_mrr": twelfth(held) / scale,
        "expansion": expansion / scale,
        "contraction": -contraction / scale,
        "churn": -churn / scale,
        "reactivation": twelfth(change.reactivation) / scale,
        "logo_churn_low": low,
        "logo_churn_high": high,
        "unknown_customers": len(unknown),
        "unknown_accounts": named(states.conn, unknown) or None,
        "nrr_at_most": rate(kept, start) if unknown else None,
        "grr_at_most": rate(held, start) if unknown else None,
        "left_out_customers": len(left_out),
        "left_out_accounts": named(states.conn, left_out) or None,
    }


def unknown_text(row: Mapping[str, Any]) -> str:
    """What a row says of those who left with an unknown worth; empty when it knows them all."""
    if not row["unknown_customers"]:
        if not row["left_out_customers"]:
            return ""
        return (
            f"NRR and GRR leave out {row['left_out_customers']} of whom nobody knows at one end what they pay "
            f"({row['left_out_accounts']}); cs check says why"
        )
    count = row["unknown_customers"]
    most = "" if row["nrr_at_most"] is None else f"; at most {row['nrr_at_most']:.1%} and {row['grr_at_most']:.1%}"
    return (
        f"NRR and GRR are unknown{most}: {count} who left paid nobody knows what ({row['unknown_accounts']}); "
        "cs check says which subscriptions"
    )


def rate(part: int, whole: int) -> float | None:
    """A fraction to six decimals; None over nothing."""
    return round(part / whole, 6) if whole else None


def interval(hits: int, n: int) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of a share of few; none where there are many, or nobody."""
    return wilson(hits, n) if 0 < n <= SMALL else (None, None)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share."""
    share, z2 = hits / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return round(max(middle - half, 0.0), 4), round(min(middle + half, 1.0), 4)
