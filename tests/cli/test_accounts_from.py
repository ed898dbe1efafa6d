"""`accounts_from`: who makes the accounts, with the files in either order."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.cli.test_accounts_match import ACCOUNTS, STRIPE, Desk, customer
from tests.conftest import Cs

CUSTOMERS = (
    STRIPE
    + customer("cus_1", "pay@acme.com", "Acme")
    + customer("cus_2", "x@gmail.com", "GLOBEX  GmbH")
    + customer("cus_9", "who@nowhere.example", "Nowhere")
)
FILES = {"accounts.csv": ACCOUNTS, "customers.csv": CUSTOMERS}
REFS = ("cs:A1", "cs:A2", "cs:A3", "stripe:cus_1", "stripe:cus_2", "stripe:cus_9")

# which references make up one account; None: no account
TOGETHER = {
    "crm": [{"cs:A1", "stripe:cus_1"}, {"cs:A2", "stripe:cus_2"}, {"cs:A3"}],
    None: [{"cs:A1", "stripe:cus_1"}, {"cs:A2", "stripe:cus_2"}, {"cs:A3"}],
    "both": [{"cs:A1", "stripe:cus_1"}, {"cs:A2", "stripe:cus_2"}, {"cs:A3"}, {"stripe:cus_9"}],
    "billing": [{"cs:A1", "stripe:cus_1"}, {"cs:A2", "stripe:cus_2"}, {"stripe:cus_9"}],
}


@pytest.mark.parametrize("order", list(itertools.permutations(FILES)), ids="-then-".join)
@pytest.mark.parametrize("setting", list(TOGETHER), ids=str)
def test_the_same_companies_whatever_came_first(
    cs: Cs, workspace: Path, setting: str | None, order: tuple[str, ...]
) -> None:
    if setting is not None:
        with open(workspace / "cs.yaml", "a", encoding="utf-8") as file:
            file.write(f"\naccounts_from: {setting}\n")
    desk = Desk(cs, workspace)
    made: list[list[str]] = []
    for name in order:
        desk.good(name, FILES[name])
        made.append(desk.ids())
    found: dict[str, set[str]] = {}
    for ref in REFS:
        if (account := desk.owner_of(ref)) is not None:
            found.setdefault(account, set()).add(ref)
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, TOGETHER[setting]))
    # an account that stays keeps the id it had
    kept = [one for one in made[0] if one in made[1]]
    expected = {
        "crm": {"accounts.csv": 3, "customers.csv": 0},
        "billing": {"accounts.csv": 0, "customers.csv": 3},
        "both": {"accounts.csv": 3, "customers.csv": 3},
        None: {"accounts.csv": 3, "customers.csv": 2},
    }
    assert len(kept) == expected[setting][order[0]]


def test_billing_alone_makes_accounts_only_where_it_may(cs: Cs, workspace: Path) -> None:
    with open(workspace / "cs.yaml", "a", encoding="utf-8") as file:
        file.write("\naccounts_from: crm\n")
    desk = Desk(cs, workspace)
    said = desk.good("customers.csv", CUSTOMERS)
    assert desk.ids() == []
    assert "3 references have no account" in said.err


def test_a_second_billing_system_joins_and_ids_stay(cs: Cs, workspace: Path) -> None:
    desk = Desk(cs, workspace)
    desk.good("customers.csv", CUSTOMERS)
    before = desk.ids()
    # a system whose name sorts before stripe's
    (workspace / "sources" / "abill.yaml").write_text(
        "source: abill\nsystem: abill\nkind: account\nrole: billing\nclaims: [payer, payer mail]\nkey: payer\n"
        "account: {own: true}\ncolumns:\n  name: {from: payer name}\n  email: {from: payer mail, type: email}\n"
    )
    desk.good("payers.csv", "payer,payer mail,payer name\np1,billing@acme.com,Acme\np2,z@zeta.example,Zeta\n")
    assert desk.owner_of("abill:p1") == "cus_1"
    assert desk.ids() == sorted([*before, "p2"])


def test_accounts_made_from_subscriptions_alone_keep_their_ids_when_a_crm_comes(cs: Cs, workspace: Path) -> None:
    desk = Desk(cs, workspace)
    (workspace / "sources" / "subs.yaml").write_text(
        "source: subs\nsystem: subs\nkind: subscription\nrole: billing\nclaims: [sub, payer, payer mail]\nkey: sub\n"
        "account: {id: payer, email: payer mail}\ncolumns:\n  mrr: {from: mrr, type: money}\n"
        "  started_on: {from: start, type: day}\n"
    )
    desk.good("subs.csv", "sub,payer,payer mail,mrr,start\ns1,p1,x@acme.com,10.00,2026-01-01\n")
    assert desk.ids() == ["p1"]
    desk.good("accounts.csv", ACCOUNTS)
    assert desk.ids() == ["A2", "A3", "p1"]
    assert desk.owner_of("cs:A1") == "p1"
