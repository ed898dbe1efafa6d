"""How past renewals ended, from what the account paid before and after: the ground of forecasts by history.

A term that ended at E came out as what the account's ARR on E + 31 days says against that of the day before E.
Where no MRR is known, a following contract means renewed, and a decision by hand or a churn record means churned.
A forecast that was kept earlier is judged against what was paid then, where nothing was paid any more before E.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_cli.base.days import add_months, from_iso
from cs_cli.definitions.words import means
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    import sqlite3

SETTLE_DAYS = 31  # a late signature or a billing run of the month after is no churn
SAME_SHARE = 0.005

# at the rate of the day throughout: what a customer kept is no matter of currencies
SPANS = """
SELECT m.account, m.from_on, m.to_on, CAST(ROUND(m.minor * fx.factor) AS INTEGER)
FROM mrr_span m JOIN fx ON fx.currency = m.currency
WHERE m.minor <> 0
"""
PAPERS = expand("""
SELECT p.account, p.key, p.start_on, p.end_on,
       coalesce(p.said_months,
                CAST(ROUND((julianday(p.end_on) - julianday(p.start_on)) / 30.4375) AS INTEGER)) AS months,
       p.status
FROM term_paper p
WHERE p.end_on IS NOT NULL AND NOT @is_dead_paper(p.status)
ORDER BY p.account, p.end_on, p.key
""")
BILLED = """
SELECT a.account, s.key, s.started_on, s.renews_on, CASE WHEN s.ended_on <= :day THEN s.ended_on END,
       coalesce(s.term_months, CASE fold(s.interval) WHEN 'year' THEN 12 WHEN 'half_year' THEN 6 WHEN 'quarter' THEN 3
                WHEN 'month' THEN 1 ELSE 0 END * coalesce(s.interval_count, 1)),
       coalesce(CASE WHEN s.renewal_term_months >= 1 THEN s.renewal_term_months END,
                CASE WHEN s.term_months > 12 THEN 12 END)
FROM known_subscription s JOIN account_of a ON a.ref = s.ref
WHERE s.started_on <= :day AND coalesce(s.trial, 0) = 0
ORDER BY a.account, s.key
"""
CHURNS = "SELECT a.account, x.day FROM known_churn x JOIN account_of a ON a.ref = x.ref WHERE x.day <= :day"


@dataclass(frozen=True)
class Outcome:
    """One past renewal: `kept` is the share of its ARR that went on (0 churned, 1 renewed, more: expanded)."""

    account: int
    contract: str
    end: date
    kept: float

    @property
    def word(self) -> str:
        if self.kept <= 0:
            return "churned"
        if abs(self.kept - 1) <= SAME_SHARE:
            return "renewed"
        return "expanded" if self.kept > 1 else "contracted"


class Ledger:
    """What every account paid when. The terms (`build_contract_facts`) must stand, for the day given."""

    def __init__(self, conn: sqlite3.Connection, day: date) -> None:
        self.day = day
        self.spans: dict[int, list[tuple[str, str | None, int]]] = {}
        for account, start, end, arr in conn.execute(SPANS):
            self.spans.setdefault(account, []).append((start, end, arr))
        self.papers: dict[int, list[tuple[str, str | None, str, int | None, str]]] = {}
        for account, key, start, end, months, status in conn.execute(PAPERS):
            self.papers.setdefault(account, []).append((key, start, end, months, status))
        self.churns: dict[int, list[str]] = {}
        for account, left_on in conn.execute(CHURNS, {"day": day.isoformat()}):
            self.churns.setdefault(account, []).append(left_on)
        self.billed = conn.execute(BILLED, {"day": day.isoformat()}).fetchall()

    def arr(self, account: int, day: date) -> int:
        """Yearly amount in minor units on a day."""
        text = day.isoformat()
        return sum(
            arr for start, end, arr in self.spans.get(account, ()) if start <= text and (end is None or end > text)
        )

    def kept(self, account: int, end: date, since: date | None = None) -> float | None:
        """The share of the ARR before `end` that went on after it; None while that cannot be said yet.

        since: an earlier day from which on a loss counts (by default one near the end), and whose ARR is the measure
        where there is none left before the end.
        """
        settled = end + timedelta(days=SETTLE_DAYS)
        if self.day < settled:
            return None
        before = self.arr(account, end - timedelta(days=1))
        if before <= 0 and since is not None:
            before = self.arr(account, since)
        if before > 0:
            return max(self.arr(account, settled), 0) / before
        text = end.isoformat()
        papers = self.papers.get(account, [])
        if any(
            start and text <= add_months(from_iso(start), 3).isoformat() and later > text
            for _, start, later, *_ in papers
        ):
            return 1.0
        first = (since or end - timedelta(days=SETTLE_DAYS)).isoformat()
        left = any(first < one <= settled.isoformat() for one in self.churns.get(account, ()))
        return 0.0 if left or any(one[2] == text and means("lost_paper", one[4]) for one in papers) else None


def past_renewals(conn: sqlite3.Connection, day: date, since: date) -> list[Outcome]:
    """Terms of three months and more that ended in (since, day − 31 days], one per account and day, with what became
    of them. Subscriptions count where the account had no contract then; one that ended mid-term never came up."""
    ledger = Ledger(conn, day)
    ends: dict[tuple[int, date], str] = {}
    for account, papers in ledger.papers.items():
        for key, _start, end, months, _status in papers:
            if (months or 12) >= 3:
                ends.setdefault((account, from_iso(end)), key)
    covered = {
        account: [(one[1] or "0001-01-01", one[2]) for one in papers] for account, papers in ledger.papers.items()
    }
    for account, key, started, renews, ended, months, later in ledger.billed:
        if not months or months < 3:
            continue
        for last_day in _anniversaries(from_iso(started), renews, ended, (months, later or months), day):
            text = last_day.isoformat()
            if not any(start < text <= last for start, last in covered.get(account, ())):
                ends.setdefault((account, last_day), key)
    found = []
    for (account, ended_on), key in sorted(ends.items()):
        kept = ledger.kept(account, ended_on) if since < ended_on <= day else None
        if kept is not None:
            found.append(Outcome(account, key, ended_on, kept))
    return found


def _anniversaries(
    started: date, renews: str | None, ended: str | None, months: tuple[int, int], day: date
) -> list[date]:
    """The days on which a subscription came up for renewal, up to its end; an end near one is that one.

    months: how long the first term is, and each later one."""
    anchor = from_iso(renews).day if renews and from_iso(renews).day > started.day else started.day
    found: list[date] = []
    first, later = months
    n = 0
    while True:
        end = add_months(started, first + n * later, anchor)
        if end > day or (ended is not None and (end - from_iso(ended)).days > SETTLE_DAYS):
            return found
        found.append(end)
        n += 1
