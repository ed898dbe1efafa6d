"""One account on one page: what it is, how it is and why, contracts, people, cases, what happened lately."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.reports import account_parts as parts
from cs_cli.reports.account_people import people_sections
from cs_cli.reports.common import freshness_lines
from cs_cli.reports.model import Column, Figure, Report, Section
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Dimension
    from cs_cli.definitions.workspace import Definitions
    from cs_cli.scoring.trend import Trend

ABOUT = "One account on one page."
NEEDS_ACCOUNT = True

FIGURES = (
    ("health", "Health", "score"), ("band", "Band", "band"), ("health_as_of", "Score", "late"),
    ("known_share", "Known share", "percent"),
    ("arr", "ARR", "money"), ("mrr", "MRR", "money"), ("status", "Status", "text"), ("owner", "Owner", "text"),
    ("sold_by", "Sold by", "text"), ("parent", "Parent", "text"),
    ("plan", "Plan", "text"), ("seats", "Seats", "number"), ("tenure_days", "Customer for", "days"),
    ("renewal_date", "Renewal", "day"), ("notice_date", "Notice by", "day"), ("decide_by", "Decide by", "day"),
    ("auto_renew", "Renews by itself", "flag"), ("overdue_amount", "Overdue", "money"),
    ("due_unconfirmed_amount", "Due since, not known whether paid", "money"),
    ("usage_change_28d", "Usage, 28 days", "percent"), ("last_seen_days", "Last seen", "days"),
    ("open_tickets", "Open tickets", "number"), ("nps_latest", "NPS answer", "number"),
    ("days_since_touch", "Last touch", "days"), ("pulse", "Pulse", "number"),
)

def build(
    conn: sqlite3.Connection, definitions: Definitions, day: date, *, account: int, known_at: date | None = None,
    **options: Any,
) -> Report:
    """The page of one account number, to look at before a call. Sections with nothing to say are left out."""
    from cs_cli.cases.lists import cases_of_account, tasks_of_account
    from cs_cli.cases.red_beside import red_cases
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.kept import measures_of
    from cs_cli.scoring.trend import trends

    build_desk(conn, definitions, day, known_at, [account], measures=True)
    fact = rows(conn, "SELECT * FROM account_facts WHERE account = ?", (account,))[0]
    measures = tuple(measures_of(conn, account))
    cases, tasks = cases_of_account(conn, definitions, account, day), tasks_of_account(conn, definitions, account, day)
    values = parts.asked(account, day)
    contracts = parts.contracts(conn, definitions, day, values)
    known = fact["health"] if fact.get("band") != "unknown" else None
    trend = trends(conn, definitions, day, known_at, [account], {account: known})[account]
    identity = [fact.get(key) for key in ("domain", "industry", "country")]
    about = " · ".join(str(part) for part in [fact["account_id"], *identity] if part)
    sections = [
        Section("account", str(fact["name"] or fact["account_id"]), figures=_figures(fact, trend), text=about),
        Section(
            "measures", _why(fact, red_cases(conn, definitions, day).get(account)),
            (Column("measure", "Measure"), Column("family", "Family"), Column("value", "Value", "number"),
             Column("score", "Score", "score"), Column("weight", "Weight", "number"),
             Column("contribution", "Points", "number")),
            measures,
        ),
        Section(
            "segments", "Segments",
            (Column("dimension", "Dimension"), Column("segment", "Segment"), Column("about", "About")),
            _segments(definitions, fact),
        ),
        contracts,
        *people_sections(conn, values, definitions.settings),
        Section(
            "cases", "Open cases",
            (Column("case", "Case"), Column("playbook", "Playbook"), Column("severity", "Severity", "severity"),
             Column("state", "State"), Column("opened_on", "Since", "day"), Column("owner", "Owner"),
             Column("because", "Because")),
            tuple(cases),
        ),
        Section(
            "tasks", "Open tasks",
            (Column("task", "Task"), Column("do", "Do"), Column("owner", "Owner"), Column("due", "Due", "day")),
            tuple(tasks),
        ),
        parts.usage(conn, day, account),
        *parts.records(conn, values, definitions.settings, _moves(definitions, trend, fact, values["days_30"])),
    ]
    kept = tuple(section for section in sections if section.rows or section.figures)
    return Report(
        "account", str(fact["name"] or fact["account_id"]), day.isoformat(), definitions.settings.currency,
        definitions.settings.company, freshness_lines(conn, definitions, day), kept,
    )


def _figures(fact: dict[str, Any], trend: Trend) -> tuple[Figure, ...]:
    """The facts that are known; behind the band the health of 13 weeks and how it moved."""
    found = [
        Figure(key, label, fact[key], kind)  # type: ignore[arg-type]
        for key, label, kind in FIGURES
        if fact.get(key) is not None and (key != "due_unconfirmed_amount" or fact[key])
    ]
    if sum(point is not None for point in trend.points) > 1:
        found.insert(2, Figure("health_13w", "Health, 13 weeks", list(trend.points), "score"))
        found[3:3] = [
            Figure(key, label, change, "score") for key, label, change in (
                ("change_4w", "Over 4 weeks", trend.change_4w), ("change_13w", "Over 13 weeks", trend.change_13w),
            ) if change is not None
        ]
    return tuple(found)


def _segments(definitions: Definitions, fact: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    from cs_cli.scoring.lists import places_of

    return tuple(
        {
            "dimension": one.name, "about": one.about,
            "segment": ", ".join(name for name in places_of(one, fact.get(one.name)) if name) or None,
        }
        for one in definitions.segments.dimensions
    )


def _moves(definitions: Definitions, trend: Trend, fact: dict[str, Any], since: str) -> list[dict[str, Any]]:
    """Moves between segments, each on the Monday (or the day) that saw it first: {day, what, text}."""
    found = []
    dimensions = definitions.segments.dimensions
    weeks = [*trend.places, tuple(fact.get(one.name) for one in dimensions)]
    for day, before, after in zip(trend.days[1:], weeks, weeks[1:], strict=False):
        if not before or not after or day.isoformat() <= since:
            continue
        for dimension, old, new in zip(dimensions, before, after, strict=True):
            if old != new:
                text = f"{_shown(dimension, old)} → {_shown(dimension, new)}"
                found.append({"day": day.isoformat(), "what": f"segment: {dimension.name}", "text": text})
    return found


def _shown(dimension: Dimension, value: str | None) -> str:
    from cs_cli.scoring.lists import places_of

    return ", ".join(name for name in places_of(dimension, value) if name) or "unknown"


def _why(fact: dict[str, Any], red: str | None) -> str:
    """The heading of the measures: the score in words, and the red cases (red) that contradict it."""
    from cs_cli.cases.red_beside import though

    if fact.get("band") in (None, "unknown"):
        return "Health: unknown, too little is known"
    capped = f", held down by: {fact['capped_by']}" if fact.get("capped_by") else ""
    late = f", as of {fact['health_as_of']}, late" if fact.get("health_as_of") else ""
    beside = f"; {words}" if (words := though(fact["band"], red)) else ""
    return f"Health {fact['health']} ({fact['band']}{capped}), card {fact.get('scorecard')}{late}{beside}"
