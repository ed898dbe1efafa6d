"""People are not agents: an integration that runs is nobody's use, and a customer without people is no healthy one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cs_cli.facts.coverage import is_of_agents
from tests.conftest import Cs
from tests.deliver.world import settings

DAY = date(2026, 6, 30)


@pytest.mark.parametrize(("metric", "agents"), [
    ("api_calls", True), ("API calls", True), ("api-requests", True), ("tokens", True), ("tokens_used", True),
    ("agent_runs", True), ("jobs", True), ("jobs_run", True), ("background_jobs", True), ("webhook_deliveries", True),
    ("active_users", False), ("logins", False), ("sessions", False), ("jobs_posted", False), ("apiary_visits", False),
    ("reports", False), ("agency_bookings", False),
])  # fmt: skip
def test_what_programs_do_is_known_by_its_name(metric: str, agents: bool) -> None:
    assert is_of_agents(metric) is agents


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    """Alder's twenty users left four weeks ago and its integration runs; Birch's people work."""
    settings(workspace, today=str(DAY), currency="USD")
    (workspace / "a.csv").write_text("account_id,name\nA1,Alder Works\nA2,Birch Labs\n")
    (workspace / "s.csv").write_text(
        "subscription_id,account_id,quantity,amount,currency,interval,started_on\n"
        "S1,A1,20,250,USD,month,2025-01-01\nS2,A2,20,250,USD,month,2025-01-01\n"
    )
    return workspace


def use(desk: Path, cs: Cs, *metrics: str, until: date = DAY) -> None:
    """Daily rows of fourteen weeks; Alder's people stop 25 days before the end, programs go on."""
    rows = ["account_id,day,metric,value"]
    for n in range(100):
        day = until - timedelta(days=n)
        for account in ("A1", "A2"):
            for metric in metrics:
                if is_of_agents(metric):
                    rows.append(f"{account},{day},{metric},900")
                elif account == "A2" or n >= 25:
                    rows.append(f"{account},{day},{metric},20")
    (desk / "u.csv").write_text("\n".join(rows) + "\n")
    done = cs("-w", desk, "import", desk / "a.csv", desk / "s.csv", desk / "u.csv")
    assert done.code == 0, done.err
    assert "(what programs do, not people)" in done.err, done.err


def facts(desk: Path, cs: Cs, account: str, *names: str) -> list[Any]:
    found = []
    for name in names:
        rows = cs("-w", desk, "facts", "show", name, "-f", "json").json
        found.append(next(row[name] for row in rows if row["account_id"] == account))
    return found


@pytest.mark.parametrize("people", ["active_users", "logins"])
def test_an_account_that_only_programs_use_is_no_healthy_one(desk: Path, cs: Cs, people: str) -> None:
    use(desk, cs, people, "api_calls")
    change, agents, steady, seen = facts(
        desk, cs, "A1", "human_change_28d", "agent_usage_28d", "agent_change_28d", "last_seen_days"
    )
    assert change < -0.8 or people == "active_users"  # three of the last 28 days had all twenty
    assert (agents, steady, seen) == (28 * 900, 0, 25)
    assert facts(desk, cs, "A2", "human_change_28d", "last_seen_days") == [0, 0]
    health = {row["account_id"]: row["health"] for row in cs("-w", desk, "health", "list", "-f", "json").json}
    assert health["A1"] < health["A2"] - 15


def test_the_playbook_of_it_opens_and_today_says_so(desk: Path, cs: Cs) -> None:
    use(desk, cs, "logins", "agent_runs")
    for playbook in (desk / "playbooks").glob("*.yaml"):
        if playbook.stem not in ("agents-only", "cancel-requested"):
            playbook.unlink()
    text = (desk / "playbooks" / "agents-only.yaml").read_text().replace(", usage-drop]", "]")
    (desk / "playbooks" / "agents-only.yaml").write_text(text.replace('tier in ("A", "B")', "arr > 0"))
    assert cs("-w", desk, "run", "-q").code == 0
    (case,) = cs("-w", desk, "cases", "list", "-f", "json").json
    assert (case["playbook"], case["account_id"], case["severity"]) == ("agents-only", "A1", "amber")
    assert "agents-only" in cs("-w", desk, "today").out


def test_with_active_users_alone_usage_drop_is_not_silent(desk: Path, cs: Cs) -> None:
    """20 → 0: the only stream that the account has."""
    rows = ["account_id,day,metric,value"]
    rows += [f"{who},{DAY - timedelta(days=n)},active_users,{0 if who == 'A1' and n < 36 else 20}"
             for n in range(100) for who in ("A1", "A2")]  # fmt: skip
    (desk / "u.csv").write_text("\n".join(rows) + "\n")
    assert cs("-w", desk, "import", desk / "a.csv", desk / "s.csv", desk / "u.csv").code == 0
    assert facts(desk, cs, "A1", "human_before_28d", "human_change_28d", "usage_28d") == [20, -1, None]
    text = (desk / "playbooks" / "usage-drop.yaml").read_text().replace('tier in ("A", "B")', "arr > 0")
    (desk / "playbooks" / "usage-drop.yaml").write_text(text)
    assert cs("-w", desk, "run", "-q").code == 0
    cases = cs("-w", desk, "cases", "list", "--playbook", "usage-drop", "-f", "json").json
    assert [(case["account_id"], case["severity"]) for case in cases] == [("A1", "red")]


def test_where_only_programs_are_counted_they_are_the_use_and_nobody_is_known(desk: Path, cs: Cs) -> None:
    use(desk, cs, "api_calls")
    assert facts(desk, cs, "A1", "usage_28d", "human_change_28d", "agent_share_28d") == [28 * 900, None, 1]


def test_cs_yaml_says_it_otherwise(desk: Path, cs: Cs) -> None:
    settings(desk, usage={"volume": ["api_calls"], "agents": ["logins"]})
    use(desk, cs, "api_calls", "logins")
    assert facts(desk, cs, "A2", "usage_28d", "agent_usage_28d") == [28 * 900, 28 * 20]


def test_who_is_counted_by_users_alone_is_seen_beside_those_with_volume(desk: Path, cs: Cs) -> None:
    """Alder has rows of users only, and they stopped; Birch has reports as well, so the workspace knows a volume."""
    rows = ["account_id,day,metric,value"]
    for n in range(140):
        day = DAY - timedelta(days=n)
        rows += [f"A2,{day},active_users,20", f"A2,{day},reports,300"]
        rows += [f"A1,{day},active_users,{20 if n >= 40 else 0}"]
    (desk / "u.csv").write_text("\n".join(rows) + "\n")
    done = cs("-w", desk, "import", desk / "a.csv", desk / "s.csv", desk / "u.csv")
    assert done.code == 0, done.err
    assert cs("-w", desk, "run", "-q").code in (0, 3)
    cases = cs("-w", desk, "cases", "list", "--playbook", "usage-drop", "-f", "json").json
    assert [(row["account_id"], row["severity"]) for row in cases] == [("A1", "red")]
