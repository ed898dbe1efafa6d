"""Finding an account by what a person types."""

from __future__ import annotations

import sqlite3

import pytest

from cs_cli.base.errors import UsageError
from cs_cli.store.change_sets import append_row, begin_change_set
from cs_cli.store.connection import transaction
from cs_cli.store.refs import account_names, find_account
from tests.registry import ref_of, register_account

COMPANIES = {
    "c1": ("Globex Corporation", "globex.com"),
    "c2": ("Initech", "initech.example"),
    "c3": ("Initech Europe", None),
    "c4": ("50% Off_Shop", "shop.example"),
    "ÄRGER-1": ("Ärger & Söhne", "aerger.de"),
    **{f"n{n}": (f"Numbered {n:02} Inc", None) for n in range(12)},
}


@pytest.fixture
def book(conn: sqlite3.Connection) -> sqlite3.Connection:
    with transaction(conn):
        first = begin_change_set(
            conn, kind="import", day="2026-03-01", at="2026-03-01T08:00:00Z", source="crm"
        )
        conn.execute(
            "INSERT INTO source VALUES ('crm', 'crm', 'crm', 10), ('billing', 'stripe', 'billing', 20)"
        )
        for external, (name, domain) in COMPANIES.items():
            ref = ref_of(conn, "crm", external)
            number = register_account(conn, external, first)
            append_row(conn, "identity", first, "match", str(ref), ref, {"account": number, "how": "own"})
            append_row(conn, "account", first, "crm", external, ref, {"name": name, "domain": domain})
        ref = ref_of(conn, "stripe", "cus_1")
        append_row(conn, "identity", first, "match", str(ref), ref, {"account": 1, "how": "domain"})
        append_row(conn, "account", first, "billing", "cus_1", ref, {"name": "GLOBEX BILLING"})
    return conn


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c1", "c1"),
        ("C1", "c1"),
        (" c1 ", "c1"),
        ("cus_1", "c1"),
        ("globex.com", "c1"),
        ("https://www.Globex.com/", "c1"),
        ("globex", "c1"),
        ("GLOBEX BILL", "c1"),
        ("Initech", "c2"),
        ("initech eu", "c3"),
        ("50%", "c4"),
        ("Off_", "c4"),
        ("ärger-1", "ÄRGER-1"),
        ("SÖHNE", "ÄRGER-1"),
        ("Numbered 07", "n7"),
    ],
)
def test_found(book: sqlite3.Connection, text: str, expected: str) -> None:
    found = find_account(book, text)
    assert found.account_id == expected
    assert found.name == COMPANIES[expected][0]


def test_several_are_listed_and_none_is_picked(book: sqlite3.Connection) -> None:
    with pytest.raises(UsageError, match="USE-011") as stopped:
        find_account(book, "inc")
    assert stopped.value.code == 2
    shown = str(stopped.value.faults[0].excerpt).splitlines()
    assert len(shown) == 11
    assert shown[0].split() == ["1", "n0", "Numbered", "00", "Inc"]
    assert shown[10].strip() == "and 2 more"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Globx", "Globex"),
        ("initech.exampel", ""),
        ("", ""),
        ("%", "none"),
        ("_", "none"),
        ("'; DROP TABLE ref; --", ""),
    ],
)
def test_none(book: sqlite3.Connection, text: str, hint: str) -> None:
    if hint == "none":  # only the one name that really has the character
        assert find_account(book, text).account_id in ("c4",)
        return
    with pytest.raises(UsageError, match="USE-010") as stopped:
        find_account(book, text)
    assert hint in stopped.value.faults[0].what


def test_names_by_the_strongest_source(book: sqlite3.Connection) -> None:
    assert account_names(book, [1, 2]) == {1: "Globex Corporation", 2: "Initech"}
