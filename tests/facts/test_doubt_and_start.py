"""Facts of doubt and of the start: what does not heal by its age, whose word counts, who never reached first value."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cs_cli.definitions.shapes import Person, Settings
from tests.facts.world import World


@pytest.fixture
def world() -> Iterator[World]:
    one = World()
    one.account("acme")
    yield one
    one.close()


def test_a_doubt_counts_on_after_its_time_until_anybody_looks_anew(world: World) -> None:
    world.put("pulse", "acme", day="2025-03-01", who="Ann", score=2)
    world.put("pulse", "acme", day="2025-03-10", who="Bob", score=5)
    names = {"pulse", "pulse_doubt", "pulse_doubt_by", "pulse_kept", "pulse_lowest"}

    def told(day: str) -> list[object]:
        return [world.facts(day, names=names)["acme"][one] for one in sorted(names)]

    assert told("2025-03-20") == [5, 2, "Ann", 5, 2]
    # Ann's has expired and nobody has looked since; then praise of before fades as well
    assert told("2025-04-15") == [5, 2, "Ann", 5, 5]
    assert told("2025-12-01") == [None, 2, "Ann", 2, None]
    world.put("pulse", "acme", day="2025-12-02", who="Bob", score=4)
    assert told("2025-12-02") == [4, None, None, 4, 4]


def test_pulses_by_the_role_of_their_author(world: World) -> None:
    people = [Person("Ann", "ann@us.example", roles=["support"]), Person("Bob", roles=["csm", "am"])]
    for who, score in (("ANN@us.example", 2), ("bob", 4), ("ae", 3), ("Stranger", 1)):
        world.put("pulse", "acme", day="2025-06-20", who=who, score=score)
    names = {"pulse_csm", "pulse_support", "pulse_ae", "pulse_am", "pulse_lowest", "pulse_lowest_by", "pulse_spread"}
    settings = Settings(people=people)
    found = world.facts("2025-06-30", settings, names=names)["acme"]
    assert {one: found[one] for one in names} == {
        "pulse_csm": 4, "pulse_support": 2, "pulse_ae": 3, "pulse_am": 4, "pulse_lowest": 1,
        "pulse_lowest_by": "Stranger", "pulse_spread": 3,
    }  # fmt: skip


def test_a_call_that_went_badly_is_contact_and_no_relief(world: World) -> None:
    for key, day, mood in (("1", "2025-05-01", "good"), ("2", "2025-06-20", "Bad"), ("3", "2025-06-25", None)):
        world.put("touch", "acme", key=key, day=day, kind="call", sentiment=mood)
    names = {"days_since_touch", "days_since_fair_touch", "last_mood", "bad_touches_90d"}
    found = world.facts("2025-06-24", names=names)["acme"]
    assert [found[one] for one in sorted(names)] == [1, 54, 4, "Bad"]
    found = world.facts("2025-06-30", names=names)["acme"]
    assert [found[one] for one in sorted(names)] == [1, 5, 5, "Bad"]


def test_never_started_is_said_only_where_the_data_would_show_it(world: World) -> None:
    world.account("other")
    for name, start in (("acme", "2025-01-05"), ("other", "2021-01-05")):
        world.put("contract", name, start_on=start, end_on="2026-12-31", amount=120000, currency="USD")
    name = {"days_without_value"}

    def days(day: str = "2025-06-30") -> list[object]:
        found = world.facts(day, names=name)
        return [found[one]["days_without_value"] for one in ("acme", "other")]

    assert days() == [None, None]
    # a step of the first year that nobody did; one of the fifth year is another plan
    world.put("milestone", "acme", key="m1", name="data connected", due_on="2025-02-01")
    world.put("milestone", "other", key="m2", name="rollout", due_on="2025-02-01")
    assert days() == [176, None]
    world.put("milestone", "acme", key="m3", name="First value", due_on="2025-02-01", done_on="2025-06-30")
    assert days("2025-06-29") == [175, None]
    assert days() == [None, None]


def test_key_actions_show_it_for_those_who_began_since_they_are_counted(world: World) -> None:
    world.account("other")
    for name, start in (("acme", "2025-01-20"), ("other", "2021-01-05")):
        world.put("contract", name, start_on=start, end_on="2026-12-31", amount=120000, currency="USD")
        for day in ("2025-01-06", "2025-06-29"):
            world.use(name, "key_actions", day, 0)
    name = "days_without_value"
    found = world.facts("2025-06-30", names={name})
    assert [found[one][name] for one in ("acme", "other")] == [161, None]
    world.use("acme", "key_actions", "2025-06-30", 1)
    assert world.facts("2025-06-30", names={name})["acme"][name] is None


def test_a_detractors_answer_counts_until_anybody_has_spoken_with_them_since(world: World) -> None:
    world.put("contact", "acme", key="d", email="d@acme.example", role="decision_maker")
    world.put("survey", "acme", kind="nps", email="d@acme.example", score=4, day="2025-01-10")
    world.put("touch", "acme", key="t0", day="2025-01-11", kind="email")
    world.put("touch", "acme", key="t1", day="2025-01-23", kind="call")  # the 13th day: the first replies
    name = "nps_key_people_open"
    assert [world.facts(day, names={name})["acme"][name] for day in ("2025-02-02", "2025-06-30")] == [4, 4]
    world.put("touch", "acme", key="t2", day="2025-07-01", kind="call", sentiment="bad")
    assert world.facts("2025-07-02", names={name})["acme"][name] == 4
    world.put("touch", "acme", key="t3", day="2025-07-03", kind="call")
    assert world.facts("2025-07-03", names={name})["acme"][name] is None


def test_the_loop_is_closed_on_the_14th_day(world: World) -> None:
    world.put("contact", "acme", key="d", email="d@acme.example", role="decision_maker")
    world.put("survey", "acme", kind="nps", email="d@acme.example", score=6, day="2025-01-10")
    world.put("touch", "acme", key="t1", day="2025-01-24", kind="call")
    name = "nps_key_people_open"
    assert [world.facts(day, names={name})["acme"][name] for day in ("2025-01-23", "2025-01-24")] == [6, None]


def test_a_seven_is_no_doubt_and_counts_60_days(world: World) -> None:
    world.put("contact", "acme", key="d", email="d@acme.example", role="decision_maker")
    world.put("survey", "acme", kind="nps", email="d@acme.example", score=7, day="2025-01-10")
    name = "nps_key_people_open"
    assert [world.facts(day, names={name})["acme"][name] for day in ("2025-03-10", "2025-03-11")] == [7, None]
