"""From a path, stdin or bytes to one readable stream of text bytes, or a refusal that names it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import sys
import tempfile
import weakref
from pathlib import Path
from typing import IO, BinaryIO, cast

from cs_cli.base.errors import UsageError
from cs_cli.intake.reader import archives
from cs_cli.intake.reader.model import ReadOptions, refused

BLOCK = 1 << 20
SPOOL = 16 << 20

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gz"),
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"PAR1", "parquet"),
)
_HTML = (b"<!", b"<html", b"<head", b"<meta", b"<title", b"<script", b"<body", b"<div", b"<table", b"<p>")
_CALLED = {
    "pdf": "a PDF document",
    "xls": "an old Excel workbook (.xls)",
    "sqlite": "an SQLite database",
    "image": "an image",
    "rar": "a RAR archive",
    "7z": "a 7-Zip archive",
    "parquet": "a Parquet file",
    "html": "an HTML page, perhaps a login page",
    "xml": "an XML document",
    "json": "JSON",
    "zip": "a zip archive",
    "gz": "a gzip file",
    "xlsx": "an Excel workbook",
}


def kind_of(head: bytes) -> str:
    """What the first bytes are: text, or one of zip gz pdf xls html xml json sqlite image …"""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    start = head[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<?xml"):
        return "html" if b"<html" in start else "xml"
    if start.startswith(_HTML):
        return "html"
    return "json" if re.match(rb'[\[{]\s*["{\[]', start) else "text"


class Source:
    """One input: raw bytes that can be read again, and the text inside them.

    kind is "text" or "xlsx"; `open()` gives the decompressed bytes from the start, `raw()` the
    bytes as on disk; sha256 and size are of the raw bytes. beside: what of a zip is left unread.
    """

    def __init__(self, path: Path | None, name: str, data: bytes | None, options: ReadOptions) -> None:
        self.path = path
        self.name = name
        self.options = options
        self._data: IO[bytes] | None = None
        self._member: str | None = None
        self.beside: list[str] = []
        self._before: tuple[int, ...] | None = None
        if data is not None:
            self._data = io.BytesIO(data)
        elif path is None:
            self._data = _spool_stdin(options.max_file_mb)
            weakref.finalize(self, self._data.close)
        else:
            self._before = _checked_stat(path, name)
        with self.raw() as stream:
            self.head = stream.read(4096)
        self.packing, self.kind = self._classify()
        self.sha256, self.size = self._hash()

    def raw(self) -> BinaryIO:
        """The bytes as they stand on disk, from the start."""
        if self._data is not None:
            self._data.seek(0)
            return cast(BinaryIO, _KeepOpen(self._data))
        assert self.path is not None
        try:
            return open(self.path, "rb", buffering=BLOCK)
        except PermissionError as error:
            raise _unreadable(self.path, self.name) from error
        except OSError as error:
            raise refused("IMP-002", f"cannot be opened: {error.strerror}", file=self.name) from error

    def open(self) -> BinaryIO:
        """The text bytes, decompressed and bounded, from the start."""
        limit = self.options.max_file_mb << 20
        if self.packing == "gz":
            return archives.open_gz(self.raw(), self.name, limit, self.size)
        if self.packing == "zip":
            return archives.open_member(self.raw(), self._member or "", self.name, limit)
        return self.raw()

    def check_unchanged(self) -> None:
        """Refuses when the file on disk is no longer the one that was opened (A26)."""
        if self._before is not None:
            assert self.path is not None
            if _checked_stat(self.path, self.name) != self._before:
                raise refused(
                    "IMP-009",
                    "the file changed while it was read",
                    file=self.name,
                    next="wait until the export has finished and import it again",
                )

    def _classify(self) -> tuple[str, str]:
        """(packing: none | gz | zip, kind: text | xlsx), or a refusal that names the real type."""
        kind = kind_of(self.head)
        lower = self.name.lower()
        by_magic = not lower.endswith((".csv", ".tsv", ".txt", ".tab"))
        if kind == "zip":
            with self.raw() as stream:
                workbook = archives.is_workbook(stream, self.name)
            if workbook:
                if not by_magic:
                    raise self._wrong_type("xlsx", "rename it to .xlsx, or save it as CSV")
                return "none", "xlsx"
            if not by_magic:
                raise self._wrong_type("zip", "rename it to .zip")
            with self.raw() as stream:
                self._member, self.beside = archives.only_member(stream, self.name)
            return "zip", self._inner("zip")
        if kind == "gz":
            if not by_magic:
                raise self._wrong_type("gz", "rename it to .gz")
            return "gz", self._inner("gz")
        if kind != "text":
            raise self._wrong_type(kind, None)
        if lower.endswith((".gz", ".zip", ".xlsx")) and self.head:
            suffix = lower.rsplit(".", 1)[1]
            raise refused(
                "IMP-008",
                f"named .{suffix} but is not {_CALLED[suffix]}: damaged, or plain text",
                file=self.name,
                next="rename it to .csv if it is plain text",
            )
        return "none", "text"

    def _inner(self, packing: str) -> str:
        self.packing, self.size = packing, self._raw_size()
        with self.open() as stream:
            inside = kind_of(stream.read(4096))
        if inside != "text":
            raise self._wrong_type(inside, "unpack it first", " inside")
        return "text"

    def _wrong_type(self, kind: str, next: str | None, where: str = "") -> Exception:
        return refused(
            "IMP-008",
            f"this is {_CALLED[kind]}{where}, not CSV",
            file=self.name,
            next=next or "export it again as CSV",
        )

    def _raw_size(self) -> int:
        with self.raw() as stream:
            return stream.seek(0, os.SEEK_END)

    def _hash(self) -> tuple[str, int]:
        limit = self.options.max_file_mb << 20
        digest, size = hashlib.sha256(), 0
        with self.raw() as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
                size += len(block)
                if size > limit:
                    raise _too_large(self.options.max_file_mb, self.name)
        return digest.hexdigest(), size


class _KeepOpen(io.RawIOBase):
    """A reader over a buffer whose close leaves the buffer open for the next pass."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def readall(self) -> bytes:
        return self._inner.read()

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        block = self._inner.read(len(view))
        view[: len(block)] = block
        return len(block)

    def read(self, size: int | None = -1) -> bytes:
        return self._inner.read(-1 if size is None else size)


def _spool_stdin(max_mb: int) -> IO[bytes]:
    """stdin, kept so that it can be read twice; over 16 MB it goes to an unnamed temporary file."""
    stream = sys.stdin.buffer if sys.stdin is not None and not sys.stdin.closed else None
    if stream is None or stream.isatty():
        raise UsageError.of("IMP-011", "nothing on stdin", next="cs import - < export.csv")
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115  lives as long as the table
    size = 0
    while block := stream.read(BLOCK):
        size += len(block)
        if size > max_mb << 20:
            spool.close()
            raise _too_large(max_mb, "-")
        spool.write(block)
    if not size:
        spool.close()
        raise UsageError.of("IMP-011", "nothing on stdin", next="cs import - < export.csv")
    return cast(IO[bytes], spool)


def _checked_stat(path: Path, name: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except FileNotFoundError as error:
        raise refused(
            "IMP-001", "no such file" + _nearest(path), file=name, next="check the path and try again"
        ) from error
    except PermissionError as error:
        raise _unreadable(path, name) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise refused("IMP-002", f"cannot be opened: {reason}", file=name, next="name a plain file") from error
    if not stat.S_ISREG(found.st_mode):
        called = "a directory" if stat.S_ISDIR(found.st_mode) else "a pipe, socket or device"
        raise refused(
            "IMP-002",
            f"not a regular file: {called}",
            file=name,
            next="name a plain file, a folder of exports, or - for stdin",
        )
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev


def _nearest(path: Path) -> str:
    from cs_cli.base.near import did_you_mean

    try:
        return did_you_mean(path.name, sorted(os.listdir(path.parent or "."))[:2000])
    except OSError:
        return ""


def _too_large(limit: int, name: str) -> Exception:
    return refused(
        "IMP-010",
        f"larger than {limit} MB",
        file=name,
        next="split the export, or pass --max-file-mb with a larger number",
    )


def _unreadable(path: Path, name: str) -> Exception:
    what = "no permission to read it"
    try:
        found = os.stat(path)
        what += f" (owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o})"
    except OSError:
        what += " or its directory"
    return refused("IMP-003", what, file=name, next="change its owner or mode, or copy it")
