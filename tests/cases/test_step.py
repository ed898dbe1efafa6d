"""The life of a case, one rule of it in each test."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from cs_cli.base.errors import DefinitionInvalid
from cs_cli.cases.model import CLOCKS_BEGIN, PASSED, STANDING, Changes, Tracker, Truth, Verdict
from cs_cli.cases.rules import Rule, ordered
from cs_cli.definitions.shapes import Clocks, Control, PlaybookTask, Reminder, Severity
from tests.cases.helpers import DAY, World, rule

RED_OR_AMBER = [Severity("red", "overdue_days > 30"), Severity("amber", "otherwise")]


def test_opens_once_and_closes_when_the_data_says_so() -> None:
    world = World([rule()], {"overdue_days": 20, "arr": 100})
    assert world.today().opened == [1]
    assert world.go(5).opened == []
    assert world.go(overdue_days=0).closed == [1]
    assert (world.case.outcome, world.case.closed_on) == ("resolved", DAY + timedelta(days=6))
    assert world.go(overdue_days=20).opened == [2]


def test_for_waits_and_starts_again_after_a_break() -> None:
    world = World([rule(hold_for="3d")], {"overdue_days": 20})
    world.today()
    assert world.go(2).opened == []
    world.go(overdue_days=1)
    assert world.go(3, overdue_days=20).opened == []
    assert world.go().opened == [1]


def test_unknown_pauses_for_and_clear_after() -> None:
    world = World([rule(hold_for="3d", clear_after="2d")], {"overdue_days": 20})
    world.today()
    world.go()                                      # held 1
    world.go(10, overdue_days=None)                 # neither counted nor forgotten
    tracker = world.memory.trackers[("late", "1")]
    assert (tracker.held, tracker.cannot_tell_since) == (1, DAY + timedelta(days=2))
    assert world.go(1, overdue_days=20).opened == []
    assert world.go().opened == [1]
    world.go(1, overdue_days=0)                     # failed 0 days
    world.go(10, overdue_days=None)
    assert world.case.is_open
    world.go(1, overdue_days=0)
    assert world.case.is_open
    assert world.go().closed == [1]


def test_clear_after_forgets_when_it_holds_again() -> None:
    world = World([rule(clear_after="2d")], {"overdue_days": 20})
    world.today()
    world.go(2, overdue_days=0)
    world.go(overdue_days=20)
    assert world.go(2, overdue_days=0).closed == []
    assert world.go().closed == [1]


def test_severity_rises_falls_and_never_falls_on_missing_data() -> None:
    world = World([rule(when="overdue_days > 15 or arr > 0", severity=RED_OR_AMBER)], {"overdue_days": 20, "arr": 1})
    world.today()
    assert world.case.severity == "amber"
    first = world.case.resolve_by
    world.go(overdue_days=31)
    assert world.case.severity == "red"
    assert first == date(2026, 3, 23)
    assert world.case.resolve_by == date(2026, 3, 10)
    world.go(overdue_days=None)
    assert world.case.severity == "red"
    world.go(overdue_days=20)
    assert world.case.severity == "amber"


def test_clocks_count_working_days_and_breach_after_their_last_day() -> None:
    world = World([rule(sla={"amber": Clocks(acknowledge=5)})], {"overdue_days": 20})
    world.today()
    assert world.case.acknowledge_by == date(2026, 3, 9)
    assert world.case.breached(date(2026, 3, 9)) == []
    assert world.case.breached(date(2026, 3, 10)) == ["acknowledge"]


@pytest.mark.parametrize(("again", "days", "opens"), [
    ("never", 60, False), ("after 30d", 10, False), ("after 30d", 30, True), ("after 0d", 1, True),
])
def test_again(again: str, days: int, opens: bool) -> None:
    world = World([rule(again=again)], {"overdue_days": 20})
    world.today()
    world.go(overdue_days=0)
    world.go(days - 1)
    assert bool(world.go(overdue_days=20).opened) is opens


def test_each_term_opens_again_only_in_a_new_term() -> None:
    world = World([rule(again="each_term")], {"overdue_days": 20, "renewal_date": "2026-12-31"})
    world.today()
    world.go(overdue_days=0)
    assert world.go(overdue_days=20).opened == []
    assert world.go(renewal_date="2027-12-31").opened == [2]


def test_a_close_by_hand_is_not_undone_while_it_still_holds() -> None:
    world = World([rule()], {"overdue_days": 20})
    world.today()
    world.memory = replace(world.memory, cases={}, trackers={
        ("late", "1"): Tracker(closed_on=world.day, latched=True)})
    assert world.go(10).opened == []
    world.go(overdue_days=0)
    assert world.go(overdue_days=20).opened == [2]


def test_inhibition_works_whatever_the_order_of_files() -> None:
    rules = [rule("a-quiet", "arr > 0", inhibited_by=["z-loud"]), rule("z-loud")]
    for some in (rules, rules[::-1]):
        world = World(some, {"overdue_days": 20, "arr": 5})
        world.today()
        assert [case.playbook for case in world.cases.values()] == ["z-loud"]
        assert world.memory.trackers[("a-quiet", "1")].waits == "inhibited by z-loud"
        world.go(overdue_days=0)
        assert {case.playbook for case in world.memory.cases.values()} == {"a-quiet"}


def test_a_ring_of_inhibition_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="CAS-011"):
        ordered([rule("a", inhibited_by=["b"]), rule("b", inhibited_by=["a"])])


def test_an_always_true_rule_over_5000_accounts_opens_none_and_says_so() -> None:
    world = World([rule("flood", "arr >= 0"), rule()], {"arr": 1}, accounts=5000, customers=5000)
    changes = world.today(overdue_days=20)
    assert [(brake.playbook, brake.would_open) for brake in changes.braked] == [("flood", 5000)]
    assert [case.playbook for case in changes.cases] == ["late"]


@pytest.mark.parametrize(("limit", "accounts", "customers", "stopped"), [
    ("3", 3, 10, False), ("3", 4, 10, True), ("40%", 8, 20, False), ("40%", 9, 20, True), ("40%", 5, 5, False),
    (None, 20, 20, False), (None, 21, 84, False), (None, 21, 83, True),
])
def test_limits(limit: str | None, accounts: int, customers: int, stopped: bool) -> None:
    world = World([rule(when="arr > 0", limit=limit)], {"arr": 1}, accounts=accounts, customers=customers)
    changes = world.today()
    assert bool(changes.braked) is stopped
    assert bool(changes.opened) is not stopped


def test_a_snooze_mutes_reminders_but_no_clock_and_ends() -> None:
    late = rule(reminders=[Reminder(at="opened + 2d", id="two", to=["csm"], text="x")])
    world = World([late], {"overdue_days": 20})
    world.today()
    case = replace(world.case, state="snoozed", snoozed_until=DAY + timedelta(days=4), snooze_reason="fair")
    world.memory = replace(world.memory, cases={1: case})
    muted = world.go(2).occurrences
    assert [one.muted for one in muted] == ["snoozed until 2026-03-06"]
    assert world.memory.cases[1].breached(date(2026, 3, 6)) == ["acknowledge", "next_step"]
    world.go(2)
    assert world.case.state == "open"


SOON = str(DAY + timedelta(days=41))
RUNWAY = [
    Reminder("renewal_date - 90d", id="quarter"),
    Reminder("renewal_date - 42d", id="weeks"),
    Reminder("renewal_date - 30d", id="month"),
]


def told(changes: Changes) -> list[tuple[str, str | None]]:
    return [(one.step, one.muted) for one in changes.occurrences]


def test_the_first_run_counts_from_now_on() -> None:
    """42 days before the notice day: what was due before is told once, the month's reminder comes on its day."""
    book = rule(when="overdue_days > 15", reminders=RUNWAY, severity=RED_OR_AMBER)
    world = World([book], {"overdue_days": 20, "renewal_date": SOON}, first_run=True)
    changes = world.today()
    assert world.case.inherited
    assert (world.case.acknowledge_by, world.case.next_step_by) == (date(2026, 3, 4), date(2026, 3, 5))
    past = f"{PASSED}{STANDING}"
    assert told(changes) == [("quarter", past), ("weeks", past), (STANDING, None)]
    assert world.today().nothing
    assert told(world.go(10)) == []
    assert told(world.go(1)) == [("month", None)]
    world.go(overdue_days=40)       # worse than what was inherited: that is news
    assert not world.case.inherited
    assert told(world.go(3)) == []


@pytest.mark.parametrize(("left", "wanted"), [
    (91, []), (90, [("quarter", None)]), (89, [("quarter", None)]),
    (42, [("quarter", f"{PASSED}weeks"), ("weeks", None)]),
    (29, [("quarter", f"{PASSED}month"), ("weeks", f"{PASSED}month"), ("month", None)]),
])  # fmt: skip
def test_of_several_steps_that_are_past_the_newest_is_told(left: int, wanted: list[tuple[str, str | None]]) -> None:
    """A case that opens late, as where a tier changed, says where it is and not what it should have said in spring."""
    world = World([rule(reminders=RUNWAY)], {"overdue_days": 20, "renewal_date": str(DAY + timedelta(days=left))})
    assert told(world.today()) == wanted
    assert not world.case.inherited


def test_a_case_inherited_without_clocks_gets_them_and_is_told_once() -> None:
    """As versions before left them."""
    world = World([rule(reminders=RUNWAY)], {"overdue_days": 20, "renewal_date": SOON}, first_run=True)
    world.today()
    bare = replace(world.case, acknowledge_by=None, next_step_by=None, resolve_by=None)
    world.memory = replace(world.memory, cases={1: bare}, reminded=frozenset())
    changes = world.go(1)
    assert [step for step, muted in told(changes) if muted is None] == [STANDING]
    assert world.case.acknowledge_by is not None and world.case.acknowledge_by > DAY
    assert [event.what for event in changes.events] == [CLOCKS_BEGIN]
    assert told(world.go(1)) == [] and world.memory.after(world.today()) is not None


def test_an_old_inherited_case_that_no_record_has_waits_for_its_clocks() -> None:
    """They begin once, on the day that it can be told of again, and not anew each day until then."""
    world = World([rule(reminders=RUNWAY)], {"overdue_days": 20, "renewal_date": SOON}, first_run=True)
    world.today()
    bare = replace(world.case, acknowledge_by=None, next_step_by=None, resolve_by=None)
    world.memory = replace(world.memory, cases={1: bare}, reminded=frozenset())
    there = world.truth
    gone = Truth({"late": {"1": Verdict("1", 0, holds=None, applies=None, missing=True)}}, 100)
    world.truth = lambda: gone  # type: ignore[method-assign]
    assert not [event for _ in range(3) for event in world.go(1).events if event.what == CLOCKS_BEGIN]
    world.truth = there  # type: ignore[method-assign]
    assert [event.what for event in world.go(1).events].count(CLOCKS_BEGIN) == 1
    assert not [event for event in world.go(1).events if event.what == CLOCKS_BEGIN]


def test_what_held_before_an_edit_is_inherited_and_its_patience_is_served() -> None:
    late = rule(hold_for="7d", reminders=RUNWAY)
    world = World([late], {"overdue_days": 20, "renewal_date": SOON})
    served = Tracker(held=6, counted=DAY - timedelta(days=1), inherited=True)
    world.memory = replace(world.memory, trackers={("late", "1"): served}, already={"late": frozenset("1")})
    changes = world.today()
    assert world.case.inherited
    assert told(changes)[-1] == (STANDING, None)


def test_what_held_before_without_a_step_that_is_past_tells_nothing_extra() -> None:
    now = rule(reminders=[Reminder("opened", id="now")])
    world = World([now], {"overdue_days": 20})
    world.memory = replace(world.memory, already={"late": frozenset("1")})
    assert [step for step, muted in told(world.today()) if muted is None] == ["now"]
    assert world.case.inherited and told(world.go(1)) == []


def test_tasks_wait_for_each_other_and_end_by_the_data() -> None:
    onboard = rule(tasks=[
        PlaybookTask(id="kickoff", do="Kick off", due="opened + 5bd", done_when="activated"),
        PlaybookTask(id="review", do="Review", due="kickoff + 2bd", after=["kickoff"]),
    ])
    world = World([onboard], {"overdue_days": 20, "activated": False})
    world.today()
    kickoff, review = world.memory.tasks[1], world.memory.tasks[2]
    assert (kickoff.state, kickoff.due, review.state, review.due) == ("open", date(2026, 3, 9), "waiting", None)
    world.go(activated=True)
    kickoff, review = world.memory.tasks[1], world.memory.tasks[2]
    assert (kickoff.state, review.state, review.due) == ("done", "open", date(2026, 3, 5))
    assert world.case.next_step_on == date(2026, 3, 3)


def test_churn_closes_as_lost() -> None:
    world = World([rule()], {"overdue_days": 20})
    world.today()
    world.go(status="churned")
    assert world.case.outcome == "lost"


@pytest.mark.parametrize(("applies_to", "outcome"), [
    ('status == "customer" and arr > 0', "lost"), ("all", None), ('status in ("customer", "churned")', None),
])
def test_churn_is_lost_only_for_playbooks_that_it_takes_the_customer_from(applies_to: str, outcome: str | None) -> None:
    world = World([rule(applies_to=applies_to)], {"overdue_days": 20, "arr": 100})
    world.today()
    world.go(status="churned")
    assert world.case.outcome == outcome


def test_the_control_group_is_left_alone_and_always_the_same() -> None:
    held = rule(when="arr > 0", control=Control(share=0.5), limit="100%", tasks=[PlaybookTask(id="t", do="Do")])
    one, other = (World([held], {"arr": 1}, accounts=40, customers=40) for _ in range(2))
    one.today()
    other.today()
    out = {case.subject for case in one.cases.values() if case.control}
    assert out == {case.subject for case in other.cases.values() if case.control}
    assert 8 < len(out) < 32
    assert not {task.case for task in one.memory.tasks.values()} & {
        case.number for case in one.cases.values() if case.control}


def test_the_same_day_twice_changes_nothing() -> None:
    world = World([rule(hold_for="2d", clear_after="1d", tasks=[PlaybookTask(id="t", do="Do")])], {"overdue_days": 20})
    for days, late in ((1, 20), (3, 20), (1, None), (2, 20), (1, 0), (1, 0), (3, 20)):
        world.go(days, overdue_days=late)
        assert world.today().nothing


def test_a_renamed_playbook_keeps_its_control_group() -> None:
    def held(name: str, was: str | None = None) -> list[int]:
        held = rule(name, control=Control(share=0.5), was=was, limit="1000")
        world = World([held], {"overdue_days": 20}, accounts=40)
        world.today()
        return [case.account for case in world.cases.values() if case.control]

    assert 5 < len(held("late")) < 35
    assert held("tardy", was="late") == held("late") != held("tardy")


def test_the_order_of_the_files_makes_no_difference() -> None:
    """Ninety days of facts that come and go: the same events with the same numbers, however the rules are ordered."""
    books = [
        rule("late", clear_after="2d", tasks=[PlaybookTask(id="call", do="Call", due="opened + 2bd")]),
        rule("later", "overdue_days > 30", inhibited_by=["unhealthy"]),
        rule("unhealthy", "health < 40", hold_for="3d", again="after 10d"),
        rule("asleep", "activated == false", inhibited_by=["later"], again="never"),
    ]

    def history(order: tuple[Rule, ...]) -> list[str]:
        draw = random.Random(20260302)
        world = World(order, {"overdue_days": 0, "health": 80, "activated": True}, accounts=6)
        for _ in range(90):
            world.day += timedelta(days=1)
            for account in world.facts:
                if draw.random() < 0.1:
                    world.facts[account].update(
                        overdue_days=draw.choice([None, 0, 20, 40]), health=draw.choice([None, 30, 80]),
                        activated=draw.choice([None, True, False]),
                    )  # fmt: skip
            world.today()
        return world.events

    first, *others = [history(order) for order in itertools.permutations(books)]
    assert len(first) >= 50
    assert all(other == first for other in others)


def test_days_caught_up_on_after_a_close_by_hand_open_nothing_before_it() -> None:
    world = World([rule()], {"overdue_days": 20})
    world.today()
    closed = world.day + timedelta(days=10)     # by a person, before the days in between were run
    world.memory = replace(world.memory, cases={}, trackers={("late", "1"): Tracker(closed_on=closed, latched=True)})
    world.go(2, overdue_days=0)
    assert world.go(7, overdue_days=20).opened == [] and world.day < closed
    world.go(2, overdue_days=0)
    assert world.go(overdue_days=20).opened == [2]


def test_a_first_day_without_customers_is_no_first_run() -> None:
    world = World([rule()], {"overdue_days": 20}, customers=0, first_run=True)
    assert world.today().known == frozenset()
    world.customers = 100
    assert world.go().known == {"late"}
    assert world.case.inherited


def test_a_reminder_counts_from_a_task_and_only_where_it_holds() -> None:
    tasks = [PlaybookTask("call", "Call", due="opened + 1bd", done_when="health > 50")]
    reminders = [Reminder("call + 2d", id="after-call"), Reminder("opened", id="large", when="arr > 1000")]
    world = World([rule(tasks=tasks, reminders=reminders)], {"overdue_days": 20, "arr": 100, "health": 40})
    assert world.today().occurrences == []
    assert world.go(5).occurrences == []
    assert world.go(health=60).occurrences == []
    assert [one.step for one in world.go(2).occurrences] == ["after-call"]
    assert [one.step for one in world.go(arr=2000).occurrences] == ["large"]
