"""Several rows of an export that are one record: line items of an invoice, messages of a conversation."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from cs_cli.intake.invoice_lines import gather_lines
from cs_cli.intake.reader import SetAside

if TYPE_CHECKING:
    from cs_cli.intake.plan import Plan
    from cs_cli.intake.stage import Staged

_LINK = ("ext", "hint_domain", "hint_name")


def combine_lines(conn: sqlite3.Connection, staged: Staged) -> None:
    """Rows of one key become one row on the line of the first, each column by its `combine`.

    first and last pass over empty cells; sum, least and most count the filled ones.
    """
    gather_lines(conn, staged)
    stage, specs = staged.stage, staged.source.columns
    conn.execute(f"CREATE INDEX IF NOT EXISTS temp.{stage}_key ON {stage} (key)")
    names = [*_LINK, *staged.delivered]
    ways = ["first" if name not in specs else specs[name].combine for name in names]
    if "sum" in ways:
        _set_aside_strangers(conn, staged)
    columns = ", ".join(f'"{name}"' for name in names)
    rows = conn.execute(
        f"SELECT key, n, {columns} FROM {stage} WHERE key IN "
        f"(SELECT key FROM {stage} GROUP BY key HAVING count(*) > 1) ORDER BY key, n"
    ).fetchall()
    sets = ", ".join(f'"{name}" = ?' for name in names)
    for _, group in groupby(rows, itemgetter(0)):
        lines = list(group)
        values = [_one(way, [line[2 + at] for line in lines]) for at, way in enumerate(ways)]
        conn.execute(f"UPDATE {stage} SET {sets} WHERE n = ?", (*values, lines[0][1]))
        conn.executemany(f"DELETE FROM {stage} WHERE n = ?", ((line[1],) for line in lines[1:]))
    if rows:
        records = len({row[0] for row in rows})
        staged.notes.append(f"{len(rows):,} rows are the lines of {records:,} record{'s' * (records > 1)}")


def number_alike(conn: sqlite3.Connection, staged: Staged) -> None:
    """Rows that read alike but differ as they stand are several records where the row is the key: "…#2", "…#3".

    The numbers say nothing of the order: what is read is the same, so the same rows shuffled give the same records.
    """
    stage = staged.stage
    rows = conn.execute(
        f"SELECT key, n, line FROM {stage} WHERE key IN "
        f"(SELECT key FROM {stage} GROUP BY key HAVING count(*) > 1) ORDER BY key, n"
    ).fetchall()
    if not rows:
        return
    places, more = staged.table.records_at([line for _, _, line in rows]), 0
    for key, group in groupby(rows, itemgetter(0)):
        seen: dict[str, str] = {}
        for _, n, line in group:
            text = places[line][1].decode(staged.table.encoding).rstrip("\r\n")
            number = seen.setdefault(text, f"{key}#{len(seen) + 1}" if seen else key)
            conn.execute(f"UPDATE {stage} SET key = ? WHERE n = ?", (number, n))
        more += len(seen) - 1
    if more:
        staged.notes.append(
            f"{more:,} row{'s' * (more > 1)} read like another and {'count' if more > 1 else 'counts'} apart: "
            "columns that are not read differ"
        )


def set_aside_broken(conn: sqlite3.Connection, staged: Staged) -> None:
    """Rows that make one record with a row that was set aside are set aside too: half an invoice is a wrong one.

    Rows belong together when the cells that name the record are written alike.
    """
    table, broken = staged.table, dict[tuple[str, ...], int]()
    named = _record_cells(staged.plan, len(table.raw_headers)) if staged.source.combine in ("lines", "sum") else ()
    if not named or not staged.set_aside:
        return
    for row in staged.set_aside:
        text = io.StringIO(row.raw.decode(table.encoding), newline="")
        cells = next(csv.reader(text, delimiter=table.delimiter), [])
        if len(cells) > max(named):
            broken.setdefault(_texts(cells, named), row.line)
    gone = {row.line for row in staged.set_aside}
    others = {
        line: broken[_texts(cells, named)] for line, _, cells in table.rows()
        if line not in gone and _texts(cells, named) in broken
    }
    places, at = table.records_at(list(others)), named[0]
    for line, first in others.items():
        if not conn.execute(f"DELETE FROM {staged.stage} WHERE line = ?", (line,)).rowcount:
            continue  # left out, or it is no record
        record, raw = places[line]
        staged.set_aside.append(SetAside(
            line, record, raw, "IMP-217", f"a part of the record of which line {first} cannot be read", at + 1,
            table.headers[at], None, "every row of the record",
        ))


def _set_aside_strangers(conn: sqlite3.Connection, staged: Staged) -> None:
    """Rows of one key that name different accounts are no lines of one invoice: what they add up to is nobody's."""
    found = conn.execute(
        f"SELECT key, line FROM {staged.stage} WHERE key IN "
        f"(SELECT key FROM {staged.stage} GROUP BY key HAVING count(DISTINCT ext) > 1) ORDER BY line"
    ).fetchall()
    places, at = staged.table.records_at([line for _, line in found]), staged.plan.key[0]
    for key, line in found:
        staged.set_aside.append(SetAside(
            line, *places[line], "IMP-215", "the same key with different accounts", at + 1, staged.table.headers[at],
            key, "one account for all rows of a record",
        ))
    conn.executemany(f"DELETE FROM {staged.stage} WHERE line = ?", ((line,) for _, line in found))


def _record_cells(plan: Plan, width: int) -> tuple[int, ...]:
    """The cells, of the first `width`, by which rows are of one record: its key; of usage account, metric and day."""
    cells = tuple(plan.key)
    if plan.source.kind == "usage":
        measured = [at for field in plan.fields if field.column in ("metric", "day") for at in field.cells]
        cells = (*plan.ids, *plan.subscriptions, *plan.emails, *plan.domains, *plan.names, *measured)
    return tuple(at for at in cells if at < width)


def _texts(cells: Sequence[str], named: Sequence[int]) -> tuple[str, ...]:
    return tuple(cells[at].strip() for at in named)


def _one(way: str, values: list[Any]) -> Any:
    filled = [value for value in values if value is not None]
    if not filled:
        return None
    if way == "sum":
        return sum(filled)
    if way == "least":
        return min(filled)
    if way == "most":
        return max(filled)
    return filled[-1 if way == "last" else 0]


def keep_first(conn: sqlite3.Connection, staged: Staged) -> None:
    """Columns with `keep` take the value that is known already, where one is; a day the earlier one, because an older
    export that comes later proves the record from its own day on."""
    kept = [name for name, spec in staged.source.columns.items() if spec.keep and name in staged.delivered]
    kind = staged.source.kind
    for name in kept if kind != "usage" else []:
        first = f' AND c."{name}" < {staged.stage}."{name}"' if staged.source.columns[name].type == "day" else ""
        conn.execute(
            f'UPDATE {staged.stage} SET "{name}" = c."{name}" FROM {kind} AS c WHERE c.source = ? '
            f'AND c.key = {staged.stage}.key AND c.retired_by IS NULL AND c."{name}" IS NOT NULL{first}',
            (staged.source.source,),
        )
