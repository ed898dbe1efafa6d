"""Were leavers called in time, and stayers left alone? On a company with planted stories, and on books by hand."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.stories import CS_YAML, LAST, SINCE, STORIES, write_company
from cs_cli.revenue.early_warning import losses_of, mondays
from cs_cli.scoring.backtest_outcomes import paid_of
from tests.conftest import ROOT, Cs, new_workspace, run_cs

DAY = date(2026, 3, 2)


def company(folder: Path, healthy: int, each: int, **seed: int) -> Path:
    desk = new_workspace(folder / "desk")
    (desk / "cs.yaml").write_text(CS_YAML, encoding="utf-8")
    (folder / "out").mkdir()
    done = run_cs("-w", desk, "import", *write_company(folder / "out", healthy, each, **seed), "--yes")
    assert done.code == 0, done.err
    return desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty who stay, each story once."""
    return company(tmp_path_factory.mktemp("stories"), 40, 1)


@pytest.fixture(scope="module")
def told(desk: Path) -> dict[str, Any]:
    found: dict[str, Any] = run_cs("-w", desk, "health", "warnings", "--since", SINCE, "-f", "json").json
    return found


def test_leavers_are_the_planted_ones_from_the_day_they_cancelled(desk: Path, told: dict[str, Any]) -> None:
    with (desk.parent / "out" / "subscriptions.csv").open(encoding="utf-8") as file:
        planted = {row["account_id"]: row["cancelled_on"] for row in csv.DictReader(file) if row["cancelled_on"]}
    assert {row["account_id"]: row["told_on"] for row in told["accounts"]} == planted
    assert sorted(row["reason"] for row in told["accounts"]) == sorted(STORIES)


def test_most_planted_leavers_are_called_and_few_who_stay(told: dict[str, Any]) -> None:
    planted = [row for row in told["accounts"] if row["reason"] != "no_sign"]
    called = [row for row in planted if row["band"] in ("red", "amber")]
    assert len(called) / len(planted) >= 0.75
    assert told["stayers_called_mean"] <= 0.05


def test_the_bands_are_those_of_the_list_on_that_monday(desk: Path, told: dict[str, Any], cs: Cs) -> None:
    for row in told["accounts"][::3]:
        day = date.fromisoformat(row["told_on"]) - timedelta(days=14)
        day -= timedelta(days=day.weekday())
        listed = cs("-w", desk, "health", "list", "--as-of", day, "-f", "json").json
        assert {one["account_id"]: (one["band"], one["capped_by"]) for one in listed}[row["account_id"]] == (
            row["band"], row["capped_by"],
        )  # fmt: skip
        (week,) = [one for one in told["weeks"] if one["day"] == day.isoformat()]
        stayed = [one for one in listed if one["account_id"] not in {two["account_id"] for two in told["accounts"]}]
        assert week["n"] == len(stayed)
        assert week["called"] == sum(one["band"] in ("red", "amber") for one in stayed)


def test_the_sums_agree(told: dict[str, Any]) -> None:
    *reasons, everybody = told["by_reason"]
    for key in ("leavers", "called", "red", "amber", "green", "unknown"):
        assert sum(row[key] for row in reasons) == everybody[key]
    assert everybody["called"] == told["called"] == everybody["red"] + everybody["amber"]
    shares = [week["called"] / week["n"] for week in told["weeks"]]
    assert told["stayers_called_worst"] == round(max(shares), 4)
    assert told["stayers_called_mean"] == round(sum(shares) / len(shares), 4)
    assert told["called_share"]["value"] is None  # eight leavers are no rate


def test_people_read_it_by_reason(desk: Path, cs: Cs) -> None:
    text = cs("-w", desk, "health", "warnings", "--since", SINCE, "--accounts").out
    assert "8 customers told from 2025-07-07 to 2026-02-20 that they leave" in text
    assert "Too few for a rate" in text and "usage_fading" in text and "On the worst Monday" in text
    assert "Each who left" in text


def test_a_workspace_without_leavers_says_so(workspace: Path, cs: Cs) -> None:
    done = cs("-w", workspace, "health", "warnings", "--as-of", DAY)
    assert (done.code, "Nobody left in these weeks." in done.out) == (0, True)


def test_a_since_after_the_day_is_refused(workspace: Path, cs: Cs) -> None:
    done = cs("-w", workspace, "health", "warnings", "--as-of", "2026-03-02", "--since", "2026-03-02")
    assert (done.code, "SCO-002" in done.err) == (2, True)


def test_mondays_from_the_first_one_on() -> None:
    assert mondays(date(2026, 3, 3), date(2026, 3, 16)) == [date(2026, 3, 9), date(2026, 3, 16)]
    assert mondays(date(2026, 3, 2), date(2026, 3, 2)) == [DAY]
    assert mondays(date(2026, 3, 3), date(2026, 3, 8)) == []


FAR = "9999-12-31"


def test_who_left_and_when_they_told() -> None:
    paid = {
        1: paid_of([("2025-01-01", "2026-02-01", 100)]),
        2: paid_of([("2025-01-01", FAR, 100)]),
        3: paid_of([("2025-01-01", "2025-06-01", 100), ("2025-09-01", FAR, 100)]),  # came back
        4: paid_of([("2025-01-01", "2026-02-01", 100), ("2026-02-01", FAR, 0)], [("2026-02-01", FAR)]),  # rests
        5: paid_of([("2025-01-01", "2025-09-01", 100), ("2025-09-01", "2026-02-01", 50)]),  # fewer seats, then gone
        6: paid_of([("2025-01-01", "2026-04-01", 100)]),  # cancelled, and pays on
        7: paid_of([("2025-01-01", "2025-12-01", 100), ("2025-01-01", "2026-02-01", 50)]),  # one after the other
    }
    cancelled = {
        1: [("2025-12-20", "2026-02-01")],
        5: [("2025-09-01", "2025-09-01")],
        6: [("2026-02-20", "2026-04-01")],
        7: [("2025-11-01", "2025-12-01"), ("2026-01-10", "2026-02-01")],
    }
    assert losses_of(paid, cancelled, DAY) == {
        1: (date(2025, 12, 20), date(2026, 2, 1)),
        5: (date(2026, 2, 1), date(2026, 2, 1)),
        7: (date(2026, 1, 10), date(2026, 2, 1)),
    }


@pytest.mark.prove
@pytest.mark.parametrize("seed", [20260105, 1, 2])
def test_three_hundred_healthy_customers_beside_forty_who_leave(tmp_path: Path, seed: int) -> None:
    """Three of four leavers with a sign in time, one of twenty who stay at a time, eight cases a week about others than
    those who then leave."""
    desk = company(tmp_path, 300, 5, seed=seed)
    told = run_cs("-w", desk, "health", "warnings", "--since", SINCE, "-f", "json").json
    planted = [row for row in told["accounts"] if row["reason"] != "no_sign"]
    assert len(planted) == 35
    assert sum(row["band"] in ("red", "amber") for row in planted) / len(planted) >= 0.75
    assert told["stayers_called_mean"] <= 0.05
    books = run_cs("-w", desk, "playbooks", "backtest", "--since", SINCE, "-f", "json").json
    for_nothing = sum(row["fired"] - row["followed"] for row in books)
    assert for_nothing / ((LAST - SINCE).days / 7) < 8


def test_the_command_of_the_table_runs(tmp_path: Path) -> None:
    script = ROOT / "benchmarks" / "early_warning.py"
    done = subprocess.run(
        [sys.executable, script, "6", "1", "--keep", tmp_path / "kept"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "fading" in done.stdout and "Those who stayed" in done.stdout
