"""What happened around the companies: invoices, tickets, survey answers, touches, milestones, deals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import cast
import plot
from world import Company, Dice, Subscription, clock, day_of, months_later


@dataclass
class Invoice:
    subscription: Subscription | None
    issued: date
    due: date
    amount: int
    paid_on: date | None


@dataclass
class Ticket:
    opened: str
    solved: str | None
    priority: str
    category: str
    subject: str
    rating: str
    first_reply: int
    reopens: int


def terms(sub: Subscription, day: date) -> Iterator[tuple[date, date]]:
    """Billing periods begun by the day, start and end."""
    step, count = (12 if sub.interval == "year" else 1), 0
    while True:
        start, end = months_later(sub.start, step * count), months_later(sub.start, step * (count + 1))
        if start > day or (sub.ended and start >= sub.ended):
            return
        yield start, end
        count += 1


def invoices(company: Company, day: date) -> Iterator[Invoice]:
    """Since the first day of the story. Cards pay monthly plans at once; yearly plans pay by transfer."""
    late = plot.LATE_INVOICES.get(company.name)
    if (
        late
        and late[0] <= day.isoformat()
        and not any(
            start.isoformat() == late[0] for sub in company.subscriptions for start, _ in terms(sub, day)
        )
    ):
        settled = day_of(late[2]) if late[2] and late[2] <= day.isoformat() else None
        yield Invoice(None, day_of(late[0]), day_of(late[1]), 7410, settled)
    for sub in company.subscriptions:
        for start, _ in terms(sub, day):
            begun = company.trial[1] if company.trial and start == sub.start else start
            if start < day_of(plot.FIRST_DAY) or begun > day or (company.trial and not company.start):
                continue
            dice = Dice(sub.ident, "invoice", start)
            wait = 15 if company.plan.startswith("T") else 30
            due = begun if sub.interval == "month" else begun + timedelta(days=wait)
            paid: date | None = begun
            if sub.interval == "year":
                paid = begun + timedelta(
                    days=dice.whole(3, wait) + (dice.whole(2, 9) if dice.share() < 0.1 else 0)
                )
            elif dice.share() < 0.04:
                paid = begun + timedelta(days=dice.whole(2, 7))  # the card failed once
            if late and late[0] == begun.isoformat():
                due, paid = day_of(late[1]), day_of(late[2]) if late[2] else None
            yield Invoice(
                sub, begun, due, sub.price * sub.seats_on(begun), paid if paid and paid <= day else None
            )


def tickets(company: Company, day: date) -> Iterator[Ticket]:
    if not company.start and not company.trial:
        return
    start = max(company.start or (company.trial or (day,))[0], day_of(plot.FIRST_DAY))
    dice = Dice(company.name, "tickets")
    pace = 26 if company.employees > 400 else 48 if company.employees > 100 else 85
    pace = pace * 3 // 4 if company.mood in ("soft", "poor") else pace
    when = start + timedelta(days=dice.whole(2, pace))
    while when <= day and not (company.ended and when > company.ended):
        category, subject = dice.pick(cast.TICKET_SUBJECTS)
        priority = ("Low", "Normal", "Normal", "Normal", "High", "High")[dice.whole(0, 5)]
        hours = dice.whole(3, 60)
        happy = dice.share() < (0.6 if company.mood in ("soft", "poor") else 0.93)
        rating = ("Good" if happy else "Bad") if dice.share() < 0.3 else "Offered"
        opened = clock(when, company.name, "ticket")
        solved = when + timedelta(days=hours // 24 + (0 if int(opened[11:13]) + hours % 24 < 24 else 1))
        closing = f"{solved.isoformat()} {(int(opened[11:13]) + hours) % 24:02d}:{dice.whole(0, 59):02d}"
        done = solved <= day
        yield Ticket(
            opened,
            closing if done else None,
            priority,
            category,
            subject,
            rating if done else "Not Offered",
            dice.whole(6, 400),
            1 if dice.share() < 0.06 else 0,
        )
        when += timedelta(days=dice.whole(pace // 2, pace * 3 // 2))
    for opened, closing_at, priority, category, subject in plot.TICKETS.get(company.name, []):
        if opened[:10] <= day.isoformat():
            over = closing_at is not None and closing_at[:10] <= day.isoformat()
            yield Ticket(
                opened,
                closing_at if over else None,
                priority,
                category,
                subject,
                "Offered" if over else "Not Offered",
                35 if priority == "Urgent" else 120,
                0,
            )


def surveys(company: Company, day: date) -> Iterator[tuple[str, str, int, str]]:
    """(e-mail, day, score 0 to 10, comment): each person is asked twice a year, four in ten answer."""
    stories = plot.SURVEYS.get(company.name, [])
    for person in company.people:
        told = [story for story in stories if story[0] == person.role]
        asked = (company.start or day) + timedelta(days=60 + Dice(person.email, "asked").whole(0, 60))
        while company.start and asked <= day and not (company.ended and asked > company.ended):
            dice = Dice(person.email, "answer", asked)
            before_story = not told or asked < day_of(told[0][1]) - timedelta(days=45)
            if dice.share() < 0.4 and asked >= day_of(plot.FIRST_DAY) and before_story and not person.left_on:
                low, high = {
                    "good": (8, 10),
                    "grow": (9, 10),
                    "soft": (5, 7),
                    "poor": (2, 6),
                    "silent": (6, 8),
                    "fade": (7, 9),
                }.get(company.mood, (7, 9))
                score = dice.whole(low, high)
                texts = (
                    cast.GOOD_COMMENTS
                    if score > 8
                    else cast.MIDDLE_COMMENTS
                    if score > 6
                    else cast.BAD_COMMENTS
                )
                yield person.email, asked.isoformat(), score, dice.pick(texts)
            asked += timedelta(days=182)
        for _, when, score, comment in told:
            if when <= day.isoformat():
                yield person.email, when, score, comment


def touches(company: Company, day: date) -> Iterator[tuple[str, str, str, str, str]]:
    """(day, kind, who, sentiment, note): large accounts monthly, middle ones less, small ones rarely."""
    if not company.start:
        return
    every = {"EY": 26, "BY": 40, "TY": 62}.get(company.plan, 120)
    slow = {"soft": 1.6, "poor": 1.5, "silent": 1.6}.get(company.mood, 1.0)
    dice = Dice(company.name, "touches")
    when = max(company.start, day_of(plot.FIRST_DAY)) + timedelta(days=dice.whole(2, every))
    feelings = {"soft": ("neutral", "neutral", "bad"), "poor": ("bad", "neutral", "bad")}.get(
        company.mood, ("good", "good", "neutral")
    )
    told = plot.TOUCHES.get(company.name, [])
    quiet_from = day_of(min(story[0] for story in told)) if told else day_of("2099-01-01")
    while when <= day and not (company.ended and when > company.ended):
        kind, note = dice.pick(
            (
                ("call", "Check-in call."),
                ("email", "Sent the monthly tips, got a reply."),
                ("meeting", "Walked through two reports."),
                ("call", "Question about sharing."),
            )
        )
        if company.plan in ("EY", "BY") and dice.share() < 0.2:
            kind, note = "qbr", "Quarterly review against the success plan."
        mood = dice.pick(feelings)
        if when < quiet_from - timedelta(days=12) or when > day_of(plot.TODAY):
            yield when.isoformat(), kind, cast.SUCCESS, mood, note
        when += timedelta(days=round(every * slow * dice.around(0.4)))
    for when_told, kind, mood, note in told:
        if when_told <= day.isoformat():
            yield when_told, kind, cast.SUCCESS, mood, note


def milestones(company: Company, day: date) -> Iterator[tuple[str, str, str | None]]:
    """(name, due, done): of customers won since the first day of the story."""
    if not company.start or company.start < day_of(plot.FIRST_DAY):
        return
    told = plot.MILESTONES.get(company.name)
    if told:
        yield from (
            (name, due, done if done and done <= day.isoformat() else None) for name, due, done in told
        )
        return
    dice = Dice(company.name, "milestones")
    slow = 1.7 if company.mood in ("soft", "poor") else 0.9
    for name, after in (("kickoff", 7), ("data_connected", 18), ("first_value", 32), ("rollout", 60)):
        due = company.start + timedelta(days=after)
        done = company.start + timedelta(days=round(after * slow * dice.around(0.35)))
        never = company.mood == "poor" and name in ("first_value", "rollout")
        yield name, due.isoformat(), done.isoformat() if done <= day and not never else None


def deals(company: Company, day: date) -> Iterator[tuple[str, str, int | None, str, str, str, str]]:
    """(kind, name, amount, created, close, stage, owner) as the CRM shows them on the day."""
    name, made = company.name, day_of(company.created[:10])
    if not company.start or company.deal_stage:
        if company.amount:
            close = company.start or made + timedelta(days=75 + Dice(name, "close").whole(0, 40))
            yield (
                "New Business",
                f"{name} - new",
                int(company.amount),
                company.created,
                close.isoformat(),
                company.deal_stage,
                company.seller,
            )
        return
    mains = [sub for sub in company.subscriptions if sub.plan == cast.PLANS[company.plan][0]]
    for sub in mains:
        yearly = sub.price * sub.seats * (1 if sub.interval == "year" else 12)
        again = " (back)" if name in plot.CAME_BACK and sub.start > company.start else ""
        created = clock(sub.start - timedelta(days=30), name, "deal") if again else company.created
        yield (
            "New Business",
            f"{name} - new{again}",
            yearly,
            created,
            sub.start.isoformat(),
            "Closed won",
            company.seller,
        )
        if sub.interval == "year":
            yield from renewals(company, sub, yearly, day)
    for sub in company.subscriptions:
        if sub not in mains and sub.start <= day:
            yield (
                "Expansion",
                f"{name} - {sub.plan}",
                sub.price * sub.seats,
                clock(sub.start - timedelta(days=28), name, sub.plan),
                sub.start.isoformat(),
                "Closed won",
                company.seller,
            )
    for kind, label, amount, begun, closing, stage, owner in plot.DEALS.get(name, []):
        if begun <= day.isoformat():
            over = closing <= day.isoformat()
            yield (
                kind,
                f"{name} - {label}",
                amount,
                clock(day_of(begun), name, label),
                closing,
                "Closed won" if over else stage,
                owner,
            )


def renewals(
    company: Company, sub: Subscription, yearly: int, day: date
) -> Iterator[tuple[str, str, int, str, str, str, str]]:
    """A deal opens 90 days before each anniversary of a yearly plan; it is decided on that day."""
    told = {deal[0] for deal in plot.DEALS.get(company.name, [])}
    for count in range(1, 4):
        due = months_later(sub.start, 12 * count)
        opened = due - timedelta(days=90)
        lost = sub.ended is not None and sub.ended <= due
        if opened > day or (sub.ended and due > sub.ended) or opened < day_of(plot.FIRST_DAY):
            continue
        if "Renewal" in told and due > day_of(plot.TODAY):
            continue
        stage = ("Closed lost" if lost else "Closed won") if due <= day else "Qualified to buy"
        if company.name in plot.CANCEL_REQUESTS and stage == "Qualified to buy":
            stage = "Negotiation"
        yield (
            "Renewal",
            f"{company.name} - renewal {due.year}",
            yearly,
            clock(opened, company.name, "renewal"),
            due.isoformat(),
            stage,
            company.seller,
        )
