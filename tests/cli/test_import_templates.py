"""The canonical templates filled in: fractions, open ends, intervals, usage of a subscription, names from billing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs, Result

DAY = "2026-06-30"
SUBSCRIPTIONS = "subscription_id,account_id,amount,interval,discount,started_on,ended_on\n"


class Desk:
    """A workspace and `cs` in it."""

    def __init__(self, cs: Cs, folder: Path) -> None:
        self.cs, self.folder = cs, folder

    def load(self, name: str, text: str, *words: str) -> Result:
        file = self.folder / "exports" / name
        file.write_text(text, encoding="utf-8")
        return self.cs("-w", self.folder, "import", file, "--as-of", DAY, *words)

    def json(self, *words: str) -> Any:
        done = self.cs("-w", self.folder, *words, "--as-of", DAY, "-f", "json")
        assert done.code == 0, done.err
        return done.json

    def mrr(self) -> dict[str, float]:
        return {row["account_id"]: row["mrr"] for row in self.json("accounts", "list", "--all")}


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Desk:
    return Desk(cs, workspace)


@pytest.mark.parametrize(
    ("written", "paid"), [("0.1", 90), ("0.125", 87.5), ("10%", 90), ("10", 90), ("", 100), ("0", 100)]
)
def test_a_discount_is_a_fraction_unless_it_can_only_be_percents(desk: Desk, written: str, paid: float) -> None:
    done = desk.load("s.csv", SUBSCRIPTIONS + f"S1,A1,100.00,month,{written},2026-01-01,\n")
    assert done.code == 0, done.err
    assert desk.mrr() == {"A1": paid}


@pytest.mark.parametrize(
    ("words", "paid"),
    [("month", 1200), ("annual", 100), ("Quarterly", 400), ("6 months", 200), ("every 2 weeks", 2600), ("2 years", 50)],
)
def test_intervals_in_any_usual_words(desk: Desk, words: str, paid: float) -> None:
    assert desk.load("s.csv", SUBSCRIPTIONS + f"S1,A1,1200.00,{words},,2026-01-01,\n").code == 0
    assert desk.mrr() == {"A1": paid}


def test_a_word_that_is_no_interval_sets_its_row_aside(desk: Desk) -> None:
    done = desk.load("s.csv", SUBSCRIPTIONS + "S1,A1,9.00,fortnight,,2026-01-01,\nS2,A2,9.00,month,,2026-01-01,\n")
    assert done.code == 3 and "IMP-153" in done.err and 's.csv:2 · record 1 · column "interval"' in done.err
    assert desk.mrr() == {"A2": 9}


@pytest.mark.parametrize("end", ["", "9999-12-31", "31-12-9999", "2050-01-01"])
def test_an_open_end_is_no_renewal(desk: Desk, end: str) -> None:
    done = desk.load("c.csv", f"contract_id,account_id,start,end,uplift\nC1,A1,2025-01-01,{end},0.05\n")
    assert done.code == 0, done.err
    (row,) = desk.json("contracts", "list")
    assert (row["end_on"], row["state"]) == (None, "rolling")
    assert desk.json("renewals", "list", "--within", "3650") == []


def test_a_subscription_until_9999_has_not_ended(desk: Desk) -> None:
    assert desk.load("s.csv", SUBSCRIPTIONS + "S1,A1,9.00,month,,2026-01-01,9999-12-31\n").code == 0
    assert desk.mrr() == {"A1": 9}


@pytest.mark.parametrize(
    "text",
    [
        "subscription_id,day,metric,value\nS1,2026-06-29,logins,10\nS1,2026-06-29,logins,2\n",
        "subscription_id,day,logins\nS1,2026-06-29,12\n",
        "subscription_id,account_id,day,logins\nS1,A1,2026-06-29,12\n",
    ],
    ids=["long", "wide", "both"],
)
def test_usage_may_name_a_subscription(desk: Desk, text: str) -> None:
    assert desk.load("s.csv", SUBSCRIPTIONS + "S1,A1,9.00,month,,2026-01-01,\n").code == 0
    done = desk.load("u.csv", text)
    assert done.code == 0 and "no account" not in done.out + done.err
    explained = desk.json("explain", "A1", "usage_28d__logins")
    assert explained["sections"]["rows"]["figures"]["usage_28d__logins"]["value"] == 12


def test_accounts_made_from_billing_are_called_as_billing_calls_them(desk: Desk) -> None:
    """Chargebee, Recurly, Xero and QuickBooks export no list of customers."""
    done = desk.load("x.csv", (
        "*ContactName,EmailAddress,*InvoiceNumber,*InvoiceDate,*DueDate,Total,InvoiceAmountPaid\n"
        "Tamarind Foods,books@keeper.example,I-1,2026-03-01,2026-03-31,100.00,0.00\n"
        "Fig Ltd,books@keeper.example,I-2,2026-03-01,2026-03-31,60.00,60.00\n"
    ))
    assert done.code == 0, done.err
    named = {row["account_id"]: row["name"] for row in desk.json("accounts", "list", "--all")}
    assert named == {"Tamarind Foods": "Tamarind Foods", "Fig Ltd": "Fig Ltd"}
    for words in ("tamarind", "Tamarind Foods"):
        assert "Tamarind Foods" in desk.cs("-w", desk.folder, "show", words, "--as-of", DAY).out
    missed = desk.cs("-w", desk.folder, "show", "Tamarnd Foods")
    assert missed.code == 2 and "did you mean 'Tamarind Foods'" in missed.err


def test_the_crm_s_name_comes_before_billing_s(desk: Desk) -> None:
    chargebee = (
        "Subscription ID,Customer ID,Company,Customer Email,Status,Current Plan,Plan Unit Price,Currency,"
        "Subscription Billing Period,Started On,Current Billing Term Start Date,Canceled On\n"
        "c1,k1,ACME BILLING,ap@acme.example,Active,Team,50.00,USD,Monthly,2025-06-20,2026-06-20,\n"
    )
    assert desk.load("b.csv", chargebee).code == 0
    assert [row["name"] for row in desk.json("accounts", "list", "--all")] == ["ACME BILLING"]
    assert desk.load("a.csv", "account_id,name,domain\nA1,Acme,acme.example\n").code == 0
    assert [(row["name"], row["mrr"]) for row in desk.json("accounts", "list", "--all")] == [("Acme", 50)]


@pytest.mark.parametrize(
    ("head", "good", "bad", "column"),
    [
        ("response_id,account_id,kind,score,day", "{n},A{n},nps,{v},2026-06-01", ("10", "11"), '"score" (4)'),
        ("response_id,account_id,kind,score,day", "{n},A{n},NPS,{v},2026-06-01", ("0", "-1"), '"score" (4)'),
        ("account_id,day,who,score", "A{n},2026-06-01,Ann,{v}", ("5", "6"), '"score" (4)'),
        ("subscription_id,account_id,amount,discount,started_on", "{n},A{n},9.00,{v},2026-06-01", ("100%", "150%"),
         '"discount" (4)'),
    ],
    ids=["nps above", "nps below", "pulse", "discount"],
)
def test_a_value_beyond_its_scale_sets_its_row_aside(
    desk: Desk, head: str, good: str, bad: tuple[str, str], column: str
) -> None:
    rows = "".join(good.format(n=n, v=value) + "\n" for n, value in enumerate(bad, 1))
    done = desk.load("f.csv", f"{head}\n{rows}")
    assert done.code == 3 and "error[IMP-218]" in done.err and f"f.csv:3 · record 2 · column {column}" in done.err
    assert "1 rows imported, 1 set aside" in done.err


def test_csat_has_a_scale_of_its_own(desk: Desk) -> None:
    assert desk.load("f.csv", "response_id,account_id,kind,score,day\n1,A1,csat,5,2026-06-01\n").code == 0
    beyond = desk.load("g.csv", "response_id,account_id,kind,score,day\n2,A1,csat,85,2026-06-01\n")
    assert beyond.code == 10 and "IMP-118" in beyond.err and "cs imports undo takes it back" in beyond.err
    aside = desk.load("g.csv", "response_id,account_id,kind,score,day\n2,A1,csat,85,2026-06-01\n", "--scale", "5")
    assert (aside.code, "a value from 1 to 5" in aside.err) == (3, True)


STATES = "subscription_id,account_id,mrr,started_on,status\n"


@pytest.mark.parametrize("word", ["canceled", "Cancelled", "expired", "churned", "Inactive"])
def test_a_status_that_ends_without_a_day_ends_on_the_day_it_was_said(desk: Desk, word: str) -> None:
    """It paid until then; later files say the same again and move nothing; who runs again is a customer again."""
    rows = "S{n},A{n},100.00,2026-01-01,{word}\n"
    others = "".join(rows.format(n=n, word="active") for n in (2, 3, 4))

    def on(day: str, status: str, others: str = others) -> None:
        file = desk.folder / "exports" / f"{day}.csv"
        file.write_text(STATES + rows.format(n=1, word=status) + others, encoding="utf-8")
        assert desk.cs("-w", desk.folder, "import", file, "--as-of", day).code == 0

    on("2026-03-31", "active")
    on("2026-04-30", word)
    on("2026-05-31", word)
    moves = {row["period"]: row for row in desk.json("metrics", "movements", "--from", "2026-01", "--to", "2026-06")}
    assert {month: row["churn"] for month, row in moves.items() if row["churn"]} == {"2026-04": 100}
    assert (moves["2026-03"]["end_mrr"], moves["2026-06"]["end_mrr"]) == (400, 300)
    on("2026-06-30", "active", others + "S5,A5,1.00,2026-06-01,active\n")
    assert desk.mrr() == {"A1": 100, "A2": 100, "A3": 100, "A4": 100, "A5": 1}


def test_what_is_over_when_first_seen_counts_in_no_figure(desk: Desk) -> None:
    done = desk.load("s.csv", STATES + "S1,A1,100.00,2026-01-01,churned\nS2,A2,50.00,2026-01-01,active\n")
    assert "MRR USD: 0 → 50" in done.err
    assert desk.mrr() == {"A1": 0, "A2": 50}
