"""A dimension called like the fact that it sorts, and names that are made on demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_cli.base.errors import DefinitionInvalid
from cs_cli.definitions.workspace import Workspace, load_definitions
from cs_cli.facts.catalogue import names
from cs_cli.scoring.names import HEALTH_NAMES
from tests.conftest import Cs

NEED = """\
dimensions:
  need:
    - reporting: contains(need, "report")
    - other: otherwise
  focus:
    - ours: need == "reporting"
    - theirs: otherwise
"""


def write(workspace: Path, text: str) -> Workspace:
    (workspace / "segments.yaml").write_text(text, encoding="utf-8")
    (workspace / "health.yaml").write_text("scorecards: []\n", encoding="utf-8")
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    return Workspace(workspace)


def test_the_starter_has_the_dimension_need(workspace: Path) -> None:
    found = load_definitions(Workspace(workspace), names)
    assert [one.name for one in found.segments.dimensions] == ["tier", "touch_model", "lifecycle", "usage", "need"]


def test_below_the_dimension_its_name_means_the_dimension(workspace: Path, cs: Cs) -> None:
    ws = write(workspace, NEED)
    assert len(load_definitions(ws, names).segments.dimensions) == 2
    (workspace / "accounts.csv").write_text(
        "account_id,name,need,stage\na,Ann,Weekly REPORTS,customer\nb,Bob,chat,customer\n", encoding="utf-8"
    )
    assert cs("-w", workspace, "import", workspace / "accounts.csv", "--yes").code == 0
    found = cs("-w", workspace, "segments", "list", "--all", "-f", "json").json
    assert {(row["dimension"], row["segment"]): row["accounts"] for row in found if row["segment"]} == {
        ("need", "reporting"): 1, ("need", "other"): 1, ("focus", "ours"): 1, ("focus", "theirs"): 1,
    }  # fmt: skip


def test_a_dimension_knows_its_names_only_below_itself(workspace: Path) -> None:
    ws = write(workspace, NEED.replace('need == "reporting"', 'need == "reprting"'))
    with pytest.raises(DefinitionInvalid) as refused:
        load_definitions(ws, names)
    assert any("reporting" in (fault.what + str(fault.expected)) for fault in refused.value.faults)


@pytest.mark.parametrize("name", ["arr", "status", "owner", "account", "score", *sorted(HEALTH_NAMES)])
def test_numbers_and_what_the_program_goes_by_cannot_be_shadowed(workspace: Path, name: str) -> None:
    ws = write(workspace, f"dimensions:\n  {name}:\n    - a: otherwise\n")
    with pytest.raises(DefinitionInvalid) as refused:
        load_definitions(ws, names)
    assert [(fault.ident, fault.line) for fault in refused.value.faults] == [("DEF-017", 2)]


def test_names_inside_the_program_are_free(demo: Path, cs: Cs) -> None:
    path = demo / "segments.yaml"
    inner = ("weight", "m0", "known", "blocked", "cap", "points", "day", "case", "value", "n", "f", "s", "c")
    more = "".join(f"  {name}:\n    - big: arr >= 1_000\n    - small: otherwise\n" for name in inner)
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + more, encoding="utf-8")
    shown = (["health", "show", "Fernlea"], ["show", "Fernlea"], ["health", "changes"], ["segments", "list"])
    for words in (["run"], *shown):
        done = cs("-w", demo, *words)
        assert done.code in (0, 3), (words, done.err)


def test_a_metrics_own_fact_is_known_to_segments_health_and_playbooks(workspace: Path) -> None:
    ws = write(workspace, "dimensions:\n  tier:\n    - A: usage_28d__logins > 5\n    - B: otherwise\n")
    (workspace / "health.yaml").write_text(
        "scorecards:\n  - name: one\n    applies: usage_28d__exports > 1\n    measures:\n"
        "      m: {fact: usage_28d__logins, family: usage, weight: 1, scale: [[0, 0], [10, 100]]}\n"
    )
    (workspace / "playbooks" / "quiet.yaml").write_text(
        "playbook: quiet\nabout: x\nkind: adoption\nseverity: amber\nwhen: usage_28d__logins < 1\n"
        "tasks: [{id: a, do: Call, owner: csm, due: opened + 1bd}]\n"
    )
    assert [one.playbook for one in load_definitions(ws, names).playbooks] == ["quiet"]
