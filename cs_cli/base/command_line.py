"""Names as they stand in a command that a person copies into a shell."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable


def as_typed(text: str | os.PathLike[str]) -> str:
    """One word of a command: quoted where a shell would read it otherwise; a name that begins with a dash is a path."""
    plain = os.fspath(text)
    return shlex.quote(f"./{plain}" if plain.startswith("-") and plain != "-" else plain)


def all_as_typed(texts: Iterable[str | os.PathLike[str]]) -> str:
    """Several of them, with a space between."""
    return " ".join(as_typed(text) for text in texts)
