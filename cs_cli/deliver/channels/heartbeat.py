"""Not a place for messages: an address that is called when `cs remind` is done, so that silence is noticed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from cs_cli.deliver.model import Message, Result, failed

if TYPE_CHECKING:
    from cs_cli.deliver.options import Options
    from cs_cli.deliver.web import Budget

PATIENCE = 10.0  # seconds; whatever the service does, the job goes on after that


def make(options: Options) -> Heartbeat:
    local = options.flag("allow_localhost_http")
    secret = options.secret("heartbeat_url", plain="address")
    address = options.address(secret, "heartbeat_url", local=local)
    options.done()
    return Heartbeat(address or "", local)


class Heartbeat:
    repeatable = True

    def __init__(self, address: str, local: bool) -> None:
        self._address, self._local = address, local

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        return failed("a heartbeat carries no messages", final=True)

    def ping(self) -> bool:
        """Whether the service took it. A slow one is left behind; a failing one changes nothing."""
        from cs_cli.deliver.web import ping

        taken: list[bool] = []
        thread = threading.Thread(
            target=lambda: taken.append(ping(self._address, PATIENCE, local=self._local)), daemon=True
        )
        thread.start()
        thread.join(PATIENCE)
        return taken == [True]
