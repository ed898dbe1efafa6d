"""What a person may get wrong about cases, tasks and playbooks: told, and nothing changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cs_cli.cases import run as run_module
from tests.conftest import Cs
from tests.refusals import nothing_changes, refused

MERIDIAN = "8834501200"
WRONG = [
    (("cases", "show", "c999"), "CAS-020", "c999", "cs cases list --closed"),
    (("cases", "ack", "c999"), "CAS-020", "c999", "cs cases list --closed"),
    (("draft", "c999"), "CAS-020", "c999", "cs cases list --closed"),
    (("tasks", "done", "t999"), "CAS-021", "t999", "cs tasks list"),
    (("cases", "snooze", "c1", "today", "--because", "a fair"), "CAS-022", "not after 2026-06-30", "a day to come"),
    (("cases", "snooze", "c1", "fri"), "CAS-023", "needs a reason", "--because"),
    (("tasks", "skip", "t1"), "CAS-023", "needs a reason", "--because"),
    (("cases", "close", "c1", "--outcome", "won"), "CAS-024", '"won"', "done, accepted, lost, resolved"),
    (("cases", "ack", "twelve"), "CAS-027", '"twelve" is not a case', "c12"),
    (("tasks", "done", "c1"), "CAS-027", '"c1" is not a task', "t12"),
    (("escalate", MERIDIAN), "CAS-028", "either red or amber", "--red"),
    (("escalate", MERIDIAN, "--red", "fire", "--amber", "smoke"), "CAS-028", "either red or amber", "--red"),
    (("escalate", MERIDIAN, "--red", "fire", "--needs", "produkt"), "CAS-029", 'did you mean "product"?', "csm"),
    (("playbooks", "backtest", "--since", "today"), "CAS-030", "today is not before 2026-06-30", "a day before"),
    (("cases", "ack"), "CAS-031", "no case is named", "--playbook NAME"),
    (("cases", "ack", "c1", "--playbook", "onboarding"), "CAS-032", "not both", "leave one of the two away"),
    (("cases", "ack", "--where", "arr < 0"), "CAS-033", "no open case", "cs cases list"),
    (("cases", "ack", "--playbook", "usage-dropp", "--yes"), "CAS-014", '"usage-drop"?', "cs playbooks list"),
    (("cases", "list", "--kind", "renewals"), "CAS-036", 'did you mean "renewal"?', "todo"),
    (("tasks", "list", "--owner", "Marra"), "USE-044", '"Marra"', "Mara Lindqvist"),
    (("cases", "list", "--playbook", "usage-dropp"), "CAS-014", '"usage-drop"?', "cs playbooks list"),
]


@pytest.mark.parametrize(("words", "ident", "what", "way"), WRONG, ids=[" ".join(words) for words, *_ in WRONG])
def test_said_and_not_done(cs: Cs, demo_once: Path, words: tuple[str, ...], ident: str, what: str, way: str) -> None:
    with nothing_changes(demo_once):
        refused(cs("-w", demo_once, *words), ident, what, way, "nothing was changed")


def test_a_bulk_choice_wants_a_yes(cs: Cs, demo_once: Path) -> None:
    with nothing_changes(demo_once):
        done = cs("-w", demo_once, "cases", "close", "--where", "arr > 0")
        refused(done, "CAS-034", "cases would be closed", "add --yes", "Meridian Orchards: notice-deadline")


def test_a_closed_case_is_reopened_before_anything_else(cs: Cs, demo: Path) -> None:
    assert cs("-w", demo, "cases", "close", "c1").code == 0
    with nothing_changes(demo):
        refused(cs("-w", demo, "cases", "ack", "c1"), "CAS-026", "closed since 2026-06-30", "cs cases reopen c1")


def test_tasks_of_a_person_by_first_name_or_role_are_the_same(cs: Cs, demo_once: Path) -> None:
    full = cs("-w", demo_once, "tasks", "list", "--owner", "Mara Lindqvist", "-f", "json").json
    assert full
    assert cs("-w", demo_once, "tasks", "list", "--owner", "mara", "-f", "json").json == full
    roles = {row["role"] for row in full}
    of_role = cs("-w", demo_once, "tasks", "list", "--owner", "csm", "-f", "json").json
    assert "csm" in roles and {row["role"] for row in of_role} == {"csm"}


def test_a_playbook_that_is_gone_still_finds_its_cases(cs: Cs, demo: Path) -> None:
    assert {row["playbook"] for row in cs("-w", demo, "cases", "list", "-f", "json").json} >= {"onboarding"}
    (demo / "playbooks" / "onboarding.yaml").unlink()
    done = cs("-w", demo, "cases", "list", "--playbook", "onboarding", "-f", "json")
    assert done.code == 0, done.err
    assert {row["playbook"] for row in done.json} == {"onboarding"}


def test_a_case_is_not_reopened_beside_its_successor(cs: Cs, demo: Path) -> None:
    (demo / "playbooks" / "always.yaml").write_text(
        'playbook: always\nabout: Holds.\nwhen: arr > 150_000\nseverity: amber\nagain: after 1d\nlimit: "1000"\n'
    )
    assert cs("-w", demo, "run", "--as-of", "2026-07-01").code == 0
    listed = cs("-w", demo, "cases", "list", "--playbook", "always", "--as-of", "2026-07-01", "-f", "json")
    case = listed.json[0]["case"]
    assert cs("-w", demo, "cases", "close", case, "--as-of", "2026-07-01").code == 0
    assert cs("-w", demo, "run", "--as-of", "2026-07-03").code == 0
    with nothing_changes(demo):
        done = cs("-w", demo, "cases", "reopen", case, "--as-of", "2026-07-03")
        refused(done, "CAS-025", "is open for the same reason already", "cs cases show c")


def test_an_example_that_does_not_hold_is_shown_with_its_place(cs: Cs, demo: Path) -> None:
    path = demo / "playbooks" / "usage-drop.yaml"
    text = path.read_text()
    good = "expect: {state: open, severity: amber}"
    line = text[: text.index(good)].count("\n") - 1  # of the example's name
    path.write_text(text.replace(good, "expect: {state: quiet}", 1))
    with nothing_changes(demo):
        done = cs("-w", demo, "playbooks", "test")
        refused(done, "CAS-012", f"usage-drop.yaml:{line}:5", "state: expected quiet, got open", "correct the playbook")


LAST = "{day: 37, expect: {state: closed, reason: resolved}}"


@pytest.mark.parametrize("old", [LAST, "    expect: {state: closed}\n"])
def test_a_timeline_is_shown_with_its_own_line(cs: Cs, demo: Path, old: str) -> None:
    """Also where the last day and the whole example expect something: each of the two is looked at."""
    path = demo / "playbooks" / "usage-drop.yaml"
    text = path.read_text()
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, old.replace("state: closed", "state: open"), 1))
    done = cs("-w", demo, "playbooks", "test")
    refused(done, "CAS-012", f"usage-drop.yaml:{line}:", "state: expected open, got closed", "correct the playbook")


def test_a_day_that_others_keep_writing_to_is_not_run(cs: Cs, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*args: Any) -> Any:
        """The step, while somebody else writes a note."""
        conn = sqlite3.connect(demo / "cs.db", isolation_level=None)
        conn.execute("INSERT INTO case_event(case_number, day, at, who, what) VALUES (1, '2026-07-01', '', '', 'x')")
        conn.close()
        return step(*args)

    step = run_module.step
    monkeypatch.setattr(run_module, "step", busy)
    done = cs("-w", demo, "run", "--as-of", "2026-07-01")
    refused(done, "CAS-002", "somebody else keeps writing", "next     cs run")
    conn = sqlite3.connect(demo / "cs.db")
    assert conn.execute("SELECT MAX(day) FROM run_log").fetchone() == ("2026-06-30",)
    conn.close()
