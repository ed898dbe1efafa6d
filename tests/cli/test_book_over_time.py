"""A kept sheet over weeks: a customer under a new name is asked about, however many sheets it was missing; the first
import of a workspace says what nobody said."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import Cs

HEAD = "Customer,ARR,CSM\n"
REST = "Lune,2000,Ann\nOrt,3000,Bob\n"


def sheet(cs: Cs, workspace: Path, day: str, rows: str, *more: str) -> tuple[int, str]:
    (workspace / "book.csv").write_text(HEAD + rows + REST)
    done = cs("import", "book.csv", "--as-of", day, *more, cwd=workspace)
    return done.code, done.err


def total(cs: Cs, workspace: Path) -> float:
    rows = cs("accounts", "list", "--all", "--as-of", "2026-11-30", "-f", "json", cwd=workspace).json
    return sum(one["arr"] for one in rows)


def test_a_new_name_after_a_sheet_without_the_customer_is_asked_about(cs: Cs, workspace: Path) -> None:
    assert sheet(cs, workspace, "2026-11-02", "Norden Fisk,48000,Ann\n")[0] == 0
    assert sheet(cs, workspace, "2026-11-09", "")[0] == 0
    code, err = sheet(cs, workspace, "2026-11-16", "Seafood Group,48000,Ann\n")
    assert code == 15 and "IMP-261" in err and "Norden Fisk" in err, err
    answer = ("--renamed", "Seafood Group=Norden Fisk")
    assert sheet(cs, workspace, "2026-11-16", "Seafood Group,48000,Ann\n", *answer)[0] == 0
    assert total(cs, workspace) == 53000


def test_after_none_was_said_only_a_like_name_is_asked_about(cs: Cs, workspace: Path) -> None:
    assert sheet(cs, workspace, "2026-11-02", "Norden Fisk,48000,Ann\n")[0] == 0
    assert sheet(cs, workspace, "2026-11-09", "Alpha,100,Ann\n", "--renamed", "none")[0] == 0
    assert sheet(cs, workspace, "2026-11-16", "Alpha,100,Ann\nBeta,100,Ann\n")[0] == 0
    code, err = sheet(cs, workspace, "2026-11-23", "Alpha,100,Ann\nBeta,100,Ann\nNorden Fisk Holding,48000,Ann\n")
    assert code == 15 and 'is "Norden Fisk Holding" the new name of "Norden Fisk"?' in err, err


def test_a_name_that_comes_back_is_the_same_customer(cs: Cs, workspace: Path) -> None:
    assert sheet(cs, workspace, "2026-11-02", "Norden Fisk,48000,Ann\n")[0] == 0
    assert sheet(cs, workspace, "2026-11-09", "")[0] == 0
    assert sheet(cs, workspace, "2026-11-16", "")[0] == 0
    code, err = sheet(cs, workspace, "2026-11-23", "norden  fisk,48000,Ann\n")
    assert code == 0 and "0 added" in err, err
    assert total(cs, workspace) == 53000


def test_renamed_over_two_sheets_it_stays_one_customer(cs: Cs, workspace: Path) -> None:
    assert sheet(cs, workspace, "2026-11-02", "Norden Fisk,48000,Ann\n")[0] == 0
    assert sheet(cs, workspace, "2026-11-09", "Seafood,48000,Ann\n", "--renamed", "Seafood=Norden Fisk")[0] == 0
    assert sheet(cs, workspace, "2026-11-16", "")[0] == 0
    code, err = sheet(cs, workspace, "2026-11-23", "Ocean,48000,Ann\n")
    assert code == 15 and "Seafood" in err, err
    assert sheet(cs, workspace, "2026-11-23", "Ocean,48000,Ann\n", "--renamed", "Ocean=Seafood")[0] == 0
    assert sheet(cs, workspace, "2026-11-30", "Norden Fisk,48000,Ann\n")[0] == 0
    assert total(cs, workspace) == 53000


def test_a_currency_that_nobody_said_is_no_secret(cs: Cs, tmp_path: Path) -> None:
    (tmp_path / "my book.csv").write_text(HEAD + REST)
    done = cs("init", "desk", "--from", "my book.csv", cwd=tmp_path)
    assert done.code == 0 and re.search(r"WARNING: nothing says in which currency .* USD", done.err), done.err
    assert "--from 'my book.csv' --currency EUR" in done.err and "not said, so assumed: --company" in done.err
    said = ("--currency", "EUR", "--zone", "UTC", "--company", "Us")
    told = cs("init", "said", "--from", "my book.csv", *said, cwd=tmp_path)
    assert told.code == 0 and "WARNING" not in told.err and "assumed" not in told.err, told.err


@pytest.mark.parametrize("text", [
    "Customer,ARR (GBP),CSM\nLune,2000,Ann\n", "Customer;ARR;CSM\nLune;£2,000;Ann\n",
    "Customer,ARR,Currency,CSM\nLune,2000,GBP,Ann\n",
])  # fmt: skip
def test_the_sheet_says_the_currency(cs: Cs, tmp_path: Path, text: str) -> None:
    (tmp_path / "book.csv").write_text(text, encoding="utf-8")
    done = cs("init", "desk", "--from", "book.csv", cwd=tmp_path)
    assert done.code == 0 and "WARNING" not in done.err, done.err
    assert 'currency: "GBP"' in (tmp_path / "desk" / "cs.yaml").read_text()


def test_a_question_of_the_sheet_leaves_the_workspace_and_the_command_that_answers_it(cs: Cs, tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text("Customer;Yearly turnover with us (€);CSM\nLune;2000;Ann\n", encoding="utf-8")
    asked = cs("init", "desk", "--from", "book.csv", cwd=tmp_path)
    assert asked.code == 15 and "IMP-263" in asked.err, asked.err
    answer = re.search(r"those to come: (cs import [^;]+);", asked.err)
    assert answer is not None, asked.err
    assert cs(*shlex.split(answer[1])[1:], cwd=tmp_path).code == 0
    assert cs("accounts", "list", "-w", "desk", "-f", "json", cwd=tmp_path).json[0]["arr"] == 2000


def test_a_list_of_people_keeps_its_hint_beside_a_newer_file(cs: Cs, workspace: Path) -> None:
    rows = "".join(f"A{at},{first} Smith,{first.casefold()}.smith@x{at}.example\n" for at, first in
                   enumerate(("Ann", "Bob", "Cid", "Dan")))
    for day in ("2026-11-01", "2026-11-08"):
        (workspace / f"accounts-{day}.csv").write_text(f"account_id,name,email\n{rows}")
    stopped = cs("import", "accounts-2026-11-01.csv", cwd=workspace)
    assert stopped.code == 15 and "IMP-271" in stopped.err, stopped.err
    assert "--kind contact --save" in stopped.err and "newer file" not in stopped.err, stopped.err
