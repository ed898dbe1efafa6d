"""Adoption, counted by hand: of whom nothing is known nothing is claimed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cs_cli.revenue.adoption import adoption_rows
from tests.conftest import Cs


def customer(**facts: Any) -> dict[str, Any]:
    base = dict.fromkeys(("last_seen_days", "activated", "features_used_28d", "key_actions_28d", "seat_utilisation"))
    return {**base, "status": "customer", "customer_since": "2026-01-10", "csm": None, **facts}


BASE = [
    customer(last_seen_days=0, activated=1, features_used_28d=4, seat_utilisation=0.5, csm="Tom"),
    customer(last_seen_days=27, activated=1, features_used_28d=2, csm="Tom", customer_since="2026-04-01"),
    customer(last_seen_days=28, activated=0, features_used_28d=0),
    customer(),
    customer(last_seen_days=1, activated=1, status="churned"),
]


def test_active_is_seen_within_28_days_of_whom_usage_is_known() -> None:
    (row,) = adoption_rows(BASE)
    assert (row["customers"], row["usage_known"], row["active"], row["active_share"]) == (4, 3, 2, 0.666667)
    assert (row["active_low"], row["active_high"]) == (0.2077, 0.9385)  # Wilson, 2 of 3
    assert (row["value_known"], row["reached"], row["features"], row["features_n"]) == (3, 2, 2, 3)
    assert (row["seats_used"], row["seats_used_n"], row["key_actions"], row["key_actions_n"]) == (0.5, 1, None, 0)


@pytest.mark.parametrize(
    ("split", "wanted"),
    [("csm", [("(none)", 2, 0), ("Tom", 2, 2)]), ("cohort", [("2026-Q1", 3, 1), ("2026-Q2", 1, 1)])],
)
def test_by_csm_and_cohort(split: str, wanted: list[tuple[str, int, int]]) -> None:
    assert [(row["group"], row["customers"], row["active"]) for row in adoption_rows(BASE, split)] == wanted


def test_nobody_is_no_share() -> None:
    (row,) = adoption_rows([])
    assert (row["customers"], row["active_share"], row["active_low"], row["reached_share"]) == (0, None, None, None)


def test_the_command_ties_and_refuses_a_word_it_does_not_know(cs: Cs, demo_once: Path) -> None:
    (whole,) = cs("-w", demo_once, "metrics", "adoption", "-f", "json").json
    for split in ("tier", "cohort", "csm", "owner"):
        rows = cs("-w", demo_once, "metrics", "adoption", "--split", split, "-f", "json").json
        for key in ("customers", "usage_known", "active", "value_known", "reached"):
            assert sum(row[key] for row in rows) == whole[key], (split, key)
    assert whole["active"] <= whole["usage_known"] <= whole["customers"] == 61
    refused = cs("-w", demo_once, "metrics", "adoption", "--split", "cohorts")
    assert (refused.code, 'did you mean "cohort"?' in refused.err) == (2, True)
