"""What each account paid from when to when: TEMP TABLE mrr_span, from four kinds of record.

For each account and time the first of subscriptions, events, contracts and invoices speaks that has anything to say:
self-service customers have subscriptions, others sign contracts or pay by invoice, and some go from one to the other.
"""

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

PAUSE_DAYS = 90  # a pause is a contraction to nothing; the account stays a customer for so long, then it has churned
_COLUMNS = (
    "account INTEGER, source TEXT, subscription TEXT, plan TEXT, from_on TEXT, to_on TEXT, minor NUMERIC, status TEXT, "
    "quantity REAL, currency TEXT, product TEXT, discount REAL, record TEXT, origin TEXT"
)
# in the order in which they speak: the kind of record, and a condition for there being any by the day
_PROOF = {
    # a start that has moved since leaves what was known of the days before it
    "subscriptions": (
        "subscription",
        "started_on <= :day OR EXISTS (SELECT 1 FROM known_subscription_step t WHERE t.from_on <= :day)",
    ),
    "events": ("mrr_event", "day <= :day"),
    "contracts": ("contract", "start_on <= :day"),
    "invoices": ("invoice", "issued_on <= :day"),
}
ORIGINS = tuple(_PROOF)
RECORDS = {origin: kind for origin, (kind, _) in _PROOF.items()}
# what a hand writes of one contract says nothing of the accounts that have none
_COMPLETE = {**_PROOF, "contracts": ("contract", "start_on <= :day AND amount IS NOT NULL AND source <> 'hand'")}


def mrr_origins(conn: sqlite3.Connection, day: date, mrr_from: str = "auto", complete: bool = False) -> tuple[str, ...]:
    """Which records MRR may come from, the strongest first: as said, or those that exist by the day.

    complete: only those whose silence on an account says that it pays nothing.
    """
    if mrr_from in ORIGINS:
        return (mrr_from,)
    proofs = _COMPLETE if complete else _PROOF
    return tuple(
        origin
        for origin, (kind, condition) in proofs.items()
        if conn.execute(f"SELECT 1 FROM known_{kind} WHERE {condition} LIMIT 1", {"day": day.isoformat()}).fetchone()
    )


def build_spans(conn: sqlite3.Connection, settings: Settings, day: date, mrr_from: str = "auto") -> tuple[str, ...]:
    """TEMP TABLE mrr_span(account, source, subscription, plan, from_on, to_on, minor, status, quantity, currency,
    product, discount, record, origin, arr_minor): spans begun by the day; to_on NULL while they run on the day.

    First the parts of spans.sql fill native_span, amounts in their own currency; then each amount is converted and
    cut where its rate changes. minor: annualised, in minor units of `currency`, not rounded. arr_minor: the same in
    whole minor units of the reporting currency; NULL where no amount or no rate is known. subscription: the key of the
    subscription, contract or invoice. record: the key of the row that says so, where it is not that one's. origin: the
    kind of record it is from. status: running, trial (0) or idle (paused, 0). ARR of an account on D ≤ day is
    SUM(arr_minor) over from_on <= D < to_on, and MRR a twelfth of that. Also builds fx, and invoice_question where
    invoices were read. Returns the origins that were looked at.
    """
    build_fx(conn, settings, day)
    origins = mrr_origins(conn, day, mrr_from)
    # the parts of subscriptions and events say nothing of their origin
    first = origins[0] if origins else ""
    for table, last in (("native_span", f" DEFAULT '{first}'"), ("mrr_span", ", arr_minor INTEGER")):
        conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
        conn.execute(f"CREATE TEMP TABLE {table}({_COLUMNS}{last})")
    conn.execute("DROP TABLE IF EXISTS temp.invoice_question")
    layer = _Layer(conn, settings, day)
    for n, origin in enumerate(origins):
        layer.lay(origin, alone=n == 0)
    if "subscriptions" in origins:
        layer.run("kept")
    if "contracts" in origins:
        layer.run("claims", "unpriced")
    layer.run("conversion")
    conn.execute("DROP TABLE temp.native_span")
    index_spans(conn)
    return origins


class _Layer:
    """Lays what one kind of record says where the kinds before it leave room."""

    def __init__(self, conn: sqlite3.Connection, settings: Settings, day: date) -> None:
        self.conn, self.settings, self.day = conn, settings, day
        self.values = {"day": day.isoformat(), "currency": settings.currency}

    def run(self, *parts: str, into: str = "native_span") -> None:
        """The statements of these parts of spans.sql."""
        for part in parts:
            for statement in sqltext.statements(_part(part)):
                if made := sqltext.created_table(statement):
                    self.conn.execute(f"DROP TABLE IF EXISTS temp.{made}")
                given = {name: self.values[name] for name in sqltext.parameters(statement)}
                if into != "native_span":
                    statement = statement.replace("INSERT INTO native_span", f"INSERT INTO {into}")
                self.conn.execute(statement, given)

    def lay(self, origin: str, *, alone: bool) -> None:
        """alone: nothing speaks before it."""
        if origin == "events":
            build_ledger_days(self.conn, self.settings, self.day)
        if alone and origin in ("subscriptions", "events"):
            self.run(origin)
            return
        self.conn.execute("DROP TABLE IF EXISTS temp.span_candidate")
        self.conn.execute(f"CREATE TEMP TABLE span_candidate({_COLUMNS}, unit_from TEXT, unit_to TEXT)")
        if not alone:
            self.run("claims")
        if origin == "invoices":
            from cs_cli.facts.invoices import fill_invoice_spans

            fill_invoice_spans(self.conn, self.settings, self.day, only_open=not alone)
        else:
            self.run(origin, into="span_candidate")
            self.conn.execute("UPDATE span_candidate SET origin = ? WHERE origin IS NULL", (origin,))
        if alone:
            names = ", ".join(column.split()[0] for column in _COLUMNS.split(", "))
            self.conn.execute(f"INSERT INTO native_span ({names}) SELECT {names} FROM span_candidate")
        else:
            self.run("choice")


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
