"""The books themselves against cases worked out by hand, so that they can judge others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.books.ledger import Books, Movement, Said, begins, line, month_end, months_between

FIRST = Said(day=date(2026, 5, 31), started_on=date(2025, 1, 1), amount=100)
JUNE = date(2026, 6, 5)


def on(day: str) -> date:
    return date.fromisoformat(day)


def monthly(*rows: Said, rates: dict[str, Fraction] | None = None) -> Books:
    return Books({("acme", "S1"): rows}, rates)


def mrr(books: Books, *days: str) -> list[Fraction | None]:
    found = [books.arr("acme", on(day)) for day in days]
    return [None if one is None else one / 12 for one in found]


def moves(books: Books, year: int, month: int) -> dict[str, int]:
    """What a month shows that is not nothing, without its two ends."""
    found = books.movement(month_end(year, month - 1), month_end(year, month))
    kinds = ("new", "expansion", "contraction", "churn", "reactivation")
    return {kind: int(getattr(found, kind)) for kind in kinds if getattr(found, kind)}


def test_a_free_month_is_a_pause() -> None:
    trial = replace(FIRST, day=JUNE, status="trial", trial_start=on("2026-06-01"), trial_end=on("2026-07-01"))
    books = monthly(FIRST, trial)
    assert mrr(books, "2025-01-01", "2026-05-31", "2026-06-01", "2026-06-30", "2026-07-01") == [100, 100, 0, 0, 100]
    assert books.customers(on("2026-06-30")) == {"acme"}
    assert (moves(books, 2026, 6), moves(books, 2026, 7)) == ({"contraction": 100}, {"expansion": 100})


def test_a_free_month_of_four_months_is_a_churn_on_the_ninety_first_day() -> None:
    trial = replace(FIRST, day=JUNE, status="trial", trial_start=on("2026-06-01"), trial_end=on("2026-10-01"))
    books = monthly(FIRST, trial)
    # 30 days of June, 31 of July, 29 of August: the 91st is 30 August
    days = ("2026-08-29", "2026-08-30", "2026-09-30")
    assert [books.is_customer("acme", on(day)) for day in days] == [True, False, False]
    assert moves(books, 2026, 10) == {"reactivation": 100}
    assert books.kept(month_end(2026, 5), month_end(2026, 8)).churned_customers == 1


def test_another_currency_without_a_rate_is_unknown_from_its_file_on() -> None:
    books = monthly(FIRST, replace(FIRST, day=JUNE, currency="EUR"))
    assert mrr(books, "2026-05-31", "2026-06-04", "2026-06-05") == [100, 100, None]
    known = monthly(FIRST, replace(FIRST, day=JUNE, currency="EUR"), rates={"EUR": Fraction(5, 4)})
    assert mrr(known, "2026-05-31", "2026-06-04", "2026-06-05") == [100, 100, 125]


def test_ended_and_back_keeps_the_gap() -> None:
    books = monthly(
        FIRST,
        replace(FIRST, day=JUNE, ended_on=on("2026-06-10")),
        replace(FIRST, day=on("2026-09-05")),
    )
    assert mrr(books, "2026-05-31", "2026-06-09", "2026-06-10", "2026-09-04", "2026-09-05") == [100, 100, 0, 0, 100]
    found = [moves(books, 2026, month) for month in (5, 6, 7, 8, 9)]
    assert found == [{}, {"churn": 100}, {}, {}, {"reactivation": 100}]


def test_a_later_or_earlier_start_alone_changes_nothing() -> None:
    for start in ("2026-06-03", "2024-01-01"):
        books = monthly(FIRST, replace(FIRST, day=JUNE, started_on=on(start)))
        days = ("2024-12-31", "2025-01-01", "2026-05-31", "2026-06-01", "2026-06-30")
        assert mrr(books, *days) == [0, 100, 100, 100, 100]


@pytest.mark.parametrize("free", [{"quantity": 0}, {"amount": 0}, {"amount": 0, "plan": "free"}])
def test_free_is_one_rule(free: dict[str, object]) -> None:
    books = monthly(FIRST, replace(FIRST, day=JUNE, **free))  # type: ignore[arg-type]
    assert mrr(books, "2026-05-31", "2026-06-04", "2026-06-05") == [100, 100, 0]
    assert books.customers(JUNE) == set()
    assert moves(books, 2026, 6) == {"churn": 100}


def test_up_and_down_again() -> None:
    books = monthly(FIRST, replace(FIRST, day=JUNE, amount=150), replace(FIRST, day=on("2026-07-03")))
    assert mrr(books, "2026-05-31", "2026-06-05", "2026-07-02", "2026-07-03") == [100, 150, 150, 100]


def test_a_new_price_in_a_pause_is_still_one_pause() -> None:
    books = monthly(
        replace(FIRST, day=on("2026-02-28")),
        replace(FIRST, day=on("2026-03-20"), status="paused"),
        replace(FIRST, day=on("2026-04-17"), status="paused", amount=130),
        replace(FIRST, day=on("2026-07-03"), amount=130),
    )
    assert [books.is_customer("acme", on(day)) for day in ("2026-06-17", "2026-06-18")] == [True, False]
    found = [moves(books, 2026, month) for month in (3, 4, 5, 6, 7)]
    assert found == [{"contraction": 100}, {}, {}, {}, {"reactivation": 130}]


def test_an_end_that_was_told_late_cuts_what_was_said_before() -> None:
    books = monthly(
        FIRST,
        replace(FIRST, day=JUNE, amount=150),
        replace(FIRST, day=on("2026-07-10"), amount=150, status="ended", ended_on=on("2026-06-03")),
    )
    assert mrr(books, "2026-06-02", "2026-06-03", "2026-06-05", "2026-07-10") == [100, 0, 0, 0]


def test_ends_without_a_day() -> None:
    gone = replace(FIRST, day=JUNE, status="ended")
    assert mrr(monthly(FIRST, gone), "2026-06-04", "2026-06-05") == [100, 0]
    cancelled = replace(gone, cancelled_on=on("2026-06-02"))
    assert mrr(monthly(FIRST, cancelled), "2026-06-01", "2026-06-02") == [100, 0]


def test_an_end_ahead_that_is_taken_back() -> None:
    ahead = replace(FIRST, ended_on=on("2026-08-31"))
    assert mrr(monthly(ahead), "2026-08-30", "2026-08-31") == [100, 0]
    assert mrr(monthly(ahead, replace(FIRST, day=JUNE)), "2026-08-30", "2026-08-31", "2027-01-01") == [100, 100, 100]


def test_a_trial_before_any_payment_is_nobody() -> None:
    trial = Said(JUNE, started_on=on("2026-06-01"), amount=100, status="trial", trial_end=on("2026-06-15"))
    books = monthly(trial)
    days = ("2026-06-05", "2026-06-14", "2026-06-15")
    assert [books.is_customer("acme", on(day)) for day in days] == [False, False, False]
    runs = replace(trial, day=on("2026-06-19"), status="running", period_start=on("2026-06-15"))
    assert moves(monthly(trial, runs), 2026, 6) == {"new": 100}
    # the first file that shows it may come after the trial
    assert mrr(monthly(replace(trial, day=on("2026-06-19"), status="running")), "2026-06-14", "2026-06-15") == [0, 100]
    left = monthly(trial, replace(trial, day=on("2026-06-19"), status="ended", ended_on=on("2026-06-15")))
    assert (mrr(left, "2026-06-14", "2026-06-15"), left.customers(on("2026-06-30"))) == ([0, 0], set())


def test_the_first_file_may_show_a_free_month_and_what_ran_before_it() -> None:
    """The trial began a year after the start: until then it ran."""
    trial = replace(FIRST, status="trial", trial_start=on("2026-05-20"), trial_end=on("2026-06-20"))
    for row in (trial, replace(trial, day=on("2026-07-03"), status="running")):
        books = monthly(row)
        assert mrr(books, "2025-01-01", "2026-05-19", "2026-05-20", "2026-06-19", "2026-06-20") == [100, 100, 0, 0, 100]
        assert books.is_customer("acme", on("2026-06-01"))


def test_a_period_start_dates_a_change_only_after_the_file_before() -> None:
    row = replace(FIRST, day=JUNE, amount=150, period_start=on("2026-06-01"))
    assert begins(row, FIRST) == on("2026-06-01")
    assert begins(row, replace(FIRST, day=on("2026-06-01"))) == JUNE
    # a file between that says nothing new still moves the day back to the export's
    books = monthly(FIRST, replace(FIRST, day=on("2026-06-02")), row)
    assert mrr(books, "2026-06-04", "2026-06-05") == [100, 150]


def test_the_order_of_the_rows_is_nothing_but_of_one_day_the_last_counts() -> None:
    rows = [FIRST, replace(FIRST, day=JUNE, amount=150), replace(FIRST, day=on("2026-07-03"), amount=120)]
    rates = {"USD": Fraction(1)}
    assert line(rows, rates) == line(rows[::-1], rates)
    assert mrr(monthly(*rows, replace(rows[1], amount=170)), "2026-06-05") == [170]


def test_what_a_year_is() -> None:
    for interval, amount, quantity, discount, yearly in (
        ("year", 1200, 1, "0", 1200), ("quarter", 300, 2, "0", 2400), ("month", 50, 7, "0", 4200),
        ("week", 10, 3, "0", 1560), ("day", 1, 1, "0", 365), ("month", 100, 1, "1/4", 900),
    ):  # fmt: skip
        said = replace(FIRST, interval=interval, amount=amount, quantity=quantity, discount=Fraction(discount))
        assert said.yearly == yearly


def test_the_golden_case() -> None:
    """S = 100: one leaves with 10, one gives up 10, one takes 10 more: GRR 80 %, NRR 90 %, a quarter of the logos."""
    start = replace(FIRST, day=on("2025-12-31"), started_on=on("2025-01-01"))
    rows = {
        ("gone", "1"): [
            replace(start, amount=10),
            replace(start, day=on("2026-02-13"), status="ended", amount=10, ended_on=on("2026-02-10")),
        ],
        ("less", "1"): [replace(start, amount=20)],
        ("less", "2"): [replace(start, amount=10, ended_on=on("2026-03-05"))],
        ("more", "1"): [replace(start, amount=30)],
        ("more", "2"): [replace(start, day=on("2026-04-24"), started_on=on("2026-04-20"), amount=10)],
        ("same", "1"): [replace(start, amount=30)],
        ("late", "1"): [replace(start, day=on("2026-04-24"), started_on=on("2026-04-20"), amount=500)],
    }  # fmt: skip
    books = Books(rows)
    kept = books.kept(month_end(2025, 12), month_end(2026, 6))
    assert (kept.start, kept.nrr, kept.grr) == (100, Fraction(9, 10), Fraction(4, 5))
    assert (kept.logo_churn, kept.start_customers, kept.churned_customers) == (Fraction(1, 4), 4, 1)
    ends = months_between(on("2025-12-31"), on("2026-06-01"))
    found = [books.movement(*pair) for pair in pairwise(ends)]
    assert [(one.churn, one.contraction, one.expansion, one.new) for one in found] == [
        (0, 0, 0, 0), (10, 0, 0, 0), (0, 10, 0, 0), (0, 0, 10, 500), (0, 0, 0, 0), (0, 0, 0, 0)]  # fmt: skip
    assert found[-1] == Movement(Fraction(590), *[Fraction(0)] * 5, end=Fraction(590), customers=4)


def test_each_month_adds_up() -> None:
    books = Books({
        ("a", "1"): [FIRST, replace(FIRST, day=JUNE, status="paused"), replace(FIRST, day=on("2026-10-02"))],
        ("b", "1"): [replace(FIRST, amount=7, interval="week"), replace(FIRST, day=JUNE, quantity=0)],
        ("c", "1"): [replace(FIRST, day=JUNE, started_on=on("2026-06-02"), amount=1000, interval="year")],
    })  # fmt: skip
    ends = months_between(on("2024-12-01"), on("2026-12-31"))
    for one in (books.movement(*pair) for pair in pairwise(ends)):
        assert one.start + one.new + one.expansion - one.contraction - one.churn + one.reactivation == one.end


def test_months() -> None:
    assert [month_end(2026, month) for month in (0, 2, 12, 13)] == [
        on("2025-12-31"), on("2026-02-28"), on("2026-12-31"), on("2027-01-31")]  # fmt: skip
    assert months_between(on("2025-12-05"), on("2026-02-01")) == [on("2025-12-31"), on("2026-01-31"), on("2026-02-28")]
