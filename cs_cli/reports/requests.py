"""The exceptions register: what was asked or promised, at what cost, who decides, what was decided and why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import to_major
from cs_cli.definitions.words import means
from cs_cli.reports.common import freshness_lines
from cs_cli.reports.model import Column, Figure, Report, Section
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

ABOUT = "The exceptions register: asked, promised, decided, why, until when."

COLUMNS = (
    Column("severity", "Severity", "severity"),
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("kind", "Kind"),
    Column("text", "What"),
    Column("state", "State"),
    Column("cost", "Cost", "money"),
    Column("asked_on", "Asked", "day"),
    Column("due_on", "Due", "day"),
    Column("overdue", "Late", "flag"),
    Column("decider", "Decides"),
    Column("decision", "Decision"),
    Column("decided_on", "Decided", "day", hidden=True),
    Column("reason", "Why"),
    Column("until", "Until", "day"),
    Column("status", "Status", hidden=True),
)
# undated decisions of an import count from the day they were asked; later ones are not known on the day
REGISTER = """
SELECT r.severity, a.account, r.kind, r.text, r.cost, r.currency, r.asked_on, r.due_on, r.decider,
  CASE WHEN COALESCE(r.decided_on, r.asked_on, :day) <= :day THEN r.decision END AS decision,
  CASE WHEN r.decided_on <= :day THEN r.decided_on END AS decided_on,
  CASE WHEN COALESCE(r.decided_on, r.asked_on, :day) <= :day THEN r.reason END AS reason, r.until, r.status
FROM known_request r JOIN account_of a ON a.ref = r.ref
WHERE r.asked_on IS NULL OR r.asked_on <= :day
ORDER BY CASE r.severity WHEN 'red' THEN 0 WHEN 'amber' THEN 1 ELSE 2 END, r.due_on IS NULL, r.due_on, r.asked_on, r.id
"""


def register(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None = None,
    search: str | None = None,
) -> list[dict[str, Any]]:
    """The requests known on the day, open ones first, worst first. search: a text in any of their words."""
    from cs_cli.cases.people import People
    from cs_cli.store.clock import set_clock
    from cs_cli.store.refs import account_names

    set_clock(conn, day, known_at)
    found = rows(conn, REGISTER, {"day": day.isoformat()})
    names = account_names(conn, {row["account"] for row in found})
    ids = dict(conn.execute("SELECT account, account_id FROM population").fetchall())
    people = People(definitions.settings, day)
    wanted = (search or "").casefold()
    kept = []
    for row in found:
        account = row.pop("account")
        currency = row.pop("currency") or definitions.settings.currency
        row["account_id"], row["name"] = ids.get(account), names.get(account)
        row["cost"] = None if row["cost"] is None else to_major(row["cost"], currency)
        row["decider"] = people.who(row["decider"])
        decided = any(means(word, row["decision"]) for word in ("granted_request", "refused_request"))
        is_open = not decided and not means("settled_request", row["status"])
        row["overdue"] = bool(is_open and row["due_on"] and row["due_on"] < day.isoformat())
        row["open"] = is_open
        row["state"] = _state(row, day.isoformat())
        words = " ".join(str(row[key] or "") for key in ("name", "kind", "text", "decision", "reason", "decider"))
        if wanted in words.casefold():
            kept.append(row)
    return sorted(kept, key=lambda row: not row["open"])


def _state(row: dict[str, Any], day: str) -> str:
    """asked, decided (granted, and still to be kept), kept, refused, or expired (its last day has passed)."""
    if means("refused_request", row["decision"]):
        return "refused"
    if means("kept_request", row["status"]):
        return "kept"
    if means("settled_request", row["status"]):
        return "refused"
    if not means("granted_request", row["decision"]):
        return "asked"
    return "expired" if row["until"] and row["until"] < day else "decided"


def build(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    *,
    known_at: date | None = None,
    search: str | None = None,
    **options: Any,
) -> Report:
    """search: only requests with this text in their words, to find what was decided before."""
    found = register(conn, definitions, day, known_at, search)
    cut = [{column.key: row[column.key] for column in COLUMNS} for row in found]
    waiting = tuple(row for row, whole in zip(cut, found, strict=True) if whole["open"])
    settled = tuple(row for row, whole in zip(cut, found, strict=True) if not whole["open"])
    cost = sum(row["cost"] or 0 for row in settled if means("granted_request", row["decision"]))
    figures = (
        Figure("open", "Open", len(waiting)),
        Figure("red", "Open and red", sum(1 for row in waiting if row["severity"] == "red")),
        Figure("overdue", "Overdue", sum(1 for row in waiting if row["overdue"])),
        Figure("cost", "Cost of what was approved", cost, "money"),
    )
    sections = (
        Section("figures", "At a glance", figures=figures),
        Section("open", "To be decided or kept", COLUMNS, waiting, empty="Nothing is open."),
        Section("settled", "Decided before", COLUMNS, settled, empty="No precedent."),
    )
    return Report(
        "requests",
        "Exceptions register",
        day.isoformat(),
        definitions.settings.currency,
        definitions.settings.company,
        freshness_lines(conn, definitions, day),
        sections,
    )
