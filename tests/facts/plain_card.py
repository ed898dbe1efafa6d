"""Every fact of the starter scorecards once more, in plain Python over the lines of the exports themselves.

Nothing of the program is used: what a line means is read here from the export's own columns, and what a fact
means from its documented meaning. Days are dates, money is in cents. Whoever adds a measure to a starter card
adds a function to CARD, or the tests that compare the two fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

from tests.facts.plain import replaced

Line = dict[str, Any]
FIRST_VALUE = {"first_value", "go_live", "activated", "onboarded"}


@dataclass
class Company:
    """The lines of all exports that belong to one account."""

    employees: int | None = None
    activity_on: date | None = None
    subscriptions: list[Line] = field(default_factory=list)  # started_on ended_on cancelled_on cents seats …
    contracts: list[Line] = field(default_factory=list)  # start end notice_days auto_renew
    invoices: list[Line] = field(default_factory=list)  # issued_on due_on paid_on void
    tickets: list[Line] = field(default_factory=list)  # opened_on closed_on urgent high
    answers: list[Line] = field(default_factory=list)  # day score mail
    touches: list[date] = field(default_factory=list)
    bad_touches: list[date] = field(default_factory=list)
    champions: list[Line] = field(default_factory=list)  # created_on left_on
    key_people: list[Line] = field(default_factory=list)  # created_on left_on mail: champions and decision makers
    milestones: list[Line] = field(default_factory=list)  # name due_on done_on
    pulses: list[Line] = field(default_factory=list)  # day score who expires_on
    left: list[date] = field(default_factory=list)
    usage: dict[str, dict[date, float]] = field(default_factory=dict)  # metric → day → value

    def seen_using(self, day: date) -> bool:
        """Is there a row of usage by the day? Without any, no row is not none: it may not be linked."""
        return any(one <= day for days in self.usage.values() for one in days)


@dataclass
class Books:
    """All companies, the day of the import, and what cs.yaml says of freshness and usage."""

    companies: dict[str, Company]
    imported_on: date
    delivered: set[str]
    limits: dict[str, int]
    roles: dict[str, list[str]]
    spans: dict[tuple[str, date], tuple[date, date] | None] = field(default_factory=dict)  # worked out already

    def every(self, kind: str) -> list[Any]:
        return [line for company in self.companies.values() for line in getattr(company, kind)]

    def known(self, kind: str, lines: str, days: tuple[str, ...], day: date) -> bool:
        """Rows of this kind are there by the day and not older than the limit: then no row means none."""
        if kind not in self.delivered:
            return False
        seen = [line[c] for line in self.every(lines) for c in days if line[c] is not None and line[c] <= day]
        seen += [self.imported_on] if self.imported_on <= day else []
        return bool(seen) and (day - max(seen)).days <= self.limits.get(kind, 10**6)

    def metric_span(self, metric: str, day: date) -> tuple[date, date] | None:
        """First and last day that anybody has a row of this metric, by the day."""
        if (metric, day) not in self.spans:
            days = [one for company in self.companies.values() for one in company.usage.get(metric, {}) if one <= day]
            self.spans[metric, day] = (min(days), max(days)) if days else None
        return self.spans[metric, day]

    def covered(self, role: str, day: date) -> dict[str, tuple[date, date]]:
        """The metrics of a role whose export is fresh on the day."""
        spans = {metric: self.metric_span(metric, day) for metric in self.roles.get(role, [])}
        limit = self.limits.get("usage", 14)
        return {name: span for name, span in spans.items() if span is not None and (day - span[1]).days <= limit}


def months_on(day: date, months: int, anchor: int) -> date:
    """The day so many months later, on the anchor's day of the month or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(anchor, (following - timedelta(days=1)).day))


def runs(one: Line, day: date) -> bool:
    return one["started_on"] <= day and not (one["ended_on"] is not None and one["ended_on"] <= day)


def pays(one: Line, day: date) -> bool:
    in_trial = one["trial_ends_on"] is not None and one["trial_ends_on"] > day
    return runs(one, day) and not in_trial and one["cents"] > 0


def paid_from(one: Line) -> date:
    return max(one["started_on"], one["trial_ends_on"] or one["started_on"])


def began(c: Company, day: date) -> date | None:
    """The first day that the account paid or had a contract."""
    days = [
        paid_from(one)
        for one in c.subscriptions
        if one["cents"] > 0
        and paid_from(one) <= day
        and not (one["ended_on"] is not None and one["ended_on"] <= min(day, paid_from(one)))
    ]
    days += [one["start"] for one in c.contracts if one["start"] <= day]
    return min(days, default=None)


# --- one function per fact ---------------------------------------------------------------------------------


def arr(b: Books, c: Company, day: date) -> Any:
    return sum(one["cents"] for one in c.subscriptions if pays(one, day)) / 100


def employees(b: Books, c: Company, day: date) -> Any:
    return c.employees


def status(b: Books, c: Company, day: date) -> Any:
    if any(pays(one, day) for one in c.subscriptions) or any(
        one["start"] <= day <= one["end"] or (one["start"] <= day and one["auto_renew"]) for one in c.contracts
    ):
        return "customer"
    if any(runs(one, day) for one in c.subscriptions):
        return "trial"
    left = any(one <= day for one in c.left)
    return "churned" if began(c, day) is not None or left else "prospect"


def tenure_days(b: Books, c: Company, day: date) -> Any:
    since = began(c, day)
    return (day - since).days if status(b, c, day) == "customer" and since is not None else None


def _term(b: Books, c: Company, day: date) -> tuple[date | None, int] | None:
    """(decide_by, months) of the term that must be decided first; month to month has no day."""
    seen = sorted(
        (one for one in c.contracts if one["start"] <= day or b.imported_on <= day), key=lambda one: one["start"]
    )
    if seen:
        one = seen[-1]  # a contract that is known to follow has decided the one before it
        months = round((one["end"] - one["start"]).days / 30.4375)
        end, n = one["end"], 0
        while one["auto_renew"] and end < day:
            n += 1
            end = months_on(one["end"], n * months, one["end"].day)
        return end - timedelta(days=one["notice_days"] or 0), months
    running = []
    for sub in c.subscriptions:
        if pays(sub, day):
            n = 1
            while (end := months_on(sub["started_on"], n * sub["months"], sub["started_on"].day)) < day:
                n += 1
            running.append((sub, end))
    lines: dict[date, tuple[int, int]] = {}
    for sub, end in running:
        if sub["months"] >= 3 and not replaced(sub, end, running, day):
            notice, months = lines.get(end, (0, 0))
            lines[end] = (max(notice, sub["notice_days"] or 0), max(months, sub["months"]))
    if lines:
        by = {end: end - timedelta(days=notice) for end, (notice, _) in lines.items()}
        first = min(by, key=lambda end: by[end])
        return by[first], lines[first][1]
    return (None, running[0][0]["months"]) if running else None


def days_to_decide(b: Books, c: Company, day: date) -> Any:
    term = _term(b, c, day)
    return (term[0] - day).days if term is not None and term[0] is not None else None


def term_months(b: Books, c: Company, day: date) -> Any:
    term = _term(b, c, day)
    return None if term is None else term[1]


def cancel_requested(b: Books, c: Company, day: date) -> Any:
    if not b.known("subscription", "subscriptions", ("started_on", "cancelled_on", "ended_on"), day):
        return None
    return int(any(one["cancelled_on"] and one["cancelled_on"] <= day for one in c.subscriptions if runs(one, day)))


def overdue_days(b: Books, c: Company, day: date) -> Any:
    if not b.known("invoice", "invoices", ("issued_on", "paid_on"), day):
        return None
    owed = [
        one["due_on"]
        for one in c.invoices
        if not one["void"] and one["issued_on"] <= day and not (one["paid_on"] is not None and one["paid_on"] <= day)
    ]
    return max(0, (day - min(owed)).days) if owed else 0


def _open(b: Books, c: Company, day: date, word: str) -> list[date] | None:
    if not b.known("ticket", "tickets", ("opened_on", "closed_on"), day):
        return None
    return [
        one["opened_on"]
        for one in c.tickets
        if one[word] and one["opened_on"] <= day and not (one["closed_on"] is not None and one["closed_on"] <= day)
    ]


def urgent_tickets(b: Books, c: Company, day: date) -> Any:
    waiting = _open(b, c, day, "urgent")
    return None if waiting is None else len(waiting)


def urgent_ticket_working_days(b: Books, c: Company, day: date) -> Any:
    waiting = _open(b, c, day, "urgent")
    if waiting is None:
        return None
    since = min(waiting, default=day)
    return sum((since + timedelta(days=n + 1)).weekday() < 5 for n in range((day - since).days))


def high_tickets(b: Books, c: Company, day: date) -> Any:
    waiting = _open(b, c, day, "high")
    return None if waiting is None else len(waiting)


def arr_change_90d(b: Books, c: Company, day: date) -> Any:
    before = arr(b, c, day - timedelta(days=90))
    return arr(b, c, day) / before - 1 if before else None


def nps_key_people_60d(b: Books, c: Company, day: date) -> Any:
    said = []
    for one in c.key_people:
        if one["created_on"] <= day and not (one["left_on"] is not None and one["left_on"] <= day):
            own = [(answer["day"], -answer["score"]) for answer in c.answers if answer["mail"] == one["mail"]]
            said += [max((when, low) for when, low in own if when <= day)] if any(w <= day for w, _ in own) else []
    return min((-low for when, low in said if (day - when).days < 60), default=None)


def nps_latest(b: Books, c: Company, day: date) -> Any:
    newest = max((one["day"] for one in c.answers if one["day"] <= day), default=None)
    return min((one["score"] for one in c.answers if one["day"] == newest), default=None)


def _fair(c: Company) -> list[date]:
    left = list(c.touches)
    for one in c.bad_touches:
        left.remove(one)
    return left


def nps_key_people_open(b: Books, c: Company, day: date) -> Any:
    heard = max((one for one in _fair(c) if one <= day), default=date.min)
    said = []
    for one in c.key_people:
        if one["created_on"] <= day and not (one["left_on"] is not None and one["left_on"] <= day):
            own = [(answer["day"], -answer["score"]) for answer in c.answers if answer["mail"] == one["mail"]]
            said += [max((when, low) for when, low in own if when <= day)] if any(w <= day for w, _ in own) else []
    return min(
        (-low for when, low in said
         if (heard < when + timedelta(days=14) if -low <= 6 else (day - when).days < 60)),
        default=None,
    )  # fmt: skip


def days_since_fair_touch(b: Books, c: Company, day: date) -> Any:
    # a call that the CRM counted on the day that somebody noted as bad is that call
    heard = [*_fair(c), *([] if c.activity_on in c.bad_touches else [c.activity_on])]
    days = [one for one in heard if one is not None and one <= day]
    return (day - max(days)).days if days else None


def days_since_touch(b: Books, c: Company, day: date) -> Any:
    heard = [one for one in [*c.touches, c.activity_on] if one is not None and one <= day]
    return (day - max(heard)).days if heard else None


def champion_left(b: Books, c: Company, day: date) -> Any:
    if not any(one["created_on"] <= day for one in b.every("champions")):
        return None
    mine = [one["left_on"] for one in c.champions if one["created_on"] <= day]
    gone = [one is not None and one <= day for one in mine]
    return int(bool(gone) and all(gone))


def _standing(c: Company, day: date) -> list[Line]:
    newest: dict[str, Line] = {}
    for one in sorted(c.pulses, key=lambda one: one["day"]):
        if one["day"] <= day:
            newest[one["who"].casefold()] = one
    return [one for one in newest.values() if (one["expires_on"] or one["day"] + timedelta(days=45)) > day]


def _kept(c: Company, day: date) -> list[Line]:
    newest: dict[str, Line] = {}
    for one in sorted(c.pulses, key=lambda one: one["day"]):
        if one["day"] <= day:
            newest[one["who"].casefold()] = one
    ends = {who: one["expires_on"] or one["day"] + timedelta(days=45) for who, one in newest.items()}
    return [
        one for who, one in newest.items()
        if ends[who] > day or (one["score"] <= 3 and not any(o["day"] >= ends[who] for o in newest.values()))
    ]  # fmt: skip


def pulse_kept(b: Books, c: Company, day: date) -> Any:
    kept = _kept(c, day)
    latest = max((one["day"] for one in kept), default=None)
    return min((one["score"] for one in kept if one["day"] == latest), default=None)


def pulse_doubt(b: Books, c: Company, day: date) -> Any:
    return min((one["score"] for one in _kept(c, day) if one["score"] <= 3), default=None)


def pulse_lowest(b: Books, c: Company, day: date) -> Any:
    return min((one["score"] for one in _standing(c, day)), default=None)


def pulse(b: Books, c: Company, day: date) -> Any:
    live = _standing(c, day)
    latest = max((one["day"] for one in live), default=None)
    return min((one["score"] for one in live if one["day"] == latest), default=None)


def milestones_late(b: Books, c: Company, day: date) -> Any:
    # a plan has no day of its own: it is known as soon as one is in any file
    if "milestone" not in b.delivered:
        return None
    return sum(
        one["due_on"] is not None and one["due_on"] < day and not (one["done_on"] is not None and one["done_on"] <= day)
        for one in c.milestones
    )


def _valued_on(c: Company, day: date) -> date | None:
    return min(
        (m["done_on"] for m in c.milestones if m["name"] in FIRST_VALUE and m["done_on"] and m["done_on"] <= day),
        default=None,
    )


def activated(b: Books, c: Company, day: date) -> Any:
    fresh = b.covered("key_actions", day)
    if _valued_on(c, day) is not None:
        return 1
    ever = b.roles.get("key_actions", [])
    if any(value > 0 and one <= day for metric in ever for one, value in c.usage.get(metric, {}).items()):
        return 1
    late = not fresh and any(b.metric_span(metric, day) for metric in b.roles.get("key_actions", []))
    if late:
        return None
    if fresh:
        return 0 if c.seen_using(day) or ("milestone" in b.delivered and c.milestones) else None
    return 0 if "milestone" in b.delivered else None


def onboarding_days(b: Books, c: Company, day: date) -> Any:
    since, valued = began(c, day), _valued_on(c, day)
    if since is None:
        return None
    if valued is not None:
        return max(0, (valued - since).days)
    return (day - since).days if "milestone" in b.delivered else None


def days_without_value(b: Books, c: Company, day: date) -> Any:
    since = began(c, day)
    if since is None or activated(b, c, day) == 1:
        return None
    undone = [m for m in c.milestones if not (m["done_on"] is not None and m["done_on"] <= day)]
    if any(
        m["name"] in FIRST_VALUE if m["due_on"] is None else m["due_on"] < since + timedelta(days=365) for m in undone
    ):
        return (day - since).days
    metrics = b.roles.get("key_actions", [])
    if not b.covered("key_actions", day):
        return None
    first = min(span[0] for one in metrics if (span := b.metric_span(one, day)) is not None)
    return (day - since).days if c.seen_using(day) and first <= since else None


def _ages(b: Books, c: Company, role: str, day: date) -> dict[str, dict[int, float]]:
    """Per metric of a role: days before the last covered day → value."""
    return {
        metric: {(span[1] - one).days: value for one, value in c.usage.get(metric, {}).items() if one <= span[1]}
        for metric, span in b.covered(role, day).items()
    }


def usage_28d(b: Books, c: Company, day: date) -> Any:
    if not c.seen_using(day) or not b.covered("volume", day):
        return None
    return sum(value for ages in _ages(b, c, "volume", day).values() for n, value in ages.items() if n < 28)


def human_change_28d(b: Books, c: Company, day: date) -> Any:
    by_volume = _usage_change(b, c, day)
    if by_volume is not None:
        return by_volume
    now, before = 0.0, 0.0
    for metric, ages in _ages(b, c, "active_users", day).items():
        first, last = b.covered("active_users", day)[metric]
        now += max((value for n, value in ages.items() if n < 28), default=0)
        if (last - first).days >= 49:
            before += max((value for n, value in ages.items() if 28 <= n < 56), default=0)
    return now / before - 1 if before > 0 else None


def _usage_change(b: Books, c: Company, day: date) -> Any:
    spans = b.covered("volume", day)
    mine = {metric: ages for metric, ages in _ages(b, c, "volume", day).items() if any(n < 91 for n in ages)}
    # weekly rows are dated up to six days into their window, so 49 days of history are eight weeks
    if not mine or any((spans[metric][1] - spans[metric][0]).days < 49 for metric in mine):
        return None
    before = sum(value for ages in mine.values() for n, value in ages.items() if 28 <= n < 56)
    now = sum(value for ages in mine.values() for n, value in ages.items() if n < 28)
    return float(Fraction(now) / Fraction(before) - 1) if before > 0 else None


def _week(b: Books, c: Company, day: date, role: str) -> tuple[float, float] | None:
    """The best of the last four weeks, and the median of the account's own weeks before, up to 22 and at least 4."""
    weeks: dict[int, float] = {}
    for ages in _ages(b, c, role, day).values():
        mine: dict[int, list[float]] = {}
        for n, value in ages.items():
            if n < 182:
                mine.setdefault(n // 7, []).append(value)
        for n, values in mine.items():
            weeks[n] = weeks.get(n, 0) + (sum(values) if role == "volume" else max(values))
    earlier = [weeks.get(n, 0) for n in range(4, max(weeks, default=0) + 1)]
    if len(earlier) < 4 or median(earlier) <= 0:
        return None
    return max(weeks.get(n, 0) for n in range(4)), median(earlier)


def human_usual_week(b: Books, c: Company, day: date) -> Any:
    found = _week(b, c, day, "volume") or _week(b, c, day, "active_users")
    return None if found is None else found[1]


def human_vs_usual(b: Books, c: Company, day: date) -> Any:
    found = _week(b, c, day, "volume") or _week(b, c, day, "active_users")
    if found is None:
        change = human_change_28d(b, c, day)
        return None if change is None else 1 + change
    return found[0] / found[1]


def users_usual_week(b: Books, c: Company, day: date) -> Any:
    found = _week(b, c, day, "active_users")
    return None if found is None else found[1]


def users_vs_usual(b: Books, c: Company, day: date) -> Any:
    found = _week(b, c, day, "active_users")
    return None if found is None else found[0] / found[1]


def last_seen_days(b: Books, c: Company, day: date) -> Any:
    found = []
    for role in ("last_seen", "active_users", "volume"):
        for ages in _ages(b, c, role, day).values():
            found += [n for n, value in ages.items() if value > 0]
    return min(found, default=None)


def seat_utilisation(b: Books, c: Company, day: date) -> Any:
    seats = sum(one["seats"] or 0 for one in c.subscriptions if runs(one, day) and paid_from(one) <= day)
    if not seats:
        return None
    recent = [(n, value) for ages in _ages(b, c, "seats_used", day).values() for n, value in ages.items() if n < 28]
    if recent:
        last = min(n for n, _ in recent)
        return sum(value for n, value in recent if n == last) / seats
    if not b.covered("active_users", day) or not c.seen_using(day):
        return None
    peaks = [
        max((value for n, value in ages.items() if n < 28), default=0)
        for ages in _ages(b, c, "active_users", day).values()
    ]
    return sum(peaks) / seats


def key_actions_vs_median(b: Books, c: Company, day: date) -> Any:
    windows: dict[int, float] = {}
    for ages in _ages(b, c, "key_actions", day).values():
        for n, value in ages.items():
            if n < 28 * 13:
                windows[n // 28] = windows.get(n // 28, 0) + value
    first = max(windows, default=0)
    earlier = [windows.get(n, 0) for n in range(1, first + 1)]
    if len(earlier) < 3 or median(earlier) <= 0:
        return None
    return windows.get(0, 0) / median(earlier)


CARD: dict[str, Callable[[Books, Company, date], Any]] = {
    one.__name__: one
    for one in (
        arr, employees, status, tenure_days, days_to_decide, term_months, cancel_requested, overdue_days,
        urgent_tickets, urgent_ticket_working_days, nps_latest, days_since_touch, champion_left, pulse, milestones_late,
        activated, onboarding_days, usage_28d, last_seen_days, seat_utilisation,
        key_actions_vs_median, human_vs_usual, human_usual_week, users_vs_usual, users_usual_week, arr_change_90d,
        high_tickets, nps_key_people_60d, pulse_lowest,
        nps_key_people_open, days_since_fair_touch, pulse_kept, pulse_doubt, days_without_value,
    )
}  # fmt: skip


def recompute(books: Books, account: str, day: date) -> dict[str, Any]:
    """Every fact of CARD for one account on a day."""
    return {name: one(books, books.companies[account], day) for name, one in CARD.items()}


# --- which facts the starter cards use ---------------------------------------------------------------------

_WORD = re.compile(r'"[^"]*"|\b[A-Za-z_]\w*')
_GRAMMAR = {"and", "or", "not", "in", "is", "missing", "otherwise", "true", "false", "none", "coalesce", "contains"}


def words(condition: str) -> set[str]:
    """The names in a condition, texts and the language's own words left out."""
    found = {one for one in _WORD.findall(str(condition)) if not one.startswith('"')}
    return {one for one in found if one.lower() not in _GRAMMAR}


def card_facts(starter: Path) -> set[str]:
    """Facts that the starter's health.yaml reads, also by way of the segments it names."""
    import yaml

    segments = yaml.safe_load((starter / "segments.yaml").read_text(encoding="utf-8"))["dimensions"]
    cards = yaml.safe_load((starter / "health.yaml").read_text(encoding="utf-8"))["scorecards"]
    names: set[str] = set()
    for card in cards:
        names |= words(card["applies"])
        for measure in card["measures"].values():
            names.add(measure["fact"])
            for one in measure.get("when", []):
                names |= words(one["if"])
        for cap in card["caps"]:
            names |= words(cap["if"])
    while inner := names & set(segments):
        for name in inner:
            names.remove(name)
            for entry in segments[name]["list"]:
                for condition in entry.values():
                    names |= words(condition)
    return names
