"""In which rhythm days come, and how long a row of it lasts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cs_cli.facts.rhythm import DECLARED, Rhythm, declared, longest_silence, of_looks, of_rows

MONDAY = date(2026, 6, 22)


def weeks(last: date, count: int, without: tuple[int, ...] = ()) -> list[date]:
    return [last - timedelta(days=7 * n) for n in range(count) if n not in without]


def test_a_week_is_told_by_three_rows_of_one_weekday() -> None:
    assert of_rows(weeks(MONDAY, 2)) is None
    assert of_rows(weeks(MONDAY, 3)) == Rhythm("weekly", "start", "Mondays")
    # one forgotten week is no other rhythm; a row of another day is
    assert of_rows(weeks(MONDAY, 8, without=(2,))) == Rhythm("weekly", "start", "Mondays")
    assert of_rows([*weeks(MONDAY, 5), MONDAY + timedelta(days=1)]) is None
    # a row that came long ago on another day does not count any more
    assert of_rows([*weeks(MONDAY, 6), MONDAY - timedelta(days=100)]) == Rhythm("weekly", "start", "Mondays")


@pytest.mark.parametrize(
    ("back", "week_start", "dated"),
    [(0, "monday", "start"), (1, "monday", "end"), (1, "sunday", "start"), (2, "saturday", "start"),
     (3, "monday", "end"), (0, "sunday", "end")],
)  # fmt: skip
def test_the_first_day_of_the_week_dates_a_week_to_come(back: int, week_start: str, dated: str) -> None:
    day = MONDAY - timedelta(days=back)
    found = of_rows(weeks(day, 6), week_start)
    assert found is not None
    assert (found.word, found.dated) == ("weekly", dated)
    assert found.covers_to(day) == (day + timedelta(days=6) if dated == "start" else day)


def test_months_and_days() -> None:
    firsts = [date(2026, month, 1) for month in (1, 2, 3)]
    assert of_rows(firsts) == Rhythm("monthly", "start")
    assert of_rows([date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]) == Rhythm("monthly", "end")
    assert Rhythm("monthly", "start").covers_to(date(2026, 2, 1)) == date(2026, 2, 28)
    assert Rhythm("monthly", "start").covers_to(date(2024, 2, 1)) == date(2024, 2, 29)
    assert Rhythm("monthly", "start").covers_to(date(2026, 12, 1)) == date(2026, 12, 31)
    assert Rhythm("monthly", "end").covers_to(date(2026, 2, 28)) == date(2026, 2, 28)
    # working days are daily, whatever the week-end is
    assert of_rows([date(2026, 6, day) for day in (15, 16, 17, 18, 19, 22)]) == Rhythm("daily")
    assert of_rows([date(2026, 1, 3), date(2026, 2, 14), date(2026, 4, 1)]) is None


def test_looks_come_a_day_early_or_late() -> None:
    assert of_looks([MONDAY, MONDAY + timedelta(days=8), MONDAY + timedelta(days=13)]) == Rhythm("weekly")
    assert of_looks([date(2026, 1, 5), date(2026, 2, 3), date(2026, 3, 6)]) == Rhythm("monthly")
    assert of_looks([date(2026, 1, 5), date(2026, 2, 3)]) is None
    assert of_looks([date(2026, 6, day) for day in (1, 2, 3, 5)]) == Rhythm("daily")
    assert longest_silence([date(2026, 6, 1), date(2026, 6, 9)]) is None
    assert longest_silence([date(2026, 6, 1), date(2026, 6, 9), date(2026, 6, 12)]) == 8


@pytest.mark.parametrize("word", sorted(DECLARED))
def test_every_declared_word_says_so(word: str) -> None:
    found = declared(word)
    assert found.declared
    assert found.said().endswith("as declared")
    assert found.patience == {"daily": 0, "weekly": 10, "monthly": 41}[found.word]
