"""A newer file of the same export, beside one that was stopped: that one is meant, not an override for the old one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import CsError, InputRefused
from cs_cli.definitions.shapes import Settings
from cs_cli.intake.export_files import in_folder, order_of, shown_name
from cs_cli.intake.results import ImportResult
from cs_cli.store.export_files import all_known, stem_of
from cs_cli.store.stopped import Histories

# guards that a newer file of the same export meets just the same
_OF_WHAT_IT_IS = frozenset(["IMP-261", "IMP-263", "IMP-271"])


def newest_beside(
    bad: ImportResult, path: Path, good: Iterable[ImportResult], histories: Histories, settings: Settings, when: str
) -> str | None:
    """The newest of the good files that is of the same export as the bad one and newer; None when there is none."""
    here = order_of(path, settings, when)
    newer = [
        (order, one.file)
        for one in good
        if not one.undone and (order := order_of(Path(one.file), settings, when)) > here
        and (histories.same_export(bad.source, bad.file, one.file) if bad.source and one.source == bad.source
             else not bad.source and stem_of(one.file) == stem_of(bad.file))
    ]
    return max(newer)[1] if newer else None


def advise_newer(
    error: CsError, paths: Sequence[Path], conn: sqlite3.Connection, root: Path, settings: Settings, when: str
) -> None:
    """Where a guard stopped a named file and a newer one of its name lies beside it, the advice is to take that. A
    question of what the columns or the rows are stays: the newer file would ask it as well."""
    if any(fault.ident in _OF_WHAT_IT_IS for fault in error.faults):
        return
    told = {fault.file for fault in error.faults}
    stopped = [path for path in paths if str(path) != "-" and shown_name(path) in told]
    if len(stopped) != 1 or len(told) != 1:
        return
    path = stopped[0]
    try:
        beside = in_folder(path.parent, root)
    except (InputRefused, OSError):
        return  # a name without one of the usual endings, or a folder that cannot be listed: nothing to offer
    here, known = order_of(path, settings, when), all_known(conn)
    newer = [
        one for one in beside
        if stem_of(one.path.name) == stem_of(path.name) and order_of(one.path, settings, when) > here
        and not ((old := known.get(one.key)) is not None and old.state == "aside" and old.is_still(one))
    ]
    if not newer:
        return
    best = max(newer, key=lambda one: order_of(one.path, settings, when))
    old = known.get(best.key)
    if old is not None and old.state == "in" and old.is_still(best):
        error.next = f"{shown_name(best.path)} is newer and in: nothing is missing"
    else:
        error.next = f"a newer file lies beside it: cs import {as_typed(best.path)}"
