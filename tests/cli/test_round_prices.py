"""Round prices as people write them (50,- and 1'200.-), and prices below zero: in MRR, in what is said and stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs, Result
from tests.refusals import nothing_changes, refused

HEAD = "subscription_id;account_id;amount;currency;interval;started_on"


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    path = workspace / "exports" / "accounts.csv"
    path.write_text("account_id,name,domain\n" + "".join(f"A{n},Firm {n},firm{n}.example\n" for n in range(1, 6)))
    assert cs("-w", workspace, "import", path).code == 0
    return workspace


def put(desk: Path, *amounts: str, name: str = "subs.csv", code: str = "USD") -> Path:
    path = desk / "exports" / name
    rows = [f'S{n};A{n};"{amount}";{code};month;2025-01-01' for n, amount in enumerate(amounts, 1)]
    path.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return path


def bring(
    cs: Cs, desk: Path, *amounts: str, options: tuple[str, ...] = (), name: str = "subs.csv", code: str = "USD"
) -> Result:
    return cs("-w", desk, "import", put(desk, *amounts, name=name, code=code), *options)


def each(cs: Cs, desk: Path) -> dict[str, float]:
    """MRR of every account that has any."""
    listed = cs("-w", desk, "accounts", "list", "--all", "-f", "json").json
    return {row["account_id"]: row["mrr"] for row in listed if row["mrr"]}


def mrr(cs: Cs, desk: Path) -> float:
    return float(cs("-w", desk, "metrics", "mrr", "-f", "json").json[-1]["mrr"])


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (("50,-", "1.200,-", "30,50"), 1280.50),
        (("50.-", "1'200.-", "30.50"), 1280.50),
        (("50.–", "1’200.—", "30.50"), 1280.50),
        (("50,--", "1 200,-", "30,50"), 1280.50),
        (("USD 50,-", "1.200,- USD", "30,50"), 1280.50),
        (("50:-", "1 200:-", "30,50"), 1280.50),
        (("50,-", "1.200,--", "30,‒"), 1280.00),
    ],
)
def test_dashes_behind_the_mark_are_no_cents(cs: Cs, desk: Path, amounts: tuple[str, ...], total: float) -> None:
    done = bring(cs, desk, *amounts)
    assert done.code == 0, done.err
    assert "below zero" not in done.err
    assert mrr(cs, desk) == total
    listed = cs("-w", desk, "accounts", "list", "-f", "json").json
    assert {row["status"] for row in listed} == {"customer"} and len(listed) == 3


def test_kroner(cs: Cs, desk: Path) -> None:
    assert bring(cs, desk, "kr 100,-", "kr. 1.200,-", "100,- kr", code="DKK").code == 0
    kept = cs("-w", desk, "imports", "list", "-f", "json").json
    assert kept[0]["added"] == 3
    listed = cs("-w", desk, "explain", "A2", "arr")
    assert "1,200" in listed.out or "14,400" in listed.out


def test_both_kinds_are_a_question_that_one_option_settles_for_good(cs: Cs, desk: Path) -> None:
    path = put(desk, "50,-", "200,00", "20-")
    with nothing_changes(desk):
        done = cs("-w", desk, "import", path)
        refused(done, "IMP-114", "subs.csv:2", "'50,-' (line 2)", "'20-' (line 4)", "--dashes cents", "dashes: minus")
    cents = bring(cs, desk, "50,-", "200,00", "20-", options=("--dashes", "cents", "--yes"))
    assert cents.code == 0, cents.err
    assert "'amount' of 1 row is below zero (line 4)" in cents.err
    assert each(cs, desk) == {"A1": 50, "A2": 200, "A3": -20}
    # the answer is remembered: the file of the next week has the same two kinds and is not asked about again
    later = bring(cs, desk, "60,-", "200,00", "20-", name="subs-later.csv")
    assert later.code == 0, later.err
    assert "'amount' read with dashes for no cents, as in import #2 (subs.csv)" in later.err
    assert each(cs, desk) == {"A1": 60, "A2": 200, "A3": -20}


def test_minus_is_the_other_answer(cs: Cs, desk: Path) -> None:
    done = bring(cs, desk, "50,-", "200,00", "20-", options=("--dashes", "minus", "--yes"))
    assert done.code == 0, done.err
    assert "'amount' of 2 rows are below zero (lines 2, 4)" in done.err
    assert each(cs, desk) == {"A1": -50, "A2": 200, "A3": -20}


def test_a_source_can_say_what_its_dashes_are(cs: Cs, desk: Path) -> None:
    (desk / "sources" / "ledger.yaml").write_text(
        "source: ledger\nsystem: cs\nkind: subscription\nclaims: [Nr, Client, Price]\n"
        "key: [Nr]\naccount: {id: [Client]}\n"
        'columns:\n  amount: {from: [Price], type: money, decimal: ",", dashes: cents}\n'
        "  started_on: {from: [Since], type: day}\n"
    )
    path = desk / "exports" / "ledger.csv"
    path.write_text("Nr;Client;Price;Since\n1;A1;50,-;2025-01-01\n2;A1;20-;2025-01-01\n")
    done = cs("-w", desk, "import", path)
    assert done.code == 0, done.err
    assert mrr(cs, desk) == 30
    (desk / "sources" / "ledger.yaml").write_text(
        (desk / "sources" / "ledger.yaml").read_text().replace("dashes: cents", "dashes: euros")
    )
    assert cs("-w", desk, "import", path).code == 12


def test_a_thousand_beside_a_bare_dash_is_asked_about(cs: Cs, desk: Path) -> None:
    refused(bring(cs, desk, "50.-", "1.200"), "IMP-107", "1.200 (decimal point)", "1200 (decimal comma)", "--decimal")


def test_words_behind_a_price_are_not_dropped(cs: Cs, desk: Path) -> None:
    done = bring(cs, desk, "50,-", "€ 50,- p.m.")
    assert done.code == 3
    assert "IMP-120" in done.err and "1 set aside" in done.err
    assert mrr(cs, desk) == 50


@pytest.mark.parametrize("amount", ["200-", "200,00-", "(200,00)", "-200,-"])
def test_a_customer_does_not_go_below_zero_in_silence(cs: Cs, desk: Path, amount: str) -> None:
    path = put(desk, "50,00", amount)
    with nothing_changes(desk):
        done = cs("-w", desk, "import", path)
        refused(done, "IMP-239", "subs.csv:3", "A2", "-200", "--yes")
    meant = bring(cs, desk, "50,00", amount, options=("--yes",))
    assert meant.code == 0, meant.err
    assert "below zero (line 3): each counts as a credit" in meant.err
    # what a person has confirmed does not stop the next week
    later = bring(cs, desk, "55,00", amount, name="subs-later.csv")
    assert later.code == 0, later.err
    assert "below zero (line 3)" in later.err


def test_a_credit_beside_a_price_of_the_same_customer_only_is_said(cs: Cs, desk: Path) -> None:
    path = desk / "exports" / "subs.csv"
    path.write_text(f"{HEAD}\nS1;A1;100.00;USD;month;2025-01-01\nS2;A1;-10.00;USD;month;2025-01-01\n")
    done = cs("-w", desk, "import", path)
    assert done.code == 0, done.err
    assert "'amount' of 1 row is below zero (line 3): each counts as a credit" in done.err
    assert mrr(cs, desk) == 90


def test_invoices_below_zero_are_counted_and_placed(cs: Cs, desk: Path) -> None:
    path = desk / "exports" / "invoices.csv"
    rows = [f"I{n},A1,2026-05-0{n},{amount},USD,paid" for n, amount in enumerate(("10", "-5", "20", "(7)", "5-"), 1)]
    path.write_text("\n".join(["invoice_id,account_id,issued_on,amount,currency,status", *rows, ""]))
    done = cs("-w", desk, "import", path)
    assert done.code == 0, done.err
    assert "'amount' of 3 rows are below zero (lines 3, 5, 6): each counts as a credit note" in done.err


def test_the_option_says_what_it_takes(cs: Cs, desk: Path) -> None:
    done = bring(cs, desk, "50,-", options=("--dashes", "euros"))
    assert done.code == 2 and "IMP-240" in done.err and "cents (50,- is 50)" in done.err
