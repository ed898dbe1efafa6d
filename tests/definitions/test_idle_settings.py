"""Keys that are accepted and change nothing are said by `cs check`, and the starter sets none of them."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs

METRICS = """
  - name: finance
    mrr_from: invoices
targets:
  - {metric: nrr, target: 1.1}
"""
TITLE = "a setting that changes nothing yet"


def idle(cs: Cs, workspace: Path) -> list[tuple[str, str]]:
    done = cs("-w", workspace, "check", "-f", "json")
    return [(row["subject"], row["finding"].removesuffix(" changes nothing yet")) for row in done.json
            if row["check"] == TITLE]  # fmt: skip


def test_the_starter_and_the_demo_set_none(cs: Cs, workspace: Path, demo_once: Path) -> None:
    assert idle(cs, workspace) == []
    assert idle(cs, demo_once) == []


def test_check_names_each_with_its_file(cs: Cs, workspace: Path) -> None:
    with open(workspace / "cs.yaml", "a", encoding="utf-8") as file:
        file.write("thresholds: {vip: 10}\n")
    path = workspace / "metrics.yaml"
    path.write_text(path.read_text() + "    churn_day: cancelled_on\n" + METRICS.lstrip("\n"), encoding="utf-8")
    assert idle(cs, workspace) == [
        ("cs.yaml", "thresholds"),
        ("metrics.yaml", "sets: finance"),
        ("metrics.yaml", "churn_day"),
        ("metrics.yaml", "targets"),
    ]
    assert cs("explain", "DEF-068").code == 0
