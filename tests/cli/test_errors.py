"""One clear message each, the right exit code, and nothing changed."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from cs_cli.base.error_catalogue import catalogue
from tests.conftest import ROOT, Cs


def dump(folder: Path) -> str:
    """Everything in the database, as SQL text."""
    conn = sqlite3.connect(folder / "cs.db")
    try:
        return "\n".join(conn.iterdump())
    finally:
        conn.close()


def test_misspelt_fact_in_a_playbook(cs: Cs, demo: Path) -> None:
    path = demo / "playbooks" / "overdue-invoice.yaml"
    text = path.read_text()
    line = next(n for n, one in enumerate(text.splitlines(), 1) if one.startswith("when:"))
    path.write_text(re.sub(r"^when:.*$", "when: overdue_dayz > 15", text, flags=re.MULTILINE))
    before = dump(demo)
    done = cs("-w", demo, "run")
    assert done.code == 12
    assert f"overdue-invoice.yaml:{line}:7" in done.err and 'did you mean "overdue_days"' in done.err
    assert dump(demo) == before


def test_broken_csv_row_is_set_aside_with_its_place(cs: Cs, workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    rows = [f"I-{n},A-1,2026-06-01,2026-06-15,,100.00,USD,open" for n in range(1, 30)]
    rows[6] = "I-7,A-1,2026-06-01,2026-06-15,,12OO.00,USD,open"
    file.write_text("invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status\n" + "\n".join(rows) + "\n")
    done = cs("-w", workspace, "import", file)
    assert done.code == 3
    assert "invoices.csv:8" in done.err and "amount" in done.err and "12OO.00" in done.err
    listed = cs("-w", workspace, "imports", "list", "-f", "json").json
    assert [(row["added"], row["set_aside"]) for row in listed] == [(28, 1)]


def test_missing_file(cs: Cs, demo: Path) -> None:
    before = dump(demo)
    done = cs("-w", demo, "import", demo / "exports" / "nothing-here.csv")
    assert done.code == 10 and "nothing-here.csv" in done.err
    assert dump(demo) == before


@pytest.mark.parametrize(("text", "code"), [("Nobody Ltd", 2), ("e", 2)])
def test_unknown_or_ambiguous_account(cs: Cs, demo_once: Path, text: str, code: int) -> None:
    done = cs("-w", demo_once, "show", text)
    assert done.code == code and done.out == "" and "error[USE-01" in done.err


def test_no_workspace(cs: Cs, tmp_path: Path) -> None:
    done = cs("accounts", "list", cwd=tmp_path)
    assert done.code == 2 and "cs init" in done.err


def test_no_database_is_never_silently_new(cs: Cs, demo: Path) -> None:
    (demo / "cs.db").unlink()
    done = cs("-w", demo, "accounts", "list")
    assert done.code == 13 and not (demo / "cs.db").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["acounts"],
        ["accounts", "lst"],
        ["report", "weakly"],
        ["health", "list", "-f", "pdf"],
        ["renewals", "list", "--within", "-1"],
        ["accounts", "list", "--as-of", "31/02/2026"],
    ],
    ids=" ".join,
)
def test_usage_errors_exit_2(cs: Cs, demo_once: Path, words: list[str]) -> None:
    done = cs("-w", demo_once, *words)
    assert done.code == 2 and done.out == "" and "Traceback" not in done.err


def test_every_code_that_is_raised_is_explained_and_the_other_way_round() -> None:
    raised: set[str] = set()
    for path in (ROOT / "cs_cli").rglob("*.py"):
        raised |= set(re.findall(r'"([A-Z]{3}-\d{3})"', path.read_text(encoding="utf-8")))
        raised |= set(re.findall(r"\[([A-Z]{3}-\d{3})\]", path.read_text(encoding="utf-8")))
    told = set(catalogue())
    assert raised - told - {"IMP-012", "STO-0xx"} == set(), "raised but not explained"
    assert told - raised == set(), "explained but never raised"


def test_explain_a_code(cs: Cs, tmp_path: Path) -> None:
    done = cs("explain", "USE-010", cwd=tmp_path)
    assert done.code == 0 and "no such account" in done.out
