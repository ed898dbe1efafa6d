"""Tables of a day that wait under other names while those of another day are built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cs_cli.facts.spans import index_spans

if TYPE_CHECKING:
    import sqlite3


def put_by(conn: sqlite3.Connection, tables: Iterable[str], word: str) -> list[str]:
    """Rename those of the TEMP tables that are there to <table>_<word>; gives which."""
    there = {name for (name,) in conn.execute("SELECT name FROM temp.sqlite_master WHERE type = 'table'")}
    waiting = [table for table in tables if table in there]
    for table in waiting:
        conn.execute(f"DROP TABLE IF EXISTS temp.{table}_{word}")
        conn.execute(f"ALTER TABLE temp.{table} RENAME TO {table}_{word}")
    return waiting


def take_back(conn: sqlite3.Connection, waiting: Sequence[str], word: str) -> None:
    """Give them their names back, in the place of what was built meanwhile."""
    for table in waiting:
        conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
        conn.execute(f"ALTER TABLE temp.{table}_{word} RENAME TO {table}")
    if "mrr_span" in waiting:
        index_spans(conn)
