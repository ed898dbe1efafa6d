"""A workspace for benchmarks/run.py, from a seed, written straight into the store.

Importing 2.4 million rows is measured elsewhere (import.py); here they only have to be there. Rows
have the shape that an import leaves: one change set, one identity per account, current versions.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from cs_cli.store.change_sets import begin_change_set
from cs_cli.store.connection import open_database, transaction

SEED = 20261101
TODAY = date(2026, 6, 30)
WEEKS = 12  # × 2 metrics: 24 usage rows an account
METRICS = ("active_users", "events")

FACTS = (
    "usage_change_28d < -{n}%", "overdue_days > {n}", "last_seen_days > {n}", "open_tickets >= {n}",
    "nps_latest <= {n} and arr > 5_000", "health < {n}", "days_to_renewal < {n} and auto_renew",
    "seat_utilisation > {n}%", "days_since_touch > {n} and tier in (\"A\", \"B\")", "active_users_change_28d < -{n}%",
)  # fmt: skip


def write_playbooks(folder: Path, count: int = 50) -> None:
    """`count` playbooks over facts, health and a segment; each fires for a few accounts only."""
    for old in folder.glob("*.yaml"):
        old.unlink()
    for n in range(count):
        when = FACTS[n % len(FACTS)].format(n=(7, 15, 30, 60, 90)[n // len(FACTS) % 5])
        (folder / f"bench_{n:02d}.yaml").write_text(
            f"playbook: bench_{n:02d}\nabout: made for the benchmark\nkind: adoption\nsubject: account\n"
            f"when: '{when} and employees > 4_900'\nseverity: amber\nowner: csm\n"
            "tasks:\n  - id: call\n    do: Call them\n    owner: csm\n    due: opened + 2bd\n",
            encoding="utf-8",
        )


def fill(database: Path, accounts: int, seed: int = SEED) -> None:
    """`accounts` customers: a subscription, 3 invoices, 24 usage rows, and for some a ticket, a survey, a touch."""
    rnd = random.Random(seed)
    days = [(TODAY - timedelta(days=n)).isoformat() for n in range(800)]
    conn = open_database(database, write=True, create=True)
    conn.execute("PRAGMA synchronous=OFF")
    with transaction(conn):
        change = begin_change_set(
            conn, kind="import", day=TODAY.isoformat(), at="2026-06-30T06:00:00Z", source="cs_account", file="bench.csv"
        )
        conn.executemany("INSERT INTO metric VALUES (?, ?)", enumerate(METRICS, 1))
        conn.executemany("INSERT INTO ref(id, system, external_id) VALUES (?, 'cs', ?)",
                         ((n, f"a{n:06d}") for n in range(1, accounts + 1)))
        conn.executemany("INSERT INTO account_registry VALUES (?, ?, ?)",
                         ((n, f"a{n:06d}", change) for n in range(1, accounts + 1)))
        conn.executemany(
            "INSERT INTO identity(source, key, import_id, ref, account, how) VALUES ('match', ?, ?, ?, ?, 'own')",
            ((str(n), change, n, n) for n in range(1, accounts + 1)),
        )

        def put(kind: str, columns: str, rows: list[tuple[object, ...]]) -> None:
            marks = ", ".join("?" * (len(columns.split(",")) + 5))
            conn.executemany(
                f"INSERT INTO {kind}(source, key, import_id, line, ref, {columns}) VALUES ({marks})",
                (("bench", f"{kind}{n}", change, n + 1, *row) for n, row in enumerate(rows, 1)),
            )

        everybody = range(1, accounts + 1)
        put("account", "name, employees, country, created_on", [
            (n, f"Company {n}", rnd.randrange(5, 5_000), rnd.choice(("NL", "DE", "US")), days[790]) for n in everybody])
        put("subscription",
            "plan, quantity, amount, currency, interval, arr, started_on, term_months, auto_renew, status", [
            (n, rnd.choice(("pro", "team")), float(seats := rnd.randrange(3, 80)), 1200, "EUR", "month",
             1200 * 12 * seats, days[rnd.randrange(30, 790)], 12, rnd.randrange(2), "active") for n in everybody])
        put("invoice", "issued_on, due_on, paid_on, amount, amount_paid, currency, status", [
            (n, days[ago + 30], days[ago], None if rnd.random() < 0.1 else days[max(ago - rnd.randrange(-10, 20), 0)],
             120_000, None, "EUR", "sent") for n in everybody for ago in (10, 40, 70)])
        some = [n for n in everybody if rnd.random() < 0.5]
        put("ticket", "opened_on, closed_on, priority, status, first_response_hours", [
            (n, days[at := rnd.randrange(200)], None if rnd.random() < 0.2 else days[at // 2],
             rnd.choice(("low", "normal", "urgent")), "open", rnd.random() * 30) for n in some])
        put("survey", "kind, score, day, email", [
            (n, "nps", rnd.randrange(11), days[rnd.randrange(300)], f"p{n}@example.com") for n in some])
        put("touch", "day, kind, who", [(n, days[rnd.randrange(120)], "call", "Sam") for n in some])
        conn.executemany(
            "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?)",
            ((n, metric, days[7 * week], float(rnd.randrange(60) if metric == 1 else rnd.randrange(3_000)), change, n)
             for n in everybody for metric in (1, 2) for week in range(WEEKS - 1, -1, -1)),
        )
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
