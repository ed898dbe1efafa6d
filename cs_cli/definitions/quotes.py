"""Where a quotation mark was opened and never closed: the parser itself stumbles only over what comes behind."""

from __future__ import annotations


def open_quote(lines: list[str]) -> tuple[int, int] | None:
    """Line and column, from 1, of the first value whose quotation mark is not closed where a value can end."""
    at = 0
    while at < len(lines):
        body = lines[at].lstrip(" -")
        _, colon, value = body.partition(": ")
        value = (value if colon else body).lstrip()
        if value.startswith('"'):
            end = _closing(lines, at, len(lines[at]) - len(value) + 1)
            rest = lines[end[0]][end[1]:].strip() if end is not None else "?"
            if end is None or (end[0] > at and rest and rest[0] not in "#,]}"):
                return at + 1, len(lines[at]) - len(value) + 1
            at = end[0]
        at += 1
    return None


def _closing(lines: list[str], at: int, column: int) -> tuple[int, int] | None:
    """Line (from 0) and column behind the next quotation mark that no backslash escapes."""
    while at < len(lines):
        while column < len(lines[at]):
            if lines[at][column] == "\\":
                column += 1
            elif lines[at][column] == '"':
                return at, column + 1
            column += 1
        at, column = at + 1, 0
    return None
