"""Settings and definitions that cannot be: file, line, column, the way out, and nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs
from tests.refusals import nothing_changes, refused

AWAY = 'away:\n  - {who: Robin Vale, start: "2026-07-16", end: "2026-07-10"}\n'
TARGET = 'targets:\n  - {metric: nrr, target: 1.1, by: "2026-02-30"}\n'
EXAMPLE = '    today: "TODAY"\n    facts: {tier: A}\n    expect: {state: quiet}\n  - name: '
CS = "cs.yaml"

# file, what is replaced, by what, id, (line of, column), and what is said
WRONG = [
    (CS, "[mon, tue, wed, thu, fri]", "[]", "CFG-007", ("working_days:", 15), "one day must be a working day"),
    (CS, "", "channels:\n  oncall: {kind: pager}\n", "CFG-008", ("  oncall:", 11), "calendar, email, file"),
    (CS, "", "channels:\n  oncall: {kind: [1]}\n", "CFG-008", ("  oncall:", 11), "calendar, email, file"),
    (CS, "2026-06-30", "2026-02-30", "DEF-026", ("today:", 8), "2026-02-30 is not a day"),
    (CS, "2026-06-30", "0001-01-01", "DEF-026", ("today:", 8), "a day of the years 1900 to 2199"),
    (CS, "", AWAY, "DEF-026", ("  - {who", 49), "a day from 2026-07-16 on"),
    ("metrics.yaml", "", TARGET, "DEF-026", ("  - {metric: nrr", 36), "2026-02-30 is not a day"),
]


def spoil(path: Path, old: str, new: str) -> None:
    """Replaces the first `old`; adds `new` at the end when there is none."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else f"{text}\n{new}", encoding="utf-8")


def line_of(path: Path, begin: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return max(number for number, line in enumerate(lines, 1) if line.startswith(begin))


@pytest.mark.parametrize(("name", "old", "new", "ident", "place", "says"), WRONG, ids=[f"{w[3]}-{w[5]}" for w in WRONG])
def test_a_setting_that_cannot_be(
    cs: Cs, workspace: Path, name: str, old: str, new: str, ident: str, place: tuple[str, int], says: str
) -> None:
    spoil(workspace / name, old, new)
    where = f"{name}:{line_of(workspace / name, place[0])}:{place[1]}"
    for command in (("check",), ("run",)):
        with nothing_changes(workspace):
            refused(cs("-w", workspace, *command), ident, where, says, "nothing was changed")


@pytest.mark.parametrize("today", ["2026-02-30", "9999-12-31"])
def test_an_example_on_a_day_that_cannot_be(cs: Cs, workspace: Path, today: str) -> None:
    path = workspace / "playbooks" / "usage-drop.yaml"
    spoil(path, "  - name: ", "  - name: never\n" + EXAMPLE.replace("TODAY", today))
    with nothing_changes(workspace):
        done = cs("-w", workspace, "playbooks", "test")
        refused(done, "DEF-026", f"playbooks/usage-drop.yaml:{line_of(path, '    today:')}:12", today)


def test_a_link_out_of_the_workspace_is_not_followed(cs: Cs, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("playbook: other\n")
    (workspace / "playbooks" / "other.yaml").symlink_to(tmp_path / "other.yaml")
    with nothing_changes(workspace):
        done = cs("-w", workspace, "run")
        refused(done, "DEF-001", "playbooks/other.yaml:1:1", "a link to a file outside", "copy the file into")


def test_a_folder_is_no_definition(cs: Cs, workspace: Path) -> None:
    (workspace / "playbooks" / "other.yaml").mkdir()
    with nothing_changes(workspace):
        done = cs("-w", workspace, "run")
        refused(done, "DEF-001", "playbooks/other.yaml:1:1", "cannot be read", "a file that you may read")


def test_an_absence_that_finds_no_room(cs: Cs, workspace: Path) -> None:
    spoil(workspace / CS, "", 'away: [{who: Robin Vale, start: "2026-07-06", end: "2026-07-10"}]\n')
    with nothing_changes(workspace):
        done = cs("-w", workspace, "away", "2026-08-03", "2026-08-07")
        refused(done, "CFG-030", "cs.yaml", 'add by hand: {who: "Robin Vale", start: "2026-08-03", end: "2026-08-07"}')


def test_health_that_nothing_gives_is_told_by_its_file(cs: Cs, workspace: Path) -> None:
    (workspace / "health.yaml").unlink()
    with nothing_changes(workspace):
        refused(cs("-w", workspace, "run"), "DEF-041", "no fact called", "health.yaml gives health and band")
