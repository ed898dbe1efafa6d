"""What renews: contract terms on a day, overdue first, then by the last day to decide.

Terms come from facts (hand entry over CRM over billing); only terms of three months and more are
renewals, shorter ones roll on and are counted apart.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.people import People
from cs_cli.facts.compute import build_contract_facts
from cs_cli.scoring.desk import build_desk
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

NEEDS = {
    "name", "arr", "owner", "sold_by", "status", "tier", "health", "band", "renewal_deal_stage",
    "open_expansion_amount", "cancel_requested", "renewal_date",
}

TERMS = """
SELECT account, account_id, name, contract, renewal_date, days_to_renewal, notice_date, decide_by, days_to_decide,
       auto_renew, term_months, is_multi_year, COALESCE(contract_arr, arr) AS arr, health, band, owner, sold_by, tier,
       renewal_overdue, cancel_requested, open_expansion_amount, renewal_deal_stage
FROM contract_facts
WHERE renewal_date <= :until AND status IN ('customer', 'churned')
ORDER BY renewal_overdue DESC, decide_by, renewal_date, arr DESC, contract
"""

# days before decide_by; the person who introduces the renewal is not the one who talks price
NOTICE_DAYS, PRICE_DAYS, INTRODUCE_DAYS = 14, 30, 90


def renewals(
    conn: sqlite3.Connection, definitions: Definitions, day: date, within: int, known_at: date | None = None
) -> list[dict[str, Any]]:
    """Terms that end within so many days, and those that ended with no decision.

    Rows have the columns {account_id, name, contract, renewal_date, days_to_renewal, notice_date, decide_by,
    auto_renew, arr, health, band, owner, stage, …}; arr in major units, of the term where it says its amount.
    """
    from datetime import timedelta

    build_desk(conn, definitions, day, known_at, need=NEEDS)
    build_contract_facts(conn, definitions.settings, day)
    people = People(definitions.settings)
    found = rows(conn, TERMS, {"until": (day + timedelta(days=within)).isoformat()})
    for row in found:
        row["stage"] = stage(row)
        row["auto_renew"] = None if row["auto_renew"] is None else bool(row["auto_renew"])
        row["owner"] = people.who(owner_role(row), {"owner": row["owner"], "sold_by": row["sold_by"]})
    return found


def rolling(conn: sqlite3.Connection) -> tuple[int, float]:
    """Month-to-month terms: how many, and their ARR. Call after `renewals`."""
    count, arr = conn.execute(
        "SELECT COUNT(*), COALESCE(SUM(t.arr), 0) FROM term t JOIN account_facts f ON f.account = t.account "
        "WHERE t.rolling = 1 AND f.status = 'customer'"
    ).fetchone()
    return count, arr


def stage(row: dict[str, Any]) -> str:
    """Where the renewal stands: overdue, cancelled, notice passed, notice, price, introduce, ahead.

    Counted back from decide_by, so that the price talk comes before the notice deadline.
    """
    if row["renewal_overdue"]:
        return "overdue"
    if row["cancel_requested"]:
        return "cancelled"
    left = row["days_to_decide"]
    if left is None:
        return "ahead"
    if left < 0:
        return "notice passed"
    if left <= NOTICE_DAYS:
        return "notice"
    return "price" if left <= PRICE_DAYS else "introduce" if left <= INTRODUCE_DAYS else "ahead"


def owner_role(row: dict[str, Any]) -> str:
    """Who acts: the account manager when an expansion is being talked about, else the renewal manager."""
    return "am" if (row["open_expansion_amount"] or 0) > 0 else "renewal_manager"
