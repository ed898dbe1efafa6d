"""One pure step serves run and backtest: replaying days gives what running them day by day gave."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cs_cli.cases.backtest import Replay, replay, summary
from cs_cli.cases.churns import _gaps
from cs_cli.cases.memory import load_cases
from cs_cli.cases.model import Case
from cs_cli.cases.run import run_day
from cs_cli.commands.desk import open_desk
from tests.conftest import Cs


def test_backtest_day_by_day_equals_running_day_by_day(
    cs: Cs, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cs_cli.scoring.cache.TRENDS_UP_TO", 0)  # the lines of thirteen weeks, which no case goes by
    with open_desk(demo, write=True) as desk:
        for table in ("run_log", "occurrence", "task", "case_event", "cs_case", "playbook_memory", "playbook_known"):
            desk.conn.execute(f"DELETE FROM {table}")
        # both go by the dates in the data; the imports are all of the last day
        since = desk.day - timedelta(days=14)
        replayed = replay(desk.conn, desk.definitions, since, desk.day)
        day = since
        while day <= desk.day:
            run_day(desk.conn, desk.ws, desk.definitions, day, at=f"{day}T06:00:00Z")
            day += timedelta(days=1)
        ran = load_cases(desk.conn, "1")

    def told(cases: dict[int, Case]) -> list[tuple[object, ...]]:
        return sorted(
            (case.playbook, case.subject, case.opened_on, case.closed_on or date.max, case.severity, case.outcome or "",
             case.inherited)
            for case in cases.values()
        )

    assert told(replayed.cases), "nothing fired: the comparison would be empty"
    assert told(replayed.cases) == told(ran)


def test_summary_counts_leads_and_recall() -> None:
    day = date(2026, 1, 1)
    found = Replay(day, day + timedelta(days=120))
    for number, account, opened in ((1, 1, 10), (2, 2, 20), (3, 3, 100)):
        on = day + timedelta(days=opened)
        found.cases[number] = Case(number, "p", "escalation", str(account), account, "red", on)
    found.churned = {1: [day + timedelta(days=40)], 4: [day + timedelta(days=50)]}
    row = summary(found, ["p"], 90)[0]
    assert (row["fired"], row["judged"], row["followed"], row["precision"]) == (3, 2, 1, 0.5)
    assert (row["churns"], row["warned"], row["recall"], row["lead_churn"]) == (2, 1, 0.5, 30)


def test_churn_days_are_the_ends_of_covered_stretches() -> None:
    spans = [("2026-01-01", "2026-03-01"), ("2026-02-01", "2026-04-01"), ("2026-06-01", "9999-12-31")]
    assert list(_gaps(spans, "2026-12-31")) == [date(2026, 4, 1)]


def test_backtest_and_report_from_the_command_line(cs: Cs, demo_once: Path) -> None:
    rows = cs("-w", demo_once, "playbooks", "backtest", "overdue-invoice", "--since", "30d", "-f", "json").json
    assert [row["playbook"] for row in rows] == ["overdue-invoice"] and rows[0]["accounts"] >= 2
    assert cs("-w", demo_once, "playbooks", "backtest", "no-such").code == 2
    assert cs("-w", demo_once, "playbooks", "backtest", "--since", "today").code == 2
    listed = cs("-w", demo_once, "playbooks", "report", "-f", "json").json
    assert {row["playbook"] for row in listed} >= {"overdue-invoice", "usage-drop"}
