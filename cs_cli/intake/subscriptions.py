"""What a subscription is worth a year, and how long its term is, from the columns that its export has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from cs_cli.base.days import add_months
from cs_cli.definitions.words import means
from cs_cli.intake.annual import annual_amount, discount_share, intervals_a_year
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

# what one subscription's items differ in; the rest of their rows is the subscription's
ITEM = ("plan", "product", "quantity", "amount", "total")


def period_interval(start: date, end: date) -> tuple[str, int]:
    """(unit, how many) of one billing period: whole months where the days fit, else weeks, else days."""
    months = round((end - start).days / 30.4375)
    if months >= 1 and abs((add_months(start, months) - end).days) <= 1:
        return "month", months
    days = (end - start).days
    return ("week", days // 7) if days % 7 == 0 else ("day", days)


def add_up_items(conn: sqlite3.Connection, staged: Staged) -> None:
    """Rows of one subscription that differ only in plan, product, quantity and price are its items.

    They become one row, that of the dearest item, whose `total` is the price of all of them for one interval.
    """
    stage, own = staged.stage, [name for name in staged.delivered if name not in ITEM]
    add_columns(conn, staged, [("total", "INTEGER")])
    price = f'coalesce(s.total, {column_of(staged, "s", "amount")} * coalesce({column_of(staged, "s", "quantity")}, 1))'
    same = " AND ".join(
        f'min("{name}") IS max("{name}") AND count("{name}") IN (0, count(*))' for name in ["ext", *own]
    )
    twice = conn.execute(f"SELECT key FROM {stage} GROUP BY key HAVING count(*) > 1 AND {same} ORDER BY key").fetchall()
    lines = records = 0
    for (key,) in twice:
        rows = conn.execute(
            f"SELECT s.n, {price}, {', '.join(column_of(staged, 's', name) for name in ITEM[:-1])} FROM {stage} AS s "
            f"WHERE s.key = ? ORDER BY {price} DESC, {column_of(staged, 's', 'plan')}, s.n", (key,),
        ).fetchall()
        items = dict.fromkeys(row[1:] for row in rows)      # equal rows are one
        if len(items) == 1 or any(item[0] is None for item in items):
            continue
        kept = rows[0][0]
        conn.execute(f"UPDATE {stage} SET total = ? WHERE n = ?", (round(sum(item[0] for item in items)), kept))
        conn.execute(f"DELETE FROM {stage} WHERE key = ? AND n <> ?", (key, kept))
        lines, records = lines + len(rows), records + 1
    if lines:
        staged.notes.append(f"{lines:,} rows are the items of {records:,} subscription{'s' * (records > 1)}")


def stage_annual(conn: sqlite3.Connection, staged: Staged) -> None:
    """Add the annual amount to a subscription stage, from its values and, where it lacks columns, the chain's.

    A file that delivers neither mrr nor anything that makes the amount leaves it as it was.
    """
    needs = ("amount", "quantity", "interval", "interval_count", "discount", "status", "trial")
    dates = ("ended_on", "started_on", "trial_starts_on")
    if not set(staged.delivered) & {*needs, "mrr"}:
        return
    if {"period_start", "period_end"} <= set(staged.delivered):
        _interval_of_periods(conn, staged)
    if {"discount_amount", "discount_mrr"} & set(staged.delivered):
        _discount_of_amounts(conn, staged)
    given, stage = set(staged.delivered), staged.stage
    parts = [f's."{name}"' if name in given else f'c."{name}"' for name in (*needs, *dates)]
    helpers = [column_of(staged, "s", name) for name in ("mrr", "total", "term_total", "term_months")]
    rows = conn.execute(
        f"SELECT s.n, c.arr, {', '.join([*helpers, *parts])} FROM {stage} AS s LEFT JOIN subscription AS c "
        "ON c.source = ? AND c.key = s.key AND c.retired_by IS NULL", (staged.source.source,),
    ).fetchall()
    updates = []
    for n, known, mrr, total, whole, months, *cells in rows:
        amount, quantity, interval, count, discount, status, trial, ended, start, free = cells
        if total is not None:
            amount, quantity = total, None
        elif whole is not None and mrr is None:
            amount, quantity, interval, count = whole, None, "month", months or 12
        # billing gives what has ended an MRR of 0, which says nothing of what it was worth until then
        gone = mrr == 0 and (ended is not None or means("over_subscription", status))
        if start is not None and free is not None and start < free:
            # a free time of one that paid before, which goes on at its price
            status, trial = (None, 0) if means("trial_subscription", status) or trial == 1 else (status, trial)
        value = known if gone and known else annual_amount(
            mrr=None if gone else mrr, amount=amount, quantity=quantity, interval=interval, interval_count=count,
            discount=discount, status=status, trial=trial,
        )
        if value is None:
            told = {"amount", "mrr", "total", "term_total"} & given
            value = None if gone or told else known
        updates.append((value, n))
    add_columns(conn, staged, [("arr", "INTEGER")])
    conn.executemany(f"UPDATE {stage} SET arr = ? WHERE n = ?", updates)


def stage_term(conn: sqlite3.Connection, staged: Staged) -> None:
    """The length of the running term in whole months, where the export tells its two ends and no length."""
    stage = staged.stage
    if not {"term_start", "term_end"} <= set(staged.delivered) or "term_months" in staged.delivered:
        return
    add_columns(conn, staged, [("term_months", "INTEGER")])
    for n, start, end in conn.execute(
        f"SELECT n, term_start, term_end FROM {stage} WHERE term_start < term_end"
    ).fetchall():
        unit, count = period_interval(date.fromisoformat(start), date.fromisoformat(end))
        if unit == "month":
            conn.execute(f"UPDATE {stage} SET term_months = ? WHERE n = ?", (count, n))


def stage_end(conn: sqlite3.Connection, staged: Staged, day: str) -> set[str]:
    """A running subscription whose status now says that it is over, without a day, ended on the day of this import.

    Where a file has no column of ends, the day found so stands in later imports until the subscription runs
    again. One that is over when it is first seen has no day: when it ended is not known. What newer snapshots told
    already (temp.stage_stale) is left as the file says it. Gives the keys whose file tells no day.
    """
    if "status" not in staged.delivered:
        return set()
    stage, told = staged.stage, "ended_on" in staged.delivered
    own = "s.ended_on" if told else "CASE WHEN @is_over_subscription(c.status) THEN NULL ELSE c.ended_on END"
    cancelled = "s.cancelled_on" if "cancelled_on" in staged.delivered else "c.cancelled_on"
    first_said = "CASE WHEN NOT @is_over_subscription(c.status) THEN ? END"
    found = conn.execute(
        expand(
            f"SELECT s.n, CASE WHEN @is_over_subscription(s.status) AND {own} IS NULL AND {cancelled} IS NULL "
            f"THEN coalesce(c.ended_on, {first_said}) ELSE {own} END, c.ended_on, "
            f"CASE WHEN @is_over_subscription(s.status) AND {own} IS NULL AND {cancelled} IS NULL THEN s.key END "
            f"FROM {stage} AS s "
            "JOIN subscription AS c ON c.source = ? AND c.key = s.key AND c.retired_by IS NULL "
            "WHERE s.n NOT IN (SELECT n FROM temp.stage_stale)"
        ),
        (day, staged.source.source),
    ).fetchall()
    if told or any(ended != known for _, ended, known, _ in found):
        add_columns(conn, staged, [("ended_on", "TEXT")])
        conn.executemany(f"UPDATE {stage} SET ended_on = ? WHERE n = ?", [(ended, n) for n, ended, _, _ in found])
    return {key for *_, key in found if key is not None}


def _interval_of_periods(conn: sqlite3.Connection, staged: Staged) -> None:
    """Where no interval is told, the running period is one."""
    stage = staged.stage
    add_columns(conn, staged, [("interval", "TEXT"), ("interval_count", "INTEGER")])
    for n, start, end in conn.execute(
        f"SELECT n, period_start, period_end FROM {stage} WHERE interval IS NULL AND period_start < period_end"
    ).fetchall():
        unit, count = period_interval(date.fromisoformat(start), date.fromisoformat(end))
        conn.execute(f"UPDATE {stage} SET interval = ?, interval_count = ? WHERE n = ?", (unit, count, n))


def _discount_of_amounts(conn: sqlite3.Connection, staged: Staged) -> None:
    """An amount off each interval, or off a month's worth, as the share of the price, beside a share that is given."""
    stage = staged.stage
    add_columns(conn, staged, [("discount", "REAL")])
    names = ("amount", "quantity", "total", "interval", "interval_count", "discount", "discount_amount", "discount_mrr")
    for n, amount, quantity, total, interval, count, share, off, monthly in conn.execute(
        f"SELECT s.n, {', '.join(column_of(staged, 's', name) for name in names)} FROM {stage} AS s "
        f"WHERE {column_of(staged, 's', 'discount_amount')} <> 0 OR {column_of(staged, 's', 'discount_mrr')} <> 0"
    ).fetchall():
        if total is not None:
            amount, quantity = total, None
        if not amount:
            continue
        taken = Decimal(off or 0)
        if monthly and (per_year := intervals_a_year(interval, count)) is not None:
            taken += Decimal(monthly) * 12 / per_year
        conn.execute(
            f"UPDATE {stage} SET discount = ? WHERE n = ?", (discount_share(amount, quantity, share, taken), n)
        )


def column_of(staged: Staged, alias: str, name: str) -> str:
    """A staged column, NULL where the file has none."""
    return f'{alias}."{name}"' if name in staged.delivered else "NULL"


def add_columns(conn: sqlite3.Connection, staged: Staged, columns: Iterable[tuple[str, str]]) -> None:
    for name, kind in columns:
        if name not in staged.delivered:
            conn.execute(f"ALTER TABLE temp.{staged.stage} ADD COLUMN {name} {kind}")
            staged.delivered.append(name)
