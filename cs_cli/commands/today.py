"""`cs today`, and bare `cs` in a workspace."""

from __future__ import annotations

import typer

from cs_cli.commands.desk import emit, open_desk
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption

app = typer.Typer()


@app.command(epilog="Example: cs today")
def today(
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What to do now: broken clocks, red cases, last safe days, tasks and promises due; at most twelve, each with its why."""
    from cs_cli.reports.today import build

    with open_desk(workspace, as_of, known_at) as desk:
        emit(build(desk.conn, desk.definitions, desk.day, known_at=desk.known_at), format, output)
