"""Bands with memory: looking back only as far as needed gives what the full replay gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.definitions.shapes import Bands
from cs_cli.scoring.bands import replay, steps_before, walk_back

near_the_edges = st.one_of(st.none(), st.integers(400, 800).map(lambda tenths: tenths / 10))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(near_the_edges, min_size=14, max_size=14), min_size=1, max_size=5),
    st.sampled_from([Bands(), Bands(green=60, red=60, hysteresis=5), Bands(hysteresis=0), Bands(70, 65, 10)]),
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
)
def test_walking_back_equals_the_full_replay(
    histories: list[list[float | None]], bands: Bands, day: date
) -> None:
    steps = steps_before(day)  # newest first; histories are oldest first, the day last
    asked: set[tuple[int, date]] = set()

    def score_on(step: date, accounts: Sequence[int]) -> dict[int, float | None]:
        asked.update((account, step) for account in accounts)
        return {account: histories[account][12 - steps.index(step)] for account in accounts}

    today = {n: (history[-1], bands) for n, history in enumerate(histories) if history[-1] is not None}
    settled = walk_back(today, day, score_on)  # type: ignore[arg-type]
    assert settled == {n: replay(histories[n], bands) for n in today}
    for account, (score, _) in today.items():
        assert score is not None
        clear = all(
            score >= edge + bands.hysteresis or score < edge - bands.hysteresis
            for edge in (bands.green, bands.red)
        )
        assert not clear or not any(account == one for one, _ in asked)


def test_the_steps_are_the_13_mondays_before_the_day() -> None:
    steps = steps_before(date(2026, 6, 29))  # a Monday
    assert (steps[0], steps[-1], len(steps)) == (date(2026, 6, 22), date(2026, 3, 30), 13)
    assert steps_before(date(2026, 6, 30))[0] == date(2026, 6, 29)
    assert {step.weekday() for step in steps} == {0}


def test_a_band_changes_only_when_the_margin_is_passed() -> None:
    bands = Bands(70, 50, 3)
    assert replay([80, 68, 67.1], bands) == "green"
    assert replay([80, 66.9], bands) == "amber"
    assert replay([60, 72.9], bands) == "amber"
    assert replay([60, 73], bands) == "green"
    assert replay([80, 40], bands) == "red"
    assert replay([40, 90], bands) == "green"
    assert replay([80, None, 68], bands) == "green"
    assert replay([80, None], bands) == "unknown"
    assert replay([71], bands) == "green"
