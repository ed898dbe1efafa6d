"""A condition's tree on the facts of one account, in Python: the twin of sql.py, three-valued."""

from __future__ import annotations

import math
from collections.abc import Mapping
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

Facts = Mapping[str, Any]


def value_of(node: Node, facts: Facts) -> Any:
    """The node's value: bool, number or text; None is unknown."""
    match node:
        case Literal(value=value):
            return value
        case Fact(type="flag", name=name):
            flag = facts.get(name)
            return None if flag is None else bool(flag == 1)
        case Fact(name=name):
            found = facts.get(name)
            # REAL has no NaN in SQL: it is stored as NULL
            return None if isinstance(found, float) and math.isnan(found) else found
        case Negative(of=of):
            number = value_of(of, facts)
            return None if number is None else -number
        case Arithmetic(op=op, left=left, right=right):
            return _arithmetic(op, value_of(left, facts), value_of(right, facts))
        case Every(parts=parts):
            return _every(value_of(part, facts) for part in parts)
        case Some(parts=parts):
            return _not(_every(_not(value_of(part, facts)) for part in parts))
        case Not(of=of):
            return _not(value_of(of, facts))
        case Missing(of=of, negated=negated):
            return (value_of(of, facts) is None) != negated
        case Compare():
            return _every(pair(node, i, facts) for i in range(len(node.ops)))
        case Among():
            return _among(node, facts)
        case Call():
            return _call(node, facts)
    raise TypeError(f"no value for {type(node).__name__}")


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _every(truths: Any) -> bool | None:
    result: bool | None = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def _arithmetic(op: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    result: int | float
    if op == "/":
        if right == 0:
            return None
        result = float(left) * 1.0 / right
    else:
        def apply(a: Any, b: Any) -> Any:
            return a + b if op == "+" else a - b if op == "-" else a * b

        result = apply(left, right)
        if isinstance(result, int) and not -2**63 <= result < 2**63:    # SQL's integers end there
            result = apply(float(left), float(right))
    return None if isinstance(result, float) and math.isnan(result) else result


def pair(node: Compare, i: int, facts: Facts) -> bool | None:
    """The truth of the i-th comparison of a chain."""
    op, left, right = node.ops[i], node.parts[i], node.parts[i + 1]
    a, b = value_of(left, facts), value_of(right, facts)
    if a is None or b is None:
        return None
    if left.many or right.many:
        tags, tag = (a, b) if left.many else (b, a)
        return has_tag(tags, tag) == (op == "==")
    if left.type == "text" and not exact(left, right):
        a, b = a.casefold(), b.casefold()
    match op:
        case "==":
            return bool(a == b)
        case "!=":
            return bool(a != b)
        case "<":
            return bool(a < b)
        case "<=":
            return bool(a <= b)
        case ">":
            return bool(a > b)
    return bool(a >= b)


def has_tag(tags: str, tag: str) -> bool:
    """Whether ",a,b," holds the tag."""
    return f",{tag.casefold()}," in tags.casefold()


def _among(node: Among, facts: Facts) -> bool | None:
    value = value_of(node.of, facts)
    if value is None:
        return None
    if node.of.many:
        found = any(has_tag(value, option) for option in node.options)
    elif node.of.type == "text" and node.of.values is None:
        found = value.casefold() in {option.casefold() for option in node.options}
    else:
        found = value in node.options
    return found != node.negated


def _round(value: float) -> float:
    """Half away from zero, as SQL's ROUND does it."""
    if not -4503599627370496.0 <= value <= 4503599627370496.0:
        return float(value)
    return float(math.trunc(value + (-0.5 if value < 0 else 0.5)))


def _call(node: Call, facts: Facts) -> Any:
    args = [value_of(argument, facts) for argument in node.args]
    if node.name == "coalesce":
        return next((value for value in args if value is not None), None)
    if any(value is None for value in args):
        return None
    match node.name:
        case "min":
            return min(args)
        case "max":
            return max(args)
        case "abs":
            return abs(args[0])
        case "round":
            scale = float(10 ** int(args[1])) if len(args) == 2 else 1.0
            return _round(args[0] * scale) / scale if scale != 1.0 else _round(args[0])
        case "lower":
            return args[0].casefold()
        case "contains" if node.args[0].many:
            return has_tag(args[0], args[1])
        case "contains":
            return args[1].casefold() in args[0].casefold()
        case "starts_with":
            return args[0].casefold().startswith(args[1].casefold())
    raise TypeError(f"no function {node.name}")
