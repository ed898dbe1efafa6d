"""What every command takes: the common options before and after its name, and help with an example."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cs_cli.app import COMMANDS, load_command
from tests.conftest import Cs


def verbs(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Everything that can be run below a command: itself, or its verbs."""
    inside = getattr(command, "commands", {})
    for verb, one in inside.items():
        yield from verbs(one, f"{name} {verb}")
    if not inside or command.invoke_without_command:
        yield name, command


ALL = dict(pair for name in COMMANDS for pair in verbs(load_command(name), name))


@pytest.mark.parametrize("name", ALL)
def test_every_command_takes_the_common_options_and_shows_an_example(name: str) -> None:
    command = ALL[name]
    taken = {option for param in command.params for option in param.opts}
    assert {"-q", "--quiet", "-v", "--verbose", "--no-color"} <= taken
    if "--workspace" in taken:
        assert {"-w", "--as-of", "--known-at"} <= taken
    assert ("--format" in taken) <= ("--output" in taken)
    assert "--install-completion" not in taken
    assert command.epilog.startswith("Example: ")
    assert f"cs {name.split()[0]}" in command.epilog
    assert "--help" not in command.epilog


@pytest.mark.parametrize("name", COMMANDS)
def test_groups_say_what_they_are_for_and_show_an_example(name: str) -> None:
    command = load_command(name)
    assert command.help
    assert command.epilog.startswith("Example: ")


def test_one_verb_is_built_as_it_is_in_its_group() -> None:
    alone, whole = load_command("cases", "list").commands, load_command("cases").commands
    assert list(alone) == ["list"]
    assert [param.name for param in alone["list"].params] == [param.name for param in whole["list"].params]
    assert list(load_command("cases").commands) == list(whole)  # nothing was left out for good


@pytest.mark.parametrize("where", ["before", "after"])
def test_options_mean_the_same_before_and_after_the_command(demo_once: Path, cs: Cs, where: str) -> None:
    options: list[Any] = ["-w", demo_once, "--as-of", "2026-05-15", "-v", "--no-color"]
    words = ["imports", "list"]
    told = cs(*options, *words) if where == "before" else cs(*words, *options)
    assert told.code == 0
    assert told.err == f"workspace {demo_once}, day 2026-05-15 (--as-of)\n"


def test_verbose_says_who_decided_the_day_and_quiet_wins(demo_once: Path, cs: Cs) -> None:
    told = cs("health", "list", "-w", demo_once, "-v", "--known-at", "2026-06-30")
    known = "knowing what was imported by 2026-06-30 (--known-at)"
    assert told.err == f"workspace {demo_once}, day 2026-06-30 (cs.yaml today), {known}\n"
    assert cs("health", "list", "-w", demo_once, "-v", "-q").err == ""
    assert cs("health", "list", "-w", demo_once).err == ""
