"""How often the health score was right: every past day as of that day, against what came after.

A day is scored by the same code as today, with nothing dated later visible (row dates, never import
dates); today's definitions are applied to the past. The outcome is churn or contraction within the
horizon, from what accounts paid. Only accounts that pay on a day count on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cs_cli.base.errors import UsageError
from cs_cli.scoring.backtest_outcomes import Outcome, Paid, read_paid
from cs_cli.scoring.bands import replay, steps_before
from cs_cli.scoring.desk import score_only
from cs_cli.store.clock import set_clock

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Bands
    from cs_cli.definitions.workspace import Definitions

FEW = 10  # churns under which no rate is printed: one account more or less would change it by a tenth
FARTHEST = 3660  # days of a horizon or a step
DEFAULT_SPAN = 180  # days looked at when --since does not say


class Sample(NamedTuple):
    """One paying account on one past day: what the desk said then, and what became of it."""

    day: str
    account: int
    health: float | None
    band: str
    card: str | None
    arr: int  # minor units of the reporting currency
    outcome: Outcome
    lost_on: str | None
    places: tuple[str | None, ...]  # of every dimension, in their order
    points: tuple[float | None, ...]  # of the card's measures; negative: does not apply


class Scored(NamedTuple):
    """What one account's row of a scored day says. health is None where the band is unknown."""

    health: float | None
    card: str | None
    places: tuple[str | None, ...]
    points: tuple[float | None, ...]


@dataclass
class Past:
    """All samples of a backtest and what they were taken by."""

    horizon: int
    step: int
    days: list[date]
    dimensions: list[str]
    samples: list[Sample] = field(default_factory=list)
    unknown_amounts: int = 0  # paying account-days left out, as an amount has no rate


def test_days(day: date, horizon: int, since: date | None, step: int) -> list[date]:
    """The past days to look at, oldest first: the last one is `horizon` days ago, or the Monday before it
    when the step is whole weeks (bands are replayed over Mondays, so these are known already).

    UsageError SCO-010 when none is left, SCO-011 for a horizon or step that is no number of days to look over.
    """
    for name, number in (("--horizon", horizon), ("--step", step)):
        if not 1 <= number <= FARTHEST:
            raise UsageError.of(
                "SCO-011", f"{name} cannot be so many days", name=name, value=str(number), expected=f"1 to {FARTHEST}"
            )
    last = day - timedelta(days=horizon)
    if step % 7 == 0:
        last -= timedelta(days=last.weekday())
    first = since or last - timedelta(days=DEFAULT_SPAN)
    days = [last - timedelta(days=step * n) for n in range((last - first).days // step + 1)] if last >= first else []
    if not days:
        raise UsageError.of(
            "SCO-010",
            f"no day since {first} lies {horizon} days before {day}",
            next="an earlier --since, or a shorter --horizon",
        )
    return days[::-1]


def look_back(
    conn: sqlite3.Connection, definitions: Definitions, day: date, *, horizon: int, since: date | None = None,
    step: int = 7, known_at: date | None = None, points: bool = False,
) -> Past:  # fmt: skip
    """Scores every past day and pairs it with what came after. points: the measures' points as well.

    Replaces the TEMP tables of the desk.
    """
    from cs_cli.facts.spans import build_spans

    days = test_days(day, horizon, since, step)
    set_clock(conn, day, known_at)
    build_spans(conn, definitions.settings, day, definitions.metrics.mrr_from)  # the same MRR that the facts go by
    paid = read_paid(conn)
    past = Past(horizon, step, days, [dimension.name for dimension in definitions.segments.dimensions])
    bands: dict[str, Bands] = {card.name: card.bands for card in definitions.health.scorecards}
    scored: dict[date, dict[int, Scored]] = {}
    accounts = sorted(paid)
    for then in sorted({*days, *(monday for one in days for monday in steps_before(one))}):
        wanted = then in days
        scored[then] = score_day(conn, definitions, then, known_at, accounts, wanted, wanted and points)
    for then in days:
        mondays = [scored[monday] for monday in reversed(steps_before(then))]
        past.samples += _samples(past, then, scored[then], mondays, paid, bands)
    return past


def score_day(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None, accounts: Sequence[int],
    places: bool = True, points: bool = False,
) -> dict[int, Scored]:  # fmt: skip
    """Health, card, segments and points of the accounts as of a day."""
    names = [dimension.name for dimension in definitions.segments.dimensions] if places else []
    set_clock(conn, day, known_at, accounts)
    score_only(conn, definitions, day, also=names)
    listed = "".join(f', "{name}"' for name in names)
    found = {
        account: Scored(None if band == "unknown" else health, card, tuple(rest), ())
        for account, health, band, card, *rest in conn.execute(
            f"SELECT account, health, band, scorecard{listed} FROM temp.account_scores"
        )
    }
    if points:
        for index, card in enumerate(definitions.health.scorecards):
            columns = "".join(f", m{n}" for n in range(len(card.measures)))
            for account, *values in conn.execute(f"SELECT account{columns} FROM temp.card_{index}"):
                found[account] = found[account]._replace(points=tuple(values))
    return found


def _samples(
    past: Past, day: date, scored: Mapping[int, Scored], mondays: Sequence[Mapping[int, Scored]],
    paid: Mapping[int, Paid], bands: Mapping[str, Bands],
) -> Iterable[Sample]:  # fmt: skip
    then = day.isoformat()
    for account in sorted(scored):
        arr = paid[account].on(then)
        if arr == 0:
            continue
        fate = paid[account].fate(then, past.horizon)
        if fate is None or arr is None:
            past.unknown_amounts += 1
            continue
        one = scored[account]
        band = "unknown"
        if one.health is not None and one.card is not None:
            before = [monday[account].health if account in monday else None for monday in mondays]
            band = replay([*before, one.health], bands[one.card])
        yield Sample(then, account, one.health, band, one.card, arr, fate[0], fate[1], one.places, one.points)


def churns(samples: Iterable[Sample]) -> dict[tuple[int, str], list[Sample]]:
    """Every churn once, (account, day) → the samples within the horizon before it, oldest first."""
    found: dict[tuple[int, str], list[Sample]] = {}
    for one in samples:
        if one.outcome == "churned" and one.lost_on is not None:
            found.setdefault((one.account, one.lost_on), []).append(one)
    return found
