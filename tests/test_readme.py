"""What the README says exists: every command, file and link in it."""

from __future__ import annotations

import re
import shlex

import pytest

from cs_cli.app import COMMANDS, load_command
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines() if line.startswith("cs ")]


@pytest.mark.parametrize("line", LINES)
def test_every_command_of_the_readme_is_there_with_its_options(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    assert words[0] in COMMANDS, line
    command = load_command(words[0])
    if len(words) > 1 and hasattr(command, "list_commands") and words[1] in command.list_commands(None):
        command = command.get_command(None, words[1])
    known = {option for parameter in command.params for option in getattr(parameter, "opts", [])}
    known |= {option for parameter in command.params for option in getattr(parameter, "secondary_opts", [])}
    assert {word for word in words if word.startswith("--")} <= known, line


def test_every_link_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    missing = [
        (page.name, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not missing


def test_the_two_set_up_commands_are_in_the_makefile_and_ci_runs_both() -> None:
    makefile = (ROOT / "Makefile").read_text()
    ci = (ROOT / ".ci" / "run").read_text()
    for target in ("demo", "test"):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
        assert f"make {target}" in ci
        assert f"make {target}" in README
