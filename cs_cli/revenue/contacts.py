"""The people in an account: who they are, which role they hold, who has left. Roles and leavings can be said by hand.

What a hand says stays beside the CRM's record and wins over it, so that the next import does not wipe it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.domains import plain_address
from cs_cli.base.errors import Fault, UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.revenue.entries import Entry
from cs_cli.store.change_sets import append_row, begin_change_set, finish_change_set
from cs_cli.store.connection import rows, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

ROLES = ("decision_maker", "champion", "user", "it", "billing")
SHOWN = 10

LIST = """
SELECT r.key AS contact, r.source, a.account, p.account_id, r.name, r.email, r.role, r.title,
       CASE WHEN r.left_on <= :day THEN r.left_on END AS left_on,
       CASE WHEN h.role IS NOT NULL AND h.left_on IS NOT NULL THEN 'role, left_on' WHEN h.role IS NOT NULL THEN 'role'
            WHEN h.left_on IS NOT NULL THEN 'left_on' END AS by_hand, r.ref
FROM known_contact r
JOIN account_of a ON a.ref = r.ref
JOIN population p ON p.account = a.account
LEFT JOIN main.contact h ON h.source = 'hand' AND h.key = r.source || ':' || r.key AND h.retired_by IS NULL
WHERE (r.created_on IS NULL OR r.created_on <= :day) AND (:account IS NULL OR a.account = :account)
ORDER BY p.account_id, CASE WHEN r.left_on <= :day THEN 1 ELSE 0 END,
  CASE r.role WHEN 'decision_maker' THEN 0 WHEN 'champion' THEN 1 WHEN 'billing' THEN 2 WHEN 'it' THEN 3
       WHEN 'user' THEN 4 ELSE 5 END, r.name, r.source, r.key
"""


def contact_rows(conn: sqlite3.Connection, day: date, account: int | None = None) -> list[dict[str, Any]]:
    """Contacts known on the day: {contact, source, account, account_id, name, email, role, title, left_on, by_hand}.

    Those who stay first, by role. Call after set_clock."""
    return rows(conn, LIST, {"day": day.isoformat(), "account": account})


def find_contact(conn: sqlite3.Connection, day: date, text: str) -> dict[str, Any]:
    """The one contact with this id, e-mail address, or part of a name. Raises UsageError REV-012, REV-013."""
    wanted = text.strip().casefold()
    everyone = contact_rows(conn, day)
    tests: tuple[Callable[[dict[str, Any]], bool], ...] = (
        lambda row: row["contact"] == text.strip(),
        lambda row: plain_address(row["email"] or "") == plain_address(text),
        lambda row: (row["name"] or "").casefold() == wanted,
        lambda row: bool(wanted) and wanted in (row["name"] or "").casefold(),
    )
    for test in tests:
        found = [row for row in everyone if test(row)]
        if len(found) == 1:
            return found[0]
        if found:
            shown = [
                f"{n:2}  {row['contact']}  {row['name'] or ''}  {row['email'] or ''}  {row['account_id']}"
                for n, row in enumerate(found[:SHOWN], 1)
            ]
            if len(found) > SHOWN:
                shown.append(f"    and {len(found) - SHOWN} more")
            raise UsageError(
                [Fault("REV-013", f'"{text}" fits {len(found)} contacts', excerpt="\n".join(shown))],
                next="use one of the ids",
            )
    names = [name for row in everyone for name in (row["name"], row["email"]) if name]
    raise UsageError.of("REV-012", f'there is no contact "{text}"{did_you_mean(text, names)}', next="cs contacts list")


def set_role(
    conn: sqlite3.Connection, contact: dict[str, Any], role: str, day: date, at: str, who: str | None
) -> Entry:
    """Say which role a contact holds. Raises UsageError REV-011 for a word that is no role."""
    if role not in ROLES:
        raise UsageError.of(
            "REV-011", f'"{role}" is not a role of a contact{did_you_mean(role, ROLES)}', expected=", ".join(ROLES)
        )
    return _write(conn, contact, {"role": role}, f"role {role}", day, at, who)


def set_left(conn: sqlite3.Connection, contact: dict[str, Any], on: date, day: date, at: str, who: str | None) -> Entry:
    """Say that a contact left the company, and when."""
    return _write(conn, contact, {"left_on": on}, f"left on {on.isoformat()}", day, at, who)


def _write(
    conn: sqlite3.Connection,
    contact: dict[str, Any],
    values: dict[str, Any],
    said: str,
    day: date,
    at: str,
    who: str | None,
) -> Entry:
    with transaction(conn):
        change = begin_change_set(conn, kind="hand", day=day, at=at, by=who, note=said, record_kind="contact")
        own = contact["source"] == "hand"
        key = contact["contact"] if own else f"{contact['source']}:{contact['contact']}"
        what = append_row(conn, "contact", change, "hand", key, contact["ref"], values)
        finish_change_set(conn, change, 1, what == "added", what == "changed", what == "unchanged", 0)
    return Entry(change, f"{contact['name'] or contact['email'] or contact['contact']}: {said}")
