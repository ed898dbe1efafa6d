"""What every loader does: read, convert, collect; conditions checked where they stand in the file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from cs_cli.base.days import FIRST_YEAR, LAST_YEAR
from cs_cli.base.errors import Fault
from cs_cli.definitions.conditions import Names, check
from cs_cli.definitions.shapes import Shape
from cs_cli.definitions.yaml_reader import Document, Path_, read_yaml

S = TypeVar("S", bound=Shape)

# faults of single values and keys; everything beside them can still be read
BESIDE = frozenset({"DEF-005", "DEF-006", "DEF-007", "DEF-008", "DEF-011"})
ID_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def load(shape: type[S], path: Path | bytes, name: str) -> tuple[S | None, Document]:
    """The file as shape, None when a fault was found; the document holds the faults and the places."""
    from cs_cli.definitions.shape_reader import convert

    document = read_yaml(path, name)
    found = list(document.faults)
    if any(fault.ident not in BESIDE for fault in found):
        return None, document
    made, _ = convert(document, shape)
    if found:
        # a value that YAML reads as something else is often of the wrong type as well: once is enough
        told = {(fault.line, fault.column) for fault in found}
        more = [one for one in document.faults[len(found):] if (one.line, one.column) not in told]
        document.faults[len(found):] = more
        return None, document
    return made, document


def check_condition(document: Document, path: Path_, text: str, names: Names) -> None:
    """Records every fault of the condition at path on the document."""
    line, column = document.place(path)

    def spot(at: int, offset: int) -> tuple[int, int]:
        return document.spot(path, at, offset)

    document.faults.extend(check(text, names, file=document.name, line=line, column=column, spot=spot))


def check_today(document: Document, path: Path_, text: str | None) -> None:
    """A day to stand on: of the calendar, with room to count years back and ahead."""
    from cs_cli.definitions.shape_reader import day

    found = None if text is None else day(text)
    if text is not None and found is None:
        document.fault("DEF-026", f"{text} is not a day", path, value=text, expected="a day as 2026-01-31")
    elif found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
        document.fault("DEF-026", f"{text} is too far away", path, value=text,
                       expected=f"a day of the years {FIRST_YEAR} to {LAST_YEAR}")


def check_id(document: Document, path: Path_, value: str, what: str, *, key: bool = False) -> None:
    """Ids are small letters, digits, - and _, at most 60."""
    if not value or len(value) > 60 or not set(value) <= ID_LETTERS:
        document.fault("DEF-016", f"{what} may hold only small letters, digits, - and _", path, key=key,
                       value=value[:60], expected="for example usage-drop")


def check_label(document: Document, path: Path_, value: str, what: str, *, key: bool = False) -> None:
    """Names that only people read may hold spaces: letters and digits of ASCII, space, - and _."""
    if not value or value != value.strip() or len(value) > 60 or not value.isascii() \
            or not value.replace(" ", "").replace("-", "").replace("_", "").isalnum():
        document.fault("DEF-016", f"{what} may hold only letters, digits, spaces, - and _", path, key=key,
                       value=value[:60], expected="for example usage change")


def find_cycle(edges: dict[str, list[str]]) -> list[str] | None:
    """One cycle among edges (name -> names) as the names in order, the first repeated at the end."""
    state: dict[str, int] = {}
    for root in edges:
        if state.get(root):
            continue
        trail: list[str] = []
        waiting: list[tuple[str, Iterable[str]]] = [(root, iter(edges[root]))]
        state[root] = 1
        trail.append(root)
        while waiting:
            name, below = waiting[-1]
            after = next(iter(below), None)
            if after is None:
                waiting.pop()
                trail.pop()
                state[name] = 2
            elif state.get(after) == 1:
                return [*trail[trail.index(after):], after]
            elif after in edges and not state.get(after):
                state[after] = 1
                trail.append(after)
                waiting.append((after, iter(edges[after])))
    return None


def sort_faults(faults: Iterable[Fault]) -> list[Fault]:
    """In the order of files, lines and columns, each once."""
    unique = dict.fromkeys(faults)
    return sorted(unique, key=lambda fault: (fault.file or "", fault.line or 0, fault.column or 0))
