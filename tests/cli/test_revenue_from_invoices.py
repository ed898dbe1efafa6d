"""MRR from invoices, through the command line; each right value is worked out by hand beside it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.billing_desk import ASKED, BILLS, STRIPE, SUBS, Desk, stripe


@pytest.fixture
def desk(workspace: Path) -> Desk:
    return Desk(workspace)


# --- periods ------------------------------------------------------------------------------------------------------


def test_one_invoice_alone_is_asked_for_and_never_a_month(desk: Desk) -> None:
    said = desk.bills("I1,A1,2026-05-01,12000,paid").err
    assert "1 invoice of 1 account cannot be placed" in said and "I1 of 2026-05-01 over 12,000 USD" in said
    assert desk.mrr() == [0] * 6
    assert (desk.account("A1")["arr"], desk.account("A1")["status"]) == (None, "customer")
    (row,) = desk.findings(ASKED)
    assert (
        row["subject"] == "A1 Aster" and "its period is not known" in row["finding"] and '{"I1": year}' in row["next"]
    )
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


@pytest.mark.parametrize(("first", "second", "mrr"), [
    (("2025-01-10", 12000), ("2026-01-12", 13200), [1000, 1100]),
    (("2025-01-10", 12000), ("2026-01-05", 10800), [1000, 900]),
    (("2025-01-31", 12000), ("2026-01-31", 12360), [1000, 1030]),
    (("2024-01-10", 24000), ("2026-01-10", 26400), [1000, 1100]),  # every two years
    (("2025-01-10", 12000), ("2026-01-12", 30000), [0, 0]),        # another thing: asked for
    (("2025-12-10", 100), ("2026-01-10", 110), [0, 0]),            # months of use, or a change of plan
])  # fmt: skip
def test_two_invoices_years_apart_at_a_new_price(
    desk: Desk, first: tuple[str, int], second: tuple[str, int], mrr: list[float]
) -> None:
    desk.bills(*(f"I{n},A1,{day},{amount},paid" for n, (day, amount) in enumerate((first, second))))
    assert desk.mrr("2025-12", "2026-01") == mrr
    assert bool(desk.findings(ASKED)) == (mrr == [0, 0])


def test_what_nobody_knows_of_a_year_before_is_asked_for_too(desk: Desk) -> None:
    said = desk.bills("I1,A1,2025-01-10,12000,paid", "I2,A1,2026-01-12,60000,paid").err
    assert "2 invoices of 1 account cannot be placed" in said
    desk.metrics('invoice_period: {"I2": year}\n')
    assert desk.mrr("2025-12", "2026-01") == [0, 5000]
    (row,) = desk.findings(ASKED)
    assert "I1 of 2025-01-10" in row["finding"] and '{"I1": year}' in row["next"]
    desk.metrics('invoice_period: {"I1": year, "I2": year}\n')
    assert desk.mrr("2025-12", "2026-01") == [1000, 5000]
    assert desk.findings(ASKED) == []


def test_a_period_of_a_plan_goes_before_that_of_a_source(desk: Desk) -> None:
    desk.bills("I1,A1,2026-05-01,1200,paid,,,,,Enterprise", "I2,A2,2026-05-01,300,paid,,,,,Team")
    desk.metrics("invoice_period: {enterprise: year, cs_invoice: quarter}\n")
    assert desk.mrr()[-1] == 100 + 100


@pytest.mark.parametrize(
    "text", ["invoice_period: fortnite", "invoice_period: {A: 0}", "one_off: {a: b}", "mrr_from: invoice"]
)
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
    assert desk.moved() == {"2026-01": {"new": 100}}  # A1 alone is new


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
    desk.bills("X,A2,2026-07-05,1,void")  # the invoices reach to 6 July
    assert desk.account("A1")["status"] == "churned"
    assert desk.moved(last="2026-07")["2026-06"] == {"churn": 100}


def test_an_old_export_says_nothing_of_today(desk: Desk) -> None:
    """Invoices until 15 April, imported on 2 May: the next was due on 15 May, and nobody has looked since."""
    rows = "".join(f"I{n},A1,2026-0{n}-15,100,paid,,,,,\n" for n in range(1, 5))
    said = desk.load(BILLS + rows, "--as-of", "2026-05-02").err
    assert "1 account: the next invoice was due and no newer export is in" in said and "cannot be placed" not in said
    desk.load(SUBS + "S2,A2,pro,50,USD,month,2026-01-01,,active\n")
    # within three weeks of the export (freshness in cs.yaml) the last invoice stands for the next one
    assert desk.account("A1", "--as-of", "2026-05-20")["mrr"] == 100
    assert (desk.account("A1")["mrr"], desk.account("A1")["status"]) == (None, "customer")
    (row,) = desk.findings(ASKED)
    assert "what came since 2026-05-02 was not imported" in row["finding"]
    assert row["next"] == "import the newer invoices"
    assert all("churn" not in some for some in desk.moved().values())


def test_an_old_file_imported_today_ends_nobody(desk: Desk) -> None:
    """Written on 20 April, imported on 30 June: that no invoice of May is in it is no end."""
    path = desk.folder / "old.csv"
    path.write_text(BILLS + "".join(f"I{n},A1,2026-0{n}-15,100,paid,,,,,\n" for n in range(1, 5)), encoding="utf-8")
    moment = datetime(2026, 4, 20, 8, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    assert desk.cs("import", path).code == 0
    desk.load(SUBS + "S2,A2,pro,50,USD,month,2026-01-01,,active\n")
    assert (desk.account("A1")["mrr"], desk.account("A1")["status"]) == (None, "customer")
    assert all("churn" not in some for some in desk.moved().values())


# --- credit notes and prorations ----------------------------------------------------------------------------------


def test_an_invoice_and_its_partial_credit_note_end_to_the_cent(desk: Desk) -> None:
    desk.bills(
        "I1,A1,2023-01-01,288.00,paid,2023-01-01,2023-12-31",
        "C1,A1,2023-02-01,-263.54,credit_note,2023-02-01,2023-12-31",
    )
    # 288 × 334 ÷ 365 = 263.54: all of the rest. 24 in January, a churn of 24 at 1 February,
    # and no 0.04 until December
    assert desk.mrr("2023-01", "2023-12") == [24] + [0] * 11
    assert desk.moved("2023-01", "2023-12") == {"2023-01": {"new": 24}, "2023-02": {"churn": 24}}
    assert [row["customers"] for row in desk.rows("mrr", "2023-01", "2023-12")] == [1] + [0] * 11
    assert desk.account("A1", "--as-of", "2023-06-30")["status"] == "churned"


@pytest.mark.parametrize(("credit", "mrr"), [
    ("C1,A1,2026-03-01,-1000.00,credit_note,2026-03-01,2026-12-31", [100, 100, 0]),         # ten of twelve months
    ("C1,A1,2026-03-01,-1006.03,credit_note,2026-03-01,2026-12-31", [100, 100, 0]),         # 306 of 365 days: 1,006.03
    ("C1,A1,2026-03-01,-1006.03,credit_note", [100, 100, 0]),      # the same, its days not told
    ("C1,A1,2026-01-20,-1200.00,credit_note", [0, 0, 0]),                                   # taken back as a whole
    ("C1,A1,2026-03-01,-201.21,credit_note,2026-03-01,2026-12-31", [100, 100, 80]),         # a fifth of 1,006.03
    ("C1,A1,2026-03-01,-240.00,credit_note", [100, 100, 80]),                               # a fifth of the price
])  # fmt: skip
def test_credit_notes(desk: Desk, credit: str, mrr: list[float]) -> None:
    desk.bills("I1,A1,2026-01-01,1200,paid,2026-01-01,2026-12-31", credit)
    assert desk.mrr()[:3] == mrr


def test_a_reissued_invoice_was_never_lost(desk: Desk) -> None:
    desk.bills(
        *(f"I{n},A1,2026-0{n}-01,100,paid" for n in range(1, 4)), "C3,A1,2026-03-20,-100,credit_note",
        "I3b,A1,2026-03-20,100,paid",
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
        "I3,A1,2026-02-01,800,paid,2026-02-01,2026-02-28,,Training on site",
        "I4,A1,2026-02-01,900,paid,,,,Professional services",
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


@pytest.mark.parametrize(("subtotal", "discount", "tax", "total"), [
    ("50.00", "", "10.50", "60.50"), ("50.00", "", "", "60.50"),
    ("60.00", "10.00", "", "60.50"), ("", "", "10.50", "60.50"),
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
        "01/15/2026,1001,Aster,Onboarding fee,02/14/2026,500.00,0.00,USD,1\n"
    )
    assert desk.mrr() == [100] * 6
