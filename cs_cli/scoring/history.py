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
    from cs_cli.definitions.shapes import Health, Segments

    text = _latest(conn, day.isoformat())
    if text is None:
        return None
    segments, health = msgspec.json.decode(text, type=tuple[Segments, Health])
    if (segments, health) == (definitions.segments, definitions.health):
        return None
    return msgspec.structs.replace(definitions, segments=segments, health=health)


def _latest(conn: sqlite3.Connection, day: str) -> str | None:
    found = conn.execute(
        "SELECT text FROM main.scorecard_text WHERE day <= ? ORDER BY day DESC LIMIT 1", (day,)
    ).fetchone()
    return None if found is None else str(found[0])
