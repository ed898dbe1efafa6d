"""What a playbook remembers and what a day changes: plain frozen records, no behaviour but looking up.

A case is one playbook open on one subject: an account (its number as text) or a contract term
(its id). Days are `datetime.date`. Everything here is what `step` reads and gives back, so a live
run, an example, a preview and a backtest all speak of the same things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import msgspec

BY_HAND = "by_hand"  # the playbook name of what a person opened
STANDING = "where it stands"  # the step that tells once what an inherited case should have been told before
NEXT_STEPS = "todo"  # the kind of the by-hand case that an account's own next steps hang on
CLOCKS_BEGIN = "clocks begin"  # what happens to an inherited case on the day from which it is counted
EXPIRED = "expired: "  # how the reason begins why a task is skipped that nobody finished in time
PASSED = "passed: "  # how the reason begins why a step that is due is never sent
WORSE = {"red": 0, "amber": 1, "info": 2}

Key = tuple[str, str]  # (playbook, subject)
Record = TypeVar("Record", "Case", "Task", "Tracker", "Verdict", "Occurrence")


class Seen(msgspec.Struct, frozen=True):
    """A term of a remembered contract as a run saw it last. term: the name that it keeps; origin: contract or
    subscription; nth: the highest of a subject is the one that the last run saw."""

    subject: str
    term: str
    account: int
    origin: str
    start_on: date | None
    end_on: date
    nth: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """What a playbook's conditions say of one subject on a day. None is unknown.

    severity: the first severity that holds; severity_sure is False when a worse one is unknown.
    dates: anchors of due days that are known (renewal_date, notice_date, decide_by).
    gone: the subject is over (a contract term that was renewed, a forgotten account). missing: no record has it any
    more, so that nothing can be told of it.
    """

    subject: str
    account: int
    holds: bool | None
    applies: bool | None = True
    severity: str = "amber"
    severity_sure: bool = True
    done: bool | None = False
    lost: bool | None = False
    gone: bool = False
    missing: bool = False
    because: str = ""
    term: str | None = None
    arr: float | None = None
    dates: Mapping[str, date] = msgspec.field(default_factory=dict)
    stays: bool | None = False  # it does not hold, and what would make it over is not there (None: nobody can tell)
    tasks_done: frozenset[str] = frozenset()
    tasks_unwanted: frozenset[str] = frozenset()  # tasks whose own `when` does not hold
    reminders_unwanted: frozenset[str] = frozenset()  # and reminders
    ran_out: bool = False  # it fails by nothing but the days that passed: see cases/ran_out.py


class Truth(msgspec.Struct, frozen=True):
    """The sparse truth of a day: per playbook the subjects that fire, may fire, or are remembered.

    customers: how many there are, for the brake's share. unknown: per playbook, how many subjects
    cannot be told and are not remembered. moves: what is remembered of a playbook on a subject
    that is called otherwise now → the new subject, under which the verdicts are. renamed: contracts among them, old →
    new. terms: the term of each contract among the verdicts.
    """

    verdicts: Mapping[str, Mapping[str, Verdict]]
    customers: int
    unknown: Mapping[str, int] = msgspec.field(default_factory=dict)
    moves: Mapping[Key, str] = msgspec.field(default_factory=dict)
    renamed: Mapping[str, str] = msgspec.field(default_factory=dict)
    terms: Mapping[str, Seen] = msgspec.field(default_factory=dict)


class Case(msgspec.Struct, frozen=True):
    """One case. number is shown as c12; the days of clocks are the last days on which they are kept."""

    number: int
    playbook: str
    kind: str
    subject: str
    account: int
    severity: str
    opened_on: date
    state: str = "open"
    term: str | None = None
    because: str = ""
    owner: str | None = None  # role
    decides: str | None = None  # role
    inherited: bool = False
    control: bool = False
    acknowledged_on: date | None = None
    snoozed_until: date | None = None
    snooze_reason: str | None = None
    acknowledge_by: date | None = None
    next_step_by: date | None = None
    next_step_on: date | None = None
    resolve_by: date | None = None
    closed_on: date | None = None
    outcome: str | None = None  # resolved | done | accepted | lost | expired
    reason: str | None = None
    inhibited_by: str | None = None
    text: str | None = None  # what a person wrote when opening it by hand
    missing_since: date | None = None  # no record has its subject since: it waits

    @property
    def is_open(self) -> bool:
        return self.state != "closed"

    @property
    def key(self) -> Key:
        return (self.playbook, self.subject)

    def breached(self, day: date) -> list[str]:
        """The clocks that ran out before `day`."""
        if not self.is_open:
            return []
        found = []
        if self.acknowledge_by and not self.acknowledged_on and self.acknowledge_by < day:
            found.append("acknowledge")
        if self.next_step_by and not self.next_step_on and self.next_step_by < day:
            found.append("next_step")
        if self.resolve_by and self.resolve_by < day:
            found.append("resolve")
        return found


class Task(msgspec.Struct, frozen=True):
    """One thing to do for a case; number is shown as t34. state: waiting | open | done | skipped."""

    number: int
    case: int
    id: str
    do: str
    owner: str | None
    due: date | None
    state: str = "open"
    done_on: date | None = None
    why: str | None = None


class Event(msgspec.Struct, frozen=True):
    """Something that happened to a case, by whom and why. who is "cs" for the program itself."""

    case: int
    day: date
    what: str
    why: str = ""
    who: str = "cs"


class Occurrence(msgspec.Struct, frozen=True):
    """A reminder that has become due: planned, or muted and why. Sending is another matter.

    PASSED in muted: it is never sent, since another one tells what it had to tell.
    """

    case: int
    playbook: str
    subject: str
    step: str
    due: date
    day: date
    muted: str | None = None


class Tracker(msgspec.Struct, frozen=True):
    """What is remembered of a playbook on a subject between days, besides its case.

    held: days that the condition has held so far, unknown days not counted (None: it does not hold).
    cleared: days that it has failed since, while a case is open. counted: the day last counted.
    latched: closed while the condition still held; it must fail once before the case opens again.
    inherited: it held already on the playbook's first run.
    """

    held: int | None = None
    cleared: int | None = None
    counted: date | None = None
    cannot_tell_since: date | None = None
    closed_on: date | None = None
    closed_term: str | None = None
    latched: bool = False
    inherited: bool = False
    waits: str | None = None  # why it is pending though it holds: for, inhibited, cooldown, limit

    @property
    def empty(self) -> bool:
        return self == Tracker()


class Memory(msgspec.Struct, frozen=True):
    """All that is remembered: unclosed cases, their tasks, trackers, what was reminded, known playbooks.

    closed: cases of terms that were seen, by number; they may go on, and their tasks and reminders are there too.
    seen: the terms by (subject, term). already: what opens now and held before anybody looked, as after an edit.
    """

    cases: Mapping[int, Case] = msgspec.field(default_factory=dict)
    tasks: Mapping[int, Task] = msgspec.field(default_factory=dict)
    trackers: Mapping[Key, Tracker] = msgspec.field(default_factory=dict)
    reminded: frozenset[tuple[int, str]] = frozenset()  # (case, reminder id)
    known: frozenset[str] = frozenset()  # playbooks that have run before
    already: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)  # playbook → subjects that held before
    closed: Mapping[int, Case] = msgspec.field(default_factory=dict)
    seen: Mapping[Key, Seen] = msgspec.field(default_factory=dict)
    next_case: int = 1
    next_task: int = 1

    def moved(self, moves: Mapping[Key, str]) -> Memory:
        """The memory with playbooks' subjects under their new names."""
        if not moves:
            return self

        def renamed(cases: Mapping[int, Case]) -> dict[int, Case]:
            return {n: changed(one, subject=moves[one.key]) if one.key in moves else one for n, one in cases.items()}

        return msgspec.structs.replace(
            self,
            cases=renamed(self.cases),
            closed=renamed(self.closed),
            trackers={(key[0], moves.get(key, key[1])): one for key, one in self.trackers.items()},
        )

    def after(self, changes: Changes) -> Memory:
        """The memory once the changes are written; closed cases that nothing resumes are dropped, with their tasks."""
        before = self.moved(changes.moves)
        every = {**before.closed, **before.cases, **{case.number: case for case in changes.cases}}
        trackers = {**before.trackers, **changes.trackers}
        seen = {key: one for key, one in {**before.seen, **changes.seen}.items() if one is not None}
        kept = {number for number, case in every.items() if case.is_open or (case.subject, case.term) in seen}
        tasks = {**before.tasks, **{task.number: task for task in changes.tasks}}
        return Memory(
            cases={number: every[number] for number in sorted(kept) if every[number].is_open},
            tasks={number: task for number, task in tasks.items() if task.case in kept},
            trackers={key: tracker for key, tracker in trackers.items() if not tracker.empty},
            reminded=frozenset(
                (case, step)
                for case, step in before.reminded | {(o.case, o.step) for o in changes.occurrences}
                if case in kept
            ),
            known=before.known | changes.known,
            closed={number: every[number] for number in sorted(kept) if not every[number].is_open},
            seen=seen,
            next_case=max([before.next_case, *(case.number + 1 for case in changes.cases)]),
            next_task=max([before.next_task, *(task.number + 1 for task in changes.tasks)]),
        )


class Brake(msgspec.Struct, frozen=True):
    """A playbook that would have opened more than its limit, and opened none."""

    playbook: str
    would_open: int
    limit: str


class Changes(msgspec.Struct):
    """What a day changes. cases, tasks and trackers hold the new whole records of what changed.

    moves come first: what was remembered under the old subject is under the new one. seen: by (subject, term),
    None: forgotten.
    """

    cases: list[Case] = msgspec.field(default_factory=list)
    tasks: list[Task] = msgspec.field(default_factory=list)
    trackers: dict[Key, Tracker] = msgspec.field(default_factory=dict)
    events: list[Event] = msgspec.field(default_factory=list)
    occurrences: list[Occurrence] = msgspec.field(default_factory=list)
    braked: list[Brake] = msgspec.field(default_factory=list)
    known: frozenset[str] = frozenset()
    moves: Mapping[Key, str] = msgspec.field(default_factory=dict)
    seen: dict[Key, Seen | None] = msgspec.field(default_factory=dict)
    opened: list[int] = msgspec.field(default_factory=list)
    closed: list[int] = msgspec.field(default_factory=list)
    changed: list[int] = msgspec.field(default_factory=list)

    @property
    def nothing(self) -> bool:
        return not (
            self.cases or self.tasks or self.trackers or self.events or self.occurrences or self.known or self.moves
            or self.seen
        )  # fmt: skip


def changed(record: Record, **values: Any) -> Record:
    """msgspec.structs.replace, under the name that reads well in the step."""
    return msgspec.structs.replace(record, **values)


def by_key(cases: Iterable[Case]) -> dict[Key, Case]:
    """The unclosed case of each playbook and subject; hand-made ones are not among them."""
    return {case.key: case for case in cases if case.is_open and case.playbook != BY_HAND}
