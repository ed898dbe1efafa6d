"""Messages on standard output: the starter channel, and what cron mails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from cs_cli.deliver.model import SENT, Message, Result, failed
from cs_cli.deliver.plain import plain

if TYPE_CHECKING:
    from cs_cli.deliver.options import Options
    from cs_cli.deliver.web import Budget


def make(options: Options) -> Stdout:
    options.done()
    return Stdout()


class Stdout:
    repeatable = False

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        text = plain(message) + "\n"
        leaving()
        try:
            sys.stdout.write(_writable(text))
            sys.stdout.flush()
        except (OSError, ValueError) as fault:
            return failed(f"standard output cannot be written: {getattr(fault, 'strerror', None) or 'closed'}")
        return SENT


def _writable(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    return text
