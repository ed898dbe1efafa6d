"""Ninety days of a cron every quarter of an hour, gaps, clocks that jump, zones: the real ledger, a fake channel."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cs_cli.base.days import WorkCalendar
from cs_cli.deliver import ledger
from cs_cli.deliver.decide import Rules, decide
from cs_cli.deliver.model import SENT, Key, Message, Occurrence, Plan, Result, Target, full_ref, ref_of
from cs_cli.deliver.send import send_all
from cs_cli.deliver.web import Budget
from cs_cli.store.migrations_runner import apply

START = date(2026, 3, 2)
RULES = Rules(WorkCalendar.of(["mon", "tue", "wed", "thu", "fri"], [date(2026, 4, 6), date(2026, 5, 1)]))


@dataclass
class Taken:
    """A channel that takes everything and counts."""

    repeatable: bool = False
    count: Counter[str] = field(default_factory=Counter)

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        leaving()
        self.count.update(part for part in message.text.split())
        return SENT


class Desk:
    """A ledger in memory, and `cs remind` without everything around it."""

    def __init__(self, due: Iterable[Occurrence]) -> None:
        self.conn = sqlite3.connect(":memory:", isolation_level=None)
        apply(self.conn, 0)
        self.waiting = sorted(due, key=lambda one: one.due)
        self.last: date | None = None
        self.channel = Taken()
        self.at = 0

    def remind(self, day: date) -> None:
        """One run: what the ledger has not settled of what is due. Clocks behind and far ahead send nothing."""
        if self.last is not None and not 0 <= (day - self.last).days <= 45:
            return
        while self.at < len(self.waiting) and self.waiting[self.at].due <= day:
            self.at += 1
        settled = {
            Key(*row)
            for row in self.conn.execute(
                "SELECT playbook, subject, term, step FROM delivery WHERE state IN ('sent', 'missed')"
            )
        }
        if self.last == day and self.unchanged(day):
            return
        due = [one for one in self.waiting[: self.at] if one.key not in settled]
        plans = decide(due, ledger.unsettled(self.conn), day, RULES, self.last)
        ledger.enrol(self.conn, plans, day)
        send_all(
            self.conn,
            plans,
            lambda plan: _message(plan, day),
            {"team": self.channel},
            day,
            lambda: f"{day}T12:00:00Z",
            Budget(),
        )
        self.last = max(day, self.last) if self.last else day
        self.seen = (day, self.at)

    seen: tuple[date, int] | None = None

    def unchanged(self, day: date) -> bool:
        return self.seen == (day, self.at)

    def rows(self) -> list[tuple[object, ...]]:
        return sorted(
            self.conn.execute(
                "SELECT playbook, subject, term, step, channel, recipient, state, attempts FROM delivery"
            ).fetchall()
        )


def _message(plan: Plan, day: date) -> Message:
    uids = tuple(item.uid for item in plan.items)
    return Message(
        ref_of(uids), full_ref(uids), plan.target.channel, plan.target.recipient, day, "x", text=" ".join(uids)
    )


def thousand(days: int = 90, accounts: int = 1000) -> list[Occurrence]:
    rng = random.Random(20260302)
    found = []
    for n in range(accounts):
        due = START + timedelta(days=rng.randrange(days - 5))
        mode = rng.choice(["single", "digest"])
        who = rng.choice(["Mara", "Dana", "Priya"])
        found.append(Occurrence(Key("runway", f"s{n}", f"s{n} #1", "quarter"), due, (Target("team", who),), mode=mode))
    return found


@pytest.mark.slow
def test_a_cron_every_quarter_of_an_hour_says_each_once() -> None:
    due = thousand()
    desk = Desk(due)
    runs = 0
    for day in range(90):
        for _ in range(96):
            # every run asks the ledger anew: nothing but the ledger keeps it from sending again
            desk.seen = None if runs % 32 == 0 else desk.seen
            desk.remind(START + timedelta(days=day))
            runs += 1
    assert runs == 8640
    assert set(desk.channel.count.values()) == {1}
    assert len(desk.channel.count) == 1000
    assert {row[6:] for row in desk.rows()} == {("sent", 1)}


@pytest.mark.parametrize("gap", [1, 9, 31])
def test_gaps_at_sixty_positions_end_in_the_same_ledger(gap: int) -> None:
    due = thousand(accounts=60)

    def after(skipped: range) -> tuple[list[tuple[object, ...]], Counter[str]]:
        desk = Desk(due)
        for day in range(100):
            if day not in skipped:
                desk.remind(START + timedelta(days=day))
        return desk.rows(), desk.channel.count

    daily = after(range(0))
    assert len(daily[0]) == 60
    for position in range(1, 61):
        assert after(range(position, position + gap)) == daily, position


JUMPS = {
    "an hour back": [0, 0, 1, 1, 2],
    "a day back": [0, 1, 2, 1, 2, 3],
    "a year back": [0, 1, -364, 1, 2],
    "ten years on and back": [0, 1, 3651, 1, 2],
    "a month on and back": [0, 1, 31, 2, 3, 31, 32],
}


@pytest.mark.parametrize("offsets", JUMPS.values(), ids=list(JUMPS))
def test_a_clock_that_jumps_says_nothing_twice_and_loses_nothing(offsets: list[int]) -> None:
    due = [
        Occurrence(Key("p", f"a{n}", "t", "s"), START + timedelta(days=n), (Target("team", "Mara"),)) for n in range(4)
    ]
    desk = Desk(due)
    for offset in [*offsets, 37, 38]:
        desk.remind(START + timedelta(days=offset))
    assert sorted(desk.channel.count.values()) == [1] * 4


ZONES = (
    "Europe/Amsterdam",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "Asia/Kolkata",
)


def ticks(zone: str, year: int) -> Iterator[date]:
    """The local day at every quarter of an hour around both changes of the clocks, in UTC order."""
    tz = ZoneInfo(zone)
    for month in (3, 4, 10, 11):
        now = datetime(year, month, 1, tzinfo=UTC)
        while now.month == month:
            yield now.astimezone(tz).date()
            now += timedelta(minutes=15)


@pytest.mark.parametrize("zone", ZONES)
def test_the_change_of_the_clocks_neither_skips_nor_repeats_a_day(zone: str) -> None:
    days = list(ticks(zone, 2026))
    assert days == sorted(days)
    first, second = date(2026, 3, 3), date(2026, 4, 29)
    every = [first + timedelta(days=n) for n in range((second - first).days)]
    due = [Occurrence(Key("p", day.isoformat(), "t", "s"), day, (Target("team", "Mara"),)) for day in every]
    desk = Desk(due)
    for day in days:
        if day.month in (3, 4):
            desk.remind(day)
    desk.remind(date(2026, 4, 30))
    assert sorted(desk.channel.count.values()) == [1] * len(every)


def test_a_zone_that_changes_between_auckland_and_honolulu() -> None:
    due = [
        Occurrence(Key("p", f"a{n}", "t", "s"), START + timedelta(days=n), (Target("team", "Mara"),)) for n in range(10)
    ]
    desk = Desk(due)
    for hour in range(0, 24 * 14, 6):
        now = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour)
        zone = "Pacific/Auckland" if (hour // 24) % 2 else "Pacific/Honolulu"
        desk.remind(now.astimezone(ZoneInfo(zone)).date())
    desk.remind(date(2026, 3, 20))
    assert sorted(desk.channel.count.values()) == [1] * 10
