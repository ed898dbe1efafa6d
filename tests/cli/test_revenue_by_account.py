"""Which records say an account's MRR, and that no sale counts twice; each right value is worked out beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.billing_desk import PAPERS, STRIPE, SUBS, Desk, stripe


@pytest.fixture
def desk(workspace: Path) -> Desk:
    return Desk(workspace)


# --- the same sale twice --------------------------------------------------------------------------------------------

PAYMENTS = (
    "id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency,Status,Customer ID,Captured,"
    "Invoice ID,Invoice Number\n"
)


def payments(number: str = "AB-{n}", key: str = "") -> str:
    rows = (f"ch_{n},Subscription update,,2026-0{n}-01 11:00,60.50,0.00,usd,Paid,A1,TRUE,"
            f"{key.format(n=n)},{number.format(n=n)}\n"
            for n in range(1, 7))  # fmt: skip
    return PAYMENTS + "".join(rows)


@pytest.mark.parametrize(("number", "key"), [("AB-{n}", ""), ("", "in_{n}"), ("", "")])
@pytest.mark.parametrize("first", ["invoices", "payments"])
def test_stripe_invoices_and_payments_count_once(desk: Desk, number: str, key: str, first: str) -> None:
    files = {
        "invoices": STRIPE + "".join(stripe(n, n, "50.00", "", "10.50", "60.50") for n in range(1, 7)),
        "payments": payments(number, key),
    }
    desk.load(files.pop(first))
    assert desk.cs("accounts", "link", "stripe:A1", "A1").code == 0
    said = desk.load(next(iter(files.values()))).err
    assert "6 rows of stripe_payments tell of sales that stripe_invoices has too: each counts once" in said
    assert desk.mrr() == [50] * 6
    desk.cs("imports", "undo", 2 if first == "invoices" else 4)
    assert desk.mrr() in ([50] * 6, [60.5] * 6)


def test_quickbooks_invoice_list_and_transactions_count_once(desk: Desk) -> None:
    """Also in what is owed: 100 is overdue once."""
    listed = "Date,Num,Customer,Memo/Description,Due Date,Amount,Open Balance,Currency,Exchange rate\n" + "".join(
        f"0{n}/15/2026,{1000 + n},Aster,Monthly fee,0{n}/25/2026,100.00,{100 if n == 5 else 0}.00,USD,1\n"
        for n in range(1, 7)
    )
    sales = "Transaction date,Transaction type,No.,Name,Status,Due date,Total,Balance,Currency\n" + "".join(
        f"0{n}/15/2026,Invoice,{1000 + n},Aster,{'Open' if n == 5 else 'Paid'},0{n}/25/2026,100.00,"
        f"{100 if n == 5 else 0}.00,USD\n"
        for n in range(1, 7)
    )
    desk.load(sales)
    said = desk.load(listed).err
    assert "6 rows of quickbooks_transactions tell of sales that quickbooks_invoices has too" in said
    assert desk.mrr() == [100] * 6
    owed = {
        row["account_id"]: row["overdue_amount"]
        for row in desk.cs("facts", "show", "overdue_amount", "-f", "json").json
    }
    assert owed["A1"] == 100


def test_two_systems_that_count_from_1001_are_two_sales(desk: Desk) -> None:
    desk.bills(*(f"{1000 + n},A1,2026-0{n}-01,70,paid,2026-0{n}-01,2026-0{n}-28" for n in range(1, 3)))
    desk.load(
        "Transaction date,Transaction type,No.,Name,Status,Due date,Total,Balance,Currency\n"
        "01/15/2026,Invoice,1001,Aster,Paid,01/25/2026,100.00,0.00,USD\n"
        "02/15/2026,Invoice,1002,Aster,Paid,02/25/2026,100.00,0.00,USD\n"
    )
    # 70 told for a month and 100 a month by its rhythm
    assert desk.mrr("2026-02", "2026-02") == [170]


CHARGEBEE = (
    "Customer ID,Customer Company,Subscription ID,Plan Id,Plan Quantity,Plan Unit Price,Currency Code,Billing Period,"
    "Billing Period Unit,Started At,Current Term Start,Current Term End,Cancelled At,Status\n"
    "c1,Aster,cb_1,Team,1,100.00,USD,1,month,2026-01-01,2026-06-01,2026-07-01,,active\n"
)


def test_chargebee_invoices_beside_subscriptions(desk: Desk) -> None:
    desk.load(CHARGEBEE)
    head = ("Invoice Number,Customer ID,Customer Name,Customer Email,Plan Name,Total,Tax Amount,Status,Invoice Date,"
            "Due Date\n")  # fmt: skip
    said = desk.load(
        head + "".join(f"INV-{n},c1,Aster,,Team,120.00,20.00,Paid,2026-0{n}-01,2026-0{n}-15\n" for n in range(1, 7))
    ).err
    assert "1 account with invoices: MRR comes from subscriptions, and the invoices say what is owed" in said
    assert desk.mrr() == [100] * 6
    assert desk.account("A1")["mrr"] == 100


# --- who speaks for an account --------------------------------------------------------------------------------------


def test_self_service_by_subscription_and_enterprise_by_invoice(desk: Desk) -> None:
    desk.load(SUBS + "S1,A1,pro,100,USD,month,2026-01-01,,active\nS4,A4,free,0,USD,month,2026-01-01,,active\n")
    desk.bills("I1,A2,2026-01-01,24000,paid,2026-01-01,2026-12-31", "I4,A4,2026-03-01,600,paid,2026-03-01,2027-02-28")
    desk.load(PAPERS + "C3,A3,2026-01-01,2027-12-31,,36000,USD,\n")
    # 100, 24,000 ÷ 12, 36,000 ÷ 24, and 600 ÷ 12 from March on for who has a free plan as well
    assert desk.mrr() == [3600, 3600, 3650, 3650, 3650, 3650]
    assert [desk.account(one)["status"] for one in ("A1", "A2", "A3", "A4")] == ["customer"] * 4
    assert (
        "MRR comes from subscriptions (1 account), contracts (1 account), invoices (2 accounts)"
        in desk.cs("metrics", "mrr").err
    )
    for origin, mrr in (("subscriptions", 100), ("contracts", 1500), ("invoices", 2050), ("events", 0)):
        desk.metrics(f"sets:\n  - name: mine\n    mrr_from: {origin}\n")
        assert desk.mrr()[-1] == mrr, origin


@pytest.mark.parametrize("later", ["invoice", "contract"])
def test_a_later_kind_of_record_takes_over(desk: Desk, later: str) -> None:
    desk.load(SUBS + "S1,A1,pro,100,USD,month,2025-01-01,2026-03-01,ended\n")
    if later == "invoice":
        said = desk.bills(*(f"I{n},A1,2026-0{n}-01,120,paid" for n in range(3, 7))).err
    else:
        said = desk.load(PAPERS + "C1,A1,2026-03-01,2027-02-28,,1440,USD,\n").err
    assert f"A1 from subscriptions to {later}s on 2026-03-01" in said
    assert desk.mrr() == [100, 100, 120, 120, 120, 120]
    assert desk.moved("2025-01") == {"2025-01": {"new": 100}, "2026-03": {"expansion": 20}}


def test_what_bills_the_subscription_is_not_counted_beside_it(desk: Desk) -> None:
    """Invoices of the subscription itself, a contract of the same agreement, a last invoice past its end."""
    desk.load(SUBS + "S1,A1,pro,100,USD,month,2026-01-10,2026-04-10,ended\nS2,A2,pro,50,USD,month,2026-01-01,,active\n")
    desk.bills(*(f"I{n},A1,2026-0{n}-10,100,paid,2026-0{n}-10,2026-0{n + 1}-09" for n in range(1, 5)),
               *(f"J{n},A2,2026-0{n}-01,50,paid" for n in range(1, 7)))  # fmt: skip
    desk.load(PAPERS + "C2,A2,2026-01-01,2026-12-31,,9999,USD,\n")
    # the invoice of 10 April is of the day on which the subscription ended: it is a month more, by invoice
    assert desk.mrr() == [150, 150, 150, 150, 50, 50]


def test_contracts_alone(desk: Desk) -> None:
    desk.load(
        PAPERS + "C1,A1,2025-07-01,2026-06-30,,12000,USD,\n"       # 1,000 until 30 June
        "C2,A2,2024-01-01,2024-12-31,yes,1200,USD,0.1\n"           # 100, by itself at 10 % more: 121 in 2026
        "C3,A3,2025-01-01,2027-12-31,,33100,USD,0.1\n"             # 10,000 + 11,000 + 12,100: 11,000 ÷ 12 in 2026
        "C4,A4,2026-03-01,,,2400,USD,\n"                           # an open end: 2,400 a year
    )  # fmt: skip
    assert desk.mrr() == [2037.67] * 2 + [2237.67] * 4
    assert desk.rows("mrr", "2024-06", "2024-06")[0]["mrr"] == 100
    assert desk.account("A1", "--as-of", "2026-07-01")["status"] == "churned"
    assert "cs_contract C1: start_on 2025-07-01" in desk.cs("explain", "A1", "mrr").out


def test_a_renewal_signed_early_is_not_counted_twice(desk: Desk) -> None:
    desk.load(PAPERS + "C1,A1,2025-06-01,2026-05-31,,1200,USD,\nC2,A1,2026-04-01,2027-03-31,,1800,USD,\n")
    # 100 until the new one begins, 150 from 1 April on
    assert desk.mrr() == [100, 100, 100, 150, 150, 150]


def test_a_contract_without_an_amount_is_unknown_and_asked_for(desk: Desk) -> None:
    said = desk.load(PAPERS + "C1,A1,2026-01-01,2026-12-31,,,,\nC2,A2,2026-01-01,2026-12-31,,1200,USD,\n").err
    assert "1 contract without an amount: MRR of 1 account is unknown" in said
    assert (desk.account("A1")["mrr"], desk.account("A2")["mrr"]) == (None, 100)
    (row,) = desk.findings("contract without an amount")
    assert row["subject"] == "A1 Aster" and "--contract C1 --amount N" in row["next"]
    assert desk.cs("contracts", "set", "A1", "--contract", "C1", "--amount", "600").code == 0
    assert desk.account("A1")["mrr"] == 50


def test_a_replaced_contract_counts_until_the_next_one_begins(desk: Desk) -> None:
    head = "contract_id,account_id,start,end,amount,currency,status\n"
    desk.load(
        head + "C1,A1,2025-07-01,2026-06-30,1200,USD,superseded\nC2,A1,2026-03-01,2027-02-28,1800,USD,active\n"
        "C3,A2,2026-01-01,2026-12-31,9000,USD,superseded\n"      # nobody knows by what: it counts nowhere
    )  # fmt: skip
    assert desk.mrr() == [100, 100, 150, 150, 150, 150]
    assert desk.account("A2")["status"] == "prospect"


def test_a_broken_off_contract_keeps_its_past(desk: Desk) -> None:
    head = "contract_id,account_id,start,end,amount,currency,status\n"
    desk.load(head + "C1,A1,2026-01-01,2026-12-31,1200,USD,active\n", "--as-of", "2026-02-01")
    desk.load(head + "C1,A1,2026-01-01,2026-12-31,1200,USD,terminated\n", "--as-of", "2026-05-15")
    assert desk.mrr() == [100, 100, 100, 100, 0, 0]
    assert desk.moved() == {"2026-01": {"new": 100}, "2026-05": {"churn": 100}}
