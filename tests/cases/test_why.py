"""`cs explain ACCOUNT PLAYBOOK` agrees with what `cs run` does, in both directions; so do the other lists."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from cs_cli.cases.why import DayOfPlaybooks, Why
from cs_cli.commands.desk import open_desk
from tests.conftest import Cs
from tests.deliver.world import settings

PAIRS = 200


def answers(folder: Path, day: str) -> dict[tuple[int, str], list[Why]]:
    with open_desk(folder, day) as desk:
        asked = DayOfPlaybooks(desk.conn, desk.definitions, desk.day, None)
        accounts = [row[0] for row in desk.conn.execute("SELECT account FROM account_registry ORDER BY account")]
        every = [(account, name) for account in accounts for name in sorted(asked.rules)]
        pairs = random.Random(7).sample(every, PAIRS)
        pairs += [(case.account, case.playbook) for case in asked.changes.cases if case.playbook in asked.rules]
        return {pair: asked.why(*pair) for pair in dict.fromkeys(pairs)}


def opened(folder: Path) -> set[tuple[int, str, str]]:
    """(account, playbook, subject) of every open case; the subject of an account is its id."""
    with open_desk(folder) as desk:
        return set(desk.conn.execute(
            "SELECT c.account, c.playbook, CASE WHEN c.subject = CAST(c.account AS TEXT) THEN r.account_id "
            "ELSE c.subject END FROM cs_case c JOIN account_registry r ON r.account = c.account "
            "WHERE c.state <> 'closed'"
        ))  # fmt: skip


@pytest.mark.parametrize("day", ["2026-06-30", "2026-07-13"])
def test_what_explain_says_is_what_run_does(demo: Path, cs: Cs, day: str) -> None:
    said = answers(demo, day)
    assert cs("-w", demo, "run", "-q", "--as-of", day).code in (0, 3)
    there = opened(demo)
    for (account, name), found in said.items():
        for one in found:
            open_ = one.state in ("open", "would open")
            assert open_ == ((account, name, one.subject) in there), (name, one)
            if one.state == "does not hold":
                assert any(part.truth == "false" for part in one.parts if part.part == "when"), one
            if one.state == "cannot tell":
                assert one.missing, one
    states = [one.state for found in said.values() for one in found]
    assert {"open", "does not hold", "does not apply"} <= set(states)
    assert len(states) >= PAIRS / 2


def test_each_reason_to_wait_is_said(workspace: Path, cs: Cs) -> None:
    for playbook in (workspace / "playbooks").glob("*.yaml"):
        playbook.unlink()
    settings(workspace, today="2026-06-30", currency="USD")
    books = {
        "patient": "when: arr > 100\nfor: 7d\n",
        "quiet": "when: arr > 100\ninhibited_by: [loud]\n",
        "loud": "when: arr > 100\nlimit: '1000'\n",
        "braked": "when: arr > 100\nlimit: '0'\n",
        "blind": "when: nps_latest < 5\n",
        "not-yet": "when: arr > 5000\n",
        "prospects": "applies_to: status == \"prospect\"\nwhen: arr > 100\n",
        "asleep": "enabled: false\nwhen: arr > 100\n",
        "terms": "subject: contract\nwhen: days_to_renewal < 30\n",
    }
    for name, text in books.items():
        (workspace / "playbooks" / f"{name}.yaml").write_text(f"playbook: {name}\nabout: x\n{text}")
    (workspace / "a.csv").write_text("account_id,name\nA1,Alder Works\n")
    (workspace / "s.csv").write_text(
        "subscription_id,account_id,amount,currency,interval,started_on\nS1,A1,100,USD,month,2026-06-28\n"
    )
    assert cs("-w", workspace, "import", workspace / "a.csv", workspace / "s.csv").code == 0

    def answer(what: str, *words: object) -> str:
        done = cs("-w", workspace, "explain", "A1", what, *words)
        assert done.code == 0, done.err
        return " ".join(done.out.split())

    assert "patient waits: held 0 of 7 days" in answer("patient")
    assert "quiet waits: inhibited by loud" in answer("quiet")
    assert "loud would open: c1 amber, opens today" in answer("loud")
    assert "braked limit: it would open 1 at once, its limit is 0: none opens" in answer("braked")
    assert "blind cannot tell: a part is unknown" in answer("blind")
    assert "nps_latest is unknown import" in answer("blind")
    assert "not-yet does not hold: ARR 1,200 (" in answer("not-yet")
    assert "prospects does not apply: status customer" in answer("prospects")
    assert "off: the playbook is switched off; switched on: would open" in answer("asleep")
    assert "none is known of this account" in answer("terms")
    assert cs("-w", workspace, "run", "-q").code == 3
    assert cs("-w", workspace, "cases", "snooze", "c1", "2026-07-09", "--because", "asked to wait").code == 0
    assert "snoozed until 2026-07-09: asked to wait" in answer("loud")
    assert "held 4 of 7 days" in answer("patient", "--as-of", "2026-07-04")
    assert cs("-w", workspace, "explain", "A1", "no-such").code == 2


def test_segments_cards_renewals_and_today(demo: Path, cs: Cs) -> None:
    def answer(what: str) -> str:
        done = cs("-w", demo, "explain", "Tallgrass", what)
        assert done.code == 0, done.err
        return " ".join(done.out.split())

    assert "tier B Subject" in answer("tier") and "arr >= 30_000 arr 29640 false" in answer("tier")
    assert "red by the card standard" in answer("health")
    listed = cs("-w", demo, "health", "list", "-f", "json").json
    (score,) = [row["health"] for row in listed if row["name"] == "Tallgrass Freight"]
    assert f"another card counts: {score:.1f} red by the card standard" in answer("onboarding")
    assert "not in the list: 140 days ahead, more than 90 (--within 140)" in answer("renewals")
    listed = cs("-w", demo, "renewals", "list", "--within", "140", "-f", "json").json
    assert any(row["name"] == "Tallgrass Freight" for row in listed)
    rows = cs("-w", demo, "today", "-f", "json").json
    lines = [row["n"] for row in rows if row["name"] == "Tallgrass Freight"]
    assert lines and all(f"line {n}:" in answer("today") for n in lines)
