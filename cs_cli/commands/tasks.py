"""`cs tasks list|done|skip`: what playbooks ask people to do."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cs_cli.commands.cases import BecauseOption, ByOption, account_number, hand_of, rows_for
from cs_cli.commands.desk import Desk, emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

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
    from cs_cli.base.errors import UsageError
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


@app.command("done", epilog="Example: cs tasks done t34")
def done(
    tasks: TasksArgument,
    because: BecauseOption = "",
    passed: Annotated[
        str | None, typer.Option("--passed", metavar="TEXT", help="What you passed on to the next role.")
    ] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """A task is done; what waits for it may start. Where it hands over, say with --passed what was passed on."""
    why = "; ".join(part for part in (because, f"passed on: {passed}" if passed else "") if part)
    _each(tasks, workspace, as_of, by, lambda hand, number: hand.finish_task(number, why), "done")


@app.command("skip", epilog="Example: cs tasks skip t34 --because 'they asked us not to'")
def skip(
    tasks: TasksArgument,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="The reason; required.")] = "",
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """A task will not be done, and why."""
    _each(tasks, workspace, as_of, by, lambda hand, number: hand.skip_task(number, because), "skipped")


def _each(tasks: list[str], workspace: Any, as_of: str | None, by: str | None, act: Any, word: str) -> None:
    from cs_cli.cases.hand import number_of
    from cs_cli.store.connection import transaction

    numbers = [number_of(task, "t") for task in dict.fromkeys(tasks)]
    with open_desk(workspace, as_of, write=True, definitions=False) as desk:
        hand = hand_of(desk, by)
        with transaction(desk.conn):
            for number in numbers:
                act(hand, number)
    say(f"{word} {', '.join(f't{number}' for number in numbers)}")
