"""Did a condition stop holding by nothing but the days that passed? Then nothing was settled: the case expires.

The days are taken back: what counts days since something is so many less, what counts down to a day so many more, and
of what is counted in a window one more is inside it, as it was before the window moved on. Where the condition holds
on those facts, it was time that ended it. Data that changed as well keep it from holding there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs_cli.cases.rules import Rule

# what only ever leaves a window by its age; a count that can fall by what people do is not among them
LEAVING = frozenset({"detractors_180d", "invoices_late_12m", "bad_touches_90d", "reopened_90d"})


def ran_out(rule: Rule, facts: Mapping[str, Any]) -> bool:
    """Whether `when` and `applies_to`, which fail on these facts, would hold without the days since they last held."""
    back = 1 + rule.clear
    names = set(rule.when.names) | (set() if rule.applies is None else set(rule.applies.names))
    earlier = {name: moved for name in names if (moved := _before(name, facts.get(name), back)) is not None}
    if not earlier:
        return False
    then = {**facts, **earlier}
    return rule.when.evaluate(then) is True and (rule.applies is None or rule.applies.evaluate(then) is True)


def _before(name: str, value: Any, back: int) -> float | None:
    """The value so many days earlier; None for what does not move with the days, or is unknown."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if name in LEAVING:
        return value + 1
    if not _in_days(name):
        return None
    return value + back if name.startswith("days_to_") else value - back


@lru_cache(maxsize=1024)
def _in_days(name: str) -> bool:
    from cs_cli.facts.catalogue import fact

    found = fact(name)
    return found is not None and found.unit == "days"
