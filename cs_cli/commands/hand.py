"""What `cs log` and `cs note` share: the account, the author and the day of an entry, and writing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.days import parse_day, parse_day_ahead
from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import Desk, decide_instant, open_desk, say

if TYPE_CHECKING:
    from cs_cli.intake.hand import Hand
    from cs_cli.store.hand import Record

OnOption = Annotated[
    str | None, typer.Option("--on", metavar="DAY", help="When it happened; else today. yesterday, 3d.")
]
WhoOption = Annotated[str | None, typer.Option("--who", metavar="NAME", help="Who says so; else you (cs.yaml me).")]
AccountEntry = Annotated[
    str | None, typer.Argument(metavar="[ACCOUNT]", help="Id, domain or a unique part of the name.")
]


@dataclass
class Log:
    """An entry about to be written: inside one transaction."""

    desk: Desk
    hand: Hand


def account_said(ctx: typer.Context) -> str:
    """The account before the kind. UsageError LOG-012 when it was left out."""
    said = ctx.meta.get("account")
    if said is None:
        raise UsageError.of("LOG-012", "of which account?", next=f"cs log ACCOUNT {ctx.info_name}")
    return str(said)


@contextmanager
def started(account: str, on: str | None, who: str | None, workspace: Path | None, as_of: str | None) -> Iterator[Log]:
    """Opens the desk for writing, finds the account, decides day and author. Whole or nothing."""
    from cs_cli.cases.people import People
    from cs_cli.intake.hand import Hand
    from cs_cli.store.connection import transaction
    from cs_cli.store.refs import find_account

    with open_desk(workspace, as_of, write=True, definitions=False) as desk:
        day = desk.day if on is None else parse_day(on, desk.day)
        if day > desk.day:
            raise UsageError.of("LOG-003", f"{day} is after {desk.day}", name="--on", expected="a day up to today")
        author = (who or People(desk.settings).me or "somebody").strip()
        with transaction(desk.conn):
            found = find_account(desk.conn, account)
            yield Log(desk, Hand(desk.conn, desk.settings, found, day, author))


def save(log: Log, records: Sequence[Record], what: str) -> int | None:
    """Writes the records as one entry and says so with its number; None when they said nothing new."""
    from cs_cli.store.hand import imported_from, write

    hand, desk = log.hand, log.desk
    number = write(desk.conn, records, day=desk.day, at=decide_instant(desk.settings), by=hand.who)
    of = f"{hand.account.name} ({hand.account.account_id})"
    if number is None:
        say(f"{of}: {what}: nothing new, nothing written")
        return None
    say(f"#{number} {of}: {what} · take back: cs log undo {number}")
    for one in records:
        if source := imported_from(desk.conn, one):
            say(f"  this {one.kind} came from {source}: what you said stands, whatever its next export says")
    return number


def ahead(text: str, day: date) -> date:
    """A day to come, as typed after --due. Raises UsageError."""
    return parse_day_ahead(text, day)


def minor(text: str, currency: str) -> int:
    """Minor units of an amount as typed: 4800, 4_800.50. UsageError LOG-013 for anything else."""
    from decimal import Decimal, InvalidOperation

    from cs_cli.base.money import to_minor

    try:
        amount = Decimal(text.replace("_", "").strip())
        if not (text.isascii() and amount.is_finite() and amount >= 0):
            raise ValueError(text)
        return to_minor(amount, currency)
    except (InvalidOperation, ValueError):
        raise UsageError.of(
            "LOG-013", f'"{text}" is not an amount of {currency}', name="--cost", expected="such as 4800 or 4800.50"
        ) from None
