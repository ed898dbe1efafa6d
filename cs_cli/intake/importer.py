"""`import_files`: from paths to change sets, all of them or none."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.errors import CsError, Fault, GuardStopped, InputRefused
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.intake import rejects
from cs_cli.intake.also import drop_parted
from cs_cli.intake.book import check_one_row_each, settle_book, settle_currency, settle_key
from cs_cli.intake.book_people import settle_whose
from cs_cli.intake.book_products import part_products
from cs_cli.intake.book_terms import say_months, say_uses, settle_renewal_words
from cs_cli.intake.catalogue import every_source, rank_of
from cs_cli.intake.checks import check_renamed, check_staged
from cs_cli.intake.crm_money import lay_money
from cs_cli.intake.deciding import Decided
from cs_cli.intake.direct import CannotWrite, fits
from cs_cli.intake.ends import settle_ends
from cs_cli.intake.export_files import shown_name
from cs_cli.intake.mapping import mapping_hash
from cs_cli.intake.memory import proofs, recall, recall_encodings, recall_names
from cs_cli.intake.merging import begin, faults_of, merge_all, still_so
from cs_cli.intake.moved import Measure, Movement
from cs_cli.intake.near_template import check_near_template, say_no_price
from cs_cli.intake.opening import open_export
from cs_cli.intake.plan import Memory, Plan, make_plan
from cs_cli.intake.reader import ReadOptions, Table
from cs_cli.intake.recognise import all_unknown
from cs_cli.intake.results import ImportOptions, ImportResult
from cs_cli.intake.scales import lay_scale
from cs_cli.intake.settle import check_options, settle
from cs_cli.intake.snapshots import (
    SNAPSHOTS,
    Snapshot,
    Spoken,
    already_in,
    copy_number,
    day_in,
    day_of,
    said_day,
    snapshots,
    spoken,
    written_at,
    written_on,
)
from cs_cli.intake.stage import Staged, drop_duplicates, stage_table, write_table
from cs_cli.intake.unsettled import check_settled
from cs_cli.intake.watch import Watch
from cs_cli.store.connection import transaction

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace

__all__ = ["ImportOptions", "ImportResult", "import_files"]

# accounts come first, so that what follows finds them
ORDER = ("account", "contact", "subscription", "contract", "mrr_event", "invoice", "deal", "ticket", "survey")
MANY = 20
_Order = tuple[str, int, str]


@dataclass
class _Opened:
    """A file whose source is known. said: the day that somebody said it speaks for; time: when it was written."""

    path: Path
    table: Table
    source: SourceDef
    result: ImportResult
    decided: Decided | None
    mapping: str
    said: str | None
    time: str | None

    @property
    def is_snapshot(self) -> bool:
        return self.source.kind in SNAPSHOTS

    def says_the_same_as(self, other: _Opened) -> bool:
        """Are these bytes no more than a copy? Snapshots of several days, which somebody said, are several."""
        return not self.is_snapshot or self.said == other.said

    def order(self, settings: Settings, when: str) -> _Order:
        """Where it stands among the files of its source: its day, the number of its copy, when it was written."""
        day = self.said or written_on(self.time, settings.timezone, when)
        return day, copy_number(self.table.name), self.time or ""


class _DryRun(Exception):
    """Leaves the transaction so that it is rolled back."""


def import_files(
    conn: sqlite3.Connection, ws: Workspace, settings: Settings, own_sources: Iterable[SourceDef],
    paths: Sequence[Path], options: ImportOptions, *, day: date, at: datetime | str, watch: Watch | None = None,
    measure: Measure | None = None, soft: Collection[str] = (),
) -> list[ImportResult]:
    """Import files ("-" is stdin) in one transaction; `folders.import_paths` takes folders too.

    day: the workspace's day; at: the instant that is recorded; watch: is told how far it is; measure: what is paid
    a year, as reports count it, without which nothing is said of what moved; soft: names of files that are left when
    they cannot be read, where others are refused. Results
    come in the order in which the files were merged, then those that were in already, then the soft ones that were
    left. Raises InputRefused (10) and GuardStopped (15) with nothing
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
    still: list[tuple[_Opened, Snapshot]] = []
    copies: list[tuple[_Opened, _Opened]] = []
    again: list[_Opened] = []
    seen: dict[str, list[_Opened]] = {}
    unknown: list[InputRefused] = []
    learnt: dict[str, Memory] = {}      # by source: what the files before in this command proved
    when = options.as_of or day.isoformat()
    found = _once_each(paths)

    def stage(one: _Opened, plan: Plan) -> None:
        ready = stage_table(conn, one.table, plan, settings, len(staged), one.decided)
        settle_book(conn, ready, settings)
        _check(conn, ready, one.result, options, when)
        learnt.setdefault(one.source.source, {}).update(proofs(ready, options))
        ready.spoken = _spoken(conn, ready, one.result, one.path, options, when, settings)
        staged.append((ready, one.result))

    watch.begin(len(found))
    for path in found:
        try:
            one = _open(conn, ws, path, sources, options, when)
        except InputRefused as error:
            # a folder may hold what no source reads; a file that somebody named may not
            if shown_name(path) not in soft:
                if error.faults[0].ident != "IMP-202":
                    raise
                unknown.append(error)
                continue
            results.append(_left(shown_name(path), "", error, options))
            continue
        watch.reading(one.table)
        watch.sources[one.result.file] = one.source.source
        twins = seen.setdefault(one.table.sha256, [])
        if twin := next((other for other in twins if one.says_the_same_as(other)), None):
            copies.append((one, twin))
            continue
        twins.append(one)
        results.append(one.result)
        among = snapshots(conn, one.source.source, one.source.kind, one.result.fixes)
        named = day_in(one.table.name)
        known = already_in(
            among, one.table.sha256, one.mapping, one.said, one.time, complete=options.complete, named=named
        )
        if known is not None and not options.correct:
            one.result.already = known.number
            if known is among[-1] and one.result.fixes is None and known.day != named:
                still.append((one, known))
            continue
        try:
            plan = _plan(conn, one, learnt, sources, options, settings)
            if len(found) == 1 and one.result.fixes is None and fits(conn, plan):
                with suppress(CannotWrite):
                    _import_first(
                        conn, ws, settings, one.table, plan, one.result, options, path, when, at, watch, measure
                    )
                    return [one.result]
            stage(one, plan)
        except (InputRefused, GuardStopped) as error:
            if shown_name(path) not in soft:
                raise
            twins.remove(one)   # a copy of it is looked at for itself
            results[-1] = _left(one.result.file, one.source.source, error, options)
        watch.read()
    if unknown:
        raise all_unknown(unknown)
    # what stood before is a return to it after another one of this command
    for one, known in still:
        if _comes_between(staged, (known.day, 0, ""), one, settings, when):
            one.result.already = None
            stage(one, _plan(conn, one, learnt, sources, options, settings))
    for one, twin in copies:
        if one.is_snapshot and _comes_between(staged, twin.order(settings, when), one, settings, when):
            results.append(one.result)
            stage(one, _plan(conn, one, learnt, sources, options, settings))
        else:
            again.append(one)
            twin.result.notes.append(f"{one.result.file} holds the same bytes: read once")
    left = [result for result in results if result.left]
    staged.sort(key=lambda pair: (*_order(pair[0].source), *pair[0].spoken.order))
    watch.order = [result.file for _, result in staged]
    with suppress(_DryRun), transaction(conn):
        if staged:
            kinds = {one.source.kind for ready, _ in staged for one in ready.every}
            movement = Movement(conn, measure, settings.currency, kinds)
            merge_all(conn, ws, settings, staged, options, when, at, watch, movement)
        for one, known in still:
            here = one.order(settings, when)[0]
            if one.result.already is not None and here > known.day:
                still_so(conn, one.table, one.source, one.result, known, Spoken(here, "", time=one.time), when, at)
        for one in again:
            # a file of a later day that holds what the newest one holds: it was still so then
            among, here = snapshots(conn, one.source.source, one.source.kind), one.order(settings, when)[0]
            if among and among[-1].sha256 == one.table.sha256 and here > among[-1].day and one.result.fixes is None:
                still_so(conn, one.table, one.source, one.result, among[-1], Spoken(here, "", time=one.time), when, at)
        if options.dry_run:
            raise _DryRun
    for ready, _ in staged:
        for part in ready.every:
            conn.execute(f"DROP TABLE IF EXISTS temp.{part.stage}")
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
        number = begin(conn, plan, plan.delivered(), table, result, when, at)
        ready = write_table(conn, table, plan, settings, 0, number)
        _check(conn, ready, result, options, when)
        ready.spoken = _spoken(conn, ready, result, path, options, when, settings)
        watch.read()
        merge_all(conn, ws, settings, [(ready, result)], options, when, at, watch, movement)
        conn.execute(f"DROP VIEW temp.{ready.stage}")
        if options.dry_run:
            raise _DryRun


def _plan(
    conn: sqlite3.Connection, one: _Opened, learnt: dict[str, Memory], sources: Sequence[SourceDef],
    options: ImportOptions, settings: Settings,
) -> Plan:
    one.result.notes += settle_renewal_words(one.table, one.source)
    one.result.notes += settle_whose(one.table, one.source, settings)
    plan = make_plan(one.source, one.table.headers, one.table.name)
    plan.mapping = one.mapping
    plan.remembered = recall(conn, one.source.source) | learnt.get(one.source.source, {})
    if one.result.fixes is None:
        check_near_template(conn, plan, one.table, options)
    one.result.notes += say_no_price(plan)
    one.result.notes += lay_money(plan, one.table, sources, options)
    one.result.notes += [*settle_key(one.table, plan), *settle_currency(one.table, plan)]
    one.result.notes += [*say_months(one.table, plan), *say_uses(one.table, plan)]
    lay_scale(plan)
    return plan


def _comes_between(
    staged: Sequence[tuple[Staged, ImportResult]], other: _Order, one: _Opened, settings: Settings, when: str
) -> bool:
    """Does a staged file of the source, with other bytes, speak for a time between that one and this file's?"""
    first, last = sorted((other, one.order(settings, when)))
    return any(
        (ready.source.source, ready.source.kind) == (one.source.source, one.source.kind)
        and ready.table.sha256 != one.table.sha256
        and first <= (ready.spoken.day, ready.spoken.copy, ready.spoken.time or "") < last
        for ready, _ in staged
    )


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
    for one in ready.every:
        one.rows = ready.rows
        check_staged(conn, one, options, when)
        settle_ends(one, conn, options)
    if ready.written is None:
        part_products(conn, ready, repairs=result.fixes is not None)
        drop_duplicates(conn, ready)
    check_one_row_each(ready)
    drop_parted(conn, ready)
    _limit(ready, options)


def _once_each(paths: Sequence[Path]) -> list[Path]:
    """A file that is named twice is read once."""
    found: dict[str, Path] = {}
    for path in paths:
        found.setdefault("-" if str(path) == "-" else os.path.realpath(path), path)
    return list(found.values())


def _left(file: str, source: str, error: CsError, options: ImportOptions) -> ImportResult:
    return ImportResult(file, source, "", dry_run=options.dry_run, left=error.faults, advice=error.next)


def _open(
    conn: sqlite3.Connection, ws: Workspace, path: Path, sources: list[SourceDef], options: ImportOptions, when: str
) -> _Opened:
    name = shown_name(path)
    repair = rejects.repaired(conn, ws, path)
    if repair is not None:
        options = repair.laid_under(options)
    read = ReadOptions(
        encoding=options.encoding, delimiter=options.delimiter, quote=options.quote, skip=options.skip,
        allow_empty=options.allow_empty, max_file_mb=options.max_file_mb or ReadOptions.max_file_mb,
        sheet=options.sheet,
    )
    wanted = options.source or (repair.source if repair else None)
    table, source = open_export(
        None if name == "-" else path, name, sources, wanted, read, when, options.rename,
        lambda: recall_encodings(conn), lambda: recall_names(conn),
    )
    mapping = mapping_hash(source, options)
    source = settle(source, options)
    check_settled(ws, source, name)
    result = ImportResult(name, source.source, source.kind, dry_run=options.dry_run, sha256=table.sha256)
    result.notes.extend(table.notes)
    if repair is not None:
        result.fixes = repair.fixes
    return _Opened(
        path, table, source, result, repair.decided if repair else None, mapping,
        said_day(options.as_of, table.name, when), written_at(path),
    )


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


def _order(source: SourceDef) -> tuple[int, int, str]:
    place = ORDER.index(source.kind) if source.kind in ORDER else len(ORDER)
    return place, rank_of(source), source.source
