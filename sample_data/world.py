"""From cast and plot to companies with people, subscriptions, invoices and weeks of use.

Everything is drawn from a generator seeded by the company's name and the purpose, never from
one shared stream: so a later day adds rows and changes none of the earlier ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

import cast
import plot

Item = TypeVar("Item")


class Dice:
    """Draws from random() alone: that stream is the same on every Python version."""

    def __init__(self, *names: object) -> None:
        self._random = random.Random("cs sample data|" + "|".join(str(name) for name in names)).random

    def share(self) -> float:
        return self._random()

    def whole(self, low: int, high: int) -> int:
        return low + int(self._random() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self._random() * len(items))]

    def around(self, width: float) -> float:
        """About 1, triangular, at most width away."""
        return 1 + width * (self._random() + self._random() - 1)


@dataclass
class Person:
    number: int
    first: str
    last: str
    email: str
    title: str
    role: str
    created: str
    left_on: str | None = None


@dataclass
class Subscription:
    ident: str
    plan: str
    interval: str
    price: int
    seats: int
    start: date
    ended: date | None = None
    cancelled: date | None = None
    seat_change: tuple[date, int] | None = None

    def seats_on(self, day: date) -> int:
        return self.seat_change[1] if self.seat_change and self.seat_change[0] <= day else self.seats


@dataclass
class Company:
    number: int
    name: str
    domain: str
    industry: str
    city: str
    country: str
    employees: int
    need: str
    seller: str
    mood: str
    start: date | None
    created: str
    plan: str = ""
    stage: str = ""
    amount: str = ""
    deal_stage: str = ""
    ended: date | None = None
    why: str = ""
    people: list[Person] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    trial: tuple[date, date] | None = None

    @property
    def anchor(self) -> date:
        """The day a bad ending runs towards: the end, or the day of the first set for those still here."""
        return min(self.ended or day_of(plot.TODAY), day_of(plot.TODAY))

    def name_on(self, day: date) -> str:
        renamed = plot.RENAMED.get(self.name)
        return renamed[1] if renamed and renamed[0] <= day.isoformat() else self.name

    @property
    def customer_id(self) -> str:
        return "cus_" + token(self.name, "customer", 14)


ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"


def token(*names: object) -> str:
    """A Stripe-like identifier of the last argument's length, fixed by the others."""
    length = int(str(names[-1]))
    dice = Dice("token", *names[:-1])
    return "".join(dice.pick(ALPHABET) for _ in range(length))


def day_of(text: str) -> date:
    return date.fromisoformat(text)


def months_later(day: date, months: int) -> date:
    """The same day of the month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    lengths = (31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return date(year, month, min(day.day, lengths[month - 1]))


def clock(day: date, *names: object) -> str:
    """That day at some minute of the working hours."""
    dice = Dice("clock", day, *names)
    return f"{day.isoformat()} {dice.whole(8, 17):02d}:{dice.whole(0, 59):02d}"


def domain_of(name: str) -> str:
    words = name.lower().replace("&", " ").split()
    return "-".join(words) + ".example"


def companies(day: date) -> list[Company]:
    """Every company that the CRM knows on the day, in order of its record id."""
    found: list[Company] = []
    number = 8834501200
    for index, line in enumerate([*cast.CUSTOMERS.strip().splitlines(), *cast.GONE.strip().splitlines()]):
        name, industry, place, employees, need, seller, plan, seats, start, mood, *gone = line.split("|", 10)
        city, country = place.split(", ")
        begun = day_of(start)
        created = clock(begun - timedelta(days=Dice(name, "created").whole(25, 90)), name)
        company = Company(
            number + 37 * index,
            name,
            domain_of(name),
            industry,
            city,
            country,
            int(employees),
            need,
            seller,
            mood,
            begun,
            created,
            plan=plan,
        )
        if gone:
            ended, company.why = gone[0].split("|", 1)
            company.ended = day_of(ended)
        if name in plot.LATER_CHURN and plot.LATER_CHURN[name][0] <= day.isoformat():
            company.ended, company.why = day_of(plot.LATER_CHURN[name][0]), plot.LATER_CHURN[name][1]
        company.subscriptions = list(subscriptions(company, int(seats)))
        company.people = people(company)
        found.append(company)
    for index, line in enumerate(cast.PROSPECTS.strip().splitlines()):
        company = prospect(line, number + 37 * (index + 80), day)
        company.people = people(company)
        found.append(company)
    return [company for company in found if company.created[:10] <= day.isoformat()]


def prospect(line: str, number: int, day: date) -> Company:
    name, industry, place, employees, need, seller, stage, made, amount, deal_stage = line.split("|")
    city, country = place.split(", ")
    company = Company(
        number,
        name,
        domain_of(name),
        industry,
        city,
        country,
        int(employees),
        need,
        seller,
        "new",
        None,
        clock(day_of(made), name),
        stage=stage,
        amount=amount,
        deal_stage=deal_stage,
    )
    for trial_name, plan, seats, start, end in cast.TRIALS:
        if trial_name == name:
            company.plan, company.trial = plan, (day_of(start), day_of(end))
            label, interval, price = cast.PLANS[plan]
            company.subscriptions = [
                Subscription("sub_" + token(name, "trial", 14), label, interval, price, seats, day_of(start))
            ]
            if name not in plot.LATER_CUSTOMERS and day > day_of(end):
                company.subscriptions[0].ended = day_of(end)
    later = plot.LATER_CUSTOMERS.get(name)
    if later and later[2] <= day.isoformat():
        plan, seats, start = later
        company.plan, company.stage, company.deal_stage = plan, "Customer", "Closed won"
        company.start = day_of(start)
        if not company.trial:
            label, interval, price = cast.PLANS[plan]
            company.subscriptions = [
                Subscription("sub_" + token(name, plan, 14), label, interval, price, seats, day_of(start))
            ]
    return company


def subscriptions(company: Company, seats: int) -> Iterator[Subscription]:
    name = company.name
    label, interval, price = cast.PLANS[company.plan]
    assert company.start is not None
    main = Subscription(
        "sub_" + token(name, "main", 14), label, interval, price, seats, company.start, company.ended
    )
    if name in plot.SEAT_CHANGES:
        changed, count = plot.SEAT_CHANGES[name]
        main.seat_change = (day_of(changed), count)
    if name in plot.CANCEL_REQUESTS:
        main.cancelled = day_of(plot.CANCEL_REQUESTS[name][0])
    if main.ended:
        main.cancelled = main.ended - timedelta(days=Dice(name, "cancelled").whole(0, 30))
    if name in plot.CAME_BACK:
        ended, again, count = plot.CAME_BACK[name]
        main.ended, main.cancelled = day_of(ended), day_of(ended)
        yield Subscription("sub_" + token(name, "again", 14), label, interval, price, count, day_of(again))
    yield main
    for plan, quantity, yearly, begun, ended_on in plot.ADD_ONS.get(name, []):
        over = day_of(ended_on) if ended_on else None
        yield Subscription(
            "sub_" + token(name, plan, 14), plan, "year", yearly, quantity, day_of(begun), over, over
        )


TITLES = (
    (
        "Decision Maker",
        ("Chief Financial Officer", "Managing Director", "VP Operations", "Chief Operating Officer"),
    ),
    ("Champion", ("Head of Reporting", "Operations Manager", "Data Lead", "Head of Planning")),
    ("End User", ("Analyst", "Controller", "Coordinator", "Team Lead")),
    ("Influencer", ("IT Manager", "System Administrator", "Head of IT")),
    ("Other", ("Accounts Payable", "Finance Manager")),
)


def people(company: Company) -> list[Person]:
    """Two for the smallest, up to five for the largest; some companies have no known decision maker."""
    dice = Dice(company.name, "people")
    count = (
        2 if company.employees < 50 else 3 if company.employees < 150 else 4 if company.employees < 500 else 5
    )
    roles = list(TITLES[:count])
    if company.mood in ("poor", "soft") and dice.share() < 0.35 and company.name not in plot.PEOPLE:
        roles = roles[1:]  # nobody ever asked who decides
    found = []
    for index, (role, titles) in enumerate(roles):
        first, last, title = dice.pick(cast.FIRST_NAMES), dice.pick(cast.LAST_NAMES), dice.pick(titles)
        first, last, title = plot.PEOPLE.get(company.name, {}).get(role, (first, last, title))
        email = f"{first}.{last}@{company.domain}".lower().replace(" ", "")
        left = plot.CHAMPION_LEFT.get(company.name) if role == "Champion" else None
        created = clock(day_of(company.created[:10]) + timedelta(days=index * 3), company.name, role)
        found.append(Person(company.number * 10 + index, first, last, email, title, role, created, left))
    return found


def first_sunday(day: date) -> date:
    return day + timedelta(days=(6 - day.weekday()) % 7)


def weeks(company: Company, day: date) -> Iterator[tuple[date, int]]:
    """Sundays of use with the number of the week since the start; none in the months away."""
    start = company.trial[0] if company.trial else company.start
    if start is None:
        return
    first = max(first_sunday(start), first_sunday(day_of(plot.FIRST_DAY)))
    gap = plot.CAME_BACK.get(company.name)
    sunday = first
    while sunday <= day and not (company.ended and sunday > company.ended):
        if company.trial and not company.start and sunday > company.trial[1]:
            return
        if not (gap and day_of(gap[0]) < sunday < day_of(gap[1])):
            begun = day_of(gap[1]) if gap and sunday >= day_of(gap[1]) else start
            yield sunday, (sunday - begun).days // 7
        sunday += timedelta(days=7)


def level(company: Company, sunday: date, week: int) -> float:
    """How much of its seats a company uses in a week (the share of seats active)."""
    before_end = (company.anchor - sunday).days / 7  # weeks before the day of the story
    base = {
        "good": 0.80,
        "grow": 0.86,
        "soft": 0.49,
        "poor": 0.40,
        "fade": 0.78,
        "silent": 0.55,
        "stalled": 0.10,
        "new": 0.60,
    }[company.mood] + 0.08 * (Dice(company.name, "base").share() - 0.5)
    share = base * min(1.0, 0.40 + 0.10 * week)
    if company.mood == "grow":
        share *= 1 - 0.0015 * max(0.0, before_end)
    if company.mood == "soft" and before_end < 6:
        share *= max(0.56, 0.68 + 0.05 * before_end)
    if company.mood == "poor" and before_end < 9:
        share *= max(0.12, 0.20 + 0.09 * before_end)
    if company.mood == "fade" and before_end < 10:
        share *= max(0.30, 1 - 0.065 * (10 - before_end))
    if company.mood == "silent" and before_end < 5:
        return 0.0
    if (sunday.month, sunday.day) >= (12, 22) or (sunday.month, sunday.day) <= (1, 4):
        share *= 0.55  # the holidays
    return share


FEATURES = (
    ("dashboards_viewed", 9.0),
    ("exports_run", 1.4),
    ("alerts_sent", 2.2),
    ("integrations_synced", 0.8),
)


def usage(company: Company, day: date) -> Iterator[tuple[date, str, int]]:
    """Per week: people active, seats used, reports created, and features used at all."""
    knows = [
        name
        for name, _ in FEATURES
        if Dice(company.name, name).share()
        < (0.35 if company.mood in ("soft", "poor", "stalled", "silent") else 0.85)
    ]
    for sunday, week in weeks(company, day):
        running = [
            sub
            for sub in company.subscriptions
            if sub.start <= sunday
            and not (sub.ended and sub.ended <= sunday)
            and "addon" not in sub.plan
            and "audit" not in sub.plan
        ]
        seats = sum(sub.seats_on(sunday) for sub in running)
        dice = Dice(company.name, "week", sunday)
        share = level(company, sunday, week)
        active = round(seats * share * dice.around(0.05))
        if company.mood == "poor" and sunday > company.anchor - timedelta(days=9):
            active = 0  # the last week before the story's day: nobody
        yield sunday, "active_users", min(active, seats)
        used = round(seats * min(1.0, share * 1.12 + 0.02)) if share else 0
        yield sunday, "seats_used", max(min(active, seats), min(used, seats))
        yield sunday, "reports_created", round(active * 1.8 * dice.around(0.08))
        for name, rate in FEATURES:
            count = round(active * rate * dice.around(0.12))
            if count and (name == "dashboards_viewed" or (name in knows and week >= 3)):
                yield sunday, name, count
