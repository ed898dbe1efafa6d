"""Secrets: from the environment or from a file that only its owner can read; never printed.

`str()`, `repr()` and formatting of a Secret give dots. Only `reveal()` gives the text, and only
channels call it, where the bytes leave.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cs_cli.base.errors import DefinitionInvalid, GuardStopped
from cs_cli.base.near import did_you_mean

_LONGEST = 4096


class Secret:
    """A text that shows itself to nobody."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, _: str) -> str:
        return "…"

    def __reduce__(self) -> Any:
        raise TypeError("a secret cannot be pickled")


def environment_name(text: str) -> str | None:
    """NAME of `${NAME}`; None when the text is something else."""
    word = text.strip()
    if word.startswith("${") and word.endswith("}"):
        name = word[2:-1]
        if name.isidentifier() and name.isascii():
            return name
    return None


def from_environment(name: str, environ: Mapping[str, str], where: str, key: str) -> Secret:
    """The variable's text, without the blanks and quotes that copying brings along. DefinitionInvalid INT-022."""
    found = environ.get(name, "").strip().strip("\"'").strip()
    if not found:
        near = did_you_mean(name, [one for one in environ if one[:2] == name[:2]])
        raise DefinitionInvalid.of(
            "INT-022", f"the environment variable {name} is not set{near}", file="cs.yaml", name=f"{where}: {key}",
            next=f"export {name}=…, or write secret_file: with a file of mode 0600",
        )  # fmt: skip
    return Secret(_one_line(found, where, key))


def from_file(path: Path, where: str) -> Secret:
    """The file's one line. GuardStopped INT-024 when others can read it; DefinitionInvalid INT-023 otherwise."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as fault:
        raise _no_file(path, where, fault.strerror or "cannot be opened") from fault
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _no_file(path, where, "not a plain file")
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(file.fileno())
        if about.st_mode & 0o077 or about.st_uid not in (os.geteuid(), 0):
            raise GuardStopped.of(
                "INT-024", "others can read or own this secret file", file=str(path), name=where,
                value=oct(stat.S_IMODE(about.st_mode)), next=f"chmod 600 {path}",
            )  # fmt: skip
        data = file.read(_LONGEST + 1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise _no_file(path, where, "not text") from fault
    if len(data) > _LONGEST or not text.strip():
        raise _no_file(path, where, "empty" if not text.strip() else "too long for a secret")
    return Secret(_one_line(text.strip(), where, "secret_file"))


def _no_file(path: Path, where: str, why: str) -> DefinitionInvalid:
    return DefinitionInvalid.of(
        "INT-023", f"the secret file cannot be used: {why}", file=str(path), name=where,
        expected="one line of text, mode 0600",
    )  # fmt: skip


def _one_line(text: str, where: str, key: str) -> str:
    if any(c.isspace() or ord(c) < 0x20 or ord(c) == 0x7F for c in text):
        raise DefinitionInvalid.of(
            "INT-023", "the secret holds a blank, a line end or a control character", file="cs.yaml",
            name=f"{where}: {key}", expected="one word",
        )  # fmt: skip
    return text
