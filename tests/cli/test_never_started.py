"""A customer who never reached first value stays red, in the lists and in its case, whatever the calendar says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import new_workspace, run_cs

START = date(2026, 1, 5)
PLAN = (("kickoff", 7), ("data_connected", 18), ("first_value", 32))
# account → seats at 1,200 a year, days before the start, whether there is a plan, first value reached on, uses it
ACCOUNTS: dict[str, tuple[int, int, bool, int | None, bool]] = {
    "acme": (10, 0, True, None, True),  # six logins a day, nothing connected
    "bare": (10, 0, True, None, False),
    "small": (2, 0, True, None, False),
    "begun": (10, 0, True, 30, True),
    "veteran": (10, 1500, False, None, True),  # a customer for years before anybody wrote down a plan
}


def on(days: int) -> date:
    return START + timedelta(days=days)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Imported and run on days 85, 89, 90, 97, 121 and 130 after the start; no row but use is dated after day 60."""
    folder = new_workspace(tmp_path_factory.mktemp("never") / "desk")
    settings = folder / "cs.yaml"
    settings.write_text(settings.read_text("utf-8").replace('\ntoday: "2026-06-30"\n', "\n"), "utf-8")
    lines = {
        "account": ["account_id,name"], "milestone": ["account_id,name,due,day"],
        "subscription": ["subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status"],
        "pulse": ["account_id,day,who,score,reason"], "usage": ["account_id,day,metric,value"],
    }  # fmt: skip
    for name, (seats, before, planned, reached, uses) in ACCOUNTS.items():
        lines["account"].append(f"{name},{name.title()}")
        lines["subscription"].append(f"S-{name},{name},team,{seats},1200,USD,year,{on(-before)},active")
        for step, due in PLAN if planned else ():
            done = "" if reached is None else on(min(due, reached))
            lines["milestone"].append(f"{name},{step},{on(due)},{done}")
        lines["pulse"].append(f"{name},{on(60)},Robin,3,nothing is connected yet")
        for day in range(131 if uses else 0):
            lines["usage"] += [f"{name},{on(day)},logins,6", f"{name},{on(day)},active_users,8"]
    for kind, rows in lines.items():
        (folder / f"{kind}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = run_cs("-w", folder, "import", *(folder / f"{kind}.csv" for kind in lines), "--as-of", on(85), "--yes")
    assert done.code == 0, done.err
    for day in (85, 89, 90, 97, 121, 130):
        ran = run_cs("-w", folder, "run", "--as-of", on(day))
        assert ran.code == 0, ran.err
    return folder


def health(desk: Path, day: int) -> dict[str, dict[str, Any]]:
    listed = run_cs("-w", desk, "health", "list", "--as-of", on(day), "-f", "json")
    assert listed.code == 0, listed.err
    return {row["account_id"]: row for row in listed.json}


@pytest.mark.parametrize("day", [89, 90, 97, 121, 130])
def test_the_calendar_makes_nobody_better(desk: Path, day: int) -> None:
    found = health(desk, day)
    for name in ("acme", "bare", "small"):
        assert (found[name]["band"], found[name]["scorecard"]) == ("red", "onboarding"), name
        assert found[name]["health"] <= 45
    assert found["begun"]["band"] == "green"
    assert found["veteran"]["scorecard"] == "standard"
    assert found["veteran"]["capped_by"] is None


def test_a_year_later_they_are_still_red(desk: Path) -> None:
    found = health(desk, 400)
    assert {found[name]["band"] for name in ("acme", "bare", "small")} == {"red"}


def test_the_stage_is_stalled_and_the_case_goes_on(desk: Path) -> None:
    stages = {row["account_id"]: row["lifecycle"] for row in
              run_cs("-w", desk, "accounts", "list", "--as-of", on(130), "-f", "json").json}  # fmt: skip
    assert {name for name, stage in stages.items() if stage == "stalled"} == {"acme", "bare", "small"}
    cases = run_cs("-w", desk, "cases", "list", "--as-of", on(130), "-f", "json").json
    starts = {row["account_id"]: row["severity"] for row in cases if row["playbook"] == "onboarding"}
    # tier C has its one mail and no alarm
    assert starts == {"acme": "red", "bare": "red", "small": "info"}
    assert {row["account_id"] for row in cases if row["playbook"] == "red-health"} == {"acme", "bare"}
    closed = run_cs("-w", desk, "cases", "list", "--closed", "--as-of", on(130), "-f", "json").json
    assert not [row for row in closed if row.get("outcome") == "resolved"]


def test_lists_name_them_with_arr_and_since_when(desk: Path) -> None:
    listed = run_cs("-w", desk, "health", "list", "--never-started", "--as-of", on(130), "-f", "json").json
    assert [(row["account_id"], row["arr"], row["since"], row["days_without_value"]) for row in listed] == [
        ("acme", 12000, "2026-01-05", 130), ("bare", 12000, "2026-01-05", 130), ("small", 2400, "2026-01-05", 130)
    ]  # fmt: skip
    today = run_cs("-w", desk, "today", "--as-of", on(130), "-f", "json").json
    (line,) = [row for row in today if "customers never started" in row["what"]]
    assert line["what"] == "3 customers never started"
    assert "Acme 12,000 since 2026-01-05" in line["why"]
    assert (line["arr"], line["do"]) == (26400, "cs health list --never-started")
    report = run_cs("-w", desk, "report", "weekly", "--as-of", on(130), "-f", "json").json["sections"]
    assert [row["name"] for row in report["never_started"]["rows"]] == ["Acme", "Bare", "Small"]
    assert "3 customers, 26,400 ARR" in report["never_started"]["text"]
    assert {"onboarding", "red-health"} <= {row["playbook"] for row in report["escalations"]["rows"]}


def test_one_list_at_a_time(desk: Path) -> None:
    refused = run_cs("-w", desk, "health", "list", "--never-started", "--disagree")
    assert refused.code == 2
    assert "--never-started is a list of its own" in refused.err


def test_reaching_it_or_a_persons_word_ends_it(desk: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "desk"
    shutil.copytree(desk, copy)
    done = run_cs("-w", copy, "log", "acme", "milestone", "first_value", "--done", "--on", on(131), "--as-of", on(131))
    assert done.code == 0, done.err
    found = health(copy, 131)
    assert found["acme"]["scorecard"] == "standard"
    listed = run_cs("-w", copy, "health", "list", "--never-started", "--as-of", on(131), "-f", "json").json
    assert [row["account_id"] for row in listed] == ["bare", "small"]


def test_a_long_list_hides_nobody_who_never_started(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_cli.reports.today.MOST", 1)
    told = run_cs("-w", desk, "today", "--as-of", on(130)).out
    assert "The first 1 of" in told
    assert "3 customers never started: cs health list --never-started" in " ".join(told.split())
