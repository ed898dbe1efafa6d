"""Playbooks that were renamed (`was: old-name`) or deleted, seen from the cases they left behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from cs_cli.base.errors import Fault
from cs_cli.cases.model import BY_HAND, Memory, changed

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Playbook


def orphans(conn: sqlite3.Connection, playbooks: Iterable[Playbook]) -> list[Fault]:
    """DEF-062, one for each playbook that no file defines any more while cases of it are open."""
    known = {BY_HAND}
    for playbook in playbooks:
        known |= {playbook.playbook, playbook.was or playbook.playbook}
    found = conn.execute(
        "SELECT playbook, number FROM cs_case WHERE state <> 'closed' ORDER BY playbook, number"
    ).fetchall()
    left: dict[str, list[str]] = {}
    for name, number in found:
        if name not in known:
            left.setdefault(name, []).append(f"c{number}")
    return [
        Fault("DEF-062", f"no file defines {name} any more, and {len(cases)} of its cases {_are(cases)} open: "
              f"{_some(cases)}", name=name,
              next=f"write `was: {name}` into the file that took its place, or cs cases close {_some(cases, 3)}")
        for name, cases in left.items()
    ]


def carry_over(conn: sqlite3.Connection, playbooks: Iterable[Playbook]) -> None:
    """Give the cases and counters of renamed playbooks to their new names, in one transaction of its own.

    Without this the new name would open, and remind of, everything once more. Where the new name already
    has a case on a subject, or remembers it, that stands. Doing it twice changes nothing.
    """
    from cs_cli.store.connection import transaction

    pairs = [pair for pair in _pairs(playbooks) if _left(conn, pair[1])]
    if not pairs:
        return
    with transaction(conn):
        for pair in pairs:
            for table in ("cs_case", "playbook_memory", "playbook_known"):
                conn.execute(f"UPDATE OR IGNORE {table} SET playbook = ? WHERE playbook = ?", pair)
            for table in ("playbook_memory", "playbook_known"):
                conn.execute(f"DELETE FROM {table} WHERE playbook = ?", (pair[1],))


def renamed(memory: Memory, playbooks: Iterable[Playbook]) -> Memory:
    """The memory as it will be once renamed playbooks have run; what carry_over does to the database."""
    for new, old in _pairs(playbooks):
        taken = {case.key for case in memory.cases.values()}
        cases = {
            number: changed(case, playbook=new) if case.playbook == old and (new, case.subject) not in taken else case
            for number, case in memory.cases.items()
        }
        trackers = {(new if name == old else name, subject): tracker
                    for (name, subject), tracker in memory.trackers.items()
                    if name != old or (new, subject) not in memory.trackers}
        closed = {number: changed(case, playbook=new) if case.playbook == old else case
                  for number, case in memory.closed.items()}
        known = frozenset(new if name == old else name for name in memory.known)
        memory = msgspec.structs.replace(memory, cases=cases, trackers=trackers, known=known, closed=closed)
    return memory


def _pairs(playbooks: Iterable[Playbook]) -> list[tuple[str, str]]:
    """(new name, old name) of each rename; a name that is in use is nobody's old name."""
    every = list(playbooks)
    names = {playbook.playbook for playbook in every}
    return [(one.playbook, one.was) for one in every if one.was is not None and one.was not in names]


def _left(conn: sqlite3.Connection, name: str) -> bool:
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM cs_case WHERE playbook = :name AND state <> 'closed') "
        "OR EXISTS (SELECT 1 FROM playbook_memory WHERE playbook = :name) "
        "OR EXISTS (SELECT 1 FROM playbook_known WHERE playbook = :name)", {"name": name}
    ).fetchone()
    return bool(row[0])


def _are(cases: list[str]) -> str:
    return "is" if len(cases) == 1 else "are"


def _some(cases: list[str], most: int = 10) -> str:
    return " ".join(cases[:most]) + (" …" if len(cases) > most else "")
