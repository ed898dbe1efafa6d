"""`cs schedule --check`: when each part last ran, and how."""

from __future__ import annotations

from pathlib import Path

import typer

from cs_cli.commands.desk import emit, fixed_or_clock_day, named_workspace, say
from cs_cli.reports.model import Column, Report, Section

COLUMNS = (
    Column("part", "Part"), Column("state", "State"), Column("last", "Last ran"), Column("how", "How"),
    Column("good", "Last went well"), Column("said", "What it said"),
)


def check_jobs(workspace: Path | None, format: str | None, output: Path | None) -> None:
    """Print how each part stands; exit 1 when one is overdue, never ran, or failed last."""
    from cs_cli.commands import schedule_job
    from cs_cli.definitions.workspace import settings_only
    from cs_cli.deliver import job_log

    ws = named_workspace(workspace)
    settings = settings_only(ws)
    entries = job_log.read(ws.private)
    found = job_log.standings(entries, schedule_job.clock(settings.timezone))
    rows = tuple(
        {
            "part": one.part,
            "state": one.state,
            "last": None if one.last is None else one.last.at.strftime("%Y-%m-%d %H:%M %z"),
            "how": None if one.last is None else one.last.word + (f" ({one.last.code})" if one.last.code else ""),
            "good": None if one.good is None else one.good.strftime("%Y-%m-%d %H:%M %z"),
            "said": None if one.last is None else one.last.text,
        }
        for one in found
    )
    section = Section("schedule", "Scheduled jobs", COLUMNS, rows)
    day = fixed_or_clock_day(settings).isoformat()
    emit(Report("schedule", "Scheduled jobs", day, settings.currency, settings.company, sections=(section,), flat=True),
         format, output)
    last = next((one for one in reversed(entries) if one.part == "schedule"), None)
    say(f"{last.text}, {last.at:%Y-%m-%d %H:%M}" if last else "nothing was installed by cs schedule --install")
    say(f"every run: {ws.private / job_log.NAME}")
    if any(one.wrong for one in found):
        raise typer.Exit(1)
