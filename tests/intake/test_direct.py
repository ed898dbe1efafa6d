"""The first export of a source goes straight into its table: the store is as by way of a stage."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cs_cli.intake import importer
from cs_cli.intake.stage import stage_table
from tests.conftest import Cs

HEADER = "invoice_id,account_id,issued_on,due_on,amount,currency,status,service_from,service_to\n"
ACCOUNTS = "account_id,name,domain\n" + "".join(f"A{n},Company {n},c{n}.example\n" for n in range(40))


def rows(seed: int, *, strange: bool) -> list[str]:
    rnd = random.Random(seed)
    found = []
    for n in range(2_000):
        known = rnd.random() < 0.99 or not strange
        whose = f"A{rnd.randrange(40)}" if known else f"guest{rnd.randrange(9)}"
        if strange and n % 600 == 5:
            whose = f"once{n}"  # named by nobody else, and its row is set aside
        due = "2026-13-01" if strange and n in (700, 1_500) else f"2026-02-{rnd.randrange(1, 29):02}"
        ends = "2025-01-01" if strange and n % 600 == 5 else "2026-12-31"
        found.append(
            f"I{n:05},{whose},2026-01-{rnd.randrange(1, 29):02},{due},{rnd.randrange(1, 9_999)}.50,EUR,open,"
            f"2026-01-01,{ends}\n"
        )
    return found


def contents(database: Path) -> dict[str, Any]:
    """Every row of the store; references by what they are called, because their numbers say nothing."""
    conn = sqlite3.connect(database)
    called = dict(conn.execute("SELECT id, system || ':' || external_id FROM ref").fetchall())
    found: dict[str, Any] = {"ref": sorted(conn.execute("SELECT system, external_id, hint_domain, hint_name FROM ref"))}
    for table in ("invoice", "account", "identity", "change_set", "source"):
        cursor = conn.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        kept = [{n: v for n, v in zip(names, row, strict=True) if n not in ("id", "at")} for row in cursor]
        for row in kept:
            if "ref" in row:
                row["ref"] = called.get(row["ref"])
            if table == "identity":
                row["key"] = called[int(str(row["key"]))]
        found[table] = sorted(kept, key=str)
    found["indexes"] = sorted(conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'"), key=str)
    assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
    conn.close()
    return found


@pytest.fixture
def both(workspace: Path, cs: Cs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a text both ways, each into its own copy; gives (code, said, contents) of each, and how it was read."""
    accounts = tmp_path / "accounts.csv"
    accounts.write_text(ACCOUNTS)
    assert cs("-w", workspace, "import", accounts).code == 0

    def run(text: str, *options: str) -> list[Any]:
        found, path = [], tmp_path / "invoices.csv"
        path.write_text(text)
        staged = list[bool]()

        def stage(*words: Any) -> Any:
            staged.append(True)
            return stage_table(*words)

        monkeypatch.setattr(importer, "stage_table", stage)
        for straight in (True, False):
            desk = shutil.copytree(workspace, tmp_path / "copy")
            staged.clear()
            with monkeypatch.context() as patch:
                if not straight:
                    patch.setattr(importer, "fits", lambda *_: False)
                done = cs("-w", desk, "import", path, *options)
            told = (done.out + done.err).replace(str(desk), "")
            found.append((done.code, told, contents(desk / "cs.db"), not staged))
            shutil.rmtree(desk)
        return found

    return run


@pytest.mark.parametrize("strange", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
def test_straight_and_staged_are_the_same(both: Any, strange: bool, shuffled: bool) -> None:
    """With unknown customers, cells that cannot be read and days that contradict each other, in any order."""
    lines = rows(7, strange=strange)
    if shuffled:
        random.Random(1).shuffle(lines)
    straight, staged = both(HEADER + "".join(lines))
    assert (straight[3], staged[3]) == (True, False)
    assert straight[1] == staged[1]
    for table, found in staged[2].items():
        assert straight[2][table] == found, table
    assert straight[0] == (3 if strange else 0)
    assert len(straight[2]["invoice"]) == (1_994 if strange else 2_000)


@pytest.mark.parametrize(("change", "code"), [
    (lambda lines: lines + lines[5:6], 0),                                          # an equal row twice
    (lambda lines: [*lines, lines[5].replace(".50,", ".51,")], 3),                  # unequal ones: set aside
    (lambda lines: [line.replace("2026-01-", "05/01/20") for line in lines], 10),   # 05/01/2011: which is the month?
    (lambda lines: [*lines[:1_990], *(line.replace("-01-", "-Jnr-") for line in lines[1_990:])], 3),
    (lambda lines: [line.replace("EUR", "XXQ") for line in lines], 10),
])
def test_what_needs_a_stage_gets_one(both: Any, change: Any, code: int) -> None:
    straight, staged = both(HEADER + "".join(change(rows(3, strange=False))))
    assert straight[1] == staged[1]
    assert straight[:3] == staged[:3]
    assert straight[0] == code


def test_a_dry_run_leaves_nothing(both: Any) -> None:
    before, _ = both(HEADER + rows(1, strange=False)[0], "--expect-rows", "2")
    straight, staged = both(HEADER + "".join(rows(1, strange=True)), "--dry-run")
    assert straight == (*staged[:3], True)
    assert straight[2] == before[2]


def test_a_second_export_is_compared(workspace: Path, cs: Cs, tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    lines = rows(2, strange=False)
    for n, (text, told) in enumerate([
        (lines, "2,000 added, 0 changed, 0 unchanged"),
        (lines[::-1], "0 added, 0 changed, 2,000 unchanged"),
        ([lines[0].replace("open", "paid"), *lines[1:]], "0 added, 1 changed, 1,999 unchanged"),
    ]):
        path.write_text(HEADER + "".join(text))
        done = cs("-w", workspace, "import", path)
        assert done.code == 0, done.err
        assert told in done.err, n
    for number in (3, 2, 1):
        undone = cs("-w", workspace, "imports", "undo", number)
        assert undone.code == 0, undone.err
    assert contents(workspace / "cs.db")["indexes"]


def test_links_are_made_anew_when_they_could_change(workspace: Path, cs: Cs, tmp_path: Path) -> None:
    """Invoices of known accounts leave the links alone; an unknown account, and accounts that come later, do not."""
    def take(name: str, text: str) -> None:
        (tmp_path / name).write_text(text)
        done = cs("-w", workspace, "import", tmp_path / name)
        assert done.code == 0, done.err

    def changes() -> list[int]:
        conn = sqlite3.connect(workspace / "cs.db")
        found = [row[0] for row in conn.execute("SELECT DISTINCT import_id FROM identity ORDER BY 1")]
        conn.close()
        return found

    take("accounts.csv", ACCOUNTS)
    take("i1.csv", HEADER + "".join(rows(1, strange=False)))
    assert changes() == [1]
    take("i2.csv", HEADER + "X1,New Inc,2026-01-05,,1.50,EUR,open,,\n")
    take("more.csv", ACCOUNTS + "New Inc,New Inc,new.example\n")
    assert changes() == [1, 4]
    told = cs("-w", workspace, "accounts", "show", "New Inc", "-f", "json")
    assert told.code == 0, told.err


@pytest.mark.parametrize("at", [3, 1_990])
def test_a_day_far_ahead_is_said_both_ways(both: Any, at: int) -> None:
    """Straight, days are looked at as they are read, not once more in the table."""
    lines = rows(3, strange=False)
    lines[at] = lines[at].replace("2026-02-", "2062-02-")
    straight, staged = both(HEADER + "".join(lines))
    assert straight == (*staged[:3], True)
    assert f"'due_on' lies far ahead in 1 rows, from line {at + 2}: 2062-02-" in straight[1]
