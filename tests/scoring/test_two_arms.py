"""The difference of two shares against the examples of the papers, and what is said of it."""

from __future__ import annotations

import pytest

from cs_cli.scoring.two_arms import Arm, difference, needed, together, verdict


# Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10
@pytest.mark.parametrize(("one", "other", "low", "high"), [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
])  # fmt: skip
def test_intervals_are_those_of_the_paper(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    found = difference(Arm(*one), Arm(*other))
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_strata_undo_what_unequal_tiers_do() -> None:
    # it makes no difference in either tier; the arms only have other shares of them
    large, small = (Arm(45, 50), Arm(9, 10)), (Arm(1, 10), Arm(5, 50))
    found, crude = together([large, small]), difference(Arm(46, 60), Arm(14, 60))
    assert found is not None and crude is not None
    assert found.value == 0 and found.low < 0 < found.high and crude.value > 0.5


def test_one_stratum_is_the_plain_difference_and_an_empty_arm_tells_nothing() -> None:
    pair = (Arm(56, 70), Arm(48, 80))
    assert together([pair]) == difference(*pair) == together([pair, (Arm(3, 5), Arm(0, 0))])
    assert together([(Arm(3, 5), Arm(0, 0))]) is None


def test_numbers_needed() -> None:
    # 20 % against 30 %: 291 in each arm by this formula (Fleiss 1981, without continuity correction, is 293)
    assert 2 * 288 <= needed(0.2, 0.5) <= 2 * 294
    assert needed(0.2, 0.1) > 2 * needed(0.2, 0.5)     # a small control group takes more in all
    assert needed(0.97, 0.5) == needed(0.87, 0.5)  # no share above one: held against the one below


@pytest.mark.parametrize(("one", "other", "said"), [
    (Arm(22, 63), Arm(23, 66), "cannot tell yet, n = 63 and 66: about "),
    (Arm(56, 70), Arm(48, 80), "more often with it, by 5 to 33 points"),
    (Arm(3, 10), Arm(9, 10), "less often with it, by 17 to 81 points"),
    (Arm(300, 1000), Arm(301, 1000), "no difference of 10 points: −4 to 4 points"),
    (Arm(375, 600), Arm(345, 600), "no clear difference"),
    (Arm(3, 9), Arm(0, 0), "cannot tell yet, n = 9 and 0"),
])  # fmt: skip
def test_what_is_said(one: Arm, other: Arm, said: str) -> None:
    held_out = 0.5
    assert verdict(difference(one, other), one, other, held_out).startswith(said)


def test_without_a_control_group_it_says_so() -> None:
    assert verdict(None, Arm(3, 9), Arm(0, 0), 0.0) == "no control group"
