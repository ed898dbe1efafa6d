"""Why a condition holds: its atoms with the facts' values, and one line of the ones that made it true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cs_cli.definitions.conditions.evaluate import Facts, value_of
from cs_cli.definitions.conditions.nodes import Every, Node, Not, Some, children
from cs_cli.definitions.conditions.say import fact_names, say, words

WORDS = {True: "true", False: "false", None: "unknown"}


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


def reasons(node: Node, facts: Facts) -> list[tuple[str, str]]:
    """(first fact, words) of every atom that decided the truth, such as ("tier", "tier A"), each once."""
    truth = value_of(node, facts)
    if truth is None:
        unknown = [name for leaf in _leaves(node) if value_of(leaf, facts) is None
                   for name in fact_names(leaf) if facts.get(name) is None]
        return [(name, f"{words(name)} unknown") for name in dict.fromkeys(unknown)]
    said = ((next(iter(fact_names(leaf)), ""), say(leaf, facts)) for leaf in _deciding(node, facts))
    return list(dict.fromkeys(said))


def because(node: Node, facts: Facts) -> str:
    """The atoms that decided the truth, such as `overdue 34 days (more than 30); tier A`."""
    return "; ".join(text for _, text in reasons(node, facts))


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
