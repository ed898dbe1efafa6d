"""`cs schedule`: the lines for cron, systemd or launchd, ready to paste."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import named_workspace, write_stdout
from cs_cli.commands.options import WorkspaceOption

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cs schedule --at 07:30 | crontab -")
def schedule(
    scheduler: Annotated[str, typer.Option("--for", metavar="SCHEDULER", help="cron, systemd or launchd.")] = "cron",
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="When, in the workspace's zone.")] = "07:00",
    send: Annotated[
        str | None, typer.Option("--send", metavar="CHANNEL", help="The Monday report's channel; else a file.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Print what runs cs every day: playbooks, reminders, and the report on Mondays. Installs nothing."""
    from cs_cli.base.near import did_you_mean
    from cs_cli.definitions.workspace import settings_only
    from cs_cli.deliver.remind import check_channel
    from cs_cli.deliver.schedule import KINDS, Plan, lines

    if scheduler not in KINDS:
        raise UsageError.of(
            "INT-040", f'"{scheduler}" is not a scheduler{did_you_mean(scheduler, KINDS)}', expected=", ".join(KINDS)
        )
    hour, minute = _time(at)
    ws = named_workspace(workspace)
    settings = settings_only(ws)
    if send is not None:
        check_channel(send, settings)
    plan = Plan(
        cs=command(), workspace=ws.root.resolve(), zone=settings.timezone, hour=hour, minute=minute, send=send,
        variables=_variables(settings), zone_differs=_plain(_machine_zone()) != _plain(settings.timezone),
    )  # fmt: skip
    write_stdout(lines(scheduler, plan))


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
