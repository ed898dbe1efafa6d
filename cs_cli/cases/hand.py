"""What people do to cases and tasks: each change with who, which day and why. Runs in a transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cs_cli.base.errors import UsageError
from cs_cli.cases.memory import (
    load_cases,
    load_tasks,
    load_tracker,
    write_case,
    write_event,
    write_task,
    write_tracker,
)
from cs_cli.cases.model import BY_HAND, NEXT_STEPS, Case, Event, Task, changed

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.base.days import WorkCalendar

OUTCOMES = ("done", "accepted", "lost", "resolved")
NOTED = "entry-"  # the id of a task that came with entry #57 is "entry-57"
PASSED_ON = "passed-on"  # and of one that somebody passed on


class Desk:
    """One person's hand on the cases of a day. at: the instant written down, UTC ISO."""

    def __init__(self, conn: sqlite3.Connection, day: date, at: str, who: str) -> None:
        self.conn, self.day, self.at, self.who = conn, day, at, who

    # --- cases -----------------------------------------------------------------

    def acknowledge(self, number: int, why: str = "") -> Case:
        """Says: I have seen it. Stops the acknowledge clock; a second time changes nothing."""
        case = self._open_case(number)
        if case.acknowledged_on is not None and case.state == "acknowledged":
            return case
        after = changed(
            case,
            state="acknowledged",
            acknowledged_on=case.acknowledged_on or self.day,
            snoozed_until=None,
            snooze_reason=None,
        )
        return self._write(after, "acknowledged", why)

    def snooze(self, number: int, until: date, why: str) -> Case:
        """Mutes reminders until a day, because of something. The clocks run on."""
        case = self._open_case(number)
        if until <= self.day:
            raise UsageError.of("CAS-022", f"{until} is not after {self.day}", expected="a day to come")
        if not why.strip():
            raise UsageError.of("CAS-023", "a snooze needs a reason", next='add --because "…"')
        after = changed(case, state="snoozed", snoozed_until=until, snooze_reason=why)
        return self._write(after, f"snoozed until {until.isoformat()}", why)

    def note(self, number: int, text: str) -> Case:
        """A note on the case; it counts as the next step."""
        case = self._case(number)
        after = changed(case, next_step_on=case.next_step_on or self.day) if case.is_open else case
        return self._write(after, "note", text)

    def close(self, number: int, outcome: str, why: str) -> Case:
        """Closes by hand. It opens again only once the condition has ceased, or as `again` says."""
        case = self._open_case(number)
        if outcome not in OUTCOMES:
            raise UsageError.of("CAS-024", f'"{outcome}" is not an outcome', expected=", ".join(OUTCOMES))
        after = changed(
            case,
            state="closed",
            closed_on=self.day,
            outcome=outcome,
            reason=why,
            snoozed_until=None,
            snooze_reason=None,
        )
        for task in load_tasks(
            self.conn, "case_number = ? AND state IN ('open', 'waiting')", [number]
        ).values():
            write_task(
                self.conn, changed(task, state="skipped", done_on=self.day, why=f"case closed: {outcome}")
            )
        if case.playbook != BY_HAND:
            before = load_tracker(self.conn, case.playbook, case.subject)
            write_tracker(
                self.conn,
                case.playbook,
                case.subject,
                changed(
                    before,
                    cleared=None,
                    counted=None,
                    closed_on=self.day,
                    closed_term=case.term,
                    latched=True,
                ),
            )
        return self._write(after, f"closed {outcome}", why)

    def reopen(self, number: int, why: str = "") -> Case:
        """Takes a close back; the clocks are those it had."""
        case = self._case(number)
        if case.is_open:
            return case
        rival = load_cases(
            self.conn, "playbook = ? AND subject = ? AND state <> 'closed'", [case.playbook, case.subject]
        )
        if rival and case.playbook != BY_HAND:
            other = next(iter(rival))
            raise UsageError.of(
                "CAS-025", f"c{other} is open for the same reason already", next=f"cs cases show c{other}"
            )
        after = changed(
            case,
            state="acknowledged" if case.acknowledged_on else "open",
            closed_on=None,
            outcome=None,
            reason=None,
        )
        if case.playbook != BY_HAND:
            before = load_tracker(self.conn, case.playbook, case.subject)
            write_tracker(
                self.conn,
                case.playbook,
                case.subject,
                changed(before, closed_on=None, closed_term=None, latched=False),
            )
        return self._write(after, f"reopened {case.severity}", why)

    def escalate(
        self,
        account: int,
        severity: str,
        text: str,
        needs: str | None,
        clocks: tuple[int | None, int | None, int | None],
        calendar: WorkCalendar,
    ) -> Case:
        """Opens an escalation by hand. needs: the role that must decide; clocks in working days."""
        (number,) = self.conn.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM cs_case").fetchone()
        acknowledge, next_step, resolve = (
            None if days is None else calendar.add(self.day, days) for days in clocks
        )
        case = Case(
            number=number,
            playbook=BY_HAND,
            kind="escalation",
            subject=str(account),
            account=account,
            severity=severity,
            opened_on=self.day,
            because=text,
            text=text,
            owner="csm",
            decides=needs,
            acknowledge_by=acknowledge,
            next_step_by=next_step,
            resolve_by=resolve,
        )
        return self._write(case, f"opened {severity}", text)

    # --- tasks -----------------------------------------------------------------

    def finish_task(self, number: int, why: str = "") -> Task:
        """A task is done; it counts as the case's next step."""
        return self._end_task(number, "done", why)

    def skip_task(self, number: int, why: str) -> Task:
        """A task is not going to be done, and why."""
        if not why.strip():
            raise UsageError.of("CAS-023", "a skipped task needs a reason", next='add --because "…"')
        return self._end_task(number, "skipped", why)

    def add_task(self, account: int, do: str, due: date | None, owner: str, entry: int | None) -> Task:
        """A task by hand: it hangs on the account's to-do list, a case without clocks.

        entry: where it came from; None: somebody passed it on."""
        found = load_cases(
            self.conn,
            "playbook = ? AND kind = ? AND account = ? AND state <> 'closed'",
            [BY_HAND, NEXT_STEPS, account],
        )
        if found:
            case = next(iter(found.values()))
        else:
            (number,) = self.conn.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM cs_case").fetchone()
            case = Case(
                number=number,
                playbook=BY_HAND,
                kind=NEXT_STEPS,
                subject=str(account),
                account=account,
                severity="info",
                opened_on=self.day,
                because="next steps noted by hand",
                owner="csm",
            )
            self._write(case, "opened info", "next steps noted by hand")
        (number,) = self.conn.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM task").fetchone()
        task = Task(number=number, case=case.number, id=f"{NOTED}{entry}" if entry else PASSED_ON, do=do, owner=owner,
                    due=due)  # fmt: skip
        write_task(self.conn, task)
        self.tell(case.number, f"task t{number} added", do)
        return task

    def drop_tasks_of(self, entry: int) -> list[Task]:
        """Skips the open tasks that came with an entry which is taken back."""
        found = load_tasks(self.conn, "id = ? AND state IN ('open', 'waiting')", [f"{NOTED}{entry}"])
        return [self._end_task(number, "skipped", f"entry #{entry} was undone") for number in found]

    def skipped_tasks_of(self, entry: int | None) -> list[Task]:
        """The skipped tasks that came with an entry: bringing the entry back leaves them as they are."""
        return list(load_tasks(self.conn, "id = ? AND state = 'skipped'", [f"{NOTED}{entry}"]).values())

    def case_of_task(self, number: int) -> int:
        """The number of the case that a task belongs to."""
        return self._task(number).case

    def _task(self, number: int) -> Task:
        found = load_tasks(self.conn, "number = ?", [number])
        if not found:
            raise UsageError.of("CAS-021", f"there is no task t{number}", next="cs tasks list")
        return found[number]

    def _end_task(self, number: int, state: str, why: str) -> Task:
        task = self._task(number)
        if task.state == state:
            return task
        after = changed(task, state=state, done_on=self.day, why=why or None)
        write_task(self.conn, after)
        case = self._case(task.case)
        if state == "done" and case.is_open and case.next_step_on is None:
            write_case(self.conn, changed(case, next_step_on=self.day))
        what = f"task t{number} {state}"
        write_event(
            self.conn,
            Event(task.case, self.day, what, f"{task.do}: {why}" if why else task.do, self.who),
            self.at,
        )
        if case.kind == NEXT_STEPS and case.is_open:
            self._close_empty(case.number)
        return after

    def _close_empty(self, number: int) -> None:
        """A to-do list on which nothing is left is closed; the next step opens another."""
        if not load_tasks(self.conn, "case_number = ? AND state IN ('open', 'waiting')", [number]):
            after = changed(self._case(number), state="closed", closed_on=self.day, outcome="done", reason="all done")
            self._write(after, "closed done", "all done")

    # --- to whom ---------------------------------------------------------------

    def give_case(self, number: int, who: str) -> Case:
        """Another owner, by name or role; its open tasks go along where they were the owner's."""
        case = self._open_case(number)
        for task in load_tasks(self.conn, "case_number = ? AND state IN ('open', 'waiting')", [number]).values():
            if task.owner == case.owner:
                write_task(self.conn, changed(task, owner=who))
        return self._write(changed(case, owner=who), f"given to {who}", "")

    def give_task(self, number: int, who: str) -> Task:
        """Another owner, by name or role; what was said of its taking is void."""
        task = self._task(number)
        if task.state not in ("open", "waiting"):
            since = f"t{number} is {task.state} since {task.done_on}"
            raise UsageError.of("CAS-038", since, next="cs tasks list --all")
        write_task(self.conn, changed(task, owner=who))
        self.conn.execute(
            "UPDATE handoff SET taken_on = NULL, taken_by = NULL, answer = NULL WHERE task = ?", (number,)
        )
        self.tell(task.case, f"task t{number} given to {who}", task.do)
        return changed(task, owner=who)

    # --- common ----------------------------------------------------------------

    def tell(self, number: int, what: str, why: str) -> None:
        """Something that happened to a case and changes none of its columns."""
        write_event(self.conn, Event(number, self.day, what, why, self.who), self.at)

    def _case(self, number: int) -> Case:
        found = load_cases(self.conn, "number = ?", [number])
        if not found:
            raise UsageError.of("CAS-020", f"there is no case c{number}", next="cs cases list --closed")
        return found[number]

    def _open_case(self, number: int) -> Case:
        case = self._case(number)
        if not case.is_open:
            raise UsageError.of(
                "CAS-026", f"c{number} is closed since {case.closed_on}", next=f"cs cases reopen c{number}"
            )
        return case

    def _write(self, case: Case, what: str, why: str) -> Case:
        write_case(self.conn, case)
        write_event(self.conn, Event(case.number, self.day, what, why, self.who), self.at)
        return case


def number_of(text: str, letter: str) -> int:
    """12 for "c12" or "12"; UsageError for anything else."""
    word = text.strip().casefold().removeprefix(letter)
    if not (word.isascii() and word.isdigit() and len(word) <= 9):
        kind = "case" if letter == "c" else "task"
        raise UsageError.of("CAS-027", f'"{text}" is not a {kind}', expected=f"a number such as {letter}12")
    return int(word)
