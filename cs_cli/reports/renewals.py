"""What renews: by stage, with what was done, what is next, health and why, what to offer; and the forecast."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.reports.common import RENEWAL_COLUMNS, chosen, freshness_lines, total
from cs_cli.reports.model import Column, Figure, Report, Section

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

ABOUT = "What renews next, by stage, with what to do and what to offer."

GROUP = Column("group", "Group")
COLUMNS = (
    *RENEWAL_COLUMNS,
    Column("last_safe_day", "Last safe day", "day"),
    Column("days_to_safe", "Days left", "days", hidden=True),
    Column("owner_role", "Role", hidden=True),
    Column("expansion", "Expansion", hidden=True),
    Column("term_months", "Months", "number", hidden=True),
    Column("renewal_term_months", "Renews by months", "number", hidden=True),
    Column("assumption", "Assumed", hidden=True),
    Column("is_multi_year", "Multi-year", "flag", hidden=True),
    Column("uplift", "Uplift", "percent", hidden=True),
    Column("expected", "Expected", "money", hidden=True),
    Column("parts", "Parts", "number", hidden=True),
    Column("tier", "Tier", hidden=True),
    Column("next", "Next", hidden=True),
    Column("offer", "Offer", hidden=True),
)
DETAILS = (
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("contract", "Contract", hidden=True),
    Column("stage", "Stage", hidden=True),
    Column("last_safe_day", "Last safe day", "day"),
    Column("renewal_date", "Renewal", "day"),
    Column("auto_renew", "Auto", "flag"),
    Column("arr", "ARR", "money"),
    Column("band", "Band", "band"),
    Column("health", "Health", "score", hidden=True),
    Column("health_why", "Why"),
    Column("owner", "Owner"),
    Column("done", "Done"),
    Column("next", "Next"),
    Column("offer", "Offer"),
)
ROLLING = (
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("contract", "Contract", hidden=True),
    Column("since", "Since", "day"),
    Column("rolls", "Rolls"),
    Column("arr", "ARR", "money"),
    Column("band", "Band", "band"),
)
RUNWAY = (
    Column("stage", "Stage"),
    Column("from_on", "From", "day"),
    Column("role", "Role"),
    Column("owner", "Whose"),
    Column("now", "Now", "flag"),
)
STAGES = {
    "overdue": "Ended, and nobody has said how",
    "cancelled": "Cancelled, still running",
    "notice passed": "Notice day passed: renews as it stands",
    "notice": "Notice: the last fortnight to decide",
    "price": "Price talk",
    "introduce": "Introduce the renewal manager",
    "ahead": "Ahead",
}


def build(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    *,
    within: int = 90,
    known_at: date | None = None,
    **options: Any,
) -> Report:
    """Renewals that end, or must be decided, within so many days: figures, one section per stage, and what rolls."""
    from cs_cli.revenue.detail import add_detail
    from cs_cli.revenue.renewals import renewals, rolling_rows

    everything = renewals(conn, definitions, day, 3660, known_at, detail=True)
    found = [row for row in everything if min(row["days_to_renewal"], row["days_to_decide"]) <= within]
    due = [row for row in found if row["days_to_renewal"] <= within]
    add_detail(conn, found, day)
    rolls = rolling_rows(conn)
    by_band = [
        (band, total([row for row in due if row["band"] == band], "arr"))
        for band in ("red", "amber", "green", "unknown")
    ]
    figures = (
        Figure("renewals", f"Terms due within {within} days", len(due)),
        Figure("arr", "ARR due", total(due, "arr"), "money"),
        *(Figure(f"arr_{band}", f"of it {band}", value, "money") for band, value in by_band if value),
        Figure("rolling", "Month to month, not in the list", total(rolls, "arr"), "money", note=f"{len(rolls)} terms"),
    )
    later = len(found) - len(due)
    text = f"{later} more must be decided within {within} days because of their notice period." if later else ""
    sections = [Section("figures", "At a glance", figures=figures, text=text)]
    for name, title in STAGES.items():
        mine = [row for row in found if row["stage"] == name]
        if mine:
            sections.append(Section(name.replace(" ", "_"), title, DETAILS, chosen(mine, DETAILS)))
    if not found:
        sections.append(
            Section("renewals", f"Renewals within {within} days", DETAILS, empty="Nothing renews in this window.")
        )
    if rolls:
        sections.append(Section("rolling", "Rolling: month to month and open ends", ROLLING, chosen(rolls, ROLLING)))
    return _report("renewals", "Renewals due", conn, definitions, day, sections)


def page(
    conn: sqlite3.Connection, definitions: Definitions, day: date, *, account: int, known_at: date | None = None
) -> Report | None:
    """The renewals of one account on a page each; None when it has none."""
    from cs_cli.revenue.detail import add_detail, runway_rows
    from cs_cli.revenue.renewals import renewals

    found = renewals(conn, definitions, day, 36600, known_at, accounts=[account], detail=True)
    if not found:
        return None
    add_detail(conn, found, day)
    sections: list[Section] = []
    for n, row in enumerate(found):
        columns = {column.key: column for column in (*DETAILS, *COLUMNS)}
        figures = tuple(
            Figure(key, column.label, row[key], column.kind)
            for key, column in columns.items()
            if row.get(key) is not None
        )
        name = row["name"] or row["account_id"]
        sections.append(Section(f"renewal_{n + 1}" if n else "renewal", f"{name} · {row['contract']}", figures=figures))
        sections.append(
            Section(
                f"runway_{n + 1}" if n else "runway", "The way there", RUNWAY, tuple(runway_rows(row, definitions, day))
            )
        )
    return _report("renewal", "Renewal", conn, definitions, day, sections)


def _report(
    key: str, title: str, conn: sqlite3.Connection, definitions: Definitions, day: date, sections: list[Section]
) -> Report:
    return Report(
        key,
        title,
        day.isoformat(),
        definitions.settings.currency,
        definitions.settings.company,
        freshness_lines(conn, definitions, day),
        tuple(sections),
    )


# --- forecast -------------------------------------------------------------------

_SUMS = (
    Column("terms", "Terms", "number"),
    Column("arr", "ARR", "money"),
    Column("commit", "Commit", "money"),
    Column("likely", "Likely", "money"),
    Column("at_risk", "At risk", "money"),
    Column("weighted", "Weighted", "money"),
    Column("accounts", "Accounts"),
)
TERMS = (
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("contract", "Contract", hidden=True),
    Column("renewal_date", "Renewal", "day"),
    Column("arr", "ARR", "money"),
    Column("band", "Band", "band"),
    Column("stage", "Stage"),
    Column("owner", "Owner"),
    Column("category", "Category"),
    Column("likelihood", "Likelihood", "percent"),
    Column("weighted", "Weighted", "money"),
)


def forecast_report(
    found: list[dict[str, Any]], definitions: Definitions, day: date, until: date, origin: str
) -> Report:
    """The forecast rows with their totals by category, month and owner."""
    from cs_cli.revenue.forecast import CATEGORIES, totals

    figures = (
        Figure("terms", f"Terms that end by {until.isoformat()}", len(found)),
        Figure("arr", "ARR that comes up", total(found, "arr"), "money"),
        *(
            Figure(
                category.replace(" ", "_"),
                category.capitalize(),
                total([row for row in found if row["category"] == category], "arr"),
                "money",
                note=", ".join(str(row["name"] or row["account_id"]) for row in found if row["category"] == category),
            )
            for category in CATEGORIES
        ),
        Figure("weighted", "Weighted forecast", total(found, "weighted"), "money"),
    )
    sections = (
        Section("forecast", "Forecast", figures=figures, text=origin),
        Section("months", "By month", (Column("month", "Month"), *_SUMS), tuple(totals(found, "month"))),
        Section("owners", "By owner", (Column("owner", "Owner"), *_SUMS), tuple(totals(found, "owner"))),
        Section("terms", "Terms", TERMS, chosen(found, TERMS), empty="Nothing renews in this window."),
    )
    return Report(
        "forecast",
        "Renewal forecast",
        day.isoformat(),
        definitions.settings.currency,
        definitions.settings.company,
        sections=sections,
    )


SCORES = (
    Column("frozen_on", "Kept on", "day"),
    Column("method", "Method"),
    Column("until", "Until", "day"),
    Column("terms", "Terms", "number"),
    Column("came_due", "Known", "number"),
    Column("arr", "ARR", "money"),
    Column("forecast", "Forecast", "money"),
    Column("actual", "Actual", "money"),
    Column("error", "Error", "percent"),
    Column("commit_kept", "Commit kept"),
    Column("at_risk_lost", "At risk lost"),
)
SCORED = (
    Column("frozen_on", "Kept on", "day"),
    Column("method", "Method"),
    Column("account_id", "Account"),
    Column("contract", "Contract", hidden=True),
    Column("renewal_date", "Renewal", "day"),
    Column("arr", "ARR", "money"),
    Column("category", "Category"),
    Column("likelihood", "Likelihood", "percent"),
    Column("outcome", "Outcome"),
    Column("actual", "Actual", "money"),
)


def score_report(conn: sqlite3.Connection, definitions: Definitions, day: date) -> Report:
    """Kept forecasts against what happened. Raises UsageError REV-014 when none has come due."""
    from cs_cli.facts.contracts import build_papers
    from cs_cli.revenue.forecast import score
    from cs_cli.store.clock import set_clock

    set_clock(conn, day, None)
    build_papers(conn, definitions.settings, day, definitions.metrics.mrr_from)
    scores, terms = score(conn, day)
    text = "Actual counts the ARR that was still paid 31 days after the end, at most what the term was worth."
    sections = (
        Section("scores", "Kept forecasts", SCORES, chosen(scores, SCORES), text=text),
        Section("terms", "Their terms", SCORED, chosen(terms, SCORED)),
    )
    return Report(
        "forecast_score",
        "Forecasts against what happened",
        day.isoformat(),
        definitions.settings.currency,
        definitions.settings.company,
        freshness_lines(conn, definitions, day),
        sections,
    )
