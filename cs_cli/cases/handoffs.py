"""Passing work on: the task says what is asked of whom, the hand-off what goes with it, who took it and how it ended.

Telling the other person is deliver/passed.py's work. Everything that writes runs in the caller's transaction.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_cli.base.errors import UsageError
from cs_cli.base.money import to_major
from cs_cli.cases.memory import load_cases, load_tasks
from cs_cli.cases.model import Task
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.cases.hand import Desk
    from cs_cli.definitions.shapes import Playbook

OUTCOMES = ("won", "lost", "done")
ANSWER_WITHIN = 2  # working days after which what nobody took is said

_ALL = """
SELECT h.task, h.giver, h.words, h.amount, h.currency, h.passed_on, h.taken_on, h.taken_by, h.answer, h.outcome,
  h.outcome_amount, h.ended_on, t.do, t.owner, t.due, t.state, t.done_on, c.account
FROM handoff h JOIN task t ON t.number = h.task JOIN cs_case c ON c.number = t.case_number
WHERE h.passed_on <= :day ORDER BY h.passed_on DESC, h.task DESC
"""


class Passed(NamedTuple):
    """What was passed on: the receiver's task."""

    task: int
    owner: str
    do: str


def pass_on(hand: Desk, number: int, words: str, to: str | None, books: dict[str, Playbook]) -> Passed:
    """A finished task goes on to the next role: to its waiting task in the same case, else to one made for it.

    to: a role or person; None: whom the playbook names. Raises UsageError CAS-037 where nobody is named.
    """
    task = load_tasks(hand.conn, "number = ?", [number])[number]
    case = load_cases(hand.conn, "number = ?", [task.case])[task.case]
    book = books.get(case.playbook)
    written = next((one for one in book.tasks if one.id == task.id), None) if book else None
    named = written.handoff if written else None
    receiver = to or (named.to if named else None)
    if receiver is None:
        raise UsageError.of(
            "CAS-037", f"nobody is named to whom t{number} is passed on", expected="--to ROLE or a person",
            next=f"cs tasks done t{number} --passed '…' --to am",
        )
    waiting = [
        one for one in load_tasks(hand.conn, "case_number = ? AND state IN ('open', 'waiting')", [case.number]).values()
        if book and any(task.id in other.after for other in book.tasks if other.id == one.id) and one.owner == receiver
    ]
    after = waiting[0] if waiting else hand.add_task(case.account, f"Take over: {task.do}", None, receiver, None)
    _write(hand, after.number, words)
    return Passed(after.number, receiver, after.do)


def hand_over(
    hand: Desk, account: int, to: str, words: str, *, until: date | None, amount: int | None, currency: str | None,
    ask: str | None = None,
) -> Passed:  # fmt: skip
    """What no rule saw goes to a role or person as a task. amount: what it may be worth a year, minor units."""
    task = hand.add_task(account, ask or words, until, to, None)
    _write(hand, task.number, words, amount, currency)
    return Passed(task.number, to, task.do)


def take(hand: Desk, number: int, answer: str) -> Task:
    """Somebody says: it is mine. A second time only a new answer is kept. Raises UsageError CAS-021, CAS-038."""
    found = load_tasks(hand.conn, "number = ?", [number])
    if not found:
        raise UsageError.of("CAS-021", f"there is no task t{number}", next="cs tasks list")
    task = found[number]
    if task.state not in ("open", "waiting"):
        raise UsageError.of("CAS-038", f"t{number} is {task.state} since {task.done_on}", next="cs tasks list --all")
    opened = load_cases(hand.conn, "number = ?", [task.case])[task.case].opened_on
    hand.conn.execute(
        "INSERT INTO handoff(task, giver, passed_on, at) VALUES (?, 'cs', ?, ?) ON CONFLICT(task) DO NOTHING",
        (number, opened.isoformat(), hand.at),
    )
    hand.conn.execute(
        "UPDATE handoff SET taken_on = coalesce(taken_on, ?), taken_by = coalesce(taken_by, ?), "
        "answer = coalesce(?, answer) WHERE task = ?",
        (hand.day.isoformat(), hand.who, answer or None, number),
    )
    hand.tell(task.case, f"task t{number} taken", f"{task.do}: {answer}" if answer else task.do)
    return task


def end(hand: Desk, number: int, outcome: str, amount: int | None, currency: str) -> None:
    """How a hand-off ended, for whoever found it. amount: a year's worth, minor units. UsageError CAS-039, CAS-040."""
    if outcome not in OUTCOMES:
        raise UsageError.of("CAS-040", f'"{outcome}" is not how a hand-off ends', expected=", ".join(OUTCOMES))
    there = hand.conn.execute(
        "UPDATE handoff SET outcome = ?, outcome_amount = ?, currency = coalesce(currency, ?), ended_on = ?, "
        "taken_on = coalesce(taken_on, ?), taken_by = coalesce(taken_by, ?) WHERE task = ?",
        (outcome, amount, currency, hand.day.isoformat(), hand.day.isoformat(), hand.who, number),
    ).rowcount
    if not there:
        raise UsageError.of("CAS-039", f"t{number} was not passed on by anybody", next="cs tasks passed")


def _write(hand: Desk, number: int, words: str, amount: int | None = None, currency: str | None = None) -> None:
    hand.conn.execute(
        "INSERT INTO handoff(task, giver, words, amount, currency, passed_on, at) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT(task) DO UPDATE SET giver = excluded.giver, words = excluded.words, "
        "passed_on = excluded.passed_on",
        (number, hand.who, words, amount, currency, hand.day.isoformat(), hand.at),
    )


def passed_rows(conn: sqlite3.Connection, day: date, home: str) -> list[dict[str, Any]]:
    """What was passed on by the day, newest first: {task, account, owner, giver, do, words, amount, currency,
    passed_on, due, taken_on, taken_by, answer, state, outcome_amount}; owner is the role or person as written.

    state: waiting, taken, won, lost, done, dropped. Amounts in major units of currency; home: where none is known.
    """
    found = []
    for row in rows(conn, _ALL, {"day": day.isoformat()}):
        currency = row["currency"] or home
        for key in ("amount", "outcome_amount"):
            row[key] = None if row[key] is None else to_major(int(row[key]), currency)
        later = {key for key in ("taken_on", "ended_on", "done_on") if row[key] and row[key] > day.isoformat()}
        over = row["done_on"] and "done_on" not in later
        row["currency"] = currency
        row["state"] = (
            row["outcome"] if row["outcome"] and "ended_on" not in later
            else "done" if over and row["state"] == "done" else "dropped" if over and row["state"] == "skipped"
            else "taken" if row["taken_on"] and "taken_on" not in later else "waiting"
        )  # fmt: skip
        found.append(row)
    return found
