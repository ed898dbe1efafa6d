"""`cs metrics mrr|movements|retention`: revenue numbers, each with what it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.commands.desk import Desk, emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from pathlib import Path

    from cs_cli.revenue.periods import Period

app = typer.Typer(add_completion=False, no_args_is_help=True)

FromOption = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM", help="The first month.")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="The last month; else the running one.")]
ByOption = Annotated[str | None, typer.Option("--by", metavar="PERIOD", help="month, quarter or year.")]

MRR = (
    Column("period", "Period"), Column("day", "Day", "day"), Column("mrr", "MRR", "money"),
    Column("arr", "ARR", "money"), Column("customers", "Customers", "number"),
)  # fmt: skip
MOVEMENTS = (
    Column("period", "Period"), Column("start_mrr", "Start", "money"), Column("new", "New", "money"),
    Column("expansion", "Expansion", "money"), Column("contraction", "Contraction", "money"),
    Column("churn", "Churn", "money"), Column("reactivation", "Reactivation", "money"),
    Column("end_mrr", "End", "money"), Column("customers", "Customers", "number"),
)  # fmt: skip
RETENTION = (
    Column("period", "Period"), Column("from", "From", "day"), Column("to", "To", "day"),
    Column("start_mrr", "Start MRR", "money"), Column("nrr", "NRR", "percent"), Column("grr", "GRR", "percent"),
    Column("logo_churn", "Logo churn", "percent"), Column("gross_mrr_churn", "Gross MRR churn", "percent"),
    Column("net_mrr_churn", "Net MRR churn", "percent"), Column("start_customers", "Customers", "number"),
    Column("churned_customers", "Left", "number"), Column("nrr_mrr", "MRR kept, net", "money"),
    Column("grr_mrr", "MRR kept, gross", "money"), Column("expansion", "Expansion", "money", hidden=True),
    Column("contraction", "Contraction", "money", hidden=True), Column("churn", "Churn", "money", hidden=True),
    Column("reactivation", "Reactivation", "money", hidden=True),
    Column("logo_churn_low", "Logo churn from", "percent"), Column("logo_churn_high", "to", "percent"),
)  # fmt: skip
NAMES = "NRR is net revenue retention, GRR gross revenue retention; the interval is given under 30 customers."


@app.callback()
def group() -> None:
    """MRR, its movements, and retention; exact definitions in docs/renewals.md."""


@app.command("mrr", epilog="Example: cs metrics mrr --from 2025-07 --to 2026-06 -f json")
def mrr(
    first: FromOption = None, last: ToOption = None, by: ByOption = "month", workspace: WorkspaceOption = None,
    as_of: AsOfOption = None, known_at: KnownAtOption = None, format: FormatOption = None, output: OutputOption = None,
) -> None:  # fmt: skip
    """MRR, ARR and customers on the last day of each period."""
    from cs_cli.revenue.movements import mrr_rows

    _print("mrr", "MRR", MRR, mrr_rows, "", first, last, by, workspace, as_of, known_at, format, output)


@app.command("movements", epilog="Example: cs metrics movements --from 2025-07 --to 2026-06 --by quarter")
def movements(
    first: FromOption = None, last: ToOption = None, by: ByOption = "month", workspace: WorkspaceOption = None,
    as_of: AsOfOption = None, known_at: KnownAtOption = None, format: FormatOption = None, output: OutputOption = None,
) -> None:  # fmt: skip
    """New, expansion, contraction, churn and reactivation; longer periods are the sum of their months."""
    from cs_cli.revenue.movements import movement_rows

    text = "Start + new + reactivation + expansion - contraction - churn = end."
    _print("movements", "MRR movements", MOVEMENTS, movement_rows, text, first, last, by, workspace, as_of, known_at,
           format, output)  # fmt: skip


@app.command("retention", epilog="Example: cs metrics retention --from 2025-07 --to 2026-06 --by quarter")
def retention(
    first: FromOption = None, last: ToOption = None, by: ByOption = None, workspace: WorkspaceOption = None,
    as_of: AsOfOption = None, known_at: KnownAtOption = None, format: FormatOption = None, output: OutputOption = None,
) -> None:  # fmt: skip
    """NRR, GRR, logo churn and MRR churn between the two ends of each period; without months the last twelve."""
    from cs_cli.revenue.retention import retention_rows

    _print("retention", "Retention", RETENTION, retention_rows, NAMES, first, last, by, workspace, as_of, known_at,
           format, output, trailing=True)  # fmt: skip


def _print(
    key: str, title: str, columns: tuple[Column, ...], rows: Callable[..., list[dict[str, Any]]], text: str,
    first: str | None, last: str | None, by: str | None, workspace: Path | None, as_of: str | None,
    known_at: str | None, format: str | None, output: Path | None, *, trailing: bool = False,
) -> None:  # fmt: skip
    from cs_cli.revenue.movements import prepare
    from cs_cli.revenue.periods import periods, trailing_year

    with open_desk(workspace, as_of, known_at) as desk:
        found: list[Period]
        if trailing and not (first or last or by):
            found = [trailing_year(desk.day)]
        else:
            found = periods(first, last, by, desk.day)
        unknown = prepare(desk.conn, desk.settings, desk.day, desk.known_at, _counted(desk))
        if unknown:
            say(f"{unknown} without a known amount or exchange rate count in no figure: fx in cs.yaml, or cs check")
        made = rows(desk.conn, found, desk.currency)
        emit(flat_report(key, title, columns, made, desk, text=text, empty="No month to show."), format, output)


def _counted(desk: Desk) -> str:
    """Where MRR comes from, by the first set of metrics.yaml; its switches that are not counted here are said."""
    one = desk.definitions.metrics.sets[0]
    if one.churn_day != "ended_on" or one.reactivation_gap_days or one.past_due_is_churn_after is not None:
        say(f"the set {one.name} of metrics.yaml has switches; these figures are the plain definitions")
    return one.mrr_from
