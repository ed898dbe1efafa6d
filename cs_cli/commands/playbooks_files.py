"""`cs playbooks check|schema|edit`: the files themselves."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.errors import CsError, DefinitionInvalid, Fault, Findings, UsageError
from cs_cli.commands.desk import Desk, named_workspace, open_desk, say, write_stdout
from cs_cli.commands.options import WorkspaceOption

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace


def check(workspace: WorkspaceOption = None) -> None:
    """Check words, names, types and order of every playbook; all faults of all files at once, exit 12.

    Warnings (conditions that never or always hold, open cases of deleted playbooks) do not fail.
    """
    with open_desk(workspace) as desk:
        warned = warnings(desk)
    for fault in warned:
        say(_warning(fault))
    told = f", {len(warned)} warnings" if warned else ""
    say(f"{len(desk.definitions.playbooks)} playbooks read, no faults{told}")


def schema() -> None:
    """Print the JSON Schema of a playbook, for editors: completion and checks while writing."""
    from cs_cli.definitions.schema import schema_text

    write_stdout(schema_text())


def edit(
    name: Annotated[str, typer.Argument(metavar="PLAYBOOK", help="Its name.")], workspace: WorkspaceOption = None
) -> None:
    """Open a playbook in $VISUAL or $EDITOR, then check it, run its examples and preview what would change."""
    from cs_cli.commands.playbooks import preview, run_tests

    ws = named_workspace(workspace)
    path = file_of(ws, name)
    command = _editor()
    before = path.read_bytes()
    while True:
        _open(command, path, name)
        if path.read_bytes() == before:
            say("nothing was changed")
            return
        try:
            check(workspace)
            run_tests(_name_in(ws, path, name, workspace), workspace)
        except (DefinitionInvalid, Findings) as fault:
            if not _again(fault):
                raise typer.Exit(fault.code) from fault
            continue
        preview(_name_in(ws, path, name, workspace), workspace)
        return


def _open(command: list[str], path: Path, name: str) -> None:
    """The editor, until it is closed. Raises UsageError DEF-064."""
    try:
        # words of the person's own environment, as a list: no shell reads them
        done = subprocess.run([*command, str(path)], check=False)  # noqa: S603
    except OSError as error:
        raise UsageError.of(
            "DEF-064",
            f"{command[0]} cannot be started: {error.strerror}",
            value=command[0],
            next=f"edit {path} and run cs playbooks check",
        ) from error
    if done.returncode != 0:
        raise UsageError.of(
            "DEF-064", f"{command[0]} ended with {done.returncode}", value=command[0], next=f"cs playbooks edit {name}"
        )


def _again(fault: CsError) -> bool:
    """Tell what is wrong and ask whether to go on editing; no answer is no."""
    from cs_cli.base.say_error import describe_faults

    sys.stderr.write("\n".join(describe_faults(fault)) + "\n")
    sys.stderr.write("Edit again? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _name_in(ws: Workspace, path: Path, name: str, workspace: Path | None) -> str:
    """The playbook that the file defines now: its name may have been edited."""
    with open_desk(workspace) as desk:
        file = path.relative_to(ws.root).as_posix()
        return next((one.playbook for one in desk.definitions.playbooks if one.file == file), name)


def file_of(ws: Workspace, name: str) -> Path:
    """The file that defines a playbook, found without reading it as YAML: a broken one must be editable.

    Raises UsageError CAS-014.
    """
    from cs_cli.definitions.workspace import definition_files

    files = [ws.root / one for one in definition_files(ws) if one.startswith("playbooks/")]
    for path in files:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if any(
            line.partition(":")[0] == "playbook" and line.partition(":")[2].split("#")[0].strip(" \"'") == name
            for line in lines
        ):
            return path
    for path in files:
        if path.stem == name:
            return path
    from cs_cli.base.near import did_you_mean

    raise UsageError.of(
        "CAS-014",
        f'there is no playbook "{name}"{did_you_mean(name, [path.stem for path in files])}',
        next="cs playbooks list",
    )


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _editor() -> list[str]:
    """The words of VISUAL or EDITOR; never through a shell. Raises UsageError DEF-064."""
    if not _terminal():
        raise UsageError.of(
            "DEF-064",
            "this is no terminal, so no editor can be opened",
            next="edit the file and run cs playbooks check",
        )
    try:
        words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    except ValueError as error:
        raise UsageError.of(
            "DEF-064", f"VISUAL or EDITOR cannot be read: {error}", next="export EDITOR=nano"
        ) from error
    if not words:
        raise UsageError.of("DEF-064", "neither VISUAL nor EDITOR is set", next="export EDITOR=nano")
    return words


def warnings(desk: Desk) -> list[Fault]:
    """What is allowed and still looks wrong, in the files and in the cases they left open."""
    from cs_cli.cases.renamed import orphans
    from cs_cli.cases.run import playbook_names
    from cs_cli.definitions.warnings import playbook_warnings
    from cs_cli.deliver.draft import without_text

    playbooks = desk.definitions.playbooks
    looks_wrong = playbook_warnings(playbooks, playbook_names(desk.definitions), desk.definitions.segments)
    found = [*looks_wrong, *orphans(desk.conn, playbooks)]
    return [*found, *without_text(desk.definitions, desk.ws.root / "drafts")]


def _warning(fault: Fault) -> str:
    place = f"\n  {fault.file}" + (f":{fault.line}:{fault.column}" if fault.line else "") if fault.file else ""
    after = f"\n  next     {fault.next}" if fault.next else ""
    return f"warning[{fault.ident}] {fault.what}{place}{after}"
