"""`cs sources list|show|check`: which exports are understood, and how their columns are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import emit, flat_report, open_desk
from cs_cli.commands.options import FormatOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

app = typer.Typer(no_args_is_help=True, help="Which exports are understood, and how columns are read.")


@app.command("list", epilog="Example: cs sources list")
def list_(workspace: WorkspaceOption = None, format: FormatOption = None, output: OutputOption = None) -> None:
    """Every source, shipped and of this workspace, with where to get the export."""
    from cs_cli.intake.catalogue import every_source

    with open_desk(workspace) as desk:
        own = {source.source for source in desk.definitions.own_sources}
        rows = [
            {"source": s.source, "system": s.system, "kind": s.kind, "role": s.role,
             "from": "this workspace" if s.source in own else "cs", "about": s.about}
            for s in every_source(desk.definitions.own_sources)
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
    """One source: which header feeds which column, and how it is read."""
    from cs_cli.base.near import did_you_mean
    from cs_cli.intake.catalogue import every_source
    from cs_cli.intake.describe import describe_source

    with open_desk(workspace) as desk:
        known = {s.source: s for s in every_source(desk.definitions.own_sources)}
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError.of("IMP-201", f'there is no source "{name}"{hint}', next="cs sources list")
        source = known[name]
        report = flat_report("source", source.source, _COLUMNS, describe_source(source), desk, text=source.about)
    emit(report, format, output)


_COLUMNS = tuple(Column(name, name.capitalize()) for name in ("column", "headers", "type", "how"))


@app.command("check", epilog="Example: cs sources check export.csv")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export.")],
    source: Annotated[str | None, typer.Option(help="Read it as this source.")] = None,
    workspace: WorkspaceOption = None, format: FormatOption = None, output: OutputOption = None,
) -> None:
    """Which source claims a file, how each column reads, and its first rows as they would land."""
    from cs_cli.intake.describe import describe_file

    with open_desk(workspace) as desk:
        name, text, rows = describe_file(
            file, desk.settings, desk.definitions.own_sources, source, desk.day
        )
        names: tuple[str, ...] = tuple(rows[0]) if rows else ("column",)
        shown: list[dict[str, Any]] = rows
        columns = tuple(Column(n, n) for n in names)
        report = flat_report("check", f"{file.name}: {name}", columns, shown, desk, text=text)
    emit(report, format, output)
