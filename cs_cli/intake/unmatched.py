"""References that no account answers to, with how much hangs on them."""

from __future__ import annotations

import sqlite3

from cs_cli.intake.links import split_subscriptions
from cs_cli.intake.results import Unmatched
from cs_cli.store.kinds import KINDS


def list_unmatched(conn: sqlite3.Connection, why: dict[int, str] | None = None) -> list[Unmatched]:
    """Every reference with current rows and no account, most rows first. why: ref → the reason, if known."""
    reasons = why or {}
    open_refs = conn.execute(
        "SELECT r.id, r.system, r.external_id, r.hint_name, r.hint_domain FROM ref AS r WHERE NOT EXISTS ("
        "SELECT 1 FROM identity AS i WHERE i.ref = r.id AND i.retired_by IS NULL AND i.account IS NOT NULL)"
    ).fetchall()
    if not open_refs:
        return []
    counts: dict[int, int] = {}
    conn.execute("DROP TABLE IF EXISTS temp.open_ref")
    conn.execute("CREATE TEMP TABLE open_ref (ref INTEGER PRIMARY KEY)")
    conn.executemany("INSERT INTO open_ref VALUES (?)", ((row[0],) for row in open_refs))
    for kind in KINDS:
        if kind == "identity":
            continue
        for ref, rows in conn.execute(
            f"SELECT o.ref, count(*) FROM open_ref AS o JOIN {kind} AS k ON k.ref = o.ref AND k.retired_by IS NULL "
            "GROUP BY o.ref"
        ):
            counts[ref] = counts.get(ref, 0) + rows
    for ref, rows in conn.execute(
        "SELECT o.ref, count(*) FROM open_ref AS o JOIN usage AS u ON u.ref = o.ref GROUP BY o.ref"
    ):
        counts[ref] = counts.get(ref, 0) + rows
    conn.execute("DROP TABLE temp.open_ref")
    for ref, rows in _apart(conn).items():
        counts[ref] = counts.get(ref, 0) - rows
    found = [
        Unmatched(system, text, name, domain, reasons.get(ref, "no account"), counts[ref], ref)
        for ref, system, text, name, domain in open_refs if counts.get(ref, 0) > 0
    ]
    return sorted(found, key=lambda one: (-one.rows, one.system, one.external_id))


def _apart(conn: sqlite3.Connection) -> dict[int, int]:
    """Reference → how many of its rows are of subscriptions that belong to an account of their own."""
    names_it = {kind: "subscription" for kind, columns in KINDS.items() if "subscription" in columns}
    found: dict[int, int] = {}
    for system, subscription in split_subscriptions(conn):
        for kind, column in {**names_it, "subscription": "key"}.items():
            for ref, rows in conn.execute(
                f"SELECT k.ref, count(*) FROM {kind} AS k JOIN source AS s ON s.name = k.source "
                f"WHERE k.retired_by IS NULL AND s.system = ? AND k.{column} = ? GROUP BY k.ref",
                (system, subscription),
            ):
                found[ref] = found.get(ref, 0) + rows
    return found
