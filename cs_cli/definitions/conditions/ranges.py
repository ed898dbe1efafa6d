"""Conditions that exclude themselves: x > 5 and x < 3, tier == "A" and tier == "B".

Only comparisons of one fact with a written value are looked at, so what is said here is always
right, but not everything that is impossible is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cs_cli.definitions.conditions.nodes import Among, Compare, Every, Fact, Literal, Negative, Node, Not, Some

_TURNED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
Limit = tuple[str, str, Any]        # fact, operator, value
MOST = 200                          # parts of one `and` that are compared


def impossible(node: Node, turned: bool = False) -> bool:
    """Whether the condition (or its opposite) can hold for no values at all, however known they are."""
    if isinstance(node, Not):
        return impossible(node.of, not turned)
    together = isinstance(node, Some if turned else Every)
    if isinstance(node, Every | Some) and not together:
        return all(impossible(part, turned) for part in node.parts)
    parts = list(_together(node, turned))
    if any(impossible(part, flipped) for part, flipped in parts if part is not node and isinstance(part, Every | Some)):
        return True
    limits = [limit for part, flipped in parts for limit in _limits(part, flipped)]
    return len(limits) <= MOST and _empty(limits)


def _together(node: Node, turned: bool) -> Iterator[tuple[Node, bool]]:
    """The parts that must all hold, each with whether its opposite is meant."""
    if isinstance(node, Not):
        yield from _together(node.of, not turned)
    elif isinstance(node, Some if turned else Every):
        for part in node.parts:
            yield from _together(part, turned)
    else:
        yield node, turned


def _limits(node: Node, turned: bool) -> Iterator[Limit]:
    match node:
        case Compare(ops=ops, parts=parts):
            if turned and len(ops) > 1:
                return      # the opposite of a chain is an "or"
            for op, left, right in zip(ops, parts, parts[1:], strict=False):
                op = _TURNED[op] if turned else op
                if isinstance(left, Fact) and not left.many and (found := _value(right)) is not None:
                    yield left.name, op, found[0]
                elif isinstance(right, Fact) and not right.many and (found := _value(left)) is not None:
                    yield right.name, _FLIPPED[op], found[0]
        case Among(of=Fact(many=False) as fact, options=options, negated=negated):
            yield fact.name, "out" if negated != turned else "in", frozenset(_folded(one) for one in options)
        case Fact(type="flag", name=name):
            yield name, "==", not turned


def _value(node: Node) -> tuple[Any] | None:
    if isinstance(node, Negative) and isinstance(node.of, Literal):
        return (-node.of.value,)
    return (_folded(node.value),) if isinstance(node, Literal) else None


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _empty(limits: list[Limit]) -> bool:
    """Whether no value of some fact meets all its limits."""
    facts: dict[str, list[tuple[str, Any]]] = {}
    for name, op, value in limits:
        facts.setdefault(name, []).append((op, value))
    return any(_no_value(found) for found in facts.values())


def _no_value(limits: list[tuple[str, Any]]) -> bool:
    fixed = [frozenset((value,)) if op == "==" else value for op, value in limits if op in ("==", "in")]
    if fixed:
        return not any(_meets(value, limits) for value in frozenset.intersection(*fixed))
    low = max((value for op, value in limits if op in (">", ">=")), default=None)
    high = min((value for op, value in limits if op in ("<", "<=")), default=None)
    if low is None or high is None:
        return False
    return bool(low > high or (low == high and not _meets(low, limits)))


def _meets(value: Any, limits: list[tuple[str, Any]]) -> bool:
    for op, limit in limits:
        kept = (value in limit if op == "in" else value not in limit if op == "out" else value == limit if op == "=="
                else value != limit if op == "!=" else value < limit if op == "<" else value <= limit if op == "<="
                else value > limit if op == ">" else value >= limit)
        if not kept:
            return False
    return True
