"""A condition's tree as SQL: portable, values bound, three-valued (1, 0 or NULL)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cs_cli.definitions.conditions.nodes import (
    Among,
    Arithmetic,
    Call,
    Compare,
    Every,
    Fact,
    Literal,
    Missing,
    Negative,
    Node,
    Not,
    Some,
    exact,
)

Column = Callable[[str], str]
_OPS = {"==": "=", "!=": "<>"}


class Params:
    """The values bound by one statement; several conditions may share one Params."""

    def __init__(self, prefix: str = "p") -> None:
        self.prefix = prefix
        self.values: dict[str, Any] = {}
        self._names: dict[tuple[type, Any], str] = {}

    def bind(self, value: Any) -> str:
        """The placeholder (":p1") of value; an equal value is bound once."""
        if isinstance(value, bool):
            value = int(value)
        known = self._names.get((type(value), value))
        if known is None:
            known = f"{self.prefix}{len(self.values) + 1}"
            self.values[known] = value
            self._names[type(value), value] = known
        return f":{known}"


def quoted(name: str) -> str:
    """A fact's column under its own name."""
    return f'"{name}"'


def to_sql(node: Node, params: Params, column: Column = quoted) -> str:
    """The SQL of a checked tree; a flag is 1, 0 or NULL."""
    def sql(part: Node) -> str:
        return to_sql(part, params, column)

    match node:
        case Literal(type="flag", value=value):
            return "1" if value else "0"
        case Literal(value=value):
            return params.bind(value)
        case Fact(type="flag", name=name):
            return f"({column(name)} = 1)"
        case Fact(name=name):
            return column(name)
        case Negative(of=of):
            return f"(- {sql(of)})"
        case Arithmetic(op="/", left=left, right=right):
            return f"({sql(left)} * 1.0 / NULLIF({sql(right)}, 0))"
        case Arithmetic(op=op, left=left, right=right):
            return f"({sql(left)} {op} {sql(right)})"
        case Every(parts=parts):
            return "(" + " AND ".join(sql(part) for part in parts) + ")"
        case Some(parts=parts):
            return "(" + " OR ".join(sql(part) for part in parts) + ")"
        case Not(of=of):
            return f"(NOT {sql(of)})"
        case Missing(of=of, negated=negated):
            return f"({sql(of)} IS {'NOT ' if negated else ''}NULL)"
        case Compare():
            return _compare(node, params, column)
        case Among():
            return _among(node, params, column)
        case Call():
            return _call(node, params, column)
    raise TypeError(f"no SQL for {type(node).__name__}")


def _side(part: Node, folded: bool, params: Params, column: Column) -> str:
    if not folded:
        return to_sql(part, params, column)
    if isinstance(part, Literal):
        return params.bind(part.value.casefold())
    return f"fold({to_sql(part, params, column)})"


def _compare(node: Compare, params: Params, column: Column) -> str:
    pairs = []
    for i, op in enumerate(node.ops):
        left, right = node.parts[i], node.parts[i + 1]
        if left.many or right.many:
            tags, tag = (left, right) if left.many else (right, left)
            has = _has_tag(tags, tag, params, column)
            pairs.append(has if op == "==" else f"(NOT {has})")
            continue
        folded = left.type == "text" and not exact(left, right)
        pairs.append(f"({_side(left, folded, params, column)} {_OPS.get(op, op)} "
                     f"{_side(right, folded, params, column)})")
    return pairs[0] if len(pairs) == 1 else "(" + " AND ".join(pairs) + ")"


def _has_tag(tags: Node, tag: Node, params: Params, column: Column) -> str:
    assert isinstance(tag, Literal)
    return f"(instr(fold({to_sql(tags, params, column)}), {params.bind(f',{tag.value.casefold()},')}) > 0)"


def _among(node: Among, params: Params, column: Column) -> str:
    if node.of.many:
        found = [_has_tag(node.of, Literal("", "text", value=value), params, column)
                 for value in node.options]
        either = "(" + " OR ".join(found) + ")"
        return f"(NOT {either})" if node.negated else either
    folded = node.of.type == "text" and node.of.values is None
    values = [value.casefold() if folded else value for value in node.options]
    listed = ", ".join(params.bind(value) for value in values)
    return f"({_side(node.of, folded, params, column)} {'NOT ' if node.negated else ''}IN ({listed}))"


def _call(node: Call, params: Params, column: Column) -> str:
    args = [to_sql(argument, params, column) for argument in node.args[:1 if node.name == "round" else None]]
    match node.name:
        case "min" | "max":
            # Both comparisons are unknown when either side is, and CASE then gives NULL.
            result = args[0]
            below, above = ("<=", "<") if node.name == "min" else (">=", ">")
            for other in args[1:]:
                result = (f"(CASE WHEN {result} {below} {other} THEN {result} "
                          f"WHEN {other} {above} {result} THEN {other} END)")
            return result
        case "abs":
            return f"ABS({args[0]})"
        case "round":
            digits = node.args[1].value if len(node.args) == 2 and isinstance(node.args[1], Literal) else 0
            if not digits:
                return f"ROUND({args[0]})"
            scale = params.bind(float(10 ** int(digits)))
            return f"(ROUND({args[0]} * {scale}) / {scale})"
        case "lower":
            return f"fold({args[0]})"
        case "coalesce":
            return "COALESCE(" + ", ".join(args) + ")"
    where, part = node.args
    assert isinstance(part, Literal)
    if where.many:
        return _has_tag(where, part, params, column)
    text = part.value.casefold()
    if node.name == "contains":
        return f"(instr(fold({args[0]}), {params.bind(text)}) > 0)"
    return f"(substr(fold({args[0]}), 1, {params.bind(len(text))}) = {params.bind(text)})"
