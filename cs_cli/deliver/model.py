"""What delivery speaks of: reminders that are due, the ledger's rows, plans, messages, results. Data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Literal, NamedTuple

State = Literal["planned", "sending", "sent", "failed", "unknown", "missed"]
SETTLED = ("sent", "missed")


class Key(NamedTuple):
    """One reminder of one playbook on one subject in one term: what is said once, however often `cs` runs.

    term is the contract and its ordinal, so that a renewal that moves is not a new one; where there
    is no term it is the day the case opened, and for a report the ISO week.
    """

    playbook: str
    subject: str
    term: str
    step: str


class Target(NamedTuple):
    """Where to and to whom; recipient is a person's name, several with commas where they share the channel, or "" for
    everybody behind it."""

    channel: str
    recipient: str


@dataclass(frozen=True)
class Occurrence:
    """A reminder that has become due, and how its case stands today.

    due: the day on which it became due. silent: why it must wait (snoozed, inhibited). over: why it
    is not true any more (the case is closed).
    """

    key: Key
    due: date
    targets: tuple[Target, ...]
    mode: str = "digest"  # digest | single
    case: int | None = None
    account: int | None = None
    silent: str | None = None
    over: str | None = None


@dataclass(frozen=True)
class Entry:
    """A row of the ledger. message_id: that of the last message that carried it; doubts: how many tries may have
    arrived."""

    key: Key
    target: Target
    state: str
    due: date
    final: bool = False
    message_id: str | None = None
    reason: str = ""
    settled_on: date | None = None
    doubts: int = 0


@dataclass(frozen=True)
class Item:
    """One delivery inside a plan. new: not in the ledger yet. late: it was due on an earlier day."""

    key: Key
    target: Target
    due: date
    new: bool = False
    late: bool = False
    over: str | None = None
    case: int | None = None
    account: int | None = None

    @property
    def uid(self) -> str:
        """The same for the same delivery for ever: 64 hex digits."""
        return sha256("\x1f".join((*self.key, *self.target)).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Plan:
    """What happens to some deliveries now, and why.

    send: one message for one item; digest: one message for all; hold: not now; skip: never again.
    record: the state the ledger gets when nothing is sent. repeat: it may have arrived before.
    """

    kind: Literal["send", "digest", "hold", "skip"]
    reason: str
    target: Target
    items: tuple[Item, ...]
    missed: tuple[Item, ...] = ()
    record: str | None = None
    repeat: bool = False

    @property
    def goes_out(self) -> bool:
        return self.kind in ("send", "digest")


@dataclass(frozen=True)
class Part:
    """One reminder inside a message, its text already written; plain text, controls made visible."""

    title: str
    text: str = ""
    note: str = ""  # where it comes from: case and playbook
    due: date | None = None  # set when it was due on an earlier day
    account_id: str = ""
    uid: str = ""


@dataclass(frozen=True)
class Message:
    """One message ready for a channel. ref is what people type; uids name the deliveries inside.

    html and attachment belong to reports. page: the report's data for machines (JSON text).
    """

    ref: str
    message_id: str
    channel: str
    recipient: str
    day: date
    subject: str
    parts: tuple[Part, ...] = ()
    missed: tuple[Part, ...] = ()
    foot: tuple[str, ...] = ()
    email: str | None = None
    slack: tuple[str, ...] = ()  # member ids to mention
    company: str = ""
    repeat: bool = False
    headline: str = ""  # what several parts are together, where they are not just reminders
    text: str = ""  # the whole text where there are no parts (reports)
    html: str = ""
    data: str = ""


@dataclass(frozen=True)
class Result:
    """What became of a message. final: trying again would not help. reason never holds a secret.

    after: the goodbye to a receiver, to be said once the result is written down; it never raises.
    """

    state: Literal["sent", "failed", "unknown"]
    reason: str = ""
    final: bool = False
    after: Callable[[], None] | None = field(default=None, compare=False, repr=False)


SENT = Result("sent")


def failed(reason: str, *, final: bool = False) -> Result:
    """Certainly not delivered."""
    return Result("failed", reason, final)


def unknown(reason: str) -> Result:
    """It may have arrived or not; nobody can tell from here."""
    return Result("unknown", reason)


def ref_of(uids: tuple[str, ...] | list[str]) -> str:
    """The short name of a message: of its deliveries alone, so that a repeat has the same."""
    return full_ref(uids)[:6].upper()


def full_ref(uids: tuple[str, ...] | list[str]) -> str:
    if len(uids) == 1:
        return uids[0]
    return sha256("\n".join(sorted(uids)).encode()).hexdigest()


@dataclass
class Outcome:
    """What a run of `cs remind` did; counted in messages and in reminders."""

    sent: int = 0
    messages: int = 0
    failed: list[tuple[Plan, Result]] = field(default_factory=list)
    unknown: list[tuple[Plan, Result]] = field(default_factory=list)
    held: list[Plan] = field(default_factory=list)
    missed: int = 0
    recovered: int = 0
    standing: int = 0  # failed for good or in doubt since an earlier run
    warnings: list[str] = field(default_factory=list)
