"""`cs schedule`: the jobs of cron, systemd or launchd: printed, installed, taken out, looked after."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.errors import GuardStopped, UsageError
from cs_cli.commands.desk import named_workspace, say, write_stdout
from cs_cli.commands.options import FormatOption, OutputOption, WorkspaceOption

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings
    from cs_cli.deliver.schedule import Plan

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cs schedule --install --at 07:30 --dry-run, then without --dry-run; cs schedule --check")
def schedule(
    scheduler: Annotated[str, typer.Option("--for", metavar="SCHEDULER", help="cron, systemd or launchd.")] = "cron",
    at: Annotated[
        str | None, typer.Option("--at", metavar="HH:MM", help="When, in the workspace's zone; else 07:00.")
    ] = None,
    send: Annotated[
        str | None, typer.Option("--send", metavar="CHANNEL", help="The Monday report's channel; else a file.")
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", help="Put this workspace's lines into your crontab, or write the units.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take this workspace's lines or units out again.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --install or --remove: show what would be there; change nothing.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="When each part last ran, and how; exit 1 when one is overdue or failed.")
    ] = False,
    job: Annotated[
        str | None, typer.Option("--job", metavar="PARTS", help="What the lines call: import, run, remind, report.")
    ] = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Print what runs cs every day: import what is new, playbooks, reminders, and the report on Mondays.

    --install puts it into your crontab between marks of this workspace and leaves every other line as it is.
    """
    from cs_cli.base.near import did_you_mean
    from cs_cli.deliver.schedule import KINDS

    _check_options(install, remove, dry_run, check, job, format, output)
    if scheduler not in KINDS:
        raise UsageError.of(
            "INT-040", f'"{scheduler}" is not a scheduler{did_you_mean(scheduler, KINDS)}', expected=", ".join(KINDS)
        )
    moment = None if at is None else _time(at)
    if job is not None:
        from cs_cli.commands.schedule_job import run_job

        if code := run_job(_parts(job), workspace, moment, send):
            raise typer.Exit(code)
        return
    if check:
        from cs_cli.commands.schedule_check import check_jobs

        check_jobs(workspace, format, output)
        return
    plan = _plan(workspace, moment or (7, 0), send)
    if install or remove:
        from cs_cli.commands.schedule_install import change

        change(scheduler, plan, install=install, dry_run=dry_run)
        return
    write_stdout(printed(scheduler, plan))
    say("cs schedule --install puts this in; --dry-run with it shows what would change")


def printed(scheduler: str, plan: Plan) -> str:
    """The text for a scheduler: crontab lines, or each file under its name."""
    from cs_cli.deliver.schedule import cron, launchd, systemd
    from cs_cli.deliver.units import folder_of

    if scheduler == "cron":
        return cron(plan)
    files = systemd(plan) if scheduler == "systemd" else launchd(plan)
    return "\n".join(f"### {folder_of(scheduler) / name}\n{text}" for name, text in files.items())


def _check_options(
    install: bool, remove: bool, dry_run: bool, check: bool, job: str | None, format: str | None, output: Path | None
) -> None:
    chosen = [name for name, on in (("--install", install), ("--remove", remove), ("--check", check),
                                    ("--job", job is not None)) if on]  # fmt: skip
    if len(chosen) > 1:
        raise UsageError.of("INT-047", f"{' and '.join(chosen)} are two things", next="one of them at a time")
    if dry_run and not (install or remove):
        raise UsageError.of("INT-047", "--dry-run goes with --install or --remove", next="cs schedule prints the lines")
    if (format is not None or output is not None) and not check:
        raise UsageError.of("INT-047", "-f and -o go with --check", next="cs schedule > FILE keeps the lines")


def _parts(text: str) -> list[str]:
    from cs_cli.base.near import did_you_mean
    from cs_cli.deliver.job_log import PARTS

    found = [word.strip() for word in text.split(",")]
    for word in found:
        if word not in PARTS:
            raise UsageError.of(
                "INT-048", f'"{word}" is not a part of a job{did_you_mean(word, PARTS)}', expected=", ".join(PARTS)
            )
    return sorted(set(found), key=PARTS.index)


def _plan(workspace: Path | None, at: tuple[int, int], send: str | None) -> Plan:
    from cs_cli.definitions.workspace import settings_only
    from cs_cli.deliver.remind import check_channel
    from cs_cli.deliver.schedule import Plan

    ws = named_workspace(workspace)
    settings = settings_only(ws)
    if send is not None:
        check_channel(send, settings)
    root = ws.root.resolve()
    if any(ord(letter) < 0x20 for letter in str(root)):
        raise GuardStopped.of(
            "INT-046", "the workspace's path holds a control character, which no scheduler's file can",
            file=str(root), next="rename the folder",
        )
    return Plan(
        cs=command(), workspace=root, zone=settings.timezone, hour=at[0], minute=at[1], send=send,
        variables=_variables(settings), zone_differs=_plain(_machine_zone()) != _plain(settings.timezone),
    )  # fmt: skip


def _time(text: str) -> tuple[int, int]:
    hour, colon, minute = text.partition(":")
    digits = hour + minute
    if colon and digits.isascii() and digits.isdigit() and len(hour) in (1, 2) and len(minute) == 2:
        found = int(hour), int(minute)
        if found[0] < 24 and found[1] < 60:
            return found
    raise UsageError.of("INT-041", "this is not a time of day", name="--at", value=text, expected="such as 07:30")


def command() -> list[str]:
    """How this very program is started, by absolute path; without an installed `cs`, through its Python."""
    started = sys.argv[0]
    if os.path.basename(started) == "cs" and os.path.isfile(started) and os.access(started, os.X_OK):
        return [os.path.abspath(started)]
    beside = Path(sys.executable).with_name("cs")
    found = str(beside) if beside.is_file() else shutil.which("cs")
    return [os.path.abspath(found)] if found else [os.path.abspath(sys.executable), "-m", "cs_cli"]


def _variables(settings: Settings) -> list[str]:
    """The environment variables that the channels name."""
    from cs_cli.deliver.secret import environment_name

    found = {
        name
        for channel in settings.channels.values()
        for value in channel.values()
        if isinstance(value, str) and (name := environment_name(value))
    }
    return sorted(found)


def _plain(zone: str) -> str:
    """The one name of a zone that has several."""
    same = ("Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal", "Etc/GMT", "GMT")
    return "UTC" if zone in same else zone


def _machine_zone() -> str:
    """The machine's zone by its name, or "" where it cannot be told."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named:
        return named
    try:
        return os.readlink("/etc/localtime").partition("/zoneinfo/")[2]
    except OSError:
        try:
            return Path("/etc/timezone").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""
