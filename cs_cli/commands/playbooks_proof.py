"""`cs playbooks backtest|report`: what the rules would have done, and what they did."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from cs_cli.base.days import parse_day
from cs_cli.base.errors import UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.commands.desk import Desk, emit, flat_report, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

BACKTEST = (
    Column("playbook", "Playbook"),
    Column("fired", "Fired", "number"),
    Column("inherited", "Held at the start", "number"),
    Column("accounts", "Accounts", "number"),
    Column("per_week", "A week", "number"),
    Column("closed", "Closed", "number", hidden=True),
    Column("judged", "Old enough to judge", "number"),
    Column("followed", "Churn followed", "number"),
    Column("precision", "Precision", "percent"),
    Column("churns", "Churns", "number"),
    Column("warned", "Warned of", "number"),
    Column("recall", "Recall", "percent"),
    Column("lead_churn", "Days before churn", "number"),
    Column("lead_renewal", "Days before renewal", "number"),
    Column("braked_days", "Days braked", "number", hidden=True),
)
EFFECT = (
    Column("playbook", "Playbook"),
    Column("fired", "Fired", "number"),
    Column("open", "Open", "number"),
    Column("acknowledged", "Seen", "number"),
    Column("days_to_acknowledge", "Days to see", "number"),
    Column("days_to_next_step", "Days to next step", "number", hidden=True),
    Column("done", "Done", "number"),
    Column("resolved", "Resolved", "number"),
    Column("expired", "Expired", "number"),
    Column("lost", "Lost", "number"),
    Column("days_to_close", "Days to close", "number"),
    Column("ignored", "Ignored", "number"),
    Column("tasks_done", "Tasks done", "number"),
    Column("tasks", "of", "number"),
    Column("outcome", "Outcome"),
    Column("happened", "Came", "number"),
    Column("n", "of n", "number"),
    Column("rate", "Rate", "percent"),
)
AGAINST = (
    Column("control_happened", "Control came", "number"),
    Column("control_n", "of n", "number"),
    Column("control_rate", "Rate", "percent"),
    Column("difference", "Difference", "percent"),
    Column("difference_low", "from", "percent"),
    Column("difference_high", "to", "percent"),
    Column("not_told", "Not told", "number", hidden=True),
    Column("verdict", "Verdict"),
)
FEW = 10  # below ten churns a rate says more about luck than about the rule

NameArgument = Annotated[str | None, typer.Argument(metavar="[PLAYBOOK]", help="One; else all enabled.")]


def backtest(
    playbook: NameArgument = None,
    since: Annotated[str, typer.Option(metavar="DAY", help="Replay from here: 2026-01-01, 90d, 26w.")] = "90d",
    horizon: Annotated[int, typer.Option(min=1, max=730, metavar="DAYS", help="A churn so soon after counts.")] = 90,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Replay past days through the same step that cs run uses: what fired, how noisy, how long before churn or renewal.

    Every day is seen by the dates in the data, with nothing later known, by the playbooks as they are written now: a
    renamed one (`was:`) is replayed under its new name from the first day. Nothing is written.
    """
    from cs_cli.cases.backtest import replay, summary

    with open_desk(workspace, as_of) as desk:
        start = parse_day(since, desk.day)
        if start >= desk.day:
            raise UsageError.of("CAS-030", f"{since} is not before {desk.day}", expected="a day before the desk's day")
        names = _names(desk, playbook)
        only = names[0] if playbook is not None else None
        found = replay(desk.conn, desk.definitions, start, desk.day, only=only)
        rows = summary(found, names, horizon)
        if rows and rows[0]["churns"] < FEW:
            say(f"only {rows[0]['churns']} churns in these days: precision and recall say little below {FEW}")
        emit(flat_report("backtest", f"Playbooks, {start} to {desk.day}", BACKTEST, rows, desk), format, output)


def report(
    playbook: NameArgument = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="Cases opened after this day; else a quarter of those old enough.",
                     show_default=False),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="DIMENSION", help="Each segment by itself, and all together by them: tier."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What the playbooks did: fired, seen, done, ignored, time to each; what became of it, against the control group.

    A playbook's `control: {share: 50%, outcome: activated within 30d, by: tier}` says what is looked at: any
    condition, else whether they stopped paying within 90 days. The difference has its 95 % interval; the verdict
    says in words whether it can be told yet, else how many more accounts it takes.
    """
    from cs_cli.cases.effect import effect_rows, window

    with open_desk(workspace, as_of) as desk:
        names = _names(desk, playbook)
        start = parse_day(since, desk.day) if since else window(
            [book for book in desk.definitions.playbooks if book.playbook in names], desk.day
        )  # fmt: skip
        only = names[0] if playbook is not None else None
        dimensions = [one.name for one in desk.definitions.segments.dimensions]
        if by is not None and by not in dimensions:
            raise UsageError.of("SCO-001", f'there is no dimension "{by}"{did_you_mean(by, dimensions)}', name="--by",
                                expected=", ".join(dimensions))
        rows = effect_rows(desk.conn, desk.definitions, desk.day, start, only=only, by=by, known_at=desk.known_at)
        held_out = any(row["control_n"] for row in rows) or any(
            book.control.share for book in desk.definitions.playbooks if book.playbook in names
        )
        columns = [
            *EFFECT[:1], *([Column("stratum", "Segment")] if any(row["stratum"] for row in rows) else []), *EFFECT[1:],
            *(msgspec.structs.replace(one, hidden=one.hidden or not held_out) for one in AGAINST),
        ]  # fmt: skip
        emit(flat_report("playbooks", f"Playbooks since {start}", columns, rows, desk), format, output)


def _names(desk: Desk, playbook: str | None) -> list[str]:
    """The playbooks asked for. Raises UsageError for a name that is none."""
    known = [book.playbook for book in desk.definitions.playbooks]
    now = next((book.playbook for book in desk.definitions.playbooks if book.was == playbook), None)
    if playbook is not None and playbook not in known and now is not None:
        say(f"{playbook} is called {now} now; what it did is counted under that name")
        return [now]
    if playbook is None:
        return sorted(book.playbook for book in desk.definitions.playbooks if book.enabled)
    if playbook not in known:
        raise UsageError.of(
            "CAS-014", f'there is no playbook "{playbook}"{did_you_mean(playbook, known)}', next="cs playbooks list"
        )
    return [playbook]
