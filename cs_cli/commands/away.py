"""`cs away FROM TO --to SAM`: somebody is away; the stand-in gets the tasks, the clocks wait, a handover is printed."""

from __future__ import annotations

from typing import Annotated

import typer

from cs_cli.base.errors import DefinitionInvalid, UsageError
from cs_cli.commands.desk import Desk, emit, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, OutputOption, WorkspaceOption

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cs away 2026-07-06 2026-07-24 --to Sam -o handover.md")
def away(
    start: Annotated[str, typer.Argument(metavar="FROM", help="The first day away: 2026-07-06, mon, tomorrow.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="The last day away.")],
    to: Annotated[str | None, typer.Option("--to", metavar="NAME", help="Who stands in.")] = None,
    who: Annotated[str | None, typer.Option("--who", metavar="NAME", help="Who is away; else you.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the handover sheet.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Write an absence into cs.yaml and print the handover sheet. Tasks go to the stand-in and clocks wait."""
    from cs_cli.base.days import parse_day_ahead
    from cs_cli.cases.people import People
    from cs_cli.reports.handover import build

    with open_desk(workspace, as_of) as desk:
        first = parse_day_ahead(start, desk.day)
        last = parse_day_ahead(end, desk.day)
        if last < first:
            raise UsageError.of("USE-043", f"{last} is before {first}", expected="the first day, then the last")
        person = person_named(desk, who or People(desk.settings).me)
        stand_in = person_named(desk, to) if to else None
        report = build(desk.conn, desk.definitions, desk.day, who=person, start=first, end=last, to=stand_in)
        if not dry_run:
            _write(desk, person, first.isoformat(), last.isoformat(), stand_in)
            say(f"{person} is away from {first} to {last}: written into cs.yaml")
        emit(report, format, output)


def person_named(desk: Desk, name: str | None) -> str:
    """A person of cs.yaml by name, e-mail or Slack name. Raises UsageError with near names."""
    from cs_cli.base.near import did_you_mean
    from cs_cli.cases.people import People

    known = [person.name for person in desk.settings.people]
    found = People(desk.settings).by_name.get((name or "").casefold())
    starting = [one for one in known if name and one.casefold().startswith(name.casefold())]
    if found is None and len(starting) == 1:
        return starting[0]
    if found is None:
        raise UsageError.of(
            "USE-044",
            f'"{name or ""}" is nobody of cs.yaml{did_you_mean(name or "", known)}',
            expected=", ".join(known) or "people: in cs.yaml",
        )
    return found


def _write(desk: Desk, who: str, start: str, end: str, to: str | None) -> None:
    """The new cs.yaml, whole, and only when it reads well."""
    from cs_cli.base.files import private_dir, write_whole
    from cs_cli.definitions.away import with_away
    from cs_cli.definitions.settings import load_settings

    path = desk.ws.root / "cs.yaml"
    try:
        text = with_away(path.read_text(encoding="utf-8"), who, start, end, to)
    except ValueError as fault:
        raise DefinitionInvalid.of(
            "CFG-030",
            f"the absence cannot be written: {fault}",
            file=str(path),
            next=f'add by hand: {{who: "{who}", start: "{start}", end: "{end}"}}',
        ) from fault
    private_dir(desk.ws.private)
    trial = desk.ws.private / "cs.yaml.trial"
    write_whole(trial, text.encode(), 0o600)
    try:
        _, faults = load_settings(trial, "cs.yaml")
    finally:
        trial.unlink()
    if faults:
        raise DefinitionInvalid(faults)
    write_whole(path, text.encode(), mode=path.stat().st_mode & 0o777)
