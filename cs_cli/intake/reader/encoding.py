"""Which encoding the bytes are in: a BOM, then strict UTF-8, then what a person says, else a refusal.

Nothing is ever replaced or guessed. Bytes beyond ASCII that are valid UTF-8 throughout are UTF-8, whatever is said
beside them: text of another encoding hardly ever is, and the command that says it may name several files.
"""

from __future__ import annotations

import codecs
import io
import itertools
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from cs_cli.intake.reader.files import BLOCK, Source
from cs_cli.intake.reader.model import refused

if TYPE_CHECKING:
    from cs_cli.intake.reader.candidates import Candidate

SAMPLE = 1 << 16  # bytes of lines with more than ASCII by which encodings are told apart
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
    beyond_ascii: bool = False
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
            if not found.beyond_ascii and not text.isascii():
                found.beyond_ascii = True
                if not found.encoding.startswith("utf"):
                    found.notes.append(f"read as {found.encoding}: {_cell(text)}")
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
    name = None if asked is None else _named(asked, source.name)
    for mark, encoding, called in _BOMS:
        # "яю" of cp1251 has the bytes of a mark of UTF-16, whose text is full of NULs
        meant = encoding == "utf-8" or name is None or name[:6] == encoding[:6] or b"\0" in first
        if first.startswith(mark) and meant:
            notes = [] if encoding == "utf-8" else [f"read as {called}"]
            if name is not None and name[:6] != encoding[:6]:
                notes = [f"read as {called}, whose mark it bears, not as {asked}"]
            return Scan(encoding, len(mark), notes=notes)
    if name is not None:
        if name != "utf-8" and is_utf8(source, least=not name.startswith(("utf-16", "utf-32"))):
            return Scan("utf-8", 0, notes=[f"read as UTF-8, not as {asked}: all of its bytes are valid UTF-8"])
        return Scan(name, 0, notes=[f"read as {asked}"] if name.startswith("utf") else [])
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


def is_utf8(source: Source, *, least: bool) -> bool:
    """Are all bytes valid UTF-8, with text beyond ASCII when `least` asks for some, and no NUL among them?"""
    decoder, beyond = codecs.getincrementaldecoder("utf-8")("strict"), not least
    with source.open() as stream:
        try:
            for block in itertools.chain(iter(lambda: stream.read(BLOCK), b""), [b""]):
                if b"\0" in block:
                    return False
                beyond = beyond or not block.isascii()
                decoder.decode(block, final=not block)
        except UnicodeDecodeError:
            return False
    return beyond


def codec_of(asked: str) -> str | None:
    """The codec for a name that a person gives; None when it is none of text. UTF-16 without a mark is little-endian.

    Codecs that write a mark are taken without it, so that a row gives back the bytes it came from.
    """
    try:
        name = codecs.lookup(asked).name.replace("_", "-")
        if name not in _OF_NO_FILE and "a,1\n".encode(name).decode(name) == "a,1\n":
            return _UNMARKED.get(name, name)
    except (LookupError, UnicodeError):
        pass  # no codec, or none that turns bytes into text
    return None


def _named(asked: str, file: str) -> str:
    name = codec_of(asked)
    if name is not None:
        return name
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
                sample += raw[: max(0, SAMPLE - len(sample))]
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
    from cs_cli.intake.reader.candidates import rank

    likely = rank(bytes(sample[:SAMPLE]))
    way, shown = choose_by_eye(likely), show_candidates(likely)
    if mixed and found.encoding == "utf-8":
        way = "other lines are UTF-8: two encodings in one file, so export it again as UTF-8"
    return refused(
        "IMP-012",
        f"byte 0x{byte} at offset {place:,} is not {found.encoding}{more}",
        file=source.name,
        line=line,
        column=place - start + 1,
        excerpt=shown or row[: place - start + 40].split(b"\n")[0].decode("ascii", "backslashreplace"),
        next=way,
    )


def high_sample(source: Source) -> bytes:
    """Lines of the file that hold more than ASCII, as many as tell its encoding."""
    kept = bytearray()
    with io.BufferedReader(cast(io.RawIOBase, source.open()), BLOCK) as stream:
        for raw in iter(lambda: stream.readline(BLOCK), b""):
            if not raw.isascii():
                kept += raw
            if len(kept) > SAMPLE:
                break
    return bytes(kept)


def show_candidates(likely: list[Candidate]) -> str:
    """One line for each: its names, and the same cell as it reads in them."""
    names = [", ".join(one.names[:3]) for one in likely]
    width = max(map(len, names), default=0)
    return "\n".join(f"{called:<{width}}  {one.cell}" for called, one in zip(names, likely, strict=True))


def choose_by_eye(likely: list[Candidate]) -> str:
    """What to do next: the one option, or those between which a person must look."""
    if not likely:
        return "export it as UTF-8, or pass --encoding NAME"
    many = " or ".join(f"--encoding {one.names[0]}" for one in likely[:3]) + (" …" if len(likely) > 3 else "")
    return (
        f"pass {many}: the one whose line above reads well; it is then remembered for the source of the file. "
        "Or export it as UTF-8"
    )


def _cell(text: str) -> str:
    """The first cell with more than ASCII, for a person to see how it was read."""
    found = re.search(r'[^,;\t\r\n"]{0,30}[^\x00-\x7f][^,;\t\r\n"]{0,30}', text)
    return found[0].strip() if found else ""


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _double_encoded(text: str) -> str:
    words = [word.strip('",;') for word in text.split() if "Ã" in word or "â€" in word][:3]
    shown = ": " + ", ".join(words) if words else ""
    return f"some text looks double-encoded{shown}; it was kept as it stands"
