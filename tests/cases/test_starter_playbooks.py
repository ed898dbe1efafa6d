"""The starter playbooks keep their promises: their examples hold, and pin every number."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cs_cli.cases.examples import run_examples
from cs_cli.definitions.conditions import Names
from cs_cli.definitions.health import read_health
from cs_cli.definitions.playbooks import read_playbook
from cs_cli.definitions.segments import read_segments
from cs_cli.definitions.shapes import Playbook, Settings, Severity
from cs_cli.facts.catalogue import names as fact_names
from cs_cli.scoring.names import all_names
from tests.cases.helpers import CALENDAR
from tests.conftest import ROOT, Cs

FILES = sorted((ROOT / "playbooks").glob("*.yaml"))
STARTER = ROOT / "cs_cli" / "starter"
ENABLED = {"renewal-runway", "notice-deadline", "cancel-requested", "overdue-invoice", "usage-drop", "urgent-ticket",
        "red-health", "onboarding", "agents-only", "silent-account", "detractor", "champion-left"}
NUMBER = re.compile(r'"[^"]*"|(?<![\w.])(\d[\d_]*(?:\.\d+)?)')


@pytest.fixture(scope="module")
def names() -> Names:
    segments, document = read_segments(STARTER / "segments.yaml")
    health, other = read_health(STARTER / "health.yaml")
    assert segments is not None, document.faults
    assert health is not None, other.faults
    return all_names(fact_names(Settings()), segments, health)


def read(path: Path) -> Playbook:
    playbook, document = read_playbook(path)
    assert playbook is not None and not document.faults, document.faults
    return playbook


def mismatches(playbook: Playbook, names: Names) -> list[str]:
    return [one.mismatch.what for one in run_examples([playbook], names, CALENDAR) if one.mismatch]


def test_the_enabled_ones_are_there() -> None:
    books = [read(path) for path in FILES]
    assert {book.playbook for book in books if book.enabled} == ENABLED
    assert all(path.stem == book.playbook for path, book in zip(FILES, books, strict=True))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_examples_hold(path: object, names: Names) -> None:
    assert mismatches(read(path), names) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_examples_have_a_timeline_a_silence_and_missing_data(path: object) -> None:
    book = read(path)
    assert any(example.timeline for example in book.examples)
    assert sum(example.expect.get("state") == "quiet" for example in book.examples) >= 2


def mutated(text: str) -> Iterator[str]:
    """The condition with one of its numbers moved by a fifth (a whole number by one at least)."""
    for match in NUMBER.finditer(text):
        written = match.group(1)
        if written is None or float(written) == 0:
            continue
        value = float(written)
        for factor in (0.8, 1.2):
            moved = value * factor
            if value == int(value) and not text[match.end():].startswith("%"):
                moved = math.ceil(moved) if factor > 1 else math.floor(moved)
            yield f"{text[:match.start()]}{moved:g}{text[match.end():]}"


def variants(book: Playbook) -> Iterator[tuple[str, Playbook]]:
    for key in ("when", "applies_to", "clear_when", "done_when", "lost_when"):
        text = getattr(book, key)
        for other in mutated(text or ""):
            yield f"{key}: {other}", msgspec.structs.replace(book, **{key: other})
    for at, entry in enumerate(book.severity):
        for other in mutated(entry.when):
            changed = [*book.severity[:at], Severity(entry.severity, other), *book.severity[at + 1:]]
            yield f"{entry.severity}: {other}", msgspec.structs.replace(book, severity=changed)
    for key, step in (("hold_for", -1), ("hold_for", 1), ("clear_after", -1), ("clear_after", 1)):
        text = getattr(book, key)
        if text:
            days = int(text[:-1])
            other = f"{days + step * max(1, round(days / 5))}d"
            yield f"{key}: {other}", msgspec.structs.replace(book, **{key: other})


    word, _, days = book.again.partition(" ")
    if word == "after" and int(days[:-1]):
        for step in (-1, 1):
            other = f"after {int(days[:-1]) + step * max(1, round(int(days[:-1]) / 5))}d"
            yield f"again: {other}", msgspec.structs.replace(book, again=other)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_moving_any_number_by_a_fifth_breaks_an_example(path: object, names: Names) -> None:
    book = read(path)
    unnoticed = [what for what, other in variants(book) if not mismatches(other, names)]
    assert unnoticed == []


def test_what_ends_a_case_is_read_with_its_place(workspace: Path, cs: Cs) -> None:
    path = workspace / "playbooks" / "drop.yaml"
    path.write_text("playbook: drop\nabout: x\nwhen: arr > 1\nexpires_after: soon\nclear_when: huamn_vs_usual > 1\n")
    refused = cs("-w", workspace, "playbooks", "check")
    assert refused.code == 12 and "playbooks/drop.yaml:4:" in refused.err and "playbooks/drop.yaml:5:" in refused.err
    assert "human_vs_usual" in refused.err
