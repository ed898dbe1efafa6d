"""The files of systemd and launchd: written, started and taken away; only those of this workspace."""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cs_cli.base.errors import GuardStopped
from cs_cli.base.files import write_whole
from cs_cli.deliver.schedule import Plan

PATIENCE = 30  # seconds


def folder_of(kind: str) -> Path:
    """Where the scheduler looks for a user's files."""
    if kind == "launchd":
        return Path.home() / "Library" / "LaunchAgents"
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(configured) if os.path.isabs(configured) else Path.home() / ".config"
    return base / "systemd" / "user"


def is_ours(text: bytes, plan: Plan) -> bool:
    """Was a file written for this workspace?"""
    if text.lstrip().startswith(b"<?xml"):
        try:
            words = plistlib.loads(text).get("ProgramArguments", [])
        except (plistlib.InvalidFileException, ValueError, AttributeError):
            return False
        return str(plan.workspace) in words and "schedule" in words
    return text.split(b"\n", 1)[0] == f"# cs schedule {plan.mark}".encode("utf-8", "surrogateescape")


def there(kind: str, names: Sequence[str], plan: Plan) -> list[Path]:
    """Those of the files that are there. Raises GuardStopped INT-045 for one that is somebody else's."""
    found = [path for name in names if (path := folder_of(kind) / name).exists()]
    for path in found:
        if not is_ours(path.read_bytes(), plan):
            raise GuardStopped.of(
                "INT-045", "a file of this name is there, and cs schedule did not write it for this workspace",
                file=str(path), next=f"look at it, and move it away: {path}",
            )
    return found


def install(kind: str, files: Mapping[str, str], plan: Plan) -> list[str]:
    """Write the files and start what they describe; gives lines for a person: what is left to do. GuardStopped 15."""
    there(kind, list(files), plan)
    folder = folder_of(kind)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_whole(folder / name, text.encode("utf-8", "surrogateescape"))
    if kind == "launchd":
        paths = [str(folder / name) for name in files]
        _run(["launchctl", "unload", *paths])   # an older one of the same name; none is no fault
        return _or_say([["launchctl", "load", "-w", *paths]])
    timers = [name for name in files if name.endswith(".timer")]
    left = _or_say([["systemctl", "--user", "daemon-reload"], ["systemctl", "--user", "enable", "--now", *timers]])
    return [*left, "the timers run while you are logged in; always: loginctl enable-linger"]


def remove(kind: str, names: Sequence[str], plan: Plan) -> tuple[list[Path], list[str]]:
    """Stop and delete them; gives (the files that were there, lines for a person). GuardStopped 15."""
    paths = there(kind, names, plan)
    if not paths:
        return [], []
    left: list[str] = []
    if kind == "launchd":
        left = _or_say([["launchctl", "unload", "-w", *map(str, paths)]])
    else:
        timers = [path.name for path in paths if path.suffix == ".timer"]
        if timers:
            left = _or_say([["systemctl", "--user", "disable", "--now", *timers]])
    for path in paths:
        path.unlink()
    if kind == "systemd":
        left += _or_say([["systemctl", "--user", "daemon-reload"]])
    return paths, left


def _or_say(commands: Sequence[Sequence[str]]) -> list[str]:
    """Run them in order; from the first that fails on, they are said instead."""
    for n, command in enumerate(commands):
        why = _run(command)
        if why is not None:
            return [f"{why}; run: " + " && ".join(shlex.join(one) for one in commands[n:])]
    return []


def _run(command: Sequence[str]) -> str | None:
    """Why a command did not do its work; None when it did."""
    program = shutil.which(command[0])
    if program is None:
        return f"there is no {command[0]} here"
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, found on PATH as a person's shell would
            [program, *command[1:]], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]} does not answer ({type(error).__name__})"
    return None if done.returncode == 0 else f"{command[0]} ended with {done.returncode}"
