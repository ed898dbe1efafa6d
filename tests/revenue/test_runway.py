"""Stages, whose they are, the last safe day, and offers: no database."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from cs_cli.base.days import WorkCalendar
from cs_cli.revenue.runway import last_safe_day, milestones, offer, owner_role, stage

WEEK = frozenset(range(5))


def row(**values: Any) -> dict[str, Any]:
    return {
        "renewal_overdue": 0,
        "cancelled": 0,
        "days_to_decide": 60,
        "auto_renew": 1,
        "band": "green",
        "stage": "price",
        "is_multi_year": False,
        "expansion": None,
        "seat_utilisation": None,
        "uplift": None,
    } | values


@pytest.mark.parametrize(("left", "expected"), [
    (91, "ahead"), (90, "introduce"), (31, "introduce"), (30, "price"), (15, "price"), (14, "notice"), (0, "notice"),
    (-1, "notice passed"), (None, "ahead"),
])  # fmt: skip
def test_stages_by_days_to_the_decision(left: int | None, expected: str) -> None:
    assert stage(row(days_to_decide=left)) == expected


def test_a_term_that_ends_by_itself_is_in_notice_until_its_end() -> None:
    assert stage(row(days_to_decide=-5, auto_renew=0)) == "notice"
    assert stage(row(days_to_decide=-5, auto_renew=None)) == "notice passed"
    assert stage(row(days_to_decide=-5, renewal_overdue=1, cancelled=1)) == "overdue"
    assert stage(row(cancelled=1)) == "cancelled"


def test_who_acts() -> None:
    stages = ("ahead", "introduce", "price", "notice", "overdue", "cancelled")
    assert [owner_role(name, "renewal_manager") for name in stages] == [
        "csm",
        "renewal_manager",
        "renewal_manager",
        "renewal_manager",
        "renewal_manager",
        "csm",
    ]
    assert owner_role("introduce", "am") == owner_role("ahead", "am") == "am"


@pytest.mark.parametrize(("decide", "safe"), [
    ("2026-06-30", "2026-06-30"),  # a Tuesday
    ("2026-06-28", "2026-06-26"),  # a Sunday: the Friday before
    ("2026-12-27", "2026-12-24"),  # a Sunday after a holiday on Friday the 25th
    ("2027-01-01", "2026-12-31"),
])  # fmt: skip
def test_the_last_safe_day_is_worked(decide: str, safe: str) -> None:
    calendar = WorkCalendar(WEEK, frozenset({date(2026, 12, 25), date(2027, 1, 1)}))
    assert last_safe_day(date.fromisoformat(decide), calendar) == date.fromisoformat(safe)


def test_the_last_safe_day_over_ten_years_is_the_nearest_worked_one_before() -> None:
    calendar = WorkCalendar(WEEK, frozenset({date(year, 12, 25) for year in range(2024, 2036)}))
    for n in range(3650):
        day = date(2025, 1, 1) + timedelta(days=n)
        safe = last_safe_day(day, calendar)
        assert safe <= day and calendar.is_working(safe)
        assert not any(calendar.is_working(safe + timedelta(days=i)) for i in range(1, (day - safe).days + 1))


def test_the_way_there_is_counted_from_the_decision() -> None:
    found = milestones({"decide_by": "2026-09-30", "renewal_date": "2026-10-30", "auto_renew": True}, "renewal_manager")
    assert [(name, day.isoformat()) for name, day, _ in found] == [
        ("introduce", "2026-07-02"),
        ("price", "2026-08-31"),
        ("notice", "2026-09-16"),
        ("notice passed", "2026-10-01"),
        ("overdue", "2026-10-31"),
    ]


def test_what_to_offer() -> None:
    assert offer(row(band="red")) == "no offer before the cause is repaired"
    assert offer(row(stage="cancelled")) == "no offer before the cause is repaired"
    assert offer(row(seat_utilisation=0.95, uplift=0.03)) == (
        "more seats: 95% are used; multi-year, with a discount for the longer term; uplift of 3.0% as signed"
    )
    assert offer(row(is_multi_year=True)) == "the same length again"
    assert offer(row(expansion="open", seat_utilisation=0.95)).startswith("renew inside the expansion, the AM leads")
    assert "multi-year" not in offer(row(band="amber")) and "multi-year" not in offer(row(band="unknown"))
