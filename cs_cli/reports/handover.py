"""What a stand-in or a new owner needs to know: cases, tasks, decisions of a person for some days, or of accounts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import UsageError
from cs_cli.reports.common import freshness_lines
from cs_cli.reports.model import Column, Report, Section

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

TAKES_PERSON = True
ABOUT = "The handover sheet of somebody who is away."

CASES = (
    Column("case", "Case"),
    Column("severity", "Severity", "severity"),
    Column("name", "Account"),
    Column("arr", "ARR", "money"),
    Column("because", "Because"),
    Column("resolve_by", "Resolve by", "day"),
)
TASKS = (Column("task", "Task"), Column("name", "Account"), Column("do", "Do"), Column("due", "Due", "day"))
DECISIONS = (
    Column("name", "Account"),
    Column("renewal_date", "Renewal", "day"),
    Column("decide_by", "Decide by", "day"),
    Column("arr", "ARR", "money"),
    Column("band", "Band", "band"),
    Column("stage", "Stage"),
)


def build(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    *,
    who: str | None = None,
    start: date | None = None,
    end: date | None = None,
    to: str | None = None,
    known_at: date | None = None,
    accounts: Collection[str] | None = None,
    **options: Any,
) -> Report:
    """who: a person's name, else me; start and end: the first and last day away, else the next two weeks.

    accounts: ids of accounts that are given to who; then theirs are listed, whoever had them, with a quarter to come.

    Raises UsageError when nobody is named and cs.yaml names nobody.
    """
    from cs_cli.cases.lists import case_rows, tasks
    from cs_cli.cases.people import People
    from cs_cli.revenue.renewals import renewals

    people = People(definitions.settings)
    person = who or people.me
    if person is None:
        raise UsageError.of("USE-042", "nobody is named", next="cs report handover NAME, or set me: in cs.yaml")
    first, last = start or day, end or (start or day) + timedelta(days=14 if accounts is None else 90)
    away = f"{first.isoformat()} to {last.isoformat()}"
    due = [
        row
        for row in renewals(conn, definitions, day, 3660, known_at)
        if row["decide_by"] and day.isoformat() <= row["decide_by"] <= last.isoformat()
    ]
    # both the person and whoever stands in already: the sheet is printed before and after the absence is written down
    names = {person.casefold(), (to or person).casefold()}
    def theirs(row: dict[str, Any]) -> bool:
        return str(row["owner"]).casefold() in names if accounts is None else row["account_id"] in accounts

    due = [row for row in due if accounts is None or row["account_id"] in accounts]
    mine = [row for row in case_rows(conn, definitions, day, known_at=known_at) if theirs(row)]
    todo = [row for row in tasks(conn, definitions, day, due_by=last, known_at=known_at) if theirs(row)]

    def cut(found: list[dict[str, Any]], columns: tuple[Column, ...]) -> tuple[dict[str, Any], ...]:
        return tuple({column.key: row[column.key] for column in columns} for row in found)

    sections = (
        Section("cases", "Open cases", CASES, cut(mine, CASES), empty="No open cases."),
        Section("tasks", f"Tasks due by {last.isoformat()}", TASKS, cut(todo, TASKS), empty="No tasks due."),
        Section("decisions", "Decisions that fall into these days", DECISIONS, cut(due, DECISIONS), empty="None."),
    )
    title = f"Handover: {person}, {away}" + (f", to {to}" if to else "")
    if accounts is not None:
        title = f"Handover to {person} from {first.isoformat()}: {', '.join(sorted(accounts))}"
    return Report(
        "handover",
        title,
        day.isoformat(),
        definitions.settings.currency,
        definitions.settings.company,
        freshness_lines(conn, definitions, day),
        sections,
    )
