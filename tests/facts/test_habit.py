"""People's use against what is usual for them: a level that holidays do not move and that stays once a fall is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.facts.world import World

LAST = date(2025, 6, 30)  # a Monday
FACTS = {"human_usual_week", "human_vs_usual", "users_usual_week", "users_vs_usual"}


@pytest.fixture
def world() -> Iterator[World]:
    one = World()
    one.account("acme")
    yield one
    one.close()


def use(world: World, metric: str, by_week: dict[int, float], weeks: int = 26) -> None:
    """A row a week, 100 where by_week (weeks before the last) says nothing else; None of it: no row."""
    for week in range(weeks):
        if value := by_week.get(week, 100):
            world.use("acme", metric, LAST - timedelta(days=7 * week), value)


def found(world: World, day: date = LAST) -> tuple[float | None, float | None]:
    row = world.facts(day.isoformat(), names=FACTS)["acme"]
    return row["human_usual_week"], row["human_vs_usual"]


def test_two_weeks_of_holidays_are_no_fall(world: World) -> None:
    use(world, "events", {0: 5, 1: 5})
    assert found(world) == (100, 1.0)
    change = world.facts(LAST.isoformat(), names={"human_change_28d"})["acme"]["human_change_28d"]
    assert change == pytest.approx(-0.475)


def test_a_fall_that_is_over_still_shows(world: World) -> None:
    use(world, "events", dict.fromkeys(range(9), 35))
    assert found(world) == (100, 0.35)
    assert world.facts(LAST.isoformat(), names={"human_change_28d"})["acme"]["human_change_28d"] == 0


def test_the_fourth_week_back_counts_as_now_and_the_fifth_as_before(world: World) -> None:
    use(world, "events", {0: 10, 1: 10, 2: 10, 3: 80, 4: 400})
    assert found(world) == (100, 0.8)


def test_weeks_without_a_row_count_as_nothing_from_the_first_one_on(world: World) -> None:
    use(world, "events", {0: 0, 5: 0, 6: 0, 7: 0}, weeks=10)
    world.account("other")  # so that the metric is covered up to the day
    world.use("other", "events", LAST, 1)
    assert found(world) == (50, 2.0)  # 0 0 0 100 100 100, newest three of four weeks 100


def test_four_weeks_before_the_last_four_are_needed(world: World) -> None:
    use(world, "events", {}, weeks=7)
    assert found(world) == (None, None)
    world.use("acme", "events", LAST - timedelta(days=49), 100)
    assert found(world) == (100, 1.0)


def test_figures_by_the_month_go_by_their_change(world: World) -> None:
    for n, value in enumerate((30, 60, 60, 60, 60)):
        world.use("acme", "events", LAST - timedelta(days=28 * n), value)
    assert found(world) == (None, 0.5)


def test_people_are_counted_beside_what_they_do(world: World) -> None:
    """Half of the people, who do twice as much: the volume hides it."""
    use(world, "events", {})
    use(world, "active_users", dict.fromkeys(range(4), 4) | dict.fromkeys(range(4, 26), 8))
    row = world.facts(LAST.isoformat(), names=FACTS)["acme"]
    assert (row["human_vs_usual"], row["users_vs_usual"], row["users_usual_week"]) == (1.0, 0.5, 8)


def test_programs_are_nobodys_habit(world: World) -> None:
    use(world, "api_calls", {})
    use(world, "active_users", dict.fromkeys(range(4), 2) | dict.fromkeys(range(4, 26), 8))
    assert found(world) == (8, 0.25)


def test_where_programs_alone_are_counted_nobody_has_a_habit(world: World) -> None:
    use(world, "api_calls", {})
    assert found(world) == (None, None)


def test_late_usage_is_unknown(world: World) -> None:
    use(world, "events", {})
    assert found(world, LAST + timedelta(days=60)) == (None, None)


def test_the_lowest_pulse_that_stands(world: World) -> None:
    for who, day, score in (("Ann", "2025-06-01", 2), ("Bob", "2025-06-20", 4), ("Cy", "2025-01-01", 1)):
        world.put("pulse", "acme", day=day, who=who, score=score)
    names = {"pulse", "pulse_lowest"}
    assert [world.facts("2025-06-30", names=names)["acme"][one] for one in sorted(names)] == [4, 2]
    world.put("pulse", "acme", day="2025-06-25", who="ann", score=5)
    assert [world.facts("2025-06-30", names=names)["acme"][one] for one in sorted(names)] == [5, 4]


def test_key_people_are_deciders_and_champions_who_are_there(world: World) -> None:
    for key, role, left in (("d", "decision_maker", None), ("c", "champion", "2025-06-10"), ("u", "user", None)):
        world.put("contact", "acme", key=key, email=f"{key}@acme.example", role=role, left_on=left)
    for key, day, score in (("d", "2025-03-01", 1), ("d", "2025-05-10", 7), ("c", "2025-06-01", 0),
                            ("u", "2025-06-20", 2)):  # fmt: skip
        world.put("survey", "acme", kind="nps", email=f"{key}@acme.example", score=score, day=day)
    name = "nps_key_people_60d"
    told = {day: world.facts(day, names={name})["acme"][name] for day in ("2025-06-09", "2025-06-30", "2025-07-09")}
    assert told == {"2025-06-09": 0, "2025-06-30": 7, "2025-07-09": None}


def test_pressing_tickets_are_high_and_urgent_ones(world: World) -> None:
    for key, priority, closed in (("1", "High", None), ("2", "urgent", None), ("3", "P2", None), ("4", "normal", None),
                                  ("5", "high", "2025-06-20")):  # fmt: skip
        world.put("ticket", "acme", key=key, opened_on="2025-06-10", closed_on=closed, priority=priority, status="open")
    assert world.facts("2025-06-30", names={"high_tickets"})["acme"]["high_tickets"] == 3
