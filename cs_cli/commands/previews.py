"""`cs health preview` and `cs segments preview`: what an edit would change, before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import Desk, emit, flat_report, open_desk
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Definitions
    from cs_cli.scoring.preview import Count, HealthMove, SegmentMove

FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="An edited copy, against the workspace's file; else that one, against the last run's."
    ),
]
EverybodyOption = Annotated[bool, typer.Option("--all", help="Prospects, trials and churned accounts too.")]

HEALTH = (
    Column("account_id", "Id"), Column("name", "Account"), Column("move", "Move"),
    Column("band_from", "Band was", "band", hidden=True), Column("band_to", "Band", "band", hidden=True),
    Column("from", "From", "number"), Column("to", "To", "number"), Column("difference", "Difference", "number"),
    Column("card_from", "Card was", hidden=True), Column("card_to", "Card", hidden=True),
    Column("arr", "ARR", "money"), Column("why", "Why"),
)  # fmt: skip
SEGMENTS = (
    Column("account_id", "Id"), Column("name", "Account"), Column("dimension", "Dimension"),
    Column("move", "Move", hidden=True), Column("from", "From"), Column("to", "To"), Column("arr", "ARR", "money"),
)  # fmt: skip


def health_preview(
    file: FileArgument = None,
    everybody: EverybodyOption = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Whose band, score or card an edited health.yaml would change, the worst first. Changes nothing.

    Without FILE: the workspace's files as they stand, against those that the last run used.
    """
    from cs_cli.scoring import preview

    with open_desk(workspace, as_of, known_at) as desk:
        before, after = _two(desk, "health.yaml", file)
        found: list[preview.HealthMove] = []
        if (before.health, before.segments) == (after.health, after.segments):
            lines = [_same("health.yaml and segments.yaml", file)]
        else:
            found = preview.health_preview(desk.conn, before, after, desk.day, desk.known_at, everybody=everybody)
            lines = _lines(desk, preview.counted((one.move, one.arr) for one in found))
        empty = "Nobody's band, score or card would change."
        text = "\n".join(lines)
        rows = [_row(one) for one in found]
        emit(flat_report("health-preview", "Preview", HEALTH, rows, desk, empty=empty, text=text), format, output)


def segments_preview(
    file: FileArgument = None,
    everybody: EverybodyOption = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Who would move between segments by an edited segments.yaml, and how much ARR. Changes nothing.

    Without FILE: the workspace's file as it stands, against the one that the last run used.
    """
    from cs_cli.scoring import preview

    with open_desk(workspace, as_of, known_at) as desk:
        before, after = _two(desk, "segments.yaml", file)
        found: list[preview.SegmentMove] = []
        if before.segments == after.segments:
            lines = [_same("segments.yaml", file)]
        else:
            found = preview.segments_preview(desk.conn, before, after, desk.day, desk.known_at, everybody=everybody)
            lines = _lines(desk, preview.counted((one.move, one.arr) for one in found))
            there = [dimension.name for dimension in before.segments.dimensions]
            new = [dimension for dimension in after.segments.dimensions if dimension.name not in there]
            places = preview.counted(preview.new_places(desk.conn, new, everybody=everybody))
            lines += [f"new: {line}" for line in _lines(desk, places)]
            still = {dimension.name for dimension in after.segments.dimensions}
            lines += [f"gone: the dimension {name}" for name in there if name not in still]
        empty, text = "Nobody would move.", "\n".join(lines)
        rows = [_row(one) for one in found]
        emit(flat_report("segments-preview", "Preview", SEGMENTS, rows, desk, empty=empty, text=text), format, output)


def _two(desk: Desk, name: str, file: Path | None) -> tuple[Definitions, Definitions]:
    """The definitions before and after the edit. Raises UsageError SCO-015, DefinitionInvalid for the file."""
    if file is not None:
        from cs_cli.definitions.compiling import compile_definitions
        from cs_cli.facts.catalogue import names

        return desk.definitions, compile_definitions(desk.ws, names, {name: file})
    from cs_cli.scoring.history import last_used

    used = last_used(desk.conn, desk.definitions)
    if used is None:
        command = "health" if name == "health.yaml" else "segments"
        raise UsageError.of(
            "SCO-015", f"nothing has run yet, so that no used {name} is known to compare with",
            next=f"cs {command} preview FILE compares another file with the workspace's",
        )  # fmt: skip
    return used, desk.definitions


def _same(names: str, file: Path | None) -> str:
    return f"{file} says what the workspace's file says." if file else f"As the last run used them: {names}."


def _row(one: HealthMove | SegmentMove) -> dict[str, object]:
    """By the keys of the columns; `from` is no name that Python lets a field have."""
    return {key.rstrip("_"): value for key, value in one._asdict().items()}


def _lines(desk: Desk, counts: Sequence[Count]) -> list[str]:
    """green → red: 2 accounts, 12,300 USD of ARR."""
    from cs_cli.base.money import show

    found = []
    for one in counts:
        accounts = f"{one.accounts} account{'s' if one.accounts != 1 else ''}"
        unknown = f"; of {one.unknown_arr} the ARR is unknown" if one.unknown_arr else ""
        found.append(f"{one.move}: {accounts}, {show(one.arr, desk.currency)} {desk.currency} of ARR{unknown}")
    return found
