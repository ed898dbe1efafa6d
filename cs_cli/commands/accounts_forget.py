"""`cs accounts forget`: what names an account goes, from the database and from the files that cs wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import CsError, Fault, GuardStopped, PartlyDone
from cs_cli.commands.desk import Desk, decide_instant, emit, flat_report, open_desk, say
from cs_cli.commands.options import FormatOption, OutputOption, WorkspaceOption, YesOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from cs_cli.intake.forget_files import Finder, Held
    from cs_cli.store.forget import Forgotten, Traces

COLUMNS = (Column("what", "What"), Column("where", "Where"), Column("count", "Rows", "number"), Column("then", "Then"))
OUT_OF_REACH = (
    "cs cannot reach: the CRM, billing and help desk that it came from, what was sent or printed, "
    "git history, copies of this folder, and backups of the machine."
)


def forget(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, domain or a unique part of the name.")],
    files: Annotated[
        bool, typer.Option("--files", help="Also delete the exports and reports that hold it, and rewrite backups.")
    ] = False,
    customer: Annotated[bool, typer.Option("--customer", help="Even though it is a paying customer today.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go and what would stay.")] = False,
    yes: YesOption = False,
    workspace: WorkspaceOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Forget an account for good: names, people, addresses, texts and ids, in every version of every record.

    Amounts, days and plans stay under a number, so that no total of a past month moves. Its rows
    in later exports are left out and counted.
    """
    from cs_cli.intake.forget_files import Finder, holding
    from cs_cli.intake.freemail import freemail_domains
    from cs_cli.store import forget as store
    from cs_cli.store.refs import find_account

    with open_desk(workspace, write=yes and not dry_run) as desk:
        found = store.traces(desk.conn, find_account(desk.conn, account).account, freemail_domains())
        finder = Finder(found.marks(), found.words())
        if dry_run or not yes:
            plan = store.preview(desk.conn, found)
            rows = _rows(desk, plan, found, holding(desk.ws, finder), files)
            emit(
                flat_report(
                    "forget",
                    f"To be forgotten: {found.account_id} {found.name}",
                    COLUMNS,
                    rows,
                    desk,
                    text=OUT_OF_REACH,
                ),
                format,
                output,
            )
            if dry_run:
                return
        if not customer and _pays(desk, found.account):
            raise GuardStopped.of(
                "STO-041",
                f"{found.name} is a customer on {desk.day}",
                value=found.account_id,
                next=f"end it first, or: cs accounts forget {found.account_id} --customer" + " --yes" * yes,
            )
        if not yes:
            raise GuardStopped.of(
                "STO-040",
                f"{found.name} would be forgotten for good",
                value=found.account_id,
                next=f"cs accounts forget {found.account_id} --yes" + " --files" * files,
            )
        _do(desk, found, finder, files)


def _do(desk: Desk, found: Traces, finder: Finder, files: bool) -> None:
    from cs_cli.cases.people import People
    from cs_cli.intake.forget_files import DELETABLE, clean_rejects, holding
    from cs_cli.store import forget as store

    instant, me = decide_instant(desk.settings), People(desk.settings).me
    # the files first: should it stop on the way, the account is still there to be forgotten again
    cleaned, faults = clean_rejects(desk.ws, finder), list[Fault]()
    held = holding(desk.ws, finder)
    for path in held.files:
        folder = path.relative_to(desk.ws.root).parts[0]
        if folder == desk.ws.private.name or (files and folder in DELETABLE):
            path.unlink()  # in .cs/ lie numbers of lists, caches and copies that a kill left behind
            continue
        faults.append(Fault("STO-042", "this file holds it still", file=str(path)))
    faults += [
        Fault("STO-044", "nobody can say whether this file holds it: look yourself", file=str(path))
        for path in held.unclear
    ]
    rewritten = 0
    for path in _backups(desk):
        if files and _rewrite(desk, path, found, finder, instant, me):
            rewritten += 1
        else:
            faults.append(Fault("STO-042", "this backup holds it still", file=str(path)))
    done = store.forget(desk.conn, found, day=desk.day, at=instant, by=me)
    quiet = store.scrub(desk.conn)
    say(
        f"#{done.change_set}: {found.account_id} is {done.called} now and has no name. "
        f"{sum(done.deleted.values()):,} records deleted, {sum(done.emptied.values()):,} emptied of text"
    )
    if cleaned or rewritten:
        say(f"rewritten: {cleaned:,} files of rejects/, {rewritten:,} backups")
    for kind, count in done.mentions.items():
        say(f"still named in {count:,} {kind} records of other accounts: read those yourself")
    say(OUT_OF_REACH)
    if not quiet:
        faults.append(Fault("STO-043", "another program still reads the database", file=str(desk.ws.db_path)))
    if faults:
        raise PartlyDone(
            faults,
            done="the database has forgotten it",
            next=None if files else "delete these, or keep them knowingly; exports come back on request",
        )


def _pays(desk: Desk, account: int) -> bool:
    from cs_cli.scoring.desk import build_desk

    build_desk(desk.conn, desk.definitions, desk.day, need=["status"])
    row = desk.conn.execute("SELECT status FROM account_facts WHERE account = ?", (account,)).fetchone()
    return row is not None and row[0] == "customer"


def _rows(desk: Desk, plan: Forgotten, found: Traces, held: Held, files: bool) -> list[dict[str, Any]]:
    from cs_cli.intake.forget_files import DELETABLE

    rows: list[dict[str, Any]] = []
    for kind, count in plan.deleted.items():
        rows.append({"what": kind, "where": "database", "count": count, "then": "deleted"})
    for kind, count in plan.emptied.items():
        rows.append(
            {"what": kind, "where": "database", "count": count, "then": "no names and texts; amounts and days stay"}
        )
    for kind, count in plan.mentions.items():
        rows.append(
            {"what": f"{kind} of other accounts", "where": "database", "count": count, "then": "read it yourself"}
        )
    for path in held.files:
        folder = path.relative_to(desk.ws.root).parts[0]
        fate = {"rejects": "its rows are taken out", desk.ws.private.name: "deleted"}.get(folder)
        if fate is None:
            ours = folder in DELETABLE
            fate = ("deleted" if files else "stays; --files deletes it") if ours else "stays: edit it yourself"
        rows.append({"what": "file", "where": str(path.relative_to(desk.ws.root)), "count": None, "then": fate})
    for path in held.unclear:
        where = str(path.relative_to(desk.ws.root))
        rows.append({"what": "file", "where": where, "count": None, "then": "cannot be searched: look yourself"})
    for path in _backups(desk):
        then = "rewritten" if files else "stays; --files rewrites it"
        rows.append({"what": "backup", "where": str(path.relative_to(desk.ws.root)), "count": None, "then": then})
    return rows


def _backups(desk: Desk) -> list[Path]:
    return sorted((desk.ws.root / "backups").glob("*.db"))


def _rewrite(desk: Desk, path: Path, found: Traces, finder: Finder, instant: str, me: str | None) -> bool:
    """The backup without the account, in its place. False when it is no whole database of cs, or still names it.

    The account is looked up by its ids and names: in a backup of a database that was made anew it has another number.
    """
    import shutil
    import tempfile

    from cs_cli.intake.freemail import freemail_domains
    from cs_cli.store import forget as store
    from cs_cli.store.connection import open_database
    from cs_cli.store.forget_elsewhere import same_accounts

    with tempfile.TemporaryDirectory(dir=desk.ws.private) as folder:
        copy = Path(folder) / "cs.db"
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
        try:
            conn = open_database(copy, write=True)  # an older one is brought up to date on the way
        except CsError:
            return False
        try:
            for there in same_accounts(conn, found, freemail_domains()):
                store.traces(conn, there.account, freemail_domains())  # lays its references out
                store.forget(conn, there, day=desk.day, at=instant, by=me)
            store.scrub(conn)
        finally:
            conn.close()
        if finder.in_file(copy) is not False:
            return False
        copy.replace(path)
    return True
