"""From a read document to shapes: unknown keys, wrong types and ranges, each with its place.

`convert` walks a Struct's fields beside the document's data. What is written differently from the
shape is told in surface.py: other key names, allowed words, ranges, and fields read by hand.
"""

from __future__ import annotations

import datetime
import types
import typing
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from cs_cli.base.errors import Fault
from cs_cli.base.near import did_you_mean
from cs_cli.definitions.shapes import InvoiceRules
from cs_cli.definitions.yaml_reader import Document, Path_

S = TypeVar("S", bound=msgspec.Struct)

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false", list: "a list",
          dict: "a mapping"}


def convert(document: Document, shape: type[S], path: Path_ = (), **given: Any
            ) -> tuple[S | None, list[Fault]]:
    """The mapping at path as `shape`, and every fault found (also kept on the document).

    given: fields that the text does not hold, such as the name that was a key above.
    The value is None as soon as there is one fault.
    """
    before = len(document.faults)
    value = document.data
    for part in path:
        value = value[part]
    made = Walker(document).struct(shape, value, path, given)
    return made, document.faults[before:]


def salvage(document: Document, shape: type[S]) -> S | None:
    """What a faulty document still says: fields that are wrong are left out, and nothing is recorded.

    For checks that look at one field at a time. None when a field that must be there is missing or wrong.
    """
    quiet = replace(document, faults=[])
    return Walker(quiet, partly=True).struct(shape, document.data, ())


@cache
def _fields(shape: type[Any]) -> list[tuple[str, str, Any, bool]]:
    """(field, key, type, required) of each field that people write, with its surface key."""
    from cs_cli.definitions.surface import KEYS

    hints = typing.get_type_hints(shape)
    keys = KEYS.get(shape.__name__, {})
    return [(field.name, keys.get(field.name, field.encode_name), hints[field.name], field.required)
            for field in msgspec.structs.fields(shape) if not _made(field.name, hints)]


def _made(name: str, hints: dict[str, Any]) -> bool:
    """`at` (places), `file` and the invoice rules of metrics.yaml are filled in and written by nobody; a Reminder's
    `at` is a day."""
    return (name == "at" and hints[name] == dict[str, str]) or name == "file" or hints[name] is InvoiceRules


class Walker:
    """Reads values into shapes; None stands for a value that is wrong, its fault recorded.

    partly: a mapping with wrong fields is read without them, as long as none of them must be there.
    """

    def __init__(self, document: Document, *, partly: bool = False) -> None:
        self.document = document
        self.partly = partly

    def fault(self, ident: str, what: str, path: Path_, *, key: bool = False, **more: Any) -> None:
        self.document.fault(ident, what, path, key=key, **more)

    def mapping(self, value: Any, path: Path_) -> dict[str, Any] | None:
        """The value when it is a mapping; else None and a fault."""
        if isinstance(value, dict):
            return value
        self._wrong(value, path, "a mapping (key: value)")
        return None

    def sequence(self, value: Any, path: Path_) -> list[Any] | None:
        """The value when it is a list; else None and a fault."""
        if isinstance(value, list):
            return value
        self._wrong(value, path, "a list")
        return None

    def _wrong(self, value: Any, path: Path_, expected: str) -> None:
        name = next((part for part in reversed(path) if isinstance(part, str)), "the file")
        found = "nothing" if value is None else _WORDS.get(type(value), type(value).__name__)
        shown = None if isinstance(value, dict | list) or value is None else str(value)[:40]
        hint = f'quote it: "{shown}"' if expected == "text" and shown is not None else None
        ident = "DEF-010" if not path else "DEF-013"
        self.fault(ident, f"{name} must be {expected}, not {found}", path, name=name, value=shown,
                   expected=expected, next=hint)

    def struct(self, shape: type[S], value: Any, path: Path_, given: dict[str, Any] | None = None
               ) -> S | None:
        """The mapping as shape; every wrong key and value gets a fault."""
        from cs_cli.definitions.surface import SPECIAL

        found = self.mapping(value, path)
        if found is None:
            return None
        before = len(self.document.faults)
        whole = True    # as far as the fields go that must be there
        fields = _fields(shape)
        made: dict[str, Any] = dict(given or {})
        keys = [key for name, key, _, _ in fields if name not in made]
        for key in found:
            if key not in keys:
                hint = did_you_mean(key, keys)
                self.fault("DEF-012", f'there is no key "{key}" here' + hint,
                           (*path, key), key=True, name=key, expected=", ".join(keys))
        for name, key, hint_type, required in fields:
            if name in made:
                continue
            if key not in found:
                if required:
                    self.fault("DEF-014", f'the key "{key}" is missing', path, name=key)
                    whole = False
                continue
            special = SPECIAL.get((shape.__name__, name))
            at = (*path, key)
            earlier = len(self.document.faults)
            read = special(self, found[key], at) if special else self.value(hint_type, found[key], at)
            self.check_range(shape.__name__, name, read, at)
            if required and isinstance(read, str) and not read.strip() and len(self.document.faults) == earlier:
                self.fault("DEF-014", f"{key} is empty", at, name=key)
            if len(self.document.faults) == earlier or (self.partly and _structs(read)):
                made[name] = read
            elif required:
                whole = False
        if len(self.document.faults) > before and not (self.partly and whole):
            return None
        hints = typing.get_type_hints(shape)
        for name in ("at", "file"):
            if name in hints and _made(name, hints):
                made[name] = self.places(path) if name == "at" else self.document.name
        return shape(**made)

    def places(self, path: Path_) -> dict[str, str]:
        """Dotted path below `path` -> "line:column", three levels deep, and the items of lists there
        (examples.0.timeline.3)."""
        depth = len(path)
        return {
            ".".join(str(part) for part in place[depth:]): f"{line}:{column}"
            for place, (line, column) in self.document.places.items()
            if place[:depth] == path and depth < len(place) <= depth + 3 + isinstance(place[-1], int)
        }

    def check_range(self, shape: str, name: str, value: Any, path: Path_) -> None:
        """A fault where the value is none of the words, or outside the range, that surface.py names for the field."""
        from cs_cli.definitions.surface import CHOICES, RANGES

        if value is None:
            return
        choices = CHOICES.get((shape, name))
        if choices is not None:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and one not in choices:
                    hint = did_you_mean(one, choices)
                    self.fault("DEF-015", f'{path[-1]} cannot be "{one}"' + hint,
                               path, name=str(path[-1]), value=one, expected=", ".join(choices))
        limits = RANGES.get((shape, name))
        if limits is not None and isinstance(value, int | float) and not limits[0] <= value <= limits[1]:
            self.fault("DEF-015", f"{path[-1]} is {value:g}; it must be from {limits[0]:g} to {limits[1]:g}",
                       path, name=str(path[-1]), value=str(value), expected=f"{limits[0]:g} to {limits[1]:g}")

    # --- single values -------------------------------------------------------

    def value(self, wanted: Any, value: Any, path: Path_) -> Any:
        """The value as the type `wanted`; None and a fault when it is not."""
        if wanted is Any:
            return value
        origin = get_origin(wanted)
        if origin in (Union, types.UnionType):
            return self._union(get_args(wanted), value, path)
        if origin is list:
            (item,) = get_args(wanted)
            if item is str and isinstance(value, str):
                return [value]
            found = self.sequence(value, path)
            return [self.value(item, one, (*path, i)) for i, one in enumerate(found or [])]
        if origin is dict:
            mapping = self.mapping(value, path)
            item = get_args(wanted)[1]
            return {key: self.value(item, one, (*path, key)) for key, one in (mapping or {}).items()}
        if origin is tuple:
            return self._pair(get_args(wanted), value, path)
        if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            return self.struct(wanted, value, path)
        return self.scalar(wanted, value, path)

    def _union(self, options: tuple[Any, ...], value: Any, path: Path_) -> Any:
        if value is None and type(None) in options:
            self._wrong(value, path, "filled in, or left out")
            return None
        rest = [option for option in options if option is not type(None)]
        if len(rest) == 1:
            return self.value(rest[0], value, path)
        if isinstance(value, str) and str in rest:
            return value
        return self.value(next(option for option in rest if option is not str), value, path)

    def _pair(self, items: tuple[Any, ...], value: Any, path: Path_) -> Any:
        found = self.sequence(value, path)
        if found is None:
            return None
        if len(found) != len(items):
            self.fault("DEF-013", f"a point has {len(items)} numbers, not {len(found)}", path)
            return None
        return tuple(self.value(item, one, (*path, i))
                     for i, (item, one) in enumerate(zip(items, found, strict=True)))

    def scalar(self, wanted: Any, value: Any, path: Path_) -> Any:
        """Text, a number (percentages too), true or false."""
        if wanted is float and isinstance(value, str):
            share = percent(value)
            if share is not None:
                return share
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if type(value) is wanted:
            return value
        self._wrong(value, path, _WORDS.get(wanted, str(wanted)))
        return None


def _structs(value: Any) -> bool:
    """A list of mappings that were all read, though perhaps not all of each."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, msgspec.Struct) for one in value)


def percent(text: str) -> float | None:
    """"-50%" as -0.5; None when the text is no percentage."""
    body = text.strip()
    if not body.endswith("%"):
        return None
    body = body[:-1].strip()
    digits = body[1:] if body[:1] in ("-", "+") else body
    if not digits.replace(".", "", 1).isdigit() or not digits.isascii():
        return None
    return float(body) / 100


def day(text: str) -> datetime.date | None:
    """A day written 2026-01-31; None when it is none of the calendar."""
    try:
        return datetime.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
