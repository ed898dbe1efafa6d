"""Accounts, cases and tasks are given to somebody else: from a day on, with what is open, and taken back whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.test_handoffs import SEATS, ok, playbook
from tests.conftest import Cs
from tests.deliver.world import settings

PEOPLE = [
    {"name": "Robin Vale", "email": "robin@testco.example", "roles": ["csm"]},
    {"name": "Tom Fox", "email": "tom@testco.example"},
]


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    roles = {"csm": "account.csm"}
    settings(workspace, people=PEOPLE, me="Robin Vale", roles=roles, today="2026-06-29", currency="USD")
    (workspace / "exports" / "accounts.csv").write_text("account_id,name\na1,Alder Works\na2,Birch & Co\na3,Cedar\n")
    lines = [f"s{n},a{n},Pro,1,1000.00,USD,month,2026-01-01,active" for n in (1, 2, 3)]
    (workspace / "exports" / "subscriptions.csv").write_text(
        "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n" + "\n".join(lines)
    )
    for name in ("accounts", "subscriptions"):
        ok(cs, workspace, "import", workspace / "exports" / f"{name}.csv")
    playbook(workspace, {**SEATS, "tasks": [{"id": "look", "do": "Look who needs seats"}]})
    ok(cs, workspace, "run")
    return workspace


def csms(cs: Cs, desk: Path, day: str = "2026-06-29") -> dict[str, str | None]:
    rows = ok(cs, desk, "facts", "show", "csm", "-f", "json", day=day).json
    return {row["account_id"]: row["csm"] for row in rows}


def owners(cs: Cs, desk: Path, day: str = "2026-06-29", what: str = "cases") -> dict[str, str]:
    rows = ok(cs, desk, what, "list", "-f", "json", day=day).json
    return {row["name"]: row["owner"] for row in rows}


def test_accounts_go_to_a_csm_from_a_day_with_their_cases_and_a_sheet(cs: Cs, desk: Path) -> None:
    done = ok(cs, desk, "accounts", "assign", "Alder", "a2", "--csm", "tom", "--from", "2026-07-06")
    assert "2 accounts: csm Tom Fox from 2026-07-06" in done.err
    assert "Handover to Tom Fox from 2026-07-06: a1, a2" in done.out
    assert "Alder Works" in done.out and "Cedar" not in done.out
    assert csms(cs, desk, "2026-07-05") == {"a1": None, "a2": None, "a3": None}
    assert csms(cs, desk, "2026-07-06") == {"a1": "Tom Fox", "a2": "Tom Fox", "a3": None}
    for what in ("cases", "tasks"):
        assert set(owners(cs, desk, "2026-07-05", what).values()) == {"Robin Vale"}
        assert owners(cs, desk, "2026-07-06", what) == {
            "Alder Works": "Tom Fox", "Birch & Co": "Tom Fox", "Cedar": "Robin Vale",
        }  # fmt: skip
    told = ok(cs, desk, "explain", "Alder", "csm", day="2026-07-06").out
    assert "role csm" in told and "who Tom Fox" in told
    logged = ok(cs, desk, "log", "list", "-f", "json", day="2026-07-06").json
    assert {row["text"] for row in logged if row["kind"] == "assignment"} == {"csm: Tom Fox"}
    entry = logged[0]["entry"]
    ok(cs, desk, "log", "undo", entry)
    assert csms(cs, desk, "2026-07-06") == {"a1": None, "a2": None, "a3": None}


def test_the_newest_assignment_of_the_day_stands_and_goes_before_the_crm(cs: Cs, desk: Path) -> None:
    (desk / "exports" / "accounts-2.csv").write_text(
        "account_id,name,csm\na1,Alder Works,tom fox\na2,Birch & Co,Ann Moss\na3,Cedar,\n"
    )
    ok(cs, desk, "import", desk / "exports" / "accounts-2.csv")
    assert csms(cs, desk)["a1"] == "Tom Fox"  # as cs.yaml writes the name
    assert csms(cs, desk)["a2"] == "Ann Moss"
    ok(cs, desk, "accounts", "assign", "a1", "a2", "--csm", "Robin Vale")
    assert csms(cs, desk) == {"a1": "Robin Vale", "a2": "Robin Vale", "a3": None}
    ok(cs, desk, "accounts", "assign", "a1", "--csm", "Tom")
    assert csms(cs, desk)["a1"] == "Tom Fox"


def test_a_role_that_cs_yaml_gives_to_a_person_says_so(cs: Cs, desk: Path) -> None:
    settings(desk, roles={"csm": "me"})
    done = ok(cs, desk, "accounts", "assign", "a1", "--csm", "Tom")
    assert "cs.yaml says csm: me" in done.err
    assert owners(cs, desk)["Alder Works"] == "Robin Vale"


def test_a_case_and_a_task_are_given_and_stay_given(cs: Cs, desk: Path) -> None:
    done = ok(cs, desk, "cases", "assign", "c1", "--to", "Tom")
    assert "c1 given to Tom Fox" in done.err
    ok(cs, desk, "tasks", "assign", "t3", "--to", "Tom")
    ok(cs, desk, "run", day="2026-06-30")
    assert owners(cs, desk, "2026-06-30") == {
        "Alder Works": "Tom Fox", "Birch & Co": "Robin Vale", "Cedar": "Robin Vale",
    }  # fmt: skip
    assert owners(cs, desk, "2026-06-30", "tasks") == {
        "Alder Works": "Tom Fox", "Birch & Co": "Robin Vale", "Cedar": "Tom Fox",
    }  # fmt: skip
    told = ok(cs, desk, "remind", day="2026-06-30").out
    assert "Alder Works: Look who needs seats (t1)" in told and "Cedar: Look who needs seats (t3)" in told
    assert "(t2)" not in told  # mine


@pytest.mark.parametrize(
    ("words", "ident"),
    [
        (("accounts", "assign", "a1", "--csm", "nobody"), "USE-044"),
        (("accounts", "assign", "zzz", "--csm", "Tom"), ""),
        (("cases", "assign", "c9", "--to", "Tom"), "CAS-020"),
        (("cases", "assign", "c1", "c9", "--to", "Tom"), "CAS-020"),
        (("tasks", "assign", "t9", "--to", "Tom"), "CAS-021"),
        (("tasks", "assign", "t1", "--to", "nobody"), "USE-044"),
    ],
)
def test_what_cannot_be_given_changes_nothing(cs: Cs, desk: Path, words: tuple[str, ...], ident: str) -> None:
    done = cs("-w", desk, *words)
    assert (done.code, ident in done.err) == (2, True), done.err
    assert set(owners(cs, desk).values()) == {"Robin Vale"}


@pytest.mark.parametrize(
    ("name", "header", "row"),
    [
        ("hubspot-companies.csv", "Record ID,Company name,Company Domain Name,Company owner,Customer Success Manager",
         "9,Alder Works,alder.example,Am Eve,Tom Fox"),
        ("orgs.csv", "Organization - ID,Organization - Name,Organization - Owner,Organization - CSM",
         "9,Alder Works,Am Eve,Tom Fox"),
    ],
)  # fmt: skip
def test_a_csm_column_of_the_crm_fills_the_fact(cs: Cs, workspace: Path, name: str, header: str, row: str) -> None:
    file: Any = workspace / "exports" / name
    file.write_text(f"{header}\n{row}\n", encoding="utf-8")
    done = cs("-w", workspace, "import", file)
    assert done.code == 0, done.err
    (found,) = cs("-w", workspace, "facts", "show", "csm", "-f", "json").json
    assert found["csm"] == "Tom Fox"
    assert yaml.safe_load((workspace / "cs.yaml").read_text())["roles"]["csm"] == "account.csm"
