"""A file of no known source, drafted in an open workspace: for `cs sources new` and for `cs import` on a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cs_cli.base.errors import DefinitionInvalid, UsageError
from cs_cli.commands.desk import Desk
from cs_cli.intake.draft_model import Draft
from cs_cli.intake.profile import Profile
from cs_cli.intake.reader import ReadOptions, Table


class Drafted(NamedTuple):
    """A draft with the table that it was made from."""

    draft: Draft
    table: Table
    profiles: list[Profile]


def drafted(
    desk: Desk, file: Path, options: ReadOptions, *, kind: str | None = None, system: str | None = None
) -> Drafted:
    """Read the file, draft a source and hold it against the file. Raises InputRefused, UsageError IMP-245."""
    from cs_cli.intake.draft import make_draft
    from cs_cli.intake.draft_ends import say_ends
    from cs_cli.intake.draft_known import Known
    from cs_cli.intake.draft_links import Cells
    from cs_cli.intake.names import mail_domain
    from cs_cli.intake.profile import profile
    from cs_cli.intake.reader import open_table

    table = open_table(file, name=str(file), options=options)
    profiles = profile(table)
    own = {host for person in desk.settings.people if person.email and (host := mail_domain(person.email))}
    draft = make_draft(
        profiles, Cells(table), Known(desk.conn), file=file.name, stem=file.name.split(".", 1)[0], kind=kind,
        system=system, day=desk.day, currency=desk.currency, own=own, path=str(file),
    )
    say_ends(draft, table, profiles)
    if table.beyond_ascii and not table.encoding.startswith("utf"):
        draft.encoding = table.encoding
    prove_again(desk, draft, table)
    return Drafted(draft, table, profiles)


def prove_again(desk: Desk, draft: Draft, table: Table) -> None:
    """Hold the draft against its file as it is now."""
    from cs_cli.intake.draft_known import Known
    from cs_cli.intake.draft_proof import prove

    prove(draft, table, desk.settings, desk.day, Known(desk.conn))


def check_target(output: Path | None, yes: bool) -> None:
    """Raises UsageError IMP-246 when a file is there that nobody said may be written over."""
    if output is not None and output.exists() and not yes:
        raise UsageError.of("IMP-246", f"{output} is there already", next="another name, or --yes to write over it")


def saved_name(desk: Desk, name: str) -> str:
    """The name under which a draft is saved: never that of a source that comes with cs, whose place it would take."""
    from cs_cli.intake.catalogue import shipped_sources

    shipped = {source.source for source in shipped_sources(desk.ws.private)}
    return f"{name}_own" if name in shipped else name


def put_source(text: str, target: Path) -> None:
    """Write a source into sources/, if the code that loads sources takes it. Else it is put aside under a name that is
    not loaded, and DefinitionInvalid says why: one source that does not load stops every command of the workspace."""
    from cs_cli.base.files import private_dir, write_whole
    from cs_cli.definitions.sources import read_source

    source, document = read_source(text.encode(), f"sources/{target.name}")
    private_dir(target.parent)
    if source is None or document.faults:
        aside = target.with_name(f"{target.stem}.draft")
        write_whole(aside, text.encode(), mode=0o600)
        raise DefinitionInvalid(
            list(document.faults), next=f"the draft lies in {aside}, which is not loaded: settle each DECIDE, "
            f"then rename it to {target.name}"
        )
    write_whole(target, text.encode(), mode=0o600)


def only_broken(refusal: DefinitionInvalid, target: Path) -> bool:
    """Is the file that is to be replaced all that keeps the workspace from loading?"""
    named = {fault.file or "" for fault in refusal.faults}
    return bool(named) and all(Path(one).parts[-2:] == ("sources", target.name) for one in named)
