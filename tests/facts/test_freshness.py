"""When data are late: by the rhythm of their own days, from the end of what they cover, and since somebody looked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from cs_cli.definitions.shapes import Settings, Usage
from cs_cli.facts.freshness import News, news_on
from cs_cli.facts.lateness import is_judged_by
from cs_cli.store.change_sets import describe_file
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import transaction
from tests.facts.world import World

MONDAY = date(2026, 6, 22)
STARTER = Settings(freshness={"usage": 10, "ticket": 14, "invoice": 21})


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.account("acme")
    yield made
    made.close()


def weekly(world: World, last: date, metric: str = "events", count: int = 10, account: str = "acme") -> None:
    for n in range(count):
        world.use(account, metric, last - timedelta(days=7 * n), 10)


def looked(world: World, kind: str, day: str, imported: str | None = None) -> None:
    """An import of the kind that speaks for a day, and brought nothing new."""
    number = world.import_(f"{kind}.csv", imported or day, kind=kind)
    with transaction(world.conn):
        describe_file(world.conn, number, speaks_for=day, file_time=None, extent=None)


def late_from(world: World, name: str, first: date, settings: Settings = STARTER) -> date:
    """The first day on which a fact that was known is not."""
    for n in range(120):
        day = first + timedelta(days=n)
        if world.facts(day, settings, {name})["acme"][name] is None:
            return day
    raise AssertionError(f"{name} is never late")


def news(world: World, day: date | str, settings: Settings = STARTER) -> dict[str, News]:
    on = date.fromisoformat(day) if isinstance(day, str) else day
    set_clock(world.conn, on)
    return {one.kind: one for one in news_on(world.conn, settings, on)}


@pytest.mark.parametrize(
    ("last", "settings", "late"),
    [
        # a week's row lasts until its Sunday, the 28th; eleven days later nobody has heard of the next one
        (MONDAY, STARTER, date(2026, 7, 9)),
        # dated by the Sunday that ends it
        (MONDAY - timedelta(days=1), STARTER, date(2026, 7, 2)),
        (MONDAY - timedelta(days=1), Settings(freshness={"usage": 10}, week_start="sunday"), date(2026, 7, 8)),
        # declared, also where its days would say otherwise
        (date(2026, 6, 24), Settings(freshness={"usage": 10}, rhythm={"usage": "weekly"}), date(2026, 7, 11)),
        (MONDAY, Settings(freshness={"usage": 10}, rhythm={"usage": "weekly_by_end"}), date(2026, 7, 3)),
        (MONDAY, Settings(freshness={"usage": 10}, rhythm={"usage": "daily"}), date(2026, 7, 3)),
        # a limit that is longer than the rhythm needs counts, a shorter one does not
        (MONDAY, Settings(freshness={"usage": 20}), date(2026, 7, 19)),
        (MONDAY, Settings(freshness={"usage": 3}), date(2026, 7, 9)),
    ],
)
def test_weekly_usage(world: World, last: date, settings: Settings, late: date) -> None:
    weekly(world, last)
    assert late_from(world, "usage_28d", last, settings) == late
    before = world.facts(late - timedelta(days=1), settings)["acme"]
    assert (before["usage_28d"], before["usage_change_28d"], before["usage_trend_13w"]) == (40, 0, None)


def test_monthly_usage(world: World) -> None:
    for month in (1, 2, 3, 4, 5):
        world.use("acme", "events", date(2026, month, 1), 10)
    # May lasts until the 31st, and 41 days are one month and a margin
    assert late_from(world, "usage_28d", date(2026, 5, 1)) == date(2026, 7, 12)
    ends = {"freshness": {"usage": 10}, "rhythm": {"usage": "monthly_by_end"}}
    assert late_from(world, "usage_28d", date(2026, 5, 1), Settings(**ends)) == date(2026, 6, 12)


def test_a_figure_of_the_day_of_its_export_is_of_no_week_to_come(world: World) -> None:
    """Exported every Monday, each with a figure of that Monday."""
    for n in reversed(range(5)):
        day = MONDAY - timedelta(days=7 * n)
        looked(world, "usage", day.isoformat())
        world.use("acme", "events", day, 10)
    assert late_from(world, "usage_28d", MONDAY) == date(2026, 7, 3)
    assert late_from(world, "usage_28d", MONDAY, Settings(freshness={"usage": 10}, rhythm={"usage": "weekly"})) == date(
        2026, 7, 9
    )


@pytest.mark.parametrize(
    ("exported", "late"),
    [
        ("2026-06-22", date(2026, 7, 2)),  # the day after the newest Sunday: a week that ended
        ("2026-06-27", date(2026, 7, 2)),
        ("2026-06-28", date(2026, 7, 2)),  # the week that ends on this Sunday may not be over yet
        ("2026-06-29", date(2026, 7, 8)),  # it is over, and not in the file: the newest one began on the 21st
        ("2026-07-05", date(2026, 7, 2)),  # a week was left out, or two: nobody can tell
    ],
)
def test_a_week_that_is_dated_by_another_day_is_told_by_when_it_came(world: World, exported: str, late: date) -> None:
    """Sundays, where weeks begin on Mondays."""
    looked(world, "usage", exported)
    weekly(world, MONDAY - timedelta(days=1))
    assert late_from(world, "usage_28d", date.fromisoformat(exported)) == max(late, date.fromisoformat(exported))


def test_daily_usage_is_as_before(world: World) -> None:
    for n in range(60):
        world.use("acme", "events", MONDAY - timedelta(days=n), 10)
    assert late_from(world, "usage_28d", MONDAY) == date(2026, 7, 3)


def test_one_late_metric_leaves_the_others_and_is_not_made_up_for(world: World) -> None:
    """Seats in use come no more: the count of active users is no better answer than the last one."""
    world.put("subscription", "acme", started_on="2025-01-01", arr=1200, quantity=10, currency="USD", status="active")
    for n in range(60):
        world.use("acme", "active_users", MONDAY - timedelta(days=n), 9)
        world.use("acme", "seats_used", MONDAY - timedelta(days=30 + n), 4)
        world.use("acme", "key_actions", MONDAY - timedelta(days=30 + n), 1)
    found = world.facts(MONDAY, STARTER)["acme"]
    assert (found["active_users_28d"], found["seat_utilisation"]) == (9, None)
    # what was once done stays done
    assert (found["key_actions_28d"], found["activated"]) == (None, 1)


def test_a_late_export_is_no_answer_to_whether_they_began(world: World) -> None:
    world.account("other")
    world.put("milestone", "other", name="kickoff", done_on="2026-01-10")
    weekly(world, MONDAY)
    weekly(world, MONDAY, "key_actions", account="other")
    on_time, late = ({one: world.facts(day, STARTER)[one]["activated"] for one in ("acme", "other")}
                     for day in ("2026-07-08", "2026-07-09"))  # fmt: skip
    assert on_time == {"acme": 0, "other": 1}
    assert late == {"acme": None, "other": 1}


def bill(world: World, issued: str, due: str, paid: str | None = None, **more: Any) -> None:
    world.put("invoice", "acme", issued_on=issued, due_on=due, paid_on=paid, amount=10_000, currency="USD",
              status="open", **more)  # fmt: skip


def overdue(world: World, day: str) -> tuple[Any, ...]:
    found = world.facts(day, STARTER)["acme"]
    return found["overdue_days"], found["overdue_amount"], found["due_unconfirmed_amount"]


def test_an_unchanged_export_is_a_look(world: World) -> None:
    looked(world, "invoice", "2026-06-01")
    bill(world, "2026-05-20", "2026-05-25")
    assert overdue(world, "2026-06-22") == (28, 100, 0)
    assert overdue(world, "2026-06-23") == (None, None, None)
    looked(world, "invoice", "2026-06-23")
    assert overdue(world, "2026-06-23") == (29, 100, 0)
    assert overdue(world, "2026-07-14")[0] == 50
    assert overdue(world, "2026-07-15")[0] is None
    # of a look it is said what it is a look at
    assert (news(world, "2026-07-01")["invoice"].day, news(world, "2026-07-01")["invoice"].looked) == (
        "2026-05-20", "2026-06-23"
    )  # fmt: skip


def test_an_old_file_that_is_imported_today_is_no_look_of_today(world: World) -> None:
    looked(world, "invoice", "2026-06-01", imported="2026-07-30")
    bill(world, "2026-05-20", "2026-05-25")
    assert overdue(world, "2026-07-30")[0] is None
    assert news(world, "2026-07-30")["invoice"].late


def test_a_first_file_whose_rows_end_long_ago_is_an_old_one(world: World) -> None:
    """Its time was lost on the way. Tickets came every other day, and then none for five weeks."""
    for n in range(30):
        day = (MONDAY - timedelta(days=2 * n)).isoformat()
        world.put("ticket", "acme", opened_on=day, priority="low", status="open")
    looked(world, "ticket", "2026-07-27")
    assert world.facts("2026-07-27", STARTER)["acme"]["open_tickets"] is None
    found = news(world, "2026-07-27")["ticket"]
    assert (found.day, found.age, found.limit, found.late) == ("2026-06-22", 35, 14, True)
    # the second look is one of somebody who looks
    looked(world, "ticket", "2026-07-28")
    assert world.facts("2026-07-28", STARTER)["acme"]["open_tickets"] == 30


def test_a_day_in_the_name_of_a_first_file_is_believed(world: World) -> None:
    for n in range(30):
        world.put("ticket", "acme", opened_on=(MONDAY - timedelta(days=n)).isoformat(), priority="low", status="open")
    number = world.import_("tickets-2026-07-27.csv", "2026-07-27", kind="ticket")
    with transaction(world.conn):
        describe_file(world.conn, number, speaks_for="2026-07-27", file_time=None, extent=None)
    assert world.facts("2026-07-27", STARTER)["acme"]["open_tickets"] == 30


def test_a_first_file_of_few_rows_is_believed(world: World) -> None:
    bill(world, "2026-04-01", "2026-05-01")
    looked(world, "invoice", "2026-06-30")
    assert overdue(world, "2026-06-30")[0] == 60


def test_monthly_exports_are_late_after_a_month(world: World) -> None:
    for day in ("2026-04-02", "2026-05-04", "2026-06-01"):
        looked(world, "invoice", day)
    bill(world, "2026-05-20", "2026-05-25")
    assert late_from(world, "overdue_days", date(2026, 6, 1)) == date(2026, 7, 13)
    assert news(world, "2026-07-01")["invoice"].rhythm == "monthly"


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        ("2026-06-09", (0, 0, 100)),  # the day before it was due
        ("2026-06-10", (0, 0, 100)),  # on that day it was not overdue yet
        ("2026-06-11", (5, 100, 0)),  # it was, and somebody saw it
    ],
)
def test_what_fell_due_after_the_last_look(world: World, look: str, expected: tuple[Any, ...]) -> None:
    looked(world, "invoice", look)
    bill(world, "2026-05-20", "2026-06-10")
    assert overdue(world, "2026-06-15") == expected
    assert world.facts("2026-06-15", STARTER)["acme"]["invoices_late_12m"] == (expected[0] > 0)


def test_what_fell_due_is_told_by_the_next_export(world: World) -> None:
    """Also of the days before it: what came later tells what was so then."""
    looked(world, "invoice", "2026-06-05")
    bill(world, "2026-05-20", "2026-06-10")
    bill(world, "2026-05-01", "2026-06-01")
    assert overdue(world, "2026-06-15") == (14, 100, 100)
    looked(world, "invoice", "2026-06-16")
    assert overdue(world, "2026-06-15") == (14, 200, 0)
    # what a hand entered is known without any export
    world.account("brook")
    world.put(
        "invoice", "brook", source="hand", issued_on="2026-06-01", due_on="2026-06-20", amount=500, currency="USD"
    )
    assert world.facts("2026-06-25", STARTER)["brook"]["overdue_days"] == 5


def test_of_a_state_the_day_of_the_export_counts_and_not_what_was_planned(world: World) -> None:
    looked(world, "deal", "2026-06-01")
    world.put("deal", "acme", kind="new", status="open", close_on="2026-06-20", created_on="2026-05-01")
    found = news(world, "2026-06-25")["deal"]
    assert (found.day, found.looked) == ("2026-06-01", "2026-06-01")


def test_no_rows_may_be_declared_as_no_use(world: World) -> None:
    """Only of accounts that the product's own ids name."""
    world.account("elsewhere", system="crm")
    world.account("other")
    weekly(world, MONDAY, account="other")
    names = {"usage_28d"}
    unknown = world.facts(MONDAY, STARTER, names)
    zero = world.facts(MONDAY, Settings(usage=Usage(no_rows="zero")), names)
    accounts = ("acme", "elsewhere", "other")
    assert [unknown[one]["usage_28d"] for one in accounts] == [None, None, 40]
    assert [zero[one]["usage_28d"] for one in accounts] == [0, None, 40]


def test_a_file_without_a_sensible_time_is_as_new_as_its_rows(world: World) -> None:
    """Unpacked from an archive that keeps no times: everything would have fallen due since 1980."""
    looked(world, "invoice", "1980-01-01", imported="2026-06-30")
    bill(world, "2026-05-20", "2026-06-10")
    bill(world, "2026-06-01", "2026-06-28")
    bill(world, "2026-06-20", "2026-07-20")
    assert overdue(world, "2026-06-30") == (20, 100, 100)


def test_silence_while_the_crm_is_late_is_nothing_that_we_saw(world: World) -> None:
    """A CRM of which the exports stopped may know of calls since; a note of one's own is a word after it."""
    patient = Settings(freshness={"account": 35})
    for day in ("2026-06-01", "2026-06-08", "2026-06-15"):
        looked(world, "account", day)
    world.account("brook", last_activity_on="2026-06-10")
    world.account("cedar", last_activity_on="2026-06-12")
    world.put("note", "cedar", source="hand", day="2026-07-10")
    found = {day: world.facts(day, patient, {"days_since_touch"}) for day in ("2026-07-20", "2026-07-21")}
    assert [one["brook"]["days_since_touch"] for one in found.values()] == [40, None]
    assert [one["cedar"]["days_since_touch"] for one in found.values()] == [10, 11]


def test_a_desk_that_notes_its_own_talks_needs_no_crm(world: World) -> None:
    looked(world, "account", "2026-06-15")
    world.put("note", "acme", source="hand", day="2026-06-10")
    assert world.facts("2026-09-01", Settings(freshness={"account": 35}))["acme"]["days_since_touch"] == 83


def test_which_facts_a_late_kind_leaves_unknown() -> None:
    for name, kind in (("usage_28d", "usage"), ("activated", "usage"), ("overdue_days", "invoice"),
                       ("open_tickets", "ticket"), ("days_since_touch", "account")):  # fmt: skip
        assert is_judged_by(name, kind), name
    for name, kind in (("industry", "account"), ("usage_28d", "ticket"), ("last_touch_by", "account"), ("no", "usage")):
        assert not is_judged_by(name, kind), name
