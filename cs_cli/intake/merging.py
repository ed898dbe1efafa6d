"""From staged files to change sets, in one transaction: merged, matched, looked over by the last guards."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.errors import Fault
from cs_cli.definitions.records import HELPERS
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.intake import ends, guards, rejects
from cs_cli.intake.advice import advise
from cs_cli.intake.also import kinds_of, settle_days
from cs_cli.intake.book_money import settle_money
from cs_cli.intake.book_names import settle_names
from cs_cli.intake.book_products import fold_products
from cs_cli.intake.book_states import settle_gone
from cs_cli.intake.catalogue import rank_of
from cs_cli.intake.diff import list_changes
from cs_cli.intake.invoice_lines import stage_tax
from cs_cli.intake.left_over import check_left_over
from cs_cli.intake.match import nothing_to_match, refresh
from cs_cli.intake.memory import proofs, remember
from cs_cli.intake.merge import Merged, merge_records, merge_usage, register_refs
from cs_cli.intake.merges import Followed, note_merges, tell_merges, tell_twins
from cs_cli.intake.missing import end_merged, missing_paying, say_missing
from cs_cli.intake.moved import Movement
from cs_cli.intake.name_guards import Renames
from cs_cli.intake.negative import check_negative
from cs_cli.intake.observe import Move, move_ends, observe, observe_older
from cs_cli.intake.order import check_order
from cs_cli.intake.plan import Plan
from cs_cli.intake.reader import SetAside, Table
from cs_cli.intake.results import ImportOptions, ImportResult
from cs_cli.intake.reviews import tell_reviews
from cs_cli.intake.snapshots import (
    Snapshot,
    Spoken,
    note_absent,
    set_stale,
    snapshots,
    stands_still,
)
from cs_cli.intake.stage import Staged, tidy_attributes
from cs_cli.intake.states import SAID
from cs_cli.intake.subscriptions import stage_annual, stage_end, stage_term
from cs_cli.intake.unmatched import list_unmatched
from cs_cli.intake.watch import Watch
from cs_cli.store.change_sets import begin_change_set, describe_file, finish_change_set

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace


MOST_SAID = 5


def faults_of(staged: Staged) -> list[Fault]:
    """The rows set aside, as faults with their places."""
    return [_fault(row, staged.table.name) for row in sorted(staged.set_aside, key=lambda r: (r.line, r.column or 0))]


def _fault(row: SetAside, file: str) -> Fault:
    return Fault(
        row.ident, row.what, file=file, line=row.line, record=row.record or None, column=row.column, name=row.name,
        value=row.value, expected=row.expected,
    )


def merge_all(
    conn: sqlite3.Connection, ws: Workspace, settings: Settings, staged: list[tuple[Staged, ImportResult]],
    options: ImportOptions, when: str, at: datetime | str, watch: Watch, movement: Movement,
) -> None:
    reasons: dict[int, str] = {}
    renames = Renames(conn, [ready for ready, _ in staged])
    followed: list[Followed] = []
    for ready, result in staged:
        watch.merging(result.file)
        learnt = _merge_one(conn, ready, result, options, when, at, ws.root)
        assert result.import_id is not None
        kinds = [one.source.kind for one in ready.every]
        if not learnt and all(nothing_to_match(conn, kind, settings.accounts_from) for kind in kinds):
            continue
        # each file's links belong to its own change set, so that undo takes them back with it
        matches = refresh(conn, result.import_id, settings.accounts_from)
        result.accounts_added = len(matches.accounts_added)
        reasons = matches.open
        followed += matches.followed
        result.notes += tell_merges(conn, result.import_id, matches.followed)
        result.notes += tell_twins(conn, ready.stage, matches.twins)
        result.notes += tell_reviews(conn)
    for ready, result in staged:
        for one in ready.every:
            guards.check_after(conn, one, result, options, when)
            check_negative(conn, one, result, options, when)
    if not options.yes:
        renames.check(options)
        movement.check([result.file for _, result in staged], followed, options)
    for ready, result in staged:
        # after the last guard: a refused import leaves no file behind
        if ready.set_aside and not options.dry_run and result.import_id is not None:
            repair = rejects.repaired(conn, ws, Path(result.file)) if result.fixes is not None else None
            said = options if repair is None else repair.laid_under(options)
            result.rejects = rejects.write(ws, result.import_id, ready, said)
    staged[-1][1].unmatched = list_unmatched(conn, reasons)
    staged[-1][1].moved = movement.moved(followed)
    wrong = movement.findings([one.import_id for _, one in staged if one.import_id is not None])
    more = [f"{len(wrong) - MOST_SAID:,} more like this: cs check"] * (len(wrong) > MOST_SAID)
    staged[-1][1].notes += [*wrong[:MOST_SAID], *more]
    for _, result in staged:
        if options.dry_run:
            result.import_id = None


def begin(
    conn: sqlite3.Connection, plan: Plan, columns: list[str], table: Table, result: ImportResult, when: str,
    at: datetime | str,
) -> int:
    """Open the change set of a file; the source is known from now on."""
    source = plan.source
    conn.execute(
        "INSERT INTO source (name, system, role, rank) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE "
        "SET system = excluded.system, role = excluded.role, rank = excluded.rank "
        "WHERE system <> excluded.system OR role <> excluded.role OR rank <> excluded.rank",
        (source.source, source.system, source.role, rank_of(source)),
    )
    return begin_change_set(
        conn, kind="import", day=when, at=at, source=source.source, record_kind=source.kind, file=table.name,
        sha256=table.sha256, mapping=plan.mapping, columns=columns, fixes=result.fixes, also=kinds_of(source),
    )


def still_so(
    conn: sqlite3.Connection, table: Table, source: SourceDef, result: ImportResult, known: Snapshot, here: Spoken,
    when: str, at: datetime | str,
) -> None:
    """The bytes of the newest state again, on a later day: what they say was still so then."""
    number = begin(conn, Plan(source, mapping=known.mapping), sorted(known.columns), table, result, when, at)
    describe_file(conn, number, speaks_for=here.day, file_time=here.time, extent=known.extent)
    (rows,) = conn.execute("SELECT rows FROM change_set WHERE id = ?", (known.number,)).fetchone()
    finish_change_set(conn, number, rows, 0, 0, rows, 0)
    stands_still(conn, number, known)


def _merge_one(
    conn: sqlite3.Connection, ready: Staged, result: ImportResult, options: ImportOptions, when: str,
    at: datetime | str, root: Path,
) -> bool:
    """Merge a staged file; True when it taught anything about account references."""
    source, table, day = ready.source, ready.table, ready.spoken.day
    among = snapshots(conn, source.source, source.kind)
    check_left_over(conn, ready, options, repairs=result.fixes is not None)
    settle_names(conn, ready, options, among, repairs=result.fixes is not None)
    settle_gone(conn, ready, day)
    fold_products(conn, ready)
    settle_days(conn, ready, day, among)
    undated: set[str] = set()
    for one in ready.every:
        one.spoken = ready.spoken
        undated |= _complete(conn, one, day, among)
    if result.fixes is None:
        for one in ready.every:
            check_order(conn, one, result, options, among)
        result.missing = guards.check_before(conn, ready, result, options, among)
        result.missing_names = guards.missing_names(conn, ready) if result.missing else []
        for one in ready.also:
            guards.check_cleared(conn, one, result, options)
    number = ready.written or begin(conn, ready.plan, _delivered(ready), table, result, when, at)
    result.import_id = number
    read_before = ends.reading_of(conn, source.source)
    if result.fixes is None:
        remember(conn, number, proofs(ready, options))
    partial = result.shrunk and not options.complete
    describe_file(
        conn, number, speaks_for=day, file_time=ready.spoken.time,
        extent="complete" if options.complete else "partial" if partial else None,
    )
    learnt = False
    merged = Merged(0, 0, 0)
    for one in ready.every:
        past = set_stale(conn, one, day, among)
        move = ends.moved_by(one, read_before, past)
        found, learnt_here = _merge_kind(conn, one, result, number, past, options, among, undated, move)
        found = replace(found, unchanged=found.unchanged + past)
        learnt |= learnt_here
        if one is ready:
            merged = found
        else:
            result.also[one.source.kind] = found
    if ready.merges and any(one.source.kind == "subscription" for one in ready.also):
        keys = {key for (key,) in conn.execute(f"SELECT key FROM {ready.stage}")}
        if ended := end_merged(conn, source.source, ready.merges.keys() - keys, number, day, among):
            ready.notes.append(f"{ended:,} price{' ends' if ended == 1 else 's end'} on {day}: the customer became "
                               "part of another one, whose price it is now")
    if ready.attributes:
        tidy_attributes(conn, ready)
        learnt |= register_refs(conn, ready.attributes, ready.plan.system)
        more = merge_records(conn, ready.attributes, "attribute", source.source, number, ["name", "value"])
        if more.changed and not merged.changed:
            merged = Merged(merged.added, more.changed, max(merged.unchanged - more.changed, 0))
    result.rows, result.skipped = ready.rows, ready.skipped
    result.added, result.changed = merged.added, merged.changed
    result.unchanged = merged.unchanged + ready.same
    result.set_aside = len(ready.set_aside)
    result.ignored = ready.plan.ignored
    result.notes.extend(ready.notes)
    result.faults = advise(conn, number, source, root, faults_of(ready))
    finish_change_set(
        conn, number, result.rows, result.added, result.changed, result.unchanged, result.set_aside,
        {kind: (one.added, one.changed, one.unchanged) for kind, one in result.also.items()},
    )
    return learnt | note_merges(conn, number, ready.plan.system, ready.merges)


def _complete(conn: sqlite3.Connection, staged: Staged, day: str, among: Sequence[Snapshot]) -> set[str]:
    """What a kind's rows say together, worked out before they are compared with what is known.

    Gives the keys of subscriptions that are over without a day.
    """
    undated: set[str] = set()
    if staged.source.kind == "subscription":
        settle_money(conn, staged)
        set_stale(conn, staged, day, among)
        undated = stage_end(conn, staged, day)
        stage_annual(conn, staged)
        stage_term(conn, staged)
    if staged.source.kind == "invoice":
        stage_tax(conn, staged)
    return undated


def _columns(staged: Staged) -> list[str]:
    """The record columns that a stage delivers."""
    return [c for c in staged.delivered if c not in HELPERS.get(staged.source.kind, {})]


def _delivered(ready: Staged) -> list[str]:
    """Every record column that a file delivers, of whatever kind."""
    return list(dict.fromkeys(column for one in ready.every for column in _columns(one)))


def _merge_kind(
    conn: sqlite3.Connection, ready: Staged, result: ImportResult, number: int, past: int, options: ImportOptions,
    among: Sequence[Snapshot], undated: set[str], move: Move | None,
) -> tuple[Merged, bool]:
    """Merge one stage; (what became of its rows, whether it taught anything about account references).

    past: how many of its rows newer files told already (temp.stage_stale). undated: see observe. move: how known ends
    are read now.
    """
    source, day, columns = ready.source, ready.spoken.day, _columns(ready)
    if past:
        _fill_past(conn, ready, number, past, columns, among, options)
    if ready.refs is not None:
        ready.refs.drop_unused(ready.stage)
        learnt = ready.refs.learnt
    else:
        learnt = register_refs(conn, ready.stage, ready.plan.system)
    if source.kind == "usage":
        merged = merge_usage(conn, ready.stage, number, source.combine)
        rows = conn.execute(f"SELECT count(*) FROM {ready.stage} WHERE ref IS NOT NULL").fetchone()[0]
        more = rows - merged.added - merged.changed - merged.unchanged
        if source.combine == "sum" and more:
            ready.notes.append(f"{more:,} row{'s' * (more > 1)} added to another of the same account, metric and day")
    elif ready.written:
        merged = Merged(ready.rows - ready.skipped - len(ready.set_aside), 0, 0)
    else:
        merged = merge_records(
            conn, ready.stage, source.kind, source.source, number, columns, ascending=ready.ascending
        )
        if source.kind == "subscription":
            result.notes += observe(
                conn, source.source, number, day, among, ready.stage, undated, correct=options.correct, move=move
            )
            if move is not None and (moved := move_ends(conn, source.source, number, among, move)):
                result.notes.append(f"{moved:,} known before {'is' if moved == 1 else 'are'} read so now, too")
        if result.fixes is None:
            note_absent(conn, ready, number, among)
            if source.kind == "subscription" and (missing := missing_paying(conn, source.source)):
                result.notes.append(say_missing(missing, source.source))
    result.changes += list_changes(conn, source.kind, source.source, number, columns)
    return merged, learnt


def _fill_past(
    conn: sqlite3.Connection, ready: Staged, number: int, past: int, columns: list[str], among: Sequence[Snapshot],
    options: ImportOptions,
) -> None:
    """Rows that newer snapshots told already say what was so on their day, and leave the stage.

    Of columns that no newer one has, what they say stands today.
    """
    day, kind = ready.spoken.day, ready.source.kind
    moved = 0
    if kind == "subscription":
        moved = observe_older(conn, ready, number, day, among, correct=options.correct)
    newer = frozenset().union(*(one.columns for one in among if one.day > day))
    fill = [column for column in columns if column not in newer and (kind != "subscription" or column not in SAID)]
    stale = "SELECT n FROM temp.stage_stale"
    if fill:
        conn.execute(f"CREATE TEMP TABLE stage_past AS SELECT * FROM {ready.stage} WHERE n IN ({stale})")
        register_refs(conn, "stage_past", ready.plan.system)
        merge_records(conn, "stage_past", kind, ready.source.source, number, fill)
        conn.execute("DROP TABLE temp.stage_past")
    if ready.attributes:
        conn.execute(
            f"DELETE FROM {ready.attributes} AS s WHERE line IN (SELECT line FROM {ready.stage} WHERE n IN ({stale})) "
            "AND EXISTS (SELECT 1 FROM attribute AS a WHERE a.source = ? AND a.key = s.key AND a.retired_by IS NULL)",
            (ready.source.source,),
        )
    conn.execute(f"DELETE FROM {ready.stage} WHERE n IN ({stale})")
    last = next(one for one in reversed(among) if one.day > day)
    known = f"{past:,} {'row' if past == 1 else 'rows'} that newer files have left today as it is"
    filled = f", {moved:,} of them said another state then" if moved else ""
    ready.notes.append(f"speaks for {day}, before #{last.number} ({last.day}): {known}{filled}")
