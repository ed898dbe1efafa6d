"""Which facts are unknown on a day only because what they are made of is late."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.facts.catalogue import PER_METRIC, fact
from cs_cli.facts.coverage import ROLES

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
