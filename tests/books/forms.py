"""The same rows as three products export them: the plain template, Stripe's header, Chargebee's header."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from tests.books.ledger import Said

Rows = Sequence[tuple[str, str, Said]]
"""(account, subscription, what is said) of one export."""

CANONICAL = (
    "subscription_id", "account_id", "plan", "quantity", "amount", "currency", "interval", "discount", "started_on",
    "cancelled_on", "ended_on", "status",
)  # fmt: skip
STRIPE = (
    "id", "Customer ID", "Customer Description", "Customer Email", "Customer Name", "Plan", "Quantity", "Currency",
    "Interval", "Amount", "Status", "Created (UTC)", "Start (UTC)", "Start Date (UTC)", "Current Period Start (UTC)",
    "Current Period End (UTC)", "Trial Start (UTC)", "Trial End (UTC)", "Cancellation Reason", "Canceled At (UTC)",
    "Ended At (UTC)",
)  # fmt: skip
CHARGEBEE = (
    "Canceled On", "Reason Code", "Plan Quantity", "Currency", "Subscription Billing Period", "Current Plan",
    "Recurring Discount MRR", "Current Billing Term Start Date", "Auto-Collection", "Trial End", "Subscription ID",
    "Customer ID", "Company", "Customer Email", "Status", "Plan Unit Price", "Started On",
    "Current Billing Term End Date",
)  # fmt: skip
NAMES = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gorse", "Hazel", "Ivy", "Juniper", "Kapok", "Larch", "Maple",
    "Nutmeg", "Olive", "Poplar", "Quince", "Rowan", "Spruce", "Teak", "Umbra", "Viburnum", "Willow", "Yew", "Zelkova",
    "Acacia", "Baobab", "Cypress", "Damson", "Ebony",
)  # fmt: skip


def name_of(account: str) -> str:
    """A name of its own for each account: A7 → Hazel Works."""
    return f"{NAMES[int(account[1:])]} Works"


def text(header: Sequence[str], rows: Sequence[dict[str, object]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def day(one: date | None) -> str:
    return one.isoformat() if one else ""


def canonical(rows: Rows, leave_out: Sequence[str] = ()) -> str:
    """The template of `cs import --template subscription`, without some columns."""
    words = {"running": "active", "ended": "canceled"}
    made = [
        {
            "subscription_id": key, "account_id": account, "plan": one.plan, "quantity": one.quantity,
            "amount": f"{one.amount}.00", "currency": one.currency, "interval": one.interval,
            "discount": f"{float(one.discount):.2f}", "started_on": day(one.started_on),
            "cancelled_on": day(one.cancelled_on), "ended_on": day(one.ended_on),
            "status": words.get(one.status, one.status),
        }
        for account, key, one in rows
    ]  # fmt: skip
    header = [name for name in CANONICAL if name not in leave_out]
    return text(header, [{name: row[name] for name in header} for row in made])


def stripe(rows: Rows) -> str:
    """Billing, Subscriptions, Export: times in UTC, lower-case currency."""
    words = {"running": "active", "trial": "trialing", "ended": "canceled"}

    def stamp(one: date | None, time: str = "00:00:00") -> str:
        return f"{one} {time}" if one else ""

    return text(
        STRIPE,
        [
            {
                "id": key, "Customer ID": account, "Customer Name": name_of(account),
                "Customer Email": f"billing@{name_of(account).split()[0].lower()}.example", "Plan": one.plan,
                "Quantity": one.quantity, "Currency": one.currency.lower(), "Interval": one.interval,
                "Amount": f"{one.amount}.00", "Status": words.get(one.status, one.status),
                "Created (UTC)": stamp(one.started_on, "09:12:44"), "Start (UTC)": stamp(one.started_on, "09:12:44"),
                "Start Date (UTC)": stamp(one.started_on, "09:12:44"),
                "Current Period Start (UTC)": stamp(one.period_start),
                "Current Period End (UTC)": stamp(period_end(one)), "Trial Start (UTC)": stamp(one.trial_start),
                "Trial End (UTC)": stamp(one.trial_end), "Canceled At (UTC)": stamp(one.cancelled_on or one.ended_on),
                "Ended At (UTC)": stamp(one.ended_on),
            }
            for account, key, one in rows
        ],
    )  # fmt: skip


def chargebee(rows: Rows) -> str:
    """RevenueStory, Subscriptions: words for status and period."""
    words = {"trial": "In Trial", "paused": "Paused", "ended": "Cancelled"}
    periods = {"month": "1 month", "quarter": "3 months", "year": "Yearly", "week": "1 week"}

    def word(one: Said) -> str:
        return words.get(one.status, "Non Renewing" if one.ended_on else "Active")

    return text(
        CHARGEBEE,
        [
            {
                "Canceled On": day(one.ended_on), "Plan Quantity": one.quantity, "Currency": one.currency,
                "Subscription Billing Period": periods[one.interval], "Current Plan": one.plan,
                "Current Billing Term Start Date": day(one.period_start), "Trial End": day(one.trial_end),
                "Subscription ID": key, "Customer ID": account, "Company": name_of(account), "Status": word(one),
                "Customer Email": f"billing@{name_of(account).split()[0].lower()}.example",
                "Plan Unit Price": f"{one.amount}.00", "Started On": day(one.started_on),
                "Current Billing Term End Date": day(period_end(one)),
            }
            for account, key, one in rows
        ],
    )  # fmt: skip


def period_end(one: Said) -> date | None:
    """The end of the running period, or of the trial."""
    if one.status == "trial" and one.trial_end:
        return one.trial_end
    if one.period_start is None:
        return None
    months = {"month": 1, "quarter": 3, "year": 12}.get(one.interval)
    return months_on(one.period_start, months) if months else one.period_start + timedelta(days=7)


def months_on(start: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(start.day, (following - timedelta(days=1)).day))


FORMS: dict[str, Callable[[Rows], str]] = {"canonical": canonical, "stripe": stripe, "chargebee": chargebee}
