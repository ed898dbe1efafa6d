"""`import_paths`: named files all or none, and of a folder whatever is new and right, with the rest set aside.

A folder's file that is as it was when it was read costs one stat. One that cannot be read, or that a guard stops, is
written down with its reason and lies where it lies; the others come in as if it were not there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.error_catalogue import lookup
from cs_cli.base.errors import CsError, Fault, GuardStopped, InputRefused
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.intake import export_files as files
from cs_cli.intake.catalogue import every_source
from cs_cli.intake.export_files import shown_name
from cs_cli.intake.importer import import_files
from cs_cli.intake.moved import Measure
from cs_cli.intake.newer import advise_newer, newest_beside
from cs_cli.intake.recognise import draft_them
from cs_cli.intake.results import ImportOptions, ImportResult
from cs_cli.intake.watch import Watch
from cs_cli.store.change_sets import undone_by
from cs_cli.store.connection import transaction
from cs_cli.store.export_files import Known, OnDisk, all_known, remember
from cs_cli.store.stopped import Histories

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace


@dataclass
class _Job:
    """One command. named and inside: what somebody named, and what lies in the folders; inside by the shown name."""

    conn: sqlite3.Connection
    ws: Workspace
    settings: Settings
    own_sources: list[SourceDef]
    options: ImportOptions
    day: date
    at: datetime | str
    watch: Watch
    measure: Measure | None
    named: list[Path] = field(default_factory=list)
    inside: dict[str, OnDisk] = field(default_factory=dict)
    folders: dict[Path, list[OnDisk]] = field(default_factory=dict)
    before: int = 0
    started: int = field(default_factory=files.now_ns)

    @property
    def when(self) -> str:
        return self.options.as_of or self.day.isoformat()

    def load(self, paths: Sequence[Path]) -> list[ImportResult]:
        """These files in one transaction."""
        return import_files(
            self.conn, self.ws, self.settings, self.own_sources, paths, self.options, day=self.day, at=self.at,
            watch=self.watch, measure=self.measure, soft=self.inside.keys(),
        )


def import_paths(
    conn: sqlite3.Connection, ws: Workspace, settings: Settings, own_sources: Iterable[SourceDef],
    paths: Sequence[Path], options: ImportOptions, *, day: date, at: datetime | str, watch: Watch | None = None,
    measure: Measure | None = None,
) -> list[ImportResult]:
    """Import files and folders of files; arguments and results as those of `import_files`.

    Raises what it raises for a file that somebody named, and for a folder of which nothing is known and nothing right.
    """
    job = _Job(conn, ws, settings, list(own_sources), options, day, at, watch or Watch(), measure)
    for path in paths:
        if str(path) != "-" and path.is_dir():
            job.folders[path] = files.in_folder(path, ws.root)
            job.inside |= {shown_name(one.path): one for one in job.folders[path]}
        else:
            job.named.append(path)
    # a file of a folder that somebody named beside it is meant for itself
    said = {os.path.realpath(path) for path in job.named if str(path) != "-"}
    job.inside = {name: one for name, one in job.inside.items() if os.path.realpath(one.path) not in said}
    job.before = _newest(conn)
    rules = files.rules_of(every_source(job.own_sources, ws.private), settings, options.ends_default)
    if not job.folders:
        results = _named(job)
    else:
        results = _with_folders(job, rules)
    if not options.dry_run:
        _remember(job, results, rules)
    return results


def _named(job: _Job) -> list[ImportResult]:
    try:
        return job.load(job.named)
    except GuardStopped as error:
        advise_newer(error, job.named, job.conn, job.ws.root, job.settings, job.when)
        raise


def _with_folders(job: _Job, rules: str) -> list[ImportResult]:
    known = all_known(job.conn)
    still, fresh = _sorted(job, known, rules)
    wanted = [*job.named, *(one.path for one in fresh)]
    results = _whole_ones(job, wanted) if wanted else []
    histories = Histories(job.conn)
    bad = [one for one in results if one.left]
    for one in bad:
        one.source = one.source or histories.source_like(one.file) or ""
    right, good = [one for one in results if not one.left], [one for one in still if not one.left]
    if bad and not right and not still and not any(histories.since(one.source, one.file) for one in bad if one.source):
        _refuse(bad)
    for one in (*bad, *(one for one in still if one.left and not one.superseded)):
        path, old = job.inside[one.file].path, known.get(job.inside[one.file].key)
        one.told = old is not None and old.state == "aside"
        newer = newest_beside(one, path, [*right, *good], histories, job.settings, job.when)
        if newer is not None:
            one.advice, one.superseded = f"{newer} is newer and in: nothing is missing", True
    return [*right, *still, *bad]


def _refuse(bad: list[ImportResult]) -> None:
    """Nothing of the folder is right: as if each had been named, with nothing changed."""
    faults = [fault for one in bad for fault in one.left]
    advice = f"{draft_them(faults)}or name the files that are exports"
    if len(bad) == 1:
        advice = bad[0].advice or advice
    stopped = any((text := lookup(fault.ident)) is not None and text.exit == GuardStopped.code for fault in faults)
    raise (GuardStopped if stopped else InputRefused)(faults, next=advice)


def _sorted(job: _Job, known: dict[str, Known], rules: str) -> tuple[list[ImportResult], list[OnDisk]]:
    """(results of what is as it was when it was read, what is to be read)."""
    plain = ImportOptions(ends_default=job.options.ends_default)
    if replace(job.options, dry_run=False) != plain:
        return [], list(job.inside.values())    # something is said of how to read: then all of it is
    undone = undone_by(job.conn)
    histories = Histories(job.conn)
    still: dict[str, ImportResult] = {}
    fresh: list[OnDisk] = []
    for name, file in job.inside.items():
        one = known.get(file.key)
        # one that a newer file replaced is not tried again: as an older one it would pass the guards
        replaced = one is not None and one.state == "aside" and histories.superseded(one) and _same(one, file)
        if one is None or not (replaced or one.is_still(file)):
            fresh.append(file)
            continue
        result = ImportResult(name, one.source or "", "", dry_run=job.options.dry_run, known=True)
        if one.state == "in":
            result.undone = one.change_set in undone
            result.already = one.change_set
            if one.rules != rules and not result.undone:
                fresh.append(file)
                continue
        else:
            result.superseded = result.told = replaced
            # what came in since, or what a person said, may let it in
            if not replaced and (one.rules != rules or one.after < job.before):
                fresh.append(file)
                continue
            result.left = [Fault(one.ident or "", one.reason or "", file=name)]
            result.advice = one.advice
        still[name] = result
    if fresh:
        # of files of one day the order counts: the newest of an export is looked at again beside a new one
        days = {files.naive_day(one.path, job.settings, job.when) for one in fresh}
        newest = histories.newest()
        again = [
            name for name, result in still.items() if result.already in newest and not result.undone
            and files.naive_day(job.inside[name].path, job.settings, job.when) in days
        ]
        fresh += [job.inside[name] for name in again]
        for name in again:
            del still[name]
    return list(still.values()), sorted(fresh, key=lambda one: one.path)


def _same(one: Known, file: OnDisk) -> bool:
    """Are these the bytes that were read? By the stamp, else by the bytes themselves."""
    return one.stamp == file.stamp or (one.size == file.size and one.sha256 == files.digest(file.path))


def _newest(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM change_set").fetchone()[0])


def _whole_ones(job: _Job, wanted: list[Path]) -> list[ImportResult]:
    """The files in one transaction, without those of the folder that stop it, which are left one after the other."""
    aside: list[ImportResult] = []
    while True:
        try:
            return [*job.load(wanted), *aside] if wanted else aside
        except (InputRefused, GuardStopped) as error:
            blamed = _blamed(error, job, wanted)
            if not blamed:
                if job.options.dry_run or job.named:
                    raise
                return [*_one_by_one(job, wanted), *aside]
            aside += [_aside(job, path, error) for path in blamed]
            wanted = [path for path in wanted if path not in blamed]


def _blamed(error: CsError, job: _Job, wanted: list[Path]) -> list[Path]:
    """The folder's files that an error is about; none where it is about a named one, or about several together."""
    told = {fault.file for fault in error.faults}
    soft = [path for path in wanted if shown_name(path) in job.inside]
    if len(wanted) == 1:
        return soft
    found = [path for path in soft if shown_name(path) in told]
    return found if len(found) == len(told) else []


def _aside(job: _Job, path: Path, error: CsError) -> ImportResult:
    name = shown_name(path)
    mine = [fault for fault in error.faults if fault.file == name] or error.faults
    return ImportResult(
        name, job.watch.sources.get(name, ""), "", dry_run=job.options.dry_run, left=mine, advice=error.next
    )


def _one_by_one(job: _Job, wanted: list[Path]) -> list[ImportResult]:
    """Each file for itself, in the order in which they merge: what stops then is the one that moves too much."""
    places = {name: n for n, name in enumerate(job.watch.order)}
    found: list[ImportResult] = []
    for path in sorted(wanted, key=lambda one: places.get(shown_name(one), len(places))):
        try:
            found += job.load([path])
        except (InputRefused, GuardStopped) as error:
            found.append(_aside(job, path, error))
    return found


def _remember(job: _Job, results: list[ImportResult], rules: str) -> None:
    """Write down what became of each file that was read; of named ones those of the workspace that are in."""
    on_disk = dict(job.inside)
    for path in job.named:
        file = files.on_disk(path, job.ws.root)
        if file is not None and not os.path.isabs(file.key):
            on_disk[shown_name(path)] = file
    found, after = [], _newest(job.conn)
    for one in results:
        file = on_disk.get(one.file)
        if file is None or one.fixes is not None or one.known:
            continue
        first, settled = one.left[0] if one.left else None, files.is_settled(file, job.started)
        found.append(Known(
            file.key, *file.stamp, int(settled), one.sha256 or files.digest(file.path), rules,
            "aside" if one.left else "in",
            one.import_id or one.already, one.source or None, job.day.isoformat(),
            files.naive_day(file.path, job.settings, job.when), job.before, after,
            first.ident if first else None, first.what if first else None, one.advice if first else None,
        ))
    with transaction(job.conn):
        remember(job.conn, found)
        for folder, there in job.folders.items():
            files.drop_gone(job.conn, folder, job.ws.root, [one.key for one in there])
