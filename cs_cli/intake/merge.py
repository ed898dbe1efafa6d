"""From a staged file to versions in the store: append what is new or differs, retire what it replaces."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from cs_cli.intake.direct import indexed_at_the_end
from cs_cli.store.kinds import KINDS


@dataclass(frozen=True)
class Merged:
    """Rows added, changed and left alone by one merge."""

    added: int
    changed: int
    unchanged: int


def register_refs(conn: sqlite3.Connection, stage: str, system: str) -> bool:
    """Give every staged row the number of the account reference it names, making new ones in key order.

    What a row knows besides (domain, name) is kept with the reference when nothing was known yet. True
    when a reference is new, or is known by more than before.
    """
    learnt = conn.execute(
        f"INSERT OR IGNORE INTO ref (system, external_id) SELECT DISTINCT ?, ext FROM {stage} "
        "WHERE ext IS NOT NULL AND ref IS NULL ORDER BY ext", (system,),
    ).rowcount
    conn.execute(
        f"UPDATE {stage} SET ref = (SELECT id FROM ref WHERE ref.system = ? AND ref.external_id = {stage}.ext) "
        "WHERE ext IS NOT NULL AND ref IS NULL", (system,),
    )
    for hint in ("hint_domain", "hint_name"):
        learnt += conn.execute(
            f"UPDATE ref SET {hint} = s.hint FROM (SELECT ref, min({hint}) AS hint FROM {stage} "
            f"WHERE {hint} IS NOT NULL GROUP BY ref) AS s WHERE ref.id = s.ref AND ref.{hint} IS NULL"
        ).rowcount
    return bool(learnt)


def merge_records(
    conn: sqlite3.Connection, stage: str, kind: str, source: str, change_set: int, delivered: Sequence[str],
    *, ascending: bool = False,
) -> Merged:
    """Merge a stage (key, line, ref, delivered columns) into the table of its kind; ascending: its rows
    stand in the order of their keys.

    Columns that the file did not deliver keep the value of the chain; a row whose delivered
    columns are all as they were is untouched. temp.merge_todo (n, old, key) stays: the staged
    rows that were written and the version that each replaced.
    """
    columns = list(KINDS[kind])
    given = [column for column in columns if column in set(delivered)]
    names = "".join(f', "{column}"' for column in columns)
    total = _count(conn, f"SELECT count(*) FROM {stage}")
    before = _count(conn, f"SELECT EXISTS (SELECT 1 FROM {kind} WHERE source = ? AND retired_by IS NULL)", source)
    conn.execute("DROP TABLE IF EXISTS temp.merge_todo")
    conn.execute("CREATE TEMP TABLE merge_todo (n INTEGER, old INTEGER, key TEXT PRIMARY KEY) WITHOUT ROWID")
    head = f"INSERT INTO {kind} (source, key, import_id, line, ref{names})"
    if not before:
        values = "".join(f', s."{column}"' if column in given else ", NULL" for column in columns)
        with indexed_at_the_end(conn, kind):
            conn.execute(
                f"{head} SELECT ?, s.key, ?, s.line, s.ref{values} FROM {stage} AS s "
                f"ORDER BY s.{'n' if ascending else 'key'}",
                (source, change_set),
            )
        return Merged(total, 0, 0)
    differs = " OR ".join(
        ["coalesce(s.ref, c.ref) IS NOT c.ref"] + [f's."{column}" IS NOT c."{column}"' for column in given]
    )
    conn.execute(
        "INSERT INTO merge_todo SELECT s.n, c.id, s.key "
        f"FROM {stage} AS s LEFT JOIN {kind} AS c ON c.source = ? AND c.key = s.key AND c.retired_by IS NULL "
        f"WHERE c.id IS NULL OR {differs}", (source,),
    )
    changed = _count(conn, "SELECT count(old) FROM merge_todo")
    added = _count(conn, "SELECT count(*) FROM merge_todo") - changed
    conn.execute(
        f"UPDATE {kind} SET retired_by = ? WHERE id IN (SELECT old FROM merge_todo WHERE old IS NOT NULL)",
        (change_set,),
    )
    values = "".join(f', s."{column}"' if column in given else f', c."{column}"' for column in columns)
    conn.execute(
        f"{head} SELECT ?, s.key, ?, s.line, coalesce(s.ref, c.ref){values} "
        f"FROM merge_todo AS t JOIN {stage} AS s ON s.n = t.n LEFT JOIN {kind} AS c ON c.id = t.old ORDER BY s.key",
        (source, change_set),
    )
    return Merged(added, changed, total - added - changed)


def merge_usage(conn: sqlite3.Connection, stage: str, change_set: int, combine: str) -> Merged:
    """Merge staged usage (ref, metric text, day, value, line).

    combine: sum adds rows of the same account, metric and day; last and first pick by line; refuse
    leaves one of equal rows (unequal ones were set aside before).
    """
    conn.execute(f"INSERT OR IGNORE INTO metric (name) SELECT DISTINCT metric FROM {stage} ORDER BY metric")
    pick = {"sum": "sum(s.value)", "last": "s.value", "first": "s.value"}.get(combine, "s.value")
    chosen = ""
    if combine != "sum":
        side = "max" if combine == "last" else "min"
        chosen = (
            f"AND s.n = (SELECT {side}(o.n) FROM {stage} AS o "
            "WHERE o.ref = s.ref AND o.metric = s.metric AND o.day = s.day)"
        )
        conn.execute(f"CREATE INDEX IF NOT EXISTS temp.{stage}_usage ON {stage} (ref, metric, day)")
    conn.execute("DROP TABLE IF EXISTS temp.merge_usage")
    conn.execute(
        "CREATE TEMP TABLE merge_usage (ref INTEGER NOT NULL, metric INTEGER NOT NULL, day TEXT NOT NULL, "
        "value REAL NOT NULL, line INTEGER, PRIMARY KEY (ref, metric, day)) WITHOUT ROWID"
    )
    conn.execute(
        f"INSERT INTO merge_usage SELECT s.ref, m.id, s.day, {pick}, min(s.line) FROM {stage} AS s "
        f"JOIN metric AS m ON m.name = s.metric WHERE s.ref IS NOT NULL {chosen} GROUP BY s.ref, m.id, s.day"
    )
    total = _count(conn, "SELECT count(*) FROM merge_usage")
    same = "u.ref = g.ref AND u.metric = g.metric AND u.day = g.day"
    unchanged = _count(
        conn, f"SELECT count(*) FROM merge_usage AS g JOIN usage AS u ON {same} WHERE u.value = g.value"
    )
    if unchanged:
        conn.execute(
            "DELETE FROM merge_usage WHERE EXISTS (SELECT 1 FROM usage AS u WHERE u.ref = merge_usage.ref "
            "AND u.metric = merge_usage.metric AND u.day = merge_usage.day AND u.value = merge_usage.value)"
        )
    cursor = conn.execute(
        "INSERT INTO usage_old (ref, metric, day, value, import_id, line, retired_by) "
        "SELECT u.ref, u.metric, u.day, u.value, u.import_id, u.line, ? "
        f"FROM merge_usage AS g JOIN usage AS u ON {same}",
        (change_set,),
    )
    changed = cursor.rowcount
    if changed:
        conn.execute("DELETE FROM usage WHERE (ref, metric, day) IN (SELECT ref, metric, day FROM merge_usage)")
    conn.execute(
        "INSERT INTO usage (ref, metric, day, value, import_id, line) "
        "SELECT ref, metric, day, value, ?, line FROM merge_usage ORDER BY ref, metric, day", (change_set,),
    )
    conn.execute("DROP TABLE temp.merge_usage")
    return Merged(total - unchanged - changed, changed, unchanged)


def _count(conn: sqlite3.Connection, sql: str, *values: object) -> int:
    return int(conn.execute(sql, values).fetchone()[0])
