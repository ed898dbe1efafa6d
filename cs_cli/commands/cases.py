"""`cs cases`, and the verbs that `cs escalations` shares: list show ack snooze close reopen note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from cs_cli.base.safe_text import safe_text
from cs_cli.commands.desk import Desk, decide_instant, emit, flat_report, open_desk, say
from cs_cli.commands.options import (
    AsOfOption,
    FormatOption,
    KnownAtOption,
    OutputOption,
    WorkspaceOption,
    YesOption,
)
from cs_cli.reports.model import Column, Figure, Report, Section

if TYPE_CHECKING:
    from cs_cli.cases.hand import Desk as Hand

app = typer.Typer(add_completion=False, no_args_is_help=True)

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="A case such as c12.")]
CasesArgument = Annotated[list[str] | None, typer.Argument(metavar="[CASE…]", help="Cases such as c12 c13.")]
PlaybookOption = Annotated[
    str | None, typer.Option("--playbook", metavar="NAME", help="Instead of numbers: all open cases of this playbook.")
]
WhereOption = Annotated[
    str | None, typer.Option("--where", metavar="CONDITION", help="Only those of accounts where this holds.")
]
BecauseOption = Annotated[str, typer.Option("--because", metavar="TEXT", help="The reason, for the record.")]
ByOption = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who does it; else you.")]

COLUMNS = (
    Column("case", "Case"),
    Column("playbook", "Playbook"),
    Column("kind", "Kind", hidden=True),
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("severity", "Severity", "severity"),
    Column("state", "State"),
    Column("opened_on", "Since", "day"),
    Column("owner", "Owner"),
    Column("decider", "Decides", hidden=True),
    Column("arr", "ARR", "money"),
    Column("because", "Because"),
    Column("acknowledge_by", "Acknowledge by", "day", hidden=True),
    Column("next_step_by", "Next step by", "day", hidden=True),
    Column("resolve_by", "Resolve by", "day"),
    Column("breached", "Late", "flag"),
    Column("about_to_breach", "Soon late", "flag", hidden=True),
    Column("escalated_to", "Goes to", hidden=True),
    Column("age_days", "Days open", "days", hidden=True),
    Column("next_task", "Next task", hidden=True),
    Column("next_task_due", "Task due", "day", hidden=True),
    Column("changed_7d", "Last 7 days", hidden=True),
    Column("snoozed_until", "Snoozed until", "day", hidden=True),
    Column("cannot_tell_since", "Cannot tell since", "day", hidden=True),
    Column("inherited", "Inherited", "flag", hidden=True),
    Column("inhibited_by", "Muted by", hidden=True),
    Column("closed_on", "Closed", "day", hidden=True),
    Column("outcome", "Outcome", hidden=True),
    Column("reason", "Reason", hidden=True),
)
EVENTS = (Column("day", "Day", "day"), Column("who", "Who"), Column("what", "What"), Column("why", "Why"))
TASKS = (
    Column("task", "Task"),
    Column("do", "Do"),
    Column("owner", "Owner"),
    Column("due", "Due", "day"),
    Column("state", "State"),
)


def rows_for(columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows cut to the columns that are listed."""
    return [{column.key: row[column.key] for column in columns} for row in rows]


@app.command("list", epilog="Example: cs cases list --kind renewal -f json")
def list_cases(
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Such as renewal.")] = None,
    playbook: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this playbook.")] = None,
    account: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Only of this account.")] = None,
    closed: Annotated[bool, typer.Option("--all", "--closed", help="Closed cases as well.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List open cases: red first, then by ARR."""
    from cs_cli.cases.lists import case_rows

    with open_desk(workspace, as_of, known_at) as desk:
        number = None if account is None else account_number(desk, account)
        check_playbook(desk, playbook)
        _check_kind(kind)
        found = case_rows(
            desk.conn,
            desk.definitions,
            desk.day,
            kind=kind,
            playbook=playbook,
            account=number,
            closed=closed,
            known_at=desk.known_at,
        )
        emit(
            flat_report(
                "cases",
                "Cases",
                COLUMNS,
                rows_for(COLUMNS, found),
                desk,
                empty="No open cases. cs run looks for new ones.",
            ),
            format,
            output,
        )


@app.command("show", epilog="Example: cs cases show c12")
def show(
    case: CaseArgument,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """One case: why it is open, its clocks and tasks, and everything that happened to it."""
    from cs_cli.base.errors import UsageError
    from cs_cli.cases.hand import number_of
    from cs_cli.cases.lists import case_rows, history, tasks

    number = number_of(case, "c")
    with open_desk(workspace, as_of) as desk:
        found = case_rows(desk.conn, desk.definitions, desk.day, closed=True, only=number)
        if not found:
            raise UsageError.of("CAS-020", f"there is no case c{number}", next="cs cases list --closed")
        row = found[0]
        todo = [
            task
            for task in tasks(
                desk.conn, desk.definitions, desk.day, account=row["account"], finished=True, desk_ready=True
            )
            if task["case"] == f"c{number}"
        ]
        figures = tuple(
            Figure(column.key, column.label, row[column.key], column.kind)
            for column in COLUMNS
            if row[column.key] is not None
        )
        sections = (
            Section("case", f"{row['case']} · {row['name']}", figures=figures, text=row["because"]),
            Section("tasks", "Tasks", TASKS, tuple(rows_for(TASKS, todo)), empty="No tasks."),
            Section("history", "What happened", EVENTS, tuple(history(desk.conn, number, desk.day))),
        )
        emit(
            Report(
                "case",
                f"Case c{number}",
                desk.day.isoformat(),
                desk.currency,
                desk.settings.company,
                sections=sections,
            ),
            format,
            output,
        )


@app.command("ack", epilog="Example: cs cases ack c12 --because 'called them'")
def ack(
    cases: CasesArgument = None,
    because: BecauseOption = "",
    playbook: PlaybookOption = None,
    where: WhereOption = None,
    yes: YesOption = False,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Say that you have seen it: stops the acknowledge clock. Many at once are shown before they are touched."""
    chosen = Chosen(cases, playbook, where, yes)
    _each(chosen, workspace, as_of, by, lambda hand, number: hand.acknowledge(number, because), "acknowledged")


@app.command("snooze", epilog="Example: cs cases snooze c12 fri --because 'they are at a fair'")
def snooze(
    words: Annotated[list[str], typer.Argument(metavar="[CASE…] DAY", help="Cases, then fri, 3d, 2w or 2026-12-01.")],
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="The reason; required.")] = "",
    playbook: PlaybookOption = None,
    where: WhereOption = None,
    yes: YesOption = False,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Mute reminders until a day. The clocks run on. Many at once are shown before they are touched."""
    from cs_cli.base.days import parse_day_ahead

    *cases, until = words
    _each(
        Chosen(cases, playbook, where, yes),
        workspace,
        as_of,
        by,
        lambda hand, number: hand.snooze(number, parse_day_ahead(until, hand.day), because),
        "snoozed",
    )


@app.command("close", epilog="Example: cs cases close c12 --outcome accepted --because 'their choice'")
def close(
    cases: CasesArgument = None,
    outcome: Annotated[str, typer.Option(metavar="WORD", help="done, accepted, lost or resolved.")] = "done",
    because: BecauseOption = "",
    playbook: PlaybookOption = None,
    where: WhereOption = None,
    yes: YesOption = False,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Close by hand. It opens again only once the condition has ceased in between, or as `again` says.

    Many at once are shown before they are touched.
    """
    chosen = Chosen(cases, playbook, where, yes)
    _each(chosen, workspace, as_of, by, lambda hand, number: hand.close(number, outcome, because), "closed")


@app.command("reopen", epilog="Example: cs cases reopen c12 --because 'closed the wrong one'")
def reopen(
    cases: Annotated[list[str], typer.Argument(metavar="CASE…", help="Cases such as c12 c13.")],
    because: BecauseOption = "",
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Take a close back."""
    _each(Chosen(cases), workspace, as_of, by, lambda hand, number: hand.reopen(number, because), "reopened")


@app.command("assign", epilog="Example: cs cases assign c12 c13 --to Tom")
def assign(
    cases: Annotated[list[str], typer.Argument(metavar="CASE…", help="Cases such as c12 c13.")],
    to: Annotated[str, typer.Option("--to", metavar="WHO", help="A person of cs.yaml, or a role.")],
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Give cases to somebody else; the tasks of whoever had them go along."""
    from cs_cli.commands.assign import give

    give(cases, "c", to, workspace, as_of, by, lambda hand, number, who: hand.give_case(number, who))


@app.command("note", epilog="Example: cs cases note c12 'new champion from Monday'")
def note(
    case: CaseArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to remember.")],
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Write a note on a case; it counts as the next step."""
    _each(Chosen([case]), workspace, as_of, by, lambda hand, number: hand.note(number, text), "noted")


class Chosen(NamedTuple):
    """Which cases a verb is about: numbers, or all open ones of a playbook or where a condition holds."""

    cases: list[str] | None = None
    playbook: str | None = None
    where: str | None = None
    yes: bool = False


def _each(chosen: Chosen, workspace: Any, as_of: str | None, by: str | None, act: Any, done: str) -> None:
    """All of them or none: one transaction. A bulk choice is shown first and wants a yes."""
    from cs_cli.store.connection import transaction

    bulk = chosen.playbook is not None or chosen.where is not None
    with open_desk(workspace, as_of, write=True, definitions=bulk) as desk:
        numbers = _bulk(desk, chosen, done) if bulk else _numbers(chosen.cases)
        hand = hand_of(desk, by)
        with transaction(desk.conn):
            for number in numbers:
                act(hand, number)
    say(f"{done} {', '.join(f'c{number}' for number in numbers)}")


def _numbers(cases: list[str] | None) -> list[int]:
    from cs_cli.base.errors import UsageError
    from cs_cli.cases.hand import number_of

    if not cases:
        raise UsageError.of("CAS-031", "no case is named", next="name cases such as c12, or --playbook NAME")
    return [number_of(case, "c") for case in dict.fromkeys(cases)]


def _bulk(desk: Desk, chosen: Chosen, done: str) -> list[int]:
    """The open cases of the playbook, of accounts where the condition holds; shown, and only with a yes."""
    import sys

    from cs_cli.base.errors import GuardStopped, UsageError
    from cs_cli.cases.bulk import accounts_where
    from cs_cli.cases.lists import case_rows

    if chosen.cases:
        raise UsageError.of(
            "CAS-032",
            "either name cases or choose them by --playbook and --where, not both",
            next="leave one of the two away",
        )
    check_playbook(desk, chosen.playbook)
    found = case_rows(desk.conn, desk.definitions, desk.day, playbook=chosen.playbook)
    if chosen.where is not None:
        kept = accounts_where(desk.conn, desk.definitions, desk.day, chosen.where)
        found = [row for row in found if row["account"] in kept]
    if not found:
        raise UsageError.of("CAS-033", "no open case is chosen by that", next="cs cases list")
    for row in found:
        say(f"  {row['case']:>5}  {row['severity']:<6} {safe_text(row['name'])}: {row['playbook']}")
    if not chosen.yes and not (sys.stdin.isatty() and typer.confirm(f"{len(found)} cases: {done}?", err=True)):
        raise GuardStopped.of("CAS-034", f"{len(found)} cases would be {done}", next="add --yes")
    return [row["number"] for row in found]


def _check_kind(kind: str | None) -> None:
    from cs_cli.base.errors import UsageError
    from cs_cli.base.near import did_you_mean
    from cs_cli.cases.model import NEXT_STEPS
    from cs_cli.definitions.surface import KINDS

    known = [*KINDS, NEXT_STEPS]
    if kind is not None and kind not in known:
        raise UsageError.of(
            "CAS-036", f'there is no kind "{kind}"{did_you_mean(kind, known)}', expected=", ".join(known)
        )


def check_playbook(desk: Desk, name: str | None) -> None:
    """UsageError CAS-014 for a playbook that is not there and has left no case."""
    from cs_cli.base.errors import UsageError
    from cs_cli.base.near import did_you_mean

    known = {book.playbook for book in desk.definitions.playbooks}
    known |= {one for (one,) in desk.conn.execute("SELECT DISTINCT playbook FROM cs_case")}
    if name is not None and name not in known:
        raise UsageError.of(
            "CAS-014", f'there is no playbook "{name}"{did_you_mean(name, sorted(known))}', next="cs playbooks list"
        )


def hand_of(desk: Desk, by: str | None) -> Hand:
    """Whoever is working here, on this day."""
    from cs_cli.cases.hand import Desk as Hand
    from cs_cli.cases.people import People

    who = by or People(desk.settings).me or "somebody"
    return Hand(desk.conn, desk.day, decide_instant(desk.settings), who)


def account_number(desk: Desk, text: str) -> int:
    """The account number behind an id, a domain or a unique part of the name. Raises UsageError."""
    from cs_cli.store.clock import set_clock
    from cs_cli.store.refs import find_account

    set_clock(desk.conn, desk.day, desk.known_at)
    return find_account(desk.conn, text).account
