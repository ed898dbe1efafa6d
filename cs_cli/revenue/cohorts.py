"""Cohorts: accounts by the period of their first MRR, and what is left of them at the end of each later period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import exponent, twelfth
from cs_cli.revenue.movements import States
from cs_cli.revenue.retention import rate

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.revenue.periods import Period

OF = ("mrr", "customers")
_FIRST = """
SELECT account, min(from_on), min(CASE WHEN arr_minor IS NULL THEN from_on END)
FROM mrr_span WHERE arr_minor > 0 OR arr_minor IS NULL GROUP BY account
"""


def cohort_rows(
    conn: sqlite3.Connection, shown: int, found: Sequence[Period], currency: str, of: str
) -> list[dict[str, Any]]:
    """{cohort, customers, mrr, share_0, kept_0, share_1, kept_1, …} of the first `shown` periods.

    found: the periods from the first cohort to the day, without a gap. of: "mrr" or "customers". customers: how many
    paid for the first time in the period; mrr: what they paid at its end, in major units. kept_k is what is left k
    periods later (expansion included), share_k that over mrr, or over customers; None over nothing and for what has not
    been reached. A pause of under 90 days is a customer who pays 0. Whose first MRR nobody knows is left out of mrr.
    """
    states, scale = States(conn), 10 ** exponent(currency)
    members: list[list[int]] = [[] for _ in found]
    for account, first, unknown in conn.execute(_FIRST):
        if of == "mrr" and first == unknown:
            continue  # nothing to compare what is left with
        for at, period in enumerate(found):
            if period.start.isoformat() < first <= period.end.isoformat():
                members[at].append(account)
    made = []
    for at, cohort in enumerate(members[:shown]):
        row: dict[str, Any] = {"cohort": found[at].name, "customers": len(cohort)}
        ends = [states.on(period.end) for period in found[at:]]
        yearly = [sum(paid.get(account, 0) for account in cohort) for paid in ends]
        row["mrr"] = twelfth(yearly[0]) / scale
        for k in range(len(found)):
            share = kept = None
            if k < len(ends) and of == "mrr":
                share, kept = rate(yearly[k], yearly[0]), twelfth(yearly[k]) / scale
            elif k < len(ends):
                kept = len(states.customers_on(found[at + k].end).intersection(cohort))
                share = rate(kept, len(cohort))
            row |= {f"share_{k}": share, f"kept_{k}": kept}
        made.append(row)
    return made
