"""The contract terms of accounts as rows, with where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_cli.base.money import exponent
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings

LIST = """
SELECT l.account, f.account_id, f.name, l.part AS contract, l.line AS renewal, l.origin, l.source,
       CASE WHEN l.rolling = 1 THEN 'rolling' WHEN l.decided IS NOT NULL THEN l.decided
            WHEN l.end_on < :day THEN 'overdue' WHEN l.start_on > :day THEN 'signed' ELSE 'running' END AS state,
       l.start_on, l.end_on, CASE WHEN l.rolling = 0 THEN l.term_months END AS term_months,
       CASE WHEN l.rolling = 0 THEN l.renewal_months END AS renewal_term_months,
       l.assumed AS renewal_assumed, l.ordinal AS term,
       l.notice_days, CASE WHEN l.rolling = 0 THEN add_days(l.end_on, -l.notice_days) END AS notice_date,
       l.auto_renew, l.arr_minor, l.uplift, l.lift, l.contract AS key
FROM term_line l
JOIN account_facts f ON f.account = l.account
ORDER BY f.account_id, l.rolling, l.end_on, l.line <> l.part, l.part
"""
HAND = """
SELECT a.account, c.key, c.start_on, c.end_on, c.term_months, c.renewal_term_months,
       c.notice_days, c.auto_renew, c.amount,
       c.uplift, c.status
FROM known_contract c JOIN account_of a ON a.ref = c.ref WHERE c.source = 'hand'
"""
NAMES = (
    "starts",
    "ends",
    "term_months",
    "renewal_term_months",
    "notice_days",
    "auto_renew",
    "amount",
    "uplift",
    "status",
)


def contract_rows(conn: sqlite3.Connection, settings: Settings, day: str) -> list[dict[str, Any]]:
    """Every term that runs, rolls or waits for a decision: {account_id, name, contract, renewal, origin, source, state,
    start_on, end_on, term_months, renewal_term_months, renewal_assumed, assumption, term, notice_days, notice_date,
    auto_renew, arr, expected, uplift, by_hand}.

    state: running, signed (starts later), overdue, rolling, churned. arr in major units; expected after the uplift;
    renewal: the line that co-termed parts share; by_hand: which columns somebody wrote; assumption: what nobody has
    said. Call after `build_contract_facts`.
    """
    places = exponent(settings.currency)
    said: dict[tuple[int, str], list[str]] = {}
    for account, key, *values in conn.execute(HAND).fetchall():
        said[account, key] = [name for name, value in zip(NAMES, values, strict=True) if value is not None]
    found = rows(conn, LIST, {"day": day})
    for row in found:
        minor, lift = row.pop("arr_minor"), row.pop("lift")
        row["arr"] = None if minor is None else round(minor / 10**places, places)
        row["expected"] = None if minor is None else round(minor * lift / 10**places, places)
        row["renewal_assumed"] = bool(row["renewal_assumed"])
        row["assumption"] = assumption(row)
        row["auto_renew"] = None if row["auto_renew"] is None else bool(row["auto_renew"])
        row["by_hand"] = ", ".join(said.get((row["account"], row.pop("key")), [])) or None
    return found


def assumption(row: dict[str, Any]) -> str | None:
    """What is assumed of a term because nobody has said it, in words; None when all is said."""
    return f"renews by {row['renewal_term_months']} months" if row["renewal_assumed"] else None
