"""Findings about playbooks that lack what they ask for: facts that nobody here has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.conditions import Names
    from cs_cli.definitions.workspace import Definitions


def blind_playbooks(conn: sqlite3.Connection, definitions: Definitions) -> Iterator[dict[str, Any]]:
    """Enabled playbooks that cannot fire at all, or whose end no data tells: unknown for every customer."""
    from cs_cli.definitions.conditions import parse
    from cs_cli.scoring.desk import names_of

    names = names_of(definitions)
    there = {row["name"] for row in rows(conn, "SELECT name FROM pragma_table_info('account_facts')")}
    for playbook in definitions.playbooks:
        if not playbook.enabled:
            continue
        blind = set()
        for name in sorted(parse(playbook.when, names).names & there):
            if _nobody_has(conn, f'"{name}"'):
                blind.add(name)
                yield {
                    "check": "playbook that cannot tell", "subject": playbook.playbook,
                    "finding": f"{name} is unknown for every customer", "next": f"cs facts show {name}",
                    "same": f"{playbook.playbook} {name}",
                }  # fmt: skip
        ends = [(key, getattr(playbook, key)) for key in ("done_when", "lost_when")]
        ends += [(f"done_when of the task {task.id}", task.done_when) for task in playbook.tasks]
        for where, text in ends:
            yield from _endless(conn, playbook.playbook, where, text, names, there, blind)


def _endless(
    conn: sqlite3.Connection, playbook: str, where: str, text: str | None, names: Names, there: set[str],
    blind: set[str],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """An end that hangs on a fact nobody has here; what `when` lacks as well has been said."""
    from cs_cli.definitions.conditions import Params, parse

    if text is None or not (condition := parse(text, names)).names <= there or condition.names & blind:
        return
    params = Params()
    if _nobody_has(conn, condition.sql(params), params.values):
        unknown = [name for name in sorted(condition.names) if _nobody_has(conn, f'"{name}"')]
        lacks = ", ".join(unknown) or "one of its facts"
        yield {
            "check": "playbook whose end cannot be told", "subject": playbook,
            "finding": f"{where}: {lacks} {'is' if len(unknown) < 2 else 'are'} unknown for every customer",
            "next": f"cs facts show {unknown[0]}" if unknown else f"cs playbooks show {playbook}",
            "same": f"{playbook} {where}",
        }  # fmt: skip


def _nobody_has(conn: sqlite3.Connection, sql: str, values: Mapping[str, Any] | None = None) -> bool:
    """Whether an expression over account_facts is unknown for every customer, of whom there are some."""
    known, customers = conn.execute(
        f"SELECT COUNT({sql}), COUNT(*) FROM account_facts WHERE status = 'customer'", values or {}
    ).fetchone()
    return bool(customers) and not known
