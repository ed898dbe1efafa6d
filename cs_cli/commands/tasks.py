"""`cs tasks list|done|skip|take|passed`: what playbooks ask people to do, and what one passes on to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands import assign
from cs_cli.commands.cases import BecauseOption, ByOption, account_number, hand_of, rows_for
from cs_cli.commands.desk import Desk, emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from cs_cli.cases.hand import Desk as Hand
    from cs_cli.cases.handoffs import Passed

app = typer.Typer(add_completion=False, no_args_is_help=True)

TasksArgument = Annotated[list[str], typer.Argument(metavar="TASK…", help="Tasks such as t34 t35.")]

COLUMNS = (
    Column("task", "Task"),
    Column("case", "Case"),
    Column("playbook", "Playbook", hidden=True),
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("severity", "Severity", "severity"),
    Column("do", "Do"),
    Column("owner", "Owner"),
    Column("role", "Role", hidden=True),
    Column("due", "Due", "day"),
    Column("overdue", "Late", "flag"),
    Column("state", "State", hidden=True),
    Column("done_on", "Done", "day", hidden=True),
    Column("why", "Why", hidden=True),
    Column("handoff_to", "Then to", hidden=True),
    Column("passes", "Pass on", hidden=True),
)


@app.command("list", epilog="Example: cs tasks list --due week --owner Sam")
def list_tasks(
    due: Annotated[str | None, typer.Option(metavar="DAY", help="week, fri, 14d: due by then.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="WHO", help="A person, or a role.")] = None,
    account: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Only of this account.")] = None,
    finished: Annotated[bool, typer.Option("--all", help="Done, skipped and waiting ones as well.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List open tasks, the most overdue first."""
    from cs_cli.base.days import parse_day_ahead
    from cs_cli.cases.lists import expired_since, tasks

    with open_desk(workspace, as_of, known_at) as desk:
        by = None if due is None else parse_day_ahead("7d" if due == "week" else due, desk.day)
        number = None if account is None else account_number(desk, account)
        found = tasks(
            desk.conn,
            desk.definitions,
            desk.day,
            account=number,
            due_by=by,
            owner=_owner(desk, owner),
            finished=finished,
            known_at=desk.known_at,
        )
        if expired := expired_since(desk.conn, desk.day, 30):
            say(f"{expired} steps of quiet runways expired in the last 30 days: nobody wrote of them (see --all)")
        emit(
            flat_report("tasks", "Tasks", COLUMNS, rows_for(COLUMNS, found), desk, empty="Nothing to do."),
            format,
            output,
        )


def _owner(desk: Desk, who: str | None) -> str | None:
    """A role as it stands, a person of cs.yaml by any name, or whoever else owns a task. Raises UsageError USE-044."""
    from cs_cli.cases.lists import tasks
    from cs_cli.commands.away import person_named
    from cs_cli.definitions.roles import ROLES

    if who is None or who.casefold() in ROLES:
        return who
    try:
        return person_named(desk, who)
    except UsageError:
        if any(tasks(desk.conn, desk.definitions, desk.day, owner=who, finished=True, known_at=desk.known_at)):
            return who
        raise


@app.command("done", epilog="Example: cs tasks done t34 --passed 'they want 20 seats; the budget is their CFO\'s'")
def done(
    tasks: TasksArgument,
    because: BecauseOption = "",
    passed: Annotated[
        str | None, typer.Option("--passed", metavar="TEXT", help="What you pass on to the next role; it is told.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="WHO", help="Whom: a role or person; else whom the playbook names.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="WORD", help="How what was passed on ended: won, lost or done.")
    ] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="NUMBER", help="What was won or lost, a year.")
    ] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """A task is done; what waits for it may start.

    With --passed the work goes on to somebody, who is told with the next cs remind; with --outcome what was passed on
    to you comes back to whoever found it.
    """
    from cs_cli.cases.handoffs import end, pass_on
    from cs_cli.commands.hand import minor

    if to is not None and passed is None:
        raise UsageError.of("CAS-041", "--to goes with --passed", name="--to", expected="--passed TEXT")
    if amount is not None and outcome is None:
        raise UsageError.of("CAS-041", "--amount goes with --outcome", name="--amount", expected="--outcome WORD")
    why = "; ".join(part for part in (because, f"passed on: {passed}" if passed else "", outcome or "") if part)
    given: list[Passed] = []

    def act(desk: Desk, hand: Hand, number: int) -> None:
        hand.finish_task(number, why)
        if outcome is not None:
            code = desk.settings.currency
            end(hand, number, outcome, None if amount is None else minor(amount, code), code)
        if passed is not None:
            books = {book.playbook: book for book in desk.definitions.playbooks}
            receiver = None if to is None else receiver_named(desk, to)
            given.append(pass_on(hand, number, passed, receiver, books))

    with _each(tasks, workspace, as_of, by, act, "done", definitions=passed is not None) as desk:
        for one in given:
            say_passed(desk, one)


@app.command("take", epilog="Example: cs tasks take t57 --by Tom --answer 'I call them on Friday'")
def take(
    tasks: TasksArgument,
    answer: Annotated[str, typer.Option("--answer", metavar="TEXT", help="What they said to it.")] = "",
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Somebody takes what was passed on to them; until then it stands in cs today after two working days."""
    from cs_cli.cases.handoffs import take as take_one

    with _each(tasks, workspace, as_of, by, lambda _, hand, number: take_one(hand, number, answer), "taken"):
        pass


PASSED = (
    Column("task", "Task"),
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("giver", "From"),
    Column("to", "To"),
    Column("do", "Asked", hidden=True),
    Column("words", "Words"),
    Column("amount", "Worth", "money"),
    Column("currency", "Currency", hidden=True),
    Column("passed_on", "Passed on", "day"),
    Column("due", "Until", "day"),
    Column("told_on", "Told", "day"),
    Column("taken_on", "Taken", "day"),
    Column("answer", "Answer"),
    Column("state", "State"),
    Column("outcome_amount", "Came back", "money"),
)


@app.command("passed", epilog="Example: cs tasks passed --waiting")
def passed_list(
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what nobody has taken.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What was passed on to whom, when they were told, whether they took it, and how it ended for whoever found it."""
    from cs_cli.cases.lists import handed_over

    with open_desk(workspace, as_of) as desk:
        found = [
            row for row in handed_over(desk.conn, desk.definitions, desk.day)
            if not waiting or row["state"] == "waiting"
        ]
        emit(
            flat_report("passed", "Passed on", PASSED, rows_for(PASSED, found), desk, empty="Nothing was passed on."),
            format, output,
        )  # fmt: skip


def receiver_named(desk: Desk, to: str) -> str:
    """A role, or a person of cs.yaml by any name. Raises UsageError USE-044."""
    from cs_cli.commands.away import person_named
    from cs_cli.definitions.roles import ROLES

    return to.casefold() if to.casefold() in ROLES else person_named(desk, to)


def say_passed(desk: Desk, one: Passed) -> None:
    """Who is told, and how; where no channel reaches anybody, a mail can be made of it."""
    from cs_cli.cases.lists import handed_over
    from cs_cli.cases.people import People
    from cs_cli.deliver.due import kind_of
    from cs_cli.deliver.passed import channels_of

    (row,) = (row for row in handed_over(desk.conn, desk.definitions, desk.day) if row["number"] == one.task)
    person = row["to"]
    if person is None or person == People(desk.settings).me:
        say(f"t{one.task} is yours: {one.owner} is nobody else here")
        return
    channels = channels_of(desk.settings, person)
    said = f"t{one.task} goes to {person}" + (f" ({one.owner})" if one.owner != person else "")
    if all(kind_of(desk.settings, channel) == "stdout" for channel in channels):
        say(f"{said}: no channel of cs.yaml reaches anybody; a mail to send: cs draft t{one.task} -o t{one.task}.eml")
    else:
        say(f"{said} with the next cs remind, by {', '.join(channels)}; or as a mail: cs draft t{one.task} -o FILE.eml")


app.command("assign", epilog="Example: cs tasks assign t34 t35 --to Tom")(assign.assign_tasks)


@app.command("skip", epilog="Example: cs tasks skip t34 --because 'they asked us not to'")
def skip(
    tasks: TasksArgument,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="The reason; required.")] = "",
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """A task will not be done, and why."""
    with _each(tasks, workspace, as_of, by, lambda _, hand, number: hand.skip_task(number, because), "skipped"):
        pass


@contextmanager
def _each(
    tasks: list[str], workspace: Any, as_of: str | None, by: str | None, act: Callable[[Desk, Hand, int], object],
    word: str, *, definitions: bool = False,
) -> Iterator[Desk]:  # fmt: skip
    """Do it to each task, whole or not at all, and say so; the desk is still open inside."""
    from cs_cli.cases.hand import number_of
    from cs_cli.store.connection import transaction

    numbers = [number_of(task, "t") for task in dict.fromkeys(tasks)]
    with open_desk(workspace, as_of, write=True, definitions=definitions) as desk:
        hand = hand_of(desk, by)
        with transaction(desk.conn):
            for number in numbers:
                act(desk, hand, number)
        say(f"{word} {', '.join(f't{number}' for number in numbers)}")
        yield desk
