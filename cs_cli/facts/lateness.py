"""Which facts are unknown on a day only because what they are made of is late."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from cs_cli.facts.catalogue import PER_METRIC, fact, themes
from cs_cli.facts.coverage import ROLES
from cs_cli.facts.pruning import prune

if TYPE_CHECKING:
    from cs_cli.facts.compute import Build


def late_facts(build: Build, names: Collection[str]) -> dict[str, tuple[date, date]]:
    """Those of the facts that are unknown on the day because what they are made of is late → (the last day that it
    covers, the day on which their last value is to be seen).

    Usage ends on its own last day whatever the day is.
    """
    found: dict[str, tuple[date, date]] = {}
    for name in sorted(names):
        one = fact(name)
        if one is None:
            continue
        days = [pair for kind in one.rows if kind != "usage" and (pair := build.late_since(kind)) is not None]
        if "usage" in one.rows:
            roles = {name} if name.startswith(PER_METRIC) else {*one.roles} or {*ROLES}
            # any of the roles gives the fact, so that it is as new as the newest of them
            last = max((day for role, day in build.late_roles.items() if role in roles), default=None)
            days += [] if last is None else [(last, build.day)]
        if days:
            found[name] = min(days)
    return found


@lru_cache(maxsize=1024)
def is_judged_by(name: str, kind: str) -> bool:
    """Does a fact become unknown when the kind is late? Other facts of the kind hold until something else is said."""
    one = fact(name)
    if one is None or kind not in one.rows:
        return False
    if kind == "usage":
        return True
    asked = f":known_{kind}", f":late_{kind}"
    return any(word in statement for statement in prune(themes()[one.theme].text, frozenset([name])) for word in asked)
