"""The text of the theme files as statements: split, macros expanded, parameters named."""

from __future__ import annotations

import re
from functools import lru_cache

from cs_cli.store.dialect import expand

_PARAMETER = re.compile(r"(?<![\w:]):([a-z_][a-z0-9_]*)")
_CREATED = re.compile(r"CREATE TEMP TABLE (\w+)")


@lru_cache(maxsize=64)
def statements(text: str) -> tuple[str, ...]:
    """The file's statements without comments, in order, with our macros and the dialect's expanded."""
    lines = [
        line.split("--", 1)[0] if "'" not in line.split("--", 1)[0] or "--" not in line else line
        for line in text.splitlines()
        if not line.lstrip().startswith("--")
    ]
    parts = [part.strip() for part in "\n".join(lines).split(";")]
    return tuple(expand(_own_macros(part)) for part in parts if part)


@lru_cache(maxsize=256)
def parameters(statement: str) -> frozenset[str]:
    """Names of the :parameters of a statement (those inside its strings too; none are written so)."""
    return frozenset(_PARAMETER.findall(statement))


def created_table(statement: str) -> str | None:
    """The table that a CREATE TEMP TABLE statement makes, else None."""
    match = _CREATED.match(statement)
    return match.group(1) if match else None


def _own_macros(sql: str) -> str:
    """@months(a, b): calendar months from b to a; @working_days(a, b): working days after b up to and including a, from
    TEMP TABLE working_day; @first(column): the first source's value that is known."""
    while (at := sql.rfind("@working_days(")) >= 0:
        a, b, end = _two_arguments(sql, at + len("@working_days("))
        sql = f"{sql[:at]}CASE WHEN {a} IS NOT NULL AND {b} IS NOT NULL THEN {_worked(a)} - {_worked(b)} END{sql[end:]}"
    while (at := sql.rfind("@months(")) >= 0:
        a, b, end = _two_arguments(sql, at + len("@months("))
        sql = (
            f"{sql[:at]}((CAST(substr({a}, 1, 4) AS INTEGER) - CAST(substr({b}, 1, 4) AS INTEGER)) * 12"
            f" + CAST(substr({a}, 6, 2) AS INTEGER) - CAST(substr({b}, 6, 2) AS INTEGER)){sql[end:]}"
        )
    return re.sub(
        r"@first\((\w+)\)",
        r"CASE WHEN r.copies = 1 THEN r.\1 ELSE coalesce(r.\1, (SELECT x.\1 FROM account_row x "
        r"WHERE x.account = p.account AND x.\1 IS NOT NULL ORDER BY x.n LIMIT 1)) END",
        sql,
    )


def _worked(day: str) -> str:
    return f"coalesce((SELECT w.n FROM working_day w WHERE w.day <= {day} ORDER BY w.day DESC LIMIT 1), 0)"


def _two_arguments(sql: str, start: int) -> tuple[str, str, int]:
    depth, comma, at = 1, -1, start
    while depth:
        c = sql[at]
        if c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
        elif c == "," and depth == 1:
            comma = at
        at += 1
    return sql[start:comma].strip(), sql[comma + 1 : at - 1].strip(), at
