"""A green band beside an open red case says so: in the list, on the page, in the report; and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_cli.cases.red_beside import though
from tests.conftest import Cs


def row(cs: Cs, desk: Path, *more: object) -> dict[str, object]:
    listed = cs("-w", desk, "health", "list", *more, "-f", "json").json
    return {one["name"]: one for one in listed}["Brightwater Clinics"]


@pytest.fixture
def case(demo: Path, cs: Cs) -> str:
    """The number of a red case of a green customer."""
    assert (row(cs, demo)["band"], row(cs, demo)["red_case"]) == ("green", None)
    done = cs("-w", demo, "escalate", "Brightwater", "--red", "CEO is furious")
    assert done.code == 0, done.err
    (found,) = [
        one
        for one in cs("-w", demo, "escalations", "list", "-f", "json").json
        if one["name"] == "Brightwater Clinics" and one["severity"] == "red"
    ]
    return f"{found['case']} {found['playbook']}"


def test_list_page_and_report_say_it(demo: Path, cs: Cs, case: str) -> None:
    assert row(cs, demo)["red_case"] == case
    listed = cs("-w", demo, "health", "list").out
    assert case in listed and "green, though a red case is open: a deadline" in " ".join(listed.split())
    words = f"reen, though a red case is open: {case}"
    assert words in " ".join(cs("-w", demo, "health", "show", "Brightwater").out.split())
    assert cs("-w", demo, "health", "show", "Brightwater", "-f", "json").json["red_case"] == case
    assert words in " ".join(cs("-w", demo, "show", "Brightwater").out.split())
    report = cs("-w", demo, "report", "weekly", "-f", "json").json
    assert f"Brightwater Clinics is g{words}" in report["sections"]["escalations"]["text"]
    note = report["sections"]["figures"]["figures"]["band_green"]["note"]
    assert "though a red case is open" in note


def test_before_it_was_opened_and_after_it_is_closed_nothing_is_said(demo: Path, cs: Cs, case: str) -> None:
    assert row(cs, demo, "--as-of", "2026-06-29")["red_case"] is None
    closed = cs("-w", demo, "cases", "close", case.partition(" ")[0], "--because", "called them")
    assert closed.code == 0, closed.err
    assert row(cs, demo)["red_case"] is None
    text = cs("-w", demo, "report", "weekly", "-f", "json").json["sections"]["escalations"]["text"]
    assert "Brightwater" not in text


def test_the_words() -> None:
    assert though("green", "c1 a") == "green, though a red case is open: c1 a"
    assert though("green", "c1 a, c2 b") == "green, though red cases are open: c1 a, c2 b"
    assert [though("amber", "c1 a"), though("green", None), though(None, "c1 a")] == [None, None, None]
