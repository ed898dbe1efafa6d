"""One renewal, one voice: tasks, reminders, the list of renewals and the fact name the same lead on every day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cs_cli.definitions.workspace import Definitions, Workspace, load_definitions
from cs_cli.facts.catalogue import names
from cs_cli.facts.contracts import build_contract_facts
from cs_cli.revenue.renewals import renewals
from cs_cli.scoring.desk import build_desk
from cs_cli.store.connection import open_database
from tests.conftest import Cs
from tests.deliver.world import settings

# the customer must decide by 2026-08-11
TERMS = "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency\n"
TERM = "C1,A1,2025-10-11,2026-10-10,60,yes,90000,USD\n"
DEALS = "deal_id,account_id,name,kind,stage,status,amount,currency,close_on,created_on\n"
PEOPLE = {
    "me": "Ann Lee",
    "people": [
        {"name": "Ann Lee", "roles": ["csm"]}, {"name": "Tom Fox", "roles": ["renewal_manager"]},
        {"name": "Mia Roy", "roles": ["am"]},
    ],
    "roles": {"csm": "Ann Lee", "renewal_manager": "Tom Fox", "am": "Mia Roy"},
}  # fmt: skip
DAYS = ("2026-04-20", "2026-05-12", "2026-05-13", "2026-06-14", "2026-06-15", "2026-07-13", "2026-08-10", "2026-08-12")


@pytest.fixture(autouse=True)
def no_trends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_cli.scoring.cache.TRENDS_UP_TO", 0)


def make(desk: Path, cs: Cs, deals: str, terms: str = TERM) -> None:
    for playbook in (desk / "playbooks").glob("*.yaml"):
        if playbook.stem != "renewal-runway":
            playbook.unlink()
    settings(desk, today="2026-04-20", currency="USD", **PEOPLE)
    (desk / "a.csv").write_text("account_id,name\nA1,Alder Works\n")
    (desk / "c.csv").write_text(TERMS + terms)
    (desk / "d.csv").write_text(DEALS + "D0,A1,First sale,new,won,won,90000,USD,2025-10-01,2025-09-01\n" + deals)
    done = cs("-w", desk, "import", *(desk / f"{n}.csv" for n in "acd"), "--as-of", "2026-04-20", "--yes")
    assert done.code == 0, done.err


def leads(desk: Path, cs: Cs, day: str) -> dict[str, str]:
    """Who talks about price on the day, by each of the places that name somebody."""
    settings(desk, today=day)
    on = ("--as-of", day)
    assert cs("-w", desk, "run", "-q", *on).code == 0
    found = {row["do"].split()[0]: row["owner"] for row in cs("-w", desk, "tasks", "list", *on, "-f", "json").json}
    shown = cs("-w", desk, "renewals", "show", "Alder", *on, "-f", "json").json
    stages = {row["stage"]: row["owner"] for row in shown["sections"]["runway"]["rows"]}
    where = {"task offer": found.get("Make"), "task price": found.get("Talk"), "stage price": stages.get("price")}
    return {place: owner for place, owner in where.items() if owner is not None}


@pytest.mark.parametrize(("deals", "lead_on"), [
    ("", lambda day: "Tom Fox"),
    # won on 2026-06-15 by an AM: until then it is open, so that the AM leads from the start of the talk on
    ("D1,A1,More seats,expansion,won,won,9000,USD,2026-06-15,2026-06-01\n",
     lambda day: "Mia Roy" if day >= "2026-06-01" else "Tom Fox"),
    ("D1,A1,More seats,expansion,lost,lost,9000,USD,2026-06-15,2026-06-01\n",
     lambda day: "Mia Roy" if "2026-06-01" <= day < "2026-06-15" else "Tom Fox"),
    # won before the term began: part of it
    ("D1,A1,More seats,expansion,won,won,9000,USD,2025-10-10,2025-09-01\n", lambda day: "Tom Fox"),
])  # fmt: skip
def test_tasks_stages_and_list_name_one_lead(workspace: Path, cs: Cs, deals: str, lead_on: object) -> None:
    make(workspace, cs, deals)
    for day in DAYS:
        named = leads(workspace, cs, day)
        assert named and set(named.values()) == {lead_on(day)}, (day, named)  # type: ignore[operator]


def test_the_reminder_goes_to_who_leads(workspace: Path, cs: Cs) -> None:
    make(workspace, cs, "D1,A1,More seats,expansion,won,won,9000,USD,2026-06-15,2026-06-01\n")
    settings(workspace, channels={"days": {"kind": "calendar", "path": "reports/days"}, "stdout": {"default": True}})
    path = workspace / "playbooks" / "renewal-runway.yaml"
    path.write_text(path.read_text().replace("to: [csm, renewal_lead]", "to: [csm, renewal_lead]\n    via: [days]"))
    settings(workspace, today="2026-06-20")
    assert cs("-w", workspace, "remind", "-q").code == 0
    settings(workspace, today="2026-07-13")
    rows = cs("-w", workspace, "remind", "--dry-run", "-f", "json").json
    assert {row["recipient"] for row in rows if row["step"] == "month"} == {"Ann Lee", "Mia Roy"}


def test_the_introduction_is_a_task_and_a_draft_that_names_the_lead(workspace: Path, cs: Cs) -> None:
    make(workspace, cs, "")
    assert cs("-w", workspace, "run", "-q").code == 0
    rows = cs("-w", workspace, "tasks", "list", "-f", "json").json
    task = next(row for row in rows if row["do"].startswith("Tell the decision maker who"))
    assert (task["owner"], task["due"]) == ("Ann Lee", "2026-05-18")
    draft = cs("-w", workspace, "draft", "Alder", "--template", "introduce")
    assert draft.code == 0 and "Tom Fox will talk with you about price and term" in draft.out
    settings(workspace, **{**PEOPLE, "roles": {"csm": "Ann Lee", "renewal_manager": "Ann Lee", "am": "Mia Roy"}})
    assert "I will be the one to talk" in cs("-w", workspace, "draft", "Alder", "--template", "introduce").out


def test_the_fact_says_what_the_list_says_for_every_term_and_day(workspace: Path, cs: Cs) -> None:
    """Two terms of an account, one cancelled subscription of another: facts, terms and the list by their own routes."""
    make(
        workspace, cs, "D1,A1,More seats,expansion,won,won,9000,USD,2026-06-15,2026-06-01\n",
        TERM + "C2,A1,2025-03-01,2027-02-28,30,no,9000,USD\n",
    )
    subs = "subscription_id,account_id,plan,arr,currency,started_on,cancelled_on,ends_on,term_months,status\n"
    (workspace / "a.csv").write_text("account_id,name\nA1,Alder Works\nA2,Birch Labs\n")
    (workspace / "s.csv").write_text(subs + "S2,A2,pro,12000,USD,2025-11-01,2026-06-01,2026-10-31,12,active\n")
    done = cs("-w", workspace, "import", workspace / "a.csv", workspace / "s.csv", "--as-of", "2026-04-21", "--yes")
    assert done.code == 0, done.err
    definitions: Definitions = load_definitions(Workspace(workspace), names)
    conn = open_database(workspace / "cs.db", write=True)
    seen: set[tuple[str, str]] = set()
    for n in range(0, 420, 6):
        day = date(2026, 4, 22) + timedelta(days=n)
        listed = {row["contract"]: row for row in renewals(conn, definitions, day, 3660)}
        build_desk(conn, definitions, day, need={"renewal_led_by", "cancel_requested", "contract"}, cached=False)
        build_contract_facts(conn, definitions.settings, day)
        terms = dict(conn.execute("SELECT contract, renewal_led_by FROM temp.contract_facts").fetchall())
        first = dict(conn.execute("SELECT contract, renewal_led_by FROM temp.account_facts").fetchall())
        for contract, row in listed.items():
            assert terms[contract] == row["owner_role"], (day, contract, row["stage"])
            assert first.get(contract, row["owner_role"]) == row["owner_role"], (day, contract, row["stage"])
            seen.add((row["stage"], row["owner_role"]))
    conn.close()
    assert {role for _, role in seen} == {"csm", "am", "renewal_manager"}
    assert {stage for stage, _ in seen} >= {"ahead", "introduce", "price", "notice", "overdue"}
