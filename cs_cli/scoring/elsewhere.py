"""Looking at another day: what is built meanwhile leaves no trace, so that the tables of this day stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


@contextmanager
def elsewhere(conn: sqlite3.Connection, name: str) -> Iterator[None]:
    """Every TEMP table that is made, filled or dropped inside is as before afterwards; nothing is written inside.

    Carry out what was found as Python values. name: the savepoint's, one per level.
    """
    conn.execute(f"SAVEPOINT {name}")
    try:
        yield
    finally:
        conn.execute(f"ROLLBACK TO {name}")
        conn.execute(f"RELEASE {name}")
