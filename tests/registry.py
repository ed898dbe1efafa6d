"""Refs, metrics and accounts as an import registers them, for tests that build a database row by row."""

from __future__ import annotations

import sqlite3


def ref_of(conn: sqlite3.Connection, system: str, external_id: str) -> int:
    """The number of a ref, a new one registered."""
    conn.execute("INSERT OR IGNORE INTO ref (system, external_id) VALUES (?, ?)", (system, external_id))
    found = conn.execute("SELECT id FROM ref WHERE system = ? AND external_id = ?", (system, external_id)).fetchone()
    return int(found[0])


def metric_of(conn: sqlite3.Connection, name: str) -> int:
    """The number of a metric, a new one registered."""
    conn.execute("INSERT OR IGNORE INTO metric (name) VALUES (?)", (name,))
    return int(conn.execute("SELECT id FROM metric WHERE name = ?", (name,)).fetchone()[0])


def register_account(conn: sqlite3.Connection, account_id: str, change_set: int) -> int:
    """The number of a new account."""
    cursor = conn.execute(
        "INSERT INTO account_registry (account_id, created_by) VALUES (?, ?)", (account_id, change_set)
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid
