"""Fixtures that drive `cs` the way a person does: words in, text and an exit code out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

ROOT = Path(__file__).resolve().parents[1]

# The same examples on every run: a red suite is about the change in hand. HYPOTHESIS_PROFILE=explore looks for new ones
# — and about the code, not about how busy the machine is
_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
hypothesis_settings.register_profile("repeatable", derandomize=True, **_CALM)
hypothesis_settings.register_profile("explore", **_CALM)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@dataclass
class Result:
    """What one `cs` command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cs = Callable[..., Result]


def run_cs(*words: object, cwd: Path | None = None, stdin: str | bytes | None = None) -> Result:
    """Run the command line in this process, with its own stdin, stdout and stderr."""
    from cs_cli.app import run

    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    before, old_stdin = Path.cwd(), sys.stdin
    data = stdin.encode() if isinstance(stdin, str) else stdin or b""
    sys.stdin = io.TextIOWrapper(io.BytesIO(data), "utf-8")
    mask = os.umask(0o077)
    try:
        if cwd is not None:
            os.chdir(cwd)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([str(word) for word in words])
            sys.stdout.flush()
            sys.stderr.flush()
    finally:
        os.chdir(before)
        os.umask(mask)
        sys.stdin = old_stdin
    return Result(code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No workspace, colour or column setting leaks in from whoever runs the tests."""
    for name in ("CS_WORKSPACE", "NO_COLOR", "COLUMNS", "TERM", "CS_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cs() -> Cs:
    return run_cs


def new_workspace(folder: Path, currency: str = "USD") -> Path:
    """Makes a workspace of the starter files, its day fixed at 2026-06-30."""
    answers = ("--company", "Testco", "--zone", "UTC", "--name", "Robin Vale", "--email", "robin@testco.example")
    made = run_cs("init", folder, "--currency", currency, *answers)
    assert made.code == 0, made.err
    with open(folder / "cs.yaml", "a", encoding="utf-8") as file:
        file.write('\ntoday: "2026-06-30"\n')
    return folder


@pytest.fixture(scope="session")
def workspace_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workspace of the starter files, made once and copied for each test."""
    return new_workspace(tmp_path_factory.mktemp("starter") / "desk")


@pytest.fixture
def workspace(workspace_once: Path, tmp_path: Path) -> Path:
    """A fresh workspace of the starter files, to change at will."""
    folder = tmp_path / "desk"
    shutil.copytree(workspace_once, folder)
    return folder


@pytest.fixture(scope="session")
def demo_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One demo workspace for tests that only read."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    made = run_cs("demo", folder)
    assert made.code == 0, made.err
    return folder


@pytest.fixture
def demo(demo_once: Path, tmp_path: Path) -> Path:
    """A demo workspace of one's own, to change at will."""
    folder = tmp_path / "demo"
    shutil.copytree(demo_once, folder)
    return folder
