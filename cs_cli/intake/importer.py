"""`import_files`: from paths to change sets, all of them or none."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.errors import Fault, InputRefused
from cs_cli.definitions.records import HELPERS
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.intake import guards, rejects
from cs_cli.intake.catalogue import every_source, rank_of
from cs_cli.intake.checks import check_renamed, check_staged
from cs_cli.intake.deciding import Decided
from cs_cli.intake.diff import list_changes
from cs_cli.intake.direct import CannotWrite, fits
from cs_cli.intake.ends import settle_ends
from cs_cli.intake.mapping import mapping_hash
from cs_cli.intake.match import nothing_to_match, refresh, tell_reviews
from cs_cli.intake.memory import proofs, recall, recall_encodings, remember
from cs_cli.intake.merge import Merged, merge_records, merge_usage, register_refs
from cs_cli.intake.merges import Followed, note_merges, tell_merges, tell_twins
from cs_cli.intake.missing import missing_paying, say_missing
from cs_cli.intake.moved import Measure, Movement
from cs_cli.intake.negative import check_negative
from cs_cli.intake.observe import observe, observe_older
from cs_cli.intake.opening import open_export
from cs_cli.intake.order import check_order
from cs_cli.intake.plan import Memory, Plan, make_plan
from cs_cli.intake.reader import ReadOptions, SetAside, Table
from cs_cli.intake.results import ImportOptions, ImportResult
from cs_cli.intake.settle import check_options, settle
from cs_cli.intake.snapshots import (
    Snapshot,
    Spoken,
    already_in,
    day_of,
    note_absent,
    said_day,
    set_stale,
    snapshots,
    spoken,
    stands_still,
    written_at,
    written_on,
)
from cs_cli.intake.stage import Staged, drop_duplicates, stage_table, tidy_attributes, write_table
from cs_cli.intake.states import SAID
from cs_cli.intake.subscriptions import stage_annual, stage_end, stage_term
from cs_cli.intake.unmatched import list_unmatched
from cs_cli.intake.watch import Watch
from cs_cli.store.change_sets import begin_change_set, describe_file, finish_change_set
from cs_cli.store.connection import transaction

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace

__all__ = ["ImportOptions", "ImportResult", "import_files"]

# accounts come first, so that what follows finds them
ORDER = ("account", "contact", "subscription", "contract", "mrr_event", "invoice", "deal", "ticket", "survey")
ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".gz", ".zip", ".xlsx")
MANY = 20
MOST_SAID = 5


class _DryRun(Exception):
    """Leaves the transaction so that it is rolled back."""


def import_files(
    conn: sqlite3.Connection, ws: Workspace, settings: Settings, own_sources: Iterable[SourceDef],
    paths: Sequence[Path], options: ImportOptions, *, day: date, at: datetime | str, watch: Watch | None = None,
    measure: Measure | None = None,
) -> list[ImportResult]:
    """Import files (a folder is every export in it, "-" is stdin) in one transaction.

    day: the workspace's day; at: the instant that is recorded; watch: is told how far it is; measure: what is paid
    a year, as reports count it, without which nothing is said of what moved. Results
    come in the order in which the files were merged, then those that were in already, then those
    of a folder that were left because no source reads them. Raises InputRefused (10) and GuardStopped (15) with nothing
    changed. Rows that cannot be read are set aside and counted in the results.
    """
    check_options(options)
    # a large file must not fill the memory: what is staged goes to a file that nobody else can open
    conn.execute("PRAGMA temp_store=FILE")
    conn.execute("PRAGMA temp.cache_size=-16000")
    watch = watch or Watch()
    sources = every_source(own_sources, ws.private)
    results: list[ImportResult] = []
    staged: list[tuple[Staged, ImportResult]] = []
    still: list[tuple[Table, SourceDef, ImportResult, Snapshot, Spoken]] = []
    seen: set[str] = set()
    learnt: dict[str, Memory] = {}      # by source: what the files before in this command proved
    when = options.as_of or day.isoformat()
    found = expand(paths)
    named = {"-" if str(path) == "-" else os.path.realpath(path) for path in paths}
    watch.begin(len(found))
    for path in found:
        try:
            table, source, result, decided, mapping = _open(conn, ws, path, sources, options, when)
        except InputRefused as error:
            # a folder may hold what no source reads; a file that somebody named may not
            if ("-" if str(path) == "-" else os.path.realpath(path)) in named:
                raise
            results.append(ImportResult(shown_name(path), "", "", dry_run=options.dry_run, left=error.faults))
            continue
        watch.reading(table)
        if table.sha256 in seen:
            result.notes.append("the same bytes as another file of this command: read once")
            continue
        seen.add(table.sha256)
        results.append(result)
        time = written_at(path)
        said = said_day(options.as_of, table.name, when)
        known = already_in(
            snapshots(conn, source.source, source.kind), table.sha256, mapping, said, time,
            complete=options.complete,
        )
        if known is not None and not options.correct:
            result.already = known.number
            here = said or written_on(time, settings.timezone, when)
            if here > known.day:
                still.append((table, source, result, known, Spoken(here, "", time=time)))
            continue
        plan = make_plan(source, table.headers, table.name)
        plan.mapping = mapping
        plan.remembered = recall(conn, source.source) | learnt.get(source.source, {})
        if len(found) == 1 and result.fixes is None and fits(conn, plan):
            with suppress(CannotWrite):
                _import_first(conn, ws, settings, table, plan, result, options, path, when, at, watch, measure)
                return [result]
        ready = stage_table(conn, table, plan, settings, len(staged), decided)
        _check(conn, ready, result, options, when)
        learnt.setdefault(source.source, {}).update(proofs(ready, options))
        ready.spoken = _spoken(conn, ready, result, path, options, when, settings)
        staged.append((ready, result))
        watch.read()
    left = [result for result in results if result.left]
    if left and len(left) == len(results):
        faults = [fault for result in left for fault in result.left]
        raise InputRefused(faults, next="cs sources new FILE drafts a source")
    staged.sort(key=lambda pair: (*_order(pair[0].source), *pair[0].spoken.order))
    with suppress(_DryRun), transaction(conn):
        if staged:
            movement = Movement(conn, measure, settings.currency, {ready.source.kind for ready, _ in staged})
            _merge_all(conn, ws, settings, staged, options, when, at, watch, movement)
        for one in still:
            _still_so(conn, *one, when, at)
        if options.dry_run:
            raise _DryRun
    for ready, _ in staged:
        conn.execute(f"DROP TABLE IF EXISTS temp.{ready.stage}")
        if ready.attributes:
            conn.execute(f"DROP TABLE IF EXISTS temp.{ready.attributes}")
    return [r for _, r in staged] + [r for r in results if r.already is not None] + left


def _import_first(
    conn: sqlite3.Connection, ws: Workspace, settings: Settings, table: Table, plan: Plan, result: ImportResult,
    options: ImportOptions, path: Path, when: str, at: datetime | str, watch: Watch, measure: Measure | None,
) -> None:
    """A lone file that is the first of its source, without a stage. Raises CannotWrite with nothing changed."""
    with suppress(_DryRun), transaction(conn):
        movement = Movement(conn, measure, settings.currency, {plan.source.kind})
        number = _begin(conn, plan, plan.delivered(), table, result, when, at)
        ready = write_table(conn, table, plan, settings, 0, number)
        _check(conn, ready, result, options, when)
        ready.spoken = _spoken(conn, ready, result, path, options, when, settings)
        watch.read()
        _merge_all(conn, ws, settings, [(ready, result)], options, when, at, watch, movement)
        conn.execute(f"DROP VIEW temp.{ready.stage}")
        if options.dry_run:
            raise _DryRun


def _spoken(
    conn: sqlite3.Connection, ready: Staged, result: ImportResult, path: Path, options: ImportOptions, when: str,
    settings: Settings,
) -> Spoken:
    repairs = None if result.fixes is None else day_of(conn, result.fixes)
    return spoken(conn, ready, path, options.as_of, repairs, when, settings.timezone)


def _check(conn: sqlite3.Connection, ready: Staged, result: ImportResult, options: ImportOptions, when: str) -> None:
    """What holds before anything is merged. Raises InputRefused."""
    if result.fixes is None:
        check_renamed(conn, ready, options)
    check_staged(conn, ready, options, when)
    settle_ends(ready, conn, options)
    if ready.written is None:
        drop_duplicates(conn, ready)
    _limit(ready, options)


def expand(paths: Sequence[Path]) -> list[Path]:
    """Folders become the exports in them, by name; a file named twice is read once."""
    found: dict[str, Path] = {}
    for path in paths:
        inside = [path]
        if str(path) != "-" and path.is_dir():
            inside = sorted(
                p for p in path.iterdir()
                if p.is_file() and p.suffix.lower() in ENDINGS and not p.name.startswith(".")
            )
            if not inside:
                raise InputRefused.of(
                    "IMP-209", "no export is in this folder", file=shown_name(path),
                    expected="files that end in " + " ".join(ENDINGS), next="name the files, or another folder",
                )
        for one in inside:
            found.setdefault("-" if str(one) == "-" else os.path.realpath(one), one)
    return list(found.values())


def shown_name(path: Path) -> str:
    """The path as text that can be stored and printed: bytes that are no UTF-8 stand as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _open(
    conn: sqlite3.Connection, ws: Workspace, path: Path, sources: list[SourceDef], options: ImportOptions, when: str
) -> tuple[Table, SourceDef, ImportResult, Decided | None, str]:
    name = shown_name(path)
    repair = rejects.repaired(conn, ws, path)
    if repair is not None:
        options = repair.laid_under(options)
    read = ReadOptions(
        encoding=options.encoding, delimiter=options.delimiter, quote=options.quote, skip=options.skip,
        allow_empty=options.allow_empty, max_file_mb=options.max_file_mb or ReadOptions.max_file_mb,
    )
    wanted = options.source or (repair.source if repair else None)
    table, source = open_export(
        None if name == "-" else path, name, sources, wanted, read, when, options.rename,
        lambda: recall_encodings(conn),
    )
    mapping = mapping_hash(source, options)
    source = settle(source, options)
    result = ImportResult(name, source.source, source.kind, dry_run=options.dry_run)
    result.notes.extend(table.notes)
    if repair is not None:
        result.fixes = repair.fixes
    return table, source, result, repair.decided if repair else None, mapping


def _limit(staged: Staged, options: ImportOptions) -> None:
    """Too many rows that cannot be read: the file is refused, because the reading is probably wrong."""
    bad = len(staged.set_aside)
    if not bad or (not options.strict and (bad <= MANY or bad * MANY <= staged.rows)):
        return
    if options.strict:
        what, hint = f"{bad} of {staged.rows} rows cannot be read (--strict)", "fix the rows, or leave --strict away"
    else:
        what = f"{bad} of {staged.rows} rows cannot be read: over 5 %"
        hint = f"cs sources show {staged.source.source} tells how each column is read"
    first = Fault("IMP-220", what, file=staged.table.name)
    raise InputRefused([first, *faults_of(staged)], next=hint)


def faults_of(staged: Staged) -> list[Fault]:
    """The rows set aside, as faults with their places."""
    return [_fault(row, staged.table.name) for row in sorted(staged.set_aside, key=lambda r: (r.line, r.column or 0))]


def _fault(row: SetAside, file: str) -> Fault:
    return Fault(
        row.ident, row.what, file=file, line=row.line, record=row.record or None, column=row.column, name=row.name,
        value=row.value, expected=row.expected,
    )


def _order(source: SourceDef) -> tuple[int, int, str]:
    place = ORDER.index(source.kind) if source.kind in ORDER else len(ORDER)
    return place, rank_of(source), source.source


def _merge_all(
    conn: sqlite3.Connection, ws: Workspace, settings: Settings, staged: list[tuple[Staged, ImportResult]],
    options: ImportOptions, when: str, at: datetime | str, watch: Watch, movement: Movement,
) -> None:
    reasons: dict[int, str] = {}
    followed: list[Followed] = []
    for ready, result in staged:
        watch.merging(result.file)
        learnt = _merge_one(conn, ready, result, options, when, at)
        assert result.import_id is not None
        if not learnt and nothing_to_match(conn, ready.source.kind, settings.accounts_from):
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
        guards.check_after(conn, ready, result, options, when)
        check_negative(conn, ready, result, options, when)
    if not options.yes:
        movement.check([result.file for _, result in staged], followed)
    for ready, result in staged:
        # after the last guard: a refused import leaves no file behind
        if ready.set_aside and not options.dry_run and result.import_id is not None:
            repair = rejects.repaired(conn, ws, Path(result.file)) if result.fixes is not None else None
            said = options if repair is None else repair.laid_under(options)
            result.rejects = rejects.write(ws, result.import_id, ready, said)
    staged[-1][1].unmatched = list_unmatched(conn, reasons)
    staged[-1][1].moved = movement.moved()
    wrong = movement.findings([one.import_id for _, one in staged if one.import_id is not None])
    more = [f"{len(wrong) - MOST_SAID:,} more like this: cs check"] * (len(wrong) > MOST_SAID)
    staged[-1][1].notes += [*wrong[:MOST_SAID], *more]
    for _, one in staged:
        if options.dry_run:
            one.import_id = None


def _begin(
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
        sha256=table.sha256, mapping=plan.mapping, columns=columns, fixes=result.fixes,
    )


def _still_so(
    conn: sqlite3.Connection, table: Table, source: SourceDef, result: ImportResult, known: Snapshot, here: Spoken,
    when: str, at: datetime | str,
) -> None:
    """The bytes of the newest state again, on a later day: what they say was still so then."""
    number = _begin(conn, Plan(source, mapping=known.mapping), sorted(known.columns), table, result, when, at)
    describe_file(conn, number, speaks_for=here.day, file_time=here.time, extent=known.extent)
    (rows,) = conn.execute("SELECT rows FROM change_set WHERE id = ?", (known.number,)).fetchone()
    finish_change_set(conn, number, rows, 0, 0, rows, 0)
    stands_still(conn, number, known)


def _merge_one(
    conn: sqlite3.Connection, ready: Staged, result: ImportResult, options: ImportOptions, when: str,
    at: datetime | str,
) -> bool:
    """Merge a staged file; True when it taught anything about account references."""
    source, table, day = ready.source, ready.table, ready.spoken.day
    if source.kind == "subscription":
        stage_end(conn, ready, day)
        stage_annual(conn, ready)
        stage_term(conn, ready)
    columns = [c for c in ready.delivered if c not in HELPERS.get(source.kind, {})]
    among = snapshots(conn, source.source, source.kind)
    past = set_stale(conn, ready, day, among)
    if result.fixes is None:
        check_order(conn, ready, result, options, among)
        result.missing = guards.check_before(conn, ready, result, options, among)
        result.missing_names = guards.missing_names(conn, ready) if result.missing else []
    number = ready.written or _begin(conn, ready.plan, columns, table, result, when, at)
    result.import_id = number
    if result.fixes is None:
        remember(conn, number, proofs(ready, options))
    partial = result.shrunk and not options.complete
    describe_file(
        conn, number, speaks_for=day, file_time=ready.spoken.time,
        extent="complete" if options.complete else "partial" if partial else None,
    )
    if past:
        _fill_past(conn, ready, result, number, past, columns, among, options)
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
                conn, source.source, number, day, among, ready.stage, correct=options.correct
            )
        if result.fixes is None:
            note_absent(conn, ready, number, among)
            if source.kind == "subscription" and (missing := missing_paying(conn, source.source)):
                result.notes.append(say_missing(missing, source.source))
    result.changes = list_changes(conn, source.kind, source.source, number, columns)
    if ready.attributes:
        tidy_attributes(conn, ready)
        learnt |= register_refs(conn, ready.attributes, ready.plan.system)
        more = merge_records(conn, ready.attributes, "attribute", source.source, number, ["name", "value"])
        if more.changed and not merged.changed:
            merged = Merged(merged.added, more.changed, max(merged.unchanged - more.changed, 0))
    result.rows, result.skipped = ready.rows, ready.skipped
    result.added, result.changed = merged.added, merged.changed
    result.unchanged = merged.unchanged + ready.same + past
    result.set_aside = len(ready.set_aside)
    result.ignored = ready.plan.ignored
    result.notes.extend(ready.notes)
    result.faults = faults_of(ready)
    finish_change_set(
        conn, number, result.rows, result.added, result.changed, result.unchanged, result.set_aside
    )
    return learnt | note_merges(conn, number, ready.plan.system, ready.merges)


def _fill_past(
    conn: sqlite3.Connection, ready: Staged, result: ImportResult, number: int, past: int, columns: list[str],
    among: Sequence[Snapshot], options: ImportOptions,
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
    result.notes.append(f"speaks for {day}, before #{last.number} ({last.day}): {known}{filled}")
