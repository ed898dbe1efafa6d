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


def test_a_pause_is_a_contraction_and_churn_after_90_days(cs: Cs, workspace: Path) -> None:
    accounts = workspace / "exports" / "accounts.csv"
    accounts.write_text(ACCOUNTS)
    assert cs("-w", workspace, "import", accounts).code == 0
    load(cs, workspace, "active", "2026-02-01")
    load(cs, workspace, "paused", "2026-03-20")

    def status(day: str) -> tuple[str, str | None]:
        shown = cs("-w", workspace, "facts", "show", "churned_on", "--as-of", day, "-f", "json").json
        listed = cs("-w", workspace, "accounts", "list", "--all", "--as-of", day, "-f", "json").json
        return listed[0]["status"], shown[0]["churned_on"]

    # 20 March is the first day without pay, 18 June the 91st
    assert status("2026-03-19") == status("2026-03-20") == status("2026-06-17") == ("customer", None)
    assert status("2026-06-18") == status("2026-06-30") == ("churned", "2026-06-18")

    def moved(*words: object) -> list[tuple[object, ...]]:
        rows = cs("-w", workspace, "metrics", "movements", "--from", "2026-02", "--to", "2026-06", "-f", "json").json
        kinds = ("new", "expansion", "contraction", "churn", "reactivation", "customers")
        return [(row["period"], *(row[kind] for kind in kinds)) for row in rows]

    assert moved() == [
        ("2026-02", 0, 0, 0, 0, 0, 1),
        ("2026-03", 0, 0, 100, 0, 0, 1),
        ("2026-04", 0, 0, 0, 0, 0, 1),
        ("2026-05", 0, 0, 0, 0, 0, 1),
        ("2026-06", 0, 0, 0, 0, 0, 0),
    ]

    def kept(first: str, last: str) -> tuple[float, float, int, int]:
        words = ("metrics", "retention", "--from", first, "--to", last, "-f", "json")
        (row,) = cs("-w", workspace, *words).json[-1:]
        return row["logo_churn"], row["grr"], row["start_customers"], row["churned_customers"]

    assert kept("2026-03", "2026-05") == (0, 0, 1, 0)
    assert kept("2026-03", "2026-06") == (1, 0, 1, 1)
    # a customer that rests at the start and is gone at the end
    assert kept("2026-05", "2026-06") == (1, None, 1, 1)


def test_whoever_goes_on_within_90_days_has_never_left(cs: Cs, workspace: Path) -> None:
    accounts = workspace / "exports" / "accounts.csv"
    accounts.write_text(ACCOUNTS)
    assert cs("-w", workspace, "import", accounts).code == 0
    load(cs, workspace, "active", "2026-02-01")
    load(cs, workspace, "paused", "2026-03-20")
    load(cs, workspace, "active", "2026-05-10")
    rows = cs("-w", workspace, "metrics", "movements", "--from", "2026-02", "--to", "2026-06", "-f", "json").json
    assert [(row["contraction"], row["expansion"], row["churn"], row["reactivation"]) for row in rows] == [
        (0, 0, 0, 0), (100, 0, 0, 0), (0, 0, 0, 0), (0, 100, 0, 0), (0, 0, 0, 0),
    ]  # fmt: skip
    for day in ("2026-04-15", "2026-05-09", "2026-05-10"):
        listed = cs("-w", workspace, "accounts", "list", "--all", "--as-of", day, "-f", "json").json
        assert listed[0]["status"] == "customer"


def test_a_free_plan_is_no_pause(cs: Cs, workspace: Path) -> None:
    accounts = workspace / "exports" / "accounts.csv"
    accounts.write_text(ACCOUNTS)
    assert cs("-w", workspace, "import", accounts).code == 0
    load(cs, workspace, "active", "2026-02-01")
    file = workspace / "exports" / "free.csv"
    file.write_text(HEAD + "S1,A1,free,1,0.00,USD,month,2026-01-01,active\n")
    assert cs("-w", workspace, "import", file, "--as-of", "2026-04-01", "--yes").code == 0
    listed = cs("-w", workspace, "accounts", "list", "--all", "--as-of", "2026-04-02", "-f", "json").json
    assert listed[0]["status"] == "churned"
