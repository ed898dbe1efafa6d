"""What has become due, from the cases' occurrences: its identity, to whom it goes, and how its case stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.model import PASSED, STANDING
from cs_cli.definitions.shapes import reminder_id
from cs_cli.deliver.model import Key, Occurrence, Target
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Playbook, Reminder, Settings
    from cs_cli.definitions.workspace import Definitions
    from cs_cli.deliver.subjects import Subjects

SHARED = ("stdout", "file", "slack")  # kinds of which everybody reads the same post
NOT_FOR_PEOPLE = ("calendar", "heartbeat")  # kinds that are never chosen by themselves

# occurrences that the ledger does not know, or knows and has not settled
_OPEN = """
SELECT o.case_number, o.step, o.playbook, o.subject, o.due AS meant_for, o.day, c.account, c.term, c.opened_on,
       c.state, c.severity, c.because, c.missing_since, c.subject AS about, c.snoozed_until, c.inhibited_by,
       c.closed_on, c.reason, c.outcome, c.owner, c.decides
FROM occurrence o JOIN cs_case c ON c.number = o.case_number
WHERE c.control = 0 AND coalesce(substr(o.muted, 1, 8), '') <> '{passed}' AND (
  NOT EXISTS (SELECT 1 FROM delivery d WHERE d.case_number = o.case_number AND d.step = o.step)
  OR EXISTS (SELECT 1 FROM delivery d WHERE d.case_number = o.case_number AND d.step = o.step
             AND d.state NOT IN ('sent', 'missed')))
ORDER BY o.day, o.case_number, o.step
""".replace("{passed}", PASSED)


@dataclass(frozen=True)
class Due:
    """An occurrence with what its text is made of. reminder is None when the playbook has it no more.

    title: of what is about no account.
    """

    occurrence: Occurrence
    row: dict[str, Any]
    playbook: Playbook | None
    reminder: Reminder | None
    title: str | None = None


def kind_of(settings: Settings, channel: str) -> str:
    """The kind of a channel by its name in cs.yaml; the channel stdout is always there."""
    written = settings.channels.get(channel, {})
    return str(written.get("kind", written.get("type", channel)))


def default_channels(settings: Settings) -> tuple[str, ...]:
    """Where a reminder goes that names no channel: those with `default: true`, else the first, else stdout."""
    marked = tuple(name for name, channel in settings.channels.items() if channel.get("default") is True)
    if marked:
        return marked
    for name in settings.channels:
        if kind_of(settings, name) not in NOT_FOR_PEOPLE:
            return (name,)
    return ("stdout",)


def find_due(conn: sqlite3.Connection, definitions: Definitions, day: date, subjects: Subjects) -> list[Due]:
    """Every reminder that is due and not settled, oldest first. subjects are asked for new ones only."""
    found = rows(conn, _OPEN)
    known = {
        (row["case_number"], row["step"])
        for row in rows(conn, "SELECT DISTINCT case_number, step FROM delivery WHERE state NOT IN ('sent', 'missed')")
    }
    books = {book.playbook: book for book in definitions.playbooks}
    subjects.want((row["account"], row["about"]) for row in found if (row["case_number"], row["step"]) not in known)
    return [_due(row, books.get(row["playbook"]), definitions, day, subjects, known) for row in found]


def _due(
    row: dict[str, Any], book: Playbook | None, definitions: Definitions, day: date, subjects: Subjects,
    known: set[tuple[int, str]],
) -> Due:  # fmt: skip
    reminder = _reminder(book, row["step"])
    targets: tuple[Target, ...] = ()
    if (row["case_number"], row["step"]) not in known:
        facts = subjects.accounts.get(row["account"], {})
        holders = (row["owner"] or (book.owner if book else "csm"), row["decides"] or (book.decides if book else None))
        targets = targets_of(holders, reminder, facts, definitions.settings, day, subjects)
    occurrence = Occurrence(
        key=_key(row, book, reminder),
        due=date.fromisoformat(row["day"]),
        targets=targets,
        mode=reminder.mode if reminder else "digest",
        case=row["case_number"],
        account=row["account"],
        silent=_silent(row, day),
        over=_over(row, book, reminder),
    )
    return Due(occurrence, row, book, reminder)


def _reminder(book: Playbook | None, step: str) -> Reminder | None:
    if book is None:
        return None
    for at, reminder in enumerate(book.reminders):
        if reminder_id(reminder, at) == step:
            return reminder
    return None


def _key(row: dict[str, Any], book: Playbook | None, reminder: Reminder | None) -> Key:
    """What counts from the term's dates is said once a term; what counts from the opening, once a case."""
    name = (book.was if book else None) or row["playbook"]
    opened = f"opened {row['opened_on']}"
    if book is None or book.subject != "contract" or not row["term"]:
        return Key(name, row["subject"], opened, row["step"])
    anchor = reminder.at.split(" ", 1)[0] if reminder else ""
    term = row["term"] if anchor in ("renewal_date", "notice_date", "decide_by") else f"{row['term']} {opened}"
    return Key(name, row["subject"], term, row["step"])


def _silent(row: dict[str, Any], day: date) -> str | None:
    if row["state"] == "snoozed" and (row["snoozed_until"] or "") > day.isoformat():
        return f"snoozed until {row['snoozed_until']}"
    if row["state"] != "closed" and row["missing_since"]:
        return f"cannot tell since {row['missing_since']}"
    if row["state"] != "closed" and row["inhibited_by"]:
        return f"inhibited by {row['inhibited_by']}"
    return None


def _over(row: dict[str, Any], book: Playbook | None, reminder: Reminder | None) -> str | None:
    if row["state"] == "closed":
        return f"c{row['case_number']} was closed on {row['closed_on']}: {row['reason'] or row['outcome'] or 'done'}"
    if book is None or (reminder is None and row["step"] != STANDING):
        return "the playbook has no such reminder any more"
    return None if book.enabled else "the playbook is switched off"


def targets_of(
    holders: tuple[str, str | None], reminder: Reminder | None, facts: dict[str, Any], settings: Settings, day: date,
    subjects: Subjects,
) -> tuple[Target, ...]:  # fmt: skip
    """Each person once per channel, and one post for all of them where they share it; who is away is stood in for.

    holders: the roles that own and decide the case, as the case shows them."""
    owner, decides = holders
    people: list[str] = []
    for role in (reminder.to if reminder else ()) or [owner]:
        named = owner if role == "owner" else (decides or owner) if role == "decides" else role
        person = subjects.people.stand_in(subjects.people.who(named, facts) or "", day)
        if person not in people:
            people.append(person)
    channels = (reminder.via if reminder else ()) or default_channels(settings)
    # whoever cs.yaml does not know has no address: I read it instead, once
    me = subjects.people.me
    reached = dict.fromkeys(one if not one or subjects.people.knows(one) else me or one for one in people)
    return tuple(
        Target(channel, name)
        for channel in channels
        for name in ([", ".join(filter(None, people))] if kind_of(settings, channel) in SHARED else reached)
    )


def shared(settings: Settings) -> frozenset[str]:
    """The channels of which everybody reads the same post."""
    return frozenset(name for name in ("stdout", *settings.channels) if kind_of(settings, name) in SHARED)
