"""Plain tables whose columns have usual other names, or names that only look like those of the template."""

from __future__ import annotations

import re
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

ACCOUNTS = "account_id,name\nA1,Alpha\nA2,Beta\n"
CONTRACTS = "C1,A1,2025-07-01,2027-06-30,24000,USD\nC2,A2,2025-01-01,2025-12-31,1200,USD\n"


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    (workspace / "accounts.csv").write_text(ACCOUNTS)
    assert cs("import", "accounts.csv", cwd=workspace).code == 0
    return workspace


def put(desk: Path, text: str) -> str:
    (desk / "table.csv").write_text(text)
    return "table.csv"


def ask(desk: Path, sql: str) -> list[Any]:
    with sqlite3.connect(desk / "cs.db") as conn:
        return conn.execute(sql).fetchall()


@pytest.mark.parametrize("days", ["start,end", "start_date,end_date", "starts_on,ends_on", "start,expiration_date",
                                  "contract_start,contract_end", "effective_date,renewal_date", "Start_Date,END_DATE"])
def test_an_end_under_a_usual_name_is_an_end(cs: Cs, desk: Path, days: str) -> None:
    """Of two years for 24,000 a year is 12,000; a contract that ended is none that runs on."""
    done = cs("import", put(desk, f"contract_id,account_id,{days},amount,currency\n{CONTRACTS}"), cwd=desk)
    assert done.code == 0 and "not read" not in done.err, done.err
    assert ask(desk, "SELECT start_on, end_on FROM contract WHERE retired_by IS NULL ORDER BY key") == [
        ("2025-07-01", "2027-06-30"), ("2025-01-01", "2025-12-31"),
    ]
    rows = {one["name"]: one["arr"] for one in cs("accounts", "list", "--all", "-f", "json", cwd=desk).json}
    assert rows["Alpha"] == 12000
    due = cs("renewals", "list", "--within", "500", "-f", "json", cwd=desk).json
    assert {(one["name"], one["renewal_date"]) for one in due} >= {("Alpha", "2027-06-30")}


OTHERS = {
    "subscriptions": (
        "subscription_id,account_id,plan_name,mrr,currency_code,start_date,renewal_date,canceled_at,status\n"
        "S1,A1,pro,200,USD,2025-07-01,2026-07-01,,active\n",
        "SELECT plan, arr, currency, started_on, renews_on FROM subscription",
        ("pro", 240000, "USD", "2025-07-01", "2026-07-01")),
    "invoices": (
        "invoice_id,account_id,invoice_date,due_date,total,vat,currency,status\n"
        "I1,A1,2026-05-01,2026-05-31,119,19,USD,paid\n",
        "SELECT issued_on, due_on, amount, tax, status FROM invoice",
        ("2026-05-01", "2026-05-31", 11900, 1900, "paid")),
    "tickets": (
        "ticket_id,account_id,created_at,resolved_at,priority\nT1,A1,2026-05-01 10:00,2026-05-03 10:00,high\n",
        "SELECT opened_on, closed_on, priority FROM ticket", ("2026-05-01", "2026-05-03", "high")),
    "deals": (
        "deal_id,account_id,deal_name,deal_stage,value,close_date,deal_owner\n"
        "D1,A1,New,closed won,500,2026-05-01,Ann\n",
        "SELECT name, status, amount, close_on, owner FROM deal", ("New", "won", 50000, "2026-05-01", "Ann")),
    "touches": (
        "touch_id,account_id,meeting_date,kind,owner,notes\nM1,A1,2026-05-01,call,Ann,Fine\n",
        "SELECT day, who, note FROM touch", ("2026-05-01", "Ann", "Fine")),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_plain_tables_know_usual_names_too(cs: Cs, desk: Path, name: str) -> None:
    text, sql, row = OTHERS[name]
    done = cs("import", put(desk, text), cwd=desk)
    assert done.code == 0 and "not read" not in done.err, done.err
    assert ask(desk, f"{sql} WHERE retired_by IS NULL") == [row]


ASKED = {
    "an end": ("contract_id,account_id,start,end_of_service,amount\nC1,A1,2025-07-01,2027-06-30,24000\n", "end"),
    "a start": ("contract_id,account_id,begin_day,end,amount\nC1,A1,2025-07-01,2027-06-30,24000\n", ""),
    "an end that may be two things": (
        "subscription_id,account_id,plan,mrr,started_on,end_date\nS1,A1,pro,200,2025-07-01,2027-06-30\n",
        "ended_on or --rename end_date=renews_on"),
    "a price": (
        "subscription_id,account_id,plan,price,interval,started_on\nS1,A1,pro,200,month,2025-07-01\n", "amount"),
    "a tax": ("invoice_id,account_id,issued_on,amount,due_on,status,sales_tax\nI1,A1,2026-05-01,9,2026-05-09,paid,1\n",
              "tax"),
}  # fmt: skip


@pytest.mark.parametrize("name", [one for one in ASKED if ASKED[one][1]])
def test_a_column_that_looks_like_a_missing_one_is_asked_about_once(cs: Cs, desk: Path, name: str) -> None:
    text, named = ASKED[name]
    asked = cs("import", put(desk, text), cwd=desk)
    assert asked.code == 15 and "IMP-264" in asked.err and named in asked.err, asked.err
    command = re.search(r"those to come: (cs import .+?)(?: or --rename|;)", asked.err)
    assert command is not None
    assert cs(*shlex.split(command[1])[1:], cwd=desk).code == 0
    again = cs("import", put(desk, text.replace("2025-07-01", "2025-08-01").replace(",9,", ",8,")), cwd=desk)
    assert again.code == 0, again.err


def test_what_was_left_out_once_is_not_asked_about_again(cs: Cs, desk: Path) -> None:
    text = ASKED["an end"][0]
    assert cs("import", put(desk, text), "--yes", cwd=desk).code == 0
    again = cs("import", put(desk, text.replace("24000", "12000")), cwd=desk)
    assert again.code == 0 and "not read: end_of_service" in again.err, again.err


def test_a_year_s_amount_is_in_no_column_of_a_template(cs: Cs, desk: Path) -> None:
    text = "contract_id,account_id,start,end,acv\nC1,A1,2025-07-01,2027-06-30,12000\n"
    asked = cs("import", put(desk, text), cwd=desk)
    assert asked.code == 15 and "cs sources new table.csv --kind contract --save" in asked.err, asked.err


def test_an_empty_column_and_one_beside_the_right_one_are_not_asked_about(cs: Cs, desk: Path) -> None:
    text = "contract_id,account_id,start,end,end_of_service,amount,fee\nC1,A1,2025-07-01,2027-06-30,,24000,3\n"
    assert cs("import", put(desk, text), cwd=desk).code == 0
