"""What has been delivered, how fresh it is, and what a currency is worth: the ground the facts stand on."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from cs_cli.base.money import exponent
from cs_cli.facts.seen import has_undated, newest
from cs_cli.store.change_sets import of_kind

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


class Delivery(msgspec.Struct, frozen=True):
    """Whether a kind was ever delivered by the day, and the days since its newest news (None: undated)."""

    delivered: bool
    age: int | None
    limit: int | None

    @property
    def known(self) -> bool:
        """Delivered and within its freshness limit: then no row means 0, else it means unknown."""
        return self.delivered and (self.limit is None or self.age is None or self.age <= self.limit)


def limit(settings: Settings, kind: str) -> int | None:
    """Freshness limit of a record kind in days; None: its facts never become unknown with age."""
    return settings.freshness.get(kind, DEFAULT_LIMITS.get(kind))


def delivery(conn: sqlite3.Connection, settings: Settings, day: date, kind: str) -> Delivery:
    """How fresh a record kind is on the day: the newest of its rows' days and of its imports' days."""
    today = day.isoformat()
    columns = EVIDENCE[kind]
    seen = newest(conn, kind, columns, day)
    undated = kind in UNDATED and has_undated(conn, kind, columns)
    known = conn.execute("SELECT known FROM temp.clock").fetchone()[0]
    imported = conn.execute(
        f"SELECT max(c.day) FROM change_set c WHERE c.kind = 'import' AND {of_kind('c.')} AND c.day <= :day "
        "AND (:known IS NULL OR c.id <= :known) AND c.id NOT IN "
        "(SELECT u.undoes FROM change_set u WHERE u.undoes IS NOT NULL AND (:known IS NULL OR u.id <= :known))",
        {"kind": kind, "day": today, "known": known},
    ).fetchone()[0]
    news = max((one for one in (seen, imported) if one), default=None)
    age = (day - date.fromisoformat(news)).days if news else None
    return Delivery(news is not None or undated, age, limit(settings, kind))


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
