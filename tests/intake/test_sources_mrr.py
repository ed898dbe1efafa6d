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
