"""`cs report NAME`: any report in any format."""

from __future__ import annotations

from typing import Annotated

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import emit, format_for, open_desk
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption

app = typer.Typer()


@app.command(epilog="Example: cs report weekly -o reports/weekly.html")
def report(
    name: Annotated[str, typer.Argument(metavar="NAME", help="weekly, escalations or renewals.")],
    within: Annotated[int, typer.Option(min=0, max=3660, help="Days ahead for renewals.")] = 90,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Print a report, or write it with -o FILE."""
    from cs_cli.base.near import did_you_mean
    from cs_cli.reports import load, reports

    known = reports()
    if name not in known:
        raise UsageError.of(
            "USE-022", f'there is no report "{name}"{did_you_mean(name, known)}', expected=", ".join(known)
        )
    format_for(output, format)
    with open_desk(workspace, as_of, known_at) as desk:
        built = load(name).build(desk.conn, desk.definitions, desk.day, known_at=desk.known_at, within=within)
        emit(built, format, output)
