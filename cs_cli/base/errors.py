"""One exception root; the exit code sits on the class, the texts on the faults.

CsError
├── UsageError        2   an option or argument cannot be taken
├── PartlyDone        3   done, but rows were set aside or deliveries failed
├── Findings          1   a check that was asked for found something
├── InputRefused     10   an input file was refused; nothing changed
├── Busy             11   another cs holds the lock; nothing changed
├── DefinitionInvalid 12  a definition or setting is invalid; nothing changed
├── DatabaseUnusable 13   the database is missing, damaged, newer or full
├── OutputNotWritten 14   a report or stdout could not be written
└── GuardStopped     15   refused for safety; the message names the override

Only app.py catches CsError, prints it and exits.
"""

from __future__ import annotations

from typing import ClassVar, Self

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong, and where.

    ident is a code of the error catalogue such as "IMP-012"; line, record and
    column count from 1; name is the column or key; value is what stood there.
    """

    ident: str
    what: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    record: int | None = None
    name: str | None = None
    value: str | None = None
    expected: str | None = None
    excerpt: str | None = None
    next: str | None = None


class CsError(Exception):
    """A failure a person can act on: faults, what was done, what to do next."""

    code: ClassVar[int] = 20

    def __init__(
        self, faults: list[Fault] | None = None, done: str | None = "nothing was changed", next: str | None = None
    ) -> None:
        super().__init__(faults, done, next)
        self.faults: list[Fault] = [] if faults is None else faults
        self.done = done
        self.next = next

    @classmethod
    def of(
        cls,
        ident: str,
        what: str,
        *,
        done: str | None = "nothing was changed",
        next: str | None = None,
        **place: object,
    ) -> Self:
        """The common case, one fault: InputRefused.of("IMP-001", "no such file", file=path)."""
        return cls([Fault(ident, what, **place)], done=done, next=next)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return "; ".join(f"[{fault.ident}] {fault.what}" for fault in self.faults)


class Findings(CsError):
    code = 1


class UsageError(CsError):
    code = 2


class PartlyDone(CsError):
    code = 3


class InputRefused(CsError):
    code = 10


class Busy(CsError):
    code = 11


class DefinitionInvalid(CsError):
    code = 12


class DatabaseUnusable(CsError):
    code = 13


class OutputNotWritten(CsError):
    code = 14


class GuardStopped(CsError):
    code = 15
