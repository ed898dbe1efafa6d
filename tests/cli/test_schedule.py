"""`cs schedule`: what it prints runs as it stands, with nothing in the environment."""

from __future__ import annotations

import plistlib
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Cs
from tests.deliver.world import build, ledger, settings


def jobs(text: str) -> list[str]:
    """The commands of a crontab, without their five times; \\% is a % for cron."""
    lines = [line for line in text.splitlines() if line and line[0].isdigit()]
    return [line.split(" ", 5)[5].replace("\\%", "%") for line in lines]


def test_the_lines_of_a_crontab_run_as_printed(workspace: Path, cs: Cs) -> None:
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


def test_everything_is_absolute_and_needed_variables_are_named(workspace: Path, cs: Cs) -> None:
    settings(workspace, channels={"team": {"kind": "slack", "webhook": "${CS_SLACK_WEBHOOK}"}}, timezone="Asia/Kolkata")
    text = cs("-w", workspace, "schedule", "--send", "team").out
    assert "CS_SLACK_WEBHOOK" in text
    assert "CRON_TZ=Asia/Kolkata" in text
    assert "--send team" in text
    for command in jobs(text):
        words = command.replace("{", "").split()
        assert words[0].startswith("/")
        assert f"-w {workspace.resolve()}" in command


def test_systemd_and_launchd(workspace: Path, cs: Cs) -> None:
    units = cs("-w", workspace, "schedule", "--for", "systemd").out
    assert units.count("Persistent=true") == 2
    assert "OnCalendar=*-*-* 07:00:00 UTC" in units
    assert "OnCalendar=Mon *-*-* 07:15:00 UTC" in units
    assert "$$?" in units
    lists = cs("-w", workspace, "schedule", "--for", "launchd").out
    # two files one after the other, nothing before the first declaration
    before, first, second = lists.split("<?xml")
    assert before == ""
    daily, weekly = (plistlib.loads(b"<?xml" + text.encode()) for text in (first, second))
    assert "~/Library/LaunchAgents/cs.report.plist" in second
    assert daily["StartCalendarInterval"] == {"Hour": 7, "Minute": 0}
    assert weekly["StartCalendarInterval"] == {"Hour": 7, "Minute": 15, "Weekday": 1}
    assert daily["ProgramArguments"][:2] == ["/bin/sh", "-c"]


@pytest.mark.parametrize(
    "words", [["--for", "anacron"], ["--at", "25:00"], ["--at", "7"], ["--at", "0 25 * * *"], ["--send", "x"]]
)
def test_what_cannot_be_scheduled_is_said(workspace: Path, cs: Cs, words: list[str]) -> None:
    assert cs("-w", workspace, "schedule", *words).code == 2
