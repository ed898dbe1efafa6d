"""Segments: first match, unknowns, tags, and dimensions that use earlier ones."""

from __future__ import annotations

from cs_cli.scoring.names import wanted_dimensions
from tests.scoring.tiny import NAMES, dimension, segment, segments_of

TIER = dimension("tier", ("A", "arr >= 100"), ("B", "arr >= 50 or employees > 10"), ("C", "otherwise"))


def test_first_match_wins_and_an_unknown_earlier_entry_decides_nothing() -> None:
    rows = [{"arr": 100}, {"arr": 60}, {"arr": 1, "employees": 5}, {}, {"arr": 1}, {"employees": 99}]
    assert [row["tier"] for row in segment(rows, segments_of(TIER))] == ["A", "B", "C", None, None, None]


def test_unknown_may_be_named() -> None:
    tier = dimension("tier", ("A", "arr >= 100"), ("C", "otherwise"), unknown="?")
    assert [row["tier"] for row in segment([{}, {"arr": 5}], segments_of(tier))] == ["?", "C"]


def test_no_entry_true_and_no_otherwise_is_no_segment() -> None:
    tier = dimension("tier", ("A", "arr >= 100"))
    assert segment([{"arr": 5}], segments_of(tier)) == [{"tier": None}]


def test_later_dimensions_use_earlier_ones() -> None:
    touch = dimension("touch", ("high", 'tier == "a"'), ("low", 'tier in ("B", "C")'))
    rows = [{"arr": 100}, {"arr": 60}, {}]
    assert [row["touch"] for row in segment(rows, segments_of(TIER, touch))] == ["high", "low", None]


def test_tags_overlap() -> None:
    need = dimension("need", ("big", "arr >= 100"), ("seen", "seen < 5"), ("none", "otherwise"), any=True)
    rows = [{"arr": 100, "seen": 1}, {"arr": 1, "seen": 1}, {"arr": 1, "seen": 9}, {"arr": 1}, {"arr": 200}]
    found = [row["need"] for row in segment(rows, segments_of(need))]
    assert found == [",big,seen,", ",seen,", ",none,", None, ",big,"]


def test_tags_answer_conditions_of_later_dimensions() -> None:
    need = dimension("need", ("big", "arr >= 100"), ("bigger", "arr >= 200"), any=True)
    later = dimension("later", ("yes", 'need == "big"'), ("no", "otherwise"))
    found = segment([{"arr": 100}, {"arr": 5}, {"arr": 300}], segments_of(need, later))
    assert [row["later"] for row in found] == ["yes", "no", "yes"]


def test_a_dimension_called_like_a_fact_reads_the_fact_and_replaces_it() -> None:
    status = dimension("status", ("live", 'status == "customer"'), ("other", "otherwise"))
    later = dimension("later", ("yes", 'status == "live"'), ("no", "otherwise"))
    found = segment([{"status": "Customer"}, {"status": "trial"}], segments_of(status, later))
    assert found == [{"status": "live", "later": "yes"}, {"status": "other", "later": "no"}]


def test_only_what_is_needed_is_asked_for() -> None:
    touch = dimension("touch", ("high", 'tier == "A"'), ("low", "seen > 1"))
    other = dimension("other", ("x", "usage > 1"))
    chosen, facts = wanted_dimensions(segments_of(TIER, touch, other), NAMES, {"touch", "pulse"})
    assert [one.name for one in chosen] == ["tier", "touch"]
    assert facts == {"arr", "employees", "seen", "pulse"}
