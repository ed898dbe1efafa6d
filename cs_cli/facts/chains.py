"""Event ledgers as chains: what was paid at the end of each day, and where a ledger does not close.

An event says what was paid before it and after it. The events of one day follow each other by these two, as dominoes
do; where they cannot, by their order in the file. Nothing here reads the database.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from cs_cli.definitions.words import means

MOST = 30  # ledgers of one account that are tried against each other
Money = tuple[int, str]  # amount, currency; nothing is the same in all of them
NOTHING: Money = (0, "")


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a ledger. order: its place in the files. before, after: minor units a month, None where unsaid."""

    order: tuple[int, int, str]
    id: int
    source: str
    ref: int
    subscription: str
    key: str
    day: str
    kind: str
    before: int | None
    after: int | None
    currency: str

    def money(self, amount: int | None) -> Money | None:
        return None if amount is None else (amount, self.currency) if amount else NOTHING


def chained(events: Iterable[Event]) -> list[Event]:
    """The events of one ledger in their order, each with what was paid after it as far as anything says so.

    Unsaid is filled in from the ledger itself: a cancellation leaves nothing, and what the next event begins at.
    """
    found: list[Event] = []
    last: Money | None = NOTHING
    for _, group in groupby(sorted(events, key=lambda one: (one.day, one.order)), key=lambda one: one.day):
        day = [_ended(one) for one in group]
        day = _dominoes(day, last) if len(day) > 1 else day
        found += day
        last = day[-1].money(day[-1].after)
    for at in range(len(found) - 1):
        here, then = found[at], found[at + 1]
        if here.after is None and then.before is not None and then.currency == here.currency:
            found[at] = replace(here, after=then.before)
    return found


def _ended(event: Event) -> Event:
    return replace(event, after=0) if event.after is None and means("ending_event", event.kind) else event


def _dominoes(day: list[Event], last: Money | None) -> list[Event]:
    """The events of a day so that each begins where the one before ended; as in the file where that cannot be."""
    if any(one.before is None or one.after is None for one in day):
        return day
    leaving: dict[Money, list[int]] = {}
    surplus: dict[Money, int] = {}
    for at, one in enumerate(day):
        before, after = one.money(one.before), one.money(one.after)
        assert before is not None and after is not None
        leaving.setdefault(before, []).append(at)
        surplus[before] = surplus.get(before, 0) + 1
        surplus[after] = surplus.get(after, 0) - 1
    first = day[0].money(day[0].before)
    for start in (last, *(value for value, more in surplus.items() if more == 1), first):
        if start is not None and (trail := _trail(day, leaving, start)) is not None:
            return trail
    return day


def _trail(day: list[Event], leaving: dict[Money, list[int]], start: Money) -> list[Event] | None:
    """Hierholzer's trail through all events from an amount, the file's order first; None where there is none."""
    left = {value: list(reversed(at)) for value, at in leaving.items()}
    walk: list[tuple[Money, int | None]] = [(start, None)]
    trail: list[int] = []
    while walk:
        value, by = walk[-1]
        if left.get(value):
            at = left[value].pop()
            after = day[at].money(day[at].after)
            assert after is not None
            walk.append((after, at))
        else:
            walk.pop()
            if by is not None:
                trail.append(by)
    trail.reverse()
    if len(trail) != len(day):
        return None
    here: Money | None = start
    for at in trail:
        if day[at].money(day[at].before) != here:
            return None
        here = day[at].money(day[at].after)
    return [day[at] for at in trail]


def breaks(chain: Sequence[Event]) -> list[tuple[Event | None, Event]]:
    """Where a chain does not close: (the event before or None at its beginning, the event that begins elsewhere).

    Amounts in two currencies cannot be compared, and do not count as a break; nor does what is unsaid.
    """
    found: list[tuple[Event | None, Event]] = []
    earlier: Event | None = None
    for one in chain:
        before = one.money(one.before)
        was = NOTHING if earlier is None else earlier.money(earlier.after)
        if before is not None and was is not None and before != was:
            foreign = earlier is not None and before != NOTHING != was and earlier.currency != one.currency
            if not foreign:
                found.append((earlier, one))
        earlier = one
    return found


Level = Callable[[Event], Hashable]
_LEVELS: tuple[Level, ...] = (
    lambda one: (one.source, one.ref, one.subscription),
    lambda one: (one.source, one.ref),
    lambda one: one.source,
    lambda one: None,
)


def chains_of(events: Sequence[Event]) -> list[list[Event]]:
    """The ledgers of one account, each in its order; they add up.

    Each subscription that a source names for a reference is a ledger of its own, where it closes. Two that close only
    together are one: amounts of the whole account, a reference that another one followed, a source that took over from
    another. What closes in no way stays apart.
    """
    ledgers = list(_by(_LEVELS[0], events).values())
    for level in _LEVELS[1:]:
        if len(ledgers) > 1:
            ledgers = [one for together in _ledgers_by(level, ledgers) for one in _joined(together)]
    return [chained(ledger) for ledger in ledgers]


def _joined(ledgers: list[list[Event]]) -> list[list[Event]]:
    """The ledgers, those two after two joined that have fewer breaks together than apart."""
    ledgers = list(ledgers)
    if len(ledgers) > MOST:
        return ledgers
    count = [len(breaks(chained(one))) for one in ledgers]
    while any(count):
        pairs = [(a, b) for b in range(len(ledgers)) for a in range(b) if count[a] or count[b]]
        whole = {(a, b): len(breaks(chained([*ledgers[a], *ledgers[b]]))) for a, b in pairs}
        better = [pair for pair in pairs if whole[pair] < count[pair[0]] + count[pair[1]]]
        if not better:
            break
        a, b = best = min(better, key=lambda pair: (whole[pair] - count[pair[0]] - count[pair[1]], pair))
        ledgers[a], count[a] = [*ledgers[a], *ledgers[b]], whole[best]
        del ledgers[b], count[b]
    return ledgers


def _by(level: Level, events: Iterable[Event]) -> dict[Hashable, list[Event]]:
    found: dict[Hashable, list[Event]] = {}
    for one in events:
        found.setdefault(level(one), []).append(one)
    return found


def _ledgers_by(level: Level, ledgers: Iterable[list[Event]]) -> list[list[list[Event]]]:
    found: dict[Hashable, list[list[Event]]] = {}
    for ledger in ledgers:
        found.setdefault(level(ledger[0]), []).append(ledger)
    return list(found.values())


def last_of_days(chain: Sequence[Event]) -> list[Event]:
    """Of each day the event that says what is paid from it on."""
    return [list(group)[-1] for _, group in groupby(chain, key=lambda one: one.day)]
