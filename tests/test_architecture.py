"""The walls of the house: layers, small files, light start-up, no strangers in the SQL."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PYTHON = sorted((ROOT / "cs_cli").rglob("*.py"))
SQL = sorted((ROOT / "cs_cli").rglob("*.sql"))
LAYERS = {
    "commands",
    "deliver",
    "render",
    "reports",
    "revenue",
    "cases",
    "scoring",
    "facts",
    "intake",
    "store",
    "definitions",
    "base",
}


def test_every_folder_is_a_layer_of_the_contract() -> None:
    folders = {path.name for path in (ROOT / "cs_cli").iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert folders == LAYERS
    contract = (ROOT / "pyproject.toml").read_text()
    assert all(f'"{layer}"' in contract for layer in LAYERS)


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_grows_over_400_lines(path: object) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400  # type: ignore[attr-defined]


def test_facts_keep_to_sql_that_other_engines_understand() -> None:
    """No date modifiers, no lower or LIKE on data: the same facts must run on a warehouse later."""
    strangers = re.compile(r"\bdate\s*\([^()]*,|\blower\s*\(|\bLIKE\b|\bGLOB\b|\bifnull\s*\(|\biif\s*\(", re.IGNORECASE)
    found = []
    for path in SQL:
        if path.parent.parent.name != "facts":
            continue
        code = "\n".join(line.split("--")[0] for line in path.read_text(encoding="utf-8").splitlines())
        found += [f"{path.name}: {match.group(0)}" for match in strangers.finditer(code)]
    assert not found


@pytest.mark.parametrize(
    "words",
    [["health", "list"], ["escalations", "list"], ["renewals", "list"], ["accounts", "list"]],
    ids=" ".join,
)
def test_a_read_command_imports_only_what_it_needs(words: list[str], demo_once: object) -> None:
    """Rich, YAML, Jinja2, httpx and sqlite-utils stay out of a JSON read: each costs more than the command."""
    code = (
        "import sys, os\nfrom cs_cli.app import run\n"
        f"code = run({['-w', str(demo_once), *words, '-f', 'json']!r})\n"
        "heavy = {'rich', 'yaml', 'jinja2', 'httpx', 'sqlite_utils', 'rapidfuzz', 'holidays', 'icalendar'}\n"
        "print(code, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr.strip().splitlines()[-1] == "0 []"


def test_parameters_are_in_order_or_named() -> None:
    """`?1` with a sequence is deprecated from Python 3.12 on."""
    found = [path.name for path in [*PYTHON, *SQL] if re.search(r"[=<>(, ]\?[0-9]", path.read_text(encoding="utf-8"))]
    assert not found


def test_every_listed_command_exists_and_shows_an_example() -> None:
    from typer.testing import CliRunner

    from cs_cli.app import COMMANDS, app

    runner = CliRunner()
    for name in COMMANDS:
        shown = runner.invoke(app, [name, "--help"])
        assert shown.exit_code == 0, (name, shown.output, shown.exception)
