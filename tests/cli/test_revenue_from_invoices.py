"""MRR from invoices and contracts, through the command line; each right value is worked out by hand beside it."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Result, run_cs

BILLS = "invoice_id,account_id,issued_on,amount,status,service_from,service_to,tax,description,plan\n"
SUBS = "subscription_id,account_id,plan,amount,currency,interval,started_on,ended_on,status\n"
PAPERS = "contract_id,account_id,start,end,auto_renew,amount,currency,uplift\n"


class Desk:
    """A workspace of a few accounts whose day is 2026-06-30."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.n = 0
        self.load("account_id,name\nA1,Aster\nA2,Birch\nA3,Cedar\nA4,Dill\n")

    def cs(self, *words: object) -> Result:
        return run_cs("-w", self.folder, *words)

    def load(self, text: str, *words: object, name: str = "") -> Result:
        self.n += 1
        path = self.folder / (name or f"f{self.n}.csv")
        path.write_text(text, encoding="utf-8")
        done = self.cs("import", path, *words)
        assert done.code == 0, done.err
        return done

    def bills(self, *rows: str) -> Result:
        """Rows of BILLS, cut short where nothing more is said."""
        short = [9 - len(next(csv.reader([row]))) + 1 for row in rows]
        return self.load(BILLS + "".join(row + "," * more + "\n" for row, more in zip(rows, short, strict=True)))

    def mrr(self, first: str = "2026-01", last: str = "2026-06") -> list[float]:
        return [row["mrr"] for row in self.rows("mrr", first, last)]

    def rows(self, what: str, first: str = "2026-01", last: str = "2026-06") -> list[dict[str, Any]]:
        done = self.cs("metrics", what, "--from", first, "--to", last, "-f", "json")
        assert done.code == 0, done.err
        found: list[dict[str, Any]] = done.json
        return found

    def moved(self, first: str = "2026-01", last: str = "2026-06") -> dict[str, dict[str, float]]:
        """Month → what moved in it, without what did not."""
        kinds = ("new", "expansion", "contraction", "churn", "reactivation")
        found = {row["period"]: {kind: row[kind] for kind in kinds if row[kind]} for row in self.rows("movements", first, last)}
        return {period: some for period, some in found.items() if some}

    def account(self, account: str, *words: object) -> dict[str, Any]:
        rows = self.cs("accounts", "list", "--all", "-f", "json", *words).json
        return next(row for row in rows if row["account_id"] == account)

    def findings(self, check: str) -> list[dict[str, Any]]:
        return [row for row in self.cs("check", "-f", "json").json if row["check"] == check]

    def metrics(self, text: str) -> None:
        (self.folder / "metrics.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def desk(workspace: Path) -> Iterator[Desk]:
    yield Desk(workspace)


ASKED = "recurring revenue of an invoice not known"


# --- periods ------------------------------------------------------------------------------------------------------


def test_one_invoice_alone_is_asked_for_and_never_a_month(desk: Desk) -> None:
    said = desk.bills("I1,A1,2026-05-01,12000,paid").err
    assert "1 invoice of 1 account cannot be placed" in said and "I1 of 2026-05-01 over 12,000 USD" in said
    assert desk.mrr() == [0] * 6
    assert (desk.account("A1")["arr"], desk.account("A1")["status"]) == (None, "customer")
    (row,) = desk.findings(ASKED)
    assert row["subject"] == "A1 Aster" and "its period is not known" in row["finding"] and '{"I1": year}' in row["next"]
    assert "without a known amount" in desk.cs("metrics", "mrr").err


@pytest.mark.parametrize(("said", "mrr"), [
    ("cs_invoice: year", 1000),     # 12,000 for a year
    ("i1: quarter", 4000),          # by its number; 12,000 for three months
    ('"*": 6 months', 2000),
    ("I1: one_off", 0),
])  # fmt: skip
def test_a_person_says_the_period_once(desk: Desk, said: str, mrr: float) -> None:
    desk.bills("I1,A1,2026-05-01,12000,paid")
    desk.metrics(f"invoice_period:\n  {said}\n")
    assert desk.mrr()[-1] == mrr
    assert desk.findings(ASKED) == []
    desk.metrics(f"sets:\n  - name: mine\n    invoice_period:\n      {said}\n")
    assert desk.mrr()[-1] == mrr


def test_a_period_of_a_plan_goes_before_that_of_a_source(desk: Desk) -> None:
    desk.bills("I1,A1,2026-05-01,1200,paid,,,,,Enterprise", "I2,A2,2026-05-01,300,paid,,,,,Team")
    desk.metrics("invoice_period: {enterprise: year, cs_invoice: quarter}\n")
    assert desk.mrr()[-1] == 100 + 100


@pytest.mark.parametrize("text", ["invoice_period: fortnite", "invoice_period: {A: 0}", "one_off: {a: b}", "mrr_from: invoice"])
def test_words_of_metrics_yaml_that_are_none(desk: Desk, text: str) -> None:
    desk.metrics(f"sets:\n  - name: mine\n    {text}\n")
    done = desk.cs("metrics", "mrr")
    assert done.code == 12 and "metrics.yaml:3" in done.err


@pytest.mark.parametrize(("text", "mrr"), [
    ("Annual licence", 100), ("Yearly subscription", 100), ("Jahreslizenz", 100), ("Abonnement annuel", 100),
    ("Platform Jan 1 – Dec 31 2026", 100), ("Platform 01.01.2026 - 31.12.2026", 100), ("Pro plan, 12 months", 100),
    ("Licence du 1er janvier 2026 au 31 décembre 2026", 100), ("Annual plan, billed quarterly", 400),
    ("Quarterly fee", 400), ("Q1 2026 and Q2 2026", None), ("1200 per month", None), ("Licence", None),
])  # fmt: skip
def test_what_the_line_says(desk: Desk, text: str, mrr: float | None) -> None:
    desk.bills(f'I1,A1,2026-01-01,1200,paid,,,,"{text}"')
    # 1,200 for a year is 100, for a quarter 400; where the text does not tell it is asked for
    assert desk.account("A1", "--as-of", "2026-02-15")["mrr"] == mrr
    assert bool(desk.findings(ASKED)) == (mrr is None)


def test_gaps_tell_months_quarters_and_years(desk: Desk) -> None:
    desk.bills(
        *(f"M{n},A1,2026-{n:02}-15,100,paid" for n in range(1, 7)),                             # 100 a month
        *(f"Q{n},A2,{day},300,paid" for n, day in enumerate(("2025-12-01", "2026-03-02", "2026-06-01"))),    # 300 ÷ 3
        *(f"Y{n},A3,{day},1200,paid" for n, day in enumerate(("2025-02-03", "2026-02-01"))),   # 1,200 ÷ 12
    )  # fmt: skip
    assert desk.mrr() == [300] * 6
    assert desk.moved() == {"2026-01": {"new": 100}}    # A1 alone is new


def test_a_year_and_a_month_of_one_account_by_plan(desk: Desk) -> None:
    desk.bills(
        "Y1,A1,2025-03-01,12000,paid,,,,,Platform", "Y2,A1,2026-03-01,12000,paid,,,,,Platform",
        *(f"M{n},A1,2026-{n:02}-01,50,paid,,,,,Storage" for n in range(1, 7)),
    )  # fmt: skip
    # 12,000 ÷ 12 + 50
    assert desk.mrr() == [1050] * 6


def test_from_months_to_a_year_is_asked_not_multiplied(desk: Desk) -> None:
    """100 a month, then 1,000 at once: a year at a discount, or ten times as much? Never MRR 1,000."""
    desk.bills(*(f"M{n},A1,2026-0{n}-01,100,paid" for n in range(1, 6)), "Y,A1,2026-06-01,1000,paid")
    assert desk.mrr()[:5] == [100] * 5 and desk.mrr()[5] == 0
    assert len(desk.findings(ASKED)) == 1
    desk.metrics("invoice_period: {Y: year}\n")
    assert desk.mrr()[5] == 83.33
    assert desk.moved()["2026-06"] == {"contraction": 16.67}


# --- whole months, jitter, late ------------------------------------------------------------------------------------


def test_whole_months_are_months(desk: Desk) -> None:
    desk.bills(
        "I1,A1,2026-01-01,100,paid,2026-01-01,2026-01-31", "I2,A1,2026-02-01,100,paid,2026-02-01,2026-02-28",
        "I3,A1,2026-03-01,100,paid,2026-03-01,2026-04-01", "I4,A1,2026-04-01,300,paid,2026-04-01,2026-06-30",
        "I5,A2,2026-01-01,1200,paid,2026-01-01,2026-12-31", "I6,A3,2026-01-31,100,paid,2026-01-31,2026-02-28",
    )  # fmt: skip
    # A1 and A2 100 each; A3 from 31 January to 28 February is a month of 100 too
    assert desk.mrr() == [300, 200, 200, 200, 200, 200]


@pytest.mark.parametrize("days", [
    ("2026-01-30", "2026-03-01", "2026-03-31", "2026-04-30", "2026-05-30", "2026-06-30"),
    ("2026-01-01", "2026-02-03", "2026-02-28", "2026-04-02", "2026-05-01", "2026-05-29"),
    ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"),
])  # fmt: skip
def test_jitter_is_no_churn(desk: Desk, days: tuple[str, ...]) -> None:
    desk.bills(*(f"I{n},A1,{day},100,paid" for n, day in enumerate(days)))
    assert desk.mrr() == [100] * 6
    assert desk.moved() == {"2026-01": {"new": 100}}


@pytest.mark.parametrize("days", [
    ("2026-01-01", "2026-02-01", "2026-03-12", "2026-04-01", "2026-05-01", "2026-06-01"),
    ("2026-01-01", "2026-02-01", "2026-04-01", "2026-04-03", "2026-05-01", "2026-06-01"),   # March's comes with April's
    ("2026-01-01", "2026-02-01", "2026-03-20", "2026-04-01", "2026-05-01", "2026-06-01"),
])  # fmt: skip
def test_a_late_invoice_is_neither_churn_nor_a_second_customer(desk: Desk, days: tuple[str, ...]) -> None:
    desk.bills(*(f"I{n},A1,{day},100,paid" for n, day in enumerate(days)))
    assert desk.mrr() == [100] * 6
    assert desk.moved() == {"2026-01": {"new": 100}}


def test_who_is_billed_no_more_has_left(desk: Desk) -> None:
    desk.bills(*(f"I{n},A1,2026-0{n}-01,100,paid" for n in range(1, 5)))
    assert desk.mrr() == [100, 100, 100, 100, 0, 0]
    assert desk.moved() == {"2026-01": {"new": 100}, "2026-05": {"churn": 100}}
    assert desk.account("A1")["status"] == "churned"


def test_the_next_invoice_may_still_come(desk: Desk) -> None:
    """Due on 25 June, and it is 30 June: five days late is no churn; on 6 July it is one, of 25 June."""
    desk.bills(*(f"I{n},A1,2026-0{n}-25,100,paid" for n in range(1, 6)))
    assert desk.account("A1")["status"] == "customer" and desk.mrr()[-1] == 100
    (desk.folder / "cs.yaml").write_text(
        (desk.folder / "cs.yaml").read_text().replace('today: "2026-06-30"', 'today: "2026-07-06"')
    )
    desk.load("account_id,name\nA1,Aster\nA2,Birch\nA3,Cedar\nA4,Dill\nA5,Elm\n")
    desk.bills("X,A2,2026-07-05,1,void")      # the invoices reach to 6 July
    assert desk.account("A1")["status"] == "churned"
    assert desk.moved(last="2026-07")["2026-06"] == {"churn": 100}


# --- credit notes and prorations ----------------------------------------------------------------------------------


def test_an_invoice_and_its_partial_credit_note_end_to_the_cent(desk: Desk) -> None:
    desk.bills(
        "I1,A1,2023-01-01,288.00,paid,2023-01-01,2023-12-31", "C1,A1,2023-02-01,-263.54,credit_note,2023-02-01,2023-12-31"
    )
    # 288 × 334 ÷ 365 = 263.54: all of the rest. 24 in January, a churn of 24 at 1 February, and no 0.04 until December
    assert desk.mrr("2023-01", "2023-12") == [24] + [0] * 11
    assert desk.moved("2023-01", "2023-12") == {"2023-01": {"new": 24}, "2023-02": {"churn": 24}}
    assert [row["customers"] for row in desk.rows("mrr", "2023-01", "2023-12")] == [1] + [0] * 11
    assert desk.account("A1", "--as-of", "2023-06-30")["status"] == "churned"


@pytest.mark.parametrize(("credit", "mrr"), [
    ("C1,A1,2026-03-01,-1000.00,credit_note,2026-03-01,2026-12-31", [100, 100, 0]),         # ten of twelve months
    ("C1,A1,2026-03-01,-1006.03,credit_note,2026-03-01,2026-12-31", [100, 100, 0]),         # 306 of 365 days: 1,006.03
    ("C1,A1,2026-03-01,-1006.03,credit_note", [100, 100, 0]),                               # the same, its days not told
    ("C1,A1,2026-01-20,-1200.00,credit_note", [0, 0, 0]),                                   # taken back as a whole
    ("C1,A1,2026-03-01,-201.21,credit_note,2026-03-01,2026-12-31", [100, 100, 80]),         # a fifth of 1,006.03
    ("C1,A1,2026-03-01,-240.00,credit_note", [100, 100, 80]),                               # a fifth of the price
])  # fmt: skip
def test_credit_notes(desk: Desk, credit: str, mrr: list[float]) -> None:
    desk.bills("I1,A1,2026-01-01,1200,paid,2026-01-01,2026-12-31", credit)
    assert desk.mrr()[:3] == mrr


def test_a_reissued_invoice_was_never_lost(desk: Desk) -> None:
    desk.bills(
        *(f"I{n},A1,2026-0{n}-01,100,paid" for n in range(1, 4)), "C3,A1,2026-03-20,-100,credit_note", "I3b,A1,2026-03-20,100,paid",
        *(f"I{n},A1,2026-0{n}-01,100,paid" for n in range(4, 7)),
    )  # fmt: skip
    assert desk.mrr() == [100] * 6
    assert desk.moved() == {"2026-01": {"new": 100}}


def test_proration_lines(desk: Desk) -> None:
    """From 100 to 200 on 15 January: 17 of 31 days, −54.84 of the old plan and 109.68 of the new one."""
    desk.bills(
        "I1,A1,2026-01-01,100,paid,2026-01-01,2026-01-31,,,Basic",
        "P1,A1,2026-01-15,-54.84,paid,2026-01-15,2026-01-31,,Unused time on Basic after 15 Jan 2026,Basic",
        "P2,A1,2026-01-15,109.68,paid,2026-01-15,2026-01-31,,Remaining time on Pro after 15 Jan 2026,Pro",
        *(f"I{n},A1,2026-0{n}-01,200,paid,2026-0{n}-01,2026-0{n}-28,,,Pro" for n in (2,)),
        "I3,A1,2026-03-01,200,paid,2026-03-01,2026-03-31,,,Pro",
    )  # fmt: skip
    assert desk.mrr("2026-01", "2026-03") == [200, 200, 200]
    assert desk.moved("2026-01", "2026-03") == {"2026-01": {"new": 200}}


def test_a_start_within_the_month_is_a_share_of_it(desk: Desk) -> None:
    desk.bills(
        "I1,A1,2026-01-15,54.84,paid,2026-01-15,2026-01-31",        # 17 of 31 days of 100
        "I2,A1,2026-02-01,100,paid,2026-02-01,2026-02-28",
        "I3,A2,2026-03-15,960,paid,2026-03-15,2026-12-31",          # 292 of 365 days of 1,200
    )  # fmt: skip
    assert desk.mrr("2026-01", "2026-03") == [100, 100, 100]
    assert desk.moved("2026-01", "2026-02") == {"2026-01": {"new": 100}}


# --- one-off work, tax ----------------------------------------------------------------------------------------------


def test_one_off_lines_do_not_recur(desk: Desk) -> None:
    desk.bills(
        "I1,A1,2026-01-01,1200,paid,2026-01-01,2026-12-31,,Annual licence", "I2,A1,2026-01-01,5000,paid,,,,Setup fee",
        "I3,A1,2026-02-01,800,paid,2026-02-01,2026-02-28,,Training on site", "I4,A1,2026-02-01,900,paid,,,,Professional services",
        "I5,A1,2026-03-01,700,paid,,,,Travelling circus",
    )  # fmt: skip
    assert len(desk.findings(ASKED)) == 1
    desk.metrics("sets:\n  - name: mine\n    one_off: [circus]\n")
    assert desk.mrr() == [100] * 6
    assert desk.findings(ASKED) == []


def test_two_kinds_of_work_in_one_amount_are_asked_for(desk: Desk) -> None:
    desk.bills("I1,A1,2026-01-01,3200,paid,,,,Annual licence and setup")
    (row,) = desk.findings(ASKED)
    assert "recurring and one-off work in one amount" in row["finding"]


def test_revenue_is_without_tax(desk: Desk) -> None:
    desk.bills("I1,A1,2026-06-01,60.50,paid,2026-06-01,2026-06-30,10.50")
    assert desk.mrr()[-1] == 50
    assert desk.account("A1")["mrr"] == 50


STRIPE = (
    "id,Amount Due,Billing,Closed,Currency,Customer,Date (UTC),Due Date (UTC),Number,Paid,Subscription,Subtotal,"
    "Total Discount Amount,Applied Coupons,Tax,Tax Percent,Total,Amount Paid,Status\n"
)


def stripe(n: int, month: int, subtotal: str, discount: str, tax: str, total: str) -> str:
    return (f"in_{n},{total},charge_automatically,TRUE,usd,A1,2026-0{month}-01 10:00,,AB-{n},TRUE,,{subtotal},{discount},,{tax},,"
            f"{total},{total},paid\n")  # fmt: skip


@pytest.mark.parametrize(("subtotal", "discount", "tax", "total"), [
    ("50.00", "", "10.50", "60.50"), ("50.00", "", "", "60.50"), ("60.00", "10.00", "", "60.50"), ("", "", "10.50", "60.50"),
])  # fmt: skip
def test_stripe_invoices_without_tax(desk: Desk, subtotal: str, discount: str, tax: str, total: str) -> None:
    desk.load(STRIPE + "".join(stripe(n, n, subtotal, discount, tax, total) for n in range(1, 7)))
    assert desk.cs("accounts", "link", "stripe:A1", "A1").code == 0
    assert desk.mrr() == [50] * 6


def test_lines_of_xero(desk: Desk) -> None:
    """240 for a year of seats and 60 of setup, 20 % on both: 360 in all; only the 240 recurs."""
    head = ("*ContactName,EmailAddress,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,PaidDate,Total,InvoiceAmountPaid,"
            "InvoiceAmountDue,*Description,*Quantity,*UnitAmount,LineAmount,*AccountCode,Currency\n")  # fmt: skip
    one = 'Aster,,INV-1,,15/01/2026,30/01/2026,,360.00,0.00,360.00,"{}",1,{},{},200,USD\n'
    desk.load(head + one.format("Annual seats", 240, 240) + one.format("Setup", 60, 60))
    assert desk.mrr() == [20] * 6
    assert desk.cs("facts", "show", "overdue_amount", "-f", "json").json[0]["overdue_amount"] == 360


def test_lines_of_quickbooks(desk: Desk) -> None:
    desk.load(
        "Date,Num,Customer,Memo/Description,Due Date,Amount,Open Balance,Currency,Exchange rate\n"
        '01/15/2026,1001,Aster,"Annual licence 1 Jan - 31 Dec 2026",02/14/2026,1200.00,0.00,USD,1\n'
        '01/15/2026,1001,Aster,Onboarding fee,02/14/2026,500.00,0.00,USD,1\n'
    )
    assert desk.mrr() == [100] * 6


# --- the same sale twice --------------------------------------------------------------------------------------------

PAYMENTS = "id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency,Status,Customer ID,Captured,Invoice ID,Invoice Number\n"


def payments(number: str = "AB-{n}", key: str = "") -> str:
    rows = (f"ch_{n},Subscription update,,2026-0{n}-01 11:00,60.50,0.00,usd,Paid,A1,TRUE,{key.format(n=n)},{number.format(n=n)}\n"
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
        f"0{n}/15/2026,{1000 + n},Aster,Monthly fee,0{n}/25/2026,100.00,{100 if n == 5 else 0}.00,USD,1\n" for n in range(1, 7)
    )
    sales = "Transaction date,Transaction type,No.,Name,Status,Due date,Total,Balance,Currency\n" + "".join(
        f"0{n}/15/2026,Invoice,{1000 + n},Aster,{'Open' if n == 5 else 'Paid'},0{n}/25/2026,100.00,{100 if n == 5 else 0}.00,USD\n"
        for n in range(1, 7)
    )
    desk.load(sales)
    said = desk.load(listed).err
    assert "6 rows of quickbooks_transactions tell of sales that quickbooks_invoices has too" in said
    assert desk.mrr() == [100] * 6
    owed = {row["account_id"]: row["overdue_amount"] for row in desk.cs("facts", "show", "overdue_amount", "-f", "json").json}
    assert owed["A1"] == 100


def test_two_systems_that_count_from_1001_are_two_sales(desk: Desk) -> None:
    desk.bills(*(f"{1000 + n},A1,2026-0{n}-01,70,paid,2026-0{n}-01,2026-0{n}-28" for n in range(1, 3)))
    desk.load(
        "Transaction date,Transaction type,No.,Name,Status,Due date,Total,Balance,Currency\n"
        "01/15/2026,Invoice,1001,Aster,Paid,01/25/2026,100.00,0.00,USD\n02/15/2026,Invoice,1002,Aster,Paid,02/25/2026,100.00,0.00,USD\n"
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
    head = "Invoice Number,Customer ID,Customer Name,Customer Email,Plan Name,Total,Tax Amount,Status,Invoice Date,Due Date\n"
    said = desk.load(head + "".join(f"INV-{n},c1,Aster,,Team,120.00,20.00,Paid,2026-0{n}-01,2026-0{n}-15\n" for n in range(1, 7))).err
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
    assert "MRR comes from subscriptions (1 account), contracts (1 account), invoices (2 accounts)" in desk.cs("metrics", "mrr").err
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
    """Invoices of the subscription itself, a contract of the same agreement, a last invoice that reaches past its end."""
    desk.load(SUBS + "S1,A1,pro,100,USD,month,2026-01-10,2026-04-10,ended\nS2,A2,pro,50,USD,month,2026-01-01,,active\n")
    desk.bills(*(f"I{n},A1,2026-0{n}-10,100,paid,2026-0{n}-10,2026-0{n + 1}-09" for n in range(1, 5)),
               *(f"J{n},A2,2026-0{n}-01,50,paid" for n in range(1, 7)))  # fmt: skip
    desk.load(PAPERS + "C2,A2,2026-01-01,2026-12-31,,9999,USD,\n")
    # the invoice of 10 April is of the day on which the subscription ended: it is a month more, by invoice
    assert desk.mrr() == [150, 150, 150, 150, 50, 50]


def test_contracts_alone(desk: Desk) -> None:
    desk.load(
        PAPERS + "C1,A1,2025-07-01,2026-06-30,,12000,USD,\n"       # 1,000 until 30 June
        "C2,A2,2024-01-01,2024-12-31,yes,1200,USD,0.1\n"           # 100, renewed by itself at 10 % more: 110, 121 in 2026
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


def test_a_broken_off_contract_keeps_its_past(desk: Desk) -> None:
    head = "contract_id,account_id,start,end,amount,currency,status\n"
    desk.load(head + "C1,A1,2026-01-01,2026-12-31,1200,USD,active\n", "--as-of", "2026-02-01")
    desk.load(head + "C1,A1,2026-01-01,2026-12-31,1200,USD,terminated\n", "--as-of", "2026-05-15")
    assert desk.mrr() == [100, 100, 100, 100, 0, 0]
    assert desk.moved() == {"2026-01": {"new": 100}, "2026-05": {"churn": 100}}


# --- constants of a source ----------------------------------------------------------------------------------------

SOURCE = """source: sheet
system: sheet
kind: {kind}
role: billing
claims: [Row, Firm]
key: [Row]
account:
  name: [Firm]
columns:
{columns}
"""


@pytest.mark.parametrize(("kind", "columns", "amount"), [
    ("invoice", "  issued_on: {constant: 2026-06-01}\n  amount: {constant: 50}", 5000),
    ("invoice", '  issued_on: {constant: "2026-06-01"}\n  amount: {constant: "50"}', 5000),
    ("invoice", "  issued_on: {constant: 2026-06-01}\n  amount: {constant: 49, type: money, currency: Money}\n  currency: {from: Money}", 49),
    ("subscription", "  started_on: {constant: 2026-06-01}\n  amount: {constant: 50}\n  quantity: {constant: '2'}\n"
     "  discount: {constant: 20%}\n  interval: {constant: month}\n  trial: {constant: false}", 5000),
])  # fmt: skip
def test_constants_stand_for_cells(desk: Desk, kind: str, columns: str, amount: int) -> None:
    (desk.folder / "sources").mkdir(exist_ok=True)
    (desk.folder / "sources" / "sheet.yaml").write_text(SOURCE.format(kind=kind, columns=columns), encoding="utf-8")
    desk.load("Row,Firm,Money\n1,Aster,JPY\n")
    conn = sqlite3.connect(desk.folder / "cs.db")
    assert conn.execute(f"SELECT amount FROM {kind}").fetchone() == (amount,)    # 49 JPY has no sen
    if kind == "subscription":
        # 50 × 2 less 20 % a month
        assert conn.execute("SELECT arr, started_on, trial FROM subscription").fetchone() == (96_000, "2026-06-01", 0)
    conn.close()


@pytest.mark.parametrize("column", [
    "amount: {constant: fifty}", "amount: {constant: '1,5'}", "issued_on: {constant: 01/02/2026}", "tax: {constant: n/a}",
])  # fmt: skip
def test_a_constant_that_is_none_is_a_fault_of_the_definition(desk: Desk, column: str) -> None:
    (desk.folder / "sources").mkdir(exist_ok=True)
    (desk.folder / "sources" / "sheet.yaml").write_text(SOURCE.format(kind="invoice", columns=f"  {column}"), encoding="utf-8")
    done = desk.cs("import", desk.folder / "cs.yaml")
    assert done.code == 12 and "sources/sheet.yaml:10" in done.err and "cannot be" in done.err
