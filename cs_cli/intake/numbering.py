"""Numbers that people use for proposals: once shown, a proposal keeps its number.

Kept in .cs/proposals.json (0600); deleting it starts the numbers again and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from cs_cli.base.errors import OutputNotWritten
from cs_cli.base.files import private_dir, write_whole

FILE = "proposals.json"


def load_numbers(private: Path) -> dict[str, int]:
    """Key → number, as far as any was given; none when the file is absent or no such file."""
    try:
        return msgspec.json.decode((private / FILE).read_bytes(), type=dict[str, int])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        # it only holds numbers: an unreadable one is begun again
        return {}


def number(private: Path, keys: Iterable[str]) -> dict[str, int]:
    """Key → number for these keys: the one it has, else the next free one, in the order given."""
    known = load_numbers(private)
    fresh = dict(known)
    for key in keys:
        fresh.setdefault(key, max(fresh.values(), default=0) + 1)
    if fresh != known:
        try:
            private_dir(private)
            write_whole(private / FILE, msgspec.json.encode(fresh), 0o600)
        except (OSError, OutputNotWritten):
            # a workspace on read-only media is numbered anew each time
            return fresh
    return fresh
