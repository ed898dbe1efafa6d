"""Against sending everything again: copies, restored backups, clocks that are wrong.

The ledger knows its machine, its last day and how many times it ran; a small file in .cs/ knows the
highest such number. A restored backup has a lower one; a copy on another machine has another machine.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.errors import GuardStopped
from cs_cli.base.files import private_dir, write_whole
from cs_cli.deliver.decide import clock_ahead
from cs_cli.store.connection import transaction

if TYPE_CHECKING:
    import sqlite3

HEARTBEAT = "remind.json"


@dataclass(frozen=True)
class Standing:
    """How far the ledger and the heartbeat file have come. last_day: None before the first run."""

    machine: str | None
    last_day: date | None
    runs: int
    file_runs: int
    file_day: date | None
    here: str

    @property
    def copied(self) -> bool:
        return self.machine is not None and self.machine != self.here

    @property
    def restored(self) -> bool:
        return self.file_runs > self.runs

    @property
    def doubt_until(self) -> date | None:
        """What was due by this day and is not in the ledger may have been sent already."""
        return self.file_day if self.restored else None


def this_machine(environ: Mapping[str, str]) -> str:
    """A hash of what tells this machine from others: CS_MACHINE_ID, /etc/machine-id, else its name and network card."""
    named = environ.get("CS_MACHINE_ID", "").strip()
    if not named:
        for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
            try:
                named = Path(path).read_text(encoding="ascii").strip()
            except (OSError, UnicodeDecodeError):
                continue  # not every system has one
            if named:
                break
    if not named:
        import uuid

        named = f"{platform.node()} {uuid.getnode():x}"
    return sha256(f"cs machine {named}".encode()).hexdigest()[:32]


def standing(conn: sqlite3.Connection, private: Path, environ: Mapping[str, str]) -> Standing:
    """The ledger's own account against the heartbeat file's. A missing or unreadable file says nothing."""
    row = conn.execute("SELECT machine, last_day, runs FROM remind_state WHERE id = 1").fetchone()
    runs, day = 0, None
    try:
        kept = json.loads((private / HEARTBEAT).read_text(encoding="ascii"))
        runs, day = int(kept["runs"]), date.fromisoformat(kept["day"])
    except (OSError, ValueError, KeyError, TypeError):
        runs, day = 0, None
    here = this_machine(environ)
    if row is None:
        return Standing(None, None, 0, runs, day, here)
    return Standing(row[0], date.fromisoformat(row[1]) if row[1] else None, int(row[2]), runs, day, here)


def refuse(found: Standing, day: date, last_run: date | None, *, confirm_clock: bool, confirm_restored: bool) -> None:
    """Raise GuardStopped (15) when nothing may be sent: INT-001 clock, INT-002 copied, INT-003 restored."""
    if not confirm_restored:
        if found.copied:
            raise GuardStopped.of(
                "INT-002", "this database came from another machine; both could send the same reminders",
                next="stop cron on the other machine, then add --confirm-restored once",
            )  # fmt: skip
        if found.restored:
            raise GuardStopped.of(
                "INT-003", f"the database is older than the last reminders, which were sent on {found.file_day}",
                expected=f"run {found.file_runs} in the ledger, not {found.runs}",
                next="add --confirm-restored once; what may have been sent is then held: cs remind list",
            )  # fmt: skip
    ahead = clock_ahead(day, last_run)
    if ahead is not None and not confirm_clock:
        raise GuardStopped.of(
            "INT-001", f"{day} is {ahead} days after the last run on {last_run}; is the clock right?",
            next="set the clock, or add --confirm-clock once",
        )  # fmt: skip


def mark(conn: sqlite3.Connection, private: Path, found: Standing, day: date | None) -> None:
    """One more run: in the ledger first, then in the heartbeat file, so that the file is never ahead of it.

    day: the day whose reminders are sent now; None leaves the last day as it is.
    """
    with transaction(conn):
        conn.execute(
            "INSERT INTO remind_state(id, machine, last_day, runs) VALUES (1, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET "
            "machine = excluded.machine, last_day = CASE WHEN excluded.last_day > last_day THEN excluded.last_day "
            "ELSE last_day END, runs = MAX(runs, ?) + 1",
            (found.here, day.isoformat() if day else "", max(found.runs, found.file_runs) + 1, found.file_runs),
        )
        runs, last = conn.execute("SELECT runs, last_day FROM remind_state").fetchone()
    known = last or (found.file_day.isoformat() if found.file_day else "")
    if known:
        text = json.dumps({"runs": runs, "day": known})
        write_whole(private_dir(private) / HEARTBEAT, text.encode("ascii") + b"\n", 0o600)


def last_step(conn: sqlite3.Connection) -> date | None:
    """The last day on which the playbooks ran."""
    found = conn.execute("SELECT MAX(day) FROM run_log").fetchone()[0]
    return date.fromisoformat(found) if found else None


def newest(*days: date | None) -> date | None:
    known = [one for one in days if one is not None]
    return max(known) if known else None
