"""The moments of the journey: each fact on its day, unknown before anything is known, blind to later rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from cs_cli.definitions.shapes import Settings
from cs_cli.facts.explain import explain
from cs_cli.store.clock import set_clock
from tests.facts.world import World

DAY = "2025-06-30"


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.account("acme")
    made.account("other")
    yield made
    made.close()


def on(world: World, day: str, *names: str) -> tuple[Any, ...]:
    row = world.facts(day)["acme"]
    return tuple(row[name] for name in names)


def subscription(world: World, **values: object) -> str:
    base: dict[str, object] = {"plan": "Pro", "quantity": 10, "arr": 1_200_000, "currency": "USD", "interval": "year",
                               "started_on": "2024-01-31", "status": "active"}
    return world.put("subscription", "acme", **(base | values))


def test_everything_is_unknown_before_anything_is_known(world: World) -> None:
    row = world.facts(DAY)["acme"]
    for name in ("days_to_kickoff", "days_to_milestone", "days_since_first_value", "trial_ends_on", "days_to_trial_end",
                 "new_deal_stage", "days_to_signing", "days_since_won", "implementation_declined", "days_to_promise",
                 "reference_asked_days", "days_since_churn", "lifetime_days", "payment_failed", "contraction_28d",
                 "question_tickets", "payment_tickets", "requests_red_overdue"):
        assert row[name] is None, name


def test_kickoff_and_next_milestone(world: World) -> None:
    world.put("milestone", "acme", name="Kick-off", due_on="2025-07-02", done_on="2025-07-03")
    world.put("milestone", "acme", name="First value", due_on="2025-07-20", done_on="2025-07-25")
    names = ("days_to_kickoff", "days_to_milestone", "days_since_first_value")
    assert on(world, DAY, *names) == (2, 2, None)
    assert on(world, "2025-07-02", *names) == (0, 0, None)
    assert on(world, "2025-07-03", *names) == (None, 17, None)      # held on that day
    assert on(world, "2025-07-22", *names) == (None, -2, None)
    assert on(world, "2025-07-30", *names) == (None, None, 5)


def test_trial(world: World) -> None:
    subscription(world, arr=0, status="trialing", trial=1, started_on="2025-06-20", trial_ends_on="2025-07-04")
    assert on(world, "2025-06-19", "trial_ends_on") == (None,)
    assert on(world, DAY, "status", "trial_ends_on", "days_to_trial_end") == ("trial", "2025-07-04", 4)


def test_deals_are_seen_as_they_were(world: World) -> None:
    world.put("deal", "acme", kind="new", stage="Contract sent", status="open", close_on="2025-07-05",
              created_on="2025-05-01")
    names = ("new_deal_stage", "days_to_signing", "days_since_won")
    assert on(world, "2025-04-30", *names) == (None, None, None)
    assert on(world, DAY, *names) == ("Contract sent", 5, None)
    world.put("deal", "acme", kind="renewal", stage="Negotiation", status="open", close_on="2025-07-01")
    assert on(world, DAY, *names) == ("Contract sent", 5, None)


def test_the_later_end_of_a_deal_leaks_neither_stage_nor_day(world: World) -> None:
    world.put("deal", "acme", kind="new", stage="Closed won", status="won", close_on="2025-07-05",
              created_on="2025-05-01")
    names = ("new_deal_stage", "days_to_signing", "days_since_won")
    assert on(world, DAY, *names) == (None, None, None)
    assert on(world, "2025-07-05", *names) == (None, None, 0)
    assert on(world, "2025-07-12", *names) == (None, None, 7)


def test_the_later_end_of_a_renewal_deal_leaks_no_stage(world: World) -> None:
    world.put("deal", "acme", kind="renewal", stage="Closed lost", status="lost", close_on="2025-07-05",
              created_on="2025-05-01")
    assert on(world, DAY, "renewal_deal_stage") == (None,)
    # one that is still open says more, wherever it stands
    world.put("deal", "acme", kind="renewal", stage="Negotiation", status="open", close_on="2025-09-30")
    assert on(world, DAY, "renewal_deal_stage") == on(world, "2025-07-05", "renewal_deal_stage") == ("Negotiation",)


def test_implementation_declined(world: World) -> None:
    world.put("attribute", "other", name="Implementation", value="Declined")
    assert on(world, DAY, "implementation_declined") == (None,)
    world.put("attribute", "acme", name="Implementation package", value="Standard")
    assert on(world, DAY, "implementation_declined") == (0,)
    world.put("attribute", "acme", name="implementation", value="NO")
    assert on(world, DAY, "implementation_declined") == (1,)


def test_a_promise_stands_until_the_next_touch(world: World) -> None:
    world.put("touch", "acme", day="2025-06-20", kind="call", next_step="send the deck", next_step_by="2025-07-02")
    assert on(world, "2025-06-19", "days_to_promise") == (None,)
    assert on(world, DAY, "days_to_promise") == (2,)
    assert on(world, "2025-07-04", "days_to_promise") == (-2,)
    world.put("touch", "acme", day="2025-07-03", kind="email")
    assert on(world, "2025-07-02", "days_to_promise") == (0,)
    assert on(world, "2025-07-04", "days_to_promise") == (None,)


def test_reference(world: World) -> None:
    world.put("contact", "acme", name="Ada", reference_last_asked="2025-06-20")
    world.put("contact", "acme", name="Bob", reference_last_asked="2025-07-20")
    assert on(world, "2025-06-01", "reference_asked_days") == (None,)
    assert on(world, DAY, "reference_asked_days") == (10,)


def test_after_leaving(world: World) -> None:
    subscription(world, started_on="2025-01-01", ended_on="2025-06-20", status="canceled")
    names = ("days_since_churn", "lifetime_days")
    assert on(world, "2025-06-10", *names) == (None, 160)
    assert on(world, DAY, *names) == (10, 170)


def test_a_failed_payment_needs_an_unpaid_invoice_of_the_day(world: World) -> None:
    subscription(world, status="past_due")
    assert on(world, DAY, "payment_failed") == (1,)     # no invoices known: billing's word is all there is
    world.put("invoice", "acme", issued_on="2025-05-01", due_on="2025-05-31", paid_on="2025-06-20", amount=50_000,
              amount_paid=50_000, currency="USD", status="paid")
    assert on(world, "2025-06-10", "payment_failed") == (1,)
    assert on(world, DAY, "payment_failed") == (0,)
    world.put("invoice", "acme", issued_on="2025-06-25", due_on="2025-07-25", amount=50_000, currency="USD",
              status="payment_failed")
    assert on(world, "2025-06-24", "payment_failed") == (0,)
    assert on(world, DAY, "payment_failed") == (1,)


def test_contraction_is_what_a_customer_who_stayed_gave_up(world: World) -> None:
    key = subscription(world, arr=900_000)
    world.put("subscription_step", "acme", subscription=key, from_on="2025-01-31", arr=1_200_000, currency="USD")
    world.put("subscription_step", "acme", subscription=key, from_on="2025-06-10", arr=900_000, currency="USD")
    subscription(world, arr=300_000, started_on="2025-01-01", ended_on="2025-06-20", status="canceled")
    assert on(world, "2025-06-09", "contraction_28d") == (0,)
    assert on(world, "2025-06-10", "contraction_28d") == (3000,)
    assert on(world, DAY, "contraction_28d") == (6000,)
    assert on(world, "2025-07-09", "contraction_28d") == (3000,)     # the step of the 10th is 29 days old
    assert on(world, "2025-07-20", "contraction_28d") == (0,)


def test_leaving_is_no_contraction(world: World) -> None:
    subscription(world, ended_on="2025-06-20", status="canceled")
    assert on(world, DAY, "status", "contraction_28d") == ("churned", 0)


def test_tickets_by_category(world: World) -> None:
    world.put("ticket", "acme", opened_on="2025-06-20", status="open", subject="?")
    assert on(world, DAY, "open_tickets", "question_tickets", "payment_tickets") == (1, None, None)
    world.put("ticket", "acme", opened_on="2025-06-21", closed_on="2025-07-01", status="closed", category="How-to")
    world.put("ticket", "acme", opened_on="2025-06-21", status="open", category="Billing")
    world.put("ticket", "acme", opened_on="2025-06-21", status="solved", category="Billing")
    assert on(world, DAY, "open_tickets", "question_tickets", "payment_tickets") == (3, 1, 1)
    assert on(world, "2025-07-01", "question_tickets", "payment_tickets") == (0, 1)


def test_red_and_late_at_once(world: World) -> None:
    world.put("request", "acme", severity="red", asked_on="2025-06-01", due_on="2025-07-10")
    world.put("request", "acme", severity="amber", asked_on="2025-06-01", due_on="2025-06-10")
    assert on(world, DAY, "requests_red", "requests_overdue", "requests_red_overdue") == (1, 1, 0)
    assert on(world, "2025-07-11", "requests_red_overdue") == (1,)


def test_every_moment_can_be_explained(world: World) -> None:
    subscription(world, status="past_due", trial_ends_on="2025-07-04")
    world.put("attribute", "acme", name="Implementation", value="Declined")
    world.put("touch", "acme", day="2025-06-20", kind="call", next_step="send the deck", next_step_by="2025-07-02")
    world.put("deal", "acme", kind="new", stage="Contract sent", status="open", close_on="2025-07-05")
    world.put("milestone", "acme", name="kickoff", due_on="2025-07-02")
    world.put("contact", "acme", name="Ada", reference_last_asked="2025-06-20")
    world.put("ticket", "acme", opened_on="2025-06-21", status="open", category="Billing")
    world.put("request", "acme", severity="red", asked_on="2025-06-01", due_on="2025-06-10")
    set_clock(world.conn, date.fromisoformat(DAY))
    for name in ("days_to_kickoff", "new_deal_stage", "implementation_declined", "days_to_promise",
                 "reference_asked_days",
                 "payment_failed", "contraction_28d", "payment_tickets", "requests_red_overdue"):
        said = explain(world.conn, Settings(), date.fromisoformat(DAY), 1, name)
        assert said.value is not None, name
        assert said.rows, name
