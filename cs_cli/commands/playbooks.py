"""`cs playbooks list|show|test|preview`: the rules, before they act; their files and proofs beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.errors import Findings, UsageError
from cs_cli.commands import playbooks_files, playbooks_proof
from cs_cli.commands.cases import rows_for
from cs_cli.commands.desk import Desk, emit, flat_report, open_desk, say, write_stdout
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Playbook

app = typer.Typer(add_completion=False, no_args_is_help=True)

NameArgument = Annotated[str | None, typer.Argument(metavar="[PLAYBOOK]", help="One; else all enabled.")]

LISTED = (
    Column("playbook", "Playbook"),
    Column("kind", "Kind"),
    Column("enabled", "On", "flag"),
    Column("subject", "Subject", hidden=True),
    Column("owner", "Owner"),
    Column("decides", "Decides"),
    Column("for", "For"),
    Column("again", "Again", hidden=True),
    Column("limit", "Limit", hidden=True),
    Column("open", "Open", "number"),
    Column("pending", "Pending", "number"),
    Column("examples", "Examples", "number"),
    Column("about", "About"),
)
REACH = (
    Column("playbook", "Playbook"),
    Column("applies", "Applies to", "number"),
    Column("cannot_tell", "Cannot tell of", "number"),
    Column("unknown", "Unknown there"),
    Column("help", "What would help"),
)
PENDING = (
    Column("playbook", "Playbook"),
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("contract", "Contract"),
    Column("arr", "ARR", "money"),
    Column("held", "Held days", "number"),
    Column("waits", "Waits because"),
    Column("closed_on", "Last closed", "day"),
)
PREVIEW = (
    Column("change", "Change"),
    Column("playbook", "Playbook"),
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("severity", "Severity", "severity"),
    Column("from", "Was"),
    Column("arr", "ARR", "money"),
    Column("because", "Because"),
)


@app.command("list", epilog="Example: cs playbooks list")
def list_playbooks(workspace: WorkspaceOption = None, format: FormatOption = None, output: OutputOption = None) -> None:
    """List the playbooks, what is open of each and what is pending."""
    from cs_cli.cases.overview import playbook_rows

    with open_desk(workspace) as desk:
        rows = playbook_rows(desk.conn, desk.definitions)
        emit(
            flat_report(
                "playbooks",
                "Playbooks",
                LISTED,
                rows_for(LISTED, rows),
                desk,
                empty="No playbooks: put YAML files into playbooks/.",
            ),
            format,
            output,
        )


@app.command("reach", epilog="Example: cs playbooks reach -f json")
def reach_(
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """To how many paying customers each enabled playbook applies, of how many it cannot tell, and what would help."""
    from cs_cli.reports.cannot_tell import reach

    with open_desk(workspace, as_of, known_at) as desk:
        rows = [
            {"playbook": one.playbook, "applies": one.applies, "cannot_tell": one.customers,
             "unknown": ", ".join(one.unknown) or None, "help": "; ".join(one.help) or None}
            for one in reach(desk.conn, desk.definitions, desk.day, desk.known_at)
        ]  # fmt: skip
        emit(
            flat_report("reach", "Reach of the playbooks", REACH, rows, desk, empty="No playbook is enabled."),
            format,
            output,
        )


@app.command("pending", epilog="Example: cs playbooks pending usage-drop")
def pending(
    name: NameArgument = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What holds and has no case, as of the last run: for too short, held back by `again:`, inhibited, limited."""
    from cs_cli.cases.overview import pending_rows

    with open_desk(workspace) as desk:
        only = None if name is None else chosen(desk, name)[0].playbook
        rows = [one._asdict() for one in pending_rows(desk.conn, desk.definitions, desk.day, only)]
        emit(
            flat_report("pending", "Pending", PENDING, rows, desk, empty="Nothing waits."),
            format,
            output,
        )


@app.command("show", epilog="Example: cs playbooks show usage-drop")
def show(
    name: Annotated[str, typer.Argument(metavar="PLAYBOOK", help="Its name.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Print a playbook's file."""
    with open_desk(workspace) as desk:
        (playbook,) = chosen(desk, name)
        path = desk.ws.root / playbook.file
        write_stdout(path.read_text(encoding="utf-8"))


@app.command("test", epilog="Example: cs playbooks test usage-drop")
def run_tests(name: NameArgument = None, workspace: WorkspaceOption = None) -> None:
    """Run the examples that playbooks carry; exit 1 and the place of each one that does not hold."""
    from cs_cli.cases.examples import run_examples
    from cs_cli.cases.run import playbook_names
    from cs_cli.definitions.calendar import work_calendar

    with open_desk(workspace) as desk:
        playbooks = chosen(desk, name)
        calendar = work_calendar(desk.settings, range(desk.day.year - 1, desk.day.year + 2))
        outcomes = run_examples(playbooks, playbook_names(desk.definitions), calendar)
    faults = [outcome.mismatch for outcome in outcomes if outcome.mismatch is not None]
    if faults:
        raise Findings(
            faults,
            done=f"{len(outcomes) - len(faults)} of {len(outcomes)} expectations hold",
            next="correct the playbook; or the example, when the playbook is right",
        )
    examples = len({(outcome.playbook, outcome.example) for outcome in outcomes})
    say(f"{len(playbooks)} playbooks, {examples} examples, {len(outcomes)} expectations: all hold")
    bare = [playbook.playbook for playbook in playbooks if not playbook.examples]
    if bare:
        say(f"without examples: {', '.join(bare)}")


@app.command("preview", epilog="Example: cs playbooks preview usage-drop -f json")
def preview(
    name: NameArgument = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What would open, close, change severity or remind if the playbooks ran now as written. Changes nothing."""
    from cs_cli.cases.preview import preview_rows

    with open_desk(workspace, as_of, known_at) as desk:
        only = None if name is None else chosen(desk, name)[0].playbook
        rows = preview_rows(desk.conn, desk.definitions, desk.day, known_at=desk.known_at, only=only)
        emit(
            flat_report(
                "preview",
                "Preview",
                PREVIEW,
                rows_for(PREVIEW, rows),
                desk,
                empty="Nothing would open, close or change.",
            ),
            format,
            output,
        )


def chosen(desk: Desk, name: str | None) -> list[Playbook]:
    """All enabled playbooks, or the named one (enabled or not). Raises UsageError CAS-014."""
    playbooks = desk.definitions.playbooks
    if name is None:
        return [playbook for playbook in playbooks if playbook.enabled]
    found = [playbook for playbook in playbooks if playbook.playbook == name]
    if not found:
        from cs_cli.base.near import did_you_mean

        known = [playbook.playbook for playbook in playbooks]
        raise UsageError.of(
            "CAS-014", f'there is no playbook "{name}"{did_you_mean(name, known)}', next="cs playbooks list"
        )
    return found


app.command("check", epilog="Example: cs playbooks check")(playbooks_files.check)
app.command("schema", epilog="Example: cs playbooks schema > playbooks/.schema.json")(playbooks_files.schema)
app.command("edit", epilog="Example: EDITOR=nano cs playbooks edit usage-drop")(playbooks_files.edit)
app.command("backtest", epilog="Example: cs playbooks backtest usage-drop --since 26w")(playbooks_proof.backtest)
app.command("report", epilog="Example: cs playbooks report --since 90d")(playbooks_proof.report)
