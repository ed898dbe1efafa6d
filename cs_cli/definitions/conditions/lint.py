"""What can be said of a condition before any account is looked at."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce

from msgspec.structs import replace

from cs_cli.definitions.conditions.evaluate import value_of
from cs_cli.definitions.conditions.nodes import (
    Call,
    Compare,
    Every,
    Literal,
    Missing,
    Node,
    Not,
    Some,
    children,
)
from cs_cli.definitions.conditions.say import fact_names

Truths = frozenset[bool | None]
ANY: Truths = frozenset({True, False, None})


def possible(node: Node, known: Collection[str]) -> Truths:
    """The truths a condition can take when only the facts in `known` ever have a value."""
    if not fact_names(node):
        return frozenset({value_of(node, {})})
    match node:
        case Not(of=of):
            return _turned(possible(of, known))
        case Every(parts=parts):
            return reduce(_both, (possible(part, known) for part in parts))
        case Some(parts=parts):
            return _turned(reduce(_both, (_turned(possible(part, known)) for part in parts)))
        case Compare(ops=ops, parts=parts) if len(ops) > 1:
            links = (replace(node, ops=(op,), parts=parts[i:i + 2]) for i, op in enumerate(ops))
            return reduce(_both, (possible(link, known) for link in links))
        case Missing(of=of, negated=negated):
            return frozenset({True, False}) if can_be_known(of, known) else frozenset({not negated})
        case _:
            return ANY if can_be_known(node, known) else frozenset({None})


def can_be_known(node: Node, known: Collection[str]) -> bool:
    """Whether the node can ever have a value."""
    if isinstance(node, Literal):
        return True
    if isinstance(node, Every | Some | Not | Missing):
        return possible(node, known) != frozenset({None})
    if isinstance(node, Call) and node.name == "coalesce":
        return any(can_be_known(argument, known) for argument in node.args)
    below = children(node)
    if not below:
        return all(name in known for name in fact_names(node))
    return all(can_be_known(part, known) for part in below)


def _turned(truths: Truths) -> Truths:
    return frozenset(None if truth is None else not truth for truth in truths)


def _both(left: Truths, right: Truths) -> Truths:
    return frozenset(
        False if a is False or b is False else None if a is None or b is None else True
        for a in left for b in right
    )
