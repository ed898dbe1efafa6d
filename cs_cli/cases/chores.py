"""Tasks and reminders of a case: when they start, when they are due, when the data has done them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_cli.cases.model import EXPIRED, PASSED, STANDING, Case, Event, Occurrence, Task, Verdict, changed

if TYPE_CHECKING:
    from cs_cli.base.days import WorkCalendar
    from cs_cli.cases.rules import Rule, RuleTask

FINISHED = ("done", "skipped")
# days after its day when a step of a quiet runway is no work any more: the next step has come long ago
EXPIRES_AFTER = 30


def start_tasks(
    rule: Rule, case: Case, verdict: Verdict, number: int, day: date, calendar: WorkCalendar
) -> list[Task]:
    """The tasks of a case that opens today, numbered from `number`. What the data has done is done."""
    tasks: list[Task] = []
    for task in rule.tasks:
        source = task.source
        if source.id in verdict.tasks_unwanted:
            continue
        tasks.append(
            Task(
                number + len(tasks),
                case.number,
                source.id,
                source.do,
                source.owner or rule.playbook.owner,
                None,
            )
        )
    settled, _ = _settle(rule, case, verdict, tasks, day, calendar)
    return settled


def follow(
    rule: Rule, case: Case, verdict: Verdict, tasks: Sequence[Task], day: date, calendar: WorkCalendar
) -> tuple[list[Task], list[Event]]:
    """The tasks of an open case that change today, and what is told of it.

    Data finish tasks; a finished task lets the ones after it start; a moved date moves what is due.
    """
    settled, told = _settle(rule, case, verdict, tasks, day, calendar)
    before = {task.number: task for task in tasks}
    return [task for task in settled if task != before[task.number]], told


def _settle(
    rule: Rule, case: Case, verdict: Verdict, tasks: Sequence[Task], day: date, calendar: WorkCalendar
) -> tuple[list[Task], list[Event]]:
    written = {task.source.id: task for task in rule.tasks}
    now: dict[str, Task] = {task.id: task for task in tasks}
    told: list[Event] = []
    for _ in range(len(now) + 1):  # a chain of tasks settles in as many rounds as it is long
        before = dict(now)
        for name, task in before.items():
            if task.state in FINISHED or name not in written:
                continue
            now[name] = _one(written[name], case, verdict, task, now, day, calendar)
        if now == before:
            break
    for task in tasks:
        after = now[task.id]
        if after.state == "skipped" and task.state != "skipped":
            told.append(Event(case.number, day, f"task t{task.number} expired", task.do))
        if after.state == "done" and task.state != "done":
            told.append(Event(case.number, day, f"task t{task.number} done", f"{task.do} (by the data)"))
    return list(now.values()), told


def _one(
    written: RuleTask,
    case: Case,
    verdict: Verdict,
    task: Task,
    now: Mapping[str, Task],
    day: date,
    calendar: WorkCalendar,
) -> Task:
    if task.id in verdict.tasks_done:
        return changed(task, state="done", done_on=day, why="by the data")
    waits = any(other in now and now[other].state not in FINISHED for other in written.source.after)
    due = written.due.day(anchors(case, verdict, now.values()), calendar)
    # a date that is unknown today does not wipe the day that was planned
    if due is not None and due < case.opened_on:
        # nobody is late before the case was open; what an inherited case should have had long ago has no day
        due = None if case.inherited else calendar.add(case.opened_on, 0)
    due = due or task.due
    begun = due or (case.opened_on if case.inherited else None)
    quiet = case.kind == "renewal" and case.severity == "info" and not waits
    if quiet and begun is not None and day > begun + timedelta(EXPIRES_AFTER):
        why = f"{EXPIRED}nobody wrote what became of it in {EXPIRES_AFTER} days"
        return changed(task, state="skipped", done_on=day, due=due, why=why)
    return changed(task, state="waiting" if waits else "open", due=due)


def anchors(case: Case, verdict: Verdict, tasks: Iterable[Task] = ()) -> dict[str, date]:
    """What a due day may hang on: the opening, dates of the subject, finished tasks."""
    found = {"opened": case.opened_on, **verdict.dates}
    found.update({task.id: task.done_on for task in tasks if task.state in FINISHED and task.done_on})
    return found


def remind(
    rule: Rule,
    case: Case,
    verdict: Verdict,
    tasks: Iterable[Task],
    reminded: frozenset[tuple[int, str]],
    day: date,
    calendar: WorkCalendar,
    *,
    first: bool = False,
    blind_since: date | None = None,
) -> list[Occurrence]:
    """The reminders that have become due. A snooze or an inhibiting case mutes, and says so.

    What turns out to have been due before is told once: of an inherited case by STANDING (first: also where nothing
    was, as on the playbook's first run), else by the newest step that is due or was told (an account that came late,
    a tier that changed, a date that moved). What fell due since blind_since, while nobody could tell, is told whole.
    """
    known = anchors(case, verdict, tasks)
    muted = None
    if case.state == "snoozed":
        muted = f"snoozed until {case.snoozed_until}"
    elif case.inhibited_by:
        muted = f"inhibited by {case.inhibited_by}"
    found: list[Occurrence] = []
    told: list[tuple[date, str]] = [(case.opened_on, STANDING)] if (case.number, STANDING) in reminded else []
    for reminder in rule.reminders:
        due = reminder.at.day(known, calendar)
        if due is None or due > day:
            continue
        if (case.number, reminder.id) in reminded:
            told.append((due, reminder.id))
        elif reminder.id not in verdict.reminders_unwanted:
            found.append(Occurrence(case.number, case.playbook, case.subject, reminder.id, due, day, muted))
    past = [one for one in found if one.due < (blind_since or day)]
    if case.inherited and (case.number, STANDING) not in reminded:
        told.append((day, STANDING))
        why = muted if past or first else f"{PASSED}nothing was due before"
        found.append(Occurrence(case.number, case.playbook, case.subject, STANDING, day, day, why))
    told += [(one.due, one.step) for one in found]
    newest, teller = max(told, default=(day, ""))
    return [changed(one, muted=PASSED + teller) if one in past and one.due < newest else one for one in found]
