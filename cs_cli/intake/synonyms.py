"""What companies call the columns of each kind of record: words of a header → the record's column.

A phrase fits a header whose words hold all of its words; the fewer words are left over, the better.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cs_cli.base.money import is_currency

# kind → column → phrases
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "account": {
        "name": (
            "name",
            "account name",
            "company name",
            "customer name",
            "company",
            "organization name",
            "client name",
        ),
        "domain": ("domain", "website", "web site", "url", "company domain"),
        "industry": ("industry", "sector", "vertical"),
        "country": ("country", "country code"),
        "employees": ("employees", "employee count", "number of employees", "headcount"),
        "owner": ("owner", "account owner", "account manager", "csm", "customer success manager"),
        "sold_by": ("sold by", "sales rep", "ae", "account executive"),
        "stage": ("lifecycle stage", "stage"),
        "need": ("need", "use case", "job to be done"),
        "tags": ("tags", "labels"),
        "parent": ("parent id", "parent account", "parent company"),
        "last_activity_on": ("last activity", "last activity date", "last contacted"),
        "created_on": (
            "signup date",
            "created",
            "created at",
            "created on",
            "create date",
            "signed up",
            "customer since",
        ),
    },
    "contact": {
        "name": ("name", "full name", "contact name"),
        "email": ("email", "email address", "e mail"),
        "title": ("title", "job title"),
        "role": ("role", "contact role"),
        "left_on": ("left on", "left date"),
        "created_on": ("created", "created at", "create date"),
        "last_activity_on": ("last activity", "last seen"),
    },
    "subscription": {
        "plan": ("plan", "plan name", "plan tier", "plan type", "tier", "package"),
        "product": ("product", "product name"),
        "quantity": ("quantity", "seats", "licenses", "units", "users"),
        "amount": ("amount", "price", "unit price", "plan amount"),
        "mrr": ("mrr", "mrr amount", "monthly recurring revenue", "monthly revenue", "monthly fee"),
        "currency": ("currency", "currency code"),
        "interval": (
            "interval",
            "billing interval",
            "billing frequency",
            "billing period",
            "frequency",
            "billing cycle",
            "period",
            "cycle",
        ),
        "discount": ("discount", "discount percent"),
        "started_on": (
            "start", "start date", "started", "started at", "started on", "activated", "begin date", "activated at",
        ),
        "renews_on": (
            "renews",
            "renewal date",
            "renews on",
            "next billing",
            "current period end",
            "term end",
            "next renewal",
        ),
        "term_months": ("term months", "contract months", "term length", "initial term", "initial term months"),
        "renewal_term_months": ("renewal term", "renewal months", "renewal term months", "renews by months"),
        "auto_renew": ("auto renew", "auto renewal", "automatic renewal"),
        "notice_days": ("notice days", "notice period"),
        "cancelled_on": ("cancelled", "canceled", "cancelled at", "canceled at", "cancel date", "cancellation date"),
        "ended_on": ("ended", "ended at", "end date", "end", "churn date", "churned at", "expired at"),
        "status": ("status", "state", "subscription status"),
        "trial": ("is trial", "trial"),
        "trial_ends_on": ("trial end", "trial ends", "trial end date"),
    },
    "contract": {
        "start_on": ("start", "start date", "contract start", "effective date"),
        "end_on": ("end", "end date", "contract end", "expiry date", "expires"),
        "term_months": ("term months", "term length", "initial term", "initial term months", "contract term months"),
        "renewal_term_months": ("renewal term", "renewal months", "renewal term months", "renews by months"),
        "notice_days": ("notice days", "notice period"),
        "auto_renew": ("auto renew", "auto renewal"),
        "amount": ("amount", "contract value", "acv", "annual value"),
        "currency": ("currency",),
        "uplift": ("uplift", "price increase"),
        "status": ("status", "contract status"),
    },
    "invoice": {
        "number": ("invoice number", "number"),
        "issued_on": ("issue date", "issued", "invoice date", "issued on", "date"),
        "due_on": ("due date", "due", "due on"),
        "paid_on": ("paid date", "paid at", "paid on", "payment date"),
        "amount": ("amount", "total", "invoice amount", "invoice total", "amount due"),
        "amount_paid": ("amount paid",),
        "currency": ("currency",),
        "status": ("status", "invoice status"),
        "subscription": ("subscription id",),
        "service_from": ("period start", "service from"),
        "service_to": ("period end", "service to"),
        "tax": ("tax", "tax amount", "vat", "vat amount", "tax total", "sales tax"),
        "description": ("description", "memo", "line description", "details"),
        "plan": ("plan", "plan name", "product", "item", "product service"),
    },
    "deal": {
        "name": ("deal name", "opportunity name"),
        "kind": ("deal type", "opportunity type"),
        "stage": ("deal stage", "stage", "pipeline stage"),
        "amount": ("amount", "deal value", "value"),
        "currency": ("currency",),
        "close_on": ("close date", "closed on", "expected close"),
        "created_on": ("created", "create date"),
        "owner": ("deal owner", "owner", "sales rep"),
    },
    "usage": {
        "metric": ("metric", "feature name", "event name", "feature", "event", "metric name", "event type"),
        "value": ("value", "usage count", "count", "events", "total", "usage", "quantity"),
        "day": ("day", "date", "usage date", "event date", "activity date", "week", "month"),
    },
    "ticket": {
        "requester_email": ("requester email", "email", "customer email"),
        "opened_at": ("opened", "created at", "submitted at", "opened at", "submitted", "created", "open date"),
        "closed_at": ("closed at", "closed", "solved at", "resolved at", "resolution date"),
        "priority": ("priority", "urgency", "severity"),
        "status": ("status", "ticket status", "state"),
        "category": ("category", "ticket type", "issue type", "topic"),
        "subject": ("subject", "title", "summary"),
        "first_response_hours": ("first response time", "first response", "first reply time", "first response hours"),
        "reopens": ("reopens", "reopened"),
        "csat": ("csat", "satisfaction score", "satisfaction", "csat score"),
    },
    "survey": {
        "email": ("email", "respondent email"),
        "kind": ("survey type", "kind", "survey kind"),
        "score": ("score", "nps score", "nps", "rating", "answer", "csat score", "ces score"),
        "day": ("survey date", "day", "date", "responded at", "submitted at", "answered at", "created at",
                "submitted", "responded", "answered"),
        "comment": ("comment", "feedback", "comments", "verbatim"),
    },
    "churn": {
        "day": ("churn date", "churned at", "day", "cancel date", "date"),
        "reason": ("reason code", "reason", "churn reason", "cancellation reason"),
        "voluntary": ("voluntary",),
        "competitor": ("competitor",),
        "note": ("feedback text", "note", "comment", "feedback"),
    },
    "mrr_event": {
        "day": ("event date", "date", "day", "upsell date", "change date"),
        "kind": ("event type", "kind", "movement", "type"),
        "mrr_before": ("mrr before", "old mrr", "previous mrr"),
        "mrr_after": ("mrr after", "new mrr"),
        "subscription": ("subscription", "subscription id"),
        "currency": ("currency",),
    },
    "touch": {
        "day": ("date", "day", "activity date", "call date", "meeting date"),
        "kind": ("activity type", "type", "kind"),
        "who": ("who", "owner", "assigned to"),
        "sentiment": ("sentiment", "mood"),
        "note": ("notes", "note", "summary"),
    },
}
# words that name a record of this kind: before "id" in its key, and in file names
NOUNS: dict[str, tuple[str, ...]] = {
    "account": ("account", "company", "customer", "client", "organization", "organisation", "tenant"),
    "contact": ("contact", "person", "people", "user"),
    "subscription": ("subscription", "sub", "plan"),
    "contract": ("contract", "agreement"),
    "invoice": ("invoice", "bill"),
    "deal": ("deal", "opportunity"),
    "usage": ("usage", "event", "activity", "feature"),
    "ticket": ("ticket", "case", "conversation", "support"),
    "survey": ("survey", "nps", "response", "csat"),
    "churn": ("churn", "cancellation"),
    "mrr_event": ("movement", "mrr"),
    "touch": ("touch", "meeting", "call"),
}
# without these a record of the kind says nothing
NEEDED: dict[str, tuple[str, ...]] = {
    "account": ("name",),
    "subscription": ("started_on",),
    "usage": ("day",),
    "survey": ("score", "day"),
    "churn": ("day",),
    "mrr_event": ("day", "mrr_after"),
    "ticket": ("opened_at",),
    "invoice": ("amount", "issued_on"),
    "contract": ("end_on",),
    "touch": ("day",),
    "contact": ("email",),
}
# words of a status-like column that a draft offers; definitions/words.py knows more spellings of each
KNOWN: dict[tuple[str, str], frozenset[str]] = {
    ("subscription", "status"): frozenset(
        (
            "active",
            "trialing",
            "trial",
            "in_trial",
            "past_due",
            "unpaid",
            "paused",
            "canceled",
            "cancelled",
            "expired",
            "ended",
            "incomplete",
            "incomplete_expired",
            "future",
            "non_renewing",
        )
    ),
    ("invoice", "status"): frozenset(
        ("paid", "open", "void", "voided", "draft", "uncollectible", "overdue", "deleted", "unpaid", "partial")
    ),
    ("ticket", "priority"): frozenset(("low", "normal", "medium", "high", "urgent")),
    ("ticket", "status"): frozenset(("new", "open", "pending", "hold", "solved", "closed", "resolved")),
    ("survey", "kind"): frozenset(("nps", "csat", "ces")),
    ("mrr_event", "kind"): frozenset(("signup", "upgrade", "downgrade", "cancel", "reactivate")),
}


@lru_cache(maxsize=4096)
def words_of(header: str) -> tuple[str, ...]:
    """The words of a header, plural s dropped: "customerIDs" is customer, id."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", header)
    found = re.findall(r"[^\W_]+", text.casefold())
    return tuple(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word
        for word in found
    )


def fit(phrase: str, header: str) -> float:
    """0 when the phrase is not in the header; 1 when it is the header; else what share of it. A currency
    beside other words says nothing of what an amount is: "ACV (USD)"."""
    wanted, every = words_of(phrase), words_of(header)
    there = tuple(word for word in every if word in wanted or not is_currency(word.upper())) or every
    if not there or not set(wanted) <= set(there):
        return 0.0
    return len(wanted) / len(there)


def best_fit(kind: str, column: str, header: str) -> float:
    """How well a header names a column of the kind, 0 to 1; earlier phrases win ties."""
    phrases = COLUMNS[kind].get(column, ())
    return max((fit(phrase, header) - 0.01 * at for at, phrase in enumerate(phrases)), default=0.0)


_ID_WORDS = {"id", "key", "number", "no", "nr", "uuid", "guid", "code", "ref"}


def is_id(header: str) -> bool:
    """Does the header name an id?"""
    return bool(_ID_WORDS & set(words_of(header)))


def is_bare_id(kind: str, header: str) -> bool:
    """An id of the record itself: "id", "client_id"; "customer_type_id" is the id of something beside it."""
    return not set(words_of(header)) - _ID_WORDS - {words_of(noun)[0] for noun in NOUNS[kind]}


def names(kind: str, header: str) -> bool:
    """Does the header, or file name, hold a word for records of this kind?"""
    return bool({words_of(noun)[0] for noun in NOUNS[kind]} & set(words_of(header)))
