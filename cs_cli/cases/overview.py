"""The playbooks as rows: what is written, and how many cases are open or pending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


def playbook_rows(conn: sqlite3.Connection, definitions: Definitions) -> list[dict[str, Any]]:
    """One row per playbook: what is written, open and pending cases; enabled ones first."""
    open_now = dict(
        conn.execute(
            "SELECT playbook, COUNT(*) FROM cs_case WHERE state <> 'closed' AND control = 0 GROUP BY playbook"
        )
    )
    pending = dict(
        conn.execute(
            "SELECT playbook, COUNT(*) FROM playbook_memory m WHERE held IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM cs_case c WHERE c.playbook = m.playbook AND c.subject = m.subject "
            "AND c.state <> 'closed') GROUP BY playbook"
        )
    )
    rows = [
        {
            "playbook": book.playbook,
            "kind": book.kind,
            "enabled": book.enabled,
            "subject": book.subject,
            "owner": book.owner,
            "decides": book.decides,
            "for": book.hold_for,
            "again": book.again,
            "limit": book.limit,
            "open": open_now.get(book.playbook, 0),
            "pending": pending.get(book.playbook, 0),
            "examples": len(book.examples),
            "about": book.about,
        }
        for book in definitions.playbooks
    ]
    return sorted(rows, key=lambda row: (not row["enabled"], row["playbook"]))
