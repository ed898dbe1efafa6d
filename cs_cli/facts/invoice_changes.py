"""Credit notes and prorations: what they do to the charges that they belong to, by days, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from cs_cli.facts.invoice_model import NEAR_DAYS, ROUNDING, Line, Piece, Span, settle, yearly
from cs_cli.facts.invoice_periods import JITTER_DAYS, after
from cs_cli.facts.invoice_text import whole_months

REISSUE_DAYS = 45  # a credited invoice that is written anew within so many days was never lost


def without_reissued(lines: list[Line]) -> list[Line]:
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
        line
        for k, line in enumerate(lines)
        if k > m and line.net > 0 and line.series == bill.series and (line.issued - credit.issued).days >= -3
    ]
    due = after(bill.day, bill.period or ("month", 1))
    return bool(later) and abs((later[0].day - due).days) <= 3


def change(line: Line, pieces: list[Piece], once: Sequence[Line]) -> list[Span]:
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


def _added(line: Line, from_on: date, to_on: date, minor: float, pieces: list[Piece]) -> list[Span]:
    """A change that stands beside the charges; the price of a part is that of the whole before or after it."""
    if line.net < 0:
        return [_own(line, from_on, to_on, minor)]
    part = Piece(line, from_on, to_on, minor, told=True)
    settle(part, pieces)
    pieces.append(part)
    return []


def _own(line: Line, from_on: date, to_on: date, minor: float) -> Span:
    return Span(line.source, line.key, line.plan, line.currency, from_on, to_on, minor)


def _parent(line: Line, pieces: Sequence[Piece]) -> Piece | None:
    """The charge that a change belongs to: the one it lies in, of the same series, plan or amount before others."""
    found: tuple[tuple[bool, bool, bool, int], Piece] | None = None
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


def _is_rest(line: Line, parent: Piece, from_on: date, to_on: date | None = None) -> bool:
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


def _cut(parent: Piece, from_on: date, to_on: date, pieces: list[Piece]) -> list[Span]:
    """Takes these days out of a charge."""
    rest = to_on < parent.to_on
    if rest:
        pieces.append(Piece(parent.line, to_on, parent.to_on, parent.minor, parent.told, parent.last))
    parent.to_on, parent.last = from_on, False
    return []
