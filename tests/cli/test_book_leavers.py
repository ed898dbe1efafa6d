"""Rows of a kept sheet that say that a customer left: churn on a told day, or said to be of none; never in silence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.test_customer_book import ask
from tests.conftest import Cs

HEAD = "Customer,ARR,Start date,Renewal date,CSM,Status\nStays,48000,2024-04-01,2027-03-31,Ann,Active\n"


def arr_of(cs: Cs, workspace: Path, *more: str) -> dict[str, float]:
    return {one["name"]: one["arr"] for one in
            cs("accounts", "list", "--all", *more, "-f", "json", cwd=workspace).json}  # fmt: skip


@pytest.mark.parametrize("word", [
    "Churned", "lost", "former customer", "Cancelled", "Churned (Q2)", "Lost to a competitor", "gekündigt", "verloren",
    "résilié", "client perdu", "baja", "cancelado", "encerrado", "opgezegd", "vertrokken", "disdetto", "cessato",
])  # fmt: skip
def test_who_left_and_whose_renewal_is_past_churned_on_that_day(cs: Cs, workspace: Path, word: str) -> None:
    (workspace / "book.csv").write_text(f"{HEAD}Gone,12000,2024-07-01,2026-06-30,Ann,{word}\n", encoding="utf-8")
    done = cs("import", "book.csv", "--as-of", "2026-11-30", cwd=workspace)
    assert done.code == 0 and "'Status' says that they left: Gone on 2026-06-30 (line 3)" in done.err, done.err
    assert arr_of(cs, workspace) == {"Stays": 48000, "Gone": 0}
    assert arr_of(cs, workspace, "--as-of", "2026-06-01")["Gone"] == 12000
    moved = cs("report", "weekly", "--as-of", "2026-07-06", "-f", "json", cwd=workspace)
    assert moved.code == 0 and '"Gone"' in moved.out, moved.out


def test_without_a_start_it_paid_for_the_term_before_and_that_is_said(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(
        "Customer;ARR;Renewal date;Term;Status\nStays;48000;2027-03-31;12 months;Active\n"
        "Gone;12000;2026-06-30;24 months;Churned\nLeft;9000;2026-05-31;;Lost\n"
    )
    done = cs("import", "book.csv", "--as-of", "2026-11-30", cwd=workspace)
    assert done.code == 0 and "since when they paid who left: Gone, Left" in done.err, done.err
    found = ask(workspace, "SELECT key, started_on, ended_on FROM subscription WHERE ended_on IS NOT NULL ORDER BY key")
    assert found == [("Gone", "2024-06-30", "2026-06-30"), ("Left", "2025-05-31", "2026-05-31")]
    again = cs("import", "book.csv", "--as-of", "2026-12-01", cwd=workspace)
    assert again.code == 0, again.err
    assert arr_of(cs, workspace, "--as-of", "2026-06-01") == {"Stays": 0, "Gone": 12000, "Left": 0}


@pytest.mark.parametrize(("renewal", "word"), [
    ("", "Churned"), ("2027-05-01", "Lost"), ("tbc", "former"), ("", "Cancelled"),
])  # fmt: skip
def test_who_left_on_no_day_pays_nothing_and_is_named(cs: Cs, workspace: Path, renewal: str, word: str) -> None:
    (workspace / "book.csv").write_text(f"{HEAD}Gone,12000,2024-07-01,{renewal},Ann,{word}\n")
    done = cs("import", "book.csv", "--as-of", "2026-11-30", cwd=workspace)
    assert done.code == 0 and re.search(r"no customers in line 3: .* \(Gone\); a column Churn date", done.err), done.err
    assert arr_of(cs, workspace) == {"Stays": 48000, "Gone": 0}


def test_a_notice_runs_to_its_end_and_pays_until_then(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(f"{HEAD}Going,12000,2024-07-01,2027-06-30,Ann,Cancelled\n")
    done = cs("import", "book.csv", "--as-of", "2026-11-30", cwd=workspace)
    assert done.code == 0 and "pay as long as it runs: Going until 2027-06-30 (line 3)" in done.err, done.err
    assert arr_of(cs, workspace)["Going"] == 12000
    assert arr_of(cs, workspace, "--as-of", "2027-07-01")["Going"] == 0


@pytest.mark.parametrize("word", ["Churned", "Cancelled"])
def test_whom_the_last_sheet_had_left_on_the_day_of_this_one(cs: Cs, workspace: Path, word: str) -> None:
    """Its renewal date was not kept, so it is not the day; the next sheets change nothing of it."""
    row = "Gone,12000,2024-07-01,2025-06-30,Ann,"
    (workspace / "book.csv").write_text(f"{HEAD}{row}Active\n")
    assert cs("import", "book.csv", "--as-of", "2026-11-23", cwd=workspace).code == 0
    (workspace / "book.csv").write_text(f"{HEAD}{row}{word}\n")
    done = cs("import", "book.csv", "--as-of", "2026-11-30", cwd=workspace)
    assert done.code == 0 and "says that they left, and no day: Gone: on 2026-11-30" in done.err, done.err
    (workspace / "book.csv").write_text(f"{HEAD}{row}{word}\nNew,1,,,Ann,Active\n")
    assert cs("import", "book.csv", "--as-of", "2026-12-07", cwd=workspace).code == 0
    assert arr_of(cs, workspace, "--as-of", "2026-11-29")["Gone"] == 12000
    assert arr_of(cs, workspace, "--as-of", "2026-11-30")["Gone"] == 0


@pytest.mark.parametrize(("header", "here", "gone"), [
    ("Churned", "no", "yes"), ("Churned", "", "2026-06-30"), ("Is active", "yes", "no"), ("Aktiv", "ja", "nein"),
    ("Actif", "oui", "non"), ("Gekündigt", "nein", "ja"),
])  # fmt: skip
def test_a_column_of_yes_and_no_says_who_left(cs: Cs, workspace: Path, header: str, here: str, gone: str) -> None:
    (workspace / "book.csv").write_text(
        f"Customer,ARR,Renewal date,CSM,{header}\nStays,48000,2027-03-31,Ann,{here}\n"
        f"Gone,12000,2026-06-30,Ann,{gone}\n",
        encoding="utf-8",
    )
    done = cs("import", "book.csv", "--as-of", "2026-11-30", cwd=workspace)
    assert done.code == 0 and f"'{header}' says that they left in line 3" in done.err, done.err
    assert "Gone on 2026-06-30 (line 3)" in done.err
    assert arr_of(cs, workspace, "--as-of", "2026-11-30") == {"Stays": 48000, "Gone": 0}


def test_words_that_nobody_knows_are_said_to_count_as_customers(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(f"{HEAD}Odd,12000,2024-07-01,2027-06-30,Ann,Zombie\n")
    done = cs("import", "book.csv", "--as-of", "2026-11-30", cwd=workspace)
    assert done.code == 0 and "'Status' says 'Zombie' (line 3): no known word for one who left" in done.err, done.err
    assert arr_of(cs, workspace)["Odd"] == 12000
    (workspace / "b.csv").write_text("Customer,ARR,Churned\nA,100,perhaps\nB,200,no\n")
    told = cs("import", "b.csv", cwd=workspace)
    assert "'Churned' is no yes, no or day in 'perhaps' (line 2)" in told.err, told.err


def test_a_day_in_the_status_is_the_day(cs: Cs, workspace: Path) -> None:
    rows = "Over,100,2024-07-01,,Ann,gekündigt zum 30.09.2026\nRuns,200,2024-07-01,,Ann,gekündigt zum 31.12.2026\n"
    (workspace / "book.csv").write_text(HEAD + rows, encoding="utf-8")
    done = cs("import", "book.csv", "--as-of", "2026-11-30", cwd=workspace)
    assert done.code == 0 and "Over on 2026-09-30 (line 3)" in done.err, done.err
    assert "Runs until 2026-12-31 (line 4)" in done.err
    assert arr_of(cs, workspace, "--as-of", "2026-12-15") == {"Stays": 48000, "Over": 0, "Runs": 200}


def test_a_status_under_a_strange_name_is_asked_about_once(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text("Customer,ARR,CSM,Portfolio mark\nA,100,Ann,Active\nB,200,Ann,Churned\n")
    asked = cs("import", "book.csv", cwd=workspace)
    assert asked.code == 15 and 'no column is known as the status; is it "Portfolio mark"?' in asked.err, asked.err
    done = cs("import", "book.csv", "--rename", "Portfolio mark=Status", cwd=workspace)
    assert done.code == 0 and "no customers in line 3" in done.err, done.err


def test_a_lost_prospect_without_a_price_is_no_churn(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(f"{HEAD}Maybe,,,2026-06-30,Ann,Lost\nPitch,9000,,2027-01-31,Ann,Proposal\n")
    done = cs("import", "book.csv", "--as-of", "2026-11-30", cwd=workspace)
    assert done.code == 0 and "Maybe on" not in done.err, done.err
    assert "'Status' says that they are no customers in line 4: the price there does not count" in done.err, done.err
    assert arr_of(cs, workspace)["Pitch"] == 0
