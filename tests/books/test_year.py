"""Weekly imports of the sample company with its accidents: at every Monday the numbers are those of the books, or it
is said what cannot be known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.books.accidents import ACCIDENTS, WHEN
from tests.books.year import Accident, live

pytestmark = pytest.mark.prove

# ten weeks with what touches the numbers most; the sheet, the run and the long ones are in the year
SHORT = {
    1: ("free_month", "rename"),
    2: ("forgotten_week", "back_to_the_price"),
    4: ("filtered_export", "twin_keeps_the_domain"),
    5: ("late_end", "another_encoding"),
    6: ("undone_week", "round_prices"),
    7: ("merge_in_the_crm",),
}


def told(found: list[str], name: str) -> str:
    """What differs, the last commands, and how to build the workspace again."""
    *wrong, story = found
    return "\n".join([*wrong[:14], *story.splitlines()[-30:], f"--- again: python -m tests.books.year DIR {name}"])


def test_ten_weeks_with_accidents(workspace_once: Path, tmp_path: Path) -> None:
    chosen: dict[int, list[Accident]] = {week: [ACCIDENTS[name] for name in names] for week, names in SHORT.items()}
    found = live(workspace_once, tmp_path / "desk", 10, chosen)
    assert not found, told(found, "--weeks 10")


@pytest.mark.slow
@pytest.mark.parametrize("name", ACCIDENTS)
def test_each_accident_alone(workspace_once: Path, tmp_path: Path, name: str) -> None:
    """Two Mondays before it, and nine from its own on: the smallest story of each."""
    first = max(WHEN[name] - 2, 0)
    found = live(workspace_once, tmp_path / "desk", 11, {WHEN[name]: [ACCIDENTS[name]]}, first)
    assert not found, told(found, f"--accident {name}")


@pytest.mark.slow
def test_a_year_of_mondays_with_every_accident_once(workspace_once: Path, tmp_path: Path) -> None:
    chosen: dict[int, list[Accident]] = {}
    for name, week in WHEN.items():
        chosen.setdefault(week, []).append(ACCIDENTS[name])
    found = live(workspace_once, tmp_path / "desk", 52, chosen)
    assert not found, told(found, "")


@pytest.mark.slow
def test_a_year_without_accidents(workspace_once: Path, tmp_path: Path) -> None:
    found = live(workspace_once, tmp_path / "desk", 52, {})
    assert not found, told(found, "--weeks 52")
