"""`cs accounts list|show` and `cs show`."""

from __future__ import annotations

from typing import Annotated

import typer

from cs_cli.commands import accounts_forget, accounts_match, assign
from cs_cli.commands.desk import Desk, emit, flat_report, open_desk
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption

app = typer.Typer(add_completion=False, no_args_is_help=True)
show_app = typer.Typer(add_completion=False)


@app.command("list", epilog="Example: cs accounts list --all -f csv -o accounts.csv")
def list_accounts(
    everybody: Annotated[bool, typer.Option("--all", help="Prospects, trials and churned accounts too.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List the customers: ARR, owner, segments and health, the largest first."""
    from cs_cli.reports.common import ACCOUNT_COLUMNS, facts_of
    from cs_cli.scoring.desk import build_desk

    names = [column.key for column in ACCOUNT_COLUMNS]
    with open_desk(workspace, as_of, known_at) as desk:
        build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need=names)
        found = facts_of(desk.conn, names, customers_only=not everybody)
        empty = "No customers yet. Import your exports: cs import FILE…"
        emit(flat_report("accounts", "Accounts", ACCOUNT_COLUMNS, found, desk, empty=empty), format, output)


@app.command("show", epilog="Example: cs accounts show ACME --as-of 30d")
def show(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, domain or a unique part of the name.")],
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """One account on one page: health and why, contracts, people, open cases, what happened lately."""
    from cs_cli.reports.account import build

    with open_desk(workspace, as_of, known_at) as desk:
        number = find_number(desk, account)
        emit(build(desk.conn, desk.definitions, desk.day, account=number, known_at=desk.known_at), format, output)


show_app.command("show", epilog="Example: cs show ACME")(show)
accounts_match.add_to(app)
app.command("assign", epilog="Example: cs accounts assign ACME Norden --csm Tom --from mon -o handover.md")(
    assign.assign_accounts
)
app.command("forget", epilog="Example: cs accounts forget ACME --dry-run")(accounts_forget.forget)


def find_number(desk: Desk, text: str) -> int:
    """The account number behind an id, a domain or a unique part of the name. Raises UsageError."""
    from cs_cli.store.clock import set_clock
    from cs_cli.store.refs import find_account

    set_clock(desk.conn, desk.day, desk.known_at)
    return find_account(desk.conn, text).account
