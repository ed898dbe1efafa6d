"""Which rows stand behind which fact, for explain: the conditions that the themes apply, row by row."""

from __future__ import annotations

from cs_cli.facts.sources import EVIDENCE

# What is shown of a row of each kind.
SHOWN: dict[str, tuple[str, ...]] = {
    "account": (
        "name",
        "domain",
        "industry",
        "country",
        "employees",
        "need",
        "tags",
        "owner",
        "sold_by",
        "stage",
        "parent",
        "last_activity_on",
    ),
    "contact": ("name", "email", "role", "left_on", "reference_last_asked"),
    "contract": ("start_on", "end_on", "term_months", "notice_days", "auto_renew", "amount", "currency", "status"),
    "subscription": (
        "plan",
        "product",
        "quantity",
        "arr",
        "currency",
        "interval",
        "discount",
        "started_on",
        "renews_on",
        "cancelled_on",
        "ended_on",
        "status",
        "trial",
        "trial_ends_on",
    ),
    "subscription_step": ("subscription", "from_on", "plan", "quantity", "arr", "currency"),
    "mrr_event": ("day", "kind", "mrr_before", "mrr_after", "currency"),
    "invoice": ("number", "issued_on", "due_on", "paid_on", "amount", "amount_paid", "currency", "status"),
    "deal": ("name", "kind", "stage", "status", "amount", "currency", "close_on"),
    "ticket": (
        "opened_on",
        "closed_on",
        "priority",
        "status",
        "category",
        "subject",
        "first_response_hours",
        "reopens",
        "csat",
    ),
    "survey": ("day", "kind", "score", "email"),
    "touch": ("day", "kind", "who", "sentiment", "next_step", "next_step_by"),
    "note": ("day", "who"),
    "pulse": ("day", "score", "who", "reason", "expires_on"),
    "goal": ("objective", "due_on", "done_on", "status"),
    "milestone": ("name", "due_on", "done_on"),
    "request": ("kind", "severity", "cost", "asked_on", "due_on", "decision", "decided_on", "status"),
    "feedback": ("day", "theme", "status"),
    "churn": ("day", "reason"),
    "attribute": ("name", "value"),
}
# The column a fact is read from, where it is one: explain walks back to the file that delivered it.
FACT_COLUMNS: dict[str, str] = {
    "name": "name",
    "domain": "domain",
    "industry": "industry",
    "country": "country",
    "employees": "employees",
    "need": "need",
    "tags": "tags",
    "owner": "owner",
    "sold_by": "sold_by",
    "crm_stage": "stage",
    "parent": "parent",
    "mrr": "arr",
    "arr": "arr",
    "seats": "quantity",
    "plan": "plan",
    "products": "product",
    "discount": "discount",
    "nps_latest": "score",
    "overdue_amount": "amount",
    "days_since_touch": "last_activity_on",
    "champion_known": "role",
    "decision_maker_known": "role",
    "cancel_requested": "cancelled_on",
}
# Facts that look at the newest row only.
LATEST = {
    "nps_latest",
    "nps_age_days",
    "days_since_touch",
    "last_touch_by",
    "qbr_age_days",
    "pulse",
    "pulse_age_days",
    "pulse_by",
    "days_to_promise",
}
_OVERDUE = (
    "r.issued_on <= :day AND coalesce(r.due_on, r.issued_on) < :day AND (r.paid_on > :day OR (r.paid_on IS NULL "
    "AND coalesce(@fold(r.status), '') <> 'paid' AND r.amount > coalesce(r.amount_paid, 0)))"
)
_OPEN = (
    "r.opened_on <= :day AND (r.closed_on > :day OR (r.closed_on IS NULL AND coalesce(@fold(r.status), '') "
    "NOT IN ('closed', 'solved', 'resolved', 'done')))"
)
_URGENT = _OPEN + " AND @fold(r.priority) IN ('urgent', 'critical', 'blocker', 'p1', 'highest')"
_RUNNING = "r.started_on <= :day AND (r.ended_on IS NULL OR r.ended_on > :day)"
_LATE = "r.due_on < :day AND (r.done_on IS NULL OR r.done_on > :day)"
_UNPAID = (
    "r.issued_on <= :day AND (r.paid_on > :day OR (r.paid_on IS NULL "
    "AND coalesce(@fold(r.status), '') <> 'paid' AND r.amount > coalesce(r.amount_paid, 0)))"
)
_NEW = "@fold(r.kind) IN ('new', 'new business', 'new_business', 'newbusiness')"
_FILTERS: dict[tuple[str, str], str] = {
    ("payment_failed", "invoice"): _UNPAID,
    ("payment_failed", "subscription"): _RUNNING,
    ("contraction_28d", "subscription"): "r.started_on <= :day AND (r.ended_on IS NULL OR r.ended_on > :day_28)",
    ("question_tickets", "ticket"): _OPEN + " AND r.category IS NOT NULL",
    ("payment_tickets", "ticket"): _OPEN + " AND r.category IS NOT NULL",
    ("trial_ends_on", "subscription"): _RUNNING + " AND r.trial_ends_on IS NOT NULL",
    ("days_to_trial_end", "subscription"): _RUNNING + " AND r.trial_ends_on IS NOT NULL",
    ("new_deal_stage", "deal"): _NEW + " AND (r.created_on IS NULL OR r.created_on <= :day)",
    ("days_to_signing", "deal"): _NEW + " AND (r.created_on IS NULL OR r.created_on <= :day)",
    ("days_since_won", "deal"): _NEW + " AND @fold(r.status) = 'won' AND r.close_on <= :day",
    ("days_since_first_value", "milestone"): "r.done_on <= :day",
    ("reference_asked_days", "contact"): "r.reference_last_asked <= :day",
    ("overdue_amount", "invoice"): _OVERDUE,
    ("overdue_days", "invoice"): _OVERDUE,
    ("open_tickets", "ticket"): _OPEN,
    ("ticket_age_max_days", "ticket"): _OPEN,
    ("urgent_tickets", "ticket"): _URGENT,
    ("urgent_ticket_days", "ticket"): _URGENT,
    ("mrr", "subscription"): _RUNNING,
    ("arr", "subscription"): _RUNNING,
    ("seats", "subscription"): _RUNNING,
    ("plan", "subscription"): _RUNNING,
    ("products", "subscription"): _RUNNING,
    ("currency", "subscription"): _RUNNING,
    ("discount", "subscription"): _RUNNING,
    ("cancel_requested", "subscription"): _RUNNING + " AND r.cancelled_on <= :day",
    ("nps_latest", "survey"): "r.day <= :day AND @fold(r.kind) = 'nps'",
    ("nps_age_days", "survey"): "r.day <= :day AND @fold(r.kind) = 'nps'",
    ("nps_min_180d", "survey"): "r.day <= :day AND r.day > :day_180 AND @fold(r.kind) = 'nps'",
    ("detractors_180d", "survey"): "r.day <= :day AND r.day > :day_180 AND @fold(r.kind) = 'nps' AND r.score <= 6",
    ("survey_csat_90d", "survey"): "r.day <= :day AND r.day > :day_90 AND @fold(r.kind) = 'csat'",
    (
        "ticket_csat_90d",
        "ticket",
    ): "r.closed_on <= :day AND r.closed_on > :day_90 AND (r.csat IS NOT NULL OR r.csat_positive IS NOT NULL)",
    (
        "invoices_late_12m",
        "invoice",
    ): "r.issued_on <= :day AND r.due_on < :day AND r.due_on > :day_365 "
    "AND (r.paid_on IS NULL OR r.paid_on > r.due_on)",
    ("days_since_touch", "account"): "r.last_activity_on <= :day",
    ("last_touch_by", "account"): "r.last_activity_on <= :day",
    ("qbr_age_days", "touch"): "r.day <= :day AND @fold(r.kind) IN ('qbr', 'business review', 'ebr')",
    ("champion_known", "contact"): "r.role = 'champion'",
    ("champion_left", "contact"): "r.role = 'champion'",
    ("decision_maker_known", "contact"): "r.role = 'decision_maker'",
    ("milestones_late", "milestone"): _LATE,
    ("onboarding_overdue", "milestone"): _LATE,
    ("goals_late", "goal"): _LATE,
    ("contacts_90d", "contact"): "r.last_activity_on > :day_90 AND r.last_activity_on <= :day",
}
_WINDOWS = {"_28d": "day_28", "_90d": "day_90", "_180d": "day_180"}
_NO_DAY = {"subscription_step": "from_on", "milestone": "done_on"}


def visible(kind: str, fact: str) -> tuple[str, str]:
    """SQL condition on a row `r` of the kind (with :day and :day_N) for the fact, and the row's day column."""
    if kind == "attribute":
        return "1 = 1", "NULL"  # what a CRM says of an account has no day
    column = _NO_DAY.get(kind) or EVIDENCE[kind][0]
    if kind == "account":
        column = "last_activity_on" if fact in ("days_since_touch", "last_touch_by") else "created_on"
    elif kind == "contact":
        column = "left_on" if fact == "champion_left" else "created_on"
    if (fact, kind) in _FILTERS:
        return _FILTERS[fact, kind], f"r.{column}"
    if kind in ("account", "milestone"):
        return "1 = 1", f"r.{column}"
    condition = f"(r.{column} IS NULL OR r.{column} <= :day)"
    for ending, after in _WINDOWS.items():
        if fact.endswith(ending):
            condition += f" AND r.{column} > :{after}"
    return condition, f"r.{column}"
