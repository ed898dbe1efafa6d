"""`cs health preview` and `cs segments preview`: an edit is told before it is used, and nothing is written."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs


def edit(path: Path, old: str, new: str, to: Path | None = None) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    target = to or path
    target.write_text(text.replace(old, new), encoding="utf-8")
    return target


def content(folder: Path) -> dict[str, str]:
    """Every file but what cs keeps for itself to read faster."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file() and ".cs" not in path.parts
        and not path.name.endswith(("-wal", "-shm"))
    }  # fmt: skip


def listed(cs: Cs, desk: Path) -> dict[str, dict[str, Any]]:
    return {row["account_id"]: row for row in cs("-w", desk, "health", "list", "-f", "json").json}


def test_an_edited_health_yaml_is_told_before_it_is_used(demo: Path, cs: Cs) -> None:
    unchanged = cs("-w", demo, "health", "preview")
    assert unchanged.code == 0, unchanged.err
    assert "As the last run used them" in unchanged.out
    before = listed(cs, demo)
    edit(demo / "health.yaml", "green: 70", "green: 88")
    files = content(demo)
    found = cs("-w", demo, "health", "preview", "-f", "json")
    assert found.code == 0, found.err
    assert content(demo) == files
    # the list uses the file at once: what it says now is what the preview foretold
    after = listed(cs, demo)
    moved = {one: row for one, row in after.items() if row["band"] != before[one]["band"]}
    assert len(moved) > 3
    assert {row["account_id"] for row in found.json} == set(moved)
    for row in found.json:
        account = row["account_id"]
        assert (row["band_from"], row["band_to"]) == (before[account]["band"], moved[account]["band"])
        assert row["move"] == f"{row['band_from']} → {row['band_to']}"
        assert (row["difference"], row["card_from"]) == (0, row["card_to"])
    table = cs("-w", demo, "health", "preview").out
    arr = sum(row["arr"] for row in found.json)
    assert table.startswith(f"green → amber: {len(moved)} accounts, {arr:,.0f} USD of ARR\n")
    # once it has run with them they are the used ones
    assert cs("-w", demo, "run").code in (0, 3)
    assert "As the last run used them" in cs("-w", demo, "health", "preview").out


def test_another_file_is_compared_with_the_workspaces(demo: Path, tmp_path: Path, cs: Cs) -> None:
    other = edit(demo / "health.yaml", "at_most: 65", "at_most: 40", to=tmp_path / "edited.yaml")
    files = content(demo)
    found = cs("-w", demo, "health", "preview", other, "-f", "json")
    assert found.code == 0, found.err
    assert content(demo) == files
    assert found.json
    for row in found.json:
        assert row["difference"] == round(row["to"] - row["from"], 1)
        assert row["why"].startswith("cap: ")
        assert row["to"] == 40
    falls = [row["difference"] for row in found.json if row["move"] == found.json[0]["move"]]
    assert falls == sorted(falls)
    same = cs("-w", demo, "health", "preview", demo / "health.yaml")
    assert "says what the workspace's file says" in same.out
    assert "Nobody's band, score or card would change." in same.out


def test_another_card_and_the_worst_move_first(demo_once: Path, tmp_path: Path, cs: Cs) -> None:
    known = "days_without_value is not missing"
    other = edit(demo_once / "health.yaml", known, "arr < 10_000", to=tmp_path / "edited.yaml")
    edit(other, "green: 70", "green: 88")
    found = cs("-w", demo_once, "health", "preview", other, "-f", "json").json
    other_card = [row for row in found if row["card_from"] != row["card_to"]]
    assert {(row["card_from"], row["card_to"]) for row in other_card} == {("standard", "onboarding")}
    assert all("card standard → onboarding " in row["why"] for row in other_card)
    rank = {"red": 0, "amber": 1, "unknown": 2, "green": 3}
    steps = [rank[row["band_to"]] - rank[row["band_from"]] for row in found]
    # bands that fall, the deepest fall first; then bands that stay; then bands that rise
    assert {step < 0 for step in steps} == {True, False}
    assert steps == sorted(steps, key=lambda step: (step >= 0, step > 0, step))


@pytest.mark.parametrize(
    ("command", "name", "old", "new", "ident"),
    [
        ("health", "health.yaml", "fact: nps_latest", "fact: nps_lates", "DEF-041"),
        ("segments", "segments.yaml", "arr >= 8_000", "arrr >= 8_000", "DEF-"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_its_place(
    demo_once: Path, tmp_path: Path, cs: Cs, command: str, name: str, old: str, new: str, ident: str
) -> None:
    broken = edit(demo_once / name, old, new, to=tmp_path / "broken.yaml")
    lines = broken.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if new in text)
    refused = cs("-w", demo_once, command, "preview", broken)
    assert refused.code == 12
    assert ident in refused.err
    assert f"broken.yaml:{line}:" in refused.err
    missing = cs("-w", demo_once, command, "preview", tmp_path / "none.yaml")
    assert missing.code == 12
    assert "none.yaml" in missing.err


def test_before_the_first_run_there_is_nothing_used(workspace: Path, cs: Cs) -> None:
    (workspace / "accounts.csv").write_text("account_id,name\na,Ann\n", encoding="utf-8")
    assert cs("-w", workspace, "import", workspace / "accounts.csv", "--yes").code == 0
    for command in ("health", "segments"):
        refused = cs("-w", workspace, command, "preview")
        assert refused.code == 2
        assert "SCO-015" in refused.err
        assert f"cs {command} preview FILE" in refused.err
        assert cs("-w", workspace, command, "preview", workspace / f"{command}.yaml").code == 0


def test_moves_between_segments_with_their_arr(demo: Path, cs: Cs) -> None:
    tiers = {row["account_id"]: row for row in cs("-w", demo, "segments", "show", "tier", "-f", "json").json}
    edit(demo / "segments.yaml", "- B: arr >= 8_000", "- B: arr >= 20_000")
    files = content(demo)
    found = cs("-w", demo, "segments", "preview", "-f", "json")
    assert found.code == 0, found.err
    assert content(demo) == files
    after = {row["account_id"]: row for row in cs("-w", demo, "segments", "show", "tier", "-f", "json").json}
    moved = {one for one in tiers if tiers[one]["segment"] != after[one]["segment"]}
    told = [row for row in found.json if row["dimension"] == "tier"]
    assert {row["account_id"] for row in told} == moved
    assert {(row["from"], row["to"]) for row in told} == {("B", "C")}
    # what hangs on the tier moves with it
    assert {row["account_id"] for row in found.json if row["dimension"] == "touch_model"} == moved
    table = cs("-w", demo, "segments", "preview").out
    arr = sum(row["arr"] for row in told)
    assert f"tier B → C: {len(told)} accounts, {arr:,.0f} USD of ARR" in table
    assert cs("-w", demo, "run").code in (0, 3)
    assert "As the last run used them" in cs("-w", demo, "segments", "preview").out


def test_a_new_dimension_is_counted_and_one_that_is_gone_is_said(demo_once: Path, tmp_path: Path, cs: Cs) -> None:
    text = (demo_once / "segments.yaml").read_text(encoding="utf-8")
    other = tmp_path / "segments.yaml"
    other.write_text(
        text.rstrip("\n") + "\n\n  size:\n    list:\n      - big: arr >= 50_000\n      - small: otherwise\n",
        encoding="utf-8",
    )
    table = cs("-w", demo_once, "segments", "preview", other)
    assert table.code == 0, table.err
    assert "new: size small: " in table.out
    assert "new: size big: " in table.out
    assert "Nobody would move." in table.out
    assert cs("-w", demo_once, "segments", "preview", other, "-f", "json").json == []
