"""`cs contracts list|set`: contract terms from hand, CRM and billing, and what is wrong with them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.cases import ByOption, account_number
from cs_cli.commands.desk import Desk, decide_instant, emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from datetime import date

    from cs_cli.revenue.entries import Writer

app = typer.Typer(add_completion=False, no_args_is_help=True)

COLUMNS = (
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("contract", "Contract"),
    Column("renewal", "Renewal line", hidden=True),
    Column("origin", "Origin", hidden=True),
    Column("source", "Source"),
    Column("state", "State"),
    Column("start_on", "Starts", "day"),
    Column("end_on", "Ends", "day"),
    Column("term_months", "Months", "number"),
    Column("renewal_term_months", "Renews by", "number"),
    Column("assumption", "Assumed"),
    Column("renewal_assumed", "Renewal assumed", "flag", hidden=True),
    Column("term", "Term no.", "number", hidden=True),
    Column("notice_days", "Notice", "days"),
    Column("notice_date", "Notice by", "day"),
    Column("auto_renew", "Auto", "flag"),
    Column("arr", "ARR", "money"),
    Column("expected", "Expected", "money", hidden=True),
    Column("uplift", "Uplift", "percent"),
    Column("by_hand", "By hand"),
)
FINDINGS = (
    Column("account_id", "Id"),
    Column("name", "Account"),
    Column("contract", "Contract"),
    Column("check", "Check"),
    Column("finding", "Finding"),
    Column("next", "Next"),
)


@app.callback()
def group() -> None:
    """Contract terms from hand entries, CRM and billing; a hand entry wins over the CRM, the CRM over billing."""


@app.command("list", epilog="Example: cs contracts list ACME; cs contracts list --lint")
def list_contracts(
    account: Annotated[str | None, typer.Argument(metavar="ACCOUNT", help="Only of this account.")] = None,
    lint: Annotated[
        bool,
        typer.Option(
            "--lint",
            help="What is wrong: gaps, overlaps, no notice, no decision, assumed lengths, CRM against billing. Exit 1.",
        ),
    ] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Every term that runs, rolls or waits for a decision, and who says so."""
    from cs_cli.revenue.contracts import contract_rows
    from cs_cli.revenue.lint import lint as findings

    with open_desk(workspace, as_of, known_at) as desk:
        build_terms(desk, account)
        found: list[dict[str, Any]]
        if lint:
            found = findings(desk.conn, desk.settings, desk.day)
            report = flat_report("lint", "Contracts: findings", FINDINGS, found, desk, empty="Nothing found.")
        else:
            found = [
                {column.key: row[column.key] for column in COLUMNS}
                for row in contract_rows(desk.conn, desk.settings, desk.day.isoformat())
            ]
            report = flat_report(
                "contracts", "Contracts", COLUMNS, found, desk, text=assumed_text(found),
                empty="No contract terms are known.",
            )  # fmt: skip
        emit(report, format, output)
        if lint and found:
            raise typer.Exit(1)


@app.command("set", epilog="Example: cs contracts set ACME --ends 2027-03-31 --notice-days 60 --no-auto-renew; "
    "cs contracts set ACME --term-months 36 --renewal-months 12",)
def set_contract(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, domain or part of the name.")],
    ends: Annotated[str | None, typer.Option(metavar="DAY", help="The day on which the term ends.")] = None,
    starts: Annotated[str | None, typer.Option(metavar="DAY", help="The day on which it began.")] = None,
    term_months: Annotated[
        int | None, typer.Option("--term-months", metavar="N", help="Length of the first term; moves the end with it.")
    ] = None,
    renewal_months: Annotated[
        int | None, typer.Option("--renewal-months", metavar="N", help="By how many months it renews after that.")
    ] = None,
    notice_days: Annotated[
        int | None, typer.Option(metavar="N", help="Calendar days of notice before the end.")
    ] = None,
    auto_renew: Annotated[
        bool | None, typer.Option("--auto-renew/--no-auto-renew", help="Whether it renews itself.")
    ] = None,
    amount: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Of the whole term, such as 24000.")] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="Of the amount; else as before.")] = None,
    uplift: Annotated[str | None, typer.Option(metavar="5%", help="What a year is raised by.")] = None,
    contract: Annotated[
        str | None, typer.Option(metavar="ID", help="Which one, when there are several; or a new one.")
    ] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Write what you know of a contract. It wins over CRM and billing, column by column, until it is taken back."""
    values: dict[str, Any] = {}
    for name, said in (
        ("term_months", term_months), ("renewal_term_months", renewal_months), ("notice_days", notice_days)
    ):  # fmt: skip
        if said is not None:
            values[name] = said
    if auto_renew is not None:
        values["auto_renew"] = auto_renew
    if amount is not None:
        values["amount"] = decimal(amount, "amount")
    if currency is not None:
        values["currency"] = currency
    if uplift is not None:
        values["uplift"] = fraction(uplift)
    with open_desk(workspace, as_of, write=True) as desk:
        if starts is not None:
            values["start_on"] = day_of(starts, desk)
        if ends is not None:
            values["end_on"] = day_of(ends, desk)
        number = build_terms(desk, account)
        assert number is not None
        entry = writer(desk, by).set_contract(number, contract, values)
        say(f"#{entry.change_set} {entry.text}")
        _told(desk, number)
        say(f"to take it back: cs imports undo {entry.change_set}")


def assumed_text(found: list[dict[str, Any]]) -> str:
    """How many terms renew by a length that nobody has said; nothing when none does."""
    count = sum(1 for row in found if row["assumption"])
    if not count:
        return ""
    which = "1 term renews by 12 months" if count == 1 else f"{count} terms renew by 12 months"
    return f"Assumed: {which}, though the first is longer: cs contracts set ACCOUNT --renewal-months N says it."


def _told(desk: Desk, number: int) -> None:
    """What the account's terms look like now."""
    from cs_cli.revenue.contracts import contract_rows

    build_terms(desk, None, number)
    for row in contract_rows(desk.conn, desk.settings, desk.day.isoformat()):
        ends = f"ends {row['end_on']}" if row["end_on"] else "has no end"
        notice = f", notice by {row['notice_date']}" if row["notice_date"] else ""
        by = f" by {row['renewal_term_months']} months" if row["renewal_term_months"] else ""
        by += " (assumed: --renewal-months N says it)" if row["renewal_assumed"] else ""
        auto = f", renews itself{by}" if row["auto_renew"] else ""
        say(f"  {row['contract']} ({row['state']}): {ends}{notice}{auto}")


def build_terms(desk: Desk, account: str | None, number: int | None = None) -> int | None:
    """The terms of one account, or of everybody, on the day. Gives the account's number."""
    from cs_cli.facts.contracts import build_contract_facts
    from cs_cli.revenue.renewals import NEEDS
    from cs_cli.scoring.desk import build_desk

    if account is not None:
        number = account_number(desk, account)
    accounts = None if number is None else [number]
    build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, accounts, NEEDS)
    build_contract_facts(desk.conn, desk.settings, desk.day, mrr_from=desk.definitions.metrics.mrr_from, parts=True)
    return number


def writer(desk: Desk, by: str | None) -> Writer:
    """Whoever writes here, on this day."""
    from cs_cli.cases.people import People
    from cs_cli.revenue.entries import Writer

    return Writer(desk.conn, desk.settings, desk.day, decide_instant(desk.settings), by or People(desk.settings).me)


def day_of(text: str, desk: Desk) -> date:
    """A day of a contract: ISO, or counted from the day that is looked at (90d from now). Raises UsageError."""
    from cs_cli.base.days import parse_day_ahead

    return parse_day_ahead(text, desk.day)


def decimal(text: str, name: str) -> Decimal:
    """An amount as typed: digits, at most one point, no separators. Raises UsageError REV-005."""
    plain = text.strip()
    if plain.isascii() and plain.replace(".", "", 1).removeprefix("-").isdigit():
        try:
            return Decimal(plain)
        except InvalidOperation:
            pass
    raise UsageError.of(
        "REV-005", f"the {name} cannot be read", value=text, expected="digits such as 24000 or 24000.50"
    )


def fraction(text: str) -> float:
    """5% or 0.05 as 0.05. Raises UsageError REV-005."""
    percent = text.strip().endswith("%")
    value = decimal(text.strip().removesuffix("%"), "percentage")
    return float(value / 100 if percent else value)
