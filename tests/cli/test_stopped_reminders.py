"""An export that stopped, in the channel: once as a reminder, at the foot of every message, until it goes on."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from tests.conftest import Cs
from tests.deliver.world import build, customers, ledger, settings

SAID = "import stopped for cs_subscription, nothing new since 2026-06-30"


def written(path: Path, day: str) -> None:
    at = datetime.fromisoformat(f"{day}T09:00:00+00:00").timestamp()
    os.utime(path, (at, at))


def stop(cs: Cs, folder: Path, day: str, name: str = "subscriptions-9.csv") -> None:
    settings(folder, today=day)
    for path in (folder / "exports").iterdir():
        if path.stat().st_size > 100:
            written(path, "2026-06-30")
    head = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"
    (folder / "exports" / name).write_text(head)
    written(folder / "exports" / name, day)
    assert cs("-w", folder, "import", folder / "exports").code == 3


def test_it_is_said_once_and_then_at_the_foot(cs: Cs, workspace: Path) -> None:
    build(workspace, cs)
    assert cs("-w", workspace, "remind").code == 0
    stop(cs, workspace, "2026-07-01")
    shown = cs("-w", workspace, "remind", "--dry-run")
    assert SAID in shown.out
    done = cs("-w", workspace, "remind")
    assert done.code == 0, done.err
    assert done.out.startswith("Import stopped for cs_subscription\n")
    assert SAID in done.out and "subscriptions-9.csv: a header but no data rows" in done.out
    # another bad file of it is no news; silence is silence
    stop(cs, workspace, "2026-07-02", "subscriptions-10.csv")
    assert cs("-w", workspace, "remind").out == ""
    # the next message that goes out anyway carries it
    settings(workspace, today="2026-07-07")
    week = cs("-w", workspace, "remind")
    assert "a week in" in week.out and week.out.count(SAID) == 1
    assert [row for row in ledger(workspace, "playbook", "state") if row[0].startswith("import:")] == [
        ("import:cs_subscription", "sent")]


def test_what_goes_on_before_it_was_said_is_not_said(cs: Cs, workspace: Path) -> None:
    build(workspace, cs)
    assert cs("-w", workspace, "remind").code == 0
    stop(cs, workspace, "2026-07-04")       # a Saturday: it waits
    assert cs("-w", workspace, "remind").out == ""
    assert ("import:cs_subscription", "planned") in ledger(workspace, "playbook", "state")
    settings(workspace, today="2026-07-06")
    customers(workspace, cs, ("Birch Ltd",), start=3, day="2026-07-06")
    done = cs("-w", workspace, "remind")
    assert done.code == 0
    assert "Import stopped" not in done.out
    assert ("import:cs_subscription", "missed") in ledger(workspace, "playbook", "state")
