"""The log of scheduled jobs: a line for each part that ran, with day and time; and what it says of who is overdue.

It holds counts, names of sources and files and error codes, never a customer. It is written when nothing else can be: a
database that is damaged or held must not hide that a part did not run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cs_cli.base.files import private_dir
from cs_cli.base.safe_text import safe_text

NAME = "schedule.log"
PARTS = ("import", "run", "remind", "report")
WORDS = ("ok", "partly", "failed", "busy", "skipped", "done")
LONGEST = 1_000_000  # bytes; then the file is put aside once, as schedule.log.1
# a day or a week, and two hours: a machine that is slow to wake, or a day of 25 hours, is not late
DUE = {"import": timedelta(hours=26), "run": timedelta(hours=26), "remind": timedelta(hours=26),
       "report": timedelta(days=7, hours=2)}
_FORM = "%Y-%m-%d %H:%M:%S %z"
_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})  (\w+) +(\w+)(?: \((\d+)\))?(?: +(.*))?")


@dataclass(frozen=True)
class Entry:
    """A line. word: one of WORDS; code: the exit code, 0 where none is written."""

    at: datetime
    part: str
    word: str
    code: int
    text: str

    @property
    def good(self) -> bool:
        return self.word in ("ok", "partly")


@dataclass(frozen=True)
class Standing:
    """How a part stands. state: on time, waits (installed, its first time has not come), overdue, never, failed."""

    part: str
    last: Entry | None
    good: datetime | None
    state: str

    @property
    def wrong(self) -> bool:
        return self.state in ("overdue", "never", "failed")


def write(private: Path, now: datetime, part: str, word: str, text: str, code: int = 0) -> None:
    """Append a line, whole, readable by its owner alone. now: with the workspace's zone. OutputNotWritten 14."""
    path = os.path.join(private_dir(private), NAME)
    how = f"{word} ({code})" if code else word
    line = f"{now.strftime(_FORM)}  {part:<8}  {how:<11}  {safe_text(text, 400)}".rstrip() + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(handle).st_size > LONGEST:
            os.replace(path, f"{path}.1")
            os.close(handle)
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.write(handle, line.encode("utf-8", "backslashreplace"))
    finally:
        os.close(handle)


def read(private: Path) -> list[Entry]:
    """The lines that can be read, oldest first; what somebody else wrote there is passed over."""
    found: list[Entry] = []
    for name in (f"{NAME}.1", NAME):
        try:
            text = (private / name).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            continue
        found += [entry for line in text.splitlines() if (entry := _entry(line)) is not None]
    return found


def _entry(line: str) -> Entry | None:
    match = _LINE.fullmatch(line)
    if match is None or match[3] not in WORDS:
        return None
    try:
        at = datetime.fromisoformat("".join(match[1].rsplit(" ", 1)))
    except ValueError:
        return None
    return Entry(at, match[2], match[3], int(match[4] or 0), match[5] or "")


def last_try(entries: Sequence[Entry], part: str) -> Entry | None:
    """The newest line of a part that is more than "another cs was running"."""
    return next((one for one in reversed(entries) if one.part == part and one.word != "busy"), None)


def standings(entries: Sequence[Entry], now: datetime, parts: Iterable[str] = PARTS) -> list[Standing]:
    """How each part stands now."""
    installed = next((one.at for one in reversed(entries) if one.part == "schedule"), None)
    return [_standing(entries, now, part, installed) for part in parts]


def _standing(entries: Sequence[Entry], now: datetime, part: str, installed: datetime | None) -> Standing:
    last = last_try(entries, part)
    good = next((one.at for one in reversed(entries) if one.part == part and one.good), None)
    since = max((one for one in (good, installed) if one is not None), default=None)
    if since is None:
        return Standing(part, last, good, "never")
    if now - since > DUE[part]:
        return Standing(part, last, good, "overdue" if good is not None else "never")
    if last is not None and not last.good:
        return Standing(part, last, good, "failed")
    return Standing(part, last, good, "on time" if good is not None else "waits")


def is_due(entries: Sequence[Entry], now: datetime, part: str, hour: int, minute: int) -> bool:
    """Has the hour of a part come that is called every hour, and has it not run since? now: in the workspace's zone.

    The report's hour is that of the week's Monday, so that a machine that slept on it makes up for it.
    """
    monday = now - timedelta(days=now.weekday()) if part == "report" else now
    hour_of_it = monday.replace(hour=hour, minute=minute, second=0, microsecond=0)
    last = last_try(entries, part)
    return now >= hour_of_it and (last is None or last.at < hour_of_it)
