"""What several reports share: the desk built for a report, rows out of it, how fresh the data is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.reports.model import Column
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings
    from cs_cli.definitions.workspace import Definitions

# the last day of what is late and still speaks in the score
LATE = Column("health_as_of", "Late", "late")
ACCOUNT_COLUMNS = (
    Column("account_id", "Id"),
    Column("name", "Account"),
    Column("arr", "ARR", "money"),
    Column("mrr", "MRR", "money", hidden=True),
    Column("owner", "Owner"),
    Column("status", "Status"),
    Column("tier", "Tier"),
    Column("touch_model", "Touch", hidden=True),
    Column("lifecycle", "Lifecycle"),
    Column("health", "Health", "score"),
    Column("band", "Band", "band"),
    LATE,
)

ESCALATION_COLUMNS = (
    Column("case", "Case"),
    Column("severity", "Severity", "severity"),
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("arr", "ARR", "money"),
    Column("playbook", "Playbook"),
    Column("because", "Because"),
    Column("state", "State"),
    Column("opened_on", "Since", "day"),
    Column("owner", "Owner"),
    Column("decider", "Decides"),
    Column("acknowledge_by", "Acknowledge by", "day", hidden=True),
    Column("resolve_by", "Resolve by", "day"),
    Column("breached", "Breached", "flag"),
    Column("about_to_breach", "Soon late", "flag", hidden=True),
    Column("age_days", "Days open", "days", hidden=True),
    Column("next_task", "Next task", hidden=True),
    Column("changed_7d", "Last 7 days", hidden=True),
)
RENEWAL_COLUMNS = (
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("contract", "Contract", hidden=True),
    Column("renewal_date", "Renewal", "day"),
    Column("days_to_renewal", "In days", "days"),
    Column("notice_date", "Notice by", "day"),
    Column("decide_by", "Decide by", "day"),
    Column("auto_renew", "Auto", "flag"),
    Column("arr", "ARR", "money"),
    Column("health", "Health", "score"),
    Column("band", "Band", "band"),
    Column("owner", "Owner"),
    Column("stage", "Stage"),
    LATE,
)
STALE_AFTER = 10  # exports are weekly by default; ten days is one missed week and a margin


def facts_of(
    conn: sqlite3.Connection, names: Iterable[str], *, customers_only: bool = True, order: str = "arr DESC, account_id"
) -> list[dict[str, Any]]:
    """Rows of account_facts with these columns, in a stable order; a name that no definition gives is None.

    Call after build_desk. names and order come from code, never from data.
    """
    there = {row[1] for row in conn.execute("PRAGMA temp.table_info(account_facts)")}
    chosen = ", ".join(f'"{name}"' if name in there else f'NULL AS "{name}"' for name in names)
    where = "WHERE status = 'customer'" if customers_only else ""
    return rows(conn, f"SELECT {chosen} FROM account_facts {where} ORDER BY {order}")


def unsent_lines(conn: sqlite3.Connection, day: date) -> tuple[str, ...]:
    """What did not go out, or nobody knows whether it arrived, until a person settles it; nothing where all is well."""
    found = conn.execute(
        "SELECT channel, sum(state = 'failed'), sum(state = 'unknown') FROM delivery WHERE planned_on <= ? "
        "AND (state = 'unknown' OR (state = 'failed' AND final = 1)) GROUP BY channel ORDER BY channel",
        (day.isoformat(),),
    ).fetchall()
    return tuple(
        f"not settled by {channel}: " + ", ".join(
            f"{count} {word}" for count, word in ((failed, "failed"), (unknown, "in doubt")) if count
        ) + " (cs remind list)"
        for channel, failed, unknown in found
    )  # fmt: skip


def freshness_lines(conn: sqlite3.Connection, definitions: Definitions, day: date) -> tuple[str, ...]:
    """The newest day in the data by kind, such as "data of 2026-06-28 (2 days old): usage", and what is late for what.

    Call after set_clock. A kind whose export is newer than its newest row says so: nothing happened, or it is an old
    file.
    """
    from cs_cli.facts.freshness import news_on

    found = news_on(conn, definitions.settings, day)
    if not found:
        return ("no data has been imported yet",)
    by_day: dict[str, list[str]] = {}
    for one in found:
        exported = f" (exported {one.looked})" if one.looked and one.day and one.looked > one.day else ""
        by_day.setdefault(one.day or "", []).append(f"{plural(one.kind)}{exported}{' (late)' if one.late else ''}")
    lines = [
        f"data of {newest} ({_age(date.fromisoformat(newest), day)}): {', '.join(kinds)}"
        if newest
        else f"data without a day: {', '.join(kinds)}"
        for newest, kinds in sorted(by_day.items(), reverse=True)
    ]
    if definitions.settings.today:
        lines.insert(0, f"the day is fixed at {definitions.settings.today} in cs.yaml")
    late = [one for one in found if one.late]
    return (*lines, *(f"late: {plural(one.kind)}: {what_is_missing(definitions, one.kind)}" for one in late))


def freshness_in_short(conn: sqlite3.Connection, definitions: Definitions, day: date) -> tuple[str, ...]:
    """As freshness_lines, the days in one line, for lists of which the first line should be on the screen."""
    lines = freshness_lines(conn, definitions, day)
    dated = [line.removeprefix("data of ") for line in lines if line.startswith("data of ")]
    rest = [line for line in lines if not line.startswith("data of ")]
    return (*([f"data of {'; '.join(dated)}"] if dated else []), *rest)


def plural(kind: str) -> str:
    """A record kind as a person says it: invoices, MRR events, usage."""
    words = {"usage": "usage", "touch": "touches", "mrr_event": "ledger events", "churn": "churn notes"}
    return words.get(kind, f"{kind}s")


def what_is_missing(definitions: Definitions, kind: str) -> str:
    """What a late kind leaves open: scores keep their last value, and these enabled playbooks cannot tell."""
    from cs_cli.definitions.conditions import parse
    from cs_cli.facts.lateness import is_judged_by
    from cs_cli.scoring.desk import names_of

    names = names_of(definitions)
    waiting = [
        playbook.playbook
        for playbook in definitions.playbooks
        if playbook.enabled
        and any(is_judged_by(name, kind) for name in parse(playbook.when, names).names)
    ]
    told = "scores keep their last value"
    return f"{told}; cannot tell: {', '.join(waiting)}" if waiting else told


def stopped_lines(conn: sqlite3.Connection, day: date) -> tuple[str, ...]:
    """What stands above a report while an export does not come in, such as "import stopped for stripe_invoices, …"."""
    from cs_cli.store.stopped import stopped_imports

    return tuple(f"{one.text}: cs imports aside" for one in stopped_imports(conn, day))


def _age(then: date, day: date) -> str:
    age = (day - then).days
    return "today" if age <= 0 else "1 day old" if age == 1 else f"{age} days old"


def total(found: Sequence[dict[str, Any]], key: str) -> float:
    """Sum of a column over the rows that know it, rounded to the cent."""
    return float(round(sum(row[key] for row in found if row[key] is not None), 2))


def chosen(found: Sequence[dict[str, Any]], columns: Sequence[Column]) -> tuple[dict[str, Any], ...]:
    """The rows with just these columns, in their order."""
    return tuple({column.key: row[column.key] for column in columns} for row in found)


def stale_sources(conn: sqlite3.Connection, settings: Settings, day: date) -> list[tuple[str, str, int]]:
    """(source, day that its newest export speaks for, age in days) of the sources that are late, the oldest first.

    Late is over the limit of its kind, and over what the rhythm of its own exports allows. Call after set_clock.
    """
    from cs_cli.facts import rhythm
    from cs_cli.facts.news import looks

    found = []
    for source, kind in conn.execute(
        "SELECT DISTINCT source, record_kind FROM change_set WHERE kind = 'import' AND source IS NOT NULL "
        "AND record_kind IS NOT NULL ORDER BY source"
    ).fetchall():
        days = looks(conn, kind, day, source)
        if not days:
            continue
        said = settings.rhythm.get(kind)
        usual = rhythm.declared(said) if said else rhythm.of_looks(days)
        age = (day - days[-1]).days
        if age > max(settings.freshness.get(kind, STALE_AFTER), usual.patience if usual else 0):
            found.append((str(source), days[-1].isoformat(), age))
    return sorted(found, key=lambda one: (one[1], one[0]))


def late_kinds(
    conn: sqlite3.Connection, definitions: Definitions, day: date
) -> list[tuple[str, str, str]]:
    """(kind, what is late about it, what is missing because of it) of every late kind. Call after set_clock."""
    from cs_cli.facts.freshness import news_on

    return [
        (
            plural(one.kind),
            f"of {one.day}, {one.age} days old; {one.rhythm + ', ' if one.rhythm else ''}late after {one.limit} days",
            what_is_missing(definitions, one.kind),
        )
        for one in news_on(conn, definitions.settings, day)
        if one.late
    ]
