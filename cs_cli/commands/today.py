"""`cs today`, bare `cs` in a workspace, and what to say of its numbered lines: done, snooze."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import Desk, emit, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption

if TYPE_CHECKING:
    from pathlib import Path

    from cs_cli.reports.model import Report

app = typer.Typer(add_completion=False, invoke_without_command=True)

SHOWN = "today.json"  # the list as it was last shown, so that "done 3" means the 3 that was read

NumberArgument = Annotated[int, typer.Argument(metavar="N", min=1, help="The number in the list.")]
BecauseOption = Annotated[str, typer.Option("--because", metavar="TEXT", help="The reason, for the record.")]


@app.callback(epilog="Example: cs today · cs today done 3 · cs today snooze 4 fri --because 'on holiday'")
def today(
    ctx: typer.Context = None,  # type: ignore[assignment]
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What to do now, at most twelve numbered things, each with its why.

    Broken clocks, red cases, last safe days, tasks and promises due, churn without a reason, stale exports.
    """
    if ctx is not None and ctx.invoked_subcommand is not None:
        return
    from cs_cli.reports.today import build

    with open_desk(workspace, as_of, known_at) as desk:
        report = build(desk.conn, desk.definitions, desk.day, known_at=desk.known_at)
        _remember(desk, report)
        emit(report, format, output)


@app.command(epilog="Example: cs today done 3")
def done(n: NumberArgument, because: BecauseOption = "", workspace: WorkspaceOption = None) -> None:
    """Line N is done: a task is finished, a case is acknowledged with a note."""
    with open_desk(workspace, write=True) as desk:
        line = _line(desk, n)
        _act(desk, line, because, None)


@app.command(epilog="Example: cs today snooze 4 fri --because 'they are at a fair'")
def snooze(
    n: NumberArgument,
    until: Annotated[str, typer.Argument(metavar="DAY", help="fri, 3d, 2w or 2026-12-01.")],
    because: BecauseOption = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Mute the case of line N, with its tasks, until a day. Its clocks run on."""
    with open_desk(workspace, write=True) as desk:
        _act(desk, _line(desk, n), because, until)


def _act(desk: Desk, line: dict[str, Any], because: str, until: str | None) -> None:
    """done (until is None) or snooze, for whatever the line is about."""
    from cs_cli.base.days import parse_day_ahead
    from cs_cli.cases.hand import number_of
    from cs_cli.commands.cases import hand_of
    from cs_cli.store.connection import transaction

    subject = str(line["subject"] or "")
    letter, digits = subject[:1], subject[1:]
    if letter not in ("c", "t") or not digits.isdigit():
        raise UsageError.of(
            "USE-040",
            f"line {line['n']} ({line['what']}) is not settled that way",
            next=str(line["do"]),
            expected="a case, or a task",
        )
    hand = hand_of(desk, None)
    with transaction(desk.conn):
        if until is not None:
            case = hand.case_of_task(number_of(subject, "t")) if letter == "t" else number_of(subject, "c")
            hand.snooze(case, parse_day_ahead(until, desk.day), because or "put off from today's list")
            subject = f"c{case}"
        elif letter == "t":
            hand.finish_task(number_of(subject, "t"), because)
        else:
            hand.acknowledge(number_of(subject, "c"), because)
            hand.note(number_of(subject, "c"), because or "done from today's list")
    say(f"{'snoozed' if until else 'done'}: {line['what']}, {line['name']} ({subject})")


def _file(desk: Desk) -> Path:
    return desk.ws.private / SHOWN


def _remember(desk: Desk, report: Report) -> None:
    """Keep the numbered list; on read-only media the numbers are simply counted anew."""
    from cs_cli.base.errors import OutputNotWritten
    from cs_cli.base.files import private_dir, write_whole

    kept = {
        "day": report.day,
        "rows": [{key: row[key] for key in ("n", "what", "name", "subject", "do")} for row in report.sections[0].rows],
    }
    try:
        private_dir(desk.ws.private)
        write_whole(_file(desk), msgspec.json.encode(kept))
    except OutputNotWritten:
        say("the list's numbers could not be kept; cs today done counts them anew")


def _line(desk: Desk, n: int) -> dict[str, Any]:
    """Line n of the list that was last shown on this day, else of the list as it would be shown now."""
    path = _file(desk)
    kept: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    rows: list[dict[str, Any]] = kept.get("rows", []) if kept.get("day") == desk.day.isoformat() else []
    if not rows:
        from cs_cli.reports.today import build

        rows = list(build(desk.conn, desk.definitions, desk.day).sections[0].rows)
    for row in rows:
        if row["n"] == n:
            return row
    raise UsageError.of("USE-041", f"today's list has no line {n}", expected=f"1 to {len(rows)}", next="cs today")
