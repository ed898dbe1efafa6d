"""A day far ahead is not run by mistake: exit 15, nothing changed, the flag named; demos may be walked on."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.conftest import Cs


def days_run(folder: Path) -> list[str]:
    conn = sqlite3.connect(folder / "cs.db")
    try:
        return [day for (day,) in conn.execute("SELECT day FROM run_log ORDER BY day")]
    finally:
        conn.close()


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    (workspace / "a.csv").write_text("account_id,name\nA1,Acme\n")
    assert cs("-w", workspace, "import", workspace / "a.csv", "--as-of", "2026-06-01").code == 0
    return workspace


@pytest.fixture
def clock(desk: Path, monkeypatch: pytest.MonkeyPatch) -> date:
    """The workspace without a fixed day, on a clock that says 2026-06-30."""
    path = desk / "cs.yaml"
    path.write_text(path.read_text().replace('\ntoday: "2026-06-30"\n', "\n"))
    today = date(2026, 6, 30)
    for place in ("desk", "run", "remind"):
        name = f"cs_cli.commands.{place}.fixed_or_clock_day"
        monkeypatch.setattr(name, lambda settings: date.fromisoformat(settings.today) if settings.today else today)
    return today


@pytest.mark.parametrize(("words", "override"), [(("run",), "--yes"), (("remind",), "--confirm-clock")])
def test_a_mistyped_year(cs: Cs, desk: Path, words: tuple[str, ...], override: str) -> None:
    stopped = cs("-w", desk, *words, "--as-of", "2062-06-30")
    assert (stopped.code, stopped.out, days_run(desk)) == (15, "", [])
    assert "CAS-035" in stopped.err and "2062-06-30 has not come" in stopped.err and override in stopped.err
    assert cs("-w", desk, *words, "--as-of", "2026-06-30").code == 0


def test_on_a_clock_far_days_have_not_come(cs: Cs, desk: Path, clock: date) -> None:
    near, far = ((clock + timedelta(days=days)).isoformat() for days in (45, 46))
    stopped = cs("-w", desk, "run", "--as-of", far)
    assert (stopped.code, days_run(desk)) == (15, [])
    assert f"expected a day up to {near}" in stopped.err
    assert cs("-w", desk, "remind", "--as-of", far).code == 15
    for ahead in (("playbooks", "preview"), ("remind", "--dry-run"), ("escalations", "list")):
        assert cs("-w", desk, *ahead, "--as-of", far).code == 0, ahead
    assert days_run(desk) == []
    assert cs("-w", desk, "run").code == 0
    assert cs("-w", desk, "run", "--as-of", far, "--yes").code == 0
    assert days_run(desk)[0::46] == [clock.isoformat(), far]


def test_what_was_imported_on_a_day_has_come(cs: Cs, desk: Path, clock: date) -> None:
    (desk / "b.csv").write_text("account_id,name\nA2,Birch\n")
    assert cs("-w", desk, "import", desk / "b.csv", "--as-of", "2026-09-10").code == 0
    assert cs("-w", desk, "run", "--as-of", "2026-09-10").code == 0
    assert cs("-w", desk, "run", "--as-of", "2026-10-26").code == 15


def test_day_by_day_a_demo_goes_on(cs: Cs, desk: Path) -> None:
    assert cs("-w", desk, "run", "--as-of", "2026-08-15").code == 15  # 46 days past today
    assert cs("-w", desk, "run", "--as-of", "2026-07-07").code == 0
    assert cs("-w", desk, "run", "--as-of", "2026-08-15").code == 0
    assert days_run(desk)[-1] == "2026-08-15"
