"""One word, one meaning, as a person sees it: what is written off, replaced, settled or closed counts nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.test_import_templates import Desk, desk  # noqa: F401

BILLS = "invoice_id,account_id,issued_on,due_on,paid_on,amount,amount_paid,status,service_from,service_to\n"
PAPERS = "contract_id,account_id,start,end,amount,currency,status\n"


def status(desk: Desk, account: str = "A1") -> Any:  # noqa: F811
    found = {row["account_id"]: row["status"] for row in desk.json("accounts", "list", "--all")}
    return found[account]


def known(desk: Desk) -> None:  # noqa: F811
    assert desk.load("a.csv", "account_id,name\nA1,Aster\nA2,Birch\n").code == 0


@pytest.mark.parametrize(
    "word",
    ["written_off", "Written-off", "uncollectible", "void", "Voided", "draft", "deleted", "cancelled", "bad debt"],
)
def test_a_bill_that_is_gone_makes_no_customer_and_is_not_due(desk: Desk, word: str) -> None:  # noqa: F811
    known(desk)
    done = desk.load("i.csv", BILLS + f"I1,A1,2026-06-01,2026-06-15,,100.00,,{word},2026-06-01,2026-07-01\n"
                                      "I2,A2,2026-06-01,2026-06-15,,100.00,,open,2026-06-01,2026-07-01\n")  # fmt: skip
    assert done.code == 0, done.err
    assert (status(desk), status(desk, "A2")) == ("prospect", "customer")
    owed = {row["account_id"]: row["overdue_amount"] for row in desk.json("facts", "show", "overdue_amount")}
    assert (owed["A1"], owed["A2"]) == (0, 100)
    pages = [desk.cs("-w", desk.folder, "show", one, "--as-of", "2026-06-30").out for one in ("A1", "A2")]
    assert ["invoice due, not paid" in page for page in pages] == [False, True]


@pytest.mark.parametrize("word", ["paid", "Paid in full", "refunded", "settled"])
def test_a_settled_bill_is_not_due(desk: Desk, word: str) -> None:  # noqa: F811
    known(desk)
    assert desk.load("i.csv", BILLS + f"I1,A1,2026-06-01,2026-06-15,,100.00,,{word},,\n").code == 0
    assert "not paid" not in desk.cs("-w", desk.folder, "show", "A1", "--as-of", "2026-06-30").out


@pytest.mark.parametrize("word", ["superseded", "Replaced", "cancelled", "terminated", "draft", "void", "rejected"])
def test_a_dead_paper_makes_no_customer_and_no_term(desk: Desk, word: str) -> None:  # noqa: F811
    known(desk)
    papers = f"C1,A1,2026-01-01,2026-12-31,1200.00,USD,{word}\nC2,A2,2026-01-01,2026-12-31,1200.00,USD,active\n"
    done = desk.load("c.csv", PAPERS + papers)
    assert done.code == 0, done.err
    assert (status(desk), status(desk, "A2")) == ("prospect", "customer")
    assert [row["contract"] for row in desk.json("contracts", "list")] == ["C2"]
    assert [row["contract"] for row in desk.json("renewals", "list", "--within", "365")] == ["C2"]


def test_a_customer_since_the_first_paper_whose_place_was_taken(desk: Desk) -> None:  # noqa: F811
    known(desk)
    papers = "C1,A1,2024-01-01,2026-12-31,1200.00,USD,superseded\nC2,A1,2026-01-01,2026-12-31,1500.00,USD,active\n"
    assert desk.load("c.csv", PAPERS + papers).code == 0
    facts = desk.json("facts", "show", "customer_since")
    assert {row["account_id"]: row["customer_since"] for row in facts}["A1"] == "2024-01-01"


def test_a_ticket_closed_without_a_day_is_not_open_on_the_page(desk: Desk) -> None:  # noqa: F811
    known(desk)
    tickets = "ticket_id,account_id,opened_at,closed_at,priority,status,category,subject\n"
    rows = "T1,A1,2026-06-20,,Critical,Completed,how-to,Gone one\nT2,A1,2026-06-21,,P0,open,How to,Here one\n"
    assert desk.load("t.csv", tickets + rows).code == 0
    page = desk.cs("-w", desk.folder, "show", "A1", "--as-of", "2026-06-30").out
    before = page.partition("Changed in 30 days")[0]
    assert "Here one" in before and "Gone one" not in before
    for fact in ("open_tickets", "urgent_tickets", "question_tickets"):
        assert {row["account_id"]: row[fact] for row in desk.json("facts", "show", fact)}["A1"] == 1, fact


def test_a_declined_request_is_no_promise_of_today(desk: Desk) -> None:  # noqa: F811
    known(desk)
    asked = "request_id,account_id,kind,severity,asked_on,due,decision\n"
    assert desk.load("r.csv", asked + "R1,A1,discount,red,2026-06-01,2026-07-01,Denied\n"
                                      "R2,A2,discount,red,2026-06-01,2026-07-01,\n").code == 0  # fmt: skip
    assert [row["account_id"] for row in desk.json("today") if str(row["what"]).startswith("promise")] == ["A2"]
    sections = desk.json("report", "requests")["sections"]
    assert [row["account_id"] for row in sections["open"]["rows"]] == ["A2"]
