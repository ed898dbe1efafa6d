"""The same sale in two exports: invoices beside payments, an invoice list beside sales transactions.

TEMP TABLE invoice_copy(id, source, of_source): rows of main.invoice that tell once more of a sale another source has
told of. The views leave them out, so that a sale counts once in revenue and in what is owed, in whatever order the
files came. The source that wins is the one of the lower rank; a source that `repeats` others has a higher one.
"""

from __future__ import annotations

import sqlite3

from cs_cli.store.dialect import expand

TABLE = "CREATE TEMP TABLE invoice_copy(id INTEGER PRIMARY KEY, source TEXT, of_source TEXT)"
_STATE = "CREATE TEMP TABLE IF NOT EXISTS invoice_copy_state(known, change_set, row)"
# The number of one is the number or the id of the other. Two systems each count from 1001: there the amount must be the
# same too. A payment without a number is that of an invoice of the same amount, paid at the time.
_COPIES = """
WITH bill AS MATERIALIZED (
  SELECT i.id, i.source, @fold(i.number) AS number, @fold(i.key) AS key, i.amount, i.currency, i.issued_on,
         coalesce(i.paid_on, i.issued_on) AS paid_on, s.system, coalesce(s.rank, 50) AS rank,
         CASE WHEN @is_gone_bill(i.status) THEN 1 ELSE 0 END AS gone,
         coalesce((SELECT d.account FROM main.identity d WHERE d.ref = i.ref AND {identity} ORDER BY d.id DESC LIMIT 1),
                  -i.ref) AS account
  FROM main.invoice i
  LEFT JOIN source s ON s.name = i.source
  WHERE i.ref IS NOT NULL AND i.amount IS NOT NULL AND {invoice}
)
INSERT OR IGNORE INTO temp.invoice_copy
SELECT b.id, b.source, o.source
FROM bill b
JOIN bill o ON o.account = b.account AND o.source <> b.source AND o.gone = 0
WHERE (o.rank < b.rank OR (o.rank = b.rank AND o.source < b.source))
  AND (b.amount = 0 OR (o.amount > 0) = (b.amount > 0))
  AND CASE WHEN b.number IS NOT NULL THEN
             (b.number = o.number OR b.number = o.key OR b.key = o.number)
             AND (o.system = b.system
                  OR (o.amount = b.amount AND o.currency IS b.currency AND abs(@days(o.issued_on, b.issued_on)) <= 31))
           ELSE o.system = b.system AND o.rank < b.rank AND o.amount = b.amount AND o.currency IS b.currency
             AND abs(@days(o.paid_on, b.paid_on)) <= 3 END
ORDER BY b.id, o.rank, o.source, o.id
"""


def find_copies(conn: sqlite3.Connection, known: int | None) -> None:
    """Fills invoice_copy for what is known, unless it was filled from the same data before."""
    conn.execute(_STATE)
    state = conn.execute(
        "SELECT ?, (SELECT max(id) FROM main.change_set WHERE kind <> 'run'), (SELECT max(id) FROM main.invoice)",
        (known,),
    ).fetchone()
    if conn.execute("SELECT * FROM temp.invoice_copy_state").fetchone() == state:
        return
    conn.execute("DELETE FROM temp.invoice_copy_state")
    conn.execute("DELETE FROM temp.invoice_copy")
    conn.execute("INSERT INTO temp.invoice_copy_state VALUES (?, ?, ?)", state)
    (sources,) = conn.execute(
        "SELECT count(DISTINCT source) FROM main.change_set WHERE record_kind = 'invoice' AND kind = 'import'"
    ).fetchone()
    if sources > 1:
        conn.execute(expand(_COPIES.format(identity=_known("d", known), invoice=_known("i", known))))


def _known(alias: str, known: int | None) -> str:
    if known is None:
        return f"{alias}.retired_by IS NULL"
    return f"{alias}.import_id <= {known} AND ({alias}.retired_by IS NULL OR {alias}.retired_by > {known})"
