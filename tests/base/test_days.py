"""Days: months keep their anchor, working days count, and typed days are read or refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_cli.base import days
from cs_cli.base.days import WorkCalendar, add_months
from cs_cli.base.errors import UsageError

TODAY = date(2026, 11, 22)  # a Sunday
some_day = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-28", "2026-02-28"),
        ("today", "2026-11-22"),
        (" Yesterday ", "2026-11-21"),
        ("30d", "2026-10-23"),
        ("4w", "2026-10-25"),
        ("3m", "2026-08-22"),
        ("1Y", "2025-11-22"),
        ("0d", "2026-11-22"),
    ],
)
def test_typed(text: str, expected: str) -> None:
    assert days.iso(days.parse_day(text, TODAY)) == expected


@pytest.mark.parametrize(
    ("text", "ident"),
    [
        ("31/02", "USE-001"),
        ("2026-02-30", "USE-002"),
        ("20260228", "USE-001"),
        ("2026-W05-1", "USE-001"),
        ("", "USE-001"),
        ("-1d", "USE-001"),
        ("d", "USE-001"),
        ("999999d", "USE-002"),
        ("99999y", "USE-002"),
        ("9999999d", "USE-001"),
        ("２０２６-01-01", "USE-001"),
        ("²d", "USE-001"),
        ("0000-01-01", "USE-002"),
        ("1899-12-31", "USE-002"),
        ("2200-01-01", "USE-002"),
        ("200y", "USE-002"),
        ("fri", "USE-001"),
    ],
)
def test_typed_wrongly(text: str, ident: str) -> None:
    with pytest.raises(UsageError, match=ident) as stopped:
        days.parse_day(text, TODAY)
    assert stopped.value.code == 2
    assert stopped.value.faults[0].value == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tomorrow", "2026-11-23"),
        ("fri", "2026-11-27"),
        ("Sunday", "2026-11-29"),
        ("mon", "2026-11-23"),
        ("3d", "2026-11-25"),
        ("+2w", "2026-12-06"),
        ("1m", "2026-12-22"),
        ("2027-01-01", "2027-01-01"),
        ("today", "2026-11-22"),
    ],
)
def test_typed_ahead(text: str, expected: str) -> None:
    assert days.iso(days.parse_day_ahead(text, TODAY)) == expected


@pytest.mark.parametrize("text", ["yesterday", "fr", "31/12", "2026-02-30"])
def test_typed_ahead_wrongly(text: str) -> None:
    with pytest.raises(UsageError):
        days.parse_day_ahead(text, TODAY)


def test_months_keep_their_anchor() -> None:
    end = date(2026, 1, 31)
    assert [add_months(end, n).isoformat() for n in (1, 2, 13, -2)] == [
        "2026-02-28",
        "2026-03-31",
        "2027-02-28",
        "2025-11-30",
    ]
    assert add_months(date(2026, 2, 28), 1, 31) == date(2026, 3, 31)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2025, 2, 28), 36, 29) == date(2028, 2, 29)
    with pytest.raises(ValueError):
        add_months(date(9999, 12, 1), 1)


@given(some_day, st.integers(-400, 400), st.integers(-400, 400))
def test_months_in_steps_equal_months_at_once(d: date, a: int, b: int) -> None:
    assert add_months(add_months(d, a), b, d.day) == add_months(d, a + b)
    moved = add_months(d, a)
    assert (moved.year * 12 + moved.month) - (d.year * 12 + d.month) == a
    assert moved.day == min(d.day, days.days_in_month(moved.year, moved.month))


@given(some_day)
def test_ends_of_months(d: date) -> None:
    assert days.last_of_month(d) + timedelta(days=1) == add_months(days.first_of_month(d), 1)


@given(some_day, st.integers(1, 60))
def test_mondays(d: date, n: int) -> None:
    found = days.mondays(d, n)
    assert len(found) == n
    assert found[-1] <= d < found[-1] + timedelta(days=7)
    assert all(m.weekday() == 0 for m in found)
    assert found == sorted(set(found))


calendars = st.builds(
    WorkCalendar,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=12),
)
near_day = st.dates(date(2025, 12, 1), date(2026, 4, 1))


@given(calendars, near_day, near_day)
def test_between_is_a_count(calendar: WorkCalendar, a: date, b: date) -> None:
    if a <= b:
        slow = sum(calendar.is_working(a + timedelta(days=k)) for k in range(1, (b - a).days + 1))
    else:
        slow = -sum(calendar.is_working(b + timedelta(days=k)) for k in range((a - b).days))
    assert calendar.between(a, b) == slow


@given(calendars, near_day, st.integers(-40, 40))
def test_add_is_the_inverse_of_between(calendar: WorkCalendar, d: date, n: int) -> None:
    moved = calendar.add(d, n)
    assert calendar.is_working(moved)
    if n:
        assert calendar.between(d, moved) == n
    else:
        assert moved == d if calendar.is_working(d) else moved > d


def test_a_usual_week() -> None:
    calendar = WorkCalendar.of(["mon", "tue", "wed", "thu", "friday"], [date(2026, 12, 25)])
    saturday = date(2026, 12, 19)
    assert calendar.add(saturday, 0) == date(2026, 12, 21)
    assert calendar.add(saturday, 1) == date(2026, 12, 21)
    assert calendar.add(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert calendar.add(date(2026, 12, 28), -1) == date(2026, 12, 24)
    with pytest.raises(ValueError):
        WorkCalendar(frozenset())
    with pytest.raises(ValueError):
        WorkCalendar.of(["someday"])
