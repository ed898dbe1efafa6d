"""Further records that a source makes of each row (`also:`): staged beside the row's own, one stage for each kind.

A row is read whole: a cell that cannot be read sets it aside with all its records, except in a soft record, which alone
is left out then. All of a file's records are one change set.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from cs_cli.definitions.records import column_type, source_columns
from cs_cli.definitions.shapes import SourceColumn, SourceDef, SourcePart
from cs_cli.intake.convert import RowFault
from cs_cli.intake.plan import OWN, Also, Field, Plan
from cs_cli.intake.snapshots import Snapshot
from cs_cli.store.kinds import SQL_TYPES

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

LINK = ("line", "key", "ext", "ref", "hint_domain", "hint_name")
# (which of plan.also, the row's link as in LINK, values of its fields)
Made = tuple[int, tuple[Any, ...], list[Any]]
SAID = 3


def kinds_of(source: SourceDef) -> list[str]:
    """The kinds of the further records of a source, in order."""
    return list(dict.fromkeys(part.kind for part in source.also))


def name_currency(fields: list[Field], kind: str, default: str) -> None:
    """Amounts without a column of currencies are in the currency that their header, or each of them, names; else in
    the source's, else in the default."""
    amounts = [f for f in fields if f.spec.type == "money"]
    if not amounts or any(f.column == "currency" for f in fields) or "currency" not in source_columns(kind):
        return
    declared = next((one.spec.currency for f in amounts for one in f.readings() if one.spec.currency), "")
    if declared == OWN:
        groups = tuple(dict.fromkeys(g for f in amounts for one in f.readings() for g in one.groups))
        fields.append(Field("currency", SourceColumn(type="mark"), groups, amounts[0].header))
        return
    code = declared[1:].strip().upper() if declared.startswith("=") else default
    fields.append(Field("currency", SourceColumn(constant=code), (), "currency"))


def stage_also(conn: sqlite3.Connection, staged: Staged, made: Iterable[Made]) -> list[Staged]:
    """The stages of the further records, temp.<stage>_<kind> (as any stage, and part: which of plan.also)."""
    rows: dict[str, list[tuple[int, tuple[Any, ...], list[Any]]]] = defaultdict(list)
    plan = staged.plan
    for at, link, values in made:
        rows[plan.also[at].part.kind].append((at, link, values))
    found = []
    for kind in dict.fromkeys(one.part.kind for one in plan.also):
        members = {at: one for at, one in enumerate(plan.also) if one.part.kind == kind}
        child = _child(staged, kind, list(members.values()))
        columns = "".join(f', "{name}" {SQL_TYPES[column_type(kind, name)]}' for name in child.delivered)
        conn.execute(f"DROP TABLE IF EXISTS temp.{child.stage}")
        conn.execute(
            f"CREATE TEMP TABLE {child.stage} (n INTEGER PRIMARY KEY, line INTEGER, key TEXT, ext TEXT, "
            f"hint_domain TEXT, hint_name TEXT, ref INTEGER, part INTEGER{columns})"
        )
        for at, one in members.items():
            names = [f.column for f in one.fields]
            listed = ", ".join(f'"{name}"' for name in (*LINK, *names, "part"))
            marks = ", ".join("?" * (len(LINK) + len(names) + 1))
            tail = f"|{one.part.name}" if one.part.name else ""
            conn.executemany(
                f"INSERT INTO {child.stage} ({listed}) VALUES ({marks})",
                ((link[0], f"{link[1]}{tail}", *link[2:], *values, at)
                 for which, link, values in rows[kind] if which == at),
            )
        found.append(child)
    return found


def _child(staged: Staged, kind: str, members: Sequence[Also]) -> Staged:
    fields = {f.column: f for one in reversed(members) for f in reversed(one.fields)}
    columns = {name: spec for one in reversed(members) for name, spec in one.part.columns.items()}
    source = msgspec.structs.replace(
        staged.source, kind=kind, columns=columns, also=[], attributes=[], skip_when={},
        combine="last" if kind == "usage" else "refuse",
    )
    own = staged.plan
    plan = Plan(
        source, fields=list(fields.values()), key=own.key, key_else=own.key_else, ids=own.ids, emails=own.emails,
        domains=own.domains, names=own.names, subscriptions=own.subscriptions, remembered=own.remembered,
        mapping=own.mapping,
    )
    made = [name for one in members for name in (one.part.day and "day", one.part.since) if name]
    delivered = list(dict.fromkeys([*(f.column for one in members for f in one.fields), *made]))
    return type(staged)(
        staged.table, source, plan, f"{staged.stage}_{kind}", delivered, set_aside=staged.set_aside,
        notes=staged.notes, decided=[],
    )


def say_soft(staged: Staged, faults: Sequence[tuple[int, int, RowFault]]) -> None:
    """Say which cells of soft records could not be read: column by column, the first of them with their lines."""
    by_header: dict[str, list[tuple[int, RowFault]]] = defaultdict(list)
    for at, line, fault in faults:
        part = staged.plan.also[at].part
        by_header[f"{fault.name or part.kind}"].append((line, fault))
    for header, found in by_header.items():
        shown = ", ".join(f"{fault.value!r} (line {line})" for line, fault in found[:SAID])
        more = f" and {len(found) - SAID:,} more" if found[SAID:] else ""
        expected = found[0][1].expected
        wanted = f": expected {expected}" if expected else ""
        staged.notes.append(f"{header!r} cannot be read in {shown}{more}, and is left out there{wanted}")


def drop_parted(conn: sqlite3.Connection, staged: Staged) -> None:
    """A row that left one stage leaves them all; whom it names is the same in all of them."""
    if not staged.also:
        return
    gone = [(row.line,) for row in staged.set_aside]
    conn.executemany(f"DELETE FROM {staged.stage} WHERE line = ?", gone)
    for child in staged.also:
        conn.execute(f"DELETE FROM {child.stage} WHERE line NOT IN (SELECT line FROM {staged.stage})")
        conn.execute(
            f"UPDATE {child.stage} SET (ext, ref, hint_domain, hint_name) = "
            f"(SELECT ext, ref, hint_domain, hint_name FROM {staged.stage} AS s WHERE s.line = {child.stage}.line)"
        )


def also_of(conn: sqlite3.Connection, staged: Staged, line: int) -> tuple[Any, ...]:
    """What a row says in its further records, to compare rows of one key."""
    found: list[Any] = []
    for child in staged.also:
        columns = ", ".join(f'"{name}"' for name in child.delivered)
        found += conn.execute(
            f"SELECT part, {columns} FROM {child.stage} WHERE line = ? ORDER BY part", (line,)
        ).fetchall()
    return tuple(found)


def settle_days(conn: sqlite3.Connection, staged: Staged, day: str, among: Sequence[Snapshot]) -> None:
    """Give the further records the day that the file speaks for, where they are dated by it (see SourcePart)."""
    for child in staged.also:
        for at, one in enumerate(staged.plan.also):
            if one.part.kind != child.source.kind:
                continue
            if one.part.day is not None:
                _date(conn, child, one, at, day)
            if one.part.since is not None:
                _begin(conn, child, one.part, at, day, among)


def _date(conn: sqlite3.Connection, child: Staged, one: Also, at: int, day: str) -> None:
    stage, kind = child.stage, child.source.kind
    if kind == "usage":
        conn.execute(f"UPDATE {stage} SET day = ? WHERE part = ? AND day IS NULL", (day, at))
        return
    if one.part.day == "changed":
        of = "c.source = :source AND c.retired_by IS NULL AND c.key >= {0}.key || '|' AND c.key < {0}.key || '}}'"
        same = " AND ".join(f'c."{f.column}" IS {stage}."{f.column}"' for f in one.fields if f.column != "day")
        conn.execute(
            f"DELETE FROM {stage} WHERE part = :part AND EXISTS (SELECT 1 FROM {kind} AS c WHERE {of.format(stage)} "
            f"AND {same} AND c.day = (SELECT max(c.day) FROM {kind} AS c WHERE {of.format(stage)} AND c.day <= :day))",
            {"part": at, "source": child.source.source, "day": day},
        )
    conn.execute(f"UPDATE {stage} SET day = coalesce(day, ?), key = key || '|' || coalesce(day, ?) WHERE part = ?",
                 (day, day, at))


def _begin(
    conn: sqlite3.Connection, child: Staged, part: SourcePart, at: int, day: str, among: Sequence[Snapshot]
) -> None:
    """The day of the first file with the record, where no cell says when it began; an older file may be the first."""
    stage, kind, column = child.stage, child.source.kind, part.since
    days = ", ".join(f"'{one.day}'" for one in among) or "''"
    begun = conn.execute(
        f'UPDATE {stage} SET "{column}" = coalesce((SELECT CASE WHEN c."{column}" IN ({days}) AND c."{column}" > :day '
        f'THEN :day ELSE c."{column}" END FROM {kind} AS c WHERE c.source = :source AND c.key = {stage}.key '
        f'AND c.retired_by IS NULL), :day) WHERE part = :part AND "{column}" IS NULL',
        {"day": day, "source": child.source.source, "part": at},
    ).rowcount
    if begun:
        fresh = conn.execute(
            f'SELECT count(*) FROM {stage} AS s WHERE s.part = ? AND s."{column}" = ? AND NOT EXISTS '
            f"(SELECT 1 FROM {kind} AS c WHERE c.source = ? AND c.key = s.key AND c.retired_by IS NULL)",
            (at, day, child.source.source),
        ).fetchone()[0]
        if fresh:
            child.notes.append(
                f"nothing says since when {fresh:,} of the {kind}s run{'s' * (fresh == 1)}: they count from {day}, the "
                "day of this file; a column with their start says it better"
            )
