"""A playbook that leaves a part alone: what became of both arms, with interval, verdict and strata."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs
from tests.deliver.world import settings

BOOK = (
    "playbook: call-them\nabout: x\nkind: adoption\nwhen: open_tickets > 0\nlimit: 100%\n"
    "control: {share: 50%, outcome: activated within 30d}\n"
)
ACCOUNTS = 60


def put(desk: Path, cs: Cs, name: str, lines: list[str]) -> None:
    path = desk / name
    path.write_text("\n".join(lines) + "\n")
    done = cs("-w", desk, "import", path, "--yes")
    assert done.code == 0, done.err


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    """Sixty customers, half of them paying 100,000; a ticket each on 2 March, after the first run."""
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    settings(workspace, today="2026-06-30", currency="USD")
    (workspace / "playbooks" / "call-them.yaml").write_text(BOOK)
    ids = range(1, ACCOUNTS + 1)
    put(workspace, cs, "a.csv", ["account_id,name", *(f"A{n},Company {n}" for n in ids)])
    put(workspace, cs, "s.csv", [
        "subscription_id,account_id,amount,currency,interval,started_on",
        *(f"S{n},A{n},{100000 if n % 2 else 100},USD,year,2025-06-01" for n in ids),
    ])  # fmt: skip
    put(workspace, cs, "m.csv", ["account_id,name,due,day", *(f"A{n},first_value,2026-05-01," for n in ids)])
    assert cs("-w", workspace, "run", "--as-of", "2026-03-01").code == 0
    put(workspace, cs, "t.csv", [
        "ticket_id,account_id,requester_email,opened_at,closed_at,priority,status,category,subject",
        *(f"T{n},A{n},u@c{n}.example,2026-03-02T09:00:00Z,,normal,open,question,Help" for n in ids),
    ])  # fmt: skip
    assert cs("-w", workspace, "run", "--as-of", "2026-03-02").code == 0
    return workspace


def arms(desk: Path) -> tuple[list[str], list[str]]:
    """The accounts that the playbook took on, and those it left alone."""
    with sqlite3.connect(desk / "cs.db") as conn:
        found = conn.execute(
            "SELECT r.account_id, c.control FROM cs_case c JOIN account_registry r ON r.account = c.account "
            "ORDER BY c.number"
        ).fetchall()
    return [one for one, out in found if not out], [one for one, out in found if out]


def reach(desk: Path, cs: Cs, accounts: list[str], day: str) -> None:
    rest = [one for one in (f"A{n}" for n in range(1, ACCOUNTS + 1)) if one not in accounts]
    put(desk, cs, "m.csv", [
        "account_id,name,due,day", *(f"{one},first_value,2026-05-01,{day}" for one in accounts),
        *(f"{one},first_value,2026-05-01," for one in rest),
    ])  # fmt: skip


def report(desk: Path, cs: Cs, *words: object) -> list[dict[str, Any]]:
    done = cs("-w", desk, "playbooks", "report", "call-them", *words, "-f", "json")
    assert done.code == 0, done.err
    rows: list[dict[str, Any]] = done.json
    return rows


def test_the_default_window_has_cases_old_enough_and_tells_the_difference(desk: Path, cs: Cs) -> None:
    acted, left = arms(desk)
    assert len(acted) + len(left) == ACCOUNTS and min(len(acted), len(left)) >= 20
    # within the thirty days, and two that come too late
    reach(desk, cs, [*acted[:18], *left[:2]], "2026-03-20")
    (row,) = report(desk, cs)
    assert (row["outcome"], row["happened"], row["n"]) == ("activated within 30d", 18, len(acted))
    assert (row["control_happened"], row["control_n"]) == (2, len(left))
    assert row["rate"] == round(18 / len(acted), 4) and row["difference_low"] > 0
    assert row["verdict"].startswith("more often with it, by ")
    text = cs("-w", desk, "playbooks", "report", "call-them").out
    assert "more often with it, by " in text


def test_what_comes_after_its_time_is_no_outcome(desk: Path, cs: Cs) -> None:
    acted, _ = arms(desk)
    reach(desk, cs, acted[:18], "2026-04-02")     # the 31st day
    assert report(desk, cs)[0]["happened"] == 0
    reach(desk, cs, acted[:18], "2026-04-01")
    assert report(desk, cs)[0]["happened"] == 18


def test_too_few_cannot_tell_and_says_how_many_more(desk: Path, cs: Cs) -> None:
    acted, left = arms(desk)
    reach(desk, cs, [*acted[:6], *left[:5]], "2026-03-20")
    (row,) = report(desk, cs)
    assert row["verdict"].startswith(f"cannot tell yet, n = {len(acted)} and {len(left)}: about ")
    assert "more accounts for 10 points" in row["verdict"]


def test_what_is_not_old_enough_counts_in_neither_arm(desk: Path, cs: Cs) -> None:
    acted, _ = arms(desk)
    reach(desk, cs, acted[:18], "2026-03-10")
    (row,) = report(desk, cs, "--as-of", "2026-03-31")   # the 29th day, though it has happened to some
    assert (row["n"], row["control_n"], row["fired"]) == (0, 0, len(acted))
    assert row["verdict"] == "cannot tell yet, n = 0 and 0"


def test_by_tier_each_segment_and_all_within_them(desk: Path, cs: Cs) -> None:
    acted, left = arms(desk)
    reach(desk, cs, [*acted[:18], *left[:2]], "2026-03-20")
    rows = report(desk, cs, "--by", "tier")
    assert len(rows) == 3 and rows[-1]["stratum"] == "all" and rows[-1]["fired"] == len(acted)
    assert sum(row["n"] for row in rows[:-1]) == rows[-1]["n"] == len(acted)
    assert rows[-1]["difference_low"] > 0
    (desk / "playbooks" / "call-them.yaml").write_text(BOOK.replace("30d}", "30d, by: tier}"))
    assert report(desk, cs) == rows
    assert cs("-w", desk, "playbooks", "report", "--by", "teir").code == 2


def test_what_cannot_be_told_is_counted_apart(desk: Path, cs: Cs) -> None:
    (desk / "playbooks" / "call-them.yaml").write_text(BOOK.replace("activated", "nps_latest > 8"))
    (row,) = report(desk, cs)
    assert (row["n"], row["control_n"], row["not_told"]) == (0, 0, ACCOUNTS)


def test_without_an_outcome_it_is_churn_within_a_quarter(desk: Path, cs: Cs) -> None:
    (desk / "playbooks" / "call-them.yaml").write_text(BOOK.replace(", outcome: activated within 30d", ""))
    acted, left = arms(desk)
    ids = range(1, ACCOUNTS + 1)
    gone = {*acted[:1], *left[:3]}
    put(desk, cs, "s.csv", [
        "subscription_id,account_id,amount,currency,interval,started_on,ended_on",
        *(f"S{n},A{n},{100000 if n % 2 else 100},USD,year,2025-06-01,{'2026-05-01' if f'A{n}' in gone else ''}"
          for n in ids),
    ])  # fmt: skip
    (row,) = report(desk, cs)
    assert (row["outcome"], row["happened"], row["control_happened"]) == ("churned within 90d", 1, 3)


@pytest.mark.parametrize(("control", "said"), [
    ("{share: 50%, outcome: activatd within 30d}", "activated"),
    ("{share: 50%, outcome: activated within soon}", "is no outcome"),
    ("{share: 80%}", "it must be from 0 to 0.5"),
    ("{share: 50%, by: teir}", "there is no segment teir"),
    ("{share: 50%, outcom: activated}", 'there is no key "outcom"'),
    ("a tenth", "control must be"),
])  # fmt: skip
def test_what_is_no_experiment_is_refused_with_its_place(workspace: Path, cs: Cs, control: str, said: str) -> None:
    path = workspace / "playbooks" / "call-them.yaml"
    path.write_text(f"playbook: call-them\nabout: x\nwhen: arr > 0\ncontrol: {control}\n")
    refused = cs("-w", workspace, "playbooks", "check")
    assert refused.code == 12 and "playbooks/call-them.yaml:4:" in refused.err and said in refused.err, refused.err


def test_a_playbook_without_a_control_group_shows_no_arms(desk: Path, cs: Cs) -> None:
    (desk / "playbooks" / "other.yaml").write_text("playbook: other\nabout: x\nwhen: arr > 0\n")
    text = cs("-w", desk, "playbooks", "report", "other").out
    assert "Control came" not in text and "Verdict" not in text
