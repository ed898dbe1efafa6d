"""`cs verify`, `cs backup`, `cs restore`: the database file itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import Findings
from cs_cli.commands.desk import named_workspace, open_desk, say, write_stdout
from cs_cli.commands.options import WorkspaceOption, YesOption

verify_app = typer.Typer(add_completion=False)
backup_app = typer.Typer(add_completion=False)
restore_app = typer.Typer(add_completion=False)


@verify_app.command(epilog="Example: cs verify && echo all well")
def verify(workspace: WorkspaceOption = None) -> None:
    """Check the database: whole, unique, and every history in order. Silent and 0 when well."""
    from cs_cli.store.verify import verify as verify_database

    with open_desk(workspace, definitions=False) as desk:
        faults = verify_database(desk.conn)
    if faults:
        raise Findings(faults, done=None, next="cs restore puts the newest good backup back")


@backup_app.command(epilog="Example: cs backup -w ~/acme-cs")
def backup(workspace: WorkspaceOption = None) -> None:
    """Write a verified copy of the database into backups/."""
    from cs_cli.store.backup import backup as back_up

    with open_desk(workspace, definitions=False) as desk:
        path = back_up(desk.ws.db_path)
    say(f"wrote {path}")


@restore_app.command(epilog="Example: cs restore backups/cs-2026-06-30.db --yes")
def restore(
    file: Annotated[Path | None, typer.Argument(help="A backup that cs wrote.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Only list the backups there are, the newest first.")] = False,
    yes: YesOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Put a backup back; the replaced file is kept beside it."""
    from cs_cli.base.errors import GuardStopped
    from cs_cli.store.backup import backups
    from cs_cli.store.backup import restore as put_back

    ws = named_workspace(workspace)
    if listed or file is None:
        for path in backups(ws.db_path):
            write_stdout(str(path))
        return
    if not yes:
        raise GuardStopped.of(
            "USE-035", "this replaces the whole database", file=str(ws.db_path),
            next=f"cs restore {as_typed(file)} --yes",
        )
    kept = put_back(file, ws.db_path)
    say(f"restored {file}; the replaced database is kept as {kept}")
