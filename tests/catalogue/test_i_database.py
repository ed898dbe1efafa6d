"""The database file: missing, somebody else's, damaged, newer, busy, tampered with. Nothing is repaired in silence."""

from __future__ import annotations

import sqlite3

import pytest

from tests.catalogue.desk import Desk
from tests.catalogue.test_h_commands import shell

READ, WRITE = ("accounts", "list"), ("note", "Acme", "hello")


def refused(desk: Desk, ident: str, code: int = 13) -> None:
    """Reading and writing end with the code and the place, and leave the bytes as they are."""
    before = (desk.root / "cs.db").read_bytes()
    for words in (READ, WRITE):
        done = desk.cs(*words)
        assert (done.code, done.out) == (code, ""), done
        assert f"error[{ident}]" in done.err and "cs.db" in done.err, done.err
    assert (desk.root / "cs.db").read_bytes() == before


@pytest.mark.parametrize("words", [READ, WRITE, ("run",), ("remind",), ("imports", "list")], ids=" ".join)
def test_i1_a_missing_file_is_never_made(desk: Desk, words: tuple[str, ...]) -> None:
    (desk.root / "cs.db").unlink()
    done = desk.cs(*words)
    assert done.code == 13 and "cs.db" in done.err and "next" in done.err
    assert not (desk.root / "cs.db").exists()


@pytest.mark.parametrize("content", [b"", b"just text\n" * 400], ids=["empty", "text"])
def test_i2_no_database(desk: Desk, content: bytes) -> None:
    (desk.root / "cs.db").write_bytes(content)
    refused(desk, "STO-002")


def test_i2_another_programs_database(desk: Desk) -> None:
    (desk.root / "cs.db").unlink()
    other = sqlite3.connect(desk.root / "cs.db")
    other.execute("CREATE TABLE songs(title)")
    other.close()
    refused(desk, "STO-003")


def test_i3_pages_that_are_overwritten_are_found(desk: Desk) -> None:
    path = desk.root / "cs.db"
    data = bytearray(path.read_bytes())
    data[8192 : len(data) // 2] = b"\xa5" * (len(data) // 2 - 8192)
    path.write_bytes(data)
    done = desk.cs(*READ)
    assert done.code == 13 and "cs restore" in done.err
    assert desk.cs("verify").code in (1, 13)
    assert path.read_bytes() == data


def test_i4_a_newer_file_is_left_alone(desk: Desk) -> None:
    conn = sqlite3.connect(desk.root / "cs.db")
    conn.execute("PRAGMA user_version = 999")
    conn.close()
    refused(desk, "STO-004")


def test_i7_no_room_to_write(desk: Desk) -> None:
    before = desk.dump()
    for line in ("cs note Acme hello", "cs import exports/more.csv", "cs run"):
        desk.file("more.csv", b"account_id,name\n" + b"".join(b"N%d,New %d\n" % (n, n) for n in range(500)))
        done = shell(f"ulimit -f 8; {line}", desk)  # 4 KB: what is written past it fails as on a full disk
        assert done.returncode == 13 and b"free" in done.stderr, done.stderr
    assert desk.dump() == before
    assert desk.cs("verify").code == 0


def test_i8_another_tool_holds_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_cli.store.connection.WAIT_SECONDS", 0.2)
    other = sqlite3.connect(desk.root / "cs.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert desk.cs(*READ).code == 0
        before = desk.dump()
        done = desk.cs(*WRITE)
        assert done.code == 11 and "database is locked" not in done.err
    finally:
        other.close()
    assert desk.dump() == before


def test_i10_a_loose_mode_is_repaired(desk: Desk) -> None:
    (desk.root / "cs.db").chmod(0o644)
    assert desk.cs(*READ).code == 0
    assert (desk.root / "cs.db").stat().st_mode & 0o777 == 0o600


def test_i11_what_was_planted_is_named(desk: Desk) -> None:
    conn = sqlite3.connect(desk.root / "cs.db")
    conn.execute("CREATE TRIGGER planted AFTER INSERT ON note BEGIN DELETE FROM account; END")
    conn.close()
    done = desk.cs("verify")
    assert done.code == 1 and "planted" in done.err


def test_i12_rows_changed_by_hand_are_found(desk: Desk) -> None:
    assert desk.cs("verify").code == 0
    conn = sqlite3.connect(desk.root / "cs.db")
    conn.execute("UPDATE subscription SET retired_by = import_id WHERE key = 'S1'")
    conn.commit()
    conn.close()
    done = desk.cs("verify")
    assert done.code == 1 and "subscription" in done.err
