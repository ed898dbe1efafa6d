"""The record kinds and their columns: the words that exports, settings and the store have in common.

Column types: text, day (ISO text), number (REAL), integer, money (integer minor
units of the row's currency), flag (0 or 1), percent (REAL fraction).
"""

from __future__ import annotations

from typing import Literal

ColumnType = Literal["text", "day", "number", "integer", "money", "flag", "percent"]

KINDS: dict[str, dict[str, ColumnType]] = {
    "account": {
        "name": "text", "domain": "text", "email": "text", "industry": "text", "country": "text",
        "employees": "integer", "owner": "text", "sold_by": "text", "stage": "text", "need": "text",
        "tags": "text", "parent": "text", "last_activity_on": "day", "created_on": "day", "csm": "text",
    },
    "contact": {
        "name": "text", "email": "text", "role": "text", "title": "text", "left_on": "day",
        "reference_last_asked": "day", "created_on": "day", "last_activity_on": "day",
    },
    "contract": {
        "start_on": "day", "end_on": "day", "term_months": "integer", "renewal_term_months": "integer",
        "notice_days": "integer", "auto_renew": "flag", "amount": "money", "currency": "text",
        "uplift": "percent", "status": "text",
    },
    "subscription": {
        "plan": "text", "product": "text", "quantity": "number", "amount": "money", "currency": "text",
        "interval": "text", "interval_count": "integer", "discount": "percent", "arr": "money",
        "started_on": "day", "renews_on": "day", "term_months": "integer", "renewal_term_months": "integer",
        "auto_renew": "flag",
        "notice_days": "integer", "cancelled_on": "day", "ended_on": "day", "status": "text",
        "trial": "flag", "trial_ends_on": "day",
        # the source's own days of its state: the trial's and the running period's first, of a pause and of going on
        "trial_starts_on": "day", "paused_on": "day", "resumed_on": "day", "period_starts_on": "day",
    },
    # what a snapshot (seen_on) said that differs from the one before, and when it held; see intake/states.py
    "subscription_step": {
        "subscription": "text", "seen_on": "day", "from_on": "day", "till_on": "day", "state": "text",
        "trial_till": "day", "then_arr": "money", "rests_since": "day",
        "status": "text", "trial": "flag", "started_on": "day", "trial_starts_on": "day", "trial_ends_on": "day",
        "paused_on": "day", "resumed_on": "day", "period_starts_on": "day", "cancelled_on": "day", "ended_on": "day",
        "plan": "text", "product": "text", "quantity": "number", "amount": "money", "arr": "money",
        "currency": "text", "discount": "percent", "interval": "text", "interval_count": "integer",
    },
    "mrr_event": {
        "day": "day", "kind": "text", "mrr_before": "money", "mrr_after": "money", "currency": "text",
        "subscription": "text",
    },
    "invoice": {
        "number": "text", "issued_on": "day", "due_on": "day", "paid_on": "day", "amount": "money",
        "amount_paid": "money", "currency": "text", "status": "text", "subscription": "text",
        "service_from": "day", "service_to": "day",
        # amount is with tax, tax the part of it; lines: JSON [[text, amount without tax], …] where a bill has several
        "tax": "money", "description": "text", "plan": "text", "lines": "text",
    },
    "deal": {
        "name": "text", "kind": "text", "stage": "text", "status": "text", "amount": "money",
        "currency": "text", "close_on": "day", "created_on": "day", "owner": "text",
    },
    "ticket": {
        "requester_email": "text", "opened_at": "text", "opened_on": "day", "closed_at": "text",
        "closed_on": "day", "priority": "text", "status": "text", "category": "text", "subject": "text",
        "first_response_hours": "number", "reopens": "integer", "csat": "number", "csat_positive": "flag",
    },
    "survey": {"email": "text", "kind": "text", "score": "number", "day": "day", "comment": "text"},
    "touch": {
        "day": "day", "kind": "text", "who": "text", "sentiment": "text", "note": "text",
        "next_step": "text", "next_step_by": "day",
    },
    "pulse": {"day": "day", "who": "text", "score": "integer", "reason": "text", "expires_on": "day"},
    "goal": {
        "objective": "text", "measure": "text", "target": "number", "due_on": "day", "status": "text",
        "done_on": "day", "created_on": "day",
    },
    "milestone": {"name": "text", "due_on": "day", "done_on": "day"},
    "request": {
        "kind": "text", "severity": "text", "text": "text", "cost": "money", "currency": "text",
        "asked_on": "day", "due_on": "day", "decider": "text", "decision": "text", "decided_on": "day",
        "reason": "text", "until": "day", "status": "text",
    },
    "attribute": {"name": "text", "value": "text"},
    "feedback": {
        "day": "day", "theme": "text", "area": "text", "quote": "text", "status": "text",
    },
    "churn": {
        "day": "day", "reason": "text", "voluntary": "flag", "competitor": "text", "note": "text",
    },
    "note": {"day": "day", "who": "text", "text": "text"},
    # a finding of `cs check` that a person accepted; its key is the finding's id
    # who has a role on an account since a day, by a person's word
    "assignment": {"day": "day", "role": "text", "who": "text"},
    "acceptance": {"day": "day", "who": "text", "until": "day", "reason": "text", "content": "text"},
    "fx_rate": {"currency": "text", "day": "day", "rate": "number"},
    # which external id belongs to which account, and how we know
    "identity": {"account": "integer", "how": "text", "evidence": "text"},
}

USAGE_COLUMNS: dict[str, ColumnType] = {"metric": "text", "day": "day", "value": "number"}

# columns a source may map that are no record columns but feed one
HELPERS: dict[str, dict[str, ColumnType]] = {"invoice": {
    "line_amount": "money",         # of one line of a bill, where the file has a row for each
    "line_tax": "money",
    "subtotal": "money",            # before tax and before the discount on the whole
    "discount_amount": "money",
}, "subscription": {
    "mrr": "money",                 # a month's worth, which wins over amount × quantity
    "total": "money",               # the price of the whole subscription for one interval, add-ons included
    "term_total": "money",          # the price of the whole term of term_months; of a year, where none is told
    "price": "money",               # in a sheet that a person keeps: of the time that `billing` names
    "billing": "text",
    "discount_amount": "money",     # what is off the whole price of one interval
    "discount_mrr": "money",        # what is off a month's worth
    "period_start": "day", "period_end": "day",     # the running period, an interval where none is told
    "term_start": "day", "term_end": "day",         # the running term, whose length is term_months
}, "pulse": {
    "word": "text",                 # green, gut, 🟡, 4 or 72: the judgement as a person writes it
}}

# columns that are made here from others, so that no template has them by their own name
MADE: dict[str, tuple[str, ...]] = {
    "subscription": ("arr", "interval_count"), "invoice": ("lines",), "ticket": ("opened_on", "closed_on"),
}  # fmt: skip
# what an export or a person may deliver; the rest is made here
DELIVERED = tuple(sorted({*KINDS, "usage"} - {"identity", "subscription_step", "acceptance", "assignment"}))
# people write either: "tickets: 14" as well as "ticket: 14"
SINGULAR = {"touches": "touch", **{f"{kind}s": kind for kind in DELIVERED if kind not in ("touch", "usage")}}


def column_type(kind: str, column: str) -> ColumnType:
    """How a column that a source of the kind may fill is kept."""
    return {**(USAGE_COLUMNS if kind == "usage" else KINDS[kind]), **HELPERS.get(kind, {})}[column]


def source_columns(kind: str) -> tuple[str, ...]:
    """The columns that a source of a kind may fill."""
    return (*(USAGE_COLUMNS if kind == "usage" else KINDS[kind]), *HELPERS.get(kind, ()))
