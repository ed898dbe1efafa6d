"""What the parser stumbled over, and where: often not the place where it noticed, but one before it."""

from __future__ import annotations

from typing import Any


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


def glued(lines: list[str], line: int) -> tuple[int, int] | None:
    """Where `key:value` without a space stands, in the line or the one above: the parser takes it for one long text."""
    above = next((at for at in range(line - 1, 0, -1) if lines[at - 1].strip()), line)
    for at in (line, above):
        key, colon, value = lines[at - 1].partition(":") if at <= len(lines) else ("", "", "")
        if colon and value[:1].strip() and key.lstrip(" -").isidentifier():
            return at, len(key) + 2
    return None


def plain(error: Any, lines: list[str], line: int, column: int) -> str:
    """What the parser could not read, in words of the writer's side."""
    problem = str(error.problem or "is not YAML")
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\\t" in problem or "\t" in shown[:len(shown) - len(shown.lstrip())]:
        return "a tab stands where only spaces may; indent with spaces"
    if "mapping values are not allowed" in problem:
        return "a colon stands inside a text that is not quoted, or the line is indented wrongly"
    if "quoted scalar" in str(error.context or "") or "unexpected end of stream" in problem:
        return "a quotation mark is never closed"
    if "cannot start any token" in problem:
        return "a text that starts with this character must be quoted"
    starts = column <= len(shown) - len(shown.lstrip()) + 1
    if "expected key" in problem and starts:
        return "this line is indented differently from the ones it belongs to"
    if "block end" in problem or "expected <document start>" in problem:
        return "this line is indented differently from the ones it belongs to"
    if "expected key" in problem or "expected ',' or" in problem:
        return "a quotation mark, a comma or a closing bracket is missing before this place"
    return f"is not YAML: {problem}"
