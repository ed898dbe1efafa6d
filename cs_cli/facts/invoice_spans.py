"""What an account paid from when to when, read from its invoices: pure functions over the lines of one account.

Recurring revenue of a line is its amount without tax per year of the time that it is for. That time is told by the
export or the text, or follows from the rhythm of the invoices (invoice_periods). Credit notes and prorations change
what the invoices they belong to are worth (invoice_changes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from cs_cli.base.days import add_months
from cs_cli.definitions.periods import Period
from cs_cli.facts.invoice_changes import change, without_reissued
from cs_cli.facts.invoice_model import Line, Piece, Span, settle, yearly
from cs_cli.facts.invoice_periods import JITTER_DAYS, TOGETHER_DAYS, Bill, after, infer, jitter, lateness
from cs_cli.facts.invoice_text import whole_months

UNKNOWN_MONTHS = 12  # an invoice that nobody can place was for a year at the most; longer ones are asked for too


def spans_of(lines: Iterable[Line]) -> list[Span]:
    """The spans of one account, from its lines that are known; by currency, because nothing nets across currencies."""
    by_currency: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_currency[line.currency].append(line)
    return [span for currency in sorted(by_currency) for span in _of_currency(by_currency[currency])]


def _of_currency(lines: list[Line]) -> list[Span]:
    lines = sorted(lines, key=lambda line: (line.issued, line.day, line.source, line.key, line.net))
    lines = without_reissued(lines)
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
            spans += change(line, pieces, once)
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


def _told(lines: list[Line]) -> list[Piece]:
    """Whole months first: what is a part of one of them is counted by its days."""
    pieces: list[Piece] = []
    for line in sorted(lines, key=lambda one: not _whole(one)):
        assert line.from_on is not None and line.to_on is not None
        cycle = None
        if not _whole(line):
            cycle = next(
                ((p.from_on, p.to_on) for p in pieces if p.from_on <= line.from_on and line.to_on <= p.to_on), None
            )
        minor = yearly(line.net, line.from_on, line.to_on, cycle)
        pieces.append(Piece(line, line.from_on, line.to_on, minor, told=True))
    for part in pieces:
        if not _whole(part.line):
            settle(part, pieces)
    return pieces


def _whole(line: Line) -> bool:
    return bool(line.from_on and line.to_on and whole_months(line.from_on, line.to_on))


# --- what follows from the rhythm --------------------------------------------------------------------------------


def _chained(lines: list[Line]) -> tuple[list[Piece], list[Line]]:
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


def _lay(timed: list[tuple[Line, Period]]) -> list[Piece]:
    """Each invoice takes up where the one before it in its chain ends; invoices of one go make chains of their own."""
    chains: list[list[Piece]] = []
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
        chains[place].append(Piece(line, started, ends, line.net * _per_year(period), told=False))
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
    timed: Sequence[tuple[Line, Period]], at: int, chains: Sequence[Sequence[Piece]], lengths: dict[int, Period]
) -> int | None:
    """The chain whose invoice this one is, a whole period late: the next one comes right behind it."""
    line, period = timed[at]
    waiting = [
        n
        for n, chain in enumerate(chains)
        if lengths[n] == period
        and lateness(period) < (line.day - chain[-1].to_on).days
        and line.day <= after(chain[-1].to_on, period) + timedelta(days=lateness(period))
    ]
    soon = [one for one, length in timed[at:] if length == period and (one.day - line.day).days <= lateness(period)]
    return waiting[0] if waiting and len(soon) > len(waiting) else None


def _bridge(pieces: list[Piece]) -> None:
    """A gap of a few days in which nothing else is paid is jitter: what ends there runs on to what begins."""
    ordered = sorted(pieces, key=lambda piece: (piece.from_on, piece.to_on))
    reach: date | None = None
    for piece in ordered:
        if reach is not None and 0 < (piece.from_on - reach).days <= JITTER_DAYS:
            for earlier in ordered:
                if earlier.to_on == reach and earlier.from_on < reach:
                    earlier.to_on, earlier.last = piece.from_on, False
        reach = piece.to_on if reach is None else max(reach, piece.to_on)


def _follow(pieces: list[Piece]) -> None:
    """What another of its series takes up, told or not, is not the last."""
    for piece in pieces:
        if piece.last and any(
            other is not piece and other.line.series == piece.line.series and other.from_on > piece.from_on
            and abs((other.from_on - piece.to_on).days) <= TOGETHER_DAYS for other in pieces
        ):  # fmt: skip
            piece.last = False
