"""A paused subscription: nothing from the day of the pause on, and all it paid before."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs

ACCOUNTS = "account_id,name\nA1,Acme\n"
HEAD = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"


def load(cs: Cs, workspace: Path, status: str, day: str) -> None:
    file = workspace / "exports" / f"subscriptions-{day}.csv"
    # blank lines make other bytes: the very same bytes are an export that was imported already
    file.write_text(HEAD + f"S1,A1,pro,1,100.00,USD,month,2026-01-01,{status}\n\n" + "\n" * int(day[5:7]))
    # the guard on MRR is right to ask: the only subscription stops
    done = cs("-w", workspace, "import", file, "--as-of", day, "--yes")
    assert done.code == 0, done.err


def mrr(cs: Cs, workspace: Path, day: str) -> float:
    rows = cs("-w", workspace, "accounts", "list", "--all", "--as-of", day, "-f", "json").json
    return float(rows[0]["mrr"] or 0)


def test_a_pause_is_dated_and_so_is_its_end(cs: Cs, workspace: Path) -> None:
    accounts = workspace / "exports" / "accounts.csv"
    accounts.write_text(ACCOUNTS)
    assert cs("-w", workspace, "import", accounts).code == 0
    load(cs, workspace, "active", "2026-02-01")
    load(cs, workspace, "paused", "2026-04-01")
    assert [mrr(cs, workspace, day) for day in ("2026-03-31", "2026-04-01", "2026-06-30")] == [100, 0, 0]
    load(cs, workspace, "active", "2026-06-01")
    seen = [mrr(cs, workspace, day) for day in ("2026-01-15", "2026-03-31", "2026-04-01", "2026-05-31", "2026-06-01")]
    assert seen == [100, 100, 0, 0, 100]


def test_paused_when_first_seen_never_paid_as_far_as_is_known(cs: Cs, workspace: Path) -> None:
    accounts = workspace / "exports" / "accounts.csv"
    accounts.write_text(ACCOUNTS)
    assert cs("-w", workspace, "import", accounts).code == 0
    load(cs, workspace, "paused", "2026-04-01")
    assert mrr(cs, workspace, "2026-03-01") == 0
    load(cs, workspace, "active", "2026-05-01")
    assert [mrr(cs, workspace, day) for day in ("2026-04-15", "2026-05-01")] == [0, 100]
