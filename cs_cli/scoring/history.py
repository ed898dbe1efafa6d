"""Which segments and scorecards a past day was scored by, so that an edited card is not mistaken for a fall."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


def keep(conn: sqlite3.Connection, day: str, definitions: Definitions) -> None:
    """Notes the definitions from this day on, where they differ from those before. Inside a transaction."""
    text = msgspec.json.encode([definitions.segments, definitions.health]).decode()
    if _latest(conn, day) != text:
        conn.execute(
            "INSERT INTO main.scorecard_text VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET text = excluded.text",
            (day, text),
        )


def definitions_on(conn: sqlite3.Connection, definitions: Definitions, day: date) -> Definitions | None:
    """The definitions with the segments and scorecards of a past day.

    None when they are today's, or when no run that early wrote them down.
    """
    text = _latest(conn, day.isoformat())
    return None if text is None else _with(definitions, text)


def last_used(conn: sqlite3.Connection, definitions: Definitions) -> Definitions | None:
    """The definitions with the segments and scorecards of the newest run; None where no run wrote any down.

    Of another hash than today's where they differ.
    """
    text = _latest(conn, "9999-12-31")
    return None if text is None else _with(definitions, text) or definitions


def _with(definitions: Definitions, text: str) -> Definitions | None:
    """The definitions with kept segments and scorecards, under a hash of their own; None when they are the same."""
    import hashlib

    from cs_cli.definitions.shapes import Health, Segments

    segments, health = msgspec.json.decode(text, type=tuple[Segments, Health])
    if (segments, health) == (definitions.segments, definitions.health):
        return None
    own = hashlib.sha256(f"{definitions.hash} {text}".encode()).hexdigest()
    return msgspec.structs.replace(definitions, segments=segments, health=health, hash=own)


def _latest(conn: sqlite3.Connection, day: str) -> str | None:
    found = conn.execute(
        "SELECT text FROM main.scorecard_text WHERE day <= ? ORDER BY day DESC LIMIT 1", (day,)
    ).fetchone()
    return None if found is None else str(found[0])
