"""The two clocks and the macros."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest

from cs_cli.store.change_sets import append_row, begin_change_set, retire_row
from cs_cli.store.clock import last_change_set, set_clock
from cs_cli.store.connection import rows, transaction
from cs_cli.store.dialect import expand
from tests.registry import ref_of, register_account


@pytest.fixture
def two(conn: sqlite3.Connection) -> sqlite3.Connection:
    """Two accounts imported on 1 March; account 2 renamed on 5 March; a late file for 2 March last."""
    with transaction(conn):
        first = begin_change_set(
            conn, kind="import", day="2026-03-01", at="2026-03-01T08:00:00Z", source="crm"
        )
        for external in ("c1", "c2"):
            ref = ref_of(conn, "crm", external)
            number = register_account(conn, external, first)
            append_row(conn, "identity", first, "match", str(ref), ref, {"account": number, "how": "own"})
            append_row(conn, "account", first, "crm", external, ref, {"name": f"Company {external}"})
        stray = ref_of(conn, "stripe", "cus_9")
        append_row(conn, "invoice", first, "stripe", "in_1", stray, {"amount": 100, "currency": "EUR"})
    with transaction(conn):
        second = begin_change_set(conn, kind="hand", day=date(2026, 3, 5), at="2026-03-05T08:00:00Z")
        append_row(conn, "account", second, "crm", "c2", 2, {"name": "Renamed"})
    with transaction(conn):
        begin_change_set(conn, kind="import", day="2026-03-02", at="2026-03-06T08:00:00Z", source="crm")
    return conn


def names(conn: sqlite3.Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT name FROM known_account ORDER BY key")]


def test_known_at_goes_back(two: sqlite3.Connection) -> None:
    set_clock(two, date(2026, 3, 9))
    assert names(two) == ["Company c1", "Renamed"]
    assert rows(two, "SELECT * FROM clock") == [{"day": "2026-03-09", "known": None}]
    set_clock(two, date(2026, 3, 9), known_at=date(2026, 3, 4))
    assert names(two) == ["Company c1", "Company c2"]
    set_clock(two, date(2026, 3, 9), known_at=date(2026, 2, 1))
    assert names(two) == []
    assert rows(two, "SELECT * FROM population") == []
    set_clock(two, date(2026, 3, 9))
    assert names(two) == ["Company c1", "Renamed"]


@pytest.mark.parametrize(
    ("day", "last"), [("2026-02-28", 0), ("2026-03-01", 1), ("2026-03-04", 1), ("2026-03-05", 3)]
)
def test_last_change_set(two: sqlite3.Connection, day: str, last: int) -> None:
    assert last_change_set(two, date.fromisoformat(day)) == last


def test_population_and_unmatched(two: sqlite3.Connection) -> None:
    set_clock(two, date(2026, 3, 9))
    assert rows(two, "SELECT account_id FROM population ORDER BY account") == [
        {"account_id": "c1"},
        {"account_id": "c2"},
    ]
    assert rows(two, "SELECT COUNT(*) AS n FROM known_invoice JOIN account_of USING (ref)") == [{"n": 0}]
    set_clock(two, date(2026, 3, 9), accounts=[2])
    assert rows(two, "SELECT account_id FROM population") == [{"account_id": "c2"}]
    assert rows(two, "SELECT ref, account FROM account_of") == [{"ref": 2, "account": 2}]
    set_clock(two, date(2026, 3, 9), accounts=[])
    assert rows(two, "SELECT * FROM population") == []


def test_a_link_taken_away_and_a_merge(two: sqlite3.Connection) -> None:
    with transaction(two):
        merge = begin_change_set(two, kind="match", day="2026-03-07", at="2026-03-07T08:00:00Z")
        append_row(two, "identity", merge, "match", "2", 2, {"account": 1, "how": "hand"})
    set_clock(two, date(2026, 3, 9))
    assert rows(two, "SELECT account_id FROM population") == [{"account_id": "c1"}]
    with transaction(two):
        away = begin_change_set(two, kind="match", day="2026-03-08", at="2026-03-08T08:00:00Z")
        append_row(two, "identity", away, "match", "2", 2, {"account": None})
    set_clock(two, date(2026, 3, 9))
    assert rows(two, "SELECT ref FROM account_of") == [{"ref": 1}]


def test_views_see_what_is_written_after(two: sqlite3.Connection) -> None:
    set_clock(two, date(2026, 3, 9))
    with transaction(two):
        number = begin_change_set(two, kind="hand", day="2026-03-09", at="2026-03-09T08:00:00Z")
        assert retire_row(two, "account", number, "crm", "c1")
    assert names(two) == ["Renamed"]
    assert not retire_row(two, "account", number, "crm", "c1")


def test_append_row_keeps_what_is_left_out(two: sqlite3.Connection) -> None:
    with transaction(two):
        number = begin_change_set(two, kind="hand", day="2026-03-09", at="2026-03-09T08:00:00Z")
        assert append_row(two, "account", number, "crm", "c1", 1, {"owner": "Dana"}) == "changed"
        assert append_row(two, "account", number, "crm", "c1", 1, {"owner": "Dana"}) == "unchanged"
        assert append_row(two, "account", number, "crm", "c1", 1, {"employees": 7}) == "changed"
    versions = two.execute(
        "SELECT name, owner, employees, import_id, retired_by FROM account WHERE key='c1'"
    ).fetchall()
    assert versions == [("Company c1", None, None, 1, 4), ("Company c1", "Dana", 7, 4, None)]
    with pytest.raises(ValueError, match="no column colour"), transaction(two):
        append_row(two, "account", number, "crm", "c1", 1, {"colour": "red"})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("SELECT @days(a, b)", "SELECT CAST(julianday(a) - julianday(b) AS INTEGER)"),
        ("@add_days(min(a, b), -7)", "add_days(min(a, b), -7)"),
        (
            "@days(@add_months(a, 1, 31), ')')",
            "CAST(julianday(add_months(a, 1, 31)) - julianday(')') AS INTEGER)",
        ),
        ("x = '@days(a, b)' -- @days(\n and @fold( x )", "x = '@days(a, b)' -- @days(\n and fold(x)"),
        ("/* @nothing( */ a.\"@fold(\" = 'it''s @'", "/* @nothing( */ a.\"@fold(\" = 'it''s @'"),
        ("SELECT @parameter", "SELECT @parameter"),
    ],
)
def test_macros(given: str, expected: str) -> None:
    assert expand(given) == expected


@pytest.mark.parametrize("bad", ["@day(a)", "@days(a)", "@fold(a, b)", "@days(a, (b)"])
def test_bad_macros(bad: str) -> None:
    with pytest.raises(ValueError):
        expand(bad)


def test_days_between_is_exact(conn: sqlite3.Connection) -> None:
    query = expand("SELECT @days(?, ?)")
    for a, b in [
        ("2026-03-29", "2026-03-28"),
        ("2028-03-01", "2028-02-28"),
        ("2000-01-01", "2026-11-22"),
        ("0001-01-01", "9999-12-31"),
    ]:
        assert conn.execute(query, (a, b)).fetchone() == (
            (date.fromisoformat(a) - date.fromisoformat(b)).days,
        )
