"""What the reader takes and gives: options, a set-aside row, and the way a file is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cs_cli.base.errors import InputRefused


@dataclass(frozen=True)
class ReadOptions:
    """How to read one file; everything unset is found from the bytes.

    skip counts physical lines before the header. footer holds regular expressions matched
    against the first cell of closing rows. expect_headers holds known header sets, so that a
    header below a preamble is found by name; of several sheets with such headers the only one with a set of expect_best
    is meant.
    max_file_mb bounds the text after decompression. sheet names the one of a workbook that is read.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    skip: int | None = None
    strict: bool = False
    allow_empty: bool = False
    footer: tuple[str, ...] = ()
    max_file_mb: int = 2048
    sheet: str | None = None
    expect_headers: tuple[tuple[str, ...], ...] = ()
    expect_best: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class SetAside:
    """One row that was not taken: where it starts, its bytes as they stood, and why.

    line is the physical line where the record starts, record counts data records from 1,
    column counts from 1; both line and record are None only for a place that has none.
    """

    line: int
    record: int
    raw: bytes
    ident: str
    what: str
    column: int | None = None
    name: str | None = None
    value: str | None = None
    expected: str | None = None


def refused(ident: str, what: str, *, file: str, next: str | None = None, **place: Any) -> InputRefused:
    """The InputRefused for one file fault; place holds line, column, name, value, expected, excerpt.

    next is the way out; without one, the error catalogue has it.
    """
    error = InputRefused.of(ident, what, next=next or f"cs explain {ident} tells more", file=file, **place)
    assert isinstance(error, InputRefused)
    return error


def cut(text: str, limit: int = 60) -> str:
    """The text shortened for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
