"""Every fact with its meaning, read from the headers of the theme files in facts/sql.

A theme file is self-describing; a new fact is an entry there and a column of its last SELECT:
    -- theme: usage                       the file's own name
    -- after: coverage fiscal             what has to be built before it
    -- rows: usage                        record kinds its facts come from
    -- fact: name | unit | family | leads or lags | meaning
    -- rows-of: fact fact = kind kind     where single facts come from less than the whole theme
    -- needs: fact = fact fact            which facts a derived fact is made of
    -- roles: fact fact = role role       which usage metrics it counts (cs.yaml usage)
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from cs_cli.definitions.conditions.names import NameType

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql")
UNITS = ("text", "day", "days", "number", "money", "ratio", "flag", "score")
# SQL type of a unit's column; NUMERIC keeps whole numbers whole
SQL_TYPES = {
    "text": "TEXT",
    "day": "TEXT",
    "days": "INTEGER",
    "number": "NUMERIC",
    "money": "REAL",
    "ratio": "REAL",
    "flag": "INTEGER",
    "score": "NUMERIC",
}
PER_METRIC = "usage_28d__"
STATUSES = ("prospect", "trial", "customer", "churned")


class Fact(msgspec.Struct, frozen=True):
    """One fact: its unit, family, whether it leads or lags, meaning, theme and where it comes from."""

    name: str
    unit: str
    family: str
    kind: str
    meaning: str
    theme: str
    rows: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Theme(msgspec.Struct):
    """One .sql file: its statements as text, the themes it builds on, its facts in column order."""

    name: str
    text: str
    after: tuple[str, ...] = ()
    facts: list[Fact] = []

    def among(self, names: Collection[str]) -> list[Fact]:
        """Its facts that are among the names, in column order."""
        return [fact for fact in self.facts if fact.name in names]


@lru_cache(maxsize=1)
def themes() -> dict[str, Theme]:
    """All themes by name. Raises ValueError where a header is malformed or a fact exists twice."""
    found: dict[str, Theme] = {}
    seen: dict[str, str] = {}
    for file in sorted(os.listdir(FOLDER)):
        if not file.endswith(".sql"):
            continue
        with open(os.path.join(FOLDER, file), encoding="utf-8") as handle:
            theme = read_theme(file[:-4], handle.read())
        for fact in theme.facts:
            if fact.name in seen:
                raise ValueError(f"fact {fact.name} stands in {seen[fact.name]} and {theme.name}")
            seen[fact.name] = theme.name
        found[theme.name] = theme
    return found


def read_theme(name: str, text: str) -> Theme:
    """A theme from the text of its file; only the comment lines at its top are looked at."""
    theme = Theme(name, text)
    entries: list[list[str]] = []
    whole: tuple[str, ...] = ()
    special: dict[str, dict[str, tuple[str, ...]]] = {"rows-of": {}, "needs": {}, "roles": {}}
    for line in text.splitlines():
        if not line.startswith("-- "):
            break
        key, _, rest = line[3:].partition(": ")
        if key == "fact":
            entries.append([part.strip() for part in rest.split("|")])
        elif key == "after":
            theme.after = tuple(rest.split())
        elif key == "rows":
            whole = tuple(rest.split())
        elif key in special:
            left, _, right = rest.partition(" = ")
            for fact_name in left.split():
                special[key][fact_name] = tuple(right.split())
    for entry in entries:
        if len(entry) != 5 or entry[1] not in UNITS or entry[3] not in ("leads", "lags"):
            raise ValueError(f"{name}.sql: not name | unit | family | leads or lags | meaning: {entry}")
        fact_name, unit, family, kind, meaning = entry
        theme.facts.append(
            Fact(
                fact_name,
                unit,
                family,
                kind,
                meaning,
                name,
                rows=special["rows-of"].get(fact_name, whole),
                needs=special["needs"].get(fact_name, ()),
                roles=special["roles"].get(fact_name, ()),
            )
        )
    return theme


@lru_cache(maxsize=1)
def facts() -> dict[str, Fact]:
    """Every fact by name, in the order of themes and columns (per-metric facts are made on demand)."""
    return {fact.name: fact for theme in themes().values() for fact in theme.facts}


def fact(name: str) -> Fact | None:
    """The fact of that name, also a per-metric one such as usage_28d__logins; None if there is none."""
    if _is_per_metric(name):
        metric = name[len(PER_METRIC) :]
        return Fact(
            name,
            "number",
            "usage",
            "leads",
            f"sum of the metric {metric} over its last 28 covered days",
            "per_metric",
            rows=("usage",),
        )
    return facts().get(name)


def metric_fact(metric: str) -> str:
    """The name of a metric's own fact: usage_28d__ and the metric's name in small letters, digits and _."""
    slug = "".join(c if c.isascii() and c.isalnum() else "_" for c in metric.casefold())
    return PER_METRIC + slug


class FactNames(dict[str, NameType]):
    """Names and types for conditions; a per-metric fact counts as known, its metric may still come."""

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, name) or (isinstance(name, str) and _is_per_metric(name))

    def __missing__(self, name: str) -> NameType:
        if _is_per_metric(name):
            return NameType("number")
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default


def _is_per_metric(name: str) -> bool:
    """As metric_fact writes them; nothing else may become a column."""
    slug = name.removeprefix(PER_METRIC)
    return slug != name and re.fullmatch("[a-z0-9_]+", slug) is not None


def names(settings: Settings) -> FactNames:
    """What a condition may name, with types: "day" facts are dates, status lists its values."""
    known = FactNames()
    known["account_id"] = NameType("text")
    for one in facts().values():
        values = STATUSES if one.name == "status" else None
        known[one.name] = NameType("date" if one.unit == "day" else one.unit, values)
    return known
