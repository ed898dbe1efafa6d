"""`cs accounts assign`, `cs cases assign`, `cs tasks assign`: give accounts, cases and tasks to somebody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.cases import ByOption, hand_of
from cs_cli.commands.desk import decide_instant, emit, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, OutputOption, WorkspaceOption

if TYPE_CHECKING:
    from cs_cli.cases.hand import Desk as Hand

ToOption = Annotated[str, typer.Option("--to", metavar="WHO", help="A person of cs.yaml, or a role.")]


def assign_accounts(
    accounts: Annotated[list[str], typer.Argument(metavar="ACCOUNT…", help="Ids, domains or parts of names.")],
    csm: Annotated[str, typer.Option("--csm", metavar="WHO", help="A person of cs.yaml.")],
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day on which it holds; else today.")
    ] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Give accounts to a CSM from a day on; their open cases and tasks go along, and a handover sheet is printed.

    One entry, taken back whole with cs log undo. What lists say of earlier days stays as it was.
    """
    from cs_cli.base.days import parse_day_ahead
    from cs_cli.commands.away import person_named
    from cs_cli.reports.handover import build
    from cs_cli.store.clock import set_clock
    from cs_cli.store.connection import transaction
    from cs_cli.store.hand import SOURCE, Record, own_ref, write
    from cs_cli.store.refs import find_account

    with open_desk(workspace, as_of, write=True) as desk:
        who = person_named(desk, csm)
        day = desk.day if since is None else parse_day_ahead(since, desk.day)
        set_clock(desk.conn, desk.day, desk.known_at)
        found = [find_account(desk.conn, text) for text in dict.fromkeys(accounts)]
        numbers = list(dict.fromkeys(one.account for one in found))
        with transaction(desk.conn):
            records = [
                Record("assignment", SOURCE, f"csm:{number}/#", own_ref(desk.conn, number),
                       {"day": day.isoformat(), "role": "csm", "who": who})
                for number in numbers
            ]  # fmt: skip
            author = hand_of(desk, by).who
            entry = write(desk.conn, records, day=desk.day, at=decide_instant(desk.settings), by=author,
                          note=f"csm {who} from {day}")  # fmt: skip
        say(f"#{entry} {_count(len(numbers), 'account')}: csm {who} from {day} · take back: cs log undo {entry}")
        if desk.settings.roles.get("csm", "account.csm") != "account.csm":
            say(f"cs.yaml says csm: {desk.settings.roles['csm']}, whoever an account is given to; with csm: "
                "account.csm in roles: its cases and tasks go along")  # fmt: skip
        ids = {one.account_id for one in found}
        emit(build(desk.conn, desk.definitions, desk.day, who=who, start=day, accounts=ids), format, output)


def assign_tasks(
    tasks: Annotated[list[str], typer.Argument(metavar="TASK…", help="Tasks such as t34 t35.")],
    to: ToOption,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Give tasks to somebody else, who is told with the next cs remind."""
    give(tasks, "t", to, workspace, as_of, by, lambda hand, number, who: hand.give_task(number, who))


def give(
    words: list[str], letter: str, to: str, workspace: Path | None, as_of: str | None, by: str | None,
    act: Callable[[Hand, int, str], Any],
) -> None:  # fmt: skip
    """Each case (letter c) or task (t) goes to a role or person, whole or not at all. Raises UsageError."""
    from cs_cli.cases.hand import number_of
    from cs_cli.commands.tasks import receiver_named
    from cs_cli.store.connection import transaction

    numbers = [number_of(word, letter) for word in dict.fromkeys(words)]
    if not numbers:
        raise UsageError.of("CAS-027", "nothing was named", expected=f"a number such as {letter}12")
    with open_desk(workspace, as_of, write=True, definitions=False) as desk:
        who = receiver_named(desk, to)
        hand = hand_of(desk, by)
        with transaction(desk.conn):
            for number in numbers:
                act(hand, number, who)
    say(f"{', '.join(f'{letter}{number}' for number in numbers)} given to {who}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")

