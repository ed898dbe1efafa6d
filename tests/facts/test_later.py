"""Rows of every kind dated after a day change no fact of that day, whatever was there before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cs_cli.store.kinds import KINDS
from tests.facts.test_recomputed import known
from tests.facts.world import World

DAY = date(2025, 6, 30)
ACCOUNTS = ("acme", "brook")


def on(days: int) -> str:
    return (DAY + timedelta(days=days)).isoformat()


def row(kind: str, n: int, salt: int = 0) -> dict[str, Any]:
    """A row of a kind whose first day lies n days after DAY (before it when n is negative)."""
    late = on(n + 20)
    return {
        "contact": {
            "name": f"P{salt}",
            "role": ("champion", "decision_maker", "user")[salt % 3],
            "email": f"p{salt}@x.io",
            "created_on": on(n),
            "left_on": late if salt % 2 else None,
            "last_activity_on": on(n + 3),
            "reference_last_asked": on(n + 4),
        },
        "contract": {
            "start_on": on(n),
            "end_on": on(n + 365),
            "notice_days": 30,
            "auto_renew": salt % 2,
            "amount": 10000 * salt,
            "currency": "USD",
        },
        "subscription": {
            "started_on": on(n),
            "arr": 1200 * (salt + 1),
            "currency": "USD",
            "interval": "month",
            "quantity": salt + 1,
            "plan": f"plan{salt}",
            "status": "active",
            "cancelled_on": late if salt % 3 == 0 else None,
            "ended_on": on(n + 40) if salt % 3 == 0 else None,
        },
        "subscription_step": {
            "subscription": "s1",
            "from_on": on(n),
            "arr": 600 * (salt + 1),
            "currency": "USD",
            "quantity": salt + 2.0,
        },
        "mrr_event": {"day": on(n), "mrr_after": 100 * salt, "currency": "USD"},
        "invoice": {
            "issued_on": on(n),
            "due_on": on(n + 10),
            "paid_on": late if salt % 2 else None,
            "amount": 5000 + salt,
            "currency": "USD",
            "status": ("open", "failed", "paid")[salt % 3],
        },
        "deal": {
            "name": "d",
            "kind": ("renewal", "expansion", "new")[salt % 3],
            "stage": f"stage {salt}",
            "status": ("open", "won", "lost")[salt // 3 % 3],
            "amount": 700,
            "currency": "USD",
            "created_on": on(n),
            "close_on": late,
        },
        "ticket": {
            "opened_on": on(n),
            "closed_on": late if salt % 2 else None,
            "priority": ("urgent", "low")[salt % 2],
            "status": "open",
            "category": ("question", "billing")[salt % 2],
            "first_response_hours": 1.0 + salt,
            "reopens": salt,
            "requester_email": f"t{salt}@x.io",
            "csat": 5.0,
        },
        "survey": {
            "day": on(n),
            "kind": ("nps", "csat")[salt % 2],
            "score": float(salt % 11),
            "email": f"p{salt}@x.io",
        },
        "touch": {
            "day": on(n),
            "kind": ("call", "qbr")[salt % 2],
            "who": "me",
            "next_step": "deck",
            "next_step_by": late,
        },
        "pulse": {"day": on(n), "score": salt % 5 + 1, "who": f"w{salt % 2}"},
        "goal": {"objective": "o", "created_on": on(n), "due_on": on(n + 5), "done_on": late if salt % 2 else None},
        # a plan has no day of its own: what is dated is when it was reached
        "milestone": {"name": ("kickoff", "first_value")[salt % 2], "done_on": on(n)},
        "request": {
            "kind": "discount",
            "severity": ("red", "amber")[salt % 2],
            "asked_on": on(n),
            "due_on": on(n + 5),
            "cost": 900,
            "currency": "USD",
            "decision": "approved",
            "decided_on": late,
        },
        "feedback": {"day": on(n), "theme": "speed"},
        "churn": {"day": on(n), "reason": "price"},
        "note": {"day": on(n), "who": "me", "text": "x"},
        "assignment": {"day": on(n), "role": "csm", "who": f"Person {salt}"},
        "fx_rate": {"day": on(n), "currency": "EUR", "rate": 1.1 + salt},
    }[kind]


# attribute, account and identity carry no day; no fact reads what was accepted of findings
DATED = sorted(set(KINDS) - {"attribute", "account", "identity", "acceptance"})


def test_every_dated_kind_is_here() -> None:
    assert all(row(kind, 1) for kind in DATED)


def put(world: World, kind: str, account: str, n: int, salt: int) -> None:
    values = {name: value for name, value in row(kind, n, salt).items() if value is not None}
    world.put(kind, None if kind == "fx_rate" else account, **values)


rows_of = st.tuples(st.sampled_from(DATED), st.sampled_from(ACCOUNTS), st.integers(1, 200), st.integers(0, 30))
uses = st.tuples(
    st.sampled_from(ACCOUNTS), st.sampled_from(["events", "active_users", "feature_a"]), st.integers(0, 120),
    st.integers(0, 20),
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@example(
    before=[(kind, "acme", 10 + n, n) for n, kind in enumerate(DATED)],
    after=[(kind, name, 5, n) for name in ACCOUNTS for n, kind in enumerate(DATED)],
    used=[("acme", "events", 3, 5)],
    later_used=[("acme", "events", 3, 5), ("brook", "feature_a", 1, 1)],
)
@example(before=[], after=[(kind, "acme", 1, 1) for kind in DATED], used=[], later_used=[("brook", "events", 0, 1)])
# what a metric is taken for depends on the others: one that nobody had heard of has no say
@example(
    before=[], after=[("note", "acme", 1, 1)], used=[("acme", "feature_a", 0, 5)], later_used=[("acme", "events", 0, 1)]
)
@given(
    before=st.lists(rows_of, max_size=12),
    after=st.lists(rows_of, min_size=1, max_size=12),
    used=st.lists(uses, max_size=10),
    later_used=st.lists(uses, max_size=10),
)
def test_what_is_dated_later_changes_no_fact(
    before: list[tuple[str, str, int, int]],
    after: list[tuple[str, str, int, int]],
    used: list[tuple[str, str, int, int]],
    later_used: list[tuple[str, str, int, int]],
) -> None:
    world = World()
    try:
        for name in ACCOUNTS:
            world.account(name)
        # somebody pays and owes from the beginning, so that every kind of news has been heard of
        world.put("subscription", "brook", key="s1", **row("subscription", -300, 1))
        world.put("subscription", "brook", **(row("subscription", -200, 1) | {"currency": "EUR"}))
        world.put("fx_rate", None, day=on(-250), currency="EUR", rate=1.05)
        for kind, name, n, salt in before:
            put(world, kind, name, -n, salt)
        for name, metric, ago, value in used:
            world.use(name, metric, on(-ago), value)
        facts, terms = known(world.facts(DAY)), known(world.contracts(DAY))
        for kind, name, n, salt in after:
            put(world, kind, name, n, salt)
        for name, metric, n, value in later_used:
            world.use(name, metric, on(n + 1), value)
        assert known(world.facts(DAY)) == facts
        assert known(world.contracts(DAY)) == terms
        # and on their own days they count
        if any(kind == "touch" for kind, _, _, _ in after):
            assert known(world.facts(DAY + timedelta(days=250))) != facts
    finally:
        world.close()
