"""A subscription that billing will not renew is a cancel request, also where no export says since when."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs

HEAD = "subscription_id,account_id,plan,amount,currency,interval,started_on,renews_on,status\n"
STRIPE = (
    "id,Customer ID,Customer Name,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start (UTC),"
    "Current Period Start (UTC),Current Period End (UTC),Cancel At Period End,Canceled At (UTC)\n"
    "sub_1,cus_1,Alder,Pro,1,usd,year,1200.00,{status},2025-08-01 00:00,2025-08-01 00:00,2025-08-01 00:00,"
    "2026-08-01 00:00,{leaves},\n"
)


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    (workspace / "exports" / "a.csv").write_text("account_id,name\nA1,Alder\n")
    assert cs("-w", workspace, "import", workspace / "exports" / "a.csv", "--as-of", "2026-06-01").code == 0
    return workspace


def load(desk: Path, cs: Cs, text: str, day: str) -> None:
    path = desk / "exports" / f"s-{day}.csv"
    path.write_text(text)
    done = cs("-w", desk, "import", path, "--as-of", day, "--yes")
    assert done.code == 0, done.err


def asked(desk: Path, cs: Cs, day: str) -> tuple[bool, str]:
    """(cancel_requested, the stage of its renewal) on a day."""
    told = cs("-w", desk, "explain", "Alder", "cancel_requested", "-f", "json", "--as-of", day).json
    (renewal,) = cs("-w", desk, "renewals", "list", "--within", "400", "-f", "json", "--as-of", day).json
    return bool(told["sections"]["rows"]["figures"]["cancel_requested"]["value"]), renewal["stage"]


@pytest.mark.parametrize("word", ["non_renewing", "pending cancellation", "cancelling"])
def test_what_will_not_renew_is_cancelled_since_an_export_said_so(desk: Path, cs: Cs, word: str) -> None:
    row = "S1,A1,Pro,1200,USD,year,2025-08-01,2026-08-01,"
    load(desk, cs, f"{HEAD}{row}active\n", "2026-06-02")
    load(desk, cs, f"{HEAD}{row}{word}\n", "2026-06-20")
    assert [asked(desk, cs, day)[0] for day in ("2026-06-10", "2026-06-19", "2026-06-20")] == [False, False, True]
    assert asked(desk, cs, "2026-06-20")[1] == "cancelled"
    run = cs("-w", desk, "run", "--as-of", "2026-06-20")
    assert "Alder: cancel-requested" in run.err
    load(desk, cs, f"{HEAD}{row}active\n", "2026-06-27")  # they changed their mind
    assert [asked(desk, cs, day)[0] for day in ("2026-06-20", "2026-06-27")] == [True, False]


def test_the_first_export_says_nothing_of_the_days_before_it(desk: Path, cs: Cs) -> None:
    load(desk, cs, HEAD + "S1,A1,Pro,1200,USD,year,2025-08-01,2026-08-01,non_renewing\n", "2026-06-20")
    assert [asked(desk, cs, day)[0] for day in ("2026-05-20", "2026-06-19", "2026-06-20")] == [False, False, True]


@pytest.mark.parametrize(("status", "leaves", "told"), [("active", "true", True), ("active", "false", False)])
def test_stripe_that_cancels_at_the_period_end(desk: Path, cs: Cs, status: str, leaves: str, told: bool) -> None:
    load(desk, cs, STRIPE.format(status=status, leaves=leaves), "2026-06-20")
    assert asked(desk, cs, "2026-06-21")[0] is told
    shown = cs("-w", desk, "explain", "Alder", "cancel_requested", "--as-of", "2026-06-21").out
    assert ("status non_renewing" in shown) is told
