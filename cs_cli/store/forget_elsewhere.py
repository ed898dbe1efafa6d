"""Whom a person forgot, in another database: a backup, in which the account may have another number."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cs_cli.store.forget import Traces, traces


def same_accounts(conn: sqlite3.Connection, found: Traces, free_mail: Iterable[str]) -> list[Traces]:
    """The accounts of another database, such as a backup, that have one of its ids or names, and a name, an address
    or a domain of it: a number or an id alone may be somebody else's there."""
    free, same = list(free_mail), set[int]()
    for system, text in found.ids:
        same |= _numbers(conn, "r.system = ? AND r.external_id = ?", system, text)
    for name in found.names:
        same |= _numbers(conn, "r.id IN (SELECT ref FROM main.account WHERE name = ?)", name)
    there = [traces(conn, account, free) for account in sorted(same)]
    return [one for one in there if _known_by(one) & _known_by(found)]


def _numbers(conn: sqlite3.Connection, where: str, *values: str) -> set[int]:
    sql = "SELECT i.account FROM main.ref r JOIN main.identity i ON i.ref = r.id AND i.account IS NOT NULL WHERE "
    return {number for (number,) in conn.execute(sql + where, values)}


def _known_by(one: Traces) -> set[str]:
    return {text.casefold() for text in (*one.names, *one.emails, *one.domains)}
