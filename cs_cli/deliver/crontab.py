"""The user's crontab: a workspace's lines between their marks, and every other byte as it was."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from cs_cli.base.errors import GuardStopped, OutputNotWritten
from cs_cli.base.files import write_whole
from cs_cli.base.safe_text import safe_text

# said in the first mark where the crontab did not end in a line end, so that taking the lines out restores that
ADDED = " (after a line end that was not there)"
PATIENCE = 30  # seconds for a program that answers at once
# how crontab programs say that there is none: cron, cronie and BSD; busybox
_NONE = re.compile(rb"no crontab for|no such file or directory", re.IGNORECASE)
_ASSIGNMENT = re.compile(rb"[ \t]*[A-Za-z_][A-Za-z0-9_]*[ \t]*=")


def merged(old: bytes, begin: str, block: str, end: str) -> bytes:
    """The crontab with the block in the place of its old one, else at the end.

    Raises GuardStopped INT-044 where its marks do not belong together.
    """
    before, after, found = _split(old, begin, end)
    lines = block.encode("utf-8", "surrogateescape")
    if not found and before and not before.endswith(b"\n"):
        return before + b"\n" + lines.replace(b"\n", ADDED.encode() + b"\n", 1)
    if found == ADDED:
        lines = lines.replace(b"\n", ADDED.encode() + b"\n", 1)
    return before + lines + after


def without(old: bytes, begin: str, end: str) -> bytes:
    """The crontab without the block. Raises GuardStopped INT-044."""
    before, after, found = _split(old, begin, end)
    return before[:-1] if found == ADDED and not after and before.endswith(b"\n") else before + after


def has(old: bytes, begin: str) -> bool:
    """Has the crontab lines of this workspace?"""
    return any(_is(line, begin) for line in old.splitlines())


def _is(line: bytes, mark: str) -> bool:
    return line.rstrip().removesuffix(ADDED.encode()) == mark.encode("utf-8", "surrogateescape")


def _split(old: bytes, begin: str, end: str) -> tuple[bytes, bytes, str]:
    """(what is before the block, what is behind it, how it was found: "", "there", or ADDED).

    Variables that somebody set between the marks are his: they stay, before the block.
    """
    before: list[bytes] = []
    after: list[bytes] = []
    kept: list[bytes] = []
    inside, found = False, ""
    for number, line in enumerate(old.splitlines(keepends=True), 1):
        if _is(line, begin):
            if inside:
                raise _damaged(number, begin)
            inside = True
            found = found or (ADDED if line.rstrip().endswith(ADDED.encode()) else "there")
        elif _is(line, end):
            if not inside:
                raise _damaged(number, end)
            inside = False
        elif inside:
            if _ASSIGNMENT.match(line):
                kept.append(line)
        else:
            (after if found else before).append(line)
    if inside:
        raise _damaged(len(old.splitlines()), begin)
    return b"".join([*before, *kept]), b"".join(after), found


def _damaged(line: int, mark: str) -> GuardStopped:
    return GuardStopped.of(
        "INT-044", "the marks around this workspace's lines do not belong together", file="crontab", line=line,
        value=mark, expected="a line with >>>, the lines of cs, a line with <<<",
        next="crontab -e: take out what is between them, and the marks",
    )


def others(old: bytes, workspace: Path, begin: str, end: str) -> list[int]:
    """The numbers of lines that call cs for the workspace and stand outside the marks: from before there were any."""
    name, found, inside = os.fsencode(workspace), list[int](), False
    for number, line in enumerate(old.splitlines(), 1):
        inside = _is(line, begin) or (inside and not _is(line, end))
        if not inside and not line.lstrip().startswith(b"#") and name in line and b"cs" in line.split(name, 1)[0]:
            found.append(number)
    return found


def read() -> bytes:
    """The user's crontab; empty where there is none. Raises OutputNotWritten INT-042 (no program), INT-043."""
    done = _run("-l")
    if done.returncode == 0:
        return done.stdout
    # only what says that there is none may be taken for empty: writing replaces everything
    if not done.stdout and (not done.stderr.strip() or _NONE.search(done.stderr)):
        return b""
    raise _failed("the crontab cannot be read", done)


def write(new: bytes, old: bytes, kept: Path) -> None:
    """Replace the crontab by one that was read and changed; kept gets it as it was. OutputNotWritten INT-042, 043."""
    write_whole(kept, old)
    done = _run("-", new)
    if done.returncode != 0:
        raise _failed("the crontab was not taken", done)
    if new.strip() not in read():   # some programs put a heading of their own above it
        raise OutputNotWritten.of(
            "INT-043", "the crontab reads otherwise than it was written", file=str(kept), done=None,
            next=f"look with crontab -l; as it was before: {kept}",
        )


def _run(word: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("crontab")
    if program is None:
        raise OutputNotWritten.of(
            "INT-042", "there is no crontab program on this machine", name="crontab",
            next="cs schedule --for systemd --install, or give the lines of cs schedule to the scheduler that is there",
        )
    try:
        return subprocess.run(  # noqa: S603 - a fixed program, found on PATH as a person's shell would
            [program, word], input=data if data is not None else b"", capture_output=True, check=False,
            timeout=PATIENCE, env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutputNotWritten.of(
            "INT-043", f"the crontab program does not answer: {type(error).__name__}", file=program,
            next="try crontab -l yourself",
        ) from error


def _failed(what: str, done: subprocess.CompletedProcess[bytes]) -> OutputNotWritten:
    said = safe_text(done.stderr.decode("utf-8", "replace").strip().split("\n")[0], 200)
    return OutputNotWritten.of(
        "INT-043", what, name="crontab", value=said or f"exit code {done.returncode}", next="try crontab -l yourself"
    )
