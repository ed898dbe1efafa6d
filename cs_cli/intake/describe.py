"""A source in words."""

from __future__ import annotations

from collections.abc import Mapping

from cs_cli.definitions.shapes import SourceColumn, SourceDef, SourceField


def describe_source(source: SourceDef, most: int | None = None) -> list[dict[str, str]]:
    """One row per record column: the headers it is read from and how. most: of one header's spellings; unset: all."""
    key = " + ".join(_spelled(source, header, most) for header in source.key) or "the row itself"
    rows = [{"column": "(key)", "headers": key, "type": "id", "how": "else the name" if source.key_else else ""}]
    link = source.account
    if link.own:
        rows.append({"column": "(account)", "headers": "the row is an account", "type": "",
                     "how": f"system {source.system}"})
    for way, found in (("id", link.id), ("subscription", link.subscription), ("e-mail", link.email),
                         ("domain", link.domain), ("name", link.name)):
        if found and not link.own:
            rows.append({"column": "(account)", "headers": ", ".join(found), "type": way,
                         "how": f"system {link.system or source.system}" if way == "id" else ""})
    rows += _columns(source, source.columns, "", most)
    for part in source.also:
        rows += _columns(source, part.columns, f"{part.kind}.", most)
        if part.metrics:
            rows.append({"column": f"{part.kind}.value", "headers": ", ".join(part.metrics), "type": "number",
                         "how": "each a metric of its own name"})
    return rows


def _columns(
    source: SourceDef, columns: Mapping[str, SourceField], before: str, most: int | None
) -> list[dict[str, str]]:
    rows = []
    for column, spec in columns.items():
        for one in (spec, *spec.else_):
            few = most and max(2, most // max(1, len(one.from_)))
            headers = ", else ".join(_spelled(source, header, few) for header in one.from_) or f"always {one.constant}"
            headers += f" less {one.less}" if one.less else ""
            rows.append({"column": f"{before}{column}", "headers": headers, "type": one.type,
                         "how": "; ".join(_how(one))})
    return rows


def _spelled(source: SourceDef, header: str, most: int | None) -> str:
    """A header as it is declared; of one that stands for several words the first of these, or all of them."""
    if source.words and " + $" in header:
        return " + ".join(_spelled(source, part, most) for part in header.split(" + "))
    if source.words and header.startswith("$"):
        words = source.words[header[1:]]
        more = f" … and {len(words) - most} more (-f json lists all)" if most and len(words) > most else ""
        return ", ".join(words[:most]) + more
    return header


def _how(spec: SourceColumn) -> list[str]:
    """What else holds for a reading, in a few words."""
    said = [f"format {', '.join(spec.format)}"] if spec.format else []
    said += [f'decimal "{spec.decimal}"'] if spec.decimal else []
    said += [f"dashes are {spec.dashes}"] if spec.dashes else []
    said += [f"currency {spec.currency}"] if spec.currency else []
    said += ["in cents"] * spec.cents + ["the other sign"] * spec.negate + ["first value stays"] * spec.keep
    said += [f"{len(spec.map)} words mapped"] if spec.map else []
    said += [f"where {header} is {' or '.join(words)}" for header, words in spec.when.items()]
    said += [f"lines: {spec.combine}"] if spec.combine != "first" else []
    return said + ["required"] * spec.required
