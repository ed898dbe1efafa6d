"""gzip and zip, bounded: nothing is unpacked to disk, nothing grows past its limits."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from typing import BinaryIO, cast

from cs_cli.intake.reader.model import refused

RATIO = 100  # text bytes for one packed byte
RATIO_FROM = 10 << 20  # below this much text the ratio says nothing
UNPACKED = 200 << 20  # the most text that is read out of an archive


class Bounded(io.RawIOBase):
    """A decompressing stream that stops at the size and ratio limits and names every damage."""

    def __init__(self, inner: BinaryIO, raw: BinaryIO, name: str, limit: int, packed: int) -> None:
        self._inner, self._raw, self._name, self._packed = inner, raw, name, max(packed, 1)
        self._limit = min(limit, UNPACKED)
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        block = self.read(len(view))
        view[: len(block)] = block
        return len(block)

    def read(self, size: int | None = -1) -> bytes:
        try:
            block = self._inner.read(1 << 20 if size is None or size < 0 else size)
        except EOFError as error:
            raise refused(
                "IMP-014",
                "the archive ends early: truncated",
                file=self._name,
                next="export or download it again",
            ) from error
        except (OSError, zlib.error, zipfile.BadZipFile) as error:
            raise refused(
                "IMP-015",
                f"the archive is damaged: {error}",
                file=self._name,
                next="export or download it again",
            ) from error
        self._given += len(block)
        if self._given > self._limit:
            raise refused(
                "IMP-016",
                f"unpacks to more than {self._limit >> 20} MB",
                file=self._name,
                next="unpack it yourself and import the CSV",
            )
        if self._given > RATIO_FROM and self._given > RATIO * self._packed:
            raise refused(
                "IMP-016",
                f"unpacks to more than {RATIO} times its size",
                file=self._name,
                next="unpack it yourself and import the CSV",
            )
        return block

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            self._raw.close()
        super().close()


def open_gz(raw: BinaryIO, name: str, limit: int, packed: int) -> BinaryIO:
    """The text inside a gzip file."""
    return cast(BinaryIO, Bounded(cast(BinaryIO, gzip.GzipFile(fileobj=raw)), raw, name, limit, packed))


def _open_zip(raw: BinaryIO, name: str) -> zipfile.ZipFile:
    # NotImplementedError is zipfile's own word for a compression or version that it cannot read
    try:
        return zipfile.ZipFile(raw)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refused(
            "IMP-015", f"the archive is damaged: {error}", file=name, next="export or download it again"
        ) from error


def is_workbook(raw: BinaryIO, name: str) -> bool:
    """True when the zip is an .xlsx workbook. Raises InputRefused IMP-016 for one that would fill the memory."""
    with _open_zip(raw, name) as archive:
        infos = archive.infolist()
    if not {"xl/workbook.xml", "xl/workbook.bin"} & {info.filename for info in infos}:
        return False
    text, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if text > UNPACKED or (text > RATIO_FROM and text > RATIO * packed):
        raise refused(
            "IMP-016", f"unpacks to {text >> 20} MB", file=name, next="save the sheet as CSV and import that"
        )
    return True


# what is packed along with an export: by the end of its name, or by the word it begins with
_TABLES = (".csv", ".tsv", ".tab", ".txt")
_BESIDE = (".md", ".pdf", ".html", ".htm", ".url", ".rtf", ".docx", ".rst", ".json", ".xml", ".sha256", ".md5")
_READ_ME = ("readme", "read_me", "read me", "read-me", "liesmich", "lisezmoi", "lisez-moi", "leeme", "léeme", "leiame",
            "leia-me", "license", "licence", "notice", "changelog", "copyright", "terms", "disclaimer")


def _beside(path: str) -> bool:
    """Is a file of a zip something to read beside the export, and no table?"""
    called = path.rsplit("/", 1)[-1].casefold()
    if called.endswith((".csv", ".tsv", ".tab")):
        return False
    return called.endswith(_BESIDE) or called.startswith(_READ_ME)


def only_member(raw: BinaryIO, name: str) -> tuple[str, list[str]]:
    """(the one file in the zip, what was left beside it): hidden files (macOS packs its own along) and folders do not
    count, nor what people are to read beside an export (a readme, a licence) where there is exactly one table."""
    with _open_zip(raw, name) as archive:
        infos = archive.infolist()
        if len(infos) > 100:
            raise refused(
                "IMP-017",
                f"the zip holds {len(infos)} files",
                file=name,
                next="unpack it and import the CSV you want",
            )
        for info in infos:
            parts = info.filename.replace("\\", "/").split("/")
            if info.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
                raise refused(
                    "IMP-018",
                    f"the zip holds an unsafe path {info.filename!r}",
                    file=name,
                    next="unpack it with care, and import the CSV you want",
                )
            if (info.external_attr >> 16) & 0o170000 == 0o120000:
                raise refused(
                    "IMP-018",
                    f"the zip holds a symbolic link {info.filename!r}",
                    file=name,
                    next="unpack it with care, and import the CSV you want",
                )
        files = [
            i
            for i in infos
            if not i.is_dir()
            and not i.filename.startswith("__MACOSX/")
            and not i.filename.rsplit("/", 1)[-1].startswith(".")
        ]
        tables = [info for info in files if not _beside(info.filename)]
        left = [info.filename for info in files if _beside(info.filename)]
        if len(tables) == 1 and left and tables[0].filename.casefold().endswith(_TABLES):
            files = tables
        else:
            left = []
        if len(files) != 1:
            listed = ", ".join(i.filename for i in files[:5])
            raise refused(
                "IMP-017",
                f"the zip holds {len(files)} files{': ' + listed if listed else ''}",
                file=name,
                expected="one CSV file",
                next="unpack it and import the CSV you want",
            )
        if files[0].flag_bits & 0x1:
            raise refused("IMP-019", "the zip is encrypted", file=name, next="unpack it with its password")
        return files[0].filename, left


def open_member(raw: BinaryIO, member: str, name: str, limit: int) -> BinaryIO:
    """The text of one member of a zip."""
    archive = _open_zip(raw, name)
    try:
        info = archive.getinfo(member)
        inner = cast(BinaryIO, archive.open(info))
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, KeyError, ValueError) as error:
        raise refused(
            "IMP-015", f"the archive is damaged: {error}", file=name, next="export or download it again"
        ) from error
    return cast(BinaryIO, Bounded(inner, raw, name, limit, info.compress_size))
