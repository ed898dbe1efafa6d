"""What makes a command start sooner and changes nothing that it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, get_type_hints

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


def build(app: typer.Typer, verb: str | None = None) -> Any:
    """The command of an app. Where verb names one of the group's verbs only that one is built.

    Building all of `cs cases` costs as much as running one of them.
    """
    from typer.main import get_command, get_group

    whole = app.registered_commands
    named = [one for one in whole if verb is not None and (one.name or _called(one.callback)) == verb]
    apart = len(named) == 1 and len(whole) > 1
    for one in (app.registered_callback, *(named if apart else whole)):
        if one is not None and one.callback is not None:
            _settle_types(one.callback)
    if not apart:
        return get_command(app)
    app.registered_commands = named
    try:
        return get_group(app)
    finally:
        app.registered_commands = whole


def _called(callback: Any) -> str:
    from typer.main import get_command_name

    return get_command_name(str(getattr(callback, "__name__", "")))


def _settle_types(callback: Any) -> None:
    """Annotations as types instead of texts: typer asks for them four times and would compile each text anew."""
    callback.__annotations__ = get_type_hints(callback, include_extras=True)
