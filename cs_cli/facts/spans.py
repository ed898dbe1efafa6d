"""What each account paid from when to when: TEMP TABLE mrr_span, from one of three kinds of record."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.base.money import exponent
from cs_cli.facts import sqltext
from cs_cli.facts.catalogue import themes
from cs_cli.facts.ledgers import build_ledger_days
from cs_cli.facts.sources import build_fx

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

ORIGINS = ("subscriptions", "events", "invoices")
PAUSE_DAYS = 90  # a pause is a contraction to nothing; the account stays a customer for so long, then it has churned
_COLUMNS = (
    "account INTEGER, source TEXT, subscription TEXT, plan TEXT, from_on TEXT, to_on TEXT, minor NUMERIC, status TEXT, "
    "quantity REAL, currency TEXT, product TEXT, discount REAL, record TEXT"
)
_PROOF = {
    "subscriptions": ("subscription", "started_on"),
    "events": ("mrr_event", "day"),
    "invoices": ("invoice", "issued_on"),
}


def mrr_origin(conn: sqlite3.Connection, day: date, mrr_from: str = "auto") -> str | None:
    """Which records MRR comes from: as said, or the first of subscriptions, events, invoices that exist by the day."""
    if mrr_from in ORIGINS:
        return mrr_from
    for origin in ORIGINS:
        kind, column = _PROOF[origin]
        if conn.execute(f"SELECT 1 FROM known_{kind} WHERE {column} <= ? LIMIT 1", (day.isoformat(),)).fetchone():
            return origin
    return None


def build_spans(conn: sqlite3.Connection, settings: Settings, day: date, mrr_from: str = "auto") -> str | None:
    """TEMP TABLE mrr_span(account, source, subscription, plan, from_on, to_on, minor, status, quantity, currency,
    product, discount, record, arr_minor): spans begun by the day; to_on NULL while they run on the day.

    First the parts of spans.sql fill native_span, amounts in their own currency; then each amount is converted and
    cut where its rate changes. minor: annualised, in minor units of `currency`, not rounded. arr_minor: the same in
    whole minor units of the reporting currency; NULL where no rate is known. record: the key of the row that says so,
    where it is not the subscription's. status: running, trial (0) or idle (paused, 0). ARR of an account on D ≤ day is
    SUM(arr_minor) over from_on <= D < to_on, and MRR a twelfth of that. Also builds fx. Returns the origin or None.
    """
    build_fx(conn, settings, day)
    for table, last in (("native_span", ""), ("mrr_span", ", arr_minor INTEGER")):
        conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
        conn.execute(f"CREATE TEMP TABLE {table}({_COLUMNS}{last})")
    origin = mrr_origin(conn, day, mrr_from)
    if origin == "events":
        build_ledger_days(conn, settings, day)
    values = {"day": day.isoformat(), "currency": settings.currency}
    for part in (origin, "conversion") if origin else ():
        for statement in sqltext.statements(_part(part)):
            if made := sqltext.created_table(statement):
                conn.execute(f"DROP TABLE IF EXISTS temp.{made}")
            conn.execute(statement, {name: values[name] for name in sqltext.parameters(statement)})
    conn.execute("DROP TABLE temp.native_span")
    index_spans(conn)
    return origin


def index_spans(conn: sqlite3.Connection) -> None:
    """The two indexes of mrr_span, also where a table put aside still holds their names."""
    for name, columns in (("mrr_span_account", "account"), ("mrr_span_subscription", "subscription, source")):
        conn.execute(f"DROP INDEX IF EXISTS temp.{name}")
        conn.execute(f"CREATE INDEX temp.{name} ON mrr_span({columns})")


def _part(origin: str) -> str:
    """The statements of one `-- part:` of spans.sql."""
    text = themes()["spans"].text
    _, _, rest = text.partition(f"-- part: {origin}\n")
    return rest.partition("-- part: ")[0]


def money_values(settings: Settings) -> dict[str, object]:
    """Parameters that turn minor into major units: :unit (100.0) and :places (2)."""
    places = exponent(settings.currency)
    return {"unit": float(10**places), "places": places, "currency": settings.currency}
