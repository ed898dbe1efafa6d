"""`cs check` tells what `cs playbooks check` warns of, in the same words; `was:` in the proofs."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from pathlib import Path

from tests.conftest import Cs


def test_conditions_and_deleted_playbooks_are_findings(cs: Cs, demo: Path) -> None:
    conn = sqlite3.connect(demo / "cs.db")
    conn.execute("UPDATE cs_case SET playbook = 'gone' WHERE playbook = 'cancel-requested'")
    conn.commit()
    conn.close()
    for name, when in (("never", "arr > 5 and arr < 3"), ("always", "arr >= 0 or arr < 0")):
        (demo / "playbooks" / f"{name}.yaml").write_text(f"playbook: {name}\nabout: x\nwhen: {when}\n")
    warned = cs("-w", demo, "playbooks", "check").err
    found = cs("-w", demo, "check", "-f", "json")
    assert found.code == 1
    rows = {row["subject"]: row for row in found.json}
    for subject, ident, words in (
        ("playbooks/never.yaml:3:7", "DEF-060", "never can never fire"),
        ("playbooks/always.yaml:3:7", "DEF-061", "always always fires"),
        ("gone", "DEF-062", "no file defines gone any more"),
    ):
        assert f"warning[{ident}]" in warned
        assert words in warned
        assert words in rows[subject]["finding"]
    assert "was: gone" in rows["gone"]["next"]


def test_a_former_name_is_understood(cs: Cs, demo: Path) -> None:
    path = demo / "playbooks" / "onboarding.yaml"
    path.write_text(path.read_text().replace("playbook: onboarding", "playbook: welcoming\nwas: onboarding"))
    for words in (["backtest", "onboarding", "--since", "7d"], ["report", "onboarding"]):
        done = cs("-w", demo, "playbooks", *words, "-f", "json")
        assert done.code == 0, done.err
        assert [row["playbook"] for row in done.json] == ["welcoming"]
        assert "onboarding is called welcoming now" in done.err
    assert cs("-w", demo, "playbooks", "backtest", "no-such", "--since", "7d").code == 2


BOOK = "playbook: {name}\nabout: x\nwhen: {when}\nseverity:\n{severity}{more}"
LARGE = "  - red: arr > 900\n  - amber: arr > 500\n"


def write(folder: Path, name: str, when: str = "arr > 100", severity: str = LARGE, more: str = "") -> None:
    text = BOOK.format(name=name, when=when, severity=severity, more=more)
    (folder / "playbooks" / f"{name}.yaml").write_text(text)


def warned(cs: Cs, folder: Path) -> list[tuple[str, str]]:
    """(ident, file:line:column) of every warning; `cs check` has the same ones."""
    told = cs("-w", folder, "playbooks", "check")
    assert told.code == 0, told.err
    lines = [line.strip() for line in told.err.splitlines()]
    found = [
        (line[8:15], after) for line, after in pairwise(lines) if line.startswith("warning[DEF-")
    ]
    subjects = {row["subject"] for row in cs("-w", folder, "check", "-f", "json").json}
    assert {place for _, place in found} <= subjects
    return found


def test_a_severity_that_is_never_reached(cs: Cs, workspace: Path) -> None:
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    write(workspace, "good", severity=LARGE + "  - info: otherwise\n")
    assert warned(cs, workspace) == []
    narrow = "  - amber: arr > 500\n  - red: arr > 900\n  - info: otherwise\n"
    write(workspace, "narrow", severity=narrow, when="arr > 101")
    write(workspace, "covered", severity=LARGE + "  - info: otherwise\n", when="arr > 700")
    places = ["playbooks/covered.yaml:7:5", "playbooks/narrow.yaml:6:5"]
    assert warned(cs, workspace) == [("DEF-065", place) for place in places]


def test_what_inhibits_and_never_fires_and_two_of_one_condition(cs: Cs, workspace: Path) -> None:
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    write(workspace, "one")
    write(workspace, "idle", when="arr > 102", more="enabled: false\n")
    write(workspace, "two", when="arr  >  100", more="inhibited_by: [one]\n")
    write(workspace, "waits", when="arr > 103", more="inhibited_by: [one, idle]\n")
    assert warned(cs, workspace) == [("DEF-070", "playbooks/two.yaml:3:7"), ("DEF-069", "playbooks/waits.yaml:7:15")]
    write(workspace, "idle", when="arr > 102", more="inhibited_by: [two]\n")
    write(workspace, "two", when="arr > 104", more="inhibited_by: [one]\n")
    assert warned(cs, workspace) == []


TIERS = "dimensions:\n  tier:\n    - A: arr >= 50_000\n    - B: arr >= 5_000 and arr < 50_000\n    - C: otherwise\n"


def test_a_condition_that_excludes_the_segment_it_is_for(cs: Cs, workspace: Path) -> None:
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    text = (workspace / "segments.yaml").read_text()
    start = text.index("  tier:")
    end = text.index("\n  touch_model:")
    (workspace / "segments.yaml").write_text(text[:start] + TIERS.partition("\n")[2] + text[end:])
    write(workspace, "small", when="arr < 1000", severity="  - amber: otherwise\n", more="applies_to: tier == 'A'\n")
    write(workspace, "both", when="arr < 4000 and tier in ('A', 'B')", severity="  - amber: otherwise\n")
    assert warned(cs, workspace) == [("DEF-060", "playbooks/both.yaml:3:7"), ("DEF-060", "playbooks/small.yaml:3:7")]
    told = " ".join(cs("-w", workspace, "playbooks", "check").err.split())
    assert "small can never fire: tier A is arr >= 50_000" in told
    # of two segments one may; otherwise and a dimension that is only ruled out say nothing
    write(workspace, "both", when="arr < 40000 and tier in ('A', 'B')", severity="  - amber: otherwise\n")
    write(workspace, "small", when="arr < 1000", severity="  - amber: otherwise\n", more="applies_to: tier != 'A'\n")
    assert warned(cs, workspace) == []


def test_an_end_that_hangs_on_a_fact_nobody_has(cs: Cs, workspace: Path) -> None:
    for path in (workspace / "playbooks").glob("*.yaml"):
        path.unlink()
    (workspace / "a.csv").write_text("account_id,name\nA1,Alder\n")
    (workspace / "s.csv").write_text(
        "subscription_id,account_id,amount,currency,interval,started_on\nS1,A1,100,USD,month,2026-01-01\n"
    )
    assert cs("-w", workspace, "import", workspace / "a.csv", workspace / "s.csv", "--yes").code == 0
    more = (
        "done_when: nps_latest > 8\nlost_when: arr < 0 or arr > 1\n"
        "tasks:\n  - {id: ask, do: Ask, done_when: days_since_touch < 3}\n"
    )
    write(workspace, "endless", when="arr > 10", severity="  - amber: otherwise\n", more=more)

    def ends() -> list[tuple[str, str]]:
        rows = cs("-w", workspace, "check", "-f", "json").json
        return [(row["subject"], row["finding"]) for row in rows if row["check"] == "playbook whose end cannot be told"]

    assert ends() == [
        ("endless", "done_when: nps_latest is unknown for every customer"),
        ("endless", "done_when of the task ask: days_since_touch is unknown for every customer"),
    ]
    # known whatever is missing, or one of them has it
    more = "done_when: nps_latest is missing or nps_latest > 8\n"
    write(workspace, "endless", when="arr > 10", severity="  - amber: otherwise\n", more=more)
    assert ends() == []
    # what `when` lacks as well is said once
    more = "done_when: nps_latest > 8\n"
    write(workspace, "endless", when="nps_latest < 3", severity="  - amber: otherwise\n", more=more)
    assert ends() == []
