"""A case as it stood on an earlier day: its row holds the present state, its events tell the way there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.model import CLOCKS_BEGIN, Case, changed

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Playbook
    from cs_cli.definitions.workspace import Definitions

CLOCKS = ("acknowledge_by", "next_step_by", "resolve_by")
Told = tuple[str, date, str]  # what happened, on which day, why


def as_of(conn: sqlite3.Connection, definitions: Definitions, case: Case, day: date) -> Case:
    """The case with what had happened to it by the end of the day, for one to which something has happened since."""
    every: list[Told] = [
        (what, date.fromisoformat(on), why)
        for what, on, why in conn.execute(
            "SELECT what, day, why FROM case_event WHERE case_number = ? ORDER BY id", (case.number,)
        )
    ]
    past = [event for event in every if event[1] <= day]
    then = replayed(case, past)
    if any(what.startswith(("rose ", "fell ")) for what, _, _ in every[len(past) :]):
        # the clocks of a case change with its severity alone
        then = _with_clocks(conn, definitions, then, past)
    return then


def replayed(case: Case, events: Sequence[Told]) -> Case:
    """The case with nothing but these events behind it; its clocks are left as they are."""
    severity, because, inherited = case.severity, case.because, False
    state, acknowledged, next_step = "open", None, None
    snooze: tuple[date, str] | None = None
    closed: Told | None = None
    missing: date | None = None
    for what, on, why in events:
        verb, _, rest = what.partition(" ")
        if verb in ("opened", "reopened"):
            severity, state, closed = rest or severity, "acknowledged" if acknowledged else "open", None
            because = why if verb == "opened" and why else because
        elif what == "inherited":
            inherited = True
        elif what in ("cannot tell", "can tell again"):
            missing = on if what == "cannot tell" else None
        elif verb in ("rose", "fell"):
            severity, because = rest.removeprefix("to "), why or because
            inherited = inherited and verb == "fell"
        elif what == "acknowledged":
            state, acknowledged, snooze = "acknowledged", acknowledged or on, None
        elif verb == "snoozed":
            state, snooze = "snoozed", (date.fromisoformat(rest.removeprefix("until ")), why)
        elif what == "snooze over":
            state, snooze = "acknowledged" if acknowledged else "open", None
        elif verb == "closed":
            state, snooze, closed, missing = "closed", None, (rest, on, why), None
        elif state != "closed" and (what == "note" or (verb == "task" and rest.endswith(" done"))):
            next_step = next_step or on
    return changed(
        case,
        severity=severity,
        because=because,
        inherited=inherited,
        state=state,
        acknowledged_on=acknowledged,
        next_step_on=next_step,
        missing_since=missing,
        snoozed_until=snooze[0] if snooze else None,
        snooze_reason=snooze[1] if snooze else None,
        closed_on=closed[1] if closed else None,
        outcome=closed[0] if closed else None,
        reason=closed[2] if closed else None,
    )


def _with_clocks(conn: sqlite3.Connection, definitions: Definitions, case: Case, events: Sequence[Told]) -> Case:
    """The clocks that the severities by then had started, by the playbook as it was read on those days."""
    from cs_cli.cases.rules import clocks_of
    from cs_cli.definitions.calendar import step_calendar

    clocks: list[date | None] = [None, None, None]
    # an inherited case has none before they begin: with its opening, or on a later day where it was opened long ago
    inherited = any(what == "inherited" for what, _, _ in events)
    severity = case.severity
    calendar = step_calendar(definitions.settings, case.opened_on, max(on for _, on, _ in events))
    for what, on, _ in events:
        verb, _, rest = what.partition(" ")
        worse = verb == "rose"
        if verb in ("opened", "rose", "fell"):
            severity = rest.removeprefix("to ")
        elif what != CLOCKS_BEGIN:
            continue
        inherited = inherited and not (worse or what == CLOCKS_BEGIN)
        book = _playbook_on(conn, definitions, case.playbook, on)
        if book is None:
            return case
        if inherited or case.control:
            continue
        start = case.opened_on if verb == "fell" else on
        fresh = [None if days is None else calendar.add(start, days) for days in clocks_of(book, severity)]
        pick: Any = min if worse else max
        clocks = fresh if verb == "opened" or what == CLOCKS_BEGIN else [
            new if old is None else old if new is None else pick(old, new)
            for old, new in zip(clocks, fresh, strict=True)
        ]  # fmt: skip
    return changed(case, **dict(zip(CLOCKS, clocks, strict=True)))


def _playbook_on(conn: sqlite3.Connection, definitions: Definitions, name: str, day: date) -> Playbook | None:
    """The playbook as the run of that day read it, else as it is now; None when it is in neither."""
    import msgspec

    from cs_cli.definitions.shapes import Playbook

    row = conn.execute(
        "SELECT d.text FROM run_log r JOIN definition_text d ON d.hash = r.definitions WHERE r.day = ?",
        (day.isoformat(),),
    ).fetchone()
    kept = msgspec.json.decode(row[0], type=list[Playbook]) if row else []
    return next((book for book in (*kept, *definitions.playbooks) if book.playbook == name), None)
