"""Undo in named cases: conflicts and what they say, links, origins, what is left with keep_later."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from cs_cli.base.errors import GuardStopped, UsageError
from cs_cli.store.change_sets import (
    append_row,
    begin_change_set,
)
from cs_cli.store.connection import rows, transaction
from cs_cli.store.undo import UndoResult, undo
from tests.registry import ref_of, register_account

AT: dict[str, Any] = {"day": "2026-03-01", "at": "2026-03-01T08:00:00Z"}


def crm(conn: sqlite3.Connection, file: str, **accounts: str) -> int:
    with transaction(conn):
        number = begin_change_set(
            conn, kind="import", source="crm", record_kind="account", file=file, sha256=file, **AT
        )
        for line, (external, name) in enumerate(accounts.items(), 2):
            ref = ref_of(conn, "crm", external)
            if not conn.execute("SELECT 1 FROM identity WHERE ref = ?", (ref,)).fetchone():
                account = register_account(conn, external, number)
                append_row(
                    conn, "identity", number, "match", str(ref), ref, {"account": account, "how": "own"}
                )
            append_row(conn, "account", number, "crm", external, ref, {"name": name}, line=line)
    return number


def now(conn: sqlite3.Connection) -> dict[str, str]:
    return dict(conn.execute("SELECT key, name FROM account WHERE retired_by IS NULL").fetchall())


def stopped(conn: sqlite3.Connection, number: int, ident: str) -> GuardStopped:
    before = list(conn.iterdump())
    with pytest.raises(GuardStopped, match=ident) as error:
        undo(conn, number, **AT)
    assert error.value.code == 15
    assert list(conn.iterdump()) == before
    return error.value


def test_before_images_keep_their_file_and_line(conn: sqlite3.Connection) -> None:
    crm(conn, "one.csv", a="A", b="B")
    second = crm(conn, "two.csv", a="A2", c="C")
    assert undo(conn, second, **AT) == UndoResult(change_set=3, undone=2, records=3, usage=0)
    assert now(conn) == {"a": "A", "b": "B"}
    assert conn.execute(
        "SELECT import_id, origin_import, origin_line, line FROM account WHERE key = 'a' "
        "AND retired_by IS NULL"
    ).fetchone() == (3, 1, 2, None)
    undo(conn, 3, **AT)
    assert now(conn) == {"a": "A2", "b": "B", "c": "C"}
    assert conn.execute(
        "SELECT origin_import, origin_line FROM account WHERE key = 'a' AND retired_by IS NULL"
    ).fetchone() == (2, 2)


def test_newest_first_of_a_source(conn: sqlite3.Connection) -> None:
    crm(conn, "one.csv", a="A")
    crm(conn, "two.csv", b="B")
    error = stopped(conn, 1, "STO-010")
    assert "cs imports undo 2 && cs imports undo 1" in str(error.next)
    assert error.faults[0].file == "two.csv"
    undo(conn, 2, **AT)
    undo(conn, 1, **AT)
    assert now(conn) == {}


def test_undone_already_and_unknown(conn: sqlite3.Connection) -> None:
    crm(conn, "one.csv", a="A")
    undo(conn, 1, **AT)
    assert "#2" in str(stopped(conn, 1, "STO-011"))
    with pytest.raises(UsageError, match="USE-012"):
        undo(conn, 99, **AT)
    with transaction(conn):
        run = begin_change_set(conn, kind="run", **AT)
    stopped(conn, run, "STO-012")


def test_links_to_its_accounts_are_conflicts(conn: sqlite3.Connection) -> None:
    crm(conn, "one.csv", a="A")
    with transaction(conn):
        link = begin_change_set(conn, kind="match", note="linked cus_1", **AT)
        ref = ref_of(conn, "stripe", "cus_1")
        append_row(conn, "identity", link, "match", str(ref), ref, {"account": 1, "how": "hand"})
    assert "linked" in stopped(conn, 1, "STO-010").faults[0].what
    undo(conn, link, **AT)
    undo(conn, 1, **AT)
    assert conn.execute("SELECT COUNT(*) FROM identity WHERE retired_by IS NULL").fetchone() == (0,)


def test_entries_by_hand_are_undone_in_any_order(conn: sqlite3.Connection) -> None:
    crm(conn, "one.csv", a="A")
    for n in (1, 2, 3):
        with transaction(conn):
            number = begin_change_set(conn, kind="hand", source="hand", record_kind="touch", **AT)
            append_row(conn, "touch", number, "hand", f"t{n}", 1, {"note": f"call {n}", "day": "2026-03-01"})
    undo(conn, 2, **AT)
    assert rows(conn, "SELECT key FROM touch WHERE retired_by IS NULL") == [{"key": "t2"}, {"key": "t3"}]


def test_keep_later_leaves_what_others_changed(conn: sqlite3.Connection) -> None:
    crm(conn, "one.csv", a="A", b="B")
    with transaction(conn):
        hand = begin_change_set(conn, kind="hand", note="renamed", **AT)
        append_row(conn, "account", hand, "crm", "a", 1, {"name": "By hand"})
    stopped(conn, 1, "STO-010")
    result = undo(conn, 1, keep_later=True, **AT)
    assert result.left == 1
    assert now(conn) == {"a": "By hand"}


def test_inside_an_open_transaction(conn: sqlite3.Connection) -> None:
    crm(conn, "one.csv", a="A")

    def fail_after_the_undo() -> None:
        with transaction(conn):
            undo(conn, 1, **AT)
            raise RuntimeError("the rest failed")

    with pytest.raises(RuntimeError):
        fail_after_the_undo()
    assert now(conn) == {"a": "A"}
