"""The few things that every SQL engine says in its own way, written once as macros.

    @days(a, b)              whole days from b to a
    @add_days(d, n)          the day n days after d
    @add_months(d, n, k)     the day n months after d on anchor day k (NULL: d's own)
    @fold(x)                 text without capitals
    @is_gone_bill(x)         whether a word means that: every meaning of definitions/words.py
    @address(x)              an e-mail address as it is compared: small letters, its domain in one spelling
SQL files use the macros; another engine needs only another table below.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cs_cli.definitions.words import SCORES, WORDS, sql_test

# where anything but plain text can begin: a string, a quoted name, a comment, a macro
_BEGINS = re.compile(r"['\"@]|--|/\*")
_IN_CALL = re.compile(r"['\"(),]|--|/\*")

_SQLITE = {
    # julian days of two dates end in .5 alike, so the difference is exact
    "days": (2, "CAST(julianday({0}) - julianday({1}) AS INTEGER)"),
    "add_days": (2, "add_days({0}, {1})"),
    "add_months": (3, "add_months({0}, {1}, {2})"),
    "fold": (1, "fold({0})"),
    "address": (1, "address({0})"),
}


@lru_cache(maxsize=512)
def expand(sql: str) -> str:
    """The SQL with its macros replaced, also nested ones; strings and comments stay as they are.

    Raises ValueError for an unknown macro, a wrong number of arguments or an open parenthesis.
    """
    if "@" not in sql:
        return sql
    out: list[str] = []
    at = start = 0
    while found := _BEGINS.search(sql, at):
        at = found.start()
        skipped = _skip(sql, at)
        if skipped > at:
            at = skipped
        elif (name := _macro_name(sql, at + 1)):
            out.append(sql[start:at])
            arguments, at = _arguments(sql, at + 1 + len(name) + 1)
            out.append(_call(name, arguments))
            start = at
        else:
            at += 1
    out.append(sql[start:])
    return "".join(out)


def _macro_name(sql: str, at: int) -> str:
    end = at
    while end < len(sql) and (sql[end].isalpha() or sql[end] == "_"):
        end += 1
    return sql[at:end] if end > at and sql[end : end + 1] == "(" else ""


def _call(name: str, arguments: list[str]) -> str:
    meaning = name.removeprefix("is_")
    if meaning != name and (meaning in WORDS or meaning in SCORES):
        if len(arguments) != 1:
            raise ValueError(f"@{name} takes 1 argument, not {len(arguments)}")
        return expand(sql_test(meaning, arguments[0].strip()))
    if name not in _SQLITE:
        raise ValueError(f"no such SQL macro: @{name}")
    count, template = _SQLITE[name]
    if len(arguments) != count:
        raise ValueError(f"@{name} takes {count} arguments, not {len(arguments)}")
    return template.format(*(expand(argument.strip()) for argument in arguments))


def _arguments(sql: str, at: int) -> tuple[list[str], int]:
    """The arguments from just after the opening parenthesis, and where the call ends."""
    arguments: list[str] = []
    depth, start = 1, at
    while found := _IN_CALL.search(sql, at):
        at = found.start()
        skipped = _skip(sql, at)
        if skipped > at:
            at = skipped
            continue
        c = sql[at]
        if c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                arguments.append(sql[start:at])
                return arguments, at + 1
        elif c == "," and depth == 1:
            arguments.append(sql[start:at])
            start = at + 1
        at += 1
    raise ValueError("a SQL macro is not closed")


def _skip(sql: str, at: int) -> int:
    """Where the string, quoted name or comment that begins here ends; `at` when none begins."""
    c = sql[at]
    if c in "'\"":
        end = sql.find(c, at + 1)
        return len(sql) if end < 0 else end + 1
    if sql.startswith("--", at):
        end = sql.find("\n", at)
        return len(sql) if end < 0 else end + 1
    if sql.startswith("/*", at):
        end = sql.find("*/", at + 2)
        return len(sql) if end < 0 else end + 2
    return at
