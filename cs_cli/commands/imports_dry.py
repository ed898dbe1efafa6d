"""What a dry run prints: how much would change, and the first values, or all of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cs_cli.commands.desk import Desk, flat_report
from cs_cli.intake.diff import MOST
from cs_cli.reports.model import Column, Report

if TYPE_CHECKING:
    from cs_cli.intake.results import ImportResult

FIRST = 10
SHORT = ("table", "md", "html")  # what people read; programs get every row

DIFF_COLUMNS = (
    Column("source", "Source"), Column("kind", "Kind"), Column("key", "Key"), Column("name", "Name"),
    Column("what", "What"), Column("column", "Column"), Column("old", "Old"), Column("new", "New"),
)


def dry_report(results: list[ImportResult], desk: Desk, *, whole: bool) -> Report:
    """Counts in words and the first ten values that would change; whole: every value."""
    rows = diff_rows(results)
    text = ""
    if not whole and len(rows) > FIRST:
        text = "; ".join(_counted(result) for result in results if result.changes)
        text += f". The first {FIRST} of {len(rows):,} values; all of them: -v, or -o changes.csv"
        rows = rows[:FIRST]
    if any(len(result.changes) == MOST for result in results):
        text += f" (of the first {MOST} records of a file)"
    return flat_report("import", "What would change", DIFF_COLUMNS, rows, desk, text=text,
                       empty="No account, subscription or contract would change.")


def _counted(result: ImportResult) -> str:
    """accounts.csv: 120 accounts added, 3 changed (name 2, owner 1)."""
    columns = Counter(column for one in result.changes if one.what == "changed" for column in one.values)
    which = ", ".join(f"{column} {count:,}" for column, count in sorted(columns.items(), key=lambda o: (-o[1], o[0])))
    changed = f", {result.changed:,} changed" + (f" ({which})" if which else "") if result.changed else ""
    return f"{result.file}: {result.added:,} of kind {result.kind} added{changed}"


def diff_rows(results: list[ImportResult]) -> list[dict[str, Any]]:
    """One row for each value that changes or comes: of accounts, subscriptions and contracts."""
    rows: list[dict[str, Any]] = []
    for result in results:
        for change in result.changes:
            head = {"source": result.source, "kind": change.kind, "key": change.key, "name": change.name,
                    "what": change.what}
            rows += [head | {"column": column, "old": old, "new": new} for column, (old, new) in change.values.items()]
        rows += [
            {"source": result.source, "kind": result.kind, "key": None, "name": name, "what": "not in the file"}
            for name in result.missing_names
        ]
    return rows
