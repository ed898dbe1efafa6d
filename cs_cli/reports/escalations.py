"""Open escalations, red first."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.reports.common import ESCALATION_COLUMNS, freshness_lines, total
from cs_cli.reports.model import Figure, Report, Section

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

ABOUT = "Open escalations: who, why, whose, until when."


def build(
    conn: sqlite3.Connection, definitions: Definitions, day: date, *, known_at: date | None = None, **options: Any
) -> Report:
    """One section per severity, the largest ARR first."""
    from cs_cli.cases.lists import escalations

    found = escalations(conn, definitions, day, known_at=known_at)
    figures = tuple(
        Figure(severity, severity.capitalize(), sum(1 for row in found if row["severity"] == severity))
        for severity in ("red", "amber")
    )
    at_stake = {row["account_id"]: row for row in found}
    figures += (
        Figure("arr", "ARR of these accounts", total(list(at_stake.values()), "arr"), "money"),
        Figure("breached", "Clocks breached", sum(1 for row in found if row["breached"])),
    )
    sections = [Section("figures", "At a glance", figures=figures)]
    for severity in ("red", "amber", "info"):
        some = tuple(row for row in found if row["severity"] == severity)
        if some:
            sections.append(Section(severity, severity.capitalize(), ESCALATION_COLUMNS, some))
    if not found:
        sections.append(Section("none", "Escalations", ESCALATION_COLUMNS, (), empty="No open escalations."))
    return Report(
        "escalations",
        "Escalations",
        day.isoformat(),
        definitions.settings.currency,
        definitions.settings.company,
        freshness_lines(conn, definitions, day),
        tuple(sections),
    )
