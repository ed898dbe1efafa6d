"""Which days prove that a kind was delivered, how long it stays fresh, and what a currency is worth."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.base.money import exponent
from cs_cli.definitions.roles import ROLES

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

# The day columns that prove a kind was delivered; the first decides whether a row is visible at all.
EVIDENCE: dict[str, tuple[str, ...]] = {
    "account": ("created_on", "last_activity_on"),
    "contact": ("created_on",),
    "contract": ("start_on",),
    "subscription": ("started_on", "cancelled_on", "ended_on"),
    "mrr_event": ("day",),
    "invoice": ("issued_on", "paid_on"),
    "deal": ("created_on", "close_on"),
    "ticket": ("opened_on", "closed_on"),
    "survey": ("day",),
    "touch": ("day",),
    "note": ("day",),
    "pulse": ("day",),
    "goal": ("created_on", "done_on"),
    "milestone": ("done_on",),
    "request": ("asked_on", "decided_on"),
    "feedback": ("day",),
    "churn": ("day",),
}
# A row without any day still proves delivery where its kind allows that.
UNDATED = {"account", "contact", "contract", "deal", "goal", "milestone", "request"}
BEGINNING = "0001-01-01"  # from when a frozen rate holds
# Days without news after which a kind's facts are unknown, unless cs.yaml `freshness` says otherwise.
# Events that may simply not happen (surveys, touches) and terms that hold until changed have no limit.
DEFAULT_LIMITS = {"usage": 14, "ticket": 45, "invoice": 62}


def limit(settings: Settings, kind: str) -> int | None:
    """Freshness limit of a record kind in days; None: its facts never become unknown with age."""
    return settings.freshness.get(kind, DEFAULT_LIMITS.get(kind))


def build_people(conn: sqlite3.Connection, settings: Settings) -> None:
    """TEMP TABLE person_called(called, name): the people of cs.yaml by each name and address that they have, folded."""
    conn.execute("DROP TABLE IF EXISTS temp.person_called")
    conn.execute("CREATE TEMP TABLE person_called(called TEXT PRIMARY KEY, name TEXT NOT NULL)")
    conn.executemany(
        "INSERT OR IGNORE INTO temp.person_called VALUES (?, ?)",
        [(called.casefold(), person.name) for person in settings.people
         for called in (person.name, person.email, person.slack) if called],
    )


def build_roles(conn: sqlite3.Connection, settings: Settings) -> None:
    """TEMP TABLE person_role(called, role): the roles of the people of cs.yaml by each name and address that they have.

    From `people: roles:` and from `roles:` that name a person or `me`; a role's own word ("support") stands for itself.
    """
    held = {(role, role) for role in ROLES}
    for person in settings.people:
        mine = {*person.roles}
        for role, filled in settings.roles.items():
            who = settings.me or settings.people[0].name if filled == "me" else filled
            if who.casefold() in {one.casefold() for one in (person.name, person.email, person.slack) if one}:
                mine.add(role)
        held |= {(one.casefold(), role) for one in (person.name, person.email, person.slack) if one for role in mine}
    conn.execute("DROP TABLE IF EXISTS temp.person_role")
    conn.execute("CREATE TEMP TABLE person_role(called TEXT, role TEXT, PRIMARY KEY (called, role)) WITHOUT ROWID")
    conn.executemany("INSERT INTO temp.person_role VALUES (?, ?)", sorted(held))


def build_fx(conn: sqlite3.Connection, settings: Settings, day: date) -> None:
    """TEMP TABLE fx_period(currency, from_on, to_on, factor) and fx(currency, factor), which is fx_period on the day.

    factor: minor units of the reporting currency for one minor unit. A rate declared in cs.yaml is frozen: it holds
    for all days. Else an imported rate holds from its day (included) until the next one's (excluded; to_on NULL: the
    newest by the day). Before a currency's first rate, and without any, there is no row, so that sums are NULL.
    """
    home = settings.currency
    frozen = {**settings.fx, home: 1.0}
    found = conn.execute(
        "SELECT currency, day, lead(day) OVER (PARTITION BY currency ORDER BY day), rate FROM "
        "(SELECT currency, day, rate, row_number() OVER (PARTITION BY currency, day ORDER BY source, key) AS place "
        "FROM known_fx_rate WHERE day <= ? AND rate > 0) ranked WHERE place = 1 ORDER BY currency, day",
        (day.isoformat(),),
    ).fetchall()
    periods = [
        *((currency, BEGINNING, None, rate) for currency, rate in sorted(frozen.items())),
        *(one for one in found if one[0] not in frozen),
    ]
    conn.execute("DROP TABLE IF EXISTS temp.fx_period")
    conn.execute(
        "CREATE TEMP TABLE fx_period(currency TEXT NOT NULL, from_on TEXT NOT NULL, to_on TEXT, factor REAL NOT NULL, "
        "PRIMARY KEY (currency, from_on))"
    )
    conn.executemany(
        "INSERT INTO temp.fx_period VALUES (?, ?, ?, ?)",
        [
            (currency, from_on, to_on, rate * 10.0 ** (exponent(home) - exponent(currency)))
            for currency, from_on, to_on, rate in periods
        ],
    )
    conn.execute("DROP TABLE IF EXISTS temp.fx")
    conn.execute("CREATE TEMP TABLE fx(currency TEXT PRIMARY KEY, factor REAL NOT NULL)")
    conn.execute("INSERT INTO temp.fx SELECT currency, factor FROM temp.fx_period WHERE to_on IS NULL")
