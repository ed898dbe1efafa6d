"""What renews, from the terms' own dates."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.reports.common import RENEWAL_COLUMNS, chosen, freshness_lines, total
from cs_cli.reports.model import Figure, Report, Section

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

ABOUT = "What renews next, overdue first, then by the last day to decide."

def build(
    conn: sqlite3.Connection, definitions: Definitions, day: date, *, within: int = 90, known_at: date | None = None,
    **options: Any,
) -> Report:
    """Renewals within so many days, the ARR at stake by band, and what rolls on by the month."""
    from cs_cli.revenue.renewals import renewals, rolling

    found = renewals(conn, definitions, day, within, known_at)
    count, arr = rolling(conn)
    by_band = [(band, total([row for row in found if row["band"] == band], "arr")) for band in ("red", "amber", "green", "unknown")]
    figures = (
        Figure("renewals", f"Terms due within {within} days", len(found)),
        Figure("arr", "ARR due", total(found, "arr"), "money"),
        *(Figure(f"arr_{band}", f"of it {band}", value, "money") for band, value in by_band if value),
        Figure("rolling", "Month to month, not in the list", arr, "money", note=f"{count} subscriptions"),
    )
    named = {row["contract"] for row in found}
    later = sum(1 for contract in renewals_to_decide(conn, within) if contract not in named)
    text = f"{later} more must be decided within {within} days because of their notice period." if later else ""
    sections = (
        Section("figures", "At a glance", figures=figures, text=text),
        Section("renewals", f"Renewals within {within} days", RENEWAL_COLUMNS, chosen(found, RENEWAL_COLUMNS), empty="Nothing renews in this window."),
    )
    return Report(
        "renewals", "Renewals due", day.isoformat(), definitions.settings.currency, definitions.settings.company,
        freshness_lines(conn, definitions.settings, day), sections,
    )


def renewals_to_decide(conn: sqlite3.Connection, within: int) -> list[str]:
    """Ids of the terms whose last day to decide falls in the window. Call after `renewals`."""
    return [
        contract
        for (contract,) in conn.execute(
            "SELECT contract FROM contract_facts WHERE days_to_decide BETWEEN 0 AND ? AND status = 'customer' "
            "ORDER BY decide_by, contract",
            (within,),
        )
    ]
