"""What a value can be wrong about, and what a column decides once for all its cells."""

from __future__ import annotations

from dataclasses import dataclass, field


class BadValue(ValueError):
    """One cell that cannot be read: a row fault. expected says what would do."""

    def __init__(self, ident: str, expected: str, what: str = "cannot be read") -> None:
        super().__init__(f"[{ident}] {what}: expected {expected}")
        self.ident, self.expected, self.what = ident, expected, what


class Undecidable(Exception):
    """A column that can be read in two ways: a file fault. readings show both for one sample cell."""

    def __init__(
        self,
        ident: str,
        what: str,
        *,
        header: str,
        sample: str = "",
        line: int | None = None,
        readings: tuple[str, ...] = (),
        next: str = "",
    ) -> None:
        super().__init__(f"[{ident}] {what}")
        self.ident, self.what, self.header, self.sample = ident, what, header, sample
        self.line, self.readings, self.next = line, readings, next


PLACES = 3  # of each kind of cell that are remembered, for the message


@dataclass
class Seen:
    """A few places where a kind of cell was met: (line or None, text)."""

    places: list[tuple[int | None, str]] = field(default_factory=list)
    count: int = 0  # distinct cells, as long as the observer remembers them

    def add(self, line: int | None, text: str) -> None:
        self.count += 1
        if len(self.places) < PLACES:
            self.places.append((line, text))

    def __str__(self) -> str:
        return ", ".join(
            f"{text!r}" + (f" (line {line})" if line is not None else "") for line, text in self.places
        )


class MixedFormats(Undecidable):
    """Cells of one column that contradict each other; seen holds the places of each kind."""

    def __init__(self, ident: str, what: str, *, header: str, seen: dict[str, Seen], next: str = "") -> None:
        readings = tuple(f"{kind}: {places}" for kind, places in seen.items())
        first = next_line = None
        for places in seen.values():
            if places.places:
                next_line, first = places.places[0]
                break
        super().__init__(
            ident, what, header=header, sample=first or "", line=next_line, readings=readings, next=next
        )
        self.seen = seen


@dataclass(frozen=True)
class Decision:
    """What holds for a whole column.

    formats: day formats in order, of values.days; decimal: "." or ","; scale: what a percent cell
    is multiplied by ("0.01" or "1"); dashes: what a dash behind the decimal mark means, "cents" (none) or "minus";
    note: one line for a person, or None when nothing was in doubt; proven: what the cells themselves prove, as
    (word of a mapping, value) pairs such as ("decimal", ","). Decisions that read alike are equal.
    """

    formats: tuple[str, ...] = ()
    decimal: str = "."
    scale: str = "1"
    dashes: str = "cents"
    note: str | None = field(default=None, compare=False)
    proven: tuple[tuple[str, str], ...] = field(default=(), compare=False)
