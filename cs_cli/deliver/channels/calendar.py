"""Reminders as days in an .ics file: each has one UID for ever; a change raises its SEQUENCE.

The file is read first and written whole. Importing it again updates the calendar instead of
doubling it. No attendee and no organiser are written, so no calendar sends invitations from it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import OutputNotWritten
from cs_cli.base.files import file_slug, keep_ours, private_dir, write_whole
from cs_cli.base.safe_text import safe_text
from cs_cli.deliver.model import SENT, Message, Part, Result, failed

if TYPE_CHECKING:
    from icalendar import Calendar as Ics

    from cs_cli.deliver.options import Options
    from cs_cli.deliver.web import Budget

UID_END = "@reminders.cs-desk.invalid"


def make(options: Options) -> Calendar:
    folder = options.path("path", "reports")
    options.done()
    return Calendar(folder)


class Calendar:
    """One file per person in the folder: reminders-<person>.ics."""

    repeatable = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        path = self.folder / f"reminders-{file_slug(message.recipient or 'all')}.ics"
        try:
            calendar = read(path)
        except (OSError, ValueError):
            return failed("what stands in the calendar's place is not a calendar", final=True)
        changed = False
        parts = message.parts or (Part(message.subject, message.text, uid=message.message_id.strip("<>")),)
        for part in parts:
            changed |= put(calendar, part, message.day)
        leaving()
        if changed:
            try:
                keep_ours(path)
                if not self.folder.is_dir():
                    private_dir(self.folder)
                write_whole(path, calendar.to_ical())
            except (OSError, OutputNotWritten) as fault:
                why = fault.faults[0].what if isinstance(fault, OutputNotWritten) else fault.strerror
                return failed(f"{path} cannot be written: {why}")
        return SENT


def read(path: Path) -> Ics:
    """The calendar of an earlier run, or a new one. ValueError when the file is something else."""
    from icalendar import Calendar as Ics

    if path.exists():
        found = Ics.from_ical(path.read_bytes())
        if not isinstance(found, Ics):
            raise ValueError("not one calendar")
        return found
    made = Ics()
    made.add("prodid", "-//cs//Customer Success desk//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    return made


def put(calendar: Ics, part: Part, day: date) -> bool:
    """Add the reminder as an event of its day, or bring the one with its UID up to date; whether anything changed."""
    uid = part.uid + UID_END
    text = safe_text("\n".join(line for line in (part.text, part.note) if line), 4000, newlines=True)
    wanted = {"summary": safe_text(part.title, 200), "description": text, "dtstart": part.due or day}
    old = next((event for event in calendar.walk("VEVENT") if str(event.get("uid")) == uid), None)
    sequence = 0
    if old is not None:
        if _same(old, wanted):
            return False
        sequence = int(old.get("sequence", 0)) + 1
        calendar.subcomponents.remove(old)
    calendar.add_component(_event(uid, sequence, wanted, day))
    return True


def _same(event: Any, wanted: dict[str, Any]) -> bool:
    there = {"summary": str(event.get("summary")), "description": str(event.get("description", ""))}
    return {**there, "dtstart": event["dtstart"].dt} == wanted


def _event(uid: str, sequence: int, wanted: dict[str, Any], day: date) -> Any:
    from icalendar import Alarm, Event

    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", datetime(day.year, day.month, day.day, tzinfo=UTC))  # of the day, so that bytes repeat
    event.add("dtstart", wanted["dtstart"])
    event.add("dtend", wanted["dtstart"] + timedelta(days=1))
    event.add("summary", wanted["summary"])
    event.add("description", wanted["description"])
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", wanted["summary"])
    alarm.add("trigger", timedelta(hours=9))
    event.add_component(alarm)
    return event
