"""Runs against a real workspace: idempotent, the same history with gaps, hand entries with their why."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.conftest import Cs

START = date(2026, 3, 30)
DAYS = 90


def write_world(folder: Path) -> None:
    """Two customers whose invoices fall due, are paid and fall due again during the quarter."""
    lines = {
        "accounts.csv": ["account_id,name,domain", "a1,Alder Works,alder.example", "a2,Birch Labs,birch.example"],
        "subscriptions.csv": [
            "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status",
            "s1,a1,Pro,10,1200.00,USD,month,2025-01-01,active", "s2,a2,Pro,4,300.00,USD,month,2025-06-01,active"],
        "invoices.csv": [
            "invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status",
            "i1,a1,2026-03-01,2026-03-20,2026-05-04,1200.00,USD,paid",
            "i2,a2,2026-04-01,2026-04-15,2026-05-09,300.00,USD,paid",
            "i3,a1,2026-05-01,2026-05-20,,1200.00,USD,open"],
    }
    for name, rows in lines.items():
        (folder / "exports" / name).write_text("\n".join(rows) + "\n")


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    write_world(workspace)
    files = [workspace / "exports" / name for name in ("accounts.csv", "subscriptions.csv", "invoices.csv")]
    done = cs("-w", workspace, "import", *files, "--as-of", START.isoformat())
    assert done.code == 0, done.err
    return workspace


def history(folder: Path) -> list[tuple[object, ...]]:
    conn = sqlite3.connect(folder / "cs.db")
    try:
        found = conn.execute("SELECT case_number, day, who, what, why FROM case_event ORDER BY id").fetchall()
        return found + conn.execute("SELECT * FROM playbook_memory ORDER BY 1, 2").fetchall()
    finally:
        conn.close()


def run_on(cs: Cs, folder: Path, days: list[int]) -> list[tuple[object, ...]]:
    for day in days:
        done = cs("-w", folder, "run", "-q", "--as-of", (START + timedelta(days=day)).isoformat())
        assert done.code == 0, done.err
    return history(folder)


def look_again(cs: Cs, folder: Path, day: int) -> None:
    """An export of a later day, in which a bill is due by then: whether it is paid can be told from now on."""
    export = folder / "exports" / f"invoices-{day}.csv"
    shutil.copy(folder / "exports" / "invoices.csv", export)
    done = cs("-w", folder, "import", export, "--as-of", (START + timedelta(days=day)).isoformat())
    assert done.code == 0, done.err


def test_ninety_days_with_gaps_tell_the_same_history_as_daily_runs(
    desk: Path, cs: Cs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "gaps"
    shutil.copytree(desk, other)
    run_on(cs, desk, list(range(7)))
    monkeypatch.setattr("cs_cli.scoring.cache.TRENDS_UP_TO", 0)  # a week with trends is enough: they cost most of a run
    run_on(cs, desk, list(range(7, 21)))
    look_again(cs, desk, 21)
    daily = run_on(cs, desk, list(range(21, DAYS)))
    gaps, day = [0], 0
    for gap in (1, 2, 10, 1, 32, 1, 10, 2, 30):
        day += gap
        gaps.append(day)
    assert day == DAYS - 1
    run_on(cs, other, gaps[:5])
    look_again(cs, other, 21)  # the days before it are caught up on after it, and it tells nothing about them
    assert run_on(cs, other, gaps[5:]) == daily
    assert sum(row[3] == "closed resolved" for row in daily if len(row) == 5) >= 2


def test_twice_a_day_changes_nothing(desk: Path, cs: Cs) -> None:
    run_on(cs, desk, [0, 5])
    before = history(desk)
    again = cs("-w", desk, "run", "--as-of", (START + timedelta(days=5)).isoformat())
    assert (again.code, again.out) == (0, "")
    assert "nothing new" in again.err
    assert history(desk) == before


def test_a_run_does_not_go_back(desk: Path, cs: Cs) -> None:
    run_on(cs, desk, [40])
    back = cs("-w", desk, "run", "--as-of", START.isoformat())
    assert back.code == 2
    assert "CAS-001" in back.err


def test_fifteen_days_overdue_are_amber_and_thirty_red(desk: Path, cs: Cs) -> None:
    seen = {}
    for overdue in (14, 15, 29, 30):
        day = (date(2026, 3, 20) + timedelta(days=overdue)).isoformat()  # i1 was due on March 20
        assert cs("-w", desk, "run", "-q", "--as-of", day).code == 0
        rows = cs("-w", desk, "escalations", "list", "-f", "json", "--as-of", day).json
        seen[overdue] = [(row["name"], row["severity"], row["because"]) for row in rows]
    assert seen == {
        14: [],
        15: [("Alder Works", "amber", "overdue 15 days (at least 15)")],
        29: [("Alder Works", "amber", "overdue 29 days (at least 15)")],
        30: [("Alder Works", "red", "overdue 30 days (at least 30)")],
    }


def test_a_life_by_hand(desk: Path, cs: Cs) -> None:
    run_on(cs, desk, [0, 19])
    day = ("--as-of", (START + timedelta(days=19)).isoformat())
    rows = cs("-w", desk, "escalations", "list", "-f", "json", *day).json
    assert [(row["name"], row["severity"], row["because"]) for row in rows] == [
        ("Alder Works", "amber", "overdue 29 days (at least 15)")]
    assert list(rows[0])[:14] == [
        "case", "playbook", "account_id", "name", "severity", "state", "opened_on", "owner", "decider", "arr",
        "because", "acknowledge_by", "resolve_by", "breached"]
    case = rows[0]["case"]
    assert cs("-w", desk, "escalations", "ack", case, "--because", "called", *day).code == 0
    assert cs("-w", desk, "cases", "snooze", case, "3d", *day).code == 2        # no reason
    assert cs("-w", desk, "cases", "snooze", case, "3d", "--because", "fair", *day).code == 0
    assert cs("-w", desk, "cases", "close", case, "--outcome", "won", *day).code == 2
    assert cs("-w", desk, "cases", "close", case, "--outcome", "accepted", "--because", "agreed", *day).code == 0
    run_on(cs, desk, [21])      # it still holds, and stays closed
    later = ("--as-of", (START + timedelta(days=21)).isoformat())
    assert cs("-w", desk, "escalations", "list", "-f", "json", *later).json == []
    told = cs("-w", desk, "cases", "show", case, "-f", "json", *later)
    assert told.code == 0
    assert "agreed" in told.out
    assert cs("-w", desk, "cases", "reopen", case, "--because", "no", *later).code == 0
    assert len(cs("-w", desk, "escalations", "list", "-f", "json", *later).json) == 1
    earlier = cs("-w", desk, "escalations", "list", "-f", "json", "--as-of", "2026-04-06").json
    assert [(row["severity"], row["state"]) for row in earlier] == [("amber", "open")]


def test_an_escalation_by_hand_has_its_clocks_and_decider(desk: Path, cs: Cs) -> None:
    day = ("--as-of", START.isoformat())
    done = cs("-w", desk, "escalate", "birch", "--red", "CEO furious", "--needs", "product", *day)
    assert done.code == 0, done.err
    (row,) = cs("-w", desk, "escalations", "list", "-f", "json", *day).json
    assert (row["case"], row["playbook"], row["severity"], row["because"]) == ("c1", "by_hand", "red", "CEO furious")
    assert (row["acknowledge_by"], row["resolve_by"], row["breached"]) == ("2026-03-31", "2026-04-06", False)
    late = cs("-w", desk, "escalations", "list", "-f", "json", "--as-of", "2026-04-07").json
    assert late[0]["breached"] is True
    # without --needs, the policy for everything else decides: csm
    assert cs("-w", desk, "escalate", "alder", "--amber", "slow", *day).code == 0
    assert cs("-w", desk, "escalations", "list", "-f", "json", *day).json[1]["decider"] == "Robin Vale"
    assert cs("-w", desk, "escalate", "birch", *day).code == 2
    assert cs("-w", desk, "escalate", "birch", "--red", "x", "--needs", "bos", *day).code == 2


def test_tasks_are_done_and_skipped_with_a_reason(desk: Path, cs: Cs) -> None:
    run_on(cs, desk, [20])
    day = ("--as-of", (START + timedelta(days=20)).isoformat())
    tasks = cs("-w", desk, "tasks", "list", "-f", "json", *day).json
    assert [row["do"].split()[0] for row in tasks] == ["Ask", "Check"]
    assert cs("-w", desk, "tasks", "done", tasks[0]["task"], *day).code == 0
    assert cs("-w", desk, "tasks", "skip", tasks[1]["task"], *day).code == 2
    assert cs("-w", desk, "tasks", "skip", tasks[1]["task"], "--because", "no dispute", *day).code == 0
    assert cs("-w", desk, "tasks", "list", "-f", "json", *day).json == []
    run_on(cs, desk, [21])      # what waited for both may start now
    later = cs("-w", desk, "tasks", "list", "-f", "json", "--as-of", (START + timedelta(days=21)).isoformat()).json
    assert [row["do"].split()[0] for row in later] == ["Decide"]


def test_a_braked_playbook_exits_3_and_the_others_run(desk: Path, cs: Cs) -> None:
    (desk / "playbooks" / "flood.yaml").write_text(
        "playbook: flood\nabout: everybody\nwhen: arr > 0\nlimit: \"1\"\n")
    done = cs("-w", desk, "run", "--as-of", (START + timedelta(days=20)).isoformat())
    assert done.code == 3
    assert "CAS-003" in done.err
    assert "flood would have opened 2" in done.err
    again = cs("-w", desk, "run", "--as-of", (START + timedelta(days=20)).isoformat())
    assert again.code == 3 and "nothing new" in again.err and "flood would have opened 2" in again.err
    rows = cs("-w", desk, "escalations", "list", "-f", "json", "--as-of", "2026-04-19").json
    assert [row["playbook"] for row in rows] == ["overdue-invoice"]


def test_preview_says_what_would_open_and_changes_nothing(desk: Path, cs: Cs) -> None:
    before = history(desk)
    rows = cs("-w", desk, "playbooks", "preview", "-f", "json", "--as-of", "2026-04-19").json
    assert [(row["change"], row["playbook"], row["name"]) for row in rows] == [
        ("open", "overdue-invoice", "Alder Works"), ("remind", "overdue-invoice", "Alder Works")]  # how it stands
    assert history(desk) == before


def test_playbooks_test_names_what_does_not_hold(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "playbooks", "test").code == 0
    path = desk / "playbooks" / "overdue-invoice.yaml"
    path.write_text(path.read_text().replace("overdue_days >= 30", "overdue_days >= 40"))
    broken = cs("-w", desk, "playbooks", "test", "overdue-invoice")
    assert broken.code == 1
    assert "playbooks/overdue-invoice.yaml:" in broken.err
    assert "expected red, got amber" in broken.err
    assert cs("-w", desk, "playbooks", "test", "overdue-invoce").code == 2


def test_days_caught_up_on_keep_no_trends(desk: Path, cs: Cs) -> None:
    """Thirteen Mondays for each missed day would make a month's catch-up take as long as a year's."""
    run_on(cs, desk, [0, 9])
    conn = sqlite3.connect(desk / "cs.db")
    kept = dict(conn.execute(
        "SELECT d.day, COUNT(*) FROM score_day d JOIN score_table t ON t.score_day = d.id WHERE t.name = "
        "'account_trend' GROUP BY 1"))
    conn.close()
    assert set(kept) <= {START.isoformat(), (START + timedelta(days=9)).isoformat()}


def test_preview_has_the_patience_and_the_reminders_of_a_run(desk: Path, cs: Cs) -> None:
    (desk / "playbooks" / "slow.yaml").write_text(
        "playbook: slow\nabout: late for a week\nwhen: overdue_days > 15\nfor: 7d\n")
    (desk / "playbooks" / "told.yaml").write_text(
        "playbook: told\nabout: late and told\nwhen: overdue_days > 15\n"
        "reminders: [{id: now, at: opened, to: [csm], text: late}]\n")
    on = ["--as-of", "2026-04-14"]
    assert cs("-w", desk, "run", "--as-of", "2026-04-01").code == 0

    def changes() -> list[tuple[str, str]]:
        rows = cs("-w", desk, "playbooks", "preview", "-f", "json", *on).json
        return sorted((row["change"], row["playbook"]) for row in rows if row["playbook"] in ("slow", "told"))

    assert changes() == [("open", "told"), ("remind", "told")]
    path = desk / "playbooks" / "slow.yaml"
    path.write_text(path.read_text().replace("slow", "new-slow"))     # a playbook that never ran
    rows = cs("-w", desk, "playbooks", "preview", "new-slow", "-f", "json", "--as-of", "2026-04-14").json
    assert cs("-w", desk, "run", "--as-of", "2026-04-14").code == 0
    opened = cs("-w", desk, "cases", "list", "--playbook", "new-slow", "-f", "json", "--as-of", "2026-04-14").json
    names = [row["name"] for row in opened]
    assert names and [(row["change"], row["name"]) for row in rows] == [
        *(("open", name) for name in names), *(("remind", name) for name in names)]  # where it stands, on a first run


def test_the_list_of_escalations_says_how_old_and_what_is_next(desk: Path, cs: Cs) -> None:
    run_on(cs, desk, [0, 20])  # i1 has been overdue for 15 days since day 5
    (row,) = cs("-w", desk, "escalations", "list", "-f", "json", "--as-of", "2026-04-20").json
    assert (row["opened_on"], row["age_days"], row["next_task_due"]) == ("2026-04-04", 16, "2026-04-06")
    assert row["next_task"].startswith("Ask the billing contact") and "opened amber" not in (row["changed_7d"] or "")
    tasks = cs("-w", desk, "tasks", "list", "-f", "json", "--as-of", "2026-04-20").json
    first = min(tasks, key=lambda task: task["due"])
    assert cs("-w", desk, "tasks", "done", first["task"], "--as-of", "2026-04-20").code == 0
    (after,) = cs("-w", desk, "escalations", "list", "-f", "json", "--as-of", "2026-04-20").json
    assert after["next_task"] not in (None, row["next_task"])
    # a day seen again is as it was
    (before,) = cs("-w", desk, "escalations", "list", "-f", "json", "--as-of", "2026-04-19").json
    assert before["next_task"] == row["next_task"]
    assert first["task"] in [task["task"] for task in
                             cs("-w", desk, "tasks", "list", "-f", "json", "--as-of", "2026-04-19").json]


def test_a_renewal_of_a_customer_who_left_is_lost(workspace: Path, cs: Cs) -> None:
    files = workspace / "exports" / "accounts.csv", workspace / "exports" / "subscriptions.csv"
    files[0].write_text("account_id,name\na1,Alder Works\n")
    files[1].write_text(
        "subscription_id,account_id,amount,currency,interval,started_on,renews_on,term_months,notice_days,cancelled_on,"
        "ended_on\ns1,a1,90000.00,USD,year,2025-05-01,2026-05-01,12,0,2026-04-20,2026-05-01\n")
    assert cs("-w", workspace, "import", *files, "--as-of", "2026-04-01").code == 0
    for day in ("2026-04-02", "2026-05-03"):
        assert cs("-w", workspace, "run", "--as-of", day).code == 0
    rows = cs("-w", workspace, "cases", "list", "--playbook", "renewal-runway", "--closed", "-f", "json").json
    assert [row["outcome"] for row in rows] == ["lost"]
