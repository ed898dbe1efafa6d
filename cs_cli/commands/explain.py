"""`cs explain`: where a number comes from, and why an account is in a list or is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import Desk, emit, open_desk, write_stdout
from cs_cli.commands.facts import KIND_OF_UNIT
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column, Figure, Report, Section

if TYPE_CHECKING:
    from cs_cli.store.refs import FoundAccount

app = typer.Typer(add_completion=False)

_ROW_COLUMNS = (
    Column("of", "Fact"),
    Column("kind", "Record"),
    Column("file", "File"),
    Column("line", "Line", "number"),
    Column("import", "Import", "number"),
    Column("day", "Day", "day"),
    Column("text", "What it says"),
)


@app.command("explain", epilog="Example: cs explain ACME arr · cs explain ACME renewal-runway · cs explain IMP-012")
def explain(
    subject: Annotated[
        str, typer.Argument(metavar="ACCOUNT|CODE", help="An account, or an error code such as IMP-012.")
    ],
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="FACT|PLAYBOOK|SEGMENT|CONDITION",
            help="A fact, a playbook, a segment, a scorecard, health, renewals, today, or a condition in quotes.",
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Where a number comes from, and why an account is in a list or is not.

    Every row behind a fact; why a playbook fires or not, with patience, snooze, inhibition and limit; how a segment or
    a scorecard was chosen; why it is in renewals or today or not; each atom of a condition; what an error code means.
    """
    if what is None:
        _explain_code(subject)
        return
    from cs_cli.facts import catalogue

    name = what.strip()
    with open_desk(workspace, as_of, known_at) as desk:
        # a dimension called like a fact stands for the dimension
        dimensions = {dimension.name for dimension in desk.definitions.segments.dimensions}
        if catalogue.fact(name) is not None and name not in dimensions:
            report = _fact_report(desk, subject, name)
        else:
            report = _listed_report(desk, subject, name) or _condition_report(desk, subject, what)
        emit(report, format, output)


def _account(desk: Desk, subject: str) -> FoundAccount:
    """The account that is meant, as known on the day."""
    from cs_cli.store.clock import set_clock
    from cs_cli.store.refs import find_account

    set_clock(desk.conn, desk.day, desk.known_at)
    return find_account(desk.conn, subject)


def _report(desk: Desk, title: str, section: Section) -> Report:
    return Report("explain", title, desk.day.isoformat(), desk.currency, desk.settings.company, sections=(section,))


def _listed_report(desk: Desk, subject: str, what: str) -> Report | None:
    """Why an account is in a playbook, segment, scorecard or list; None where it is none of these."""
    from cs_cli.reports.why import explained

    found = _account(desk, subject)
    return explained(desk.conn, desk.definitions, desk.day, desk.known_at, found.account, found.name, what)


def _explain_code(code: str) -> None:
    from cs_cli.base.error_catalogue import catalogue, lookup
    from cs_cli.base.near import did_you_mean

    found = lookup(code.upper())
    if found is None:
        raise UsageError.of(
            "FAC-002",
            f'"{code}" is neither an error code nor an account with a fact{did_you_mean(code.upper(), catalogue())}',
            next="cs explain IMP-012, cs explain ACME arr or cs explain ACME 'arr > 20000'",
        )
    write_stdout(
        f"{code.upper()}  {found.title}\n\ncause    {found.cause}\nexample  {found.example}\nfix      {found.fix}\n"
        f"exit     {found.exit}"
    )


def _fact_report(desk: Desk, subject: str, name: str) -> Report:
    from cs_cli.facts.explain import Explanation, explain

    found = _account(desk, subject)
    told = explain(desk.conn, desk.settings, desk.day, found.account, name, mrr_from=desk.definitions.metrics.mrr_from)
    rows: list[dict[str, Any]] = []
    figures: list[Figure] = []
    seen: set[str] = set()

    def tell(one: Explanation, inside: bool) -> None:
        if one.fact in seen:
            return
        seen.add(one.fact)
        kind = KIND_OF_UNIT[one.unit]
        note = one.note or one.meaning
        figures.append(Figure(one.fact, f"{'made of ' if inside else ''}{one.fact}", one.value, kind, note))  # type: ignore[arg-type]
        rows.extend(
            {
                "of": one.fact,
                "kind": row.kind,
                "file": _shown_file(desk.ws.root, row.file),
                "line": row.line,
                "import": row.import_id,
                "day": row.day,
                "text": row.text,
            }
            for row in one.rows
        )
        for part in one.parts:
            tell(part, True)

    tell(told, False)
    section = Section(
        "rows",
        f"{found.name}: {name}",
        _ROW_COLUMNS,
        tuple(rows),
        tuple(figures),
        text=told.meaning,
        empty=told.note or "No row stands behind it.",
    )
    return _report(desk, f"{name} of {found.name}", section)


def _shown_file(root: Path, file: str | None) -> str | None:
    """A file inside the workspace from there, so that the same data read the same anywhere; others as imported."""
    if file is None:
        return None
    for folder in (root, root.resolve()):
        if Path(file).is_relative_to(folder):
            return Path(file).relative_to(folder).as_posix()
    return file


def _condition_report(desk: Desk, subject: str, text: str) -> Report:
    """Each atom of a condition with the account's value: true, false or unknown."""
    from cs_cli.definitions.conditions import parse
    from cs_cli.definitions.conditions.explain import WORDS
    from cs_cli.facts.catalogue import names
    from cs_cli.facts.explain import unknown_fact
    from cs_cli.reports.why import others
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.names import all_names
    from cs_cli.store.connection import rows as fetch

    known = all_names(names(desk.settings), desk.definitions.segments, desk.definitions.health)
    if text.strip().replace("-", "_").isidentifier() and text.strip() not in known:
        raise unknown_fact(text.strip(), others(desk.definitions))
    condition = parse(text, known)
    found = _account(desk, subject)
    build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need=set(condition.names) | {"name"})
    facts = fetch(desk.conn, "SELECT * FROM account_facts WHERE account = ?", (found.account,))[0]
    atoms = tuple(
        {"atom": atom.text, "fact": atom.name, "value": atom.value, "truth": WORDS[atom.truth]}
        for atom in condition.atoms(facts)
    )
    whole = Figure("truth", text, WORDS[condition.evaluate(facts)], "text")
    columns = (Column("atom", "Atom"), Column("fact", "Fact"), Column("value", "Value"), Column("truth", "Truth"))
    section = Section("atoms", found.name, columns, atoms, (whole,))
    return _report(desk, f"{text} for {found.name}", section)
