"""Weeks of a crontab's job by the clock: gaps, a zone that moves, clocks that change, two jobs at once.

Whatever happened to the machine, every step that came due is in the ledger and in the channel, once.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import Cs
from tests.deliver.world import settings

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday; Europe changes its clocks on 29 March, America on 1 November
PLAYBOOK = """
playbook: way
about: The way to a renewal.
subject: contract
kind: renewal
when: 0 <= days_to_decide <= 100
severity: amber
again: each_term
limit: "1000"
reminders:
  - {id: two-months, at: decide_by - 60d, to: [csm], text: "MARK two-months {{ name }}", subject: "soon {{ name }}"}
  - {id: month, at: decide_by - 30d, to: [csm], text: "MARK month {{ name }}", subject: "a month {{ name }}"}
  - {id: week, at: decide_by - 5bd, to: [csm], mode: single, text: "MARK week {{ name }}", subject: "a week {{ name }}"}
"""
HOURS = (6, 7, 8, 13, 23)  # local hours at which the machine calls; it is due at seven, and caught up on after it
OFF = (range(20, 32), range(75, 77))  # days on which the machine is off, beside the odd one


class Machine:
    """Its clock, and what is off. The clock is the only one that `cs` reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        machine = self

        class Now(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return machine.now.astimezone(tz)

        monkeypatch.setattr("cs_cli.commands.desk.datetime", Now)
        monkeypatch.setattr("cs_cli.commands.schedule_job.clock", lambda zone: self.now.astimezone(ZoneInfo(zone)))


def terms(weeks: int) -> dict[str, date]:
    """name → the day on which it must decide: one every nine days."""
    last = START.date() + timedelta(weeks=weeks, days=60)
    found, day = {}, START.date() + timedelta(days=65)
    while day < last:
        found[f"N{len(found):02}"] = day
        day += timedelta(days=9)
    return found


def steps(decide: date) -> dict[str, date]:
    """step → the day on which it is due."""
    week, left = decide, 5
    while left:
        week -= timedelta(days=1)
        left -= week.weekday() < 5
    return {"two-months": decide - timedelta(days=60), "month": decide - timedelta(days=30), "week": week}


def both_at_once(run: list[object], cs: Cs) -> set[int]:
    """The exit codes of two jobs that begin together, one of them in a process of its own."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = cs(*run).code
        finally:
            os._exit(code)
    mine = cs(*run).code
    _, status = os.waitpid(child, 0)
    return {mine, os.waitstatus_to_exitcode(status)}


@pytest.mark.parametrize("weeks", [10, pytest.param(52, marks=pytest.mark.prove)])
def test_every_due_step_is_told_exactly_once(
    cs: Cs, workspace: Path, monkeypatch: pytest.MonkeyPatch, weeks: int
) -> None:
    monkeypatch.setattr("cs_cli.scoring.cache.TRENDS_UP_TO", 0)
    chance, machine = random.Random(weeks), Machine(monkeypatch)
    for used in (workspace / "health.yaml", workspace / "segments.yaml", *(workspace / "playbooks").glob("*.yaml")):
        used.unlink()
    (workspace / "playbooks" / "way.yaml").write_text(PLAYBOOK)
    path = workspace / "cs.yaml"
    path.write_text(path.read_text().replace('today: "2026-06-30"', ""))
    channels = {"desk": {"kind": "file", "path": "reports/desk.txt"}}
    settings(workspace, timezone="Europe/Amsterdam", channels=channels, roles={"csm": "Robin Vale"})
    zones = {weeks * 2: "Asia/Tokyo", weeks * 5: "America/Los_Angeles"}
    book = terms(weeks)
    rows = [f"C-{name},{name},{day - timedelta(days=364)},{day},0,no,9000,USD" for name, day in book.items()]
    for kind, head, lines in (
        ("accounts", "account_id,name", [f"{name},{name}" for name in book]),
        ("contracts", "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency", rows),
    ):
        (workspace / "exports" / f"{kind}.csv").write_text("\n".join([head, *lines]) + "\n")
    job: list[object] = ["-w", workspace, "schedule", "--job", "import,run,remind", "--at", "07:00"]
    ran = list[date]()
    for day in range(weeks * 7):
        if day in zones:
            settings(workspace, timezone=zones[day])
        if day and (any(day in off for off in OFF) or chance.random() < 0.12):
            continue
        zone = ZoneInfo(re.findall(r"timezone: (\S+)", (workspace / "cs.yaml").read_text())[0])
        for hour in HOURS:
            if day and chance.random() < 0.15:
                continue  # asleep at that hour
            local = datetime.combine(START.date() + timedelta(days=day), datetime.min.time(), zone)
            machine.now = (local + timedelta(hours=hour)).astimezone(UTC)
            if day % 9 == 4 and hour == 7:
                told = both_at_once(job, cs)
                assert told <= {0, 11} and 0 in told, told
            else:
                done = cs(*job)
                assert done.code == 0, done.err
            if hour >= 7:
                ran.append(local.date())
    last = max(day for day in ran if day.weekday() < 5)  # what is due on a weekend waits for Monday
    due = {(name, step): day for name, decide in book.items() for step, day in steps(decide).items()}
    expected = Counter(key for key, day in due.items() if day <= last)
    inherited = {name for name, decide in book.items() if decide - timedelta(days=100) <= ran[0]}
    expected |= Counter({(name, "where it stands"): 1 for name in inherited})
    sent = cs("-w", workspace, "remind", "list", "--all", "-f", "json").json
    assert Counter((row["account_id"], row["step"]) for row in sent if row["state"] == "sent") == expected
    text = (workspace / "reports" / "desk.txt").read_text()
    told_in_channel = Counter((name, step) for step, name in re.findall(r"MARK (\S+) (N\d\d)", text))
    assert told_in_channel == Counter(key for key in expected if key[1] != "where it stands")
