"""Choosing many cases at once: by a condition over the facts of their accounts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cs_cli.cases.run import playbook_names
from cs_cli.definitions.conditions import Params, parse

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


def accounts_where(conn: sqlite3.Connection, definitions: Definitions, day: date, where: str) -> set[int]:
    """Numbers of the accounts for which the condition is true on the day; unknown is not true.

    Raises DefinitionInvalid for a condition that cannot be read. Replaces account_facts.
    """
    from cs_cli.scoring.desk import build_desk

    condition = parse(where, playbook_names(definitions), file="--where")
    build_desk(conn, definitions, day, need=set(condition.names) | {"status"})
    params = Params()
    sql = condition.sql(params)
    return {account for (account,) in conn.execute(f"SELECT account FROM account_facts WHERE {sql}", params.values)}
