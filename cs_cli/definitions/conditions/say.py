"""A decided part of a condition in words: `overdue 45 days (more than 30)`, `6 days to notice (at most 7)`.

The words are the fact's own name with spaces, so that whoever reads a reason can ask `cs explain` for
the fact; the bracket holds the limit that was written.
"""

from __future__ import annotations

from typing import Any

from cs_cli.definitions.conditions.evaluate import Facts, value_of
from cs_cli.definitions.conditions.nodes import Among, Call, Compare, Fact, Literal, Missing, Node, children

# the operator in words; the second one when the written comparison is what did not hold
_WORDS = {">": ("more than", "at most"), ">=": ("at least", "below"), "<": ("below", "at least"),
          "<=": ("at most", "more than"), "==": ("exactly", "not"), "!=": ("not", "exactly")}
_DATES = {">": ("after", "until"), ">=": ("from", "before"), "<": ("before", "from"), "<=": ("until", "after"),
          "==": ("on", "not on"), "!=": ("not on", "on")}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_SHORT = {"arr": "ARR", "mrr": "MRR", "nps": "NPS", "csat": "CSAT", "qbr": "QBR", "crm": "CRM"}
_AGO = ("last_seen_days", "reference_asked_days")


def say(leaf: Node, facts: Facts) -> str:
    """One leaf with the values that decided it."""
    truth = value_of(leaf, facts)
    match leaf:
        case Compare(ops=(op,), parts=(Literal() as left, right)) if not isinstance(right, Literal):
            return _compared(right, _FLIPPED[op], left, leaf, facts, truth)
        case Compare(ops=(op,), parts=(left, right)):
            return _compared(left, op, right, leaf, facts, truth)
        case Compare(ops=(_, _), parts=(Literal() as low, Fact() as fact, Literal() as high)) if truth:
            return f"{_subject(fact, facts)} ({_written(low)} to {_written(high)})"
        case Among(of=Fact(many=False) as fact):
            return _subject(fact, facts)
        case Missing(of=Fact() as fact) | (Fact() as fact):
            return _subject(fact, facts)
    return _as_written(leaf, facts, truth)


def words(name: str) -> str:
    """A fact's name as words: `nps_latest` as "NPS latest"."""
    return " ".join(_SHORT.get(part, part) for part in name.split("_") if part)


def _compared(left: Node, op: str, right: Node, leaf: Node, facts: Facts, truth: bool | None) -> str:
    if isinstance(left, Call) and left.name == "coalesce":
        known = next((one for one in left.args if isinstance(one, Fact) and facts.get(one.name) is not None), None)
        left = known or next((one for one in left.args if isinstance(one, Fact)), left)
    if not isinstance(left, Fact) or (isinstance(right, Fact) and right.type == "text"):
        return _as_written(leaf, facts, truth)
    if left.many:
        return leaf.text if truth else f"not {leaf.text}"
    said = _subject(left, facts)
    if left.type in ("text", "flag") or facts.get(left.name) is None:
        return said
    if isinstance(right, Literal):
        if op == ">=" and right.value == 1 and left.type == "number" and truth:
            return said     # "1 urgent ticket" needs no "at least 1"
        limit = _written(right)
    else:
        limit = f"{right.text} = {show(value_of(right, facts), left)}"
    compared = _DATES if left.type == "date" else _WORDS
    return f"{said} ({compared[op][0 if truth else 1]} {limit})"


def _as_written(leaf: Node, facts: Facts, truth: bool | None) -> str:
    values = [f"{name} {_plain(facts.get(name))}" for name in fact_names(leaf)]
    known = f" ({', '.join(values)})" if values else ""
    return f"{'' if truth else 'not '}{leaf.text}{known}"


def _subject(fact: Fact, facts: Facts) -> str:
    """The fact with its value, in the order in which people say it."""
    name, value = fact.name, facts.get(fact.name)
    if value is None:
        return f"{words(name)} unknown"
    shown = show(value, fact)
    if fact.type == "flag":
        return words(name) if value == 1 else f"not {words(name)}"
    if fact.type == "days":
        return _days(name, value)
    last = name.rpartition("_")[2]
    if fact.type == "number" and last.endswith("s") and not last.endswith("ss"):
        return f"{shown} {words(name).removesuffix('s') if value == 1 else words(name)}"
    return f"{words(name)} {shown}"


def _days(name: str, value: Any) -> str:
    many = f"{_plain(value)} {'day' if value == 1 else 'days'}"
    if name.startswith("working_days_to_"):
        return f"{many.replace(' ', ' working ')} to {words(name.removeprefix('working_days_to_'))}"
    if name.endswith("_working_days"):
        return f"{words(name.removesuffix('_working_days'))} {many.replace(' ', ' working ')}"
    if name.startswith("days_to_"):
        return f"{many} to {words(name.removeprefix('days_to_'))}"
    if name == "days_since_touch":
        return f"last touch {many} ago"
    if name.startswith("days_since_"):
        return f"{words(name.removeprefix('days_since_'))} {many} ago"
    if name.endswith("_age_days"):
        return f"{words(name.removesuffix('_age_days'))} {many} old"
    return f"{words(name.removesuffix('_days'))} {many}{' ago' if name in _AGO else ''}"


def _written(literal: Literal) -> str:
    """A written value without the quotes and underscores of the language: 20,000 and -30%."""
    if isinstance(literal.value, str):
        return literal.value
    text = literal.text.replace(" ", "")
    return text.replace("_", ",") if "_" in text else text


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
