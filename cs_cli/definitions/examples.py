"""The examples inside a playbook: known keys, states and facts, before anything is run."""

from __future__ import annotations

from typing import Any

from cs_cli.base.near import did_you_mean
from cs_cli.definitions.shape_reader import day
from cs_cli.definitions.shapes import Playbook
from cs_cli.definitions.yaml_reader import Document, Path_

STATES = ("open", "quiet", "pending", "cannot_tell", "closed")
EXPECTED = ("state", "severity", "tasks", "reminders", "reason", "owner")


def check_examples(playbook: Playbook, document: Document) -> None:
    """Faults of the examples' keys go to the document; what they say is tested by running them."""
    for i, example in enumerate(playbook.examples):
        at: Path_ = ("examples", i)
        if bool(example.facts) == bool(example.timeline):
            document.fault("DEF-024", f"{example.name} needs either facts or a timeline", at)
        if example.today is not None and day(example.today) is None:
            document.fault("DEF-026", f"{example.today} is not a day", (*at, "today"), value=example.today)
        _check_expect(example.expect, playbook, document, (*at, "expect"))
        for j, step in enumerate(example.timeline):
            here: Path_ = (*at, "timeline", j)
            for key in step:
                if key not in ("day", "facts", "expect"):
                    hint = did_you_mean(key, ("day", "facts", "expect"))
                    document.fault("DEF-012", f'there is no key "{key}" here' + (f";{hint}" if hint else ""),
                                   (*here, key), key=True, value=key, expected="day, facts, expect")
            when = step.get("day")
            if not (isinstance(when, int) and not isinstance(when, bool)) \
                    and not (isinstance(when, str) and day(when)):
                document.fault("DEF-024", "each step of a timeline needs day: a number, or 2026-01-31", here)
            if "facts" in step and not isinstance(step["facts"], dict):
                document.fault("DEF-013", "facts must be a mapping", (*here, "facts"))
            if "expect" in step:
                _check_expect(step["expect"], playbook, document, (*here, "expect"))


def _check_expect(expect: Any, playbook: Playbook, document: Document, at: Path_) -> None:
    if not isinstance(expect, dict):
        document.fault("DEF-013", "expect must be a mapping", at)
        return
    for key in expect:
        if key not in EXPECTED:
            hint = did_you_mean(key, EXPECTED)
            document.fault("DEF-012", f'there is no key "{key}" here' + (f";{hint}" if hint else ""),
                           (*at, key), key=True, value=key, expected=", ".join(EXPECTED))
    state = expect.get("state")
    if state is not None and state not in STATES:
        hint = did_you_mean(str(state), STATES)
        document.fault("DEF-015", f'state cannot be "{state}"' + (f";{hint}" if hint else ""), (*at, "state"),
                       value=str(state), expected=", ".join(STATES))
    severity = expect.get("severity")
    if severity is not None and severity not in [one.severity for one in playbook.severity]:
        document.fault("DEF-024", f"{playbook.playbook} is never {severity}", (*at, "severity"),
                       value=str(severity))
    tasks = expect.get("tasks", [])
    ids = [task.id for task in playbook.tasks]
    for task in tasks if isinstance(tasks, list) else [tasks]:
        if task not in ids:
            hint = did_you_mean(str(task), ids)
            document.fault("DEF-021", f"there is no task {task}" + (f";{hint}" if hint else ""),
                           (*at, "tasks"), value=str(task), expected=", ".join(ids))
