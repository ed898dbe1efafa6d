"""What every command needs: the open workspace, the day, and one way to print.

Thin commands read as: options → `with open_desk(…) as desk:` → one call → `emit(report, …)`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cs_cli.base.days import parse_day
from cs_cli.base.errors import DefinitionInvalid, OutputNotWritten, UsageError
from cs_cli.reports.model import Column, Report, Section

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings
    from cs_cli.definitions.workspace import Definitions, Workspace


class Globals(msgspec.Struct):
    """Options given before the command: `cs -w DIR --as-of 30d health list`."""

    workspace: Path | None = None
    as_of: str | None = None
    known_at: str | None = None
    quiet: bool = False
    colour: bool = True
    verbose: bool = False


GLOBALS = Globals()


class Desk(msgspec.Struct):
    """An open workspace on a day. `definitions` is None where only cs.yaml was needed."""

    ws: Workspace
    settings: Settings
    conn: sqlite3.Connection
    day: date
    known_at: date | None
    definitions_or_none: Definitions | None

    @property
    def definitions(self) -> Definitions:
        assert self.definitions_or_none is not None, "this command opened the desk without definitions"
        return self.definitions_or_none

    @property
    def currency(self) -> str:
        return self.settings.currency


def decide_day(settings: Settings, as_of: str | None) -> date:
    """The one place that decides the day: --as-of, else cs.yaml `today`, else the clock in the workspace's zone."""
    today = fixed_or_clock_day(settings)
    return parse_day(as_of, today) if as_of else today


def fixed_or_clock_day(settings: Settings) -> date:
    if settings.today:
        return date.fromisoformat(settings.today)
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        zone = ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise DefinitionInvalid.of(
            "CFG-010",
            f'"{settings.timezone}" is not a time zone',
            file="cs.yaml",
            name="timezone",
            expected="an IANA name such as Europe/Amsterdam or America/New_York",
        ) from error
    return datetime.now(zone).date()


def decide_instant(settings: Settings) -> str:
    """The instant that is written down: the clock in UTC, or noon of a fixed `today` so that demos repeat."""
    if settings.today:
        return f"{settings.today}T12:00:00Z"
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def open_desk(
    workspace: Path | None = None,
    as_of: str | None = None,
    known_at: str | None = None,
    *,
    write: bool = False,
    create: bool = False,
    definitions: bool = True,
) -> Iterator[Desk]:
    """Find the workspace, read its definitions, open its database, decide the day.

    write: open for writing; create: make the database when there is none yet.
    definitions=False reads cs.yaml only. Raises UsageError, DefinitionInvalid, DatabaseUnusable.
    """
    from cs_cli.definitions.workspace import load_definitions, settings_only
    from cs_cli.store.connection import open_database

    ws = named_workspace(workspace)
    loaded: Definitions | None = None
    if definitions:
        loaded = load_definitions(ws, _names)
        settings = loaded.settings
    else:
        settings = settings_only(ws)
    day = decide_day(settings, as_of or GLOBALS.as_of)
    known_text = known_at or GLOBALS.known_at
    known = parse_day(known_text, fixed_or_clock_day(settings)) if known_text else None
    conn = open_database(ws.db_path, write=write, create=create, tell=say)
    if GLOBALS.verbose:
        _say_where(ws, settings, day, known, as_of or GLOBALS.as_of)
    try:
        yield Desk(ws, settings, conn, day, known, loaded)
    finally:
        conn.close()


def _say_where(ws: Workspace, settings: Settings, day: date, known: date | None, as_of: str | None) -> None:
    """For -v: which workspace, which day, and who decided it."""
    by = "--as-of" if as_of else "cs.yaml today" if settings.today else f"the clock in {settings.timezone}"
    knowing = f", knowing what was imported by {known} (--known-at)" if known else ""
    say(f"workspace {ws.root}, day {day} ({by}){knowing}")


def named_workspace(workspace: Path | None) -> Workspace:
    """The workspace of -w, CS_WORKSPACE or the nearest folder upwards. Raises UsageError."""
    from cs_cli.definitions.workspace import Workspace, find_workspace

    named = workspace or GLOBALS.workspace
    return Workspace(find_workspace(os.fspath(named) if named else None, os.environ, _here()))


def _here() -> str:
    """The current folder; the root where it was deleted meanwhile, which a whole path does not mind."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.sep


def _names(settings: Settings) -> Any:
    from cs_cli.facts.catalogue import names

    return names(settings)


def say(text: str = "") -> None:
    """Talk goes to stderr, so that stdout holds the payload alone; names from data in it move no cursor."""
    from cs_cli.base.safe_text import safe_text

    if not GLOBALS.quiet:
        sys.stderr.write(safe_text(text, newlines=True) + "\n")


def flat_report(
    key: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[dict[str, Any]],
    desk: Desk,
    *,
    empty: str = "Nothing here.",
    text: str = "",
) -> Report:
    """A list command's answer: one section, and its JSON is the array of rows."""
    section = Section(key, title, tuple(columns), tuple(rows), empty=empty, text=text)
    return Report(
        key, title, desk.day.isoformat(), desk.currency, desk.settings.company, sections=(section,), flat=True
    )


def format_for(output: Path | None, wanted: str | None) -> str:
    from cs_cli.render import formats

    known = formats()
    chosen = wanted
    if chosen is None and output is not None and output.suffix:
        ending = output.suffix[1:].lower()
        chosen = {"markdown": "md", "htm": "html", "txt": "table"}.get(ending, ending)
    chosen = chosen or "table"
    if chosen not in known:
        from cs_cli.base.near import did_you_mean

        raise UsageError.of(
            "USE-020",
            f'"{chosen}" is not an output format{did_you_mean(chosen, known)}',
            expected=", ".join(known),
        )
    return chosen


def emit(report: Report, wanted: str | None = None, output: Path | None = None) -> None:
    """Render a report and print it once: to stdout, or whole into a file."""
    from cs_cli.render import load

    chosen = format_for(output, wanted)
    renderer = load(chosen)
    to_terminal = output is None and sys.stdout.isatty()
    colour = to_terminal and GLOBALS.colour and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    payload = renderer.render(report, width=terminal_width() if to_terminal else None, colour=colour)
    deliver_payload(payload, output)


def deliver_payload(payload: str | bytes, output: Path | None) -> None:
    """One payload to stdout or into a file, whole or not at all."""
    if output is not None and str(output) != "-":
        from cs_cli.base.files import keep_ours, write_whole

        keep_ours(output)
        write_whole(output, payload.encode() if isinstance(payload, str) else payload)
        say(f"wrote {output}")
        return
    if isinstance(payload, bytes) and sys.stdout.isatty():
        raise UsageError.of("USE-021", "this format is binary", next="add -o FILE")
    try:
        if isinstance(payload, bytes):
            sys.stdout.buffer.write(payload)
        else:
            write_stdout(payload)
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise OutputNotWritten.of("OUT-002", f"the output could not be written: {fault.strerror}") from fault


def write_stdout(text: str) -> None:
    """Text to stdout as UTF-8 whatever the locale says, ending in one newline."""
    if text and not text.endswith("\n"):
        text += "\n"
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def terminal_width() -> int:
    import shutil

    return max(shutil.get_terminal_size((100, 24)).columns, 40)
