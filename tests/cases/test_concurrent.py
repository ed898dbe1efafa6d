"""Several `cs` at once on one workspace, as processes of their own: nothing lost, nothing doubled, nobody stuck."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases.test_run import START, history, write_world
from tests.conftest import ROOT, Cs

LATER = ("2026-04-20", "2026-04-27")


def started(folder: Path, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cs_cli", "-w", str(folder), *(str(word) for word in words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(*running: subprocess.Popen[str]) -> list[tuple[int, str]]:
    told = [(process.communicate()[1], process.returncode) for process in running]
    return [(code, err) for err, code in told]


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    write_world(workspace)
    for name in ("accounts.csv", "subscriptions.csv"):
        assert cs("-w", workspace, "import", workspace / "exports" / name, "--as-of", START.isoformat()).code == 0
    for name in ("health.yaml", "segments.yaml"):
        (workspace / name).unlink()
    for playbook in (workspace / "playbooks").glob("*.yaml"):
        playbook.unlink()
    (workspace / "playbooks" / "late.yaml").write_text(
        "playbook: late\nabout: late\nwhen: overdue_days > 3\nagain: never\ntasks:\n  - {id: call, do: Call}\n"
    )
    assert cs("-w", workspace, "run", "-q", "--as-of", START.isoformat()).code == 0
    return workspace


@pytest.mark.slow
def test_two_runs_at_once_and_an_import_between_them(desk: Path, cs: Cs) -> None:
    for day in LATER:
        running = [started(desk, "run", "-q", "--as-of", day) for _ in range(2)]
        running.append(
            started(desk, "import", desk / "exports" / "invoices.csv", "--as-of", START.isoformat(), "--yes")
        )
        for code, err in ended(*running):
            assert code in (0, 11), err
            assert "locked" not in err
            assert "Traceback" not in err
        # whoever had to wait was told so and changed nothing; asked again, it is done
        for code, err in ended(started(desk, "import", desk / "exports" / "invoices.csv", "--as-of", day, "--yes")):
            assert code == 0, err
        assert cs("-w", desk, "run", "-q", "--as-of", day).code == 0
    conn = sqlite3.connect(desk / "cs.db")
    try:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        counted = conn.execute("SELECT COUNT(*), COUNT(DISTINCT key) FROM invoice WHERE retired_by IS NULL")
        assert counted.fetchone() == (3, 3)
        # each customer is late once, and has one call to make
        cases = conn.execute("SELECT playbook, subject, COUNT(*) FROM cs_case GROUP BY 1, 2").fetchall()
        assert sorted(cases) == [("late", "1", 1), ("late", "2", 1)]
        assert conn.execute("SELECT COUNT(*) FROM task").fetchone() == (2,)
        days = [row[0] for row in conn.execute("SELECT day FROM run_log ORDER BY day")]
        assert days[-1] == LATER[-1]
        assert len(days) == len(set(days)) == 29
    finally:
        conn.close()
    before = history(desk)
    assert cs("-w", desk, "run", "-q", "--as-of", LATER[-1]).code == 0
    assert history(desk) == before


@pytest.mark.slow
def test_what_a_person_enters_during_a_run_is_kept(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "import", desk / "exports" / "invoices.csv", "--as-of", START.isoformat()).code == 0
    day = LATER[0]
    assert cs("-w", desk, "run", "-q", "--as-of", "2026-04-08").code == 0
    case = cs("-w", desk, "cases", "list", "-f", "json", "--as-of", "2026-04-08").json[0]["case"]
    notes = [f"spoke {n} times" for n in range(3)]
    running = [started(desk, "run", "-q", "--as-of", "2026-04-08"), started(desk, "run", "-q", "--as-of", "2026-04-08")]
    running += [started(desk, "cases", "note", case, note, "--as-of", "2026-04-08") for note in notes]
    for code, err in ended(*running):
        assert code in (0, 11), err
    told = [row[4] for row in history(desk) if len(row) == 5 and row[3] == "note"]
    assert sorted(told) == notes
    assert cs("-w", desk, "run", "-q", "--as-of", day).code == 0
