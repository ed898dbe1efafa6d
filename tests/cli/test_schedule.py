"""`cs schedule`: what it prints runs as it stands, without an environment; what it installs is its own alone."""

from __future__ import annotations

import os
import plistlib
import shlex
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import Cs, Result, new_workspace
from tests.deliver.world import build, ledger, settings
from tests.refusals import refused

PROGRAM = """#!/bin/sh
# a crontab as cron's own: -l lists or says that there is none, - takes all of stdin
case "$1" in
  -l) if [ -f "$FAKE/tab" ]; then cat "$FAKE/tab"; else echo "no crontab for ann" >&2; exit 1; fi;;
  -) cat > "$FAKE/tab";;
  *) exit 2;;
esac
"""
# none of them ends as it begins, and the variables hold for the lines below them
THEIRS = b"# mine\nMAILTO=ann@x.example\nSHELL=/bin/bash\n\n*/5 * * * * /usr/bin/true  # 50\\% caf\xe9\n\t\n@daily x\n"


class Machine:
    """A machine with a crontab program of its own; its crontab is a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @property
    def crontab(self) -> bytes | None:
        path = self.folder / "tab"
        return path.read_bytes() if path.exists() else None

    def has(self, text: bytes) -> None:
        (self.folder / "tab").write_bytes(text)

    def program(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(tmp_path / "machine")
    found.program("crontab", PROGRAM)
    monkeypatch.setenv("FAKE", str(found.folder))
    monkeypatch.setenv("PATH", f"{found.folder}{os.pathsep}/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(found.folder / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("TZ", "UTC")
    return found


class Clock:
    """The time that a job goes by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime(2026, 6, 30, 7, 0, tzinfo=ZoneInfo("UTC"))
        monkeypatch.setattr("cs_cli.commands.schedule_job.clock", lambda zone: self.now.astimezone(ZoneInfo(zone)))

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def jobs(text: str) -> list[str]:
    """The commands of a crontab, without their five times; \\% is a % for cron."""
    lines = [line for line in text.splitlines() if line and line[0].isdigit()]
    return [line.split(" ", 5)[5].replace("\\%", "%") for line in lines]


def log(workspace: Path) -> list[tuple[str, str]]:
    """(part, how it ended) of every line of the log."""
    lines = (workspace / ".cs" / "schedule.log").read_text().splitlines()
    return [(line[27:35].strip(), line[37:48].strip()) for line in lines]


# --- what is printed --------------------------------------------------------------------------


def test_the_lines_of_a_crontab_run_as_printed(workspace: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    build(workspace, cs)
    printed = cs("-w", workspace, "schedule", "--at", "06:45")
    assert printed.code == 0, printed.err
    assert "45 6 * * * " in printed.out
    assert "0 7 * * 1 " in printed.out
    daily, weekly = jobs(printed.out)
    for command in (daily, weekly):
        # as cron does it: /bin/sh, a minimal environment, no terminal
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    assert ledger(workspace, "state") == [("sent",)]
    assert (workspace / "reports" / "weekly.html").is_file()
    again = subprocess.run(
        ["/bin/sh", "-c", daily], env={"PATH": "/usr/bin:/bin"}, cwd="/", capture_output=True, check=False
    )
    assert (again.returncode, again.stdout, again.stderr) == (0, b"", b"")
    assert log(workspace) == [
        ("import", "ok"), ("run", "ok"), ("remind", "ok"), ("report", "ok"),
        ("import", "ok"), ("run", "ok"), ("remind", "ok"),
    ]
    assert (workspace / ".cs" / "schedule.log").stat().st_mode & 0o777 == 0o600


def test_everything_is_absolute_and_needed_variables_are_named(workspace: Path, cs: Cs) -> None:
    settings(workspace, channels={"team": {"kind": "slack", "webhook": "${CS_SLACK_WEBHOOK}"}}, timezone="Asia/Kolkata")
    text = cs("-w", workspace, "schedule", "--send", "team").out
    assert "CS_SLACK_WEBHOOK" in text
    assert "--send team" in text
    for command in jobs(text):
        assert command.startswith("/")
        assert f"-w {workspace.resolve()}" in command


def test_no_line_of_ours_changes_what_other_lines_mean(workspace: Path, cs: Cs) -> None:
    for zone in ("UTC", "Asia/Kolkata"):
        settings(workspace, timezone=zone)
        for line in cs("-w", workspace, "schedule").out.splitlines():
            assert line.startswith("#") or line[0].isdigit(), line


def test_systemd_and_launchd(workspace: Path, cs: Cs, machine: Machine) -> None:
    units = cs("-w", workspace, "schedule", "--for", "systemd").out
    assert units.count("Persistent=true") == 2
    assert "OnCalendar=*-*-* 07:00:00 UTC" in units
    assert "OnCalendar=Mon *-*-* 07:15:00 UTC" in units
    lists = cs("-w", workspace, "schedule", "--for", "launchd").out
    daily, weekly = (plistlib.loads(("<?xml" + part.split("\n### ")[0]).encode()) for part in lists.split("<?xml")[1:])
    assert daily["StartCalendarInterval"] == {"Hour": 7, "Minute": 0}
    assert weekly["StartCalendarInterval"] == {"Hour": 7, "Minute": 15, "Weekday": 1}
    assert daily["ProgramArguments"][-5:] == ["-w", str(workspace), "schedule", "--job", "import,run,remind"]
    assert daily["StandardErrorPath"].startswith(str(workspace / ".cs"))


@pytest.mark.parametrize(
    ("words", "ident"),
    [
        (["--for", "anacron"], "INT-040"), (["--at", "25:00"], "INT-041"), (["--at", "7"], "INT-041"),
        (["--at", "0 25 * * *"], "INT-041"), (["--send", "x"], "INT-010"), (["--install", "--remove"], "INT-047"),
        (["--install", "--check"], "INT-047"), (["--dry-run"], "INT-047"), (["-f", "json"], "INT-047"),
        (["--job", "import,rum"], "INT-048"),
    ],
)
def test_what_cannot_be_scheduled_is_said(workspace: Path, cs: Cs, words: list[str], ident: str) -> None:
    refused(cs("-w", workspace, "schedule", *words), ident)


def test_nothing_tells_anybody_to_replace_the_whole_crontab(cs: Cs, workspace: Path) -> None:
    from tests.conftest import ROOT

    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", *(ROOT / "cs_cli").rglob("*.toml"),
             *(ROOT / "cs_cli").rglob("*.yaml")]
    told = [path.read_text(encoding="utf-8") for path in pages]
    told += [cs("-w", workspace, "schedule", *words).out for words in ((), ("--help",))]
    assert not [text for text in told if "crontab -\n" in text or "| crontab" in text or "crontab - " in text]


# --- what is installed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "theirs", [None, b"", THEIRS, THEIRS.rstrip(b"\n"), b"# one\r\n0 1 * * * x\r\n", b"\n\n", b"@reboot y"],
    ids=["none", "empty", "several", "no last line end", "CRLF", "blank", "one line"],
)
def test_install_and_remove_leave_every_other_byte(
    workspace: Path, cs: Cs, machine: Machine, theirs: bytes | None
) -> None:
    if theirs is not None:
        machine.has(theirs)
    done = cs("-w", workspace, "schedule", "--install")
    assert done.code == 0, done.err
    first = machine.crontab
    assert first is not None
    assert first.startswith(theirs or b"")
    assert len(jobs(first.decode("latin-1"))) >= 2
    assert (workspace / ".cs" / "crontab.before").read_bytes() == (theirs or b"")
    # again: the same bytes; at another hour: its own lines alone
    again = cs("-w", workspace, "schedule", "--install")
    assert "already" in again.err
    assert machine.crontab == first
    assert cs("-w", workspace, "schedule", "--install", "--at", "05:30").code == 0
    assert machine.crontab == first.replace(b"0 7 * * * ", b"30 5 * * * ").replace(b"15 7 * * 1 ", b"45 5 * * 1 ")
    gone = cs("-w", workspace, "schedule", "--remove")
    assert gone.code == 0, gone.err
    assert machine.crontab == (theirs or b"")
    assert "no lines of this workspace" in cs("-w", workspace, "schedule", "--remove").err


def test_several_workspaces_live_side_by_side(tmp_path: Path, cs: Cs, machine: Machine) -> None:
    machine.has(THEIRS)
    # one path is the beginning of another, one holds what cron and a shell read otherwise
    folders = [new_workspace(tmp_path / name) for name in ("desk", "desk 2", "50% $HOME \"q\" 'ü'")]
    for folder in folders:
        assert cs("-w", folder, "schedule", "--install").code == 0
    three = machine.crontab
    assert three is not None
    assert three.startswith(THEIRS)
    found = [shlex.split(command) for command in jobs(three.decode("utf-8", "replace"))]
    assert [words[words.index("-w") + 1] for words in found if "-w" in words] == [
        str(folder) for folder in folders for _ in range(2)
    ]
    assert cs("-w", folders[0], "schedule", "--remove").code == 0
    two = machine.crontab
    assert two is not None
    assert f'"{folders[0]}"'.encode() not in two
    assert cs("-w", folders[0], "schedule", "--install").code == 0
    for folder in folders:
        assert cs("-w", folder, "schedule", "--remove").code == 0
    assert machine.crontab == THEIRS


def test_what_stands_below_and_between_the_marks_is_the_persons(workspace: Path, cs: Cs, machine: Machine) -> None:
    assert cs("-w", workspace, "schedule", "--install").code == 0
    ours = machine.crontab
    assert ours is not None
    begin, *lines = ours.splitlines(keepends=True)
    machine.has(b"@daily a\n" + begin + b"CS_KEY=abc\n" + b"".join(lines) + b"@daily b")
    assert cs("-w", workspace, "schedule", "--install", "--at", "06:00").code == 0
    now = machine.crontab
    assert now is not None
    assert now.startswith(b"@daily a\nCS_KEY=abc\n# >>> cs schedule ")
    assert now.endswith(b"<<<\n@daily b")
    assert cs("-w", workspace, "schedule", "--remove").code == 0
    assert machine.crontab == b"@daily a\nCS_KEY=abc\n@daily b"


def test_a_preview_changes_nothing(workspace: Path, cs: Cs, machine: Machine) -> None:
    machine.has(THEIRS)
    shown = cs("-w", workspace, "schedule", "--install", "--dry-run")
    assert shown.code == 0
    assert machine.crontab == THEIRS
    assert not (workspace / ".cs" / "schedule.log").exists()
    cs("-w", workspace, "schedule", "--install")
    assert machine.crontab is not None
    assert shown.out.encode() == machine.crontab.replace(b"\xe9", b"\\xe9")
    gone = cs("-w", workspace, "schedule", "--remove", "--dry-run")
    assert gone.out.encode() == THEIRS.replace(b"\xe9", b"\\xe9")


def test_lines_from_before_there_were_marks_are_named(workspace: Path, cs: Cs, machine: Machine) -> None:
    machine.has(f"0 7 * * * /opt/cs -w {workspace} remind -q\n".encode())
    done = cs("-w", workspace, "schedule", "--install")
    assert "line 1 of the crontab calls cs for this workspace too" in done.err
    assert machine.crontab is not None
    assert machine.crontab.startswith(f"0 7 * * * /opt/cs -w {workspace} remind -q\n".encode())
    machine.has(machine.crontab.split(b"\n", 1)[1])
    assert "calls cs" not in cs("-w", workspace, "schedule", "--install", "--at", "06:00").err


def test_marks_that_do_not_belong_together_stop_it(workspace: Path, cs: Cs, machine: Machine) -> None:
    assert cs("-w", workspace, "schedule", "--install").code == 0
    whole = machine.crontab
    assert whole is not None
    lines = whole.splitlines(keepends=True)
    for broken in (b"".join(lines[:-1]), b"".join(lines[1:]), whole + lines[0], lines[0] + whole):
        machine.has(broken)
        for word in ("--install", "--remove"):
            refused(cs("-w", workspace, "schedule", word), "INT-044", "crontab -e")
            assert machine.crontab == broken


def test_a_machine_without_cron(workspace: Path, cs: Cs, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine.folder / "crontab").unlink(missing_ok=True)
    monkeypatch.setenv("PATH", str(machine.folder / "nowhere"))
    refused(cs("-w", workspace, "schedule", "--install"), "INT-042", "--for systemd --install")


@pytest.mark.parametrize(
    "program",
    ["#!/bin/sh\necho 'you (ann) are not allowed to use this program' >&2\nexit 1\n",
     '#!/bin/sh\n[ "$1" = -l ] && exit 0\necho "bad minute" >&2\nexit 1\n',
     '#!/bin/sh\n[ "$1" = -l ] && exit 0\ncat > /dev/null\n'],
    ids=["not allowed", "not taken", "lost"],
)
def test_a_crontab_program_that_fails_is_never_taken_for_an_empty_crontab(
    workspace: Path, cs: Cs, machine: Machine, program: str
) -> None:
    machine.has(THEIRS)
    machine.program("crontab", program)
    done = cs("-w", workspace, "schedule", "--install")
    assert done.code == 14
    assert "error[INT-043]" in done.err
    assert machine.crontab == THEIRS


def test_systemd_units_are_written_started_and_taken_away(workspace: Path, cs: Cs, machine: Machine) -> None:
    machine.program("systemctl", '#!/bin/sh\necho "$@" >> "$FAKE/calls"\n')
    folder = machine.folder / "home" / ".config" / "systemd" / "user"
    shown = cs("-w", workspace, "schedule", "--for", "systemd", "--install", "--dry-run")
    assert shown.code == 0
    assert not folder.exists()
    done = cs("-w", workspace, "schedule", "--for", "systemd", "--install")
    assert done.code == 0, done.err
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 4 and all(name.startswith("cs-desk-") for name in names)
    for name in names:
        assert f"### {folder / name}" in shown.out
    calls = (machine.folder / "calls").read_text().splitlines()
    timers = [name for name in names if name.endswith(".timer")]
    assert calls == ["--user daemon-reload", f"--user enable --now {' '.join(timers)}"]
    text = (folder / names[0]).read_text()
    assert f'"-w" "{workspace}" "schedule" "--job" "import,run,remind"' in text
    # somebody else's units stay; one of our name that is not ours stops it
    (folder / "backup.timer").write_text("[Timer]\n")
    other = folder / names[1]
    ours = other.read_text()
    other.write_text("[Timer]\n")
    for word in ("--install", "--remove"):
        refused(cs("-w", workspace, "schedule", "--for", "systemd", word), "INT-045", str(other))
    assert other.read_text() == "[Timer]\n"
    other.write_text(ours)
    gone = cs("-w", workspace, "schedule", "--for", "systemd", "--remove")
    assert gone.code == 0, gone.err
    assert [path.name for path in folder.iterdir()] == ["backup.timer"]
    assert "--user disable --now" in (machine.folder / "calls").read_text()


def test_without_systemctl_the_commands_are_said(workspace: Path, cs: Cs, machine: Machine) -> None:
    machine.program("systemctl", "#!/bin/sh\nexit 1\n")
    done = cs("-w", workspace, "schedule", "--for", "systemd", "--install")
    assert done.code == 0
    assert "systemctl ended with 1; run: systemctl --user daemon-reload && systemctl --user enable --now" in done.err


def test_launchd_lists_are_written_and_taken_away(workspace: Path, cs: Cs, machine: Machine) -> None:
    machine.program("launchctl", '#!/bin/sh\necho "$@" >> "$FAKE/calls"\n')
    done = cs("-w", workspace, "schedule", "--for", "launchd", "--install", "--at", "06:10")
    assert done.code == 0, done.err
    folder = machine.folder / "home" / "Library" / "LaunchAgents"
    paths = sorted(folder.iterdir())
    assert [plistlib.loads(path.read_bytes())["StartCalendarInterval"] for path in paths] == [
        {"Hour": 6, "Minute": 10}, {"Hour": 6, "Minute": 25, "Weekday": 1}]
    assert f"load -w {paths[0]} {paths[1]}" in (machine.folder / "calls").read_text()
    assert cs("-w", workspace, "schedule", "--for", "launchd", "--remove").code == 0
    assert list(folder.iterdir()) == []


# --- what the lines do ------------------------------------------------------------------------


def job(cs: Cs, folder: Path, parts: str = "import,run,remind", *words: str) -> Result:
    return cs("-w", folder, "schedule", "--job", parts, *words)


def test_each_part_writes_a_line_and_check_says_when_it_ran(workspace: Path, cs: Cs, clock: Clock) -> None:
    never = cs("-w", workspace, "schedule", "--check", "-f", "json")
    assert never.code == 1
    assert {row["state"] for row in never.json} == {"never"}
    build(workspace, cs)
    (workspace / "exports" / "contacts.csv").write_text("contact_id,account_id,email\nC1,a1,x@a1.example\n")
    assert job(cs, workspace).code == 0
    lines = (workspace / ".cs" / "schedule.log").read_text().splitlines()
    assert lines[0] == "2026-06-30 07:00:00 +0000  import    ok           1 new file: 1 added, 0 changed, 0 set aside"
    assert lines[1].startswith("2026-06-30 07:00:00 +0000  run       ok           2026-06-30: ")
    assert lines[2].endswith("sent 1 reminder")
    shown = cs("-w", workspace, "schedule", "--check", "-f", "json")
    assert shown.code == 1   # the report was never made
    assert [(row["part"], row["state"]) for row in shown.json] == [
        ("import", "on time"), ("run", "on time"), ("remind", "on time"), ("report", "never")]
    assert job(cs, workspace, "report").code == 0
    good = cs("-w", workspace, "schedule", "--check")
    assert good.code == 0
    assert "2026-06-30 07:00 +0000" in good.out and "schedule.log" in good.err
    clock.pass_by(hours=25)
    assert cs("-w", workspace, "schedule", "--check").code == 0
    clock.pass_by(hours=2)
    late = cs("-w", workspace, "schedule", "--check", "-f", "json")
    assert late.code == 1
    assert [row["state"] for row in late.json] == ["overdue"] * 3 + ["on time"]
    clock.pass_by(days=7)
    assert [row["state"] for row in cs("-w", workspace, "schedule", "--check", "-f", "json").json] == ["overdue"] * 4


def test_after_the_install_the_first_time_is_waited_for(
    workspace: Path, cs: Cs, machine: Machine, clock: Clock
) -> None:
    assert cs("-w", workspace, "schedule", "--install").code == 0
    waits = cs("-w", workspace, "schedule", "--check", "-f", "json")
    assert (waits.code, {row["state"] for row in waits.json}) == (0, {"waits"})
    clock.pass_by(hours=30)
    late = cs("-w", workspace, "schedule", "--check", "-f", "json")
    assert [row["state"] for row in late.json] == ["never"] * 3 + ["waits"]
    assert late.code == 1


def test_a_bad_file_does_not_hold_up_the_day(workspace: Path, cs: Cs, clock: Clock) -> None:
    build(workspace, cs)
    head = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"
    (workspace / "exports" / "subscriptions-2.csv").write_text(head)
    done = job(cs, workspace)
    assert done.code == 3
    assert "IMP-006" in done.err and "import stopped for cs_subscription" in done.err
    assert log(workspace) == [("import", "partly (3)"), ("run", "ok"), ("remind", "ok")]
    assert ledger(workspace, "state")[0] == ("sent",)
    text = (workspace / ".cs" / "schedule.log").read_text()
    assert "subscriptions-2.csv" in text and "Alder" not in text


def test_what_fails_is_logged_and_the_other_parts_run(workspace: Path, cs: Cs, clock: Clock) -> None:
    build(workspace, cs)
    settings(workspace, channels={"team": {"kind": "slack", "webhook": "${CS_NOT_SET}"}})
    (workspace / "playbooks" / "welcome.yaml").write_text(
        (workspace / "playbooks" / "welcome.yaml").read_text().replace("[stdout]", "[team]"))
    done = job(cs, workspace, "import,run,remind,report")
    assert done.code == 12
    assert log(workspace) == [("import", "ok"), ("run", "ok"), ("remind", "failed (12)"), ("report", "ok")]
    checked = cs("-w", workspace, "schedule", "--check", "-f", "json")
    assert (checked.code, [row["state"] for row in checked.json][2]) == (1, "never")
    (workspace / "playbooks" / "welcome.yaml").write_text("playbook: welcome\nwhen: arr >\n")
    assert job(cs, workspace).code == 12
    assert log(workspace)[-3:] == [("import", "failed (12)"), ("run", "failed (12)"), ("remind", "skipped")]


def test_a_fault_of_ours_in_one_part_costs_no_other(
    workspace: Path, cs: Cs, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(workspace, cs)

    def broken(*words: object, **more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cs_cli.commands.imports.import_", broken)
    done = job(cs, workspace)
    assert done.code == 20
    assert "BUG-001" in done.err
    assert log(workspace) == [("import", "failed (20)"), ("run", "ok"), ("remind", "ok")]


def test_nothing_came_for_nine_days(workspace: Path, cs: Cs, clock: Clock) -> None:
    path = workspace / "exports" / "accounts.csv"
    path.write_text("account_id,name\nA1,Alder Works\n")
    os.utime(path, (1_782_800_000, 1_782_800_000))   # 2026-06-30
    for day, warned in (("2026-06-30", False), ("2026-07-08", False), ("2026-07-09", True)):
        settings(workspace, today=day)
        done = job(cs, workspace, "import")
        assert done.code == 0, done.err
        assert ("nothing new has come into exports/ for 9 days (since 2026-06-30)" in done.err) is warned
    assert "nothing new since 2026-06-30 (9 days)" in (workspace / ".cs" / "schedule.log").read_text()


def test_an_empty_folder_is_no_failure(workspace: Path, cs: Cs, clock: Clock) -> None:
    assert job(cs, workspace, "import").code == 0
    assert log(workspace) == [("import", "ok")]


def test_two_jobs_at_once(workspace: Path, cs: Cs, clock: Clock) -> None:
    from cs_cli.store.lock import run_lock

    build(workspace, cs)
    with run_lock(workspace / ".cs" / "job.lock"):
        assert job(cs, workspace).code == 11
    assert log(workspace) == [("import", "busy (11)")]
    assert job(cs, workspace).code == 0
    assert cs("-w", workspace, "schedule", "--check", "-f", "json").json[0]["state"] == "on time"


def test_in_another_zone_the_job_is_called_hourly_and_runs_once_a_day(
    workspace: Path, cs: Cs, machine: Machine, clock: Clock
) -> None:
    """A year of hours in Amsterdam, on a machine in UTC: at seven on every day, also where the clock is changed."""
    settings(workspace, timezone="Europe/Amsterdam")
    daily, weekly = (shlex.split(line) for line in jobs(cs("-w", workspace, "schedule").out))
    assert cs("-w", workspace, "schedule").out.count("0 * * * * ") == 1
    assert (daily[-2:], weekly[-2:]) == (["--at", "07:00"], ["--at", "07:15"])
    from cs_cli.deliver.job_log import is_due, read, write

    private, zone = workspace / ".cs", ZoneInfo("Europe/Amsterdam")
    ran: dict[str, list[datetime]] = {"import": [], "report": []}
    clock.now = datetime(2026, 3, 1, tzinfo=ZoneInfo("UTC"))
    asleep = datetime(2026, 5, 4, 3, tzinfo=ZoneInfo("UTC")), datetime(2026, 5, 5, 11, tzinfo=ZoneInfo("UTC"))
    entries = read(private)
    while clock.now < datetime(2026, 11, 15, tzinfo=ZoneInfo("UTC")):
        for part, minute in (("import", 0), ("report", 15)):
            now = clock.now.replace(minute=minute).astimezone(zone)
            if not asleep[0] <= clock.now < asleep[1] and is_due(entries, now, part, 7, minute):
                ran[part].append(now)
                write(private, now, part, "ok", "")
                entries = read(private)[-8:]
        clock.pass_by(hours=1)
    days = [one.date() for one in ran["import"]]
    assert len(days) == len(set(days)) == 258   # 259 days, and one that the machine slept through
    assert {one.strftime("%H:%M") for one in ran["import"]} == {"07:00", "13:00"}
    assert sum(one.hour == 13 for one in ran["import"]) == 1
    weeks = [one.isocalendar()[:2] for one in ran["report"]]
    assert len(weeks) == len(set(weeks))
    assert {one.strftime("%a %H:%M") for one in ran["report"][1:]} == {"Mon 07:15", "Tue 13:15"}


def test_the_heartbeat_is_a_file_or_an_address_and_follows_success_alone(
    workspace: Path, cs: Cs, clock: Clock
) -> None:
    build(workspace, cs, channels={"heartbeat": {"path": "beat"}})
    beat = workspace / "beat"
    beat.unlink(missing_ok=True)    # the world's own cs remind was well, too
    assert job(cs, workspace, "report").code == 0
    assert not beat.exists()        # a report that went well hides no reminder that did not
    assert job(cs, workspace).code == 0
    assert beat.stat().st_mode & 0o777 == 0o600
    beat.unlink()
    (workspace / "playbooks" / "welcome.yaml").write_text("playbook: welcome\nwhen: arr >\n")
    assert job(cs, workspace).code == 12
    assert not beat.exists()


def test_a_heartbeat_says_one_of_the_two(workspace: Path, cs: Cs) -> None:
    build(workspace, cs, channels={})
    settings(workspace, channels={"heartbeat": {"kind": "heartbeat"}})
    done = cs("-w", workspace, "remind")
    assert "heartbeat_url is missing" in done.err
