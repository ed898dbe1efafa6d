"""`cs facts list|show`."""

from __future__ import annotations

from typing import Annotated

import typer

from cs_cli.commands.desk import emit, flat_report, open_desk
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

app = typer.Typer(add_completion=False, no_args_is_help=True)

_COLUMNS = (
    Column("fact", "Fact"),
    Column("unit", "Unit"),
    Column("family", "Family"),
    Column("kind", "Kind"),
    Column("meaning", "Meaning"),
)
KIND_OF_UNIT = {
    "text": "text",
    "day": "day",
    "days": "days",
    "number": "number",
    "money": "money",
    "ratio": "ratio",
    "flag": "flag",
    "score": "score",
}


@app.command("list", epilog="Example: cs facts list -f md")
def list_facts(
    family: Annotated[str | None, typer.Option("--family", help="Only this family, such as usage.")] = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List every fact with unit, family, whether it leads or lags, and its meaning."""
    from cs_cli.facts import catalogue
    from cs_cli.scoring.names import health_facts

    with open_desk(workspace, definitions=False) as desk:
        names = [catalogue.metric_fact(name) for (name,) in desk.conn.execute("SELECT name FROM metric ORDER BY name")]
        own = [*catalogue.facts().values(), *health_facts()]
        every = [*own, *(one for name in dict.fromkeys(names) if (one := catalogue.fact(name)))]
        rows = [
            {"fact": one.name, "unit": one.unit, "family": one.family, "kind": one.kind, "meaning": one.meaning}
            for one in every
            if family is None or one.family == family
        ]
        emit(flat_report("facts", "Facts", _COLUMNS, rows, desk, empty="No fact of that family."), format, output)


@app.command("show", epilog="Example: cs facts show usage_change_28d")
def show_fact(
    fact: Annotated[str, typer.Argument(metavar="FACT")],
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """One fact: its meaning, what it is made of, and its value for every account."""
    from cs_cli.facts import catalogue
    from cs_cli.reports.common import facts_of
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.names import health_facts

    one = catalogue.fact(fact) or next((known for known in health_facts() if known.name == fact), None)
    if one is None:
        from cs_cli.facts.explain import unknown_fact

        raise unknown_fact(fact)
    with open_desk(workspace, as_of, known_at) as desk:
        names = list(dict.fromkeys(("account_id", "name", one.name)))
        build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need=names)
        order = f'"{one.name}" IS NULL, "{one.name}" DESC, account_id'
        values = facts_of(desk.conn, names, customers_only=False, order=order)
        columns = (Column("account_id", "Account"), Column("name", "Name"), _value_column(one.name, one.unit))
        made = f" Made of: {', '.join(one.needs)}." if one.needs else ""
        text = f"{one.meaning} · {one.unit} · {one.family} · {one.kind}.{made}"
        emit(flat_report("fact", one.name, columns, values, desk, text=text), format, output)


def _value_column(name: str, unit: str) -> Column:
    return Column(name, name, KIND_OF_UNIT[unit])  # type: ignore[arg-type]
