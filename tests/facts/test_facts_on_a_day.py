"""Nothing dated later is seen, unknown is not 0, and terms fall on the right days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from cs_cli.base.days import add_months
from cs_cli.definitions.shapes import Settings, Usage
from tests.facts.world import World

DAY = "2025-06-30"


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.account("acme", industry="Retail")
    yield made
    made.close()


def subscription(world: World, **values: object) -> str:
    base: dict[str, object] = {
        "plan": "Pro",
        "quantity": 10,
        "arr": 1_200_000,
        "currency": "USD",
        "interval": "year",
        "interval_count": 1,
        "started_on": "2024-01-31",
        "status": "active",
    }
    return world.put("subscription", "acme", **(base | values))


def test_a_later_cancellation_is_not_seen(world: World) -> None:
    subscription(world, cancelled_on="2025-07-01", ended_on="2025-08-01", status="canceled")
    before, between, after = (world.facts(day)["acme"] for day in (DAY, "2025-07-15", "2025-08-01"))
    assert (before["status"], before["cancel_requested"], before["mrr"]) == ("customer", 0, 1000)
    assert (between["status"], between["cancel_requested"], between["arr"]) == ("customer", 1, 12000)
    assert (after["status"], after["mrr"], after["churned_on"]) == ("churned", 0, "2025-08-01")


def test_a_later_payment_leaves_the_invoice_open(world: World) -> None:
    world.put(
        "invoice",
        "acme",
        issued_on="2025-05-01",
        due_on="2025-05-31",
        paid_on="2025-07-02",
        amount=50_000,
        amount_paid=50_000,
        currency="USD",
        status="paid",
    )
    open_, paid = world.facts(DAY)["acme"], world.facts("2025-07-02")["acme"]
    assert (open_["overdue_amount"], open_["overdue_days"], open_["invoices_late_12m"]) == (500, 30, 1)
    assert (paid["overdue_amount"], paid["overdue_days"], paid["invoices_late_12m"]) == (0, 0, 1)


def test_a_contract_that_renews_itself_ends_with_the_churn_that_was_written_down(world: World) -> None:
    world.put("contract", "acme", start_on="2023-05-01", end_on="2024-05-01", auto_renew=1)
    world.put("churn", "acme", day="2025-06-15", reason="price")
    before, after = (world.facts(day)["acme"] for day in ("2025-06-14", "2025-06-15"))
    assert (before["status"], before["renewal_date"]) == ("customer", "2026-05-01")
    assert (after["status"], after["churned_on"], after["renewal_date"]) == ("churned", "2025-06-15", None)


def test_nothing_to_pay_is_never_paid_late(world: World) -> None:
    for amount in (0, -5_000):  # a free first month; a credit note
        world.put("invoice", "acme", issued_on="2025-05-01", due_on="2025-05-01", paid_on="2025-05-20", amount=amount,
                  amount_paid=amount, currency="USD", status="paid")  # fmt: skip
    found = world.facts(DAY)["acme"]
    assert (found["overdue_amount"], found["overdue_days"], found["invoices_late_12m"]) == (0, 0, 0)


def test_a_later_closing_leaves_the_ticket_open(world: World) -> None:
    world.put("ticket", "acme", opened_on="2025-06-20", closed_on="2025-07-05", priority="Urgent", status="closed")
    found = world.facts(DAY)["acme"]
    assert (found["open_tickets"], found["urgent_tickets"], found["urgent_ticket_days"]) == (1, 1, 10)
    assert world.facts("2025-07-05")["acme"]["open_tickets"] == 0
    assert world.facts("2025-06-19")["acme"]["open_tickets"] is None  # nothing was delivered by then


def test_a_deal_won_later_is_open(world: World) -> None:
    world.put(
        "deal",
        "acme",
        kind="expansion",
        status="won",
        amount=900_000,
        currency="USD",
        close_on="2025-07-10",
        created_on="2025-06-01",
        stage="closedwon",
    )
    assert world.facts(DAY)["acme"]["open_expansion_amount"] == 9000
    assert world.facts("2025-07-10")["acme"]["open_expansion_amount"] == 0


def test_unknown_is_never_zero(world: World) -> None:
    found = world.facts(DAY)["acme"]
    for name in (
        "mrr",
        "arr",
        "overdue_amount",
        "overdue_days",
        "open_tickets",
        "usage_28d",
        "nps_latest",
        "touches_90d",
        "goals_open",
        "requests_open",
        "champion_known",
        "days_since_touch",
        "last_seen_days",
        "pulse",
        "key_actions_28d",
        "cancel_requested",
        "contacts_90d",
        "activated",
        "open_expansion_amount",
    ):
        assert found[name] is None, name
    assert found["status"] == "prospect"


def test_no_rows_of_a_delivered_kind_mean_zero(world: World) -> None:
    world.account("other")
    world.put("ticket", "other", opened_on="2025-06-20", priority="low", status="open")
    world.put(
        "invoice", "other", issued_on="2025-06-01", due_on="2025-06-10", amount=100, currency="USD", status="open"
    )
    world.put("survey", "other", kind="nps", score=3, day="2025-06-01")
    world.use("other", "events", "2025-06-29", 5)
    found = world.facts(DAY)["acme"]
    assert (found["open_tickets"], found["overdue_amount"], found["detractors_180d"]) == (0, 0, 0)
    assert found["nps_latest"] is None


def test_an_account_that_no_usage_names_is_not_a_dead_one(world: World) -> None:
    """Its id in the product may be another: unknown, unless somebody said that no row is no use."""
    names = {"usage_28d", "active_users_28d", "seat_utilisation", "key_actions_28d", "activated", "features_used_28d"}
    subscription(world)
    world.account("other")
    for metric in ("events", "active_users", "key_actions", "feature_a"):
        world.use("other", metric, "2025-06-29", 5)
    unseen = world.facts(DAY, names=names)["acme"]
    assert {unseen[name] for name in names} == {None}
    declared = world.facts(DAY, Settings(usage=Usage(no_rows="zero")), names)["acme"]
    assert {declared[name] for name in names} == {0}
    # one row long ago, of whatever metric: it is linked, and none is none
    world.use("acme", "events", "2025-01-05", 1)
    linked = world.facts(DAY, names=names)["acme"]
    assert {linked[name] for name in names} == {0}
    assert {world.facts("2025-01-04", names=names)["acme"][name] for name in names} == {None}


def test_no_rows_are_none_only_in_the_system_that_has_the_metric(world: World) -> None:
    """Two products, each with its own ids: use of one says nothing of the other."""
    world.account("other")
    for system in ("test", "product"):
        world.account(f"of-{system}", system=system)
        world.use(f"of-{system}", "events" if system == "test" else "key_actions", "2025-06-29", 5, system)
    found = world.facts(DAY, names={"usage_28d", "key_actions_28d"})
    of = {one: (found[f"of-{one}"]["usage_28d"], found[f"of-{one}"]["key_actions_28d"]) for one in ("test", "product")}
    assert of == {"test": (5, None), "product": (None, 5)}


def test_stale_exports_make_facts_unknown(world: World) -> None:
    world.put("ticket", "acme", opened_on="2025-06-20", priority="low", status="open")
    world.use("acme", "events", "2025-06-20", 5)
    assert world.facts(DAY)["acme"]["usage_28d"] == 5
    late = world.facts("2025-08-20")["acme"]
    assert (late["usage_28d"], late["open_tickets"], late["freshness_ticket"], late["freshness_usage"]) == (
        None,
        None,
        61,
        61,
    )
    patient = world.facts("2025-08-20", Settings(freshness={"ticket": 90, "usage": 90}))["acme"]
    assert (patient["usage_28d"], patient["open_tickets"]) == (5, 1)


def test_a_weekly_export_of_flat_usage_is_flat_between_exports(world: World) -> None:
    for n in range(120):
        world.use("acme", "events", date(2025, 6, 22) - timedelta(days=n), 10)
    for day in ("2025-06-22", "2025-06-25", "2025-06-29"):
        found = world.facts(day)["acme"]
        assert (found["usage_28d"], found["usage_change_28d"], found["usage_trend_13w"]) == (280, 0, 0)


def test_a_missing_rate_makes_money_unknown_not_wrong(world: World) -> None:
    subscription(world)
    subscription(world, currency="NOK")
    found = world.facts(DAY)["acme"]
    assert (found["arr"], found["mrr"], found["status"]) == (None, None, "customer")
    assert world.facts(DAY, Settings(fx={"NOK": 0.1}))["acme"]["arr"] == 13200
    world.put("fx_rate", None, currency="NOK", day="2025-07-01", rate=0.5)
    assert world.facts(DAY)["acme"]["arr"] is None
    assert world.facts("2025-07-01")["acme"]["arr"] == 18000


def test_currencies_without_cents(world: World) -> None:
    subscription(world, currency="JPY", arr=1_200_000)
    assert world.facts(DAY, Settings(fx={"JPY": 0.01}))["acme"]["mrr"] == 1000
    assert world.facts(DAY, Settings(currency="JPY"))["acme"]["mrr"] == 100_000


def test_trials_and_pauses_are_no_revenue(world: World) -> None:
    subscription(world, started_on="2025-06-20", trial_ends_on="2025-07-04", trial=True, status="trialing")
    assert (world.facts(DAY)["acme"]["status"], world.facts(DAY)["acme"]["mrr"]) == ("trial", 0)
    paid = world.facts("2025-07-04")["acme"]
    assert (paid["status"], paid["mrr"], paid["first_paid_on"]) == ("customer", 1000, "2025-07-04")


def test_steps_are_dated(world: World) -> None:
    key = subscription(world, arr=2_400_000, quantity=20)
    world.put(
        "subscription_step", "acme", subscription=key, from_on="2024-01-31", arr=1_200_000, quantity=10, currency="USD"
    )
    world.put(
        "subscription_step", "acme", subscription=key, from_on="2025-06-01", arr=2_400_000, quantity=20, currency="USD"
    )
    assert (world.facts("2025-05-31")["acme"]["arr"], world.facts("2025-05-31")["acme"]["seats"]) == (12000, 10)
    now = world.facts(DAY)["acme"]
    assert (now["arr"], now["seats"], now["arr_change_90d"]) == (24000, 20, 1.0)


@pytest.mark.parametrize(
    ("interval", "count", "months"), [("month", 3, 3), ("quarter", 1, 3), ("year", 1, 12), ("year", 2, 24)]
)
@pytest.mark.parametrize("start", ["2024-01-31", "2024-02-29", "2023-11-30", "2024-03-15"])
def test_anniversaries(world: World, interval: str, count: int, months: int, start: str) -> None:
    key = subscription(world, interval=interval, interval_count=count, started_on=start, notice_days=30)
    first = date.fromisoformat(start)
    for offset in (0, 1, 30, 89, 90, 180, 364, 366, 500, 731):
        day = first + timedelta(days=offset)
        n = 1
        while add_months(first, n * months, first.day) < day:
            n += 1
        due = add_months(first, n * months, first.day)
        found = world.contracts(day)[key]
        assert (found["renewal_date"], found["days_to_renewal"]) == (due.isoformat(), (due - day).days)
        assert found["notice_date"] == found["decide_by"] == (due - timedelta(days=30)).isoformat()
        assert (found["term_ordinal"], found["term_months"], found["is_multi_year"]) == (n, months, int(months >= 18))


def test_month_to_month_rolls(world: World) -> None:
    subscription(world, interval="month", renews_on="2025-07-31")
    assert world.contracts(DAY) == {}
    found = world.facts(DAY)["acme"]
    assert (found["renewal_date"], found["decide_by"], found["term_months"]) == (None, None, 1)
    assert world.conn.execute("SELECT rolling, arr FROM term").fetchall() == [(1, 12000.0)]


def test_contract_beats_subscription_and_hand_beats_crm(world: World) -> None:
    subscription(world)
    world.put(
        "contract", "acme", key="c1", start_on="2024-10-01", end_on="2025-10-01", notice_days=60, auto_renew=False
    )
    assert world.facts(DAY)["acme"]["notice_date"] == "2025-08-02"
    world.put("contract", "acme", source="hand", key="h1", end_on="2025-09-15")
    (found,) = world.contracts(DAY).values()
    assert (found["contract"], found["renewal_date"], found["notice_date"], found["contract_arr"]) == (
        "c1",  # what a hand adds to a contract does not make another of it
        "2025-09-15",
        "2025-07-17",
        12000,
    )


def test_a_contract_past_its_end_stays_until_somebody_decides(world: World) -> None:
    world.put(
        "contract",
        "acme",
        key="c1",
        start_on="2024-06-01",
        end_on="2025-05-31",
        auto_renew=False,
        amount=1_200_000,
        currency="USD",
    )
    found = world.contracts(DAY)["c1"]
    assert (found["days_to_renewal"], found["renewal_overdue"]) == (-30, 1)
    world.put("contract", "acme", key="c2", start_on="2025-06-01", end_on="2026-05-31", auto_renew=False)
    assert set(world.contracts(DAY)) == {"c2"}
    assert world.facts(DAY)["acme"]["renewed_on"] == "2025-06-01"
    assert set(world.contracts("2025-05-30")) == {"c1"}


def test_an_auto_renewing_contract_runs_on(world: World) -> None:
    world.put("contract", "acme", key="c1", start_on="2023-01-01", end_on="2024-01-01", term_months=12, auto_renew=True)
    found = world.contracts(DAY)["c1"]
    assert (found["renewal_date"], found["term_start"], found["term_ordinal"]) == ("2026-01-01", "2025-01-01", 3)


def test_roles_from_settings_and_per_metric_facts(world: World) -> None:
    subscription(world)
    for n in range(28):
        world.use("acme", "API calls", date(2025, 6, 30) - timedelta(days=n), 2)
        world.use("acme", "people", date(2025, 6, 30) - timedelta(days=n), 4 + n % 2)
    found = world.facts(DAY, Settings(usage=Usage(volume=["API calls"], active_users="people")))["acme"]
    assert (found["usage_28d"], found["usage_28d__api_calls"], found["usage_28d__people"]) == (56, 56, 126)
    assert (found["active_users_28d"], found["seat_utilisation"], found["usage_change_28d"]) == (5, 0.5, None)
    few = world.facts(DAY, names={"usage_28d__api_calls", "usage_28d__never"})["acme"]
    assert few == {
        "account": few["account"],
        "account_id": "acme",
        "usage_28d__api_calls": 56,
        "usage_28d__never": None,
    } or (few["usage_28d__api_calls"], few["usage_28d__never"]) == (56, None)


def test_key_actions_against_their_median(world: World) -> None:
    for window, total in enumerate((30, 10, 0, 20, 40)):  # newest first; an idle window counts as 0
        if total:
            world.use("acme", "key_actions", date(2025, 6, 30) - timedelta(days=28 * window), total)
    found = world.facts(DAY)["acme"]
    assert (found["key_actions_28d"], found["key_actions_vs_median"]) == (30, 2.0)
    assert found["activated"] == 1


def test_the_end_of_a_pause(world: World) -> None:
    """Ended while it rested: gone from that end, at the latest from the 90th day."""
    for name, end in (("soon", "2025-05-11"), ("late", "2025-12-01"), ("rests", None)):
        world.account(name)
        world.put("subscription", name, key=name, started_on="2025-01-01", arr=0, currency="USD", interval="month",
                  plan="pro", status="paused", ended_on=end)  # fmt: skip
        for day, arr in (("2025-01-01", 120000), ("2025-05-01", 0)):
            world.put("subscription_step", name, subscription=name, from_on=day, arr=arr, plan="pro", currency="USD")
    found = world.facts("2025-05-10")
    assert {found[name]["status"] for name in ("soon", "late", "rests")} == {"customer"}
    found = world.facts("2025-08-01")
    assert {name: (found[name]["status"], found[name]["churned_on"]) for name in ("soon", "late", "rests")} == {
        "soon": ("churned", "2025-05-11"),
        "late": ("churned", "2025-07-30"),
        "rests": ("churned", "2025-07-30"),
    }
    # never paid: nobody's customer
    world.account("never")
    world.put("subscription", "never", started_on="2025-07-01", arr=0, currency="USD", status="paused")
    assert world.facts("2025-08-01")["never"]["status"] == "prospect"
