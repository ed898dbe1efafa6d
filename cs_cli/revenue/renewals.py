"""What renews: contract terms on a day, overdue first, then by the last safe day to act.

Terms come from facts (hand entry over CRM over billing); only terms of three months and more are
renewals, shorter ones roll on and are listed apart.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.cases.people import People
from cs_cli.definitions.calendar import work_calendar
from cs_cli.definitions.roles import renewal_lead
from cs_cli.facts.contracts import build_contract_facts
from cs_cli.revenue.contracts import assumption
from cs_cli.revenue.runway import NEXT, last_safe_day, offer, owner_role, stage
from cs_cli.scoring.desk import build_desk
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from cs_cli.definitions.workspace import Definitions

NEEDS = {
    "name",
    "arr",
    "owner",
    "csm",
    "sold_by",
    "status",
    "tier",
    "health",
    "band",
    "health_as_of",
    "renewal_deal_stage",
    "open_expansion_amount",
    "expansion_agreed_days",
    "cancel_requested",
    "renewal_date",
}

TERMS = """
SELECT c.account, c.account_id, c.name, c.contract, c.renewal_date, c.days_to_renewal, c.notice_date, c.decide_by,
       c.days_to_decide, c.auto_renew, COALESCE(t.arr, c.arr) AS arr, c.health, c.band, c.owner, c.csm, c.sold_by,
       c.health_as_of, {tier},
       c.renewal_overdue, c.term_start, c.term_months, c.renewal_term_months, c.renewal_assumed, c.is_multi_year,
       c.term_ordinal, c.contract_source, t.origin,
       CASE WHEN t.origin = 'contract' THEN COALESCE(c.cancel_requested, 0) ELSE t.cancelled END AS cancelled,
       c.open_expansion_amount, c.expansion_agreed_days, c.renewal_deal_stage, t.uplift, t.expected, t.parts,
       t.notice_days, {detail}
FROM contract_facts c
JOIN term t ON t.contract = c.contract
WHERE c.renewal_date <= :until AND c.status IN ('customer', 'churned')
"""


def renewals(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    within: int,
    known_at: date | None = None,
    *,
    accounts: Sequence[int] | None = None,
    detail: bool = False,
    also: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Terms that end within so many days, and those that ended with no decision: overdue first, then by last_safe_day.

    Rows have {account_id, name, contract, renewal_date, days_to_renewal, notice_date, decide_by, auto_renew, arr,
    health, band, owner, stage, last_safe_day, days_to_safe, expansion, next, offer, expected, uplift, term_months,
    renewal_term_months, renewal_assumed, assumption, parts, tier, …}: days ISO, money in major
    units (arr of the term where it says its amount, expected after the uplift). accounts: only these numbers. detail:
    also seat_utilisation, and account_measures are left behind. also: further names that the caller reads from the
    account_facts left behind.
    """
    # a dimension of the person's own segments.yaml: there is one called tier, or not
    tiered = any(dimension.name == "tier" for dimension in definitions.segments.dimensions)
    needs = (NEEDS | {"seat_utilisation"} if detail else NEEDS) - (set() if tiered else {"tier"})
    build_desk(conn, definitions, day, known_at, accounts, need=needs.union(also), measures=detail)
    build_contract_facts(conn, definitions.settings, day, mrr_from=definitions.metrics.mrr_from)
    extra = "c.seat_utilisation" if detail else "NULL AS seat_utilisation"
    sql = TERMS.format(detail=extra, tier="c.tier" if tiered else "NULL AS tier")
    found = rows(conn, sql, {"until": (day + timedelta(days=within)).isoformat()})
    years = [int(row["decide_by"][:4]) for row in found]
    calendar = work_calendar(
        definitions.settings, range(min(years, default=day.year) - 1, max(years, default=day.year) + 1)
    )
    people = People(definitions.settings, day)
    for row in found:
        safe = last_safe_day(date.fromisoformat(row["decide_by"]), calendar)
        row["last_safe_day"], row["days_to_safe"] = safe.isoformat(), (safe - day).days
        row["expansion"] = _expansion(row, day)
        row["stage"] = stage(row)
        row["auto_renew"] = None if row["auto_renew"] is None else bool(row["auto_renew"])
        row["is_multi_year"] = bool(row["is_multi_year"])
        row["renewal_assumed"] = bool(row["renewal_assumed"])
        row["assumption"] = assumption(row)
        row["people"] = {name: row[name] for name in ("owner", "csm", "sold_by")}
        row["owner_role"] = owner_role(row["stage"], renewal_lead(row))
        row["owner"] = people.who(row["owner_role"], row["people"])
        row["next"] = _next(row)
        row["offer"] = offer(row)
    return sorted(found, key=_order)


def _expansion(row: dict[str, Any], day: date) -> str | None:
    """The expansion beside a renewal: agreed with the AM since the term began, or still open."""
    if row["expansion_agreed_days"] is not None:
        return f"agreed with the AM on {day - timedelta(days=row['expansion_agreed_days'])}"
    return "open" if (row["open_expansion_amount"] or 0) > 0 else None


def _next(row: dict[str, Any]) -> str:
    if str(row["expansion"] or "").startswith("agreed") and row["stage"] in ("introduce", "price", "notice"):
        return "an expansion is agreed with the AM: put the renewal into that paper, no second price talk"
    return NEXT[row["stage"]]


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    """Overdue first, then by last safe day."""
    return (
        -row["renewal_overdue"],
        row["last_safe_day"],
        row["renewal_date"],
        -(row["arr"] or 0.0),
        row["contract"],
    )


def group_of(row: dict[str, Any], by: str) -> str:
    """The group of a row by owner, month (of the renewal date) or segment (tier)."""
    if by == "month":
        return str(row["renewal_date"])[:7]
    return str(row["owner" if by == "owner" else "tier"] or "none")


ROLLING = """
SELECT f.account_id, f.name, t.contract, t.first_on AS since, t.term_months, t.arr, t.auto_renew, t.origin,
       CASE WHEN t.origin = 'contract' AND t.end_on IS NULL THEN 'open end'
            WHEN t.term_months = 1 THEN 'every month' WHEN t.term_months > 1 THEN 'every ' || t.term_months || ' months'
            ELSE 'no term' END AS rolls,
       f.health, f.band
FROM term t JOIN account_facts f ON f.account = t.account
WHERE t.rolling = 1 AND f.status = 'customer'
ORDER BY COALESCE(t.arr, 0) DESC, f.account_id, t.contract
"""


def rolling_rows(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    """Terms under three months and open ends, the largest first: {account_id, name, contract, since, term_months, arr,
    auto_renew, origin, rolls, health, band}. Call after `renewals`."""
    found = rows(conn, ROLLING)
    for row in found:
        row["auto_renew"] = None if row["auto_renew"] is None else bool(row["auto_renew"])
    return found
