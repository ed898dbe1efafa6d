"""The parts of an account's page: each asks the records for one account as of the day and gives a section."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.facts.coverage import is_rolling
from cs_cli.reports.model import Column, Section
from cs_cli.store.connection import rows
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings
    from cs_cli.definitions.workspace import Definitions

WEEKS = 13


def of_account(kind: str, more: str = "") -> str:
    """FROM and WHERE: one kind's records of the account, as r. CROSS JOIN: its few refs first, never the table."""
    return f"account_of a CROSS JOIN known_{kind} r ON r.ref = a.ref{more} WHERE a.account = :account"


TERMS = """
SELECT t.contract, t.start_on, t.end_on, t.renewal_date, t.notice_date, t.decide_by, t.auto_renew, t.notice_days,
  t.term_months, t.renewal_term_months,
  CASE WHEN t.assumed = 1
    THEN 'renews by ' || t.renewal_term_months || ' months' END AS assumption, t.arr, t.source, t.rolling
FROM term t WHERE t.account = :account ORDER BY t.rolling, t.end_on, t.contract
"""
SUBSCRIPTIONS = f"""
SELECT r.key AS subscription, r.plan, r.quantity, r.status, r.started_on, r.renews_on,
  CASE WHEN r.cancelled_on <= :day THEN r.cancelled_on END AS cancelled_on,
  CASE WHEN r.ended_on <= :day THEN r.ended_on END AS ended_on
FROM {of_account("subscription")} AND (r.started_on IS NULL OR r.started_on <= :day)
ORDER BY CASE WHEN r.ended_on <= :day THEN 1 ELSE 0 END, r.started_on DESC, r.id
"""
REQUESTS = expand(f"""
SELECT r.text, r.kind, r.severity, r.cost / 1.0 AS cost, r.currency, r.asked_on, r.due_on,
  r.decider, CASE WHEN r.decided_on IS NULL OR r.decided_on <= :day THEN r.decision END AS decision, r.reason,
  r.until, r.status
FROM {of_account("request")} AND (r.asked_on IS NULL OR r.asked_on <= :day)
ORDER BY CASE WHEN r.decided_on > :day THEN 0
  WHEN @is_settled_request(r.status) OR @is_refused_request(r.decision) OR r.decided_on IS NOT NULL THEN 1 ELSE 0 END,
  r.due_on, r.id
""")
TOUCHES = f"""
SELECT r.day, r.kind, r.who, r.sentiment, r.note, r.next_step, r.next_step_by
FROM {of_account("touch")} AND r.day <= :day ORDER BY r.day DESC, r.id DESC LIMIT 6
"""
PULSES = f"""
SELECT day, who, score, reason, expires_on FROM (
  SELECT r.day, r.who, r.score, r.reason, r.expires_on,
    row_number() OVER (PARTITION BY fold(r.who) ORDER BY r.day DESC, r.id DESC) AS place
  FROM {of_account("pulse")} AND r.day <= :day) latest
WHERE place = 1 ORDER BY day DESC, who
"""
TICKETS = expand(f"""
SELECT r.opened_on, r.priority, r.category, r.subject,
  CASE WHEN r.closed_on <= :day THEN r.closed_on END AS closed_on, r.csat
FROM {of_account("ticket")} AND r.opened_on <= :day AND (r.closed_on > :days_90
  OR (r.closed_on IS NULL AND NOT @is_closed_ticket(r.status)))
ORDER BY CASE WHEN r.closed_on <= :day THEN 1 ELSE 0 END, r.opened_on DESC, r.id LIMIT 12
""")
GOALS = f"""
SELECT r.objective, r.measure, r.target, r.due_on,
  CASE WHEN r.done_on > :day THEN 'open' ELSE r.status END AS status,
  CASE WHEN r.done_on <= :day THEN r.done_on END AS done_on
FROM {of_account("goal")} AND (r.created_on IS NULL OR r.created_on <= :day)
ORDER BY r.done_on IS NOT NULL, r.due_on, r.id
"""
MILESTONES = f"""
SELECT r.name, r.due_on, CASE WHEN r.done_on <= :day THEN r.done_on END AS done_on
FROM {of_account("milestone")} ORDER BY COALESCE(r.done_on, r.due_on), r.id
"""
FEEDBACK = expand(f"""
SELECT r.day, r.theme, r.area, r.quote, r.status FROM {of_account("feedback")} AND r.day <= :day
ORDER BY CASE WHEN @is_answered_feedback(r.status) THEN 1 ELSE 0 END, r.day DESC, r.id LIMIT 10
""")
STEPS = " CROSS JOIN known_subscription_step t ON t.source = r.source AND t.subscription = r.key"
CHANGED = expand(f"""
SELECT day, what, text FROM (
  SELECT r.started_on AS day, 'subscription started' AS what, r.plan AS text, r.id AS id
    FROM {of_account("subscription")}
  UNION ALL SELECT r.cancelled_on, 'subscription cancelled', r.plan, r.id FROM {of_account("subscription")}
  UNION ALL SELECT r.ended_on, 'subscription ended', r.plan, r.id FROM {of_account("subscription")}
  UNION ALL SELECT t.from_on, 'subscription changed', t.plan, t.id
    FROM {of_account("subscription", STEPS)} AND t.from_on > r.started_on
  UNION ALL SELECT r.created_on, 'new contact', r.name, r.id FROM {of_account("contact")}
  UNION ALL SELECT r.left_on, 'left: ' || COALESCE(r.role, 'contact'), r.name, r.id FROM {of_account("contact")}
  UNION ALL SELECT r.done_on, 'milestone reached', r.name, r.id FROM {of_account("milestone")}
  UNION ALL SELECT r.done_on, 'goal ' || COALESCE(r.status, 'done'), r.objective, r.id FROM {of_account("goal")}
  UNION ALL SELECT r.day, 'pulse ' || r.score || COALESCE(' by ' || r.who, ''), r.reason, r.id
    FROM {of_account("pulse")}
  UNION ALL SELECT r.asked_on, 'asked for', r.text, r.id FROM {of_account("request")}
  UNION ALL SELECT r.decided_on, 'decided: ' || COALESCE(r.decision, ''), r.text, r.id FROM {of_account("request")}
  UNION ALL SELECT r.day, r.kind || ' ' || CAST(r.score AS TEXT), r.comment, r.id FROM {of_account("survey")}
  UNION ALL SELECT r.opened_on, 'ticket: ' || COALESCE(r.priority, 'opened'), r.subject, r.id
    FROM {of_account("ticket")}
  UNION ALL SELECT r.day, COALESCE(r.kind, 'touch'), r.note, r.id FROM {of_account("touch")}
  UNION ALL SELECT r.day, 'note', r.text, r.id FROM {of_account("note")}
  UNION ALL SELECT r.day, 'churn: ' || COALESCE(r.reason, ''), r.note, r.id FROM {of_account("churn")}
  UNION ALL SELECT r.paid_on, 'invoice paid', r.number, r.id FROM {of_account("invoice")}
  UNION ALL SELECT r.due_on, 'invoice due, not paid', r.number, r.id FROM {of_account("invoice")}
    AND NOT @is_gone_bill(r.status) AND r.amount > 0 AND (r.paid_on > :day
      OR (r.paid_on IS NULL AND NOT @is_settled_bill(r.status) AND r.amount > COALESCE(r.amount_paid, 0)))
  UNION ALL SELECT e.day, 'case c' || c.number || ' ' || e.what, c.playbook, e.id
    FROM case_event e JOIN cs_case c ON c.number = e.case_number
    WHERE c.account = :account AND c.control = 0 AND e.what NOT LIKE 'task %'
) happened WHERE day IS NOT NULL AND day <= :day AND day > :days_30
ORDER BY day DESC, what, id LIMIT 30
""")


def asked(account: int, day: date) -> dict[str, Any]:
    """The parameters of every part."""
    return {
        "account": account, "day": day.isoformat(), "days_30": (day - timedelta(days=30)).isoformat(),
        "days_90": (day - timedelta(days=90)).isoformat(),
    }  # fmt: skip


def day_columns(*pairs: tuple[str, str]) -> tuple[Column, ...]:
    """Columns of days by (key, label)."""
    return tuple(Column(key, label, "day") for key, label in pairs)


def contracts(conn: sqlite3.Connection, definitions: Definitions, day: date, values: dict[str, Any]) -> Section:
    """The terms running on the day with their notice and decision days; subscriptions are a section of their own."""
    if conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'term'").fetchone() is None:
        from cs_cli.facts.contracts import build_papers

        build_papers(conn, definitions.settings, day, definitions.metrics.mrr_from)
    columns = (
        Column("contract", "Contract"),
        *day_columns(
            ("start_on", "Starts"), ("end_on", "Ends"), ("notice_date", "Notice by"), ("decide_by", "Decide by"),
        ),
        Column("auto_renew", "Renews by itself", "flag"),
        Column("notice_days", "Notice days", "days"),
        Column("term_months", "Months", "number"),
        Column("renewal_term_months", "Renews by", "number", hidden=True),
        Column("assumption", "Assumed", hidden=True),
        Column("arr", "ARR", "money"),
        Column("source", "Source"),
        Column("rolling", "Rolls on", "flag", hidden=True),
        Column("renewal_date", "Renewal", "day", hidden=True),
    )
    return Section("contracts", "Contract terms", columns, tuple(rows(conn, TERMS, only(TERMS, values))))


def records(
    conn: sqlite3.Connection, values: dict[str, Any], settings: Settings, moves: list[dict[str, Any]]
) -> list[Section]:
    """Requests, touches, pulses, plan, tickets, feedback, subscriptions and what changed, in page order.

    moves: moves between segments as {day, what, text}, for what changed.
    """
    from cs_cli.base.money import to_major

    def found(sql: str) -> tuple[dict[str, Any], ...]:
        return tuple(rows(conn, sql, only(sql, values)))

    promises = [
        one
        | {"cost": None if one["cost"] is None else to_major(int(one["cost"]), one["currency"] or settings.currency)}
        for one in found(REQUESTS)
    ]
    text = Column("note", "What was said")
    return [
        Section(
            "requests",
            "Promises and requests",
            (
                Column("text", "What"),
                Column("kind", "Kind"),
                Column("severity", "Severity", "severity"),
                Column("cost", "Cost", "money"),
                Column("asked_on", "Asked", "day"),
                Column("due_on", "Due", "day"),
                Column("decider", "Decides"),
                Column("decision", "Decision"),
                Column("reason", "Why"),
                Column("until", "Until", "day"),
                Column("status", "Status", hidden=True),
            ),
            tuple(promises),
        ),
        Section(
            "touches",
            "Last touches",
            (
                Column("day", "Day", "day"),
                Column("kind", "Kind"),
                Column("sentiment", "Mood"),
                text,
                Column("next_step", "Next step"),
                Column("next_step_by", "By", "day"),
                Column("who", "Who"),
            ),
            found(TOUCHES),
        ),
        Section(
            "pulses",
            "Pulses",
            (
                Column("day", "Day", "day"),
                Column("who", "Who"),
                Column("score", "1 to 5", "number"),
                Column("reason", "Why"),
                Column("expires_on", "Good until", "day"),
            ),
            found(PULSES),
        ),
        Section(
            "goals",
            "Success plan",
            (
                Column("objective", "Objective"),
                Column("measure", "Measure"),
                Column("target", "Target", "number"),
                *day_columns(("due_on", "Due"), ("done_on", "Done")),
                Column("status", "Status"),
            ),
            found(GOALS),
        ),
        Section(
            "milestones",
            "Milestones",
            (Column("name", "Milestone"), *day_columns(("due_on", "Due"), ("done_on", "Reached"))),
            found(MILESTONES),
        ),
        Section(
            "tickets",
            "Tickets, open and of 90 days",
            (
                Column("opened_on", "Opened", "day"),
                Column("priority", "Priority"),
                Column("category", "Category"),
                Column("subject", "Subject"),
                Column("closed_on", "Closed", "day"),
                Column("csat", "CSAT", "number"),
            ),
            found(TICKETS),
        ),
        Section(
            "feedback",
            "Feedback",
            (
                Column("day", "Day", "day"),
                Column("theme", "Theme"),
                Column("area", "Area"),
                Column("quote", "In their words"),
                Column("status", "Status"),
            ),
            found(FEEDBACK),
        ),
        Section(
            "subscriptions",
            "Subscriptions",
            (
                Column("subscription", "Id"),
                Column("plan", "Plan"),
                Column("quantity", "Quantity", "number"),
                Column("status", "Status"),
                *day_columns(
                    ("started_on", "Started"),
                    ("renews_on", "Renews"),
                    ("cancelled_on", "Cancelled"),
                    ("ended_on", "Ended"),
                ),
            ),
            found(SUBSCRIPTIONS),
        ),
        Section(
            "recent",
            "Changed in 30 days",
            (Column("day", "Day", "day"), Column("what", "What"), Column("text", "Text")),
            tuple(sorted([*moves, *found(CHANGED)], key=lambda row: str(row["day"]), reverse=True)),
        ),
    ]


def only(sql: str, values: dict[str, Any]) -> dict[str, Any]:
    """The parameters that the text names."""
    return {name: value for name, value in values.items() if f":{name}" in sql}


# every metric that the account ever had, with the last day that its export covers for anybody: whoever
# sends nothing any more is a 0, not an old week
COVERED = """
SELECT m.id, m.name, (
  SELECT max((SELECT max(u.day) FROM known_usage u WHERE u.ref = r.id AND u.metric = m.id AND u.day <= :day)) FROM ref r
)
FROM metric m WHERE EXISTS (SELECT 1 FROM account_of a CROSS JOIN known_usage u ON u.ref = a.ref
  WHERE a.account = :account AND u.metric = m.id AND u.day <= :day)
ORDER BY m.name
"""
# whole weeks back from the last covered day, each with its sum
OF_WEEKS = expand("""
SELECT @days(:last, u.day) / 7 AS ago, SUM(u.value) FROM account_of a CROSS JOIN known_usage u ON u.ref = a.ref
WHERE a.account = :account AND u.metric = :metric AND u.day > :start AND u.day <= :last GROUP BY ago
""")


OF_DAYS = expand("""
SELECT @days(:last, u.day) / 7 AS ago, SUM(u.value) FROM account_of a CROSS JOIN known_usage u ON u.ref = a.ref
WHERE a.account = :account AND u.metric = :metric AND u.day > :start AND u.day <= :last GROUP BY u.day ORDER BY u.day
""")


def usage(conn: sqlite3.Connection, day: date, account: int) -> Section:
    """Every metric that the account ever had, in 13 weeks that end on the last day its export covers.

    A week without rows is 0 from the first one shown on, unknown before.
    """
    found = []
    for metric, name, last in conn.execute(COVERED, {"account": account, "day": day.isoformat()}).fetchall():
        start = (date.fromisoformat(last) - timedelta(days=7 * WEEKS)).isoformat()
        values = {"account": account, "metric": metric, "start": start, "last": last}
        # of figures of a stretch of days the newest of each week
        sums = dict(conn.execute(OF_DAYS if is_rolling(name) else OF_WEEKS, values))
        first = max(sums, default=WEEKS)
        weeks = [None if ago > first else round(float(sums.get(ago, 0.0)), 2) for ago in reversed(range(WEEKS))]
        found.append({"metric": name, "weeks": weeks, "last_week": weeks[-1], "until": last})
    columns = (
        Column("metric", "Metric"),
        Column("weeks", "13 weeks", "list"),
        Column("last_week", "Last week", "number"),
        Column("until", "Until", "day"),
    )
    return Section("usage", "Usage", columns, tuple(found))
