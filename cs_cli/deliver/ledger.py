"""The ledger in the database: what was planned, is being sent, was sent, failed, or is unknown.

Each function is one transaction. What is about to be sent is written before the first byte leaves,
and what became of it after: a run that dies between leaves `sending`, which the next run reads as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.deliver.model import Entry, Item, Key, Message, Plan, Result, Target, ref_of
from cs_cli.store.connection import rows, transaction

if TYPE_CHECKING:
    import sqlite3

# how the reason begins where a repeat certainly did not arrive: it adds no doubt
REPEAT_FAILED = "it may have arrived before; the repeat failed"
_COLUMNS = (
    "d.playbook, d.subject, d.term, d.step, d.channel, d.recipient, d.state, d.due, d.final, m.message_id, "
    "d.reason, d.settled_on, (SELECT count(*) FROM carried k JOIN message t ON t.id = k.message "
    f"WHERE k.delivery = d.id AND (t.state = 'unknown' OR t.state = 'sending') "
    f"AND substr(t.reason, 1, {len(REPEAT_FAILED)}) <> '{REPEAT_FAILED}')"
)
_KEY = "playbook = ? AND subject = ? AND term = ? AND step = ?"
CUT_SHORT = "the run ended while it was being sent"


def unsettled(conn: sqlite3.Connection) -> dict[tuple[Key, Target], Entry]:
    """Every row that is neither sent nor missed."""
    return _entries(conn, "d.state NOT IN ('sent', 'missed')", ())


def of_keys(conn: sqlite3.Connection, keys: Iterable[Key]) -> dict[tuple[Key, Target], Entry]:
    """The rows of these reminders, whatever their state."""
    found: dict[tuple[Key, Target], Entry] = {}
    for key in keys:
        found.update(_entries(conn, "d." + _KEY.replace("AND ", "AND d."), key))
    return found


def _entries(conn: sqlite3.Connection, where: str, values: Sequence[Any]) -> dict[tuple[Key, Target], Entry]:
    found = {}
    for row in conn.execute(
        f"SELECT {_COLUMNS} FROM delivery d LEFT JOIN message m ON m.id = d.message WHERE {where}", tuple(values)
    ):
        key, target = Key(*row[:4]), Target(*row[4:6])
        settled = date.fromisoformat(row[11]) if row[11] else None
        found[key, target] = Entry(
            key, target, row[6], date.fromisoformat(row[7]), bool(row[8]), row[9], row[10], settled, row[12]
        )
    return found


def recover(conn: sqlite3.Connection, at: str) -> int:
    """What an earlier run left in the middle of sending becomes unknown; returns how many. Call under the run lock."""
    if conn.execute("SELECT 1 FROM delivery WHERE state = 'sending' LIMIT 1").fetchone() is None:
        return 0
    with transaction(conn):
        conn.execute(
            "UPDATE message SET state = 'unknown', ended_at = ?, reason = ? WHERE state = 'sending'", (at, CUT_SHORT)
        )
        return conn.execute(
            "UPDATE delivery SET state = 'unknown', reason = ? WHERE state = 'sending'", (CUT_SHORT,)
        ).rowcount


def enrol(conn: sqlite3.Connection, plans: Iterable[Plan], day: date) -> None:
    """Every delivery that is new gets its row, also one that waits; what is over is written down as missed."""
    rows_: list[tuple[Any, ...]] = []
    missed: list[tuple[Any, ...]] = []
    for plan in plans:
        state = plan.record or "planned"
        for item in (*plan.items, *plan.missed):
            if item.new:
                reason = plan.reason if state == "unknown" else ""
                rows_.append((*item.key, *item.target, ref_of((item.uid,)), item.case, item.account,
                              item.due.isoformat(), day.isoformat(), "planned" if state == "missed" else state,
                              reason))  # fmt: skip
            if state == "missed":
                missed.append((day.isoformat(), item.over or "", *item.key, *item.target))
    if not (rows_ or missed):
        return
    with transaction(conn):
        conn.executemany(
            "INSERT INTO delivery(playbook, subject, term, step, channel, recipient, ref, case_number, account, due, "
            "planned_on, state, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT(playbook, subject, term, step, channel, recipient) DO NOTHING",
            rows_,
        )
        conn.executemany(
            f"UPDATE delivery SET state = 'missed', settled_on = ?, reason = ? WHERE {_KEY} "
            "AND channel = ? AND recipient = ? AND state <> 'sent'",
            missed,
        )


def revive(conn: sqlite3.Connection) -> int:
    """Reminders that were missed because their case was closed, and whose case goes on, are due again.

    Returns how many; the step of the day must have been taken.
    """
    with transaction(conn):
        return conn.execute(
            "UPDATE delivery SET state = 'planned', settled_on = NULL, reason = '' WHERE state = 'missed' "
            "AND case_number IN (SELECT number FROM cs_case WHERE state <> 'closed') "
            "AND substr(reason, 1, length(case_number) + 12) = 'c' || case_number || ' was closed'"
        ).rowcount


def begin(conn: sqlite3.Connection, message: Message, plan: Plan, at: str) -> int:
    """Write down that the message is being sent; returns its number. Nothing may leave before this is committed."""
    with transaction(conn):
        return _open(conn, message, plan, at, "sending", "")


def finish(
    conn: sqlite3.Connection, number: int | None, message: Message, plan: Plan, result: Result, day: date, at: str
) -> None:
    """Write down what became of it. number: of `begin`; None when nothing left the house."""
    with transaction(conn):
        if number is None:
            number = _open(conn, message, plan, at, result.state, result.reason)
        conn.execute(
            "UPDATE message SET state = ?, ended_at = ?, reason = ? WHERE id = ?",
            (result.state, at, result.reason, number),
        )
        settled = day.isoformat() if result.state == "sent" else None
        _set(conn, plan.items, result.state, result.final, settled, result.reason)
        if result.state == "sent":
            for item in plan.missed:
                _set(conn, (item,), "missed", False, day.isoformat(), item.over or "")


def _open(conn: sqlite3.Connection, message: Message, plan: Plan, at: str, state: str, reason: str) -> int:
    cursor = conn.execute(
        "INSERT INTO message(ref, message_id, channel, recipient, day, kind, state, started_at, reason) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (message.ref, message.message_id, message.channel, message.recipient, message.day.isoformat(),
         "digest" if plan.kind == "digest" else "single", state, at, reason),
    )  # fmt: skip
    number = int(cursor.lastrowid or 0)
    for item in plan.items:
        conn.execute(
            "INSERT INTO carried(message, delivery) SELECT ?, id FROM delivery "
            f"WHERE {_KEY} AND channel = ? AND recipient = ?",
            (number, *item.key, *item.target),
        )
        conn.execute(
            f"UPDATE delivery SET state = ?, attempts = attempts + 1, message = ?, reason = ? WHERE {_KEY} "
            "AND channel = ? AND recipient = ?",
            (state, number, reason, *item.key, *item.target),
        )
    return number


def _set(
    conn: sqlite3.Connection, items: Iterable[Item], state: str, final: bool, settled: str | None, reason: str
) -> None:
    for item in items:
        conn.execute(
            f"UPDATE delivery SET state = ?, final = ?, settled_on = ?, reason = ? WHERE {_KEY} "
            "AND channel = ? AND recipient = ?",
            (state, int(final), settled, reason, *item.key, *item.target),
        )


def listing(conn: sqlite3.Connection, *, every: bool = False, state: str | None = None) -> list[dict[str, Any]]:
    """Deliveries as rows, the newest last: {ref, state, playbook, account_id, step, channel, recipient, due, …}."""
    where, values = ("1", []) if every else ("d.state NOT IN ('sent', 'missed')", [])
    if state is not None:
        where, values = "d.state = ?", [state]
    return rows(
        conn,
        "SELECT d.ref, d.state, d.playbook, r.account_id, d.term, d.step, d.channel, d.recipient, d.due, "
        "d.planned_on, d.settled_on, d.attempts, d.final, m.ref AS message, d.reason, d.id FROM delivery d "
        "LEFT JOIN account_registry r ON r.account = d.account LEFT JOIN message m ON m.id = d.message "
        f"WHERE {where} ORDER BY d.due, d.id",
        values,
    )


def settle(conn: sqlite3.Connection, ids: Iterable[int], state: str, day: date, reason: str) -> int:
    """A person's word on deliveries: sent, or planned to be tried again. Returns how many changed."""
    settled = day.isoformat() if state in ("sent", "missed") else None
    with transaction(conn):
        return sum(
            conn.execute(
                "UPDATE delivery SET state = ?, final = 0, settled_on = ?, reason = ? WHERE id = ?",
                (state, settled, reason, number),
            ).rowcount
            for number in ids
        )
