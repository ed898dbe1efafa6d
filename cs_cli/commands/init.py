"""`cs init`: make a workspace, by questions on a terminal or by flags."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cs_cli.base.errors import GuardStopped, UsageError
from cs_cli.commands.desk import say

app = typer.Typer(add_completion=False)

FOLDERS = ("playbooks", "sources", "drafts", "exports", "reports")
GIT_IGNORE = """# customer data stays out of git: git never forgets
cs.db
cs.db-*
exports/
rejects/
reports/
backups/
.cs/
"""


@app.command(
    epilog='Example: cs init acme-cs --company "Acme" --currency EUR --zone Europe/Amsterdam '
    '--name "Ann de Wit" --email ann@acme.example --from customers.xlsx'
)
def init(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder; made when missing.")] = Path("."),
    company: Annotated[str | None, typer.Option(help="Your company's name.")] = None,
    currency: Annotated[str | None, typer.Option(help="The currency of your reports, such as EUR.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", "--timezone", help="Such as Europe/Amsterdam.")] = None,
    name: Annotated[str | None, typer.Option(help="Your name.")] = None,
    email: Annotated[str | None, typer.Option(help="Your e-mail address.")] = None,
    sheet_of_customers: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Import this sheet of your customers at once.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="Which sheet of a workbook --from reads.")] = None,
) -> None:
    """Make a workspace: commented definitions, starter playbooks and an empty database. --from also imports the sheet
    that you keep of your customers."""
    from cs_cli.base.shipped import shipped
    from cs_cli.definitions.starter import fill_starter

    told = None if sheet_of_customers is None else _currency_of(sheet_of_customers, sheet)
    shown = told or "USD"
    answers = {
        "company": _answer("Company", company, "My company"),
        "currency": _answer("Reporting currency", currency, shown).upper(),
        "timezone": _answer("Time zone", zone, _local_zone()),
        "name": _answer("Your name", name, "Me"),
        "email": _answer("Your e-mail", email, ""),
    }
    check_answers(answers)
    settings = fill_starter(shipped("cs.yaml").read_text(encoding="utf-8"), answers)
    where = "" if directory == Path(".") else f"cd {directory} && "
    if sheet_of_customers is not None:
        called = f"A workspace for {answers['company']} in {directory}"
        _make_from(directory, settings, sheet_of_customers, sheet, called)
        if not _asks():
            _say_assumed(answers, sheet_of_customers, company, currency or told, zone)
        say(f"next: {where}cs report weekly && cs today")
        return
    make_workspace(directory, settings)
    say(f"A workspace for {answers['company']} is ready in {directory}.")
    say(f"next: {where}cs import path/to/your/exports/*.csv && cs run && cs today")


def _say_assumed(
    answers: dict[str, str], file: Path, company: str | None, currency: str | None, zone: str | None
) -> None:
    """What nobody said and nobody could be asked: the currency of the amounts before all."""
    from cs_cli.base.command_line import as_typed

    if currency is None:
        say(
            f"WARNING: nothing says in which currency the amounts of {file} are, so they are taken as "
            f"{answers['currency']}: if that is wrong, every amount is; then make the workspace anew in another "
            f"folder: cs init DIR --from {as_typed(str(file))} --currency EUR (or another)"
        )
    rest = [f"{flag} {as_typed(answers[key])}" for flag, key, given in (
        ("--company", "company", company), ("--zone", "timezone", zone)) if given is None]
    if rest:
        say(f"not said, so assumed: {', '.join(rest)}; cs.yaml holds them")


def _make_from(directory: Path, settings: str, file: Path, sheet: str | None, called: str) -> None:
    """A workspace with the sheet in it; none where the sheet is refused. Rows that were set aside, and a question about
    the sheet, leave it there."""
    import shutil

    from cs_cli.base.command_line import as_typed
    from cs_cli.base.errors import CsError, PartlyDone
    from cs_cli.commands.imports import import_

    before = set(directory.iterdir()) if directory.is_dir() else None
    make_workspace(directory, settings)
    try:
        import_([str(file)], sheet=sheet, workspace=directory)
    except PartlyDone:
        say(f"{called} is ready, without the rows that were set aside.")
        raise
    except GuardStopped as question:
        # the workspace stays, so that the command that answers has one
        say(f"{called} is ready, and waits for an answer about {file}.")
        at = f"cs import -w {as_typed(str(directory))} "
        question.next = (question.next or "").replace("cs import ", at)
        raise
    except CsError:
        for path in directory.iterdir():
            if before is None or path not in before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if before is None:
            directory.rmdir()
        raise
    say(f"{called} is ready.")


def _currency_of(file: Path, sheet: str | None) -> str | None:
    """The one currency that the amounts of a sheet name, in a column, a header or in their cells; None for none."""
    from cs_cli.intake.book import currencies
    from cs_cli.intake.catalogue import shipped_sources
    from cs_cli.intake.opening import open_export
    from cs_cli.intake.reader import ReadOptions

    table, source = open_export(file, str(file), shipped_sources(), None, ReadOptions(sheet=sheet), "")
    found = currencies(table, source)
    return found.pop() if len(found) == 1 else None


def make_workspace(directory: Path, settings: str) -> None:
    """Write every starter file, the database, then cs.yaml. Refuses a folder that is a workspace already."""
    from cs_cli.base.files import private_dir, write_whole
    from cs_cli.base.shipped import shipped
    from cs_cli.definitions.schema import schema_text
    from cs_cli.store.connection import open_database

    if (directory / "cs.yaml").exists():
        raise GuardStopped.of(
            "USE-030",
            "there is a workspace here already",
            file=str(directory / "cs.yaml"),
            next="edit its files, or run cs init in another folder",
        )
    private_dir(directory)
    for folder in FOLDERS:
        private_dir(directory / folder)
    for name in ("segments.yaml", "health.yaml", "metrics.yaml"):
        write_whole(directory / name, shipped(name).read_bytes(), mode=0o600)
    for playbook in sorted(shipped("playbooks").glob("*.yaml")):
        write_whole(directory / "playbooks" / playbook.name, playbook.read_bytes(), mode=0o600)
    for draft in sorted(shipped("drafts").glob("*.txt")):
        write_whole(directory / "drafts" / draft.name, draft.read_bytes(), mode=0o600)
    write_whole(directory / "playbooks" / ".schema.json", schema_text().encode(), mode=0o600)
    write_whole(directory / ".gitignore", GIT_IGNORE.encode())
    open_database(directory / "cs.db", write=True, create=True).close()
    # last, because a folder with cs.yaml is a workspace
    write_whole(directory / "cs.yaml", settings.encode(), mode=0o600)


def check_answers(answers: dict[str, str]) -> None:
    from cs_cli.base.money import is_currency

    if not is_currency(answers["currency"]):
        raise UsageError.of(
            "USE-031",
            "this is not an ISO currency code",
            name="--currency",
            value=answers["currency"],
            expected="three letters such as EUR, USD, GBP",
        )
    from zoneinfo import available_timezones

    if answers["timezone"] not in available_timezones():
        from cs_cli.base.near import did_you_mean

        hint = did_you_mean(answers["timezone"], sorted(available_timezones()))
        raise UsageError.of(
            "USE-032",
            f"this is not a time zone{hint}",
            name="--zone",
            value=answers["timezone"],
            expected="an IANA name such as Europe/Amsterdam or America/New_York",
        )


def _answer(question: str, given: str | None, default: str) -> str:
    """The flag; else asked for on a terminal; else the default (cron and scripts are never asked)."""
    if given is not None:
        return given
    if _asks():
        return str(typer.prompt(question, default=default, err=True))
    return default


def _asks() -> bool:
    """Is there a person at a terminal?"""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _local_zone() -> str:
    """The machine's zone where it can be told, else UTC."""
    import os

    try:
        target = os.readlink("/etc/localtime")
    except OSError:
        return "UTC"
    _, found, zone = target.partition("/zoneinfo/")
    return zone if found else "UTC"
