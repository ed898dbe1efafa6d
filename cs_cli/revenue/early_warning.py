"""How early the bands told of those who left, and how many of those who stayed they called: Monday by Monday.

Every Monday is scored as `cs health backtest` scores it: by row dates, with nothing later known. A leaver counts from
the day on which it told (its cancellation), not from the day on which it stopped paying: from the cancellation on any
score is red, which warns nobody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from cs_cli.base.money import to_major
from cs_cli.scoring.backtest_outcomes import Paid, read_paid
from cs_cli.scoring.backtest_stats import Interval, median, wilson
from cs_cli.scoring.bands import replay, steps_before
from cs_cli.scoring.desk import score_only
from cs_cli.store.clock import set_clock

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from cs_cli.definitions.workspace import Definitions

Seen = tuple[str, str | None]  # band, and the cap that holds the score down

CALLED = ("red", "amber")
FEW = 10  # leavers under which no share is printed
UNSEEN: Seen = ("unknown", None)
LEAD = 14  # days before the cancellation: less is no time to do anything about it

# the cancellation that ended it: of what ended last, the latest day on which a cancellation was known
_TOLD = """
SELECT a.account, s.cancelled_on, coalesce(s.ended_on, s.cancelled_on)
FROM known_subscription s
JOIN account_of a ON a.ref = s.ref
WHERE s.cancelled_on IS NOT NULL
ORDER BY a.account, s.cancelled_on
"""


class Leaver(msgspec.Struct, frozen=True):
    """Who left: when it told and stopped paying, its band `lead` days before it told, and since when it was called.

    band: on the last Monday so many days before told_on. called: days from the first of the unbroken Mondays in red or
    amber up to that one, to told_on; None where it was not called then. arr: what it paid then, in minor units.
    """

    account: int
    told_on: date
    lost_on: date
    band: str
    capped_by: str | None
    called: int | None
    arr: int | None


class Week(msgspec.Struct, frozen=True):
    """One Monday of those who stayed (they pay on it and today): how many stood in each band, and what called them.

    caps: cap that holds the score down → accounts in red or amber; "" where the measures alone do it.
    """

    day: date
    bands: Mapping[str, int]
    caps: Mapping[str, int]

    @property
    def n(self) -> int:
        return sum(self.bands.values())

    @property
    def called(self) -> int:
        return sum(self.bands.get(band, 0) for band in CALLED)


class Warnings(msgspec.Struct, frozen=True):
    since: date
    until: date
    lead: int
    leavers: Sequence[Leaver]
    weeks: Sequence[Week]
    too_young: int  # who left before any Monday lay `lead` days before it told


def mondays(since: date, until: date) -> list[date]:
    """The Mondays from since to until, oldest first."""
    first = since + timedelta(days=-since.weekday() % 7)
    return [first + timedelta(days=7 * n) for n in range((until - first).days // 7 + 1)] if first <= until else []


def early_warning(
    conn: sqlite3.Connection, definitions: Definitions, day: date, since: date, *, lead: int = LEAD,
    known_at: date | None = None,
) -> Warnings:  # fmt: skip
    """The Mondays from `since` to `day`. Leavers pay nothing any more on the day and do not rest; they told between.

    Replaces the TEMP tables of the desk.
    """
    from cs_cli.facts.spans import build_spans

    set_clock(conn, day, known_at)
    build_spans(conn, definitions.settings, day, definitions.metrics.mrr_from)
    paid = read_paid(conn)
    losses = losses_of(paid, _cancellations(conn), day)
    days = mondays(since, day)
    bands = _bands(conn, definitions, days, known_at, sorted(paid))
    found: list[Leaver] = []
    too_young = 0
    for account, (told_on, lost_on) in sorted(losses.items(), key=lambda one: (one[1], one[0])):
        if not days or not days[0] <= told_on <= day:
            continue
        place = bisect_right(days, told_on - timedelta(days=lead)) - 1
        if place < 0 or paid[account].on(days[place].isoformat()) == 0:
            too_young += 1
            continue
        band, cap = bands[days[place]].get(account, UNSEEN)
        start = place
        while start > 0 and bands[days[start - 1]].get(account, UNSEEN)[0] in CALLED:
            start -= 1
        called = (told_on - days[start]).days if band in CALLED else None
        found.append(Leaver(account, told_on, lost_on, band, cap, called, paid[account].on(days[place].isoformat())))
    staying = [account for account, one in paid.items() if one.on(day.isoformat()) != 0]
    weeks = []
    for monday in days:
        seen = [bands[monday].get(one, UNSEEN) for one in staying if paid[one].on(monday.isoformat()) != 0]
        caps = Counter(cap or "" for band, cap in seen if band in CALLED)
        weeks.append(Week(monday, Counter(band for band, _ in seen), caps))
    return Warnings(since, day, lead, found, weeks, too_young)


def losses_of(
    paid: Mapping[int, Paid], cancelled: Mapping[int, Sequence[tuple[str, str]]], day: date
) -> dict[int, tuple[date, date]]:
    """Account → (told on, stopped paying on) of all who paid once, pay nothing on the day and do not rest.

    cancelled: account → (cancelled on, ended on) of its subscriptions. Told is the day of the last cancellation of what
    ended last, else the day on which nothing was paid any more: no export says when they told.
    """
    on, found = day.isoformat(), {}
    for account, one in paid.items():
        place = bisect_right(one.days, on) - 1
        if place < 1 or one.amounts[place] != 0 or one.rests(on):
            continue
        lost = one.days[place]
        told = max((said for said, ended in cancelled.get(account, ()) if ended >= lost and said < lost), default=lost)
        found[account] = (date.fromisoformat(told), date.fromisoformat(lost))
    return found


def _cancellations(conn: sqlite3.Connection) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for account, said, ended in conn.execute(_TOLD):
        found.setdefault(account, []).append((said, ended))
    return found


def _bands(
    conn: sqlite3.Connection, definitions: Definitions, days: Sequence[date], known_at: date | None,
    accounts: Sequence[int],
) -> dict[date, dict[int, Seen]]:  # fmt: skip
    """Day → account → its band, replayed over the Mondays before as everywhere, and its cap."""
    edges = {card.name: card.bands for card in definitions.health.scorecards}
    scored: dict[date, dict[int, tuple[float | None, str | None, str | None]]] = {}
    for then in sorted({*days, *(monday for one in days for monday in steps_before(one))}):
        set_clock(conn, then, known_at, accounts)
        score_only(conn, definitions, then)
        scored[then] = {
            account: (None if band == "unknown" else health, card, cap)
            for account, health, band, card, cap in conn.execute(
                "SELECT account, health, band, scorecard, capped_by FROM temp.account_scores"
            )
        }
    found: dict[date, dict[int, Seen]] = {}
    for then in days:
        before = [scored[monday] for monday in reversed(steps_before(then))]
        found[then] = {}
        for account, (health, card, cap) in scored[then].items():
            band = "unknown"
            if health is not None and card is not None:
                earlier = [scores[account][0] for scores in before if account in scores]
                band = replay([*earlier, health], edges[card])
            found[then][account] = (band, cap)
    return found


class ByReason(NamedTuple):
    """Those who left for one reason, by the band that they had `lead` days before they told."""

    reason: str | None
    leavers: int
    called: int
    red: int
    amber: int
    green: int
    unknown: int
    lead: float | None


class CalledBy(NamedTuple):
    """How many of the stayers a cap calls on a Monday, in the mean; cap None: the measures alone."""

    cap: str | None
    at_a_time: float
    share: float


class LeaverRow(NamedTuple):
    """One who left, as it is listed; arr in major units of the reporting currency."""

    account_id: str
    name: str | None
    told_on: str
    lost_on: str
    reason: str | None
    band: str
    called_days: int | None
    capped_by: str | None
    arr: float | None


def reason_rows(found: Warnings, reasons: Mapping[int, str | None]) -> list[ByReason]:
    """Those who left by reason, then all of them together.

    called: red or amber `lead` days before they told. lead: median days from the first unbroken Monday in red or amber
    to the day they told, of those that were called. reasons: account → why it left, None where nobody wrote it down.
    """
    groups: dict[str | None, list[Leaver]] = {}
    for one in found.leavers:
        groups.setdefault(reasons.get(one.account), []).append(one)
    rows = [_row(name, groups[name]) for name in sorted(groups, key=lambda name: (name is None, name or ""))]
    return [*rows, _row("all", found.leavers)] if found.leavers else []


def _row(name: str | None, listed: Sequence[Leaver]) -> ByReason:
    bands = Counter(one.band for one in listed)
    called = sum(bands[band] for band in CALLED)
    return ByReason(
        name, len(listed), called, bands["red"], bands["amber"], bands["green"], bands["unknown"],
        median([one.called for one in listed if one.called is not None]),
    )  # fmt: skip


def summary(found: Warnings, reasons: Mapping[int, str | None]) -> dict[str, Any]:
    """One object: the days, leavers by reason with the share called (95 % Wilson interval), and of the stayers the
    share called at a time, in the mean and on the worst Monday."""
    called = sum(one.band in CALLED for one in found.leavers)
    n = len(found.leavers)
    share = wilson(called, n) if n >= FEW else Interval(None, None, None, n)
    shares = [week.called / week.n for week in found.weeks if week.n]
    worst = max((week for week in found.weeks if week.n), key=lambda week: week.called / week.n, default=None)
    return {
        "since": found.since.isoformat(), "until": found.until.isoformat(), "lead": found.lead,
        "mondays": len(found.weeks), "leavers": len(found.leavers), "too_young": found.too_young,
        "called": called,
        "called_share": {"value": share.value, "low": share.low, "high": share.high, "n": share.n},
        "stayers": worst.n if worst else 0,
        "stayers_called_mean": round(sum(shares) / len(shares), 4) if shares else None,
        "stayers_called_worst": round(max(shares), 4) if shares else None,
        "worst_monday": worst.day.isoformat() if worst else None,
        "by_reason": [one._asdict() for one in reason_rows(found, reasons)],
        "stayers_called_by": [one._asdict() for one in _called_by(found.weeks)],
        "weeks": [
            {"day": week.day.isoformat(), "n": week.n, "called": week.called}
            | {band: week.bands.get(band, 0) for band in ("red", "amber", "green", "unknown")}
            for week in found.weeks
        ],
    }  # fmt: skip


def _called_by(weeks: Sequence[Week]) -> list[CalledBy]:
    """What calls the stayers, the most first."""
    total = Counter[str]()
    for week in weeks:
        total.update(week.caps)
    n = sum(week.n for week in weeks)
    return [
        CalledBy(cap or None, round(count / len(weeks), 1), round(count / n, 4))
        for cap, count in sorted(total.items(), key=lambda one: (-one[1], one[0]))
    ]


def leaver_rows(
    found: Warnings, reasons: Mapping[int, str | None], names: Mapping[int, tuple[str, str | None]], currency: str
) -> list[LeaverRow]:
    """Every leaver, in order of the day they told. names: account → (account_id, name)."""
    return [
        LeaverRow(
            *names[one.account], one.told_on.isoformat(), one.lost_on.isoformat(), reasons.get(one.account), one.band,
            one.called, one.capped_by, None if one.arr is None else to_major(one.arr, currency),
        )
        for one in found.leavers
    ]  # fmt: skip
