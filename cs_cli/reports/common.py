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


def freshness_lines(conn: sqlite3.Connection, settings: Settings, day: date) -> tuple[str, ...]:
    """How old the newest import of each system is, such as "data of 2026-06-28 (2 days old): hubspot, stripe"."""
    found = conn.execute(
        "SELECT COALESCE(s.system, c.source), c.source, MAX(c.day) FROM change_set c "
        "LEFT JOIN source s ON s.name = c.source WHERE c.kind = 'import' AND c.day <= ? "
        "AND c.id NOT IN (SELECT undoes FROM change_set WHERE undoes IS NOT NULL) GROUP BY c.source ORDER BY 1, 2",
        (day.isoformat(),),
    ).fetchall()
    if not found:
        return ("no data has been imported yet",)
    days_of: dict[str, set[str]] = {}
    for system, _source, newest in found:
        days_of.setdefault(system, set()).add(newest)
    by_day: dict[str, list[str]] = {}
    for system, source, newest in found:
        # a system whose exports are of different ages is named export by export
        name = source if len(days_of[system]) > 1 else "own tables" if system == "cs" else system
        if name not in by_day.setdefault(newest, []):
            by_day[newest].append(name)
    lines = [
        f"data of {newest} ({_age(date.fromisoformat(newest), day)}): {', '.join(systems)}"
        for newest, systems in sorted(by_day.items(), reverse=True)
    ]
    if settings.today:
        lines.insert(0, f"the day is fixed at {settings.today} in cs.yaml")
    return tuple(lines)


def stopped_lines(conn: sqlite3.Connection, day: date) -> tuple[str, ...]:
    """What stands above a report while an export does not come in, such as "import stopped for stripe_invoices, …"."""
    from cs_cli.intake.stopped import stopped_imports

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
    """(source, day of its newest import, age in days) of the sources past their freshness limit, the oldest first."""
    found = conn.execute(
        "SELECT source, record_kind, MAX(day) FROM change_set WHERE kind = 'import' AND day <= ? AND id NOT IN "
        "(SELECT undoes FROM change_set WHERE undoes IS NOT NULL) GROUP BY source ORDER BY MAX(day), source",
        (day.isoformat(),),
    ).fetchall()
    ages = [(source, kind, newest, (day - date.fromisoformat(newest)).days) for source, kind, newest in found]
    return [
        (source, newest, age)
        for source, kind, newest, age in ages
        if age > settings.freshness.get(kind or "", STALE_AFTER)
    ]
