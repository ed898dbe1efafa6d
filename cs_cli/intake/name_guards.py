"""Guards of names: a file that calls many known accounts otherwise, or calls accounts by their people."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import GuardStopped
from cs_cli.intake.again import again
from cs_cli.intake.names import core_name
from cs_cli.intake.people import are_people, is_person
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.stage import Staged
from cs_cli.store.refs import account_names

RENAMED = 0.20
RENAMED_LEAST = 3
SHOWN = 10


class Renames:
    """What the accounts are called before a command's files are merged, and what the files make of it."""

    def __init__(self, conn: sqlite3.Connection, staged: Sequence[Staged]) -> None:
        self._conn = conn
        self._staged = [one for one in staged if one.source.kind == "account" and "name" in one.delivered]
        self._before: dict[int, str] = {}
        if self._staged:
            known = [row[0] for row in conn.execute(f"SELECT DISTINCT account FROM identity WHERE {_STANDS}")]
            self._before = account_names(conn, known)

    def check(self, options: ImportOptions) -> None:
        """Raises GuardStopped IMP-270 when over 20 %, and over three, of the known accounts that the files name would
        be called otherwise; a legal form that comes or goes is no other name."""
        if not self._before:
            return
        named = {
            row[0] for one in self._staged for row in self._conn.execute(
                f"SELECT DISTINCT i.account FROM {one.stage} AS s JOIN account AS a ON a.source = ? AND a.key = s.key "
                f"AND a.retired_by IS NULL JOIN identity AS i ON i.ref = a.ref WHERE i.{_STANDS}", (one.source.source,),
            )
        } & self._before.keys()
        now = account_names(self._conn, named)
        other = [one for one in sorted(named) if core_name(now.get(one, "")) != core_name(self._before[one])]
        if len(other) <= RENAMED_LEAST or len(other) <= RENAMED * len(named):
            return
        files = [one.table.name for one in self._staged]
        pairs = [f"{self._before[one]} → {now.get(one, '(no name)')}" for one in other[:SHOWN]]
        more = f"\n… and {len(other) - SHOWN:,} more" if len(other) > SHOWN else ""
        raise GuardStopped.of(
            "IMP-270", f"{len(other):,} of the {len(named):,} known accounts in this file would be called otherwise",
            file=", ".join(files), excerpt="\n".join(pairs) + more,
            expected="names as they are known: is this a list of people, or of another company's accounts?",
            next=f"if they are all renamed: {again(options, files, '--yes')}; a list of people: "
            f"cs sources new {as_typed(files[0])} --kind contact --save",
        )


_STANDS = "retired_by IS NULL AND account IS NOT NULL"


def check_people(conn: sqlite3.Connection, staged: Staged, options: ImportOptions) -> None:
    """Raises GuardStopped IMP-271 when the template of accounts holds people, named as their addresses are."""
    if options.yes or staged.source.role != "canonical" or not {"name", "email"} <= set(staged.delivered):
        return
    if staged.source.kind != "account":
        return
    rows = conn.execute(
        f"SELECT name, email FROM {staged.stage} WHERE name IS NOT NULL AND email IS NOT NULL ORDER BY line LIMIT 1000"
    ).fetchall()
    if not are_people(rows):
        return
    people = [f"{name}, {email}" for name, email in rows if is_person(name, email)]
    file = staged.table.name
    raise GuardStopped.of(
        "IMP-271", "this looks like a list of people, and would name accounts after them", file=file,
        excerpt="\n".join(people[:SHOWN]), expected="names of companies",
        next=f"people: cs sources new {as_typed(file)} --kind contact --save, then import it; if the customers are "
        f"people: {again(options, file, '--yes')}",
    )
