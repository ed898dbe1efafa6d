"""`cs demo`: a finished workspace from the sample data, and the weekly report at the end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from cs_cli.base.errors import GuardStopped
from cs_cli.commands.desk import emit, open_desk, say, write_stdout

app = typer.Typer(add_completion=False)

MARK = ".cs-demo"


@app.command(epilog="Example: cs demo my-demo && cd my-demo && cs today")
def demo(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to build it.")] = Path("cs-demo"),
    force: Annotated[bool, typer.Option("--force", help="Build an earlier demo in DIR anew.")] = False,
) -> None:
    """Build a workspace from sample data: import, run, print the weekly report, write reports/weekly.html."""
    from cs_cli.base.shipped import shipped
    from cs_cli.commands.desk import decide_instant
    from cs_cli.commands.init import make_workspace

    _make_room(directory, force)
    settings = (shipped("sample_data") / "cs.yaml").read_text(encoding="utf-8")
    make_workspace(directory, settings)
    (directory / MARK).write_text("made by cs demo; cs demo --force may replace this folder\n")
    samples = sorted((shipped("sample_data") / "2026-06").glob("*.csv"))
    exports = directory / "exports"
    for sample in samples:
        shutil.copyfile(sample, exports / sample.name)
    with open_desk(directory, write=True) as desk:
        from cs_cli.cases.run import run_day
        from cs_cli.intake.importer import ImportOptions, import_files

        results = import_files(
            desk.conn,
            desk.ws,
            desk.settings,
            desk.definitions.own_sources,
            [exports / sample.name for sample in samples],
            ImportOptions(),
            day=desk.day,
            at=decide_instant(desk.settings),
        )
        rows = sum(result.rows for result in results)
        say(f"imported {rows:,} rows from {len(results)} exports into {directory}/cs.db")
        run_day(desk.conn, desk.ws, desk.definitions, desk.day, at=decide_instant(desk.settings))
    _show(directory)


def _make_room(directory: Path, force: bool) -> None:
    if not directory.exists() or not any(directory.iterdir()):
        return
    if not (directory / MARK).exists():
        raise GuardStopped.of("USE-033", "this folder is not empty", file=str(directory), next="cs demo OTHER-FOLDER")
    if not force:
        raise GuardStopped.of(
            "USE-034", "there is a demo here already", file=str(directory), next=f"cs demo {directory} --force"
        )
    shutil.rmtree(directory)


def _show(directory: Path) -> None:
    from cs_cli.reports import load

    with open_desk(directory) as desk:
        report = load("weekly").build(desk.conn, desk.definitions, desk.day)
    emit(report, "html", directory / "reports" / "weekly.html")
    emit(report, "table")
    steps = (
        ("today", "what to do now, each with its why"),
        ("escalations list", "who is at risk, whose it is, until when"),
        ("health show Pellworm", "one score, explained"),
    )
    width = max(len(words) for words, _ in steps)
    lines = "\n".join(f"  cs -w {directory} {words:<{width}}   {why}" for words, why in steps)
    write_stdout(f"\nNext:\n{lines}")
