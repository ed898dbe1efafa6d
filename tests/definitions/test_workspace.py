"""Finding the workspace, and the cache of its definitions."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cs_cli.base.errors import DefinitionInvalid, UsageError
from cs_cli.definitions.starter import fill_starter
from cs_cli.definitions.workspace import (
    Workspace,
    definition_files,
    find_workspace,
    load_definitions,
    settings_only,
)
from cs_cli.definitions.yaml_reader import read_yaml

from .conftest import PLAYBOOK, provide


def refuse(_settings: object) -> dict[str, object]:
    raise AssertionError("compiled although nothing changed")


def test_found_upwards_by_option_and_by_environment(
    ws: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert find_workspace(None, {}, ws.root / "playbooks") == ws.root
    assert find_workspace(str(ws.root), {}, elsewhere) == ws.root
    assert find_workspace(None, {"CS_WORKSPACE": str(ws.root)}, elsewhere) == ws.root
    for explicit, env in ((None, {}), ("nowhere", {}), (None, {"CS_WORKSPACE": "nowhere"})):
        with pytest.raises(UsageError) as caught:
            find_workspace(explicit, env, elsewhere)
        assert caught.value.faults[0].ident == "CFG-001"
    with pytest.raises(UsageError):  # a named folder is not replaced by the one around it
        find_workspace("playbooks", {}, ws.root)


def test_what_is_read(ws: Workspace) -> None:
    made = load_definitions(ws, provide)
    assert made.settings.company == 'Tulip: "NO"'
    assert [dimension.name for dimension in made.segments.dimensions] == ["tier", "touch", "need"]
    (card,) = made.health.scorecards
    assert card.measures[0].scale == [(-0.5, 0.0), (-0.2, 50.0), (0.1, 100.0)]
    (book,) = made.playbooks
    assert (book.hold_for, book.tasks[1].after, book.reminders[0].at) == ("7d", ["call"], "opened")
    assert [one.severity for one in book.severity] == ["red", "amber"]
    assert set(book.sla) == {"red", "amber", "info"}
    assert book.at["when"] == "3:7"
    assert book.file == "playbooks/overdue.yaml"
    assert made.own_sources[0].columns["name"].from_ == ["Name"]


def test_the_cache_holds_until_a_file_changes(ws: Workspace) -> None:
    made = load_definitions(ws, provide)
    kept = ws.private / "definitions.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(ws.private.stat().st_mode) == 0o700
    first = kept.read_bytes()
    assert load_definitions(ws, refuse) == made  # type: ignore[arg-type]
    kept.unlink()
    assert load_definitions(ws, provide) == made
    assert kept.read_bytes() == first  # the same files give the same bytes
    (ws.root / "playbooks" / "overdue.yaml").write_text(PLAYBOOK.replace("for: 7d", "for: 8d"))
    changed = load_definitions(ws, provide)
    assert changed.playbooks[0].hold_for == "8d"
    assert changed.hash != made.hash
    (ws.root / "playbooks" / "second.yaml").write_text(PLAYBOOK.replace("overdue-invoice", "second"))
    assert len(load_definitions(ws, provide).playbooks) == 2
    (ws.root / "playbooks" / "second.yaml").unlink()
    assert load_definitions(ws, provide) == changed


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b'{"version":"x","stamps":[],"value":{}}'])
def test_a_damaged_cache_is_made_again(ws: Workspace, damage: bytes) -> None:
    made = load_definitions(ws, provide)
    (ws.private / "definitions.json").write_bytes(damage)
    assert load_definitions(ws, provide) == made


def test_an_edit_that_keeps_the_size_is_seen(ws: Workspace) -> None:
    load_definitions(ws, provide)
    path = ws.root / "playbooks" / "overdue.yaml"
    before = path.stat()
    path.write_text(PLAYBOOK.replace("for: 7d", "for: 9d"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert load_definitions(ws, provide).playbooks[0].hold_for == "9d"


def test_reading_the_cache_needs_no_yaml_and_no_parser(ws: Workspace) -> None:
    load_definitions(ws, provide)
    script = (
        "import sys; from pathlib import Path; from cs_cli.definitions.workspace import *\n"
        f"load_definitions(Workspace(Path({str(ws.root)!r})), None)\n"
        "print([name for name in ('yaml', 'jinja2', 'cs_cli.definitions.compiling') if name in sys.modules])"
    )
    repository = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=repository
    )
    assert done.stdout.strip() == "[]"


def test_settings_work_while_another_file_is_broken(ws: Workspace) -> None:
    (ws.root / "health.yaml").write_text("scorecards: 3\n")
    with pytest.raises(DefinitionInvalid):
        load_definitions(ws, provide)
    assert settings_only(ws).currency == "EUR"
    assert settings_only(ws) == settings_only(ws)


def test_playbooks_are_switched_in_settings(ws: Workspace) -> None:
    with (ws.root / "cs.yaml").open("a") as file:
        file.write("\nplaybooks: {disabled: [overdue-invoice]}\n")
    (book,) = load_definitions(ws, provide).playbooks
    assert not book.enabled


def test_a_read_only_workspace_is_read_without_a_cache(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("cs_cli.base.files.private_dir", full)
    assert load_definitions(ws, provide).playbooks
    assert not ws.private.exists()


@pytest.mark.parametrize(
    "value", ["NO", "a: b", '"', "\\", "x\ny", "{company}", "é 💥", "\u2028\u202e", "  a ", "#1", "012"]
)
def test_answers_stay_what_they_are(value: str) -> None:
    starter = (Path(__file__).parents[2] / "cs_cli" / "starter" / "cs.yaml").read_text()
    text = fill_starter(
        starter,
        {"company": value, "currency": "EUR", "timezone": "UTC", "name": value, "email": "a@example.com"},
    )
    data = read_yaml(text).require()
    assert data["company"] == value
    assert data["people"][0]["name"] == value
    assert data["me"] == value


def test_definition_files_in_a_fixed_order(ws: Workspace) -> None:
    (ws.root / "playbooks" / ".hidden.yaml").write_text("")
    (ws.root / "playbooks" / "notes.md").write_text("")
    assert definition_files(ws) == [
        "cs.yaml",
        "segments.yaml",
        "health.yaml",
        "metrics.yaml",
        "playbooks/overdue.yaml",
        "sources/own.yaml",
    ]
