"""What makes a command start sooner and changes nothing that it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typer


def load_msgspec() -> None:
    """Import msgspec without typing_extensions.

    msgspec asks it for three names that Python has itself since 3.11, and takes Python's own where it
    is absent; loading it costs 5 % of a fast command. Whoever wants it later gets it as ever.
    """
    name = "typing_extensions"
    if "msgspec" in sys.modules or name in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment]  # Python's way to say: not there
    try:
        import msgspec  # noqa: F401
    finally:
        del sys.modules[name]


def one_verb(group: typer.Typer, verb: str) -> Any:
    """The group's command with only that verb in it; None where no verb of the group is called so."""
    from typer.main import get_command_name, get_group

    whole = group.registered_commands
    if len(whole) < 2 or group.registered_groups:
        return None
    named = [one for one in whole if (one.name or get_command_name(_called(one.callback))) == verb]
    if len(named) != 1:
        return None
    group.registered_commands = named
    try:
        return get_group(group)
    finally:
        group.registered_commands = whole


def _called(callback: Any) -> str:
    return str(getattr(callback, "__name__", ""))
