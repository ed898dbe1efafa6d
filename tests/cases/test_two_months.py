"""Two months of an ordinary startup, day by day, against what a script works out by itself.

Weekly exports dated by week start, one of them forgotten, one three days late; holidays; a first day in the middle of
four runways; one tier edit, one playbook edit, one customer who arrives. Every reminder, case, band and digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Cs

FIRST = date(2026, 3, 2)  # a Monday
DAYS = 61
HOLIDAYS = (date(2026, 4, 3), date(2026, 4, 6))
FORGOTTEN, LATE, CAME = date(2026, 3, 23), date(2026, 4, 6), date(2026, 4, 9)
TIER_EDIT, PLAYBOOK_EDIT, ARRIVAL = date(2026, 3, 25), date(2026, 4, 8), date(2026, 4, 13)
FADES, PEOPLE, LEFT = date(2026, 3, 9), 20, 7  # from this week on seven of Gale's twenty people come

# name: (ARR, the day on which it must decide)
BOOK = {
    "Alder": (60_000, date(2026, 4, 13)),
    "Birch": (45_000, date(2026, 6, 10)),
    "Cedar": (15_000, date(2026, 5, 16)),
    "Dahl": (3_000, date(2026, 4, 15)),
    "Elm": (50_000, date(2026, 7, 5)),
    "Fir": (12_000, date(2026, 6, 5)),
    "Gale": (20_000, date(2026, 11, 7)),
    "Holm": (9_000, date(2026, 11, 17)),
    "Jarl": (8_500, date(2026, 11, 27)),
    "Iris": (36_000, date(2026, 6, 27)),  # arrives
}
BILLS = {"Holm": (date(2026, 3, 5), date(2026, 4, 15)), "Jarl": (date(2026, 3, 27), date(2026, 4, 24))}  # (due, paid)

KEPT = ("renewal-runway", "notice-deadline", "overdue-invoice", "usage-drop", "red-health")
HEALTH = """
scorecards:
  - name: no usage data
    about: nobody of them was ever seen
    applies: usage_28d is missing and last_seen_days is missing
    measures:
      fiscal: {fact: overdue_days, family: fiscal, kind: lags, weight: 100, scale: [[0, 100], [60, 0]]}
    bands: {green: 70, red: 50, hysteresis: 0}
  - name: standard
    about: all others
    applies: otherwise
    measures:
      people: {fact: human_change_28d, family: usage, kind: leads, weight: 70, scale: [[-50%, 0], [-20%, 50], [0%, 80]]}
      fiscal:
        {fact: overdue_days, family: fiscal, kind: lags, weight: 30, scale: [[0, 100], [15, 70], [30, 40], [60, 0]]}
    bands: {green: 70, red: 50, hysteresis: 0}
"""
# what a reminder says, so that it is found in a digest
TEXTS = {
    "start": "the runway begins", "quarter": "look at goals", "month": "the price talk", "draft": "send the draft",
    "two-weeks": "Ask now.", "one-week": "Nothing has been said yet.", "where it stands": ": renewal-runway, ",
}  # fmt: skip


# --- what the systems export ----------------------------------------------------


def customers(day: date) -> dict[str, tuple[int, date]]:
    return {name: one for name, one in BOOK.items() if name != "Iris" or day >= ARRIVAL}


def exports(day: date) -> dict[str, list[str]]:
    """The rows of every export of the day; usage by whole weeks, dated by their Monday."""
    here = customers(day)
    found = {
        "accounts": ["account_id,name,domain", *(f"{name},{name},{name.lower()}.example" for name in here)],
        "contracts": ["contract_id,account_id,start,end,notice_days,auto_renew,amount,currency"],
        "usage": ["account_id,day,metric,value"],
        "invoices": ["invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status"],
    }
    for name, (arr, decide) in here.items():
        end = decide + timedelta(days=60)
        start = end.replace(year=end.year - 1) + timedelta(days=1)
        found["contracts"].append(f"K-{name},{name},{start},{end},60,yes,{arr},USD")
        found["invoices"].append(f"old-{name},{name},2026-01-02,2026-01-20,2026-01-15,750.00,USD,paid")
        if name in BILLS and BILLS[name][0] - timedelta(days=20) <= day:
            due, paid = BILLS[name]
            state = (f"{paid},750.00,USD,paid") if paid <= day else ",750.00,USD,open"
            found["invoices"].append(f"new-{name},{name},{due - timedelta(days=20)},{due},{state}")
    monday = date(2025, 10, 6)
    while monday + timedelta(days=7) <= day:
        found["usage"] += [f"{name},{monday},Active users,{people(name, monday)}" for name in here]
        monday += timedelta(days=7)
    return found


def people(name: str, week: date) -> int:
    return LEFT if name == "Gale" and week >= FADES else PEOPLE


def comes(day: date) -> bool:
    return day == CAME or (day.weekday() == 0 and day not in (FORGOTTEN, LATE))


# --- the script's own expectations ------------------------------------------------


def days() -> Iterator[date]:
    return (FIRST + timedelta(days=n) for n in range(DAYS))


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def said_on(due: date) -> date:
    while not works(due):
        due += timedelta(days=1)
    return due


def working_days_before(day: date, count: int) -> date:
    while count:
        day -= timedelta(days=1)
        count -= works(day)
    return day


def tier(name: str, day: date) -> str:
    arr = BOOK[name][0]
    return "A" if arr >= (14_000 if day >= TIER_EDIT else 30_000) else "B" if arr >= 8_000 else "C"


def reminders() -> list[tuple[date, str, str]]:
    """Every reminder of the two months: (day, account, step)."""
    found = []
    for name, (_, decide) in BOOK.items():
        begins = ARRIVAL if name == "Iris" else FIRST
        ahead = {"A": 120, "B": 90, "C": 45}[tier(name, begins)]
        if begins >= decide - timedelta(days=ahead):
            found.append((begins, name, "where it stands"))  # in the middle of its runway
        for step, back, tiers in (("start", 120, "A"), ("quarter", 90, "AB"), ("month", 30, "AB"), ("draft", 45, "C")):
            due = decide - timedelta(days=back)
            if due > begins and tier(name, due) in tiers:
                found.append((said_on(due), name, step))
        for step, back in (("two-weeks", 10), ("one-week", 5)):
            if (due := working_days_before(decide, back)) > begins:
                found.append((said_on(due), name, step))
    return sorted(one for one in found if one[0] < FIRST + timedelta(days=DAYS))


def looked_on(day: date) -> date:
    """The day of the newest exports."""
    return max(one for one in days() if one <= day and comes(one))


def as_of(day: date) -> str | None:
    """The last day that usage covers, where it is late: a week's rows for more than ten days after it."""
    covered = looked_on(day) - timedelta(days=1)
    return covered.isoformat() if (day - covered).days > 10 else None


def score(name: str, day: date) -> float:
    """By hand: seven tenths people, three tenths bills, by what the newest export had told."""
    looked = looked_on(day)
    weeks = [looked - timedelta(days=7 * n) for n in range(1, 9)]
    now, before = (sum(people(name, week) for week in some) for some in (weeks[:4], weeks[4:]))
    due, paid = BILLS.get(name, (date.max, date.max))
    overdue = (day - due).days if due < looked and not paid <= looked else 0
    return 0.7 * along(now / before - 1, [(-0.5, 0), (-0.2, 50), (0, 80)]) + 0.3 * along(
        overdue, [(0, 100), (15, 70), (30, 40), (60, 0)]
    )


def along(value: float, points: list[tuple[float, float]]) -> float:
    for (low, at_low), (high, at_high) in pairwise(points):
        if value <= high:
            return at_low if value <= low else at_low + (at_high - at_low) * (value - low) / (high - low)
    return points[-1][1]


def band(points: float) -> str:
    return "green" if points >= 70 else "amber" if points >= 50 else "red"


CASES = {
    # 15 days overdue, then 30; the export of 20 April tells that it was paid, and two days are waited
    ("overdue-invoice", "Holm"): ["2026-03-20 opened amber", "2026-04-04 rose to red", "2026-04-22 closed resolved"],
    # twelve days overdue when the playbook begins to ask for ten; so it was on the day before
    ("overdue-invoice", "Jarl"): [
        "2026-04-08 inherited", "2026-04-08 clocks begin", "2026-04-08 opened amber", "2026-04-26 rose to red",
        "2026-04-29 closed resolved",
    ],
    # the card is red by the export of 30 March (-49 %), and seven days of patience
    ("red-health", "Gale"): ["2026-04-06 opened red"],
    # four weeks of few people by the export of 9 April, and seven days; -58 %, then -48 % by that of 20 April
    ("usage-drop", "Gale"): ["2026-04-16 opened red", "2026-04-20 fell to amber"],
}  # fmt: skip


# --- the two months ---------------------------------------------------------------


class Startup:
    def __init__(self, cs: Cs, folder: Path) -> None:
        self.cs, self.folder = cs, folder
        settings = yaml.safe_load((folder / "cs.yaml").read_text())
        settings |= {
            "currency": "USD", "holidays": [day.isoformat() for day in HOLIDAYS], "me": "Ann Lee",
            "people": [{"name": "Ann Lee", "roles": ["csm"]}, {"name": "Tom Fox", "roles": ["renewal_manager"]}],
            "roles": {"csm": "Ann Lee", "renewal_manager": "Tom Fox"},
        }  # fmt: skip
        (folder / "cs.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
        (folder / "health.yaml").write_text(HEALTH)
        for path in (folder / "playbooks").glob("*.yaml"):
            if path.stem not in KEPT:
                path.unlink()
        self.edit("playbooks/red-health.yaml", r"inhibited_by: .*", "inhibited_by: [usage-drop, overdue-invoice]")
        self.edit("playbooks/usage-drop.yaml", r"inhibited_by: .*\n", "")

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text, times = re.subn(old, new, path.read_text())
        assert times == 1, name
        path.write_text(text)

    def __call__(self, day: date, *words: object) -> Any:
        done = self.cs("-w", self.folder, "--as-of", day.isoformat(), *words)
        assert done.code == 0, (day, words, done.out + done.err)
        return done

    def look(self, day: date) -> None:
        files = []
        for name, rows in exports(day).items():
            files.append(self.folder / "exports" / f"{name}-{day}.csv")
            files[-1].write_text("\n".join(rows) + "\n")
        self(day, "import", *files)


def told(digest: str) -> list[tuple[str, str]]:
    """(account, step) of every entry of a digest."""
    found = []
    for line in digest.splitlines():
        for step, text in TEXTS.items():
            if text in line:
                (name,) = [one for one in BOOK if one in line]
                found.append((name, step))
    return sorted(found)


def test_every_reminder_case_band_and_digest_of_two_months(
    cs: Cs, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cs_cli.scoring.cache.TRENDS_UP_TO", 0)  # thirteen weeks of scores are no part of this
    startup = Startup(cs, workspace)
    expected = reminders()
    assert len({one[1] for one in expected if one[2] == "where it stands"}) == 5  # four, and the one who arrives
    before: dict[str, float] = {}
    for day in days():
        if comes(day):
            startup.look(day)
        if day == TIER_EDIT:
            startup.edit("segments.yaml", r"A: arr >= 30_000", "A: arr >= 14_000")
        if day == PLAYBOOK_EDIT:
            startup.edit("playbooks/overdue-invoice.yaml", r"\nwhen: overdue_days >= 15", "\nwhen: overdue_days >= 10")
        digest = startup(day, "remind").out
        assert told(digest) == sorted(one[1:] for one in expected if one[0] == day), (day, digest)
        assert startup(day, "remind").out == "", day  # nothing twice
        rows = startup(day, "health", "list", "-f", "json").json
        found = {row["account_id"]: (row["health"], row["band"]) for row in rows}
        wanted = {name: score(name, day) for name in customers(day)}
        assert found == {
            name: (pytest.approx(points, abs=0.06), band(points)) for name, points in wanted.items()
        }, day  # fmt: skip
        assert {row["health_as_of"] for row in rows} == {as_of(day)}, day
        if not comes(day):
            better = [name for name, (points, _) in found.items() if points > before[name]]
            assert not better, (day, better)  # without news nobody gets better
        before = {name: points for name, (points, _) in found.items()}
    assert len({as_of(day) for day in days()}) == 2  # one was missed, the other came in time
    last = FIRST + timedelta(days=DAYS - 1)
    sent = startup(last, "remind", "list", "--all", "-f", "json").json
    reminded = [row for row in sent if row["step"] != "passed"]
    assert sorted((row["account_id"], row["step"]) for row in reminded) == sorted(one[1:] for one in expected)
    # and each task of the renewal manager, who is not me, was told to him once
    of_tom = [row["term"] for row in sent if row["step"] == "passed"]
    assert of_tom and len(of_tom) == len(set(of_tom))
    assert {row["recipient"] for row in sent if row["step"] == "passed"} == {"Tom Fox"}
    assert {row["state"] for row in sent} == {"sent"}
    events: dict[tuple[str, str], list[str]] = {}
    for row in startup(last, "cases", "list", "--all", "-f", "json").json:
        if row["kind"] != "renewal" and row["playbook"] != "notice-deadline":
            shown = startup(last, "cases", "show", row["case"], "-f", "json").json
            history = shown["sections"]["history"]["rows"]
            events[row["playbook"], row["account_id"]] = [f"{one['day']} {one['what']}" for one in history]
    assert events == CASES
