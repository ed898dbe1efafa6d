"""Opening: what is refused, what is made, who may read it, and what survives a kill."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cs_cli.base.errors import Busy, CsError, DatabaseUnusable
from cs_cli.store import faults, migrations_runner
from cs_cli.store.backup import backups
from cs_cli.store.connection import APPLICATION_ID, open_database, rows, transaction


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def refused(path: Path, ident: str, *, write: bool) -> CsError:
    """Opening is refused with the ident, exit 13, and no byte in the folder changes."""
    before = files(path.parent)
    with pytest.raises(DatabaseUnusable) as stopped:
        open_database(path, write=write, create=write)
    assert [f.ident for f in stopped.value.faults] == [ident]
    assert stopped.value.code == 13
    assert stopped.value.next
    assert files(path.parent) == before
    return stopped.value


def test_missing_is_never_made_by_a_reader(path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="STO-001") as stopped:
        open_database(path)
    assert "cs init" in str(stopped.value.next)
    with pytest.raises(DatabaseUnusable, match="STO-001"):
        open_database(path, write=True)
    assert not path.exists()


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    "content", [b"", b"hello, I am a text file\n" * 20, b"SQLite format 3\x00", os.urandom(8192)]
)
def test_no_database(path: Path, content: bytes, write: bool) -> None:
    path.write_bytes(content)
    refused(path, "STO-002", write=write)


@pytest.mark.parametrize("write", [False, True])
def test_another_programs_database(path: Path, write: bool) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE places(url)")
    other.commit()
    other.close()
    refused(path, "STO-003", write=write)


@pytest.mark.parametrize("write", [False, True])
def test_newer_schema_in_the_file(path: Path, write: bool) -> None:
    open_database(path, write=True, create=True).close()
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA user_version={migrations_runner.latest_version() + 1}")
    other.close()
    assert "newer cs" in str(refused(path, "STO-004", write=write))


def test_newer_schema_still_in_the_journal(path: Path) -> None:
    open_database(path, write=True, create=True).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute(f"PRAGMA user_version={migrations_runner.latest_version() + 1}")
    try:
        with pytest.raises(DatabaseUnusable, match="STO-004"):
            open_database(path)
        with pytest.raises(DatabaseUnusable, match="STO-004"):
            open_database(path, write=True)
    finally:
        other.close()


def test_a_second_name_is_refused(path: Path) -> None:
    open_database(path, write=True, create=True).close()
    os.link(path, path.with_name("second.db"))
    refused(path, "STO-014", write=True)


def test_damaged_pages_are_no_bug_of_ours(path: Path, conn: sqlite3.Connection) -> None:
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    before = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match="STO-005") as stopped:
        open_database(path)
    assert "cs restore" in str(stopped.value.next)
    assert path.read_bytes() == before


def test_only_our_own_mistakes_stay_sqlite_errors(conn: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError) as stopped:
        conn.execute("SELECT nonsense")
    assert faults.as_cs_error(stopped.value) is None
    assert faults.as_cs_error(ValueError("x")) is None


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_private_whatever_the_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        conn = open_database(path, write=True, create=True)
        with transaction(conn):
            conn.execute("INSERT INTO metric(name) VALUES ('logins')")
        names = {p.name: p.stat().st_mode & 0o777 for p in path.parent.iterdir()}
        conn.close()
    finally:
        os.umask(before)
    assert names == {"cs.db": 0o600, "cs.db-wal": 0o600, "cs.db-shm": 0o600}


def test_a_loose_mode_is_repaired(path: Path) -> None:
    open_database(path, write=True, create=True).close()
    path.chmod(0o644)
    open_database(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_pragmas_of_a_writer(conn: sqlite3.Connection) -> None:
    def pragma(name: str) -> object:
        return conn.execute(f"PRAGMA {name}").fetchone()[0]

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2
    assert pragma("foreign_keys") == 1
    assert pragma("trusted_schema") == 0
    assert pragma("cell_size_check") == 1
    assert pragma("main.secure_delete") == 1
    assert pragma("busy_timeout") == 30_000
    assert pragma("application_id") == APPLICATION_ID
    assert pragma("user_version") == migrations_runner.latest_version()


def test_a_reader_cannot_write_but_has_temporary_tables(path: Path, conn: sqlite3.Connection) -> None:
    reader = open_database(path)
    reader.execute("CREATE TEMP VIEW v AS SELECT fold(name) AS f FROM metric")
    conn.execute("INSERT INTO metric(name) VALUES ('LOGINS')")
    assert rows(reader, "SELECT f FROM v") == [{"f": "logins"}]
    with pytest.raises(DatabaseUnusable, match="STO-006"), transaction(reader):
        reader.execute("DELETE FROM metric")
    reader.close()


def test_names_with_odd_characters(tmp_path: Path) -> None:
    path = tmp_path / "a%20b?c#d é" / "cs.db"
    path.parent.mkdir()
    open_database(path, write=True, create=True).close()
    open_database(path).close()


def test_functions_in_sql(conn: sqlite3.Connection) -> None:
    one = conn.execute(
        "SELECT fold('STRASSE ÉÀ'), fold(NULL), fold(5), add_days('2026-02-28', 1), add_days(NULL, 1), "
        "add_days('9999-12-31', 1), add_months('2026-02-28', 1, 31), add_months('2026-01-31', 1, NULL), "
        "add_months('no day', 1, 1)"
    ).fetchone()
    assert one == ("strasse éà", None, 5, "2026-03-01", None, None, "2026-03-31", "2026-02-28", None)


def test_a_transaction_is_whole(conn: sqlite3.Connection) -> None:
    def fail_halfway() -> None:
        with transaction(conn):
            conn.execute("INSERT INTO metric(name) VALUES ('a')")
            with transaction(conn):  # joins the outer one
                conn.execute("INSERT INTO metric(name) VALUES ('b')")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert conn.execute("SELECT COUNT(*) FROM metric").fetchone() == (0,)
    assert not conn.in_transaction


def test_busy_after_the_wait(path: Path, conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_cli.store.connection.WAIT_SECONDS", 0.2)
    second = open_database(path, write=True)
    with transaction(conn), pytest.raises(Busy, match="STO-007") as stopped, transaction(second):
        pass
    assert stopped.value.code == 11
    second.close()


_WRITER = """
import sys, time
from cs_cli.store.connection import open_database, transaction
conn = open_database(sys.argv[1], write=True)
for n in range(int(sys.argv[3])):
    with transaction(conn):
        conn.execute("INSERT INTO metric(name) VALUES (?)", (sys.argv[2] + str(n),))
        conn.execute("SELECT COUNT(*) FROM metric").fetchone()
"""


def start(code: str, *words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_two_writers_and_a_reader(path: Path, conn: sqlite3.Connection) -> None:
    writers = [start(_WRITER, path, name, 60) for name in ("a", "b")]
    reader = open_database(path)
    seen = [0]
    while any(w.poll() is None for w in writers):
        seen.append(reader.execute("SELECT COUNT(*) FROM metric").fetchone()[0])
    assert [w.communicate()[1] for w in writers] == [b"", b""]
    assert seen == sorted(seen)
    assert reader.execute("SELECT COUNT(*) FROM metric").fetchone() == (120,)
    reader.close()


_KILLED = """
import sys
from cs_cli.store.connection import open_database, transaction
conn = open_database(sys.argv[1], write=True)
conn.execute("PRAGMA cache_size=10")  # so that pages reach the journal before the commit
with transaction(conn):
    conn.executemany("INSERT INTO metric(name) VALUES (?)", ((str(n) * 50,) for n in range(5000)))
    print("written", flush=True)
    sys.stdin.read()
"""


def test_killed_in_the_middle_leaves_nothing(path: Path, conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO metric(name) VALUES ('before')")
    child = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"written\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    with transaction(conn):  # at once: a dead writer holds nothing
        conn.execute("INSERT INTO metric(name) VALUES ('after')")
    assert conn.execute("SELECT name FROM metric").fetchall() == [("before",), ("after",)]
    assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_twenty_that_create_at_once_get_one_database(path: Path) -> None:
    code = (
        "import sys\nfrom cs_cli.store.connection import open_database\n"
        "c = open_database(sys.argv[1], write=True, create=True)\n"
        "c.execute('INSERT INTO metric(name) VALUES (?)', (sys.argv[2],))"
    )
    children = [start(code, path, n) for n in range(6)]
    assert [c.communicate()[1] for c in children] == [b""] * 6
    conn = open_database(path)
    assert conn.execute("SELECT COUNT(*) FROM metric").fetchone() == (6,)
    conn.close()
    assert not list(path.parent.glob("*.part"))


def test_opening_is_cheap(path: Path) -> None:
    open_database(path, write=True, create=True).close()
    begin = time.process_time()
    for _ in range(20):
        open_database(path).close()
    assert (time.process_time() - begin) / 20 < 0.01


# --- migrations ------------------------------------------------------------------


@pytest.fixture
def more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migrations folder with only the first migration; tests add theirs."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    first = Path(migrations_runner.FOLDER) / "0001_records.sql"
    (folder / first.name).write_text(first.read_text())
    monkeypatch.setattr(migrations_runner, "FOLDER", str(folder))
    return folder


_SECOND = """-- a comment; with a semicolon
CREATE TABLE extra(a TEXT DEFAULT ';');
CREATE TRIGGER extra_t AFTER INSERT ON extra BEGIN
  INSERT INTO metric(name) VALUES (new.a || ';');
  DELETE FROM metric WHERE name = 'x';
END;
INSERT INTO extra(a) VALUES ('kept');
-- the end
"""


@pytest.mark.parametrize("write", [False, True])
def test_older_is_upgraded_with_a_backup(path: Path, more: Path, write: bool) -> None:
    open_database(path, write=True, create=True).close()
    (more / "0002_extra.sql").write_text(_SECOND)
    conn = open_database(path, write=write)
    assert conn.execute("SELECT name FROM metric").fetchall() == [("kept;",)]
    assert conn.execute("PRAGMA user_version").fetchone() == (2,)
    conn.close()
    (kept,) = backups(path)
    old = sqlite3.connect(kept)
    assert old.execute("PRAGMA user_version").fetchone() == (1,)
    old.close()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def test_a_failing_migration_changes_nothing(path: Path, more: Path) -> None:
    open_database(path, write=True, create=True).close()
    (more / "0002_extra.sql").write_text("CREATE TABLE extra(a);")
    (more / "0003_broken.sql").write_text("CREATE TABLE other(a); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(DatabaseUnusable, match="STO-009") as stopped:
        open_database(path, write=True)
    assert str(backups(path)[0]) in str(stopped.value.next)
    conn = sqlite3.connect(path)
    assert conn.execute("PRAGMA user_version").fetchone() == (1,)
    assert conn.execute("SELECT 1 FROM sqlite_master WHERE name IN ('extra', 'other')").fetchall() == []
    conn.close()


def test_a_failing_first_migration_leaves_no_file(path: Path, more: Path) -> None:
    (more / "0001_records.sql").write_text("CREATE TABLE a(b); CREATE TABLE a(b);")
    with pytest.raises(sqlite3.OperationalError):
        open_database(path, write=True, create=True)
    assert [p.name for p in path.parent.iterdir()] == ["migrations"]


def test_gaps_and_doubles_in_the_numbers_are_refused(more: Path) -> None:
    (more / "0003_c.sql").write_text("")
    with pytest.raises(RuntimeError, match="not numbered"):
        migrations_runner.migrations()


def test_half_a_statement_is_refused() -> None:
    with pytest.raises(ValueError, match="inside a statement"):
        list(
            migrations_runner.statements(
                "CREATE TABLE a(b); CREATE TRIGGER x AFTER INSERT ON a BEGIN SELECT 1;"
            )
        )
