"""What is paid a year on a day, line by line, also where no account is known: what an import compares before and after.

The lines are those of mrr_span, so a sum over an account's lines is the ARR of every report; it is unknown
where one of them is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.facts.invoice_notes import import_notes
from cs_cli.facts.ledgers import ledger_findings
from cs_cli.facts.spans import build_spans
from cs_cli.intake.moved import Line, Measure
from cs_cli.store.clock import set_clock

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

_LINES = """
SELECT source, subscription, account,
       CASE WHEN count(*) = count(arr_minor) THEN sum(arr_minor) END,
       currency, CAST(ROUND(coalesce(sum(CASE WHEN arr_minor IS NULL THEN minor END), 0)) AS INTEGER),
       -- an invoice or contract of unknown worth is asked for elsewhere; an amount without a rate is not
       max(CASE WHEN minor IS NULL AND origin IN ('invoices', 'contracts') THEN 1 ELSE 0 END)
FROM temp.mrr_span
WHERE from_on <= :day AND (to_on IS NULL OR to_on > :day)
GROUP BY source, subscription, account, currency
ORDER BY source, subscription, account, currency
"""


def measure(settings: Settings, day: date, mrr_from: str = "auto", notes: list[str] | None = None) -> Measure:
    """The books of that day, in minor units of the reporting currency.

    notes: holds afterwards what is to be said of bills and contracts as they stood when the lines were last read.
    """
    return _Books(settings, day, mrr_from, notes)


@dataclass(frozen=True)
class _Books:
    settings: Settings
    day: date
    mrr_from: str
    notes: list[str] | None

    def lines(self, conn: sqlite3.Connection) -> list[Line]:
        set_clock(conn, self.day)
        # a reference without an account stands for itself, as a negative number
        conn.execute(
            "INSERT INTO temp.account_of SELECT id, -id FROM main.ref WHERE id NOT IN (SELECT ref FROM temp.account_of)"
        )
        build_spans(conn, self.settings, self.day, self.mrr_from)
        found = [
            Line(source, subscription, holder, arr, currency, unrated, bool(asked))
            for source, subscription, holder, arr, currency, unrated, asked
            in conn.execute(_LINES, {"day": self.day.isoformat()})
        ]
        conn.execute("DELETE FROM temp.account_of WHERE account < 0")
        conn.execute("DELETE FROM temp.mrr_span WHERE account < 0")
        if self.notes is not None:
            self.notes[:] = import_notes(conn, self.settings.currency, self.day)
        return found

    def findings(self, conn: sqlite3.Connection, imports: Collection[int]) -> list[str]:
        set_clock(conn, self.day)
        found = ledger_findings(conn, self.settings, self.day, imports)
        return [f"{row['check']}, {row['subject']}: {row['finding']}" for row in found]
