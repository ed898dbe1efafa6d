"""`cs escalations` (cases of kind escalation) and `cs escalate`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands import cases
from cs_cli.commands.cases import COLUMNS, account_number, hand_of, rows_for
from cs_cli.commands.desk import emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption

app = typer.Typer(add_completion=False, no_args_is_help=True)
escalate_app = typer.Typer(add_completion=False)


@app.command("list", epilog="Example: cs escalations list -f json")
def list_escalations(
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones as well.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List open escalations: red first, then by ARR."""
    from cs_cli.cases.lists import LISTED, escalations

    columns = tuple(column for key in LISTED for column in COLUMNS if column.key == key)
    with open_desk(workspace, as_of, known_at) as desk:
        found = escalations(desk.conn, desk.definitions, desk.day, closed=closed, known_at=desk.known_at)
        emit(
            flat_report(
                "escalations",
                "Escalations",
                columns,
                rows_for(columns, found),
                desk,
                empty="No open escalations. cs run looks for new ones.",
            ),
            format,
            output,
        )


for _verb in cases.app.registered_commands:
    if _verb.name != "list" and _verb.callback is not None:
        app.command(_verb.name, epilog=str(_verb.epilog).replace("cs cases", "cs escalations"))(_verb.callback)


@escalate_app.command(epilog="Example: cs escalate ACME --red 'CEO furious about the outage' --needs product")
def escalate(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, domain or part of the name.")],
    red: Annotated[str | None, typer.Option(metavar="TEXT", help="An emergency: what happened.")] = None,
    amber: Annotated[str | None, typer.Option(metavar="TEXT", help="Urgent: what happened.")] = None,
    needs: Annotated[
        str | None, typer.Option(metavar="ROLE", help="Who must decide: whoever feels it most if it fails.")
    ] = None,
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="A kind of the requests: policy, which has its clocks and decider.")
    ] = "other",
    by: cases.ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Open an escalation by hand, with the clocks and the decider of the requests: policy in cs.yaml."""
    from cs_cli.base.near import did_you_mean
    from cs_cli.cases.policy import hand_clocks
    from cs_cli.definitions.calendar import work_calendar
    from cs_cli.definitions.roles import ROLES
    from cs_cli.store.connection import transaction

    if (red is None) == (amber is None) or not (red or amber or "").strip():
        raise UsageError.of(
            "CAS-028", "an escalation is either red or amber", expected='--red "…" or --amber "…"'
        )
    if needs is not None and needs not in ROLES:
        raise UsageError.of(
            "CAS-029", f'there is no role "{needs}"{did_you_mean(needs, ROLES)}', expected=", ".join(ROLES)
        )
    severity, text = ("red", red) if red is not None else ("amber", amber)
    assert text is not None
    with open_desk(workspace, as_of, write=True, definitions=False) as desk:
        kinds = desk.settings.requests.kinds
        if kind != "other" and kind not in kinds:
            raise UsageError.of(
                "LOG-010", f'"{kind}" is not one of --kind{did_you_mean(kind, kinds)}', expected=", ".join(kinds)
            )
        number = account_number(desk, account)
        clocks: tuple[Any, Any, Any] = hand_clocks(desk.settings, severity, kind)
        calendar = work_calendar(desk.settings, range(desk.day.year, desk.day.year + 2))
        with transaction(desk.conn):
            # without a word of who decides, the requests: policy has one for everything else
            decides = needs or desk.settings.requests.decides.get(kind)
            case = hand_of(desk, by).escalate(number, severity, text, decides, clocks, calendar)
    until = f"; acknowledge by {case.acknowledge_by}, resolve by {case.resolve_by}" if case.resolve_by else ""
    say(f"opened c{case.number} {severity}{until}")
