"""Which usage metric plays which role, said when it begins or changes: nothing that counts is chosen in silence."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

Roles = dict[str, list[str]]
# role → what it is, and what it is without a metric
_ROLES = {
    "volume": ("how much they use", "usage facts are unknown"),
    "active_users": ("how many people use it", "active users are unknown"),
    "seats_used": ("seats in use", "seats are compared with active users, else unknown"),
    "key_actions": ("what shows value", "key actions are unknown"),
    "features": ("which parts they use", "features used are unknown"),
    "last_seen": ("when they last came", "it goes by any usage of people"),
    "agents": ("what programs do, not people", "nothing is known of programs"),
}
_TO_CHANGE = ("volume", "active_users", "seats_used")   # the three that decide most


def usage_roles(conn: sqlite3.Connection, settings: Settings) -> Roles | None:
    """Role → metrics as facts have them; None while no usage is in."""
    from cs_cli.facts.coverage import roles
    if conn.execute("SELECT 1 FROM usage LIMIT 1").fetchone() is None:
        return None
    return roles(settings, [name for (name,) in conn.execute("SELECT name FROM metric ORDER BY name")])


def changed_roles(conn: sqlite3.Connection, settings: Settings, before: Roles | None) -> list[str]:
    """Lines after an import: the roles, where they are new or others than before, and the lines that change them."""
    from cs_cli.base.safe_text import safe_text

    now = usage_roles(conn, settings)
    if now is None or now == before:
        return []
    metrics = [name for (name,) in conn.execute("SELECT name FROM metric ORDER BY name")]
    lines = ["usage: which metric is what from now on" + ("" if before is None else " (it has changed)")]
    for role, (meaning, without) in _ROLES.items():
        lines.append(f"  {role:<13} {safe_text(_metrics(role, now, settings, without), 200)}  ({meaning})")
    idle = [name for name in metrics if not any(name in named for named in now.values())]
    if idle:
        lines.append(f"  in no role: {safe_text(', '.join(idle), 300)}: nobody's seats or users")
    lines += ["  to change it, put the names that are right into cs.yaml:", "usage:"]
    return lines + [_line(role, now) for role in _TO_CHANGE]


def _metrics(role: str, now: Roles, settings: Settings, without: str) -> str:
    names = now[role]
    if not names:
        return f"– none: {without}"
    told = " + ".join(names)
    if getattr(settings.usage, role):
        return f"{told}, as cs.yaml says"
    if role == "volume" and len(names) > 1 and names != now["agents"]:
        return f"{told}, added up: none has a usual name"
    return told


def _line(role: str, now: Roles) -> str:
    """What stands in cs.yaml for the role: the metrics of now; without one a line to be filled in."""
    import json

    names = [json.dumps(name, ensure_ascii=False) for name in now[role]]
    if not names:
        return f"  # {role}: a metric"
    return f"  {role}: " + (f"[{', '.join(names)}]" if role == "volume" else names[0])
