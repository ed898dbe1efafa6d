"""Stripe: UTC with seconds, lower-case currency, major units."""

from __future__ import annotations

from datetime import date

import cast
import events
import plot
from formats import Row, midnight, money, text, utc
from world import Company, Subscription, day_of, months_later, token


def billing_email(company: Company) -> str:
    for person in company.people:
        if person.role == "Other":  # accounts payable
            return person.email
    return f"billing@{company.domain}"


def payers(found: list[Company], day: date) -> list[Company]:
    """Companies known to billing on the day, and the one that the CRM does not know."""
    name, email, plan, seats, start = plot.UNKNOWN_PAYER
    label, interval, price = cast.PLANS[plan]
    orchard = Company(
        0,
        name,
        email.split("@")[1],
        "",
        "",
        "",
        3,
        "",
        "",
        "good",
        day_of(start),
        f"{start} 09:12",
        plan=plan,
    )
    orchard.subscriptions = [
        Subscription("sub_" + token(name, "main", 14), label, interval, price, seats, day_of(start))
    ]
    known = [company for company in [*found, orchard] if company.subscriptions]
    return sorted(known, key=lambda company: min(sub.start for sub in company.subscriptions), reverse=True)


def stripe_customers(found: list[Company], day: date) -> str:
    header = [
        "id",
        "Description",
        "Email",
        "Name",
        "Created (UTC)",
        "Card ID",
        "Total Spend",
        "Payment Count",
        "Refunded Volume",
        "Dispute Losses",
    ]
    rows: list[Row] = []
    for company in payers(found, day):
        paid = [invoice for invoice in events.invoices(company, day) if invoice.paid_on]
        first = min(sub.start for sub in company.subscriptions)
        card = "card_" + token(company.name, "card", 14) if company.plan in ("S", "TM") else ""
        rows.append(
            [
                company.customer_id,
                "",
                billing_email(company),
                plot.BILLING_NAMES.get(company.name, company.name),
                utc(first, company.name, "customer"),
                card,
                money(sum(invoice.amount for invoice in paid)),
                len(paid),
                "0.00",
                "0.00",
            ]
        )
    for ident, email, name, created in plot.GUESTS:
        if created[:10] <= day.isoformat():
            rows.append([ident, "", email, name, created, "", "29.00", 1, "0.00", "0.00"])
    return text(header, rows)


def period(company: Company, sub: Subscription, day: date) -> tuple[date, date]:
    if company.trial:
        if day < company.trial[1] or not company.start:
            return company.trial
        return company.trial[1], months_later(company.trial[1], 12)
    return list(events.terms(sub, day))[-1]


def state(company: Company, sub: Subscription, day: date) -> str:
    if sub.ended and sub.ended <= day:
        return "canceled"
    if company.trial and day < company.trial[1]:
        return "trialing"
    late = plot.LATE_INVOICES.get(company.name)
    if late and late[1] < day.isoformat() and (late[2] is None or late[2] > day.isoformat()):
        return "past_due"
    return "active"


def stripe_subscriptions(found: list[Company], day: date) -> str:
    header = [
        "id",
        "Customer ID",
        "Customer Description",
        "Customer Email",
        "Customer Name",
        "Plan",
        "Quantity",
        "Currency",
        "Interval",
        "Amount",
        "Status",
        "Created (UTC)",
        "Start (UTC)",
        "Current Period Start (UTC)",
        "Current Period End (UTC)",
        "Trial Start (UTC)",
        "Trial End (UTC)",
        "Cancellation Reason",
        "Canceled At (UTC)",
        "Ended At (UTC)",
        "notice_days (metadata)",
        "auto_renew (metadata)",
    ]
    rows: list[tuple[str, Row]] = []
    for company in payers(found, day):
        for sub in company.subscriptions:
            if sub.start > day:
                continue
            begun, until = period(company, sub, day)
            asked = sub.cancelled if sub.cancelled and sub.cancelled <= day else None
            over = sub.ended if sub.ended and sub.ended <= day else None
            reason = (
                ("payment_failed" if "non_payment" in company.why else "cancellation_requested")
                if asked
                else ""
            )
            notice = {"BY": "30", "EY": "30"}.get(company.plan, "") if sub.interval == "year" else ""
            if company.name in plot.CONTRACTS:
                notice = ""  # the signed contract says it
            auto = ("false" if asked else "true") if sub.interval == "year" else ""
            trial = company.trial or (None, None)
            row = [
                sub.ident,
                company.customer_id,
                "",
                billing_email(company),
                plot.BILLING_NAMES.get(company.name, company.name),
                sub.plan,
                sub.seats_on(day),
                "usd",
                sub.interval,
                money(sub.price),
                state(company, sub, day),
                utc(sub.start, sub.ident),
                utc(sub.start, sub.ident),
                midnight(begun),
                midnight(until),
                midnight(trial[0]),
                midnight(trial[1]),
                reason,
                utc(asked, sub.ident, "asked"),
                midnight(over),
                notice,
                auto,
            ]
            rows.append((f"{sub.start.isoformat()} {sub.ident}", row))
    return text(header, [row for _, row in sorted(rows, key=lambda pair: pair[0], reverse=True)])


def stripe_invoices(found: list[Company], day: date) -> str:
    """The legacy columns and "Paid At (UTC)", which newer exports add."""
    header = [
        "id",
        "Amount Due",
        "Billing",
        "Closed",
        "Currency",
        "Customer",
        "Date (UTC)",
        "Due Date (UTC)",
        "Number",
        "Paid",
        "Subscription",
        "Subtotal",
        "Total Discount Amount",
        "Applied Coupons",
        "Tax",
        "Tax Percent",
        "Total",
        "Amount Paid",
        "Status",
        "Paid At (UTC)",
    ]
    rows: list[tuple[str, Row]] = []
    for company in payers(found, day):
        prefix = token(company.name, "invoices", 8).upper()
        ordered = sorted(events.invoices(company, day), key=lambda invoice: invoice.issued)
        for count, invoice in enumerate(ordered, start=1):
            sub = invoice.subscription.ident if invoice.subscription else ""
            ident = "in_" + token(company.name, sub, invoice.issued, 24)
            total, paid = money(invoice.amount), invoice.paid_on is not None
            written_off = not paid and company.ended is not None and company.ended <= day
            status = "paid" if paid else "uncollectible" if written_off else "open"
            monthly = invoice.subscription is not None and invoice.subscription.interval == "month"
            row = [
                ident,
                total,
                "charge_automatically" if monthly else "send_invoice",
                str(paid).lower(),
                "usd",
                company.customer_id,
                utc(invoice.issued, ident),
                midnight(invoice.due),
                f"{prefix}-{count:04d}",
                str(paid).lower(),
                sub,
                total,
                "0.00",
                "",
                "0.00",
                "",
                total,
                total if paid else "0.00",
                status,
                utc(invoice.paid_on, ident, "paid")
                if invoice.paid_on != invoice.issued
                else utc(invoice.issued, ident),
            ]
            rows.append((f"{row[6]} {ident}", row))
    return text(header, [row for _, row in sorted(rows, key=lambda pair: pair[0], reverse=True)])
