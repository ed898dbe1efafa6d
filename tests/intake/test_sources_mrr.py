"""MRR, terms and renewal days of billing exports, against figures worked out by hand from METRICS."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cs_cli.intake.annual import annual_amount, discount_share
from cs_cli.intake.subscriptions import period_interval
from cs_cli.intake.values.intervals import split_interval
from cs_cli.intake.values.model import BadValue
from tests.conftest import run_cs
from tests.intake.test_sources import SAMPLES, landed

# subscription → dollars a year, and the sum behind it
STRIPE = {
    "year": 1200,                # 1,200 a year
    "quarter": 2400,             # 300 × 2 seats × 4
    "month": Decimal("4199.16"),  # 49.99 × 7 × 12
    "week": 1560,                # 10 × 3 × 52
    "day": 365,                  # 1 × 365
    "twoyear": 2400,             # 4,800 every two years
    "percent": 900,              # 100 × 12 − 25 %
    "off": 2040,                 # (100 × 2 − 30) × 12
    "trial": 0, "paused": 0, "incomplete": 0,
    "trialled": 960,             # 80 × 12, the trial being over
    "leaving": 720,              # 60 × 12 until it ends
    "pastdue": 360,              # 30 × 12: past due still pays
    "ended": 240,                # what it was worth, until its end
    "startdate": 60,
}
RECURLY = {"u1": 1200, "u2": 2400, "u3": 0, "u4": 0, "u5": 1200, "u6": 1560, "u8": 1200}
CHARGEBEE = {"cb_1": 1200, "cb_2": 1200, "cb_3": 0, "cb_4": 1188, "cb_5": 0}


@pytest.mark.parametrize(
    ("sample", "wanted"),
    [
        ("stripe_subscriptions", {f"sub_{name}": amount for name, amount in STRIPE.items()}),
        ("recurly_subscriptions", RECURLY),
        ("recurly_subscriptions@churned", {"u9": 114}),                 # 99 + 15 of add-ons, its period a year
        ("chargebee_subscriptions", CHARGEBEE),
        ("chargebee_subscriptions@mrr", {"cb_9": 1800}),                # (200 − 50) × 12
        ("baremetrics", {"bs1": 2400, "bs2": Decimal("239.88")}),       # 1,200.00 × 2; 19.99 × 12
        ("chartmogul_subscriptions", {"sub_cm1": Decimal("1799.88")}),  # 149.99 × 12
    ],
)
def test_a_year_of_each_subscription(sample: str, wanted: dict[str, Decimal | int], workspace: Path) -> None:
    assert run_cs("-w", workspace, "import", SAMPLES / f"{sample}.csv").code == 0
    found = {row["key"]: row.get("arr") for row in landed(workspace) if row["kind"] == "subscription"}
    found.pop("u7", None)   # it has not begun
    assert found == {key: int(amount * 100) for key, amount in wanted.items()}


CHARGEBEE_ROWS = (
    "Subscription ID,Customer ID,Company,Status,Current Plan,Plan Quantity,Plan Unit Price,Currency,"
    "Subscription Billing Period,Recurring Discount MRR,MRR,Started On,Current Billing Term Start Date,Canceled On\n"
)


def annual(folder: Path) -> dict[str, tuple[int | None, float | None]]:
    """Subscription → (minor units a year, share that is off)."""
    rows = [row for row in landed(folder) if row["kind"] == "subscription"]
    return {row["key"]: (row.get("arr"), row.get("discount")) for row in rows}


def load(folder: Path, name: str, text: str, *words: str) -> str:
    file = folder / "exports" / name
    file.write_text(text, encoding="utf-8")
    done = run_cs("-w", folder, "import", file, *words)
    assert done.code == 0, done.err
    return done.out + done.err


def test_chargebee_says_0_of_what_has_ended_and_means_now(workspace: Path) -> None:
    """Until its end it was worth its price, or what an earlier export said."""
    head = "{},k1,Acme,{},Team,{},50.00,USD,Monthly,{},{},2025-06-20,2026-04-20,{}\n"
    running = head.format("c1", "Active", 2, "10.00", "90.00", "")
    load(workspace, "june.csv", CHARGEBEE_ROWS + running, "--as-of", "2026-04-30")
    assert annual(workspace) == {"c1": (108000, 0.1)}
    gone = "".join(head.format(key, "Cancelled", n, "", "0.00", "2026-05-20") for key, n in (("c1", 2), ("c2", 1)))
    load(workspace, "july.csv", CHARGEBEE_ROWS + gone, "--yes")
    assert {key: arr for key, (arr, _) in annual(workspace).items()} == {"c1": 108000, "c2": 60000}
    for day, paid in (("2026-05-19", 140.0), ("2026-05-20", 0)):
        rows = run_cs("-w", workspace, "accounts", "list", "--all", "--as-of", day, "-f", "json").json
        assert sum(row["mrr"] for row in rows) == paid
        assert [row["status"] for row in rows] == ["customer" if paid else "churned"]


def test_a_recurring_discount_is_off_each_month_s_worth(workspace: Path) -> None:
    text = CHARGEBEE_ROWS.replace("MRR,Started", "Started") + (
        "c8,k8,Hill,Active,Team,2,300.00,USD,3 months,10.00,2025-01-10,2026-04-10,\n"
    )
    load(workspace, "chargebee.csv", text.replace(",MRR,", ","))
    assert annual(workspace) == {"c8": ((200 - 10) * 12 * 100, 0.05)}


@pytest.mark.parametrize(
    ("status", "renews", "trial"),
    [("Non Renewing", 0, 0), ("non_renewing", 0, 0), ("in_trial", 1, 1), ("IN TRIAL", 1, 1), ("active", 1, 0)],
)
def test_chargebee_writes_statuses_in_words_and_with_underscores(
    workspace: Path, status: str, renews: int | None, trial: int
) -> None:
    row = f"c1,k1,Acme,{status},Team,1,50.00,USD,Monthly,,,2025-06-20,2026-06-20,\n"
    load(workspace, "c.csv", CHARGEBEE_ROWS + row)
    (row,) = [row for row in landed(workspace) if row["kind"] == "subscription"]
    assert (row.get("auto_renew"), row["trial"]) == (renews, trial)


def test_a_term_of_recurly_is_longer_than_its_bills(workspace: Path) -> None:
    load(workspace, "recurly.csv", (
        "uuid,account_code,email,state,quantity,unit_amount,currency,plan_interval_unit,plan_interval_length,activated_at,"
        "current_period_ends_at,current_term_started_at,current_term_ends_at\n"
        "u1,r1,a@r1.example,Live,2,50.00,USD,months,1,2025-01-10 08:00:00 UTC,2026-07-10 08:00:00 UTC,"
        "2026-01-10 08:00:00 UTC,2027-01-10 08:00:00 UTC\n"
        "u2,r2,a@r2.example,Live,2,50.00,USD,months,1,2025-01-10 08:00:00 UTC,2026-07-10 08:00:00 UTC,"
        "2026-06-10 08:00:00 UTC,2026-07-10 08:00:00 UTC\n"
    ))
    rows = run_cs("-w", workspace, "renewals", "list", "--within", "365", "-f", "json").json
    assert [(row["contract"], row["renewal_date"], row["arr"]) for row in rows] == [("u1", "2027-01-10", 1200)]


ITEMS = (
    "id,Customer ID,Customer Name,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Current Period End (UTC),"
    "Discount Percent\n"
)
BASE = "s1,c1,Acme,base,1,usd,month,100.00,active,2025-01-31 09:00,2026-07-30 09:00,10\n"
SEATS = BASE.replace("base,1", "seat,5").replace("100.00", "30.00")


@pytest.mark.parametrize("rows", [BASE + SEATS, SEATS + BASE, BASE + SEATS + SEATS], ids=["", "turned", "twice"])
def test_the_items_of_a_subscription_are_added_up(workspace: Path, rows: str) -> None:
    said = load(workspace, "items.csv", ITEMS + rows)
    assert annual(workspace) == {"s1": ((100 + 5 * 30) * 12 * 90, 0.1)}
    assert "rows are the items of 1 subscription" in said
    again = load(workspace, "again.csv", ITEMS + BASE + SEATS)
    assert "0 added, 0 changed" in again or "already imported" in again


def test_rows_that_differ_in_more_than_the_item_are_no_items(workspace: Path) -> None:
    file = workspace / "exports" / "items.csv"
    file.write_text(ITEMS + BASE + SEATS.replace("active", "canceled") + "\n".join(
        BASE.replace("s1,c1", f"s{n},c{n}").strip() for n in range(2, 60)) + "\n")
    done = run_cs("-w", workspace, "import", file)
    assert (done.code, "IMP-215" in done.err, "s1" in annual(workspace)) == (3, True, False)


def test_what_is_paid_on_the_day(workspace: Path) -> None:
    """30 June: all that run, no trial, nothing paused, incomplete or ended."""
    assert run_cs("-w", workspace, "import", SAMPLES / "stripe_subscriptions.csv").code == 0
    rows = run_cs("-w", workspace, "accounts", "list", "--all", "-f", "json").json
    arr = {row["account_id"].removeprefix("cus_"): row["arr"] or 0 for row in rows}
    gone = {"trial", "paused", "incomplete", "ended"}
    assert {name: arr[name] for name in arr} == {
        name: 0 if name in gone else pytest.approx(float(amount)) for name, amount in STRIPE.items()
    }


def test_cancelled_at_the_end_of_the_period_pays_until_then(workspace: Path) -> None:
    assert run_cs("-w", workspace, "import", SAMPLES / "stripe_subscriptions.csv").code == 0

    def arr(day: str) -> float:
        rows = run_cs("-w", workspace, "accounts", "list", "--all", "--as-of", day, "-f", "json").json
        return next(row["arr"] or 0 for row in rows if row["account_id"] == "cus_leaving")

    assert (arr("2026-06-30"), arr("2026-07-30"), arr("2026-07-31")) == (720, 720, 0)


def test_renewal_days_come_from_the_periods(workspace: Path) -> None:
    assert run_cs("-w", workspace, "import", SAMPLES / "stripe_subscriptions.csv").code == 0
    rows = run_cs("-w", workspace, "renewals", "list", "--within", "365", "-f", "json").json
    days = {row["contract"]: row["renewal_date"] for row in rows}
    assert days["sub_year"] == "2027-01-31"
    assert days["sub_quarter"] == "2026-07-31"
    assert "sub_month" not in days and "sub_week" not in days, "months and weeks roll on"


@pytest.mark.parametrize(
    ("text", "found"),
    [("month", ("month", 1)), ("Yearly", ("year", 1)), ("3 months", ("month", 3)), ("every 2 weeks", ("week", 2)),
     ("12 Month(s)", ("month", 12)), ("half-yearly", ("month", 6)), ("quarter", ("quarter", 1)),
     ("90 days", ("day", 90))],
)
def test_intervals(text: str, found: tuple[str, int]) -> None:
    assert split_interval(text) == found


@pytest.mark.parametrize("text", ["fortnightly", "0 months", "3", "months 3"])
def test_no_intervals(text: str) -> None:
    with pytest.raises(BadValue):
        split_interval(text)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [("2026-01-31", "2026-02-28", ("month", 1)), ("2025-05-01", "2026-05-01", ("month", 12)),
     ("2026-06-01", "2026-06-15", ("week", 2)), ("2026-06-01", "2026-06-11", ("day", 10))],
)
def test_a_period_is_an_interval(start: str, end: str, found: tuple[str, int]) -> None:
    from datetime import date

    assert period_interval(date.fromisoformat(start), date.fromisoformat(end)) == found


@pytest.mark.parametrize(
    ("amount", "quantity", "share", "off", "year"),
    [(10000, 2, None, 3000, 204000), (999, 3, 0.1, 100, 31168), (100, 1, None, 500, 0), (3333, 7, None, 1, 279960)],
)
def test_an_amount_off_comes_out_to_the_cent(
    amount: int, quantity: float, share: float | None, off: int, year: int
) -> None:
    """(price × seats × (1 − share) − off) × 12; never below nothing."""
    discount = discount_share(amount, quantity, share, off)
    assert annual_amount(mrr=None, amount=amount, quantity=quantity, interval="month", interval_count=1,
                         discount=discount, status="active", trial=0) == year


def test_columns_that_are_empty_this_time_hold_no_import_up(workspace: Path) -> None:
    """Discounts that ran out, a period's start that is not exported: what feeds the amount is no record column."""
    text = (SAMPLES / "stripe_subscriptions.csv").read_text("utf-8")
    load(workspace, "with.csv", text)
    assert annual(workspace)["sub_off"] == (204000, 0.15)
    load(workspace, "without.csv", text.replace(",30.00,", ",,"))
    assert annual(workspace)["sub_off"] == (240000, None)
    recurly = "uuid,account_code,email,unit_amount,current_period_ends_at\nu1,r1,a@r1.example,5,2026-07-01\n"
    load(workspace, "recurly.csv", recurly)
    assert annual(workspace)["u1"] == (6000, None)
