"""What a draft is made of: the columns as they are read, and what only a person can settle, with the ways to do so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cs_cli.intake.profile import Profile

ROLES = {
    "subscription": "billing", "invoice": "billing", "mrr_event": "billing", "contract": "billing",
    "ticket": "support", "survey": "survey", "usage": "product",
}


@dataclass
class Choice:
    """options: the flow mapping after `column:`; one when it is decided, several to choose from, none
    when a person must write it. why: the evidence, or what cannot be told. also: a second record
    column read from the same cells. odd: words that each need one of `known`; labels: what each option means."""

    column: str
    header: str
    options: list[str]
    why: str
    also: tuple[str, str] | None = None
    decided: bool = True
    odd: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


@dataclass
class Option:
    """One way to settle a doubt: as it is asked, as it stands in the file (commented out), what it makes of the draft.

    kind: the draft is made anew for this kind of record instead.
    """

    label: str
    lines: tuple[str, ...] = ()
    take: Callable[[Draft], None] = lambda draft: None
    kind: str | None = None


@dataclass
class Doubt:
    """What the file does not tell. about: a word of the mapping, a column; headers: those whose cells may help."""

    about: str
    why: str
    options: list[Option] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.about}: {self.why}"


@dataclass
class Draft:
    """What `draft_text.write` turns into a commented YAML file.

    key: headers, with the proof; link: lines of `account:` as (word, headers, proof); doubts: what
    nobody can tell from the file, apart from the columns' own; unproved: what the file leaves unproved although nothing
    is to be settled in the draft; proved: what its rows prove, read by the draft; metrics: headers of a wide usage
    table; skip: marks of deleted rows as (header, words, proof); encoding: in which the file was read, when that is not
    UTF-8; ends: (what an end is, or None to be decided, the proof), see draft_ends.py.
    """

    file: str
    source: str
    system: str
    kind: str
    why: str
    rows: int
    width: int
    key: list[str] = field(default_factory=list)
    key_why: str = ""
    key_from: str | None = None
    link: list[tuple[str, list[str], str]] = field(default_factory=list)
    columns: list[Choice] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    unread: list[Profile] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    skip: list[tuple[str, list[str], str]] = field(default_factory=list)
    ends: tuple[str | None, str] | None = None
    encoding: str | None = None
    money: dict[str, str] = field(default_factory=dict)
    unproved: list[str] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    headers: Sequence[str] = ()

    @property
    def role(self) -> str:
        return ROLES.get(self.kind, "crm")

    @property
    def undecided(self) -> int:
        """How many places a person has to settle."""
        asked = self.ends is not None and self.ends[0] is None
        return len(self.doubts) + sum(not choice.decided for choice in self.columns) + asked

    def has(self, column: str) -> bool:
        """Is the column read, or to be chosen?"""
        return any(choice.column == column for choice in self.columns)
