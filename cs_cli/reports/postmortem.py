"""What could have been seen before an account left: the last half year, the score each month, the cases, the reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import UsageError
from cs_cli.reports.common import freshness_lines
from cs_cli.reports.model import Column, Figure, Report, Section
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

ABOUT = "What could have been seen before an account left."
NEEDS_ACCOUNT = True
BEFORE = (180, 150, 120, 90, 60, 30, 14, 1)  # days before the churn on which the score is looked at again

SCORES = (
    Column("days_before", "Days before", "days"),
    Column("day", "Day", "day"),
    Column("health", "Health", "score"),
    Column("band", "Band", "band"),
    Column("lowest", "What was lowest"),
)
CASES = (
    Column("case", "Case"),
    Column("playbook", "Playbook"),
    Column("opened_on", "Opened", "day"),
    Column("days_before", "Days before", "days"),
    Column("because", "Because"),
    Column("outcome", "Outcome"),
)
REASONS = """
SELECT c.day, c.reason, c.voluntary, c.competitor, c.note FROM known_churn c JOIN account_of a ON a.ref = c.ref
WHERE a.account = :account AND c.day <= :day ORDER BY c.day DESC, c.id
"""


def build(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    *,
    account: int | None = None,
    known_at: date | None = None,
    **options: Any,
) -> Report:
    """account: the account number. Raises UsageError when none is named or when it has not left."""
    from cs_cli.cases.lists import case_rows
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.kept import measures_of

    if account is None:
        raise UsageError.of("USE-045", "this report is about one account", next="cs report postmortem ACCOUNT")
    build_desk(conn, definitions, day, known_at, [account], need={"name", "churned_on", "status", "mrr_start"})
    fact = rows(conn, "SELECT * FROM account_facts WHERE account = ?", (account,))[0]
    if fact["churned_on"] is None or fact["status"] != "churned":
        raise UsageError.of("USE-046", f"{fact['name']} has not left", next=f"cs show {fact['account_id']}")
    reasons = rows(conn, REASONS, {"account": account, "day": day.isoformat()})
    left = date.fromisoformat(fact["churned_on"])
    cases = [
        {**row, "days_before": (left - date.fromisoformat(row["opened_on"])).days}
        for row in case_rows(conn, definitions, day, account=account, closed=True, known_at=known_at)
    ]
    scores = []
    for before in BEFORE:
        then = left - timedelta(days=before)
        build_desk(conn, definitions, then, known_at, [account], measures=True, cached=False)
        seen = rows(conn, "SELECT health, band, arr FROM account_facts WHERE account = ?", (account,))
        if not seen:
            continue
        low = [row for row in measures_of(conn, account) if row["score"] is not None and row["score"] < 50]
        low.sort(key=lambda row: (row["score"], row["measure"]))
        words = ", ".join(f"{row['measure']} {row['score']:.0f}" for row in low[:3])
        scores.append({"days_before": before, "day": then.isoformat(), **seen[0], "lowest": words or None})
    known = [row for row in scores if row["band"] != "unknown"]
    first_red = next((row for row in known if row["band"] == "red"), None)
    figures = [
        Figure("churned_on", "Left on", fact["churned_on"], "day"),
        Figure("arr", "ARR the day before", scores[-1]["arr"] if scores else None, "money"),
        Figure("band", "Band the day before", scores[-1]["band"] if scores else None, "band"),
        Figure("first_red", "First seen red before it left", first_red["days_before"] if first_red else None, "days"),
        Figure("cases", "Cases before it left", sum(1 for row in cases if row["days_before"] >= 0)),
    ]
    if reasons:
        figures.append(Figure("reason", "Reason", reasons[0]["reason"], "text", note=reasons[0]["note"] or ""))
    sections = (
        Section("figures", str(fact["name"]), figures=tuple(figures)),
        Section("scores", "The score on the way", SCORES, tuple({c.key: row[c.key] for c in SCORES} for row in scores)),
        Section(
            "cases",
            "Cases",
            CASES,
            tuple({column.key: row[column.key] for column in CASES} for row in cases),
            empty="No playbook fired. Which fact would have?",
        ),
    )
    return Report(
        "postmortem",
        f"Post-mortem: {fact['name']}",
        day.isoformat(),
        definitions.settings.currency,
        definitions.settings.company,
        freshness_lines(conn, definitions, day),
        sections,
    )
