"""What a scheduler is told to call: the lines of a crontab, and the files of systemd and launchd.

Everything is an absolute path, because a scheduler knows no PATH and no current folder. Nothing here changes anything;
crontab.py and units.py install.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape

from cs_cli.base.files import file_slug

KINDS = ("cron", "systemd", "launchd")
DAILY, WEEKLY = ("import", "run", "remind"), ("report",)


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
    def name(self) -> str:
        """What the files of this workspace are called by, and no other's."""
        path = str(self.workspace).encode("utf-8", "surrogateescape")
        return f"{file_slug(self.workspace.name)[:24].strip('-')}-{sha256(path).hexdigest()[:6]}"

    @property
    def mark(self) -> str:
        """The workspace's path, quoted, so that no other path begins or ends with it."""
        return json.dumps(str(self.workspace), ensure_ascii=False)

    def words(self, parts: Sequence[str], *, guarded: bool = False) -> list[str]:
        """The command of a job. guarded: it is called every hour and looks at the workspace's clock itself."""
        found = [*self.cs, "-w", str(self.workspace), "schedule", "--job", ",".join(parts)]
        if self.send is not None and "report" in parts:
            found += ["--send", self.send]
        if guarded:
            hour, minute = self.weekly_at if "report" in parts else (self.hour, self.minute)
            found += ["--at", f"{hour:02}:{minute:02}"]
        return found

    @property
    def weekly_at(self) -> tuple[int, int]:
        """A quarter of an hour after the daily job, so that it sees the day's cases."""
        return divmod((self.hour * 60 + self.minute + 15) % (24 * 60), 60)

    @property
    def jobs(self) -> tuple[tuple[str, tuple[str, ...], int, int], ...]:
        """(name, parts, hour, minute) of each job."""
        return (("daily", DAILY, self.hour, self.minute), ("report", WEEKLY, *self.weekly_at))

    def needs(self, where: str) -> list[str]:
        """What the channels need, in words."""
        if not self.variables:
            return []
        return [f"The channels need {', '.join(self.variables)}: set them {where}, or use secret_file: in cs.yaml."]


def begin_mark(plan: Plan) -> str:
    return f"# >>> cs schedule {plan.mark} >>>"


def end_mark(plan: Plan) -> str:
    return f"# <<< cs schedule {plan.mark} <<<"


def cron(plan: Plan) -> str:
    """The workspace's lines of a crontab, between marks. In cron a % is a line end unless it is escaped.

    No line sets a variable, which would hold for every line below it. Where the machine's zone is another one, or is
    not known, the jobs are called every hour and ask the workspace's clock themselves: so they keep their hour in
    summer and winter.
    """
    out = [begin_mark(plan), *(f"# {text}" for text in plan.needs("above these lines, as NAME=value"))]
    if plan.zone_differs:
        out.append(f"# Every hour: each job waits for its time in {plan.zone} and runs once.")
    for _, parts, hour, minute in plan.jobs:
        times = f"{minute} * * * *" if plan.zone_differs else f"{minute} {hour} * * {'1' if parts == WEEKLY else '*'}"
        out.append(f"{times} {shlex.join(plan.words(parts, guarded=plan.zone_differs))}".replace("%", "\\%"))
    return "\n".join([*out, end_mark(plan)]) + "\n"


def systemd(plan: Plan) -> dict[str, str]:
    """File name → text of the units. Persistent: a machine that slept catches up, once."""
    found = {}
    for name, parts, hour, minute in plan.jobs:
        unit = f"cs-{plan.name}-{name}"
        days = "Mon " if parts == WEEKLY else ""
        found[f"{unit}.service"] = "\n".join([
            f"# cs schedule {plan.mark}",
            *(f"# {text}" for text in plan.needs("below")),
            "[Unit]",
            f"Description=cs: {', '.join(parts)} of {_unit_text(str(plan.workspace))}",
            "[Service]",
            "Type=oneshot",
            f"ExecStart={' '.join(map(_unit_word, plan.words(parts)))}",
            "SuccessExitStatus=11",
            *(f"# Environment={variable}=" for variable in plan.variables),
            "",
        ])
        found[f"{unit}.timer"] = "\n".join([
            f"# cs schedule {plan.mark}",
            "[Unit]",
            f"Description=When {unit} runs",
            "[Timer]",
            f"OnCalendar={days}*-*-* {hour:02}:{minute:02}:00 {plan.zone}",
            "Persistent=true",
            "[Install]",
            "WantedBy=timers.target",
            "",
        ])
    return found


def _unit_text(text: str) -> str:
    return text.replace("%", "%%")


def _unit_word(word: str) -> str:
    """A word of a command in a unit file, where % and $ have meanings of their own."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{text}"'


def launchd(plan: Plan) -> dict[str, str]:
    """File name → text of the property lists; launchd runs what was missed while asleep, once."""
    found = {}
    for name, parts, hour, minute in plan.jobs:
        label = f"cs.{plan.name}.{name}"
        when = {"Hour": hour, "Minute": minute} | ({"Weekday": 1} if parts == WEEKLY else {})
        if plan.zone_differs:
            when = {"Minute": minute}
        words = plan.words(parts, guarded=plan.zone_differs)
        found[f"{label}.plist"] = _plist(label, words, when, plan.workspace, plan.needs("under EnvironmentVariables"))
    return found


def _plist(label: str, words: Sequence[str], when: dict[str, int], workspace: Path, notes: Sequence[str]) -> str:
    """One file, its comments after the declaration, which must be the very first line."""
    # what the job says would be lost: launchd mails nothing
    talk = escape(str(workspace / ".cs" / "schedule-output.txt"))
    listed = "".join(f"<string>{escape(word)}</string>" for word in words)
    times = "".join(f"<key>{key}</key><integer>{value}</integer>" for key, value in when.items())
    said = "".join(f"<!-- {one} -->\n" for one in notes)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{said}<plist version="1.0"><dict>'
        f"<key>Label</key><string>{label}</string>"
        f"<key>ProgramArguments</key><array>{listed}</array>"
        f"<key>StandardOutPath</key><string>{talk}</string><key>StandardErrorPath</key><string>{talk}</string>"
        f"<key>StartCalendarInterval</key><dict>{times}</dict></dict></plist>\n"
    )
