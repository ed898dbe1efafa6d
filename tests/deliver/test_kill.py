"""Killed at every network call and every write, and run again: nothing lost in silence, nothing doubled unmarked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Cs
from tests.deliver.world import build

# the calls between the moment at which the ledger says `sending` and the one at which it knows better: only
# a death here leaves doubt, and no call may come between that need not be there
WEB = [
    "before send POST", "after send POST", "before send", "after send", "before recv", "after recv",
    "before BEGIN IMMEDIATE", "before UPDATE message SET", "before UPDATE delivery SET", "before COMMIT",
]  # fmt: skip
WINDOW = {
    "slack": WEB,
    "webhook": WEB,
    "email": ["before sendall From", "after sendall From", "before recv_into", "after recv_into", *WEB[6:]],
}


def sweep(workspace: Path, kind: str, policy: str, part: str, scratch: Path) -> list[dict[str, Any]]:
    scratch.mkdir()
    driver = str(ROOT / "tests" / "deliver" / "kill_driver.py")
    done = subprocess.run(
        [sys.executable, driver, str(workspace), kind, policy, str(scratch), part],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["hold", "resend"])
@pytest.mark.parametrize("kind", ["slack", "webhook", "email"])
def test_killed_at_every_call(workspace: Path, cs: Cs, tmp_path: Path, kind: str, policy: str) -> None:
    build(workspace, cs, channels={"team": {"kind": "file"}})
    points = sweep(workspace, kind, policy, "delivery", tmp_path / "scratch")
    assert len(points) > (25 if policy == "hold" else 15)
    *killed, whole = points
    assert (whole["first"], whole["arrived"], whole["states"]) == (0, 1, ["sent"])
    for point in killed:
        assert point["killed"], point
        in_doubt = point["at_death"] == ["sending"]
        if not in_doubt:
            # before the first byte, or after the result was written down: as if nothing had happened
            assert (point["arrived"], point["states"], point["second"]) == (1, ["sent"], 0), point
            assert point["marked"] == [False], point
        elif policy == "hold":
            assert (point["arrived"] <= 1, point["states"]) == (True, ["unknown"]), point
            assert (point["second"], point["listed"]) == (3, ["unknown"]), point  # lost perhaps, but said
        else:
            assert (point["second"], point["states"]) == (3, ["sent"]), point
            assert point["marked"] in ([True], [False, True]), point  # what may be a second copy says so
    doubtful = [point["where"] for point in killed if point["at_death"] == ["sending"]]
    assert doubtful == WINDOW[kind]
    if kind == "email":
        # the goodbye comes after the result: dying in it changes nothing
        assert "before sendall QUIT" in [point["where"] for point in killed if point["at_death"] == ["sent"]]


@pytest.mark.slow
def test_killed_at_every_write_of_the_days_playbooks(workspace: Path, cs: Cs, tmp_path: Path) -> None:
    build(workspace, cs, channels={"team": {"kind": "file"}})
    killed = sweep(workspace, "slack", "hold", "step", tmp_path / "scratch")
    assert [point["where"] for point in killed][:2] == ["before BEGIN IMMEDIATE", "before INSERT INTO cs_case"]
    assert len(killed) > 7
    for point in killed:
        assert point["killed"], point
        assert (point["arrived"], point["states"], point["second"]) == (1, ["sent"], 0), point
