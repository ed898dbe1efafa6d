"""What companies call the columns of each kind of record: words of a header → the record's column.

A phrase fits a header whose words hold all of its words; the fewer words are left over, the better (header_words.fit).
"""

from __future__ import annotations

from functools import lru_cache

from cs_cli.intake.header_words import ID_WORDS, fit, is_id, words_of

__all__ = ["COLUMNS", "KNOWN", "NEEDED", "NOUNS", "STEMS", "best_fit", "is_bare_id", "is_id", "names", "nouns_of",
"question",
"words_of"]

_CREATED = (
    "created", "created at", "created on", "create date", "created date", "created time", "creation date",
    "date created",
    "date added", "added on", "inserted at",
)
_CURRENCY = ("currency", "currency code", "currency iso code", "iso currency")
# kind → column → phrases
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "account": {
        "name": (
            "account name", "company name", "customer name", "company", "organization name", "client name", "customer",
            "client", "organization", "account", "tenant name", "workspace name", "business name", "tenant",
            "workspace",
            "firm", "business", "counterparty", "legal name", "display name", "name",
        ),
        "domain": ("domain", "company domain", "website", "web site", "url", "homepage", "web"),
        "email": ("account email", "company email", "billing email", "customer email", "email", "email address"),
        "industry": ("industry", "sector", "vertical"),
        "country": ("country", "country code", "country region", "billing country"),
        "employees": ("employees", "employee count", "number of employees", "headcount", "company size"),
        "owner": (
            "owner", "account owner", "account manager", "csm", "customer success manager", "success manager",
            "csm name",
            "company owner", "owner name", "csm email", "owner email", "account manager email",
        ),
        "sold_by": ("sold by", "sales rep", "ae", "account executive", "sales owner"),
        "stage": ("lifecycle stage", "stage", "customer status", "account status"),
        "need": ("need", "use case", "job to be done"),
        "tags": ("tags", "labels"),
        "parent": ("parent id", "parent account", "parent company", "parent account id"),
        "last_activity_on": ("last activity", "last activity date", "last contacted", "last contact date",
                             "last touch"),
        "created_on": (
            "signup date", "sign up date", "signed up", "customer since", "registered at", "registration date",
            "onboarded on", "since", "join date", "joined", *_CREATED,
        ),
    },
    "contact": {
        "name": ("full name", "contact name", "name", "person name", "user name"),
        "email": ("email", "email address", "e mail", "contact email", "user email", "work email", "mail"),
        "title": ("title", "job title", "position", "function"),
        "role": ("role", "contact role"),
        "left_on": ("left on", "left date", "left company on"),
        "created_on": ("signup date", "signed up", *_CREATED),
        "last_activity_on": ("last activity", "last seen", "last activity date", "last login"),
    },
    "subscription": {
        "plan": ("plan", "plan name", "plan tier", "plan type", "tier", "package", "subscription plan", "variant name",
                 "plan id", "variant", "edition"),
        "product": ("product", "product name"),
        "quantity": ("quantity", "seats", "licenses", "units", "users", "qty", "number of seats", "seat count",
                     "licences"),
        "amount": ("amount", "price", "unit price", "plan amount", "next payment amount", "fee", "rate", "unit amount",
                   "recurring total", "recurring amount", "recurring price", "subscription total"),
        "mrr": ("mrr", "mrr amount", "monthly recurring revenue", "monthly revenue", "monthly fee", "monthly amount",
                "monthly price", "monthly charges", "monthly value", "current mrr"),
        "total": ("arr", "arr amount", "annual recurring revenue", "acv", "annual value", "annual contract value",
                  "annual amount", "annual fee", "yearly amount", "yearly fee", "current arr", "annual price"),
        "currency": _CURRENCY,
        "interval": (
            "interval", "billing interval", "billing frequency", "billing period", "frequency", "billing cycle",
            "period", "cycle", "billing", "billing type", "interval unit", "billing term", "recurrence",
        ),
        "interval_count": ("interval count", "billing interval", "billing period", "interval length",
                           "billing interval count", "period count"),
        "discount": ("discount", "discount percent", "discount percentage"),
        "started_on": (
            "start", "start date", "started", "started at", "started on", "activated", "begin date", "activated at",
            "starts at", "starts on", "contract start", "contract start date", "subscription start", "signup date",
            "effective date", "since", "customer since", "activation date", "begins on", "valid from", "subscribed at",
            "subscription start date", "effective start date", "created", "created at", "create date",
        ),
        "renews_on": (
            "renews", "renewal date", "renews on", "next billing", "current period end", "term end", "next renewal",
            "renews at", "next payment date", "next billing date", "current term end", "next invoice date", "renewal",
            "current term ends at", "current period ends at",
        ),
        "term_months": ("term months", "contract months", "term length", "initial term", "initial term months"),
        "renewal_term_months": ("renewal term", "renewal months", "renewal term months", "renews by months"),
        "auto_renew": ("auto renew", "auto renewal", "automatic renewal"),
        "notice_days": ("notice days", "notice period"),
        "cancelled_on": ("cancelled", "canceled", "cancelled at", "canceled at", "cancel date", "cancellation date",
                         "cancelled on", "canceled on", "cancelled date", "canceled date", "cancelation date"),
        "ended_on": ("ended", "ended at", "end date", "end", "churn date", "churned at", "expired at", "ends at",
                     "ends on",
                     "expires at", "expiry date", "expiration date", "expires on", "contract end", "contract end date",
                     "churned on", "ended on", "valid to", "valid until", "termination date", "terminated on",
                     "terminated at", "subscription end", "effective end date", "deactivated at"),
        "status": ("status", "state", "subscription status", "subscription state"),
        "trial": ("is trial", "trial"),
        "trial_ends_on": ("trial end", "trial ends", "trial end date", "trial ends at"),
    },
    "contract": {
        "start_on": ("start", "start date", "contract start", "effective date", "contract start date", "begins on",
                     "valid from", "start on", "term start", "signed date"),
        "end_on": ("end", "end date", "contract end", "expiry date", "expires", "expiration date", "renewal date",
                   "contract end date", "ends at", "ends on", "valid to", "valid until", "expires on", "renewal",
                   "term end", "end on", "expiration"),
        "term_months": ("term months", "term length", "initial term", "initial term months", "contract term months",
                        "term", "contract term", "length months"),
        "renewal_term_months": ("renewal term", "renewal months", "renewal term months", "renews by months"),
        "notice_days": ("notice days", "notice period"),
        "auto_renew": ("auto renew", "auto renewal"),
        "amount": ("amount", "contract value", "total contract value", "tcv", "value", "contract amount", "acv",
                   "annual value", "annual contract value", "arr", "contract value annual", "annual recurring revenue",
                   "contract arr", "price"),
        "currency": _CURRENCY,
        "uplift": ("uplift", "price increase"),
        "status": ("status", "contract status", "state"),
    },
    "invoice": {
        "number": ("invoice number", "number", "invoice no", "document number", "doc number"),
        "issued_on": ("issue date", "issued", "invoice date", "issued on", "date", "issued at", "billed on",
                      "billing date",
                      "posted date", "created", "created at", "created date"),
        "due_on": ("due date", "due", "due on", "due at", "payment due"),
        "paid_on": ("paid date", "paid at", "paid on", "payment date", "date paid"),
        "amount": ("amount", "total", "invoice amount", "invoice total", "amount due", "grand total", "total amount",
                   "gross amount", "gross", "net amount"),
        "amount_paid": ("amount paid", "paid amount"),
        "currency": _CURRENCY,
        "status": ("status", "invoice status", "state", "payment status"),
        "subscription": ("subscription id",),
        "service_from": ("period start", "service from", "service start", "service period start"),
        "service_to": ("period end", "service to", "service end", "service period end"),
        "tax": ("tax", "tax amount", "vat", "vat amount", "tax total", "sales tax"),
        "description": ("description", "memo", "line description", "details"),
        "plan": ("plan", "plan name", "product", "item", "product service"),
    },
    "deal": {
        "name": ("deal name", "opportunity name", "opportunity", "deal", "deal title", "opportunity title"),
        "kind": ("deal type", "opportunity type", "type"),
        "stage": ("deal stage", "stage", "pipeline stage", "opportunity stage", "stage name"),
        "amount": ("amount", "deal value", "value", "deal amount", "close value", "opportunity amount", "deal size"),
        "currency": _CURRENCY,
        "close_on": ("close date", "closed on", "expected close", "expected close date", "closing date", "closed date",
                     "closed at"),
        "created_on": ("engage date", "open date", "opened on", *_CREATED),
        "owner": ("deal owner", "owner", "sales rep", "sales agent", "opportunity owner", "salesperson"),
        "status": ("status", "deal status", "outcome", "won lost"),
    },
    "usage": {
        "metric": ("metric", "feature name", "event name", "feature", "event", "metric name", "event type", "action",
                   "activity", "meter", "measure"),
        "value": ("value", "usage count", "count", "events", "total", "usage", "quantity", "event count",
                  "total events"),
        "day": ("day", "date", "usage date", "event date", "activity date", "week", "month", "timestamp",
                "event timestamp", "event time", "occurred at", "event at", "week start", "week of", "period",
                "datetime",
                "time", "created at", "month start", "period start", "reported on"),
    },
    "ticket": {
        "requester_email": ("requester email", "email", "customer email", "contact email", "user email", "from email",
                            "reporter email", "requester"),
        "opened_at": ("opened", "created at", "submitted at", "opened at", "submitted", "open date", "opened on",
                      "date opened", "created time", "opened date", "reported at", "submission date", "submitted date",
                      "received", "received at", "timestamp", "date", *_CREATED),
        "closed_at": ("closed at", "closed", "solved at", "resolved at", "resolution date", "resolved date",
                      "closed date",
                      "close date", "solved date", "resolved", "solved", "resolved on", "closed on", "completed at",
                      "date resolved", "date closed", "closed time", "resolved time", "completion date",
                      "completed date",
                      "completed on", "finished at", "done at", "fixed at", "resolution time stamp"),
        "priority": ("priority", "urgency", "severity"),
        "status": ("status", "ticket status", "state", "case status", "conversation status"),
        "category": ("category", "ticket type", "issue type", "topic", "type"),
        "subject": ("subject", "title", "summary"),
        "first_response_hours": ("first response time", "first response", "first reply time", "first response hours"),
        "reopens": ("reopens", "reopened"),
        "csat": ("csat", "satisfaction score", "satisfaction", "csat score"),
    },
    "survey": {
        "email": ("email", "respondent email", "customer email", "contact email", "user email", "email address"),
        "kind": ("survey type", "kind", "survey kind"),
        "score": ("score", "nps score", "nps", "rating", "answer", "csat score", "ces score", "csat", "ces", "stars",
                  "star rating"),
        "day": ("survey date", "day", "date", "responded at", "submitted at", "answered at", "created at", "submitted",
                "responded", "answered", "timestamp", "response date", "submission date", "completed at",
                "survey completed",
                "response received at", "responded on", "date submitted", "submit date", "end date", "start date",
                *_CREATED),
        "comment": ("comment", "feedback", "comments", "verbatim", "reason"),
    },
    "churn": {
        "day": ("churn date", "churned at", "day", "cancel date", "date", "cancellation date", "cancelled at",
                "canceled at", "churned on"),
        "reason": ("reason code", "reason", "churn reason", "cancellation reason"),
        "voluntary": ("voluntary",),
        "competitor": ("competitor",),
        "note": ("feedback text", "note", "comment", "feedback"),
    },
    "mrr_event": {
        "day": ("event date", "date", "day", "upsell date", "change date", "effective date", "month"),
        "kind": ("event type", "kind", "movement", "type"),
        "mrr_before": ("mrr before", "old mrr", "previous mrr"),
        "mrr_after": ("mrr after", "new mrr"),
        "subscription": ("subscription", "subscription id"),
        "currency": _CURRENCY,
    },
    "touch": {
        "day": ("date", "day", "activity date", "call date", "meeting date", "timestamp", "start time", "due date",
                "held on", "session date", "visit date", "training date", "qbr date", "review date", "event date",
                "month", "week", "quarter"),
        "kind": ("activity type", "type", "kind"),
        "who": ("who", "owner", "assigned to", "activity owner", "trainer", "host", "presenter", "csm", "facilitator"),
        "sentiment": ("sentiment", "mood"),
        "note": ("notes", "note", "summary", "subject", "topic"),
    },
}
# words that name a record of this kind: before "id" in its key, and beside what a column says
NOUNS: dict[str, tuple[str, ...]] = {
    "account": ("account", "company", "customer", "client", "organization", "tenant", "workspace", "business"),
    "contact": ("contact", "person", "people", "user", "member"),
    "subscription": ("subscription", "sub"),
    "contract": ("contract", "agreement"),
    "invoice": ("invoice", "bill"),
    "deal": ("deal", "opportunity"),
    "usage": ("usage", "event", "activity", "feature"),
    "ticket": ("ticket", "case", "conversation", "support"),
    "survey": ("survey", "nps", "response", "csat", "respondent"),
    "churn": ("churn", "cancellation"),
    "mrr_event": ("movement", "mrr"),
    "touch": ("touch", "meeting", "call"),
}
# further words that only a file's name says a kind by
STEMS: dict[str, tuple[str, ...]] = {
    "subscription": ("plan",), "deal": ("pipeline",),
    "touch": ("activity", "training", "session", "visit", "qbr", "webinar", "workshop"),
}
# without these a record of the kind says nothing; one of a|b is enough
NEEDED: dict[str, tuple[str, ...]] = {
    "account": ("name",),
    "subscription": ("started_on", "amount|mrr|total"),
    "usage": ("day",),
    "survey": ("score", "day"),
    "churn": ("day",),
    "mrr_event": ("day", "mrr_after"),
    "ticket": ("opened_at",),
    "invoice": ("amount", "issued_on"),
    "contract": ("end_on",),
    "touch": ("day",),
    "contact": ("email",),
    "deal": ("stage|status", "amount"),
}
# words of a status-like column that a draft offers; definitions/words.py knows more spellings of each
KNOWN: dict[tuple[str, str], frozenset[str]] = {
    ("subscription", "status"): frozenset((
        "active", "trialing", "trial", "in_trial", "past_due", "unpaid", "paused", "canceled", "cancelled", "expired",
        "ended", "incomplete", "incomplete_expired", "future", "non_renewing",
    )),
    ("contract", "status"): frozenset((
        "active", "signed", "draft", "void", "expired", "ended", "terminated", "cancelled", "canceled", "renewed",
    )),
    ("deal", "status"): frozenset(("open", "won", "lost", "deleted")),
    ("invoice", "status"): frozenset(
        ("paid", "open", "void", "voided", "draft", "uncollectible", "overdue", "deleted", "unpaid", "partial")
    ),
    ("ticket", "priority"): frozenset(("low", "normal", "medium", "high", "urgent")),
    ("ticket", "status"): frozenset(("new", "open", "pending", "hold", "solved", "closed", "resolved")),
    ("survey", "kind"): frozenset(("nps", "csat", "ces")),
    ("mrr_event", "kind"): frozenset(("signup", "upgrade", "downgrade", "cancel", "reactivate")),
}


@lru_cache(maxsize=64)
def nouns_of(kind: str) -> frozenset[str]:
    return frozenset(words_of(noun)[0] for noun in NOUNS[kind])


def best_fit(kind: str, column: str, header: str) -> float:
    """How well a header names a column of the kind, 0 to 1; earlier phrases win ties."""
    if (kind, column) == ("survey", "score") and (asked := question(header)):
        return 0.9 if asked == "nps" else 0.8
    phrases = COLUMNS[kind].get(column, ())
    nouns = nouns_of(kind)
    return max((fit(phrase, header, nouns) - 0.001 * at for at, phrase in enumerate(phrases)), default=0.0)


def question(header: str) -> str | None:
    """nps or csat, where the header is the question that was asked: "How likely are you to recommend us?"."""
    words = set(words_of(header))
    if {"likely", "recommend"} <= words:
        return "nps"
    return "csat" if "satisfied" in words else None


def is_bare_id(kind: str, header: str) -> bool:
    """An id of the record itself: "id", "client_id"; "customer_type_id" is the id of something beside it."""
    return not set(words_of(header)) - ID_WORDS - nouns_of(kind)


def names(kind: str, header: str) -> bool:
    """Does the header, or file name, hold a word for records of this kind?"""
    return bool(nouns_of(kind) & set(words_of(header)))
