"""One account on one page: what it is, how it is and why, contracts, people, cases, what happened lately."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.reports.common import freshness_lines
from cs_cli.reports.model import Column, Figure, Report, Section
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

ABOUT = "One account on one page."

FIGURES = (
    ("health", "Health", "score"), ("band", "Band", "band"), ("known_share", "Known share", "percent"),
    ("arr", "ARR", "money"), ("mrr", "MRR", "money"), ("status", "Status", "text"), ("tier", "Tier", "text"),
    ("touch_model", "Touch", "text"), ("lifecycle", "Lifecycle", "text"), ("owner", "Owner", "text"),
    ("plan", "Plan", "text"), ("seats", "Seats", "number"), ("tenure_days", "Customer for", "days"),
    ("renewal_date", "Renewal", "day"), ("notice_date", "Notice by", "day"), ("decide_by", "Decide by", "day"),
    ("auto_renew", "Renews by itself", "flag"), ("overdue_amount", "Overdue", "money"),
    ("usage_change_28d", "Usage, 28 days", "percent"), ("last_seen_days", "Last seen", "days"),
    ("open_tickets", "Open tickets", "number"), ("nps_latest", "NPS answer", "number"),
    ("days_since_touch", "Last touch", "days"), ("pulse", "Pulse", "number"),
)

RECENT = """
SELECT day, what, text FROM (
  SELECT r.day AS day, 'touch: ' || COALESCE(r.kind, '') AS what, r.note AS text, r.id AS id
    FROM known_touch r JOIN account_of a ON a.ref = r.ref WHERE a.account = :account
  UNION ALL SELECT r.day, 'note', r.text, r.id
    FROM known_note r JOIN account_of a ON a.ref = r.ref WHERE a.account = :account
  UNION ALL SELECT r.opened_on, 'ticket: ' || COALESCE(r.priority, '') ||
      CASE WHEN r.closed_on <= :day THEN ', closed' ELSE ', open' END, r.subject, r.id
    FROM known_ticket r JOIN account_of a ON a.ref = r.ref WHERE a.account = :account
  UNION ALL SELECT r.day, r.kind || ' ' || CAST(r.score AS TEXT), r.comment, r.id
    FROM known_survey r JOIN account_of a ON a.ref = r.ref WHERE a.account = :account
  UNION ALL SELECT r.done_on, 'milestone', r.name, r.id
    FROM known_milestone r JOIN account_of a ON a.ref = r.ref WHERE a.account = :account
  UNION ALL SELECT r.cancelled_on, 'subscription cancelled', r.plan, r.id
    FROM known_subscription r JOIN account_of a ON a.ref = r.ref WHERE a.account = :account
  UNION ALL SELECT r.started_on, 'subscription started', r.plan, r.id
    FROM known_subscription r JOIN account_of a ON a.ref = r.ref WHERE a.account = :account
) WHERE day IS NOT NULL AND day <= :day AND day > :since
ORDER BY day DESC, what, id LIMIT 20
"""

PEOPLE = """
SELECT r.name, r.role, r.title, r.email, r.left_on FROM known_contact r JOIN account_of a ON a.ref = r.ref
WHERE a.account = :account AND (r.created_on IS NULL OR r.created_on <= :day)
ORDER BY CASE WHEN r.left_on <= :day THEN 1 ELSE 0 END,
  CASE r.role WHEN 'decision_maker' THEN 0 WHEN 'champion' THEN 1 WHEN 'user' THEN 2 WHEN 'it' THEN 3 ELSE 4 END,
  r.name, r.id
"""

SUBSCRIPTIONS = """
SELECT r.key AS subscription, r.plan, r.quantity, r.status, r.started_on, r.renews_on,
  CASE WHEN r.cancelled_on <= :day THEN r.cancelled_on END AS cancelled_on,
  CASE WHEN r.ended_on <= :day THEN r.ended_on END AS ended_on
FROM known_subscription r JOIN account_of a ON a.ref = r.ref
WHERE a.account = :account AND (r.started_on IS NULL OR r.started_on <= :day)
ORDER BY CASE WHEN r.ended_on <= :day THEN 1 ELSE 0 END, r.started_on DESC, r.id
"""

GOALS = """
SELECT r.objective, r.measure, r.target, r.due_on, r.status FROM known_goal r JOIN account_of a ON a.ref = r.ref
WHERE a.account = :account ORDER BY r.due_on, r.id
"""


def build(
    conn: sqlite3.Connection, definitions: Definitions, day: date, *, account: int, known_at: date | None = None,
    **options: Any,
) -> Report:
    """The page of one account number. Sections that have nothing to say are left out."""
    from cs_cli.cases.lists import cases_of_account, tasks_of_account
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.health import measures_of

    build_desk(conn, definitions, day, known_at, [account], measures=True)
    fact = rows(conn, "SELECT * FROM account_facts WHERE account = ?", (account,))[0]
    asked = {"account": account, "day": day.isoformat(), "since": (day - timedelta(days=90)).isoformat()}
    figures = tuple(
        Figure(key, label, fact[key], kind)  # type: ignore[arg-type]
        for key, label, kind in FIGURES if fact.get(key) is not None
    )
    identity = [fact.get(key) for key in ("domain", "industry", "country")]
    about = " · ".join(str(part) for part in [fact["account_id"], *identity] if part)
    sections = [
        Section("account", str(fact["name"] or fact["account_id"]), figures=figures, text=about),
        Section(
            "measures", _why(fact),
            (Column("measure", "Measure"), Column("family", "Family"), Column("value", "Value", "number"),
             Column("score", "Score", "score"), Column("weight", "Weight", "number"),
             Column("contribution", "Points", "number")),
            tuple(measures_of(conn, account)),
        ),
        Section(
            "cases", "Open cases",
            (Column("case", "Case"), Column("playbook", "Playbook"), Column("severity", "Severity", "severity"),
             Column("state", "State"), Column("opened_on", "Since", "day"), Column("owner", "Owner"),
             Column("because", "Because")),
            tuple(cases_of_account(conn, definitions, account, day)),
        ),
        Section(
            "tasks", "Open tasks",
            (Column("task", "Task"), Column("do", "Do"), Column("owner", "Owner"), Column("due", "Due", "day")),
            tuple(tasks_of_account(conn, definitions, account, day)),
        ),
        Section(
            "subscriptions", "Subscriptions",
            (Column("subscription", "Id"), Column("plan", "Plan"), Column("quantity", "Quantity", "number"),
             Column("status", "Status"), Column("started_on", "Started", "day"), Column("renews_on", "Renews", "day"),
             Column("cancelled_on", "Cancelled", "day"), Column("ended_on", "Ended", "day")),
            tuple(rows(conn, SUBSCRIPTIONS, asked)),
        ),
        Section(
            "people", "People",
            (Column("name", "Name"), Column("role", "Role"), Column("title", "Title"), Column("email", "E-mail"),
             Column("left_on", "Left", "day")),
            tuple(rows(conn, PEOPLE, asked)),
        ),
        Section(
            "goals", "Success plan",
            (Column("objective", "Objective"), Column("measure", "Measure"), Column("target", "Target", "number"),
             Column("due_on", "Due", "day"), Column("status", "Status")),
            tuple(rows(conn, GOALS, asked)),
        ),
        Section(
            "recent", "The last 90 days",
            (Column("day", "Day", "day"), Column("what", "What"), Column("text", "Text")),
            tuple(rows(conn, RECENT, asked)),
        ),
    ]
    kept = tuple(section for section in sections if section.rows or section.figures)
    return Report(
        "account", str(fact["name"] or fact["account_id"]), day.isoformat(), definitions.settings.currency,
        definitions.settings.company, freshness_lines(conn, definitions.settings, day), kept,
    )


def _why(fact: dict[str, Any]) -> str:
    """The heading of the measures: the score in words."""
    if fact.get("band") in (None, "unknown"):
        return "Health: unknown, too little is known"
    capped = f", held down by: {fact['capped_by']}" if fact.get("capped_by") else ""
    return f"Health {fact['health']} ({fact['band']}{capped}), card {fact.get('scorecard')}"
