"""The functions of the condition language: how many values each takes and what it gives."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cs_cli.definitions.conditions.names import NUMERIC, WORDS, common_type
from cs_cli.definitions.conditions.nodes import Call, Literal, Node

if TYPE_CHECKING:
    from cs_cli.definitions.conditions.checker import Checker

FUNCTIONS = {       # name -> fewest and most arguments
    "min": (2, 8), "max": (2, 8), "abs": (1, 1), "round": (1, 2), "lower": (1, 1),
    "contains": (2, 2), "starts_with": (2, 2), "coalesce": (2, 8),
}


def make_call(checker: Checker, at: ast.Call, name: str, args: list[Node]) -> Node | None:
    """The node of a call with its arguments checked; None after recording a fault on the checker."""
    fewest, most = FUNCTIONS[name]
    if not fewest <= len(args) <= most:
        wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
        checker.fault("DEF-048", f"{name} takes {wanted} values, not {len(args)}", at)
        return None
    if name in ("contains", "starts_with"):
        return _search(checker, at, name, args)
    if name == "lower":
        if args[0].type != "text" or args[0].many:
            checker.fault("DEF-048", f"lower needs text; {args[0].text} is {WORDS[args[0].type]}", at)
            return None
        return Call(checker.text(at), "text", name=name, args=tuple(args))
    if name == "coalesce":
        return _coalesce(checker, at, args)
    for argument, place in zip(args, at.args, strict=True):
        if argument.type not in NUMERIC:
            checker.fault("DEF-048", f"{name} needs numbers; {argument.text} is {WORDS[argument.type]}",
                          place)
            return None
    if name == "round" and len(args) == 2:
        digits = args[1]
        if not isinstance(digits, Literal) or digits.value not in (0, 1, 2, 3, 4, 5, 6):
            checker.fault("DEF-048", "round takes a written number of decimals, 0 to 6", at.args[1])
            return None
        return Call(checker.text(at), args[0].type, name=name, args=tuple(args))
    shared = _shared(checker, at, name, args)
    if shared is None:
        return None
    return Call(checker.text(at), shared, name=name, args=tuple(args))


def _shared(checker: Checker, at: ast.Call, name: str, args: list[Node]) -> str | None:
    shared = args[0].type
    for argument, place in zip(args[1:], at.args[1:], strict=True):
        common = common_type(shared, argument.type)
        if common is None:
            checker.fault("DEF-048", f"the values of {name} must be of one kind: {args[0].text} is "
                          f"{WORDS[args[0].type]}, {argument.text} is {WORDS[argument.type]}", place)
            return None
        shared = common
    return shared


def _coalesce(checker: Checker, at: ast.Call, args: list[Node]) -> Node | None:
    """The first value that is known. Written texts take the first argument's spellings, or days."""
    first = args[0]
    fixed = [first]
    for argument, place in zip(args[1:], at.args[1:], strict=True):
        found: Node | None = argument
        if first.type == "date":
            found = checker.day(argument, place)
        elif argument.type == "text" and first.type == "text":
            found = checker.spelled(argument, first, place)
        if found is None:
            return None
        fixed.append(found)
    shared = _shared(checker, at, "coalesce", fixed)
    if shared is None:
        return None
    declared = all(isinstance(part, Literal) or part.values == first.values for part in fixed)
    call = Call(checker.text(at), shared, name="coalesce", args=tuple(fixed))
    return replace(call, values=first.values) if declared and not first.many else call


def _search(checker: Checker, at: ast.Call, name: str, args: list[Node]) -> Node | None:
    """contains(text, "part") and starts_with; on tags contains means the whole tag."""
    where, part = args
    if where.type != "text" or part.type != "text":
        wrong = where if where.type != "text" else part
        checker.fault("DEF-048", f"{name} needs text; {wrong.text} is {WORDS[wrong.type]}", at)
        return None
    if not isinstance(part, Literal) or not part.value:
        checker.fault("DEF-048", f"{name} looks for a written text that is not empty", at.args[1])
        return None
    if where.many:
        if name == "starts_with":
            checker.fault("DEF-048", f"{where.text} holds tags; ask contains", at)
            return None
        found = checker.spelled(part, where, at.args[1])
        if found is None:
            return None
        part = found
    return Call(checker.text(at), "flag", name=name, args=(where, part))
