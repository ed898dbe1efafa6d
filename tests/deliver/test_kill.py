"""Killed at every network and ledger call and run again: nothing lost in silence, nothing doubled unmarked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Cs
from tests.deliver.world import build


def sweep(workspace: Path, kind: str, policy: str, scratch: Path) -> list[dict[str, Any]]:
    scratch.mkdir()
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tests" / "deliver" / "kill_driver.py"),
            str(workspace),
            kind,
            policy,
            str(scratch),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "policy"), [("slack", "hold"), ("slack", "resend"), ("email", "hold")])
def test_killed_at_every_call(workspace: Path, cs: Cs, tmp_path: Path, kind: str, policy: str) -> None:
    build(workspace, cs, channels={"team": {"kind": "file"}})
    points = sweep(workspace, kind, policy, tmp_path / "scratch")
    assert len(points) > 15
    *killed, whole = points
    assert (whole["first"], whole["arrived"], whole["states"]) == (0, 1, ["sent"])
    for point in killed:
        assert point["killed"], point
        (state,) = point["states"]
        if policy == "hold":
            assert point["arrived"] <= 1, point
            assert state in ("sent", "unknown"), point
            assert point["arrived"] == 1 or state == "unknown", point  # lost, but said
        else:
            assert state == "sent", point
            assert point["arrived"] in (1, 2), point
            # a second copy names itself
            assert point["arrived"] == 1 or point["marked"] == [False, True], point
        if state == "unknown":
            assert point["second"] == 3, point  # and the exit code says so
    doubtful = [point for point in killed if point["states"] == ["unknown"] or point["arrived"] == 2]
    inside = {
        "before send",
        "after send",
        "before sendall",
        "after sendall",
        "before recv",
        "after recv",
        "after begin",
        "before finish",
    }
    assert {point["where"] for point in doubtful} <= inside, doubtful
    assert doubtful
