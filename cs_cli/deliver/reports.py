"""`cs report NAME --send CHANNEL`: a report through the same ledger as reminders, once per ISO week."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cs_cli.base.errors import DefinitionInvalid, Fault
from cs_cli.base.safe_text import safe_text
from cs_cli.cases.people import People
from cs_cli.deliver import guard, ledger
from cs_cli.deliver.compose import HOST
from cs_cli.deliver.decide import Rules, decide
from cs_cli.deliver.due import kind_of
from cs_cli.deliver.model import Key, Message, Occurrence, Outcome, Plan, Target, full_ref, ref_of
from cs_cli.deliver.options import placed
from cs_cli.deliver.remind import Job, open_channel, repeated, repeated_once
from cs_cli.deliver.send import send_all
from cs_cli.render import load

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from cs_cli.definitions.shapes import Settings
    from cs_cli.definitions.workspace import Definitions, Workspace
    from cs_cli.reports.model import Report

TO_PEOPLE = ("email", "smtp")  # one message for each person; elsewhere one for everybody


def week_of(day: date) -> str:
    """The ISO week: 2026-W27. Its year is that of its Thursday, so the last days of December may be next year's."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def send_report(
    conn: sqlite3.Connection, ws: Workspace, definitions: Definitions, day: date, report: Report, channel: str,
    job: Job, *, account: int | None = None, person: str | None = None, again: bool = False,
    confirm_clock: bool = False, confirm_restored: bool = False,
) -> Outcome:  # fmt: skip
    """Send the report unless this week's has been sent there. account, person: whom it is about; again: once more.

    Raises what `remind` raises. The caller holds the run lock and a connection for writing.
    """
    from cs_cli.definitions.calendar import work_calendar

    settings = definitions.settings
    opened = open_channel(channel, settings, ws, job.environ)
    targets = targets_of(channel, settings, ws.root)
    found = guard.standing(conn, ws.private, job.environ)
    last = guard.newest(found.last_day, guard.last_step(conn))
    guard.refuse(found, day, last, confirm_clock=confirm_clock, confirm_restored=confirm_restored)
    recovered = ledger.recover(conn, job.at())
    week = week_of(day)
    name = ":".join([report.key, *(str(one) for one in (account, person) if one is not None)])
    key = Key(f"report:{name}", channel, week, "weekly")
    entries = ledger.of_keys(conn, [key])
    if again and entries and all(entry.state == "sent" for entry in entries.values()):
        (times,) = conn.execute(
            "SELECT COUNT(DISTINCT step) FROM delivery WHERE playbook = ? AND subject = ? AND term = ?", key[:3]
        ).fetchone()
        key = key._replace(step=f"again-{times}")
        entries = ledger.of_keys(conn, [key])
    calendar = work_calendar(settings, range(day.year, day.year + 1))
    rules = Rules(calendar, repeated(settings), repeated_once(settings), any_day=True)
    occurrence = Occurrence(key, day, targets, mode="single", account=account)
    doubt = None if again else found.doubt_until
    plans = decide([occurrence], entries, day, rules, day, doubt_until=doubt)
    ledger.enrol(conn, plans, day)
    if found.restored or found.copied or any(plan.goes_out for plan in plans):
        guard.mark(conn, ws.private, found, None)
    texts = {name: load(name).render(report) for name in ("table", "html", "json")}

    def compose(plan: Plan) -> Message:
        return _message(plan, report, settings, day, {name: str(text) for name, text in texts.items()})

    outcome = send_all(conn, plans, compose, {channel: opened}, day, job.at, job.budget)
    outcome.recovered = recovered
    return outcome


def targets_of(channel: str, settings: Settings, root: Path) -> tuple[Target, ...]:
    """Whom a report goes to: everybody behind the channel; by e-mail the people in the channel's `to:`, else me."""
    if kind_of(settings, channel) not in TO_PEOPLE:
        return (Target(channel, ""),)
    people = People(settings)
    written = settings.channels[channel].get("to") or ["me"]
    wanted = [written] if isinstance(written, str) else list(written)
    known = {person.name for person in settings.people}
    names: list[str] = []
    for one in wanted:
        name = people.who(str(one)) or ""
        if name not in known:
            fault = Fault(
                "INT-016", f"channel {channel}: {safe_text(one, 60)} is nobody of cs.yaml", file="cs.yaml", name="to",
                expected=", ".join(sorted(known)),
            )  # fmt: skip
            raise DefinitionInvalid(placed([fault], root, channel))
        if name not in names:
            names.append(name)
    return tuple(Target(channel, name) for name in names)


def _message(plan: Plan, report: Report, settings: Settings, day: date, texts: dict[str, str]) -> Message:
    uids = tuple(item.uid for item in plan.items)
    person = next((one for one in settings.people if one.name == plan.target.recipient), None)
    title = safe_text(f"{settings.company}: {report.title}, {report.day}", 200)
    return Message(
        ref=ref_of(uids),
        message_id=f"<{full_ref(uids)[:40]}@{HOST}>",
        channel=plan.target.channel,
        recipient=plan.target.recipient,
        day=day,
        subject=title,
        email=person.email if person else None,
        company=safe_text(settings.company, 100),
        repeat=plan.repeat,
        text=texts["table"],
        html=texts["html"],
        data=texts["json"],
    )
