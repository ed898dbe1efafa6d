"""What a subscription is worth a year, from the columns that its export has."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.base.days import add_months
from cs_cli.intake.annual import annual_amount, discount_share

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged


def period_interval(start: date, end: date) -> tuple[str, int]:
    """(unit, how many) of one billing period: whole months where the days fit, else weeks, else days."""
    months = round((end - start).days / 30.4375)
    if months >= 1 and abs((add_months(start, months) - end).days) <= 1:
        return "month", months
    days = (end - start).days
    return ("week", days // 7) if days % 7 == 0 else ("day", days)


def _interval_of_periods(conn: sqlite3.Connection, staged: Staged) -> None:
    """Where no interval is told, the running period is one."""
    stage = staged.stage
    for name, kind in (("interval", "TEXT"), ("interval_count", "INTEGER")):
        if name not in staged.delivered:
            conn.execute(f"ALTER TABLE temp.{stage} ADD COLUMN {name} {kind}")
            staged.delivered.append(name)
    for n, start, end in conn.execute(
        f"SELECT n, period_start, period_end FROM {stage} WHERE interval IS NULL AND period_start < period_end"
    ).fetchall():
        unit, count = period_interval(date.fromisoformat(start), date.fromisoformat(end))
        conn.execute(f"UPDATE {stage} SET interval = ?, interval_count = ? WHERE n = ?", (unit, count, n))


def _discount_of_amounts(conn: sqlite3.Connection, staged: Staged) -> None:
    """An amount off each interval as the share of the price, beside a share that is given as well."""
    stage = staged.stage
    if "discount" not in staged.delivered:
        conn.execute(f"ALTER TABLE temp.{stage} ADD COLUMN discount REAL")
        staged.delivered.append("discount")
    quantity = "quantity" if "quantity" in staged.delivered else "NULL"
    for n, amount, units, share, off in conn.execute(
        f"SELECT n, amount, {quantity}, discount, discount_amount FROM {stage} "
        "WHERE discount_amount <> 0 AND amount <> 0"
    ).fetchall():
        conn.execute(f"UPDATE {stage} SET discount = ? WHERE n = ?", (discount_share(amount, units, share, off), n))


def stage_annual(conn: sqlite3.Connection, staged: Staged) -> None:
    """Add the annual amount to a subscription stage, from its values and, where it lacks columns, the chain's.

    A file that delivers neither mrr nor anything that makes the amount leaves it as it was.
    """
    needs = ("amount", "quantity", "interval", "interval_count", "discount", "status", "trial")
    given = set(staged.delivered)
    if not given & {*needs, "mrr"}:
        return
    if "discount_amount" in given:
        _discount_of_amounts(conn, staged)
    if "period_end" in given:
        _interval_of_periods(conn, staged)
    given = set(staged.delivered)
    stage = staged.stage
    conn.execute(f"ALTER TABLE temp.{stage} ADD COLUMN arr INTEGER")
    mrr = "s.mrr" if "mrr" in given else "NULL"
    total = "s.total" if "total" in given else "NULL"
    parts = ", ".join(f's."{c}"' if c in given else f'c."{c}"' for c in needs)
    rows = conn.execute(
        f"SELECT s.n, {mrr}, {total}, {parts}, c.arr, c.amount FROM {stage} AS s LEFT JOIN subscription AS c "
        "ON c.source = ? AND c.key = s.key AND c.retired_by IS NULL", (staged.source.source,),
    ).fetchall()
    updates = []
    for n, monthly, whole, amount, quantity, interval, count, discount, status, trial, arr, _ in rows:
        if whole is not None:
            amount, quantity = whole, None  # the price of all of it for one interval, add-ons included
        value = annual_amount(
            mrr=monthly, amount=amount, quantity=quantity, interval=interval, interval_count=count,
            discount=discount, status=status, trial=trial,
        )
        if value is None and "amount" not in given and "mrr" not in given:
            value = arr
        updates.append((value, n))
    conn.executemany(f"UPDATE {stage} SET arr = ? WHERE n = ?", updates)
    staged.delivered.append("arr")
