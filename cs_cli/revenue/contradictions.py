"""Where billing and a contract, or what was written down, say different things of who is a customer.

Billing wins: it ended after the contract began, so they left; it goes on, so they are here. Each finding names the file
and line of both sides. Call after `build_customers`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.facts.explain import origin
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

LEFT, HERE = "billing ended, the contract runs on", "billing goes on, the contract is over"
WRITTEN, REPLACED = "billing goes on, churn was written down", "replaced by a contract that is not here"
UNKNOWN = "nobody knows what a subscription is worth"
RENEWALS = "billing and the kept sheet say different renewal days"
KEPT = "billing ended, the kept sheet goes on"
APART = 31  # days; closer ones are the same renewal

# the last end of billing after the paper began, of who pays nothing on the day and would have a contract that runs
_STANDS = expand("""
SELECT p.account, p.key, p.source, p.end_on, max(e.day) AS day
FROM term_paper p
JOIN billing_end e ON e.account = p.account AND e.day > coalesce(p.start_on, '') AND e.day > coalesce(p.said_on, '')
LEFT JOIN term_chain k ON k.account = p.account AND k.key = p.key AND k.source = p.source
WHERE NOT @is_dead_paper(p.status) AND NOT @is_ended_paper(p.status) AND coalesce(p.start_on, :day) <= :day
  AND NOT (p.source = 'hand' AND p.start_on IS NULL AND p.end_on IS NULL)
  AND (p.end_on IS NULL OR p.end_on >= :day OR k.turns > 0)
  AND NOT EXISTS (SELECT 1 FROM mrr_span m WHERE m.account = p.account AND m.from_on <= :day
                  AND (m.to_on IS NULL OR m.to_on > :day))
GROUP BY p.account, p.key, p.source, p.end_on
ORDER BY p.account, p.key
""")
# paid since before the paper was over, and no other paper runs
_OVER = expand("""
SELECT p.account, p.key, p.source, p.end_on, p.status, min(m.source || char(10) || m.subscription) AS paid
FROM term_paper p
JOIN mrr_span m ON m.account = p.account AND m.from_on < p.end_on
  AND (m.to_on IS NULL OR m.to_on > :day) AND (m.arr_minor IS NULL OR m.arr_minor > 0)
WHERE (@is_lost_paper(p.status) OR @is_broken_paper(p.status)) AND p.end_on < :day
  AND NOT EXISTS (SELECT 1 FROM term_paper o WHERE o.account = p.account AND o.key <> p.key
                  AND NOT @is_dead_paper(o.status) AND NOT @is_ended_paper(o.status)
                  AND (o.end_on IS NULL OR o.end_on >= :day))
GROUP BY p.account, p.key, p.source, p.end_on, p.status
ORDER BY p.account, p.key
""")
_CHURN = """
SELECT a.account, c.id, c.day, min(m.source || char(10) || m.subscription) AS paid
FROM known_churn c
JOIN account_of a ON a.ref = c.ref
JOIN mrr_span m ON m.account = a.account AND m.from_on < c.day AND (m.to_on IS NULL OR m.to_on > :day)
  AND (m.arr_minor IS NULL OR m.arr_minor > 0)
WHERE c.day <= :day
  -- cancelled, and running to its end: both are right
  AND NOT EXISTS (SELECT 1 FROM known_subscription s WHERE s.source = m.source AND s.key = m.subscription
                  AND (s.cancelled_on IS NOT NULL OR s.ended_on IS NOT NULL))
GROUP BY a.account, c.id, c.day
ORDER BY a.account, c.day
"""
_REPLACED = expand("""
SELECT p.account, p.key, p.source FROM term_paper p
WHERE @is_replaced_paper(p.status) AND coalesce(p.end_on, :day) >= :day AND coalesce(p.start_on, :day) <= :day
  AND NOT EXISTS (SELECT 1 FROM term_paper o WHERE o.account = p.account AND NOT @is_dead_paper(o.status)
                  AND coalesce(o.end_on, :day) >= :day)
ORDER BY p.account, p.key
""")
_UNKNOWN = """
SELECT DISTINCT a.account, s.id, s.key, s.ended_on FROM known_subscription s
JOIN account_of a ON a.ref = s.ref
JOIN mrr_span m ON m.source = s.source AND m.subscription = s.key AND m.minor IS NULL
JOIN fx ON fx.currency = m.currency AND fx.factor IS NOT NULL
ORDER BY a.account, s.key
"""
# a kept sheet says when a customer renews whom billing by the year, or by a term, renews on another day
_RENEWALS = """
SELECT a.account, s.id, s.key, s.renews_on, t.contract, t.end_on
FROM known_subscription s
JOIN kept_source k ON k.name = s.source
JOIN account_of a ON a.ref = s.ref
JOIN term_subscription t ON t.account = a.account AND t.source <> s.source
WHERE s.renews_on >= :day AND s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day)
  AND t.end_on IS NOT NULL
ORDER BY a.account, s.key, t.contract
"""
# a kept sheet still has who pays nothing: its price counts only where billing knows nothing of the account
_KEPT = expand("""
SELECT a.account, s.id, s.key FROM known_subscription s
JOIN kept_source k ON k.name = s.source
JOIN account_of a ON a.ref = s.ref
WHERE s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day) AND NOT @is_over_subscription(s.status)
  AND coalesce(s.arr, 1) > 0
  AND NOT EXISTS (SELECT 1 FROM mrr_span m WHERE m.account = a.account AND m.from_on <= :day
                  AND (m.to_on IS NULL OR m.to_on > :day))
ORDER BY a.account, s.key
""")
SETTLE = "correct the one that is wrong and import it again"


def contradictions(conn: sqlite3.Connection, day: str) -> Iterator[tuple[int, str, str, str, str]]:
    """(account, check, subject, finding, next) for each; subject is the contract or subscription it is about."""
    values = {"day": day}
    for account, key, source, end, ended in conn.execute(_STANDS, values).fetchall():
        until = f"runs until {end}" if end else "has no end"
        yield (
            account, LEFT, key,
            f"{_billing_end(conn, account, ended)}; contract {key} {until} ({_contract(conn, source, key)}): "
            "no customer, and no renewal",
            f"{SETTLE}; if it stands: cs contracts set ACCOUNT --contract {key} --ends {end or 'DAY'}",
        )  # fmt: skip
    for account, key, source, end, status, paid in conn.execute(_OVER, values).fetchall():
        over = f"is {status}" + (f", ended on {end}" if end else "")
        yield (
            account, HERE, key,
            f"{_subscription(conn, paid)} is paid; contract {key} {over} ({_contract(conn, source, key)}): a customer",
            SETTLE,
        )  # fmt: skip
    for account, number, on, paid in conn.execute(_CHURN, values).fetchall():
        said = _place(conn, "churn", number)
        yield account, WRITTEN, on, f"{_subscription(conn, paid)} is paid; churn on {on} ({said}): a customer", SETTLE
    for account, key, source in conn.execute(_REPLACED, values).fetchall():
        yield (
            account, REPLACED, key,
            f"contract {key} was replaced ({_contract(conn, source, key)}), nobody says by what: no customer by it",
            "import the contract that took its place",
        )  # fmt: skip
    for account, number, key in conn.execute(_KEPT, values).fetchall():
        yield (
            account, KEPT, key,
            f"{key} stands in the sheet ({_place(conn, 'subscription', number)}), and billing has nothing of it that "
            "runs: no customer", f"{SETTLE}; if it is paid another way now, import what says so",
        )  # fmt: skip
    for account, number, key, written, subscription, renews in conn.execute(_RENEWALS, values).fetchall():
        if abs((date.fromisoformat(written) - date.fromisoformat(renews)).days) > APART:
            yield (
                account, RENEWALS, key,
                f"{written} in the sheet ({_place(conn, 'subscription', number)}), {renews} by subscription "
                f"{subscription}: the renewal is billing's", SETTLE,
            )  # fmt: skip
    for account, number, key, ended in conn.execute(_UNKNOWN).fetchall():
        yield (
            account, UNKNOWN, key,
            f"{key}{f', ended on {ended},' if ended else ''} ({_place(conn, 'subscription', number)}) has neither MRR "
            "nor price: its account counts in no sum of money while it was paid",
            "import an older export with --as-of its day",
        )  # fmt: skip


def _billing_end(conn: sqlite3.Connection, account: int, day: str) -> str:
    found = conn.execute(
        "SELECT min(source || char(10) || subscription) FROM mrr_span WHERE account = ? AND to_on = ?", (account, day)
    ).fetchone()
    return f"{_subscription(conn, found[0])} ended on {day}"


def _subscription(conn: sqlite3.Connection, named: str) -> str:
    """The words "subscription S1 (stripe.csv:12)"; of an invoice or a ledger its own."""
    source, _, key = named.partition("\n")
    for kind in ("subscription", "invoice"):
        row = conn.execute(f"SELECT id FROM known_{kind} WHERE source = ? AND key = ?", (source, key)).fetchone()
        if row is not None:
            return f"{kind} {key} ({_place(conn, kind, row[0])})"
    return f"the {key} of {source}"


def _contract(conn: sqlite3.Connection, source: str, key: str) -> str:
    row = conn.execute("SELECT id FROM known_contract WHERE source = ? AND key = ?", (source, key)).fetchone()
    return source if row is None else _place(conn, "contract", row[0])


def _place(conn: sqlite3.Connection, kind: str, number: int) -> str:
    file, line, _ = origin(conn, kind, number, None)
    return f"{file}:{line}" if line else str(file)


def check_rows(conn: sqlite3.Connection, day: str) -> Iterator[dict[str, Any]]:
    """The findings as `cs check` lists them: {check, subject, finding, next, same}; same: by the record's own key."""
    names = {number: f"{account_id} {name or ''}".rstrip() for number, account_id, name in conn.execute(
        "SELECT account, account_id, name FROM account_facts")}  # fmt: skip
    for account, check, key, finding, next_step in contradictions(conn, day):
        said = next_step.replace("ACCOUNT", names.get(account, "ACCOUNT").split(" ")[0])
        subject = names.get(account)
        yield {"check": check, "subject": subject, "finding": finding, "next": said, "same": f"{subject} {key}"}
