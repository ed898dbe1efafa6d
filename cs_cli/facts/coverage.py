"""Which usage metrics mean what, and up to which day the exports cover each of them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from cs_cli.facts import rhythm
from cs_cli.facts.news import Delivery, limit_of
from cs_cli.facts.rhythm import Rhythm
from cs_cli.facts.seen import brought_on, recent_days, usage_edges
from cs_cli.facts.sources import limit

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
        "page_views",
    ),
}
# What programs do, not people: an integration goes on when everybody has left. Jobs only as a whole: "jobs_posted" is
# what people did.
_AGENTS = re.compile(
    r"(?:^|_)(?:api|tokens?|agents?|bots?|webhooks?|integrations?|automations?|syncs?)(?:_|$)"
    r"|^(?:background_)?jobs?(?:_runs?|_executed|_count)?$"
)
ROLES = ("volume", "active_users", "seats_used", "key_actions", "features", "last_seen", "agents")
# How many there are of people, not what they did: "users seen", "unique users", "utilisateurs actifs". "users_invited"
# is something that was done.
_HEADS = re.compile(
    r"(?:^|_)(?:users?|people|persons|members|seats|licen[cs]es|subscribers|visitors|head_?count|dau|wau|mau"
    r"|nutzer(?:innen)?|benutzer|utilisateurs|usuarios|usu[aá]rios|gebruikers|utenti)"
    r"(?:_(?:seen|active|online|total|count|counted|licensed|used|assigned|logged_in|actifs|activos|ativos|attivi))*$"
)
_BACK = (7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 91, 112, 140, 168, 182, 196, 224, 252, 280, 308, 336, 364)


# "Logins last 30 days", "tickets_90d", "Anmeldungen (30 Tage)": a figure that is of a stretch of days already
_ROLLING = re.compile(r"[0-9]+[ _-]?(?:d|days?|tage?n?|jours?|d[ií]as?|dagen|giorni)(?![a-z])", re.IGNORECASE)


def plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def is_of_agents(metric: str) -> bool:
    """Does the metric count what programs do (API calls, tokens, agent runs, jobs), by its name?"""
    return _AGENTS.search(plain(metric)) is not None


def counts_heads(metric: str) -> bool:
    """Does the metric say how many people there are, by its name? Added up over days it is no volume of use."""
    return _HEADS.search(plain(metric)) is not None


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
    filled["agents"] = chosen(said.agents or [name for name in names if is_of_agents(name)])
    if said.volume:
        filled["volume"] = chosen(said.volume)
    else:
        # no usual name: everything that counts something done, not the head counts; people first, and programs only
        # where nothing tells of people
        heads = {*filled["active_users"], *filled["seats_used"], *(one for one in names if "error" in plain(one))}
        heads |= {one for one in names if is_rolling(one) or counts_heads(one) or plain(one) == "last_seen"}
        done = [name for name in names if name not in heads]
        people = [name for name in done if name not in filled["agents"]]
        of_people = [name for name in usual("volume") if name in people] or people
        nobody = not (filled["active_users"] or filled["seats_used"] or filled["last_seen"])
        filled["volume"] = of_people or (done if nobody else [])
    return filled


def build_coverage(
    conn: sqlite3.Connection, settings: Settings, day: date, also: Iterable[int] | None = ()
) -> dict[str, object]:
    """TEMP TABLE coverage, one row per metric, and covered, one per role and metric that is not late.

    coverage(metric, name, first_day, covers_to, last_day, d7 … d364, whole_56, whole_91, stale): last_day is the newest
    day ≤ day with a row, covers_to the last day that it tells of (a week's row dated by its Monday: the Sunday, at most
    the day); dN is N days before last_day; whole_N says history reaches back over N days. role_metric(role, metric):
    every metric with a role, late or not. also: metric numbers wanted beside those with a role; None: all.

    Returns parameters has_<role>, has_<role>_56 and late_<role> (0/1: metrics are there and all of them late) for the
    themes, the Delivery of usage under "delivery", and under "late_roles" the last covered day of every role, and of
    every fact of a single metric, that is late.
    """
    from cs_cli.facts.catalogue import metric_fact  # reads the whole catalogue: not for those who ask for lateness only

    numbers: dict[str, int] = dict(conn.execute("SELECT name, id FROM metric"))
    names = {number: name for name, number in numbers.items()}
    filled, edges = _roles_on(conn, settings, numbers, day, also)
    spans = {metric: _span(conn, settings, metric, edge, day) for metric, edge in sorted(edges.items())}
    used = [numbers[name] for name in filled["features"] if numbers[name] in spans]
    shared = max((spans[one] for one in used), key=lambda span: span.covers_to, default=None)
    if shared is not None:
        # a feature that nobody used this month is not an export that stopped
        shared = msgspec.structs.replace(shared, first=min(spans[one].first for one in used))
    for table in ("coverage", "covered", "role_metric"):
        conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
    shape = ", ".join(f"d{n} TEXT NOT NULL" for n in _BACK)
    tail = f"last_day TEXT NOT NULL, {shape}, whole_56 INTEGER, whole_91 INTEGER, stale INTEGER"
    conn.execute(
        f"CREATE TEMP TABLE coverage(metric INTEGER PRIMARY KEY, name TEXT, first_day TEXT, covers_to TEXT, {tail})"
    )
    conn.execute(
        f"CREATE TEMP TABLE covered(role TEXT, metric INTEGER, {tail}, PRIMARY KEY (role, metric)) WITHOUT ROWID"
    )
    conn.execute("CREATE TEMP TABLE role_metric(role TEXT, metric INTEGER, PRIMARY KEY (role, metric)) WITHOUT ROWID")
    marks = ", ".join("?" * (len(_BACK) + 4))
    for metric, span in spans.items():
        conn.execute(
            f"INSERT INTO coverage VALUES (?, ?, ?, ?, {marks})",
            (metric, names[metric], span.first.isoformat(), span.covers_to.isoformat(), *_ends(span, day)),
        )
    params: dict[str, object] = dict.fromkeys(
        [f"{word}_{role}{tail}" for role in ROLES for word, tail in (("has", ""), ("has", "_56"), ("late", ""))], 0
    )
    late_roles = {metric_fact(names[one]): span.covers_to for one, span in spans.items() if _ends(span, day)[-1] == 1}
    for role in ROLES:
        late: list[date] = []
        for name in filled[role]:
            metric = numbers[name]
            if metric not in spans:
                continue
            conn.execute("INSERT INTO role_metric VALUES (?, ?)", (role, metric))
            span = shared if role == "features" and shared is not None else spans[metric]
            ends = _ends(span, day)
            if ends[-1] == 1:
                late.append(span.covers_to)
                continue
            conn.execute(f"INSERT INTO covered VALUES (?, ?, {marks})", (role, metric, *ends))
            params[f"has_{role}"] = 1
            if ends[-3] == 1:
                params[f"has_{role}_56"] = 1
        if late and not params[f"has_{role}"]:
            params[f"late_{role}"] = 1
            late_roles[role] = max(late)
    params["volume_is_agents"] = int(bool(filled["volume"]) and set(filled["volume"]) <= set(filled["agents"]))
    build_linked(conn, settings, day)
    params["late_roles"] = late_roles
    params["delivery"] = _delivery(settings, spans.values(), day)
    return params


def usage_delivery(conn: sqlite3.Connection, settings: Settings, day: date) -> Delivery:
    """How fresh usage is as a whole, without building anything."""
    numbers: dict[str, int] = dict(conn.execute("SELECT name, id FROM metric"))
    _, edges = _roles_on(conn, settings, numbers, day, ())
    return _delivery(settings, [_span(conn, settings, metric, edge, day) for metric, edge in edges.items()], day)


class _Span(msgspec.Struct, frozen=True):
    """A metric's days with rows, first and last; the last day they tell of, and after how many days they are late."""

    first: date
    last: date
    covers_to: date
    limit: int | None
    rhythm: Rhythm | None = None


def _span(
    conn: sqlite3.Connection, settings: Settings, metric: int, edge: tuple[str, str], day: date
) -> _Span:
    first, last = (date.fromisoformat(one) for one in edge)
    found = metric_rhythm(conn, settings, metric, day)
    covers_to = last
    if found is not None:
        brought = None if found.declared else brought_on(conn, metric, last)
        lag = None if brought is None or brought > day.isoformat() else (date.fromisoformat(brought) - last).days
        if found.word == rhythm.WEEKLY and lag is not None and 7 < lag < 14:
            # a week that ended on its own day would have been followed by another in that file: it began on it
            found = msgspec.structs.replace(found, dated="start")
        # rows of the very day that the file is of are figures of that day, not of a week that begins
        if lag != 0:
            covers_to = min(found.covers_to(last), day)
    return _Span(first, last, covers_to, limit_of(settings, "usage", found), found)


def metric_rhythm(conn: sqlite3.Connection, settings: Settings, metric: int, day: date) -> Rhythm | None:
    """The rhythm of a metric's days up to the day: as declared, else as its newest days show."""
    if "usage" in settings.rhythm:
        return rhythm.declared(settings.rhythm["usage"])
    return rhythm.of_rows(recent_days(conn, "usage", [metric], day, rhythm.LOOKED_AT), settings.week_start)


def _delivery(settings: Settings, spans: Iterable[_Span], day: date) -> Delivery:
    """How fresh usage is as a whole: by the metric that is covered furthest."""
    span = max(spans, key=lambda one: one.covers_to, default=None)
    if span is None:
        return Delivery(False, None, limit(settings, "usage"))
    age = (day - span.covers_to).days
    return Delivery(True, age, span.limit, span.last.isoformat(), None, span.rhythm)


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


def _ends(span: _Span, day: date) -> tuple[object, ...]:
    back = [(span.last - timedelta(days=n)).isoformat() for n in _BACK]
    # weekly rows are dated up to six days into their window
    whole = [1 if (span.last - span.first).days >= n - 7 else 0 for n in (56, 91)]
    stale = 1 if span.limit is not None and (day - span.covers_to).days > span.limit else 0
    return (span.last.isoformat(), *back, *whole, stale)


def build_linked(conn: sqlite3.Connection, settings: Settings, day: date) -> None:
    """TEMP TABLE usage_linked(account, role): accounts with a row of usage by the day, in a system that delivers the
    role's metrics (role '': any).

    Only for them no rows mean no use. An account of which no usage was ever seen may simply not be linked: unknown,
    unless cs.yaml says `usage: no_rows: zero` of those that such a system knows.
    """
    conn.execute("DROP TABLE IF EXISTS temp.usage_linked")
    conn.execute(
        "CREATE TEMP TABLE usage_linked(account INTEGER, role TEXT, PRIMARY KEY (account, role)) WITHOUT ROWID"
    )
    systems = [system for (system,) in conn.execute("SELECT DISTINCT system FROM ref ORDER BY system")]
    on = day.isoformat()
    row = "EXISTS (SELECT 1 FROM known_usage u WHERE u.ref = r.id AND u.day <= ?)"
    speaking = [
        system
        for system in systems
        if conn.execute(f"SELECT 1 FROM ref r WHERE r.system = ? AND {row} LIMIT 1", (system, on)).fetchone()
    ]
    seen = "1 = 1 OR ? = ''" if settings.usage.no_rows == "zero" else row
    for system in speaking:
        roles = ["", *ROLES] if len(speaking) == 1 else ["", *_delivered_by(conn, system, on)]
        for role in roles:
            conn.execute(
                "INSERT OR IGNORE INTO usage_linked SELECT a.account, ? FROM ref r "
                f"JOIN account_of a ON a.ref = r.id WHERE r.system = ? AND ({seen})",
                (role, system, on),
            )


def _delivered_by(conn: sqlite3.Connection, system: str, on: str) -> list[str]:
    """The roles of which the system delivers a metric."""
    return [
        role
        for role in ROLES
        if conn.execute(
            "SELECT 1 FROM role_metric m WHERE m.role = ? AND EXISTS (SELECT 1 FROM ref r JOIN known_usage u "
            "ON u.ref = r.id AND u.metric = m.metric AND u.day <= ? WHERE r.system = ?) LIMIT 1",
            (role, on, system),
        ).fetchone()
    ]
