"""Zendesk, the survey tool, and the team's own lists in the canonical templates."""

from __future__ import annotations

from datetime import date, timedelta

import events
import plot
from formats import Row, money, text
from world import Company, Dice, day_of, months_later, token, usage


def zendesk_tickets(found: list[Company], day: date) -> str:
    header = [
        "Summation column",
        "Id",
        "Requester",
        "Requester email",
        "Requester domain",
        "Assignee",
        "Group",
        "Subject",
        "Tags",
        "Status",
        "Priority",
        "Via",
        "Ticket type",
        "Created at",
        "Updated at",
        "Organization",
        "Solved at",
        "Satisfaction Score",
        "Reopens",
        "Replies",
        "First reply time in minutes",
        "Ticket Category [list]",
    ]
    rows: list[tuple[str, Company, events.Ticket]] = []
    for company in found:
        rows += [
            (f"{ticket.opened} {company.name}", company, ticket) for ticket in events.tickets(company, day)
        ]
    rows.sort(key=lambda row: row[0])
    out: list[Row] = []
    for ident, (_, company, ticket) in enumerate(rows, start=4101):
        dice = Dice(company.name, ticket.opened, "requester")
        asking = [person for person in company.people if not person.left_on] or company.people
        person = dice.pick(asking)
        age = (day - day_of(ticket.solved[:10])).days if ticket.solved else 0
        status = ("Closed" if age > 4 else "Solved") if ticket.solved else "Open"
        out.append(
            [
                1,
                ident,
                f"{person.first} {person.last}",
                person.email,
                company.domain,
                dice.pick(("Lena Sorbo", "Ravi Menon")),
                "Support",
                ticket.subject,
                ticket.category.lower().replace(" ", "_"),
                status,
                ticket.priority,
                dice.pick(("Mail", "Mail", "Web form", "Chat")),
                "Question",
                ticket.opened,
                ticket.solved or ticket.opened,
                company.name_on(day),
                ticket.solved or "",
                ticket.rating,
                ticket.reopens,
                dice.whole(1, 5),
                ticket.first_reply,
                ticket.category,
            ]
        )
    return text(header, out)


def nps_answers(found: list[Company], day: date) -> str:
    """The field names of Delighted's API; times are Unix seconds."""
    header = [
        "id",
        "person",
        "survey_type",
        "score",
        "comment",
        "permalink",
        "created_at",
        "updated_at",
        "person_properties",
        "notes",
        "tags",
        "additional_answers",
    ]
    rows: list[Row] = []
    for company in found:
        for email, when, score, comment in events.surveys(company, day):
            seconds = (day_of(when) - date(1970, 1, 1)).days * 86400 + 36000
            seconds += Dice(email, when, "second").whole(0, 25000)
            ident = 100000000 + int(Dice(email, when, "answer id").share() * 8e8)
            rows.append(
                [
                    ident,
                    email,
                    "nps",
                    score,
                    comment,
                    f"https://survey.example/r/{token(email, when, 24)}",
                    seconds,
                    seconds,
                    "",
                    "",
                    "",
                    "",
                ]
            )
    return text(header, sorted(rows, key=lambda row: (row[6], row[0])))


def product_usage(found: list[Company], day: date) -> str:
    return text(
        ["account_id", "day", "metric", "value"],
        (
            [company.number, sunday.isoformat(), metric, value]
            for company in found
            for sunday, metric, value in usage(company, day)
        ),
    )


def contracts(found: list[Company], day: date) -> str:
    """amount is that of the whole term; end is the day on which the next term begins."""
    header = [
        "contract_id",
        "account_id",
        "start",
        "end",
        "notice_days",
        "auto_renew",
        "amount",
        "currency",
        "uplift",
    ]
    rows: list[Row] = []
    for company in found:
        if company.name not in plot.CONTRACTS or company.start is None:
            continue
        notice, auto, months, uplift = plot.CONTRACTS[company.name]
        main = company.subscriptions[0]
        start, count = company.start, 1
        while start <= day:
            end = months_later(company.start, months * count)
            amount = money(main.price * main.seats * months // 12)
            rows.append(
                [
                    f"CT-{company.number % 10000}-{count}",
                    company.number,
                    start.isoformat(),
                    end.isoformat(),
                    notice,
                    str(auto).lower(),
                    amount,
                    "USD",
                    f"{round(uplift * 100)}%",
                ]
            )
            start, count = end, count + 1
    return text(header, rows)


def touches(found: list[Company], day: date) -> str:
    rows: list[Row] = []
    for company in found:
        for when, kind, who, sentiment, note in events.touches(company, day):
            rows.append(
                [f"T-{token(company.name, when, kind, 8)}", company.number, when, kind, who, sentiment, note]
            )
    return text(
        ["touch_id", "account_id", "day", "kind", "who", "sentiment", "note"],
        sorted(rows, key=lambda row: (str(row[2]), str(row[0]))),
    )


def milestones(found: list[Company], day: date) -> str:
    return text(
        ["account_id", "name", "due", "day"],
        (
            [company.number, name, due, done or ""]
            for company in found
            for name, due, done in events.milestones(company, day)
        ),
    )


def goals(found: list[Company], day: date) -> str:
    """Success plans of the enterprise customers: two goals each."""
    choices = (
        ("Board pack in under two hours", "hours", 2),
        ("Every site reports daily", "sites", 12),
        ("Half of all managers log in weekly", "share", 50),
        ("Retire the monthly spreadsheet", "spreadsheets", 0),
    )
    rows: list[Row] = []
    for company in found:
        if company.plan != "EY" or company.start is None:
            continue
        dice = Dice(company.name, "goals")
        first = dice.whole(0, 3)
        for index in range(2):
            objective, measure, target = choices[(first + index) % 4]
            due = day_of("2026-03-31") + timedelta(days=91 * index + dice.whole(0, 20))
            met = company.mood in ("grow", "good") and index == 0
            rows.append(
                [
                    f"G-{company.number % 10000}-{index + 1}",
                    company.number,
                    objective,
                    measure,
                    target,
                    due.isoformat(),
                    "met" if met else "open",
                ]
            )
    return text(["goal_id", "account_id", "objective", "measure", "target", "due", "status"], rows)


def churns(found: list[Company], day: date) -> str:
    rows: list[Row] = []
    for company in found:
        if company.ended and company.ended <= day:
            reason, voluntary, competitor, note = company.why.split("|")
            rows.append([company.number, company.ended.isoformat(), reason, voluntary, competitor, note])
    return text(["account_id", "day", "reason", "voluntary", "competitor", "note"], rows)
