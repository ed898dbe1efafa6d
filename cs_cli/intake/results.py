"""What `import_files` takes and gives: options, and one result per file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cs_cli.base.errors import Fault
from cs_cli.intake.merge import Merged
from cs_cli.intake.moved import Moved


@dataclass(frozen=True)
class ImportOptions:
    """How to import. Everything unset is found from the file.

    as_of: the export speaks for this day (ISO), else the day of the command.
    complete: the file is whole, so fewer rows than last time are meant.
    yes: override every guard. correct: a changed price rewrites the past, no dated step.
    encoding … max_file_mb: how the bytes are read. dates (dmy, mdy, ymd or a form), decimal ("." or ","),
    excel_dates, century, percents (percent or fraction), dashes (cents or minus: what `50,-` is): how cells of
    columns are read whose source does not declare it. scale: the best answer of a survey (5, 7 or 10).
    money: read or keep, the columns of a CRM's list of accounts that look like prices and renewals.
    ends: last_day or first_free_day, what an end in the file is; ends_default: where neither the source nor its files
    say. rename: "new header=old header". renamed: "new name=old name" of customers, or "none". expect_rows, expect_sum
    ("column=amount"): what the file must add up to.
    """

    source: str | None = None
    dry_run: bool = False
    as_of: str | None = None
    strict: bool = False
    complete: bool = False
    yes: bool = False
    correct: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    skip: int | None = None
    allow_empty: bool = False
    max_file_mb: int | None = None
    sheet: str | None = None
    dates: str | None = None
    decimal: str | None = None
    excel_dates: bool = False
    century: bool = False
    percents: str | None = None
    dashes: str | None = None
    scale: int | None = None
    money: str | None = None
    ends: str | None = None
    ends_default: str = "first_free_day"
    rename: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    expect_rows: int | None = None
    expect_sum: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One record added or changed, for people: old and new value of each changed column."""

    kind: str
    key: str
    what: str                                   # added | changed
    name: str | None = None
    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Unmatched:
    """A reference to an account that no account answers to."""

    system: str
    external_id: str
    name: str | None
    domain: str | None
    why: str                                    # "no account" or what makes it ambiguous
    rows: int
    ref: int = 0                                # its number in the store


@dataclass
class ImportResult:
    """What one file did. `import_id` is None on a dry run, for nothing new, for `already`, and for a file of a folder
    that was set aside (left says why, advice what to do; kind is then empty, and source unless it is known).

    known: a folder's file is as it was when it was read before, and was not read. told: it was set aside before.
    superseded: a newer file of the same export is in, so that nothing is missing. undone: its import was taken back by
    a person, and a folder does not bring it again.

    rows counts data rows read; skipped ones are no records (guests, drafts, closing rows).
    also: what became of the further records of its rows, by kind.
    moved: what became of the money of the whole workspace, with the last file of a command.
    """

    file: str
    source: str
    kind: str
    import_id: int | None = None
    already: int | None = None
    dry_run: bool = False
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    set_aside: int = 0
    also: dict[str, Merged] = field(default_factory=dict)
    skipped: int = 0
    accounts_added: int = 0
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    missing: int = 0
    shrunk: bool = False
    missing_names: list[str] = field(default_factory=list)
    left: list[Fault] = field(default_factory=list)
    advice: str | None = None
    known: bool = False
    told: bool = False
    superseded: bool = False
    undone: bool = False
    sha256: str | None = None
    unmatched: list[Unmatched] = field(default_factory=list)
    rejects: str | None = None
    fixes: int | None = None
    moved: Moved | None = None                  # of the whole command, with its last file
