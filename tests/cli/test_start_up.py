"""Fast commands load nothing heavy: counted in modules, which no busy machine changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# loaded by a command only where it is the point of the command
HEAVY = {
    "rich", "yaml", "jinja2", "sqlite_utils", "httpx", "rapidfuzz", "holidays", "openpyxl", "xlsxwriter", "pandas",
    "typing_extensions", "cs_cli.facts.catalogue", "cs_cli.facts.compute", "cs_cli.definitions.conditions",
    "cs_cli.cases.step", "cs_cli.intake",
}  # fmt: skip
COMMANDS = ("accounts list", "health list", "cases list", "tasks list", "imports list",
            "renewals list", "today")  # fmt: skip

SCRIPT = """
import sys
from cs_cli.app import run
code = run(sys.argv[1:])
sys.stderr.write("\\n".join(["LOADED", *sys.modules]))
sys.exit(code)
"""

# commands that work something out, and what belongs to others' work
OTHERS = {
    "check": {"cs_cli.cases.run", "cs_cli.cases.rules", "cs_cli.cases.step"},
    "accounts match": {"cs_cli.intake.values", "cs_cli.facts.catalogue"},
    "playbooks report": {"cs_cli.cases.rules", "cs_cli.cases.step", "cs_cli.definitions.conditions.condition"},
}


def loaded(demo: Path, command: str) -> set[str]:
    """The modules that are there when the command is done."""
    words = ["-w", str(getattr(demo, "folder", demo)), *command.split(), "-f", "json"]
    # the first time of its kind compiles cs.yaml into .cs/; every later one reads that
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr  # 1: cs check has found something
    found = set(done.stderr.partition("LOADED\n")[2].split("\n"))
    assert "typer" in found
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_a_read_command_loads_nothing_heavy(demo_once: Path, command: str) -> None:
    assert not loaded(demo_once, command) & HEAVY


@pytest.mark.parametrize("command", OTHERS)
def test_a_command_that_works_something_out_loads_only_its_own(demo_once: Path, command: str) -> None:
    assert not loaded(demo_once, command) & OTHERS[command]
