"""`cs segments history|stages`: who was where when, and who has been somewhere for too long."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import Desk, emit, flat_report, open_desk
from cs_cli.commands.health import earlier_day
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

HISTORY = (
    Column("dimension", "Dimension"), Column("segment", "Segment"), Column("from", "From", "day"),
    Column("until", "Until", "day"), Column("days", "Days", "days"),
)  # fmt: skip
STAGES = (
    Column("account_id", "Id"), Column("name", "Account"), Column("stage", "Stage"), Column("since", "Since", "day"),
    Column("days", "Days", "days"), Column("typical_days", "Typical", "number"), Column("n", "n", "number"),
    Column("pace", "Pace"), Column("arr", "ARR", "money"),
)  # fmt: skip
DIMENSION = "lifecycle"
# stages that are on the way to another; of the others nobody is late to leave
ON_THE_WAY = "trial,onboarding,stalled,adopting"


def history(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, domain or a unique part of the name.")],
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="How far back: 2026-01-31, 90d, 26w.")] = "26w",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """In which segments an account was from when to when; without a first day: since before the look-back."""
    from cs_cli.scoring.lists import places_of
    from cs_cli.scoring.moves import moves, stays
    from cs_cli.store.clock import set_clock
    from cs_cli.store.refs import find_account

    with open_desk(workspace, as_of, known_at) as desk:
        start = earlier_day(desk, since)
        set_clock(desk.conn, desk.day, desk.known_at)
        found = find_account(desk.conn, account)
        first, moved = moves(desk.conn, desk.definitions, start, desk.day, desk.known_at, accounts=[found.account])
        rows = [
            {
                "dimension": dimension.name,
                "segment": ", ".join(name for name in places_of(dimension, one.segment) if name) or None,
                "from": None if one.start is None else one.start.isoformat(),
                "until": None if one.end is None else one.end.isoformat(),
                "days": ((one.end or desk.day) - (one.start or start)).days,
            }
            for place, dimension in enumerate(desk.definitions.segments.dimensions)
            for one in stays(first, moved, place, dimension.name)
        ]
        title = f"Segments of {found.name} since {start.isoformat()}"
        emit(flat_report("segment-history", title, HISTORY, rows, desk), format, output)


def stages(
    dimension: Annotated[
        str, typer.Option("--dimension", metavar="NAME", help="Another dimension whose segments are stages.")
    ] = DIMENSION,
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="How far back stays are looked at.")] = "52w",
    judge: Annotated[
        str, typer.Option("--judge", metavar="NAME,NAME", help="Stages that an account should leave in time.")
    ] = ON_THE_WAY,
    late: Annotated[bool, typer.Option("--late", help="Only who is behind or stuck.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """How long every customer has been in its stage, against how long others stayed: behind is longer than their
    median, stuck more than twice as long. Stays are dated to a week; trials are listed with the customers."""
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.moves import moves, stage_rows, stays

    with open_desk(workspace, as_of, known_at) as desk:
        start = earlier_day(desk, since)
        _check_dimension(desk, dimension)
        first, moved = moves(
            desk.conn, desk.definitions, start, desk.day, desk.known_at, names=[dimension], step=28, exact=7
        )
        judged = {name.strip() for name in judge.split(",")}
        places = stage_rows(stays(first, moved, 0, dimension), start, desk.day, judged)
        build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need={"account_id", "name", "arr", "status"})
        rows = [
            {"account_id": account_id, "name": name, **places[number], "arr": arr}
            for number, account_id, name, arr in desk.conn.execute(
                "SELECT account, account_id, name, arr FROM account_facts WHERE status IN ('customer', 'trial') "
                "ORDER BY coalesce(arr, 0) DESC, account_id"
            )
            if number in places and (not late or places[number]["pace"] in ("behind", "stuck"))
        ]
        worst = {"stuck": 0, "behind": 1}
        rows.sort(key=lambda row: worst.get(str(row["pace"]), 2))
        emit(flat_report("stages", f"Stages of {dimension}", STAGES, rows, desk, empty="Nobody."), format, output)


def _check_dimension(desk: Desk, name: str) -> None:
    from cs_cli.base.near import did_you_mean

    names = [one.name for one in desk.definitions.segments.dimensions if not one.any]
    if name not in names:
        raise UsageError.of(
            "SCO-001", f'there is no dimension "{name}"{did_you_mean(name, names)}', expected=", ".join(names)
        )


def dated(desk: Desk, since: date, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The moves of `segments changes`, each with its first day in the new segment."""
    from cs_cli.scoring.moves import moves

    ids = dict(desk.conn.execute("SELECT account_id, account FROM main.account_registry"))
    movers = sorted({ids[row["account_id"]] for row in rows})
    if not movers:
        return rows
    _, found = moves(desk.conn, desk.definitions, since, desk.day, desk.known_at, accounts=movers)
    # of one who went there and back the last one counts
    last = {(one.account, one.dimension): one.on for one in found}
    return [row | {"on": last[ids[row["account_id"]], str(row["dimension"])].isoformat()} for row in rows]
