"""An empty today is an all-clear only where every enabled playbook can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs
from tests.deliver.world import settings


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    for playbook in (workspace / "playbooks").glob("*.yaml"):
        playbook.unlink()
    settings(workspace, today="2026-06-30", currency="USD")
    (workspace / "a.csv").write_text("account_id,name\nA1,Alder Works\nA2,Birch Labs\nA3,Cedar\n")
    (workspace / "s.csv").write_text(
        "subscription_id,account_id,amount,currency,interval,started_on\n"
        "S1,A1,100,USD,month,2026-06-01\nS2,A2,50,USD,month,2026-06-01\n"
    )
    assert cs("-w", workspace, "import", workspace / "a.csv", workspace / "s.csv").code == 0
    return workspace


def playbook(desk: Path, name: str, text: str) -> None:
    (desk / "playbooks" / f"{name}.yaml").write_text(f"playbook: {name}\nabout: x\n{text}")


def today(desk: Path, cs: Cs) -> str:
    done = cs("-w", desk, "today")
    assert done.code == 0, done.err
    return " ".join(done.out.split())


def test_nothing_is_due_where_all_can_tell(desk: Path, cs: Cs) -> None:
    playbook(desk, "large", "when: arr > 100000\n")
    assert "Nothing is due." in today(desk, cs)


def test_it_says_which_cannot_tell_for_whom_and_what_would_help(desk: Path, cs: Cs) -> None:
    playbook(desk, "large", "when: arr > 100000\n")
    playbook(desk, "blind", "when: overdue_days > 30\n")
    said = today(desk, cs)
    assert "Nothing is due." not in said
    assert "cannot tell: blind for 2 customers (overdue_days unknown: import invoices)" in said


@pytest.mark.parametrize("text", [
    "enabled: false\nwhen: overdue_days > 30\n",            # switched off
    "applies_to: status == 'trial'\nwhen: overdue_days > 30\n",  # for nobody here
    "when: overdue_days > 30 and arr > 5000\n",             # false whatever is unknown
])  # fmt: skip
def test_what_decides_nothing_is_not_said(desk: Path, cs: Cs, text: str) -> None:
    playbook(desk, "blind", text)
    assert "Nothing is due." in today(desk, cs)


def test_where_it_decides_for_one_customer_one_is_counted(desk: Path, cs: Cs) -> None:
    playbook(desk, "blind", "when: overdue_days > 30 and arr > 1000\n")
    assert "blind for 1 customer (" in today(desk, cs)
