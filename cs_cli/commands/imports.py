"""`cs import FILE…` and `cs imports list|show|undo|aside|rejects`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import InputRefused, UsageError
from cs_cli.commands.desk import decide_instant, emit, flat_report, open_desk, say, write_stdout
from cs_cli.commands.options import (
    AsOfOption,
    DelimiterOption,
    EncodingOption,
    FormatOption,
    KnownAtOption,
    OutputOption,
    QuoteOption,
    SkipOption,
    WorkspaceOption,
)
from cs_cli.reports.model import Column, Report

if TYPE_CHECKING:
    from cs_cli.intake.results import ImportResult

import_app = typer.Typer(add_completion=False)
app = typer.Typer(add_completion=False, no_args_is_help=True)

NumberArgument = Annotated[int, typer.Argument(metavar="IMPORT", help="Its number in cs imports list.")]


@import_app.command("import", epilog="Example: cs import exports/*.csv --dry-run")
def import_(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE…", help="Exports, folders of exports, or - for stdin.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Read the file as this source.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse the file when a single row is bad.")] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="The file is whole, though it has fewer rows than the last one.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Override every guard.")] = False,
    correct: Annotated[
        bool, typer.Option("--correct", help="A changed price corrects the past instead of counting from today.")
    ] = False,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    quote: QuoteOption = None,
    skip: SkipOption = None,
    dates: Annotated[
        str | None, typer.Option(metavar="ORDER", help='dmy, mdy, ymd, or a form such as "MMM D, YYYY".')
    ] = None,
    decimal: Annotated[str | None, typer.Option(metavar="MARK", help='The decimal mark: "." or ",".')] = None,
    percents: Annotated[
        str | None, typer.Option(metavar="SCALE", help="percent (12 is 12 %) or fraction (0.12 is).")
    ] = None,
    dashes: Annotated[
        str | None, typer.Option(metavar="MEANING", help='What "50,-" is: cents (50, no cents) or minus (-50).')
    ] = None,
    scale: Annotated[
        int | None, typer.Option(metavar="BEST", help="The best answer of a survey: 5, 7 (neither is NPS), 10 or 100.")
    ] = None,
    money: Annotated[
        str | None, typer.Option(metavar="WAY", help="A CRM's own columns of ARR and renewals: read them, or keep them "
                                 "as attributes.")
    ] = None,
    ends: Annotated[
        str | None, typer.Option(metavar="DAY", help="What an end is: last_day (of service) or first_free_day.")
    ] = None,
    excel_dates: Annotated[bool, typer.Option("--excel-dates", help="Numbers in day columns are Excel days.")] = False,
    century: Annotated[bool, typer.Option("--century", help="Two-digit years: 69–99 is 19xx, 00–68 20xx.")] = False,
    rename: Annotated[
        list[str] | None, typer.Option(metavar="NEW=OLD", help="A column that had the name OLD before.")
    ] = None,
    renamed: Annotated[
        list[str] | None,
        typer.Option(metavar="NEW=OLD", help="A customer that was called OLD; none: nobody in the sheet was renamed."),
    ] = None,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="A header without rows is right.")] = False,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="Which sheet of a workbook is read.")] = None,
    max_file_mb: Annotated[
        int | None, typer.Option("--max-file-mb", metavar="N", help="The largest file taken; else 2048.")
    ] = None,
    expect_rows: Annotated[
        int | None, typer.Option("--expect-rows", metavar="N", help="Refuse the file when it has not N rows.")
    ] = None,
    expect_sum: Annotated[
        list[str] | None,
        typer.Option("--expect-sum", metavar="COLUMN=SUM", help="Refuse the file when a column adds up otherwise."),
    ] = None,
    template: Annotated[
        str | None, typer.Option("--template", metavar="KIND", help="Print the header of a canonical file and stop.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Import exports of CRM, billing, help desk, surveys and usage; what is in already changes nothing."""
    if template is not None:
        from cs_cli.intake.templates import template_line

        write_stdout(template_line(template))
        return
    if not files:
        raise UsageError.of("IMP-200", "no file is named", next="cs import FILE…, or cs import --template KIND")
    from cs_cli.base.safe_text import safe_text
    from cs_cli.commands.desk import GLOBALS, fixed_or_clock_day, format_for
    from cs_cli.commands.imports_dry import SHORT, dry_report
    from cs_cli.commands.imports_told import refuse_rest, tell_all
    from cs_cli.commands.progress import shown
    from cs_cli.commands.usage_roles import changed_roles, usage_roles
    from cs_cli.facts.books import measure
    from cs_cli.intake.folders import import_paths
    from cs_cli.intake.reader import ReadOptions
    from cs_cli.intake.results import ImportOptions
    from cs_cli.intake.watch import Watch
    from cs_cli.store.stopped import Stopped, stopped_imports

    read = ReadOptions(encoding=encoding, delimiter="\t" if delimiter in ("tab", "\\t") else delimiter, quote=quote,
                       skip=skip, sheet=sheet)
    notes, roles, stopped, unrun = list[str](), list[str](), list[Stopped](), list[bool]()

    def once() -> tuple[list[ImportResult], Report]:
        with open_desk(workspace, as_of, write=True, create=True) as desk:
            options = ImportOptions(
                source=source, dry_run=dry_run, as_of=desk.day.isoformat() if as_of else None, strict=strict,
                complete=complete, yes=yes, correct=correct, encoding=encoding,
                delimiter=read.delimiter, quote=quote, skip=skip, dates=dates,
                decimal=decimal, percents=percents, dashes=dashes, scale=scale, money=money, excel_dates=excel_dates,
                century=century, ends=ends, ends_default=desk.definitions.metrics.ends,
                rename=tuple(rename or ()), renamed=tuple(renamed or ()), allow_empty=allow_empty,
                max_file_mb=max_file_mb, sheet=sheet, expect_rows=expect_rows, expect_sum=tuple(expect_sum or ()),
            )
            watch = Watch()
            before = usage_roles(desk.conn, desk.settings)
            with shown(watch):
                results = import_paths(
                    desk.conn, desk.ws, desk.settings, desk.definitions.own_sources, [Path(name) for name in files],
                    options, day=desk.day, at=decide_instant(desk.settings), watch=watch,
                    # history that is loaded with --as-of shows in today's reports too
                    measure=measure(desk.settings, fixed_or_clock_day(desk.settings), desk.definitions.metrics.mrr_from,
                                    notes),
                )
            stopped[:] = [] if dry_run else stopped_imports(desk.conn, desk.day)
            roles.extend(changed_roles(desk.conn, desk.settings, before))
            unrun[:] = [] if desk.conn.execute("SELECT 1 FROM run_log LIMIT 1").fetchone() else [True]
            return results, dry_report(results, desk, whole=GLOBALS.verbose or format_for(output, format) not in SHORT)

    try:
        results, report = once()
    except InputRefused as refusal:
        from cs_cli.commands.ask import settle_refused

        if source is not None or dry_run or not settle_refused(workspace, refusal, read):
            raise
        results, report = once()
    tell_all(results)
    for line in roles:
        say(line)
    if {kind for one in results if one.already is None for kind in (one.kind, *one.also)} & _PAID:
        for note in notes:
            say(safe_text(note))
    if dry_run:
        emit(report, format, output)
    elif unrun and any(one.already is None for one in results):
        from cs_cli.commands.tiers import say_or_ask

        with open_desk(workspace) as desk:
            say_or_ask(desk)
    refuse_rest(results, stopped, dry_run)


_PAID = {"invoice", "contract", "subscription"}


LIST_COLUMNS = (
    Column("import", "Import", "number"), Column("source", "Source"), Column("file", "File"),
    Column("rows", "Rows", "number"), Column("added", "Added", "number"), Column("changed", "Changed", "number"),
    Column("unchanged", "Unchanged", "number"), Column("set_aside", "Set aside", "number"), Column("at", "At"),
    Column("undone_by", "Undone by", "number"),
)


@app.command("list", epilog="Example: cs imports list -f json")
def list_(
    workspace: WorkspaceOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Every import, newest first."""
    from cs_cli.store.change_sets import list_change_sets

    with open_desk(workspace, known_at=known_at, definitions=False) as desk:
        known = (desk.known_at or date.max).isoformat()
        rows = [_row(one) for one in list_change_sets(desk.conn, kinds=("import",)) if one["day"] <= known]
        report = flat_report("imports", "Imports", LIST_COLUMNS, rows, desk, empty="Nothing was imported yet.")
    emit(report, format, output)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    names = ("source", "file", "rows", "added", "changed", "unchanged", "set_aside", "at", "undone_by")
    return {"import": one["id"], **{name: one[name] for name in names}}


@app.command("show", epilog="Example: cs imports show 7")
def show(
    number: NumberArgument, workspace: WorkspaceOption = None, format: FormatOption = None, output: OutputOption = None
) -> None:
    """One import: what it read, what it wrote."""
    from cs_cli.store.change_sets import change_set

    with open_desk(workspace, definitions=False) as desk:
        one = change_set(desk.conn, number)
        shown = {"day": one["day"], "kind": one["record_kind"], "also": _also(one["also"]), "columns": one["columns"],
                 "sha256": one["sha256"], "fixes": one["fixes"]}
        columns = (*LIST_COLUMNS, *(Column(name, name) for name in shown))
        report = flat_report("import", f"Import {number}", columns, [_row(one) | shown], desk)
    emit(report, format, output)


def _also(counts: str | None) -> str | None:
    """The further records of an import's rows in words: "subscription: 2 added, 0 changed, 1 unchanged"."""
    import json

    told = {kind: one for kind, one in json.loads(counts or "{}").items() if one}
    listed = [f"{kind}: {one[0]:,} added, {one[1]:,} changed, {one[2]:,} unchanged" for kind, one in told.items()]
    return "; ".join(listed) or None


@app.command("undo", epilog="Example: cs imports undo 7")
def undo(
    number: NumberArgument,
    keep_later: Annotated[
        bool, typer.Option("--keep-later", help="Leave what later imports changed as it is.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Take an import or an entry by hand back, its open tasks as well; the undo is an entry of its own and can be
    undone too."""
    from cs_cli.commands.cases import hand_of
    from cs_cli.intake.undoing import undo_import
    from cs_cli.store.backup import backup as back_up
    from cs_cli.store.change_sets import change_set
    from cs_cli.store.connection import transaction

    with open_desk(workspace, write=True, definitions=False) as desk:
        if change_set(desk.conn, number)["rows"] >= LARGE_UNDO:
            back_up(desk.ws.db_path, why="before-undo")
        with transaction(desk.conn):
            result = undo_import(
                desk.conn, desk.settings, number, day=desk.day, at=decide_instant(desk.settings), keep_later=keep_later
            )
            hand = hand_of(desk, None)
            dropped = hand.drop_tasks_of(result.undone)
            # an undo of an undo brings the words back; what to do was dropped, and somebody may have done it since
            asleep = hand.skipped_tasks_of(change_set(desk.conn, result.undone)["undoes"])
    put_back = f"{result.records:,} records and {result.usage:,} usage values put back"
    say(f"#{number} is undone by #{result.change_set}: {put_back}")
    if dropped:
        say(f"skipped {', '.join(f't{task.number}' for task in dropped)}")
    for task in asleep:
        say(f"t{task.number} stays skipped: {task.do}")
    if result.left:
        say(f"{result.left:,} were left as later imports have them")
    say(f"to bring it back: cs imports undo {result.change_set}")


LARGE_UNDO = 1000  # rows from which on a copy is made first
MISSING_COLUMNS = (
    Column("source", "Source"), Column("subscription", "Subscription"), Column("account", "Account"),
    Column("arr", "ARR", "number"), Column("currency", "Currency"), Column("since", "First export without it"),
    Column("file", "Not in"),
)


@app.command("end-missing", epilog="Example: cs imports end-missing stripe_subscriptions --yes")
def end_missing_(
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help="As in cs imports list; else of all.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="End them; without it they are only listed.")] = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List the subscriptions that count as paying and are not in the newest whole export of their source.

    --yes ends them as of the day of the first export without them; cs imports undo takes that back."""
    from cs_cli.base.money import to_major
    from cs_cli.intake.missing import end_missing, missing_paying
    from cs_cli.store.connection import transaction

    with open_desk(workspace, write=yes, definitions=False) as desk:
        found = missing_paying(desk.conn, source)
        rows = [
            {"source": one.source, "subscription": one.subscription, "account": one.name,
             "arr": to_major(one.arr, one.currency or desk.settings.currency), "currency": one.currency,
             "since": one.since, "file": one.file}
            for one in found
        ]
        report = flat_report("missing", "Paying, and not in the newest export", MISSING_COLUMNS, rows, desk,
                             empty="Every paying subscription is in the newest export of its source.")
        done = []
        if yes and found:
            with transaction(desk.conn):
                for name in dict.fromkeys(one.source for one in found):
                    some = [one for one in found if one.source == name]
                    done.append(end_missing(desk.conn, name, some, day=desk.day, at=decide_instant(desk.settings)))
    emit(report, format, output)
    for number in done:
        say(f"ended as #{number}; to take it back: cs imports undo {number}")
    if found and not yes:
        say("nothing was changed: cs imports end-missing --yes ends them")


ASIDE_COLUMNS = (
    Column("source", "Source"), Column("since", "Nothing new since", "day"), Column("file", "Set aside"),
    Column("speaks_for", "Of", "day"), Column("error", "Error"), Column("reason", "Why"), Column("next", "Next"),
)


@app.command("aside", epilog="Example: cs imports aside")
def aside(
    workspace: WorkspaceOption = None, as_of: AsOfOption = None, format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """The exports whose newest file in a folder was set aside whole, until a good newer one has come."""
    from cs_cli.store.stopped import stopped_imports

    with open_desk(workspace, as_of, definitions=False) as desk:
        rows = [
            {"source": one.source, "since": one.since, "file": one.file, "speaks_for": one.speaks_for,
             "error": one.ident, "reason": one.reason, "next": one.advice}
            for one in stopped_imports(desk.conn, desk.day)
        ]
        report = flat_report("aside", "Imports that stopped", ASIDE_COLUMNS, rows, desk, empty="Every import goes on.")
    emit(report, format, output)


@app.command("rejects", epilog="Example: cs imports rejects 7")
def rejects(
    number: NumberArgument, workspace: WorkspaceOption = None, format: FormatOption = None, output: OutputOption = None
) -> None:
    """The rows that an import set aside, each with its place and reason."""
    from cs_cli.intake.rejects import REASONS, reasons
    from cs_cli.store.change_sets import change_set

    with open_desk(workspace, definitions=False) as desk:
        count = change_set(desk.conn, number)["set_aside"]
        rows = reasons(desk.ws, number)
        columns = tuple(Column(name, name.capitalize()) for name in REASONS)
        none = f"Import {number} set no row aside."
        if count:
            none = f"Import {number} set {count:,} aside, but rejects/{number}.reasons.csv is no longer there."
        report = flat_report("rejects", f"Set aside by import {number}", columns, rows, desk, empty=none)
    emit(report, format, output)
