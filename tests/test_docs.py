"""Every example of docs/definitions.md is complete: the real loaders take it, and its examples hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cs_cli.cases.examples import run_examples
from cs_cli.cases.run import playbook_names
from cs_cli.definitions.templates import CASE_FIELDS, FILTERS
from cs_cli.definitions.workspace import Workspace, load_definitions
from cs_cli.facts.catalogue import names
from tests.cases.helpers import CALENDAR
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "definitions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_every_yaml_block_names_its_file() -> None:
    assert len(BLOCKS) == TEXT.count("```yaml")
    assert [file for file, _ in BLOCKS] == ["segments.yaml", "health.yaml", "playbooks/late-payer.yaml"]


def test_the_examples_load_together_and_hold(workspace: Path) -> None:
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()       # the starter's speak of the starter's segments
    for file, text in BLOCKS:
        path = workspace / file
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
    definitions = load_definitions(Workspace(workspace), names)
    assert [dimension.name for dimension in definitions.segments.dimensions] == ["tier", "touch_model", "needs"]
    outcomes = run_examples(definitions.playbooks, playbook_names(definitions), CALENDAR)
    assert len(outcomes) >= 7
    assert [one.mismatch for one in outcomes if one.mismatch] == []


@pytest.mark.parametrize("word", [*CASE_FIELDS, *(name for name in FILTERS if name != "d")])
def test_what_templates_may_use_is_documented(word: str) -> None:
    assert re.search(rf"\b{word}\b", TEXT)


def test_the_filters_that_are_checked_are_those_that_run() -> None:
    from cs_cli.deliver import template

    assert set(template._FILTERS) == set(FILTERS)


def test_every_key_of_a_playbook_is_documented() -> None:
    from cs_cli.definitions.schema import playbook_schema

    schema = playbook_schema()
    keys = {*schema["properties"], *schema["$defs"]["PlaybookTask"]["properties"],
            *schema["$defs"]["Reminder"]["properties"], *schema["$defs"]["Clocks"]["properties"]}
    assert {key for key in keys if f"`{key}`" not in TEXT} == set()
