"""Rows of the catalogue that need a process of its own: stdin as it really is, memory, two at once."""

from __future__ import annotations

import gzip
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.catalogue.desk import Desk

COMMAND = [sys.executable, "-m", "cs_cli"]
MB = 1 << 20


def started(desk: Desk, *words: object, **how: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [*COMMAND, "-w", str(desk.root), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how
    )


@pytest.mark.parametrize("kind", ["empty", "closed", "terminal"])
def test_a29_no_export_on_stdin_is_said_and_nothing_hangs(desk: Desk, kind: str) -> None:
    before = desk.dump()
    if kind == "closed":
        words = " ".join(f"'{word}'" for word in (*COMMAND, "-w", desk.root, "import", "-"))
        process = subprocess.Popen(["sh", "-c", f"exec {words} <&-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    elif kind == "terminal":
        _, terminal = pty.openpty()
        process = started(desk, "import", "-", stdin=terminal)
        os.close(terminal)
    else:
        process = started(desk, "import", "-", stdin=subprocess.DEVNULL)
    out, err = process.communicate(timeout=60)
    told = err.decode()
    assert process.returncode == 2, told
    assert "error[IMP-011] nothing on stdin" in told
    assert "cs import - < export.csv" in told
    assert out == b""
    assert desk.dump() == before


def invoices(path: Path, megabytes: int) -> int:
    """A file of at least so many megabytes; how many rows it has."""
    rows = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("invoice_id,account_id,issued_on,due_on,amount,currency,status\n")
        while file.tell() < megabytes * MB:
            file.write(
                "".join(
                    f"in_{n:08},A{n % 3 + 1},2025-{n % 12 + 1:02}-{n % 28 + 1:02},2026-01-28,{n % 900}.50,EUR,open\n"
                    for n in range(rows, rows + 10_000)
                )
            )
            rows += 10_000
    return rows


def peak(desk: Desk, *words: object) -> tuple[int, str, int]:
    """(exit code, what was said, the largest memory in MB) of one command in a process of its own."""
    script = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)\n"
        "most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "sys.stdout.write(f'{done.returncode} {most}\\n'); sys.stdout.flush()\n"
        "sys.stdout.buffer.write(done.stderr)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", script, *COMMAND, "-w", str(desk.root), *map(str, words)],
        capture_output=True, check=True, timeout=300,
    ).stdout.decode()  # fmt: skip
    first, _, told = out.partition("\n")
    code, most = first.split()
    return int(code), told, int(most) // (MB if sys.platform == "darwin" else 1024)


@pytest.mark.slow
def test_a22_a_large_file_streams_through_bounded_memory(desk: Desk, tmp_path: Path) -> None:
    """330,000 rows that would fill 180 MB as objects. (200 MB by hand: 103 MB of memory, 49 s of processor.)"""
    rows = invoices(tmp_path / "big.csv", 24)
    assert rows > 300_000
    code, told, used = peak(desk, "import", "--yes", tmp_path / "big.csv")
    assert code == 0, told
    assert desk.rows("SELECT count(*) FROM invoice WHERE retired_by IS NULL") == [(rows,)]
    assert used < 160, used


def test_a19_a_bomb_of_200_mb_is_stopped_before_it_is_unpacked(desk: Desk, tmp_path: Path) -> None:
    """194 KB that unpack to 200 MB, measured: the import stops at a hundred times the size."""
    path = tmp_path / "bomb.csv.gz"
    row = b"X1," + b"a" * 997 + b"\n"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"account_id,name\n")
        for _ in range(200):
            file.write(row * 1_000)
    assert path.stat().st_size < 500_000
    before = desk.dump()
    code, told, used = peak(desk, "import", path)
    assert code == 10
    assert "error[IMP-016]" in told
    assert str(path) in told
    assert used < 150
    assert desk.dump() == before


def test_e13_imports_at_once_are_serialised(desk: Desk) -> None:
    """Three commands at the same time: each is whole, none says locked, the database is sound."""
    files = []
    for name in "abc":
        rows = "".join(f"{name.upper()}X{n},Company {name}{n}\n" for n in range(400))
        files.append(desk.file(f"{name}.csv", f"account_id,name\n{rows}".encode()))
    running = [started(desk, "import", "--yes", path, stdin=subprocess.DEVNULL) for path in files]
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
        assert b"400 added" in err
        assert b"database is locked" not in err
    assert len(desk.keys("account")) == 3 + 3 * 400
    assert desk.rows("SELECT id FROM change_set ORDER BY id") == [(n,) for n in range(1, 6)]
    assert desk.cs("verify").code == 0


def test_e13_an_import_during_a_run_changes_neither(desk: Desk) -> None:
    path = desk.file("a.csv", b"account_id,name\n" + b"".join(b"N%d,Company %d\n" % (n, n) for n in range(400)))
    running = [started(desk, "run", stdin=subprocess.DEVNULL), started(desk, "import", path, stdin=subprocess.DEVNULL)]
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
    assert len(desk.keys("account")) == 403
    assert desk.rows("SELECT count(*) FROM run_log") == [(1,)]
    assert desk.cs("verify").code == 0
