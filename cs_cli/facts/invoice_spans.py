"""What an account paid from when to when, read from its invoices: pure functions over the lines of one account.

Recurring revenue of a line is its amount without tax per year of the time that it is for. That time is told by the
export or the text, or follows from the rhythm of the invoices (invoice_periods). Credit notes and prorations change
what the invoices they belong to are worth, by days, to the cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from cs_cli.base.days import add_months
from cs_cli.definitions.periods import Period
from cs_cli.facts.invoice_periods import JITTER_DAYS, TOGETHER_DAYS, Bill, after, infer, jitter, lateness
from cs_cli.facts.invoice_text import whole_months

UNKNOWN_MONTHS = 12  # an invoice that nobody can place was for a year at the most; longer ones are asked for too
NEAR_DAYS = 4  # a period that misses whole months by so much is meant to be them
REISSUE_DAYS = 45  # a credited invoice that is written anew within so many days was never lost
ROUNDING = 1.01  # minor units by which a share of an amount may be rounded


class Line(NamedTuple):
    """One line of an invoice that may recur. net: minor units without tax. period: as its text or a person says.
    from_on, to_on: its service period, to_on the first day that is not in it. kind: as invoice_text.Said."""

    source: str
    key: str
    issued: date
    net: int
    currency: str
    kind: str = ""
    period: Period | None = None
    from_on: date | None = None
    to_on: date | None = None
    series: tuple[str, ...] = ()
    plan: str | None = None
    number: str | None = None

    @property
    def day(self) -> date:
        return self.from_on or self.issued


class Span(NamedTuple):
    """minor: a year's worth in minor units; None: nobody can say. last: nothing follows it yet, so it runs on while
    the next invoice may still come. why: for what is unknown."""

    source: str
    key: str
    plan: str | None
    currency: str
    from_on: date
    to_on: date
    minor: float | None
    last: bool = False
    why: str = ""


@dataclass
class _Piece:
    """A charge laid out in time; told: its days were said, not worked out."""

    line: Line
    from_on: date
    to_on: date
    minor: float
    told: bool
    last: bool = True

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days


def spans_of(lines: Iterable[Line]) -> list[Span]:
    """The spans of one account, from its lines that are known; by currency, because nothing nets across currencies."""
    by_currency: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_currency[line.currency].append(line)
    return [span for currency in sorted(by_currency) for span in _of_currency(by_currency[currency])]


def _of_currency(lines: list[Line]) -> list[Span]:
    lines = sorted(lines, key=lambda line: (line.issued, line.day, line.source, line.key, line.net))
    lines = _without_reissued(lines)
    once = [line for line in lines if line.kind == "one_off"]
    charges = [line for line in lines if line.net > 0 and line.kind not in ("one_off", "adjustment", "mixed")]
    told = [line for line in charges if line.from_on and line.to_on]
    untold = [line for line in charges if not (line.from_on and line.to_on)]
    pieces = _told(told)
    chained, unknown = _chained(untold)
    pieces += chained
    spans: list[Span] = []
    for line in lines:
        if line.kind != "one_off" and (line.net < 0 or line.kind == "adjustment"):
            spans += _change(line, pieces, once)
    _follow(pieces)
    spans += [
        Span(p.line.source, p.line.key, p.line.plan, p.line.currency, p.from_on, p.to_on, p.minor, p.last)
        for p in pieces
        if p.from_on < p.to_on
    ]
    for line in [*unknown, *(line for line in lines if line.kind == "mixed" and line.net > 0)]:
        why = "recurring and one-off work in one amount" if line.kind == "mixed" else "its period is not known"
        spans.append(Span(line.source, line.key, line.plan, line.currency, line.day,
                          add_months(line.day, UNKNOWN_MONTHS), None, why=why))  # fmt: skip
    return spans


# --- what is told ------------------------------------------------------------------------------------------------


def yearly(net: int, from_on: date, to_on: date, cycle: tuple[date, date] | None = None) -> float:
    """A year's worth of an amount for these days, to_on not included.

    Whole months count as such. A part of a cycle counts by the days of that cycle; a part of a month by those of the
    month, and any other length by those of the year that ends with it.
    """
    months = whole_months(from_on, to_on)
    if cycle is not None and (from_on, to_on) != cycle and (parts := whole_months(*cycle)):
        return net * 12 / parts * (cycle[1] - cycle[0]).days / (to_on - from_on).days
    days = (to_on - from_on).days
    if not months and to_on.day != 1:
        if days in (7, 14) and from_on.day != 1:
            return net * (52 if days == 7 else 26)
        near = round(days / 30.4375)
        if near and abs((add_months(from_on, near) - to_on).days) <= NEAR_DAYS:
            months = near
    if months:
        return net * 12 / months
    if days <= 31:
        return net * 12 * (add_months(from_on, 1) - from_on).days / days
    return net * (to_on - add_months(to_on, -12)).days / days


def _told(lines: list[Line]) -> list[_Piece]:
    """Whole months first: what is a part of one of them is counted by its days."""
    pieces: list[_Piece] = []
    for line in sorted(lines, key=lambda one: not _whole(one)):
        assert line.from_on is not None and line.to_on is not None
        cycle = None
        if not _whole(line):
            cycle = next(
                ((p.from_on, p.to_on) for p in pieces if p.from_on <= line.from_on and line.to_on <= p.to_on), None
            )
        minor = yearly(line.net, line.from_on, line.to_on, cycle)
        pieces.append(_Piece(line, line.from_on, line.to_on, minor, told=True))
    for part in pieces:
        if not _whole(part.line):
            _settle(part, pieces)
    return pieces


def _whole(line: Line) -> bool:
    return bool(line.from_on and line.to_on and whole_months(line.from_on, line.to_on))


def _settle(part: _Piece, pieces: Sequence[_Piece]) -> None:
    """A share of a price was rounded to the cent: where the whole price follows or stood before, it is meant."""
    tolerance = ROUNDING * part.minor / part.line.net if part.line.net else 0.0
    for other in pieces:
        touches = abs((other.from_on - part.to_on).days) <= 1 or abs((part.from_on - other.to_on).days) <= 1
        if touches and other is not part and 0 < abs(other.minor - part.minor) <= tolerance:
            part.minor = other.minor
            return


# --- what follows from the rhythm --------------------------------------------------------------------------------


def _chained(lines: list[Line]) -> tuple[list[_Piece], list[Line]]:
    """The pieces of invoices without a service period, and the lines whose period nobody can tell."""
    ask = [line for line in lines if line.period is None]
    found = infer([Bill(n, line.day, line.net, line.series) for n, line in enumerate(ask)])
    timed = [(line, line.period) for line in lines if line.period is not None]
    timed += [(ask[n], period) for n, period in found.items()]
    by_series: dict[tuple[str, ...], list[tuple[Line, Period]]] = defaultdict(list)
    lone = {line.series for line, _ in timed}
    for line, period in timed:
        by_series[line.series if len(lone) > 1 else ()].append((line, period))
    pieces = [piece for some in by_series.values() for piece in _lay(sorted(some, key=lambda one: one[0].day))]
    _bridge(pieces)
    return pieces, [line for n, line in enumerate(ask) if n not in found]


def _lay(timed: list[tuple[Line, Period]]) -> list[_Piece]:
    """Each invoice takes up where the one before it in its chain ends; invoices of one go make chains of their own."""
    chains: list[list[_Piece]] = []
    lengths: dict[int, Period] = {}
    for at, (line, period) in enumerate(timed):
        started = line.day
        best, place = None, 0
        for n, chain in enumerate(chains):
            off = (line.day - chain[-1].to_on).days
            if lengths[n] != period and abs(off) > jitter(period):
                continue
            if -max(jitter(period), lateness(period) * 2 // 3) <= off <= lateness(period):
                likeness = abs(off) + 100 * abs(chain[-1].line.net - line.net) / max(chain[-1].line.net, line.net)
                if best is None or likeness < best:
                    best, place = likeness, n
        if best is None and (waits := _missed(timed, at, chains, lengths)) is not None:
            best, place = 0.0, waits
        if best is None:
            place = len(chains)
            chains.append([])
        else:
            previous = chains[place][-1]
            off = (line.day - previous.to_on).days
            if abs(off) <= jitter(period):
                previous.to_on = max(started, previous.from_on)
            else:
                started = previous.to_on
        lengths[place] = period
        ends = after(started, period)
        # a chain of the 31st: after 30 April comes 31 May
        if period[0] == "month" and chains[place] and line.day.day < chains[place][0].line.day.day and _last(started):
            ends = add_months(started, period[1], chains[place][0].line.day.day)
        chains[place].append(_Piece(line, started, ends, line.net * _per_year(period), told=False))
    for chain in chains:
        for piece in chain[:-1]:
            piece.last = False
    return [piece for chain in chains for piece in chain]


def _last(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _per_year(period: Period) -> float:
    unit, many = period
    return 12 / many if unit == "month" else 52 * 7 / many if many % 7 == 0 else 365 / many


def _missed(
    timed: Sequence[tuple[Line, Period]], at: int, chains: Sequence[Sequence[_Piece]], lengths: dict[int, Period]
) -> int | None:
    """The chain whose invoice this one is, a whole period late: the next one comes right behind it."""
    line, period = timed[at]
    waiting = [
        n for n, chain in enumerate(chains)
        if lengths[n] == period and lateness(period) < (line.day - chain[-1].to_on).days
        and line.day <= after(chain[-1].to_on, period) + timedelta(days=lateness(period))
    ]
    soon = [one for one, length in timed[at:] if length == period and (one.day - line.day).days <= lateness(period)]
    return waiting[0] if waiting and len(soon) > len(waiting) else None


def _bridge(pieces: list[_Piece]) -> None:
    """A gap of a few days in which nothing else is paid is jitter: what ends there runs on to what begins."""
    ordered = sorted(pieces, key=lambda piece: (piece.from_on, piece.to_on))
    reach: date | None = None
    for piece in ordered:
        if reach is not None and 0 < (piece.from_on - reach).days <= JITTER_DAYS:
            for earlier in ordered:
                if earlier.to_on == reach and earlier.from_on < reach:
                    earlier.to_on, earlier.last = piece.from_on, False
        reach = piece.to_on if reach is None else max(reach, piece.to_on)


def _follow(pieces: list[_Piece]) -> None:
    """What another of its series takes up, told or not, is not the last."""
    for piece in pieces:
        if piece.last and any(
            other is not piece and other.line.series == piece.line.series and other.from_on > piece.from_on
            and abs((other.from_on - piece.to_on).days) <= TOGETHER_DAYS for other in pieces
        ):  # fmt: skip
            piece.last = False


# --- credit notes and prorations ---------------------------------------------------------------------------------


def _without_reissued(lines: list[Line]) -> list[Line]:
    """Without an invoice that was taken back in full and written anew, and without the credit note for it."""
    gone: set[int] = set()
    for n, credit in enumerate(lines):
        if credit.net >= 0 or credit.from_on:
            continue
        for m in reversed(range(n)):
            bill = lines[m]
            if m in gone or bill.net != -credit.net:
                continue
            anew = any(
                line.net > 0 and line.series == bill.series and k not in gone and k != m
                and -3 <= (line.issued - credit.issued).days <= REISSUE_DAYS
                and line.issued < after(bill.day, bill.period or ("month", 1)) + timedelta(days=JITTER_DAYS)
                and line.issued > bill.issued - timedelta(days=1)
                for k, line in enumerate(lines)
            ) and not _regular_next(lines, m, credit)  # fmt: skip
            if anew:
                gone |= {n, m}
            break
    return [line for n, line in enumerate(lines) if n not in gone]


def _regular_next(lines: Sequence[Line], m: int, credit: Line) -> bool:
    """Is all that comes after the credit note the next invoice in its turn, and nothing in place of this one?"""
    bill = lines[m]
    later = [
        line for k, line in enumerate(lines)
        if k > m and line.net > 0 and line.series == bill.series and (line.issued - credit.issued).days >= -3
    ]
    due = after(bill.day, bill.period or ("month", 1))
    return bool(later) and abs((later[0].day - due).days) <= 3


def _change(line: Line, pieces: list[_Piece], once: Sequence[Line]) -> list[Span]:
    """What a credit note or a proration does to the pieces, and what it adds of its own."""
    parent = _parent(line, pieces)
    if line.net < 0 and line.from_on is None and any(one.net == -line.net for one in once):
        exact = parent is not None and parent.line.net == -line.net
        if not exact:
            return []  # the setup fee given back
    from_on, to_on = line.from_on, line.to_on
    if parent is None:
        if from_on is None or to_on is None:
            return []
        return _added(line, from_on, to_on, yearly(line.net, from_on, to_on), pieces)
    if from_on is None or to_on is None:
        from_on, to_on = max(line.day, parent.from_on), parent.to_on
        if line.kind != "adjustment" and line.net < 0 and not _is_rest(line, parent, from_on):
            if from_on >= to_on:
                return []  # for a time that is over: the past stands
            share = -line.net / parent.line.net
            if share < 1 - 1e-9:
                return [_own(line, from_on, to_on, -parent.minor * share)]
            return _cut(parent, from_on, to_on, pieces)
    from_on, to_on = max(from_on, parent.from_on), min(to_on, parent.to_on)
    if from_on >= to_on:
        return []
    if line.net < 0 and _is_rest(line, parent, from_on, to_on):
        return _cut(parent, from_on, to_on, pieces)
    minor = yearly(line.net, from_on, to_on, (parent.from_on, parent.to_on))
    if line.net < 0 and -minor >= parent.minor:
        return _cut(parent, from_on, to_on, pieces)
    return _added(line, from_on, to_on, minor, pieces)


def _added(line: Line, from_on: date, to_on: date, minor: float, pieces: list[_Piece]) -> list[Span]:
    """A change that stands beside the charges; the price of a part is that of the whole before or after it."""
    if line.net < 0:
        return [_own(line, from_on, to_on, minor)]
    part = _Piece(line, from_on, to_on, minor, told=True)
    _settle(part, pieces)
    pieces.append(part)
    return []


def _own(line: Line, from_on: date, to_on: date, minor: float) -> Span:
    return Span(line.source, line.key, line.plan, line.currency, from_on, to_on, minor)


def _parent(line: Line, pieces: Sequence[_Piece]) -> _Piece | None:
    """The charge that a change belongs to: the one it lies in, of the same series, plan or amount before others."""
    found: tuple[tuple[bool, bool, bool, int], _Piece] | None = None
    for piece in pieces:
        if piece.from_on >= piece.to_on or (line.from_on is None and piece.line.issued > line.issued):
            continue
        if line.from_on and line.to_on:
            shared = (min(line.to_on, piece.to_on) - max(line.from_on, piece.from_on)).days
            fits = shared > 0
        else:
            shared = -abs((line.day - piece.from_on).days)
            fits = piece.line.issued <= line.issued and line.day < piece.to_on + timedelta(days=JITTER_DAYS)
        if not fits or (line.net < 0 and piece.line.net * 1.001 + 1 < -line.net):
            continue
        rank = (piece.line.net == -line.net, piece.line.series == line.series, bool(line.plan) and
                piece.line.plan == line.plan, shared)  # fmt: skip
        if found is None or rank > found[0]:
            found = rank, piece
    return None if found is None else found[1]


def _is_rest(line: Line, parent: _Piece, from_on: date, to_on: date | None = None) -> bool:
    """Does a credit note take back all that was charged for these days (else: to the end), by days or by months?"""
    to_on = to_on or parent.to_on
    if from_on >= to_on or not parent.days:
        return False
    whole, part = whole_months(parent.from_on, parent.to_on), whole_months(from_on, to_on)
    shares = [(to_on - from_on).days / parent.days]
    if whole and part:
        shares.append(part / whole)
    if line.from_on is None and not parent.told:
        # neither the days of the invoice nor the day of the credit note are those of service
        least, most = (((to_on - from_on).days + off) / parent.days for off in (-NEAR_DAYS, NEAR_DAYS))
        if least * parent.line.net <= -line.net <= most * parent.line.net:
            return True
    elif line.from_on is None:
        shares += [((to_on - from_on).days + off) / parent.days for off in (-2, -1, 1, 2)]
    if line.net == -parent.line.net and from_on == parent.from_on:
        return True
    return any(abs(-line.net - parent.line.net * share) <= ROUNDING for share in shares)


def _cut(parent: _Piece, from_on: date, to_on: date, pieces: list[_Piece]) -> list[Span]:
    """Takes these days out of a charge."""
    rest = to_on < parent.to_on
    if rest:
        pieces.append(_Piece(parent.line, to_on, parent.to_on, parent.minor, parent.told, parent.last))
    parent.to_on, parent.last = from_on, False
    return []
