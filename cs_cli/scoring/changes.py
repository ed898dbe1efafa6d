"""Why a score moved: measure by measure what a person would say, and of what kind each part is.

The way leads from the earlier score to the later one: the earlier day by the definitions of then → the same by
today's → the later day. Each step is taken apart (scoring/parts.py), so that all parts add up. A part is of one kind,
but for ages that grew less than they moved:
definition  what today's definitions make of the earlier day; all of the move where they cannot score that day
pulse       what people said since (pulse measures, and caps on a pulse)
missingness what became known, unknown, applicable or not: also an expired pulse, what is late, a card for want of data
time        what would be the same without any row dated after the earlier day: windows end, terms come nearer. Of a
            number of days since something, what the days alone would have made, at most what it moved by.
data        the rest: what the records say since. Use counts as data wherever an export told of a day since: a window
            that moves on with what it is filled with is no ageing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.scoring.parts import Piece, Points, State, in_tenths, pieces
from cs_cli.scoring.states import Reads, Scored, cards_on, delivered, reads_of, states_now, states_on

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

PARTS = ("data", "time", "missingness", "pulse", "definition")


@dataclass(frozen=True)
class Way:
    """One account's scores on the way, each a state with its health as shown.

    before, then: the earlier day by the definitions of then (None: the same) and by today's. aged: the later day by the
    card of `then`, from rows dated up to the earlier day; aged_card: the card that would apply by those.
    """

    before: Scored | None
    then: Scored
    aged: State
    aged_card: str | None
    now: Scored

    @property
    def start(self) -> float | None:
        return (self.before or self.then)[1]

    @property
    def end(self) -> float | None:
        return self.now[1]


@dataclass
class Part:
    """What one measure, one cap or the change of the card made; cells: of what kind, unrounded points.

    kind: measure, cap, card or, where a score is unknown and so is the difference, unknown. what: in words.
    """

    kind: str
    name: str
    what: str
    cells: dict[str, float] = field(default_factory=dict)


def parts_of(way: Way, reads: Reads) -> list[Part]:
    """The parts of way.end − way.start, the earlier step first; one without cells where a score is unknown.

    reads: with by_use only where use was delivered since.
    """
    if way.start is None or way.end is None:
        return [Part("unknown", "", _unknown(way))]
    found: dict[tuple[str, str], Part] = {}
    then, defined = way.then
    if defined is None:
        return [Part("card", "definition", "by new definitions", {"definition": way.end - way.start})]
    if way.before is not None:
        for piece in pieces(way.before[0], then):
            _add(found, piece, _words(piece, None, None), "definition", piece.points)
    for piece in pieces(then, way.now[0]):
        if piece.kind == "measure":
            one, other = then.measures[piece.name], way.now[0].measures[piece.name]
            what, cause = _words(piece, one, other), _cause(one, other)
            aged = _aged(one, other, way.aged.measures.get(piece.name), reads) if cause != "missingness" else 0.0
            for kind, share in (("time", aged), (cause, 1.0 - aged)):
                if share:
                    _add(found, piece, what, kind, share * piece.points)
        else:
            cause = _cap_cause(piece, way, reads) if piece.kind == "cap" else _card_cause(way, reads)
            _add(found, piece, _words(piece, None, None), cause, piece.points)
    return list(found.values())


def _add(found: dict[tuple[str, str], Part], piece: Piece, what: str, cause: str, points: float) -> None:
    part = found.setdefault((piece.kind, piece.name), Part(piece.kind, piece.name, what))
    if cause != "definition":
        part.what = what
    part.cells[cause] = part.cells.get(cause, 0.0) + points


def _words(piece: Piece, one: Points | None, other: Points | None) -> str:
    """The part as a person would name it: "pulse expired", "cap: overdue", "card standard → no usage data"."""
    if piece.kind == "card":
        return f"card {piece.name}"
    if piece.kind == "cap":
        before, after = piece.cap
        if after is None:
            return f"no longer capped: {before}"
        return f"cap: {after}" if before in (None, after) else f"cap: {before} → {after}"
    if one is None or other is None or one.known == other.known:
        return piece.name
    if other.known:
        return f"{piece.name} now {'applies' if one.state == 'not applicable' else 'known'}"
    if other.state == "not applicable":
        return f"{piece.name} no longer applies"
    return f"{piece.name} {'expired' if other.pulse or other.state == 'stale' else 'no longer known'}"


def _cause(one: Points, other: Points) -> str:
    """What moved a measure, where time did not."""
    if one.known != other.known:
        return "pulse" if other.pulse and other.known else "missingness"
    return "pulse" if other.pulse else "data"


def _aged(one: Points, other: Points, aged: Points | None, reads: Reads) -> float:
    """The share of a measure's move that is time's, 0 to 1; aged: what it were without news."""
    if aged is None or other.fact in reads.by_use or one.score is None or other.score is None or not aged.known:
        return 0.0
    if other.fact in reads.ages and aged.score is not None:
        moved = other.score - one.score
        return min(max((aged.score - one.score) / moved, 0.0), 1.0) if moved else 0.0
    return 1.0 if (aged.value, aged.score) == (other.value, other.score) else 0.0


def _cap_cause(piece: Piece, way: Way, reads: Reads) -> str:
    """Of the cap that came, else of the one that went."""
    then, now, aged = way.then[0], way.now[0], way.aged
    before, after = piece.cap
    came = piece.points < 0
    read = reads.caps.get((now.card, after) if came else (then.card, before), frozenset())
    if not came and any(then.reads[one] is not None and now.reads[one] is None for one in read):
        return "missingness"
    grew = read & reads.ages if ((after if came else before) in aged.caps) is came else frozenset()
    if not read & reads.by_use and all(one in grew or aged.reads[one] == now.reads[one] for one in read):
        return "time"
    return "pulse" if any(one.startswith("pulse") for one in read) else "data"


def _card_cause(way: Way, reads: Reads) -> str:
    then, now = way.then[0], way.now[0]
    read = reads.cards.get(then.card, frozenset()) | reads.cards.get(now.card, frozenset())
    if any((then.reads[one] is None) != (now.reads[one] is None) for one in read):
        return "missingness"
    return "time" if way.aged_card == now.card else "data"


def _unknown(way: Way) -> str:
    """What is known on one of the two days only, where that leaves the other without a score."""
    then, now = (way.before or way.then)[0], way.now[0]
    gone = way.end is None
    if then.card != now.card:
        return f"unknown {'since' if gone else 'before'}: card {then.card or 'none'} → {now.card or 'none'}"
    known, unknown = (then, now) if gone else (now, then)
    names = [
        name
        for name, one in known.measures.items()
        if one.known and name in unknown.measures and not unknown.measures[name].known
    ]
    word = "no longer known" if gone else "now known"
    return f"{word}: {', '.join(names)}" if names else f"unknown {'since' if gone else 'before'}"


def rounded(parts: Sequence[Part], start: float, end: float) -> list[dict[str, float]]:
    """The cells of each part, in the order of PARTS and with points, their sum, all to one decimal.

    Together they add up to the difference of the two scores as shown.
    """
    places = [(at, name) for at, part in enumerate(parts) for name in PARTS if name in part.cells]
    tenths = in_tenths([parts[at].cells[name] for at, name in places], round(round(end - start, 1) * 10))
    found = [dict.fromkeys(PARTS, 0) for _ in parts]
    for (at, name), amount in zip(places, tenths, strict=True):
        found[at][name] = amount
    return [{"points": sum(row.values()) / 10, **{name: row[name] / 10 for name in PARTS}} for row in found]


def health_changes(
    conn: sqlite3.Connection,
    definitions: Definitions,
    since: date,
    day: date,
    known_at: date | None = None,
    *,
    before: Definitions | None = None,
    everybody: bool = False,
    accounts: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    """Every customer whose health differs between the two days, the largest fall first.

    {account_id, name, from, to, why, data, time, missingness, pulse, definition, parts}. parts: {part, kind, what,
    points, data, …} per measure, cap and card, what weighs most first; why: the same in words. Everything adds up to
    to − from; points are None where one of the two scores is unknown. before: the definitions of the earlier day, when
    they were others. accounts: account numbers, default everybody.
    """
    from cs_cli.scoring.desk import build_desk

    old = {} if before is None else states_on(conn, before, since, known_at, accounts)
    then = states_on(conn, definitions, since, known_at, accounts)
    now = states_now(conn, definitions, day, known_at, accounts)
    by_card = {account: state.card for account, (state, _) in then.items() if state.card is not None}
    moved = [account for account, card in by_card.items() if account in now and now[account][0].card != card]
    aged = states_on(conn, definitions, day, known_at, accounts, until=since, forced=by_card)
    aged_cards = cards_on(conn, definitions, day, known_at, moved, since)
    build_desk(conn, definitions, day, known_at, accounts, need={"name", "status"})
    reads = reads_of(definitions)
    if not delivered(conn, since, day):
        reads = replace(reads, by_use=frozenset())
    found = []
    for account, account_id, name, status in conn.execute(
        "SELECT account, account_id, name, status FROM account_facts ORDER BY account_id"
    ):
        if account not in then or (status != "customer" and not everybody):
            continue
        way = Way(old.get(account), then[account], aged[account][0], aged_cards.get(account), now[account])
        if way.start != way.end:
            row = {"account_id": account_id, "name": name, "from": way.start, "to": way.end}
            found.append(row | told(way, parts_of(way, reads)))
    return sorted(found, key=lambda row: (_move(row), row["account_id"]))


def told(way: Way, parts: Sequence[Part]) -> dict[str, Any]:
    """{why, data, time, missingness, pulse, definition, parts} of a difference; see health_changes."""
    if way.start is None or way.end is None:
        nothing: dict[str, Any] = dict.fromkeys(PARTS)
        lines = [{"part": one.name, "kind": one.kind, "what": one.what, "points": None, **nothing} for one in parts]
        return {"why": parts[0].what, **nothing, "parts": lines}
    lines = [
        {"part": one.name, "kind": one.kind, "what": one.what, **cells}
        for one, cells in zip(parts, rounded(parts, way.start, way.end), strict=True)
        if any(cells.values())
    ]
    lines.sort(key=lambda line: (-abs(line["points"]), line["points"]))
    sums = {name: _sum(line[name] for line in lines) for name in PARTS}
    return {"why": ", ".join(f"{one['what']} {signed(one['points'])}" for one in lines), **sums, "parts": lines}


def _sum(amounts: Iterable[float]) -> float:
    return sum(round(one * 10) for one in amounts) / 10


def signed(points: float) -> str:
    """−18, +0.4, ±0."""
    text = f"{abs(points):.1f}".removesuffix(".0")
    return f"{'−' if points < 0 else '+' if points > 0 else '±'}{text}"


def _move(row: Mapping[str, Any]) -> float:
    if row["from"] is None or row["to"] is None:
        return 1000.0
    return float(row["to"] - row["from"])
