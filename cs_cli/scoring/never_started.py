"""Who never started: customers without first value, with their ARR and since when. Nobody leaves it by waiting.

One leaves by reaching first value (a milestone done, a key action recorded), by leaving, or by a person's word
(`cs log ACCOUNT milestone first_value --done`). Of whom nothing would show a first value nothing is claimed.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

NEVER_STARTED_NEED = frozenset({"account_id", "name", "arr", "status", "days_without_value", "band", "health", "owner"})
AFTER = 60  # days: the starter cards call nobody red for it before


def never_started(conn: sqlite3.Connection, day: date) -> list[dict[str, Any]]:
    """{account_id, name, arr, since, days_without_value, health, band, owner} per customer, the largest ARR first.

    Over 60 days without first value. Call after build_desk(…, need=NEVER_STARTED_NEED).
    """
    found = rows(
        conn,
        "SELECT account_id, name, arr, days_without_value, health, band, owner FROM account_facts "
        "WHERE status = 'customer' AND days_without_value > ? "
        "ORDER BY coalesce(arr, 0) DESC, days_without_value DESC, account_id",
        (AFTER,),
    )
    for row in found:
        row["since"] = (day - timedelta(days=row["days_without_value"])).isoformat()
    return found
