"""Lines for cron, systemd and launchd: text only, nothing is installed.

Everything is an absolute path, because a scheduler knows no PATH and no current folder.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

KINDS = ("cron", "systemd", "launchd")


@dataclass(frozen=True)
class Plan:
    """What is scheduled. cs: the command as words; variables: environment names that channels need."""

    cs: Sequence[str]
    workspace: Path
    zone: str
    hour: int
    minute: int
    send: str | None  # channel of the Monday report; None writes reports/weekly.html
    variables: Sequence[str] = ()
    zone_differs: bool = False

    @property
    def words(self) -> list[str]:
        return [*self.cs, "-w", str(self.workspace)]

    @property
    def daily(self) -> str:
        """A playbook stopped by its limit (3) must not hold back the reminders of the others."""
        run, remind = shlex.join([*self.words, "run", "-q"]), shlex.join([*self.words, "remind", "-q"])
        return f"{{ {run} || [ $? -eq 3 ]; }} && {remind}"

    @property
    def weekly(self) -> str:
        words = [*self.cs, "-q", "-w", str(self.workspace), "report", "weekly"]
        rest = ["--send", self.send] if self.send else ["-o", str(self.workspace / "reports" / "weekly.html")]
        return shlex.join([*words, *rest])

    @property
    def weekly_at(self) -> tuple[int, int]:
        """A quarter of an hour after the daily job, so that it sees the day's cases."""
        return divmod((self.hour * 60 + self.minute + 15) % (24 * 60), 60)


def lines(kind: str, plan: Plan) -> str:
    """The text for a scheduler of KINDS."""
    return {"cron": cron, "systemd": systemd, "launchd": launchd}[kind](plan)


def cron(plan: Plan) -> str:
    """A crontab: in cron a % is a line end unless it is escaped."""
    hour, minute = plan.weekly_at
    out = [
        "# cs: the day's playbooks and reminders, and the report on Mondays. Install with: crontab -e",
        "# Silent when all is well; cron mails what is not.",
        *_needs(plan),
    ]
    if plan.zone_differs:
        out.append(f"# The hours are those of {plan.zone}. Debian's cron ignores CRON_TZ: change the hours there.")
        out.append(f"CRON_TZ={plan.zone}")
    out.append("SHELL=/bin/sh")
    out.append("PATH=/usr/local/bin:/usr/bin:/bin")
    out += [f"#{name}=" for name in plan.variables]
    out.append(f"{plan.minute} {plan.hour} * * * {_percent(plan.daily)}")
    out.append(f"{minute} {hour} * * 1 {_percent(plan.weekly)}")
    return "\n".join(out) + "\n"


def _percent(command: str) -> str:
    return command.replace("%", "\\%")


def _needs(plan: Plan, where: str = "below") -> list[str]:
    if not plan.variables:
        return []
    return [
        f"# The channels need {', '.join(plan.variables)}: set them {where}, or use secret_file: in cs.yaml.",
    ]


def systemd(plan: Plan) -> str:
    """Four unit files for ~/.config/systemd/user. Persistent: a machine that slept catches up, once."""
    hour, minute = plan.weekly_at
    zone = f" {plan.zone}"
    return "\n".join(
        [
            "# Put each part into ~/.config/systemd/user under its name, then:",
            "#   systemctl --user daemon-reload && systemctl --user enable --now cs-remind.timer cs-report.timer",
            *_needs(plan),
            "",
            *_service("cs-remind", "cs: playbooks and reminders of the day", plan.daily, plan.variables),
            *_timer("cs-remind", f"*-*-* {plan.hour:02}:{plan.minute:02}:00{zone}"),
            *_service("cs-report", "cs: the report on Mondays", plan.weekly, plan.variables),
            *_timer("cs-report", f"Mon *-*-* {hour:02}:{minute:02}:00{zone}"),
        ]
    )


def _service(name: str, about: str, command: str, variables: Sequence[str]) -> list[str]:
    # in a unit file % and $ have meanings of their own
    text = command.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    return [
        f"# --- {name}.service",
        "[Unit]",
        f"Description={about}",
        "[Service]",
        "Type=oneshot",
        f'ExecStart=/bin/sh -c "{text}"',
        "SuccessExitStatus=11",
        *(f"# Environment={variable}=" for variable in variables),
        "",
    ]


def _timer(name: str, calendar: str) -> list[str]:
    return [
        f"# --- {name}.timer",
        "[Unit]",
        f"Description=When {name} runs",
        "[Timer]",
        f"OnCalendar={calendar}",
        "Persistent=true",
        "[Install]",
        "WantedBy=timers.target",
        "",
    ]


def launchd(plan: Plan) -> str:
    """Two property lists for ~/Library/LaunchAgents; launchd runs what was missed while asleep, once."""
    hour, minute = plan.weekly_at
    notes = [line.removeprefix("# ") for line in _needs(plan, "under EnvironmentVariables")]
    if plan.zone_differs:
        notes.append(f"The hours are the Mac's; the workspace's zone is {plan.zone}.")
    return _plist("cs.remind", plan.daily, {"Hour": plan.hour, "Minute": plan.minute}, notes) + _plist(
        "cs.report", plan.weekly, {"Hour": hour, "Minute": minute, "Weekday": 1}, notes
    )


def _plist(label: str, command: str, when: dict[str, int], notes: Sequence[str]) -> str:
    """One file, its comments after the declaration, which must be the very first line."""
    path = f"~/Library/LaunchAgents/{label}.plist"
    words = "".join(f"<string>{escape(word)}</string>" for word in ("/bin/sh", "-c", command))
    times = "".join(f"<key>{key}</key><integer>{value}</integer>" for key, value in when.items())
    said = "".join(f"<!-- {one} -->\n" for one in (f"Save as {path}, then: launchctl load -w {path}", *notes))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{said}<plist version="1.0"><dict>'
        f"<key>Label</key><string>{label}</string>"
        f"<key>ProgramArguments</key><array>{words}</array>"
        f"<key>StartCalendarInterval</key><dict>{times}</dict></dict></plist>\n"
    )
