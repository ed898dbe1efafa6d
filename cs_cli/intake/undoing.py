"""Undo of an import: the store puts the records back, then the links it touched are thought over."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime

from cs_cli.definitions.shapes import Settings
from cs_cli.intake.match import refresh
from cs_cli.store.connection import transaction
from cs_cli.store.undo import UndoResult, undo


def undo_import(
    conn: sqlite3.Connection, settings: Settings, number: int, *, day: date, at: datetime | str,
    keep_later: bool = False,
) -> UndoResult:
    """Take change set `number` back in one transaction; raises what `store.undo.undo` raises."""
    with transaction(conn):
        result = undo(conn, number, day=day, at=at, keep_later=keep_later)
        # what was linked since to an account that it touched may have been so because of it
        later = conn.execute(
            "SELECT ref FROM identity WHERE source = 'match' AND retired_by IS NULL AND how <> 'hand' AND how <> 'own' "
            "AND import_id > :undone AND import_id <> :undo AND account IN (SELECT account FROM identity "
            "WHERE account IS NOT NULL AND (import_id = :undone OR retired_by IN (:undone, :undo)))",
            {"undo": result.change_set, "undone": result.undone},
        )
        refresh(conn, result.change_set, settings.accounts_from, anew={row[0] for row in later})
    return result
