"""`cs schedule --job PARTS`: what the lines of a scheduler call. Each part runs, whatever became of the one before.

A part says what cron should mail on stderr, and one line in the log. Silent when all is well.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.errors import Busy, CsError
from cs_cli.commands import desk as desks
from cs_cli.commands.desk import named_workspace, open_desk

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Workspace

NOTHING_CAME = 9  # days: a weekly export that is two days late
# which code counts when several parts went wrong
WORST = (0, 1, 3, 11, 10, 15, 12, 14, 13, 20)


def clock(zone: str) -> datetime:
    """The time now, in the workspace's zone: a job goes by the clock, whatever day cs.yaml is fixed at."""
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo(zone))


def run_job(parts: Sequence[str], workspace: Path | None, at: tuple[int, int] | None, send: str | None) -> int:
    """Run the parts in their order; gives the worst exit code. at: only when that hour has come and not been served.

    A second job beside a running one ends with Busy (11).
    """
    from cs_cli.base.files import private_dir
    from cs_cli.definitions.workspace import settings_only
    from cs_cli.deliver import job_log
    from cs_cli.store.lock import run_lock

    ws = named_workspace(workspace)
    settings = settings_only(ws)
    if at is not None and not job_log.is_due(job_log.read(ws.private), clock(settings.timezone), parts[0], *at):
        return 0
    desks.GLOBALS.quiet = not desks.GLOBALS.verbose
    codes: dict[str, int] = {}
    bug: Exception | None = None
    try:
        with run_lock(private_dir(ws.private) / "job.lock", "cs schedule --job"):
            for part in parts:
                if part == "remind" and codes.get("run", 0) not in (0, 3):
                    job_log.write(ws.private, clock(settings.timezone), part, "skipped", "cs run did not end well")
                    codes[part] = codes["run"]
                    continue
                codes[part], text, error = _tried(part, ws, send)
                bug = bug or error
                word = _word(codes[part])
                job_log.write(ws.private, clock(settings.timezone), part, word, text, codes[part])
            if "remind" in codes and all(code in (0, 3) for code in codes.values()) and codes["remind"] == 0:
                _beat(ws)
    except Busy as busy:
        job_log.write(ws.private, clock(settings.timezone), parts[0], "busy", "another job is running", busy.code)
        raise
    if bug is not None:
        raise bug   # told and kept by the last net, after every other part had its turn
    return max(codes.values(), key=WORST.index, default=0)


def _word(code: int) -> str:
    return {0: "ok", 3: "partly", 11: "busy"}.get(code, "failed")


def _tried(part: str, ws: Workspace, send: str | None) -> tuple[int, str, Exception | None]:
    """(exit code, a line for the log, a fault of ours) of one part; its error is told on stderr."""
    from cs_cli.base.say_error import describe

    said: list[str] = []    # also what a part had done before it went wrong
    doing: dict[str, Callable[[], None]] = {
        "import": lambda: _import(ws, said), "run": lambda: said.append(_run(ws)),
        "remind": lambda: said.append(_remind(ws)), "report": lambda: said.append(_report(ws, send)),
    }
    try:
        doing[part]()
        return 0, "; ".join(said), None
    except CsError as error:
        sys.stderr.write(describe(error) + "\n")
        return error.code, "; ".join([*said, _logged(error)]), None
    except Exception as error:  # noqa: BLE001 - one part's fault must not cost the others; it is raised after them
        return 20, f"[BUG-001] {type(error).__name__}", error


def _logged(error: CsError) -> str:
    """An error without a word of the data: its codes, what they mean, and the files."""
    from cs_cli.base.error_catalogue import lookup

    told = []
    for ident in dict.fromkeys(fault.ident for fault in error.faults):
        known = lookup(ident)
        named = dict.fromkeys(os.path.basename(one.file) for one in error.faults if one.ident == ident and one.file)
        title = known.title if known is not None else ""
        told.append(f"[{ident}] {title}" + (f": {', '.join(list(named)[:3])}" if named else ""))
    return "; ".join(told)


def _import(ws: Workspace, said: list[str]) -> None:
    """What is new in exports/; a line on stderr when nothing has come for long."""
    from cs_cli.commands.imports import import_
    from cs_cli.intake.export_files import has_exports

    with open_desk(ws.root, definitions=False, create=True, write=True) as desk:
        before = _newest(desk.conn)
    try:
        if has_exports(ws.exports):
            import_([str(ws.exports)], workspace=ws.root)
    finally:
        with open_desk(ws.root, definitions=False) as desk:
            said.append(_came(desk.conn, before, desk.day))


def _newest(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM change_set").fetchone()[0])


def _came(conn: sqlite3.Connection, before: int, day: date) -> str:
    """What the import brought, in counts; or since when nothing has come."""
    files, added, changed, aside = conn.execute(
        "SELECT count(*), coalesce(sum(added), 0), coalesce(sum(changed), 0), coalesce(sum(set_aside), 0) "
        "FROM change_set WHERE kind = 'import' AND id > ?", (before,),
    ).fetchone()
    if files:
        return f"{files} new {'file' if files == 1 else 'files'}: {added} added, {changed} changed, {aside} set aside"
    (last,) = conn.execute("SELECT max(day) FROM change_set WHERE kind = 'import'").fetchone()
    if last is None:
        return "nothing new; nothing was ever imported"
    days = (day - date.fromisoformat(last)).days
    if days >= NOTHING_CAME:
        sys.stderr.write(f"warning: nothing new has come into exports/ for {days} days (since {last})\n")
    return f"nothing new since {last} ({days} {'day' if days == 1 else 'days'})"


def _run(ws: Workspace) -> str:
    from cs_cli.commands.run import run_to_day

    return run_to_day(ws.root)


def _remind(ws: Workspace) -> str:
    from cs_cli.commands.remind import send_due

    return send_due(ws.root)


def _report(ws: Workspace, send: str | None) -> str:
    from cs_cli.commands.report import report

    if send is not None:
        report("weekly", send=send, workspace=ws.root)
        return f"weekly, through {send}"
    report("weekly", workspace=ws.root, output=ws.reports / "weekly.html")
    return "weekly, reports/weekly.html"


def _beat(ws: Workspace) -> None:
    """The heartbeat, when the day's job has gone through; what is wrong with it changes nothing, and is said."""
    from cs_cli.definitions.workspace import settings_only
    from cs_cli.deliver.remind import heartbeat

    wrong = heartbeat(settings_only(ws), ws, os.environ)
    if wrong is not None:
        sys.stderr.write(f"warning: {wrong}\n")
