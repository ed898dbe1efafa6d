"""A playbook ready to run: conditions parsed, words read, in the order that inhibition asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cs_cli.base.errors import DefinitionInvalid
from cs_cli.cases.grammar import Again, Due, Limit, again, due, duration, limit
from cs_cli.definitions.conditions import Condition, parse
from cs_cli.definitions.shapes import reminder_id

if TYPE_CHECKING:
    from cs_cli.definitions.conditions import Names
    from cs_cli.definitions.shapes import Playbook, PlaybookTask, Reminder

# working days to acknowledge, to the next step, to the end; used where a playbook names no sla
DEFAULT_CLOCKS = {"red": (1, 1, 5), "amber": (2, 3, 15)}


@dataclass(frozen=True)
class RuleTask:
    """A task of a playbook: what is written, its due day and its conditions."""

    source: PlaybookTask
    due: Due
    done_when: Condition | None
    when: Condition | None


@dataclass(frozen=True)
class RuleReminder:
    id: str
    source: Reminder
    at: Due
    when: Condition | None


@dataclass(frozen=True)
class Rule:
    """One compiled playbook."""

    playbook: Playbook
    when: Condition
    applies: Condition | None  # None: everybody
    severities: tuple[tuple[str, Condition | None], ...]  # None: otherwise
    hold: int
    clear: int
    again: Again
    limit: Limit
    tasks: tuple[RuleTask, ...]
    reminders: tuple[RuleReminder, ...]
    done: Condition | None
    lost: Condition | None
    cleared: Condition | None = None    # what must hold besides for it to be over
    expires: int | None = None  # days

    @property
    def name(self) -> str:
        return self.playbook.playbook

    @property
    def subject(self) -> str:
        return self.playbook.subject

    @cached_property
    def names(self) -> frozenset[str]:
        """Every fact that the rule's conditions use."""
        found: set[str] = set()
        for condition in self.conditions:
            found |= condition.names
        return frozenset(found)

    @property
    def conditions(self) -> list[Condition]:
        every = [self.when, self.applies, self.done, self.lost, self.cleared, *(c for _, c in self.severities)]
        every += [c for task in self.tasks for c in (task.done_when, task.when)]
        every += [reminder.when for reminder in self.reminders]
        return [condition for condition in every if condition is not None]

    def clocks(self, severity: str) -> tuple[int | None, int | None, int | None]:
        """Working days for acknowledge, next step and resolve at a severity."""
        return clocks_of(self.playbook, severity)


def clocks_of(playbook: Playbook, severity: str) -> tuple[int | None, int | None, int | None]:
    """Working days for acknowledge, next step and resolve that a playbook gives at a severity."""
    chosen = playbook.sla.get(severity)
    if chosen is not None:
        return chosen.acknowledge, chosen.next_step, chosen.resolve
    if playbook.kind == "escalation" and not playbook.sla:
        return DEFAULT_CLOCKS.get(severity, (None, None, None))
    return None, None, None


def compile_playbook(playbook: Playbook, names: Names) -> Rule:
    """The playbook as a Rule. Raises DefinitionInvalid with the place of what cannot be read."""

    def condition(text: str | None, key: str) -> Condition | None:
        if text is None or text.strip() == "otherwise":
            return None
        line, column = place(playbook, key)
        return parse(text, names, file=playbook.file or None, line=line or 1, column=column or 1)

    tasks = tuple(
        RuleTask(
            task,
            due(task.due),
            condition(task.done_when, f"tasks.{at}.done_when"),
            condition(task.when, f"tasks.{at}.when"),
        )
        for at, task in enumerate(playbook.tasks)
    )
    reminders = tuple(
        RuleReminder(
            reminder_id(reminder, at),
            reminder,
            due(reminder.at),
            condition(reminder.when, f"reminders.{at}.when"),
        )
        for at, reminder in enumerate(playbook.reminders)
    )
    hold, clear = duration(playbook.hold_for), duration(playbook.clear_after)
    once_more, brake = again(playbook.again), limit(playbook.limit)
    when = parse(
        playbook.when,
        names,
        file=playbook.file or None,
        line=place(playbook, "when")[0] or 1,
        column=place(playbook, "when")[1] or 1,
    )
    return Rule(
        playbook=playbook,
        when=when,
        applies=_applies(playbook, names, condition),
        severities=tuple(
            (entry.severity, condition(entry.when, f"severity.{at}")) for at, entry in enumerate(playbook.severity)
        ),
        hold=hold,
        clear=clear,
        again=once_more,
        limit=brake,
        tasks=tasks,
        reminders=reminders,
        done=condition(playbook.done_when, "done_when"),
        lost=condition(playbook.lost_when, "lost_when"),
        cleared=condition(playbook.clear_when, "clear_when"),
        expires=duration(playbook.expires_after) if playbook.expires_after else None,
    )


def _applies(playbook: Playbook, names: Names, condition: object) -> Condition | None:
    text = playbook.applies_to.strip()
    if text in ("all", "otherwise"):
        return None
    if text == "customers":
        return parse('status == "customer"', names)
    line, column = place(playbook, "applies_to")
    return parse(text, names, file=playbook.file or None, line=line or 1, column=column or 1)


def place(playbook: Playbook, key: str) -> tuple[int | None, int | None]:
    """Line and column of a key of the playbook, where the reader noted them."""
    written = playbook.at.get(key)
    if not written:
        return None, None
    line, _, column = written.partition(":")
    return int(line), int(column) if column else None


def compile_all(playbooks: Iterable[Playbook], names: Names) -> list[Rule]:
    """The enabled playbooks in the order of the step: whoever inhibits comes first, then by name."""
    return ordered([compile_playbook(playbook, names) for playbook in playbooks if playbook.enabled])


def ordered(rules: Iterable[Rule]) -> list[Rule]:
    """Topological by inhibited_by, ties by name, so that the order of files never matters.

    Raises DefinitionInvalid when playbooks inhibit each other in a ring.
    """
    waiting = {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.name)}
    done: list[Rule] = []
    placed: set[str] = set()
    while waiting:
        ready = [
            rule
            for rule in waiting.values()
            if all(other in placed or other not in waiting for other in rule.playbook.inhibited_by)
        ]
        if not ready:
            ring = ", ".join(waiting)
            raise DefinitionInvalid.of("CAS-011", f"these playbooks inhibit each other in a ring: {ring}")
        first = ready[0]
        done.append(first)
        placed.add(first.name)
        del waiting[first.name]
    return done
