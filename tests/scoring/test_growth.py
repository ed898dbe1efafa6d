"""What a run computes grows in step with the company: no statement looks through everybody for every account.

Counted in steps of SQLite's machine, which no other load disturbs, statement by statement, over a whole day with the
days it looks back at (there the population is a few accounts, and this day's tables wait under other names).
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cs_cli.definitions.shapes import Metrics, MetricSet
from cs_cli.definitions.workspace import Definitions
from cs_cli.facts.contracts import build_contract_facts
from cs_cli.scoring.desk import build_desk, score_only
from cs_cli.store.change_sets import begin_change_set
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import open_database, transaction
from tests.scoring.conftest import DAY

SMALL, TIMES = 250, 4
EVERY = 50  # steps between two counts
LEAST = 20_000  # a statement of fewer steps at the large size is too small to judge
# in step is 4.0; a seek grows with the logarithm; looking through everybody for every account is 16
MOST = 5.5


def ago(days: int) -> str:
    return (DAY - timedelta(days=days)).isoformat()


def fill(conn: sqlite3.Connection, accounts: int) -> None:
    """Customers with something of everything; as much of it each, whatever their number."""
    with transaction(conn):
        change = begin_change_set(
            conn, kind="import", day=DAY.isoformat(), at="2026-06-30T06:00:00Z", source="cs_account", file="all.csv"
        )
        everybody = range(1, accounts + 1)
        conn.executemany("INSERT INTO metric VALUES (?, ?)", ((1, "active_users"), (2, "events"), (3, "feature_a")))
        refs = ((n, f"a{n}") for n in everybody)
        conn.executemany("INSERT INTO ref(id, system, external_id) VALUES (?, 'cs', ?)", refs)
        conn.executemany("INSERT INTO account_registry VALUES (?, ?, ?)", ((n, f"a{n}", change) for n in everybody))

        def put(table: str, each: int = 1, **columns: Any) -> None:
            """`each` rows of a kind per account; a callable column takes (account, which of them)."""
            marks, made = ", ".join("?" * (len(columns) + 5)), list(columns.values())
            conn.executemany(
                f"INSERT INTO {table}(source, key, import_id, line, ref, {', '.join(columns)}) VALUES ({marks})",
                (
                    ("s", f"{table}{n}-{i}", change, n + 1, n, *(v(n, i) if callable(v) else v for v in made))
                    for n in everybody
                    for i in range(each)
                ),
            )

        put("identity", account=lambda n, i: n, how="own")
        put("account", name=lambda n, i: f"Company {n}", domain=lambda n, i: f"c{n}.example",
            employees=lambda n, i: n % 900, country="NL", created_on=ago(790),
            parent=lambda n, i: f"a{n - n % 5}" if n % 5 else None)
        put("contact", 2, name=lambda n, i: f"P {n} {i}", email=lambda n, i: f"p{i}@c{n}.example",
            role=lambda n, i: ("champion", "user")[i], created_on=ago(400))
        put("subscription", 2, plan=lambda n, i: ("pro", "team")[i], product=lambda n, i: f"p{i}", quantity=30.0,
            currency="USD", interval="month", arr=lambda n, i: 100_000 * (n % 40 + 1),
            term_months=lambda n, i: (12, None)[i], started_on=lambda n, i: ago(60 + n % 700),
            status=lambda n, i: ("active", "past_due")[n % 9 == 0])
        put("subscription_step", 2, subscription=lambda n, i: f"subscription{n}-0", quantity=lambda n, i: 20.0 + i,
            from_on=lambda n, i: ago(50 - 40 * i), arr=lambda n, i: 100_000 * (n % 40 + 1 - i), currency="USD")
        put("contract", 2, start_on=lambda n, i: ago(500 - 365 * i - n % 100), amount=1_000_000, currency="USD",
            end_on=lambda n, i: ago(135 - 365 * i - n % 100), notice_days=60, auto_renew=lambda n, i: n % 2,
            uplift=0.03, status="active")
        put("invoice", 3, issued_on=lambda n, i: ago(40 + 30 * i), due_on=lambda n, i: ago(10 + 30 * i), amount=120_000,
            paid_on=lambda n, i: None if n % 9 == 0 else ago(8 + 30 * i), currency="USD", status="sent")
        put("deal", kind="renewal", stage="open", status="open", amount=500_000, currency="USD", created_on=ago(30))
        put("ticket", 2, opened_on=lambda n, i: ago(n % 90), closed_on=lambda n, i: None if i else ago(n % 90 // 2),
            priority="urgent", status="open", first_response_hours=4.0, category="bug")
        put("survey", 2, kind="nps", score=lambda n, i: float((n + i) % 11), day=lambda n, i: ago(n % 300),
            email=lambda n, i: f"p{i}@c{n}.example")
        put("touch", 2, day=lambda n, i: ago(n % 120), kind="call", who="Sam", sentiment="good")
        put("pulse", day=lambda n, i: ago(n % 60), who="Sam", score=lambda n, i: n % 5 + 1)
        put("goal", objective="grow", due_on=ago(-30), created_on=ago(100), status="open")
        put("milestone", 2, name=lambda n, i: ("kickoff", "go-live")[i], due_on=ago(300), done_on=lambda n, i: ago(300))
        put("request", kind="promise", text="soon", asked_on=ago(40), due_on=ago(-10), status="open")
        put("feedback", day=ago(20), theme="speed", quote="slow")
        put("note", day=ago(10), who="Sam", text="met")
        conn.executemany(
            "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?)",
            ((n, metric, ago(7 * week), float((n * 7 + week * (n % 3)) % 50), change, n)
             for n in everybody for metric in (1, 2, 3) for week in range(15, -1, -1)),
        )  # fmt: skip


@contextmanager
def counted(conn: sqlite3.Connection) -> Iterator[Counter[str]]:
    """Steps of SQLite's machine by statement while the block runs, of the time it took most: how many earlier days
    are looked at, and for how many accounts, is not what is asked here."""
    steps: Counter[str] = Counter()
    running, so_far = "", 0

    def begun(sql: str) -> None:
        nonlocal running, so_far
        if not sql.startswith("--"):
            running, so_far = re.sub(r"[\d-]+", "0", " ".join(sql.split()))[:60], 0

    def tick() -> int:
        nonlocal so_far
        so_far += EVERY
        steps[running] = max(steps[running], so_far)
        return 0

    conn.set_trace_callback(begun)
    conn.set_progress_handler(tick, EVERY)
    try:
        yield steps
    finally:
        conn.set_trace_callback(None)
        conn.set_progress_handler(None, 0)


def company_of(folder: Path, accounts: int) -> sqlite3.Connection:
    conn = open_database(folder / f"{accounts}.db", write=True, create=True)
    conn.execute("PRAGMA synchronous=OFF")
    fill(conn, accounts)
    return conn


def steps_of_a_day(folder: Path, accounts: int, definitions: Definitions) -> Counter[str]:
    conn = company_of(folder, accounts)
    try:
        with counted(conn) as steps:
            build_desk(conn, definitions, DAY, measures=True)
            build_contract_facts(conn, definitions.settings, DAY)
            # a second day on the same connection finds what the first one left
            build_desk(conn, definitions, DAY - timedelta(days=1))
    finally:
        conn.close()
    return steps


def test_every_statement_of_a_day_grows_with_the_number_of_accounts(tmp_path: Path, definitions: Definitions) -> None:
    small = steps_of_a_day(tmp_path, SMALL, definitions)
    large = steps_of_a_day(tmp_path, SMALL * TIMES, definitions)
    judged = {sql: steps / max(small[sql], EVERY) for sql, steps in large.items() if steps >= LEAST}
    assert any("fact_fiscal" in sql for sql in judged)
    assert any("TABLE term " in sql for sql in judged)
    assert {sql: grew for sql, grew in judged.items() if grew > MOST} == {}
    assert sum(large.values()) / sum(small.values()) < MOST


def test_looking_through_everybody_would_be_seen(tmp_path: Path) -> None:
    """The measure itself: a join without any index is caught by it."""
    found = []
    for accounts in (SMALL, SMALL * TIMES):
        conn = company_of(tmp_path, accounts)
        set_clock(conn, DAY)
        with counted(conn) as steps:
            conn.execute(
                "SELECT COUNT(*) FROM population a CROSS JOIN population b WHERE a.account + b.account = 7"
            ).fetchone()
        found.append(sum(steps.values()))
        conn.close()
    assert found[1] / found[0] > MOST


@pytest.mark.parametrize(("mrr_from", "mrr"), [("auto", 1), ("subscriptions", 1), ("invoices", 2), ("events", 3)])
def test_mrr_comes_from_where_metrics_yaml_says(
    tmp_path: Path, definitions: Definitions, mrr_from: str, mrr: int
) -> None:
    conn = open_database(tmp_path / "one.db", write=True, create=True)
    day = date(2026, 6, 30)
    with transaction(conn):
        change = begin_change_set(
            conn, kind="import", day=day.isoformat(), at="2026-06-30T06:00:00Z", source="cs_account", file="one.csv"
        )
        conn.execute("INSERT INTO ref(id, system, external_id) VALUES (1, 'cs', 'a')")
        conn.execute("INSERT INTO account_registry VALUES (1, 'a', ?)", (change,))
        frame = "source, key, import_id, line, ref"
        for kind, columns, *values in (
            ("identity", "account, how", 1, "own"),
            ("account", "name", "A"),
            ("subscription", "arr, currency, started_on, status", 1_200, "USD", "2026-01-01", "active"),
            ("invoice", "issued_on, amount, currency, service_from, service_to", "2026-06-15", 200, "USD", "2026-06-01",
             "2026-06-30"),
            ("mrr_event", "day, kind, mrr_after, currency", "2026-01-01", "new", 300, "USD"),
        ):
            marks = ", ".join("?" * (5 + len(values)))
            conn.execute(f"INSERT INTO {kind}({frame}, {columns}) VALUES ({marks})", ("s", kind, change, 2, 1, *values))
    said = msgspec.structs.replace(definitions, metrics=Metrics(sets=[MetricSet(mrr_from=mrr_from)]))
    build_desk(conn, said, day)
    assert conn.execute("SELECT mrr, arr FROM account_facts").fetchall() == [(mrr, 12 * mrr)]
    score_only(conn, said, day, also=("mrr",))
    assert conn.execute("SELECT mrr FROM account_facts").fetchall() == [(mrr,)]
    conn.close()
