"""Gaps, overlaps and what counts for nothing, in segments.yaml and health.yaml: warned with file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_cli.definitions.list_warnings import list_warnings
from cs_cli.definitions.workspace import Workspace, load_definitions
from cs_cli.facts.catalogue import names
from tests.conftest import Cs

SEGMENTS = """\
dimensions:
  tier:
    - A: arr >= 30_000
    - B: arr >= 8_000
    - C: otherwise
"""
CARDS = """\
scorecards:
  - name: large
    applies: tier == "A"
    measures:
      seen: {fact: last_seen_days, family: usage, weight: 10, scale: [[7, 100], [30, 0]]}
    caps:
      - {name: late, if: overdue_days > 60, at_most: 40}
  - name: all
    measures:
      seen:
        fact: last_seen_days
        family: usage
        weight: 10
        when:
          - if: arr >= 5_000
            scale: [[7, 100], [30, 0]]
          - if: arr < 5_000
            scale: [[14, 100], [60, 0]]
"""
Place = tuple[str, str, int | None, int | None]


def warned(workspace: Path, segments: str = SEGMENTS, cards: str = CARDS) -> list[Place]:
    (workspace / "segments.yaml").write_text(segments, encoding="utf-8")
    (workspace / "health.yaml").write_text(cards, encoding="utf-8")
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    made = load_definitions(Workspace(workspace), names)
    found = list_warnings(made.segments, made.health, names(made.settings))
    assert all(fault.what for fault in found)
    return [(fault.ident, fault.file or "", fault.line, fault.column) for fault in found]


def test_what_is_in_order_is_not_warned_of(workspace: Path) -> None:
    made = load_definitions(Workspace(workspace), names)
    assert list_warnings(made.segments, made.health, names(made.settings)) == []
    assert warned(workspace) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # a gap: the last entry does not take the rest
        ("    - C: otherwise\n", "", ("DEF-066", 4, 10)),
        ("C: otherwise", "C: arr < 5_000", ("DEF-066", 5, 10)),
        # an overlap: those above take everything
        ("B: arr >= 8_000", "B: arr >= 50_000", ("DEF-065", 4, 10)),
        ("B: arr >= 8_000", 'B: arr >= 50_000 and country == "NL"', ("DEF-065", 4, 10)),
        ("B: arr >= 8_000", "B: arr >= 8_000 and arr < 100", ("DEF-060", 4, 10)),
    ],
)
def test_segments(workspace: Path, old: str, new: str, expected: tuple[str, int, int]) -> None:
    assert old in SEGMENTS
    found = warned(workspace, SEGMENTS.replace(old, new))
    assert (expected[0], "segments.yaml", *expected[1:]) in found
    assert len(found) == 1


def test_a_list_that_covers_everything_without_otherwise_has_no_gap(workspace: Path) -> None:
    assert warned(workspace, SEGMENTS.replace("C: otherwise", "C: arr < 8_000")) == []
    # tags may overlap and be absent
    tags = "dimensions:\n  tags:\n    any: true\n    list: [{a: arr > 5}, {b: arr > 9}]\n"
    assert warned(workspace, tags + "  " + SEGMENTS.partition("\n  ")[2]) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('applies: tier == "A"', "applies: otherwise", ("DEF-065", 8, 11)),
        ("  - name: all\n", '  - name: all\n    applies: tier == "B"\n', ("DEF-066", 9, 14)),
        ("if: overdue_days > 60", "if: overdue_days > 60 and overdue_days < 30", ("DEF-060", 7, 26)),
        ("if: overdue_days > 60", "if: overdue_days >= 0 or overdue_days < 0", ("DEF-061", 7, 26)),
        ("if: arr < 5_000", "if: arr >= 9_000", ("DEF-065", 17, 13)),
    ],
)
def test_scorecards(workspace: Path, old: str, new: str, expected: tuple[str, int, int]) -> None:
    assert old in CARDS
    assert warned(workspace, cards=CARDS.replace(old, new, 1)) == [(expected[0], "health.yaml", *expected[1:])]


def test_a_card_that_another_covers(workspace: Path) -> None:
    """`large` takes every A, so a card for the A that are big enough is never used."""
    extra = CARDS.replace("  - name: all\n", "  - name: big\n    applies: tier == \"A\" and arr > 9\n"
                          "    measures:\n      seen: {fact: last_seen_days, family: usage, weight: 1, "
                          "scale: [[7, 100], [30, 0]]}\n  - name: all\n")  # fmt: skip
    assert warned(workspace, cards=extra) == [("DEF-065", "health.yaml", 9, 14)]


def test_a_weight_of_nothing(workspace: Path) -> None:
    more = "    caps:\n"
    idle = "      idle: {fact: nps_latest, family: satisfaction, weight: 0, scale: [[0, 0], [10, 100]]}\n"
    assert warned(workspace, cards=CARDS.replace(more, idle + more, 1)) == [("DEF-067", "health.yaml", 6, 62)]


@pytest.mark.parametrize(
    ("old", "new", "ident", "line"),
    [
        ("weight: 10, scale", "weight: 0, scale", "DEF-019", 5),
        ("fact: last_seen_days, family", "fact: last_sen_days, family", "DEF-041", 5),
        ("[[7, 100], [30, 0]]}", "[[7, 100], [7, 0]]}", "DEF-018", 5),
        ("[[7, 100], [30, 0]]}", "[[7, 100], [30, 0], [60, 50]]}", "DEF-018", 5),
    ],
)
def test_refused_with_file_and_line(workspace: Path, cs: Cs, old: str, new: str, ident: str, line: int) -> None:
    (workspace / "segments.yaml").write_text(SEGMENTS, encoding="utf-8")
    assert old in CARDS
    (workspace / "health.yaml").write_text(CARDS.replace(old, new, 1), encoding="utf-8")
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    refused = cs("-w", workspace, "check")
    assert refused.code == 12
    assert f"error[{ident}]" in refused.err and f"health.yaml:{line}:" in refused.err


def test_check_shows_them(workspace: Path, cs: Cs) -> None:
    warned(workspace, SEGMENTS.replace("B: arr >= 8_000", "B: arr >= 50_000"))
    done = cs("-w", workspace, "check", "-f", "json")
    assert done.code == 1
    (row,) = [row for row in done.json if row["check"] == "an entry of a list is never reached"]
    assert row["subject"] == "segments.yaml:4:10" and "A above it" in row["finding"]
    assert cs("explain", "DEF-065").code == 0
