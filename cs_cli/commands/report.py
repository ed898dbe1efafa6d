"""`cs report NAME`: any report in any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import Desk, decide_instant, emit, format_for, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption

if TYPE_CHECKING:
    from cs_cli.reports.model import Report

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cs report weekly -o reports/weekly.html")
def report(
    name: Annotated[str, typer.Argument(metavar="NAME", help="weekly, escalations, renewals, account, postmortem, …")],
    account: Annotated[
        str | None, typer.Argument(metavar="[ACCOUNT]", help="Which one; for handover: whose.")
    ] = None,
    send: Annotated[
        str | None, typer.Option("--send", metavar="CHANNEL", help="Send it, once per week, instead of printing it.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="With --send: although it was sent this week.")] = False,
    confirm_clock: Annotated[
        bool, typer.Option("--confirm-clock", help="With --send: although the clock is over 45 days past the last run.")
    ] = False,
    confirm_restored: Annotated[
        bool, typer.Option("--confirm-restored", help="With --send: from a database that was restored or moved here.")
    ] = False,
    within: Annotated[int, typer.Option(min=0, max=3660, help="Days ahead for renewals.")] = 90,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="For requests: only those with this text.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Print a report, write it with -o FILE, or send it to a channel of cs.yaml."""
    from cs_cli.base.near import did_you_mean
    from cs_cli.reports import reports

    known = reports()
    if name not in known:
        raise UsageError.of(
            "USE-022", f'there is no report "{name}"{did_you_mean(name, known)}', expected=", ".join(known)
        )
    if send is not None or again or confirm_clock or confirm_restored:
        if send is None:
            what = "--again, --confirm-clock and --confirm-restored go with --send"
            raise UsageError.of("INT-015", what, next=f"cs report {name} --send CHANNEL")
        if format is not None or output is not None:
            raise UsageError.of("INT-015", "a report is either sent or written", next="leave -f and -o away")
        _send(name, account, send, again, within, search, workspace, as_of, confirm_clock, confirm_restored)
        return
    format_for(output, format)
    with open_desk(workspace, as_of, known_at) as desk:
        built, _, _ = _built(desk, name, account, within, search)
        emit(built, format, output)


def _built(
    desk: Desk, name: str, account: str | None, within: int, search: str | None
) -> tuple[Report, int | None, str | None]:
    """The report, and the number of the account or the name of the person when it is about one."""
    from cs_cli.commands.accounts import find_number
    from cs_cli.commands.away import person_named
    from cs_cli.reports import load

    module = load(name)
    number = None
    who: dict[str, str] = {}
    if account is not None and getattr(module, "TAKES_PERSON", False):
        who["who"] = person_named(desk, account)
    elif account is not None and not getattr(module, "NEEDS_ACCOUNT", False):
        what = f"the report {name} is not about one account"
        raise UsageError.of("USE-047", what, next=f"cs report account {account}")
    if getattr(module, "NEEDS_ACCOUNT", False):
        if account is None:
            raise UsageError.of("USE-045", "this report is about one account", next=f"cs report {name} ACCOUNT")
        number = find_number(desk, account)
    built: Report = module.build(
        desk.conn, desk.definitions, desk.day, known_at=desk.known_at, within=within, account=number, search=search,
        **who,
    )
    return built, number, who.get("who")


def _send(
    name: str, account: str | None, channel: str, again: bool, within: int, search: str | None,
    workspace: Path | None, as_of: str | None, confirm_clock: bool, confirm_restored: bool,
) -> None:  # fmt: skip
    from cs_cli.base.files import private_dir
    from cs_cli.commands.remind import tell
    from cs_cli.deliver.remind import Job
    from cs_cli.deliver.reports import send_report
    from cs_cli.store.lock import run_lock

    with (
        open_desk(workspace, as_of, write=True) as desk,
        run_lock(private_dir(desk.ws.private) / "lock", "cs report"),
    ):
        built, number, person = _built(desk, name, account, within, search)
        job = Job(at=lambda: decide_instant(desk.settings))
        outcome = send_report(
            desk.conn, desk.ws, desk.definitions, desk.day, built, channel, job, account=number, person=person,
            again=again, confirm_clock=confirm_clock, confirm_restored=confirm_restored,
        )  # fmt: skip
    if not (outcome.messages or outcome.failed or outcome.unknown or outcome.held):
        say("this week's report has been sent already; --again sends it once more")
    for plan in outcome.held:
        say(f"held: {plan.reason}; cs remind list")
    tell(outcome, "report")
