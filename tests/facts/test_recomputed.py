"""Random companies: the SQL agrees with plain Python on several days, and the future changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.facts.plain import Rows, recompute
from tests.facts.world import World

START = date(2024, 1, 31)
AS_OF = (date(2024, 6, 30), date(2024, 12, 31), date(2025, 2, 28))
ACCOUNTS = ("acme", "brook", "cedar")


def a_day(low: int = 0, high: int = 420) -> st.SearchStrategy[date]:
    return st.integers(low, high).map(lambda n: START + timedelta(days=n))


def later(first: date, days: int | None) -> date | None:
    return None if days is None else first + timedelta(days=days)


maybe = st.none() | st.integers(0, 300)
subscriptions = st.builds(
    lambda start, cancel, end, arr, months: {
        "started_on": start,
        "cancelled_on": later(start, cancel),
        "arr": arr * 1200,
        "months": months,
        "ended_on": later(start, None if cancel is None or end is None else cancel + end + 1),
    },
    a_day(),
    maybe,
    maybe,
    st.integers(1, 500),
    st.sampled_from([1, 3, 12]),
)
invoices = st.builds(
    lambda day, due, paid, amount: {
        "issued_on": day,
        "due_on": later(day, due),
        "paid_on": later(day, paid),
        "amount": amount,
    },
    a_day(),
    st.integers(0, 45),
    maybe,
    st.integers(1, 10**6),
)
tickets = st.builds(
    lambda day, closed, priority: {"opened_on": day, "closed_on": later(day, closed), "priority": priority},
    a_day(),
    maybe,
    st.sampled_from(["urgent", "normal"]),
)
surveys = st.builds(lambda day, score: {"day": day, "score": score}, a_day(), st.integers(0, 10))
touches = st.builds(lambda day: {"day": day}, a_day())
pulses = st.builds(lambda day, score: {"day": day, "score": score}, a_day(), st.integers(1, 5))
usage = st.dictionaries(a_day(), st.integers(0, 50).map(float), max_size=40)


def few(one: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(one, max_size=3)


companies = st.fixed_dictionaries(
    {
        name: st.builds(
            Rows, few(subscriptions), few(invoices), few(tickets), few(surveys), few(touches), few(pulses), usage
        )
        for name in ACCOUNTS
    }
)


def build(company: dict[str, Rows], until: date | None = None) -> World:
    """The company as rows; with until only what is dated on or before it (later ends and payments left out)."""
    world = World()
    for name in company:
        world.account(name)

    # somebody pays from the beginning: MRR comes from subscriptions on every day
    world.account("zed")
    world.put("subscription", "zed", started_on=START - timedelta(days=1), arr=1200, currency="USD", interval="month")

    def put(kind: str, name: str, first: str, values: dict[str, Any], /, **more: Any) -> None:
        if until is not None:
            if values[first] > until:
                world.n += 1  # the rows after it keep their ids
                return
            values = {
                key: None if isinstance(value, date) and value > until and key not in ("due_on",) else value
                for key, value in values.items()
            }
        world.put(kind, name, **(values | more))

    for name, rows in company.items():
        for one in rows.subscriptions:
            months = one["months"]
            put(
                "subscription",
                name,
                "started_on",
                {k: v for k, v in one.items() if k != "months"},
                currency="USD",
                interval="month",
                interval_count=months,
                status="active",
            )
        for one in rows.invoices:
            put("invoice", name, "issued_on", one, currency="USD", status="open")
        for one in rows.tickets:
            put("ticket", name, "opened_on", one, status="open")
        for one in rows.surveys:
            put("survey", name, "day", one, kind="nps")
        for one in rows.touches:
            put("touch", name, "day", one, kind="call")
        for one in rows.pulses:
            put("pulse", name, "day", one, who="me")
        for day, value in rows.usage.items():
            if until is None or day <= until:
                world.use(name, "events", day, value)
    return world


def known(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one: {name: value for name, value in facts.items() if value is not None} for one, facts in found.items()}


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(companies)
def test_sql_agrees_with_plain_python(company: dict[str, Rows]) -> None:
    world = build(company)
    try:
        for day in AS_OF:
            # what invoices are worth where there is no subscription is recomputed in test_invoices_recomputed
            found = world.facts(day, mrr_from="subscriptions")
            for name in ACCOUNTS:
                expected = recompute(company, name, day)
                got = {fact: found[name][fact] for fact in expected}
                assert got == pytest.approx(expected, abs=1e-9), (name, day)
    finally:
        world.close()


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(companies, st.sampled_from(AS_OF))
def test_what_is_dated_later_changes_nothing(company: dict[str, Rows], day: date) -> None:
    whole, cut = build(company), build(company, until=day)
    try:
        # a metric heard of later only adds a column of unknowns
        assert known(whole.facts(day)) == known(cut.facts(day))
        assert known(whole.contracts(day)) == known(cut.contracts(day))
    finally:
        whole.close()
        cut.close()
