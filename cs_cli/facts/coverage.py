"""Which usage metrics mean what, and up to which day the exports cover each of them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_cli.facts.seen import usage_edges
from cs_cli.facts.sources import Delivery, limit

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

# Usual names, tried in order when cs.yaml `usage` leaves a role open; case and "_", " ", "-" do not count.
USUAL: dict[str, tuple[str, ...]] = {
    "active_users": (
        "active_users",
        "activeusers",
        "daily_active_users",
        "dau",
        "users_active",
        "users",
        "weekly_active_users",
        "wau",
        "monthly_active_users",
        "mau",
    ),
    "seats_used": ("seats_used", "used_seats", "seats_in_use", "licenses_used", "licences_used"),
    "key_actions": ("key_actions", "key_action", "core_actions", "core_action"),
    "last_seen": ("last_seen", "logins", "login", "sessions", "session"),
    "volume": (
        "usage",
        "usage_count",
        "events",
        "event_count",
        "volume",
        "actions",
        "sessions",
        "logins",
        "api_calls",
        "page_views",
    ),
}
ROLES = ("volume", "active_users", "seats_used", "key_actions", "features", "last_seen")
_BACK = (7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 91, 112, 140, 168, 196, 224, 252, 280, 308, 336, 364)


# "Logins last 30 days", "tickets_90d", "Anmeldungen (30 Tage)": a figure that is of a stretch of days already
_ROLLING = re.compile(r"[0-9]+[ _-]?(?:d|days?|tage?n?|jours?|d[ií]as?|dagen|giorni)(?![a-z])", re.IGNORECASE)


def plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def is_rolling(metric: str) -> bool:
    """Does each figure of the metric tell of a stretch of days? Then the newest counts, and they are never added up."""
    return _ROLLING.search(metric) is not None


def roles(settings: Settings, metrics: Iterable[str]) -> dict[str, list[str]]:
    """Role → metrics that fill it, of those that exist. Unset roles are found by their usual names."""
    names = sorted(metrics)
    said = settings.usage

    def chosen(wanted: Iterable[str]) -> list[str]:
        found: list[str] = []
        for one in wanted:
            if one.endswith("*"):
                found += [name for name in names if plain(name).startswith(plain(one[:-1]))]
            else:
                found += [name for name in names if plain(name) == plain(one)]
        return list(dict.fromkeys(found))

    def usual(role: str) -> list[str]:
        for one in USUAL[role]:
            if match := chosen([one]):
                return match
        return []

    filled: dict[str, list[str]] = {}
    for role, one in (
        ("active_users", said.active_users),
        ("seats_used", said.seats_used),
        ("last_seen", said.last_seen),
    ):
        filled[role] = chosen([one]) if one else usual(role)
    filled["features"] = chosen(said.features or ["feature_*", "feature:*", "feature.*", "feature/*"])
    filled["key_actions"] = chosen(said.key_actions) if said.key_actions else usual("key_actions")
    if said.volume:
        filled["volume"] = chosen(said.volume)
    else:
        # no usual name: everything that counts something done, not the head counts
        heads = {*filled["active_users"], *filled["seats_used"], *(one for one in names if "error" in plain(one))}
        heads |= {one for one in names if is_rolling(one) or plain(one) == "last_seen"}
        filled["volume"] = usual("volume") or [name for name in names if name not in heads]
    return filled


def build_coverage(
    conn: sqlite3.Connection, settings: Settings, day: date, also: Iterable[int] | None = ()
) -> dict[str, object]:
    """TEMP TABLE coverage, one row per metric, and covered, one per role and fresh metric.

    coverage(metric, name, first_day, last_day, d7 … d364, whole_56, whole_91, stale): last_day is the
    newest covered day ≤ day; dN is N days before it; whole_N says history reaches back over N days.
    also: metric numbers wanted beside those with a role; None: all. Returns parameters has_<role>
    and has_<role>_56 (0/1) for the themes, plus the Delivery of usage under "delivery".
    """
    numbers: dict[str, int] = dict(conn.execute("SELECT name, id FROM metric"))
    stale_after = limit(settings, "usage")
    names = {number: name for name, number in numbers.items()}
    rows: dict[int, list[object]] = {}
    last_of: dict[int, date] = {}
    filled, edges = _roles_on(conn, settings, numbers, day, also)
    for metric, (first, last) in sorted(edges.items()):
        last_day = date.fromisoformat(last)
        last_of[metric] = last_day
        rows[metric] = [names[metric], first, last]
    newest = max((last_of[numbers[n]] for n in filled["features"] if numbers[n] in last_of), default=None)
    conn.execute("DROP TABLE IF EXISTS temp.coverage")
    conn.execute("DROP TABLE IF EXISTS temp.covered")
    shape = ", ".join(f"d{n} TEXT NOT NULL" for n in _BACK)
    tail = f"last_day TEXT NOT NULL, {shape}, whole_56 INTEGER, whole_91 INTEGER, stale INTEGER"
    conn.execute(f"CREATE TEMP TABLE coverage(metric INTEGER PRIMARY KEY, name TEXT, first_day TEXT, {tail})")
    conn.execute(
        f"CREATE TEMP TABLE covered(role TEXT, metric INTEGER, {tail}, PRIMARY KEY (role, metric)) WITHOUT ROWID"
    )
    marks = ", ".join("?" * (len(_BACK) + 4))
    params: dict[str, object] = dict.fromkeys(
        [*(f"has_{role}" for role in ROLES), *(f"has_{role}_56" for role in ROLES)], 0
    )
    for metric, (label, first_seen, last_seen) in rows.items():
        conn.execute(
            f"INSERT INTO coverage VALUES (?, ?, ?, {marks})",
            (metric, label, first_seen, *_ends(str(first_seen), str(last_seen), day, stale_after)),
        )
    for role in ROLES:
        for name in filled[role]:
            metric = numbers[name]
            if metric not in rows:
                continue
            first, last = str(rows[metric][1]), str(rows[metric][2])
            if role == "features" and newest is not None:
                # a feature that nobody used this month is not an export that stopped
                last = newest.isoformat()
                first = min(str(rows[numbers[n]][1]) for n in filled["features"] if numbers[n] in rows)
            ends = _ends(first, last, day, stale_after)
            if ends[-1] == 1:
                continue
            conn.execute(f"INSERT INTO covered VALUES (?, ?, {marks})", (role, metric, *ends))
            params[f"has_{role}"] = 1
            if ends[-3] == 1:
                params[f"has_{role}_56"] = 1
    _build_linked(conn, day)
    freshest = max(last_of.values(), default=None)
    params["delivery"] = Delivery(freshest is not None, (day - freshest).days if freshest else None, stale_after)
    return params


def _roles_on(
    conn: sqlite3.Connection, settings: Settings, numbers: dict[str, int], day: date, also: Iterable[int] | None
) -> tuple[dict[str, list[str]], dict[int, tuple[str, str]]]:
    """Role → metrics, and first and last day of those and of `also`, as on the day.

    A metric that nobody had heard of by then fills no role: what it is taken for later must not change that day.
    """
    seen = usage_edges(conn, day)
    heard = {name for name, number in numbers.items() if number in seen}
    filled = roles(settings, heard)
    chosen = {numbers[name] for role in ROLES for name in filled[role]}
    return filled, {metric: seen[metric] for metric in seen if also is None or metric in chosen or metric in also}


def _ends(first: str, last: str, day: date, stale_after: int | None) -> tuple[object, ...]:
    end = date.fromisoformat(last)
    back = [(end - timedelta(days=n)).isoformat() for n in _BACK]
    begin = date.fromisoformat(first)
    # weekly rows are dated up to six days into their window
    whole = [1 if (end - begin).days >= n - 7 else 0 for n in (56, 91)]
    stale = 1 if stale_after is not None and (day - end).days > stale_after else 0
    return (last, *back, *whole, stale)


def _build_linked(conn: sqlite3.Connection, day: date) -> None:
    """TEMP TABLE usage_linked(account): accounts known to a system that delivers usage.

    Only for them no rows mean no use; any other account may simply not be linked yet.
    """
    conn.execute("DROP TABLE IF EXISTS temp.usage_linked")
    conn.execute("CREATE TEMP TABLE usage_linked(account INTEGER PRIMARY KEY)")
    systems = [system for (system,) in conn.execute("SELECT DISTINCT system FROM ref ORDER BY system")]
    speaking = [
        system
        for system in systems
        if conn.execute(
            "SELECT 1 FROM ref r WHERE r.system = ? AND EXISTS "
            "(SELECT 1 FROM known_usage u WHERE u.ref = r.id AND u.day <= ?) LIMIT 1",
            (system, day.isoformat()),
        ).fetchone()
    ]
    for system in speaking:
        conn.execute(
            "INSERT OR IGNORE INTO usage_linked SELECT a.account FROM ref r "
            "JOIN account_of a ON a.ref = r.id WHERE r.system = ?",
            (system,),
        )
