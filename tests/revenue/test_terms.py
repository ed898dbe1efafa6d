"""Contract terms by hand: each case was worked out with a calendar, not with the program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_cli.base.days import add_months
from cs_cli.definitions.shapes import Settings
from cs_cli.store.change_sets import append_row, begin_change_set
from cs_cli.store.connection import rows, transaction
from tests.facts.world import World

Row = tuple[str, dict[str, Any]]


def contract(key: str, start: str | None, end: str | None, **more: Any) -> Row:
    return "contract", {"key": key, "start_on": start, "end_on": end, **more}


def yearly(key: str, start: str, **more: Any) -> Row:
    values = {"arr": 1_200_000, "currency": "USD", "interval": "year", "status": "active"} | more
    return "subscription", {"key": key, "started_on": start, **values}


def monthly(key: str, start: str, **more: Any) -> Row:
    return yearly(key, start, **({"interval": "month"} | more))


def hand(key: str, **values: Any) -> Row:
    return "contract", {"key": key, "source": "hand", **values}


@pytest.fixture
def world() -> Iterator[World]:
    one = World()
    one.account("acme")
    with transaction(one.conn):
        one.conn.execute("INSERT INTO source VALUES ('crm', 'crm', 'crm', 10), ('billing', 'billing', 'billing', 20)")
    yield one
    one.close()


def put(world: World, found: list[Row]) -> None:
    for kind, values in found:
        world.put(kind, "acme", **values)


def terms(world: World, day: str) -> list[dict[str, Any]]:
    world.contracts(day, Settings())
    return rows(world.conn, "SELECT * FROM term ORDER BY rolling, end_on, contract")


# name → (rows, day, what the terms are: (contract, renewal_date, decide_by, months, rolling, overdue))
CASES: dict[str, tuple[list[Row], str, list[tuple[Any, ...]]]] = {
    "a year, no notice": (
        [contract("c", "2026-01-01", "2027-01-01")],
        "2026-06-30",
        [("c", "2027-01-01", "2027-01-01", 12, 0, 0)],
    ),
    "an end that is the last day": (
        [contract("c", "2026-01-01", "2026-12-31", notice_days=30)],
        "2026-06-30",
        [("c", "2026-12-31", "2026-12-01", 12, 0, 0)],
    ),
    "on the day it ends it still runs": (
        [contract("c", "2025-06-30", "2026-06-30")],
        "2026-06-30",
        [("c", "2026-06-30", "2026-06-30", 12, 0, 0)],
    ),
    "the day after, nobody has said how": (
        [contract("c", "2025-06-30", "2026-06-30")],
        "2026-07-01",
        [("c", "2026-06-30", "2026-06-30", 12, 0, 1)],
    ),
    "a year after, nobody waits any more": ([contract("c", "2025-06-30", "2026-06-30")], "2027-07-01", []),
    "start and length make the end": (
        [contract("c", "2026-01-31", None, term_months=3)],
        "2026-02-15",
        [("c", "2026-04-30", "2026-04-30", 3, 0, 0)],
    ),
    "three months are a renewal": (
        [contract("c", "2026-04-01", "2026-06-30")],
        "2026-05-01",
        [("c", "2026-06-30", "2026-06-30", 3, 0, 0)],
    ),
    "two months roll": ([contract("c", "2026-05-01", "2026-07-01")], "2026-06-01", [("c", None, None, 2, 1, 0)]),
    "renews itself by whole years": (
        [contract("c", "2023-03-15", "2024-03-15", auto_renew=True)],
        "2026-06-30",
        [("c", "2027-03-15", "2027-03-15", 12, 0, 0)],
    ),
    "from 29 February: the 28th": (
        [contract("c", "2024-02-29", "2025-02-28", auto_renew=True)],
        "2026-06-30",
        [("c", "2027-02-28", "2027-02-28", 12, 0, 0)],
    ),
    "and the 29th again in a leap year": (
        [contract("c", "2024-02-29", "2025-02-28", auto_renew=True)],
        "2027-06-30",
        [("c", "2028-02-29", "2028-02-29", 12, 0, 0)],
    ),
    "half-years": (
        [contract("c", "2025-08-31", "2026-02-28", auto_renew=True)],
        "2026-03-01",
        [("c", "2026-08-31", "2026-08-31", 6, 0, 0)],
    ),
    "an open end in the CRM": ([contract("c", "2025-01-01", "2050-01-01")], "2026-06-30", [("c", None, None, 0, 1, 0)]),
    "an open end by another habit": (
        [contract("c", "2025-01-01", "9999-12-31")],
        "2026-06-30",
        [("c", None, None, 0, 1, 0)],
    ),
    "an open end, and billing by the year": (
        [contract("c", "2025-01-01", None, notice_days=60, auto_renew=True), yearly("s", "2025-09-01")],
        "2026-06-30",
        [("s", "2026-09-01", "2026-07-03", 12, 0, 0), ("c", None, None, 0, 1, 0)],
    ),
    "billing by the year": (
        [yearly("s", "2024-09-01", notice_days=30)],
        "2026-06-30",
        [("s", "2026-09-01", "2026-08-02", 12, 0, 0)],
    ),
    "billing by the month rolls": ([monthly("s", "2024-09-01")], "2026-06-30", [("s", None, None, 1, 1, 0)]),
    "billing by the quarter renews": (
        [yearly("s", "2026-01-31", interval="quarter")],
        "2026-06-30",
        [("s", "2026-07-31", "2026-07-31", 3, 0, 0)],
    ),
    "31 January by months keeps its day": (
        [monthly("s", "2026-01-31", interval_count=3)],
        "2026-05-15",
        [("s", "2026-07-31", "2026-07-31", 3, 0, 0)],
    ),
    "billing's own word on the next renewal": (
        [yearly("s", "2024-09-01", renews_on="2026-10-15")],
        "2026-06-30",
        [("s", "2026-10-15", "2026-10-15", 12, 0, 0)],
    ),
    "billing that does not renew itself is overdue past its day": (
        [yearly("s", "2024-05-01", renews_on="2026-05-01", auto_renew=False)],
        "2026-06-30",
        [("s", "2026-05-01", "2026-05-01", 12, 0, 1)],
    ),
    "it has gone on when a year later it still runs": (
        [yearly("s", "2024-05-01", renews_on="2025-05-01", auto_renew=False)],
        "2026-06-30",
        [("s", "2027-05-01", "2027-05-01", 12, 0, 0)],
    ),
    "billing that was cancelled does not begin another term": (
        [yearly("s", "2024-05-01", cancelled_on="2026-03-01")],
        "2026-06-30",
        [("s", "2026-05-01", "2026-05-01", 12, 0, 1)],
    ),
    "nor a year later": ([yearly("s", "2024-05-01", cancelled_on="2026-03-01")], "2027-05-02", []),
    "a contract silences billing": (
        [contract("c", "2025-10-01", "2026-10-01"), yearly("s", "2024-09-01")],
        "2026-06-30",
        [("c", "2026-10-01", "2026-10-01", 12, 0, 0)],
    ),
    "what the contract leaves out, billing knows": (
        [contract("c", "2025-10-01", "2026-10-01"), yearly("s", "2024-10-01", notice_days=90, auto_renew=True)],
        "2026-06-30",
        [("c", "2026-10-01", "2026-07-03", 12, 0, 0)],
    ),
    "CRM over billing": (
        [
            contract("c", "2025-10-01", "2026-10-01", source="crm"),
            contract("b", "2025-10-01", "2026-12-01", source="billing", notice_days=30),
        ],
        "2026-06-30",
        [("c", "2026-10-01", "2026-09-01", 12, 0, 0)],
    ),
    "hand over CRM, column by column": (
        [contract("c", "2025-10-01", "2026-10-01", source="crm", notice_days=30), hand("c", notice_days=60)],
        "2026-06-30",
        [("c", "2026-10-01", "2026-08-02", 12, 0, 0)],
    ),
    "a hand on one contract leaves the other": (
        [
            contract("a", "2025-10-01", "2026-10-01"),
            contract("b", "2026-01-01", "2027-01-01"),
            hand("b", notice_days=30),
        ],
        "2026-06-30",
        [("a", "2026-10-01", "2026-10-01", 12, 0, 0), ("b", "2027-01-01", "2026-12-02", 12, 0, 0)],
    ),
    "a hand on a subscription": (
        [yearly("s", "2024-09-01"), hand("s", notice_days=30)],
        "2026-06-30",
        [("s", "2026-09-01", "2026-08-02", 12, 0, 0)],
    ),
    "a hand moves a subscription's end": (
        [yearly("s", "2024-09-01"), hand("s", start_on="2025-09-01", end_on="2026-12-31")],
        "2026-06-30",
        [("s", "2026-12-31", "2026-12-31", 16, 0, 0)],
    ),
    "the other subscription stays": (
        [yearly("s", "2024-09-01"), yearly("t", "2024-11-01"), hand("s", start_on="2025-09-01", end_on="2026-12-31")],
        "2026-06-30",
        [("t", "2026-11-01", "2026-11-01", 12, 0, 0), ("s", "2026-12-31", "2026-12-31", 16, 0, 0)],
    ),
    "the next term took its place": (
        [contract("c1", "2024-07-01", "2025-07-01"), contract("c2", "2025-07-01", "2026-07-01")],
        "2026-06-30",
        [("c2", "2026-07-01", "2026-07-01", 12, 0, 0)],
    ),
    "renewed early": (
        [contract("c1", "2025-08-01", "2026-08-01"), contract("c2", "2026-06-01", "2027-06-01")],
        "2026-06-30",
        [("c2", "2027-06-01", "2027-06-01", 12, 0, 0)],
    ),
    "but not before it began": (
        [contract("c1", "2025-08-01", "2026-08-01"), contract("c2", "2026-06-01", "2027-06-01")],
        "2026-05-31",
        [("c1", "2026-08-01", "2026-08-01", 12, 0, 0)],
    ),
    "half a year of both is two contracts": (
        [contract("c1", "2025-10-01", "2026-10-01"), contract("c2", "2026-03-01", "2027-03-01")],
        "2026-06-30",
        [("c1", "2026-10-01", "2026-10-01", 12, 0, 0), ("c2", "2027-03-01", "2027-03-01", 12, 0, 0)],
    ),
    "an add-on with the same end is one renewal": (
        [contract("base", "2025-10-01", "2026-10-01"), contract("addon", "2026-02-01", "2026-10-01", notice_days=30)],
        "2026-06-30",
        [("base", "2026-10-01", "2026-09-01", 12, 0, 0)],
    ),
    "two subscriptions with the same end are one": (
        [yearly("b", "2024-09-01"), yearly("a", "2025-09-01")],
        "2026-06-30",
        [("b", "2026-09-01", "2026-09-01", 12, 0, 0)],
    ),
    "two with other ends are two": (
        [yearly("b", "2024-09-01"), yearly("a", "2025-10-01")],
        "2026-06-30",
        [("b", "2026-09-01", "2026-09-01", 12, 0, 0), ("a", "2026-10-01", "2026-10-01", 12, 0, 0)],
    ),
    "a monthly add-on rolls beside it": (
        [yearly("b", "2024-09-01"), monthly("m", "2025-10-01")],
        "2026-06-30",
        [("b", "2026-09-01", "2026-09-01", 12, 0, 0), ("m", None, None, 1, 1, 0)],
    ),
    "cancelled and begun anew": (
        [yearly("old", "2024-09-01", cancelled_on="2026-06-10"), yearly("new", "2026-06-12")],
        "2026-06-30",
        [("new", "2027-06-12", "2027-06-12", 12, 0, 0)],
    ),
    "cancelled and nothing else": (
        [yearly("s", "2024-09-01", cancelled_on="2026-06-10")],
        "2026-06-30",
        [("s", "2026-09-01", "2026-09-01", 12, 0, 0)],
    ),
    "lapsed, and billing began another year": (
        [contract("c", "2025-05-01", "2026-05-01"), yearly("s", "2025-05-01", renews_on="2027-05-01")],
        "2026-06-30",
        [("s", "2027-05-01", "2027-05-01", 12, 0, 0)],
    ),
    "lapsed, and only the month is billed": (
        [contract("c", "2025-05-01", "2026-05-01"), monthly("s", "2025-05-01")],
        "2026-06-30",
        [("c", "2026-05-01", "2026-05-01", 12, 0, 1)],
    ),
    "lapsed, and nothing is paid any more": (
        [contract("c", "2025-05-01", "2026-05-01"), monthly("s", "2025-05-01", ended_on="2026-05-15")],
        "2026-06-30",
        [],
    ),
    "lapsed, and a churn was written down": (
        [contract("c", "2025-05-01", "2026-05-01"), ("churn", {"day": "2026-05-01", "reason": "price"})],
        "2026-06-30",
        [],
    ),
    "renews itself, and a churn was written down": (
        [contract("c", "2024-05-01", "2025-05-01", auto_renew=1), ("churn", {"day": "2026-03-01", "reason": "price"})],
        "2026-06-30",
        [],
    ),
    "renews itself, and the churn was of an earlier time": (
        [contract("c", "2024-05-01", "2025-05-01", auto_renew=1), ("churn", {"day": "2024-02-01", "reason": "price"})],
        "2026-06-30",
        [("c", "2027-05-01", "2027-05-01", 12, 0, 0)],
    ),
    "renews itself, a churn was written down, and it is paid": (
        [contract("c", "2024-05-01", "2025-05-01", auto_renew=1), monthly("s", "2024-05-01"),
         ("churn", {"day": "2026-03-01", "reason": "price"})],
        "2026-06-30",
        [("c", "2027-05-01", "2027-05-01", 12, 0, 0)],
    ),
    "the CRM calls it lost": ([contract("c", "2025-05-01", "2026-05-01", status="Churned")], "2026-06-30", []),
    "a draft is none": ([contract("c", "2025-05-01", "2027-05-01", status="Draft")], "2026-06-30", []),
    "three years": (
        [contract("c", "2024-07-15", "2027-07-15", notice_days=90)],
        "2026-06-30",
        [("c", "2027-07-15", "2027-04-16", 36, 0, 0)],
    ),
    "five years, then by the year: nobody says so": (
        [contract("c", "2020-08-29", "2025-08-28", auto_renew=True, notice_days=60)],
        "2026-06-01",
        [("c", "2026-08-28", "2026-06-29", 12, 0, 0)],
    ),
    "within the first term nothing is different": (
        [contract("c", "2020-08-29", "2025-08-28", auto_renew=True, notice_days=60)],
        "2025-08-28",
        [("c", "2025-08-28", "2025-06-29", 60, 0, 0)],
    ),
    "three years, then said: by two": (
        [contract("c", "2020-07-15", "2023-07-15", auto_renew=True, renewal_term_months=24)],
        "2026-06-30",
        [("c", "2027-07-15", "2027-07-15", 24, 0, 0)],
    ),
    "a year, then said: by quarters": (
        [contract("c", "2024-08-31", "2025-08-31", auto_renew=True, renewal_term_months=3)],
        "2026-06-30",
        [("c", "2026-08-31", "2026-08-31", 3, 0, 0)],
    ),
    "a year, then said: by the month": (
        [contract("c", "2024-08-31", "2025-08-31", auto_renew=True, renewal_term_months=1)],
        "2026-06-15",
        [("c", None, None, 1, 1, 0)],
    ),
    "nought months of renewal say nothing": (
        [contract("c", "2020-07-15", "2023-07-15", auto_renew=True, renewal_term_months=0)],
        "2026-06-30",
        [("c", "2026-07-15", "2026-07-15", 12, 0, 0)],
    ),
    "from 29 February, three years, then by the year": (
        [contract("c", "2024-02-29", "2027-02-28", auto_renew=True)],
        "2027-06-30",
        [("c", "2028-02-29", "2028-02-29", 12, 0, 0)],
    ),
    "last days of months, two years, then by the year": (
        [contract("c", "2022-03-01", "2024-02-29", auto_renew=True)],
        "2025-06-30",
        [("c", "2026-02-28", "2026-02-28", 12, 0, 0)],
    ),
    "what does not renew itself is overdue, whatever it would renew by": (
        [contract("c", "2023-05-01", "2026-05-01", auto_renew=False, renewal_term_months=12)],
        "2026-06-30",
        [("c", "2026-05-01", "2026-05-01", 36, 0, 1)],
    ),
    "no start, and what it renews by": (
        [contract("c", None, "2025-09-01", auto_renew=True, renewal_term_months=12)],
        "2026-06-30",
        [("c", "2026-09-01", "2026-09-01", 12, 0, 0)],
    ),
    "the length of renewals by hand over CRM over billing": (
        [
            contract("c", "2019-07-15", "2022-07-15", source="billing", auto_renew=True, renewal_term_months=36),
            contract("c", "2019-07-15", "2022-07-15", source="crm", renewal_term_months=24),
            hand("c", renewal_term_months=6),
        ],
        "2026-06-30",
        [("c", "2026-07-15", "2026-07-15", 6, 0, 0)],
    ),
    "CRM over billing, where no hand says it": (
        [
            contract("c", "2019-07-15", "2022-07-15", source="billing", auto_renew=True, renewal_term_months=36),
            contract("c", "2019-07-15", "2022-07-15", source="crm", renewal_term_months=24),
        ],
        "2026-06-30",
        [("c", "2026-07-15", "2026-07-15", 24, 0, 0)],
    ),
    "what the contract leaves out, billing's subscription says": (
        [
            contract("c", "2019-07-15", "2022-07-15", source="crm", auto_renew=True),
            yearly("s", "2019-07-15", term_months=36, renewal_term_months=24),
        ],
        "2025-06-30",
        [("c", "2026-07-15", "2026-07-15", 24, 0, 0)],
    ),
    "a CRM that moves the end and keeps the start": (
        [contract("c", "2020-09-01", "2026-09-01", term_months=36, renewal_term_months=12, auto_renew=True)],
        "2026-06-30",
        [("c", "2026-09-01", "2026-09-01", 12, 0, 0)],
    ),
    "billed by the year inside a term of three": (
        [yearly("s", "2024-03-01", term_months=36, renews_on="2027-03-01")],
        "2026-06-30",
        [("s", "2027-03-01", "2027-03-01", 36, 0, 0)],
    ),
    "after three years it renews by the year": (
        [yearly("s", "2021-09-01", term_months=36, auto_renew=True, notice_days=30)],
        "2026-06-30",
        [("s", "2026-09-01", "2026-08-02", 12, 0, 0)],
    ),
    "or by what is said": (
        [yearly("s", "2021-09-01", term_months=36, renewal_term_months=24, auto_renew=True)],
        "2025-06-30",
        [("s", "2026-09-01", "2026-09-01", 24, 0, 0)],
    ),
    "within the three years": (
        [yearly("s", "2024-09-01", term_months=36, auto_renew=True)],
        "2026-06-30",
        [("s", "2027-09-01", "2027-09-01", 36, 0, 0)],
    ),
    "a subscription's length by hand": (
        [yearly("s", "2021-09-01"), hand("s", term_months=36, renewal_term_months=6)],
        "2026-06-30",
        [("s", "2026-09-01", "2026-09-01", 6, 0, 0)],
    ),
    "a year billed by the month, then by quarters": (
        [monthly("s", "2024-11-15", term_months=12, renewal_term_months=3)],
        "2026-06-30",
        [("s", "2026-08-15", "2026-08-15", 3, 0, 0)],
    ),
    "cancelled in the fourth year of three": (
        [yearly("s", "2021-09-01", term_months=36, cancelled_on="2025-01-10")],
        "2025-06-30",
        [("s", "2025-09-01", "2025-09-01", 12, 0, 0)],
    ),
    "billed every two years renews by two": (
        [yearly("s", "2021-09-01", interval_count=2)],
        "2026-06-30",
        [("s", "2027-09-01", "2027-09-01", 24, 0, 0)],
    ),
    "a moved end of a yearly subscription that renews itself": (
        [yearly("s", "2023-09-01", auto_renew=True), hand("s", start_on="2024-09-01", end_on="2025-12-31")],
        "2026-06-30",
        [("s", "2026-12-31", "2026-12-31", 12, 0, 0)],
    ),
    "an open end beside one with an end": (
        [contract("c", "2025-10-01", "2026-10-01"), contract("o", "2025-01-01", None)],
        "2026-06-30",
        [("c", "2026-10-01", "2026-10-01", 12, 0, 0), ("o", None, None, 0, 1, 0)],
    ),
    "an open end of a weaker source stays silent beside a stronger one": (
        [contract("c", "2025-10-01", "2026-10-01", source="crm"), contract("o", "2025-01-01", None, source="billing")],
        "2026-06-30",
        [("c", "2026-10-01", "2026-10-01", 12, 0, 0)],
    ),
    "an open end beside what is billed by the month": (
        [contract("c", "2025-01-01", None, source="crm"), monthly("s", "2025-09-01")],
        "2026-06-30",
        [("c", None, None, 0, 1, 0), ("s", None, None, 1, 1, 0)],
    ),
    "an open end that was cancelled is none": (
        [contract("c", "2025-01-01", None, status="Cancelled"), yearly("s", "2025-09-01")],
        "2026-06-30",
        [("s", "2026-09-01", "2026-09-01", 12, 0, 0)],
    ),
    "an open end that begins later": (
        [contract("c", "2026-08-01", None), yearly("s", "2025-09-01")],
        "2026-06-30",
        [("s", "2026-09-01", "2026-09-01", 12, 0, 0)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_cases_worked_out_by_hand(world: World, name: str) -> None:
    found, day, expected = CASES[name]
    put(world, found)
    keys = ("contract", "renewal_date", "decide_by", "term_months", "rolling", "overdue")
    assert [tuple(row[key] for key in keys) for row in terms(world, day)] == expected


def test_a_multi_year_term_rises_every_year_and_adds_up(world: World) -> None:
    # 100,000 + 105,000 + 110,250 = 315,250 over three years; then 115,762.50 a year
    put(world, [contract("c", "2024-07-01", "2027-07-01", amount=31_525_000, currency="USD", uplift=0.05)])
    found = [terms(world, day)[0] for day in ("2024-07-01", "2025-06-30", "2025-07-01", "2026-07-01", "2027-07-01")]
    assert [row["arr"] for row in found] == [100_000, 100_000, 105_000, 110_250, 110_250]
    assert {row["expected"] for row in found} == {115_762.5}
    assert {row["is_multi_year"] for row in found} == {1}


def test_an_uplift_counts_at_every_turn_unless_billing_says_what_is_paid(world: World) -> None:
    put(
        world,
        [contract("c", "2023-01-01", "2024-01-01", amount=1_000_000, currency="USD", uplift=0.1, auto_renew=True)],
    )
    (found,) = terms(world, "2025-06-30")
    assert (found["arr"], found["expected"]) == (12_100, 13_310)
    put(world, [monthly("s", "2023-01-01", arr=1_150_000)])
    (found,) = terms(world, "2025-06-30")
    assert (found["arr"], found["expected"]) == (11_500, 12_650)


def test_an_uplift_over_three_years_and_then_by_the_year(world: World) -> None:
    # 100,000 + 105,000 + 110,250 in the first term; then 115,762.50, 121,550.63 a year
    put(
        world,
        [contract("c", "2020-07-01", "2023-07-01", amount=31_525_000, currency="USD", uplift=0.05, auto_renew=True)],
    )
    found = [terms(world, day)[0] for day in ("2020-07-01", "2023-06-30", "2023-07-02", "2024-06-30", "2024-07-02")]
    worth = [100_000, 110_250, 115_762.5, 115_762.5, 121_550.625]
    assert [row["arr"] for row in found] == pytest.approx(worth, abs=0.01)
    raised = [115_762.5, 115_762.5, 121_550.625, 121_550.625, 127_628.156]
    assert [row["expected"] for row in found] == pytest.approx(raised, abs=0.01)
    assert [row["is_multi_year"] for row in found] == [1, 1, 0, 0, 0]
    assert [row["ordinal"] for row in found] == [1, 1, 2, 2, 3]
    assert [row["start_on"] for row in found] == ["2020-07-01", "2020-07-01", "2023-07-01", "2023-07-01", "2024-07-01"]


def test_an_amount_is_for_the_whole_first_term_also_once_it_renews_by_the_year(world: World) -> None:
    put(world, [contract("c", "2020-07-01", "2023-07-01", amount=3_600_000, currency="USD", auto_renew=True)])
    assert [terms(world, day)[0]["arr"] for day in ("2021-01-01", "2025-01-01")] == [12_000, 12_000]


@pytest.mark.parametrize(("more", "assumed", "by"), [
    ({}, 1, 12),
    ({"renewal_term_months": 12}, 0, 12),
    ({"renewal_term_months": 36}, 0, 36),
    ({"auto_renew": False}, 0, None),
    ({"auto_renew": None}, 0, None),
])  # fmt: skip
def test_what_is_assumed_is_told_from_what_is_said(world: World, more: dict[str, Any], assumed: int, by: int) -> None:
    put(world, [contract("c", "2024-07-01", "2027-07-01", **{"auto_renew": True} | more)])
    (found,) = terms(world, "2026-06-30")
    assert (found["assumed"], found["renewal_term_months"]) == (assumed, by)


def test_an_older_contract_that_comes_later_leaves_the_number_of_the_term(world: World) -> None:
    put(world, [contract("c2", "2025-08-01", "2026-08-01"), contract("d", "2024-02-01", "2025-02-01", auto_renew=True)])
    before = terms(world, "2026-06-30")
    put(world, [contract("c0", "2022-08-01", "2023-08-01"), contract("c1", "2023-08-01", "2025-08-01")])
    after = terms(world, "2026-06-30")
    assert [(row["contract"], row["ordinal"]) for row in after] == [(row["contract"], row["ordinal"]) for row in before]
    assert [row["follows"] for row in after if row["contract"] == "c2"] == [1]


def test_co_termed_parts_add_up_and_one_that_ends_keeps_the_line_from_renewing_itself(world: World) -> None:
    put(
        world,
        [
            yearly("base", "2024-09-01", notice_days=30, auto_renew=True),
            yearly("addon", "2025-09-01", arr=240_000, notice_days=60, auto_renew=False),
        ],
    )
    (found,) = terms(world, "2026-06-30")
    assert (found["contract"], found["arr"], found["parts"], found["notice_days"], found["auto_renew"]) == (
        "base",
        14_400,
        2,
        60,
        0,
    )


def test_expansion_in_mid_term_is_the_same_term(world: World) -> None:
    put(world, [yearly("s", "2025-09-01", arr=2_400_000, quantity=20)])
    world.put("subscription_step", "acme", subscription="s", from_on="2025-09-01", arr=1_200_000, currency="USD")
    world.put("subscription_step", "acme", subscription="s", from_on="2026-03-01", arr=2_400_000, currency="USD")
    before, after = terms(world, "2026-02-28")[0], terms(world, "2026-03-01")[0]
    assert (before["arr"], after["arr"]) == (12_000, 24_000)
    assert [before[key] for key in ("contract", "ordinal", "end_on")] == [
        after[key] for key in ("contract", "ordinal", "end_on")
    ]


def _on(world: World, day: str) -> None:
    """The next rows were entered on that day."""
    with transaction(world.conn):
        world.change = begin_change_set(world.conn, kind="hand", day=day, at=f"{day}T12:00:00Z")


def test_a_term_signed_ahead_decides_the_one_that_runs_from_the_day_it_was_known(world: World) -> None:
    put(world, [contract("c1", "2025-08-01", "2026-08-01")])
    _on(world, "2026-06-15")
    put(world, [contract("c2", "2026-08-01", "2027-08-01")])
    assert [row["contract"] for row in terms(world, "2026-06-14")] == ["c1"]
    assert [row["contract"] for row in terms(world, "2026-06-15")] == ["c2"]


def test_a_decision_by_hand_counts_from_its_day(world: World) -> None:
    put(world, [contract("c", "2025-08-01", "2026-08-01", source="crm", auto_renew=True)])
    _on(world, "2026-06-15")
    put(world, [hand("c", status="churned")])
    assert [row["contract"] for row in terms(world, "2026-06-14")] == ["c"]
    assert terms(world, "2026-06-15") == []
    assert terms(world, "2026-09-01") == []


def test_a_moved_end_of_a_subscription_is_the_same_term(world: World) -> None:
    put(world, [yearly("s", "2023-09-01")])
    (before,) = terms(world, "2026-06-30")
    put(world, [hand("s", start_on="2025-09-01", end_on="2026-10-15")])
    (after,) = terms(world, "2026-06-30")
    assert (before["ordinal"], after["ordinal"]) == (3, 3)
    assert (before["end_on"], after["end_on"]) == ("2026-09-01", "2026-10-15")


def test_two_accounts_with_the_same_contract_id_have_a_line_each(world: World) -> None:
    world.account("brook")
    world.put("contract", "acme", key="2026", source="crm", start_on="2026-01-01", end_on="2027-01-01")
    world.put("contract", "brook", key="2026", source="billing", start_on="2026-01-01", end_on="2027-01-01")
    assert len({row["contract"] for row in terms(world, "2026-06-30")}) == 2


starts = st.dates(date(2019, 1, 1), date(2025, 12, 31))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    start=starts,
    months=st.sampled_from([3, 6, 12, 24, 36]),
    notice=st.none() | st.integers(0, 120),
    ahead=st.integers(0, 2200),
    billed=st.booleans(),
)
def test_the_running_term_is_the_anchored_one(
    start: date, months: int, notice: int | None, ahead: int, billed: bool
) -> None:
    """Whoever renews itself runs in the term that holds the day, its ends counted from the first start."""
    day = start + timedelta(days=ahead)
    world = World()
    try:
        world.account("acme")
        if billed:
            world.put(
                "subscription",
                "acme",
                key="k",
                started_on=start,
                arr=1200,
                currency="USD",
                interval="month",
                interval_count=months,
                notice_days=notice,
                status="active",
            )
        else:
            world.put(
                "contract",
                "acme",
                key="k",
                start_on=start,
                end_on=add_months(start, months),
                auto_renew=True,
                notice_days=notice,
            )
        (found,) = terms(world, day.isoformat())
    finally:
        world.close()
    later = months if billed else min(months, 12)  # a bill renews by itself; a contract of years by the year
    n = 1
    while add_months(start, months + (n - 1) * later, start.day) < day:
        n += 1
    end = add_months(start, months + (n - 1) * later, start.day)
    assert found["end_on"] == end.isoformat()
    assert found["ordinal"] == n
    assert found["decide_by"] == (end - timedelta(days=notice or 0)).isoformat()
    begun = start if n == 1 else add_months(start, months + (n - 2) * later, start.day)
    assert found["start_on"] == begun.isoformat()


pieces = st.lists(
    st.tuples(
        st.sampled_from(["crm", "billing", "hand"]),
        st.sampled_from(["a", "b"]),
        st.integers(0, 30),
        st.integers(1, 24),
        st.none() | st.integers(0, 90),
        st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: (one[0], one[1]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=pieces, order=st.randoms())
def test_the_order_of_rows_says_nothing_and_every_line_is_whole(found: list[tuple[Any, ...]], order: Any) -> None:
    """Any mix of sources: the same terms in whatever order they came; no line twice; decide_by never after the end."""

    def lines(some: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
        world = World()
        try:
            world.account("acme")
            with transaction(world.conn):
                world.conn.execute(
                    "INSERT INTO source VALUES ('crm', 'crm', 'crm', 10), ('billing', 'b', 'billing', 20)"
                )
                for source, key, begun, months, notice, auto in some:
                    start = add_months(date(2023, 1, 31), begun)
                    append_row(
                        world.conn,
                        "contract",
                        world.change,
                        source,
                        key,
                        world.ref("acme"),
                        {
                            "start_on": start,
                            "end_on": add_months(start, months),
                            "notice_days": notice,
                            "auto_renew": auto,
                        },
                    )
            return terms(world, "2025-06-30")
        finally:
            world.close()

    mixed = list(found)
    order.shuffle(mixed)
    one, other = lines(found), lines(mixed)
    assert one == other
    assert len({row["contract"] for row in one}) == len(one)
    for row in one:
        if not row["rolling"]:
            assert row["decide_by"] <= row["renewal_date"] and row["term_months"] >= 3
            assert bool(row["overdue"]) == (row["end_on"] < "2025-06-30")
