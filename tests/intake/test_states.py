"""The line of a subscription from what its snapshots said."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from cs_cli.intake.snapshots import copy_number, day_in
from cs_cli.intake.states import SAID, Observation, line, says_the_same

BASE: dict[str, Any] = dict.fromkeys(SAID) | {
    "status": "active", "trial": 0, "started_on": "2025-01-01", "arr": 1200, "currency": "USD", "plan": "pro",
}


def seen(day: str, **said: Any) -> Observation:
    return Observation(day, int(day.replace("-", "")), BASE | said)


def spans(*told: Observation) -> list[tuple[str, str | None, str]]:
    chained = [told[0], *(Observation(b.seen_on, b.order, b.said, a.seen_on) for a, b in pairwise(told))]
    return [(step.from_on or "", step.till_on, step.state) for step in line(chained)]


def test_a_state_begins_on_its_own_day_where_that_is_after_the_last_snapshot() -> None:
    first = seen("2026-05-31")
    for day, begins in (("2026-05-30", "2026-06-05"), ("2026-05-31", "2026-06-05"), ("2026-06-01", "2026-06-01"),
                        ("2026-06-05", "2026-06-05"), ("2026-06-06", "2026-06-05")):
        told = spans(first, seen("2026-06-05", status="paused", paused_on=day))
        assert told[1][0] == begins, day
        assert spans(first, seen("2026-06-05", arr=1800, period_starts_on=day))[1][0] == begins


def test_an_end_cuts_whatever_was_seen_before_it() -> None:
    over = seen("2026-06-05", status="canceled", ended_on="2026-05-10")
    told = spans(seen("2026-05-01"), seen("2026-05-20", arr=1800), over)
    assert told == [("2025-01-01", "2026-05-10", "running"), ("2026-05-20", "2026-05-10", "running"),
                    ("2026-05-10", "2026-05-10", "ended")]


def test_a_planned_end_gives_way_to_the_one_that_came() -> None:
    planned = seen("2026-06-05", ended_on="2026-06-10")
    over = seen("2026-06-26", status="canceled", ended_on="2026-06-20")
    assert spans(seen("2026-05-01"), planned, over)[1][1] == "2026-06-20"
    assert spans(seen("2026-05-01"), planned, seen("2026-06-08"))[1:] == [
        ("2026-06-05", "2026-06-08", "running"), ("2026-06-08", None, "running"),
    ]
    assert spans(seen("2026-05-01"), planned, seen("2026-09-05"))[1:] == [
        ("2026-06-05", "2026-06-10", "running"), ("2026-09-05", None, "running"),
    ]


def test_a_start_that_moves_before_it_came_is_put_off() -> None:
    assert spans(seen("2026-06-01", started_on="2026-07-01"), seen("2026-06-20", started_on="2026-08-01")) == [
        ("2026-07-01", "2026-06-20", "running"), ("2026-08-01", None, "running"),
    ]
    told = spans(seen("2026-06-01"), seen("2026-06-20", started_on="2026-08-01", arr=1800))
    assert told[1] == ("2026-06-20", None, "running")


def test_one_pause_however_often_it_is_told() -> None:
    told = line([seen("2026-05-01"), seen("2026-06-01", status="paused"), seen("2026-07-01", status="paused", amount=5),
                 seen("2026-08-01"), seen("2026-09-01", status="paused")])
    assert [step.rests_since for step in told] == [None, "2026-06-01", "2026-06-01", None, "2026-09-01"]


def test_a_free_month_of_whoever_paid_is_a_rest_and_a_first_trial_is_none() -> None:
    days = {"trial_starts_on": "2026-06-01", "trial_ends_on": "2026-07-01"}
    free = seen("2026-06-05", status="trialing", trial=1, arr=0, **days)
    rest = line([seen("2026-05-31"), free])[1]
    assert (rest.from_on, rest.rests_since) == ("2026-06-01", "2026-06-01")
    assert (rest.trial_till, rest.then_arr) == ("2026-07-01", 1200)
    first = line([free, seen("2026-07-03")])
    assert (first[0].rests_since, first[0].trial_till, first[1].from_on) == (None, "2026-07-01", "2026-07-01")


def test_what_only_now_becomes_known_is_no_change() -> None:
    assert says_the_same(seen("2026-05-01", arr=None), seen("2026-06-01"))
    assert says_the_same(seen("2026-05-01", plan=None), seen("2026-06-01"))
    assert not says_the_same(seen("2026-05-01", plan="team"), seen("2026-06-01"))
    assert not says_the_same(seen("2026-05-01"), seen("2026-06-01", currency="EUR"))


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("exports/subs-2026-06-05.csv", "2026-06-05"), ("subs_20260605.csv.gz", "2026-06-05"),
        ("subs 05.06.2026.csv", "2026-06-05"),
        ("subs 2026-06-05 to 2026-06-30.csv", None), ("subs-2026-13-05.csv", None), ("subs-2026-02-30.csv", None),
        ("2026-06-05/subs.csv", None), ("order-120260605.csv", None), ("subs.csv", None),
    ],
)  # fmt: skip
def test_days_in_names(name: str, day: str | None) -> None:
    assert day_in(name) == day


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("a.csv", 0), ("a (1).csv", 1), ("a(12).csv.gz", 12), ("a - Copy.csv", 1), ("a - Copy (3).csv", 3),
        ("a (x).csv", 0),
    ],
)
def test_numbers_of_copies(name: str, number: int) -> None:
    assert copy_number(name) == number
