"""TEMP TABLE contract_facts: one row per contract term, with all that is known of its account.

Light to load: where the score cache has put the terms back, no fact is computed here.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.facts.working_days import count_working_days
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

CONTRACT_COLUMNS = {
    "term_start": "TEXT",
    "term_end": "TEXT",
    "term_ordinal": "INTEGER",
    "contract_source": "TEXT",
    "renewal_date": "TEXT",
    "days_to_renewal": "INTEGER",
    "notice_date": "TEXT",
    "days_to_notice": "INTEGER",
    "working_days_to_notice": "INTEGER",
    "decide_by": "TEXT",
    "days_to_decide": "INTEGER",
    "auto_renew": "INTEGER",
    "notice_days": "INTEGER",
    "term_months": "INTEGER",
    "renewal_term_months": "INTEGER",
    "renewal_assumed": "INTEGER",
    "is_multi_year": "INTEGER",
    "renewal_overdue": "INTEGER",
    "contract_arr": "REAL",
    "renewal_led_by": "TEXT",
}
# as in contract.sql for the first term, which an expansion of the account leads in every term
LED_BY = """CASE WHEN f.renewal_led_by = 'am' THEN 'am' WHEN t.overdue = 1 THEN 'renewal_manager'
WHEN t.cancelled = 1 OR (t.origin = 'contract' AND f.cancel_requested = 1) OR @days(t.decide_by, :day) > 90 THEN 'csm'
WHEN f.renewal_led_by IS NOT NULL THEN 'renewal_manager' END"""


def build_papers(conn: sqlite3.Connection, settings: Settings, day: date, mrr_from: str = "auto") -> None:
    """The terms with the TEMP tables they are made of: fx, mrr_span, term_paper, term_part, term_chain …

    Call after build_desk: one from the score cache brings the terms alone, and one that looked at
    earlier days leaves the tables of the last of them behind.
    """
    from cs_cli.facts.compute import Build

    Build(conn, settings, day, mrr_from).theme("terms")


def build_customers(conn: sqlite3.Connection, settings: Settings, day: date, mrr_from: str = "auto") -> None:
    """TEMP TABLE customer_span(account, from_on, to_on, left_on, why): when each account was a customer, as known on
    the day; with the tables it is made of (mrr_span, term_paper …).

    An account is a customer on D ≤ day where from_on <= D < to_on (NULL: no end) for any of its rows.
    """
    from cs_cli.facts.compute import Build

    Build(conn, settings, day, mrr_from).theme("customers")


def build_contract_facts(
    conn: sqlite3.Connection, settings: Settings, day: date, names: set[str] | None = None, *, mrr_from: str = "auto",
    parts: bool = False,
) -> None:  # fmt: skip
    """TEMP TABLE contract_facts(contract, account, account_id, <facts of the term>, <all columns of account_facts>).

    One row per term of three months and more that runs on the day, or ended with no decision.
    Call after build_account_facts (and after segments and health, whose columns come along).
    Where both know a name, such as renewal_date, it is the term's. parts: the tables that the terms are made of
    (term_paper to term_line) stand as well; a day from the score cache, or one put aside, has the terms alone.
    """
    del names  # a term has few columns and its account's are there already
    last = "term_line" if parts else "term"
    if conn.execute("SELECT 1 FROM temp.sqlite_master WHERE name = ?", (last,)).fetchone() is None:
        build_papers(conn, settings, day, mrr_from)
    count_working_days(conn, settings, day)
    term = {
        "term_start": "t.start_on",
        "term_end": "t.end_on",
        "term_ordinal": "t.ordinal",
        "contract_source": "t.source",
        "renewal_date": "t.renewal_date",
        "days_to_renewal": expand("@days(t.renewal_date, :day)"),
        "notice_date": "t.notice_date",
        "days_to_notice": expand("@days(t.notice_date, :day)"),
        "working_days_to_notice": "w.n",
        "decide_by": "t.decide_by",
        "days_to_decide": expand("@days(t.decide_by, :day)"),
        "auto_renew": "t.auto_renew",
        "notice_days": "t.notice_days",
        "term_months": "t.term_months",
        "renewal_term_months": "t.renewal_term_months",
        "renewal_assumed": "t.assumed",
        "is_multi_year": "t.is_multi_year",
        "renewal_overdue": "t.overdue",
        "contract_arr": "t.arr",
    }
    known = {name for _, name, *_ in conn.execute("PRAGMA temp.table_info(account_facts)")}
    if {"renewal_led_by", "cancel_requested"} <= known:
        term["renewal_led_by"] = expand(LED_BY)
    taken = {"contract", *term}
    rest = [
        (name, kind) for _, name, kind, *_ in conn.execute("PRAGMA temp.table_info(account_facts)") if name not in taken
    ]
    shape = ", ".join(
        [*(f"{name} {CONTRACT_COLUMNS[name]}" for name in term), *(f'"{name}" {kind}' for name, kind in rest)]
    )
    values = ", ".join([*term.values(), *(f'f."{name}"' for name, _ in rest)])
    conn.execute("DROP TABLE IF EXISTS temp.contract_facts")
    conn.execute(f"CREATE TEMP TABLE contract_facts(contract TEXT PRIMARY KEY, {shape})")
    conn.execute(
        f"INSERT INTO temp.contract_facts SELECT t.contract, {values} FROM term t "
        "JOIN account_facts f ON f.account = t.account "
        "LEFT JOIN working_days_until w ON w.day = t.notice_date WHERE t.rolling = 0 ORDER BY t.contract",
        {"day": day.isoformat()},
    )
