"""Reports that Salesforce exports grouped: sums among the rows are no rows, a group's value is written once."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from tests.conftest import Cs

ACCOUNTS = '''"Account Owner  ↑","Account ID","Account Name","Type","Employees"
"Ann A","001bm00001ZL8U9","Edge Communications","Customer","1000"
"","001bm00001ZL8UA","Burlington Textiles","Customer","9000"
"Subtotal","","Count","2",""
'''
LAST = '''"Bob B","001bm00001ZL8UB","Pyramid","Customer","2680"
"","001bm00001ZL8UC","Total","Customer","10"
"Subtotal","","Count","2",""
'''
TOTAL = '"Total","","Count","4",""\n\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
DEALS = '''"Month","Type","Opportunity ID","Opportunity Name","Account ID","Account Name","Stage","Amount","Close Date"
"March","New","006bm00001ZL8U9","One","001bm00001ZL8U9","Edge","Prospecting","1000","2026-03-31"
"","","006bm00001ZL8UA","Two","001bm00001ZL8UA","Burl","Prospecting","2000","2026-03-31"
"","Subtotal","","","","","","3000",""
"","Renewal","006bm00001ZL8UB","Three","001bm00001ZL8UA","Burl","Prospecting","500","2026-03-31"
"","Subtotal","","","","","","500",""
"Subtotal","","","","","","","3500",""
"May","","006bm00001ZL8UC","Four","001bm00001ZL8UA","Burl","Prospecting","500","2026-05-31"
"","Subtotal","","","","","","500",""
"Subtotal","","","","","","","500",""
"Total","","","","","","","4000",""
'''


def stored(folder: Path, sql: str) -> list[Any]:
    with sqlite3.connect(folder / "cs.db") as conn:
        return conn.execute(sql).fetchall()


def bring(cs: Cs, folder: Path, text: str) -> str:
    file = folder / "report.csv"
    file.write_text(text, encoding="utf-8")
    done = cs("-w", folder, "import", file)
    assert done.code == 0, done.err
    return done.err


def test_every_account_has_the_owner_of_its_group(cs: Cs, workspace: Path) -> None:
    said = bring(cs, workspace, ACCOUNTS + LAST + TOTAL)
    assert stored(workspace, "SELECT name, owner FROM account WHERE retired_by IS NULL ORDER BY name") == [
        ("Burlington Textiles", "Ann A"), ("Edge Communications", "Ann A"), ("Pyramid", "Bob B"), ("Total", "Bob B"),
    ]
    assert "sums of a group: line 4: Subtotal Count 2" in said


def test_the_sums_of_one_group_at_the_end_prove_it_too(cs: Cs, workspace: Path) -> None:
    bring(cs, workspace, ACCOUNTS)
    assert stored(workspace, "SELECT DISTINCT owner FROM account WHERE retired_by IS NULL") == [("Ann A",)]


def test_an_empty_cell_of_a_plain_report_stays_empty(cs: Cs, workspace: Path) -> None:
    """One total at the end says nothing of groups."""
    plain = ACCOUNTS.replace('"Subtotal","","Count","2",""\n', "")
    bring(cs, workspace, plain + '"Total","","Count","2",""\n')
    owners = stored(workspace, "SELECT name, owner FROM account WHERE retired_by IS NULL ORDER BY name")
    assert owners == [("Burlington Textiles", None), ("Edge Communications", "Ann A")]


def test_groups_within_groups_and_a_group_without_a_name(cs: Cs, workspace: Path) -> None:
    bring(cs, workspace, DEALS)
    found = stored(workspace, "SELECT name, kind, amount FROM deal WHERE retired_by IS NULL ORDER BY key")
    assert found == [("One", "New", 100000), ("Two", "New", 200000), ("Three", "renewal", 50000), ("Four", None, 50000)]


def test_the_sum_of_the_last_group_is_not_held_against_all_rows(cs: Cs, workspace: Path) -> None:
    """A report without a grand total ends with the sums of its last group; with one, its rows must add up to it."""
    without = DEALS.replace('"Total","","","","","","","4000",""\n', "")
    bring(cs, workspace, without)
    file = workspace / "cut.csv"
    file.write_text(DEALS.replace('"4000"', '"4700"'), encoding="utf-8")
    cut = cs("-w", workspace, "import", file)
    assert cut.code == 10 and "IMP-221" in cut.err and "the rows add up to 4,000" in cut.err


def test_a_row_that_cannot_be_read_is_repaired_with_its_group(cs: Cs, workspace: Path) -> None:
    bad = ACCOUNTS.replace('"9000"', '"many"')
    file = workspace / "report.csv"
    file.write_text(bad + LAST + TOTAL, encoding="utf-8")
    done = cs("-w", workspace, "import", file)
    assert done.code == 3, done.err
    rejects = workspace / "rejects" / "1.csv"
    rejects.write_text(rejects.read_text("utf-8").replace("many", "9000"), encoding="utf-8")
    fixed = cs("-w", workspace, "import", rejects)
    assert fixed.code == 0, fixed.err
    found = stored(workspace, "SELECT owner, employees FROM account WHERE name LIKE 'Burl%' AND retired_by IS NULL")
    assert found == [("Ann A", 9000)]
