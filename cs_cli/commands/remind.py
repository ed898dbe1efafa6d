"""`cs remind`: what is due goes out, once; `list`, `retry` and `confirm` for what did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import Fault, PartlyDone, UsageError
from cs_cli.commands.desk import (
    Desk,
    decide_instant,
    emit,
    fixed_or_clock_day,
    flat_report,
    open_desk,
    say,
    write_stdout,
)
from cs_cli.commands.options import AsOfOption, FormatOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from cs_cli.deliver.model import Outcome, Plan
    from cs_cli.deliver.remind import Job, Rehearsal, Wish

app = typer.Typer(add_completion=False, invoke_without_command=True)
RefsArgument = Annotated[list[str], typer.Argument(metavar="REF…", help="As cs remind list shows them: 7F3A21.")]

LIST_COLUMNS = (
    Column("ref", "Ref"),
    Column("state", "State"),
    Column("playbook", "Playbook"),
    Column("account_id", "Account"),
    Column("term", "Term", hidden=True),
    Column("step", "Step"),
    Column("channel", "Channel"),
    Column("recipient", "To"),
    Column("due", "Due", "day"),
    Column("planned_on", "Planned", "day", hidden=True),
    Column("settled_on", "Settled", "day"),
    Column("attempts", "Tries", "number"),
    Column("message", "Message", hidden=True),
    Column("reason", "Reason"),
)
DRY_COLUMNS = (
    Column("plan", "Plan"),
    Column("channel", "Channel"),
    Column("recipient", "To"),
    Column("playbook", "Playbook"),
    Column("account_id", "Account"),
    Column("step", "Step"),
    Column("term", "Term", hidden=True),
    Column("due", "Due", "day"),
    Column("reason", "Reason"),
)


@app.callback(epilog="Example: cs remind --dry-run, and in cron: cs remind -q")
def remind(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would go out; connect nowhere.")] = False,
    only: Annotated[str | None, typer.Option("--only", metavar="NAME", help="One playbook's reminders.")] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="NAME", help="What goes through one channel of cs.yaml.")
    ] = None,
    confirm_clock: Annotated[
        bool, typer.Option("--confirm-clock", help="Send although the clock is over 45 days past the last run.")
    ] = False,
    confirm_restored: Annotated[
        bool, typer.Option("--confirm-restored", help="Send from a database that was restored or moved here.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Send what is due, each reminder once: to stdout, Slack, e-mail, a webhook, a file or a calendar.

    Takes the day's playbooks first. Prints nothing when nothing is due. Missed days go out once, as one digest.
    """
    if ctx.invoked_subcommand is not None:
        return
    from cs_cli.deliver.remind import Wish, rehearse

    wish = Wish(only, channel, confirm_clock, confirm_restored, fixed_or_clock_day)
    if dry_run:
        with open_desk(workspace, as_of) as desk:
            found = rehearse(desk.conn, desk.ws, desk.definitions, desk.day, wish, _job(desk), desk.known_at)
            _show_rehearsal(found, desk, format, output)
        return
    if format is not None or output is not None:
        raise UsageError.of("INT-013", "-f and -o go with --dry-run or list", next="where it goes is in cs.yaml")
    outcome = _send(workspace, as_of, wish)
    tell(outcome)


def send_due(workspace: Any) -> str:
    """What `cs remind` does, for a job that calls its heartbeat itself; gives what became of it in a line."""
    from cs_cli.deliver.remind import Wish

    outcome = _send(workspace, None, Wish(today=fixed_or_clock_day), beat=False)
    tell(outcome)
    return f"sent {_count(outcome.sent, 'reminder')}" if outcome.sent else "nothing was due"


def _send(workspace: Any, as_of: str | None, wish: Wish, *, beat: bool = True) -> Outcome:
    from cs_cli.base.files import private_dir
    from cs_cli.deliver.remind import heartbeat, remind
    from cs_cli.store.lock import run_lock

    with (
        open_desk(workspace, as_of, write=True) as desk,
        run_lock(private_dir(desk.ws.private) / "lock", "cs remind"),
    ):
        job = _job(desk)
        outcome = remind(desk.conn, desk.ws, desk.definitions, desk.day, wish, job, desk.known_at)
        if beat and not (outcome.failed or outcome.unknown):
            wrong = heartbeat(desk.settings, desk.ws, job.environ)
            if wrong is not None:
                outcome.warnings.append(wrong)
    return outcome


def _job(desk: Desk) -> Job:
    from cs_cli.deliver.remind import Job

    return Job(at=lambda: decide_instant(desk.settings))


def tell(outcome: Outcome, what: str = "reminder") -> None:
    """Talk on stderr: nothing at all when nothing was due and nothing is wrong."""
    import sys

    for warning in outcome.warnings:
        # said also with -q: cron mails it, and it is the only sign
        sys.stderr.write(f"warning: {_safe(warning)}\n")
    if outcome.messages:
        how = "" if outcome.messages == outcome.sent else f" in {_count(outcome.messages, 'message')}"
        say(f"sent {_count(outcome.sent, what)}{how}")
    faults = [_fault("INT-004", "not delivered", plan, result.reason, what) for plan, result in outcome.failed]
    faults += [_fault("INT-005", "nobody knows whether this arrived", plan, result.reason, what)
               for plan, result in outcome.unknown]  # fmt: skip
    if outcome.recovered:
        count = _count(outcome.recovered, "reminder")
        faults.append(Fault("INT-005", "an earlier run ended while it was sending", value=count))
    if outcome.standing and not faults:
        # said by every run until a person settles it: a failure that is told once is a failure that is forgotten
        faults.append(Fault("INT-005", "not settled since an earlier run", value=_count(outcome.standing, what)))
    if faults:
        raise PartlyDone(
            faults,
            done=f"sent {_count(outcome.sent, what)}",
            next="cs remind list; then cs remind retry REF or cs remind confirm REF",
        )


def _fault(ident: str, told: str, plan: Plan, reason: str, what: str) -> Fault:
    to = f" to {plan.target.recipient}" if plan.target.recipient else ""
    name = f"{plan.target.channel}{to}: {_count(len(plan.items), what)}"
    return Fault(ident, told, name=name, excerpt=_safe(reason))


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


def _safe(text: str) -> str:
    from cs_cli.base.safe_text import safe_text

    return safe_text(text, 300)


def _show_rehearsal(found: Rehearsal, desk: Desk, format: str | None, output: Any) -> None:
    from cs_cli.deliver.plain import plain

    for warning in found.warnings:
        say(f"warning: {_safe(warning)}")
    if format is not None or output is not None:
        rows = [{column.key: row[column.key] for column in DRY_COLUMNS} for row in found.rows]
        emit(flat_report("remind", "What would go out", DRY_COLUMNS, rows, desk), format, output)
        return
    out = []
    for plan, message in found.messages:
        to = f" to {_safe(plan.target.recipient)}" if plan.target.recipient else ""
        out.append(f"=== would go{to} by {plan.target.channel} ({plan.reason})\n{plain(message)}")
    if out:
        write_stdout("\n".join(out))
    held = [plan for plan in found.plans if plan.kind == "hold"]
    for reason in sorted({plan.reason for plan in held}):
        say(f"held: {sum(plan.reason == reason for plan in held)}, {_safe(reason)}")
    if not out:
        say("nothing would go out")


# --- what did not go out -------------------------------------------------------


@app.command("list", epilog="Example: cs remind list --all -f csv")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Sent ones too.")] = False,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="planned, sent, failed, unknown or missed.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Reminders that are not settled: planned, failed, or unknown whether they arrived."""
    from cs_cli.deliver import ledger

    states = ("planned", "sending", "sent", "failed", "unknown", "missed")
    if state is not None and state not in states:
        raise UsageError.of("INT-014", f'"{state}" is not a state', expected=", ".join(states))
    with open_desk(workspace, as_of) as desk:
        found = ledger.listing(desk.conn, every=every, state=state)
        rows = [{column.key: row[column.key] for column in LIST_COLUMNS} for row in found]
        emit(
            flat_report("reminders", "Reminders", LIST_COLUMNS, rows, desk, empty="Everything is settled."),
            format, output,
        )  # fmt: skip


@app.command(epilog="Example: cs remind retry 7F3A21 && cs remind")
def retry(
    refs: Annotated[list[str] | None, typer.Argument(metavar="REF…", help="As cs remind list shows them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that failed; not what is unknown.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Try again what failed, or what certainly did not arrive: it goes out with the next cs remind."""
    with open_desk(workspace, as_of, write=True) as desk:
        chosen = _chosen(desk, refs or [], every, ("failed", "unknown"), all_states=("failed",))
        _settle(desk, chosen, "planned", "to be tried again")
    _say_when(chosen)


@app.command(epilog="Example: cs remind confirm 7F3A21, or with --lost to send it again")
def confirm(
    refs: RefsArgument,
    lost: Annotated[bool, typer.Option("--lost", help="It did not arrive: send it again.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Settle what is unknown: it arrived, or with --lost it did not."""
    with open_desk(workspace, as_of, write=True) as desk:
        chosen = _chosen(desk, refs, False, ("unknown", "failed", "planned") if not lost else ("unknown", "failed"))
        word = "did not arrive" if lost else "arrived"
        count = _settle(desk, chosen, "planned" if lost else "sent", f"a person said it {word}")
    if lost:
        _say_when(chosen)
    else:
        say(f"{count} settled as sent")


def _say_when(chosen: dict[int, str]) -> None:
    """With what these go out: reminders by the next run, a report only when it is sent again in its week."""
    reports = sorted({name for name in chosen.values() if name.startswith("report:")})
    if count := sum(name not in reports for name in chosen.values()):
        say(f"{count} will go out with the next cs remind")
    for name in reports:
        count = sum(one == name for one in chosen.values())
        say(f"{count} will go out with cs report {name.split(':')[1]} --send CHANNEL, in the week that it is of")


def _chosen(
    desk: Desk, refs: list[str], every: bool, states: tuple[str, ...], all_states: tuple[str, ...] = ()
) -> dict[int, str]:
    """The deliveries that are meant: number → playbook, or report: and its name."""
    from cs_cli.deliver import ledger

    rows = [row for row in ledger.listing(desk.conn) if row["state"] in states]
    if every:
        return {row["id"]: row["playbook"] for row in rows if row["state"] in all_states}
    if not refs:
        raise UsageError.of("INT-012", "no reminder was named", next="cs remind list shows their refs; or --all")
    found: dict[int, str] = {}
    for ref in refs:
        word = ref.strip().upper().removeprefix("REF ")
        mine = {row["id"]: row["playbook"] for row in rows if word and word in (row["ref"], row["message"])}
        if not mine:
            raise UsageError.of(
                "INT-012", f'there is no unsettled reminder "{ref}"', expected=", ".join(states), next="cs remind list"
            )
        found |= mine
    return found


def _settle(desk: Desk, chosen: dict[int, str], state: str, reason: str) -> int:
    from cs_cli.base.files import private_dir
    from cs_cli.deliver import ledger
    from cs_cli.store.lock import run_lock

    with run_lock(private_dir(desk.ws.private) / "lock", "cs remind"):
        return ledger.settle(desk.conn, sorted(chosen), state, desk.day, reason)
