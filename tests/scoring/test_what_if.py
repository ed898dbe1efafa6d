"""What would lift the band: the answer, applied, does lift it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.definitions.shapes import Cap, Measure, Scorecard
from cs_cli.scoring.lists import propose_tiers
from cs_cli.scoring.what_if import what_if
from tests.scoring.tiny import NAMES, score

CARD = Scorecard(
    "card", "otherwise",
    [
        Measure("usage", "usage", "usage", 50, scale=[(-50, 0), (0, 80), (10, 100)]),
        Measure("seen", "seen", "usage", 30, scale=[(7, 100), (28, 20), (45, 0)]),
        Measure("stage", "stage", "adoption", 20, values={"Live": 100.0, "slow": 50.0, "stuck": 0.0}),
    ],
    [Cap("leaving", "leaving", 20), Cap("late", "overdue_days > 60", 40)],
)  # fmt: skip


def ask(facts: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    results, listed = score([facts], [CARD])
    result = results[0]
    measures = [
        {**row, "contribution": row["contribution"] or 0.0, "share": row["share"] or 0.0} for row in listed[0]
    ]
    caps = {
        name: at_most
        for name, at_most, holds in (
            ("leaving", 20.0, facts.get("leaving")),
            ("late", 40.0, (facts.get("overdue_days") or 0) > 60),
        )
        if holds
    }
    return result, what_if(CARD, {**facts, "band": result["band"]}, measures, caps, NAMES)


@settings(max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "usage": st.one_of(st.none(), st.integers(-60, 20)),
            "seen": st.one_of(st.none(), st.integers(0, 60)),
            "stage": st.sampled_from([None, "Live", "slow", "stuck"]),
            "leaving": st.sampled_from([0, 0, 0, 1]),
            "overdue_days": st.sampled_from([0, 0, 90]),
        }
    )
)
def test_each_change_lifts_the_band(facts: dict[str, Any]) -> None:
    result, changes = ask(facts)
    if result["band"] in ("green", "unknown"):
        assert changes == []
    edge = 53 if result["band"] == "red" else 73
    for change in changes:
        if change["change"].startswith("no longer"):
            better = (
                {**facts, "leaving": 0} if "leaving" in change["change"] else {**facts, "overdue_days": 0}
            )
        else:
            better = {**facts, change["fact"]: change["needed"]}
        assert score([better], [CARD])[0][0]["health"] >= edge
        assert change["health"] >= edge


def test_the_nearest_value_is_named() -> None:
    result, changes = ask({"usage": -30, "seen": 40, "stage": "slow"})
    assert result["band"] == "red"
    assert [(row["change"], row["needed"]) for row in changes] == [("seen", 9.62), ("usage", 1.24)]


def test_a_cap_stands_before_everything_else() -> None:
    _, changes = ask({"usage": 10, "seen": 1, "stage": "Live", "leaving": 1})
    assert [row["change"] for row in changes] == ["no longer: leaving"]
    assert ask({"usage": 10, "seen": 1, "stage": "Live", "leaving": 1, "overdue_days": 90})[1] == []


def test_tier_limits() -> None:
    assert propose_tiers([]) is None
    # half of 1,000 is reached by the first two, four fifths by the first four
    assert propose_tiers([300, 250, 150, 120, 100, 80]) == (250, 120)
    # never more than 25 in A
    a, _ = propose_tiers([100.0 + n for n in range(200)]) or (0, 0)
    assert sum(1 for n in range(200) if 100 + n >= a) == 25
