"""What is wrong with contract terms: gaps, overlaps, no notice day, no decision, CRM and billing disagreeing.

Call after the terms stand (`build_contract_facts`). Every finding says what to do about it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.days import add_months, from_iso
from cs_cli.base.money import exponent, show
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from cs_cli.definitions.shapes import Settings

GAP, OVERLAP = "gap between terms", "terms that overlap"
AWAY = "more than a year between contracts"
NOTICE, UNDECIDED = "renews by itself, no notice period known", "past its end with no decision"
ASSUMED, LENGTH = "renews by an assumed length", "length and days disagree"
END, AMOUNT = "CRM and billing disagree on the end", "CRM and billing disagree on the amount"

# what few systems say at all is one row in `cs check`; with the option that says it
ONE_ROW = {NOTICE: "--notice-days N", ASSUMED: "--renewal-months N"}

# what ends within so many days of each other is the same end; a comeback after a year is no gap
SAME_END_DAYS, COMEBACK_DAYS, EARLY_DAYS = 7, 366, 92
SAME_SHARE = 0.01
MONTH_DAYS = 30.4375

CHAIN = """
SELECT c.account, c.key, c.start_on, c.end_on, c.turns,
       lead(c.key) OVER w AS next_key, lead(c.start_on) OVER w AS next_start, lead(c.end_on) OVER w AS next_end
FROM term_chain c
WINDOW w AS (PARTITION BY c.account, coalesce(c.covers, '') ORDER BY coalesce(c.start_on, c.end_on), c.end_on, c.key)
"""
TERMS = """
SELECT account, contract, end_on, auto_renew, notice_days, overdue, CASE WHEN assumed = 1 THEN renewal_term_months END
FROM term WHERE rolling = 0
"""
LENGTHS = """
SELECT c.account, c.key, c.start_on, c.end_on, c.said_months, coalesce(c.renewal_months, 12)
FROM term_chain c
JOIN term_contract t ON t.account = c.account AND t.contract = c.key
WHERE c.said_months IS NOT NULL AND c.start_on IS NOT NULL
"""
BILLED = """
SELECT a.account, s.key, s.source, s.renews_on FROM known_subscription s JOIN account_of a ON a.ref = s.ref
WHERE s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day) AND s.cancelled_on IS NULL
  AND s.renews_on > :day
  AND (s.term_months >= 3 OR (s.term_months IS NULL AND (fold(s.interval) IN ('year', 'half_year', 'quarter')
       OR (fold(s.interval) = 'month' AND s.interval_count >= 3))))
ORDER BY a.account, s.renews_on, s.key
"""
PAID = """
SELECT m.account, sum(m.arr_minor) FROM mrr_span m
WHERE m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)
GROUP BY m.account HAVING count(*) = count(m.arr_minor) AND sum(m.arr_minor) > 0
"""
SIGNED = """
SELECT c.account, count(*) AS papers, max(c.contract) AS contract, max(c.source) AS source, max(c.end_on) AS end_on,
       max(c.term_months) AS months,
       CASE WHEN count(*) = count(p.arr_minor) THEN sum(p.arr_minor) END AS arr_minor, max(c.turns) AS turns
FROM term_contract c
JOIN term_part p ON p.contract = c.contract AND p.account = c.account AND p.origin = 'contract' AND p.decided IS NULL
WHERE c.end_on >= :day AND c.start_on <= :day
GROUP BY c.account
"""


def lint(conn: sqlite3.Connection, settings: Settings, day: date) -> list[dict[str, Any]]:
    """Findings as {account_id, name, contract, check, finding, next}, by account and contract."""
    names = {row["account"]: row for row in rows(conn, "SELECT account, account_id, name, status FROM account_facts")}
    found = [
        {
            "account_id": names[account]["account_id"],
            "name": names[account]["name"],
            "contract": contract,
            "check": check,
            "finding": finding,
            "next": next_step,
        }
        for account, contract, check, finding, next_step in (
            *_chain(conn, day),
            *_terms(conn, day),
            *_lengths(conn),
            *_disagreements(conn, settings, day),
        )
        if account in names and names[account]["status"] in ("customer", "churned")
    ]
    return sorted(found, key=lambda row: (str(row["account_id"]), str(row["contract"]), row["check"]))


def check_rows(conn: sqlite3.Connection, settings: Settings, day: date) -> list[dict[str, Any]]:
    """The findings as `cs check` lists them: {check, subject, finding, next, same, content}.

    same names a finding, content is what it says; both are the same as long as nothing but time goes by. Terms without
    a notice period, or with an assumed length, are one row, because few systems say it.
    """
    by_check: dict[str, list[dict[str, Any]]] = {}
    for row in lint(conn, settings, day):
        by_check.setdefault(row["check"], []).append(row)
    found: list[dict[str, Any]] = []
    for check in (UNDECIDED, END, AMOUNT, LENGTH, GAP, AWAY, OVERLAP, ASSUMED, NOTICE):
        mine = by_check.get(check, [])
        if check in ONE_ROW and mine:
            first = min(mine, key=lambda row: (row["finding"], row["contract"]))
            found.append(
                {
                    "check": check,
                    "subject": f"{len(mine)} term{'s' * (len(mine) != 1)}",
                    "finding": f"{'the next is' if check == NOTICE else 'such as'} {first['contract']}: "
                    + first["finding"],
                    "next": f"cs contracts list --lint; cs contracts set ACCOUNT {ONE_ROW[check]}",
                    "same": check,
                    "content": " ".join(f"{row['account_id']} {row['contract']}" for row in mine),
                }
            )
            continue
        found += [
            {
                "check": check,
                "subject": f"{row['account_id']} {row['name'] or ''}".rstrip(),
                "finding": f"{row['contract']}: {row['finding']}",
                "next": row["next"],
                "same": f"{row['account_id']} {row['contract']}",
            }
            for row in mine
        ]
    return found


_Found = tuple[int, str, str, str, str]


def _chain(conn: sqlite3.Connection, day: date) -> Iterator[_Found]:
    """Gaps and overlaps between a contract and the one after it, of those that ended in the last year or run."""
    since = (day - timedelta(days=COMEBACK_DAYS)).isoformat()
    for account, key, start, end, turns, next_key, next_start, next_end in conn.execute(CHAIN).fetchall():
        if next_key is None or next_start is None or start is None or next_end < since:
            continue
        apart = (from_iso(next_start) - from_iso(end)).days
        if turns == 0 and 1 < apart <= COMEBACK_DAYS:
            yield (
                account,
                key,
                GAP,
                f"ended on {end}, and {next_key} starts on {next_start}, {apart} days later",
                f"cs contracts set ACCOUNT --contract {next_key} --starts {end}, if it went on",
            )
        elif turns == 0 and apart > COMEBACK_DAYS:
            yield (
                account,
                key,
                AWAY,
                f"ended on {end}, and {next_key} starts on {next_start}, {apart} days later: away and back, or a "
                "contract between them is missing",
                "import the contract between them; if they were away, it may stand: cs check --accept ID",
            )
        elif -apart > EARLY_DAYS and end != next_end:
            yield (
                account,
                key,
                OVERLAP,
                f"runs until {end}, and {next_key} from {next_start}: {-apart} days of both, each a renewal of its own",
                f"cs contracts set ACCOUNT --contract {key} --ends {next_start}, if {next_key} took its place",
            )


def _terms(conn: sqlite3.Connection, day: date) -> Iterator[_Found]:
    for account, contract, end, auto_renew, notice_days, overdue, assumed in conn.execute(TERMS).fetchall():
        if assumed is not None:
            yield (
                account,
                contract,
                ASSUMED,
                f"the first term is longer than a year and nobody says what it renews by: {assumed} months are assumed",
                f"cs contracts set ACCOUNT --contract {contract} --renewal-months N",
            )
        if overdue:
            yield (
                account,
                contract,
                UNDECIDED,
                f"ended on {end}",
                "cs renewals close ACCOUNT --outcome …, or import the new term",
            )
        elif auto_renew == 1 and notice_days is None and end >= day.isoformat():
            yield (
                account,
                contract,
                NOTICE,
                f"renews on {end}, nobody knows until when it can be cancelled",
                "cs contracts set ACCOUNT --notice-days N",
            )


def _lengths(conn: sqlite3.Connection) -> Iterator[_Found]:
    """Contracts whose said length is not that of their days, nor that and whole renewals; ARR hangs on it."""
    for account, key, start, end, said, renewal in conn.execute(LENGTHS).fetchall():
        months = (from_iso(end) - from_iso(start)).days / MONTH_DAYS
        past = max(round((months - said) / renewal), 0)
        if abs(months - said - past * renewal) > 1:
            yield (
                account,
                key,
                LENGTH,
                f"runs from {start} to {end}, {months:.0f} months, and its length says {said}",
                f"cs contracts set ACCOUNT --contract {key} --ends DAY, or --term-months N",
            )


def _disagreements(conn: sqlite3.Connection, settings: Settings, day: date) -> Iterator[_Found]:
    """Contracts of the CRM against what is billed for the same account; what a hand has settled is settled."""
    values = {"day": day.isoformat()}
    billed: dict[int, list[tuple[str, str]]] = {}
    for account, key, _source, renews_on in conn.execute(BILLED, values).fetchall():
        billed.setdefault(account, []).append((key, renews_on))
    paid: dict[int, int] = dict(conn.execute(PAID, values).fetchall())
    by_hand = {
        (account, key)
        for account, key in conn.execute(
            "SELECT a.account, c.key FROM known_contract c JOIN account_of a ON a.ref = c.ref WHERE c.source = 'hand'"
        )
    }
    for account, papers, contract, source, end, months, arr, turns in conn.execute(SIGNED, values).fetchall():
        if (account, contract) in by_hand or source == "hand":
            continue
        theirs = billed.get(account, [])
        if papers == 1 and theirs and not any(_same_end(end, months, renews_on) for _, renews_on in theirs):
            key, renews_on = theirs[0]
            yield (
                account,
                contract,
                END,
                f"{source} says {end}, billing renews {key} on {renews_on}",
                f"cs contracts set ACCOUNT --contract {contract} --ends DAY settles it",
            )
        pays = paid.get(account)
        if arr is not None and pays is not None and turns == 0 and abs(arr - pays) > SAME_SHARE * pays:
            signed, actual = (_figure(one, settings) for one in (arr, pays))
            yield (
                account,
                contract,
                AMOUNT,
                f"{source} says {signed} a year, billing {actual}",
                f"cs contracts set ACCOUNT --contract {contract} --amount N settles it",
            )


def _same_end(end: str, months: int | None, renews_on: str) -> bool:
    """Whether billing's day is the contract's end, or an anniversary of it inside a term of several years."""
    last, day = from_iso(end), from_iso(renews_on)
    for back in range(max((months or 12) // 12, 1)):
        if abs((add_months(last, -12 * back) - day).days) <= SAME_END_DAYS:
            return True
    return False


def _figure(minor: float, settings: Settings) -> str:
    places = exponent(settings.currency)
    return show(round(minor / 10**places, places), settings.currency)
