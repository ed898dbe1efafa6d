"""The examples inside a playbook: known keys, states and facts, before anything is run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from cs_cli.base.near import did_you_mean
from cs_cli.definitions.conditions.names import NUMERIC, WORDS, Names, NameType
from cs_cli.definitions.loading import check_today
from cs_cli.definitions.shape_reader import day, percent
from cs_cli.definitions.shapes import Example, Playbook, reminder_id
from cs_cli.definitions.yaml_reader import Document, Path_

STATES = ("open", "quiet", "pending", "cannot_tell", "closed")
EXPECTED = ("state", "severity", "tasks", "reminders", "reason", "owner")
START = date(2026, 3, 2)    # day 0 where an example names none: a Monday, so working days are plain
WRITTEN = {"days": "a number of days", "money": "an amount", "ratio": "a share such as 0.3 or 30%",
           "date": "a day as 2026-01-31", "flag": "true or false"}
LONGEST = 3660              # days that a timeline may last: ten years


def check_examples(playbook: Playbook, document: Document) -> None:
    """Faults of the examples' keys go to the document; what they say is tested by running them."""
    for i, example in enumerate(playbook.examples):
        at: Path_ = ("examples", i)
        if bool(example.facts) == bool(example.timeline):
            document.fault("DEF-024", f"{example.name} needs either facts or a timeline", at)
        check_today(document, (*at, "today"), example.today)
        _check_expect(example.expect, playbook, document, (*at, "expect"))
        for j, step in enumerate(example.timeline):
            here: Path_ = (*at, "timeline", j)
            for key in step:
                if key not in ("day", "facts", "expect"):
                    hint = did_you_mean(key, ("day", "facts", "expect"))
                    document.fault("DEF-012", f'there is no key "{key}" here' + hint,
                                   (*here, key), key=True, value=key, expected="day, facts, expect")
            when = step.get("day")
            if not (isinstance(when, int) and not isinstance(when, bool)) \
                    and not (isinstance(when, str) and day(when)):
                document.fault("DEF-024", "each step of a timeline needs day: a number, or 2026-01-31", here)
            if "facts" in step and not isinstance(step["facts"], dict):
                document.fault("DEF-013", "facts must be a mapping", (*here, "facts"))
            if "expect" in step:
                _check_expect(step["expect"], playbook, document, (*here, "expect"))
        if not _fits(example):
            document.fault("DEF-024", f"the timeline of {example.name} is longer than ten years", (*at, "timeline"))


def _fits(example: Example) -> bool:
    """Whether the days lie within ten years; what is no day is told elsewhere."""
    start = (example.today and day(example.today)) or START
    days = [step.get("day") for step in example.timeline]
    offsets = [n for n in days if isinstance(n, int)]
    offsets += [(found - start).days for text in days if isinstance(text, str) and (found := day(text))]
    return not offsets or (max(offsets) - min(offsets) <= LONGEST and max(map(abs, offsets)) <= 10 * LONGEST)


def check_facts(playbook: Playbook, document: Document, names: Names) -> None:
    """Facts of the examples that do not exist, or that cannot have the value that is given."""
    for path, name, value in _given(playbook):
        found = names.get(name)
        if found is None:
            hint = did_you_mean(name, names)
            document.fault("DEF-041", f"there is no fact {name}" + hint, path, key=True,
                           name=name, expected="a fact (cs facts list), a segment, health or band")
        elif value is not None and not _may_be(found, value):
            allowed = WRITTEN.get(found.type, WORDS[found.type])
            document.fault("DEF-013", f"{name} must be {allowed}", path, name=name, value=str(value)[:40],
                           expected=", ".join(found.values) if found.values else allowed)


def _given(playbook: Playbook) -> Iterator[tuple[Path_, str, Any]]:
    for i, example in enumerate(playbook.examples):
        for name, value in example.facts.items():
            yield ("examples", i, "facts", name), name, value
        for j, step in enumerate(example.timeline):
            given = step.get("facts")
            for name, value in given.items() if isinstance(given, dict) else ():
                yield ("examples", i, "timeline", j, "facts", name), name, value


def _may_be(found: NameType, value: Any) -> bool:
    if found.type == "flag":
        return isinstance(value, bool) or value in (0, 1)
    if found.type == "date":
        return isinstance(value, str) and day(value) is not None
    if found.type in NUMERIC:
        number = percent(value) if isinstance(value, str) and found.type == "ratio" else value
        return isinstance(number, int | float) and not isinstance(number, bool)
    words = {word.casefold() for word in found.values or ()}
    return isinstance(value, str) and (not words or found.many or value.casefold() in words)


def _check_expect(expect: Any, playbook: Playbook, document: Document, at: Path_) -> None:
    if not isinstance(expect, dict):
        document.fault("DEF-013", "expect must be a mapping", at)
        return
    for key in expect:
        if key not in EXPECTED:
            hint = did_you_mean(key, EXPECTED)
            document.fault("DEF-012", f'there is no key "{key}" here' + hint,
                           (*at, key), key=True, value=key, expected=", ".join(EXPECTED))
    state = expect.get("state")
    if state is not None and state not in STATES:
        hint = did_you_mean(str(state), STATES)
        document.fault("DEF-015", f'state cannot be "{state}"' + hint, (*at, "state"),
                       value=str(state), expected=", ".join(STATES))
    severity = expect.get("severity")
    if severity is not None and severity not in [one.severity for one in playbook.severity]:
        document.fault("DEF-024", f"{playbook.playbook} is never {severity}", (*at, "severity"),
                       value=str(severity))
    known = {"tasks": [task.id for task in playbook.tasks],
             "reminders": [reminder_id(one, n) for n, one in enumerate(playbook.reminders)]}
    for key, ids in known.items():
        named = expect.get(key, [])
        for one in named if isinstance(named, list) else [named]:
            if one not in ids:
                hint = did_you_mean(str(one), ids)
                document.fault("DEF-021", f"there is no {key[:-1]} {one}" + hint,
                               (*at, key), value=str(one), expected=", ".join(ids))
