"""Prices below zero: always said, and never a customer's MRR below zero without a person's word."""

from __future__ import annotations

import sqlite3

from cs_cli.base.errors import Fault, GuardStopped
from cs_cli.base.money import show, to_major
from cs_cli.intake.again import again
from cs_cli.intake.plan import Field
from cs_cli.intake.results import ImportOptions, ImportResult
from cs_cli.intake.stage import Staged

# kinds whose amounts are prices, and what one of them is when it lies below zero
_PRICES = {
    "subscription": (("amount", "mrr", "total"), "a credit"),
    "contract": (("amount",), "a credit"),
    "invoice": (("amount",), "a credit note"),
    "mrr_event": (("mrr_before", "mrr_after"), "a credit"),
}
SHOWN = 5


def say_negative(conn: sqlite3.Connection, staged: Staged) -> None:
    """A note for each column of prices with amounts below zero: how many rows, and their lines.

    A column whose source turns the sign holds credits and nothing else: that is no news.
    """
    columns, what = _PRICES.get(staged.source.kind, ((), ""))
    for field in staged.plan.fields:
        if field.column not in columns or any(one.spec.negate for one in field.readings()):
            continue
        below = f'FROM {staged.stage} WHERE "{field.column}" < 0'
        count = int(conn.execute(f"SELECT count(*) {below}").fetchone()[0])
        if count:
            lines = [row[0] for row in conn.execute(f"SELECT line {below} ORDER BY line LIMIT {SHOWN}")]
            staged.notes.append(_in_words(field, count, lines, what))


def _in_words(field: Field, count: int, lines: list[int], what: str) -> str:
    where = f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}" + ", …" * (count > len(lines))
    rows = "row is" if count == 1 else "rows are"
    return f"{field.header!r} of {count:,} {rows} below zero ({where}): each counts as {what}"


def check_negative(
    conn: sqlite3.Connection, staged: Staged, result: ImportResult, options: ImportOptions, when: str
) -> None:
    """Raises GuardStopped IMP-239 when a customer's subscriptions of the file's source, together not below zero before
    the import, add up to less than nothing after it."""
    if staged.source.kind != "subscription" or options.yes or result.import_id is None:
        return
    source, number = staged.source.source, result.import_id
    if not conn.execute(
        "SELECT EXISTS (SELECT 1 FROM subscription WHERE source = ? AND retired_by IS NULL AND arr < 0)", (source,)
    ).fetchone()[0]:
        return
    here: dict[str, str | int] = {"source": source, "day": when, "number": number}
    before = _totals(conn, "s.import_id < :number AND (s.retired_by IS NULL OR s.retired_by = :number)", here)
    faults = []
    for place, (total, line, currency) in _totals(conn, "s.retired_by IS NULL", here).items():
        if total < 0 and before.get(place, (0, None, ""))[0] >= 0:
            mrr = show(to_major(total, currency) / 12, currency) if currency else f"{total / 12:,.0f} minor units"
            faults.append(Fault(
                "IMP-239", f"the subscriptions of {place[0]} would add up to an MRR of {mrr}",
                file=result.file, line=line, expected="prices that add up to zero or more for each customer",
            ))
    if faults:
        raise GuardStopped(faults, next=f"if these are credits: {again(options, result.file, '--yes')}")


def _totals(
    conn: sqlite3.Connection, version: str, values: dict[str, str | int]
) -> dict[tuple[str, str], tuple[int, int | None, str]]:
    """(customer as the source names it, currency) → (annual amount of what runs on the day, line of the lowest price
    in this import, currency)."""
    rows = conn.execute(
        "SELECT coalesce(r.external_id, s.key), coalesce(s.currency, ''), sum(s.arr), "
        "min(CASE WHEN s.arr < 0 AND s.import_id = :number THEN s.line END) "
        "FROM subscription AS s LEFT JOIN ref AS r ON r.id = s.ref WHERE s.source = :source AND s.arr IS NOT NULL "
        "AND (s.started_on IS NULL OR s.started_on <= :day) AND (s.ended_on IS NULL OR s.ended_on > :day) "
        f"AND {version} GROUP BY 1, 2 ORDER BY 1, 2", values,
    )
    return {(name, currency): (int(total), line, currency) for name, currency, total, line in rows}
