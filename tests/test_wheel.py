"""A stranger installs the wheel: everything it needs is inside."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.wheel, pytest.mark.slow]


def test_the_built_wheel_runs_the_demo_from_a_fresh_environment(tmp_path: Path) -> None:
    quiet = {"check": True, "capture_output": True, "text": True}
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)], **quiet
    )  # type: ignore[call-overload]
    wheel = next(tmp_path.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    for part in (
        "starter/playbooks/overdue-invoice.yaml",
        "starter/sample_data/cs.yaml",
        "starter/cs.yaml",
        "starter/health.yaml",
        "intake/sources/hubspot_companies.yaml",
        "facts/sql/usage.sql",
        "store/migrations/0001_records.sql",
        "base/error_texts/use.toml",
        "render/page.html.j2",
    ):
        assert f"cs_cli/{part}" in names, part
    assert not [name for name in names if name.startswith("tests/") or name.endswith((".db", ".pyc"))]
    # the wheel in an environment of its own; what it depends on comes from this one, so that no network is needed
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], **quiet)  # type: ignore[call-overload]
    site = next((venv / "lib").glob("python3*")) / "site-packages"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            str(site),
            str(wheel),
        ],
        **quiet,
    )  # type: ignore[call-overload]
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "dependencies.pth").write_text(here + "\n")
    (tmp_path / "elsewhere").mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    code = "import cs_cli; print(cs_cli.__file__); from cs_cli.app import main; main()"
    done = subprocess.run(
        [str(venv / "bin" / "python"), "-c", code, "demo", "desk"],
        cwd=tmp_path / "elsewhere",
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(venv) in done.stdout.splitlines()[0]
    assert "Who is at risk, and why" in done.stdout
