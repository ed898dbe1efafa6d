"""The text of a condition: where each character stands in its file, and what Python's parser may see.

`30%` becomes `30j`, an imaginary number no one else can write, so that columns hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cs_cli.base.errors import DefinitionInvalid, Fault

LONGEST = 4_000         # characters
DEEPEST = 40            # brackets, and nodes below one another

INSTEAD = {
    "≥": ">=", "≤": "<=", "≠": "!=", "“": '"', "”": '"', "„": '"', "‘": '"', "’": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "−": "-", "×": "*", "÷": "/", "\u00a0": "a plain space",
}
UPPER = {"AND", "OR", "NOT", "IN", "IS", "MISSING", "And", "Or", "Not", "In", "Is", "Missing"}

Spot = Callable[[int, int], tuple[int, int]]


class ConditionFault(DefinitionInvalid):
    """A condition that cannot be understood; faults carry line, column and excerpt."""


@dataclass
class Source:
    """A condition's text and its place: `line` and `column` (from 1) of its first character in `file`.

    spot: maps (line, column) within the text, both from 0, to the file's; needed when YAML folded it.
    """

    text: str
    file: str | None = None
    line: int = 1
    column: int = 1
    spot: Spot | None = None
    faults: list[Fault] = field(default_factory=list)
    percents: set[tuple[int, int]] = field(default_factory=set)     # (line, column) from 0

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")

    def fault(self, ident: str, what: str, line: int, column: int, width: int = 1, *,
              value: str | None = None, expected: str | None = None, next: str | None = None) -> None:
        """Records a fault at (line, column), both from 0, within the text."""
        at = self.spot(line, column) if self.spot else (self.line + line, self.column + column)
        shown = self.lines[line] if line < len(self.lines) else ""
        start = max(0, column - 60)
        piece = shown[start:start + 100]
        caret = " " * (column - start) + "^" * max(1, min(width, len(piece) - (column - start)))
        self.faults.append(Fault(ident, what, file=self.file, line=at[0], column=at[1], value=value,
                                 expected=expected, excerpt=f"{piece}\n{caret}", next=next))

    def readable(self) -> str | None:
        """The text as Python's parser may read it, or None after recording what forbids it."""
        if not self.text.strip():
            self.fault("DEF-040", "the condition is empty", 0, 0)
        elif len(self.text) > LONGEST:
            self.fault("DEF-045", f"the condition has {len(self.text)} characters, at most {LONGEST}", 0, 0)
        else:
            rewritten = self._scan()
            if not self.faults:
                return rewritten
        return None

    def _scan(self) -> str:
        text, out = self.text, list(self.text)
        i = line = start = depth = 0
        last = ""               # the kind of the token before: "string", "number" or another
        while i < len(text):
            char, column = text[i], i - start
            if char == "\n":
                line, start = line + 1, i + 1
                i += 1
            elif char == "#":
                while i < len(text) and text[i] != "\n":
                    i += 1
            elif char in "\"'":
                end = i + 1
                while end < len(text) and text[end] not in (char, "\n"):
                    end += 2 if text[end] == "\\" else 1
                if end >= len(text) or text[end] == "\n":
                    self.fault("DEF-040", "the quotation mark is never closed", line, column)
                    return text
                if last == "string":
                    self.fault("DEF-040", "two texts stand side by side; a comma is missing between them",
                               line, column, end + 1 - i)
                i, last = end + 1, "string"
            elif char.isascii() and char.isdigit():
                end = i
                while end < len(text) and (
                    (text[end].isascii() and text[end].isalnum()) or text[end] in "._"
                ):
                    end += 1
                if text[i:end].lower().endswith("j"):
                    self.fault("DEF-040", f"{text[i:end]} is not a number", line, column, end - i)
                gap = end
                while gap < len(text) and text[gap] == " ":
                    gap += 1
                if gap < len(text) and text[gap] == "%":
                    out[end:gap + 1] = "j" + " " * (gap - end)
                    self.percents.add((line, column))
                    end = gap + 1
                i, last = end, "number"
            elif char.isascii() and (char.isalpha() or char == "_"):
                end = i
                while end < len(text) and text[end].isascii() and (text[end].isalnum() or text[end] == "_"):
                    end += 1
                word = text[i:end]
                if word in UPPER:
                    self.fault("DEF-040", f"write {word.lower()} in small letters", line, column, len(word))
                i, last = end, "word"
            else:
                depth = self._sign(i, line, column, depth)
                if self.faults:
                    return text
                i, last = i + 1, last if char in " \t\r" else char
        if depth > 0:
            self.fault("DEF-040", "a bracket is opened and never closed", line, max(0, len(text) - start - 1))
        return "".join(out)

    def _sign(self, i: int, line: int, column: int, depth: int) -> int:
        """Looks at one character outside words, numbers and texts; gives the depth of brackets after it."""
        text, char = self.text, self.text[i]
        if char in "([{":
            if depth + 1 > DEEPEST:
                self.fault("DEF-045", f"more than {DEEPEST} brackets deep", line, column)
            return depth + 1
        if char in ")]}":
            if depth == 0:
                self.fault("DEF-040", "this bracket closes nothing", line, column)
            return depth - 1
        after, before = text[i + 1:i + 2], text[i - 1:i] if i else ""
        if char == "=" and after != "=" and before not in ("=", "!", "<", ">"):
            self.fault("DEF-040", "one = does not compare; write ==", line, column)
        elif char in "&|":
            word = "and" if char == "&" else "or"
            self.fault("DEF-040", f"write {word} instead of {char}", line, column)
        elif char == "!" and after != "=":
            self.fault("DEF-040", "write not instead of !", line, column)
        elif char == "<" and after == ">":
            self.fault("DEF-040", "write != instead of <>", line, column, 2)
        elif char == "%":
            self.fault("DEF-040", "% stands directly behind a number, as in 30%", line, column)
        elif char == ";":
            self.fault("DEF-040", "join conditions with and / or, not with ;", line, column)
        elif not char.isascii() or (ord(char) < 32 and char not in "\t\r"):
            hint = INSTEAD.get(char)
            shown = char if char.isprintable() else f"U+{ord(char):04X}"
            self.fault("DEF-040", f"{shown} cannot stand here" + (f"; write {hint}" if hint else ""),
                       line, column)
        return depth


def syntax_words(message: str | None) -> str:
    """Python's own words for a syntax fault, without the ones that lead elsewhere."""
    text = (message or "").split(". Perhaps")[0].split(". Maybe")[0]
    if "Perhaps you forgot a comma" in (message or ""):
        return "something is missing here: and, or, a comparison or a comma"
    if not text or text == "invalid syntax":
        return "this cannot be read as a condition"
    return f"this cannot be read as a condition: {text}"
