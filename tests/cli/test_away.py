"""Away: the stand-in gets the tasks, without one the clocks wait, the sheet says what is open."""

from __future__ import annotations

from pathlib import Path

from cs_cli.definitions.away import with_away
from tests.conftest import Cs


def test_tasks_go_to_the_stand_in_and_no_deadline_moves(cs: Cs, demo: Path) -> None:
    assert cs("-w", demo, "escalate", "Cobalt", "--red", "CEO furious", "--needs", "product").code == 0
    before = {row["name"]: row for row in cs("-w", demo, "escalations", "list", "-f", "json").json}[
        "Cobalt Ridge Mining"
    ]
    assert (before["owner"], before["resolve_by"]) == ("Mara Lindqvist", "2026-07-07")  # five working days
    done = cs("-w", demo, "away", "2026-07-01", "2026-07-03", "--to", "Priya", "-f", "md")
    assert done.code == 0, done.err
    assert "Handover: Mara Lindqvist, 2026-07-01 to 2026-07-03, to Priya Nair" in done.out
    assert "Cobalt Ridge Mining" in done.out
    after = {row["name"]: row for row in cs("-w", demo, "escalations", "list", "-f", "json").json}[
        "Cobalt Ridge Mining"
    ]
    assert after["resolve_by"] == "2026-07-07"  # somebody is there for it
    during = cs("-w", demo, "--as-of", "2026-07-02", "tasks", "list", "-f", "json").json
    assert "Mara Lindqvist" not in {row["owner"] for row in during}
    assert "Priya Nair" in {row["owner"] for row in during}
    assert cs("-w", demo, "check", "-f", "json").code in (0, 1)  # cs.yaml still reads well


def test_without_a_stand_in_the_clocks_wait(cs: Cs, demo: Path) -> None:
    assert cs("-w", demo, "escalate", "Cobalt", "--red", "CEO furious", "--needs", "product").code == 0
    assert cs("-w", demo, "away", "2026-07-01", "2026-07-03").code == 0
    rows = {row["name"]: row for row in cs("-w", demo, "escalations", "list", "-f", "json").json}
    assert rows["Cobalt Ridge Mining"]["resolve_by"] == "2026-07-10"  # three working days later


def test_wrong_days_and_names_change_nothing(cs: Cs, demo: Path) -> None:
    text = (demo / "cs.yaml").read_text()
    assert cs("-w", demo, "away", "2026-07-03", "2026-07-01").code == 2
    done = cs("-w", demo, "away", "2026-07-01", "2026-07-03", "--to", "Prija Nair")
    assert done.code == 2
    assert 'did you mean "Priya Nair"' in done.err
    assert cs("-w", demo, "away", "2026-07-01", "2026-07-03", "--dry-run").code == 0
    assert (demo / "cs.yaml").read_text() == text


def test_an_entry_is_added_wherever_away_stands() -> None:
    for text in (
        "company: A\n",
        "company: A\naway: []  # nobody\nme: B\n",
        "away:\n  - {who: X, start: a, end: b}\nme: B\n",
    ):
        once = with_away(text, "Ann", "2026-07-01", "2026-07-03", None)
        assert '- {who: "Ann", start: "2026-07-01", end: "2026-07-03"}' in once
        assert once.count("away:") == 1
        assert all(line in once for line in ("company: A", "me: B") if line in text)
