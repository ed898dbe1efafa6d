"""Not a place for messages: an address that is called, or a file that is written, when the day's job is done.

So that silence is noticed, by a service that waits for the call, or by whatever watches the file's time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.errors import OutputNotWritten
from cs_cli.base.files import write_whole
from cs_cli.deliver.model import Message, Result, failed

if TYPE_CHECKING:
    from cs_cli.deliver.options import Options
    from cs_cli.deliver.web import Budget

PATIENCE = 10.0  # seconds; whatever the service does, the job goes on after that


def make(options: Options) -> Heartbeat:
    local = options.flag("allow_localhost_http")
    path = options.path("path", "") if options.text("path") is not None else None
    secret = options.secret("heartbeat_url", needed=path is None, plain="address")
    address = options.address(secret, "heartbeat_url", local=local)
    options.done()
    return Heartbeat(address, local, path)


class Heartbeat:
    repeatable = True

    def __init__(self, address: str | None, local: bool, path: Path | None = None) -> None:
        self._address, self._local, self._path = address, local, path

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        return failed("a heartbeat carries no messages", final=True)

    def ping(self) -> bool:
        """Whether the service took it, and the file was written. A slow one is left behind; a failing one changes
        nothing."""
        return self._written() and (self._address is None or self._called(self._address))

    def _written(self) -> bool:
        if self._path is None:
            return True
        try:
            write_whole(self._path, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n".encode())
        except OutputNotWritten:
            return False
        return True

    def _called(self, address: str) -> bool:
        from cs_cli.deliver.web import ping

        taken: list[bool] = []
        thread = threading.Thread(
            target=lambda: taken.append(ping(address, PATIENCE, local=self._local)), daemon=True
        )
        thread.start()
        thread.join(PATIENCE)
        return taken == [True]
