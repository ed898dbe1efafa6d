"""Event ledgers, exchange rates and the import's MRR as a person meets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs, Result

EVENTS = "event_id,account_id,day,kind,mrr_before,mrr_after\n"
SUBSCRIPTIONS = "subscription_id,account_id,amount,currency,interval,started_on,ended_on,status,trial\n"


class Desk:
    def __init__(self, cs: Cs, root: Path) -> None:
        self.run, self.root = cs, root
        self.load("account_id,name\nA,Aster\nB,Birch\nC,Cedar\n")

    def __call__(self, *words: object) -> Result:
        return self.run("-w", self.root, *words)

    def load(self, text: str, *words: str, name: str = "file.csv") -> str:
        path = self.root / "exports" / name
        path.write_text(text)
        done = self("import", path, *words)
        assert done.code == 0, done.err
        return done.err

    def mrr(self, month: str = "2026-06") -> Any:
        return self("metrics", "mrr", "--from", month, "--to", month, "-f", "json").json[0]["mrr"]


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Desk:
    return Desk(cs, workspace)


def test_the_events_of_a_day_in_figures_explanation_and_findings(desk: Desk) -> None:
    said = desk.load(EVENTS + (
        "E98,A,2026-03-10,upgrade,50,80\nE100,A,2026-03-10,downgrade,80,60\nE1,A,2026-01-01,signup,0,50\n"
        "E9,B,2026-02-01,signup,0,50\nE10,B,2026-02-01,cancel,50,0\n"
        "X1,C,2026-01-01,signup,0,70\nX2,C,2026-02-01,upgrade,90,120\n"
    ), name="ledger.csv")  # fmt: skip
    assert "ledger that does not close" in said and "ledger.csv:8: C: X2 of 2026-02-01 begins at 90 USD" in said
    assert "X1 of 2026-01-01 ended at 70 USD" in said and "MRR USD: 0 → 180, as the reports count it" in said
    assert desk.mrr() == 180
    listed = {row["account_id"]: row["mrr"] for row in desk("accounts", "list", "-f", "json").json}
    assert listed == {"A": 60, "C": 120}
    told = desk("explain", "A", "mrr").out
    assert "E100" in told and "E98" not in told and "ledger.csv" in told
    checked = desk("check", "-f", "json")
    (found,) = (row for row in checked.json if row["check"] == "ledger that does not close")
    assert checked.code == 1 and found["subject"].endswith("ledger.csv:8")


def test_a_dry_run_says_what_does_not_close_and_changes_nothing(desk: Desk) -> None:
    path = desk.root / "exports" / "ledger.csv"
    path.write_text(EVENTS + "E1,A,2026-01-01,signup,20,50\n")
    said = desk("import", path, "--dry-run")
    assert said.code == 0 and "ledger that begins in the middle" in said.err and "MRR USD: 0 → 50" in said.err
    assert desk.mrr() == 0


def test_subscriptions_named_in_a_ledger_add_up(desk: Desk) -> None:
    desk.load(EVENTS.replace("\n", ",subscription_id\n") + (
        "E1,A,2026-01-01,signup,0,50,S1\nE2,A,2026-02-01,signup,0,30,S2\nE3,A,2026-03-01,cancel,50,0,S1\n"
    ))  # fmt: skip
    assert [desk.mrr(f"2026-0{n}") for n in (1, 2, 3)] == [50, 80, 30]


def test_the_import_says_what_the_report_says(desk: Desk) -> None:
    rows = (
        "S1,A,100.01,USD,year,2025-01-01,,active,\nS2,B,100.01,USD,year,2025-01-01,,active,\n"
        "S3,C,100,USD,month,2026-06-01,,trialing,yes\nS4,C,70,USD,month,2026-01-01,2026-06-01,active,\n"
        "S5,C,40,EUR,month,2026-06-01,,active,\nS6,NOBODY,9,USD,month,2026-01-01,,active,\n"
    )
    said = desk.load(SUBSCRIPTIONS + rows)
    # 200.02 a year; a trial, an ended one, one without a rate and one without an account are in no figure
    assert "MRR USD: 0 → 16.67, as the reports count it" in said and desk.mrr() == 16.67
    assert "MRR EUR: 0 → 40, without a rate: in no sum" in said and "1 customer, 108 ARR, has no account" in said
    said = desk.load("currency,day,rate\nEUR,2026-06-10,1.25\n", name="fx.csv")
    assert "MRR USD: 16.67 → 66.67" in said and "without a rate" not in said.split("MRR USD")[1].split("EUR: 40 → 0")[0]
    assert desk.mrr() == 66.67


def test_a_rate_holds_from_its_day_on_and_is_explained(desk: Desk) -> None:
    desk.load(SUBSCRIPTIONS + "S1,A,100,EUR,month,2025-01-01,,active,\n")
    desk.load("currency,day,rate\nEUR,2026-03-01,1.10\nEUR,2026-05-15,1.20\n", name="fx.csv")
    assert [desk.mrr(f"2026-0{n}") for n in (2, 3, 4, 5)] == [0, 110, 110, 120]
    checked = {row["check"]: row["finding"] for row in desk("check", "-f", "json").json}
    assert "from 2025-01-01 until the first rate, of 2026-03-01" in checked["no rate for a currency"]
    assert "nobody knows what a subscription is worth" not in checked  # but for the rate
    told = desk("explain", "A", "mrr").out
    assert "1 EUR is 1.2 USD" in told and "fx.csv" in told and "1.1 USD" not in told
    settings = desk.root / "cs.yaml"
    settings.write_text(settings.read_text() + "\nfx: {EUR: 2.0}\n")
    assert [desk.mrr(f"2026-0{n}") for n in (2, 5)] == [200, 200]
    assert "is 1.2 USD" not in desk("explain", "A", "mrr").out


def test_two_rates_of_one_day_are_a_finding(desk: Desk) -> None:
    desk.load(SUBSCRIPTIONS + "S1,A,100,EUR,month,2025-01-01,,active,\n")
    (desk.root / "sources").mkdir(exist_ok=True)
    (desk.root / "sources" / "bank.yaml").write_text(
        "source: bank\nsystem: bank\nkind: fx_rate\nclaims: [Currency code, Rate day]\n"
        "key: [Currency code, Rate day]\ncolumns:\n  currency: {from: Currency code}\n"
        "  day: {from: Rate day, type: day}\n  rate: {from: Fixing, type: number}\n"
    )
    desk.load("currency,day,rate\nEUR,2025-01-01,1.10\n", name="fx.csv")
    desk.load("Currency code,Rate day,Fixing\nEUR,2025-01-01,1.30\n", name="bank.csv")
    found = [row["finding"] for row in desk("check", "-f", "json").json if row["check"] == "two rates of one day"]
    assert found == ["2 different rates: that of bank counts"] and desk.mrr() == 130
