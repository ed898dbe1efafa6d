"""Invoices of the store as spans: reads their lines, lets invoice_spans place them, writes TEMP TABLE span_candidate.

A schedule is followed from one invoice to the next, with jitter, late bills and credit notes: that is no set operation,
so it is worked out here and what comes out is a table, as the days of a working calendar are.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from cs_cli.base.days import from_iso
from cs_cli.definitions.periods import ONE_OFF, Period, period_of
from cs_cli.facts.invoice_model import Line, Span
from cs_cli.facts.invoice_notes import STALE
from cs_cli.facts.invoice_spans import spans_of
from cs_cli.facts.invoice_text import Said, first_free, read_text
from cs_cli.facts.sources import limit
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import InvoiceRules, Settings

GRACE_DAYS = 10  # so many days after it was due the next invoice may still come
SHORT_GRACE_DAYS = 3  # of those for a week or two
FEW = 200  # accounts whose bills are read one by one
REMEMBERED = 300_000  # spans at a time

COLUMNS = (
    "a.account, i.source, i.key, i.number, i.issued_on, i.amount, i.tax, coalesce(i.currency, :currency), "
    "i.subscription, i.plan, i.description, i.lines, i.service_from, i.service_to"
)
BILLS = """
FROM known_invoice i
JOIN account_of a ON a.ref = i.ref
WHERE i.issued_on <= :day AND i.amount IS NOT NULL AND NOT @is_gone_bill(i.status)
"""
# what its subscription is billed for is not counted twice; nor is what lies within the time that others speak for
ONLY_OPEN = """
  AND (i.subscription IS NULL OR i.subscription NOT IN (SELECT s.key FROM known_subscription s))
  AND NOT EXISTS (SELECT 1 FROM span_claim k WHERE k.account = a.account AND k.to_on = '9999-12-31'
                  AND k.from_on <= (SELECT @add_days(min(coalesce(f.service_from, f.issued_on)), 31)
                                    FROM known_invoice f JOIN account_of b ON b.ref = f.ref
                                    WHERE b.account = a.account AND f.issued_on <= :day))
"""
_DIGITS = re.compile(r"[\W\d_]+")
_TIMES = re.compile(
    r"\b(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|january|february|march|april|june|july|august|september|"
    r"october|november|december|januar|februar|märz|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|"
    r"septembre|octobre|novembre|décembre|q)\b"
)


def fill_invoice_spans(conn: sqlite3.Connection, settings: Settings, day: date, only_open: bool) -> None:
    """Appends to span_candidate what is paid by invoice. only_open: leave accounts out that others speak for (claims
    stand). Adds TEMP TABLE invoice_question(account, source, key, why): what has no known amount."""
    # an account's own invoices are asked for once for each of them
    conn.execute("CREATE INDEX IF NOT EXISTS temp.account_of_account ON account_of(account)")
    conn.execute("DROP TABLE IF EXISTS temp.invoice_question")
    conn.execute("CREATE TEMP TABLE invoice_question(account INTEGER, source TEXT, key TEXT, why TEXT)")
    horizon = _Horizon(conn, settings, day)
    found: list[tuple[Any, ...]] = []
    questions: list[tuple[Any, ...]] = []
    for account, spans in _spans(conn, settings, day, only_open):
        for span in spans:
            if span.from_on > day or (span.minor is not None and not round(span.minor)):
                continue
            end, seen = horizon.end(span)
            head, tail = (account, span.source, span.key, span.plan), ("running", span.currency, "invoices")
            found.append((*head, span.from_on.isoformat(), end, span.minor, *tail))
            if seen is not None:
                found.append((*head, span.to_on.isoformat(), None, None, *tail))
                questions.append((account, span.source, span.key, f"{STALE} {seen} was not imported"))
            if span.minor is None:  # a past one too: the figures of its time leave the account out
                questions.append((account, span.source, span.key, span.why))
    conn.executemany(
        "INSERT INTO span_candidate "
        "(account, source, subscription, plan, from_on, to_on, minor, status, currency, origin) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", found,
    )  # fmt: skip
    conn.executemany("INSERT INTO invoice_question VALUES (?, ?, ?, ?)", questions)


class _Horizon:
    """How far the invoices of each source reach: no later than the day, and no later than the last import of it."""

    def __init__(self, conn: sqlite3.Connection, settings: Settings, day: date) -> None:
        self.day, self.limit = day, limit(settings, "invoice")
        known = conn.execute("SELECT known FROM temp.clock").fetchone()[0]
        self.reach: dict[str, str] = dict(
            conn.execute(
                "SELECT source, max(issued_on) FROM known_invoice WHERE issued_on <= ? GROUP BY source",
                (day.isoformat(),),
            )
        )
        for source, last in conn.execute(
            # the day that the file is of: an old one that is imported today does not end what it could not know of
            "SELECT source, max(coalesce(speaks_for, day)) FROM change_set c WHERE kind = 'import' "
            "AND source IS NOT NULL AND (:known IS NULL OR id <= :known) AND NOT EXISTS "
            "(SELECT 1 FROM change_set u WHERE u.undoes = c.id AND (:known IS NULL OR u.id <= :known)) GROUP BY source",
            {"known": known},
        ):
            self.reach[source] = min(max(self.reach.get(source, ""), last), day.isoformat())

    def end(self, span: Span) -> tuple[str | None, str | None]:
        """The day the span ended, None while it runs: also while its next invoice may still come, or may have come
        since the last export. And the day of that export, where it is too long ago to go by: then nobody knows."""
        if span.to_on > self.day:
            return None, None
        if span.last:
            grace = GRACE_DAYS if (span.to_on - span.from_on).days > 20 else SHORT_GRACE_DAYS
            seen = from_iso(self.reach.get(span.source) or self.day.isoformat())
            if seen < span.to_on + timedelta(days=grace):
                stale = self.limit is not None and (self.day - seen).days > self.limit
                return (span.to_on.isoformat(), seen.isoformat()) if stale else (None, None)
        return span.to_on.isoformat(), None


def _spans(
    conn: sqlite3.Connection, settings: Settings, day: date, only_open: bool
) -> Iterator[tuple[int, Sequence[Span]]]:
    """The spans of each account that has any. Those of the same bills are remembered: a back-test asks day by day."""
    values: dict[str, object] = {"day": day.isoformat(), "currency": settings.currency}
    memo = _memo(conn, settings)
    condition = BILLS + (ONLY_OPEN if only_open else "")
    order = "ORDER BY a.account, i.issued_on, i.source, i.key"
    bills = conn.execute(expand(f"SELECT a.account, i.id {condition} {order}"), values).fetchall()
    todo: dict[int, tuple[int, ...]] = {}
    for account, some in groupby(bills, key=itemgetter(0)):
        ids = tuple(number for _, number in some)
        if (known := memo.get(ids)) is not None:
            yield account, known
        else:
            todo[account] = ids
    if not todo:
        return
    if len(todo) <= FEW:
        condition += f" AND a.account IN ({', '.join(map(str, todo))}) "
    rules = _Rules(settings.invoices)
    rows = conn.execute(expand(f"SELECT {COLUMNS} {condition} {order}"), values)
    for account, found in groupby(rows, key=itemgetter(0)):
        if account in todo:
            lines = [line for bill in found for line in _lines_of(bill[1:], rules)]
            memo[todo[account]] = spans = tuple(spans_of(lines))
            yield account, spans


_MEMO: dict[tuple[Any, ...], dict[tuple[int, ...], tuple[Span, ...]]] = {}


def _memo(conn: sqlite3.Connection, settings: Settings) -> dict[tuple[int, ...], tuple[Span, ...]]:
    """Spans by the ids of their bills, in their order. A row that was committed is never another one; what stands in an
    open transaction may be taken back, and its ids be given again."""
    (path,) = (row[2] for row in conn.execute("PRAGMA database_list") if row[1] == "main")
    if conn.in_transaction or not path:
        return {}
    key = (path, os.stat(path).st_ino, settings.currency, repr(settings.invoices))
    if key not in _MEMO or sum(map(len, _MEMO[key].values())) > REMEMBERED:
        _MEMO.clear()
    return _MEMO.setdefault(key, {})


def _lines_of(bill: tuple[Any, ...], rules: _Rules) -> Iterator[Line]:
    source, key, number, issued, amount, tax, currency, subscription, plan, text, lines, first, last = bill
    net = amount - (tax or 0)
    for words, part in _parts(net, text, lines):
        said, series = rules.read(source, key, number, plan, words)
        from_on, to_on = (None if one is None else from_iso(one) for one in (first, last))
        if rules.names(number, key):
            to_on = None  # what a person says of this very invoice goes before what it says itself
        elif from_on is not None and to_on is not None and to_on > from_on:
            to_on = first_free(from_on, to_on)
        elif said.from_on is not None:
            from_on, to_on = said.from_on, said.to_on
        else:
            to_on = None
        if subscription:
            series = ("subscription", subscription, *series)
        yield Line(
            source, key, from_iso(issued), part, currency, said.kind, said.period, from_on, to_on, series, plan, number
        )


def _parts(net: int, text: str | None, lines: str | None) -> list[tuple[str, int]]:
    """(text, amount without tax) of each line; the parts of an invoice add up to what it is without tax."""
    if lines is None:
        return [(text or "", net)]
    found = [(str(words or ""), int(part)) for words, part in json.loads(lines)]
    total = sum(part for _, part in found)
    if not found or not total:
        return [(text or "", net)]
    if total == net:
        return found
    parts = [(words, round(part * net / total)) for words, part in found]
    words, part = parts[-1]
    parts[-1] = words, part + net - sum(one for _, one in parts)
    return parts


@lru_cache(maxsize=65536)
def _series(text: str) -> tuple[str, ...]:
    """A text without its days and numbers: what invoices of one thing have in common."""
    bare = " ".join(_DIGITS.sub(" ", _TIMES.sub(" ", text.casefold())).split())
    return ("text", bare) if bare else ()


class _Rules:
    """What the texts say, and what metrics.yaml says over them: of one invoice, of a plan, else of a source."""

    def __init__(self, rules: InvoiceRules) -> None:
        self.periods = rules.periods
        words = [re.escape(" ".join(word.casefold().split())) for word in rules.one_off if word.strip()]
        self.one_off = re.compile(rf"\b(?:{'|'.join(words)})\b") if words else None

    def read(
        self, source: str, key: str, number: str | None, plan: str | None, text: str
    ) -> tuple[Said, tuple[str, ...]]:
        """What the line says, and the series it is of: its plan, else its text without days and numbers."""
        said = read_text(text)
        if plan:
            by_plan = read_text(plan)
            said = said._replace(period=said.period or by_plan.period, kind=said.kind or by_plan.kind)
        of_source = self._word(source, "*")
        word = self._word(number, key) or self._word(plan) or (None if said.period else of_source)
        if word == ONE_OFF or (self.one_off and self.one_off.search(f"{text} {plan or ''}".casefold())):
            said = said._replace(kind="one_off")
        elif word is not None:
            period: Period | None = period_of(word)
            kind = "recurring" if said.kind in ("mixed", "one_off") and word is not of_source else said.kind
            said = said._replace(period=period, kind=kind)
        return said, ("plan", plan.casefold()) if plan else _series(text)

    def names(self, number: str | None, key: str) -> bool:
        """Does a rule speak of this invoice alone?"""
        return bool(self.periods) and self._word(number, key) is not None

    def _word(self, *names: str | None) -> str | None:
        if not self.periods:
            return None
        return next(
            (word for name in names if name and (word := self.periods.get(" ".join(name.split()).casefold()))), None
        )
