"""The decision: pure, each delivery in exactly one plan, nothing sent twice, nothing silently dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.base.days import WorkCalendar
from cs_cli.deliver.decide import FAR_AHEAD, FLOOD, TOO_MANY, Rules, capped, clock_ahead, decide
from cs_cli.deliver.model import Entry, Key, Occurrence, Target

DAY = date(2026, 6, 30)  # a Tuesday
RULES = Rules(WorkCalendar.of(["mon", "tue", "wed", "thu", "fri"]))
YESTERDAY = DAY - timedelta(days=1)
TEAM = Target("team", "Mara")


def occurrence(n: int = 1, due: date = DAY, **more: object) -> Occurrence:
    return Occurrence(Key("runway", f"a{n}", "a #1", "quarter"), due, (TEAM,), **more)  # type: ignore[arg-type]


def entry(of: Occurrence, state: str, **more: object) -> Entry:
    return Entry(of.key, of.targets[0], state, of.due, **more)  # type: ignore[arg-type]


def ledger(*entries: Entry) -> dict[tuple[Key, Target], Entry]:
    return {(one.key, one.target): one for one in entries}


def test_digests_go_together_and_singles_alone() -> None:
    plans = decide([occurrence(1), occurrence(2), occurrence(3, mode="single")], {}, DAY, RULES, YESTERDAY)
    assert [(plan.kind, len(plan.items)) for plan in plans] == [("digest", 2), ("send", 1)]


@pytest.mark.parametrize("last", [None, DAY - timedelta(days=4), DAY - timedelta(days=31)])
def test_the_first_run_and_missed_days_are_one_digest(last: date | None) -> None:
    plans = decide([occurrence(n, mode="single") for n in range(3)], {}, DAY, RULES, last)
    assert [(plan.kind, len(plan.items)) for plan in plans] == [("digest", 3)]


def test_a_weekend_is_no_missed_day() -> None:
    monday, friday = date(2026, 6, 29), date(2026, 6, 26)
    plans = decide([occurrence(due=date(2026, 6, 27), mode="single")], {}, monday, RULES, friday)
    assert [(plan.kind, plan.items[0].late) for plan in plans] == [("send", True)]


def test_many_singles_at_once_are_a_digest() -> None:
    plans = decide([occurrence(n, mode="single") for n in range(500)], {}, DAY, RULES, YESTERDAY)
    assert [(plan.kind, len(plan.items)) for plan in plans] == [("digest", 500)]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("sent", "skip"),
        ("missed", "skip"),
        ("unknown", "hold"),
        ("sending", "hold"),
        ("planned", "digest"),
        ("failed", "digest"),
    ],
)
def test_what_the_ledger_says_decides(state: str, kind: str) -> None:
    one = occurrence()
    assert [plan.kind for plan in decide([one], ledger(entry(one, state)), DAY, RULES, YESTERDAY)] == [kind]


def test_failed_for_good_waits_for_a_person() -> None:
    one = occurrence()
    (plan,) = decide([one], ledger(entry(one, "failed", final=True, reason="status 404")), DAY, RULES, YESTERDAY)
    assert (plan.kind, plan.reason) == ("hold", "failed for good: status 404")


def test_an_unknown_is_repeated_only_where_the_channel_says_so() -> None:
    one, two = occurrence(1), occurrence(2)
    rules = replace(RULES, resend=frozenset(["team"]))
    there = ledger(entry(one, "unknown", message_id="<x>"), entry(two, "unknown", message_id="<x>"))
    (plan,) = decide(
        [
            one,
            two,
        ],
        there,
        DAY,
        rules,
        YESTERDAY,
    )
    assert (plan.kind, plan.repeat, len(plan.items)) == ("digest", True, 2)
    (other,) = decide([replace(one, over="closed")], ledger(entry(one, "unknown")), DAY, rules, YESTERDAY)
    assert other.kind == "hold"


def test_what_is_not_true_any_more_is_listed_but_never_a_message_of_its_own() -> None:
    gone = occurrence(1, over="c1 was closed")
    (alone,) = decide([gone], {}, DAY, RULES, YESTERDAY)
    assert (alone.kind, alone.record) == ("skip", "missed")
    (plan,) = decide([gone, occurrence(2)], {}, DAY, RULES, YESTERDAY)
    assert (len(plan.items), len(plan.missed)) == (1, 1)


def test_a_clock_that_is_wrong_sends_nothing() -> None:
    for last in (DAY + timedelta(days=1), DAY - timedelta(days=FAR_AHEAD + 1)):
        assert {plan.kind for plan in decide([occurrence()], {}, DAY, RULES, last)} == {"hold"}
    assert clock_ahead(DAY, DAY - timedelta(days=FAR_AHEAD)) is None
    assert clock_ahead(DAY, None) is None
    far = DAY - timedelta(days=400)
    assert decide([occurrence()], {}, DAY, RULES, far, clock_confirmed=True)[0].goes_out


def test_after_a_restore_what_was_due_before_is_in_doubt() -> None:
    old, new = occurrence(1, due=YESTERDAY), occurrence(2)
    plans = decide([old, new], {}, DAY, RULES, YESTERDAY, doubt_until=YESTERDAY)
    assert [(plan.kind, plan.record) for plan in plans] == [("digest", None), ("hold", "unknown")]


def test_whom_it_goes_to_is_settled_when_it_is_first_planned() -> None:
    one = replace(occurrence(), targets=(Target("team", "Dana"), Target("mail", "Dana")))
    there = ledger(Entry(one.key, TEAM, "sent", DAY))
    assert [plan.kind for plan in decide([one], there, DAY, RULES, YESTERDAY)] == ["skip"]


def test_an_entry_whose_case_is_gone_is_shown_not_sent() -> None:
    one = occurrence()
    (plan,) = decide([], ledger(entry(one, "planned")), DAY, RULES, YESTERDAY)
    assert plan.kind == "hold"


occurrences = st.lists(
    st.builds(
        Occurrence,
        st.builds(
            Key, st.sampled_from(["p", "q"]), st.sampled_from(["1", "2", "3"]), st.just("t"), st.sampled_from("ab")
        ),
        st.dates(DAY - timedelta(days=60), DAY),
        st.lists(
            st.builds(Target, st.sampled_from(["team", "mail"]), st.sampled_from(["Mara", "Dana"])),
            min_size=1,
            max_size=3,
        ).map(tuple),
        mode=st.sampled_from(["single", "digest"]),
        silent=st.sampled_from([None, None, "snoozed"]),
        over=st.sampled_from([None, None, "closed"]),
    ),
    max_size=12,
    unique_by=lambda one: one.key,
)
states = st.sampled_from(["planned", "sending", "sent", "failed", "unknown", "missed", None])


@settings(max_examples=150, deadline=None)
@given(
    occurrences,
    st.data(),
    st.sampled_from([None, YESTERDAY, DAY, DAY - timedelta(days=9), DAY + timedelta(days=3)]),
    st.booleans(),
    st.booleans(),
)
def test_every_delivery_is_in_exactly_one_plan_and_none_goes_twice(
    due: list[Occurrence], data: st.DataObject, last: date | None, resend: bool, holiday: bool
) -> None:
    there: dict[tuple[Key, Target], Entry] = {}
    for one in due:
        for target in one.targets:
            state = data.draw(states)
            if state is not None:
                there[one.key, target] = Entry(one.key, target, state, one.due, final=data.draw(st.booleans()))
    calendar = WorkCalendar(RULES.calendar.working_days, frozenset([DAY] if holiday else []))
    rules = Rules(calendar, frozenset(["team"] if resend else []))
    plans = decide(due, there, DAY, rules, last)
    assert plans == decide(list(reversed(due)), dict(reversed(there.items())), DAY, rules, last)
    told = [(item.key, item.target) for plan in plans for item in (*plan.items, *plan.missed)]
    assert len(told) == len(set(told))
    assert {key for key, _ in told} == {one.key for one in due}
    assert set(there) <= set(told)
    for plan in plans:
        assert plan.reason
        for item in plan.items:
            before = there.get((item.key, item.target))
            if plan.goes_out:
                assert not holiday
                assert last is None or last <= DAY
                assert item.over is None
                assert before is None or before.state in ("planned", "failed", "unknown", "sending")
                assert not (before and before.state == "failed" and before.final)
                assert plan.repeat == bool(before and before.state in ("unknown", "sending"))
                assert not plan.repeat or plan.target.channel in rules.resend


def test_a_channel_sends_so_many_in_one_run_and_the_oldest_first() -> None:
    people = [Target("team", f"P{n}") for n in range(6)] + [Target("mail", "Mara")]
    due = [
        replace(occurrence(n, due=DAY - timedelta(days=n % 3)), targets=(target,)) for n, target in enumerate(people)
    ]
    plans = decide(due, {}, DAY, RULES, YESTERDAY)
    limited = capped(plans, {"team": 2})
    out = [plan for plan in limited if plan.goes_out]
    # two of the team's six, due longest; another channel has a limit of its own
    assert [(plan.target, plan.items[0].due) for plan in out] == [
        (Target("mail", "Mara"), DAY),
        (Target("team", "P2"), DAY - timedelta(days=2)),
        (Target("team", "P5"), DAY - timedelta(days=2)),
    ]
    assert {(plan.kind, plan.reason, plan.record) for plan in limited if not plan.goes_out} == {
        ("hold", TOO_MANY, "planned")
    }
    told = [item.key for plan in limited for item in (*plan.items, *plan.missed)]
    assert sorted(told) == sorted(one.key for one in due)
    assert capped(plans, {}) == plans


def test_without_a_setting_a_flood_ends_at_a_hundred() -> None:
    due = [replace(occurrence(n), targets=(Target("team", f"P{n}"),)) for n in range(130)]
    assert sum(plan.goes_out for plan in capped(decide(due, {}, DAY, RULES, YESTERDAY), {})) == FLOOD == 100
