"""A file as its source reads it, before anything is imported: who claims it, what each column becomes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from cs_cli.base.days import iso
from cs_cli.base.money import to_major
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.intake.catalogue import every_source
from cs_cli.intake.convert import RowFault, RowReader
from cs_cli.intake.deciding import decide_readings
from cs_cli.intake.memory import recall, recall_encodings
from cs_cli.intake.opening import open_export
from cs_cli.intake.plan import Field, Plan, make_plan
from cs_cli.intake.reader import ReadOptions, Table
from cs_cli.intake.recognise import alternatives, claims, fold_header
from cs_cli.intake.scales import lay_scale
from cs_cli.intake.values import Decision

ROWS = 5
LOOKED_AT = 200     # rows in which examples are looked for
OTHERS = 6


@dataclass
class FileCheck:
    """claims: the source that reads the file and those that come nearest, each with the reason;
    columns: file column → record column, type, what was decided, one example raw → stored;
    rows: the first rows as they would land, money in major units; notes: about the whole file."""

    source: str
    kind: str
    notes: list[str]
    claims: list[dict[str, Any]] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    row_columns: list[str] = field(default_factory=list)


def check_file(
    path: Path, settings: Settings, own: Iterable[SourceDef], wanted: str | None, day: date,
    private: Path | None = None, options: ReadOptions | None = None, conn: sqlite3.Connection | None = None,
) -> FileCheck:
    """Read the whole file as an import would and say how. Raises as an import would (10).

    private: see catalogue.shipped_sources; conn: where what earlier imports proved is remembered.
    """
    sources = every_source(own, private)
    table, source = open_export(path, str(path), sources, wanted, options or ReadOptions(), day,
                                remembered=dict if conn is None else lambda: recall_encodings(conn))
    plan = make_plan(source, table.headers, str(path))
    if conn is not None:
        plan.remembered = recall(conn, source.source)
    lay_scale(plan)
    found = FileCheck(source.source, source.kind, list(table.notes))
    found.claims = list_claims(source, sources, table.headers)
    readings = decide_readings(table, plan, settings)
    found.notes += readings.notes
    reader = RowReader(plan, table.headers, readings.converters, settings.currency)
    read = _examples(table, plan, reader, settings.currency, found)
    decisions = iter([decision for _, decision in readings.decided])
    for f, example in zip(plan.fields, read, strict=True):
        decided = [next(decisions) for _ in f.readings()]
        found.columns.append(_described(f, decided[0], example))
    for one in plan.also:
        for f in one.fields:
            decided = [next(decisions) for _ in f.readings()]
            if f.cells:
                row = _described(f, decided[0], None)
                found.columns.append(row | {"column": f"{one.part.kind}.{f.column}"})
    used = {at for f in plan.fields for at in f.cells}
    for word, places in (("key", plan.key), ("account id", plan.ids), ("subscription", plan.subscriptions),
                         ("e-mail", plan.emails), ("domain", plan.domains), ("account name", plan.names),
                         ("merged ids", plan.merged), ("merged into", plan.into)):
        shown = [at for at in places if at not in used or word in ("key", "account id")]
        found.columns += [{"header": table.headers[at], "column": f"({word})", "type": "id"} for at in shown]
    found.columns += [{"header": name, "column": f"(metric {name})", "type": "number"} for _, name in plan.metrics]
    found.columns += [{"header": name, "column": "(attribute)", "type": "text"} for _, name in plan.attributes]
    found.columns += [{"header": name, "column": "not read"} for name in plan.ignored]
    place = {header: at for at, header in enumerate(table.headers)}
    found.columns.sort(key=lambda one: place.get(one["header"], len(place)))
    return found


def list_claims(chosen: SourceDef, sources: Sequence[SourceDef], headers: Sequence[str]) -> list[dict[str, Any]]:
    """Why this source reads the file and the nearest others do not."""
    folded = frozenset(fold_header(header) for header in headers if header)
    why = "has " + ", ".join(f'"{c}"' for c in chosen.claims)
    if chosen.words:
        why = "has a column of names, others that such sheets have, and is no export that is known"
    rows = [{"source": chosen.source, "reads_it": True, "why": why}]
    near = []
    for source in sources:
        if source is chosen or source.source == chosen.source:
            continue
        missing = [c for c in source.claims if not any(word in folded for word in alternatives(c))]
        share = 1 - len(missing) / max(len(source.claims), 1)
        denied = [h for h in source.unless if any(word in folded for word in alternatives(h))]
        if share == 0:
            continue
        if missing:
            why = "misses " + ", ".join(f'"{claim}"' for claim in missing[:4])
        elif denied:
            why = "never reads a file with " + ", ".join(f'"{header}"' for header in denied[:4])
        elif claims(source, folded):
            why = "claims it too; the more particular source reads it"
        else:
            why = "too few of its headers are in the file"
        near.append((-share, source.source, why))
    return rows + [{"source": name, "reads_it": False, "why": why} for _, name, why in sorted(near)[:OTHERS]]


def _examples(
    table: Table, plan: Plan, reader: RowReader, currency: str, found: FileCheck
) -> list[tuple[str, Any] | None]:
    """Fills the first rows; gives for each field one (raw cell, stored value) of a filled cell."""
    examples: list[tuple[str, Any] | None] = [None] * len(plan.fields)
    names = [f.column for f in plan.fields]
    at_currency = names.index("currency") if "currency" in names else None
    found.row_columns = ["line", "key", "account", *names]
    for line, _, cells in islice(table.rows(), LOOKED_AT):
        try:
            values = reader.values(cells)
            key = reader.key(cells, values)
            account = reader.link(cells, key)[0]
        except RowFault as fault:
            if len(found.rows) < ROWS:
                found.rows.append({"line": line, "key": f"set aside: {fault.what}"})
            continue
        code = (values[at_currency] if at_currency is not None else None) or currency
        shown = [_stored(f, value, code) for f, value in zip(plan.fields, values, strict=True)]
        for n, f in enumerate(plan.fields):
            if examples[n] is None and values[n] is not None and f.cells:
                examples[n] = (next((cells[at] for at in f.cells if cells[at].strip()), ""), shown[n])
        if len(found.rows) < ROWS:
            found.rows.append({"line": line, "key": key, "account": account, **dict(zip(names, shown, strict=True))})
    return examples


def _stored(f: Field, value: Any, currency: str) -> Any:
    if value is None or f.spec.type != "money":
        return iso(value) if isinstance(value, date) else value
    return to_major(value, currency)


def _described(f: Field, decided: Decision, example: tuple[str, Any] | None) -> dict[str, Any]:
    spec = f.spec
    said = [", ".join(decided.formats or spec.format)] if decided.formats or spec.format else []
    said += [f'decimal "{decided.decimal}"'] if spec.type in ("money", "number", "percent") and f.cells else []
    said += ["dashes are minus"] * (decided.dashes == "minus")
    said += [f"currency {spec.currency}"] if spec.currency else []
    said += ["in cents"] * spec.cents + ["required"] * spec.required
    said += [f"{len(spec.map)} words mapped"] if spec.map else []
    raw, stored = example or (None, spec.constant)
    header = f.header if f.cells else None
    return {"header": header, "column": f.column, "type": spec.type if f.cells else "constant",
            "how": "; ".join(said) or None, "raw": raw, "stored": stored}


def system_of_ids(rows: Callable[[str, tuple[str, ...]], list[tuple[str, int]]]) -> Callable[
    [Sequence[str]], tuple[str, int] | None
]:
    """For drafts: ids → (the system whose accounts bear most of them, how many), at least half of them."""

    def find(ids: Sequence[str]) -> tuple[str, int] | None:
        counts: dict[str, int] = {}
        for start in range(0, len(ids), 400):
            part = tuple(ids[start : start + 400])
            marks = ", ".join("?" * len(part))
            for system, count in rows(
                "SELECT r.system, count(*) FROM ref AS r JOIN identity AS i ON i.ref = r.id AND i.retired_by IS NULL "
                f"AND i.account IS NOT NULL WHERE r.external_id IN ({marks}) GROUP BY r.system", part
            ):
                counts[system] = counts.get(system, 0) + count
        best = max(sorted(counts), key=lambda system: counts[system], default=None)
        return (best, counts[best]) if best is not None and 2 * counts[best] >= len(ids) else None

    return find
