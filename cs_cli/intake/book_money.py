"""What a kept sheet's row says of money: a price told twice, the value of a term, a price for a time, no price."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from cs_cli.definitions.shapes import SourceDef
from cs_cli.intake.annual import intervals_a_year
from cs_cli.intake.crm_stages import leave_unpriced
from cs_cli.intake.loose import loose_header
from cs_cli.intake.reader import SetAside
from cs_cli.intake.subscriptions import add_columns, column_of, period_interval

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

SHOWN = 3
# a header of the day on which a contract, and not the customer, began
_OF_A_TERM = re.compile(
    r"start|begin|term|effective|vertrag|laufzeit|début|contrat|inicio|início|contrato|inizio|contratto|ingang",
    re.IGNORECASE,
)
APART = 0.02        # ARR and twelve times MRR may differ so much: they were rounded


def tells_money(source: SourceDef) -> bool:
    """Is it a list of customers with prices and renewals: a sheet, or a CRM's list whose own columns are read so?"""
    return source.role == "book" or (source.kind in ("account", "subscription") and source.money == "read")


def settle_money(conn: sqlite3.Connection, staged: Staged) -> None:
    """A price that is told twice counts once. Whoever gave notice runs to the day on which the contract would renew;
    without such a day it is over."""
    if not tells_money(staged.source):
        return
    if {"total", "mrr"} <= set(staged.delivered):
        conn.execute(f"UPDATE {staged.stage} SET mrr = NULL WHERE total IS NOT NULL")
    if "price" in staged.delivered:
        _annual_price(conn, staged)
    if "term_total" in staged.delivered:
        _say_term(conn, staged)
    have = set(staged.delivered)
    if not {"status", "cancelled_on"} & have:
        return
    cancelled, renews, status = (column_of(staged, "s", name) for name in ("cancelled_on", "renews_on", "status"))
    gone = f"({status} = 'canceled' OR {cancelled} IS NOT NULL)"
    add_columns(conn, staged, [("ended_on", "TEXT"), ("status", "TEXT")])
    conn.execute(
        f"UPDATE {staged.stage} AS s SET ended_on = {renews}, status = 'non_renewing' "
        f"WHERE {gone} AND ended_on IS NULL AND {renews} >= coalesce({cancelled}, {renews})"
    )
    conn.execute(
        f"UPDATE {staged.stage} AS s SET ended_on = {cancelled} WHERE ended_on IS NULL AND {cancelled} IS NOT NULL"
    )


def _say_term(conn: sqlite3.Connection, staged: Staged) -> None:
    """The value of a contract is for its term; where none is told it is taken for a year's, and that is said."""
    _term_of_days(conn, staged)
    parts = [column_of(staged, "s", name) for name in ("term_months", "total", "mrr")]
    lines = [str(line) for (line,) in conn.execute(
        f"SELECT s.line FROM {staged.stage} AS s WHERE s.term_total IS NOT NULL "
        + "".join(f"AND {part} IS NULL " for part in parts) + "ORDER BY s.n"
    )]
    if lines:
        header = next(f.header for f in staged.plan.fields if f.column == "term_total")
        if loose_header(header) in {loose_header(word) for word in staged.plan.source.words.get("whole", ())}:
            told = ["s.total IS NULL", "s.mrr IS NULL"]
            lacks = " AND ".join(one for one in told if one[2:].split()[0] in staged.delivered) or "1"
            months = "AND s.term_months IS NULL" if "term_months" in staged.delivered else ""
            conn.execute(f"UPDATE {staged.stage} AS s SET term_total = NULL WHERE {lacks} {months}")
            staged.notes.append(
                f"{header!r} is for the whole term, and {lines_of(lines)} tell{'s' * (len(lines) == 1)} no term: NOT "
                "counted there, so ARR unknown; a column Term (months), or ARR, says it"
            )
            return
        staged.notes.append(
            f"{header!r} is read as a year's in {lines_of(lines)}, which tell{'s' * (len(lines) == 1)} no term: "
            "a column Term (months), or ARR, says it"
        )


def _term_of_days(conn: sqlite3.Connection, staged: Staged) -> None:
    """The months from the start of a contract to its end, where these are the days that the sheet has."""
    start = next((f.header for f in staged.plan.fields if f.column == "started_on" and f.cells), "")
    if not _OF_A_TERM.search(start) or "renews_on" not in staged.delivered:
        return
    add_columns(conn, staged, [("term_months", "INTEGER")])
    for n, begun, end in conn.execute(
        f"SELECT n, started_on, renews_on FROM {staged.stage} WHERE term_months IS NULL AND term_total IS NOT NULL "
        "AND started_on < renews_on"
    ).fetchall():
        unit, count = period_interval(date.fromisoformat(begun), date.fromisoformat(end))
        if unit == "month":
            conn.execute(f"UPDATE {staged.stage} SET term_months = ? WHERE n = ?", (count, n))


def lines_of(lines: Sequence[str]) -> str:
    """line 4; lines 4, 7, 9 and 12 more."""
    more = f" and {len(lines) - SHOWN:,} more" if lines[SHOWN:] else ""
    return f"line{'s' * (len(lines) > 1)} {', '.join(lines[:SHOWN])}{more}"


def _annual_price(conn: sqlite3.Connection, staged: Staged) -> None:
    """A price is for the time that the row says it is billed for. Without one, or beside a number of seats (of one,
    or of all?), what it is a year is not known, and that is said."""
    if "total" not in staged.delivered:
        add_columns(conn, staged, [("total", "INTEGER")])
    parts = ", ".join(column_of(staged, "s", name) for name in ("billing", "quantity", "mrr", "term_total"))
    unknown = []
    for n, line, price, billing, seats, mrr, whole in conn.execute(
        f"SELECT s.n, s.line, s.price, {parts} FROM {staged.stage} AS s WHERE s.price IS NOT NULL AND s.total IS NULL "
        "ORDER BY s.n"
    ).fetchall():
        times = intervals_a_year(billing, None) if billing else None
        if mrr is not None or whole is not None:
            continue
        if times is None or seats not in (None, 1):
            unknown.append(str(line))
            continue
        total = int((Decimal(price) * times).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        conn.execute(f"UPDATE {staged.stage} SET total = ? WHERE n = ?", (total, n))
    if unknown:
        header = next(f.header for f in staged.plan.fields if f.column == "price")
        staged.notes.append(
            f"{header!r} is for no time that the row names (monthly, yearly), or for one or all of its seats, in "
            f"{lines_of(unknown)}: what they pay a year is not known; "
            "a column ARR or MRR says it"
        )


def price_once(conn: sqlite3.Connection, child: Staged, *, whole: bool = True) -> None:
    """ARR and MRR in one row are one price; where they contradict each other the row is set aside, or not whole:
    a CRM's row tells of more than money, and what it pays is unknown."""
    if {"started_on", "renews_on", "term_months"} <= set(child.delivered):
        # a length of time from no day to no day ends on none
        conn.execute(f"UPDATE {child.stage} SET term_months = NULL WHERE started_on IS NULL AND renews_on IS NULL")
    if not {"total", "mrr"} <= set(child.delivered):
        return
    wrong = conn.execute(
        f"SELECT line, total, mrr FROM {child.stage} WHERE total IS NOT NULL AND mrr IS NOT NULL "
        "AND abs(total - 12 * mrr) > ? * abs(total) ORDER BY n", (APART,),
    ).fetchall()
    if not whole:
        return leave_unpriced(conn, child, [line for line, _, _ in wrong])
    places = child.table.records_at([line for line, _, _ in wrong])
    arr, mrr = (next(f for f in child.plan.fields if f.column == name) for name in ("total", "mrr"))
    for line, total, monthly in wrong:
        child.set_aside.append(SetAside(
            line, *places[line], "IMP-218", f"{mrr.header} is not a twelfth of {arr.header}", mrr.cells[0] + 1,
            mrr.header, f"{monthly / 100:,.2f} and {total / 100:,.2f}", "one price, told once or twice alike",
        ))


def say_unpriced(conn: sqlite3.Connection, staged: Staged) -> None:
    """Who stands in the sheet without a price: its ARR is unknown, which is not 0."""
    child = next((one for one in staged.also if one.source.kind == "subscription"), None)
    if child is None or not {"total", "mrr", "term_total"} & set(child.delivered):
        (known,) = conn.execute(
            "SELECT count(*) FROM subscription WHERE source = ? AND retired_by IS NULL AND arr IS NOT NULL",
            (staged.source.source,),
        ).fetchone()
        if known:
            staged.notes.append("no column of prices is known here, and the last sheet had one: ARR stays as it was")
        return
    price = f"coalesce({', '.join(column_of(child, 's', name) for name in ('total', 'mrr', 'term_total'))})"
    names = [name for (name,) in conn.execute(
        f"SELECT a.name FROM {staged.stage} AS a LEFT JOIN {child.stage} AS s ON s.line = a.line "
        f"WHERE {price} IS NULL ORDER BY a.n"
    )]
    if names:
        staged.notes.append(f"no price, so ARR unknown: {some_of(names)}")


def some_of(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5:,} more" if names[5:] else ""
    return ", ".join(names[:5]) + more
