"""`cs note ACCOUNT TEXT`: after the call, in one line: a touch, the next step as a task, a pulse."""

from __future__ import annotations

from typing import Annotated

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import say
from cs_cli.commands.hand import OnOption, WhoOption, ahead, save, started
from cs_cli.commands.options import AsOfOption, WorkspaceOption

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cs note ACME 'budget cut' --call --mood bad --next 'send deck' --by fri --pulse 2")
def note(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, domain or a unique part of the name.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was said.")],
    call: Annotated[bool, typer.Option("--call", help="It was a call.")] = False,
    email: Annotated[bool, typer.Option("--email", help="It was an e-mail.")] = False,
    meeting: Annotated[bool, typer.Option("--meeting", help="It was a meeting.")] = False,
    qbr: Annotated[bool, typer.Option("--qbr", help="It was a business review.")] = False,
    mood: Annotated[str | None, typer.Option("--mood", metavar="MOOD", help="good, neutral or bad.")] = None,
    person: Annotated[str | None, typer.Option("--with", metavar="NAME", help="Whom you spoke to.")] = None,
    step: Annotated[
        str | None, typer.Option("--next", metavar="TEXT", help="The next step; it becomes a task.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="DAY", help="When the next step is due: fri, 3d, 2026-01-31.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="WHO", help="Whose task: a person or a role; else yours.")
    ] = None,
    pulse: Annotated[
        int | None, typer.Option("--pulse", metavar="1..5", help="A pulse as well, with TEXT as its reason.")
    ] = None,
    on: OnOption = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Write down a conversation: a touch, and with --next a task, with --pulse a pulse. Without a kind it is a note."""
    from cs_cli.commands.cases import hand_of
    from cs_cli.intake.hand import needed

    kinds = [word for word, said in (("call", call), ("email", email), ("meeting", meeting), ("qbr", qbr)) if said]
    if len(kinds) > 1:
        raise UsageError.of("LOG-010", "a touch is of one kind", name="--" + " --".join(kinds), expected="one of them")
    if step is None and (by or owner):
        raise UsageError.of("LOG-009", "--by and --owner need a next step", name="--next", expected="--next TEXT")
    with started(account, on, who, workspace, as_of) as log:
        hand, desk = log.hand, log.desk
        said, task = needed(text, "TEXT"), None if step is None else needed(step, "--next")
        # the step is due after today, also when the conversation was last week
        due = None if by is None else ahead(by, desk.day)
        if kinds or mood or person or task:
            records = [hand.touch(kinds[0] if kinds else "call", mood, said, person, task, due)]
        else:
            records = [hand.note(said)]
        if pulse is not None:
            records.append(hand.pulse(pulse, said))
        what = " + ".join([*(record.kind for record in records), *(["task"] if task else [])])
        number = save(log, records, what)
        if task is not None and number is not None:
            made = hand_of(desk, hand.who).add_task(hand.account.account, task, due, owner or hand.who, number)
            say(f"t{made.number} {task}" + (f", due {due}" if due else "") + f" · cs tasks done t{made.number}")
