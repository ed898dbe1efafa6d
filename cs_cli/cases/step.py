"""One day of all playbooks: step(rules, memory, day, truth, calendar) → changes. Pure.

Nothing is read and nothing is written here, and the day is an argument: live runs, examples,
preview and backtest are this one function. Order within a day: playbooks by inhibition, and in
each of them what is open first, then the brake, then what opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_cli.cases.chores import follow, remind, start_tasks
from cs_cli.cases.counters import count_cleared, count_held, earlier, held_out, later
from cs_cli.cases.going_on import (
    ACCOUNT_GONE,
    ACCOUNT_LOST,
    IN_THIS_TERM,
    TERM_OVER,
    ceased,
    may_go_on,
    seen_after,
    sorted_cases,
    taken_up,
)
from cs_cli.cases.model import (
    CLOCKS_BEGIN,
    STANDING,
    WORSE,
    Brake,
    Case,
    Changes,
    Event,
    Memory,
    Task,
    Tracker,
    Truth,
    Verdict,
    by_key,
    changed,
)

if TYPE_CHECKING:
    from cs_cli.base.days import WorkCalendar
    from cs_cli.cases.rules import Rule


def step(rules: Sequence[Rule], memory: Memory, day: date, truth: Truth, calendar: WorkCalendar) -> Changes:
    """What the day changes. rules come from `rules.ordered`; memory is not modified.

    Calling it again with `memory.after(changes)` and the same day and truth changes nothing.
    """
    return _Day(rules, memory, day, truth, calendar).run()


class _Day:
    def __init__(self, rules: Sequence[Rule], memory: Memory, day: date, truth: Truth, calendar: WorkCalendar) -> None:
        self.rules, self.day, self.truth, self.calendar = rules, day, truth, calendar
        self.memory = memory = memory.moved(truth.moves)
        self.changes = Changes(moves=truth.moves)
        self.open = by_key(memory.cases.values())
        self.next_case, self.next_task = memory.next_case, memory.next_task
        # the last case of each term that is closed; tasks of cases that go on, as they are again
        self.had = {(case.playbook, case.subject, case.term): case for case in sorted_cases(memory.closed)}
        self.resumed: dict[int, Task] = {}
        # accounts on which a playbook has an unclosed case, as the day goes on
        self.holders: dict[str, set[int]] = {}
        for case in self.open.values():
            if not case.control:
                self.holders.setdefault(case.playbook, set()).add(case.account)

    def run(self) -> Changes:
        for rule in self.rules:
            self._playbook(rule)
        self._wake_by_hand()
        self._retired()
        self.changes.seen = seen_after(self.rules, self.memory, self.changes, self.truth, self.day)
        if self.truth.customers:
            # with nobody to look at, the first run that counts is the one after the first import
            self.changes.known = frozenset(rule.name for rule in self.rules) - self.memory.known
        return self.changes

    # --- one playbook --------------------------------------------------------

    def _playbook(self, rule: Rule) -> None:
        first = rule.name not in self.memory.known
        already = self.memory.already.get(rule.name, frozenset())
        ready: list[tuple[Verdict, Tracker]] = []
        for subject, verdict in sorted(self.truth.verdicts.get(rule.name, {}).items()):
            before = self.memory.trackers.get((rule.name, subject), Tracker())
            case = self.open.get((rule.name, subject))
            standing = before
            if case is not None and self._is_over(case, verdict):
                standing, case = self._end_term(case), None
            if case is None and (case := self._resume(rule, verdict)) is not None:
                standing = Tracker()
            if case is not None:
                self._remember(rule.name, subject, before, self._tend(rule, case, verdict, standing))
                continue
            if before.closed_on is not None and before.closed_on > self.day:
                continue  # caught up on after a person closed the case: on this day it was still open
            tracker = count_held(standing, verdict, first or subject in already, self.day)
            finished = verdict.gone or verdict.missing or verdict.lost or verdict.done  # before it began
            if verdict.holds and not finished:
                waits = self._waits(rule, verdict, tracker)
                if waits is None:
                    ready.append((verdict, tracker))
                    continue
                tracker = changed(tracker, waits=waits)
            elif tracker.waits is not None:
                tracker = changed(tracker, waits=None)
            self._remember(rule.name, subject, before, tracker)
        self._open_ready(rule, ready)

    def _open_ready(self, rule: Rule, ready: list[tuple[Verdict, Tracker]]) -> None:
        if rule.limit.stops(len(ready), self.truth.customers):
            self.changes.braked.append(Brake(rule.name, len(ready), rule.limit.text))
            for verdict, tracker in ready:
                before = self.memory.trackers.get((rule.name, verdict.subject), Tracker())
                self._remember(rule.name, verdict.subject, before, changed(tracker, waits="limit"))
            return
        for verdict, tracker in ready:
            before = self.memory.trackers.get((rule.name, verdict.subject), Tracker())
            self._open(rule, verdict, tracker)
            self._remember(rule.name, verdict.subject, before, Tracker())

    def _remember(self, playbook: str, subject: str, before: Tracker, after: Tracker) -> None:
        if after != before:
            self.changes.trackers[(playbook, subject)] = after

    # --- one term and the next --------------------------------------------------

    def _is_over(self, case: Case, verdict: Verdict) -> bool:
        """Whether another term of the contract runs now than the one that the case is about."""
        return verdict.subject in self.truth.terms and case.term is not None and verdict.term != case.term

    def _end_term(self, case: Case) -> Tracker:
        self._close(case, "resolved", TERM_OVER)
        self.open.pop(case.key, None)
        self._release(case)
        return Tracker(closed_on=self.day, closed_term=case.term)

    def _resume(self, rule: Rule, verdict: Verdict) -> Case | None:
        """The case that goes on: the data closed it, and its term is there again and holds, as after an undo."""
        case = self.had.get((rule.name, verdict.subject, verdict.term))
        if rule.again.kind != "each_term" or not verdict.holds or verdict.done or verdict.lost:
            return None
        if case is None or verdict.subject not in self.truth.terms or not may_go_on(case, self.day):
            return None
        case, tasks = taken_up(case, self.memory.tasks.values())
        self.changes.cases.append(case)
        self.changes.changed.append(case.number)
        self.changes.events.append(Event(case.number, self.day, f"reopened {case.severity}", "its term goes on"))
        self.changes.tasks += tasks
        self.resumed.update({task.number: task for task in tasks})
        self.open[case.key] = case
        if not case.control:
            self.holders.setdefault(rule.name, set()).add(case.account)
        return case

    def _waits(self, rule: Rule, verdict: Verdict, tracker: Tracker) -> str | None:
        """Why a case does not open though the condition holds; None when it opens."""
        again = rule.again
        if again.kind == "each_term" and (rule.name, verdict.subject, verdict.term) in self.had:
            return IN_THIS_TERM
        if tracker.closed_on is not None:
            if again.kind == "never":
                return "opens only once"
            if again.kind == "each_term" and tracker.closed_term == verdict.term:
                return IN_THIS_TERM
            ready_on = tracker.closed_on + timedelta(days=again.days)
            if again.kind == "after" and again.days and self.day < ready_on:
                return f"not again before {ready_on.isoformat()}"
            if again.kind == "after" and not again.days and tracker.latched:
                return "closed while it held; it must stop holding first"
        if (tracker.held or 0) < rule.hold:
            return f"held {tracker.held} of {rule.hold} days"
        blocker = self._blocker(rule, verdict.account)
        return f"inhibited by {blocker}" if blocker else None

    def _blocker(self, rule: Rule, account: int) -> str | None:
        return next(
            (other for other in sorted(rule.playbook.inhibited_by) if account in self.holders.get(other, ())),
            None,
        )

    # --- opening --------------------------------------------------------------

    def _open(self, rule: Rule, verdict: Verdict, tracker: Tracker) -> None:
        book = rule.playbook
        case = Case(
            number=self.next_case,
            playbook=rule.name,
            kind=book.kind,
            subject=verdict.subject,
            account=verdict.account,
            severity=verdict.severity,
            opened_on=self.day,
            term=verdict.term,
            because=verdict.because,
            owner=book.owner,
            decides=book.decides,
            inherited=tracker.inherited,
            control=held_out(book.was or rule.name, verdict.subject, book.control),
        )
        self.next_case += 1
        if case.control:
            why = "left alone, to learn what the playbook changes"
            self.changes.events.append(Event(case.number, self.day, "held out", why))
        else:
            case = self._with_clocks(rule, case, self.day)
        if case.inherited:
            self.changes.events.append(Event(case.number, self.day, "inherited", "it held before anybody looked"))
            self.changes.events.append(Event(case.number, self.day, CLOCKS_BEGIN, "the first day counts from now on"))
        self.changes.cases.append(case)
        self.changes.opened.append(case.number)
        self.changes.events.append(Event(case.number, self.day, f"opened {case.severity}", case.because))
        if case.control:
            return
        self.holders.setdefault(rule.name, set()).add(case.account)
        tasks = start_tasks(rule, case, verdict, self.next_task, self.day, self.calendar)
        self.changes.tasks += tasks
        self.next_task += len(tasks)
        self._remind(rule, case, verdict, tasks, rule.name not in self.memory.known)

    def _remind(
        self, rule: Rule, case: Case, verdict: Verdict, tasks: Iterable[Task], first: bool, blind: date | None = None
    ) -> None:
        known, day = self.memory.reminded, self.day
        self.changes.occurrences += remind(
            rule, case, verdict, tasks, known, day, self.calendar, first=first, blind_since=blind
        )

    def _with_clocks(self, rule: Rule, case: Case, start: date) -> Case:
        acknowledge, next_step, resolve = (
            None if days is None else self.calendar.add(start, days) for days in rule.clocks(case.severity)
        )
        return changed(case, acknowledge_by=acknowledge, next_step_by=next_step, resolve_by=resolve)

    # --- open cases ------------------------------------------------------------

    def _tend(self, rule: Rule, case: Case, verdict: Verdict, tracker: Tracker) -> Tracker:
        """One day of an open case: severity, clearing, tasks, reminders. Gives the new tracker."""
        after = self._severity(rule, self._begun(rule, case, verdict), verdict)
        if verdict.because and verdict.holds:
            after = changed(after, because=verdict.because)
        if after.term is None and verdict.term is not None:
            after = changed(after, term=verdict.term)
        after = self._missing(self._wake(after), verdict)
        after = changed(after, inhibited_by=self._blocker(rule, case.account))
        tracker = count_cleared(tracker, verdict, self.day)
        outcome = self._outcome(rule, case, verdict, tracker)
        if outcome is not None:
            self._close(after, *outcome)
            self.open.pop(case.key, None)
            self._release(case)
            still = verdict.holds is True
            return Tracker(
                held=0 if still else None,
                counted=self.day if still else None,
                closed_on=self.day,
                closed_term=after.term,
                latched=verdict.holds is not False,
            )
        mine = [
            self.resumed.get(task.number, task) for task in self.memory.tasks.values() if task.case == case.number
        ]
        if not case.control:
            moved, told = follow(rule, after, verdict, mine, self.day, self.calendar)
            self.changes.tasks += moved
            self.changes.events += told
            if any(task.state == "done" for task in moved) and after.next_step_on is None:
                after = changed(after, next_step_on=self.day)
            if not verdict.missing:
                now = {task.number: task for task in [*mine, *moved]}
                self._remind(rule, after, verdict, now.values(), first=True, blind=case.missing_since)
        self._put(case, after)
        return tracker

    def _begun(self, rule: Rule, case: Case, verdict: Verdict) -> Case:
        """A case that was inherited when such cases had neither clocks nor reminders gets them from today."""
        told = case.control or verdict.missing or (case.number, STANDING) in self.memory.reminded
        if told or not case.inherited:
            return case
        self.changes.events.append(Event(case.number, self.day, CLOCKS_BEGIN, "also where it was inherited"))
        return self._with_clocks(rule, case, self.day)

    def _missing(self, case: Case, verdict: Verdict) -> Case:
        """A case whose subject no record has waits: nobody can tell, and nothing is said."""
        if verdict.missing and case.missing_since is None:
            self.changes.events.append(Event(case.number, self.day, "cannot tell", "no record has it any more"))
            return changed(case, missing_since=self.day)
        if verdict.missing:
            return case
        if case.missing_since is not None:
            self.changes.events.append(Event(case.number, self.day, "can tell again", "it is there again"))
        return changed(case, missing_since=None, account=verdict.account or case.account)

    def _put(self, before: Case, after: Case) -> None:
        if after != before:
            self.changes.cases.append(after)
            # a value inside the reason that moved is kept, but is not a change worth telling
            if changed(after, because=before.because) != before:
                self.changes.changed.append(after.number)

    def _severity(self, rule: Rule, case: Case, verdict: Verdict) -> Case:
        """Rises and falls with the facts; what cannot be told never lets it fall."""
        if not verdict.holds or verdict.severity == case.severity:
            return case
        rises = WORSE[verdict.severity] < WORSE[case.severity]
        if not rises and not verdict.severity_sure:
            return case
        # what became worse is news, also where the case itself was found on the first run
        after = changed(case, severity=verdict.severity, inherited=case.inherited and not rises)
        if not case.control:
            # worse: the new clocks start today but never later than the old ones; better: from the opening
            fresh = self._with_clocks(rule, after, self.day if rises else case.opened_on)
            pick = earlier if rises else later
            after = changed(
                after,
                acknowledge_by=pick(case.acknowledge_by, fresh.acknowledge_by),
                next_step_by=pick(case.next_step_by, fresh.next_step_by),
                resolve_by=pick(case.resolve_by, fresh.resolve_by),
            )
        word = "rose" if rises else "fell"
        self.changes.events.append(Event(case.number, self.day, f"{word} to {verdict.severity}", verdict.because))
        return after

    def _wake(self, case: Case) -> Case:
        """A snooze that is over gives the state back that it interrupted."""
        if case.state != "snoozed" or case.snoozed_until is None or case.snoozed_until > self.day:
            return case
        self.changes.events.append(Event(case.number, self.day, "snooze over", case.snooze_reason or ""))
        return changed(
            case,
            state="acknowledged" if case.acknowledged_on else "open",
            snoozed_until=None,
            snooze_reason=None,
        )

    def _outcome(self, rule: Rule, case: Case, verdict: Verdict, tracker: Tracker) -> tuple[str, str] | None:
        """(outcome, reason) when the data closes the case."""
        if verdict.lost:
            return "lost", ACCOUNT_LOST
        if verdict.done:
            return "done", "done by the data"
        if verdict.gone:
            return "resolved", TERM_OVER if rule.subject == "contract" else ACCOUNT_GONE
        if tracker.cleared is None or verdict.holds is None or tracker.cleared < rule.clear:
            return None
        return ceased(verdict)

    def _close(self, case: Case, outcome: str, reason: str) -> None:
        self.changes.cases.append(
            changed(
                case,
                state="closed",
                closed_on=self.day,
                outcome=outcome,
                reason=reason,
                missing_since=None,
                snoozed_until=None,
                snooze_reason=None,
            )
        )
        self.changes.closed.append(case.number)
        self.changes.events.append(Event(case.number, self.day, f"closed {outcome}", reason))
        for task in self.memory.tasks.values():
            if task.case == case.number and task.state in ("open", "waiting"):
                self.changes.tasks.append(
                    changed(task, state="skipped", done_on=self.day, why=f"case closed: {reason}")
                )

    def _release(self, case: Case) -> None:
        others = (
            other
            for other in self.open.values()
            if other.playbook == case.playbook and other.account == case.account and not other.control
        )
        if next(others, None) is None:
            self.holders.get(case.playbook, set()).discard(case.account)

    # --- cases without a running playbook ----------------------------------------

    def _wake_by_hand(self) -> None:
        running = {rule.name for rule in self.rules}
        for case in self.memory.cases.values():
            if case.is_open and case.playbook not in running:
                self._put(case, self._wake(case))

    def _retired(self) -> None:
        """Counters of playbooks that do not run any more are forgotten; last closes are kept."""
        running = {rule.name for rule in self.rules}
        for (playbook, subject), tracker in self.memory.trackers.items():
            if playbook not in running and (tracker.held is not None or tracker.cleared is not None):
                self.changes.trackers[(playbook, subject)] = Tracker(
                    closed_on=tracker.closed_on, closed_term=tracker.closed_term, latched=tracker.latched
                )
