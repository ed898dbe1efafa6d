"""One number of customers, and nothing said of money that nobody knows: billing against paper, ends without a worth."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.test_import_templates import DAY, Desk, desk  # noqa: F401

PAPERS = "contract_id,account_id,start,end,auto_renew,amount,currency,status\n"
PAID = "subscription_id,account_id,mrr,started_on,ended_on,status\n"
CHARGEBEE = (
    "Subscription ID,Customer ID,Company,Status,Current Plan,Plan Quantity,Currency,Subscription Billing Period,"
    "Current Billing Term Start Date,MRR,Started On,Canceled On\n"
)


def numbers(desk: Desk) -> set[int]:  # noqa: F811
    """How many customers each place says there are."""
    weekly = desk.json("report", "weekly")["sections"]["figures"]["figures"]
    return {
        len(desk.json("accounts", "list")),
        desk.json("metrics", "movements", "--from", "2026-06", "--to", "2026-06")[0]["customers"],
        desk.json("metrics", "mrr", "--from", "2026-06", "--to", "2026-06")[0]["customers"],
        weekly["customers"]["value"] if isinstance(weekly, dict) else
        next(one["value"] for one in weekly if one["key"] == "customers"),
    }  # fmt: skip


def findings(desk: Desk, check: str) -> list[dict[str, Any]]:  # noqa: F811
    done = desk.cs("-w", desk.folder, "check", "--as-of", DAY, "-f", "json")
    assert done.code in (0, 1), done.err
    return [row for row in done.json if row["check"] == check]


def billed(desk: Desk, *more: str) -> None:  # noqa: F811
    rows = ["S1,A1,100.00,2025-01-01,,active", "S2,A2,2000.00,2025-02-01,2026-05-10,ended", *more]
    assert desk.load("billing.csv", PAID + "\n".join(rows) + "\n").code == 0


# (a contract that begins within a month before billing ends takes over from it)
@pytest.mark.parametrize(
    ("start", "end", "renews"),
    [("2025-02-01", "2027-01-31", "no"), ("2026-04-08", "2027-04-07", "yes"), ("2024-02-01", "2026-02-01", "yes"),
     ("2025-02-01", "", "")],
)  # fmt: skip
def test_billing_that_ended_says_they_left_whatever_the_paper_says(
    desk: Desk, start: str, end: str, renews: str  # noqa: F811
) -> None:
    billed(desk)
    assert desk.load("papers.csv", PAPERS + f"C2,A2,{start},{end},{renews},24000.00,USD,active\n").code == 0
    assert numbers(desk) == {1}
    assert desk.json("renewals", "list", "--within", "365") == []
    everybody = {row["account_id"]: row["status"] for row in desk.json("accounts", "list", "--all")}
    assert everybody == {"A1": "customer", "A2": "churned"}
    (row,) = findings(desk, "billing ended, the contract runs on")
    assert "billing.csv:3" in row["finding"] and "papers.csv:2" in row["finding"], row
    assert "2026-05-10" in row["finding"] and row["subject"].startswith("A2")
    (moved,) = desk.json("metrics", "movements", "--from", "2026-05", "--to", "2026-05")
    assert (moved["churn"], moved["contraction"], moved["customers"]) == (2000, 0, 1)


def test_a_contract_that_began_after_billing_ended_stands(desk: Desk) -> None:  # noqa: F811
    billed(desk)
    assert desk.load("papers.csv", PAPERS + "C2,A2,2026-05-10,2027-05-10,yes,24000.00,USD,active\n").code == 0
    assert numbers(desk) == {2}
    assert [row["contract"] for row in desk.json("renewals", "list", "--within", "365")] == ["C2"]
    assert findings(desk, "billing ended, the contract runs on") == []


def test_a_hand_may_say_that_the_contract_stands(desk: Desk) -> None:  # noqa: F811
    billed(desk)
    assert desk.load("papers.csv", PAPERS + "C2,A2,2026-02-01,2027-01-31,no,24000.00,USD,active\n").code == 0
    (row,) = findings(desk, "billing ended, the contract runs on")
    words = row["next"].partition("cs ")[2].split()
    assert words[:2] == ["contracts", "set"]
    done = desk.cs("-w", desk.folder, *words, "--on" if "--on" in words else "--as-of", DAY)
    assert done.code == 0, done.err
    assert numbers(desk) == {2} and findings(desk, "billing ended, the contract runs on") == []
    assert [row["contract"] for row in desk.json("renewals", "list", "--within", "365")] == ["C2"]


def test_a_gap_of_days_between_two_subscriptions_is_no_end_of_the_contract(desk: Desk) -> None:  # noqa: F811
    billed(desk, "S3,A2,2000.00,2026-05-12,,active")
    assert desk.load("papers.csv", PAPERS + "C2,A2,2026-02-01,2027-01-31,no,24000.00,USD,active\n").code == 0
    assert numbers(desk) == {2}
    assert [row["contract"] for row in desk.json("renewals", "list", "--within", "365")] == ["C2"]


@pytest.mark.parametrize("word", ["churned", "lost", "terminated"])
def test_what_is_paid_is_a_customer_whatever_the_paper_says(desk: Desk, word: str) -> None:  # noqa: F811
    billed(desk)
    assert desk.load("papers.csv", PAPERS + f"C1,A1,2025-01-01,2026-01-01,no,1200.00,USD,{word}\n").code == 0
    assert numbers(desk) == {1}
    (row,) = findings(desk, "billing goes on, the contract is over")
    assert "billing.csv:2" in row["finding"] and "papers.csv:2" in row["finding"], row


def test_churn_written_down_of_who_pays_is_a_finding(desk: Desk) -> None:  # noqa: F811
    billed(desk)
    assert desk.load("churn.csv", "account_id,day,reason\nA1,2026-06-01,price\n").code == 0
    assert numbers(desk) == {1}
    (row,) = findings(desk, "billing goes on, churn was written down")
    assert "billing.csv:2" in row["finding"] and "churn.csv:2" in row["finding"], row


def test_a_contract_replaced_by_nothing_is_a_finding(desk: Desk) -> None:  # noqa: F811
    billed(desk)
    assert desk.load("papers.csv", PAPERS + "C3,A3,2026-01-01,2026-12-31,no,1200.00,USD,superseded\n").code == 0
    assert numbers(desk) == {1}
    (row,) = findings(desk, "replaced by a contract that is not here")
    assert "papers.csv:2" in row["finding"], row


def test_what_those_who_left_paid_is_unknown_not_nothing(desk: Desk) -> None:  # noqa: F811
    rows = (
        "c1,k1,Aster,Active,Team,1,USD,Monthly,2026-06-01,100.00,2025-01-01,\n"
        "c2,k2,Birch,Cancelled,Team,1,USD,Monthly,2026-02-01,0.00,2025-01-01,2026-02-10\n"
        "c3,k3,Cedar,Cancelled,Team,1,USD,Monthly,2026-02-01,0.00,2025-01-01,2026-03-10\n"
    )
    assert desk.load("chargebee.csv", CHARGEBEE + rows).code == 0
    (year,) = desk.json("metrics", "retention")
    assert (year["nrr"], year["grr"], year["gross_mrr_churn"]) == (None, None, None)
    assert (year["nrr_at_most"], year["grr_at_most"]) == (1, 1)
    assert (year["start_customers"], year["churned_customers"]) == (3, 2)
    assert year["logo_churn"] == pytest.approx(2 / 3, abs=1e-6)
    assert (year["unknown_customers"], year["unknown_accounts"]) == (2, "Birch, Cedar")
    said = desk.cs("-w", desk.folder, "metrics", "retention", "--as-of", DAY).out
    assert "unknown" in said and "Birch" in said
    months = desk.json("metrics", "movements", "--from", "2026-02", "--to", "2026-03")
    assert [(row["customers"], row["churn"], row["unknown_churned"], row["unknown_accounts"]) for row in months] == [
        (2, 0, 1, "Birch"), (1, 0, 1, "Cedar"),
    ]  # fmt: skip
    left = desk.json("metrics", "churn", "--from", "2026-01", "--to", "2026-06")
    assert [(row["name"], row["mrr"]) for row in left] == [("Cedar", None), ("Birch", None)]
    assert numbers(desk) == {1}
    weekly = desk.cs("-w", desk.folder, "report", "weekly", "--as-of", DAY, "-f", "md").out
    assert "nobody knows" in weekly and "Birch" in weekly
    found = findings(desk, "nobody knows what a subscription is worth")
    assert ["chargebee.csv:3" in row["finding"] or "chargebee.csv:4" in row["finding"] for row in found] == [True, True]


def test_who_left_with_an_unknown_worth_and_returns_is_a_reactivation(desk: Desk) -> None:  # noqa: F811
    rows = (
        "c1,k1,Aster,Active,Team,1,USD,Monthly,2026-06-01,100.00,2025-01-01,\n"
        "c2,k2,Birch,Cancelled,Team,1,USD,Monthly,2026-02-01,0.00,2025-01-01,2026-02-10\n"
        "c4,k2,Birch,Active,Team,1,USD,Monthly,2026-06-02,70.00,2026-05-02,\n"
    )
    assert desk.load("chargebee.csv", CHARGEBEE + rows).code == 0
    (may,) = desk.json("metrics", "movements", "--from", "2026-05", "--to", "2026-05")
    assert (may["new"], may["reactivation"], may["customers"]) == (0, 70, 2)
    (year,) = desk.json("metrics", "retention", "--from", "2026-03", "--to", "2026-06")
    assert (year["nrr"], "unknown_customers" in year) == (1, False)


def test_a_free_plan_that_ended_was_worth_nothing(desk: Desk) -> None:  # noqa: F811
    text = "subscription_id,account_id,amount,interval,mrr,started_on,ended_on,status\n"
    rows = "S1,A1,100.00,month,100.00,2025-01-01,,active\nS2,A2,0.00,month,0.00,2025-01-01,2026-02-10,ended\n"
    assert desk.load("s.csv", text + rows).code == 0
    (year,) = desk.json("metrics", "retention")
    assert (year["nrr"], year["start_customers"]) == (1, 1)


def test_an_account_of_which_a_part_is_not_known_is_in_no_sum(desk: Desk) -> None:  # noqa: F811
    """100 USD and 50 GBP without a rate: neither 100 nor 150, in no list another number than in the sum."""
    head = "subscription_id,account_id,amount,currency,interval,started_on\n"
    known = head + "S1,A1,100.00,USD,month,2025-01-01\nS2,A2,40.00,USD,month,2025-01-01\n"
    assert desk.load("billing.csv", known).code == 0
    done = desk.load("billing2.csv", known + "S3,A2,50.00,GBP,month,2026-05-10\n")
    assert done.code == 0 and "MRR USD: 140 → 100" in done.err and "480 → unknown" in done.err, done.err
    arr = {row["account_id"]: row["arr"] for row in desk.json("accounts", "list", "--all")}
    assert (arr["A1"], arr["A2"]) == (1200, None)
    (april, may) = desk.json("metrics", "mrr", "--from", "2026-04", "--to", "2026-05")
    assert (april["mrr"], may["mrr"], may["customers"]) == (140, 100, 2)
    (moved,) = desk.json("metrics", "movements", "--from", "2026-05", "--to", "2026-05")
    assert (moved["contraction"], moved["churn"], moved["unknown"]) == (0, 0, -40)
    (kept,) = desk.json("metrics", "retention", "--from", "2026-05", "--to", "2026-05")
    assert kept["nrr"] == 1.0
    told = desk.cs("-w", desk.folder, "metrics", "retention", "--from", "2026-05", "--to", "2026-05")
    assert "leave out 1 of whom nobody knows" in told.out + told.err, told.out + told.err
    (row,) = findings(desk, "no rate for a currency")
    assert row["subject"] == "GBP"
