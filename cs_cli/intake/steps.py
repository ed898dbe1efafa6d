"""Dated steps of running subscriptions: a changed price counts from its day, not from the beginning."""

from __future__ import annotations

import sqlite3

STEP = ("subscription", "from_on", "plan", "quantity", "amount", "arr", "currency")


def add_steps(conn: sqlite3.Connection, source: str, change_set: int, day: str) -> int:
    """Write steps for subscriptions that the merge just before changed (temp.merge_todo); gives how many were changed.

    Before: started_on with the old values (once, when no step is there); then the day of the
    change with the new ones: the end of the trial where a trial ended, else `day`. A subscription
    that had not started by then, or whose end lies before, is simply corrected.
    """
    rows = conn.execute(
        "SELECT n.key, n.line, n.ref, n.started_on, o.trial_ends_on, o.trial, "
        "o.plan, o.quantity, o.amount, o.arr, o.currency, n.plan, n.quantity, n.amount, n.arr, n.currency "
        "FROM merge_todo AS t JOIN subscription AS o ON o.id = t.old JOIN subscription AS n "
        "ON n.source = o.source AND n.key = o.key AND n.retired_by IS NULL "
        "WHERE n.source = ? AND n.import_id = ? AND n.started_on < ? "
        "AND (n.ended_on IS NULL OR n.ended_on > ?) "
        "AND (n.plan IS NOT o.plan OR n.quantity IS NOT o.quantity OR n.amount IS NOT o.amount OR n.arr IS NOT o.arr) "
        # a value that was unknown before and is known now is no change of price
        "AND o.arr IS NOT NULL ORDER BY n.key",
        (source, change_set, day, day),
    ).fetchall()
    for key, line, ref, started, trial_end, trial, *values in rows:
        old, new = values[:5], values[5:]
        start = day
        if trial == 1 and trial_end is not None and started < trial_end <= day:
            start = trial_end
        known = conn.execute(
            "SELECT count(*) FROM subscription_step WHERE source = ? AND subscription = ? AND retired_by IS NULL",
            (source, key),
        ).fetchone()[0]
        if not known:
            _append(conn, source, change_set, line, ref, (key, started, *old))
        _append(conn, source, change_set, line, ref, (key, start, *new))
    return len(rows)


def _append(
    conn: sqlite3.Connection, source: str, change_set: int, line: int | None, ref: int | None,
    values: tuple[object, ...],
) -> None:
    key = f"{values[0]}@{values[1]}"
    conn.execute(
        "UPDATE subscription_step SET retired_by = ? WHERE source = ? AND key = ? AND retired_by IS NULL",
        (change_set, source, key),
    )
    marks = ", ".join("?" * (5 + len(STEP)))
    conn.execute(
        f"INSERT INTO subscription_step (source, key, import_id, line, ref, {', '.join(STEP)}) VALUES ({marks})",
        (source, key, change_set, line, ref, *values),
    )
