"""`cs run`: the day's facts, segments, health and playbooks; missed days first."""

from __future__ import annotations

from pathlib import Path

import typer

from cs_cli.base.errors import Fault, PartlyDone
from cs_cli.commands.desk import decide_instant, fixed_or_clock_day, open_desk, say
from cs_cli.commands.options import AsOfOption, WorkspaceOption, YesOption

app = typer.Typer(add_completion=False)
SHOWN = 10


@app.command(epilog="Example: cs run -q")
def run(workspace: WorkspaceOption = None, as_of: AsOfOption = None, yes: YesOption = False) -> None:
    """Evaluate segments, health and playbooks for today, after the days since the last run.

    Twice on one day changes nothing. A playbook over its limit opens nothing and the exit code is 3. A day over 45 days
    ahead is refused (15) unless --yes: cases do not go back, so no earlier day could be run any more.
    """
    run_to_day(workspace, as_of, yes=yes)


def run_to_day(workspace: Path | None, as_of: str | None = None, *, yes: bool = False) -> str:
    """What `cs run` does; gives what became of it in a line. PartlyDone where a playbook was stopped by its limit."""
    from cs_cli.cases.ahead import refuse_ahead
    from cs_cli.cases.run import run_day
    from cs_cli.store.lock import run_lock

    with open_desk(workspace, as_of, write=True) as desk, run_lock(desk.ws.private / "lock", "cs run"):
        if not yes:
            refuse_ahead(desk.conn, desk.day, fixed_or_clock_day(desk.settings), "--yes")
        result = run_day(
            desk.conn,
            desk.ws,
            desk.definitions,
            desk.day,
            at=decide_instant(desk.settings),
            known_at=desk.known_at,
        )
        told = f"{desk.day}: nothing new since the last run"
        if result.days:
            days = f", {result.days} days caught up" if result.days > 1 else ""
            told = (
                f"{desk.day}: {len(result.opened)} opened, {len(result.changed)} changed, "
                f"{len(result.closed)} closed{days}"
            )
        say(told)
        if result.inherited:
            _tell_inherited(desk, result.inherited)
    if result.braked:
        raise PartlyDone(
            [
                Fault(
                    "CAS-003",
                    f"{name} would have opened {count} cases and opened none",
                    name=name,
                    expected=f"at most {limit}" if limit[0].isdigit() else f"not {limit}",
                )
                for name, count, limit in result.braked
            ],
            done="every other playbook ran",
            next="look with cs playbooks preview; narrow the condition or set limit: in the playbook",
        )
    return told


def _tell_inherited(desk: object, numbers: list[int]) -> None:
    from cs_cli.base.safe_text import safe_text
    from cs_cli.cases.lists import case_rows
    from cs_cli.commands.desk import Desk

    assert isinstance(desk, Desk)
    inherited = set(numbers)
    found = [row for row in case_rows(desk.conn, desk.definitions, desk.day) if row["number"] in inherited]
    found.sort(key=lambda row: (-(row["arr"] or 0.0), row["number"]))
    say(f"{len(numbers)} are inherited (they held already): clocks begin today, cs remind tells once how they stand")
    for row in found[:SHOWN]:
        say(
            f"  {row['case']:>5}  {row['severity']:<5}  {safe_text(row['name'], 40)}: "
            f"{row['playbook']} ({safe_text(row['because'], 80)})"
        )
    if len(found) > SHOWN:
        say(f"  … and {len(found) - SHOWN} smaller ones: cs cases list")
