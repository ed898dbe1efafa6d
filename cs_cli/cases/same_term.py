"""Which term of today is the one that a case is about: pure.

A term is known by its contract, its account and its days, not by one of them alone. Contracts are renamed, their
accounts merged, an add-on's older half arrives later, a sheet is taken back and imported again: the case, its clocks
and what was reminded go on with the term. A record that is not there any more says nothing; only a record that is
there, and says otherwise, ends a term.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from cs_cli.cases.model import Seen

SAME_END = timedelta(days=7)  # two systems' words for one end: last day, first free day, a weekend
YEAR = timedelta(days=365)

# what the records say of a remembered contract that has no line: it is there, over, or in no record
Fate = Literal["there", "over", "absent"]


class Line(msgspec.Struct, frozen=True):
    """A renewal line of the day. ordinal: the how-manieth term of its contract."""

    contract: str
    account: int
    origin: str
    start_on: date | None
    end_on: date
    ordinal: int

    @property
    def name(self) -> str:
        return f"{self.contract} #{self.ordinal}"

    def seen(self, term: str | None = None) -> Seen:
        """The term as it is remembered; term: the name that it has already."""
        return Seen(self.contract, term or self.name, self.account, self.origin, self.start_on, self.end_on)


class Match(msgspec.Struct):
    """moves: old subject → new. names: line → the name that its term has had from the start.

    missing: subjects (as they are called now) that no record has; all others without a line are over.
    """

    moves: dict[str, str] = msgspec.field(default_factory=dict)
    names: dict[str, str] = msgspec.field(default_factory=dict)
    missing: set[str] = msgspec.field(default_factory=set)


def near(seen: Seen, line: Line) -> bool:
    """Whether the ends lie within half of the shorter term: then it has moved, else it is another term."""
    shorter = min(_length(seen.start_on, seen.end_on), _length(line.start_on, line.end_on))
    return abs(line.end_on - seen.end_on) * 2 < shorter


def match(
    seen: Mapping[str, Sequence[Seen]], lines: Mapping[str, Line], fates: Mapping[str, Fate], home: Mapping[int, int]
) -> Match:
    """The term of every remembered subject among the lines. seen: the terms of each subject, as runs saw them last.

    fates: of the subjects; home: where the accounts that are not there any more have gone (merged). Each line is
    the term of one subject at most. The order of the mappings does not matter.
    """
    found = Match()
    own, displaced = _by_key(seen, lines, home)
    moved = _moved(seen, lines, fates, home, own, displaced)
    for subject in sorted(seen):
        if subject in own:
            found.names[subject] = own[subject].term
        elif subject in moved:
            key, one = moved[subject]
            found.moves[subject], found.names[key] = key, one.term
        elif subject in lines and subject not in displaced:
            found.names[subject] = _next_name(seen[subject], lines[subject])
        else:
            key = subject
            if subject in displaced:  # the id has become another account's
                key = found.moves[subject] = f"{subject}:{seen[subject][-1].account}"
            if fates.get(subject, "absent") == "absent":
                found.missing.add(key)
    return found


def nearest(terms: Sequence[Seen], line: Line) -> Seen | None:
    """The term among those of one contract that the line is; None: another one."""
    close = [one for one in terms if near(one, line)]
    return min(close, key=lambda one: (abs(one.end_on - line.end_on), -one.nth), default=None)


def _by_key(
    seen: Mapping[str, Sequence[Seen]], lines: Mapping[str, Line], home: Mapping[int, int]
) -> tuple[dict[str, Seen], set[str]]:
    """The subjects whose line still has their id, with their terms, and those whose id is now another account's."""
    own: dict[str, Seen] = {}
    displaced: set[str] = set()
    twins = {_twin(line) for line in lines.values()}
    for subject, terms in seen.items():
        line = lines.get(subject)
        if line is None:
            continue
        where = _home(terms[-1], home)
        if where != line.account and (subject, where) in twins:
            displaced.add(subject)
        elif (one := nearest(terms, line)) is not None:
            own[subject] = one
    return own, displaced


def _moved(
    seen: Mapping[str, Sequence[Seen]], lines: Mapping[str, Line], fates: Mapping[str, Fate], home: Mapping[int, int],
    own: Collection[str], displaced: Collection[str],
) -> dict[str, tuple[str, Seen]]:  # fmt: skip
    """Subjects that go on under the id of another line of their account, best matches first."""
    pairs = sorted(
        ((abs(line.end_on - one.end_on), _apart(one, line), subject, line.contract, -one.nth), one)
        for subject in sorted(seen)
        if subject not in own
        for one in seen[subject]
        for line in lines.values()
        if _home(one, home) == line.account and _may_be(one, line, fates.get(subject, "absent"))
    )
    found: dict[str, tuple[str, Seen]] = {}
    taken = set(own)
    for (_, _, subject, key, _), one in pairs:
        stays = key in seen and key not in displaced
        if subject not in found and key not in taken and not stays:
            found[subject] = (key, one)
            taken.add(key)
    return found


def _twin(line: Line) -> tuple[str, int]:
    """The plain id of a line that shares it with another account's and is therefore called source:id:account."""
    words, _, account = line.contract.rpartition(":")
    return (words.partition(":")[2] if account == str(line.account) else "", line.account)


def _may_be(seen: Seen, line: Line, fate: Fate) -> bool:
    """Whether a line under another id may be the term: it ends with it, being renamed or co-termed with what began
    first. A contract speaks for what was billed so far, or billing again for a contract that is gone, and may know the
    end better."""
    if fate == "over" or line.contract == seen.subject or not near(seen, line):
        return False
    return line.origin != seen.origin or abs(line.end_on - seen.end_on) <= SAME_END


def _next_name(terms: Sequence[Seen], line: Line) -> str:
    """A name that no earlier term of the contract has had: a CRM moves the end and keeps id and start."""
    used = any(one.term == line.name for one in terms)
    return f"{line.name} {line.end_on.isoformat()}" if used else line.name


def _home(seen: Seen, home: Mapping[int, int]) -> int:
    return home.get(seen.account, seen.account)


def _apart(seen: Seen, line: Line) -> timedelta:
    if seen.start_on is None or line.start_on is None:
        return YEAR
    return abs(line.start_on - seen.start_on)


def _length(start: date | None, end: date) -> timedelta:
    return YEAR if start is None else max(end - start, timedelta(days=1))
