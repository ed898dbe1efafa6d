"""A case whose window runs out is neither resolved nor done: it expired. Data that change it resolve it."""

from __future__ import annotations

from typing import Any

import pytest

from cs_cli.cases.ran_out import ran_out
from cs_cli.cases.rules import compile_playbook
from cs_cli.cases.verdicts import verdict
from cs_cli.definitions.conditions import NameType
from cs_cli.definitions.shapes import Playbook
from tests.cases.helpers import World

NAMES = {
    "status": NameType("text"), "tenure_days": NameType("days"), "activated": NameType("flag"),
    "days_to_trial_end": NameType("days"), "overdue_days": NameType("days"), "detractors_180d": NameType("number"),
    "touches_90d": NameType("number"), "last_seen_days": NameType("days"), "arr": NameType("money"),
}  # fmt: skip


def rule(when: str, **more: Any) -> Any:
    return compile_playbook(Playbook(playbook="window", about="", when=when, **more), NAMES)


@pytest.mark.parametrize(
    ("when", "facts", "expired"),
    [
        # what counts up passed its end; what counts down passed zero
        ("tenure_days <= 120 and not activated", {"tenure_days": 121, "activated": False}, True),
        ("tenure_days <= 120 and not activated", {"tenure_days": 121, "activated": True}, False),
        ("tenure_days <= 120 and not activated", {"tenure_days": 90, "activated": True}, False),
        ("-3 <= days_to_trial_end <= 7", {"days_to_trial_end": -4}, True),
        ("-3 <= days_to_trial_end <= 7", {"days_to_trial_end": 30}, False),
        # they paid, came back, were spoken with
        ("overdue_days > 15", {"overdue_days": 0}, False),
        ("last_seen_days > 28", {"last_seen_days": 0}, False),
        ("touches_90d == 0", {"touches_90d": 1}, False),
        # the answer is still what it was: it is half a year old
        ("detractors_180d >= 1", {"detractors_180d": 0}, True),
        ("arr > 5", {"arr": 4}, False),
    ],
)
def test_only_days(when: str, facts: dict[str, Any], expired: bool) -> None:
    made = rule(when)
    assert made.when.evaluate(facts) is False
    assert ran_out(made, {"status": "customer", **facts}) is expired
    assert verdict(made, {"status": "customer", **facts}, "1", 1).ran_out is expired


def test_it_closes_as_expired_and_its_tasks_are_no_success() -> None:
    world = World([rule("tenure_days <= 120 and not activated")], {"tenure_days": 119, "activated": False})
    world.today()
    world.go(tenure_days=120)
    assert world.case.is_open
    world.go(tenure_days=121)
    assert (world.case.outcome, world.case.reason) == ("expired", "its window ran out, and nothing else changed")
    assert world.events[-1].endswith("closed expired")


def test_with_a_week_to_clear_it_is_seen_all_the_same() -> None:
    world = World([rule("tenure_days <= 120", clear_after="3d")], {"tenure_days": 120})
    world.today()
    for day in range(121, 130):
        world.go(tenure_days=day)
        if not world.case.is_open:
            break
    assert world.case.outcome == "expired"


def test_an_example_from_before_that_says_resolved_still_holds() -> None:
    from cs_cli.cases.examples import _by_time

    assert _by_time({"reason": "expired"}, {"reason": "resolved"})["reason"] == "resolved"
    assert _by_time({"reason": "expired"}, {"reason": "expired"})["reason"] == "expired"
    assert _by_time({"reason": "resolved"}, {"reason": "expired"})["reason"] == "resolved"
