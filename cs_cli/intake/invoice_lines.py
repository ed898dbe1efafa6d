"""What of a bill is tax, and what its lines are, from the columns that its export has."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cs_cli.intake.subscriptions import add_columns, column_of

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

MOST_TAX = 0.35  # of a total: what lies beyond is no tax (Hungary's 27 % is the highest there is)


def gather_lines(conn: sqlite3.Connection, staged: Staged) -> None:
    """Before the rows of one bill become one: what each of them says, as JSON in the column `lines` of every row."""
    if staged.source.kind != "invoice" or "line_amount" not in staged.delivered:
        return
    add_columns(conn, staged, [("lines", "TEXT")])
    words = column_of(staged, "s", "description"), column_of(staged, "s", "plan")
    rows = conn.execute(
        f"SELECT s.key, s.n, coalesce({words[0]}, {words[1]}), s.line_amount, {column_of(staged, 's', 'line_tax')} "
        f"FROM {staged.stage} AS s ORDER BY s.key, s.n"
    ).fetchall()
    by_key: dict[str, list[Any]] = defaultdict(list)
    for key, _, *line in rows:
        by_key[key].append(line)
    conn.executemany(
        f"UPDATE {staged.stage} SET lines = ? WHERE n = ?", ((json.dumps(by_key[row[0]]), row[1]) for row in rows)
    )


def stage_tax(conn: sqlite3.Connection, staged: Staged) -> None:
    """The tax in each bill, and its lines without tax where it has several.

    As told; else what its lines are taxed, the total less what comes before tax, or what its lines do not add up to.
    """
    helpers = {"line_amount", "line_tax", "subtotal", "discount_amount"} & set(staged.delivered)
    if not helpers or "amount" not in staged.delivered:
        return
    add_columns(conn, staged, [("tax", "INTEGER"), ("lines", "TEXT")])
    names = ("amount", "tax", "lines", "subtotal", "discount_amount")
    found = conn.execute(
        f"SELECT s.n, {', '.join(column_of(staged, 's', name) for name in names)} FROM {staged.stage} AS s"
    ).fetchall()
    updates = []
    for n, amount, tax, lines, subtotal, discount in found:
        rows = json.loads(lines) if lines else []
        whole = sum(part or 0 for _, part, _ in rows)
        taxed = sum(part or 0 for _, _, part in rows)
        if tax is None and rows and any(part is not None for _, _, part in rows):
            tax = taxed
        if tax is None and amount is not None and subtotal is not None:
            tax = _plausible(amount, amount - subtotal + (discount or 0))
        if tax is None and amount is not None and rows and whole != amount:
            tax = _plausible(amount, amount - whole)
        inclusive = amount is not None and bool(tax) and whole == amount
        kept = None
        if len(rows) > 1:
            kept = json.dumps([[words, (part or 0) - ((own or 0) if inclusive else 0)] for words, part, own in rows])
        updates.append((tax, kept, n))
    conn.executemany(f"UPDATE {staged.stage} SET tax = ?, lines = ? WHERE n = ?", updates)


def _plausible(amount: int, rest: int) -> int | None:
    """What remains of a total when it can be its tax; a tax that is in the prices already shows as nothing left."""
    return rest if 0 <= rest * (1 if amount >= 0 else -1) <= MOST_TAX * abs(amount) else None
