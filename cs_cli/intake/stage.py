"""One file into TEMP tables: two passes, one to decide each column's format, one to convert."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cs_cli.base.errors import InputRefused
from cs_cli.definitions.shapes import Settings, SourceColumn, SourceDef
from cs_cli.intake.annual import annual_amount, discount_share, interval_word
from cs_cli.intake.columns import ColumnReader
from cs_cli.intake.convert import RowFault, RowReader
from cs_cli.intake.lines import combine_lines, keep_first
from cs_cli.intake.plan import HELPERS, Field, Plan
from cs_cli.intake.reader import SetAside, Table
from cs_cli.intake.values import (
    BadValue,
    Decision,
    Undecidable,
    damaged_id,
    make_converter,
    make_observer,
    needs_decision,
)
from cs_cli.store.kinds import KINDS, SQL_TYPES, USAGE_COLUMNS

BATCH = 5_000
LINK_COLUMNS = "n INTEGER PRIMARY KEY, line INTEGER, key TEXT, ext TEXT, hint_domain TEXT, hint_name TEXT, ref INTEGER"
_NUMBER = SourceColumn(type="number")


@dataclass
class Staged:
    """A file that has been read: its table, its stage and everything that was set aside.

    stage is a TEMP table (n, line, key, ext, hint_domain, hint_name, ref, <delivered columns>).
    """

    table: Table
    source: SourceDef
    plan: Plan
    stage: str
    delivered: list[str]
    rows: int = 0
    skipped: int = 0
    same: int = 0
    set_aside: list[SetAside] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    attributes: str | None = None


def stage_table(
    conn: sqlite3.Connection, table: Table, plan: Plan, settings: Settings, number: int
) -> Staged:
    """Read the table by the plan into temp.stage_<number>. Raises InputRefused for undecidable columns."""
    source = plan.source
    _name_currency(plan, settings.currency)
    converters, metric_readers, notes = converters_for(table, plan, settings)
    reader = RowReader(plan, table.headers, converters, settings.currency)
    kinds = {**_columns(source.kind), **HELPERS.get(source.kind, {})}
    delivered = plan.delivered() + across(plan)
    stage = f"stage_{number}"
    staged = Staged(table, source, plan, stage, delivered, notes=notes)
    columns = "".join(f', "{c}" {SQL_TYPES[kinds[c]]}' for c in delivered)
    conn.execute(f"DROP TABLE IF EXISTS temp.{stage}")
    conn.execute(f"CREATE TEMP TABLE {stage} ({LINK_COLUMNS}{columns})")
    names = "".join(f', "{c}"' for c in delivered)
    marks = ", ".join("?" * (5 + len(delivered)))
    insert = f"INSERT INTO {stage} (line, key, ext, hint_domain, hint_name{names}) VALUES ({marks})"
    attributes: list[tuple[Any, ...]] = []
    rows = _rows(staged, reader, metric_readers, attributes)
    conn.execute("BEGIN")
    try:
        conn.executemany(insert, rows)
        if plan.attributes:
            staged.attributes = f"{stage}_attributes"
            _stage_attributes(conn, staged.attributes, attributes)
        conn.execute("COMMIT")
    except BaseException:
        conn.execute("ROLLBACK")
        raise
    staged.set_aside.extend(table.set_aside)
    staged.rows += len(table.set_aside)
    return staged


def across(plan: Plan) -> list[str]:
    """The columns that come from a wide table's headers and cells."""
    return ["metric", "value"] if plan.metrics else ["day", "value"] if plan.days else []


def _name_currency(plan: Plan, default: str) -> None:
    """A file with amounts but without a currency column is in its source's currency, else the workspace's."""
    amounts = [f for f in plan.fields if f.spec.type == "money"]
    if not amounts or any(f.column == "currency" for f in plan.fields) or "currency" not in _columns(plan.source.kind):
        return
    declared = amounts[0].spec.currency or ""
    code = declared[1:].strip().upper() if declared.startswith("=") else default
    plan.fields.append(Field("currency", SourceColumn(constant=code), (), "currency"))


def _columns(kind: str) -> dict[str, Any]:
    return dict(USAGE_COLUMNS if kind == "usage" else KINDS[kind])


def converters_for(
    table: Table, plan: Plan, settings: Settings
) -> tuple[dict[int, Callable[..., Any]], list[Callable[..., Any]], list[str]]:
    """The observe pass: what each column's cells mean, decided from all of them.

    Gives the converters by id(reading), those of a wide table's columns, and what was decided.
    """
    source = plan.source
    wide = [Field("value", _NUMBER, ((at,),), name) for at, name in (*plan.metrics, *plan.days)]
    every = [one for f in plan.fields for one in f.readings()] + wide
    watched = [f for f in every if f.cells and needs_decision(f.spec)]
    observers = {id(f): make_observer(f.spec, f.header) for f in every if f.cells}
    if watched:
        feeds = [(at, observers[id(f)]) for f in watched for at in f.cells]
        empty = frozenset(source.empty)
        for block in table.blocks():
            columns = list(zip(*block.rows, strict=True))
            for at, observe in feeds:
                observe.column(columns[at], block.lines, empty)
    notes: list[str] = []
    converters: dict[int, Callable[..., Any]] = {}
    for f in every:
        decision = Decision()
        if id(f) in observers:
            try:
                decision = observers[id(f)].decide()
            except Undecidable as doubt:
                raise undecidable(doubt, table, source, f) from doubt
            if decision.note and decision.note not in notes:
                notes.append(decision.note)
        converters[id(f)] = make_converter(
            f.spec, decision, timezone=source.timezone, workspace_tz=settings.timezone, null=_null(source)
        )
    return converters, [converters[id(f)] for f in wide], notes


def _null(source: SourceDef) -> frozenset[str]:
    return frozenset(source.empty)


def undecidable(doubt: Undecidable, table: Table, source: SourceDef, field: Field) -> InputRefused:
    """A column that reads two ways, with both readings and the mapping line that settles it."""
    error = InputRefused.of(
        doubt.ident, f"{doubt.header or field.header}: {doubt.what}", file=table.name, line=doubt.line,
        name=field.header, value=doubt.sample or None, expected="; ".join(doubt.readings) or None,
        next=doubt.next or None,
    )
    assert isinstance(error, InputRefused)
    return error


def _rows(
    staged: Staged, reader: RowReader, metric_readers: Sequence[Callable[..., Any]],
    attributes: list[tuple[Any, ...]],
) -> Iterator[tuple[Any, ...]]:
    plan, table = staged.plan, staged.table
    bad: list[tuple[int, int, RowFault]] = []
    left_out: Counter[tuple[str, str]] = Counter()
    wide = plan.metrics or plan.days
    finish = _subscription(plan) if plan.source.kind == "subscription" else None
    by_column = ColumnReader(reader) if ColumnReader.fits(reader) and finish is None else None
    for block in table.blocks():
        if by_column is not None and (found := by_column.read(block)) is not None:
            staged.rows += len(block.rows)
            yield from found
            continue
        for line, record, cells in zip(block.lines, block.records, block.rows, strict=True):
            staged.rows += 1
            if plan.skip and (reason := reader.skipped(cells)) is not None:
                staged.skipped += 1
                left_out[reason] += 1
                continue
            try:
                values = reader.values(cells)
                key = reader.key(cells, values)
                ext, domain, name = reader.link(cells, key)
                metrics = _metrics(wide, metric_readers, cells) if wide else None
            except RowFault as fault:
                bad.append((line, record, fault))
                continue
            if len(staged.damaged) < 3 and (damaged_id(key) or (ext and damaged_id(ext))):
                staged.damaged.append(key)
            if finish is not None:
                finish(values)
            if metrics is not None:
                for metric, value in metrics:
                    yield (line, key, ext, domain, name, *values, metric, value)
                continue
            for at, header in plan.attributes:
                attributes.append((line, f"{key}|{header}", ext, header, cells[at].strip() or None))
            yield (line, key, ext, domain, name, *values)
    staged.notes.extend(
        f"{count:,} {'row is' if count == 1 else 'rows are'} left out: {header} is {value or 'empty'}"
        for (header, value), count in left_out.items()
    )
    if bad:
        raw = table.raw_records([line for line, _, _ in bad])
        for line, record, why in bad:
            staged.set_aside.append(SetAside(
                line, record, raw.get(line, b""), why.ident, why.what, why.column, why.name, why.value, why.expected,
            ))


def _metrics(
    wide: Sequence[tuple[int, str]], readers: Sequence[Callable[..., Any]], cells: Sequence[str]
) -> list[tuple[str, float]]:
    """(metric or day, value) of one wide row; an empty cell was not measured."""
    found = []
    for (at, name), read in zip(wide, readers, strict=True):
        try:
            value = read(cells[at])
        except BadValue as bad:
            raise RowFault(bad.ident, f"{name} {bad.what}", column=at + 1, name=name, value=cells[at],
                           expected=bad.expected) from bad
        if value is not None:
            found.append((name, float(value)))
    return found


def _subscription(plan: Plan) -> Callable[[list[Any]], None] | None:
    """Words for intervals in one spelling; the annual amount itself is worked out at the merge."""
    at = next((n for n, f in enumerate(plan.fields) if f.column == "interval"), None)
    if at is None:
        return None

    def finish(values: list[Any]) -> None:
        if values[at] is not None:
            values[at] = interval_word(values[at]) or values[at]

    return finish


def _stage_attributes(conn: sqlite3.Connection, name: str, rows: list[tuple[Any, ...]]) -> None:
    conn.execute(f"DROP TABLE IF EXISTS temp.{name}")
    conn.execute(f"CREATE TEMP TABLE {name} ({LINK_COLUMNS}, name TEXT, value TEXT)")
    conn.executemany(f"INSERT INTO {name} (line, key, ext, name, value) VALUES (?, ?, ?, ?, ?)", rows)


def drop_empty_attributes(conn: sqlite3.Connection, staged: Staged) -> None:
    """An empty cell is worth a row only where a value was known before."""
    conn.execute(
        f"DELETE FROM {staged.attributes} AS s WHERE value IS NULL AND NOT EXISTS (SELECT 1 FROM attribute AS a "
        "WHERE a.source = ? AND a.key = s.key AND a.retired_by IS NULL)", (staged.source.source,),
    )


def drop_duplicates(conn: sqlite3.Connection, staged: Staged) -> None:
    """Same key twice: equal rows are one; unequal ones are combined as the source says, or both set aside."""
    keep_first(conn, staged)
    if staged.source.kind == "usage":
        return
    if staged.source.combine == "lines":
        combine_lines(conn, staged)
        return
    stage = staged.stage
    conn.execute(f"CREATE INDEX IF NOT EXISTS temp.{stage}_key ON {stage} (key)")
    twice = conn.execute(f"SELECT key FROM {stage} GROUP BY key HAVING count(*) > 1 ORDER BY min(n)").fetchall()
    columns = ", ".join(["ext", *(f'"{c}"' for c in staged.delivered)])
    refused: list[tuple[str, list[int]]] = []
    for (key,) in twice:
        rows = conn.execute(f"SELECT n, line, {columns} FROM {stage} WHERE key = ? ORDER BY n", (key,)).fetchall()
        equal = len({row[2:] for row in rows}) == 1
        if equal or staged.source.combine in ("first", "last"):
            kept = rows[-1] if staged.source.combine == "last" else rows[0]
            staged.same += len(rows) - 1
            conn.executemany(f"DELETE FROM {stage} WHERE n = ?", ((row[0],) for row in rows if row is not kept))
        else:
            refused.append((key, [row[1] for row in rows]))
            conn.execute(f"DELETE FROM {stage} WHERE key = ?", (key,))
    if not refused:
        return
    raw = staged.table.raw_records([line for _, lines in refused for line in lines])
    at = staged.plan.key[0] if staged.plan.key else None
    for key, lines in refused:
        where = " and ".join(map(str, lines[:4])) + (" …" if len(lines) > 4 else "")
        for line in lines:
            staged.set_aside.append(SetAside(
                line, 0, raw.get(line, b""), "IMP-215", f"the same key with different values on lines {where}",
                None if at is None else at + 1, None if at is None else staged.table.headers[at], key,
                "one row for each key",
            ))


def _discount_of_amounts(conn: sqlite3.Connection, staged: Staged) -> None:
    """An amount off each interval as the share of the price, beside a share that is given as well."""
    stage = staged.stage
    if "discount" not in staged.delivered:
        conn.execute(f"ALTER TABLE temp.{stage} ADD COLUMN discount REAL")
        staged.delivered.append("discount")
    quantity = "quantity" if "quantity" in staged.delivered else "NULL"
    for n, amount, units, share, off in conn.execute(
        f"SELECT n, amount, {quantity}, discount, discount_amount FROM {stage} "
        "WHERE discount_amount <> 0 AND amount <> 0"
    ).fetchall():
        conn.execute(f"UPDATE {stage} SET discount = ? WHERE n = ?", (discount_share(amount, units, share, off), n))


def stage_annual(conn: sqlite3.Connection, staged: Staged) -> None:
    """Add the annual amount to a subscription stage, from its values and, where it lacks columns, the chain's.

    A file that delivers neither mrr nor anything that makes the amount leaves it as it was.
    """
    needs = ("amount", "quantity", "interval", "interval_count", "discount", "status", "trial")
    given = set(staged.delivered)
    if not given & {*needs, "mrr"}:
        return
    if "discount_amount" in given:
        _discount_of_amounts(conn, staged)
        given.add("discount")
    stage = staged.stage
    conn.execute(f"ALTER TABLE temp.{stage} ADD COLUMN arr INTEGER")
    mrr = "s.mrr" if "mrr" in given else "NULL"
    parts = ", ".join(f's."{c}"' if c in given else f'c."{c}"' for c in needs)
    rows = conn.execute(
        f"SELECT s.n, {mrr}, {parts}, c.arr, c.amount FROM {stage} AS s LEFT JOIN subscription AS c "
        "ON c.source = ? AND c.key = s.key AND c.retired_by IS NULL", (staged.source.source,),
    ).fetchall()
    updates = []
    for n, monthly, amount, quantity, interval, count, discount, status, trial, arr, _ in rows:
        value = annual_amount(
            mrr=monthly, amount=amount, quantity=quantity, interval=interval, interval_count=count,
            discount=discount, status=status, trial=trial,
        )
        if value is None and "amount" not in given and "mrr" not in given:
            value = arr
        updates.append((value, n))
    conn.executemany(f"UPDATE {stage} SET arr = ? WHERE n = ?", updates)
    staged.delivered.append("arr")
