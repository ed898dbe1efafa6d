"""What a difference is made of adds up, and each part is what a person would say it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.scoring.parts import Points, State, in_tenths, pieces

NAMES = ("usage", "pulse", "nps", "money")


@st.composite
def states(draw: Any) -> State:
    measures = {}
    for name in NAMES:
        score = draw(st.one_of(st.none(), st.floats(0, 100)))
        measures[name] = Points(draw(st.sampled_from([5.0, 10.0, 20.0])), score, score is not None, name == "pulse")
    caps = draw(st.dictionaries(st.sampled_from(["left", "pulse 1"]), st.sampled_from([20.0, 45.0]), max_size=2))
    return State(
        draw(st.sampled_from(["standard", "standard", "onboarding"])), measures,
        {name: (at_most, name == "pulse 1") for name, at_most in caps.items()},
    )  # fmt: skip


@settings(max_examples=200)
@given(states(), states())
def test_pieces_add_up_to_the_difference(before: State, after: State) -> None:
    if before.health is None or after.health is None:
        return
    found = pieces(before, after)
    assert sum(one.points for one in found) == pytest.approx(after.health - before.health, abs=1e-9)
    assert len({(one.kind, one.name) for one in found}) == len(found)
    assert {one.kind for one in found} <= ({"measure", "cap"} if before.card == after.card else {"card", "cap"})
    if before == after:
        assert found == []


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=12), st.integers(-1, 1))
def test_tenths_add_up_and_are_near(amounts: list[float], beyond: int) -> None:
    total = round(sum(amounts) * 10) + beyond
    found = in_tenths(amounts, total)
    assert sum(found) == total
    kept = [at for at, one in enumerate(amounts) if one]
    if kept:
        assert all(found[at] == 0 for at in range(len(amounts)) if at not in kept)
        # the tenth by which two rounded scores may differ more than the scores do falls on one of the parts
        assert all(abs(tenths - 10 * one) < 2.6 for one, tenths in zip(amounts, found, strict=True))
    with pytest.raises(ValueError, match="no part for 3 tenths"):
        in_tenths([], 3)


def state(caps: dict[str, float] | None = None, card: str = "standard", **scores: float | None) -> State:
    measures = {name: Points(10.0, score, score is not None, name == "pulse") for name, score in scores.items()}
    return State(card, measures, {name: (at_most, name == "pulse 1") for name, at_most in (caps or {}).items()})


def told(before: State, after: State) -> dict[str, float]:
    return {f"{one.kind} {one.name}": round(one.points, 6) for one in pieces(before, after)}


def test_what_moved_has_its_part_and_what_stayed_has_none() -> None:
    start = state(usage=80, pulse=50, nps=20)
    assert told(start, state(usage=50, pulse=50, nps=20)) == {"measure usage": -10}
    # gone: the others' weights are shared out anew, and that is no part of theirs
    assert told(start, state(usage=80, pulse=50, nps=None)) == {"measure nps": 15}
    assert told(state(usage=80, pulse=50, nps=None), start) == {"measure nps": -15}
    assert told(start, state(usage=50, pulse=50, nps=None)) == {"measure usage": -15, "measure nps": 15}


def test_a_cap_takes_what_the_measures_leave() -> None:
    free, held = state(usage=80, pulse=60), state({"left": 45}, usage=70, pulse=60)
    assert told(free, held) == {"measure usage": -5, "cap left": -20}
    assert told(held, free) == {"measure usage": 5, "cap left": 20}
    # above a cap that holds on both days nothing moves anything
    assert told(held, state({"left": 45}, usage=50, pulse=60)) == {}
    assert told(held, state({"left": 45}, usage=20, pulse=60)) == {"measure usage": -5}
    assert told(held, state({"left": 45, "pulse 1": 20}, usage=50, pulse=60)) == {"cap pulse 1": -25}
    # two measures that moved against each other shrink alike
    both = told(held, state({"left": 45}, usage=0, pulse=70))
    assert both == {"measure usage": -11.666667, "measure pulse": 1.666667}


def test_another_card_is_one_part_and_its_cap_another() -> None:
    start = state(usage=80, pulse=60)
    assert told(start, state(card="onboarding", usage=20)) == {"card standard → onboarding": -50}
    capped = state({"left": 20}, card="onboarding", usage=60)
    assert told(start, capped) == {"card standard → onboarding": -10, "cap left": -40}


def test_of_two_caps_the_lowest_counts_and_of_two_alike_the_first_name() -> None:
    assert state({"b": 20.0, "a": 20.0, "c": 45.0}, usage=50).lowest == ("a", 20.0)
    assert state(usage=None).health is None
