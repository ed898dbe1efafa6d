"""What every error ident means: cause, example, fix, exit code; one TOML file per area.

The files are error_texts/<area>.toml with tables such as
    [USE-001]
    title = "…"   cause = "…"   example = "…"   fix = "…"   exit = 2
A file is found by being there. Nothing is read before somebody asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "error_texts"
_KEYS = frozenset(["title", "cause", "example", "fix", "exit"])


@dataclass(frozen=True)
class ErrorText:
    """One entry of the catalogue. example is an input or command that produces the error."""

    ident: str
    title: str
    cause: str
    example: str
    fix: str
    exit: int


@cache
def catalogue() -> dict[str, ErrorText]:
    """All entries by ident, sorted. Raises ValueError for an incomplete or doubled entry."""
    import tomllib

    found: dict[str, ErrorText] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        for ident, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if ident in found:
                raise ValueError(f"{path.name}: {ident} is described twice")
            if set(entry) != _KEYS:
                raise ValueError(f"{path.name}: {ident} needs exactly {sorted(_KEYS)}")
            found[ident] = ErrorText(ident=ident, **entry)
    return dict(sorted(found.items()))


def lookup(ident: str) -> ErrorText | None:
    """The entry of an ident in any capitals ("imp-012"), or None."""
    return catalogue().get(ident.strip().upper())
