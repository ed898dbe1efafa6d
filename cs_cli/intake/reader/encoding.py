"""Which encoding the bytes are in: a BOM, then strict UTF-8, else a refusal. Nothing is ever replaced."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from cs_cli.intake.reader.files import BLOCK, Source
from cs_cli.intake.reader.model import refused

HEAD = 1 << 18  # characters looked at to find delimiter and header
NUL_SHARE = 0.01

_BOMS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xff\xfe\x00\x00", "utf-32-le", "UTF-32 LE"),
    (b"\x00\x00\xfe\xff", "utf-32-be", "UTF-32 BE"),
    (b"\xef\xbb\xbf", "utf-8", "UTF-8"),
    (b"\xff\xfe", "utf-16-le", "UTF-16 LE"),
    (b"\xfe\xff", "utf-16-be", "UTF-16 BE"),
)
_UNMARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
# codecs for parts of a text: of source code, of a host name
_OF_NO_FILE = frozenset(["unicode-escape", "raw-unicode-escape", "idna", "punycode"])
# UTF-8 of a letter that was UTF-8 already: "Ã" before a C2 byte, and "â€" before a quotation mark.
_TWICE = (b"\xc3\x83\xc2", b"\xc3\xa2\xe2\x82\xac")


@dataclass
class Scan:
    """What one pass over the text bytes found."""

    encoding: str
    bom: int  # bytes to leave out at the start
    head: str = ""  # the first characters, for delimiter and header
    head_is_all: bool = False
    ends_open: bool = False  # the last line has no line end
    nuls: int = 0
    size: int = 0
    notes: list[str] = field(default_factory=list)


def scan(source: Source) -> Scan:
    """Reads all bytes once: strict decoding, NULs, line lengths. Raises InputRefused."""
    with source.open() as stream:
        first = stream.read(BLOCK)
        found = _choose(source, first)
        decoder = codecs.getincrementaldecoder(found.encoding)("strict")
        head: list[str] = []
        kept, blank, lines, longest_from, twice = 0, True, 1, 0, False
        unseen: str | None = None
        block, last = first[found.bom :], b""
        offset = found.bom
        while block:
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                raise _undecodable(source, found, offset - pending + error.start, error) from error
            if kept < HEAD:
                head.append(text)
                kept += len(text)
            blank = blank and not text.strip("\ufeff \t\r\n")
            found.nuls += text.count("\0") if "\0" in text else 0
            twice = twice or (not text.isascii() and any(mark in block for mark in _TWICE))
            if unseen is None and not text.isascii() and (mark := _invisible().search(text)) is not None:
                unseen = f"U+{ord(mark[0]):04X}, first on line {lines + text.count(chr(10), 0, mark.start())}"
            lines, longest_from = _line_lengths(block, offset, lines, longest_from, source.name)
            offset += len(block)
            last = block
            block = stream.read(BLOCK)
    found.size = offset
    if blank:
        raise refused(
            "IMP-004",
            "the file is empty" if offset == found.bom else "the file holds only blanks",
            file=source.name,
            next="export it again",
        )
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise refused(
            "IMP-013",
            "the last character is cut: truncated?",
            file=source.name,
            line=lines,
            next="export or download the file again",
        ) from error
    if found.nuls and found.nuls > NUL_SHARE * offset:
        raise refused(
            "IMP-021", f"holds {found.nuls:,} NUL bytes: binary, not text", file=source.name, next="export it as CSV"
        )
    whole = "".join(head)
    found.head, found.head_is_all = whole[:HEAD], kept <= HEAD
    found.ends_open = not last.rstrip(b"\0").endswith((b"\n", b"\r"))
    if twice:
        found.notes.append(_double_encoded(whole))
    if unseen is not None:
        found.notes.append(f"the file holds invisible characters ({unseen}): ids are read without them")
    return found


@lru_cache(maxsize=1)
def _invisible() -> re.Pattern[str]:
    """Soft hyphen, zero-width space, word joiner, a mark inside the text; joiners of emoji and of scripts are meant."""
    return re.compile("[\u00ad\u200b\u2060\ufeff]")


def _choose(source: Source, first: bytes) -> Scan:
    asked = source.options.encoding
    for mark, encoding, called in _BOMS:
        if first.startswith(mark) and (asked is None or asked.lower().replace("_", "-").startswith(encoding[:6])):
            notes = [] if encoding == "utf-8" else [f"read as {called}"]
            return Scan(encoding, len(mark), notes=notes)
    if asked is not None:
        return Scan(_named(asked, source.name), 0, notes=[f"read as {asked}"])
    head = first[:4096]
    zeros = head.count(0)
    if zeros and zeros > len(head) * 0.2:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if max(even, odd) > 2 * min(even, odd):
            guess = "utf-16-le" if odd > even else "utf-16-be"
            raise refused(
                "IMP-020",
                f"looks like {guess.upper()} without a byte order mark",
                file=source.name,
                next=f"pass --encoding {guess}",
            )
    return Scan("utf-8", 0)


def _named(asked: str, file: str) -> str:
    """The codec for a name that a person gave; IMP-022 when it is none of text. UTF-16 without a mark is little-endian.

    Codecs that write a mark are taken without it, so that a row gives back the bytes it came from.
    """
    try:
        name = codecs.lookup(asked).name.replace("_", "-")
        if name not in _OF_NO_FILE and "a,1\n".encode(name).decode(name) == "a,1\n":
            return _UNMARKED.get(name, name)
    except (LookupError, UnicodeError):
        pass  # no codec, or none that turns bytes into text: said below
    raise refused(
        "IMP-022", f"no encoding is called {asked!r}", file=file, expected="utf-8, cp1252, utf-16, latin-1, mac-roman…"
    )


def _line_lengths(block: bytes, offset: int, lines: int, since: int, name: str) -> tuple[int, int]:
    """Counts line ends and refuses one line over 1 MB; (lines, offset where the running line starts)."""
    ends = block.count(b"\n") or block.count(b"\r")
    if ends:
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        first = min(place for place in (block.find(b"\n"), block.find(b"\r")) if place >= 0)
        if offset + first - since > BLOCK:
            raise refused(
                "IMP-023",
                f"line {lines} is longer than 1 MB",
                file=name,
                line=lines,
                next="look at that line, and export again",
            )
        return lines + ends, offset + last + 1
    if offset + len(block) - since > BLOCK:
        raise refused(
            "IMP-023",
            f"line {lines} is longer than 1 MB",
            file=name,
            line=lines,
            next="look at that line, and export again",
        )
    return lines, since


def _undecodable(source: Source, found: Scan, place: int, error: UnicodeDecodeError) -> Exception:
    """A10, A11, A13: the first bad byte with line and offset, how many lines, and what would decode."""
    line, start, row, size, bad, sample, mixed = 1, 0, b"", 0, 0, bytearray(), False
    with io.BufferedReader(cast(io.RawIOBase, source.open()), BLOCK) as stream:
        for number, raw in enumerate(iter(lambda: stream.readline(BLOCK), b""), 1):
            if size <= place < size + len(raw):
                line, start, row = number, size, raw
            size += len(raw)
            if not _decodes(raw, found.encoding):
                bad += 1
                sample += raw[: max(0, BLOCK - len(sample))]
            elif not raw.isascii():
                mixed = True
    if found.encoding == "utf-8" and size - place < 4 and "end of data" in error.reason:
        return refused(
            "IMP-013",
            "the last character is cut: truncated?",
            file=source.name,
            line=line,
            next="export or download the file again",
        )
    more = f"; {bad:,} lines are like this" if bad > 1 else ""
    byte = row[place - start : place - start + 1].hex().upper() or "??"
    guess = suggest(bytes(sample)) if found.encoding == "utf-8" else None
    excerpt = row[: place - start + 40].split(b"\n")[0].decode(guess or "latin-1", "backslashreplace")
    way = "export it as UTF-8, or pass --encoding NAME"
    if mixed and found.encoding == "utf-8":
        way = "other lines are UTF-8: two encodings in one file, so export it again as UTF-8"
    elif guess:
        way = f"if it reads well as {guess}: pass --encoding {guess}"
    return refused(
        "IMP-012",
        f"byte 0x{byte} at offset {place:,} is not {found.encoding}{more}",
        file=source.name,
        line=line,
        column=place - start + 1,
        excerpt=excerpt,
        next=way,
    )


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def suggest(data: bytes) -> str | None:
    """An encoding in which all bytes are ordinary text, for a person to confirm; never applied by itself.

    charset-normalizer is asked when it is installed; without it the two usual suspects are tried.
    """
    try:
        import importlib

        best = importlib.import_module("charset_normalizer").from_bytes(data).best()
        if best is not None and best.encoding not in ("ascii", "utf_8"):
            name = str(best.encoding).replace("_", "-")
            return "cp1252" if name in ("cp1252", "latin-1", "iso8859-1", "cp1250", "cp1254") else name
    except ImportError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return "mac-roman" if data.count(b"\r") > data.count(b"\n") else None
    high = [char for char in text if ord(char) > 127]
    return "cp1252" if sum(c.isalpha() or c in "€£’‘“”–—…°«»\xa0®™©·•" for c in high) >= 0.8 * len(high) else None


def _double_encoded(text: str) -> str:
    words = [word.strip('",;') for word in text.split() if "Ã" in word or "â€" in word][:3]
    shown = ": " + ", ".join(words) if words else ""
    return f"some text looks double-encoded{shown}; it was kept as it stands"
