"""`cs playbooks pending`: what holds and has no case, with what it waits for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cases.test_as_of import on
from tests.cases.test_run import START, run_on, write_world
from tests.conftest import Cs

PLAYBOOK = """
playbook: {name}
about: large
when: arr > {floor}
severity: amber
limit: "1000"
{more}
"""


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    write_world(workspace)
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    files = [workspace / "exports" / name for name in ("accounts.csv", "subscriptions.csv")]
    assert cs("-w", workspace, "import", *files, "--as-of", START.isoformat()).code == 0
    return workspace


def write(desk: Path, name: str, more: str, floor: int = 100_000) -> None:
    (desk / "playbooks" / f"{name}.yaml").write_text(PLAYBOOK.format(name=name, floor=floor, more=more))


def pending(desk: Path, cs: Cs, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cs("-w", desk, "playbooks", "pending", *words, "-f", "json").json
    return found


def test_what_opens_only_once_is_listed_while_it_is_held_back(desk: Path, cs: Cs) -> None:
    write(desk, "once", "again: never")
    run_on(cs, desk, [0])
    assert pending(desk, cs) == []  # it is open
    closed = cs("-w", desk, "cases", "close", "c1", "--outcome", "accepted", "--because", "known", *on(0))
    assert closed.code == 0, closed.err
    run_on(cs, desk, [1])
    (row,) = pending(desk, cs, "once")
    assert (row["account_id"], row["name"], row["arr"]) == ("a1", "Alder Works", 144_000.0)
    assert (row["waits"], row["closed_on"]) == ("opens only once", START.isoformat())
    assert cs("-w", desk, "playbooks", "list", "-f", "json").json[0]["pending"] == 1


def test_patience_and_inhibition_say_so(desk: Path, cs: Cs) -> None:
    run_on(cs, desk, [0])
    write(desk, "patient", "for: 7d", floor=200_000)
    write(desk, "first", "")
    write(desk, "second", "inhibited_by: [first]")
    run_on(cs, desk, [1])
    assert [(row["playbook"], row["waits"]) for row in pending(desk, cs)] == [("second", "inhibited by first")]
    write(desk, "patient", "for: 7d", floor=1_000)
    run_on(cs, desk, [2])
    cs("-w", desk, "cases", "list")
    told = cs("-w", desk, "playbooks", "pending")
    assert told.code == 0 and "inhibited by first" in told.out


def test_what_a_case_inhibited_that_was_closed_since_waits_for_the_next_run(desk: Path, cs: Cs) -> None:
    write(desk, "first", "")
    write(desk, "second", "inhibited_by: [first]")
    run_on(cs, desk, [0])
    assert pending(desk, cs, "second")[0]["waits"] == "inhibited by first"
    assert cs("-w", desk, "cases", "close", "c1", "--outcome", "done", "--because", "settled", *on(0)).code == 0
    assert pending(desk, cs, "second")[0]["waits"] == "the next run"


def test_a_contract_that_never_had_a_case_names_its_account(desk: Path, cs: Cs) -> None:
    end = START.replace(year=START.year + 1)
    (desk / "c.csv").write_text(
        "contract_id,account_id,start,end,amount,currency,auto_renew,notice_days\n"
        f"K1,a1,{START},{end},144000,USD,no,30\n"
    )
    assert cs("-w", desk, "import", desk / "c.csv", "--yes", "--as-of", START.isoformat()).code == 0
    write(desk, "renew", "subject: contract\nfor: 7d")
    run_on(cs, desk, [0, 1])
    rows = [row for row in pending(desk, cs, "renew") if row["account_id"] == "a1"]
    assert rows and all(row["contract"] and row["name"] == "Alder Works" for row in rows)
    assert not [row for row in pending(desk, cs, "renew") if row["account_id"] is None]


def test_nothing_waits(desk: Path, cs: Cs) -> None:
    assert "Nothing waits." in cs("-w", desk, "playbooks", "pending").out
    assert cs("-w", desk, "playbooks", "pending", "nobody").code == 2


def test_verbose_shows_every_fault_of_a_kind(desk: Path, cs: Cs) -> None:
    for n in range(6):
        write(desk, f"p{n}", "", floor=n)
        path = desk / "playbooks" / f"p{n}.yaml"
        path.write_text(path.read_text().replace("arr >", "aar >"))
    short, whole = cs("-w", desk, "playbooks", "check"), cs("-w", desk, "-v", "playbooks", "check")
    assert short.code == whole.code == 12
    assert "p2.yaml" in short.err and "p3.yaml:" not in short.err.replace("like this: ", "")
    assert all(f"playbooks/p{n}.yaml:4" in whole.err for n in range(6)) and "more like this" not in whole.err


def test_reach_counts_whom_a_playbook_can_be_about_and_names_what_would_help(desk: Path, cs: Cs) -> None:
    write(desk, "large", "")
    write(desk, "voice", "")
    path = desk / "playbooks" / "voice.yaml"
    path.write_text(path.read_text().replace("when: arr > 100000", "applies_to: arr > 100000\nwhen: nps_latest <= 6"))
    rows = {row["playbook"]: row for row in cs("-w", desk, "playbooks", "reach", "-f", "json").json}
    assert (rows["large"]["applies"], rows["large"]["cannot_tell"], rows["large"]["help"]) == (2, 0, None)
    assert rows["voice"] == {
        "playbook": "voice", "applies": 1, "cannot_tell": 1, "unknown": "nps_latest", "help": "import surveys",
    }  # fmt: skip
