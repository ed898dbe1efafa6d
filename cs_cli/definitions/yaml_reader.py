"""YAML as people write definitions: plain mappings, lists, texts, numbers, true and false. Nothing else.

The tree is built from the parser's events, so that nothing is resolved behind the writer's back: no
anchors, no tags, no key that silently replaces another, no `NO` that becomes false. Every value and
key keeps its place. Faults are collected; nothing is raised but by `Document.require`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cs_cli.base.errors import DefinitionInvalid, Fault

DEEPEST = 64
LARGEST = 1_000_000     # bytes of one file
Path_ = tuple[str | int, ...]

_BOOLEANS = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
_DIGITS = frozenset("0123456789_")


@dataclass
class Document:
    """A read file. data: mappings, lists, str, int, float, bool, None. Places count from 1."""

    name: str
    text: str = ""
    data: Any = None
    faults: list[Fault] = field(default_factory=list)
    places: dict[Path_, tuple[int, int]] = field(default_factory=dict)      # of values
    key_places: dict[Path_, tuple[int, int]] = field(default_factory=dict)  # of the keys that hold them
    spans: dict[Path_, tuple[int, int, str]] = field(default_factory=dict)  # text scalars: start, end, style

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def place(self, path: Path_, *, key: bool = False) -> tuple[int, int]:
        """(line, column) of the value at path, or of its key; of the nearest thing above when absent."""
        found = self.key_places.get(path) if key else None
        while found is None:
            found = self.places.get(path)
            if not path:
                break
            path = path[:-1]
        return found or (1, 1)

    def fault(self, ident: str, what: str, path: Path_ = (), *, key: bool = False, **more: Any) -> None:
        """Records a fault at a path, with the line and a caret."""
        line, column = self.place(path, key=key)
        self.fault_at(ident, what, line, column, **more)

    def fault_at(self, ident: str, what: str, line: int, column: int, **more: Any) -> None:
        """Records a fault at a line and column, both from 1."""
        more.setdefault("excerpt", excerpt(self.lines, line, column))
        self.faults.append(Fault(ident, what, file=self.name, line=line, column=column, **more))

    def spot(self, path: Path_, line: int, column: int) -> tuple[int, int]:
        """Where the character at (line, column), both from 0, of the text at path stands in the file.

        Follows folded and indented texts by counting the characters that are not blank.
        """
        start, end, style = self.spans.get(path, (0, 0, ""))
        value = self.data
        for part in path:
            value = value[part]
        if not isinstance(value, str) or not end:
            return self.place(path)
        before = "\n".join([*value.split("\n")[:line], value.split("\n")[line][:column]])
        wanted = sum(not char.isspace() for char in before)
        at = start
        if style in "|>" and style:
            at = self.text.find("\n", start) + 1
        elif style in ("'", '"'):
            at += 1
        seen = 0
        while at < end and (seen < wanted or self.text[at].isspace()):
            seen += not self.text[at].isspace()
            at += 1
        first = self.text.rfind("\n", 0, at) + 1
        return self.text.count("\n", 0, at) + 1, at - first + 1

    def require(self) -> Any:
        """The data; raises DefinitionInvalid with every fault when there is one."""
        if self.faults:
            raise DefinitionInvalid(self.faults)
        return self.data


def excerpt(lines: list[str], line: int, column: int) -> str | None:
    """The line with a caret under the column, both from 1; a long line is cut around it."""
    if not 0 < line <= len(lines):
        return None
    shown = lines[line - 1].replace("\t", " ")
    start = max(0, column - 80)
    return f"{shown[start:start + 100]}\n{' ' * (column - 1 - start)}^"


def read_yaml(source: Path | str | bytes, name: str | None = None) -> Document:
    """Reads one definition file (a Path) or its text. `name` is what faults call it.

    Never raises for the content: `faults` holds everything that is wrong, `data` what could be read.
    """
    shown = name or (str(source) if isinstance(source, Path) else "text")
    document = Document(shown)
    raw = _bytes(source, document)
    if raw is None:
        return document
    text = _decode(raw, document)
    if text is not None:
        document.text = text
        _parse(document)
    return document


def _bytes(source: Path | str | bytes, document: Document) -> bytes | None:
    if isinstance(source, bytes):
        raw = source
    elif isinstance(source, str):
        raw = source.encode(errors="surrogatepass")
    else:
        try:
            with source.open("rb") as file:
                raw = file.read(LARGEST + 1)
        except OSError as error:
            document.fault_at("DEF-001", f"cannot be read: {error.strerror}", 1, 1,
                              expected="a file that you may read")
            return None
    if len(raw) > LARGEST:
        document.fault_at("DEF-003", f"the file is larger than {LARGEST // 1_000_000} MB", 1, 1)
        return None
    return raw


def _decode(raw: bytes, document: Document) -> str | None:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        document.fault_at("DEF-002", "the file is UTF-16; save it as UTF-8", 1, 1)
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        document.fault_at("DEF-002", f"byte {error.start + 1} is not UTF-8; save the file as UTF-8", line, 1)
        return None
    for at, char in enumerate(text):
        if char == "\0" or (char < " " and char not in "\t\n\r") or char == "\x7f":
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            document.fault_at("DEF-002", f"the control character U+{ord(char):04X} stands in the file",
                              line, column, excerpt=None)
            return None
    return text


def _parse(document: Document) -> None:
    import yaml

    try:
        events = yaml.parse(document.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        _Builder(document, yaml).build(events)
    except yaml.MarkedYAMLError as error:
        from cs_cli.definitions.yaml_faults import glued, open_quote, plain

        mark = error.problem_mark or error.context_mark
        if error.context_mark is not None and "expected ':'" in str(error.problem):
            mark = error.context_mark       # the key without its colon; the problem is seen a line later
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        opened = open_quote(document.lines[:line])
        if opened is not None and opened[0] < line:
            # the parser stumbles over what comes behind, sometimes far below
            what = f"the quotation mark opened here is not closed (noticed in line {line})"
            document.fault_at("DEF-004", what, *opened)
            return
        key = glued(document.lines, line)
        if key is not None:
            document.fault_at("DEF-004", "a space is missing behind the colon", *key)
            return
        document.fault_at("DEF-004", plain(error, document.lines, line, column), line, column)
    except yaml.YAMLError as error:
        document.fault_at("DEF-004", f"is not YAML: {str(error).splitlines()[0]}", 1, 1)
    except (RecursionError, MemoryError):
        document.fault_at("DEF-009", f"is nested more than {DEEPEST} deep", 1, 1)


@dataclass
class _Open:
    """A mapping or list that is being read."""

    path: Path_
    value: Any
    key: str | None = None
    waits_for_key: bool = True
    lines: dict[str, int] = field(default_factory=dict)


class _Builder:
    """Builds the document's tree from events, without recursion."""

    def __init__(self, document: Document, yaml: Any) -> None:
        self.document = document
        self.yaml = yaml
        self.stack: list[_Open] = []
        self.skip = 0       # depth inside a key that is no text
        self.documents = 0

    def build(self, events: Any) -> None:
        for event in events:
            kind = type(event).__name__
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if kind == "DocumentStartEvent":
                self.documents += 1
                if self.documents > 1:
                    self.document.fault_at("DEF-010", "a second document starts here; one file holds one",
                                           line, column)
                    return
                continue
            if kind == "AliasEvent":
                self.document.fault_at("DEF-006", f"*{event.anchor} repeats another part; write it out",
                                       line, column)
                self._put(None, event)
                continue
            if kind in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent"):
                if event.anchor is not None:
                    self.document.fault_at("DEF-006", f"&{event.anchor} names a part; that is not read here",
                                           line, column)
                if event.tag is not None:
                    self.document.fault_at("DEF-007", "a tag with ! is not read here", line, column)
            if kind == "ScalarEvent":
                self._scalar(event)
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                if not self._start({} if kind == "MappingStartEvent" else [], event):
                    return
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                self._end()
        if self.documents == 0:
            self.document.fault_at("DEF-010", "the file is empty", 1, 1)

    def _start(self, value: Any, event: Any) -> bool:
        if len(self.stack) + self.skip >= DEEPEST:
            self.document.fault_at("DEF-009", f"is nested more than {DEEPEST} deep",
                                   event.start_mark.line + 1, event.start_mark.column + 1)
            return False
        if self.skip or (self.stack and isinstance(self.stack[-1].value, dict)
                         and self.stack[-1].waits_for_key):
            if not self.skip:
                self._key_fault(event, "a list or mapping")
            self.skip += 1
            return True
        path = self._put(value, event)
        self.stack.append(_Open(path, value))
        return True

    def _end(self) -> None:
        if self.skip:
            self.skip -= 1
            if not self.skip:
                self.stack[-1].key = None
                self.stack[-1].waits_for_key = False
            return
        self.stack.pop()

    def _key_fault(self, event: Any, what: str) -> None:
        self.document.fault_at("DEF-011", f"a key must be text, not {what}", event.start_mark.line + 1,
                               event.start_mark.column + 1)

    def _scalar(self, event: Any) -> None:
        if self.skip:
            return
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.waits_for_key:
            self._take_key(top, event)
            return
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        plain = not event.style
        value = event.value
        if plain:
            trap = _trap(event.value)
            if trap:
                self.document.fault_at("DEF-008", trap, line, column, value=event.value[:40],
                                       next=f'quote it: "{event.value[:40]}"')
            else:
                value = _resolve(event.value)
        path = self._put(value, event)
        if isinstance(value, str):
            self.document.spans[path] = (event.start_mark.index, event.end_mark.index, event.style or "")

    def _take_key(self, top: _Open, event: Any) -> None:
        top.waits_for_key = False
        top.key = None
        plain = not event.style
        if plain and (event.value in ("", "~", "null") or _number(event.value) is not None):
            self._key_fault(event, f"{event.value or 'nothing'}; quote it")
            return
        line = event.start_mark.line + 1
        if plain and event.value == "<<":
            self.document.fault_at("DEF-006", "<< merges another part; write it out", line,
                                   event.start_mark.column + 1)
            return
        if event.value in top.lines:
            self.document.fault_at("DEF-005", f'"{event.value}" stands here for the second time; '
                                   f"first in line {top.lines[event.value]}", line,
                                   event.start_mark.column + 1, name=event.value)
            return
        top.lines[event.value] = line
        top.key = event.value
        self.document.key_places[(*top.path, event.value)] = (line, event.start_mark.column + 1)

    def _put(self, value: Any, event: Any) -> Path_:
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        path: Path_
        if not self.stack:
            path = ()
            self.document.data = value
        else:
            top = self.stack[-1]
            if isinstance(top.value, list):
                path = (*top.path, len(top.value))
                top.value.append(value)
            else:
                path = (*top.path, top.key if top.key is not None else "?")
                if top.key is not None:
                    top.value[top.key] = value
                top.waits_for_key = True
                if top.key is None:
                    return path
        self.document.places[path] = place
        return path


def _number(text: str) -> int | float | None:
    """A plain whole or decimal number, with _ between digits; None when it is none."""
    body = text[1:] if text[:1] in ("-", "+") else text
    whole, dot, part = body.partition(".")
    if not whole or not set(whole) <= _DIGITS or not whole[0].isdigit() or not whole[-1].isdigit():
        return None
    if dot and (not part or not set(part) <= _DIGITS or not part[0].isdigit() or not part[-1].isdigit()):
        return None
    if len(body) > 18 or (whole[0] == "0" and len(whole) > 1):
        return None
    return float(text) if dot else int(text)


def _resolve(text: str) -> Any:
    if text in ("", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    number = _number(text)
    return text if number is None else number


def _trap(text: str) -> str | None:
    """What other YAML readers make of an unquoted text, when that is not what it looks like."""
    if text in ("true", "false", "null", ""):
        return None
    small = text.lower()
    if small in _BOOLEANS:
        meaning = "nothing" if small == "null" else str(small in ("yes", "on", "y", "true")).lower()
        return f"{text} is read as {meaning} by YAML"
    if text in ("~", "="):
        return f"{text} is read as nothing by YAML"
    body = small[1:] if small[:1] in ("-", "+") else small
    if not body or not (body[0].isdigit() or body in (".inf", ".nan")):
        return None
    if body in (".inf", ".nan"):
        return f"{text} is not a number that can be used"
    if body.replace("_", "").isdigit() and len(body) > 1 and body[0] == "0":
        return f"{text} is read as a number to base 8 by YAML"
    if body[:2] in ("0x", "0o", "0b") and len(body) > 2 and body[2:].replace("_", "").isalnum():
        return f"{text} is read as a number to another base by YAML"
    if ":" in body and all(part.replace(".", "").isdigit() for part in body.split(":")):
        return f"{text} is read as a number to base 60 by YAML"
    mantissa, e, power = body.partition("e")
    if e and mantissa.replace(".", "").isdigit() and power.lstrip("+-").isdigit():
        return f"{text} is a number to some readers and text to others"
    if body.replace("_", "").replace(".", "", 1).isdigit() and _number(text) is None:
        return f"{text[:40]} is not a number that can be used"
    return None
