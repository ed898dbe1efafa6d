"""Every row behind a fact, down to the file and line that said it: also through later files, hands and undos."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cs_cli.definitions.shapes import Settings
from cs_cli.facts.catalogue import facts
from cs_cli.facts.explain import Explanation, explain
from cs_cli.store.change_sets import append_row, begin_change_set
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import transaction
from cs_cli.store.undo import undo
from tests.facts.world import World

DAY = "2025-06-30"
AT = "2025-06-30T12:00:00Z"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.account("acme")
    yield made
    made.close()


def told(world: World, fact: str, day: str = DAY, known_at: str | None = None, mrr_from: str = "auto") -> Explanation:
    on = date.fromisoformat(day)
    set_clock(world.conn, on, date.fromisoformat(known_at) if known_at else None)
    return explain(world.conn, Settings(currency="USD"), on, 1, fact, mrr_from=mrr_from)


def places(one: Explanation, kind: str | None = None) -> list[tuple[str | None, int | None]]:
    """(file, line) of the rows behind a fact."""
    return [(row.file, row.line) for row in one.rows if kind in (None, row.kind)]


def taken_back(world: World, number: int) -> int:
    return undo(world.conn, number, day=DAY, at=AT).change_set


def subscription(world: World, key: str = "s1", **values: object) -> None:
    started = {"started_on": "2025-01-10", "currency": "USD", "interval": "year", "status": "active"}
    world.put("subscription", "acme", key=key, **(started | values))


# --- columns -------------------------------------------------------------------------------------------------


def test_a_column_is_walked_back_to_the_file_that_delivered_it(world: World) -> None:
    world.import_("full.csv", columns=["plan", "quantity", "arr", "started_on", "status"])
    subscription(world, plan="team", quantity=10, arr=120000)  # line 2
    world.import_("plans.csv", columns=["plan"])
    world.lines[world.change] = 8
    subscription(world, plan="business")  # line 9
    assert places(told(world, "plan"), "subscription") == [("plans.csv", 9)]
    assert places(told(world, "seats"), "subscription") == [("full.csv", 2)]
    assert places(told(world, "arr"), "subscription") == [("full.csv", 2)]
    # known before the second file: the plan was what the first one said
    first = told(world, "plan", known_at="2030-01-01")
    assert first.value == "business"


def test_after_an_undo_the_rows_are_of_the_file_before(world: World) -> None:
    one = world.import_("one.csv", columns=["plan", "arr"])
    subscription(world, plan="team", arr=120000)
    two = world.import_("two.csv", columns=["arr"])
    subscription(world, arr=99900)
    three = world.import_("three.csv", columns=["plan"])
    subscription(world, plan="pro")
    assert (told(world, "arr").value, places(told(world, "arr"))) == (999.0, [("two.csv", 2)])
    taken_back(world, three)
    assert (told(world, "plan").value, places(told(world, "plan"))) == ("team", [("one.csv", 2)])
    assert places(told(world, "arr")) == [("two.csv", 2)]
    again = taken_back(world, two)
    # what two.csv said of arr is gone, and the walk must not pass it on its way back
    assert (told(world, "arr").value, places(told(world, "arr"))) == (1200.0, [("one.csv", 2)])
    assert {row.import_id for row in told(world, "arr").rows} == {one}
    taken_back(world, again)
    assert (told(world, "arr").value, places(told(world, "arr"))) == (999.0, [("two.csv", 2)])


def test_an_undone_file_is_not_on_the_way_back(world: World) -> None:
    world.import_("one.csv", columns=["plan", "arr"])
    subscription(world, plan="team", arr=120000)
    two = world.import_("two.csv", columns=["plan", "arr"])
    subscription(world, plan="pro", arr=990000)
    taken_back(world, two)
    world.import_("three.csv", columns=["plan"])
    subscription(world, plan="max")
    assert (told(world, "arr").value, places(told(world, "arr"))) == (1200.0, [("one.csv", 2)])
    assert places(told(world, "plan")) == [("three.csv", 2)]


def test_a_hand_that_changed_something_else_did_not_deliver_the_column(world: World) -> None:
    world.import_("one.csv", columns=["role", "name", "left_on"])
    world.put("contact", "acme", key="p1", name="Ida", role="champion")
    with transaction(world.conn):
        hand = begin_change_set(world.conn, kind="hand", day=DAY, at=AT, by="me")
        append_row(world.conn, "contact", hand, "hand", "test:p1", world.ref("acme"), {"left_on": "2025-06-01"})
    left = told(world, "champion_left")
    assert (left.value, places(left)) == (1, [("entered by hand", None)])
    # the role is the file's still
    assert places(told(world, "champion_known")) == [("one.csv", 2)]
    taken_back(world, hand)
    back = told(world, "champion_left")
    assert (back.value, places(back)) == (0, [("one.csv", 2)])


# --- what was paid ---------------------------------------------------------------------------------------------


def test_a_plan_change_shows_the_step_that_holds(world: World) -> None:
    subscription(world, plan="team", arr=60000)
    world.put("subscription_step", "acme", key="s1@2025-01-10", subscription="s1", from_on="2025-01-10", arr=120000)
    world.put("subscription_step", "acme", key="s1@2025-05-01", subscription="s1", from_on="2025-05-01", arr=60000)
    now = told(world, "arr")
    assert (now.value, places(now, "subscription_step")) == (600.0, [("test.csv", 4)])
    assert (told(world, "arr", "2025-04-30").value, places(told(world, "arr", "2025-04-30"), "subscription_step")) == (
        1200.0,
        [("test.csv", 3)],
    )
    # a change in 90 days stands on both
    fell = told(world, "arr_change_90d")
    assert (fell.value, places(fell, "subscription_step")) == (-0.5, [("test.csv", 3), ("test.csv", 4)])
    given_up = told(world, "contraction_28d", "2025-05-15")
    assert (given_up.value, len(places(given_up, "subscription_step"))) == (600.0, 2)
    assert "arr 600 USD" in now.rows[-1].text and "currency" not in now.rows[0].text


def test_an_ended_subscription_is_behind_what_was_paid_and_not_behind_what_is(world: World) -> None:
    subscription(world, "old", arr=120000, ended_on="2025-05-31", cancelled_on="2025-05-02")
    subscription(world, "new", arr=60000, started_on="2025-06-01")
    assert [row.text.split(":")[0] for row in told(world, "mrr").rows] == ["test new"]
    assert [row.text.split(":")[0] for row in told(world, "arr_change_90d").rows] == ["test old", "test new"]
    assert [row.text.split(":")[0] for row in told(world, "status").rows] == ["test old", "test new"]


def test_mrr_from_a_ledger_stands_on_its_last_entry(world: World) -> None:
    for day, after in (("2025-01-05", 1000), ("2025-03-05", 3000), ("2025-03-05", 2000), ("2025-09-01", 9000)):
        world.put("mrr_event", "acme", day=day, mrr_after=after, currency="USD")
    now = told(world, "mrr")
    assert (now.value, places(now)) == (20.0, [("test.csv", 4)])
    assert now.rows[0].text.endswith("mrr_after 20 USD")
    assert places(told(world, "mrr", "2025-02-01")) == [("test.csv", 2)]
    assert [row.day for row in told(world, "arr_change_90d", "2025-05-01").rows] == ["2025-01-05", "2025-03-05"]
    assert [row.day for row in told(world, "customer_since").rows] == ["2025-01-05", "2025-03-05"]


def test_mrr_from_invoices_stands_on_those_that_cover_the_day(world: World) -> None:
    for first, last, amount in (
        ("2025-04-01", "2025-05-01", 10000),
        ("2025-06-01", "2025-07-01", 12000),
        ("2025-01-15", "2026-01-15", 120000),
        ("2025-07-01", "2025-08-01", 10000),
    ):
        world.put(
            "invoice", "acme", issued_on=first, service_from=first, service_to=last, amount=amount, currency="USD"
        )
    now = told(world, "mrr", mrr_from="invoices")
    assert (now.value, places(now)) == (220.0, [("test.csv", 4), ("test.csv", 3)])
    assert "amount 1,200 USD" in now.rows[0].text
    # with subscriptions as the source the same invoices are behind nothing
    subscription(world, arr=120000)
    assert {row.kind for row in told(world, "mrr").rows} == {"subscription"}


def test_an_amount_is_in_its_own_currency(world: World) -> None:
    subscription(world, arr=5000, currency="JPY")
    assert "arr 5,000 JPY" in told(world, "arr").rows[0].text
    world.put("invoice", "acme", issued_on="2025-06-01", due_on="2025-06-10", amount=123456, amount_paid=0)
    assert "amount 1,234.56 USD, amount_paid 0 USD" in told(world, "overdue_amount").rows[0].text


# --- derived facts, usage, people ----------------------------------------------------------------------------------


def test_a_derived_fact_shows_its_parts_and_their_rows(world: World) -> None:
    for week in range(1, 13):
        world.use("acme", "events", date.fromordinal(date.fromisoformat(DAY).toordinal() - 7 * week + 7), 10 + week)
    change = told(world, "usage_change_28d")
    assert [part.fact for part in change.parts] == ["usage_28d", "usage_before_28d"]
    now, before = change.parts
    assert change.value == pytest.approx(now.value / before.value - 1)
    assert (len(now.rows), len(before.rows), len(change.rows)) == (4, 4, 8)
    assert {row.day for row in now.rows}.isdisjoint(row.day for row in before.rows)
    assert sum(float(row.text.split()[-1]) for row in now.rows) == now.value
    subscription(world, arr=120000, quantity=5)
    assert [part.fact for part in told(world, "mrr").parts] == ["arr"]
    assert told(world, "mrr").parts[0].rows == told(world, "arr").rows


def test_usage_after_an_undo_is_of_the_file_that_said_it_first(world: World) -> None:
    one = world.import_("week1.csv", kind="usage")
    world.use("acme", "events", "2025-06-29", 5)
    two = world.import_("week1-again.csv", kind="usage")
    with transaction(world.conn):
        world.conn.execute(
            "INSERT INTO usage_old SELECT ref, metric, day, value, import_id, line, ? FROM usage", (two,)
        )
        world.conn.execute("UPDATE usage SET value = 50, import_id = ?, line = 9", (two,))
    assert (told(world, "usage_28d").value, places(told(world, "usage_28d"))) == (50, [("week1-again.csv", 9)])
    undone = taken_back(world, two)
    back = told(world, "usage_28d")
    assert (back.value, places(back)) == (5, [("week1.csv", 7)])
    assert [row.import_id for row in back.rows] == [one]
    # and the undo of the undo
    taken_back(world, undone)
    assert (told(world, "usage_28d").value, places(told(world, "usage_28d"))) == (50, [("week1-again.csv", 9)])


def test_one_use_long_ago_is_still_the_reason(world: World) -> None:
    world.account("brook")
    world.use("acme", "key_actions", "2023-02-01", 3)
    world.use("brook", "key_actions", "2025-06-29", 3)
    activated = told(world, "activated")
    assert (activated.value, [row.day for row in activated.rows if row.kind == "usage"]) == (1, ["2023-02-01"])


def test_who_was_spoken_to_last(world: World) -> None:
    world.put("touch", "acme", day="2025-06-01", kind="call", who="Mara")
    world.put("touch", "acme", day="2025-06-20", kind="email", who="Mara")
    world.put("touch", "acme", day="2025-07-02", kind="call", who="Mara")
    last = told(world, "days_since_touch")
    assert (last.value, places(last, "touch")) == (10, [("test.csv", 3)])
    assert (told(world, "touches_90d").value, len(told(world, "touches_90d").rows)) == (2, 2)


def test_people_of_later_are_behind_nothing(world: World) -> None:
    world.put("contact", "acme", name="Ada", role="champion", created_on="2025-05-01", left_on="2025-06-15")
    world.put("contact", "acme", name="Bo", role="champion", created_on="2025-07-01")
    assert (told(world, "champion_left").value, places(told(world, "champion_left"))) == (1, [("test.csv", 2)])
    assert len(told(world, "champion_known", "2025-07-02").rows) == 2


def test_what_was_written_off_is_not_behind_what_is_owed(world: World) -> None:
    owed = {"issued_on": "2025-05-01", "due_on": "2025-05-15", "amount": 10000, "currency": "USD"}
    world.put("invoice", "acme", status="open", **owed)
    world.put("invoice", "acme", status="void", **owed)
    world.put("invoice", "acme", status="paid", paid_on="2025-05-20", **owed)
    world.put("invoice", "acme", status="paid", **owed)
    assert (told(world, "overdue_amount").value, len(told(world, "overdue_amount").rows)) == (100.0, 1)
    late = told(world, "invoices_late_12m")
    assert late.value == len(late.rows) == 2


COUNTED = (
    "open_tickets", "urgent_tickets", "question_tickets", "payment_tickets", "tickets_28d", "reopened_90d",
    "detractors_180d", "touches_90d", "goals_open", "goals_late", "goals_met_12m", "milestones_late", "requests_open",
    "requests_red", "requests_overdue", "requests_red_overdue", "feedback_open", "invoices_late_12m", "contacts_90d",
)  # fmt: skip


def test_what_is_counted_is_what_is_shown(world: World) -> None:
    """One row of each kind in every state and at every age; no row is shown that a count leaves out."""
    words = {
        "ticket": [("category", one) for one in ("Billing", "how-to", "bug", None)] + [("priority", "Urgent")],
        "goal": [("status", one) for one in ("open", "met", "dropped", None)] + [("due_on", "2025-06-01")],
        "request": [("decision", one) for one in ("approved", "declined", None)] + [("severity", "amber")]
        + [("due_on", "2025-07-20"), ("status", "kept")],
        "feedback": [("status", one) for one in ("raised", "told", None)],
        "invoice": [("amount", one) for one in (10000, 0, -500)] + [("status", "void")],
        "survey": [("score", one) for one in (3, 9)] + [("kind", "csat")],
        "touch": [("kind", "call")],
        "milestone": [("due_on", "2025-06-01"), ("due_on", "2025-07-20")],
    }  # fmt: skip
    born = {"ticket": "opened_on", "goal": "created_on", "request": "asked_on", "invoice": "issued_on"}
    ended = {"ticket": "closed_on", "goal": "done_on", "request": "decided_on", "invoice": "paid_on",
             "milestone": "done_on"}  # fmt: skip
    base = {
        "ticket": {"reopens": 1, "status": "open"},
        "survey": {"kind": "nps", "score": 5},
        "request": {"severity": "Red", "due_on": "2025-06-01"},
        "invoice": {"amount": 5000, "currency": "USD", "due_on": "2025-06-10", "status": "open"},
    }
    number = 0
    for kind, variants in words.items():
        for column, value in variants:
            for start in ("2024-05-01", "2025-04-10", "2025-06-20"):
                for end in (None, "2025-06-25", "2025-07-10"):
                    values = dict(base.get(kind, {})) | {column: value}
                    if kind in ("ticket", "survey"):
                        number += 1  # everybody speaks once
                        values["requester_email" if kind == "ticket" else "email"] = f"p{number}@acme.example"
                    if kind != "milestone":
                        values[born.get(kind, "day")] = start
                    if kind in ended:
                        values[ended[kind]] = end
                    world.put(kind, "acme", **values)
    for fact in COUNTED:
        one = told(world, fact)
        assert one.value == len(one.rows) > 0, fact


def test_the_pulse_that_stands_is_shown_not_a_newer_one_that_expired(world: World) -> None:
    world.put("pulse", "acme", day="2025-06-01", score=4, who="Bo")
    world.put("pulse", "acme", day="2025-06-20", score=1, who="Ada", expires_on="2025-06-25")
    stands = told(world, "pulse")
    assert (stands.value, [row.day for row in stands.rows]) == (4, ["2025-06-01"])
    gone = told(world, "pulse", "2025-09-30")
    assert (gone.value, [row.day for row in gone.rows]) == (None, ["2025-06-20"])
    assert "do not say enough" in gone.note


def test_only_attributes_of_the_matter_are_shown(world: World) -> None:
    world.put("attribute", "acme", name="Region", value="EMEA")
    world.put("attribute", "acme", name="Implementation package", value="Declined")
    one = told(world, "implementation_declined")
    assert (one.value, len(one.rows)) == (1, 1)


# --- known at --------------------------------------------------------------------------------------------------


def test_what_was_imported_later_is_not_seen_before(world: World) -> None:
    world.conn.execute("UPDATE change_set SET day = '2025-01-10'")  # the account itself came long before
    world.import_("may.csv", day="2025-05-31", columns=["arr"])
    subscription(world, arr=120000)
    world.use("acme", "events", "2025-05-30", 4)
    world.import_("june.csv", day="2025-06-30", columns=["arr"])
    subscription(world, arr=60000)
    world.put("ticket", "acme", opened_on="2025-05-20", status="open", priority="urgent")
    world.put("contact", "acme", name="Ada", role="champion", created_on="2024-01-01", left_on="2025-05-01")
    world.use("acme", "events", "2025-05-31", 7)
    # as of 31 May by the days in the rows: all of it had happened
    assert told(world, "arr", "2025-05-31").value == 600.0
    assert told(world, "urgent_tickets", "2025-05-31").value == 1
    assert told(world, "champion_left", "2025-05-31").value == 1
    assert told(world, "usage_28d", "2025-05-31").value == 11
    # known on 31 May: June's file had not come in
    then = told(world, "arr", "2025-05-31", "2025-05-31")
    assert (then.value, places(then)) == (1200.0, [("may.csv", 2)])
    for fact in ("urgent_tickets", "champion_left"):
        unknown = told(world, fact, "2025-05-31", "2025-05-31")
        assert (unknown.value, unknown.rows) == (None, []), fact
    used = told(world, "usage_28d", "2025-05-31", "2025-05-31")
    assert (used.value, [row.day for row in used.rows]) == (4, ["2025-05-30"])


def test_signs_of_key_people_and_pressing_tickets_show_their_rows_alone(world: World) -> None:
    for key, role in (("d", "decision_maker"), ("u", "user")):
        world.put("contact", "acme", key=key, email=f"{key}@acme.example", role=role)
        for day, score in (("2025-06-20", 3), ("2025-04-01", 2)):
            world.put("survey", "acme", kind="nps", email=f"{key}@acme.example", score=score, day=day)
    for priority in ("high", "normal", "urgent"):
        world.put("ticket", "acme", opened_on="2025-06-20", priority=priority, status="open")
    answers = [row for row in told(world, "nps_key_people_60d").rows if row.kind == "survey"]
    assert [(row.day, "d@acme.example" in row.text) for row in answers] == [("2025-06-20", True)]
    assert len(told(world, "high_tickets").rows) == 2


def test_every_fact_can_be_explained(world: World) -> None:
    subscription(world, arr=120000, quantity=5)
    world.put("contact", "acme", email="d@acme.example", role="champion")
    for kind in ("nps", "csat"):
        world.put("survey", "acme", kind=kind, email="d@acme.example", score=5, day="2025-06-20")
    world.put("ticket", "acme", opened_on="2025-06-20", priority="urgent", status="open")
    world.put("pulse", "acme", day="2025-06-20", who="Ann", score=2)
    for day in range(1, 29):
        world.use("acme", "events", f"2025-06-{day:02}", 5)
    for name in facts():
        assert told(world, name).fact == name
