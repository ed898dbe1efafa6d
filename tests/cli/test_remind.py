"""`cs remind` as a person and as cron use it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Cs
from tests.deliver.world import DAY, START, build, customers, ledger, settings


@pytest.fixture(autouse=True)
def no_trends(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run keeps the scores of thirteen weeks, which nothing here reads: a day is taken four times as fast."""
    monkeypatch.setattr("cs_cli.scoring.cache.TRENDS_UP_TO", 0)


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    return build(workspace, cs, names=("Alder Works", "Birch Labs"))


def test_what_is_due_goes_out_once(desk: Path, cs: Cs) -> None:
    sent = cs("-w", desk, "remind")
    assert sent.code == 0, sent.err
    assert "Alder Works: call" in sent.out
    assert "Call Birch Labs, ARR 1,200." in sent.out
    assert "sent 2 reminders" in sent.err
    again = cs("-w", desk, "remind")
    assert (again.code, again.out, again.err) == (0, "", "")
    assert ledger(desk, "state", "attempts", "settled_on") == [("sent", 1, DAY)] * 2


def test_a_dry_run_says_the_same_and_changes_no_byte(desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {
        path: path.read_bytes() for path in sorted(desk.rglob("*")) if path.is_file() and "cs.db-" not in path.name
    }
    dry = cs("-w", desk, "remind", "--dry-run")
    assert dry.code == 0, dry.err
    now = {path: path.read_bytes() for path in sorted(desk.rglob("*")) if path.is_file() and "cs.db-" not in path.name}
    assert now == before
    planned = cs("-w", desk, "remind", "--dry-run", "-f", "json").json
    real = cs("-w", desk, "remind")
    assert {(row["playbook"], row["account_id"], row["step"], row["recipient"]) for row in planned} == {
        ("welcome", "a1", "call", "Robin Vale"),
        ("welcome", "a2", "call", "Robin Vale"),
    }
    said = [line for line in dry.out.splitlines() if line and not line.startswith("===")]
    assert said == [line for line in real.out.splitlines() if line]


def test_the_first_run_ever_is_one_digest(workspace: Path, cs: Cs) -> None:
    build(workspace, cs, names=("Alder Works", "Birch Labs"), first=False)
    sent = cs("-w", workspace, "remind")
    assert sent.err == "sent 2 reminders in 1 message\n"
    assert "1. Alder Works: call" in sent.out


def test_missed_days_are_one_digest_with_the_day_each_was_due(desk: Path, cs: Cs) -> None:
    customers(desk, cs, ("Cedar Inc",), start=3, day="2026-07-02")
    sent = cs("-w", desk, "remind", "--as-of", "2026-07-08")
    assert sent.code == 0, sent.err
    assert "in 1 message" in sent.err
    assert f"Alder Works: call (was due {DAY})" in sent.out
    assert "Cedar Inc: call (was due 2026-07-02)" in sent.out
    assert "Alder Works: a week in (was due 2026-07-07)" in sent.out


def test_nothing_goes_out_on_a_day_off(desk: Path, cs: Cs) -> None:
    settings(desk, holidays=[DAY])
    quiet = cs("-w", desk, "remind")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert ledger(desk, "state") == [("planned",)] * 2
    assert "Alder Works: call" in cs("-w", desk, "remind", "--as-of", "2026-07-01").out


def test_a_clock_far_ahead_sends_nothing_until_it_is_confirmed(desk: Path, cs: Cs) -> None:
    database = (desk / "cs.db").read_bytes()
    for day in ("2026-08-14", "2036-06-30"):
        stopped = cs("-w", desk, "remind", "--as-of", day)
        assert stopped.code == 15
        assert "INT-001" in stopped.err
        assert "--confirm-clock" in stopped.err
    assert (desk / "cs.db").read_bytes() == database
    assert cs("-w", desk, "remind", "--as-of", "2026-08-13").code == 0  # 45 days are not suspicious
    assert cs("-w", desk, "remind", "--as-of", "2026-09-28", "--confirm-clock").code == 0


def test_a_clock_behind_sends_nothing_and_warns(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "remind").code == 0
    back = cs("-w", desk, "remind", "--as-of", "2026-06-15")
    assert (back.code, back.out) == (0, "")
    assert "warning" in back.err
    again = cs("-w", desk, "remind")
    assert (again.code, again.out) == (0, "")


def test_a_restored_backup_holds_what_may_have_been_sent(desk: Path, cs: Cs) -> None:
    conn = sqlite3.connect(desk / "cs.db")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    old = (desk / "cs.db").read_bytes()
    assert "Alder Works" in cs("-w", desk, "remind").out
    for name in ("cs.db", "cs.db-wal", "cs.db-shm"):
        (desk / name).unlink(missing_ok=True)
    (desk / "cs.db").write_bytes(old)
    stopped = cs("-w", desk, "remind")
    assert stopped.code == 15
    assert "INT-003" in stopped.err
    confirmed = cs("-w", desk, "remind", "--confirm-restored")
    assert confirmed.out == ""
    assert ledger(desk, "state") == [("unknown",)] * 2
    ref = ledger(desk, "ref")[0][0]
    assert cs("-w", desk, "remind", "confirm", ref, "--lost").code == 0
    assert "Alder Works" in cs("-w", desk, "remind").out
    assert sorted(ledger(desk, "state")) == [("sent",), ("unknown",)]


def test_a_copy_on_another_machine_sends_nothing_until_it_is_confirmed(
    desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CS_MACHINE_ID", "another")
    stopped = cs("-w", desk, "remind")
    assert stopped.code == 15
    assert "INT-002" in stopped.err
    assert "Alder Works" in cs("-w", desk, "remind", "--confirm-restored").out
    monkeypatch.delenv("CS_MACHINE_ID")
    assert cs("-w", desk, "remind").code == 15


def test_a_snooze_waits_and_is_said_when_it_is_over(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "run", "-q").code == 0
    assert cs("-w", desk, "cases", "snooze", "c1", "2026-07-03", "--because", "asked to wait").code == 0
    sent = cs("-w", desk, "remind")
    assert "Birch Labs" in sent.out
    assert "Alder Works" not in sent.out
    assert "Alder Works: call" in cs("-w", desk, "remind", "--as-of", "2026-07-03").out


def test_a_closed_case_is_missed_and_not_sent(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "run", "-q").code == 0
    assert cs("-w", desk, "cases", "close", "c1", "--outcome", "done", "--because", "spoke today").code == 0
    sent = cs("-w", desk, "remind")
    assert "Alder Works: call" not in sent.out.split("Birch")[0]
    assert sorted(ledger(desk, "state")) == [("missed",), ("sent",)]


def test_only_and_channel_narrow(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "remind", "--only", "welcom").code == 2
    assert cs("-w", desk, "remind", "--channel", "slak").code == 2
    assert "Alder" in cs("-w", desk, "remind", "--only", "welcome", "--channel", "stdout").out
    assert cs("-w", desk, "remind").out == ""


def test_another_person_in_the_role_is_no_new_reminder(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "remind").code == 0
    settings(
        desk,
        people=[
            {"name": "Robin Vale", "email": "robin@testco.example", "roles": []},
            {"name": "Dana Reyes", "roles": ["csm"]},
        ],
        roles={"csm": "Dana Reyes"},
    )
    assert cs("-w", desk, "remind").out == ""


def test_an_edited_text_is_no_new_reminder(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "remind").code == 0
    path = desk / "playbooks" / "welcome.yaml"
    path.write_text(path.read_text().replace("Call {{ name }}", "Ring {{ name }}").replace("to: [csm]", "to: [exec]"))
    assert cs("-w", desk, "remind").out == ""


def test_a_text_that_cannot_be_filled_still_reminds(desk: Path, cs: Cs) -> None:
    path = desk / "playbooks" / "welcome.yaml"
    path.write_text(path.read_text().replace("ARR {{ arr }}", "ARR {{ name - 1 }}"))
    sent = cs("-w", desk, "remind")
    assert sent.code == 0
    assert "Alder Works: call" in sent.out
    assert "cannot be filled" in sent.err


def test_two_at_once_are_refused(desk: Path, cs: Cs) -> None:
    from cs_cli.store.lock import run_lock

    with run_lock(desk / ".cs" / "lock", "cs run"):
        busy = cs("-w", desk, "remind")
    assert busy.code == 11
    assert "Alder Works" in cs("-w", desk, "remind").out


def test_cron_with_an_empty_environment(desk: Path) -> None:
    """`env -i`: no HOME, no terminal, no locale; one block of text when something is due, nothing when not."""
    words = ["env", "-i", "PATH=/usr/bin:/bin", sys.executable, "-m", "cs_cli", "-w", str(desk), "remind"]
    env = {"PATH": os.environ["PATH"]}
    # -m needs the code on the path of an environment that is empty: from the project's folder
    first = subprocess.run(words, cwd=ROOT, capture_output=True, env=env, check=False, stdin=subprocess.DEVNULL)
    assert first.returncode == 0, first.stderr
    assert b"Alder Works: call" in first.stdout
    second = subprocess.run(
        [*words, "-q"], cwd=ROOT, capture_output=True, env=env, check=False, stdin=subprocess.DEVNULL
    )
    assert (second.returncode, second.stdout, second.stderr) == (0, b"", b"")


def test_a_closed_pipe_loses_nothing(desk: Path) -> None:
    words = f"{sys.executable} -m cs_cli -w {desk} remind -q | true"
    subprocess.run(["sh", "-c", words], cwd=ROOT, check=False, capture_output=True)
    states = {state for (state,) in ledger(desk, "state")}
    assert states <= {"sent", "failed"}
    after = subprocess.run(
        [sys.executable, "-m", "cs_cli", "-w", str(desk), "remind"], cwd=ROOT, check=True, capture_output=True
    )
    if states == {"failed"}:
        assert b"Alder Works" in after.stdout


def test_the_list_shows_and_json_has_its_columns(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "remind").code == 0
    assert "settled" in cs("-w", desk, "remind", "list").out
    rows = cs("-w", desk, "remind", "list", "--all", "-f", "json").json
    assert [row["account_id"] for row in rows] == ["a1", "a2"]
    assert set(rows[0]) >= {"ref", "state", "playbook", "step", "channel", "recipient", "due", "settled_on", "reason"}
    assert cs("-w", desk, "remind", "list", "--state", "late").code == 2
    assert cs("-w", desk, "remind", "confirm", "FFFFFF").code == 2


def test_a_channel_with_a_wrong_setting_changes_nothing(workspace: Path, cs: Cs) -> None:
    build(workspace, cs, channels={"log": {"kind": "file", "path": "reports/log.txt"}})
    settings(workspace, channels={"log": {"kind": "file", "paht": "x"}})
    before = (workspace / "cs.db").read_bytes()
    refused = cs("-w", workspace, "remind")
    assert refused.code == 12
    assert "path" in refused.err
    assert (workspace / "cs.db").read_bytes() == before


def test_files_are_private(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "remind").code == 0
    for path in [desk / "cs.db", desk / ".cs" / "remind.json", desk / ".cs" / "lock"]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_weeks_with_gaps_end_in_the_same_ledger(workspace: Path, cs: Cs, tmp_path: Path) -> None:
    """Through the real step: daily runs, and runs with gaps of 9 and 31 days."""
    from datetime import date, timedelta

    build(workspace, cs, names=("Alder Works",))
    customers(workspace, cs, ("Birch Labs",), start=2, day="2026-07-06")
    customers(workspace, cs, ("Cedar Inc",), start=3, day="2026-07-24")
    start = date.fromisoformat(DAY)
    final = {}
    for gap in (0, 9, 31):
        folder = tmp_path / f"gap{gap}"
        shutil.copytree(workspace, folder)
        days, day = [], 0
        while day <= 44:
            days.append(day)
            day += 1 + (gap if day == 3 else 0)
        for day in days:
            done = cs("-w", folder, "remind", "-q", "--as-of", (start + timedelta(days=day)).isoformat())
            assert done.code == 0, done.err
        final[gap] = sorted(
            ledger(folder, "playbook", "subject", "term", "step", "channel", "recipient", "state", "attempts")
        )
    assert len(final[0]) == 6
    assert final[9] == final[0]
    assert final[31] == final[0]


def test_what_a_channel_does_not_send_in_one_run_goes_out_with_the_next(workspace: Path, cs: Cs) -> None:
    log = {"kind": "file", "path": "reports/log.txt", "at_most": 2}
    build(workspace, cs, names=("Alder", "Birch", "Cedar", "Douglas", "Elm"), channels={"log": log})
    told = []
    for sent, waiting in ((2, 3), (2, 1), (1, 0), (0, 0)):
        before = (workspace / "reports" / "log.txt").read_text() if told else ""
        dry = cs("-w", workspace, "remind", "--dry-run", "-f", "json").json
        assert sum(row["plan"] == "send" for row in dry) == sent
        done = cs("-w", workspace, "remind", "-q")
        assert (done.code, done.out) == (0, "")
        assert (f"channel log: {waiting} more messages wait" in done.err) == bool(waiting)
        told.append((workspace / "reports" / "log.txt").read_text().removeprefix(before).count(": call"))
    assert told == [2, 2, 1, 0]
    assert ledger(workspace, "state", "attempts") == [("sent", 1)] * 5


@pytest.mark.parametrize(("key", "value"), [("at_most", 0), ("at_most", "many"), ("on_unknown", "resned")])
def test_the_settings_of_every_channel_are_checked(workspace: Path, cs: Cs, key: str, value: object) -> None:
    build(workspace, cs, channels={"log": {"kind": "file", "path": "reports/log.txt"}})
    settings(workspace, channels={"log": {"kind": "file", "path": "reports/log.txt", key: value}})
    refused = cs("-w", workspace, "remind")
    assert refused.code == 12
    assert key in refused.err


def test_a_report_is_sent_behind_the_same_guards(desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(desk, channels={"founders": {"kind": "file", "path": "reports/sent.txt"}})
    assert cs("-w", desk, "remind", "-q").code == 0
    words = ("-w", desk, "report", "weekly", "--send", "founders", "--as-of")
    stopped = cs(*words, "2026-12-01")
    assert (stopped.code, "INT-001" in stopped.err) == (15, True)
    assert not (desk / "reports" / "sent.txt").exists()
    assert cs(*words, "2026-12-01", "--confirm-clock").code == 0
    assert (desk / "reports" / "sent.txt").exists()
    monkeypatch.setenv("CS_MACHINE_ID", "another")
    copied = cs(*words, DAY)
    assert (copied.code, "INT-002" in copied.err) == (15, True)
    assert cs(*words, DAY, "--confirm-restored").code == 0
    assert cs("-w", desk, "report", "weekly", "--confirm-restored").code == 2


def test_a_report_about_an_account_is_sent_once_a_week_for_each(demo: Path, cs: Cs) -> None:
    settings(demo, channels={"founders": {"kind": "file", "path": "reports/sent.txt"}})
    words = ("-w", demo, "report", "account")
    for name in ("Pellworm", "Marlowe", "Pellworm"):
        assert cs(*words, name, "--send", "founders").code == 0
    text = (demo / "reports" / "sent.txt").read_text()
    assert (text.count(" · Pellworm Analytics · 2026"), text.count(" · Marlowe Publishing · 2026")) == (1, 1)
    listed = cs("-w", demo, "remind", "list", "--all", "-f", "json").json
    assert len({row["account_id"] for row in listed}) == 2
    missing = cs(*words, "--send", "founders")
    assert (missing.code, "USE-045" in missing.err) == (2, True)


def test_a_handover_is_sent_once_a_week_for_each_person(demo: Path, cs: Cs) -> None:
    settings(demo, channels={"founders": {"kind": "file", "path": "reports/sent.txt"}})
    for name in ("Ines", "Mara", "Ines"):
        assert cs("-w", demo, "report", "handover", name, "--send", "founders").code == 0
    text = (demo / "reports" / "sent.txt").read_text()
    assert (text.count("Handover: Ines Marchetti,"), text.count("Handover: Mara Lindqvist,")) == (1, 1)


def test_a_report_that_failed_says_with_what_it_goes_out(demo: Path, cs: Cs) -> None:
    settings(demo, channels={"founders": {"kind": "file", "path": "reports"}})  # a folder is no file
    words = ("-w", demo, "report", "weekly", "--send", "founders")
    failed = cs(*words)
    assert (failed.code, "founders: 1 report" in failed.err) == (3, True)
    assert "cs report weekly --send CHANNEL" in cs("-w", demo, "remind", "retry", "--all").err
    settings(demo, channels={"founders": {"kind": "file", "path": "reports/sent.txt"}})
    assert cs(*words).code == 0
    assert cs("-w", demo, "remind", "list", "-f", "json").json == []


def test_the_weekly_report_is_sent_once_a_week(demo: Path, cs: Cs) -> None:
    settings(demo, channels={"founders": {"kind": "file", "path": "reports/sent.txt"}})
    assert cs("-w", demo, "report", "weekly", "--send", "founders").code == 0
    text = (demo / "reports" / "sent.txt").read_text()
    assert "Lumenboard" in text
    again = cs("-w", demo, "report", "weekly", "--send", "founders")
    assert again.code == 0
    assert "already" in again.err
    assert (demo / "reports" / "sent.txt").read_text() == text
    assert cs("-w", demo, "report", "weekly", "--send", "founders", "--again").code == 0
    assert len((demo / "reports" / "sent.txt").read_text()) > len(text)
    assert cs("-w", demo, "report", "weekly", "--send", "nobody").code == 2
    rows = cs("-w", demo, "remind", "list", "--all", "-f", "json").json
    assert [row["term"] for row in rows] == ["2026-W27", "2026-W27"]
    assert json.dumps(rows)


def test_start_is_before_the_day() -> None:
    assert START < DAY
