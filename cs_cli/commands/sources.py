"""`cs sources list|show|check|new|copy`: which exports are understood, and how their columns are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cs_cli.base.errors import DefinitionInvalid, UsageError
from cs_cli.commands.desk import Desk, deliver_payload, emit, flat_report, named_workspace, open_desk, say
from cs_cli.commands.options import (
    DelimiterOption,
    EncodingOption,
    FormatOption,
    OutputOption,
    QuoteOption,
    SkipOption,
    WorkspaceOption,
    YesOption,
)
from cs_cli.reports.model import Column, Report, Section

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command("list", epilog="Example: cs sources list")
def list_(workspace: WorkspaceOption = None, format: FormatOption = None, output: OutputOption = None) -> None:
    """Every source, shipped and of this workspace, with where to get the export."""
    from cs_cli.intake.catalogue import every_source

    with open_desk(workspace) as desk:
        own = {source.source for source in desk.definitions.own_sources}
        rows = [
            {"source": s.source, "system": s.system, "kind": s.kind, "role": s.role,
             "from": "this workspace" if s.source in own else "cs", "about": s.about}
            for s in every_source(desk.definitions.own_sources, desk.ws.private)
        ]
        names = ("source", "system", "kind", "role", "from", "about")
        columns = tuple(Column(name, name.capitalize()) for name in names)
        report = flat_report("sources", "Sources", columns, rows, desk)
    emit(report, format, output)


@app.command("show", epilog="Example: cs sources show stripe_subscriptions")
def show(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help="A name of cs sources list.")],
    workspace: WorkspaceOption = None, format: FormatOption = None, output: OutputOption = None,
) -> None:
    """One source: which header feeds which column, how it is read, how often it comes and when it is late."""
    from cs_cli.base.near import did_you_mean
    from cs_cli.intake.catalogue import every_source
    from cs_cli.intake.describe import describe_source
    from cs_cli.intake.memory import list_remembered

    with open_desk(workspace) as desk:
        known = {s.source: s for s in every_source(desk.definitions.own_sources, desk.ws.private)}
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError.of("IMP-201", f'there is no source "{name}"{hint}', next="cs sources list")
        source = known[name]
        most = None if format == "json" or (output is not None and output.suffix == ".json") else SPELLINGS
        rows = [*describe_source(source, most), *list_remembered(desk.conn, name)]
        text = f"{source.about}\n{_rhythm(desk, name, source.kind)}".strip()
        report = flat_report("source", source.source, _COLUMNS, rows, desk, text=text)
    emit(report, format, output)


def _rhythm(desk: Desk, name: str, kind: str) -> str:
    """How often exports of the source come, in which rhythm its data do, and after how many days they are late."""
    from cs_cli.facts.freshness import news_on
    from cs_cli.facts.news import looks
    from cs_cli.facts.rhythm import of_looks
    from cs_cli.store.clock import set_clock

    set_clock(desk.conn, desk.day)
    days = looks(desk.conn, kind, desk.day, name)
    if not days:
        return "Not imported yet."
    usual = of_looks(days)
    exports = f"{len(days)} {'day' if len(days) == 1 else 'days'} of exports, the newest of {days[-1].isoformat()}"
    told = f", {usual.word}" if usual else ", too few or too uneven for a rhythm"
    line = f"Exports: {exports}{told}."
    news = next((one for one in news_on(desk.conn, desk.settings, desk.day) if one.kind == kind), None)
    if news is None or news.day is None:
        return line
    limit = "never late" if news.limit is None else f"late after {news.limit} days"
    rhythm = news.rhythm or "no rhythm shows"
    return f"{line}\nData ({kind}): of {news.day}, {rhythm}; {limit} (rhythm: and freshness: in cs.yaml)."


SPELLINGS = 8       # of one header, in a table
_COLUMNS = tuple(Column(name, name.capitalize()) for name in ("column", "headers", "type", "how"))
_CLAIMS = (Column("source", "Source"), Column("reads_it", "Reads it", "flag"), Column("why", "Why"))
_READ = (
    Column("header", "In the file"), Column("column", "Becomes"), Column("type", "Type"), Column("how", "Read as"),
    Column("raw", "For example"), Column("stored", "Is stored as"),
)


@app.command("check", epilog="Example: cs sources check export.csv")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export.")],
    source: Annotated[str | None, typer.Option(help="Read it as this source.")] = None,
    encoding: EncodingOption = None, delimiter: DelimiterOption = None, quote: QuoteOption = None,
    skip: SkipOption = None,
    workspace: WorkspaceOption = None, format: FormatOption = None, output: OutputOption = None,
) -> None:
    """Which source claims a file and why others do not, how each column reads, its first rows as they would land."""
    from cs_cli.intake.check_file import check_file
    from cs_cli.intake.reader import ReadOptions

    options = ReadOptions(encoding=encoding, delimiter=delimiter, quote=quote, skip=skip)
    with open_desk(workspace) as desk:
        found = check_file(
            file, desk.settings, desk.definitions.own_sources, source, desk.day, desk.ws.private, options, desk.conn
        )
        sections = (
            Section("claims", f"Read as {found.source} ({found.kind})", _CLAIMS, tuple(found.claims),
                    text="; ".join(found.notes)),
            Section("columns", "Columns", _READ, tuple(found.columns)),
            Section("rows", "The first rows as they would land",
                    tuple(Column(name, name) for name in found.row_columns), tuple(found.rows)),
        )
        report = Report("sources_check", f"{file.name}: {found.source}", desk.day.isoformat(), desk.currency,
                        desk.settings.company, sections=sections)
    emit(report, format, output)


@app.command("new", epilog="Example: cs sources new export.csv --save")
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export that no source reads.")],
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="What a row is, such as subscription.")] = None,
    system: Annotated[str | None, typer.Option(metavar="NAME", help="Whose account ids it holds.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it here, such as sources/NAME.yaml.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Write it into the workspace's sources/.")] = False,
    encoding: EncodingOption = None, delimiter: DelimiterOption = None, quote: QuoteOption = None,
    skip: SkipOption = None,
    yes: YesOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Draft a source from a file's headers and values; what cannot be told from them is left to decide, and said."""
    from cs_cli.base.command_line import as_typed
    from cs_cli.commands.drafting import check_target, drafted, only_broken, put_source, saved_name
    from cs_cli.intake.draft import source_name
    from cs_cli.intake.draft_text import write
    from cs_cli.intake.reader import ReadOptions

    _check_kind(kind)
    if output is not None and save:
        raise UsageError.of("IMP-246", "--save says where the source goes, and so does -o", next="one of the two")
    check_target(output, yes)
    broken = _broken(workspace) if save and yes else None
    with open_desk(workspace, definitions=broken is None) as desk:
        options = ReadOptions(encoding=encoding, delimiter=delimiter, quote=quote, skip=skip)
        made = drafted(desk, file, options, kind=kind, system=system)
        if save:
            made.draft.source = saved_name(desk, made.draft.source)
            output = desk.ws.root / "sources" / f"{made.draft.source}.yaml"
            check_target(output, yes)
            if broken is not None and not only_broken(broken, output):
                raise broken
        elif output is not None:
            made.draft.source = source_name(output.stem)
        already = _readers(desk, made.table.headers) if broken is None else []
    if save and output is not None:
        put_source(write(made.draft, str(file)), output)
        say(f"wrote {output}")
    else:
        deliver_payload(write(made.draft, str(file)), output)
    left, draft = made.draft.undecided, made.draft
    state = f"{left} to settle: look for DECIDE" if left else "nothing left open"
    if not left and draft.unproved:
        state = f"nothing to settle; not proved: {'; '.join(draft.unproved)}"
    say(f"kind of record: {draft.kind}; {state}")
    for text in draft.proved:
        say(f"  proved: {text}")
    if already:
        say(f"note: {' and '.join(already)} read this file already; with two sources, cs import asks for --source")
    then = "sources check" if left or not save else f"import --source {draft.source}" if already else "import"
    say(f"then: cs {then} {as_typed(file)}")


@app.command("copy", epilog="Example: cs sources copy stripe_subscriptions")
def copy(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help="One that comes with cs; see cs sources list.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Put a source that comes with cs into sources/, to add words to it; from then on that file is read instead."""
    from cs_cli.base.files import private_dir, write_whole
    from cs_cli.base.near import did_you_mean
    from cs_cli.intake.catalogue import FOLDER, shipped_sources

    known = {source.source: source for source in shipped_sources()}
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError.of("IMP-201", f'no source "{name}" comes with cs{hint}', next="cs sources list")
    ws = named_workspace(workspace)
    target = ws.root / "sources" / f"{name}.yaml"
    if target.exists():
        raise UsageError.of("IMP-248", f"{target} is there already", file=str(target), next="edit that one")
    private_dir(target.parent)
    write_whole(target, (FOLDER / f"{name}.yaml").read_bytes())
    say(f"wrote {target}: it takes the place of the one that comes with cs")


def _broken(workspace: Path | None) -> DefinitionInvalid | None:
    """Why the workspace does not load, if it does not."""
    try:
        with open_desk(workspace):
            return None
    except DefinitionInvalid as refusal:
        return refusal


def _check_kind(kind: str | None) -> None:
    from cs_cli.base.near import did_you_mean
    from cs_cli.intake.synonyms import COLUMNS

    if kind is not None and kind not in COLUMNS:
        raise UsageError.of(
            "IMP-247", f'"{kind}" is no kind that can be drafted{did_you_mean(kind, COLUMNS)}',
            expected=", ".join(sorted(COLUMNS)),
        )


def _readers(desk: Desk, headers: list[str]) -> list[str]:
    """The sources that claim the file as things stand."""
    from cs_cli.intake.catalogue import every_source
    from cs_cli.intake.recognise import claims, fold_header

    folded = frozenset(fold_header(header) for header in headers if header)
    every = every_source(desk.definitions.own_sources, desk.ws.private)
    return [source.source for source in every if claims(source, folded)]
