"""E-mail addresses that stand on rows of many customers in one file: a seller's or a bookkeeper's are no link."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from cs_cli.intake.links import MANY
from cs_cli.intake.names import core_name, mail_domain

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

# so many different addresses are watched: who shares one shows long before
MOST = 200_000


class Addresses:
    """Which customers each address of a file stands with: (name without its form, else id; external id)."""

    def __init__(self) -> None:
        self._found: dict[str, set[tuple[str, str]] | tuple[str, str]] = {}

    def met(self, address: str, ext: str | None, name: str | None) -> None:
        """One more row."""
        if ext is None or (ext == address and not name):
            return
        one = ((name and core_name(name)) or ext, ext)
        known = self._found.get(address)
        if known is None:
            if len(self._found) < MOST:
                self._found[address] = one
        elif isinstance(known, set):
            known.add(one)
        elif known != one:
            self._found[address] = {known, one}

    def shared(self) -> dict[str, set[str]]:
        """Address → the external ids of the different customers that it stands with, where these are many."""
        return {
            address: {ext for _, ext in found} for address, found in sorted(self._found.items(), key=lambda one: one[0])
            if isinstance(found, set) and len({customer for customer, _ in found}) >= MANY
        }


def take_out_shared(conn: sqlite3.Connection, staged: Staged, addresses: Addresses) -> None:
    """Rows at a shared address are known by their customer's name instead, and nobody by its domain.

    A record that is known by the address already stays where it is.
    """
    shared = addresses.shared()
    if not shared:
        return
    stage = staged.stage
    conn.execute("DROP TABLE IF EXISTS temp.shared_address")
    conn.execute("CREATE TEMP TABLE shared_address (ext TEXT, domain TEXT, PRIMARY KEY (ext, domain)) WITHOUT ROWID")
    conn.executemany(
        "INSERT OR IGNORE INTO shared_address VALUES (?, ?)",
        ((ext, mail_domain(address) or "") for address, exts in shared.items() for ext in exts),
    )
    conn.execute(
        f"UPDATE {stage} SET hint_domain = NULL WHERE (ext, hint_domain) IN (SELECT ext, domain FROM shared_address)"
    )
    known = "" if staged.source.kind == "usage" else (
        f"AND NOT EXISTS (SELECT 1 FROM {staged.source.kind} AS c WHERE c.source = :source AND c.key = {stage}.key "
        f"AND c.retired_by IS NULL AND c.ref = {stage}.ref)"
    )
    conn.executemany(
        f"UPDATE {stage} SET ext = 'name:' || hint_name, ref = NULL "
        f"WHERE ext = :address AND hint_name IS NOT NULL {known}",
        ({"address": address, "source": staged.source.source} for address in shared),
    )
    conn.execute("DROP TABLE temp.shared_address")
    for address, exts in list(shared.items())[:3]:
        count = f"{len(exts):,} customers" if len(exts) >= MANY else "many customers"
        staged.notes.append(f"{address} stands on rows of {count}: nobody is linked by it")
