"""What `cs import` says of its files, and how it ends when not all of them came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_cli.base.command_line import all_as_typed, as_typed
from cs_cli.base.errors import PartlyDone
from cs_cli.commands.desk import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_cli.intake.results import ImportResult
    from cs_cli.store.stopped import Stopped

FEW = 10  # files that were in already are named one by one up to here


def tell_all(results: list[ImportResult]) -> None:
    """Each file, what is old in a line, and what all of it came to."""
    old = [one for one in results if one.already is not None and not one.undone]
    for result in results:
        if result not in old or len(old) <= FEW:
            tell(result)
    if len(old) > FEW:
        say(f"{len(old):,} files: already imported; nothing changed")
    tell_end(results)


def refuse_rest(results: list[ImportResult], stopped: Sequence[Stopped], dry_run: bool) -> None:
    """Raises PartlyDone for rows and files that were set aside; a file that a newer one replaced is said once."""
    from cs_cli.intake.recognise import draft_them

    aside = [result for result in results if result.left and not (result.told and result.superseded)]
    left = [fault for result in aside for fault in result.left]
    bad = [fault for result in results for fault in result.faults]
    if not (left or bad):
        return
    advice = list(dict.fromkeys(result.advice for result in aside if result.advice and not _is_unknown(result)))
    if any(result.advice is None or _is_unknown(result) for result in aside):
        advice.append(f"{draft_them(left)}move out of the folder what is no export")
    # what an advice names no command for is one command, of all the files that wait for it
    waiting = [one.file for one in aside if one.advice and not _is_unknown(one) and "cs import" not in one.advice]
    if waiting:
        them = "it" if len(waiting) == 1 else "them"
        advice.append(f"with that said, take {them} again: cs import {all_as_typed(waiting)}")
    done = []
    if bad:
        kept, count = (sum(one) for one in zip(
            *((result.rows - result.set_aside, result.set_aside) for result in results), strict=True
        ))
        done.append(f"{kept:,} rows {'would be ' if dry_run else ''}imported, {count:,} set aside")
        if paths := [result.rejects for result in results if result.rejects]:
            advice.insert(0, f"fix {' and '.join(paths)} and run: cs import {all_as_typed(paths)}")
    elif not dry_run and any(not result.left for result in results):
        done.append("the other files are in")
    done += [one.text for one in stopped if left]
    raise PartlyDone([*bad, *left], done="; ".join(done) or None, next="; ".join(advice) or None)


def _is_unknown(result: ImportResult) -> bool:
    return result.left[0].ident == "IMP-202"


def tell(result: ImportResult) -> None:
    """One file in one or a few lines."""
    from cs_cli.base.safe_text import safe_text

    file = safe_text(result.file)
    if result.undone:
        again = f"cs import {as_typed(result.file)}"
        say(f"{file}: its import #{result.already} was undone; left out: {again} takes it again")
        return
    if result.already is not None:
        say(f"{file}: already imported as #{result.already}; nothing changed")
        return
    if result.left:
        if not (result.told and result.superseded):
            say(f"{file}: left: {safe_text(result.left[0].what)}")
        return
    number = "dry run" if result.dry_run else f"#{result.import_id}"
    parts = [f"{result.added:,} added", f"{result.changed:,} changed", f"{result.unchanged:,} unchanged"]
    if result.set_aside:
        parts.append(f"{result.set_aside:,} set aside")
    if result.skipped:
        parts.append(f"{result.skipped:,} skipped (no records)")
    if result.missing:
        parts.append(f"{result.missing:,} known ones not in this file (kept)")
    say(f"{file}: {result.source} ({result.kind}) {number}: {', '.join(parts)}")
    for kind, done in result.also.items():
        if done.added or done.changed or done.unchanged:
            say(f"  {kind}: {done.added:,} added, {done.changed:,} changed, {done.unchanged:,} unchanged")
    if result.missing_names:
        more = ", …" if result.missing > len(result.missing_names) else ""
        say(f"  not in this file: {safe_text(', '.join(result.missing_names), 300)}{more}")
    for note in result.notes:
        say(f"  note: {safe_text(note)}")
    if result.ignored:
        say(f"  not read: {safe_text(', '.join(result.ignored), 300)}")
    if result.fixes is not None:
        say(f"  repairs rows of #{result.fixes}")


def tell_end(results: list[ImportResult]) -> None:
    """MRR and ARR before → after, and what has no account."""
    from cs_cli.commands.imports_moved import tell_moved, tell_unmatched

    done = [result for result in results if result.already is None and not result.left]
    if not done:
        return
    unmatched = [one for result in done for one in result.unmatched]
    if (moved := done[-1].moved) is not None:
        tell_moved(moved)
    if unmatched:
        tell_unmatched(unmatched, done[-1].moved)
