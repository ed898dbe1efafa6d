"""The command that imports a file once more, as a message gives it: ready to paste, with what was said before."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from cs_cli.base.command_line import all_as_typed, as_typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_cli.intake.results import ImportOptions

# no option of the command, and what a second run is not meant to repeat
_LEFT_OUT = frozenset(["ends_default", "dry_run"])


def again(options: ImportOptions, file: str | Sequence[str], *words: str) -> str:
    """`cs import FILE…` with the options of the run before and these words more, as a shell takes them.

    Without --as-of a file of an older day would speak for another one: what was said once stays said.
    """
    files = [file] if isinstance(file, str) else file
    return " ".join(["cs import", all_as_typed(files), *_said(options, words), *words])


def _said(options: ImportOptions, words: tuple[str, ...]) -> list[str]:
    told: list[str] = []
    for one in fields(options):
        value = getattr(options, one.name)
        flag = f"--{one.name.replace('_', '-')}"
        if one.name in _LEFT_OUT or value == one.default or flag in words:
            continue
        if value is True:
            told.append(flag)
        else:
            several = value if isinstance(value, tuple) else (value,)
            told += [f"{flag} {as_typed(str(single))}" for single in several]
    return told
