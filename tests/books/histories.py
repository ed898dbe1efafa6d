"""Random companies as their weekly exports show them: from a seed, the same each time.

What happens to a subscription happens at an export, so that the exports alone say all that the books know. Left out is
what two readings are possible for: an end corrected to another day, a pause with a period that begins in it unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from random import Random

from tests.books.forms import months_on
from tests.books.ledger import Books, Said

RATES = {"EUR": Fraction(5, 4), "GBP": Fraction(3, 2)}
INTERVALS = {
    "canonical": ("month", "month", "month", "quarter", "year", "week"),
    "stripe": ("month", "month", "year"),
    "chargebee": ("month", "month", "quarter", "year"),
}
WEEK = timedelta(days=7)


@dataclass
class History:
    """A company's exports. rows: (account, subscription) → what each export says of it, oldest first."""

    form: str
    days: list[date]
    rows: dict[tuple[str, str], list[Said]] = field(default_factory=dict)

    def export(self, on: date) -> list[tuple[str, str, Said]]:
        """The rows of one export."""
        return [(*key, one) for key, said in sorted(self.rows.items()) for one in said if one.day == on]

    def books(self, rates: dict[str, Fraction] | None = None) -> Books:
        return Books(self.rows, RATES if rates is None else rates)

    def only(self, keys: set[tuple[str, str]]) -> History:
        """The same exports with fewer subscriptions."""
        rows = {key: said for key, said in self.rows.items() if key in keys}
        told = {one.day for said in rows.values() for one in said}
        return History(self.form, [day for day in self.days if day in told], rows)

    def without(self, gone: date) -> History:
        """The same history as if one export had never been made."""
        rows = {key: [one for one in said if one.day != gone] for key, said in self.rows.items()}
        return History(self.form, [day for day in self.days if day != gone], {k: v for k, v in rows.items() if v})

    def idle_days(self) -> list[date]:
        """Exports that say nothing that the one before did not say."""
        found = []
        for before, day in pairwise(self.days):
            old = {(a, s): one.state() for a, s, one in self.export(before)}
            if {(a, s): one.state() for a, s, one in self.export(day)} == old:
                found.append(day)
        return found


class Life:
    """One subscription on its way through the exports."""

    def __init__(self, dice: Random, form: str, first: date) -> None:
        self.dice, self.form = dice, form
        currency = dice.choice(("USD", "USD", "USD", *RATES))
        start = first - timedelta(days=dice.randint(1, 400))
        self.now = Said(
            first, start, dice.choice((20, 49, 100, 120, 600, 1000)), quantity=dice.choice((1, 1, 1, 3, 12)),
            interval=dice.choice(INTERVALS[form]), currency=currency, plan=dice.choice(("team", "pro")),
        )  # fmt: skip
        self.anchor, self.floor = start, start
        self.before = first
        self.paid_price = self.now.amount
        self.rests_at: date | None = None
        self._begin(first)

    def _begin(self, day: date) -> None:
        """What it is when it is first seen."""
        kind = self.dice.choices(("running", "trial", "ended", "past_due", "ahead"), (70, 12, 6, 6, 6))[0]
        if kind == "trial":
            start = day - timedelta(days=self.dice.randint(0, 9))
            ends = start + timedelta(days=14) if self.form != "canonical" else None
            trial_start = start if self.form == "stripe" else None
            self.now = replace(self.now, started_on=start, status="trial", trial_start=trial_start, trial_end=ends)
            self.anchor = self.floor = start
        elif kind == "ended":
            self._end(self._a_day(self.now.started_on + timedelta(days=1), day))
        elif kind == "past_due":
            self._set(status="past_due")
        elif kind == "ahead":
            self._set(started_on=day + timedelta(days=self.dice.randint(1, 40)))
            self.anchor = self.floor = self.now.started_on

    def _a_day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.dice.randint(0, max((last - first).days, 0)))

    def _set(self, **values: object) -> None:
        self.now = replace(self.now, **values)  # type: ignore[arg-type]

    def _end(self, day: date) -> None:
        self._set(status="ended", ended_on=max(day, self.now.started_on + timedelta(days=1)))

    def shown(self, day: date) -> Said:
        """The row of an export, with the period that it runs in.

        While it rests, and in the row that first tells that it goes on, no new period is told: a period that rolls on
        in a pause is no day of its end. A trial of Chargebee tells none.
        """
        period: date | None = None
        tells = self.form == "stripe" or (self.form == "chargebee" and self.now.status != "trial")
        if tells and self.anchor <= day:
            until = self.rests_at if self.rests_at else day
            months = {"month": 1, "quarter": 3, "year": 12}[self.now.interval]
            # the first period begins on the anchor, whatever the export's day
            steps = 0
            while months_on(self.anchor, (steps + 1) * months) <= until:
                steps += 1
            period = months_on(self.anchor, steps * months)
        if self.now.status != "paused":
            self.rests_at = None
        return replace(self.now, day=day, period_start=period)

    def go_on(self, day: date) -> None:
        """From the export before to the one of this day."""
        now, ready = self.now, True
        if now.status == "trial" and now.trial_end and now.trial_end <= day:
            # the trial is over: it runs, or it ends with it
            if self.dice.random() < 0.3:
                self._end(now.trial_end)
            else:
                self._set(status="running")
                self.anchor = now.trial_end
            ready = False
        elif now.status != "ended" and now.ended_on and now.ended_on <= day:
            self._set(status="ended")
            ready = False
        elif now.status != "ended" and now.ended_on:
            ready = self.dice.random() < 0.4
            if ready:
                self._set(ended_on=None)  # taken back before it came
                ready = False
        if ready and now.started_on <= self.before and self.dice.random() < 0.4:
            acts = self._acts(day)
            if acts:
                self.dice.choice(acts)()
        self.before = day

    def _acts(self, day: date) -> list[Callable[[], None]]:
        """What can happen to it now."""
        now, dice = self.now, self.dice
        if now.status == "ended":
            return [lambda: self._back(day)]
        if now.status == "trial":
            return [self._resume, lambda: self._end(self._a_day(self.before, day))] if not now.trial_end else []
        if now.status == "paused":
            acts = [lambda: self._set(amount=now.amount + 20), self._resume,
                    lambda: self._end(self._a_day(self.before + timedelta(days=1), day)), lambda: None]  # fmt: skip
            if self.form == "canonical":
                acts.append(lambda: self._set(status="trial"))  # on hold by another word: the same pause
            return acts
        if now.quantity == 0 or now.amount == 0:
            return [lambda: self._set(quantity=2, amount=self.paid_price, plan="team")]
        self.paid_price = now.amount
        acts = [
            lambda: self._set(amount=now.amount + 50),
            lambda: self._set(amount=self.paid_price // 2 * 2 + 20 if now.amount % 3 else max(now.amount - 7, 5)),
            lambda: self._set(quantity=now.quantity + dice.choice((1, 4)) if now.quantity < 5 else now.quantity - 3),
            lambda: self._set(plan="pro" if now.plan == "team" else "team", amount=now.amount + 30),
            lambda: self._set(currency=dice.choice([one for one in ("USD", *RATES) if one != now.currency])),
            lambda: self._set(status="past_due" if now.status == "running" else "running"),
            lambda: self._set(quantity=0),
            lambda: self._set(amount=0, plan=dice.choice((now.plan, "free"))),
            lambda: self._pause(),
            lambda: self._pause(),
            lambda: self._free_month(day),
            lambda: self._end(self._a_day(self.before + timedelta(days=1), day)),
            lambda: self._end(self._late(day)),
            lambda: self._set(status="ended"),
            lambda: self._set(started_on=self._a_day(now.started_on, self.before)),
            lambda: self._set(started_on=now.started_on - timedelta(days=dice.randint(1, 60))),
        ]
        if self.form != "stripe":
            acts.append(lambda: self._set(ended_on=day + timedelta(days=dice.randint(1, 60))))
        if self.form != "chargebee":
            acts.append(
                lambda: self._set(status="ended", cancelled_on=self._a_day(self.before + timedelta(days=1), day))
            )
        if self.form == "canonical":
            acts.append(lambda: self._set(discount=Fraction(dice.choice((0, 10, 25, 50)), 100)))
        return acts

    def _late(self, day: date) -> date:
        """An end told late: before the export before this one, after the last beginning."""
        return max(self.before - timedelta(days=self.dice.randint(1, 40)), self.floor + timedelta(days=1))

    def _pause(self) -> None:
        self.rests_at = self.before
        self._set(status="paused")

    def _free_month(self, day: date) -> None:
        first = self._a_day(self.before + timedelta(days=1), day)
        self.anchor = first
        if self.form == "canonical":
            self._set(status="trial")
        else:
            start = first if self.form == "stripe" else None
            self._set(status="trial", trial_start=start, trial_end=day + timedelta(days=self.dice.randint(5, 40)))

    def _resume(self) -> None:
        self._set(status="running")

    def _back(self, day: date) -> None:
        """The same id runs again, without an end."""
        self.anchor = self.floor = self._a_day(self.before + timedelta(days=1), day)
        self._set(status="running", ended_on=None, cancelled_on=None)
        if self.form == "canonical":
            self.floor = day


def history(seed: int, form: str, exports: int = 8, subscriptions: tuple[int, int] = (5, 30), gap: int = 8) -> History:
    """A company of so many subscriptions over 6 to 18 months. exports: how many; gap: weeks between two at the most."""
    dice = Random(f"history {form} {seed}")
    first = date(2024, 12, 6) + WEEK * dice.randint(0, 16) + timedelta(days=dice.randint(0, 6))
    days = [first]
    while len(days) < exports and days[-1] + WEEK * gap < date(2026, 6, 30):
        days.append(days[-1] + WEEK * dice.randint(1, gap))
    made = History(form, days)
    count = dice.randint(*subscriptions)
    for n in range(count):
        account = f"A{dice.randint(0, min(count - 1, 29))}"
        begin = 0 if dice.random() < 0.6 else dice.randint(0, len(days) - 2)
        life = Life(dice, form, days[begin])
        rows = [life.shown(days[begin])]
        for day in days[begin + 1 :]:
            life.go_on(day)
            row = life.shown(day)
            # a row that is missing says nothing; what happened must have been seen
            if dice.random() < 0.05 and row.state() == rows[-1].state():
                life.before = rows[-1].day
            else:
                rows.append(row)
        made.rows[account, f"S{n}"] = rows
    return made
