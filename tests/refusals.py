"""What every refusal owes the person: its id, its exit code, a way out, and everything as it was."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from cs_cli.base.error_catalogue import catalogue
from tests.conftest import Result


def refused(done: Result, ident: str, *says: str) -> None:
    """The command ended with the code of `ident`, said it once with `says` beside it, and what to do instead."""
    told = done.err
    assert re.findall(r"^(?:error|found)\[(.*?)\]", told, flags=re.MULTILINE) == [ident], told
    assert done.code == catalogue()[ident].exit, told
    assert done.out == "", done.out
    assert re.search(r"^  (next     |expected )\S", told, flags=re.MULTILINE), told
    for text in says:
        assert text in told, f"{text!r} is not in\n{told}"


def state(folder: Path) -> dict[str, object]:
    """The database as SQL text and every file of the workspace but its caches."""
    conn = sqlite3.connect(f"file:{folder / 'cs.db'}?mode=ro", uri=True)
    try:
        kept: dict[str, object] = {"cs.db": "\n".join(conn.iterdump())}
    finally:
        conn.close()
    for path in folder.rglob("*"):
        if path.is_file() and ".cs" not in path.parts and not path.name.startswith("cs.db"):
            kept[str(path)] = path.read_bytes()
    return kept


@contextlib.contextmanager
def nothing_changes(folder: Path) -> Iterator[None]:
    before = state(folder)
    yield
    assert state(folder) == before
