"""What an import changed, for people: records old → new."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from cs_cli.base.money import to_major
from cs_cli.intake.results import Change
from cs_cli.store.kinds import KINDS

SHOWN = ("account", "subscription", "contract")
MOST = 200


def list_changes(
    conn: sqlite3.Connection, kind: str, source: str, change_set: int, columns: Sequence[str]
) -> list[Change]:
    """Accounts, subscriptions and contracts that the merge just before added or changed; at most 200.

    Money is in major units."""
    if kind not in SHOWN:
        return []
    name = "n.name" if kind == "account" else "NULL"
    currency = "n.currency, o.currency" if "currency" in KINDS[kind] else "NULL, NULL"
    pairs = "".join(f', o."{c}", n."{c}"' for c in columns)
    found: list[Change] = []
    for key, called, was, new, old, *values in conn.execute(
        f"SELECT n.key, {name}, o.id, {currency}{pairs} FROM {kind} AS n LEFT JOIN merge_todo AS t "
        f"ON t.key = n.key LEFT JOIN {kind} AS o ON o.id = t.old "
        f"WHERE n.source = ? AND n.import_id = ? AND n.retired_by IS NULL ORDER BY n.key LIMIT {MOST}",
        (source, change_set),
    ):
        one = _change(kind, key, called, was is not None, columns, values)
        for column, pair in one.values.items():
            if KINDS[kind].get(column) == "money":
                one.values[column] = _major(pair[0], old or new), _major(pair[1], new)
        found.append(one)
    return found


def _major(value: Any, currency: str | None) -> Any:
    """An amount as people read it; minor units stay where no currency says what they are."""
    return value if value is None or currency is None else to_major(value, currency)


def _change(
    kind: str, key: str, name: str | None, was: bool, columns: Sequence[str], values: Sequence[Any]
) -> Change:
    pairs = {c: (values[2 * n], values[2 * n + 1]) for n, c in enumerate(columns)}
    kept = {c: pair for c, pair in pairs.items() if pair[0] != pair[1]}
    return Change(kind, key, "changed" if was else "added", name, kept)
