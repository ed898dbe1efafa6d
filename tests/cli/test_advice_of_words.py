"""Rows set aside for one word: the line of the map that settles them is named once, and then they come in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.conftest import Cs
from tests.refusals import refused

HEAD = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"
ACCOUNTS = "account_id,name\n" + "".join(f"A{n},Company {n}\n" for n in range(1, 61))


def billing(word: str, frozen: int, amount: str = "50.00") -> str:
    return HEAD + "".join(
        f"S{n},A{n},pro,1,{amount if n > 2 else '50.00'},USD,month,2026-01-15,{word if n <= frozen else 'active'}\n"
        for n in range(1, 61)
    )


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    (workspace / "exports" / "accounts.csv").write_text(ACCOUNTS)
    assert cs("-w", workspace, "import", workspace / "exports").code == 0
    return workspace


def bring(cs: Cs, desk: Path, name: str, text: str) -> str:
    (desk / "exports" / name).write_text(text)
    done = cs("-w", desk, "import", desk / "exports")
    assert done.code == 3, done.err
    return done.err


def test_one_unmapped_status_names_the_line_once(cs: Cs, desk: Path) -> None:
    first = bring(cs, desk, "billing-2026-06-01.csv", billing("Frozen", 3))
    assert first.count("IMP-151") == 1
    assert 'value    "Frozen"' in first and "(3 rows)" in first and "3 set aside" in first
    assert "add to sources/cs_subscription.yaml (made by: cs sources copy cs_subscription): " in first
    assert 'columns: status: map: {"Frozen": MEANING}, where MEANING is one of active, trial' in first
    # next week the same: one short line, and no advice anew
    again = bring(cs, desk, "billing-2026-06-08.csv", billing("Frozen", 3, "51.00"))
    assert "set aside again as in import #2" in again and "(3 rows)" in again
    assert "MEANING" not in again
    # another word is told for itself
    other = bring(cs, desk, "billing-2026-06-15.csv", billing("Iced", 2, "52.00"))
    assert '{"Iced": MEANING}' in other
    # the advice, done as it says
    assert cs("-w", desk, "sources", "copy", "cs_subscription").code == 0
    path = desk / "sources" / "cs_subscription.yaml"
    source = yaml.safe_load(path.read_text())
    source["columns"]["status"]["map"] |= {"Frozen": "paused", "Iced": "paused"}
    path.write_text(yaml.safe_dump(source))
    done = cs("-w", desk, "import", desk / "exports")
    assert done.code == 0, done.err
    found = cs("-w", desk, "imports", "list", "-f", "json").json
    assert found[0]["set_aside"] == 0
    # what is there once is not written over
    refused(cs("-w", desk, "sources", "copy", "cs_subscription"), "IMP-248", "edit that one")
    refused(cs("-w", desk, "sources", "copy", "cs_subscriptoin"), "IMP-201", "cs_subscription")


def test_a_word_among_amounts_that_comes_again_is_a_gap(cs: Cs, desk: Path) -> None:
    def text(amount: str) -> str:
        return billing("active", 0, amount).replace(f"A7,pro,1,{amount}", "A7,pro,1,TBD").replace(
            f"A8,pro,1,{amount}", "A8,pro,1,TBD")

    first = bring(cs, desk, "billing-2026-06-01.csv", text("50.00"))
    assert 'columns: amount: empty: ["TBD"]' in first
    assert "empty:" not in bring(cs, desk, "billing-2026-06-08.csv", text("51.00"))


def test_rows_that_are_wrong_each_in_its_own_way_are_told_as_ever(cs: Cs, desk: Path) -> None:
    text = billing("active", 0).replace("S7,A7,pro,1,50.00", "S7,A7,pro,1,5o.00")
    text = text.replace("2026-01-15,active\nS9", "2026-02-31,active\nS9")
    told = bring(cs, desk, "billing-2026-06-01.csv", text)
    assert "2 set aside" in told and "sources/" not in told


def test_a_dry_run_tells_it_and_does_not_count(cs: Cs, desk: Path) -> None:
    path = desk / "exports" / "billing-2026-06-01.csv"
    path.write_text(billing("Frozen", 3))
    for _ in range(2):
        shown = cs("-w", desk, "import", path, "--dry-run")
        assert shown.code == 3 and "MEANING" in shown.err
    assert "MEANING" in cs("-w", desk, "import", path).err
    rows = json.loads(cs("-w", desk, "imports", "rejects", "2", "-f", "json").out)
    assert len(rows) == 3   # each row stands there with its place
