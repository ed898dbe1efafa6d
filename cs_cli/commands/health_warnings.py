"""`cs health warnings`: how early the bands told of those who left, and how many of those who stayed they called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.days import parse_day
from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import Desk, emit, fixed_or_clock_day, format_for, open_desk
from cs_cli.commands.health_proof import emit_object
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column, Figure, Report, Section

if TYPE_CHECKING:
    from cs_cli.revenue.early_warning import Warnings

REASONS = (
    Column("reason", "Reason"), Column("leavers", "Left", "number"), Column("called", "Red or amber", "number"),
    Column("red", "Red", "number"), Column("amber", "Amber", "number"), Column("green", "Green", "number"),
    Column("unknown", "Unknown", "number"), Column("lead", "Median days before", "number"),
)  # fmt: skip
CALLED_BY = (
    Column("cap", "Held down by"), Column("at_a_time", "At a time", "number"), Column("share", "Share", "percent"),
)
WEEKS = (
    Column("day", "Monday", "day"), Column("n", "Stayed", "number"), Column("red", "Red", "number"),
    Column("amber", "Amber", "number"), Column("green", "Green", "number"), Column("unknown", "Unknown", "number"),
)  # fmt: skip
LEAVERS = (
    Column("account_id", "Id"), Column("name", "Account"), Column("told_on", "Told on", "day"),
    Column("lost_on", "Paid until", "day"), Column("reason", "Reason"), Column("band", "Band", "band"),
    Column("called_days", "Days before", "number"), Column("capped_by", "Held down by"), Column("arr", "ARR", "money"),
)  # fmt: skip


def warnings(
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="Mondays from here: 2025-01-31, 26w.")] = "26w",
    lead: Annotated[
        int, typer.Option("--lead", min=1, max=365, metavar="DAYS", help="So many days before they told it must show.")
    ] = 14,
    accounts: Annotated[bool, typer.Option("--accounts", help="Each leaver and each Monday as well.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Were those who left red or amber in time, and how many who stayed were so for nothing? Monday by Monday.

    A leaver counts from its cancellation, not from its last paid day. Today's definitions are applied to the past.
    """
    from cs_cli.revenue.churn import why_left
    from cs_cli.revenue.early_warning import early_warning, leaver_rows, summary

    with open_desk(workspace, as_of, known_at) as desk:
        start = parse_day(since, desk.day if since[:1].isdigit() else fixed_or_clock_day(desk.settings))
        if start >= desk.day:
            raise UsageError.of(
                "SCO-002",
                f"--since {start.isoformat()} is not before {desk.day.isoformat()}",
                next="give an earlier day",
            )
        found = early_warning(desk.conn, desk.definitions, desk.day, start, lead=lead, known_at=desk.known_at)
        reasons = why_left(desk.conn, desk.day, {one.account: one.lost_on for one in found.leavers})
        told = summary(found, reasons)
        told["accounts"] = [
            one._asdict() for one in leaver_rows(found, reasons, _names(desk, found), desk.currency)
        ]
        if format_for(output, format) == "json":
            emit_object(told, output)
        else:
            emit(_page(desk, told, accounts), format, output)


def _names(desk: Desk, found: Warnings) -> dict[int, tuple[str, str | None]]:
    from cs_cli.scoring.desk import build_desk

    listed = sorted({one.account for one in found.leavers})
    build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, listed, need={"account_id", "name"})
    return {
        account: (account_id, name)
        for account, account_id, name in desk.conn.execute("SELECT account, account_id, name FROM account_facts")
    }


def _page(desk: Desk, told: dict[str, Any], accounts: bool) -> Report:
    share = told["called_share"]
    text = (
        f"{told['leavers']} customers told from {told['since']} to {told['until']} that they leave (else: paid no "
        f"more); {told['called']} were red or amber {told['lead']} days before"
    )
    if share["value"] is not None:
        text += f", {share['value']:.0%} (95 %: {share['low']:.0%} to {share['high']:.0%})"
    text += "." if share["value"] is not None else ". Too few for a rate: look at each with --accounts."
    if told["too_young"]:
        text += f" {told['too_young']} more told before any Monday so long before."
    rows = tuple(row | {"reason": row["reason"] or "not written down"} for row in told["by_reason"])
    sections = [Section("left", "Those who left", REASONS, rows, text=text, empty="Nobody left in these weeks.")]
    if told["stayers"]:
        figures = (
            Figure("mean", "Red or amber at a time", told["stayers_called_mean"], "percent", note="mean of Mondays"),
            Figure("worst", "On the worst Monday", told["stayers_called_worst"], "percent", note=told["worst_monday"]),
        )
        by = tuple(row | {"cap": row["cap"] or "the measures alone"} for row in told["stayers_called_by"])
        text = f"{told['mondays']} Mondays; {told['stayers']} customers who paid on the worst one pay today as well."
        sections.append(Section("stayed", "Those who stayed", CALLED_BY, by, figures, text, "None was red or amber."))
    if accounts:
        sections.append(Section("accounts", "Each who left", LEAVERS, tuple(told["accounts"]), empty="Nobody."))
        sections.append(Section("weeks", "Each Monday", WEEKS, tuple(told["weeks"]), empty="No Monday."))
    return Report(
        "warnings", f"Early warning, {told['lead']} days ahead", desk.day.isoformat(), desk.currency,
        desk.settings.company, sections=tuple(sections),
    )  # fmt: skip
