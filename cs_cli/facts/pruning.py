"""A theme's statements cut down to the facts that are asked for.

The last statement of a theme is one SELECT: its facts, FROM population, LEFT JOINs of one row per account.
A fact that nobody wants goes; then the joins that only it used, then the WITH tables and the TEMP tables that
nothing left reads. The rest gives the same values, since a LEFT JOIN of one row per account adds and drops no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from cs_cli.facts import sqltext

_MADE = re.compile(r"CREATE TEMP TABLE (\w+)|INSERT INTO (\w+)|CREATE INDEX temp\.\w+ ON (\w+)")
_TABLE = re.compile(r"(\w+) AS \(")
_JOIN = re.compile(r"LEFT JOIN (?:\w+ )??(\w+) ON\b")
_NAMED = re.compile(r"(?:\bAS |\.)(\w+)$")
_READS = re.compile(r"\bfact_(\w+) (\w+) ON\b")
_MARK = re.compile(r"'[^']*'|[()]")


@lru_cache(maxsize=256)
def prune(text: str, wanted: frozenset[str]) -> tuple[str, ...]:
    """The statements of a theme file that give the wanted facts, in order. Raises ValueError where one is not of the
    form that themes have."""
    *before, last = sqltext.statements(text)
    kept = [_facts(last, wanted)]
    for statement in reversed(before):
        made = _MADE.match(statement)
        if made is None:
            raise ValueError(f"neither makes nor fills a TEMP table: {statement[:60]}")
        if _mention(kept, next(filter(None, made.groups()))):
            kept.insert(0, statement)
    return tuple(kept)


def columns_read(statements: Iterable[str]) -> dict[str, set[str]]:
    """Theme → facts of its that these statements read from its table fact_<theme>."""
    found: dict[str, set[str]] = {}
    for statement in statements:
        for theme, alias in _READS.findall(statement):
            found.setdefault(theme, set()).update(re.findall(rf"\b{alias}\.(\w+)", statement))
    return {theme: names - {"account"} for theme, names in found.items()}


def _facts(sql: str, wanted: frozenset[str]) -> str:
    """The SELECT of facts, of the wanted ones only."""
    outer = _outer(sql)
    start = outer.index("\nSELECT ") + 1 if outer.startswith("WITH ") else 0
    source = outer.index("\nFROM population p", start)
    commas = [start + len("SELECT"), *(at for at in range(start, source) if outer[at] == ","), source]
    account, *facts = (sql[a + 1 : b].strip() for a, b in pairwise(commas))
    items = [account, *(item for item in facts if _name(item) in wanted)]
    first_join = outer.find("\nLEFT JOIN ", source)
    population = sql[source : first_join if first_join >= 0 else len(sql)]
    joins = _joins_read(items, _cut(sql, [match.start() for match in re.finditer(r"\nLEFT JOIN ", outer)]))
    body = "\n".join(["SELECT " + ", ".join(items), population.strip(), *joins])
    return _tables_read(_cut(sql[:start], [match.start() for match in _TABLE.finditer(outer[:start])]), body) + body


def _name(item: str) -> str:
    match = _NAMED.search(item)
    return match.group(1) if match else item


def _joins_read(items: list[str], joins: list[str]) -> list[str]:
    """The joins whose alias is used by the items or by another join that is."""
    while True:
        texts = [*items, *joins]
        left = [one for one in joins if any(f"{_alias(one)}." in other for other in texts if other != one)]
        if len(left) == len(joins):
            return left
        joins = left


def _alias(join: str) -> str:
    match = _JOIN.match(join)
    if match is None:
        raise ValueError(f"no plain LEFT JOIN: {join[:60]}")
    return match.group(1)


def _tables_read(tables: list[str], body: str) -> str:
    """WITH and the tables that the body needs, themselves or through later ones; empty without any."""
    kept: list[str] = []
    for table in reversed(tables):
        if _mention([body, *kept], table.partition(" ")[0]):
            kept.insert(0, table.rstrip(","))
    return "WITH " + ",\n".join(kept) + "\n" if kept else ""


def _mention(texts: Iterable[str], name: str) -> bool:
    return any(re.search(rf"\b{name}\b", text) for text in texts)


def _cut(sql: str, at: list[int]) -> list[str]:
    """The text from each place up to the next, stripped."""
    return [sql[a:b].strip() for a, b in pairwise([*at, len(sql)])]


def _outer(sql: str) -> str:
    """The text with everything inside parentheses and strings blanked out, at the same width."""
    shown: list[str] = []
    depth, at = 0, 0
    for match in _MARK.finditer(sql):
        between = sql[at : match.start()]
        shown.append(between if depth == 0 else " " * len(between))
        mark = match.group()
        depth -= mark == ")"
        shown.append(mark if depth == 0 and mark in "()" else " " * len(mark))
        depth += mark == "("
        at = match.end()
    return "".join(shown) + sql[at:]
