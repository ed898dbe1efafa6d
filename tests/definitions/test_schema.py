"""The JSON Schema for editors takes every starter playbook and refuses what the reader refuses by shape."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from cs_cli.definitions.schema import playbook_schema
from tests.conftest import ROOT

FILES = sorted((ROOT / "playbooks").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(playbook_schema())


class Texts(yaml.SafeLoader):
    """Days stay texts, as the reader keeps them."""


Texts.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def faults(data: Any) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(data)]


def test_it_is_a_schema_and_always_the_same() -> None:
    jsonschema.Draft202012Validator.check_schema(playbook_schema())
    assert json.dumps(playbook_schema()) == json.dumps(playbook_schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_takes_every_starter_playbook(path: Any) -> None:
    assert faults(yaml.load(path.read_text(encoding="utf-8"), Texts)) == []


BASE: dict[str, Any] = {"playbook": "late", "about": "Late", "when": "overdue_days > 15"}


@pytest.mark.parametrize("more", [
    {"severity": "red"}, {"severity": [{"red": "overdue_days > 30"}, {"amber": "otherwise"}]},
    {"sla": {"acknowledge": 1}}, {"sla": {"red": {"resolve": 5}, "info": {}}}, {"for": "7d"}, {"again": "each_term"},
    {"inhibited_by": "other"}, {"inhibited_by": ["other"]}, {"when": True}, {"limit": "40%"},
    {"limit": 30}, {"control": 0.1}, {"control": "10%"}, {"reminders": [{"at": "opened", "when": "arr > 5"}]},
    {"tasks": [{"id": "call", "do": "Call", "due": "kick-off - 10bd", "after": "other"}]},
])
def test_it_takes_the_short_forms(more: dict[str, Any]) -> None:
    assert faults({**BASE, **more}) == []


@pytest.mark.parametrize("more", [
    {"about": ""}, {"limit": -3}, {"control": "a tenth"},
    {"treshold": 1}, {"severity": "crimson"}, {"severity": [{"red": "a", "amber": "b"}]},
    {"sla": {"acknowledge": "one"}},
    {"sla": {"pink": {}}}, {"for": "a week"}, {"for": "7bd"}, {"again": "sometimes"}, {"kind": "escalations"},
    {"control": 0.9}, {"tasks": [{"id": "call"}]}, {"tasks": [{"id": "call", "do": "Call", "due": "opened + two"}]},
    {"reminders": [{"at": "opened", "mode": "both"}]}, {"enabled": "yes"}, {"hold_for": "7d"}, {"file": "x"},
])
def test_it_refuses_what_the_reader_refuses(more: dict[str, Any]) -> None:
    assert faults({**BASE, **more})
