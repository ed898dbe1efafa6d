"""`cs check`."""

from __future__ import annotations

import typer

from cs_cli.commands.desk import emit, open_desk
from cs_cli.commands.options import AsOfOption, FormatOption, OutputOption, WorkspaceOption

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cs check && echo fit for the board")
def check(
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Check every definition, the data, and how fresh the sources are. Exit 0 when well, 1 with findings, 12 when a
    definition is invalid."""
    from cs_cli.base.errors import DefinitionInvalid
    from cs_cli.deliver.misspelt import misspelt_keys
    from cs_cli.reports.check import build

    with open_desk(workspace, as_of) as desk:
        if faults := misspelt_keys(desk.ws, desk.settings):
            raise DefinitionInvalid(faults)
        report = build(desk.conn, desk.definitions, desk.day)
        emit(report, format, output)
        if report.sections[0].rows:
            raise typer.Exit(1)
