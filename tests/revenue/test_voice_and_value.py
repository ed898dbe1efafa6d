"""NPS, CSAT and time to value, counted by hand."""

from __future__ import annotations

from datetime import date
from statistics import median as plain_median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_cli.revenue.periods import periods
from cs_cli.revenue.value import median, value_rows, waiting_rows
from cs_cli.revenue.voice import nps_interval, voice_rows
from cs_cli.store.clock import set_clock
from tests.facts.world import World

DAY = date(2026, 6, 30)


def test_nps_is_of_the_latest_answer_of_each_person() -> None:
    world = World()
    try:
        world.account("acme")
        for email, score, day in (
            ("kim@acme.example", 3, "2026-04-02"), ("Kim@acme.example", 9, "2026-05-02"),  # the later one counts
            ("lee@acme.example", 10, "2026-06-30"), ("mo@acme.example", 8, "2026-04-01"),
            (None, 6, "2026-06-01"), (None, 0, "2026-06-01"), ("lee@acme.example", 1, "2026-03-31"),
        ):  # fmt: skip
            world.put("survey", "acme", kind="nps", email=email, score=score, day=day)
        world.put("survey", None, kind="NPS", email="guest@nobody.example", score=9, day="2026-06-02")  # of no account
        for score in (5, 4, 3, 1):
            world.put("survey", "acme", kind="csat", score=score, day="2026-05-01")
        for closed, csat, positive in (("2026-05-01", 5, None), ("2026-05-02", None, 0), ("2026-07-01", 5, None)):
            world.put("ticket", "acme", opened_on="2026-04-01", closed_on=closed, csat=csat, csat_positive=positive)
        set_clock(world.conn, DAY)
        newest, before = voice_rows(world.conn, periods("2026-01", "2026-06", "quarter", DAY))
    finally:
        world.close()
    assert (newest["period"], newest["nps_answers"]) == ("2026-Q2", 6)
    assert (newest["promoters"], newest["passives"], newest["detractors"], newest["nps"]) == (3, 1, 2, 16.7)
    assert (newest["csat"], newest["csat_positive"], newest["csat_answers"]) == (0.5, 2, 4)
    assert (newest["csat_low"], newest["csat_high"]) == (0.15, 0.85)  # Wilson, 2 of 4
    assert (newest["ticket_csat"], newest["ticket_positive"], newest["ticket_answers"]) == (0.5, 1, 2)
    assert (before["nps"], before["nps_answers"], before["csat"], before["csat_low"]) == (-100, 1, None, None)


def test_time_to_value_counts_who_waits_and_who_left() -> None:
    accounts = [
        {"customer_since": "2026-01-10", "days_to_first_value": 20, "churned_on": None},
        {"customer_since": "2026-02-10", "days_to_first_value": 40, "churned_on": "2026-06-01"},
        {"customer_since": "2026-03-31", "days_to_first_value": None, "churned_on": None},
        {"customer_since": "2026-03-01", "days_to_first_value": None, "churned_on": "2026-03-06"},
        {"customer_since": "2026-04-01", "days_to_first_value": None, "churned_on": None},
        {"customer_since": None, "days_to_first_value": None, "churned_on": None},
    ]
    first, second = value_rows(accounts, periods("2026-01", "2026-06", "quarter", DAY), DAY)
    assert first == {"period": "2026-Q1", "started": 4, "reached": 2, "reached_low": 0.15,
                     "reached_high": 0.85, "waiting": 1, "left": 1, "median_days": 40,
                     "fastest": 20, "slowest": 40}  # fmt: skip
    assert (second["started"], second["waiting"], second["median_days"], second["fastest"]) == (1, 1, None, None)


@pytest.mark.parametrize(
    ("answers", "low", "high"),
    [
        ((7, 7, 4), -18.6, 52.0),  # 16.7 of 18: 11/18 - (3/18)², over 18
        ((0, 0, 0), None, None),
        ((1, 0, 0), -58.7, 100.0),  # one promoter: Wilson of 1 of 1 is 20.7 % to 100 %
        ((0, 0, 4), -100.0, -2.0),  # 4 of 4: 51.0 %
        ((0, 3, 0), -56.1, 56.1),  # 3 of 3: 43.8 %
        ((199, 0, 1), 97.0, 100.0),
        ((200, 0, 1), None, None),  # over 200 the figure stands for itself
    ],
)
def test_nps_stands_with_the_interval_of_its_own_answers(
    answers: tuple[int, int, int], low: float | None, high: float | None
) -> None:
    assert nps_interval(*answers) == (low, high)


@given(st.integers(0, 80), st.integers(0, 80), st.integers(0, 40))
def test_the_interval_holds_the_figure_and_turns_with_the_answers(up: int, mid: int, down: int) -> None:
    low, high = nps_interval(up, mid, down)
    if low is None or high is None:
        assert up + mid + down == 0
        return
    assert -100 <= low <= round(100 * (up - down) / (up + mid + down), 1) <= high <= 100
    assert nps_interval(down, mid, up) == (-high, -low)


def test_who_waits_and_whose_they_are() -> None:
    base = {"churned_on": None, "status": "customer"}
    accounts = [
        {**base, "account_id": "a", "customer_since": "2026-01-10", "days_to_first_value": 20, "sold_by": "Ann"},
        {**base, "account_id": "b", "customer_since": "2026-02-10", "days_to_first_value": None, "sold_by": "Ann"},
        {**base, "account_id": "c", "customer_since": "2026-01-31", "days_to_first_value": None, "sold_by": None},
        {**base, "account_id": "d", "customer_since": "2025-12-31", "days_to_first_value": None, "sold_by": "Ann"},
        {**base, "account_id": "e", "customer_since": "2026-02-01", "days_to_first_value": None, "sold_by": "Bo",
         "status": "churned", "churned_on": "2026-03-01"},
    ]  # fmt: skip
    found = periods("2026-01", "2026-03", "quarter", DAY)
    assert [(row["account_id"], row["days"]) for row in waiting_rows(accounts, found, DAY)] == [("c", 150), ("b", 140)]
    rows = value_rows(accounts, found, DAY, "sold_by")
    assert [(row["group"], row["started"], row["reached"], row["waiting"], row["left"]) for row in rows] == [
        ("(none)", 1, 0, 1, 0), ("Ann", 2, 1, 1, 0), ("Bo", 1, 0, 0, 1),
    ]  # fmt: skip


def test_the_median_of_a_published_example() -> None:
    """Freireich et al. 1963, weeks in remission under 6-MP: the median is 23."""
    reached = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    assert median(reached, [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]) == 23


@given(st.lists(st.integers(0, 400), min_size=1, max_size=40))
def test_where_nobody_waits_it_is_the_plain_median(reached: list[int]) -> None:
    assert median(reached, []) == pytest.approx(plain_median(reached))
    assert median([], reached) is None
