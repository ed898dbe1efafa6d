"""A source that makes several kinds of record of one row: the whole way a file goes, with one change set."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

SHEET = """
source: sheet
system: sheet
kind: account
claims: [Customer, Yearly]
key: [Customer]
account: {own: true}
columns:
  name: {from: Customer}
  owner: {from: CSM}
also:
  - kind: subscription
    needs: [total, renews_on]
    since: started_on
    columns:
      total: {from: Yearly, type: money}
      interval: {constant: year}
      renews_on: {from: Renewal, type: day}
  - kind: contact
    name: champion
    needs: [name]
    columns: {name: {from: Champion}, role: {constant: champion}}
  - kind: contact
    name: sponsor
    needs: [name]
    columns: {name: {from: Sponsor}, role: {constant: decision_maker}}
  - kind: survey
    name: nps
    needs: [score]
    day: changed
    soft: true
    columns: {kind: {constant: nps}, score: {from: NPS, type: number}}
  - kind: pulse
    day: each
    columns: {score: {from: Mood, type: integer}, who: {constant: Ann}}
  - kind: usage
    day: each
    columns: {metric: {constant: seats_used}, value: {from: Seats, type: number}}
  - kind: usage
    day: each
    metrics: ["~ 30 days"]
"""
HEAD = "Customer,Yearly,Renewal,CSM,Champion,Sponsor,NPS,Mood,Seats,Logins last 30 days\n"
NORDEN = "Norden,48000.00,2027-03-31,Ann,Kim Lee,Sam Roe,9,3,5,120\n"
LUNE = "Lune,12600.00,2027-01-15,Bob,,,,,,\n"


@pytest.fixture
def desk(workspace: Path) -> Path:
    (workspace / "sources" / "sheet.yaml").write_text(SHEET)
    return workspace


def put(desk: Path, rows: str, name: str = "sheet.csv") -> str:
    (desk / name).write_text(HEAD + rows, encoding="utf-8")
    return name


def ask(desk: Path, sql: str) -> list[Any]:
    with sqlite3.connect(desk / "cs.db") as conn:
        return conn.execute(sql).fetchall()


def current(desk: Path, kind: str, columns: str) -> list[Any]:
    return ask(desk, f"SELECT key, {columns} FROM {kind} WHERE retired_by IS NULL AND source = 'sheet' ORDER BY key")


def test_a_row_makes_every_record_that_it_has_in_one_change_set(cs: Cs, desk: Path) -> None:
    done = cs("import", put(desk, NORDEN + LUNE), cwd=desk)
    assert done.code == 0, done.err
    assert "sheet (account) #1: 2 added, 0 changed, 0 unchanged" in done.err
    for line in ("subscription: 2 added", "contact: 2 added", "survey: 1 added", "pulse: 1 added", "usage: 2 added"):
        assert f"  {line}, 0 changed, 0 unchanged\n" in done.err
    assert "nothing says since when 2 of the subscriptions run: they count from 2026-06-30" in done.err
    assert ask(desk, "SELECT count(*) FROM change_set WHERE kind = 'import'") == [(1,)]
    assert current(desk, "subscription", "arr, started_on, renews_on, currency, import_id, line") == [
        ("Lune", 1260000, "2026-06-30", "2027-01-15", "USD", 1, 3),
        ("Norden", 4800000, "2026-06-30", "2027-03-31", "USD", 1, 2),
    ]
    assert current(desk, "contact", "name, role") == [
        ("Norden|champion", "Kim Lee", "champion"), ("Norden|sponsor", "Sam Roe", "decision_maker")]
    assert current(desk, "survey", "kind, score, day") == [("Norden|nps|2026-06-30", "nps", 9.0, "2026-06-30")]
    assert current(desk, "pulse", "score, day") == [("Norden|2026-06-30", 3, "2026-06-30")]
    assert ask(desk, "SELECT m.name, u.value, u.day FROM usage u JOIN metric m ON m.id = u.metric ORDER BY 1") == [
        ("Logins last 30 days", 120.0, "2026-06-30"), ("seats_used", 5.0, "2026-06-30")]
    shown = cs("imports", "show", "1", "-f", "json", cwd=desk).json[0]
    assert shown["also"].startswith("subscription: 2 added, 0 changed, 0 unchanged; contact: 2 added")
    (norden,) = [one for one in cs("accounts", "list", "-f", "json", cwd=desk).json if one["name"] == "Norden"]
    assert (norden["arr"], norden["owner"], norden["status"]) == (48000, "Ann", "customer")


def test_the_same_bytes_are_nothing_new_and_a_dry_run_changes_nothing(cs: Cs, desk: Path) -> None:
    name = put(desk, NORDEN + LUNE)
    assert "subscription: 2 added" in cs("import", name, "--dry-run", cwd=desk).err
    assert ask(desk, "SELECT count(*) FROM change_set") == [(0,)]
    assert ask(desk, "SELECT count(*) FROM subscription") == [(0,)]
    cs("import", name, cwd=desk)
    assert "already imported as #1" in cs("import", name, cwd=desk).err


def test_a_row_that_cannot_be_read_makes_nothing_and_its_repair_makes_all(cs: Cs, desk: Path) -> None:
    done = cs("import", put(desk, NORDEN.replace("48000.00", "plenty") + LUNE), cwd=desk)
    assert done.code == 3 and "IMP-120" in done.err and 'column "Yearly" (2)' in done.err, done.err
    for kind in ("account", "subscription", "contact", "survey", "pulse"):
        assert not [row for row in current(desk, kind, "line") if row[0].startswith("Norden")], kind
    assert ask(desk, "SELECT count(*) FROM usage") == [(0,)]
    rejects = desk / "rejects" / "1.csv"
    rejects.write_text(rejects.read_text().replace("plenty", "48000.00"))
    again = cs("import", rejects, cwd=desk)
    assert again.code == 0 and "repairs rows of #1" in again.err, again.err
    assert [row[:2] for row in current(desk, "subscription", "arr")] == [("Lune", 1260000), ("Norden", 4800000)]
    assert len(current(desk, "contact", "name")) == 2


def test_days_in_the_wrong_order_set_the_whole_row_aside(cs: Cs, desk: Path) -> None:
    yaml = SHEET.replace("since: started_on\n    columns:", "columns:\n      started_on: {from: Start, type: day}")
    (desk / "sources" / "sheet.yaml").write_text(yaml)
    (desk / "sheet.csv").write_text("Customer,Yearly,Renewal,Start\nA,1.50,2026-01-01,2027-01-01\nB,2.50,2027-01-01,\n")
    done = cs("import", "sheet.csv", cwd=desk)
    assert done.code == 3 and "Renewal lies before the beginning" in done.err
    assert [row[0] for row in current(desk, "account", "name")] == ["B"]


def test_a_soft_record_that_cannot_be_read_is_left_out_and_said(cs: Cs, desk: Path) -> None:
    done = cs("import", put(desk, NORDEN.replace(",9,3,", ",soso,3,")), cwd=desk)
    assert done.code == 0
    assert "'NPS' cannot be read in 'soso' (line 2), and is left out there: expected a number" in done.err
    assert current(desk, "survey", "score") == [] and len(current(desk, "subscription", "arr")) == 1


def test_equal_rows_are_one_and_rows_that_differ_in_a_further_record_are_set_aside(cs: Cs, desk: Path) -> None:
    same = cs("import", put(desk, NORDEN + NORDEN + LUNE), cwd=desk)
    assert same.code == 0, same.err
    twice = cs("import", put(desk, NORDEN + NORDEN.replace("48000", "9000") + LUNE, "b.csv"), "--dry-run", cwd=desk)
    assert twice.code == 3 and "the same key with different values on lines 2 and 3" in twice.err


def test_undo_takes_every_record_back(cs: Cs, desk: Path) -> None:
    cs("import", put(desk, NORDEN + LUNE), cwd=desk)
    cs("import", put(desk, NORDEN.replace("48000", "60000").replace("Kim Lee", "Max Ott"), "b.csv"), "--as-of",
       "2026-06-30", cwd=desk)
    assert [row[1] for row in current(desk, "subscription", "arr")] == [1260000, 6000000]
    assert cs("imports", "undo", "1", cwd=desk).code == 15
    assert cs("imports", "undo", "2", cwd=desk).code == 0
    assert [row[1] for row in current(desk, "subscription", "arr")] == [1260000, 4800000]
    assert current(desk, "contact", "name")[0] == ("Norden|champion", "Kim Lee")
    assert cs("imports", "undo", "1", cwd=desk).code == 0
    for kind in ("account", "subscription", "contact", "survey", "pulse"):
        assert current(desk, kind, "key") == [], kind
    assert ask(desk, "SELECT count(*) FROM usage") == [(0,)]


def test_a_sheet_of_every_month_builds_dated_states(cs: Cs, desk: Path) -> None:
    for day, price in (("2026-03-31", "48000.00"), ("2026-04-30", "60000.00"), ("2026-05-31", "60000.00")):
        name = put(desk, NORDEN.replace("48000.00", price).replace(",9,", ",8," if day > "2026-05" else ",9,"),
                   f"sheet-{day}.csv")
        done = cs("import", name, cwd=desk)
        assert done.code == 0, done.err
    moved = cs("metrics", "movements", "--from", "2026-03", "--to", "2026-05", "-f", "json", cwd=desk).json
    assert [(m["new"], m["expansion"], m["end_mrr"]) for m in moved] == [(4000, 0, 4000), (0, 1000, 5000), (0, 0, 5000)]
    assert [row[1:] for row in current(desk, "survey", "day, score")] == [("2026-03-31", 9.0), ("2026-05-31", 8.0)]
    assert [row[1] for row in current(desk, "pulse", "day")] == ["2026-03-31", "2026-04-30", "2026-05-31"]
    assert cs("verify", cwd=desk).code == 0


def test_an_older_sheet_fills_in_the_past(cs: Cs, desk: Path) -> None:
    cs("import", put(desk, NORDEN.replace("48000", "60000"), "sheet-2026-05-31.csv"), cwd=desk)
    older = cs("import", put(desk, NORDEN.replace("Ann", "Zoe"), "sheet-2026-03-31.csv"), cwd=desk)
    assert older.code == 0 and "speaks for 2026-03-31, before #1" in older.err, older.err
    moved = cs("metrics", "movements", "--from", "2026-03", "--to", "2026-05", "-f", "json", cwd=desk).json
    assert [(m["new"], m["expansion"], m["end_mrr"]) for m in moved] == [(4000, 0, 4000), (0, 0, 4000), (0, 1000, 5000)]
    assert current(desk, "account", "owner") == [("Norden", "Ann")]


def test_a_subscription_that_is_not_in_the_next_sheet_is_named_and_counts_on(cs: Cs, desk: Path) -> None:
    cs("import", put(desk, NORDEN + LUNE, "sheet-2026-05-31.csv"), cwd=desk)
    done = cs("import", put(desk, NORDEN, "sheet-2026-06-20.csv"), cwd=desk)
    assert "1 subscription, 1,050 USD MRR, is not in this file: still counted" in done.err
    listed = cs("imports", "end-missing", "-f", "json", cwd=desk).json
    assert [(one["subscription"], one["since"]) for one in listed] == [("Lune", "2026-06-20")]


def test_a_column_of_a_further_record_that_would_clear_all_is_stopped(cs: Cs, desk: Path) -> None:
    rows = [f"C{n},{n}000.00,2027-01-15,Ann,,,,,,\n" for n in range(1, 8)]
    cs("import", put(desk, "".join(rows), "sheet-2026-05-31.csv"), cwd=desk)
    blank = "".join(row.replace("2027-01-15", "") for row in rows)
    stopped = cs("import", put(desk, blank, "sheet-2026-06-20.csv"), cwd=desk)
    assert stopped.code == 15 and "would clear 7 known values" in stopped.err and "renews_on" in stopped.err


def test_explain_finds_the_line_of_the_sheet(cs: Cs, desk: Path) -> None:
    cs("import", put(desk, LUNE + NORDEN), cwd=desk)
    told = cs("explain", "Norden", "arr", cwd=desk)
    assert told.code == 0 and "sheet.csv     3" in told.out, told.out


FAULTS = {
    "a record kind twice under one name": ("name: sponsor", "name: champion", "two records contact of one name"),
    "a column that the kind has not": ("total: {from", "totl: {from", 'a subscription has no column "totl"'),
    "a need that the kind has not": ("needs: [score]", "needs: [skore]", 'a survey has no column "skore"'),
    "no key": ("key: [Customer]", "key_from: row", "only rows of records with a key"),
    "rows that are put together": ("key: [Customer]", "key: [Customer]\ncombine: lines", "cannot make further records"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_cannot_be_declared_is_refused(cs: Cs, desk: Path, case: str) -> None:
    old, new, said = FAULTS[case]
    (desk / "sources" / "sheet.yaml").write_text(SHEET.replace(old, new))
    done = cs("check", cwd=desk)
    assert done.code == 12 and said in done.err, done.err + done.out


def test_imports_of_before_further_records_show_none(cs: Cs, desk: Path) -> None:
    (desk / "accounts.csv").write_text("account_id,name\nA1,Acme\n")
    cs("import", "accounts.csv", cwd=desk)
    assert json.loads(cs("imports", "show", "1", "-f", "json", cwd=desk).out)[0]["also"] is None
