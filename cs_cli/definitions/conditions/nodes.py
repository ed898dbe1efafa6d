"""The typed tree a condition becomes. Every node knows the text it stands for.

Values of type "flag" are the truths; all others are numbers or text. Names of columns,
values and functions were checked before a node exists, so the compilers need not.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Node(msgspec.Struct, frozen=True):
    text: str                               # as written
    type: str                               # a NameType type, or "plain" / "percent" for written numbers
    values: tuple[str, ...] | None = None   # the declared spellings, for text that has them
    many: bool = False


class Literal(Node, frozen=True):
    value: Any = None


class Fact(Node, frozen=True):
    name: str = ""


class Negative(Node, frozen=True):
    of: Node = None  # type: ignore[assignment]


class Arithmetic(Node, frozen=True):
    op: str = "+"                           # + - * /
    left: Node = None  # type: ignore[assignment]
    right: Node = None  # type: ignore[assignment]


class Call(Node, frozen=True):
    """min max abs round lower coalesce contains starts_with."""

    name: str = ""
    args: tuple[Node, ...] = ()


class Compare(Node, frozen=True):
    """`a < b <= c`: operators between successive parts; `exact` when text needs no folding."""

    ops: tuple[str, ...] = ()               # == != < <= > >=
    parts: tuple[Node, ...] = ()


class Among(Node, frozen=True):
    """`x in ("a", "b")`; `negated` for `not in`."""

    of: Node = None  # type: ignore[assignment]
    options: tuple[Any, ...] = ()
    negated: bool = False


class Missing(Node, frozen=True):
    of: Node = None  # type: ignore[assignment]
    negated: bool = False


class Every(Node, frozen=True):
    parts: tuple[Node, ...] = ()            # and


class Some(Node, frozen=True):
    parts: tuple[Node, ...] = ()            # or


class Not(Node, frozen=True):
    of: Node = None  # type: ignore[assignment]


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order they were written."""
    match node:
        case Negative(of=of) | Among(of=of) | Missing(of=of) | Not(of=of):
            return (of,)
        case Arithmetic(left=left, right=right):
            return (left, right)
        case Call(args=args):
            return args
        case Compare(parts=parts) | Every(parts=parts) | Some(parts=parts):
            return parts
        case _:
            return ()


def exact(*parts: Node) -> bool:
    """Whether texts compare as they stand: one has declared spellings and the literals took them."""
    declared = {part.values for part in parts if part.values is not None}
    return len(declared) == 1 and all(part.values is not None or isinstance(part, Literal) for part in parts)


def weight(node: Node) -> int:
    """How large the node's SQL is, in nodes."""
    below = sum(weight(child) for child in children(node))
    return 1 + (3 * below if getattr(node, "name", "") in ("min", "max") else 2 * below
                if isinstance(node, Compare) and len(node.ops) > 1 else below)
