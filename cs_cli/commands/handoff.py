"""`cs handoff ACCOUNT WORDS --to WHO`: pass on what no rule saw; the other person is told and takes it."""

from __future__ import annotations

from typing import Annotated

import typer

from cs_cli.commands.cases import ByOption, account_number, hand_of
from cs_cli.commands.desk import open_desk, say
from cs_cli.commands.options import AsOfOption, WorkspaceOption

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cs handoff ACME --to am '20 more seats; the budget is their CFO\'s' --amount 9000")
def handoff(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, domain or a unique part of the name.")],
    words: Annotated[str, typer.Argument(metavar="TEXT", help="What the other person must know.")],
    to: Annotated[str, typer.Option("--to", metavar="WHO", help="A role, or a person of cs.yaml.")],
    ask: Annotated[
        str | None, typer.Option("--ask", metavar="TEXT", help="What is asked of them; else TEXT itself.")
    ] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="NUMBER", help="What it may be worth a year.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="fri, 3d, 2026-01-31.")] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Pass something on to a colleague: they are told with your words and the account's numbers, once.

    cs tasks take says that they took it; cs tasks done --outcome won --amount N brings back what came of it.
    """
    from cs_cli.cases.handoffs import hand_over
    from cs_cli.commands.hand import ahead, minor
    from cs_cli.commands.tasks import receiver_named, say_passed
    from cs_cli.intake.hand import needed
    from cs_cli.store.connection import transaction

    with open_desk(workspace, as_of, write=True) as desk:
        receiver = receiver_named(desk, to)
        number = account_number(desk, account)
        code = desk.settings.currency
        worth = None if amount is None else minor(amount, code)
        due = None if until is None else ahead(until, desk.day)
        with transaction(desk.conn):
            one = hand_over(
                hand_of(desk, by), number, receiver, needed(words, "TEXT"), until=due, amount=worth, currency=code,
                ask=None if ask is None else needed(ask, "--ask"),
            )  # fmt: skip
        say(f"t{one.task} {one.do}")
        say_passed(desk, one)
