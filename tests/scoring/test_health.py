"""Health: the SQL against an independent scorer, and what each option means."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.definitions.shapes import Bands, Cap, Measure, Scorecard, When
from tests.scoring.tiny import plain_score, score

numbers = st.one_of(
    st.none(), st.integers(-100, 200), st.floats(-100, 200, allow_nan=False).map(lambda x: round(x, 3))
)
facts = st.fixed_dictionaries(
    {
        "usage": numbers,
        "seen": numbers,
        "nps_latest": st.one_of(st.none(), st.integers(0, 10)),
        "nps_age_days": st.one_of(st.none(), st.integers(0, 100)),
        "pulse": st.one_of(st.none(), st.integers(1, 5)),
        "pulse_age_days": st.one_of(st.none(), st.integers(0, 100)),
        "overdue_days": numbers,
        "arr": numbers,
        "stage": st.sampled_from([None, "Live", "live", "PAUSED", "other"]),
        "leaving": st.sampled_from([None, 0, 1]),
    }
)
points = st.lists(st.tuples(st.integers(-50, 100), st.integers(0, 100)), min_size=1, max_size=5).map(
    lambda listed: [(float(x), float(y)) for x, y in listed]
)
conditions = st.sampled_from(
    [
        "arr >= 50",
        "arr < 20 or seen > 10",
        "leaving",
        "not leaving",
        'stage == "live"',
        "usage is missing",
        "otherwise",
    ]
)
missing = st.sampled_from(["skip", "skip", "unknown", 0.0, 40.0])


@st.composite
def measures(draw: Any) -> list[Measure]:
    made = []
    for number in range(draw(st.integers(1, 5))):
        fact = draw(st.sampled_from(["usage", "seen", "nps_latest", "pulse", "overdue_days", "stage"]))
        options: dict[str, Any] = {
            "weight": draw(st.sampled_from([0.0, 1.0, 5.0, 10.0, 12.5])),
            "missing": draw(missing),
        }
        if fact == "stage":
            options["values"] = {"Live": 90.0, "paused": 10.0}
        elif draw(st.booleans()):
            options["scale"] = draw(points)
        else:
            options["when"] = [
                When(
                    draw(conditions), **({"score": 33.0} if draw(st.booleans()) else {"scale": draw(points)})
                )
                for _ in range(draw(st.integers(1, 3)))
            ]
        if fact in ("pulse", "nps_latest") and draw(st.booleans()):
            options["stale_after"] = draw(st.integers(1, 60))
        made.append(Measure(f"m{number}", fact, "usage", **options))
    return made


@st.composite
def cards(draw: Any) -> Scorecard:
    caps = [
        Cap(f"cap {number}", draw(conditions), draw(st.sampled_from([10.0, 40.0, 40.0, 65.0])))
        for number in range(draw(st.integers(0, 3)))
    ]
    return Scorecard("card", "otherwise", draw(measures()), caps)


@settings(max_examples=150, deadline=None)
@given(cards(), st.lists(facts, min_size=1, max_size=5))
def test_the_sql_says_what_plain_python_says(card: Scorecard, rows: list[dict[str, Any]]) -> None:
    results, listed = score(rows, [card])
    for row, result, lines in zip(rows, results, listed, strict=True):
        expected, share, capped = plain_score(card, row)
        assert (result["score"] is None) == (expected is None)
        assert result["known_share"] == pytest.approx(share, abs=5e-5)
        if expected is None:
            assert result["health"] is None
            assert result["band"] == "unknown"
            continue
        assert result["score"] == pytest.approx(expected, abs=1e-9)
        # contributions add up to the uncapped score exactly, not nearly
        assert sum(line["contribution"] or 0.0 for line in lines) == result["score"]
        assert math.fsum(line["share"] or 0.0 for line in lines) == pytest.approx(1.0)
        heights = {cap.name: cap.at_most for cap in card.caps}
        if capped is None or abs(heights[capped] - expected) > 1e-6:
            assert result["capped_by"] == capped
            assert result["health"] == pytest.approx(heights[capped] if capped else expected, abs=0.05 + 1e-9)


def one(
    row: dict[str, Any], *listed: Measure, caps: list[Cap] | None = None, **options: Any
) -> dict[str, Any]:
    return score([row], [Scorecard("card", "otherwise", list(listed), caps or [], **options)])[0][0]


USAGE = Measure("usage", "usage", "usage", 60, scale=[(0, 0), (100, 100)])


def test_missing_policies() -> None:
    def seen(policy: str | float) -> Measure:
        return Measure("seen", "seen", "usage", 40, scale=[(0, 100), (10, 0)], missing=policy)

    skipped = one({"usage": 80}, USAGE, seen("skip"))
    assert (skipped["health"], skipped["known_share"]) == (80.0, 0.6)
    blocked = one({"usage": 80}, USAGE, seen("unknown"))
    assert (blocked["health"], blocked["band"]) == (None, "unknown")
    assumed = one({"usage": 80}, USAGE, seen(30))
    assert (assumed["health"], assumed["known_share"]) == (60.0, 0.6)


def test_a_measure_without_a_true_branch_does_not_apply_and_is_not_unknown() -> None:
    touch = Measure("touch", "seen", "relationship", 40, when=[When("arr >= 50", scale=[(0, 100), (10, 0)])])
    assert one({"usage": 80, "arr": 10}, USAGE, touch)["known_share"] == 1.0
    assert one({"usage": 80, "arr": None}, USAGE, touch)["known_share"] == 0.6
    assert one({"usage": 80, "arr": 90, "seen": None}, USAGE, touch)["known_share"] == 0.6
    assert one({"usage": 80, "arr": 90, "seen": 5}, USAGE, touch)["health"] == 68.0


def test_too_little_known_is_unknown_and_never_green() -> None:
    other = Measure("seen", "seen", "usage", 61, scale=[(0, 0), (1, 100)])
    result = one({"usage": 100}, USAGE, other)
    assert (result["health"], result["band"]) == (100.0, "unknown")
    assert one({"usage": 100}, USAGE, other, min_known_share=0.4)["band"] == "green"


def test_stale_values_do_not_count() -> None:
    pulse = Measure("pulse", "pulse", "sentiment", 40, scale=[(1, 0), (5, 100)], stale_after=45)
    assert one({"usage": 80, "pulse": 5, "pulse_age_days": 45}, USAGE, pulse)["health"] == 88.0
    assert one({"usage": 80, "pulse": 5, "pulse_age_days": 46}, USAGE, pulse)["known_share"] == 0.6
    assert one({"usage": 80, "pulse": 5, "pulse_age_days": None}, USAGE, pulse)["known_share"] == 0.6
    state = score(
        [{"usage": 80, "pulse": 5, "pulse_age_days": 46}], [Scorecard("c", measures=[USAGE, pulse])]
    )[1][0]
    assert [line["state"] for line in state] == ["known", "stale"]


def test_the_lowest_cap_that_applies_is_named() -> None:
    caps = [Cap("late", "overdue_days > 60", 40), Cap("leaving", "leaving", 20), Cap("unsure", "seen > 1", 5)]
    result = one({"usage": 90, "overdue_days": 61, "leaving": 1}, USAGE, caps=caps)
    assert (result["health"], result["capped_by"], result["score"], result["band"]) == (
        20.0,
        "leaving",
        90.0,
        "red",
    )
    result = one({"usage": 90, "overdue_days": 61, "leaving": 0}, USAGE, caps=caps)
    assert (result["health"], result["capped_by"]) == (40.0, "late")
    low = one({"usage": 10, "leaving": 1}, USAGE, caps=caps)
    assert (low["health"], low["capped_by"]) == (10.0, None)


def test_the_first_card_that_applies_counts_and_unknown_ones_are_passed_over() -> None:
    listed = [
        Scorecard("big", "arr >= 50", [USAGE], bands=Bands(green=95, red=90)),
        Scorecard("live", 'stage == "Live"', [USAGE]),
    ]
    results, _ = score(
        [{"arr": 60, "usage": 92}, {"stage": "LIVE", "usage": 92}, {"arr": 1, "stage": "x"}], listed
    )
    assert [(row["scorecard"], row["band"]) for row in results] == [
        ("big", "amber"),
        ("live", "green"),
        (None, "unknown"),
    ]


def test_flags_and_numbers_in_value_tables() -> None:
    flag = Measure("leaving", "leaving", "sentiment", 1, values={"true": 5.0, "false": 95.0})
    assert [one({"leaving": value}, flag)["health"] for value in (0, 1, None)] == [95.0, 5.0, None]
    number = Measure("pulse", "pulse", "sentiment", 1, values={"1": 0.0, "2": 25.0})
    assert [one({"pulse": value}, number)["health"] for value in (1, 2, 3)] == [0.0, 25.0, None]
