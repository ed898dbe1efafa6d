"""Running the examples that playbooks carry: facts, or a timeline of days, through the same step.

Facts are unknown unless an example gives them. Two are taken for granted, because nearly every
playbook would have to repeat them: status is "customer" and, for contract terms, contract is "term".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import Fault
from cs_cli.cases.model import Memory, Truth
from cs_cli.cases.rules import Rule, compile_playbook, place
from cs_cli.cases.step import step
from cs_cli.cases.verdicts import verdict
from cs_cli.definitions.examples import START

if TYPE_CHECKING:
    from cs_cli.base.days import WorkCalendar
    from cs_cli.definitions.conditions import Names
    from cs_cli.definitions.shapes import Example, Playbook

SUBJECT, ACCOUNT = "1", 1
_Expected = tuple[Mapping[str, Any], str]  # what is expected, and where that is written (examples.0.timeline.3)


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation."""

    playbook: str
    example: str
    day: date
    mismatch: Fault | None


def run_examples(playbooks: Iterable[Playbook], names: Names, calendar: WorkCalendar) -> list[Outcome]:
    """Every expectation of every example, in order; `mismatch` is None where it came true."""
    found: list[Outcome] = []
    for playbook in playbooks:
        rule = compile_playbook(playbook, names)
        for at, example in enumerate(playbook.examples):
            found += run_example(rule, at, example, calendar)
    return found


def run_example(rule: Rule, at: int, example: Example, calendar: WorkCalendar) -> list[Outcome]:
    """The expectations of one example. Without a timeline, the facts hold on as many days as `for` asks."""
    start = date.fromisoformat(example.today) if example.today else START
    expected: dict[date, list[_Expected]] = {}
    given: dict[date, Mapping[str, Any]] = {}
    whole = f"examples.{at}"
    if example.timeline:
        for n, entry in enumerate(example.timeline):
            day = _day(entry["day"], start)
            given[day] = {**given.get(day, {}), **entry.get("facts", {})}
            if entry.get("expect"):
                expected.setdefault(day, []).append((entry["expect"], f"{whole}.timeline.{n}"))
        last = max(given)
        if example.expect:
            expected.setdefault(last, []).append((example.expect, f"{whole}.expect"))
    else:
        given[start] = example.facts
        # "pending" speaks of the first day; everything else of the day when `for` has passed
        last = start + timedelta(days=0 if example.expect.get("state") == "pending" else rule.hold)
        expected[last] = [(example.expect, whole)]
    return _walk(rule, whole, example, given, expected, last, calendar)


def _walk(
    rule: Rule,
    whole: str,
    example: Example,
    given: Mapping[date, Mapping[str, Any]],
    expected: Mapping[date, list[_Expected]],
    last: date,
    calendar: WorkCalendar,
) -> list[Outcome]:
    facts: dict[str, Any] = {"status": "customer"}
    if rule.subject == "contract":
        facts["contract"] = "term"
    memory = Memory(known=frozenset({rule.name}))  # not a first run: nothing is inherited
    outcomes: list[Outcome] = []
    reminders: set[str] = set()
    closed: dict[str, Any] = {}
    day = min(given)
    while day <= last:
        facts.update(given.get(day, {}))
        truth = Truth({rule.name: {SUBJECT: verdict(rule, _typed(facts), SUBJECT, ACCOUNT)}}, customers=100)
        changes = step([rule], memory, day, truth, calendar)
        reminders |= {occurrence.step for occurrence in changes.occurrences}
        memory = memory.after(changes)
        for case in changes.cases:
            if not case.is_open:
                closed = {"severity": case.severity, "reason": case.outcome, "because": case.because}
        for expect, at in expected.get(day, ()):
            got = {**_got(rule, memory, closed), "reminders": sorted(reminders)}
            where = place(rule.playbook, at)
            got = _by_time(got, expect)
            fault = _compare(rule, where if where[0] else place(rule.playbook, whole), example, day, expect, got)
            outcomes.append(Outcome(rule.name, example.name, day, fault))
        day += timedelta(days=1)
    return outcomes


def _by_time(got: dict[str, Any], expect: Mapping[str, Any]) -> dict[str, Any]:
    """A case whose window ran out also meets `reason: resolved`: examples from before the two were told apart."""
    resolved = got["reason"] == "expired" and expect.get("reason") == "resolved"
    return {**got, "reason": "resolved"} if resolved else got


def _got(rule: Rule, memory: Memory, closed: Mapping[str, Any]) -> dict[str, Any]:
    case = next(iter(memory.cases.values()), None)
    if case is not None:
        tracker = memory.trackers.get(case.key)
        return {
            "state": "cannot_tell" if tracker and tracker.cannot_tell_since else case.state,
            "severity": case.severity,
            "owner": case.owner,
            "reason": case.because,
            "tasks": [task.id for task in memory.tasks.values() if task.state in ("open", "waiting")],
        }
    tracker = memory.trackers.get((rule.name, SUBJECT))
    if tracker is not None and tracker.cannot_tell_since is not None:
        state = "cannot_tell"
    elif tracker is not None and tracker.held is not None and not tracker.latched:
        state = "pending"
    else:
        state = "closed" if closed else "quiet"
    return {
        "state": state,
        "severity": closed.get("severity"),
        "owner": rule.playbook.owner,
        "reason": closed.get("reason"),
        "tasks": [],
    }


def _compare(
    rule: Rule, where: tuple[int | None, int | None], example: Example, day: date, expect: Mapping[str, Any],
    got: Mapping[str, Any],
) -> Fault | None:  # fmt: skip
    wrong: list[tuple[str, Any, Any]] = []
    for key, wanted in expect.items():
        have = got.get(key)
        if key in ("tasks", "reminders"):
            wanted = sorted([wanted] if isinstance(wanted, str) else wanted)
            have = sorted(have or [])
        if key == "reason" and wanted and have and str(wanted) in str(have):
            continue
        if wanted != have:
            wrong.append((key, wanted, have))
    if not wrong:
        return None
    what = "; ".join(f"{key}: expected {_show(wanted)}, got {_show(have)}" for key, wanted, have in wrong)
    return Fault(
        "CAS-012",
        f'{rule.name}, example "{example.name}", {day.isoformat()}: {what}',
        file=rule.playbook.file or None,
        line=where[0],
        column=where[1],
    )


def _show(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "none"
    return "none" if value is None else str(value)


def _day(written: Any, start: date) -> date:
    return start + timedelta(days=written) if isinstance(written, int) else date.fromisoformat(str(written))


def _typed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as the tables hold them: flags 0 or 1, percentages as fractions, days as ISO text."""
    found: dict[str, Any] = {}
    for name, value in facts.items():
        if isinstance(value, bool):
            value = int(value)
        elif isinstance(value, date):
            value = value.isoformat()
        elif isinstance(value, str) and value.endswith("%"):
            value = float(value[:-1]) / 100
        found[name] = value
    return found
