"""Where an account still stands in the workspace's files: finding it, and taking it out of what cs wrote."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cs_cli.base.files import write_whole

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace

BLOCK = 1 << 20
# what cs made and can make again, or got from another program: it may be deleted when a person says so
DELETABLE = ("exports", "reports")


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Finder:
    """Finds marks in bytes, in the encodings that exports have, whatever their case."""

    def __init__(self, marks: Sequence[str]) -> None:
        wanted = {form for mark in marks for form in (mark, mark.lower(), mark.upper())}
        self.marks = sorted(
            {
                form.encode(code)
                for form in wanted
                for code in ("utf-8", "utf-16-le", "utf-16-be", "cp1252")
                if code != "cp1252" or _fits(form)
            }
        )
        self._longest = max(map(len, self.marks), default=1)

    def within(self, data: bytes) -> bool:
        lower = data.lower()
        return any(mark in data or mark in lower for mark in self.marks)

    def in_stream(self, stream: _Readable) -> bool:
        before = b""
        while block := stream.read(BLOCK):
            if self.within(before + block):
                return True
            before = block[-self._longest :]
        return False

    def in_file(self, path: Path) -> bool:
        """Also inside .gz, .zip and .xlsx; its name counts too. OSError when it cannot be read."""
        if self.within(path.name.encode("utf-8", "surrogateescape")):
            return True
        with path.open("rb") as stream:
            head = stream.read(4)
            stream.seek(0)
            try:
                if head[:2] == b"\x1f\x8b":
                    with gzip.open(stream) as packed:
                        return self.in_stream(packed)
                if head == b"PK\x03\x04":
                    with zipfile.ZipFile(stream) as archive:
                        return any(self._in_member(archive, name) for name in archive.namelist())
            except (OSError, EOFError, zipfile.BadZipFile, RuntimeError):
                stream.seek(0)  # no archive after all, or a broken one: as bytes
            return self.in_stream(stream)

    def _in_member(self, archive: zipfile.ZipFile, name: str) -> bool:
        with archive.open(name) as member:
            return self.in_stream(member)


def _fits(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def holding(ws: Workspace, finder: Finder) -> list[Path]:
    """The files of the workspace that hold a mark, but for the database and its backups."""
    return [path for path in sorted(_files(ws)) if finder.in_file(path)]


def _files(ws: Workspace) -> Iterator[Path]:
    for path in ws.root.rglob("*"):
        inside = path.relative_to(ws.root).parts
        if path.is_symlink() or not path.is_file() or inside[0] in ("backups", ".git"):
            continue
        if path.name.startswith(ws.db_path.name):
            continue
        yield path


def clean_rejects(ws: Workspace, finder: Finder) -> int:
    """Takes its rows out of every file of rejects/; gives the number of files that were rewritten.

    A row is what stands between two line ends outside quotes; the header stays.
    """
    cleaned = 0
    for path in sorted(Path(ws.rejects).glob("*.csv")):
        if not finder.in_file(path):
            continue
        if path.name.endswith(".reasons.csv"):
            write_whole(path, _reasons(path, finder))
        else:
            header, *rows = _records(path.read_bytes())
            write_whole(path, b"".join([header, *(row for row in rows if not finder.within(row))]))
        cleaned += 1
    return cleaned


def _reasons(path: Path, finder: Finder) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            if not finder.within("\n".join(row).encode()):
                writer.writerow(row)
    return out.getvalue().encode()


def _records(data: bytes) -> list[bytes]:
    """Lines, joined where a quote is open at their end; an odd quote that never closes ends with its line."""
    lines, found, at = data.splitlines(keepends=True), [], 0
    while at < len(lines):
        end, odd = at + 1, lines[at].count(b'"') % 2
        while odd and end < len(lines):
            odd ^= lines[end].count(b'"') % 2
            end += 1
        if odd:
            end = at + 1
        found.append(b"".join(lines[at:end]))
        at = end
    return found or [b""]
