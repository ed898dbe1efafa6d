"""Messages at the end of a text file, each once: the file is read first, and written whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.errors import OutputNotWritten
from cs_cli.base.files import keep_ours, private_dir, write_whole
from cs_cli.deliver.model import SENT, Message, Result, failed
from cs_cli.deliver.plain import plain

if TYPE_CHECKING:
    from cs_cli.deliver.options import Options
    from cs_cli.deliver.web import Budget

RULE = "-" * 72


def make(options: Options) -> File:
    path = options.path("path", "reports/reminders.txt")
    options.done()
    return File(path)


class File:
    repeatable = True  # the message's own line is looked for before it is written

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        mark = f"{RULE}\n{message.message_id}\n"
        leaving()
        try:
            keep_ours(self.path)
            if not self.path.parent.is_dir():
                private_dir(self.path.parent)
            before = self.path.read_bytes() if self.path.exists() else b""
            if mark.encode() not in before:
                write_whole(self.path, before + (mark + plain(message) + "\n").encode())
        except (OSError, OutputNotWritten) as fault:
            why = fault.faults[0].what if isinstance(fault, OutputNotWritten) else fault.strerror
            return failed(f"{self.path} cannot be written: {why}")
        return SENT
