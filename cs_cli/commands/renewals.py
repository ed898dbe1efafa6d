"""`cs renewals list|show|close|forecast|calendar`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import Fault, UsageError
from cs_cli.commands.desk import Desk, emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.revenue.runway import WITHIN

if TYPE_CHECKING:
    from cs_cli.reports.model import Column, Report

app = typer.Typer(add_completion=False, no_args_is_help=True)

AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, domain or part of the name.")]
GROUPS = ("owner", "month", "segment")
FAR = 3660


@app.callback()
def group() -> None:
    """What renews next, with notice and decision dates."""


@app.command("list", epilog="Example: cs renewals list --within 90 --by owner -f json")
def list_renewals(
    within: Annotated[
        int, typer.Option(min=0, max=FAR, metavar="DAYS", help="Renewal dates so many days ahead.")
    ] = WITHIN,
    by_decision: Annotated[
        bool, typer.Option("--by-decision", help="Go by the last day to decide (the notice date) instead.")
    ] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="GROUP", help="owner, month or segment.")] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Terms that end within DAYS, and those that ended with no decision; overdue first, then by the last safe day."""
    from cs_cli.commands.contracts import assumed_text
    from cs_cli.reports.renewals import COLUMNS, GROUP
    from cs_cli.revenue.renewals import group_of, renewals

    if by is not None and by not in GROUPS:
        raise _unknown(by, GROUPS, "grouping")
    with open_desk(workspace, as_of, known_at) as desk:
        everything = renewals(desk.conn, desk.definitions, desk.day, FAR, desk.known_at)
        due = [row for row in everything if row["days_to_renewal"] <= within]
        to_decide = [row for row in everything if row["days_to_decide"] is not None and row["days_to_decide"] <= within]
        if by_decision:
            due = to_decide
        else:
            earlier = len([row for row in to_decide if row not in due])
            if earlier:
                say(
                    f"{earlier} more must be decided within {within} days because of their notice period: --by-decision"
                )
        columns: tuple[Column, ...] = COLUMNS
        text = ""
        if by is not None:
            due = sorted(({**row, "group": group_of(row, by)} for row in due), key=lambda row: row["group"])
            columns, text = (*COLUMNS, GROUP), _groups(due, desk)
        text = " ".join(part for part in (text, assumed_text(due)) if part)
        cut = [{column.key: row[column.key] for column in columns} for row in due]
        emit(
            flat_report(
                "renewals", "Renewals", columns, cut, desk, text=text, empty=f"Nothing renews within {within} days."
            ),
            format,
            output,
        )


def _groups(due: list[dict[str, Any]], desk: Desk) -> str:
    from cs_cli.base.money import show

    sums: dict[str, tuple[int, float]] = {}
    for row in due:
        count, arr = sums.get(row["group"], (0, 0.0))
        sums[row["group"]] = (count + 1, arr + (row["arr"] or 0.0))
    return " · ".join(f"{name}: {count}, {show(arr, desk.currency)}" for name, (count, arr) in sums.items())


@app.command("show", epilog="Example: cs renewals show ACME")
def show_renewal(
    account: AccountArgument,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """The renewal of one account: its term, the way there and whose each step is, health and why, what to offer."""
    from cs_cli.commands.cases import account_number
    from cs_cli.reports.renewals import page

    with open_desk(workspace, as_of, known_at) as desk:
        number = account_number(desk, account)
        report = page(desk.conn, desk.definitions, desk.day, account=number, known_at=desk.known_at)
        if report is None:
            raise UsageError.of(
                "REV-002",
                "this account has no term of three months or more to renew",
                next=f"cs contracts list {account}",
            )
        emit(report, format, output)


@app.command("close", epilog="Example: cs renewals close ACME --outcome renewed --amount 24000 --term-months 12")
def close(
    account: AccountArgument,
    outcome: Annotated[str, typer.Option(metavar="WORD", help="renewed, expanded, contracted or churned.")],
    amount: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Of the whole new term; else as before.")] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="Of the amount.")] = None,
    term_months: Annotated[
        int | None, typer.Option(min=1, max=240, metavar="N", help="Length of the new term; else as before.")
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; required when it is lost.")] = None,
    contract: Annotated[str | None, typer.Option(metavar="ID", help="Which renewal, when there are several.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; else you.")] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Say how a renewal ended. A new term in the data closes it too; what you say here wins until it is taken back."""
    from cs_cli.commands.contracts import build_terms, decimal, writer
    from cs_cli.revenue.entries import OUTCOMES

    if outcome not in OUTCOMES:
        raise _unknown(outcome, OUTCOMES, "outcome")
    worth = None if amount is None else decimal(amount, "amount")
    with open_desk(workspace, as_of, write=True) as desk:
        number = build_terms(desk, account)
        assert number is not None
        line, account_id = _line(desk, number, contract)
        entry = writer(desk, by).close(
            number, account_id, line, outcome, amount=worth, currency=currency, months=term_months, reason=reason
        )
    say(f"#{entry.change_set} {entry.text}; to take it back: cs imports undo {entry.change_set}")


def _line(desk: Desk, number: int, contract: str | None) -> tuple[str, str]:
    """The renewal that is meant, and the account's id. Raises UsageError REV-001, REV-002."""
    found = desk.conn.execute(
        "SELECT t.contract, t.renewal_date, f.account_id FROM term t JOIN account_facts f ON f.account = t.account "
        "WHERE t.account = ? AND t.rolling = 0 ORDER BY t.overdue DESC, t.decide_by, t.contract",
        (number,),
    ).fetchall()
    if contract is not None:
        # the id of any part of a co-termed renewal will do
        row = desk.conn.execute(
            "SELECT l.line FROM term_line l WHERE l.account = ? AND (l.part = ? OR l.contract = ?)",
            (number, contract, contract),
        ).fetchone()
        found = [one for one in found if row is not None and one[0] == row[0]]
    if not found:
        raise UsageError.of(
            "REV-002",
            f'there is no renewal "{contract}"' if contract else "there is no renewal to close",
            next="cs contracts list ACCOUNT",
        )
    if len(found) > 1:
        shown = "\n".join(f"{n:2}  {one[0]}  ends {one[1]}" for n, one in enumerate(found, 1))
        raise UsageError(
            [Fault("REV-001", f"the account has {len(found)} renewals", excerpt=shown)],
            next="add --contract with one of the ids",
        )
    return found[0][0], found[0][2]


@app.command("forecast", epilog="Example: cs renewals forecast --months 6 --freeze")
def forecast(
    months: Annotated[int, typer.Option(min=1, max=60, metavar="N", help="So many months ahead.")] = 3,
    method: Annotated[str, typer.Option(metavar="HOW", help="bands, history or hand.")] = "bands",
    likelihood: Annotated[
        list[str] | None,
        typer.Option("--likelihood", metavar="BAND=PERCENT", help="With --method hand: green=95%, or CONTRACT=100%."),
    ] = None,
    freeze: Annotated[bool, typer.Option("--freeze", help="Keep it, to be compared with what happens.")] = False,
    score: Annotated[bool, typer.Option("--score", help="Compare the kept ones with what happened.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What will renew: commit, likely and at risk by month and owner, each total with its accounts."""
    from cs_cli.reports.renewals import forecast_report, score_report

    with open_desk(workspace, as_of, known_at, write=freeze) as desk:
        report: Report
        if score:
            report = score_report(desk.conn, desk.definitions, desk.day)
        else:
            report = _forecast(desk, months, method, _likelihoods(likelihood, method), freeze, forecast_report)
        emit(report, format, output)


def _forecast(desk: Desk, months: int, method: str, by_hand: dict[str, float], keep: bool, report: Any) -> Report:
    from cs_cli.base.days import add_months
    from cs_cli.commands.desk import decide_instant
    from cs_cli.revenue import forecast as work
    from cs_cli.revenue.renewals import renewals

    until = add_months(desk.day, months)
    chances, origin = work.likelihoods(desk.conn, desk.definitions, desk.day, method, by_hand)
    due = renewals(desk.conn, desk.definitions, desk.day, (until - desk.day).days, desk.known_at)
    work.check_names(by_hand, due)
    found = work.forecast_rows(due, chances)
    if keep:
        at = decide_instant(desk.settings)
        new = work.freeze(desk.conn, found, desk.day, at, method, until, desk.currency)
        say(f"kept as the forecast of {desk.day}" if new else "this very forecast is kept already")
    made: Report = report(found, desk.definitions, desk.day, until, origin)
    return made


def _likelihoods(said: list[str] | None, method: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in said or ():
        name, _, value = text.rpartition("=")
        number = value.strip().removesuffix("%")
        plain = number.isascii() and number.replace(".", "", 1).isdigit()
        share = float(number) / 100 if plain and value.strip().endswith("%") else float(number) if plain else -1.0
        if not name.strip() or not 0 <= share <= 1 or method != "hand":
            raise UsageError.of(
                "REV-015",
                "a likelihood is a band or contract with a share, for --method hand",
                value=text,
                expected="green=95%",
            )
        found[name.strip()] = share
    return found


@app.command("calendar", epilog="Example: cs renewals calendar -o renewals.ics")
def calendar(
    within: Annotated[
        int, typer.Option(min=0, max=FAR, metavar="DAYS", help="Renewal dates so many days ahead.")
    ] = 365,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="The .ics file to write.")
    ] = None,
) -> None:
    """Renewals and last safe days for your calendar, with alarms; importing it again updates, never doubles."""
    from cs_cli.commands.desk import deliver_payload
    from cs_cli.revenue.calendar import calendar as ics
    from cs_cli.revenue.renewals import renewals

    with open_desk(workspace, as_of, known_at) as desk:
        standing = renewals(desk.conn, desk.definitions, desk.day, FAR, desk.known_at)
        found = [row for row in standing if row["days_to_renewal"] <= within]
        before = output.read_bytes() if output is not None and output.is_file() else None
        payload = ics(desk.conn, found, desk.day, desk.settings.company, desk.currency, before, standing)
    deliver_payload(payload if output is not None else payload.decode(), output)


def _unknown(word: str, words: tuple[str, ...], what: str) -> UsageError:
    from cs_cli.base.near import did_you_mean

    error = UsageError.of(
        "REV-011", f'"{word}" is not a known {what}{did_you_mean(word, words)}', expected=", ".join(words)
    )
    assert isinstance(error, UsageError)
    return error
