"""One file into TEMP tables, every cell converted as its whole column was decided."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cs_cli.definitions.records import HELPERS
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.intake.addresses import take_out_shared
from cs_cli.intake.also import Made, also_of, name_currency, say_soft, stage_also
from cs_cli.intake.annual import interval_word
from cs_cli.intake.columns import ColumnReader
from cs_cli.intake.convert import RowFault, RowReader
from cs_cli.intake.deciding import Decided, Deciding, Readings, as_decided, decide_readings, guess_readings
from cs_cli.intake.direct import CannotWrite, Refs, by_column, indexed_at_the_end, insert_columns, stand_in
from cs_cli.intake.lines import combine_lines, keep_first, number_alike, set_aside_broken
from cs_cli.intake.plan import Plan, Remembered
from cs_cli.intake.reader import SetAside, Table
from cs_cli.intake.snapshots import NOT_SAID, Spoken
from cs_cli.intake.subscriptions import add_up_items
from cs_cli.intake.values import (
    BadValue,
    damaged_id,
)
from cs_cli.store.kinds import KINDS, SQL_TYPES, USAGE_COLUMNS

LINK_COLUMNS = "n INTEGER PRIMARY KEY, line INTEGER, key TEXT, ext TEXT, hint_domain TEXT, hint_name TEXT, ref INTEGER"


@dataclass
class Staged:
    """A file that has been read: its table, its stage and everything that was set aside.

    stage is a TEMP table (n, line, key, ext, hint_domain, hint_name, ref, <delivered columns>); ref is
    filled where the reference is known already. ascending: every key is greater than the one before.
    written: the change set whose rows stand in the store already; the stage is then a view of them, and
    refs the references that they named. decided: how each column was read. latest: the latest day read in each
    column of days, where no row needed a look of its own; else None. spoken: the day that the file speaks for.
    merges: the id of a record that the system merged → the one that stays. ends: how ends were read, and whether later
    files are read so too (see ends.py). also: the further records of its rows, a stage for each kind (see also.py).
    ours: columns of contacts that name one's own people, with these (see book_people.py). parted: lines of
    a further product of a customer that another line names (see book_products.py).
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
    ascending: bool = False
    written: int | None = None
    refs: Refs | None = None
    decided: Decided | None = None
    latest: dict[str, str] | None = None
    ends: tuple[Remembered, bool] | None = None
    spoken: Spoken = NOT_SAID
    merges: dict[str, str] = field(default_factory=dict)
    also: list[Staged] = field(default_factory=list)
    ours: dict[str, list[str]] = field(default_factory=dict)
    parted: set[int] = field(default_factory=set)

    @property
    def every(self) -> list[Staged]:
        """Its own stage, then those of its further records."""
        return [self, *self.also]


def stage_table(
    conn: sqlite3.Connection, table: Table, plan: Plan, settings: Settings, number: int, decided: Decided | None = None
) -> Staged:
    """Read the table by the plan into temp.stage_<number>, its columns as decided before when they were.

    Raises InputRefused for undecidable columns.
    """
    source = plan.source
    _name_currency(plan, settings.currency)
    kinds = {**_columns(source.kind), **HELPERS.get(source.kind, {})}
    delivered = plan.delivered() + across(plan)
    stage = f"stage_{number}"
    columns = "".join(f', "{c}" {SQL_TYPES[kinds[c]]}' for c in delivered)

    def read(readings: Readings, watching: Deciding | None) -> Staged:
        staged = Staged(table, source, plan, stage, list(delivered))
        conn.execute(f"DROP TABLE IF EXISTS temp.{stage}")
        conn.execute(f"CREATE TEMP TABLE {stage} ({LINK_COLUMNS}{columns})")
        _fill(conn, staged, readings, settings.currency, watching)
        return staged

    found = as_decided(table, plan, settings, decided) if decided else None
    if found is not None:
        return _read(read(found, None), found)
    # the first rows nearly always decide as all of them do: then one pass over the file is enough
    guess, deciding = guess_readings(table, plan, settings), Deciding(table, plan, settings)
    if guess is None:
        found = decide_readings(table, plan, settings)
        staged = read(found, None)
    else:
        staged = read(guess, deciding)
        found = deciding.readings()
        if found.decided != guess.decided:
            staged = read(found, None)
    return _read(staged, found)


def write_table(
    conn: sqlite3.Connection, table: Table, plan: Plan, settings: Settings, number: int, change_set: int
) -> Staged:
    """Read the table straight into the table of its kind as rows of the change set, in the caller's transaction.

    temp.stage_<number> is a view of what was written. Raises InputRefused like stage_table, and CannotWrite
    when the rows need a stage after all (the first rows misled, or a key stands twice): then roll back.
    """
    _name_currency(plan, settings.currency)
    guess, deciding = guess_readings(table, plan, settings), Deciding(table, plan, settings)
    if guess is None:
        raise CannotWrite
    staged = Staged(table, plan.source, plan, f"stage_{number}", plan.delivered(), written=change_set)
    reader = RowReader(plan, table.headers, guess.converters, settings.currency)
    refs, kind = Refs(conn, plan.system), plan.source.kind
    try:
        with indexed_at_the_end(conn, kind):
            insert_columns(
                conn, kind, ["line", "key", "ref", *staged.delivered],
                {"source": plan.source.source, "import_id": change_set},
                _blocks(staged, reader, [], [], [], refs.of, deciding),
            )
    except sqlite3.IntegrityError as twice:
        raise CannotWrite from twice
    found = deciding.readings()
    if found.decided != guess.decided or reader.addresses.shared():
        raise CannotWrite
    refs.keep_hints()
    staged.refs = refs
    stand_in(conn, staged.stage, kind, staged.delivered, change_set)
    return _read(staged, found)


def _read(staged: Staged, found: Readings) -> Staged:
    """With what the pass over the file left to say."""
    staged.notes[:0] = found.notes
    staged.decided = found.decided
    staged.set_aside.extend(staged.table.set_aside)
    staged.rows += len(staged.table.set_aside)
    return staged


def _fill(
    conn: sqlite3.Connection, staged: Staged, readings: Readings, currency: str, watching: Deciding | None
) -> None:
    names = ["line", "key", "ext", "ref", "hint_domain", "hint_name", *staged.delivered]
    reader = RowReader(staged.plan, staged.table.headers, readings.converters, currency)
    system, ask = staged.plan.system, "SELECT id FROM ref WHERE system = ? AND external_id = ?"
    by_itself = staged.source.account.own

    def whose(ext: str | None, domain: str | None, name: str | None) -> tuple[Any, ...]:
        row = None if ext is None or by_itself else conn.execute(ask, (system, ext)).fetchone()
        return ext, None if row is None else row[0], domain, name

    attributes: list[tuple[Any, ...]] = []
    made: list[Made] = []
    conn.execute("BEGIN")
    try:
        insert_columns(
            conn, staged.stage, names, {}, _blocks(staged, reader, readings.wide, attributes, made, whose, watching)
        )
        staged.also = stage_also(conn, staged, made)
        take_out_shared(conn, staged, reader.addresses)
        if staged.plan.attributes:
            staged.attributes = f"{staged.stage}_attributes"
            _stage_attributes(conn, staged.attributes, attributes)
        conn.execute("COMMIT")
    except BaseException:
        conn.execute("ROLLBACK")
        raise


def across(plan: Plan) -> list[str]:
    """The columns that come from a wide table's headers and cells."""
    return ["metric", "value"] if plan.metrics else ["day", "value"] if plan.days else []


def _name_currency(plan: Plan, default: str) -> None:
    """A file with amounts but without a currency column is in its source's currency, else the workspace's."""
    name_currency(plan.fields, plan.source.kind, default)
    for one in plan.also:
        name_currency(one.fields, one.part.kind, default)


def _columns(kind: str) -> dict[str, Any]:
    return dict(USAGE_COLUMNS if kind == "usage" else KINDS[kind])


def _blocks(
    staged: Staged, reader: RowReader, metric_readers: Sequence[Callable[..., Any]],
    attributes: list[tuple[Any, ...]], made: list[Made], whose: Callable[[str | None, str | None, str | None], Any],
    watching: Deciding | None,
) -> Iterator[Sequence[Sequence[Any]]]:
    """Columns (line, key, whose …, values …) of a block of rows at a time."""
    plan, table = staged.plan, staged.table
    bad: list[tuple[int, int, RowFault]] = []
    soft: list[tuple[int, int, RowFault]] = []
    left_out: Counter[tuple[str, str]] = Counter()
    wide, merging = plan.metrics or plan.days, bool(plan.merged or plan.into)
    finish = _subscription(plan) if plan.source.kind == "subscription" else None
    columns = ColumnReader(reader, whose) if ColumnReader.fits(reader) and finish is None else None
    staged.ascending = columns is not None
    staged.latest = None if columns is None else columns.latest
    for block in table.blocks():
        found = None if columns is None else columns.read(block)
        if watching is not None:
            watching.see(block, None if columns is None or found is None else columns.fresh)
        if found is not None:
            staged.rows += len(block)
            yield found
            continue
        staged.ascending, staged.latest = False, None
        rows: list[tuple[Any, ...]] = []
        for line, record, cells in zip(block.lines, block.records, block.rows, strict=True):
            staged.rows += 1
            if merging:
                reader.note_merges(cells)
            if plan.skip and (reason := reader.skipped(cells)) is not None:
                staged.skipped += 1
                left_out[reason] += 1
                continue
            try:
                values = reader.values(cells)
                key = reader.key(cells, values)
                ext, domain, name = reader.link(cells, key)
                metrics = _metrics(wide, metric_readers, cells) if wide else None
                further = list(reader.also(cells)) if plan.also else []
            except RowFault as fault:
                if fault.ident == "IMP-211" and plan.source.without_account == "skip":
                    staged.skipped += 1
                    left_out[("the account", "")] += 1
                    continue
                bad.append((line, record, fault))
                continue
            if len(staged.damaged) < 3 and (damaged_id(key) or (ext and damaged_id(ext))):
                staged.damaged.append(key)
            if finish is not None:
                finish(values)
            link = whose(ext, domain, name)
            head = (line, key, *link) if isinstance(link, tuple) else (line, key, link)
            if metrics is not None:
                rows.extend((*head, *values, metric, value) for metric, value in metrics)
                continue
            for at, header in plan.attributes:
                attributes.append((line, f"{key}|{header}", ext, header, cells[at].strip() or None))
            for at, values_of in further:
                if isinstance(values_of, RowFault):
                    soft.append((at, line, values_of))
                else:
                    made.append((at, head, values_of))
            rows.append((*head, *values))
        if rows:
            yield by_column(rows)
    staged.merges = reader.merges
    staged.ascending = staged.ascending and columns is not None and columns.ascending
    staged.notes.extend(
        f"{count:,} {'row is' if count == 1 else 'rows are'} left out: {header} is {value or 'empty'}"
        for (header, value), count in left_out.items()
    )
    say_soft(staged, soft)
    for what in dict.fromkeys(row.what for row in table.footers):
        lines = [row for row in table.footers if row.what == what]
        more = f" and {len(lines) - 1:,} more" if len(lines) > 1 else ""
        staged.notes.append(f"left out, {what}: line {lines[0].line}{more}: {lines[0].value}")
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


def tidy_attributes(conn: sqlite3.Connection, staged: Staged) -> None:
    """Leaves the attributes of the rows that are still staged; an empty one only where a value was known before."""
    conn.execute(
        f"DELETE FROM {staged.attributes} AS s WHERE line NOT IN (SELECT line FROM {staged.stage}) "
        "OR value IS NULL AND NOT EXISTS (SELECT 1 FROM attribute AS a "
        "WHERE a.source = ? AND a.key = s.key AND a.retired_by IS NULL)", (staged.source.source,),
    )


def drop_duplicates(conn: sqlite3.Connection, staged: Staged) -> None:
    """Same key twice: equal rows are one; unequal ones are combined as the source says, or both set aside."""
    keep_first(conn, staged)
    set_aside_broken(conn, staged)
    if staged.source.kind == "usage":
        return
    if staged.source.combine == "lines":
        combine_lines(conn, staged)
        return
    stage = staged.stage
    known = conn.execute(
        f"SELECT EXISTS (SELECT 1 FROM {staged.source.kind} WHERE source = ? AND retired_by IS NULL)",
        (staged.source.source,),
    ).fetchone()[0]
    if staged.ascending and not known:
        return
    conn.execute(f"CREATE INDEX IF NOT EXISTS temp.{stage}_key ON {stage} (key)")
    if staged.ascending:
        return
    if staged.source.combine == "items":
        add_up_items(conn, staged)
    if not staged.plan.key and not staged.source.account.own:
        number_alike(conn, staged)
    apart = f"WHERE line NOT IN ({', '.join(map(str, sorted(staged.parted)))})" if staged.parted else ""
    twice = conn.execute(f"SELECT key FROM {stage} {apart} GROUP BY key HAVING count(*) > 1 ORDER BY min(n)").fetchall()
    columns = ", ".join(["ext", *(f'"{c}"' for c in staged.delivered)])
    if twice and staged.attributes:
        conn.execute(f"CREATE INDEX IF NOT EXISTS temp.{staged.attributes}_line ON {staged.attributes} (line)")
    refused: list[tuple[str, list[int]]] = []
    for (key,) in twice:
        rows = conn.execute(f"SELECT n, line, {columns} FROM {stage} WHERE key = ? ORDER BY n", (key,)).fetchall()
        said = {(row[2:], _attributes_of(conn, staged, row[1]), also_of(conn, staged, row[1])) for row in rows}
        equal = len(said) == 1
        if equal or staged.source.combine in ("first", "last"):
            kept = rows[-1] if staged.source.combine == "last" else rows[0]
            staged.same += len(rows) - 1
            conn.executemany(f"DELETE FROM {stage} WHERE n = ?", ((row[0],) for row in rows if row is not kept))
        else:
            refused.append((key, [row[1] for row in rows]))
            conn.execute(f"DELETE FROM {stage} WHERE key = ?", (key,))
    if not refused:
        return
    places = staged.table.records_at([line for _, lines in refused for line in lines])
    at = staged.plan.key[0] if staged.plan.key else None
    wanted = "one row for each key"
    if staged.source.role == "book":
        wanted = "one row for each customer; where each row is another product of it, a column Product that says which"
    for key, lines in refused:
        where = " and ".join(map(str, lines[:4])) + (" …" if len(lines) > 4 else "")
        for line in lines:
            staged.set_aside.append(SetAside(
                line, *places.get(line, (0, b"")), "IMP-215", f"the same key with different values on lines {where}",
                None if at is None else at + 1, None if at is None else staged.table.headers[at], key,
                wanted,
            ))


def _attributes_of(conn: sqlite3.Connection, staged: Staged, line: int) -> tuple[Any, ...]:
    if not staged.attributes:
        return ()
    found = conn.execute(f"SELECT key, value FROM {staged.attributes} WHERE line = ? ORDER BY key", (line,))
    return tuple(found.fetchall())
