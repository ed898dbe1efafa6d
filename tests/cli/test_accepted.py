"""A finding that a person accepts is gone until its day, or until it says something else; then it is back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    """Two subscriptions that end before they start, one customer of billing's that nobody knows."""
    (workspace / "a.csv").write_text("account_id,name,owner\nA1,Alder Works,Robin Vale\nA2,Birch Labs,Robin Vale\n")
    (workspace / "c.csv").write_text(
        "contract_id,account_id,start,end,amount,currency,auto_renew,notice_days\n"
        "C1,A1,2024-01-01,2024-12-31,1000,USD,no,\nC2,A1,2025-02-15,2026-12-31,1000,USD,no,\n"
    )
    rows(workspace, 3)
    done = cs("-w", workspace, "import", workspace / "a.csv", workspace / "c.csv", workspace / "t.csv", "--yes")
    assert done.code in (0, 3), done.err
    return workspace


def rows(workspace: Path, count: int) -> Path:
    """Calls with somebody that no list has."""
    lines = ["touch_id,account_id,day,kind,who"]
    lines += [f"T{n},ghost,2026-06-{n + 1:02d},call,Robin" for n in range(count)]
    path = workspace / "t.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def found(desk: Path, cs: Cs, *words: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = cs("-w", desk, "check", *words, "-f", "json").json
    return rows


def named(desk: Path, cs: Cs, check: str) -> dict[str, Any]:
    (row,) = [one for one in found(desk, cs) if one["check"] == check]
    return row


def accept_all(desk: Path, cs: Cs, until: str = "8w") -> None:
    ids = [word for row in found(desk, cs) for word in ("--accept", row["id"])]
    done = cs("-w", desk, "check", *ids, "--until", until, "--reason", "known")
    assert done.code == 0, done.err


def test_what_is_accepted_is_gone_counted_and_shown_when_asked(desk: Path, cs: Cs) -> None:
    gap = named(desk, cs, "gap between terms")
    done = cs("-w", desk, "check", "--accept", gap["id"], "--until", "2026-08-31", "--reason", "a pause, they said so")
    assert done.code == 0 and "gap between terms: A1 Alder Works: accepted until 2026-08-31" in done.err
    left = cs("-w", desk, "check")
    assert left.code == 1 and gap["id"] not in left.out and "1 accepted until 2026-08-31" in left.out
    (row,) = [one for one in found(desk, cs, "--all") if one["id"] == gap["id"]]
    assert (row["accepted_until"], row["accepted_by"], row["accepted_because"]) == (
        "2026-08-31", "Robin Vale", "a pause, they said so",
    )  # fmt: skip
    assert f"cs log undo {row['entry']}" in done.err
    assert "a pause, they said so" in cs("-w", desk, "-v", "check").out


def test_it_ends_with_0_only_when_every_finding_is_accepted(desk: Path, cs: Cs) -> None:
    accept_all(desk, cs)
    done = cs("-w", desk, "check")
    assert done.code == 0 and "Nothing else found." in done.out
    assert cs("-w", desk, "check", "--all").code == 0


def test_after_its_day_it_is_back(desk: Path, cs: Cs) -> None:
    gap = named(desk, cs, "gap between terms")
    assert cs("-w", desk, "check", "--accept", gap["id"], "--until", "2026-07-14", "--reason", "known").code == 0
    assert gap["id"] not in {row["id"] for row in found(desk, cs, "--as-of", "2026-07-14")}
    assert gap["id"] in {row["id"] for row in found(desk, cs, "--as-of", "2026-07-15")}
    assert gap["id"] in {row["id"] for row in found(desk, cs, "--as-of", "2026-06-29")}  # nobody had accepted it yet


def test_one_that_says_something_else_is_back(desk: Path, cs: Cs) -> None:
    gap = named(desk, cs, "gap between terms")
    assert cs("-w", desk, "check", "--accept", gap["id"], "--until", "8w", "--reason", "known").code == 0
    assert cs("-w", desk, "contracts", "set", "A1", "--contract", "C2", "--starts", "2025-03-15").code == 0
    again = named(desk, cs, "gap between terms")
    assert again["id"] == gap["id"] and again["finding"] != gap["finding"]


def test_what_only_grows_or_ages_stays_accepted(desk: Path, cs: Cs) -> None:
    ghost = named(desk, cs, "belongs to no account")
    assert ghost["finding"].startswith("3 rows")
    accept_all(desk, cs)
    assert cs("-w", desk, "import", rows(desk, 7), "--yes").code in (0, 3)
    assert found(desk, cs) == []
    late = [row for row in found(desk, cs, "--as-of", "2026-08-15", "--all") if row["check"] == "stale source"]
    assert late  # sources are old by then: a new finding each
    accept_late = [word for row in late for word in ("--accept", row["id"])]
    moved = ("-w", desk, "--as-of", "2026-08-15", "check", *accept_late, "--until", "4w", "--reason", "holidays")
    assert cs(*moved).code == 0
    assert not [row for row in found(desk, cs, "--as-of", "2026-08-20") if row["check"] == "stale source"]


def test_a_line_above_moves_no_id(desk: Path, cs: Cs) -> None:
    path = desk / "playbooks" / "odd.yaml"
    path.write_text("playbook: odd\nabout: x\nwhen: arr > 5 and arr < 1\n")
    before = named(desk, cs, "a condition can never hold")
    path.write_text("# why\n\nplaybook: odd\nabout: x\nwhen: arr > 5 and arr < 1\n")
    after = named(desk, cs, "a condition can never hold")
    assert before["id"] == after["id"] and before["subject"] != after["subject"]


def test_undo_brings_it_back_and_the_undo_of_it_away(desk: Path, cs: Cs) -> None:
    gap = named(desk, cs, "gap between terms")
    assert cs("-w", desk, "check", "--accept", gap["id"], "--until", "8w", "--reason", "known").code == 0
    entry = next(row["entry"] for row in found(desk, cs, "--all") if row["id"] == gap["id"])
    undone = cs("-w", desk, "log", "undo", entry)
    assert undone.code == 0 and gap["id"] in {row["id"] for row in found(desk, cs)}
    assert cs("-w", desk, "imports", "undo", int(entry) + 1).code == 0
    assert gap["id"] not in {row["id"] for row in found(desk, cs)}


def test_a_disagreement_is_accepted_alike(demo: Path, cs: Cs) -> None:
    healthy = next(row for row in cs("-w", demo, "health", "list", "-f", "json").json if row["band"] == "green")
    account = healthy["account_id"]
    assert cs("-w", demo, "log", account, "pulse", "--score", 3, "--reason", "a new boss").code == 0
    (row,) = cs("-w", demo, "health", "list", "--disagree", "-f", "json").json
    done = cs("-w", demo, "check", "--accept", row["id"], "--until", "4w", "--reason", "wait for the new boss")
    assert done.code == 0, done.err
    left = cs("-w", demo, "health", "list", "--disagree")
    assert row["id"] not in left.out and "1 accepted until" in left.out
    assert "wait for the new boss" in cs("-w", demo, "-v", "health", "list", "--disagree").out
    assert cs("-w", demo, "log", account, "pulse", "--score", 1, "--reason", "they leave").code == 0
    back = cs("-w", demo, "health", "list", "--disagree", "-f", "json").json
    assert [one["pulse_says"] for one in back if one["id"] == row["id"]] in (["red"], [])


@pytest.mark.parametrize(("words", "ident"), [
    (["--accept", "zzzzzzzz", "--until", "8w", "--reason", "x"], "USE-050"),
    (["--until", "8w", "--reason", "x"], "USE-050"),
    (["--accept", "ID", "--reason", "x"], "USE-051"),
    (["--accept", "ID", "--until", "2026-06-30", "--reason", "x"], "USE-051"),
    (["--accept", "ID", "--until", "2027-07-02", "--reason", "x"], "USE-051"),
    (["--accept", "ID", "--until", "8w"], "USE-052"),
    (["--accept", "ID", "--until", "8w", "--reason", "  "], "USE-052"),
])  # fmt: skip
def test_what_cannot_be_accepted_is_refused_and_changes_nothing(
    desk: Path, cs: Cs, words: list[str], ident: str
) -> None:
    gap = named(desk, cs, "gap between terms")
    refused = cs("-w", desk, "check", *(gap["id"] if word == "ID" else word for word in words))
    assert refused.code == 2 and ident in refused.err
    assert gap["id"] in {row["id"] for row in found(desk, cs)}


def test_it_is_forgotten_with_the_account(desk: Path, cs: Cs) -> None:
    gap = named(desk, cs, "gap between terms")
    why = "Alder Works pauses each January"
    assert cs("-w", desk, "check", "--accept", gap["id"], "--until", "8w", "--reason", why).code == 0
    assert any(b"pauses each January" in path.read_bytes() for path in desk.glob("cs.db*"))
    assert cs("-w", desk, "accounts", "forget", "A1", "--customer", "--yes").code == 3  # the files stay a person's
    files = [*desk.glob("cs.db*"), *(path for path in (desk / ".cs").glob("*") if path.is_file())]
    assert not [path.name for path in files if b"pauses each January" in path.read_bytes()]


def test_more_than_twenty_of_a_kind_are_counted_and_all_shown_when_asked(workspace: Path, cs: Cs) -> None:
    (workspace / "a.csv").write_text("account_id,name\nA1,Alder Works\n")
    lines = [f"T{n},ghost{n},2026-06-01,call,Robin" for n in range(25)]
    (workspace / "t.csv").write_text("\n".join(["touch_id,account_id,day,kind,who", *lines]) + "\n")
    assert cs("-w", workspace, "import", workspace / "a.csv", workspace / "t.csv", "--yes").code in (0, 3)
    short = [row for row in found(workspace, cs) if row["check"] == "belongs to no account"]
    assert len(short) == 21 and short[-1]["finding"] == "5 more like this"
    assert len([row for row in found(workspace, cs, "--all") if row["check"] == "belongs to no account"]) == 25


def test_more_than_a_year_between_two_contracts_is_a_finding_that_may_stand(workspace: Path, cs: Cs) -> None:
    (workspace / "a.csv").write_text("account_id,name\nA1,Alder Works\n")
    head = "contract_id,account_id,start,end,amount,currency,auto_renew,notice_days\n"
    (workspace / "c.csv").write_text(
        head + "C1,A1,2023-01-01,2023-12-31,1000,USD,no,\nC2,A1,2025-06-01,2026-12-31,1000,USD,no,\n"
    )
    assert cs("-w", workspace, "import", workspace / "a.csv", workspace / "c.csv", "--yes").code == 0
    away = named(workspace, cs, "more than a year between contracts")
    assert away["subject"] == "A1 Alder Works" and "C2 starts on 2025-06-01, 518 days later" in away["finding"]
    assert not [row for row in found(workspace, cs) if row["check"] == "gap between terms"]
    done = cs("-w", workspace, "check", "--accept", away["id"], "--until", "1y", "--reason", "they were with a rival")
    assert done.code == 0 and away["id"] not in {row["id"] for row in found(workspace, cs)}
