"""An owner whom cs.yaml does not know gets nothing; who stands in does, and cs check says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

PEOPLE = """
people:
  - {name: Robin Vale, email: robin@testco.example, roles: [csm]}
  - {name: Dana Reyes, email: dana@testco.example, roles: [am]}
"""


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    """Roles read the owner; A1 has one, A2 a stranger, A3 nobody."""
    text = (workspace / "cs.yaml").read_text()
    start, end = text.index("\npeople:"), text.index("# - name: Dana Reyes")
    text = text[:start] + PEOPLE + text[end:].replace("  csm: account.csm", "  am: account.owner  #", 1)
    (workspace / "cs.yaml").write_text(text)
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    (workspace / "playbooks" / "paying.yaml").write_text(
        "playbook: paying\nabout: x\nkind: escalation\nwhen: arr > 1\nowner: am\nlimit: 100\n"
        "reminders:\n  - {at: opened, to: [owner], text: hello}\n"
    )
    imported(workspace, cs, "A1,Alder,Dana Reyes\nA2,Birch,Ghost Writer\nA3,Cedar,\nA4,Dill,ghost writer\n")
    return workspace


def imported(workspace: Path, cs: Cs, accounts: str) -> None:
    (workspace / "a.csv").write_text("account_id,name,owner\n" + accounts)
    (workspace / "s.csv").write_text(
        "subscription_id,account_id,amount,currency,interval,started_on\n"
        + "".join(f"S{n},A{n},{100 * n},USD,month,2026-06-01\n" for n in range(1, 5))
    )
    done = cs("-w", workspace, "import", workspace / "a.csv", workspace / "s.csv", "--yes")
    assert done.code == 0, done.err


def findings(desk: Path, cs: Cs, check: str) -> list[dict[str, Any]]:
    return [row for row in cs("-w", desk, "check", "-f", "json").json if row["check"] == check]


def test_a_case_of_a_stranger_goes_to_who_stands_in(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "run").code == 0
    owners = {row["account_id"]: row["owner"] for row in cs("-w", desk, "escalations", "list", "-f", "json").json}
    assert owners == {"A1": "Dana Reyes", "A2": "Robin Vale", "A3": "Robin Vale", "A4": "Robin Vale"}
    told = cs("-w", desk, "remind", "--dry-run")
    assert told.code == 0 and "Ghost Writer" not in told.out


def test_a_stranger_is_one_finding_and_empty_ones_are_one_line(desk: Path, cs: Cs) -> None:
    (row,) = findings(desk, cs, "owner who is nobody in people")
    assert row["subject"].casefold() == "ghost writer"
    assert "owner of 2 customers, such as A2" in row["finding"] and "goes to Robin Vale" in row["finding"]
    (none,) = findings(desk, cs, "customers without an owner")
    assert none["subject"] == "1 of 4 customers" and "owner is empty: A3 Cedar" in none["finding"]
    assert cs("-w", desk, "check").code == 1


def test_both_are_settled_by_people_and_by_the_export(desk: Path, cs: Cs) -> None:
    path = desk / "cs.yaml"
    path.write_text(path.read_text().replace(
        "{name: Dana", "{name: Ghost Writer, email: g@testco.example}\n  - {name: Dana"
    ))  # fmt: skip
    assert findings(desk, cs, "owner who is nobody in people") == []
    imported(desk, cs, "A1,Alder,Dana Reyes\nA2,Birch,Ghost Writer\nA3,Cedar,dana@testco.example\nA4,Dill,Dana Reyes\n")
    assert findings(desk, cs, "customers without an owner") == []


def test_the_starter_asks_for_no_csm_where_no_list_has_one(workspace: Path, cs: Cs) -> None:
    imported(workspace, cs, "A1,Alder,\nA2,Birch,Ghost Writer\nA3,Cedar,\nA4,Dill,\n")
    # no role reads the CRM's owner there, and who looks after them is me
    assert findings(workspace, cs, "customers without an owner") == []
    assert findings(workspace, cs, "owner who is nobody in people") == []


def test_an_empty_csm_beside_others_is_said(workspace: Path, cs: Cs) -> None:
    book = workspace / "customers.csv"
    book.write_text("Customer,ARR,CSM\nAlder,1200,Robin Vale\nBirch,2400,Nora Gone\nCedar,3600,\n")
    done = cs("-w", workspace, "import", book, "--yes")
    assert done.code in (0, 3), done.err
    (none,) = findings(workspace, cs, "customers without an owner")
    assert none["subject"] == "1 of 3 customers" and "csm is empty" in none["finding"]
    (row,) = findings(workspace, cs, "owner who is nobody in people")
    assert row["subject"] == "Nora Gone"
