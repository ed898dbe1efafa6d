"""A sheet's health as a share: 0.85 is 85 of 100, and a 1 beside it is everything, not the worst of five."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs


def figure(cs: Cs, workspace: Path, name: str) -> Any:
    told = cs("-w", workspace, "explain", name, "pulse", "-f", "json").json
    return told["sections"]["rows"]["figures"]["pulse"]


@pytest.mark.parametrize(
    ("cells", "pulses"),
    [
        (["0.85", "0.45", "1"], {"C0": 5, "C1": 2, "C2": 5}),
        (["1", "5", "3"], {"C0": 1, "C1": 5, "C2": 3}),
        (["85%", "0.45", "20"], {"C0": 5, "C2": 1}),  # one cell of another kind is no pulse
        (["4", "0.5", "2"], {"C0": 4, "C2": 2}),
    ],
)
def test_health_from_0_to_1(cs: Cs, workspace: Path, cells: list[str], pulses: dict[str, int]) -> None:
    path = workspace / "exports" / "book.csv"
    rows = [f"C{n},12000,2027-01-01,{cell}" for n, cell in enumerate(cells)]
    path.write_text("\n".join(["Customer,ARR,Renewal date,Health", *rows]) + "\n")
    done = cs("-w", workspace, "import", path)
    assert done.code in (0, 3), done.err
    found = {
        name: int(shown["value"])
        for name in (f"C{n}" for n in range(len(cells)))
        for shown in [figure(cs, workspace, name)]
        if shown["value"] is not None
    }
    assert found == pulses
    assert ("no pulse there" in done.err) is (len(pulses) < len(cells))
