"""Why a condition holds: its atoms with the facts' values, and one line of the ones that made it true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cs_cli.definitions.conditions.evaluate import Facts, value_of
from cs_cli.definitions.conditions.nodes import (
    Among,
    Compare,
    Every,
    Fact,
    Literal,
    Missing,
    Node,
    Not,
    Some,
    children,
)


@dataclass(frozen=True)
class Atom:
    """One indivisible part: its text, its first fact and that fact's value, and its truth (None: unknown)."""

    text: str
    name: str | None
    value: Any
    truth: bool | None


def atoms(node: Node, facts: Facts) -> list[Atom]:
    """Every atom of a checked tree in the order written."""
    found = []
    for leaf in _leaves(node):
        name = next(iter(fact_names(leaf)), None)
        value = facts.get(name) if name is not None else None
        found.append(Atom(leaf.text, name, value, value_of(leaf, facts)))
    return found


def because(node: Node, facts: Facts) -> str:
    """The atoms that decided the truth, such as `overdue_days 34 > 30; tier A`."""
    truth = value_of(node, facts)
    if truth is None:
        unknown = [name for leaf in _leaves(node) if value_of(leaf, facts) is None
                   for name in fact_names(leaf) if facts.get(name) is None]
        return "; ".join(f"{name} unknown" for name in dict.fromkeys(unknown))
    said = (_say(leaf, facts) for leaf in _deciding(node, facts))
    return "; ".join(dict.fromkeys(said))


def fact_names(node: Node) -> list[str]:
    """The facts below node in the order written, each once."""
    names: dict[str, None] = {}
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Fact):
            names[part.name] = None
        waiting.extend(reversed(children(part)))
    return list(names)


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, Every | Some | Not):
        for child in children(node):
            yield from _leaves(child)
    else:
        yield node


def _deciding(node: Node, facts: Facts) -> Iterator[Node]:
    """The leaves whose truth made the whole what it is."""
    if isinstance(node, Not):
        yield from _deciding(node.of, facts)
    elif isinstance(node, Every | Some):
        whole = value_of(node, facts)
        for part in node.parts:
            if value_of(part, facts) is whole:
                yield from _deciding(part, facts)
    else:
        yield node


def _say(leaf: Node, facts: Facts) -> str:
    truth = value_of(leaf, facts)
    match leaf:
        case Compare(ops=(op,), parts=(Fact() as fact, Literal() as literal)):
            shown = show(facts.get(fact.name), fact)
            if fact.many:
                return leaf.text if truth else f"not {leaf.text}"
            if fact.type == "text" or (fact.type == "flag"):
                return f"{fact.name} {shown}"
            return f"{fact.name} {shown} {_opposite(op, truth)} {literal.text}"
        case Compare(ops=(_, _), parts=(Literal() as low, Fact() as fact, Literal() as high)) if truth:
            return f"{fact.name} {show(facts.get(fact.name), fact)} ({low.text} to {high.text})"
        case Among(of=Fact(many=False) as fact):
            return f"{fact.name} {show(facts.get(fact.name), fact)}"
        case Missing(of=Fact() as fact):
            value = facts.get(fact.name)
            return f"{fact.name} missing" if value is None else f"{fact.name} {show(value, fact)}"
        case Fact():
            return f"{leaf.name} {show(facts.get(leaf.name), leaf)}"
    values = [f"{name} {_plain(facts.get(name))}" for name in fact_names(leaf)]
    known = f" ({', '.join(values)})" if values else ""
    return f"{'' if truth else 'not '}{leaf.text}{known}"


def _opposite(op: str, truth: bool | None) -> str:
    """The operator that is true of the values, when the written one is not."""
    if truth:
        return op
    return {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}[op]


def show(value: Any, fact: Fact) -> str:
    """A fact's value as people write it: -42%, 12,300, yes."""
    if value is None:
        return "unknown"
    if fact.type == "flag":
        return "yes" if value == 1 else "no"
    if fact.type == "ratio" and isinstance(value, int | float):
        return f"{value * 100:.1f}".removesuffix(".0") + "%"
    if fact.type == "money" and isinstance(value, int | float):
        return f"{value:,.2f}".removesuffix(".00")
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def known_facts(facts: Mapping[str, Any]) -> frozenset[str]:
    """The names of the facts that have a value."""
    return frozenset(name for name, value in facts.items() if value is not None)
