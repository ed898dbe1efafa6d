"""Where a fact comes from: its value, what it is made of, and every row behind it down to file and line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.facts import catalogue
from cs_cli.facts.compute import build_account_facts
from cs_cli.facts.evidence import FACT_COLUMNS, LATEST, SHOWN, visible

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings


@dataclass(frozen=True)
class ExplainRow:
    """One contributing record: its kind, the file and line it came from, the import, its own day, one line of text."""

    kind: str
    file: str | None
    line: int | None
    import_id: int
    day: str | None
    text: str


@dataclass(frozen=True)
class Explanation:
    """A fact of an account on a day. parts are the facts a derived fact is made of; freshness in days per kind."""

    account_id: str
    fact: str
    value: Any
    unit: str
    meaning: str
    day: str
    parts: list[Explanation] = field(default_factory=list)
    rows: list[ExplainRow] = field(default_factory=list)
    note: str = ""


def explain(
    conn: sqlite3.Connection, settings: Settings, day: date, account: int, fact: str, *, mrr_from: str = "auto"
) -> Explanation:
    """Explain one fact of one account (its number); call store.clock.set_clock before, for that account or all.

    Raises UsageError FAC-001 for an unknown fact.
    """
    one = catalogue.fact(fact)
    if one is None:
        raise unknown_fact(fact)
    names = set(_with_needs(one))
    build_account_facts(conn, settings, day, names, mrr_from=mrr_from)
    return _explained(conn, day, account, one, {})


def unknown_fact(name: str) -> UsageError:
    error = UsageError.of(
        "FAC-001",
        f'there is no fact "{name}"{did_you_mean(name, catalogue.facts())}',
        next="cs facts list shows all of them",
    )
    assert isinstance(error, UsageError)
    return error


def _with_needs(fact: catalogue.Fact) -> Iterator[str]:
    yield fact.name
    for name in fact.needs:
        yield from _with_needs(catalogue.facts()[name])


def _explained(
    conn: sqlite3.Connection, day: date, account: int, fact: catalogue.Fact, done: dict[str, Explanation]
) -> Explanation:
    if fact.name in done:
        return done[fact.name]
    found = conn.execute(
        f'SELECT account_id, "{fact.name}" FROM account_facts WHERE account = ?', (account,)
    ).fetchone()
    account_id, value = found if found else ("", None)
    parts = [_explained(conn, day, account, catalogue.facts()[name], done) for name in fact.needs]
    rows = list(_rows(conn, day, account, fact))
    rows.sort(key=lambda row: (row.kind, row.day or "", row.file or "", row.line or 0, row.import_id), reverse=False)
    note = "" if value is not None else _why_unknown(fact, rows)
    done[fact.name] = Explanation(
        account_id, fact.name, value, fact.unit, fact.meaning, day.isoformat(), parts, rows, note
    )
    return done[fact.name]


def _why_unknown(fact: catalogue.Fact, rows: list[ExplainRow]) -> str:
    if rows:
        return "unknown: these rows do not say enough, or the export is older than its freshness limit"
    kinds = ", ".join(fact.rows) if fact.rows else "what it is made of"
    return f"unknown: no rows of {kinds} by this day"


def _rows(conn: sqlite3.Connection, day: date, account: int, fact: catalogue.Fact) -> Iterator[ExplainRow]:
    for kind in fact.rows:
        if kind == "usage":
            yield from _usage_rows(conn, account, fact)
        else:
            yield from _record_rows(conn, day, account, fact, kind)


def _record_rows(
    conn: sqlite3.Connection, day: date, account: int, fact: catalogue.Fact, kind: str
) -> Iterator[ExplainRow]:
    """Rows of a kind that a fact saw on the day, each with the file that delivered the column in question."""
    shown = SHOWN[kind]
    condition, day_column = visible(kind, fact.name)
    values = {"day": day.isoformat(), "account": account}
    for n in (28, 45, 90, 180, 365):
        values[f"day_{n}"] = (day - timedelta(days=n)).isoformat()
    columns = ", ".join(f'r."{column}"' for column in shown)
    text = (
        f"SELECT r.source, r.key, r.id, {day_column}, {columns} FROM known_{kind} r "
        f"JOIN account_of a ON a.ref = r.ref WHERE a.account = :account AND ({condition}) "
        f"ORDER BY {day_column}, r.source, r.key"
    )
    from cs_cli.store.dialect import expand

    found = conn.execute(expand(text), values).fetchall()
    if fact.name in LATEST and found:
        newest = max((row[3] or "") for row in found)
        found = [row for row in found if (row[3] or "") == newest]
    column_wanted = FACT_COLUMNS.get(fact.name)
    for source, key, number, row_day, *cells in found:
        if kind == "account" and column_wanted and cells[shown.index(column_wanted)] is None:
            continue
        file, line, import_id = origin(conn, kind, number, column_wanted if column_wanted in shown else None)
        said = ", ".join(
            f"{column} {cell}"
            for column, cell in zip(shown, cells, strict=True)
            if cell is not None and (column_wanted is None or kind != "account" or column == column_wanted)
        )
        yield ExplainRow(kind, file, line, import_id, row_day, f"{source} {key}: {said}")


def origin(conn: sqlite3.Connection, kind: str, number: int, column: str | None) -> tuple[str | None, int | None, int]:
    """File, line and import behind a version of a record.

    A version keeps what older files said in columns its own file lacks: for such a column this
    walks back to the version whose file delivered it.
    """
    source, key, import_id, line, origin_import, origin_line = conn.execute(
        f"SELECT source, key, import_id, line, origin_import, origin_line FROM main.{kind} WHERE id = ?", (number,)
    ).fetchone()
    where, at = (origin_import, origin_line) if origin_import is not None else (import_id, line)
    if column is not None:
        older = conn.execute(
            "SELECT coalesce(r.origin_import, r.import_id), coalesce(r.origin_line, r.line), c.columns "
            f"FROM main.{kind} r "
            "LEFT JOIN change_set c ON c.id = coalesce(r.origin_import, r.import_id) "
            "WHERE r.source = ? AND r.key = ? AND r.import_id <= ? ORDER BY r.import_id DESC, r.id DESC",
            (source, key, import_id),
        ).fetchall()
        for version, version_line, delivered in older:
            if delivered is None or column in json.loads(delivered):
                where, at = version, version_line
                break
    file = conn.execute("SELECT file, kind FROM change_set WHERE id = ?", (where,)).fetchone()
    name = None if file is None else file[0] or ("entered by hand" if file[1] == "hand" else file[1])
    return name, at, int(where)


def _usage_rows(conn: sqlite3.Connection, account: int, fact: catalogue.Fact) -> Iterator[ExplainRow]:
    """Usage rows inside the windows of the fact, newest window only as far as the fact looks back."""
    if fact.name.startswith(catalogue.PER_METRIC):
        metrics = [
            number
            for number, name in conn.execute("SELECT id, name FROM metric")
            if catalogue.metric_fact(name) == fact.name
        ]
        spans = [row for row in conn.execute("SELECT metric, d28, last_day FROM coverage") if row[0] in metrics]
    else:
        back = {"usage_trend_13w": "d91", "key_actions_vs_median": "d364"}.get(
            fact.name, "d56" if "change" in fact.name or "before" in fact.name else "d28"
        )
        if fact.name in ("last_seen_days", "activated"):
            back = "d364"
        marks = ", ".join("?" * len(fact.roles)) or "NULL"
        spans = conn.execute(
            f"SELECT DISTINCT metric, {back}, last_day FROM covered WHERE role IN ({marks}) ORDER BY metric", fact.roles
        ).fetchall()
        if fact.name == "activated":
            spans = conn.execute("SELECT metric, d364, last_day FROM covered WHERE role = 'key_actions'").fetchall()
    for metric, after, last in spans:
        name = conn.execute("SELECT name FROM metric WHERE id = ?", (metric,)).fetchone()[0]
        rows = conn.execute(
            "SELECT u.day, u.value, u.import_id, u.line, c.file, c.kind FROM account_of a "
            "JOIN known_usage u ON u.ref = a.ref AND u.metric = ? AND u.day > ? AND u.day <= ? "
            "LEFT JOIN change_set c ON c.id = u.import_id WHERE a.account = ? ORDER BY u.day",
            (metric, after, last, account),
        ).fetchall()
        if fact.name == "last_seen_days":
            rows = [row for row in rows if row[1] > 0][-1:]
        for row_day, value, import_id, line, file, kind in rows:
            yield ExplainRow("usage", file or kind, line, import_id, row_day, f"{name} {value:g}")
