"""Random companies under random scorecards: contributions add up to scores, parts to changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_cli.definitions.shapes import Cap, Health, Measure, Scorecard, When
from cs_cli.definitions.workspace import Definitions
from cs_cli.scoring.changes import PARTS, health_changes
from cs_cli.scoring.desk import build_desk
from cs_cli.scoring.states import states_on
from tests.facts.plain import Rows
from tests.facts.test_recomputed import build, companies

DAY = date(2025, 1, 31)
# fact → values that its scales are written over
RANGES = {
    "last_seen_days": (0, 60), "usage_change_28d": (-1, 1), "usage_28d": (0, 300), "nps_latest": (0, 10),
    "nps_age_days": (0, 200), "overdue_days": (0, 90), "urgent_tickets": (0, 2), "days_since_touch": (0, 120),
    "touches_90d": (0, 3), "pulse": (1, 5), "arr_change_90d": (-1, 1), "arr": (0, 5000),
}  # fmt: skip
CONDITIONS = (
    "pulse <= 2", "overdue_days > 20", "urgent_tickets > 0", "cancel_requested", "nps_latest is missing",
    "last_seen_days > 14 or usage_28d is missing", "arr >= 1_000", "not cancel_requested and open_tickets < 2",
)  # fmt: skip


@st.composite
def scales(draw: Any, fact: str) -> list[tuple[float, float]]:
    low, high = RANGES[fact]
    at = sorted(draw(st.sets(st.integers(0, 20), min_size=1, max_size=4)))
    return [(low + (high - low) * one / 20, float(draw(st.integers(0, 100)))) for one in at]


@st.composite
def cards(draw: Any, name: str, applies: str) -> Scorecard:
    measures = []
    for number in range(draw(st.integers(1, 5))):
        fact = draw(st.sampled_from(sorted(RANGES)))
        more: dict[str, Any] = {
            "weight": draw(st.sampled_from([0.0, 1.0, 7.5, 20.0])) if number else 10.0,
            "missing": draw(st.sampled_from(["skip", "skip", "unknown", 0.0, 55.0])),
        }
        if draw(st.booleans()):
            more["scale"] = draw(scales(fact))
        else:
            branches = draw(st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=2))
            more["when"] = [When(one, scale=draw(scales(fact))) for one in branches]
        if fact in ("pulse", "nps_latest") and draw(st.booleans()):
            more["stale_after"] = draw(st.integers(5, 60))
        measures.append(Measure(f"m{number}", fact, "usage", **more))
    caps = [
        Cap(f"cap {number}", draw(st.sampled_from(CONDITIONS)), float(draw(st.integers(5, 90))))
        for number in range(draw(st.integers(0, 3)))
    ]
    return Scorecard(name, applies, measures, caps)


healths = st.builds(
    lambda first, rest: Health([first, rest]),
    st.sampled_from(CONDITIONS).flatmap(lambda condition: cards("first", condition)),
    cards("rest", "otherwise"),
)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(companies, healths, healths, st.sampled_from([7, 30, 91]), st.booleans())
def test_everything_adds_up(
    definitions: Definitions, company: dict[str, Rows], health: Health, older: Health, days: int, edited: bool
) -> None:
    now = msgspec.structs.replace(definitions, health=health, hash="now")
    before = msgspec.structs.replace(definitions, health=older, hash="before") if edited else None
    world = build(company)
    try:
        build_desk(world.conn, now, DAY, measures=True, cached=False)
        scores = dict(world.conn.execute("SELECT account, score FROM temp.account_scores"))
        for account, score in scores.items():
            parts = [
                one or 0.0
                for (one,) in world.conn.execute(
                    "SELECT contribution FROM temp.account_measures WHERE account = ? ORDER BY position", (account,)
                )
            ]
            assert score is None or sum(parts) == score

        since = DAY - timedelta(days=days)
        ends = states_on(world.conn, now, DAY)
        accounts = dict(world.conn.execute("SELECT account_id, account FROM account_registry"))
        for row in health_changes(world.conn, now, since, DAY, before=before, everybody=True):
            state, shown = ends[accounts[row["account_id"]]]
            assert row["to"] == shown
            assert shown is None or state.health == pytest.approx(shown, abs=0.0501)
            given_parts = [row[part] for part in PARTS]
            if row["from"] is None or row["to"] is None:
                assert given_parts == [None] * len(PARTS)
                continue
            assert round(sum(given_parts), 1) == round(row["to"] - row["from"], 1)
            assert round(sum(part["points"] for part in row["parts"]), 1) == round(row["to"] - row["from"], 1)
            for part in row["parts"]:
                assert round(sum(part[name] for name in PARTS), 1) == part["points"]
            assert before is not None or row["definition"] == 0
    finally:
        world.close()
