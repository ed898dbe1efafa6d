"""A source, or a file as a source reads it, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import islice
from pathlib import Path

from cs_cli.definitions.shapes import Settings, SourceColumn, SourceDef
from cs_cli.intake.catalogue import every_source
from cs_cli.intake.convert import RowFault, RowReader
from cs_cli.intake.deciding import decide_readings
from cs_cli.intake.opening import open_export
from cs_cli.intake.plan import make_plan
from cs_cli.intake.reader import ReadOptions

ROWS = 5


def describe_source(source: SourceDef) -> list[dict[str, str]]:
    """One row per record column: the headers it is read from and how."""
    rows = [{"column": "(key)", "headers": " + ".join(source.key) or "the row itself", "type": "id", "how": ""}]
    link = source.account
    if link.own:
        rows.append({"column": "(account)", "headers": "the row is an account", "type": "",
                     "how": f"system {source.system}"})
    for way, found in (("id", link.id), ("subscription", link.subscription), ("e-mail", link.email),
                         ("domain", link.domain), ("name", link.name)):
        if found and not link.own:
            rows.append({"column": "(account)", "headers": ", ".join(found), "type": way,
                         "how": f"system {link.system or source.system}" if way == "id" else ""})
    for column, spec in source.columns.items():
        for one in (spec, *spec.else_):
            headers = ", else ".join(one.from_) or f"always {one.constant}"
            headers += f" less {one.less}" if one.less else ""
            rows.append({"column": column, "headers": headers, "type": one.type, "how": "; ".join(_how(one))})
    return rows


def _how(spec: SourceColumn) -> list[str]:
    """What else holds for a reading, in a few words."""
    said = [f"format {', '.join(spec.format)}"] if spec.format else []
    said += [f"currency {spec.currency}"] if spec.currency else []
    said += ["in cents"] * spec.cents + ["the other sign"] * spec.negate + ["first value stays"] * spec.keep
    said += [f"{len(spec.map)} words mapped"] if spec.map else []
    said += [f"where {header} is {' or '.join(words)}" for header, words in spec.when.items()]
    said += [f"lines: {spec.combine}"] if spec.combine != "first" else []
    return said + ["required"] * spec.required


def describe_file(
    path: Path, settings: Settings, own: Iterable[SourceDef], wanted: str | None, day: date
) -> tuple[str, str, list[dict[str, object]]]:
    """(source, what was decided, the first five rows as they would land). Raises as an import would."""
    sources = every_source(own)
    table, source = open_export(path, str(path), sources, wanted, ReadOptions(), day)
    plan = make_plan(source, table.headers, str(path))
    readings = decide_readings(table, plan, settings)
    reader = RowReader(plan, table.headers, readings.converters, settings.currency)
    rows: list[dict[str, object]] = []
    for line, _, cells in islice(table.rows(), ROWS):
        try:
            values = reader.values(cells)
            key = reader.key(cells, values)
            account = reader.link(cells, key)[0]
        except RowFault as fault:
            rows.append({"line": line, "key": f"set aside: {fault.what}"})
            continue
        rows.append({"line": line, "key": key, "account": account, **dict(zip(plan.delivered(), values, strict=True))})
    said = [*table.notes, *readings.notes]
    if plan.ignored:
        said.append("not read: " + ", ".join(plan.ignored))
    return source.source, "; ".join(said), rows
