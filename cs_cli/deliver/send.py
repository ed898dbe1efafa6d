"""Sending what was decided: intent before, result after, one message at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.deliver import ledger
from cs_cli.deliver.model import Message, Outcome, Plan, Result, failed, unknown
from cs_cli.deliver.web import Budget

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.deliver.channels import Channel


def send_all(
    conn: sqlite3.Connection,
    plans: Iterable[Plan],
    compose: Callable[[Plan], Message],
    channels: Mapping[str, Channel],
    day: date,
    at: Callable[[], str],
    budget: Budget,
) -> Outcome:
    """Every plan that goes out, in order. A failing channel does not stop the others.

    at: the instant to write down, UTC ISO. Interrupted in the middle of a message, the ledger says
    `sending`, which the next run reads as unknown.
    """
    outcome = Outcome()
    for plan in plans:
        if not plan.goes_out:
            if plan.kind == "hold":
                outcome.held.append(plan)
            outcome.missed += len(plan.items) if plan.record == "missed" else 0
            continue
        _one(conn, plan, compose(plan), channels[plan.target.channel], day, at, budget, outcome)
    return outcome


def _one(
    conn: sqlite3.Connection, plan: Plan, message: Message, channel: Channel, day: date, at: Callable[[], str],
    budget: Budget, outcome: Outcome,
) -> None:  # fmt: skip
    number: int | None = None

    def leaving() -> None:
        nonlocal number
        if number is None:
            number = ledger.begin(conn, message, plan, at())

    try:
        result = channel.send(message, leaving, budget)
    except Exception as error:
        # a bug in a channel: the ledger learns that nobody knows, then the bug is told as one
        kind = type(error).__name__
        result = unknown(f"cs itself failed ({kind})") if number is not None else failed(f"cs itself failed ({kind})")
        ledger.finish(conn, number, message, plan, _doubt_stays(plan, result), day, at())
        raise
    result = _doubt_stays(plan, result)
    try:
        ledger.finish(conn, number, message, plan, result, day, at())
    finally:
        if result.after is not None:
            result.after()
    if result.state == "sent":
        outcome.messages += 1
        outcome.sent += len(plan.items)
        outcome.missed += len(plan.missed)
    elif result.state == "failed":
        outcome.failed.append((plan, result))
    else:
        outcome.unknown.append((plan, result))


def _doubt_stays(plan: Plan, result: Result) -> Result:
    """A repeat that certainly failed says nothing of the first try, which may have arrived."""
    if plan.repeat and result.state == "failed":
        reason = f"{ledger.REPEAT_FAILED}: {result.reason}"
        return replace(result, state="unknown", reason=reason)
    return result
