"""cs init: a workspace that reads well, whatever was answered; never over somebody's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs


@pytest.mark.parametrize(
    "words",
    [[], ["--company", 'A "quoted": NO', "--name", "Zoë O'Neil", "--email", "zoe@example.com", "--currency", "eur"]],
    ids=["no answers", "odd answers"],
)
def test_what_it_writes_is_valid(cs: Cs, tmp_path: Path, words: list[str]) -> None:
    made = cs("init", tmp_path / "desk", "--zone", "Europe/Amsterdam", *words)
    assert made.code == 0, made.err
    for command in (["accounts", "list"], ["playbooks", "check"], ["playbooks", "test"], ["run"], ["today"]):
        done = cs("-w", tmp_path / "desk", *command)
        assert done.code == 0, (command, done.err)
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "desk").rglob("*")}
    assert modes == {0}


def test_never_over_a_workspace(cs: Cs, workspace: Path) -> None:
    before = (workspace / "cs.yaml").read_text()
    assert cs("init", workspace).code == 15
    assert (workspace / "cs.yaml").read_text() == before


@pytest.mark.parametrize(("option", "value"), [("--currency", "EURO"), ("--zone", "Mars/Base")])
def test_wrong_answers(cs: Cs, tmp_path: Path, option: str, value: str) -> None:
    assert cs("init", tmp_path / "desk", option, value).code == 2
    assert not (tmp_path / "desk").exists()


def test_demo_leaves_other_folders_alone(cs: Cs, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    assert cs("demo", tmp_path / "full").code == 15
    assert (tmp_path / "full" / "mine.txt").read_text() == "x"


def test_a_run_before_the_first_import_does_not_use_up_the_first_run(cs: Cs, workspace: Path, tmp_path: Path) -> None:
    """Cases that hold when real data first arrives are inherited, though somebody ran cs run on nothing before."""
    assert cs("-w", workspace, "run").code == 0
    (tmp_path / "a.csv").write_text("account_id,name,domain\nA1,Alpha,alpha.example\n")
    (tmp_path / "s.csv").write_text(
        "subscription_id,account_id,amount,currency,interval,started_on,cancelled_on,status\n"
        "S1,A1,12000,USD,year,2025-09-01,2026-06-20,active\n"
    )
    assert cs("-w", workspace, "import", tmp_path / "a.csv", tmp_path / "s.csv").code == 0
    assert cs("-w", workspace, "run").code == 0
    cases = cs("-w", workspace, "cases", "list", "-f", "json").json
    assert [(row["playbook"], row["inherited"]) for row in cases if row["playbook"] == "cancel-requested"] == [
        ("cancel-requested", True)
    ]
