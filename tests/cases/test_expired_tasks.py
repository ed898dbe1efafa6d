"""Steps of a quiet runway that nobody wrote about expire; what is urgent stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cs_cli.definitions.shapes import PlaybookTask, Severity
from tests.cases.helpers import DAY, World, rule
from tests.conftest import Cs

TASKS = [
    PlaybookTask(id="prepare", do="Prepare", due="renewal_date - 90d"),
    PlaybookTask(id="offer", do="Offer", due="renewal_date - 10d", after=["prepare"]),
]


def world(severity: str = "info", kind: str = "renewal", first_run: bool = False, left: int = 100) -> World:
    end = str(DAY + timedelta(days=left))
    book = rule(when="arr > 0", kind=kind, severity=[Severity(severity, "otherwise")], tasks=TASKS)
    return World([book], {"arr": 100, "renewal_date": end}, first_run=first_run)


def states(one: World) -> list[tuple[str, str]]:
    return [(task.id, task.state) for task in one.memory.tasks.values()]


def test_a_step_expires_a_month_after_its_day_and_the_next_one_begins() -> None:
    one = world()
    one.today()
    one.go(40)  # due on the tenth day; thirty days later it is still work
    assert states(one) == [("prepare", "open"), ("offer", "waiting")]
    one.go()
    assert states(one) == [("prepare", "skipped"), ("offer", "open")]
    (task, _) = one.memory.tasks.values()
    assert (task.why, task.done_on) == ("expired: nobody wrote what became of it in 30 days", one.day)
    assert one.events[-1] == f"{one.day} c1 task t1 expired"
    assert one.today().nothing


@pytest.mark.parametrize(("severity", "kind"), [("amber", "renewal"), ("red", "renewal"), ("info", "escalation")])
def test_what_is_no_quiet_runway_does_not_expire(severity: str, kind: str) -> None:
    one = world(severity, kind)
    one.today()
    one.go(60)
    assert states(one) == [("prepare", "open"), ("offer", "waiting")]


@pytest.mark.parametrize(("days", "state"), [(30, "open"), (31, "skipped")])
def test_what_an_inherited_runway_should_have_had_expires_a_month_after_the_first_day(days: int, state: str) -> None:
    one = world(first_run=True, left=50)
    one.today()
    assert one.case.inherited
    one.go(days)
    assert states(one)[0] == ("prepare", state)


def test_the_list_of_tasks_says_how_many(cs: Cs, demo: Path) -> None:
    assert "expired" not in cs("-w", demo, "tasks", "list").err
    for day in ("2026-07-30", "2026-08-01"):
        assert cs("-w", demo, "run", "-q", "--as-of", day).code == 0
    told = cs("-w", demo, "tasks", "list", "--as-of", "2026-08-01")
    assert "steps of quiet runways expired in the last 30 days" in told.err
    rows = cs("-w", demo, "tasks", "list", "--all", "-f", "json", "--as-of", "2026-08-01").json
    expired = [row for row in rows if (row["why"] or "").startswith("expired")]
    assert expired and {row["playbook"] for row in expired} == {"renewal-runway"}
    assert told.err.startswith(f"{len(expired)} steps") or f"\n{len(expired)} steps" in told.err
