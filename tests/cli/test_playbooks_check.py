"""`cs check` tells what `cs playbooks check` warns of, in the same words; `was:` in the proofs."""

from __future__ import annotations

import sqlite3
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
