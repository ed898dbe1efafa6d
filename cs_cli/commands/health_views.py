"""What `cs health list` and `show` say beyond the score: pulse against score, parents, trend, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_cli.commands import desk as desks
from cs_cli.commands.desk import Desk, emit, flat_report, say
from cs_cli.reports.model import Column, Figure, Report
from cs_cli.scoring import health_views as views
from cs_cli.scoring.desk import build_desk
from cs_cli.scoring.lists import HEALTH_LIST

if TYPE_CHECKING:
    from cs_cli.scoring.trend import Trend

DISAGREE = (
    Column("account_id", "Id"),
    Column("name", "Account"),
    Column("id", "Finding"),
    Column("health", "Health", "score"),
    Column("band", "Band", "band"),
    Column("pulse", "Pulse", "number"),
    Column("pulse_says", "Pulse says", "band"),
    Column("pulse_by", "By"),
    Column("pulse_age_days", "Days ago", "days"),
    Column("gap", "Gap", "score"),
    Column("who", "Between"),
    Column("pulse_lowest", "Lowest", "number"),
    Column("pulse_lowest_by", "Its author"),
    Column("pulse_spread", "Apart", "number"),
    Column("arr", "ARR", "money"),
)
NEVER_STARTED = (
    Column("account_id", "Id"),
    Column("name", "Account"),
    Column("arr", "ARR", "money"),
    Column("since", "Customer since", "day"),
    Column("days_without_value", "Days", "days"),
    Column("health", "Health", "score"),
    Column("band", "Band", "band"),
    Column("owner", "Owner"),
)
PARENTS = (
    Column("account_id", "Id"),
    Column("name", "Parent"),
    Column("accounts", "Accounts", "number"),
    Column("arr", "ARR", "money"),
    Column("health", "Health by ARR", "score"),
    Column("known_arr", "Of ARR known", "money"),
    Column("red_arr", "Red ARR", "money"),
    Column("worst", "Worst", "band"),
)


def show_view(desk: Desk, view: str, everybody: bool, wanted: str | None, output: Path | None) -> None:
    """One of the other lists of everybody's health. -v: also the disagreements that somebody accepted."""
    if view == "never_started":
        from cs_cli.scoring.never_started import NEVER_STARTED_NEED, never_started

        build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need=NEVER_STARTED_NEED)
        found = never_started(desk.conn, desk.day)
        empty = "Nobody of whom the data would show it is without first value after 60 days."
        report = flat_report("never-started", "Who never started", NEVER_STARTED, found, desk, empty=empty)
    elif view == "disagree":
        build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need=HEALTH_LIST | views.DISAGREE_NEED)
        report = _disagree(desk, views.disagreements(desk.conn, everybody=everybody))
    else:
        build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need=HEALTH_LIST | views.PARENT_NEED)
        found = views.by_parent(desk.conn, everybody=everybody)
        empty = "No account names a parent (the CRM's parent company)."
        report = flat_report("parents", "Health by parent", PARENTS, found, desk, empty=empty)
    emit(report, wanted, output)


def _disagree(desk: Desk, found: list[dict[str, Any]]) -> Report:
    from cs_cli.reports.accepted import COLUMNS, disagreement, in_words, named, split

    seen = named(disagreement(row) for row in found)
    by_id = {one.id: row | {"id": one.id} for one, row in zip(seen, found, strict=True)}
    left, accepted = split(desk.conn, seen, desk.day)
    rows = [by_id[row["id"]] for row in left]
    columns: tuple[Column, ...] = DISAGREE
    if desks.GLOBALS.verbose and accepted:
        rows += [by_id[row["id"]] | {column.key: row[column.key] for column in COLUMNS} for row in accepted]
        columns = (*DISAGREE, *COLUMNS)
    text = in_words(accepted, "" if desks.GLOBALS.verbose else "-v")
    empty = "No pulse says another band than the score, and nobody sees a customer otherwise than a colleague."
    empty = "No other pulse says so." if accepted else empty
    title = "Pulse against score, people against people"
    return flat_report("disagree", title, columns, rows, desk, empty=empty, text=text)


def say_what_is_missing(desk: Desk, found: list[dict[str, Any]]) -> None:
    """On stderr, when many bands are unknown: which measures are missing and what would lift the known share."""
    unknown = views.many_unknown(found)
    if unknown:
        build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, measures=True)
        say(views.missing_line(desk.conn, desk.definitions, unknown, len(found)))


def trend_of(desk: Desk, number: int, facts: dict[str, Any]) -> Trend:
    from cs_cli.scoring.trend import trends

    known = facts["health"] if facts["band"] != "unknown" else None
    return trends(desk.conn, desk.definitions, desk.day, desk.known_at, [number], {number: known})[number]


def trend_object(desk: Desk, number: int, facts: dict[str, Any]) -> dict[str, Any]:
    """{change_4w, change_13w, weeks: [{day, health}]}, the oldest first."""
    trend = trend_of(desk, number, facts)
    weeks = [{"day": day.isoformat(), "health": point} for day, point in zip(trend.days, trend.points, strict=True)]
    return {"change_4w": trend.change_4w, "change_13w": trend.change_13w, "weeks": weeks}


def trend_figures(desk: Desk, number: int, facts: dict[str, Any]) -> tuple[Figure, ...]:
    """The last 13 weeks as a line, and how far it moved."""
    trend = trend_of(desk, number, facts)
    if sum(point is not None for point in trend.points) < 2:
        return ()
    moves = (("change_4w", "Over 4 weeks", trend.change_4w), ("change_13w", "Over 13 weeks", trend.change_13w))
    return (
        Figure("health_13w", "13 weeks", list(trend.points), "score"),
        *(Figure(key, label, change, "score") for key, label, change in moves if change is not None),
    )
