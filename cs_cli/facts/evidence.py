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
        "csm",
        "stage",
        "parent",
        "last_activity_on",
    ),
    "contact": ("name", "email", "role", "title", "left_on", "reference_last_asked"),
    "contract": (
        "start_on",
        "end_on",
        "term_months",
        "renewal_term_months",
        "notice_days",
        "auto_renew",
        "amount",
        "currency",
        "status",
    ),
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
    "subscription_step": ("subscription", "from_on", "till_on", "state", "plan", "quantity", "arr", "currency"),
    "mrr_event": ("day", "kind", "subscription", "mrr_before", "mrr_after", "currency"),
    "invoice": (
        "number",
        "plan",
        "description",
        "issued_on",
        "due_on",
        "paid_on",
        "amount",
        "tax",
        "amount_paid",
        "currency",
        "service_from",
        "service_to",
        "status",
    ),
    "deal": ("name", "kind", "stage", "status", "amount", "currency", "close_on", "owner"),
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
    "assignment": ("role", "who", "day"),
}
# The columns a fact is read from, per kind the first it has: explain walks back to the file that delivered it.
FACT_COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "domain": ("domain",),
    "industry": ("industry",),
    "country": ("country",),
    "employees": ("employees",),
    "need": ("need",),
    "tags": ("tags",),
    "owner": ("owner",),
    "csm": ("csm", "owner", "who"),
    "sold_by": ("sold_by", "owner"),
    "crm_stage": ("stage",),
    "parent": ("parent",),
    "mrr": ("arr",),
    "arr": ("arr",),
    "seats": ("quantity",),
    "plan": ("plan",),
    "products": ("product",),
    "discount": ("discount",),
    "nps_latest": ("score",),
    "overdue_amount": ("amount",),
    "days_since_touch": ("last_activity_on",),
    "champion_known": ("role",),
    "decision_maker_known": ("role",),
    "user_known": ("role",),
    "it_known": ("role", "title"),
    "cancel_requested": ("cancelled_on", "status"),
    "champion_left": ("left_on",),
    "overdue_days": ("due_on",),
    "renewal_date": ("end_on", "renews_on"),
    "notice_date": ("notice_days",),
    "auto_renew": ("auto_renew",),
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
_BILL = "r.issued_on <= :day AND NOT @is_gone_bill(r.status)"
_REST = (
    "r.amount > 0 AND (r.paid_on > :day OR (r.paid_on IS NULL AND NOT @is_settled_bill(r.status) "
    "AND r.amount > coalesce(r.amount_paid, 0)))"
)
_UNPAID = f"{_BILL} AND {_REST}"
_DUE = "coalesce(r.due_on, r.issued_on)"
_TOLD = f"coalesce((SELECT k.day FROM temp.looked k WHERE k.source = r.source), '9999') > {_DUE}"
_OVERDUE = f"{_UNPAID} AND {_DUE} < :day AND {_TOLD}"
_PAID_LATE = "(r.amount > 0 AND r.paid_on > coalesce(r.due_on, r.issued_on) AND r.paid_on <= :day)"
_HERE = "(r.created_on IS NULL OR r.created_on <= :day)"
_OPEN_DEAL = _HERE + " AND NOT @is_gone_deal(r.status) AND (NOT @is_closed_deal(r.status) OR r.close_on > :day)"
_OPEN = (
    "r.opened_on <= :day AND (r.closed_on > :day OR (r.closed_on IS NULL AND NOT @is_closed_ticket(r.status)))"
)
_URGENT = _OPEN + " AND @is_urgent_ticket(r.priority)"
_HIGH = _OPEN + " AND (@is_urgent_ticket(r.priority) OR @is_high_ticket(r.priority))"
_QUESTION = _OPEN + " AND @is_question_ticket(r.category)"
_PAYMENT = _OPEN + " AND @is_payment_ticket(r.category)"
_TICKETS_90D = "r.opened_on <= :day AND r.opened_on > :day_90"
_GOAL = f"{_HERE} AND (r.done_on > :day OR (r.done_on IS NULL AND NOT @is_over_goal(r.status)))"
_GOAL_MET = f"{_HERE} AND r.done_on > :day_365 AND r.done_on <= :day AND NOT @is_failed_goal(r.status)"
_ASKED = "(r.asked_on IS NULL OR r.asked_on <= :day)"
_REQUEST = (
    f"{_ASKED} AND (r.decided_on > :day "
    "OR (NOT @is_settled_request(r.status) AND NOT @is_refused_request(r.decision) "
    "AND NOT @is_granted_request(r.decision)))"
)
_GRANTED = (
    f"{_ASKED} AND coalesce(r.decided_on, r.asked_on) <= :day AND coalesce(r.decided_on, r.asked_on) > :day_365 "
    "AND r.cost IS NOT NULL AND @is_granted_request(r.decision)"
)
_UNANSWERED = "r.day <= :day AND NOT @is_answered_feedback(r.status)"
_RED = " AND @fold(r.severity) = 'red'"
_PAST_DUE = " AND r.due_on < :day"
_HELP = "r.value IS NOT NULL AND @is_implementation_field(r.name)"
_REACHED = (
    "r.email IS NOT NULL AND (r.created_on IS NULL OR r.created_on <= :day) AND (r.left_on IS NULL OR r.left_on > :day)"
)


def _said_by(contact: str) -> str:
    """Answers to an NPS of the contacts of whom the condition holds."""
    return (
        "r.day <= :day AND @is_nps_survey(r.kind) AND @address(r.email) IN (SELECT @address(d.email) "
        "FROM known_contact d JOIN account_of b ON b.ref = d.ref WHERE b.account = :account AND "
        f"{contact.replace('r.', 'd.')})"
    )


_DECIDER = f"r.role = 'decision_maker' AND {_REACHED}"
_DECIDER_SAID = _said_by(_DECIDER)
_KEY_PERSON = f"@is_key_contact(r.role) AND {_REACHED}"
_KEY_PERSON_SAID = _said_by(_KEY_PERSON)
# an author's newest word that has not expired
_STANDS = (
    "r.day <= :day AND coalesce(r.expires_on, @add_days(r.day, 45)) > :day AND NOT EXISTS (SELECT 1 FROM known_pulse n "
    "JOIN account_of c ON c.ref = n.ref WHERE c.account = :account AND @fold(n.who) = @fold(r.who) "
    "AND n.day > r.day AND n.day <= :day AND n.score IS NOT NULL)"
)
# where none stands, the expired ones are all there is to show
_PULSE = (
    f"r.day <= :day AND (({_STANDS}) OR NOT EXISTS (SELECT 1 FROM known_pulse p JOIN account_of b ON b.ref = p.ref "
    f"WHERE b.account = :account AND {_STANDS.replace('r.', 'p.')}))"
)
_AHEAD = "r.due_on IS NOT NULL AND (r.done_on IS NULL OR r.done_on > :day)"
_RUNNING = "r.started_on <= :day AND (r.ended_on IS NULL OR r.ended_on > :day)"
_LATE = "r.due_on < :day AND (r.done_on IS NULL OR r.done_on > :day)"
_NEW = "@is_new_deal(r.kind) AND NOT @is_gone_deal(r.status)"
# the deal that made it a customer, where no column of the CRM names the seller
_SALE = (
    "NOT EXISTS (SELECT 1 FROM known_account o JOIN account_of b ON b.ref = o.ref WHERE b.account = :account "
    "AND o.sold_by IS NOT NULL) AND r.id = (SELECT d.id FROM known_deal d JOIN account_of b ON b.ref = d.ref "
    "JOIN temp.fact_firmographic f ON f.account = b.account WHERE b.account = :account AND @is_won_deal(d.status) "
    "AND d.close_on <= :day AND (@is_new_deal(d.kind) OR (d.kind IS NULL AND (f.customer_since IS NULL "
    "OR d.close_on <= @add_days(f.customer_since, 90)))) "
    "ORDER BY CASE WHEN @is_new_deal(d.kind) THEN 0 ELSE 1 END, d.close_on, d.source, d.key LIMIT 1)"
)
_FILTERS: dict[tuple[str, str], str] = {
    ("sold_by", "deal"): _SALE,
    ("payment_failed", "invoice"): _UNPAID,
    ("payment_failed", "subscription"): _RUNNING,
    ("question_tickets", "ticket"): _QUESTION,
    ("payment_tickets", "ticket"): _PAYMENT,
    ("first_response_hours_90d", "ticket"): _TICKETS_90D + " AND r.first_response_hours IS NOT NULL",
    ("reopened_90d", "ticket"): _TICKETS_90D + " AND r.reopens > 0",
    ("trial_ends_on", "subscription"): _RUNNING + " AND r.trial_ends_on IS NOT NULL",
    ("days_to_trial_end", "subscription"): _RUNNING + " AND r.trial_ends_on IS NOT NULL",
    ("new_deal_stage", "deal"): _NEW + " AND (r.created_on IS NULL OR r.created_on <= :day)",
    ("days_to_signing", "deal"): _NEW + " AND (r.created_on IS NULL OR r.created_on <= :day)",
    ("days_since_won", "deal"): _NEW + " AND @is_won_deal(r.status) AND r.close_on <= :day",
    ("days_since_first_value", "milestone"): "r.done_on <= :day AND @is_first_value_milestone(r.name)",
    ("reference_asked_days", "contact"): "r.reference_last_asked <= :day",
    ("overdue_amount", "invoice"): _OVERDUE,
    ("overdue_days", "invoice"): _OVERDUE,
    ("due_unconfirmed_amount", "invoice"): f"{_UNPAID} AND {_DUE} < :day AND NOT {_TOLD}",
    ("open_tickets", "ticket"): _OPEN,
    ("ticket_age_max_days", "ticket"): _OPEN,
    ("urgent_tickets", "ticket"): _URGENT,
    ("high_tickets", "ticket"): _HIGH,
    ("urgent_ticket_days", "ticket"): _URGENT,
    ("urgent_ticket_working_days", "ticket"): _URGENT,
    ("cancel_requested", "subscription"):
        f"{_RUNNING} AND (r.cancelled_on <= :day OR @is_leaving_subscription(r.status))",
    ("nps_latest", "survey"): "r.day <= :day AND @is_nps_survey(r.kind)",
    ("nps_age_days", "survey"): "r.day <= :day AND @is_nps_survey(r.kind)",
    ("nps_decision_maker", "contact"): _DECIDER,
    ("nps_decision_maker", "survey"): _DECIDER_SAID,
    ("nps_key_people_60d", "contact"): _KEY_PERSON,
    ("nps_key_people_60d", "survey"): _KEY_PERSON_SAID + " AND r.day > :day_60",
    **{(one, "pulse"): _PULSE for one in ("pulse", "pulse_age_days", "pulse_by", "pulse_lowest", "pulse_lowest_by",
                                          "pulse_spread", "pulse_csm", "pulse_support", "pulse_ae", "pulse_am")},
    ("nps_key_people_open", "contact"): _KEY_PERSON,
    ("nps_key_people_open", "survey"): _KEY_PERSON_SAID,
    ("days_without_value", "milestone"): "r.done_on IS NULL OR r.done_on > :day",
    ("last_mood", "touch"): "r.day <= :day AND r.sentiment IS NOT NULL",
    ("bad_touches_90d", "touch"): "r.day <= :day AND r.day > :day_90 AND @is_bad_touch(r.sentiment)",
    ("days_since_fair_touch", "touch"): "r.day <= :day AND NOT @is_bad_touch(r.sentiment)",
    ("nps_min_180d", "survey"): "r.day <= :day AND r.day > :day_180 AND @is_nps_survey(r.kind)",
    ("detractors_180d", "survey"): "r.day <= :day AND r.day > :day_180 AND @is_nps_survey(r.kind) "
    "AND @is_detractor(r.score)",
    ("survey_csat_90d", "survey"): "r.day <= :day AND r.day > :day_90 AND @is_csat_survey(r.kind)",
    (
        "ticket_csat_90d",
        "ticket",
    ): "r.closed_on <= :day AND r.closed_on > :day_90 AND (r.csat IS NOT NULL OR r.csat_positive IS NOT NULL)",
    (
        "invoices_late_12m",
        "invoice",
    ): f"{_BILL} AND coalesce(r.due_on, r.issued_on) < :day AND coalesce(r.due_on, r.issued_on) > :day_365 "
    f"AND ({_REST} OR {_PAID_LATE})",
    ("days_since_touch", "account"): "r.last_activity_on <= :day",
    ("last_touch_by", "account"): "r.last_activity_on <= :day",
    ("days_since_fair_touch", "account"): "r.last_activity_on <= :day",
    ("qbr_age_days", "touch"): "r.day <= :day AND @is_qbr_touch(r.kind)",
    ("champion_known", "contact"): f"r.role = 'champion' AND {_HERE}",
    ("champion_left", "contact"): f"r.role = 'champion' AND {_HERE}",
    ("decision_maker_known", "contact"): f"r.role = 'decision_maker' AND {_HERE}",
    ("user_known", "contact"): f"r.role = 'user' AND {_HERE}",
    ("it_known", "contact"): f"(r.role = 'it' OR @is_it_title(r.title)) AND {_HERE}",
    ("renewal_deal_stage", "deal"): f"@is_renewal_deal(r.kind) AND {_OPEN_DEAL}",
    (
        "open_expansion_amount",
        "deal",
    ): f"@is_expansion_deal(r.kind) AND {_OPEN_DEAL}",
    ("milestones_late", "milestone"): _LATE,
    ("onboarding_overdue", "milestone"): _LATE,
    ("days_to_milestone", "milestone"): _AHEAD,
    ("days_to_kickoff", "milestone"): f"{_AHEAD} AND @is_kickoff_milestone(r.name)",
    ("goals_open", "goal"): _GOAL,
    ("goals_late", "goal"): _GOAL + _PAST_DUE,
    ("goals_met_12m", "goal"): _GOAL_MET,
    ("requests_open", "request"): _REQUEST,
    ("requests_red", "request"): _REQUEST + _RED,
    ("requests_overdue", "request"): _REQUEST + _PAST_DUE,
    ("requests_red_overdue", "request"): _REQUEST + _RED + _PAST_DUE,
    ("exceptions_cost_12m", "request"): _GRANTED,
    ("feedback_open", "feedback"): _UNANSWERED,
    ("implementation_declined", "attribute"): _HELP,
    ("contacts_90d", "contact"): "r.last_activity_on > :day_90 AND r.last_activity_on <= :day",
    ("contacts_90d", "survey"): "r.day <= :day AND r.day > :day_90 AND r.email IS NOT NULL",
    ("contacts_90d", "ticket"): _TICKETS_90D + " AND r.requester_email IS NOT NULL",
}
# Facts read from what was paid (mrr_span), and the days that each looks at; others look at all of it.
_SPAN_DAYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("mrr", "arr", "seats", "discount", "plan", "products", "currency"), (":day",)),
    "arr_change_90d": (":day", ":day_90"),
}
_SPAN_KINDS = {
    "subscriptions": ("subscription", "subscription_step"),
    "events": ("mrr_event",),
    "contracts": ("contract",),
    "invoices": ("invoice",),
}
_WINDOWS = {"_28d": "day_28", "_60d": "day_60", "_90d": "day_90", "_180d": "day_180"}
_NO_DAY = {"assignment": "day", "subscription_step": "from_on", "milestone": "done_on"}


def kinds(rows: tuple[str, ...], origins: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The record kinds behind a fact: those that MRR comes from, where it is read from what was paid, and the rest.

    origins: which of subscriptions, events, contracts and invoices may fill mrr_span. A contract that is read as such,
    for a status, is among the rest too.
    """
    if "mrr_event" not in rows or not origins:
        return (), rows
    paid = tuple(kind for one in origins for kind in _SPAN_KINDS[one] if kind not in rows or kind != "contract")
    money = {kind for one in _SPAN_KINDS.values() for kind in one} - {"contract"}
    return paid, tuple(kind for kind in rows if kind not in money)


def paid(kind: str, fact: str) -> tuple[str, str]:
    """SQL condition on a row `r` of a kind that fills mrr_span (the fact looks at a day it covers), its day column."""
    days = _SPAN_DAYS.get(fact, ())
    # a window wants whatever ran at some time inside it
    since = "(m.to_on IS NULL OR m.to_on > :day_28)" if fact == "contraction_28d" else "1 = 1"
    covers = " OR ".join(f"(m.from_on <= {on} AND (m.to_on IS NULL OR m.to_on > {on}))" for on in days) or since
    mine = "SELECT 1 FROM temp.mrr_span m WHERE m.account = :account AND m.source = r.source"
    if kind == "mrr_event":
        # of a day's entries the one that says what is paid from it on
        return f"EXISTS ({mine} AND m.record = r.key AND ({covers}))", "r.day"
    if kind == "subscription_step":
        later = (
            "SELECT 1 FROM known_subscription_step o WHERE o.source = r.source AND o.subscription = r.subscription "
            "AND o.from_on > r.from_on AND o.from_on <="
        )
        held = " OR ".join(
            f"(r.from_on <= {on} AND (r.till_on IS NULL OR r.till_on > {on}) "
            f"AND (r.state IS NOT NULL OR NOT EXISTS ({later} {on})))"
            for on in days
        ) or "r.from_on <= :day AND (r.till_on IS NULL OR r.till_on > r.from_on)"
        return f"({held}) AND EXISTS ({mine} AND m.subscription = r.subscription AND ({covers}))", "r.from_on"
    if kind == "contract":  # also what a hand said of it
        mine = "SELECT 1 FROM temp.mrr_span m WHERE m.account = :account AND m.origin = 'contracts'"
    return f"EXISTS ({mine} AND m.subscription = r.key AND ({covers}))", f"r.{EVIDENCE[kind][0]}"


# What a "no" was read from, where none of the rows that would make it a yes is there.
_LOOKED_AT = {"contact": _HERE, "subscription": _RUNNING, "milestone": "r.due_on IS NOT NULL"}


def looked_at(kind: str, fact: str) -> tuple[str, str]:
    """As visible, for the rows that could have counted and did not."""
    _, day = visible(kind, fact)
    return _LOOKED_AT.get(kind, f"({day} IS NULL OR {day} <= :day)"), day


def visible(kind: str, fact: str) -> tuple[str, str]:
    """SQL condition on a row `r` of the kind (with :day and :day_N) for the fact, and the row's day column."""
    if kind == "attribute":
        return _FILTERS.get((fact, kind), "1 = 1"), "NULL"  # what a CRM says of an account has no day
    column = _NO_DAY.get(kind) or EVIDENCE[kind][0]
    if kind == "account":
        spoken = ("days_since_touch", "days_since_fair_touch", "last_touch_by")
        column = "last_activity_on" if fact in spoken else "created_on"
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
