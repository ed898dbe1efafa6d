"""Reports as text, pages and files: one module per format, found by being there.

Each has MEDIA, SUFFIX, BINARY and render(report, *, width=None, colour=False). width is the
terminal's when a person reads there, None in a pipe or a file. Modules with a leading
underscore are shared by the formats. Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, cast

from cs_cli.base.errors import UsageError

if TYPE_CHECKING:
    from cs_cli.reports.model import Report


class Format(Protocol):
    """What a module of this folder offers."""

    MEDIA: str  # media type, for e-mail and web
    SUFFIX: str  # file ending with its dot
    BINARY: bool  # bytes rather than text

    def render(self, report: Report, *, width: int | None = None, colour: bool = False) -> str | bytes: ...


def formats() -> list[str]:
    """Names of all formats, sorted."""
    names = os.listdir(os.path.dirname(__file__))
    return sorted(name[:-3] for name in names if name.endswith(".py") and not name.startswith("_"))


def load(name: str) -> Format:
    """The module of a format. Raises UsageError REN-001 for a name that is none."""
    known = formats()
    if name not in known:
        from cs_cli.base.near import did_you_mean

        raise UsageError.of(
            "REN-001",
            f'"{name}" is not an output format{did_you_mean(name, known)}',
            expected=", ".join(known),
        )
    from importlib import import_module

    return cast("Format", import_module(f"{__name__}.{name}"))
