"""`cs metrics …`: numbers of revenue and of customers, each with what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands import metrics_adoption
from cs_cli.commands.desk import Desk, emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

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
# where somebody left of whom nobody knows what they paid
UNKNOWN_CHURN = (
    Column("unknown_churned", "Left, MRR unknown", "number"), Column("unknown_accounts", "Who", hidden=True),
)  # fmt: skip
NOT_KNOWN = (Column("unknown", "Not known", "money"), Column("unclear_accounts", "Whose", hidden=True))
UNKNOWN_LEFT = (
    Column("unknown_customers", "Left, MRR unknown", "number"), Column("unknown_accounts", "Who", hidden=True),
    Column("nrr_at_most", "NRR at most", "percent"), Column("grr_at_most", "GRR at most", "percent"),
)  # fmt: skip
LEFT = (
    Column("month", "Month"), Column("account_id", "Id", hidden=True), Column("name", "Account"),
    Column("paid_until", "Paid until", "day"), Column("mrr", "MRR", "money"),
    Column("arr", "ARR", "money", hidden=True), Column("reason", "Reason"),
    Column("voluntary", "Voluntary", "flag", hidden=True), Column("competitor", "Competitor"), Column("plan", "Plan"),
    Column("owner", "Owner"),
    Column("sold_by", "Sold by"), Column("customer_since", "Since", "day", hidden=True),
    Column("months", "Months", "number"),
)  # fmt: skip
SHARES = (
    Column("group", "Group"), Column("start_customers", "Customers", "number"),
    Column("churned_customers", "Left", "number"), Column("logo_churn", "Logo churn", "percent"),
    Column("logo_churn_low", "from", "percent"), Column("logo_churn_high", "to", "percent"),
    Column("start_mrr", "Start MRR", "money"), Column("churned_mrr", "Churned MRR", "money"),
    Column("mrr_churn", "MRR churn", "percent"),
)  # fmt: skip
COHORTS = (
    Column("cohort", "First MRR"), Column("customers", "Customers", "number"), Column("mrr", "MRR", "money"),
)  # fmt: skip
VOICE = (
    Column("period", "Period"), Column("nps", "NPS", "score"), Column("nps_answers", "Answers", "number"),
    Column("promoters", "9–10", "number"), Column("passives", "7–8", "number"), Column("detractors", "0–6", "number"),
    Column("nps_low", "from", "score"), Column("nps_high", "to", "score"),
    Column("csat", "CSAT", "percent"), Column("csat_answers", "Answers", "number"),
    Column("csat_positive", "Positive", "number", hidden=True), Column("csat_low", "from", "percent"),
    Column("csat_high", "to", "percent"), Column("ticket_csat", "Ticket CSAT", "percent"),
    Column("ticket_answers", "Ratings", "number"), Column("ticket_positive", "Good", "number", hidden=True),
    Column("ticket_low", "from", "percent"), Column("ticket_high", "to", "percent"),
)  # fmt: skip
VALUE = (
    Column("period", "Began"), Column("started", "Customers", "number"), Column("reached", "Reached value", "number"),
    Column("reached_low", "from", "percent"), Column("reached_high", "to", "percent"),
    Column("waiting", "Waiting", "number"), Column("left", "Left before", "number"),
    Column("median_days", "Median days", "number"), Column("fastest", "Fastest", "days"),
    Column("slowest", "Slowest", "days"),
)  # fmt: skip
WAITING = (
    Column("account_id", "Id", hidden=True), Column("name", "Account"), Column("customer_since", "Since", "day"),
    Column("days", "Waits", "days"), Column("arr", "ARR", "money"), Column("owner", "Owner"),
    Column("sold_by", "Sold by"),
)  # fmt: skip
GROUPED = "plan, owner, sold_by, industry, country or a dimension of segments.yaml"
FACTS = ("owner", "sold_by", "industry", "country")
NOBODY = "No customers at the start."
NAMES = "NRR is net revenue retention, GRR gross revenue retention; the interval is given up to 200 customers."


@app.callback()
def group() -> None:
    """MRR, movements, retention, churn, cohorts; NPS, CSAT, time to value. Exact definitions in docs/renewals.md."""


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


@app.command("retention", epilog="Example: cs metrics retention --split owner")
def retention(
    first: FromOption = None, last: ToOption = None, by: ByOption = None,
    split: Annotated[str | None, typer.Option("--split", metavar="WORD", help=f"A row for each {GROUPED}.")] = None,
    workspace: WorkspaceOption = None, as_of: AsOfOption = None, known_at: KnownAtOption = None,
    format: FormatOption = None, output: OutputOption = None,
) -> None:  # fmt: skip
    """NRR, GRR, logo churn and MRR churn between the two ends of each period; without months the last twelve."""
    from cs_cli.revenue.periods import period_or_year
    from cs_cli.revenue.retention import retention_rows, unknown_text

    with open_desk(workspace, as_of, known_at) as desk:
        found = period_or_year(first, last, by, desk.day)
        columns, group_on = list(RETENTION), None
        if split is not None:
            columns.insert(1, Column("group", split.replace("_", " ").capitalize()))
            group_on = _groups(desk, split, [period.start for period in found])
        _lay_out(desk)
        made = retention_rows(desk.conn, found, desk.currency, group_on)
        unknown = [f"{row['period']}{', ' + row['group'] if split else ''}: {said}." for row in made
                   if (said := unknown_text(row))]  # fmt: skip
        text = " ".join([NAMES, *unknown])
        columns += UNKNOWN_LEFT if any(row["unknown_customers"] for row in made) else ()
        report = flat_report("retention", "Retention", columns, made, desk, text=text, empty=NOBODY)
        emit(report, format, output)


@app.command("churn", epilog="Example: cs metrics churn --by sold_by")
def churn(
    first: FromOption = None, last: ToOption = None,
    by: Annotated[str | None, typer.Option("--by", metavar="WORD",
                                           help=f"Shares instead of names: by reason, {GROUPED}.")] = None,
    workspace: WorkspaceOption = None, as_of: AsOfOption = None, known_at: KnownAtOption = None,
    format: FormatOption = None, output: OutputOption = None,
) -> None:  # fmt: skip
    """Who left, what they paid and why; or with --by the share that left. Without months the last twelve."""
    from cs_cli.revenue.churn import left_rows, share_rows
    from cs_cli.revenue.periods import period_or_year, periods

    with open_desk(workspace, as_of, known_at) as desk:
        if by is None:
            known = facts_by_account(desk, FACTS)
            _lay_out(desk)
            made = left_rows(desk.conn, periods(first, last, "month", desk.day), desk.currency, known)
            text = "The MRR of a month adds up to the churn of cs metrics movements."
            if unknown := sum(row["mrr"] is None for row in made):
                text += f" Of {unknown} who left nobody knows what they paid: cs check."
            report = flat_report("churn", "Churn", LEFT, made, desk, text=text, empty="Nobody left.")
        else:
            (period,) = period_or_year(first, last, None, desk.day)
            group_on = None if by == "reason" else _groups(desk, by, [period.start], "reason")
            _lay_out(desk)
            made = share_rows(desk.conn, period, desk.currency, group_on)
            text = f"{period.name}: of the customers at its start; the interval is given up to 200 customers."
            columns = [*SHARES]
            if any(row["unknown_customers"] for row in made):
                columns.append(UNKNOWN_LEFT[0])
                text += " MRR churn is unknown where nobody knows what some who left paid: cs metrics churn."
            title = f"Churn by {by}"
            empty = "Nobody left." if by == "reason" else NOBODY
            report = flat_report("churn", title, columns, made, desk, text=text, empty=empty)
        emit(report, format, output)


@app.command("cohorts", epilog="Example: cs metrics cohorts --by quarter --of customers")
def cohorts(
    first: FromOption = None, last: ToOption = None, by: ByOption = "month",
    of: Annotated[str, typer.Option("--of", metavar="WORD", help="What is left of them: mrr or customers.")] = "mrr",
    workspace: WorkspaceOption = None, as_of: AsOfOption = None, known_at: KnownAtOption = None,
    format: FormatOption = None, output: OutputOption = None,
) -> None:  # fmt: skip
    """Accounts by the month of their first MRR, and the share that is left of them each month after."""
    from cs_cli.revenue.cohorts import OF, cohort_rows
    from cs_cli.revenue.periods import periods

    if of not in OF:
        raise UsageError.of("REV-011", f'"{of}" is nothing that cohorts are counted in', expected=" or ".join(OF))
    with open_desk(workspace, as_of, known_at) as desk:
        by = by or "month"
        shown = periods(first, last, by, desk.day)
        found = periods(f"{shown[0].months[0][1]:%Y-%m}", None, by, desk.day)
        _lay_out(desk)
        made = cohort_rows(desk.conn, len(shown), found, desk.currency, of)
        columns = [*COHORTS]
        for k in range(len(found)):
            columns += [
                Column(f"share_{k}", str(k), "percent"),
                Column(f"kept_{k}", f"Left {k}", "money" if of == "mrr" else "number", hidden=True),
            ]
        text = f"Share of the {'MRR' if of == 'mrr' else 'customers'} of the first {by}, so many {by}s later."
        report = flat_report("cohorts", "Cohorts", columns, made, desk, text=text, empty="No month to show.")
        emit(report, format, output)


@app.command("voice", epilog="Example: cs metrics voice --by month")
def voice(
    first: FromOption = None, last: ToOption = None, by: ByOption = "quarter", workspace: WorkspaceOption = None,
    as_of: AsOfOption = None, known_at: KnownAtOption = None, format: FormatOption = None, output: OutputOption = None,
) -> None:  # fmt: skip
    """NPS and CSAT by period, with how many answered what."""
    from cs_cli.revenue.periods import periods
    from cs_cli.revenue.voice import voice_rows
    from cs_cli.store.clock import set_clock

    with open_desk(workspace, as_of, known_at) as desk:
        found = periods(first, last, by, desk.day)
        set_clock(desk.conn, desk.day, desk.known_at)
        text = "NPS (net promoter score) is of the latest answer of each person in the period."
        report = flat_report("voice", "NPS and CSAT", VOICE, voice_rows(desk.conn, found), desk, text=text)
        emit(report, format, output)


@app.command("value", epilog="Example: cs metrics value --by quarter")
def value(
    first: FromOption = None, last: ToOption = None, by: ByOption = "quarter",
    split: Annotated[str | None, typer.Option("--split", metavar="WORD", help=f"A row for each {GROUPED}.")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Who still waits for it, the longest first.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None, known_at: KnownAtOption = None, format: FormatOption = None, output: OutputOption = None,
) -> None:  # fmt: skip
    """Time to value of those who became customers in a period; who still waits counts as waiting.

    --split shows whom it takes long with: by seller, owner, segment or implementation_declined.
    """
    from cs_cli.revenue.periods import periods
    from cs_cli.revenue.value import FACTS as NEEDED
    from cs_cli.revenue.value import value_rows, waiting_rows

    with open_desk(workspace, as_of, known_at) as desk:
        found = periods(first, last, by, desk.day)
        if split is not None:
            check_split(desk, split, "implementation_declined")
        known = facts_by_account(desk, [*NEEDED, "status", "arr", "owner", "sold_by", *([split] if split else [])])
        if waiting:
            rows = waiting_rows(known.values(), found, desk.day)
            made = [{column.key: row[column.key] for column in WAITING} for row in rows]
            empty = "Nobody waits for first value."
            emit(flat_report("waiting", "Waiting for first value", WAITING, made, desk, empty=empty), format, output)
            return
        made = value_rows(known.values(), found, desk.day, split)
        text = (
            "From the first contract or payment to the first-value milestone; the median counts those who wait, too. "
            "The interval is of the share that reached it, up to 200 customers."
        )
        columns = (Column("group", split.replace("_", " ").capitalize()), *VALUE) if split else VALUE
        emit(flat_report("value", "Time to value", columns, made, desk, text=text), format, output)


def _print(
    key: str, title: str, columns: tuple[Column, ...], rows: Callable[..., list[dict[str, Any]]], text: str,
    first: str | None, last: str | None, by: str | None, workspace: Path | None, as_of: str | None,
    known_at: str | None, format: str | None, output: Path | None,
) -> None:  # fmt: skip
    from cs_cli.revenue.periods import periods

    with open_desk(workspace, as_of, known_at) as desk:
        found = periods(first, last, by, desk.day)
        _lay_out(desk)
        made = rows(desk.conn, found, desk.currency)
        for row in made:
            if row.get("unknown_churned"):
                columns = (*columns, *UNKNOWN_CHURN) if columns == MOVEMENTS else columns
                text += (f" {row['period']}: churn leaves out {row['unknown_churned']} who left and paid nobody knows "
                         f"what ({row['unknown_accounts']}).")  # fmt: skip
            if "unknown" in row and key == "movements":
                text += (f" {row['period']}: {row['unknown']:+,.2f} is no movement: what {row['unclear_accounts']} paid"
                         " at one end nobody knows.")  # fmt: skip
        if key == "movements" and any("unknown" in row for row in made):
            columns = (*columns, *NOT_KNOWN)
        made = [{column.key: row.get(column.key) for column in columns} for row in made]
        emit(flat_report(key, title, columns, made, desk, text=text, empty="No month to show."), format, output)


def _lay_out(desk: Desk) -> None:
    """Who paid what when; what has no known amount is said."""
    from cs_cli.facts.invoice_notes import origins_in_words
    from cs_cli.revenue.movements import prepare

    unknown = prepare(desk.conn, desk.settings, desk.day, desk.known_at, _counted(desk))
    if (origins := origins_in_words(desk.conn, desk.day)) is not None:
        say(f"MRR comes from {origins}")
    if unknown:
        say(f"{unknown} without a known amount or exchange rate count in no figure: fx in cs.yaml, or cs check")


def _groups(desk: Desk, by: str, days: Sequence[date], *others: str) -> Callable[[date], Mapping[int, str | None]]:
    """One of these days → account → its group on that day: who left is in no tier of today.

    Call before _lay_out. others: words that are understood besides. Raises UsageError REV-011.
    """
    check_split(desk, by, *others)
    if by == "plan":
        from cs_cli.revenue.churn import plans_on

        return lambda day: plans_on(desk.conn, day)
    groups = {day: {account: row[by] for account, row in facts_by_account(desk, [by], day).items()} for day in days}
    return groups.__getitem__


def check_split(desk: Desk, by: str, *others: str) -> None:
    """UsageError REV-011 unless it is a word that customers are grouped by."""
    words = (*others, "plan", *FACTS, *(dimension.name for dimension in desk.definitions.segments.dimensions))
    if by not in words:
        from cs_cli.base.near import did_you_mean

        raise UsageError.of(
            "REV-011", f'"{by}" is nothing to group customers by{did_you_mean(by, words)}', expected=", ".join(words)
        )


def facts_by_account(desk: Desk, names: Sequence[str], day: date | None = None) -> dict[int, dict[str, Any]]:
    """Account number → account_id, name and these facts of the day (else the desk's), of everybody."""
    from cs_cli.reports.common import facts_of
    from cs_cli.scoring.desk import build_desk

    wanted = ["account_id", "name", *names]
    build_desk(desk.conn, desk.definitions, day or desk.day, desk.known_at, need=wanted)
    found = facts_of(desk.conn, ["account", *wanted], customers_only=False, order="account")
    return {row["account"]: row for row in found}


def _counted(desk: Desk) -> str:
    """Where MRR comes from, by the first set of metrics.yaml; its switches that are not counted here are said."""
    one = desk.definitions.metrics.sets[0]
    if one.churn_day != "ended_on" or one.reactivation_gap_days or one.past_due_is_churn_after is not None:
        say(f"the set {one.name} of metrics.yaml has switches; these figures are the plain definitions")
    return one.mrr_from


app.command("adoption", epilog="Example: cs metrics adoption --split csm")(metrics_adoption.adoption)
