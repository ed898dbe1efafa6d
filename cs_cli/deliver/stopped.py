"""An export that does not come in, as a reminder: said once through the ledger, and at the foot of every message."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cs_cli.deliver import ledger
from cs_cli.deliver.due import Due, default_channels
from cs_cli.deliver.model import Key, Occurrence, Target
from cs_cli.store.stopped import Stopped, stopped_imports

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings
    from cs_cli.deliver.subjects import Subjects

OVER = "a good file of it has come since"
_PREFIX = "import:"


def stopped_feet(conn: sqlite3.Connection, day: date) -> list[str]:
    """What stands at the foot of every message until a good file has come."""
    return [one.text for one in stopped_imports(conn, day)]


def stopped_due(conn: sqlite3.Connection, settings: Settings, day: date, subjects: Subjects) -> list[Due]:
    """A reminder for each export that stopped, by the day since which nothing is new; and those that are over now."""
    found = [_due(one, settings, day, subjects) for one in stopped_imports(conn, day)]
    there = {one.occurrence.key for one in found}
    for entry in ledger.unsettled(conn).values():
        if entry.key.playbook.startswith(_PREFIX) and entry.key not in there:
            there.add(entry.key)
            over = Occurrence(entry.key, entry.due, (entry.target,), over=OVER)
            found.append(Due(over, {"playbook": entry.key.playbook}, None, None, f"Import of {entry.key.subject}"))
    return found


def _due(one: Stopped, settings: Settings, day: date, subjects: Subjects) -> Due:
    person = subjects.people.stand_in(subjects.people.who("csm", {}) or settings.me or "", day)
    targets = tuple(Target(channel, person) for channel in default_channels(settings))
    key = Key(f"{_PREFIX}{one.source}", one.source, f"since {one.since or 'ever'}", "stopped")
    advice = f"\n{one.advice}" if one.advice else ""
    row = {"playbook": "import", "because": f"{one.text}\n{one.file}: {one.reason}{advice}"}
    return Due(
        Occurrence(key, date.fromisoformat(one.read_on), targets), row, None, None, f"Import stopped for {one.source}"
    )
