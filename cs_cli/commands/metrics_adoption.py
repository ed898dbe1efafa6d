"""`cs metrics adoption`: engagement as figures, by segment, cohort or CSM."""

from __future__ import annotations

from typing import Annotated

import typer

from cs_cli.commands.desk import emit, flat_report, open_desk
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

COLUMNS = (
    Column("customers", "Customers", "number"), Column("usage_known", "Usage known", "number"),
    Column("active", "Active", "number"), Column("active_share", "Share", "percent"),
    Column("active_low", "from", "percent"), Column("active_high", "to", "percent"),
    Column("value_known", "Start known", "number"), Column("reached", "Reached value", "number"),
    Column("reached_share", "Share", "percent"), Column("reached_low", "from", "percent"),
    Column("reached_high", "to", "percent"), Column("features", "Features", "number"),
    Column("features_n", "of", "number", hidden=True), Column("key_actions", "Key actions", "number"),
    Column("key_actions_n", "of", "number", hidden=True), Column("seats_used", "Seats used", "percent"),
    Column("seats_used_n", "of", "number", hidden=True),
)  # fmt: skip
TEXT = (
    "Active: people seen in the last 28 covered days, of the customers whose usage is known. Reached value: a "
    "first-value milestone or a key action ever. Features, key actions and seats are medians of 28 days. "
    "Intervals up to 200 customers."
)


def adoption(
    split: Annotated[
        str | None,
        typer.Option("--split", metavar="WORD", help="A row for each csm, cohort, plan, owner, country or dimension."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Who uses it: active customers, first value reached, features, key actions, seats; each with its n."""
    from cs_cli.commands.metrics import check_split, facts_by_account
    from cs_cli.revenue.adoption import FACTS, adoption_rows

    with open_desk(workspace, as_of, known_at) as desk:
        if split is not None:
            check_split(desk, split, "csm", "cohort")
        extra = [split] if split and split != "cohort" else []
        found = adoption_rows(facts_by_account(desk, [*FACTS, *extra]).values(), split)
        columns = (Column("group", split.replace("_", " ").capitalize()), *COLUMNS) if split else COLUMNS
        report = flat_report("adoption", "Adoption", columns, found, desk, text=TEXT, empty="No customers yet.")
        emit(report, format, output)
