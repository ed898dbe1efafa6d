"""`cs renewals list`."""

from __future__ import annotations

from typing import Annotated

import typer

from cs_cli.commands.desk import emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption

app = typer.Typer(no_args_is_help=True, help="What renews next, with notice and decision dates.")


@app.callback()
def group() -> None:
    """What renews next, with notice and decision dates."""


@app.command("list", epilog="Example: cs renewals list --within 90 -f json")
def list_renewals(
    within: Annotated[int, typer.Option(min=0, max=3660, metavar="DAYS", help="Renewal dates so many days ahead.")] = 90,
    by_decision: Annotated[
        bool, typer.Option("--by-decision", help="Go by the last day to decide (the notice date) instead.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Terms that end within DAYS, and those that ended with no decision; overdue first, then by the day to decide."""
    from cs_cli.reports.common import RENEWAL_COLUMNS, chosen
    from cs_cli.revenue.renewals import renewals

    with open_desk(workspace, as_of, known_at) as desk:
        everything = renewals(desk.conn, desk.definitions, desk.day, 3660, desk.known_at)
        due = [row for row in everything if row["days_to_renewal"] <= within]
        to_decide = [row for row in everything if row["days_to_decide"] is not None and row["days_to_decide"] <= within]
        if by_decision:
            due = to_decide
        else:
            earlier = len([row for row in to_decide if row not in due])
            if earlier:
                say(f"{earlier} more must be decided within {within} days because of their notice period: --by-decision")
        emit(flat_report("renewals", "Renewals", RENEWAL_COLUMNS, chosen(due, RENEWAL_COLUMNS), desk,
                         empty=f"Nothing renews within {within} days."), format, output)
