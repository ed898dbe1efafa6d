"""A made-up company whose leavers have planted stories, beside healthy customers with noise, holidays and seasons.

The stories are those that the starter cards' caps were written for. They were made harder once the first caps caught
every one: some short, some told by half, some without any sign. Same seed, same bytes. Leavers carry their story as the
reason of their churn, so that `cs health warnings` counts by story.
"""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

# August and Christmas both lie inside the half year that is looked at, so no quiet season flatters the figures.
SINCE, UNTIL = date(2025, 7, 7), date(2026, 1, 5)  # the first and the last Monday looked at
FIRST, LAST = date(2024, 9, 2), date(2026, 2, 20)  # days with data
SEED = 20260105
STORIES = (
    "champion_silent", "usage_fading", "overdue", "detractor", "champion_left", "seats_shrinking", "never_started",
    "no_sign",  # bought, closed, out of money: nothing shows before, and nothing should be made of it
)  # fmt: skip
HEADS = {
    "accounts": "account_id,name,domain,industry,employees,created_on",
    "subscriptions": "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,"
    "cancelled_on,ended_on,status",
    "contacts": "contact_id,account_id,name,email,role,left_on,created_on",
    "usage": "account_id,day,metric,value",
    "surveys": "response_id,account_id,email,kind,score,day,comment",
    "tickets": "ticket_id,account_id,requester_email,opened_at,closed_at,priority,status,category,subject",
    "invoices": "invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status,service_from,service_to",
    "touches": "touch_id,account_id,day,kind,who,sentiment,note",
    "milestones": "account_id,name,due,day",
    "pulses": "account_id,day,who,score,reason,expires",
    "churns": "account_id,day,reason,voluntary,competitor,note",
}
CS_YAML = f"""
format: 1
company: Storyland
currency: USD
timezone: UTC
holidays: []
today: "{LAST}"
me: Robin
people:
  - name: Robin
    email: robin@storyland.example
    roles: [csm]
usage: {{volume: [events], active_users: active_users, key_actions: [key_actions]}}
churn_reasons: [{", ".join(STORIES)}]
"""


class Customer(NamedTuple):
    """One customer as drawn: told is the day of its cancellation, None for who stays."""

    n: int
    name: str
    tier: str
    seats: int
    start: date
    story: str | None
    told: date | None
    days: int  # over how many days before the cancellation its story shows
    part: float  # how strongly, from a half to the whole

    @property
    def end(self) -> date | None:
        return None if self.told is None else self.told + timedelta(days=30)

    def before(self, day: date) -> int:
        """Days from the day to the cancellation; far off for who stays."""
        return 9999 if self.told is None else (self.told - day).days

    def mail(self, who: str) -> str:
        return f"{who}@{self.name.lower()}.example"


def write_company(folder: Path, healthy: int = 300, each: int = 5, *, seed: int = SEED) -> list[Path]:
    """Canonical exports of `healthy` customers who stay and `each` leavers of every story."""
    rnd = random.Random(seed)
    lines: dict[str, list[str]] = {kind: [head] for kind, head in HEADS.items()}
    for number, story in enumerate([None] * healthy + [one for one in STORIES for _ in range(each)], 1):
        _customer(lines, _drawn(rnd, number, story), rnd)
    paths = []
    for kind, listed in lines.items():
        path = folder / f"{kind}.csv"
        path.write_text("\n".join(listed) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def _drawn(rnd: random.Random, n: int, story: str | None) -> Customer:
    tier = rnd.choices("ABC", (12, 33, 55))[0]
    if story in ("champion_silent", "champion_left") and tier == "C":
        tier = "B"  # nobody keeps books of the champions of the smallest
    seats = {"A": rnd.randrange(70, 260), "B": rnd.randrange(20, 60), "C": rnd.randrange(4, 16)}[tier]
    told = None if story is None else SINCE + timedelta(days=rnd.randrange(35, (UNTIL - SINCE).days))
    if told is not None and story == "never_started":
        start = told - timedelta(days=rnd.randrange(95, 140))
    elif story is None and rnd.random() < 0.15:
        start = SINCE + timedelta(days=rnd.randrange(-60, 150))  # customers come in all the time
    else:
        start = FIRST - timedelta(days=rnd.randrange(30, 900))
    # some stories are told over four months, some in four weeks, some by half
    return Customer(n, f"C{n:04d}", tier, seats, start, story, told, rnd.randrange(28, 130), rnd.uniform(0.5, 1.0))


def _customer(lines: dict[str, list[str]], one: Customer, rnd: random.Random) -> None:
    lines["accounts"].append(
        f"{one.name},Company {one.n},{one.name.lower()}.example,Software,{one.seats * 6},{one.start}"
    )
    _pays(lines, one, rnd)
    _people(lines, one, rnd)
    _starts(lines, one, rnd)
    _uses(lines, one, rnd)
    _asks(lines, one, rnd)
    _speaks(lines, one, rnd)
    _replies(lines, one)
    if one.end is not None:
        lines["churns"].append(f"{one.name},{one.end},{one.story},yes,,")


def _pays(lines: dict[str, list[str]], one: Customer, rnd: random.Random) -> None:
    """A monthly price per seat; the bills of it, paid as bills are; who shrinks pays for fewer seats at the end."""
    price, seats, start, number = 40, one.seats, one.start, 1
    out = lines["subscriptions"]
    if one.story == "seats_shrinking" and one.told is not None:
        cut = one.told - timedelta(days=rnd.randrange(7, 60))
        out.append(f"S{one.n}-1,{one.name},team,{seats},{price},USD,month,{start},,{cut},canceled")
        seats, start, number = max(2, round(seats * (1 - 0.6 * one.part))), cut, 2
    elif one.story is None and one.start < SINCE and rnd.random() < 0.015:
        cut = SINCE + timedelta(days=rnd.randrange(180))  # tidied up, and stayed
        out.append(f"S{one.n}-1,{one.name},team,{seats},{price},USD,month,{start},,{cut},canceled")
        seats, start, number = max(2, round(seats * 0.7)), cut, 2
    told, end = one.told or "", one.end or ""
    status = "canceled" if one.end else "active"
    out.append(f"S{one.n}-{number},{one.name},team,{seats},{price},USD,month,{start},{told},{end},{status}")
    # one bill a quarter; some pay late by habit, a few forget one
    slow = rnd.random() < 0.15
    issued = max(one.start, FIRST - timedelta(days=rnd.randrange(90)))
    stops = one.told is not None and one.story == "overdue"
    while issued < min(one.end or LAST, LAST):
        due = issued + timedelta(days=30)
        late = rnd.randrange(-25, 1) if not slow else rnd.randrange(-5, 13)
        if rnd.random() < 0.03:
            late = rnd.randrange(12, 45)
        paid: date | None = due + timedelta(days=late)
        if stops and one.before(due) < one.days + 45:
            paid = None
        if paid is not None and paid > LAST:
            paid = None
        service = issued + timedelta(days=91)
        lines["invoices"].append(
            f"I{one.n}-{issued},{one.name},{issued},{due},{paid or ''},{one.seats * price * 3},USD,"
            f"{'paid' if paid else 'open'},{issued},{service}"
        )
        issued = service


def _people(lines: dict[str, list[str]], one: Customer, rnd: random.Random) -> None:
    """A decision maker for most, a champion for A and B; champions change jobs, also where all is well."""
    out = lines["contacts"]
    out.append(f"P{one.n}-d,{one.name},Dana {one.n},{one.mail('dana')},decision_maker,,{one.start}")
    if one.tier == "C" or (one.story is None and rnd.random() < 0.3):
        return
    left: date | None = None
    if one.story == "champion_left" and one.told is not None:
        left = one.told - timedelta(days=one.days)
    elif one.story is None and rnd.random() < 0.05:
        left = SINCE + timedelta(days=rnd.randrange(180))
        found = left + timedelta(days=rnd.randrange(7, 50))
        out.append(f"P{one.n}-s,{one.name},Sam {one.n},{one.mail('sam')},champion,,{found}")
    out.append(f"P{one.n}-c,{one.name},Chris {one.n},{one.mail('chris')},champion,{left or ''},{one.start}")


def _starts(lines: dict[str, list[str]], one: Customer, rnd: random.Random) -> None:
    """The plan of the first weeks; some steps come late, for who never starts only the kickoff comes at all."""
    if one.start < FIRST - timedelta(days=400):
        return  # of the oldest nobody kept a plan
    for name, due, usual in (("kickoff", 7, (2, 12)), ("setup", 21, (10, 28)), ("first_value", 40, (18, 48))):
        done: date | None = one.start + timedelta(days=rnd.randrange(*usual))
        if one.story == "never_started" and name != "kickoff":
            done = None
        if done is not None and done > LAST:
            done = None
        lines["milestones"].append(f"{one.name},{name},{one.start + timedelta(days=due)},{done or ''}")


def season(day: date) -> float:
    """How much of the usual work is done: Christmas, August, the public holidays of most."""
    if (day.month, day.day) >= (12, 22) or (day.month, day.day) <= (1, 3):
        return 0.2
    if day.month == 8:
        return 0.72
    if (day.month, day.day) in ((5, 1), (10, 3), (11, 11), (5, 29), (4, 21)):
        return 0.15
    return 1.0


def _uses(lines: dict[str, list[str]], one: Customer, rnd: random.Random) -> None:
    """A row per working day: people, what they did, key actions; weeks differ, and they have holidays of their own."""
    share = rnd.uniform(0.45, 0.95)
    each, week_noise, drift = rnd.uniform(4, 14), 1.0, rnd.gauss(0.001, 0.003)
    closed = [FIRST + timedelta(days=rnd.randrange((LAST - FIRST).days)) for _ in range(rnd.random() < 0.25)]
    slump = FIRST + timedelta(days=rnd.randrange((LAST - FIRST).days)) if rnd.random() < 0.15 else None
    day, grown = max(one.start, FIRST), 1.0
    while day <= min(one.end or LAST, LAST):
        if day.weekday() == 0:
            week_noise = math.exp(rnd.gauss(0, 0.12 + 0.3 / math.sqrt(one.seats)))
            grown *= 1 + drift
        if day.weekday() < 5:
            level = week_noise * grown * season(day)
            if any(0 <= (day - one_).days < 12 for one_ in closed):
                level *= 0.15
            if slump is not None and 0 <= (day - slump).days < 21:
                level *= 0.65  # a project between two others
            level *= min(1.0, 0.2 + (day - one.start).days / 60)  # it takes two months to get used to
            people, per_head = _story(one, day)
            mean = one.seats * share * min(level, 1.0 / share) * people
            users = max(0, min(one.seats, round(mean + rnd.gauss(0, math.sqrt(max(mean, 0.1)) * 0.4))))
            events = round(users * each * per_head * max(0.2, rnd.gauss(1, 0.2)))
            lines["usage"].append(f"{one.name},{day},active_users,{users}")
            lines["usage"].append(f"{one.name},{day},events,{events}")
            if one.story != "never_started":
                lines["usage"].append(f"{one.name},{day},key_actions,{round(events * rnd.uniform(0.08, 0.15))}")
        day += timedelta(days=1)


def _story(one: Customer, day: date) -> tuple[float, float]:
    """How many of the usual people come, and how much each does, so many days before the cancellation."""
    way = one.part * min(1.0, max(0.0, (one.days - one.before(day)) / one.days))
    if one.story == "usage_fading":
        return 1 - 0.6 * way, 1 - 0.5 * way
    if one.story == "seats_shrinking":
        return 1 - 0.75 * way, 1 + 0.6 * way
    if one.story == "champion_silent":
        return 1 - 0.2 * way, 1 - 0.2 * way
    if one.story == "champion_left":
        return 1 - 0.2 * way, 1.0
    if one.story == "never_started":
        return 0.12, 0.5
    return 1.0, 1.0


def _asks(lines: dict[str, list[str]], one: Customer, rnd: random.Random) -> None:
    """Surveys each half year, and tickets; an angry one answers low and waits for help on three matters."""
    day = FIRST + timedelta(days=rnd.randrange(182))
    last = min(one.end or LAST, LAST)
    while day < last:
        if day > one.start + timedelta(days=60):
            for who in ("dana", "chris", "uma", "uri"):
                if rnd.random() < 0.35:
                    score = rnd.choices((9, 10, 8, 7, 6, 4, 2), (24, 26, 24, 14, 6, 4, 2))[0]
                    lines["surveys"].append(f"R{one.n}-{day}-{who},{one.name},{one.mail(who)},nps,{score},{day},")
        day += timedelta(days=182)
    if one.story == "detractor" and one.told is not None:
        day = one.told - timedelta(days=rnd.randrange(10, 75))
        lines["surveys"].append(
            f"R{one.n}-angry,{one.name},{one.mail('dana')},nps,{rnd.randrange(0, 5)},{day},"
        )
        for k in range(3):
            opened = day - timedelta(days=rnd.randrange(0, 20))
            lines["tickets"].append(
                f"T{one.n}-angry{k},{one.name},{one.mail('uma')},{opened}T09:00:00Z,,high,open,bug,It fails again"
            )
    day = max(one.start, FIRST)
    while True:
        day += timedelta(days=1 + int(rnd.expovariate(1 / {"A": 14, "B": 28, "C": 70}[one.tier])))
        if day >= last:
            return
        priority = rnd.choices(("low", "normal", "high", "urgent"), (25, 53, 18, 4))[0]
        takes = {"low": 14, "normal": 9, "high": 6, "urgent": 2}[priority]
        closed = day + timedelta(days=1 + int(rnd.expovariate(1 / takes)))
        shut, status = (f"{closed}T15:00:00Z", "closed") if closed <= LAST else ("", "open")
        lines["tickets"].append(
            f"T{one.n}-{day},{one.name},{one.mail('uma')},{day}T09:00:00Z,{shut},{priority},{status},question,Help"
        )


def _replies(lines: dict[str, list[str]], one: Customer) -> None:
    """Who answers 6 and less is written to within a week, nine times of ten, and talked to some weeks later, as the
    detractor playbook asks: a company that never replies to its detractors is another one. Who is about to leave for
    it stays angry.
    """
    rnd = random.Random(f"replies of {one.name}")  # on its own, so that the rest stays as it was drawn
    for line in [line for line in lines["surveys"] if line.split(",")[1] == one.name]:
        key, _, _, _, score, day, _ = line.split(",")
        replied = date.fromisoformat(day) + timedelta(days=rnd.randrange(1, 8))
        talked = date.fromisoformat(day) + timedelta(days=rnd.randrange(10, 45))
        if int(score) > 6 or rnd.random() > 0.9:
            continue
        mood = "bad" if key.endswith("angry") else "neutral"
        for on, kind in ((replied, "email"), (talked, "call")):
            if on < min(one.end or LAST, LAST):
                lines["touches"].append(f"V{key}-{kind},{one.name},{on},{kind},Robin,{mood},about the answer")


def _speaks(lines: dict[str, list[str]], one: Customer, rnd: random.Random) -> None:
    """Calls and pulses of A and B. A champion who is silent stops the calls; the pulse says nothing of it."""
    if one.tier == "C":
        return
    usual = 20 if one.tier == "A" else 36
    if one.tier == "B" and one.story is None and rnd.random() < 0.06:
        usual = 60  # content, and hard to get hold of
    silent = one.days + 30 if one.story == "champion_silent" else -1
    day, last = max(one.start, FIRST), min(one.end or LAST, LAST)
    while True:
        day += timedelta(days=max(3, round(rnd.gauss(usual, usual / 3))))
        if season(day) < 0.5:
            day = date(day.year + (day.month == 12), 1, 4) + timedelta(days=rnd.randrange(8))
        if day >= last or one.before(day) < silent:
            break
        mood = "bad" if one.story == "detractor" and any(
            line.startswith(f"R{one.n}-angry,") and line.split(",")[5] <= day.isoformat() for line in lines["surveys"]
        ) else "neutral"  # a person writes down how the call was
        lines["touches"].append(f"U{one.n}-{day},{one.name},{day},call,Robin,{mood},")
    day = max(one.start, FIRST) + timedelta(days=rnd.randrange(60))
    while day < last:
        if rnd.random() < 0.6 and one.before(day) >= silent:
            score = rnd.choices((5, 4, 3, 2), (30, 47, 20, 3))[0]
            lines["pulses"].append(f"{one.name},{day},Robin,{score},after a call,")
        day += timedelta(days=45)
