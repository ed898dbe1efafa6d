"""Books of subscriptions, day by day, in plain Python: what a history of exports says of MRR, movements and retention.

A second route to the same numbers: nothing of the product is used. The rules are those of the exact definitions:

- An export speaks for a day. Of one subscription its rows, in the order of those days, are one line in time; the last
  row of a day counts; a row that says what the row before it said changes nothing.
- The first row holds from the start of the subscription. A later, different one begins on the source's own day of the
  new state (an end always; the start of a trial or of a period only where it lies after the row before), else on the
  day of the export. It holds until a later one begins, or until the end or the end of the trial that it tells itself.
- A trial before any payment is nothing and no customer, until a row tells that it runs. A trial or a pause after
  payment pays nothing and is a customer for 90 days from its first day. A price of 0, a free plan and a quantity of 0
  are no customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

PAUSE_DAYS = 90
A_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
FOREVER = date(9999, 12, 31)


@dataclass(frozen=True)
class Said:
    """What one export says of one subscription. Money in major units of its currency, days as dates."""

    day: date
    """The day that the export speaks for."""
    started_on: date
    amount: int
    status: str = "running"
    """running, past_due, trial, paused or ended."""
    quantity: int = 1
    interval: str = "month"
    discount: Fraction = Fraction(0)
    currency: str = "USD"
    plan: str = "team"
    ended_on: date | None = None
    cancelled_on: date | None = None
    trial_start: date | None = None
    trial_end: date | None = None
    period_start: date | None = None

    @property
    def yearly(self) -> Fraction:
        """What it is worth a year while it runs, in its own currency."""
        return Fraction(self.amount * self.quantity * A_YEAR[self.interval]) * (1 - self.discount)

    @property
    def end(self) -> date | None:
        """The day it ended or will end; None where the row tells no day."""
        return self.ended_on or (self.cancelled_on if self.status == "ended" else None)

    @property
    def over(self) -> bool:
        """Whether the row says that it is over on the day of the export."""
        return self.status == "ended" or (self.ended_on is not None and self.ended_on <= self.day)

    def state(self) -> tuple[object, ...]:
        """What makes it another state than the row before. Running and past due pay alike."""
        word = "ended" if self.over else "running" if self.status == "past_due" else self.status
        trial = self.trial_end if word == "trial" else None
        return (word, self.yearly, self.currency, self.plan, self.quantity, trial, self.end)


@dataclass(frozen=True)
class Piece:
    """From one day until before another: running, trial, hoped (after a trial that no row has told to be over), paused
    or ended; what it is worth a year (None: unknown)."""

    first: date
    until: date
    word: str
    arr: Fraction | None = Fraction(0)


def begins(said: Said, before: Said | None) -> date:
    """The first day of the state that a row tells."""
    if before is None:
        return said.started_on
    if said.over:
        return said.end or said.day
    own = said.trial_start if said.status == "trial" and said.trial_start else said.period_start
    if before.status == "trial" != said.status and before.trial_end and before.day < before.trial_end <= said.day:
        own = before.trial_end
    return own if own is not None and before.day < own <= said.day else said.day


def line(rows: Iterable[Said], rates: Mapping[str, Fraction]) -> list[Piece]:
    """The line of one subscription. Rows of one day: the last in the given order counts."""
    by_day: dict[date, Said] = {}
    for row in rows:
        by_day[row.day] = row
    ordered = [by_day[day] for day in sorted(by_day)]
    kept: list[tuple[date, Said]] = []
    for n, row in enumerate(ordered):
        before = ordered[n - 1] if n else None
        if before is None or row.state() != kept[-1][1].state():
            kept.append((begins(row, before), row))
    pieces: list[Piece] = []
    for n, (first, row) in enumerate(kept):
        until = min((later for later, _ in kept[n + 1 :]), default=FOREVER)
        pieces += [one for one in within(row, first, until, n == 0, rates) if one.first < one.until]
    return sorted(pieces, key=lambda one: one.first)


def within(row: Said, first: date, until: date, is_first: bool, rates: Mapping[str, Fraction]) -> Iterator[Piece]:
    """One row's own days between its first and last: a trial that ends, an end."""
    rate = rates.get(row.currency)
    worth = Fraction(0) if row.yearly == 0 else None if rate is None else row.yearly * rate
    if row.over and not is_first:
        yield Piece(first, until, "ended")
        return
    end = row.end or (row.day if row.over else FOREVER)
    stop = min(end, until)
    if row.status == "paused":
        yield Piece(first, stop, "paused")
    else:
        # the first row of a subscription tells of a trial that is over too, and of what ran before a later one
        trial_from = trial_until = first
        if row.status == "trial" or (is_first and row.trial_end is not None):
            trial_from = min(max(row.trial_start or first, first), stop) if is_first else first
            trial_until = max(min(row.trial_end or FOREVER, stop), trial_from)
            yield Piece(first, trial_from, "running", worth)
            yield Piece(trial_from, trial_until, "trial")
        yield Piece(trial_until, stop, "hoped" if row.status == "trial" else "running", worth)
    yield Piece(stop, until, "ended")


@dataclass(frozen=True)
class Span:
    """A stretch in which a subscription pays (arr > 0), is unknown (None), or rests as a customer (0)."""

    first: date
    until: date
    arr: Fraction | None


def spans(pieces: Iterable[Piece]) -> Iterator[Span]:
    """Who pays or rests when. A pause is one pause however many pieces tell of it."""
    live, rests_since = False, None
    for piece in pieces:
        if piece.word in ("paused", "trial"):
            if live:
                rests_since = rests_since or piece.first
                lapse = rests_since + timedelta(days=PAUSE_DAYS)
                if piece.first < lapse:
                    yield Span(piece.first, min(piece.until, lapse), Fraction(0))
        elif piece.word != "hoped" or live:
            live, rests_since = piece.word in ("running", "hoped") and piece.arr != 0, None
            if live:
                yield Span(piece.first, piece.until, piece.arr)


@dataclass(frozen=True)
class Movement:
    """A month of the whole company, MRR in major units."""

    start: Fraction
    new: Fraction
    expansion: Fraction
    contraction: Fraction
    churn: Fraction
    reactivation: Fraction
    end: Fraction
    customers: int


@dataclass(frozen=True)
class Kept:
    """Retention between two days: money in MRR, heads at both ends."""

    start: Fraction
    nrr: Fraction | None
    grr: Fraction | None
    logo_churn: Fraction | None
    start_customers: int
    churned_customers: int


class Books:
    """All accounts of a company. rows: (account, subscription) → its rows; rates: currency → reporting currency."""

    def __init__(self, rows: Mapping[tuple[str, str], Iterable[Said]], rates: Mapping[str, Fraction] | None = None):
        known = {"USD": Fraction(1), **(rates or {})}
        self.accounts: dict[str, list[Span]] = {}
        for (account, _), said in rows.items():
            self.accounts.setdefault(account, []).extend(spans(line(said, known)))

    def arr(self, account: str, day: date) -> Fraction | None:
        """What the account pays a year on the day; None where a part of it is not known."""
        running = [one.arr for one in self.accounts[account] if one.first <= day < one.until]
        return None if None in running else sum((one for one in running if one is not None), Fraction(0))

    def known_arr(self, account: str, day: date) -> Fraction:
        """As arr, where what is not known is in no figure."""
        return self.arr(account, day) or Fraction(0)

    def is_customer(self, account: str, day: date) -> bool:
        """Pays, or rests for under 90 days, or pays what is not known."""
        return any(one.first <= day < one.until for one in self.accounts[account])

    def had_paid(self, account: str, day: date) -> bool:
        """Whether it paid on any day until this one."""
        return any(one.arr != 0 and one.first <= day for one in self.accounts[account])

    def total(self, day: date) -> Fraction:
        """The ARR of everybody."""
        return sum((self.known_arr(one, day) for one in self.accounts), Fraction(0))

    def customers(self, day: date) -> set[str]:
        return {one for one in self.accounts if self.is_customer(one, day)}

    def movement(self, start: date, end: date) -> Movement:
        """Between the ends of two days, by account: MRR at the one against MRR at the other."""
        kinds = dict.fromkeys(("new", "expansion", "contraction", "churn", "reactivation"), Fraction(0))
        for account in self.accounts:
            was, now = self.known_arr(account, start), self.known_arr(account, end)
            if was == now:
                continue
            if was == 0:
                rests = self.is_customer(account, start)
                kind = "expansion" if rests else "reactivation" if self.had_paid(account, start) else "new"
            elif now == 0:
                kind = "contraction" if self.is_customer(account, end) else "churn"
            else:
                kind = "expansion" if now > was else "contraction"
            kinds[kind] += abs(now - was) / 12
        return Movement(self.total(start) / 12, **kinds, end=self.total(end) / 12, customers=len(self.customers(end)))

    def kept(self, start: date, end: date) -> Kept:
        """NRR and GRR of those who are customers at the start, and how many of them are none at the end."""
        cohort = self.customers(start)
        before = {one: self.known_arr(one, start) for one in cohort}
        after = {one: self.known_arr(one, end) for one in cohort}
        paid = sum(before.values(), Fraction(0))
        gone = len([one for one in cohort if not self.is_customer(one, end)])
        return Kept(
            start=paid / 12,
            nrr=sum(after.values(), Fraction(0)) / paid if paid else None,
            grr=sum((min(before[one], after[one]) for one in cohort), Fraction(0)) / paid if paid else None,
            logo_churn=Fraction(gone, len(cohort)) if cohort else None,
            start_customers=len(cohort),
            churned_customers=gone,
        )


def month_end(year: int, month: int) -> date:
    """The last day of a month; months under 1 and over 12 are of the years around."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def months_between(first: date, last: date) -> list[date]:
    """The last days of all months from that of the first day to that of the last."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [month_end(first.year, first.month + n) for n in range(count + 1)]
