"""A monthly subscription of 100 since January 2025, imported as of 31 May 2026, and what a later file says of it.

Each value is written down, not worked out. Each situation is tried in the formats that can tell it, with the files in
their order and the other way round: what was known of May stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.books.desk import Desk
from tests.books.forms import FORMS
from tests.books.ledger import Said

pytestmark = pytest.mark.prove

TODAY = date(2026, 12, 31)
MAY = Said(day=date(2026, 5, 31), started_on=date(2025, 1, 1), amount=100, period_start=date(2026, 5, 1))
JUNE = replace(MAY, day=date(2026, 6, 5))
# in the quick suite each format comes with one order, the plain one with both
SELDOM = {("stripe", "in order"), ("chargebee", "turned round")}
EVERY = [
    pytest.param(form, order, marks=[pytest.mark.slow] if (form, order) in SELDOM else [])
    for form in FORMS
    for order in ("in order", "turned round")
]
DATED = [one for one in EVERY if one.values[0] != "canonical"]
New = Callable[..., Desk]


def at(row: Said, day: str, **values: Any) -> Said:
    return replace(row, day=date.fromisoformat(day), **values)


def on(day: str) -> date:
    return date.fromisoformat(day)


@pytest.fixture
def new(workspace_once: Path, tmp_path: Path) -> New:
    """Makes a desk and imports one file for each row, as of its day, in that order or the other way round."""
    made = 0

    def load(form: str, *rows: Said, order: str = "in order", rates: dict[str, Fraction] | None = None) -> Desk:
        nonlocal made
        made += 1
        desk = Desk(workspace_once, tmp_path / f"desk{made}", rates, TODAY)
        if form == "canonical":
            desk.load(desk.write("exports/accounts.csv", "account_id,name\nA1,Birch Works\n"))
        for row in rows if order == "in order" else rows[::-1]:
            add(desk, form, row)
        return desk

    return load


def add(desk: Desk, form: str, *rows: Said, words: tuple[str, ...] = ()) -> str:
    """Import the rows as the subscriptions S1, S2 … of one account, as of the first row's day; gives what was said."""
    keyed = [("A1", f"S{n}", row) for n, row in enumerate(rows, 1)]
    # the period that runs on the day, unless the row tells one
    name = desk.write(f"exports/{form} of {rows[0].day}.csv", FORMS[form](keyed))
    done = desk.load(name, "--as-of", rows[0].day, *words)
    return done.out + done.err


def mrr(desk: Desk, *days: str) -> list[float]:
    return [desk.on(on(day))["mrr"] for day in days]


def months(desk: Desk, *periods: str) -> list[dict[str, float]]:
    """What each month shows that is not nothing; `customers` only where there is none."""
    found = desk.months(*periods)
    return [{kind: n for kind, n in month.items() if kind != "customers" or n != 1} for month in found]


def holds(desk: Desk, told: object, right: object) -> None:
    assert told == right, f"told {told}, right {right}\n{desk.told()}"


def untouched(desk: Desk) -> None:
    """What was known of the time until the end of May: 100 from the first day on, and one customer."""
    rows = desk.movements(on("2024-12-01"), on("2026-05-01")).values()
    holds(desk, [row["end_mrr"] for row in rows], [0] + [100] * 17)
    holds(desk, [row["new"] for row in rows], [0, 100] + [0] * 16)
    holds(desk, [row["customers"] for row in rows], [0] + [1] * 17)


# --- a free month ------------------------------------------------------------


FREE_MONTH = at(MAY, "2026-06-05", status="trial", trial_start=on("2026-06-01"), trial_end=on("2026-07-01"))


@pytest.mark.parametrize(("form", "order"), DATED)
def test_a_free_month_is_a_pause(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, FREE_MONTH, order=order)
    untouched(desk)
    # Chargebee's export has no start of a trial: then it is the day of the file
    first = "2026-06-01" if form == "stripe" else "2026-06-05"
    holds(desk, mrr(desk, first, "2026-06-30", "2026-07-01"), [0, 0, 100])
    holds(desk, months(desk, "2026-06", "2026-07", "2026-08"), [{"contraction": 100}, {"expansion": 100}, {}])
    holds(desk, desk.accounts(on("2026-06-15"))["A1"]["status"], "customer")
    holds(desk, desk.retention(on("2026-06-01"), on("2026-06-30"))["churned_customers"], 0)


@pytest.mark.parametrize("order", ["in order", "turned round"])
def test_a_trial_without_days_begins_with_its_file_and_ends_with_the_next(new: New, order: str) -> None:
    desk = new("canonical", MAY, replace(JUNE, status="trial"), at(MAY, "2026-07-03"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-04", "2026-06-05", "2026-07-02", "2026-07-03"), [100, 0, 0, 100])
    holds(desk, months(desk, "2026-06", "2026-07"), [{"contraction": 100}, {"expansion": 100}])


@pytest.mark.parametrize(("form", "order"), DATED)
def test_four_free_months_are_a_churn_after_ninety_days(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, replace(FREE_MONTH, trial_end=on("2026-10-01")), order=order)
    untouched(desk)
    # June has 30 days, July 31: 30 August is the 91st from 1 June, 3 September that from 5 June
    last, gone = ("2026-08-29", "2026-08-30") if form == "stripe" else ("2026-09-02", "2026-09-03")
    holds(desk, [desk.accounts(on(day))["A1"]["status"] for day in (last, gone)], ["customer", "churned"])
    holds(desk, months(desk, "2026-06", "2026-07", gone[:7], "2026-10"), [
        {"contraction": 100}, {}, {"customers": 0}, {"reactivation": 100}])  # fmt: skip
    holds(desk, desk.retention(on("2026-06-01"), on("2026-09-30"))["logo_churn"], 1)


@pytest.mark.parametrize(("form", "order"), DATED)
def test_a_free_month_that_is_not_gone_on_after_is_a_churn_on_its_last_day(new: New, form: str, order: str) -> None:
    gone = at(FREE_MONTH, "2026-07-03", status="ended", ended_on=on("2026-07-01"))
    desk = new(form, MAY, FREE_MONTH, gone, order=order)
    untouched(desk)
    holds(desk, months(desk, "2026-06", "2026-07"), [{"contraction": 100}, {"customers": 0}])
    holds(desk, desk.accounts(on("2026-07-01"))["A1"]["status"], "churned")


@pytest.mark.parametrize(("form", "order"), EVERY)
def test_a_trial_before_any_payment_is_no_customer(new: New, form: str, order: str) -> None:
    """Beside it: it begins to pay when the trial ends, and that is new."""
    first = at(MAY, "2026-06-05", started_on=on("2026-06-01"), status="trial", trial_start=on("2026-06-01"),
               trial_end=on("2026-06-15"), period_start=on("2026-06-01"))  # fmt: skip
    paid = at(first, "2026-06-19", status="running", period_start=on("2026-06-15"))
    desk = new(form, first, paid, order=order)
    begins = "2026-06-19" if form == "canonical" else "2026-06-15"
    holds(desk, mrr(desk, "2026-06-02", "2026-06-14", begins), [0, 0, 100])
    holds(desk, desk.accounts(on("2026-06-10"))["A1"]["status"], "trial")
    holds(desk, months(desk, "2026-05", "2026-06"), [{"customers": 0}, {"new": 100}])


# --- another currency --------------------------------------------------------


@pytest.mark.parametrize(("form", "order"), EVERY)
def test_a_currency_without_a_rate_is_unknown_from_then_on_and_said(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, replace(JUNE, currency="EUR"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-04"), [100])
    found = desk.accounts(on("2026-06-30"))["A1"]
    # neither 0 nor 100, and nobody who left
    assert found["arr"] is None and found["status"] != "churned", f"{found}\n{desk.told()}"
    holds(desk, desk.retention(on("2026-06-01"), on("2026-06-30"))["churned_customers"], 0)
    listed = desk.cs("check", codes=(0, 1))
    assert "EUR" in listed.out + listed.err and listed.code == 1, f"{listed.out}{listed.err}\n{desk.told()}"


@pytest.mark.parametrize(("form", "order"), EVERY)
def test_a_currency_with_a_rate_counts_at_it_from_then_on(new: New, form: str, order: str) -> None:
    rates = {"EUR": Fraction(5, 4)}
    desk = new(form, MAY, replace(JUNE, currency="EUR"), at(MAY, "2026-08-07"), order=order, rates=rates)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-04", "2026-06-05", "2026-08-06"), [100, 125, 125])
    holds(desk, months(desk, "2026-06", "2026-07", "2026-08"), [{"expansion": 25}, {}, {"contraction": 25}])


@pytest.mark.parametrize("order", ["in order", "turned round"])
def test_a_currency_without_a_rate_that_is_taken_back_is_unknown_for_its_time_only(new: New, order: str) -> None:
    desk = new("canonical", MAY, replace(JUNE, currency="EUR"), at(MAY, "2026-07-03"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-07-03", "2026-12-31"), [100, 100])
    holds(desk, desk.retention(on("2026-06-01"), on("2026-07-31"))["nrr"], 1)
    holds(desk, desk.accounts(on("2026-06-20"))["A1"]["arr"], None)


# --- ended, and back ---------------------------------------------------------


@pytest.mark.parametrize(("form", "order"), EVERY)
def test_ended_and_back_keeps_its_gap(new: New, form: str, order: str) -> None:
    ended = at(MAY, "2026-06-12", status="ended", ended_on=on("2026-06-10"))
    desk = new(form, MAY, ended, at(MAY, "2026-09-05"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-09", "2026-06-10", "2026-09-04", "2026-09-05"), [100, 0, 0, 100])
    holds(desk, months(desk, "2026-06", "2026-07", "2026-09"), [
        {"churn": 100, "customers": 0}, {"customers": 0}, {"reactivation": 100}])  # fmt: skip
    year = desk.retention(on("2026-06-01"), on("2026-08-31"))
    holds(desk, (year["nrr"], year["grr"], year["logo_churn"]), (0, 0, 1))
    year = desk.retention(on("2026-06-01"), on("2026-09-30"))
    holds(desk, (year["nrr"], year["grr"], year["logo_churn"]), (1, 1, 0))


@pytest.mark.parametrize("form", ["canonical", "chargebee"])
@pytest.mark.parametrize("order", ["in order", "turned round"])
def test_an_end_ahead_that_came_keeps_its_gap(new: New, form: str, order: str) -> None:
    """The second file tells the end five days before it comes, as it stands in the first line of the table."""
    desk = new(form, MAY, replace(JUNE, ended_on=on("2026-06-10")), at(MAY, "2026-09-05"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-09", "2026-06-10", "2026-09-04", "2026-09-05"), [100, 0, 0, 100])
    holds(desk, months(desk, "2026-06", "2026-09"), [{"churn": 100, "customers": 0}, {"reactivation": 100}])


@pytest.mark.parametrize("form", ["canonical", "chargebee"])
@pytest.mark.parametrize("order", ["in order", "turned round"])
def test_an_end_ahead_that_is_taken_back_in_time_never_was(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, replace(JUNE, ended_on=on("2026-08-31")), at(MAY, "2026-07-03"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-30", "2026-08-31", "2026-12-31"), [100, 100, 100])
    holds(desk, months(desk, "2026-06", "2026-07", "2026-08", "2026-09"), [{}, {}, {}, {}])


@pytest.mark.parametrize("form", ["canonical", "stripe"])
@pytest.mark.parametrize("order", ["in order", "turned round"])
def test_an_end_without_a_day_is_that_of_its_file(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, replace(JUNE, status="ended"), at(MAY, "2026-09-05"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-04", "2026-06-05", "2026-09-04", "2026-09-05"), [100, 0, 0, 100])


@pytest.mark.parametrize("form", ["canonical", "stripe"])
@pytest.mark.parametrize("order", ["in order", "turned round"])
def test_cancelled_without_an_end_ended_when_it_was_cancelled(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, replace(JUNE, status="ended", cancelled_on=on("2026-06-02")), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-01", "2026-06-02"), [100, 0])


@pytest.mark.parametrize(("form", "order"), EVERY)
def test_an_end_that_is_told_late_cuts_what_an_earlier_file_said(new: New, form: str, order: str) -> None:
    """A raise that was seen on 5 June, and in July the word that it all had ended on 3 June."""
    late = at(MAY, "2026-07-10", amount=150, status="ended", ended_on=on("2026-06-03"))
    desk = new(form, MAY, replace(JUNE, amount=150), late, order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-02", "2026-06-03", "2026-06-05", "2026-06-30"), [100, 0, 0, 0])
    holds(desk, months(desk, "2026-06", "2026-07"), [{"churn": 100, "customers": 0}, {"customers": 0}])


# --- another start -----------------------------------------------------------


@pytest.mark.parametrize(("form", "order"), EVERY)
def test_a_later_start_alone_is_no_gap(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, replace(JUNE, started_on=on("2026-06-01")), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-01", "2026-06-05", "2026-12-31"), [100, 100, 100])
    holds(desk, months(desk, "2026-06", "2026-07"), [{}, {}])


@pytest.mark.parametrize(("form", "order"), EVERY)
def test_a_later_start_with_another_price_is_a_raise(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, replace(JUNE, started_on=on("2026-06-01"), amount=150), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-05", "2026-12-31"), [150, 150])
    holds(desk, months(desk, "2026-06", "2026-07"), [{"expansion": 50}, {}])


@pytest.mark.parametrize("form", FORMS)
def test_an_earlier_start_rewrites_nothing_and_is_said(new: New, form: str) -> None:
    desk = new(form, MAY)
    said = add(desk, form, replace(JUNE, started_on=on("2024-03-01")))
    untouched(desk)
    holds(desk, mrr(desk, "2024-06-30", "2026-06-05"), [0, 100])
    assert "start" in said.lower(), f"{said}\n{desk.told()}"


# --- nothing to pay ----------------------------------------------------------


@pytest.mark.parametrize(("form", "order"), EVERY)
@pytest.mark.parametrize("free", [{"quantity": 0}, {"amount": 0}, {"amount": 0, "plan": "free"}], ids=str)
def test_quantity_0_price_0_and_a_free_plan_are_one_rule(new: New, form: str, order: str, free: dict[str, Any]) -> None:
    desk = new(form, MAY, replace(JUNE, **free), at(MAY, "2026-07-03"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-04", "2026-06-05", "2026-07-02", "2026-07-03"), [100, 0, 0, 100])
    holds(desk, desk.accounts(on("2026-06-05"))["A1"]["status"], "churned")
    holds(desk, months(desk, "2026-06", "2026-07"), [{"churn": 100, "customers": 0}, {"reactivation": 100}])


@pytest.mark.parametrize(("form", "order"), EVERY)
@pytest.mark.parametrize("free", [{"quantity": 0}, {"amount": 0, "plan": "free"}], ids=str)
def test_free_first_and_paid_later_is_new(new: New, form: str, order: str, free: dict[str, Any]) -> None:
    desk = new(form, replace(MAY, **free), JUNE, order=order)
    holds(desk, mrr(desk, "2026-05-31", "2026-06-04", "2026-06-05"), [0, 0, 100])
    holds(desk, months(desk, "2026-05", "2026-06"), [{"customers": 0}, {"new": 100}])


# --- up and down again -------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_bytes_of_an_earlier_state_are_a_return_to_it(new: New, form: str) -> None:
    desk = new(form, MAY)
    text = FORMS[form]([("A1", "S1", MAY)])
    dear = FORMS[form]([("A1", "S1", replace(MAY, amount=150))])
    for day, content in (("2026-06-05", dear), ("2026-07-03", text), ("2026-08-07", dear), ("2026-09-04", text)):
        done = desk.load(desk.write(f"exports/{day}.csv", content), "--as-of", day)
        assert "already imported" not in done.out + done.err, f"{done.out}{done.err}\n{desk.told()}"
    untouched(desk)
    days = ("2026-06-04", "2026-06-05", "2026-07-03", "2026-08-07", "2026-09-04", "2026-12-31")
    holds(desk, mrr(desk, *days), [100, 150, 100, 150, 100, 100])
    holds(desk, months(desk, "2026-06", "2026-07", "2026-08", "2026-09"), [
        {"expansion": 50}, {"contraction": 50}, {"expansion": 50}, {"contraction": 50}])  # fmt: skip
    # the newest state's own bytes are in already, under another name too
    again = desk.load(desk.write("exports/again.csv", text), "--as-of", "2026-09-05")
    assert "already imported" in again.out + again.err, f"{again.out}{again.err}\n{desk.told()}"
    holds(desk, mrr(desk, *days), [100, 150, 100, 150, 100, 100])


@pytest.mark.parametrize(("form", "order"), EVERY)
def test_up_and_down_again_in_any_order(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, replace(JUNE, amount=150), at(MAY, "2026-07-03"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-04", "2026-06-05", "2026-07-02", "2026-07-03"), [100, 150, 150, 100])


def test_bytes_that_were_undone_are_not_in(new: New) -> None:
    desk = new("canonical", MAY)
    add(desk, "canonical", replace(JUNE, amount=150))
    desk.cs("imports", "undo", max(row["import"] for row in desk.ask("imports", "list")))
    holds(desk, mrr(desk, "2026-06-05"), [100])
    said = add(desk, "canonical", replace(JUNE, amount=150))
    assert "already imported" not in said, f"{said}\n{desk.told()}"
    holds(desk, mrr(desk, "2026-05-31", "2026-06-05"), [100, 150])


@pytest.mark.parametrize(("form", "order"), DATED)
def test_a_raise_begins_with_the_period_it_is_for(new: New, form: str, order: str) -> None:
    """Where the export tells the period, and it began after the file before."""
    desk = new(form, MAY, replace(JUNE, amount=150, period_start=on("2026-06-01")), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-01", "2026-06-05"), [150, 150])


# --- pauses ------------------------------------------------------------------


PAUSED = replace(JUNE, status="paused")


@pytest.mark.parametrize(("form", "order"), EVERY)
@pytest.mark.parametrize(
    "other", [{"amount": 130}, {"quantity": 2, "amount": 65}, {"plan": "pro", "amount": 130}], ids=str
)
def test_a_new_price_in_a_pause_is_still_one_pause(new: New, form: str, order: str, other: dict[str, Any]) -> None:
    repriced = at(PAUSED, "2026-07-17", **other)
    desk = new(form, MAY, PAUSED, repriced, at(repriced, "2026-10-02", status="running"), order=order)
    untouched(desk)
    # 5 June is the first day without pay, 3 September the 91st
    days = ("2026-06-05", "2026-07-17", "2026-09-02", "2026-09-03", "2026-10-01")
    holds(desk, [desk.accounts(on(day))["A1"]["status"] for day in days], ["customer"] * 3 + ["churned"] * 2)
    holds(desk, mrr(desk, "2026-06-04", "2026-06-05", "2026-07-17", "2026-10-02"), [100, 0, 0, 130])
    holds(desk, months(desk, "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"), [
        {"contraction": 100}, {}, {}, {"customers": 0}, {"reactivation": 130}])  # fmt: skip
    year = desk.retention(on("2026-06-01"), on("2026-09-30"))
    holds(desk, (year["start_customers"], year["churned_customers"]), (1, 1))


@pytest.mark.parametrize(("form", "order"), EVERY)
def test_going_on_with_a_new_price_within_ninety_days_is_an_expansion(new: New, form: str, order: str) -> None:
    repriced = at(PAUSED, "2026-07-17", amount=130)
    desk = new(form, MAY, PAUSED, repriced, at(repriced, "2026-08-07", status="running"), order=order)
    untouched(desk)
    holds(desk, months(desk, "2026-06", "2026-07", "2026-08", "2026-09"), [
        {"contraction": 100}, {}, {"expansion": 130}, {}])  # fmt: skip


@pytest.mark.parametrize("order", ["in order", "turned round"])
def test_a_pause_by_another_word_is_the_same_pause(new: New, order: str) -> None:
    desk = new("canonical", MAY, PAUSED, at(PAUSED, "2026-07-17", status="trial"), order=order)
    untouched(desk)
    said = [desk.accounts(on(day))["A1"]["status"] for day in ("2026-07-17", "2026-09-02")]
    holds(desk, said, ["customer", "customer"])
    assert desk.accounts(on("2026-09-03"))["A1"]["status"] != "customer", desk.told()
    holds(desk, months(desk, "2026-06", "2026-07", "2026-09"), [{"contraction": 100}, {}, {"customers": 0}])


@pytest.mark.parametrize(("form", "order"), [one for one in EVERY if one.values[0] != "chargebee"])
def test_past_due_pays_on(new: New, form: str, order: str) -> None:
    desk = new(form, MAY, replace(JUNE, status="past_due"), at(MAY, "2026-07-03"), order=order)
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-05", "2026-12-31"), [100, 100])
    holds(desk, months(desk, "2026-06", "2026-07"), [{}, {}])


# --- two subscriptions of one account ----------------------------------------


KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "free month": ({"status": "trial"}, "contraction"),
    "ended": ({"status": "ended", "ended_on": on("2026-06-03")}, "contraction"),
    "ended without a day": ({"status": "ended"}, "contraction"),
    "paused": ({"status": "paused"}, "contraction"),
    "quantity 0": ({"quantity": 0}, "contraction"),
    "free plan": ({"amount": 0, "plan": "free"}, "contraction"),
    "dearer": ({"amount": 200}, "expansion"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["in order", "turned round"])
def test_beside_another_subscription_it_is_no_churn(new: New, kind: str, order: str) -> None:
    """The account pays 40 for another one all the time: it is a customer whatever becomes of the first."""
    values, moved = KINDS[kind]
    desk = new("canonical")
    pairs = [(MAY, replace(MAY, amount=40)), (replace(JUNE, **values), replace(JUNE, amount=40))]
    for pair in pairs if order == "in order" else pairs[::-1]:
        add(desk, "canonical", *pair)
    left = 240 if moved == "expansion" else 40
    holds(desk, mrr(desk, "2025-01-01", "2026-05-31", "2026-06-05"), [140, 140, left])
    holds(desk, months(desk, "2026-05", "2026-06", "2026-07", "2026-12"), [{}, {moved: 100}, {}, {}])


def test_beside_an_amount_that_is_not_known_the_account_is_not_known(new: New) -> None:
    desk = new("canonical")
    add(desk, "canonical", MAY, replace(MAY, amount=40))
    add(desk, "canonical", replace(JUNE, currency="EUR"), replace(JUNE, amount=40))
    holds(desk, mrr(desk, "2026-05-31", "2026-06-04"), [140, 140])
    found = desk.accounts(on("2026-06-05"))["A1"]
    assert found["arr"] is None and found["status"] != "churned", f"{found}\n{desk.told()}"


# --- undo and --correct ------------------------------------------------------


OTHERS: dict[str, dict[str, Any]] = {
    **{kind: values for kind, (values, _) in KINDS.items()},
    "currency": {"currency": "EUR"},
    "later start": {"started_on": on("2026-06-01")},
    "earlier start": {"started_on": on("2024-01-01")},
    "past due": {"status": "past_due"},
    "end ahead": {"ended_on": on("2026-08-31")},
}


def everything(desk: Desk) -> list[object]:
    days = ("2024-06-30", "2025-06-30", "2026-05-31", "2026-06-02", "2026-06-05", "2026-09-30", "2026-12-31")
    return [
        [desk.on(on(day)) for day in days],
        [desk.accounts(on(day)) for day in days],
        desk.movements(on("2024-12-01"), TODAY),
        desk.retention(on("2026-01-01"), TODAY),
    ]


@pytest.mark.parametrize("kind", OTHERS)
def test_undo_of_the_second_file_restores_the_first_numbers(new: New, kind: str) -> None:
    desk = new("canonical", MAY)
    before = everything(desk)
    add(desk, "canonical", replace(JUNE, **OTHERS[kind]))
    last = max(row["import"] for row in desk.ask("imports", "list"))
    desk.cs("imports", "undo", last)
    holds(desk, everything(desk), before)


@pytest.mark.parametrize("kind", ["free month", "paused", "dearer", "currency", "ended", "quantity 0"])
def test_undo_of_an_older_file_that_came_later_restores_the_numbers(new: New, kind: str) -> None:
    desk = new("canonical", replace(JUNE, **OTHERS[kind]))
    before = everything(desk)
    add(desk, "canonical", MAY)
    desk.cs("imports", "undo", max(row["import"] for row in desk.ask("imports", "list")))
    holds(desk, everything(desk), before)


@pytest.mark.parametrize("form", FORMS)
def test_correct_rewrites_the_whole_time_of_the_state(new: New, form: str) -> None:
    """No raise: 150 is what it always was."""
    desk = new(form, MAY)
    add(desk, form, replace(JUNE, amount=150), words=("--correct",))
    holds(desk, mrr(desk, "2025-01-01", "2026-05-31", "2026-06-05"), [150, 150, 150])
    holds(desk, months(desk, "2025-01", "2026-05", "2026-06"), [{"new": 150}, {}, {}])


def test_correct_rewrites_the_last_state_only(new: New) -> None:
    """100 until June stands; what was 150 from June on was 170."""
    desk = new("canonical", MAY, replace(JUNE, amount=150))
    add(desk, "canonical", at(MAY, "2026-07-03", amount=170), words=("--correct",))
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-04", "2026-06-05", "2026-07-03"), [100, 170, 170])
    holds(desk, months(desk, "2026-06", "2026-07"), [{"expansion": 70}, {}])


def test_correct_takes_a_pause_back_that_never_was(new: New) -> None:
    desk = new("canonical", MAY, PAUSED)
    add(desk, "canonical", at(MAY, "2026-07-03"), words=("--correct",))
    untouched(desk)
    holds(desk, mrr(desk, "2026-06-05", "2026-07-02", "2026-07-03"), [100, 100, 100])
    holds(desk, months(desk, "2026-06", "2026-07"), [{}, {}])
