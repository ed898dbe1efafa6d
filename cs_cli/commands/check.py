"""`cs check`, and accepting what it finds until a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.errors import DefinitionInvalid, UsageError
from cs_cli.commands import desk as desks
from cs_cli.commands.desk import Desk, decide_instant, emit, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, OutputOption, WorkspaceOption

if TYPE_CHECKING:
    from cs_cli.reports.accepted import Named

app = typer.Typer(add_completion=False)


@app.command(epilog='Example: cs check && echo fit for the board · '
                    'cs check --accept k3f9a2bq --until 3m --reason "their own test account"')  # fmt: skip
def check(
    everything: Annotated[
        bool, typer.Option("--all", help="Every finding of a kind, and those that were accepted. As -v does.")
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="ID", help="A finding that may stand; --until and --reason with it."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Its last day, within a year: 2026-03-31, 8w, 3m.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why it may stand.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; else you (cs.yaml me).")] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Check every definition, the data, and how fresh the sources are. Exit 0 when well, 1 with findings that nobody
    accepted, 12 when a definition is invalid.

    An accepted finding is back after its day, and at once when it says something else. cs log undo N takes it back.
    """
    from cs_cli.deliver.misspelt import misspelt_keys
    from cs_cli.reports.check import build

    if not accept and (until or reason):
        raise UsageError.of("USE-050", "which finding?", name="--accept", next="cs check names their ids")
    with open_desk(workspace, as_of, write=bool(accept)) as desk:
        if faults := misspelt_keys(desk.ws, desk.settings):
            raise DefinitionInvalid(faults)
        if accept:
            _accept(desk, accept, until, reason, by)
            return
        report = build(
            desk.conn, desk.definitions, desk.day, known_at=desk.known_at,
            everything=everything or desks.GLOBALS.verbose,
        )  # fmt: skip
        emit(report, format, output)
        if any(row.get("accepted_until") is None for row in report.sections[0].rows):
            raise typer.Exit(1)


def _accept(desk: Desk, ids: list[str], until: str | None, reason: str | None, by: str | None) -> None:
    from cs_cli.base.days import parse_day_ahead
    from cs_cli.cases.people import People
    from cs_cli.reports.accepted import accept
    from cs_cli.store.connection import transaction

    if until is None:
        raise UsageError.of("USE-051", "until when?", name="--until", expected="such as 2026-03-31, 8w or 3m")
    who = (by or People(desk.settings).me or "somebody").strip()
    found = _all_findings(desk)
    last = parse_day_ahead(until, desk.day)
    with transaction(desk.conn):
        number, chosen = accept(
            desk.conn, found, ids, until=last, reason=reason or "", who=who, day=desk.day,
            at=decide_instant(desk.settings),
        )  # fmt: skip
    for one in chosen:
        say(f"{one.about}: accepted until {last}")
    say("nothing new, nothing written" if number is None else f"#{number} · take back: cs log undo {number}")


def _all_findings(desk: Desk) -> list[Named]:
    """What cs check and cs health list --disagree list, accepted or not."""
    from cs_cli.reports.accepted import disagreement, named
    from cs_cli.reports.check import findings
    from cs_cli.scoring.health_views import disagreements

    found = findings(desk.conn, desk.definitions, desk.day, desk.known_at)
    return [*found, *named(disagreement(row) for row in disagreements(desk.conn, everybody=True))]
