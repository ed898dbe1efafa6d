"""`cs schedule --install` and `--remove`: a workspace's lines in the crontab, or its files of systemd and launchd."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.commands.desk import say, write_stdout

if TYPE_CHECKING:
    from cs_cli.deliver.schedule import Plan


def change(scheduler: str, plan: Plan, *, install: bool, dry_run: bool) -> None:
    """Put the jobs in, or take them out; a dry run prints what would be there and changes nothing."""
    if scheduler == "cron":
        _crontab(plan, install, dry_run)
    else:
        _units(scheduler, plan, install, dry_run)
    if install:
        _warn_of_stdout(plan)


def _crontab(plan: Plan, install: bool, dry_run: bool) -> None:
    from cs_cli.base.files import private_dir
    from cs_cli.deliver import crontab
    from cs_cli.deliver.schedule import begin_mark, cron, end_mark

    begin, end = begin_mark(plan), end_mark(plan)
    old = crontab.read()
    new = crontab.merged(old, begin, cron(plan), end) if install else crontab.without(old, begin, end)
    if others := crontab.others(old, plan.workspace, begin, end):
        lines = ", ".join(map(str, others))
        say(f"note: line {lines} of the crontab calls cs for this workspace too, outside the marks: crontab -e")
    if dry_run:
        write_stdout(new.decode("utf-8", "backslashreplace"))
        say("nothing was changed; this is what the crontab would be" if new != old else "nothing would change")
        return
    if new == old:
        say("the crontab has these lines already" if install else "the crontab has no lines of this workspace")
        return
    kept = private_dir(plan.workspace / ".cs") / "crontab.before"
    crontab.write(new, old, kept)
    _log(plan, "cron", install)
    what = "the lines are in your crontab" if install else "the lines are out of your crontab"
    say(f"{what}; as it was: {kept}")


def _units(scheduler: str, plan: Plan, install: bool, dry_run: bool) -> None:
    from cs_cli.commands.schedule import printed
    from cs_cli.deliver import units
    from cs_cli.deliver.schedule import launchd, systemd

    files = systemd(plan) if scheduler == "systemd" else launchd(plan)
    folder = units.folder_of(scheduler)
    if dry_run:
        found = units.there(scheduler, list(files), plan)
        if install:
            write_stdout(printed(scheduler, plan))
            say(f"nothing was changed; {len(files)} files would be written, {len(found)} of them are there already")
        else:
            write_stdout("".join(f"{path}\n" for path in found))
            say(f"nothing was changed; {len(found)} files would be deleted")
        return
    if install:
        left = units.install(scheduler, files, plan)
        say(f"wrote {len(files)} files into {folder}")
    else:
        paths, left = units.remove(scheduler, list(files), plan)
        say(f"deleted {len(paths)} files of {folder}" if paths else f"nothing of this workspace is in {folder}")
        if not paths:
            return
    _log(plan, scheduler, install)
    _say_left(left)


def _say_left(left: Sequence[str]) -> None:
    for line in left:
        say(f"  {line}")


def _log(plan: Plan, scheduler: str, install: bool) -> None:
    """A line of its own, so that a part that has not run since is known to be overdue."""
    from cs_cli.commands.schedule_job import clock
    from cs_cli.deliver import job_log

    what = f"installed for {scheduler}, at {plan.hour:02}:{plan.minute:02} {plan.zone}" if install \
        else f"removed from {scheduler}"
    job_log.write(plan.workspace / ".cs", clock(plan.zone), "schedule", "done", what)


def _warn_of_stdout(plan: Plan) -> None:
    """Reminders on stdout are mailed by cron; where nothing can mail, they would be sent and lost."""
    from cs_cli.definitions.workspace import Workspace, settings_only
    from cs_cli.deliver.due import default_channels

    mails = shutil.which("sendmail") is not None or os.access("/usr/sbin/sendmail", os.X_OK)
    if "stdout" in default_channels(settings_only(Workspace(Path(plan.workspace)))) and not mails:
        say("note: reminders go to stdout, and this machine has no sendmail to mail it: name a channel in cs.yaml")
