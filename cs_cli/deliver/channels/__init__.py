"""Where messages go: one file per kind of channel, found by being there.

Each has `make(options) -> Channel`, which reads and checks the channel's settings in cs.yaml and
connects nowhere. A channel calls `leaving()` right before the first byte that could deliver the
message leaves: until then a failure is certain, after it the outcome may be unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cs_cli.deliver.model import Message, Result
    from cs_cli.deliver.options import Options
    from cs_cli.deliver.web import Budget


class Channel(Protocol):
    """repeatable: sending the same message twice leaves one, so an unknown outcome is simply sent again."""

    repeatable: bool

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        """Deliver, and say what became of it. Raises only what a bug raises."""
        ...


def make(kind: str, options: Options) -> Channel:
    """The channel of a kind with these settings. DefinitionInvalid (12) for settings that do not do."""
    from importlib import import_module

    options.number("at_most", 1, 1, 100_000)
    options.choice("on_unknown", ("hold", "resend"), "hold")
    made: Channel = import_module(f"{__name__}.{kind}").make(options)
    return made
