"""`cs log ACCOUNT pulse|touch|goal|milestone|request|feedback|churn|note`, `cs log list`, `cs log undo`."""

from __future__ import annotations

import shlex
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import decide_instant, emit, flat_report, open_desk, say
from cs_cli.commands.hand import (
    AccountEntry,
    OnOption,
    WhoOption,
    account_said,
    ahead,
    minor,
    save,
    started,
)
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

VERBS = ("list", "undo")
KINDS = ("pulse", "touch", "goal", "milestone", "request", "feedback", "churn", "note")


class LogGroup(TyperGroup):
    """The account comes before the kind, as one says it: `cs log ACME pulse --score 4`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = list(args)
        if words and not words[0].startswith("-") and words[0] not in VERBS:
            asks_help = len(words) > 1 and words[0] in self.commands and words[1] in ("-h", "--help")
            if not asks_help:
                if words[0] in KINDS and len(words) > 1 and not words[1].startswith("-") and words[1] not in KINDS:
                    turned = shlex.join([words[1], words[0], *words[2:]])
                    raise UsageError.of("LOG-012", "the account comes first, then what to log", next=f"cs log {turned}")
                account = words.pop(0)
                ctx.meta["account"] = account
                if not words:
                    raise UsageError.of(
                        "LOG-012", f'what of "{account}"?', expected=", ".join(KINDS),
                        next=f"cs log {account} touch --kind call --note '…'",
                    )  # fmt: skip
        return super().parse_args(ctx, words)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return ["ACCOUNT KIND [OPTIONS]", "| list | undo N"]


app = typer.Typer(
    add_completion=False,
    cls=LogGroup,
    no_args_is_help=True,
    epilog="Example: cs log ACME pulse --score 2 --reason 'new CFO asks for cuts'",
)

ChangeOption = Annotated[
    int | None, typer.Option("--change", metavar="N", help="Change what entry N wrote (cs log list) instead of adding.")
]
DueOption = Annotated[str | None, typer.Option("--due", metavar="DAY", help="2026-01-31, fri, 14d from now.")]


@app.command("pulse", epilog="Example: cs log ACME pulse --score 2 --reason 'new CFO asks for cuts'")
def pulse(
    ctx: typer.Context,
    score: Annotated[int, typer.Option("--score", metavar="1..5", help="1: we lose them; 5: they would fight for us.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why you think so.")],
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DAY", help="Until when it counts; else 45 days.")
    ] = None,
    on: OnOption = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """What you think of the account, 1 to 5, with a reason; it expires. One current pulse per author."""
    with started(account_said(ctx), on, who, workspace, as_of) as log:
        until = None if expires is None else ahead(expires, log.hand.day)
        record = log.hand.pulse(score, reason, until)
        save(log, [record], f"pulse {score}, good until {record.values['expires_on']}")


@app.command("touch", epilog="Example: cs log ACME touch --kind call --mood bad --with 'Ann Lee' --note 'budget cut'")
def touch(
    ctx: typer.Context,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="call, email, meeting or qbr.")] = "call",
    mood: Annotated[str | None, typer.Option("--mood", metavar="MOOD", help="good, neutral or bad.")] = None,
    person: Annotated[str | None, typer.Option("--with", metavar="NAME", help="Whom you spoke to.")] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What was said.")] = "",
    on: OnOption = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """A call, e-mail, meeting or business review. With a next step it is quicker as cs note."""
    with started(account_said(ctx), on, who, workspace, as_of) as log:
        save(log, [log.hand.touch(kind, mood, note, person)], kind + (f", {mood}" if mood else ""))


@app.command("goal", epilog="Example: cs log ACME goal 'weekly logins' --measure logins --target 50 --due 90d")
def goal(
    ctx: typer.Context,
    objective: Annotated[str, typer.Argument(metavar="OBJECTIVE", help="In the customer's words.")],
    measure: Annotated[str | None, typer.Option("--measure", metavar="TEXT", help="How it is measured.")] = None,
    target: Annotated[
        float | None, typer.Option("--target", metavar="NUMBER", help="What the measure should reach.")
    ] = None,
    due: DueOption = None,
    met: Annotated[bool, typer.Option("--met", help="The target is reached.")] = False,
    done: Annotated[bool, typer.Option("--done", help="Finished, without a number to reach.")] = False,
    missed: Annotated[bool, typer.Option("--missed", help="It was not reached.")] = False,
    dropped: Annotated[bool, typer.Option("--dropped", help="Nobody wants it any more.")] = False,
    on: OnOption = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """A line of the success plan; say its words again (or part of them) with --met, --done, --missed or --dropped."""
    ends = [word for word, said in (("met", met), ("done", done), ("missed", missed), ("dropped", dropped)) if said]
    if len(ends) > 1:
        raise UsageError.of("LOG-010", "a goal has one end", name="--" + " --".join(ends), expected="one of them")
    with started(account_said(ctx), on, who, workspace, as_of) as log:
        status = ends[0] if ends else "open"
        until = None if due is None else ahead(due, log.hand.day)
        record = log.hand.goal(objective, status=status, measure=measure, target=target, due=until)
        save(log, [record], f"goal {status}")


@app.command("milestone", epilog="Example: cs log ACME milestone kickoff --done --on yesterday")
def milestone(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as kickoff, data_connected, first_value.")],
    due: DueOption = None,
    done: Annotated[bool, typer.Option("--done", help="It is reached (today, or --on DAY).")] = False,
    on: OnOption = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """A step of onboarding: planned for a day, or reached."""
    with started(account_said(ctx), on, who, workspace, as_of) as log:
        until = None if due is None else ahead(due, log.hand.day)
        record = log.hand.milestone(name, due=until, done=done)
        save(log, [record], f"milestone {name} " + (f"reached {log.hand.day}" if done else f"due {until}"))


@app.command("request", epilog="Example: cs log ACME request '20 % off' --kind discount --cost 4800 --due fri")
def request(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What they ask for, or what was promised.")],
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="A kind of the requests: policy, such as discount.")
    ] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", metavar="WORD", help="red, amber or info; else amber.")
    ] = None,
    cost: Annotated[
        str | None, typer.Option("--cost", metavar="AMOUNT", help="What it costs, in your currency.")
    ] = None,
    decider: Annotated[
        str | None, typer.Option("--decider", metavar="WHO", help="Else the role that the policy names.")
    ] = None,
    decision: Annotated[
        str | None, typer.Option("--decision", metavar="WORD", help="approved, declined or withdrawn.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why it was decided so.")] = None,
    due: DueOption = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="The exception holds until then.")] = None,
    settled: Annotated[bool, typer.Option("--settled", help="What was promised is done.")] = False,
    change: ChangeOption = None,
    on: OnOption = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """The exceptions register: what was asked or promised, at what cost, who decided, why, until when."""
    with started(account_said(ctx), on, who, workspace, as_of) as log:
        hand, day = log.hand, log.hand.day
        known = None if change is None else hand.entry("request", change)
        if due is None and change is None and decision is None and not settled:
            due = _by_policy(log.desk.settings, severity or "amber", kind or "other", day)
        record = hand.request(
            text, change=known, kind=kind, severity=severity, decision=decision, reason=reason, settled=settled,
            cost=None if cost is None else minor(cost, log.desk.settings.currency), decider=decider,
            due=None if due is None else ahead(due, day), until=None if until is None else ahead(until, day),
        )  # fmt: skip
        save(log, [record], "request " + (decision or ("settled" if settled else record.values.get("kind", "changed"))))
    say("what was decided before: cs report requests --search WORD")


def _by_policy(settings: Settings, severity: str, kind: str, day: date) -> str | None:
    """The day by which the requests: policy wants it resolved, in working days."""
    from cs_cli.cases.policy import hand_clocks
    from cs_cli.definitions.calendar import work_calendar

    resolve = hand_clocks(settings, severity, kind)[2]
    if resolve is None:
        return None
    return work_calendar(settings, range(day.year, day.year + 2)).add(day, resolve).isoformat()


@app.command("feedback", epilog="Example: cs log ACME feedback 'exports are slow' --theme speed --area reports")
def feedback(
    ctx: typer.Context,
    quote: Annotated[str, typer.Argument(metavar="QUOTE", help="In their own words.")],
    theme: Annotated[
        str | None, typer.Option("--theme", metavar="WORD", help="What it is about; the same word each time.")
    ] = None,
    area: Annotated[str | None, typer.Option("--area", metavar="WORD", help="The part of the product.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="WORD", help="raised, planned, shipped, told or declined.")
    ] = None,
    change: ChangeOption = None,
    on: OnOption = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """What a customer says about the product, and how far the answer has come."""
    with started(account_said(ctx), on, who, workspace, as_of) as log:
        known = None if change is None else log.hand.entry("feedback", change)
        record = log.hand.feedback(quote, change=known, theme=theme, area=area, status=status)
        save(log, [record], f"feedback {record.values.get('status', 'changed')}")


@app.command("churn", epilog="Example: cs log ACME churn --on 2026-06-12 --reason price --competitor Rival --voluntary")
def churn(
    ctx: typer.Context,
    reason: Annotated[
        str, typer.Option("--reason", metavar="WORD", help="From the list; cs.yaml churn_reasons declares your own.")
    ],
    voluntary: Annotated[
        bool | None, typer.Option("--voluntary/--involuntary", help="They decided; or a card failed, they closed down.")
    ] = None,
    competitor: Annotated[str | None, typer.Option("--competitor", metavar="NAME", help="Where they went.")] = None,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="What you learnt.")] = None,
    on: OnOption = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Why a customer left."""
    with started(account_said(ctx), on, who, workspace, as_of) as log:
        record = log.hand.churn(reason, voluntary=voluntary, competitor=competitor, note=note)
        save(log, [record], f"churn on {log.hand.day}: {record.values['reason']}")


@app.command("note", epilog="Example: cs log ACME note 'moves to the new office in May'")
def note(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Anything worth knowing.")],
    on: OnOption = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """A note on the account."""
    with started(account_said(ctx), on, who, workspace, as_of) as log:
        save(log, [log.hand.note(text)], "note")


COLUMNS = (
    Column("entry", "#", "number"), Column("day", "Day", "day"), Column("kind", "Kind"),
    Column("account_id", "Id", hidden=True), Column("name", "Account"), Column("text", "Text"),
    Column("who", "Who"), Column("at", "Written", hidden=True), Column("undone_by", "Undone by", "number", hidden=True),
)  # fmt: skip


@app.command("list", epilog="Example: cs log list ACME --kind pulse")
def list_entries(
    account: AccountEntry = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Only touch, pulse, goal …")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was undone.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What was entered by hand, the newest first. On an earlier day: what had happened or been planned by then."""
    from cs_cli.intake.hand import one_of
    from cs_cli.store.hand import LOGGED, entries
    from cs_cli.store.refs import account_names, find_account

    kinds = LOGGED if kind is None else (one_of(kind, LOGGED, "--kind"),)
    with open_desk(workspace, as_of, known_at, definitions=False) as desk:
        number = None if account is None else find_account(desk.conn, account).account
        day, known = desk.day.isoformat(), (desk.known_at or date.max).isoformat()
        found = [
            one for one in entries(desk.conn, account=number, kinds=kinds, undone=everything)
            if min(one["day"], one["entered"]) <= day and one["entered"] <= known
        ]  # fmt: skip
        names = account_names(desk.conn, {one["account"] for one in found if one["account"] is not None})
        rows = [
            {column.key: names.get(one["account"]) if column.key == "name" else one[column.key] for column in COLUMNS}
            for one in found
        ]
        emit(flat_report("log", "Log", COLUMNS, rows, desk, empty="Nothing was entered by hand yet."), format, output)


@app.command("undo", epilog="Example: cs log undo 57")
def undo(
    number: Annotated[int, typer.Argument(metavar="N", help="The entry's number in cs log list.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Take an entry back, its open tasks as well; the undo is an entry of its own."""
    from cs_cli.commands.cases import hand_of
    from cs_cli.intake.undoing import undo_import
    from cs_cli.store.change_sets import change_set
    from cs_cli.store.connection import transaction

    with open_desk(workspace, write=True, definitions=False) as desk:
        if change_set(desk.conn, number)["kind"] != "hand":
            raise UsageError.of("LOG-011", f"#{number} is not an entry by hand", next=f"cs imports show {number}")
        with transaction(desk.conn):
            result = undo_import(desk.conn, desk.settings, number, day=desk.day, at=decide_instant(desk.settings))
            dropped = hand_of(desk, None).drop_tasks_of(number)
    say(f"#{number} is undone by #{result.change_set}")
    if dropped:
        say(f"skipped {', '.join(f't{task.number}' for task in dropped)}")
    say(f"to bring it back: cs imports undo {result.change_set}")
