"""Backups, the run lock, and what verify finds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cs_cli.base.errors import Busy, DatabaseUnusable
from cs_cli.store.backup import backup, backups, restore
from cs_cli.store.connection import open_database, transaction
from cs_cli.store.lock import run_lock
from cs_cli.store.verify import verify

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def metrics(path: Path) -> list[str]:
    conn = open_database(path)
    found = [row[0] for row in conn.execute("SELECT name FROM metric ORDER BY name")]
    conn.close()
    return found


def test_backup_and_restore(path: Path, conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO metric(name) VALUES ('first')")
    kept = backup(path, at=NOON)
    assert kept.name == "cs-2026-03-31T120000Z.db"
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    conn.execute("INSERT INTO metric(name) VALUES ('second')")
    conn.close()
    replaced = restore(kept, path)
    assert metrics(path) == ["first"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert replaced is not None
    assert sqlite3.connect(replaced).execute("SELECT COUNT(*) FROM metric").fetchone() == (2,)
    path.unlink()
    assert restore(kept, path) is None
    assert metrics(path) == ["first"]


def test_restore_over_a_ruined_file(path: Path, conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO metric(name) VALUES ('first')")
    kept = backup(path, at=NOON)
    conn.close()
    path.write_bytes(b"ruined")
    replaced = restore(kept, path)
    assert metrics(path) == ["first"]
    assert replaced is not None
    assert replaced.read_bytes() == b"ruined"


@pytest.mark.parametrize("content", [None, b"", b"text", b"SQLite format 3\x00" + os.urandom(9000)])
def test_a_bad_backup_is_refused(path: Path, conn: sqlite3.Connection, content: bytes | None) -> None:
    conn.close()
    bad = path.with_name("bad.db")
    if content is not None:
        bad.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match="STO-013"):
        restore(bad, path)
    assert path.read_bytes() == before


def test_backup_of_nothing(path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="STO-001"):
        backup(path)


def test_seven_days_and_four_weeks_stay(path: Path, conn: sqlite3.Connection) -> None:
    """Of those that cs makes by itself, before an upgrade or a merge."""
    backup(path, at=NOON, why="schema-15")
    (kept,) = backups(path)
    own = kept.with_name("cs-mine.db")
    own.write_bytes(b"")
    for back in range(1, 60):  # as if one had been made every day
        day = NOON - timedelta(days=back)
        kept.with_name(f"cs-{day:%Y-%m-%dT%H%M%SZ}-schema-14.db").write_bytes(b"")
    backup(path, at=NOON + timedelta(hours=1), why="schema-15")
    days = [p.name[3:13] for p in backups(path) if p != own]
    assert days == [
        "2026-03-31",
        "2026-03-30",
        "2026-03-29",
        "2026-03-28",
        "2026-03-27",
        "2026-03-26",
        "2026-03-25",
        "2026-03-22",
        "2026-03-15",
    ]
    assert own.exists()


def test_what_a_person_asked_for_is_never_thinned_out(path: Path, conn: sqlite3.Connection) -> None:
    conn.close()
    asked = [backup(path, at=NOON + timedelta(hours=hours)) for hours in (0, 1, 1, 26)]
    assert len(set(asked)) == 4
    for hour in range(3):
        backup(path, at=NOON + timedelta(hours=30 + hour), why="before-merge")
    assert all(one.exists() for one in asked)
    assert len([one for one in backups(path) if "before-merge" in one.name]) == 1


def test_the_newest_from_before_the_newest_change_stays(path: Path, conn: sqlite3.Connection) -> None:
    before = [backup(path, at=NOON + timedelta(hours=hour), why="before-merge") for hour in (0, 1)]
    with transaction(conn):
        conn.execute(
            "INSERT INTO change_set(at, day, kind) VALUES (?, '2026-03-31', 'hand')",
            ((NOON + timedelta(hours=2)).isoformat(),),
        )
    after = [backup(path, at=NOON + timedelta(hours=hour), why="before-merge") for hour in (3, 4)]
    assert [one.exists() for one in (*before, *after)] == [False, True, False, True]


def test_a_restore_beside_a_reader_keeps_what_was_acknowledged(path: Path, conn: sqlite3.Connection) -> None:
    """Rows that lie in the journal alone, because somebody reads an older state, are in the copy that is kept."""
    conn.execute("INSERT INTO metric(name) VALUES ('first')")
    kept = backup(path, at=NOON)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM metric").fetchone() == (1,)
    conn.execute("INSERT INTO metric(name) VALUES ('acknowledged')")
    replaced = restore(kept, path)
    assert replaced is not None
    with sqlite3.connect(replaced) as old:
        assert [row[0] for row in old.execute("SELECT name FROM metric ORDER BY name")] == ["acknowledged", "first"]
    assert reader.execute("SELECT count(*) FROM metric").fetchone() == (1,)
    reader.execute("COMMIT")
    # whoever had it open goes on with what is there now, and what they write is not lost
    conn.execute("INSERT INTO metric(name) VALUES ('later')")
    assert reader.execute("SELECT name FROM metric ORDER BY name").fetchall() == [("first",), ("later",)]
    reader.close()
    conn.close()
    assert metrics(path) == ["first", "later"]


def test_a_restore_waits_for_a_writer_and_then_says_busy(
    path: Path, conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cs_cli.store.backup.WAIT_SECONDS", 0.1)
    conn.execute("INSERT INTO metric(name) VALUES ('first')")
    kept = backup(path, at=NOON)
    conn.execute("BEGIN IMMEDIATE")
    conn.execute("INSERT INTO metric(name) VALUES ('writing')")
    with pytest.raises(Busy, match="STO-007"):
        restore(kept, path)
    conn.execute("COMMIT")
    conn.close()
    assert metrics(path) == ["first", "writing"]  # nothing was changed
    assert not list(path.parent.glob("backups/replaced-*")) and not list(path.parent.glob("backups/.*"))


def test_a_restore_that_cannot_keep_the_old_one_changes_nothing(
    path: Path, conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn.execute("INSERT INTO metric(name) VALUES ('first')")
    kept = backup(path, at=NOON)
    conn.execute("INSERT INTO metric(name) VALUES ('second')")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cs_cli.store.backup._copy", full)
    with pytest.raises(DatabaseUnusable, match="STO-006"):
        restore(kept, path)
    conn.close()
    assert metrics(path) == ["first", "second"]


def test_a_damaged_database_is_kept_with_its_journal(path: Path, conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO metric(name) VALUES ('first')")
    kept = backup(path, at=NOON)
    conn.close()
    Path(f"{path}-wal").write_bytes(b"rest of a journal")
    path.write_bytes(b"ruined" * 999)
    replaced = restore(kept, path)
    assert replaced is not None
    assert replaced.read_bytes() == b"ruined" * 999
    assert metrics(path) == ["first"]
    assert verify(open_database(path)) == []


_HOLD = """
import sys
from cs_cli.store.lock import run_lock
with run_lock(sys.argv[1], "cs run"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_run_at_a_time_and_a_dead_one_blocks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    with pytest.raises(Busy, match="STO-008") as stopped, run_lock(path, "cs run"):
        pass
    assert f"pid {child.pid}, cs run" in str(stopped.value)
    child.kill()
    child.communicate()
    with run_lock(path, "cs run"):
        assert path.stat().st_mode & 0o777 == 0o600
    with run_lock(path, "cs run"):
        pass


def test_a_workspace_has_its_lock_in_its_private_folder(tmp_path: Path) -> None:
    with run_lock(tmp_path), pytest.raises(Busy), run_lock(tmp_path / ".cs" / "run.lock", "other"):
        pass
    assert (tmp_path / ".cs").stat().st_mode & 0o777 == 0o700


@pytest.fixture
def filled(conn: sqlite3.Connection) -> sqlite3.Connection:
    with transaction(conn):
        for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
            conn.execute("INSERT INTO change_set(at, day, kind) VALUES (?, ?, 'import')", (day, day))
        conn.execute("INSERT INTO ref(system, external_id) VALUES ('crm', 'a')")
        conn.execute("INSERT INTO metric(name) VALUES ('logins')")
        conn.execute("INSERT INTO account_registry VALUES (1, 'a', 1)")
        conn.execute(
            "INSERT INTO identity(source, key, import_id, ref, account) VALUES ('match', '1', 1, 1, 1)"
        )
        conn.execute(
            "INSERT INTO invoice(source, key, import_id, ref, issued_on, currency, retired_by) "
            "VALUES ('b', 'i', 1, 1, '2026-02-01', 'EUR', 2)"
        )
        conn.execute(
            "INSERT INTO invoice(source, key, import_id, ref, issued_on, currency) "
            "VALUES ('b', 'i', 2, 1, '2026-02-28', 'EUR')"
        )
        conn.execute("INSERT INTO usage_old VALUES (1, 1, '2026-01-01', 5, 1, 2, 2)")
        conn.execute("INSERT INTO usage VALUES (1, 1, '2026-01-01', 6, 2, 2)")
    return conn


def test_a_good_file_is_silent(filled: sqlite3.Connection, path: Path) -> None:
    assert verify(filled) == []
    reader = open_database(path)
    assert verify(reader) == []
    reader.close()


@pytest.mark.parametrize(
    ("damage", "ident"),
    [
        ("PRAGMA foreign_keys=OFF; DELETE FROM change_set WHERE id = 2", "STO-021"),
        ("DROP INDEX invoice_current; UPDATE invoice SET retired_by = NULL", "STO-022"),
        ("UPDATE invoice SET retired_by = 1 WHERE retired_by = 2", "STO-023"),
        ("UPDATE invoice SET retired_by = 3 WHERE retired_by = 2", "STO-023"),
        ("UPDATE usage_old SET retired_by = 1", "STO-024"),
        ("UPDATE usage SET import_id = 1", "STO-024"),
        ("INSERT INTO usage_old VALUES (1, 1, '2026-01-01', 4, 1, 2, 2)", "STO-024"),
        ("UPDATE usage SET metric = 9", "STO-024"),
        ("DROP INDEX ref_none", None),
        ("CREATE TRIGGER planted AFTER INSERT ON note BEGIN SELECT 1; END", "STO-025"),
        ("CREATE VIEW planted AS SELECT 1", "STO-025"),
        ("DROP INDEX note_ref", "STO-025"),
        ("PRAGMA application_id=5", "STO-025"),
        ("UPDATE identity SET account = 7", "STO-026"),
        ("UPDATE invoice SET ref = 7", "STO-026"),
        (
            "INSERT INTO identity(source, key, import_id, ref, account) VALUES ('hand', '1', 1, 1, 1)",
            "STO-026",
        ),
        ("UPDATE invoice SET issued_on = '2026-02-30'", "STO-027"),
        ("UPDATE invoice SET issued_on = '01/02/2026'", "STO-027"),
        ("UPDATE invoice SET currency = 'EURO'", "STO-027"),
        ("INSERT INTO churn(source, key, import_id, voluntary) VALUES ('h', 'c', 1, 2)", "STO-027"),
        ("UPDATE usage SET day = 'monday'", "STO-027"),
    ],
)
def test_damage_is_found(filled: sqlite3.Connection, damage: str, ident: str | None) -> None:
    if ident is None:
        with pytest.raises(sqlite3.OperationalError):
            filled.execute(damage)
        return
    filled.executescript(damage)
    assert ident in {fault.ident for fault in verify(filled)}


def test_a_readable_file_is_found(filled: sqlite3.Connection, path: Path) -> None:
    path.chmod(0o644)
    assert [f.ident for f in verify(filled)] == ["STO-028"]


def test_broken_pages_are_found(filled: sqlite3.Connection, path: Path) -> None:
    filled.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = filled.execute("SELECT rootpage FROM sqlite_master WHERE name = 'invoice'").fetchone()[0]
    filled.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    conn = open_database(path)
    assert {f.ident for f in verify(conn)} == {"STO-020"}
    conn.close()
