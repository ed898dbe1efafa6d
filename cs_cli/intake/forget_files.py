"""Where an account still stands in the workspace's files: finding it, and taking it out of what cs wrote."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from cs_cli.base.files import write_whole

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace

BLOCK = 1 << 20
CODES = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")
# what cs made and can make again, or got from another program: it may be deleted when a person says so
DELETABLE = ("exports", "reports")
# compressed or encrypted in ways that cs does not read
_CLOSED = (b"%PDF", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0")
_PACKED = (".zip", ".xlsx", ".docx", ".pptx", ".gz", ".bz2", ".xz", ".7z", ".rar", ".pdf", ".xls", ".doc")
# a calendar breaks its lines before a blank, a mail after "=": a name may stand across
_FOLD = re.compile(rb"\r?\n[ \t]|=\r?\n")


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Held(NamedTuple):
    """The files that hold a mark, and those of which nobody can say."""

    files: list[Path]
    unclear: list[Path]


class Finder:
    """Finds marks in bytes, in the encodings and spellings that files have, whatever their case; words only whole."""

    def __init__(self, marks: Sequence[str], words: Sequence[str] = ()) -> None:
        wanted = {form for mark in marks for one in (mark, mark.lower(), mark.upper()) for form in _spellings(one)}
        self.marks = sorted({form.encode(code) for form in wanted for code in CODES if _fits(form, code)})
        self.words = [_whole(form, code) for word in words for form in _spellings(word) for code in CODES
                      if _fits(form, code)]  # fmt: skip
        self._longest = max(map(len, [*self.marks, *words]), default=1) + 8

    def within(self, data: bytes) -> bool:
        flat = _FOLD.sub(b"", data)
        return self._has(data) or (flat != data and self._has(flat))

    def _has(self, data: bytes) -> bool:
        lower = data.lower()
        return any(mark in data or mark in lower for mark in self.marks) or any(
            word.search(data) is not None for word in self.words
        )

    def in_stream(self, stream: _Readable) -> bool:
        before = b""
        while block := stream.read(BLOCK):
            if self.within(before + block):
                return True
            before = block[-3 * self._longest :]
        return False

    def in_file(self, path: Path) -> bool | None:
        """Also inside .gz, .zip, .xlsx and .eml; its name counts too. None where nobody can say."""
        if self.within(path.name.encode("utf-8", "surrogateescape")):
            return True
        try:
            with path.open("rb") as stream:
                head = stream.read(6)
                stream.seek(0)
                if path.suffix == ".eml" and self._in_mail(stream.read()):
                    return True
                stream.seek(0)
                packed = self._in_packed(stream, head)
                if packed is not False:
                    return packed
                stream.seek(0)
                return True if self.in_stream(stream) else None if head.startswith(_CLOSED) else False
        except OSError:
            return None

    def _in_packed(self, stream: IO[bytes], head: bytes) -> bool | None:
        """Whether an archive holds a mark; None where a part of it is closed; False also for what is no archive."""
        try:
            if head[:2] == b"\x1f\x8b":
                with gzip.open(stream) as packed:
                    return self.in_stream(packed)
            if head[:4] == b"PK\x03\x04":
                with zipfile.ZipFile(stream) as archive:
                    names = archive.namelist()
                    if any(self._in_member(archive, name) for name in names):
                        return True
                    return None if any(name.lower().endswith(_PACKED) for name in names) else False
        except (EOFError, zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, gzip.BadGzipFile):
            return None  # broken, or behind a password
        return False

    def _in_member(self, archive: zipfile.ZipFile, name: str) -> bool:
        if self.within(name.encode("utf-8", "surrogateescape")):
            return True
        with archive.open(name) as member:
            return self.in_stream(member)

    def _in_mail(self, data: bytes) -> bool:
        """In the headers and texts of a mail as they are read, not as they are packed."""
        import email
        from email.policy import default

        message = email.message_from_bytes(data, policy=default)
        texts = [str(value) for value in message.values()]
        for part in message.walk():
            body = part.get_payload(decode=True)
            if isinstance(body, bytes):
                texts.append(body.decode(part.get_content_charset("utf-8"), "replace"))
        return self.within("\n".join(texts).encode("utf-8", "replace"))


def _spellings(text: str) -> set[str]:
    """The text as files spell it: as it is, in HTML, JSON, CSV, Markdown, a calendar, an address, a mail."""
    import html
    import json
    import quopri
    from urllib.parse import quote

    marked = re.sub(r"([\\`*_{}\[\]()#+\-.!|<>&~])", r"\\\1", text)
    return {
        text,
        html.escape(text),
        html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        html.escape(text, quote=False),
        html.escape(text).replace("&#x27;", "&apos;"),
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        text.replace('"', '""'),
        marked,
        re.sub(r"([&<>|*_\[\]`\\])", r"\\\1", text),
        text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,"),
        quote(text),
        quote(text, safe="").replace("%20", "+"),
        quopri.encodestring(text.encode()).decode("ascii").replace("=\n", ""),
    }


def _whole(text: str, code: str) -> re.Pattern[bytes]:
    """The text in an encoding with no letter or digit on either side."""
    wide = 2 if code.startswith("utf-16") else 1
    side = rb"[A-Za-z0-9]" if wide == 1 else rb"[A-Za-z0-9]\x00" if code == "utf-16-le" else rb"\x00[A-Za-z0-9]"
    beyond = rb"[\x80-\xff]" if wide == 1 else rb"(?!)"
    before = rb"(?<!" + side + rb")" + (rb"(?<![\x80-\xff])" if wide == 1 else b"")
    return re.compile(before + re.escape(text.encode(code)) + rb"(?!" + side + rb"|" + beyond + rb")")


def _fits(text: str, code: str) -> bool:
    try:
        text.encode(code)
    except UnicodeEncodeError:
        return False
    return True


def holding(ws: Workspace, finder: Finder) -> Held:
    """The files of the workspace that hold a mark, but for the database and its backups; and the unclear ones."""
    found = Held([], [])
    for path in sorted(_files(ws)):
        holds = finder.in_file(path)
        if holds is not False:
            (found.unclear if holds is None else found.files).append(path)
    return found


def _files(ws: Workspace) -> Iterator[Path]:
    own = {ws.db_path.with_name(ws.db_path.name + end) for end in ("", "-wal", "-shm", "-journal")}
    for path in ws.root.rglob("*"):
        inside = path.relative_to(ws.root).parts
        if path.is_symlink() or not path.is_file() or inside[0] == ".git" or path in own:
            continue
        if inside[0] == "backups" and path.suffix == ".db":
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
