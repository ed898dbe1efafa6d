"""`cs contacts list|role|left`: the people in the accounts."""

from __future__ import annotations

from typing import Annotated

import typer

from cs_cli.commands.cases import ByOption, account_number
from cs_cli.commands.desk import Desk, decide_instant, emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

app = typer.Typer(add_completion=False, no_args_is_help=True)

ContactArgument = Annotated[
    str, typer.Argument(metavar="CONTACT", help="An id, an e-mail address or part of the name.")
]

COLUMNS = (
    Column("contact", "Contact"),
    Column("source", "Source", hidden=True),
    Column("account_id", "Account"),
    Column("name", "Name"),
    Column("email", "E-mail"),
    Column("role", "Role"),
    Column("title", "Title"),
    Column("left_on", "Left", "day"),
    Column("by_hand", "By hand"),
)


@app.callback()
def group() -> None:
    """The people in the accounts: roles, and who has left. What you say wins over the CRM."""


@app.command("list", epilog="Example: cs contacts list ACME")
def list_contacts(
    account: Annotated[str | None, typer.Argument(metavar="ACCOUNT", help="Only of this account.")] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Contacts by role, those who left last."""
    from cs_cli.revenue.contacts import contact_rows
    from cs_cli.store.clock import set_clock

    with open_desk(workspace, as_of, known_at, definitions=False) as desk:
        set_clock(desk.conn, desk.day, desk.known_at)
        number = None if account is None else account_number(desk, account)
        found = [
            {column.key: row[column.key] for column in COLUMNS} for row in contact_rows(desk.conn, desk.day, number)
        ]
        emit(flat_report("contacts", "Contacts", COLUMNS, found, desk, empty="No contacts are known."), format, output)


@app.command("role", epilog="Example: cs contacts role kim@acme.example champion")
def role(
    contact: ContactArgument,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="decision_maker, champion, user, it or billing.")],
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Say which role a contact holds."""
    from cs_cli.revenue.contacts import find_contact, set_role
    from cs_cli.store.clock import set_clock

    with open_desk(workspace, as_of, write=True, definitions=False) as desk:
        set_clock(desk.conn, desk.day)
        entry = set_role(desk.conn, find_contact(desk.conn, desk.day, contact), role, desk.day, *_who(desk, by))
    _said(entry.change_set, entry.text)


@app.command("left", epilog="Example: cs contacts left 'Kim Park' --on 2026-06-15")
def left(
    contact: ContactArgument,
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day; else today.")] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Say that a contact left the company."""
    from cs_cli.base.days import parse_day
    from cs_cli.revenue.contacts import find_contact, set_left
    from cs_cli.store.clock import set_clock

    with open_desk(workspace, as_of, write=True, definitions=False) as desk:
        set_clock(desk.conn, desk.day)
        day = desk.day if on is None else parse_day(on, desk.day)
        entry = set_left(desk.conn, find_contact(desk.conn, desk.day, contact), day, desk.day, *_who(desk, by))
    _said(entry.change_set, entry.text)


def _who(desk: Desk, by: str | None) -> tuple[str, str | None]:
    from cs_cli.cases.people import People

    return decide_instant(desk.settings), by or People(desk.settings).me


def _said(change_set: int, text: str) -> None:
    from cs_cli.base.safe_text import safe_text

    say(f"#{change_set} {safe_text(text)}")
    say(f"to take it back: cs imports undo {change_set}")
