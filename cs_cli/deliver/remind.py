"""`cs remind` as one call: guards, the day's step, what is due, the decision, the sending.

The same code runs on the database and, for a rehearsal, on a copy of it in memory with channels that
only note down what they were given.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.deliver import guard, ledger
from cs_cli.deliver.channels import Channel, make
from cs_cli.deliver.compose import Composer
from cs_cli.deliver.decide import FLOOD, TOO_MANY, Rules, capped, decide
from cs_cli.deliver.due import NOT_FOR_PEOPLE, default_channels, find_due, kind_of, shared
from cs_cli.deliver.model import SENT, Message, Outcome, Plan, Result
from cs_cli.deliver.options import Options
from cs_cli.deliver.passed import passed_due
from cs_cli.deliver.send import send_all
from cs_cli.deliver.stopped import stopped_due, stopped_feet
from cs_cli.deliver.subjects import Subjects
from cs_cli.deliver.web import Budget

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings
    from cs_cli.definitions.workspace import Definitions, Workspace


@dataclass
class Wish:
    """What was asked for on the command line. only: a playbook; channel: a channel of cs.yaml.

    today: tells the day that has come, whatever day was asked for; without it no day is too far ahead.
    """

    only: str | None = None
    channel: str | None = None
    confirm_clock: bool = False
    confirm_restored: bool = False
    today: Callable[[Settings], date] | None = None


@dataclass
class Job:
    """What a run needs from around it. at: the instant to write down. All of it is replaced in tests."""

    at: Callable[[], str]
    budget: Budget = field(default_factory=Budget)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def remind(
    conn: sqlite3.Connection, ws: Workspace, definitions: Definitions, day: date, wish: Wish, job: Job,
    known_at: date | None = None,
) -> Outcome:  # fmt: skip
    """Send what is due. The caller holds the run lock and a connection for writing.

    Raises GuardStopped (15) INT-001 to 003, DefinitionInvalid (12) for a channel that cannot be used,
    UsageError (2) for a playbook or channel that is not there; then nothing was changed.
    """
    settings = definitions.settings
    check_wish(wish, definitions)
    found = guard.standing(conn, ws.private, job.environ)
    last_step = guard.last_step(conn)
    last = guard.newest(found.last_day, last_step)
    guard.refuse(found, day, last, confirm_clock=wish.confirm_clock, confirm_restored=wish.confirm_restored)
    _refuse_ahead(conn, settings, day, wish)
    channels = open_channels(conn, ws, definitions, wish, job.environ)
    if last is not None and day < last:
        return Outcome(warnings=[f"the clock says {day}, but the last run was on {last}; nothing is sent"])
    braked = step(conn, ws, definitions, day, job.at(), known_at)
    ledger.revive(conn)
    recovered = ledger.recover(conn, job.at())
    doubt = found.doubt_until
    plans, composer = plan_day(conn, definitions, day, wish, found.last_day, known_at=known_at, doubt_until=doubt)
    whole = wish.only is None and wish.channel is None
    ledger.enrol(conn, plans, day)
    if found.restored or found.copied or any(plan.goes_out for plan in plans):
        # before anything is sent, so that a backup from before it is known to be older than the ledger
        guard.mark(conn, ws.private, found, None)
    missing = {plan.target.channel for plan in plans if plan.goes_out} - channels.keys()
    channels.update({name: open_channel(name, settings, ws, job.environ) for name in sorted(missing)})
    outcome = send_all(conn, plans, composer.message, channels, day, job.at, job.budget)
    if whole and (found.last_day is None or day > found.last_day):
        guard.mark(conn, ws.private, guard.standing(conn, ws.private, job.environ), day)
    outcome.recovered = recovered
    outcome.standing = sum(_stuck(plan) for plan in outcome.held)
    outcome.warnings += composer.faults
    outcome.warnings += [
        f"{name} would open {count} cases and opened none (its limit is {limit}), so nothing is said of them: "
        f"cs playbooks pending {name}; a wider limit: in the playbook lets them through"
        for name, count, limit in braked
    ]
    waiting = Counter(plan.target.channel for plan in outcome.held if plan.reason == TOO_MANY)
    outcome.warnings += [
        f"channel {name}: {count} more messages wait for the next run (at_most: {at_most(settings).get(name, FLOOD)}); "
        "is a playbook too wide? cs remind list"
        for name, count in sorted(waiting.items())
    ]
    return outcome


def step(
    conn: sqlite3.Connection, ws: Workspace, definitions: Definitions, day: date, at: str, known_at: date | None
) -> list[tuple[str, int, str]]:
    """The day's playbooks first: what is due is what they say. Gives those stopped by their limit, as a run does."""
    from cs_cli.cases.run import run_day

    return run_day(conn, ws, definitions, day, at=at, known_at=known_at).braked


def plan_day(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    wish: Wish,
    last_run: date | None,
    *,
    known_at: date | None = None,
    doubt_until: date | None = None,
) -> tuple[list[Plan], Composer]:
    """What the day's reminders come to, and who writes their messages. Changes nothing."""
    from cs_cli.definitions.calendar import work_calendar

    settings = definitions.settings
    subjects = Subjects(conn, definitions, day, known_at)
    due = find_due(conn, definitions, day, subjects)
    if wish.only is None:
        due += stopped_due(conn, settings, day, subjects) + passed_due(conn, settings, day, subjects)
    else:
        due = [one for one in due if one.row["playbook"] == wish.only]
    occurrences = [one.occurrence for one in due]
    entries = {**(ledger.unsettled(conn) if wish.only is None else {})}
    entries.update(ledger.of_keys(conn, (one.key for one in occurrences)))
    entries = {place: entry for place, entry in entries.items() if not entry.key.playbook.startswith("report:")}
    calendar = work_calendar(settings, range(day.year - 1, day.year + 2))
    rules = Rules(calendar, repeated(settings), repeated_once(settings), shared(settings))
    plans = decide(occurrences, entries, day, rules, last_run, clock_confirmed=True, doubt_until=doubt_until)
    if wish.channel is not None:
        plans = [plan for plan in plans if plan.target.channel == wish.channel]
    plans = capped(plans, at_most(settings))
    subjects.want(
        (item.account, item.key.subject) for plan in plans if plan.goes_out for item in (*plan.items, *plan.missed)
        if item.account is not None
    )  # fmt: skip
    standing = sum(plan.kind == "hold" and plan.record is None and _stuck(plan) for plan in plans)
    foot = stopped_feet(conn, day)
    foot += [f"{standing} earlier reminders are not settled: cs remind list"] if standing else []
    return plans, Composer(settings, {one.occurrence.key: one for one in due}, subjects, day, foot)


def _stuck(plan: Plan) -> bool:
    return plan.reason.startswith(("unknown", "failed"))


def repeated(settings: Settings) -> frozenset[str]:
    """Channels on which an unknown outcome is sent again: by setting, or because a repeat leaves only one."""
    found = {name for name, written in settings.channels.items() if written.get("on_unknown") == "resend"}
    found |= {name for name in settings.channels if kind_of(settings, name) in ("file", "calendar")}
    return frozenset(found)


def repeated_once(settings: Settings) -> frozenset[str]:
    """Of those the channels where a repeat may arrive beside the first."""
    return frozenset(name for name in repeated(settings) if kind_of(settings, name) not in ("file", "calendar"))


def at_most(settings: Settings) -> dict[str, int]:
    """How many messages each channel sends in one run, where cs.yaml says so. The number is checked by `make`."""
    written = {name: channel.get("at_most") for name, channel in settings.channels.items()}
    return {name: number for name, number in written.items() if isinstance(number, int)}


def check_wish(wish: Wish, definitions: Definitions) -> None:
    names = [book.playbook for book in definitions.playbooks]
    if wish.only is not None and wish.only not in names:
        raise UsageError.of(
            "INT-011", f'there is no playbook "{wish.only}"{did_you_mean(wish.only, names)}', next="cs playbooks list"
        )
    if wish.channel is not None:
        check_channel(wish.channel, definitions.settings)


def _refuse_ahead(conn: sqlite3.Connection, settings: Settings, day: date, wish: Wish) -> None:
    """A day far ahead is not sent for: remind takes the day's step, and cases do not go back."""
    from cs_cli.cases.ahead import refuse_ahead

    if wish.today is not None and not wish.confirm_clock:
        refuse_ahead(conn, day, wish.today(settings), "--confirm-clock")


def check_channel(name: str, settings: Settings) -> None:
    """UsageError INT-010 unless cs.yaml has the channel."""
    known = ["stdout", *(one for one in settings.channels if kind_of(settings, one) != "heartbeat")]
    if name not in known:
        raise UsageError.of(
            "INT-010", f'there is no channel "{name}" in cs.yaml{did_you_mean(name, known)}', expected=", ".join(known)
        )


def open_channels(
    conn: sqlite3.Connection, ws: Workspace, definitions: Definitions, wish: Wish, environ: Mapping[str, str]
) -> dict[str, Channel]:
    """Every channel that this run may use, checked before anything is changed."""
    settings = definitions.settings
    names: set[str] = set()
    for book in definitions.playbooks:
        for reminder in book.reminders if book.enabled else ():
            names |= set(reminder.via or default_channels(settings))
    names |= {
        entry.target.channel
        for entry in ledger.unsettled(conn).values()
        if not entry.key.playbook.startswith("report:")
    }
    if wish.channel is not None:
        names = {wish.channel}
    known = {"stdout", *settings.channels}
    return {name: open_channel(name, settings, ws, environ) for name in sorted(names & known)}


def open_channel(name: str, settings: Settings, ws: Workspace, environ: Mapping[str, str]) -> Channel:
    """The channel with its settings checked. DefinitionInvalid (12), GuardStopped (15) for a secret file."""
    check_channel(name, settings)
    return make(kind_of(settings, name), Options(name, settings.channels.get(name, {}), ws.root, environ))


@dataclass
class Noted:
    """A channel that keeps messages instead of sending them."""

    kept: list[Message] = field(default_factory=list)
    repeatable: bool = False

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        leaving()
        self.kept.append(message)
        return SENT


@dataclass
class Rehearsal:
    """What a dry run found: the plans in order, the messages that would go out with their plans, warnings."""

    plans: list[Plan]
    messages: list[tuple[Plan, Message]]
    warnings: list[str]
    rows: list[dict[str, Any]]


def rehearse(
    conn: sqlite3.Connection, ws: Workspace, definitions: Definitions, day: date, wish: Wish, job: Job,
    known_at: date | None = None,
) -> Rehearsal:  # fmt: skip
    """What `remind` would do now, on a copy in memory. conn may be read-only; nothing is written or connected to."""
    from cs_cli.base.errors import CsError
    from cs_cli.store.connection import copy_in_memory

    check_wish(wish, definitions)
    found = guard.standing(conn, ws.private, job.environ)
    last = guard.newest(found.last_day, guard.last_step(conn))
    warnings: list[str] = []
    for check in (
        lambda: guard.refuse(
            found, day, last, confirm_clock=wish.confirm_clock, confirm_restored=wish.confirm_restored
        ),
        lambda: _refuse_ahead(conn, definitions.settings, day, wish),
        lambda: open_channels(conn, ws, definitions, wish, job.environ),
    ):
        try:
            check()
        except CsError as error:
            warnings.append(f"a real run would stop: {error}")
    if last is not None and day < last:
        return Rehearsal([], [], [*warnings, f"{day} is before the last run on {last}; nothing would be sent"], [])
    copy = copy_in_memory(conn)
    try:
        step(copy, ws, definitions, day, job.at(), known_at)
        ledger.revive(copy)
        ledger.recover(copy, job.at())
        plans, composer = plan_day(
            copy, definitions, day, wish, found.last_day, known_at=known_at, doubt_until=found.doubt_until
        )
        messages = [(plan, composer.message(plan)) for plan in plans if plan.goes_out]
    finally:
        copy.close()
    return Rehearsal(plans, messages, [*warnings, *composer.faults], _rows(plans, composer))


def _rows(plans: list[Plan], composer: Composer) -> list[dict[str, Any]]:
    found = []
    for plan in plans:
        for item in (*plan.items, *plan.missed):
            facts = composer.subjects.accounts.get(item.account or -1, {})
            found.append(
                {
                    "plan": "missed" if item.over and plan.record == "missed" else plan.kind,
                    "channel": plan.target.channel,
                    "recipient": plan.target.recipient,
                    "playbook": item.key.playbook,
                    "account_id": facts.get("account_id"),
                    "step": item.key.step,
                    "term": item.key.term,
                    "due": item.due.isoformat(),
                    "reason": item.over if item.over and plan.record == "missed" else plan.reason,
                }
            )
    return found


def heartbeat(settings: Settings, ws: Workspace, environ: Mapping[str, str]) -> str | None:
    """Ping the heartbeat, if cs.yaml has one. Returns what went wrong, for -v; never raises, at most about 10 s."""
    from cs_cli.base.errors import CsError
    from cs_cli.deliver.channels.heartbeat import Heartbeat

    for name in settings.channels:
        if kind_of(settings, name) == "heartbeat":
            try:
                made = make("heartbeat", Options(name, settings.channels[name], ws.root, environ))
            except CsError as error:
                return str(error)
            if isinstance(made, Heartbeat) and not made.ping():
                return "the heartbeat was not taken"
    return None


__all__ = ["NOT_FOR_PEOPLE", "Job", "Noted", "Rehearsal", "Wish", "heartbeat", "rehearse", "remind"]
