"""`cs segments list|show|changes|preview|propose`: who belongs where, and who moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import Desk, deliver_payload, emit, flat_report, open_desk, say
from cs_cli.commands.health import AllOption, SinceOption, earlier_day
from cs_cli.commands.options import (
    AsOfOption,
    FormatOption,
    KnownAtOption,
    OutputOption,
    WorkspaceOption,
)
from cs_cli.commands.previews import segments_preview
from cs_cli.commands.segments_history import dated, history, stages
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Dimension

app = typer.Typer(add_completion=False, no_args_is_help=True)

app.command("history", epilog="Example: cs segments history ACME --since 1y")(history)
app.command("preview", epilog="Example: cs segments preview · cs segments preview edited.yaml")(segments_preview)
app.command("stages", epilog="Example: cs segments stages --late")(stages)

LIST = (
    Column("dimension", "Dimension"), Column("segment", "Segment"), Column("accounts", "Accounts", "number"),
    Column("arr", "ARR", "money"), Column("arr_share", "Share of ARR", "percent"),
)  # fmt: skip
MEMBERS = (
    Column("account_id", "Id"), Column("name", "Account"), Column("dimension", "Dimension"),
    Column("segment", "Segment"), Column("arr", "ARR", "money"),
)  # fmt: skip
MOVES = (
    Column("account_id", "Id"), Column("name", "Account"), Column("dimension", "Dimension"),
    Column("from", "From"), Column("to", "To"), Column("arr", "ARR", "money"),
)  # fmt: skip


def _build(desk: Desk) -> None:
    from cs_cli.scoring.desk import build_desk

    names = {dimension.name for dimension in desk.definitions.segments.dimensions}
    need = {"account_id", "name", "arr", "status", *names}
    build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need=need)


@app.command("list", epilog="Example: cs segments list -f csv")
def list_segments(
    everybody: AllOption = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Every segment with its number of customers and their ARR; an empty name: cannot be told."""
    from cs_cli.scoring.lists import segment_rows

    with open_desk(workspace, as_of, known_at) as desk:
        _build(desk)
        found = segment_rows(desk.conn, desk.definitions, everybody=everybody)
        emit(flat_report("segments", "Segments", LIST, found, desk), format, output)


@app.command("show", epilog="Example: cs segments show tier=A")
def show(
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="A dimension, or dimension=name.")],
    everybody: AllOption = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """The members of one segment, or of every segment of a dimension."""
    from cs_cli.scoring.lists import members

    with open_desk(workspace, as_of, known_at) as desk:
        dimension, name = _find(desk, segment)
        _build(desk)
        found = [
            {**row, "dimension": dimension.name, "segment": place}
            for place, listed in members(desk.conn, dimension, everybody=everybody).items()
            if name is None or place == name
            for row in listed
        ]
        title = f"Members of {dimension.name if name is None else f'{dimension.name} {name}'}"
        emit(flat_report("segment", title, MEMBERS, found, desk, empty="Nobody."), format, output)


def _find(desk: Desk, text: str) -> tuple[Dimension, str | None]:
    from cs_cli.base.near import did_you_mean

    wanted, _, name = text.partition("=")
    dimensions = {dimension.name: dimension for dimension in desk.definitions.segments.dimensions}
    dimension = dimensions.get(wanted)
    if dimension is None:
        raise UsageError.of(
            "SCO-001", f'there is no dimension "{wanted}"{did_you_mean(wanted, list(dimensions))}',
            expected=", ".join(dimensions),
        )  # fmt: skip
    names = {entry.name.casefold(): entry.name for entry in dimension.entries}
    if name and name.casefold() not in names:
        raise UsageError.of(
            "SCO-001", f'{wanted} has no segment "{name}"{did_you_mean(name, list(names.values()))}',
            expected=", ".join(names.values()),
        )  # fmt: skip
    return dimension, names[name.casefold()] if name else None


@app.command("changes", epilog="Example: cs segments changes --since 4w")
def changes(
    since: SinceOption = "4w",
    everybody: AllOption = False,
    dates: Annotated[bool, typer.Option("--dates", help="Also the day of each move; that takes a while.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Who moved between segments since a day, as of then and as of now."""
    from cs_cli.scoring.lists import segment_changes

    with open_desk(workspace, as_of, known_at) as desk:
        start = earlier_day(desk, since)
        found = segment_changes(
            desk.conn, desk.definitions, start, desk.day, desk.known_at, everybody=everybody
        )
        columns = (*MOVES, Column("on", "On", "day")) if dates else MOVES
        if dates:
            found = dated(desk, start, found)
        title = f"Moves since {start.isoformat()}"
        emit(flat_report("segment-changes", title, columns, found, desk, empty="Nobody moved."), format, output)


@app.command("propose", epilog="Example: cs segments propose --accept")
def propose(
    accept: Annotated[bool, typer.Option("--accept", help="Write the limits into segments.yaml.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    output: OutputOption = None,
) -> None:
    """Tier limits from your own ARR, as YAML to put into segments.yaml; --accept writes them there."""
    from cs_cli.base.money import show as money
    from cs_cli.commands import tiers

    with open_desk(workspace, as_of, known_at) as desk:
        limits = tiers.proposed(desk)
        if limits is None:
            raise UsageError.of(
                "SCO-003", "no customer has a known ARR yet", next="import billing or contracts first"
            )
        if accept:
            tiers.accept(desk, limits)
            say(f"segments.yaml: A from {limits.a:,.10g}, B from {limits.b:,.10g}; cs segments preview shows who moves")
            return

        def share(low: float, high: float | None) -> str:
            return limits.share(low, high, desk.currency)

        total = f"{money(sum(limits.arrs), desk.currency)} {desk.currency}"
        text = (
            f"# Proposed from {len(limits.arrs)} customers with {total} of ARR on {desk.day.isoformat()}.\n"
            "# A: the largest that make half of ARR, at most 25. B: the next 30 %. C: the rest.\n"
            "# Put it in place of `tier:` under `dimensions:` in segments.yaml, or run it with --accept.\n"
            "  tier:\n    about: By ARR\n    list:\n"
            f"      - A: arr >= {limits.a:_.10g}      # {share(limits.a, None)}\n"
            f"      - B: arr >= {limits.b:_.10g}      # {share(limits.b, limits.a)}\n"
            f"      - C: otherwise      # {share(0, limits.b)}\n"
        )
        deliver_payload(text, output)
