"""An id that comes with another name and another domain: a system that used it again, not a renaming."""

from __future__ import annotations

import sqlite3

from cs_cli.base.errors import Fault, GuardStopped
from cs_cli.intake.again import again
from cs_cli.intake.names import core_name, plain_domain
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.stage import Staged


def check_reused_ids(conn: sqlite3.Connection, staged: Staged, options: ImportOptions) -> None:
    """Raises GuardStopped IMP-237 when known accounts come with both name and domain changed.

    A renamed company keeps its id and one of the two; who changed both at once says --yes.
    """
    if options.yes or staged.source.kind != "account" or not {"name", "domain"} <= set(staged.delivered):
        return
    faults = []
    for key, line, old, old_domain, new, new_domain in conn.execute(
        f"SELECT s.key, s.line, c.name, c.domain, s.name, s.domain FROM {staged.stage} AS s JOIN account AS c "
        "ON c.source = ? AND c.key = s.key AND c.retired_by IS NULL WHERE c.name <> s.name AND c.domain <> s.domain "
        "ORDER BY s.n", (staged.source.source,),
    ):
        same_name = core_name(old) == core_name(new)
        if same_name or (plain_domain(old_domain) or old_domain) == (plain_domain(new_domain) or new_domain):
            continue
        faults.append(Fault(
            "IMP-237", "an id was given to another company", file=staged.table.name, line=line, name=key,
            value=f"{new}, {new_domain}", expected=f"{old}, {old_domain}, as it is known",
        ))
    if faults:
        all_the_same = again(options, staged.table.name, "--yes")
        raise GuardStopped(faults, next=f"if these are the same companies: {all_the_same}")
