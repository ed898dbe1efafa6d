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
    '--name "Ann de Wit" --email ann@acme.example'
)
def init(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder; made when missing.")] = Path("."),
    company: Annotated[str | None, typer.Option(help="Your company's name.")] = None,
    currency: Annotated[str | None, typer.Option(help="The currency of your reports, such as EUR.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", "--timezone", help="Such as Europe/Amsterdam.")] = None,
    name: Annotated[str | None, typer.Option(help="Your name.")] = None,
    email: Annotated[str | None, typer.Option(help="Your e-mail address.")] = None,
) -> None:
    """Make a workspace: commented definitions, starter playbooks and an empty database."""
    from cs_cli.base.shipped import shipped
    from cs_cli.definitions.starter import fill_starter

    answers = {
        "company": _answer("Company", company, "My company"),
        "currency": _answer("Reporting currency", currency, "USD").upper(),
        "timezone": _answer("Time zone", zone, _local_zone()),
        "name": _answer("Your name", name, "Me"),
        "email": _answer("Your e-mail", email, ""),
    }
    check_answers(answers)
    make_workspace(directory, fill_starter(shipped("cs.yaml").read_text(encoding="utf-8"), answers))
    where = "" if directory == Path(".") else f"cd {directory} && "
    say(f"A workspace for {answers['company']} is ready in {directory}.")
    say(f"next: {where}cs import path/to/your/exports/*.csv && cs run && cs today")


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
    if sys.stdin.isatty() and sys.stderr.isatty():
        return str(typer.prompt(question, default=default, err=True))
    return default


def _local_zone() -> str:
    """The machine's zone where it can be told, else UTC."""
    import os

    try:
        target = os.readlink("/etc/localtime")
    except OSError:
        return "UTC"
    _, found, zone = target.partition("/zoneinfo/")
    return zone if found else "UTC"
