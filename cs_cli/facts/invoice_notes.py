"""What an import of bills or contracts must say: sales that came twice, invoices nobody can place, who speaks for whom.

Call after build_spans: reads mrr_span, invoice_question and invoice_copy as they stand.
"""

from __future__ import annotations

import sqlite3
from datetime import date

from cs_cli.base.money import show, to_major

MOST = 3
STALE = "what came since"  # begins why nobody knows: no newer export, and no fault of the invoice
WORDS = {
    "subscriptions": "subscriptions", "events": "the event ledger", "contracts": "contracts", "invoices": "invoices",
}  # fmt: skip
QUESTIONS = """
SELECT q.account, q.source, q.key, q.why, coalesce(i.number, i.key), i.issued_on, i.amount - coalesce(i.tax, 0),
       coalesce(i.currency, ?)
FROM temp.invoice_question q
JOIN known_invoice i ON i.source = q.source AND i.key = q.key
ORDER BY i.amount DESC, q.source, q.key
"""
# whoever pays now by one kind of record and before by another, and since when
_TAKEN_OVER = """
WITH paid AS (
  SELECT m.account, m.origin, m.from_on, coalesce(m.to_on, '9999-12-31') AS to_on
  FROM temp.mrr_span m
  WHERE coalesce(m.arr_minor, 1) <> 0
),
span AS (
  SELECT account, origin, max(to_on) AS to_on FROM paid GROUP BY account, origin
)
SELECT p.account, o.origin, p.origin, min(p.from_on)
FROM paid p
JOIN span n ON n.account = p.account AND n.origin = p.origin AND n.to_on > :day
JOIN span o ON o.account = p.account AND o.origin <> p.origin AND o.to_on <= p.from_on
WHERE p.from_on <= :day
GROUP BY p.account, o.origin, p.origin
ORDER BY min(p.from_on) DESC, p.account
"""


def has_questions(conn: sqlite3.Connection) -> bool:
    """Were invoices read, so that invoice_question stands?"""
    found = conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'invoice_question'").fetchone()
    return found is not None


def open_questions(conn: sqlite3.Connection, currency: str) -> list[tuple[int, str, str, str]]:
    """(account, source, key, what in words) of each invoice whose recurring revenue nobody can tell, largest first."""
    if not has_questions(conn):
        return []
    return [
        (account, source, key, f"{number} of {issued} over {show(to_major(net, code), code)} {code}: {why}")
        for account, source, key, why, number, issued, net, code in conn.execute(QUESTIONS, (currency,))
    ]


def import_notes(conn: sqlite3.Connection, currency: str, day: date) -> list[str]:
    """Lines for the end of an import, in the order of how much they matter."""
    return [
        *_asked(conn, currency),
        *_unpriced(conn, day),
        *_copies(conn),
        *_silent(conn, day),
        *_taken_over(conn, day),
    ]


def unpriced_contracts(conn: sqlite3.Connection, day: date) -> list[tuple[int, str, str]]:
    """(account, contract, since) of the contracts that run without an amount where nothing else says what is paid."""
    return conn.execute(
        "SELECT m.account, m.subscription, m.from_on FROM temp.mrr_span m "
        "WHERE m.origin = 'contracts' AND m.minor IS NULL "
        "AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day) ORDER BY m.account, m.subscription",
        {"day": day.isoformat()},
    ).fetchall()


def _unpriced(conn: sqlite3.Connection, day: date) -> list[str]:
    found = unpriced_contracts(conn, day)
    if not found:
        return []
    whose = _count(len({account for account, *_ in found}), "account")
    return [
        f"{_count(len(found), 'contract')} without an amount: MRR of {whose} is unknown "
        "(cs contracts set ACCOUNT --amount N)"
    ]


def _asked(conn: sqlite3.Connection, currency: str) -> list[str]:
    found = open_questions(conn, currency)
    old = [one for one in found if f": {STALE}" in one[3]]
    found = [one for one in found if one not in old]
    lines = []
    if found:
        more = f"; and {len(found) - MOST:,} more" if len(found) > MOST else ""
        lines += [
            f"{_count(len(found), 'invoice')} of {_accounts(found)} cannot be placed, so that MRR is unknown there: "
            f"{'; '.join(words for *_, words in found[:MOST])}{more}",
            "is it for a month or a year? invoice_period: in metrics.yaml says it by number, plan or source "
            "(cs check lists all)",
        ]
    if old:
        lines.append(
            f"{_accounts(old)}: the next invoice was due and no newer export is in, so that MRR is unknown there"
        )
    return lines


def _accounts(questions: list[tuple[int, str, str, str]]) -> str:
    return _count(len({account for account, *_ in questions}), "account")


def _copies(conn: sqlite3.Connection) -> list[str]:
    return [
        f"{_count(count, 'row')} of {source} {'tells' if count == 1 else 'tell'} of sales that {of_source} has too: "
        "each counts once"
        for source, of_source, count in conn.execute(
            "SELECT source, of_source, count(*) FROM temp.invoice_copy GROUP BY source, of_source ORDER BY 1, 2"
        )
    ]


def _silent(conn: sqlite3.Connection, day: date) -> list[str]:
    """Accounts that have invoices, and whose MRR something else says."""
    if not has_questions(conn):
        return []
    found = conn.execute(
        "SELECT m.origin, count(DISTINCT m.account) FROM temp.mrr_span m "
        "WHERE m.origin <> 'invoices' AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day) "
        "AND coalesce(m.arr_minor, 1) <> 0 AND m.account IN (SELECT a.account FROM known_invoice i "
        "JOIN account_of a ON a.ref = i.ref WHERE i.issued_on <= :day) GROUP BY m.origin ORDER BY m.origin",
        {"day": day.isoformat()},
    ).fetchall()
    return [
        f"{_count(count, 'account')} with invoices: MRR comes from {WORDS[origin]}, and the invoices say what is owed"
        for origin, count in found
    ]


def _taken_over(conn: sqlite3.Connection, day: date) -> list[str]:
    found = conn.execute(_TAKEN_OVER, {"day": day.isoformat()}).fetchall()
    names = dict(conn.execute("SELECT account, account_id FROM account_registry").fetchall())
    shown = [
        f"{names.get(account, account)} from {WORDS[before]} to {WORDS[now]} on {since}"
        for account, before, now, since in found[:MOST]
    ]
    more = f", and {len(found) - MOST:,} more" if len(found) > MOST else ""
    return [f"MRR goes over: {', '.join(shown)}{more}"] if shown else []


def origins_in_words(conn: sqlite3.Connection, day: date) -> str | None:
    """ "subscriptions (12 accounts), invoices (3)" for the day; None where only one kind of record says MRR."""
    found = dict(
        conn.execute(
            "SELECT origin, count(DISTINCT account) FROM temp.mrr_span WHERE from_on <= :day "
            "AND (to_on IS NULL OR to_on > :day) AND coalesce(arr_minor, 1) <> 0 GROUP BY origin",
            {"day": day.isoformat()},
        ).fetchall()
    )  # fmt: skip
    if len(found) < 2:
        return None
    return ", ".join(f"{WORDS[origin]} ({_count(found[origin], 'account')})" for origin in WORDS if origin in found)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
