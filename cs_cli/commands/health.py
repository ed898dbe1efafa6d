"""`cs health list|show|changes|preview|backtest|warnings|fit`: scores that explain themselves."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.command_line import as_typed
from cs_cli.base.days import parse_day
from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import (
    Desk,
    deliver_payload,
    emit,
    fixed_or_clock_day,
    flat_report,
    format_for,
    open_desk,
)
from cs_cli.commands.health_proof import backtest, fit
from cs_cli.commands.health_warnings import warnings
from cs_cli.commands.options import (
    AsOfOption,
    FormatOption,
    KnownAtOption,
    OutputOption,
    WorkspaceOption,
)
from cs_cli.commands.previews import health_preview
from cs_cli.reports.model import Column, Figure, Report, Section

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Scorecard

app = typer.Typer(add_completion=False, no_args_is_help=True)

AllOption = Annotated[bool, typer.Option("--all", help="Prospects, trials and churned accounts too.")]
SinceOption = Annotated[
    str, typer.Option("--since", metavar="DAY", help="The earlier day: 2026-01-31, 28d, 4w.")
]

LIST = (
    Column("account_id", "Id"), Column("name", "Account"), Column("health", "Health", "score"),
    Column("band", "Band", "band"), Column("known_share", "Known", "percent"),
    Column("change_28d", "28 days", "score"), Column("arr", "ARR", "money"),
    Column("scorecard", "Card", hidden=True), Column("capped_by", "Held down by"),
    Column("health_as_of", "Late", "late"), Column("red_case", "Red case open"),
)  # fmt: skip
MEASURES = (
    Column("measure", "Measure"), Column("family", "Family"), Column("value", "Value", "number"),
    Column("score", "Score", "score"), Column("weight", "Weight", "number"),
    Column("contribution", "Points", "score"), Column("share", "Share", "percent", hidden=True),
    Column("kind", "Kind", hidden=True), Column("fact", "Fact", hidden=True), Column("state", "State"),
)  # fmt: skip
_KINDS = (
    Column("data", "Data", "number"), Column("time", "Time", "number"), Column("missingness", "Missing", "number"),
    Column("pulse", "Pulse", "number"), Column("definition", "Definition", "number"),
)  # fmt: skip
_MOVED = (
    Column("account_id", "Id"), Column("name", "Account"), Column("from", "From", "number"),
    Column("to", "To", "number"),
)  # fmt: skip
CHANGES = (*_MOVED, Column("why", "Why"), *_KINDS)
BY_PART = (
    *_MOVED, Column("kind", "Kind", hidden=True), Column("part", "Part", hidden=True), Column("what", "What"),
    Column("points", "Points", "number"), *_KINDS,
)  # fmt: skip
WHAT_IF = (
    Column("change", "Change"), Column("fact", "Fact"), Column("now", "Now", "number"),
    Column("needed", "Needed", "number"), Column("points", "Points", "score"),
    Column("health", "Health", "score"), Column("band", "Band", "band"),
)  # fmt: skip


@app.command("list", epilog="Example: cs health list --band red -f json")
def list_health(
    band: Annotated[
        list[str] | None, typer.Option("--band", metavar="BAND", help="Only red, amber, green or unknown.")
    ] = None,
    everybody: AllOption = False,
    disagree: Annotated[
        bool, typer.Option("--disagree", help="Only where a pulse contradicts the score, or a colleague's pulse.")
    ] = False,
    parents: Annotated[bool, typer.Option("--by-parent", help="Rolled up to the parent company, by ARR.")] = False,
    never: Annotated[
        bool, typer.Option("--never-started", help="Customers over 60 days without first value, by ARR, since when.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Every customer's health, band, known share and change; who needs a look first."""
    from cs_cli.cases.red_beside import mark, red_cases, though
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.lists import HEALTH_LIST, health_rows

    views = [name for name, asked in (("disagree", disagree), ("parents", parents), ("never_started", never)) if asked]
    if views:
        from cs_cli.commands.health_views import show_view

        if len(views) > 1:
            said = "--disagree and --by-parent are two lists" if not never else "--never-started is a list of its own"
            raise UsageError.of("USE-020", said, expected="one of them")
        with open_desk(workspace, as_of, known_at) as desk:
            show_view(desk, views[0], everybody, format, output)
        return

    for word in band or ():
        if word not in ("red", "amber", "green", "unknown"):
            raise UsageError.of("USE-020", f'"{word}" is not a band', expected="red, amber, green or unknown")
    with open_desk(workspace, as_of, known_at) as desk:
        build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need=HEALTH_LIST)
        found = health_rows(desk.conn, everybody=everybody, bands=band or ())
        mark(found, red_cases(desk.conn, desk.definitions, desk.day))
        empty = "No customers yet. Import your exports: cs import FILE…"
        beside = sum(1 for row in found if though(row["band"], row["red_case"]))
        text = ""
        if beside:
            text = f"{beside} green, though a red case is open: a deadline, or what the score counts too little of."
        emit(flat_report("health", "Health", LIST, found, desk, empty=empty, text=text), format, output)
        if any(row["band"] == "unknown" for row in found) and not band:
            from cs_cli.commands.health_views import say_what_is_missing

            say_what_is_missing(desk, found)


@app.command("show", epilog="Example: cs health show ACME --what-if")
def show(
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="Id, domain or a unique part of the name.")
    ],
    what_if: Annotated[
        bool, typer.Option("--what-if", help="The smallest changes that lift the band.")
    ] = False,
    trend: Annotated[
        bool, typer.Option("--trend", help="The last 13 weeks in JSON too, where they cost half a second.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """One account's health, and what each measure contributes to it."""
    from cs_cli.cases.red_beside import red_cases
    from cs_cli.commands.accounts import find_number
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.kept import measures_of
    from cs_cli.store.connection import rows

    with open_desk(workspace, as_of, known_at) as desk:
        number = find_number(desk, account)
        build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, [number], measures=True)
        facts = rows(desk.conn, "SELECT * FROM account_facts WHERE account = ?", (number,))[0]
        measures = measures_of(desk.conn, number)
        facts["red_case"] = red_cases(desk.conn, desk.definitions, desk.day).get(number)
        changes = _lifts(desk, number, facts, measures) if what_if else None
        if format_for(output, format) == "json":
            keys = (
                "account_id", "name", "health", "band", "capped_by", "known_share", "scorecard", "health_as_of",
                "red_case",
            )  # fmt: skip
            payload: dict[str, Any] = {key: facts[key] for key in keys} | {"measures": measures}
            if trend:
                from cs_cli.commands.health_views import trend_object

                payload["trend"] = trend_object(desk, number, facts)
            _emit_object(payload if changes is None else payload | {"what_if": changes}, output)
            return
        from cs_cli.commands.health_views import trend_figures

        figures = trend_figures(desk, number, facts)
        emit(_page(desk, facts, measures, changes, figures), format, output)


@app.command("changes", epilog="Example: cs health changes --since 4w · cs health changes ACME --by-measure")
def changes(
    account: Annotated[
        str | None, typer.Argument(metavar="[ACCOUNT]", help="One: its id, domain or a unique part of its name.")
    ] = None,
    since: SinceOption = "4w",
    by_measure: Annotated[
        bool, typer.Option("--by-measure", help="One row per measure, cap and card instead of one per account.")
    ] = False,
    everybody: AllOption = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Every move since a day, measure by measure: what each one made, caps and cards too; the parts add up.

    The columns say of what kind: data, time (ages grow), missing (known, unknown, expired), pulse, definition (an
    edited health.yaml).
    """
    from cs_cli.scoring.changes import health_changes
    from cs_cli.scoring.history import definitions_on

    with open_desk(workspace, as_of, known_at) as desk:
        number = None
        if account is not None:
            from cs_cli.commands.accounts import find_number

            number = find_number(desk, account)
        start = earlier_day(desk, since)
        found = health_changes(
            desk.conn,
            desk.definitions,
            start,
            desk.day,
            desk.known_at,
            before=definitions_on(desk.conn, desk.definitions, start),
            everybody=everybody or number is not None,
            accounts=None if number is None else [number],
        )
        if by_measure:
            found = [{**row, **part} for row in found for part in row["parts"]]
        title = f"Health changes since {start.isoformat()}"
        emit(
            flat_report(
                "health-changes", title, BY_PART if by_measure else CHANGES, found, desk, empty="No score moved."
            ),
            format,
            output,
        )


app.command("preview", epilog="Example: cs health preview · cs health preview edited.yaml -f json")(health_preview)
app.command("backtest", epilog="Example: cs health backtest --horizon 90 --since 1y")(backtest)
app.command("warnings", epilog="Example: cs health warnings --since 1y --lead 14")(warnings)
app.command("fit", epilog="Example: cs health fit --horizon 90 --since 2y --write health.proposed.yaml")(fit)


def earlier_day(desk: Desk, since: str) -> date:
    """The day of --since: an age counts back from the day that is looked at. Raises UsageError SCO-002."""
    start = parse_day(since, desk.day if since[:1].isdigit() else fixed_or_clock_day(desk.settings))
    if start >= desk.day:
        raise UsageError.of(
            "SCO-002",
            f"--since {start.isoformat()} is not before {desk.day.isoformat()}",
            next="give an earlier day",
        )
    return start


def _lifts(
    desk: Desk, number: int, facts: dict[str, Any], measures: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    from cs_cli.scoring.desk import names_of
    from cs_cli.scoring.what_if import what_if

    card = _card(desk, facts["scorecard"])
    if card is None:
        return []
    caps = dict(desk.conn.execute("SELECT cap, at_most FROM temp.account_caps WHERE account = ?", (number,)))
    return what_if(card, facts, measures, caps, names_of(desk.definitions))


def _card(desk: Desk, name: str | None) -> Scorecard | None:
    return next((card for card in desk.definitions.health.scorecards if card.name == name), None)


def _page(
    desk: Desk, facts: dict[str, Any], measures: list[dict[str, Any]], changes: list[dict[str, Any]] | None,
    figures: tuple[Figure, ...],
) -> Report:
    from cs_cli.cases.red_beside import though

    known = round(100 * (facts["known_share"] or 0))
    if facts["health"] is None:
        text = f"Health unknown: {known} % of the weight is known."
    else:
        text = f"Health {facts['health']:.1f}, {facts['band']}; card {facts['scorecard']}, {known} % known."
    if facts["health_as_of"]:
        text += f" As of {facts['health_as_of']}, late: what is late keeps its last value (cs check)."
    if facts["capped_by"]:
        score = sum(row["contribution"] for row in measures)
        text += f" Held down by: {facts['capped_by']} (the measures alone give {score:.1f})."
    text += _whose_pulse(facts)
    if contradicts := though(facts["band"], facts["red_case"]):
        text += f" {contradicts.capitalize()}."
    if measures:
        # what costs most leads on to its rows
        worst = max(measures, key=lambda row: row["share"] * (100.0 - (row["score"] or 0.0)))
        account = as_typed(facts["account_id"])
        text += f"\nNext: cs explain {account} {worst['fact']}, cs health changes {account} --by-measure"
    sections = [Section("measures", "Why", MEASURES, tuple(measures), figures, text, "No card applies.")]
    if changes is not None:
        empty = "No single change lifts the band."
        sections.append(Section("what_if", "What would lift the band", WHAT_IF, tuple(changes), empty=empty))
    return Report(
        "health", f"Health of {facts['name'] or facts['account_id']}", desk.day.isoformat(), desk.currency,
        desk.settings.company, sections=tuple(sections),
    )  # fmt: skip


def _whose_pulse(facts: dict[str, Any]) -> str:
    """Whose word counts where several people gave one: the newest in the mean, the lowest in the caps."""
    low, by = facts["pulse_lowest"], facts["pulse_lowest_by"]
    if low is None and facts["pulse_doubt"] is not None:
        low, by = facts["pulse_doubt"], facts["pulse_doubt_by"]
        return f" {by or 'Somebody'}'s pulse of {low} has expired and counts on, until anybody looks anew."
    if not facts["pulse_spread"]:
        return ""
    newest = f"{facts['pulse']} by {facts['pulse_by'] or 'somebody'}"
    return f" Pulses: the newest, {newest}, counts in the mean, the lowest, {low} by {by or 'somebody'}, in the caps."


def _emit_object(payload: dict[str, Any], output: Path | None) -> None:
    import json

    deliver_payload(json.dumps(payload, indent=2, allow_nan=False) + "\n", output)
