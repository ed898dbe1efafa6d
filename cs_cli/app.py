"""The `cs` command: groups loaded only when called, and the one place that prints errors and exits."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from errno import ENAMETOOLONG
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from cs_cli.base import quick_start
from cs_cli.base.errors import CsError


class Entry(NamedTuple):
    panel: str
    module: str
    attribute: str
    help: str


DAY, WEEK, SETUP, MORE = "Every day", "Every week and month", "Set up", "Advanced"

COMMANDS: dict[str, Entry] = {
    "today": Entry(DAY, "today", "app", "What to do now, at most twelve things, each with its why."),
    "show": Entry(DAY, "accounts", "show_app", "One account on one page, before the call."),
    "note": Entry(DAY, "note", "app", "After the call: a touch, a task, a pulse in one line."),
    "escalate": Entry(DAY, "escalations", "escalate_app", "Open a red or amber escalation by hand."),
    "renewals": Entry(DAY, "renewals", "app", "What renews next, with notice and decision dates."),
    "escalations": Entry(DAY, "escalations", "app", "Open escalations: who, why, whose, until when."),
    "tasks": Entry(DAY, "tasks", "app", "Tasks that playbooks and notes created."),
    "handoff": Entry(DAY, "handoff", "app", "Pass something on to a colleague, who is told."),
    "draft": Entry(DAY, "draft", "app", "A customer e-mail to look at; never sent."),
    "import": Entry(WEEK, "imports", "import_app", "Import CSV exports of CRM, billing, help desk, surveys, usage."),
    "run": Entry(WEEK, "run", "app", "Evaluate segments, health and playbooks for today."),
    "report": Entry(WEEK, "report", "app", "Weekly, escalations and renewals reports in any format."),
    "health": Entry(WEEK, "health", "app", "Health scores that explain themselves."),
    "segments": Entry(WEEK, "segments", "app", "Segments, their members and moves."),
    "metrics": Entry(WEEK, "metrics", "app", "MRR, retention, churn, cohorts, NPS, time to value."),
    "cases": Entry(WEEK, "cases", "app", "All cases: escalations, renewals, onboarding, expansion."),
    "remind": Entry(WEEK, "remind", "app", "Send what is due, each reminder once; what failed or is unknown."),
    "init": Entry(SETUP, "init", "app", "Make a workspace in a folder."),
    "demo": Entry(SETUP, "demo", "app", "A finished workspace from sample data, in seconds."),
    "sources": Entry(SETUP, "sources", "app", "Which exports are understood, and how columns are read."),
    "accounts": Entry(SETUP, "accounts", "app", "The accounts and what is known of them."),
    "contacts": Entry(SETUP, "contacts", "app", "The people in the accounts: roles, and who has left."),
    "contracts": Entry(SETUP, "contracts", "app", "Contract terms from hand entries, CRM and billing."),
    "playbooks": Entry(SETUP, "playbooks", "app", "The rules: list, check, test, preview."),
    "away": Entry(SETUP, "away", "app", "Somebody is away: stand-in, waiting clocks, handover sheet."),
    "check": Entry(SETUP, "check", "app", "Definitions, data quality and stale sources."),
    "schedule": Entry(SETUP, "schedule", "app", "The daily job in cron, systemd or launchd: install, check, remove."),
    "imports": Entry(MORE, "imports", "app", "What was imported; undo; rows set aside."),
    "facts": Entry(MORE, "facts", "app", "Every fact with its meaning and unit."),
    "explain": Entry(MORE, "explain", "app", "Where a number comes from, and why something is in a list or not."),
    "log": Entry(MORE, "log", "app", "Write down what happened: a touch, a pulse, a goal, a promise, churn."),
    "verify": Entry(MORE, "maintenance", "verify_app", "Check the database."),
    "backup": Entry(MORE, "maintenance", "backup_app", "Write a verified copy of the database."),
    "restore": Entry(MORE, "maintenance", "restore_app", "Put a backup back, keeping the replaced file."),
}


class LazyGroup(TyperGroup):
    """Knows its commands by table; a module is imported only when its command runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """For help and completion: a light stand-in with the one-line help."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        from typer.core import TyperCommand

        return TyperCommand(cmd_name, help=entry.help, rich_help_panel=entry.panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if name not in COMMANDS:
            from cs_cli.base.near import did_you_mean
            from cs_cli.base.safe_text import safe_text

            ctx.fail(f'No such command "{safe_text(name, 200)}"{did_you_mean(name, list(COMMANDS))}')
        return name, load_command(name, args[1] if len(args) > 1 else None), args[1:]


def load_command(name: str, verb: str | None = None) -> Any:
    """Import the module behind a command and return the real command object.

    verb: the word after the command; where it names one of the group's verbs only that one is built.
    """
    from cs_cli.commands.options import add_shared

    entry = COMMANDS[name]
    module = importlib.import_module(f"cs_cli.commands.{entry.module}")
    command = quick_start.build(getattr(module, entry.attribute), verb)
    command.name = name
    command.help = command.help or entry.help
    add_shared(command)
    return command


app = typer.Typer(
    cls=LazyGroup,
    name="cs",
    help="A Customer Success desk over one local SQLite file. Start with: cs demo",
    epilog="Exit codes: 0 done · 1 findings · 2 usage · 3 partly done · 10 input refused · 11 busy · 12 definition "
    "invalid · 13 database · 14 output · 15 a guard stopped it · 20 our bug. 10 to 15 promise that nothing changed.",
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from cs_cli import __version__

        typer.echo(f"cs {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    workspace: Annotated[
        Path | None, typer.Option("-w", "--workspace", metavar="DIR", help="The workspace folder.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="See the data as of DAY.")] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", metavar="DAY", help="Use only what was imported by DAY.")
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No talk on stderr.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="More talk on stderr.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    from cs_cli.commands import desk

    desk.GLOBALS = desk.Globals(workspace, as_of, known_at, quiet, not no_color, verbose)
    if ctx.invoked_subcommand is None:
        _bare(ctx)


def _bare(ctx: typer.Context) -> None:
    """Bare `cs` in a workspace is `cs today`; elsewhere it is the help."""
    from cs_cli.base.errors import UsageError
    from cs_cli.commands.desk import named_workspace

    try:
        named_workspace(None)
    except UsageError:
        typer.echo(ctx.get_help())
        return
    from cs_cli.commands.today import today

    today()


# --- errors and exit codes ----------------------------------------------------


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; never raises, never prints a traceback unasked."""
    os.umask(0o077)
    _closed_streams()
    words = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        quick_start.build(app)(args=words, prog_name="cs")
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else (0 if leaving.code is None else 1)
    except CsError as error:
        code = _told(error, debug)
    except BrokenPipeError:
        return _pipe_closed()
    except KeyboardInterrupt:
        code = 130
    except Exception as error:  # noqa: BLE001 - the last net: our bug, told in one line, kept in a file
        code = _unexpected(error, words, debug)
    if code == 130:  # Typer turns Ctrl-C into this code and says nothing
        sys.stderr.write("interrupted; nothing half done\n")
    return _flush(code)


def _told(error: CsError, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exc()
    from cs_cli.base.say_error import describe
    from cs_cli.commands.desk import GLOBALS

    sys.stderr.write(describe(error, whole=GLOBALS.verbose) + "\n")
    return error.code


def _unexpected(error: Exception, words: list[str], debug: bool) -> int:
    """A fault of the database file or of an argument is told as one; anything else is our bug."""
    if isinstance(error, UnicodeEncodeError | OverflowError) and (odd := [word for word in words if _cannot_be(word)]):
        from cs_cli.base.errors import UsageError

        return _told(UsageError.of("USE-003", "an argument is no UTF-8 text, or too large", value=odd[0]), debug)
    long = [word for word in words if _too_long(word)]
    if isinstance(error, OSError) and error.errno == ENAMETOOLONG and long:
        from cs_cli.base.errors import UsageError

        told = UsageError.of(
            "USE-053", "a name is too long for a file", value=f"{long[0][:60]}…", expected="255 bytes at most",
            done=None,
        )  # fmt: skip
        return _told(told, debug)
    if type(error).__module__ == "sqlite3":
        from cs_cli.store.faults import as_cs_error

        known = as_cs_error(error)
        if known is not None:
            return _told(known, debug)
    return _our_bug(error, debug)


def _flush(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as error:
        if code != 14:
            sys.stderr.write(f"error[OUT-002] the output could not be written: {error.strerror}\n")
        _silence_stdout()
        return 14
    return code


def _closed_streams() -> None:
    """What the caller closed (`>&-`) is None to Python: talk is dropped, a payload fails as on a full disk."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: SIM115


def _pipe_closed() -> int:
    _silence_stdout()
    return 141


def _silence_stdout() -> None:
    # the interpreter flushes stdout once more at exit; give it somewhere harmless
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _cannot_be(word: str) -> bool:
    """Neither text (bytes that are not UTF-8 are lone surrogates here; a path may hold them) nor a number that fits."""
    return any("\ud800" <= letter <= "\udfff" for letter in word) or (word.isdecimal() and len(word) > 18)


def _too_long(word: str) -> bool:
    return any(len(os.fsencode(part)) > 255 for part in word.split(os.sep)) or len(os.fsencode(word)) > 4095


def _our_bug(error: Exception, debug: bool) -> int:
    import tempfile
    import traceback

    if debug:
        traceback.print_exc()
    handle, path = tempfile.mkstemp(prefix="cs-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    sys.stderr.write(
        f"error[BUG-001] this is a fault of cs, not of your data: {type(error).__name__}\n"
        f"  details  {path} (may hold customer data; look before you share it)\n"
        "  next     run the command again with --debug, or report it with that file\n"
    )
    return 20


def main() -> None:
    code = run()
    gc.freeze()  # all memory is given back at once: nothing to search for garbage on the way out
    sys.exit(code)
