"""The record kinds and their columns, as the store keeps them.

Every kind is a STRICT table (id, source, key, import_id, line, origin_import,
origin_line, ref, <columns>, retired_by): appended to and retired, never updated.
`usage` is kept apart (see migrations/0001): one current row per (ref, metric, day).
"""

from __future__ import annotations

from cs_cli.definitions.records import KINDS, USAGE_COLUMNS, ColumnType

__all__ = ["KINDS", "SQL_TYPES", "USAGE_COLUMNS", "ColumnType"]

SQL_TYPES: dict[ColumnType, str] = {
    "text": "TEXT", "day": "TEXT", "number": "REAL", "integer": "INTEGER",
    "money": "INTEGER", "flag": "INTEGER", "percent": "REAL",
}
