"""`cs remind` where calendars and clocks are odd: leap days, month ends, the change of the clocks in six zones."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
import yaml

from tests.conftest import Cs
from tests.deliver.world import ledger

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
LOG = {"log": {"kind": "file", "path": "reports/log.txt"}}


@pytest.fixture(autouse=True)
def only_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run works out what its playbooks read, as in a large company: a day is taken ten times as fast."""
    monkeypatch.setattr("cs_cli.scoring.cache.TRENDS_UP_TO", 0)
    monkeypatch.setattr("cs_cli.scoring.cache.ALL_FACTS_UP_TO", 0)


def desk(folder: Path, cs: Cs, first: date, playbook: str, contract: tuple[str, str], zone: str = "UTC") -> Path:
    """One customer with one contract, known from the day before `first`, when the first run was."""
    for path in (folder / "playbooks").glob("*.yaml"):
        path.unlink()
    (folder / "playbooks" / "p.yaml").write_text(playbook)
    known = yaml.safe_load((folder / "cs.yaml").read_text())
    del known["today"]
    known.update(timezone=zone, working_days=EVERY_DAY, channels=LOG)
    (folder / "cs.yaml").write_text(yaml.safe_dump(known, sort_keys=False))
    start, end = contract
    (folder / "exports" / "accounts.csv").write_text("account_id,name,domain\nA1,Acme,acme.example\n")
    (folder / "exports" / "contracts.csv").write_text(
        "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency\n"
        f"C1,A1,{start},{end},,true,12000,USD\n"
    )
    day = (first - timedelta(days=1)).isoformat()
    for kind in ("accounts", "contracts"):
        done = cs("-w", folder, "import", folder / "exports" / f"{kind}.csv", "--as-of", day, "--yes")
        assert done.code == 0, done.err
    assert cs("-w", folder, "remind", "-q", "--as-of", day).code == 0
    return folder


RENEWAL = """
playbook: p
about: A renewal is near.
subject: contract
when: days_to_renewal <= 2 and days_to_renewal >= -3
severity: amber
limit: "1000"
again: each_term
reminders:
  - {id: day, at: renewal_date, to: [csm], mode: single, subject: "{{ name }}: today", text: "{{ renewal_date }}"}
"""
# a contract's first term, and the day of a later renewal: the day of the month is that of the start
TERMS = {
    "a leap year after a leap day": (("2024-02-29", "2025-02-28"), date(2028, 2, 29)),
    "a common year after a leap day": (("2024-02-29", "2025-02-28"), date(2027, 2, 28)),
    "the 31st, in February": (("2026-08-31", "2026-11-30"), date(2027, 2, 28)),
    "the 31st, in a leap February": (("2027-08-31", "2027-11-30"), date(2028, 2, 29)),
    "the 31st, in May": (("2026-08-31", "2026-11-30"), date(2027, 5, 31)),
    "the 31st, in November": (("2025-08-31", "2025-11-30"), date(2026, 11, 30)),
    "the last of the year": (("2025-12-31", "2026-12-31"), date(2027, 12, 31)),
}


@pytest.mark.parametrize(("contract", "renewal"), TERMS.values(), ids=list(TERMS))
def test_a_reminder_of_the_renewal_day(workspace: Path, cs: Cs, contract: tuple[str, str], renewal: date) -> None:
    desk(workspace, cs, renewal - timedelta(days=3), RENEWAL, contract)
    told = {}
    for offset in range(-3, 4):
        day = renewal + timedelta(days=offset)
        for _ in range(2):
            before = len(log(workspace))
            with time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), tick=False):
                done = cs("-w", workspace, "remind", "-q")
            assert (done.code, done.err) == (0, "")
            if len(log(workspace)) > before:
                told[day] = log(workspace)[before:]
    assert list(told) == [renewal]
    assert renewal.isoformat() in told[renewal]
    assert ledger(workspace, "due", "settled_on", "attempts") == [(renewal.isoformat(), renewal.isoformat(), 1)]


def log(folder: Path) -> str:
    path = folder / "reports" / "log.txt"
    return path.read_text() if path.exists() else ""


DAILY = """
playbook: p
about: A hundred days to the renewal.
subject: contract
when: days_to_renewal <= 100
severity: amber
limit: "1000"
again: each_term
reminders:
""" + "".join(
    f'  - {{id: d{n}, at: opened + {n}d, to: [csm], mode: single, subject: "{{{{ name }}}} {n}", text: "."}}\n'
    for n in range(1, 5)
)
ZONES = (
    "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "America/Santiago",
    "Asia/Kolkata",
)  # fmt: skip


def changes(zone: str) -> list[datetime]:
    """The instants in 2026 at which the clocks of a zone change; a plain night where they never do."""
    tz = ZoneInfo(zone)
    now, found = datetime(2026, 1, 1, tzinfo=UTC), []
    while now.year == 2026:
        later = now + timedelta(minutes=30)
        if now.astimezone(tz).utcoffset() != later.astimezone(tz).utcoffset():
            found.append(later)
        now = later
    return found or [datetime(2026, 3, 28, 20, tzinfo=UTC)]


@pytest.mark.parametrize("zone", ZONES)
def test_the_change_of_the_clocks(workspace: Path, cs: Cs, zone: str, tmp_path: Path) -> None:
    """A case opens before the change; its daily reminders go out on their local days, however the clock jumps."""
    tz = ZoneInfo(zone)
    for number, change in enumerate(changes(zone)):
        folder = tmp_path / f"desk{number}"
        shutil.copytree(workspace, folder)
        minutes = sorted({*range(-36 * 60, 49 * 60, 6 * 60), -61, -1, 0, 1, 59, 61})
        opened = (change + timedelta(minutes=minutes[0])).astimezone(tz).date()
        term = ("2026-01-01", (opened + timedelta(days=100)).isoformat())
        desk(folder, cs, opened, DAILY, term, zone)
        sent: dict[str, date] = {}
        # and, at the end, a clock put back by an hour and by a day
        for minute in [*minutes, minutes[-1] - 60, minutes[-1] - 24 * 60, minutes[-1]]:
            now = change + timedelta(minutes=minute)
            with time_machine.travel(now, tick=False):
                done = cs("-w", folder, "remind", "-q")
            assert done.code == 0, done.err
            for step, state in ledger(folder, "step", "state"):
                if state == "sent":
                    sent.setdefault(step, now.astimezone(tz).date())
        last = (change + timedelta(minutes=minutes[-1])).astimezone(tz).date()
        expected = {f"d{n}": opened + timedelta(days=n) for n in range(1, 5) if opened + timedelta(days=n) <= last}
        assert len(expected) >= 3
        assert sent == expected, change
        assert [log(folder).count(f"Acme {n}") for n in range(1, len(expected) + 1)] == [1] * len(expected)
