"""segments.yaml: dimensions, each an ordered list of conditions. Later ones may use earlier ones."""

from __future__ import annotations

from copy import copy
from pathlib import Path

from cs_cli.base.near import did_you_mean
from cs_cli.definitions.conditions import Names, NameType
from cs_cli.definitions.loading import check_condition, check_id, load
from cs_cli.definitions.shapes import Dimension, Segments
from cs_cli.definitions.yaml_reader import Document, Path_

# text facts that lists, links and roles go by
# what the program itself goes by: facts, and the columns that a score stands in
OURS = frozenset({
    "account_id", "name", "status", "owner", "csm", "sold_by", "parent", "currency",
    "account", "scorecard", "score", "health", "band", "known_share", "capped_by", "health_as_of",
    "health_change_28d", "health_change_91d",
})


def read_segments(path: Path, name: str = "segments.yaml") -> tuple[Segments | None, Document]:
    """segments.yaml as Segments, with its document; conditions are not yet checked."""
    segments, document = load(Segments, path, name)
    if segments is not None:
        for dimension in segments.dimensions:
            _check_shape(dimension, document)
    return (None if document.faults else segments), document


def _check_shape(dimension: Dimension, document: Document) -> None:
    at: Path_ = ("dimensions", dimension.name)
    check_id(document, at, dimension.name, "the name of a dimension", key=True)
    if not dimension.name.isidentifier():
        document.fault("DEF-016", f"{dimension.name} must work as a fact's name: letters, digits, _", at,
                       key=True, value=dimension.name)
    names = [entry.name for entry in dimension.entries]
    for i, name in enumerate(names):
        where = (*_entries(document, dimension), i, name)
        if not name.strip() or "," in name or len(name) > 60:
            document.fault("DEF-016", "a segment's name has 1 to 60 characters and no comma", where, key=True,
                           value=name[:60])
        if name in names[:i]:
            document.fault("DEF-017", f"{name} stands twice in {dimension.name}", where, key=True, value=name)
    if dimension.unknown is not None:
        if dimension.any:
            document.fault("DEF-021", "tags (any: true) have no unknown", (*at, "unknown"))
        elif dimension.unknown not in names:
            hint = did_you_mean(dimension.unknown, names)
            document.fault("DEF-021", f"{dimension.unknown} is none of the names of {dimension.name}"
                           + hint, (*at, "unknown"), value=dimension.unknown,
                           expected=", ".join(names))


def _entries(document: Document, dimension: Dimension) -> Path_:
    at: Path_ = ("dimensions", dimension.name)
    return at if isinstance(document.data["dimensions"][dimension.name], list) else (*at, "list")


def check_segments(segments: Segments, document: Document, names: Names) -> dict[str, NameType]:
    """Checks every condition; gives the names with the dimensions added. Faults go to the document.

    A dimension may be called like a text fact (need): its own list and those above it speak of the fact,
    everything below of the dimension. A number, day or flag cannot be shadowed, as conditions that compare
    it would suddenly compare words; nor can OURS. The given names keep their kind of mapping, which may
    know names made on demand (usage_28d__logins).
    """
    known = extended(names, {})
    for dimension in segments.dimensions:
        if dimension.name in OURS or (dimension.name in names and names[dimension.name].type != "text"):
            document.fault("DEF-017", f"{dimension.name} is already a fact or a column; a dimension needs another name",
                           ("dimensions", dimension.name), key=True, value=dimension.name)
        for i, entry in enumerate(dimension.entries):
            if entry.when.strip() != "otherwise":
                path = (*_entries(document, dimension), i, entry.name)
                check_condition(document, path, entry.when, known)
        known[dimension.name] = dimension_type(dimension)
    return known


def extended(names: Names, more: Names) -> dict[str, NameType]:
    """The names and more, in the same kind of mapping."""
    known = copy(names) if isinstance(names, dict) else dict(names)
    known.update(more)
    return known


def dimension_type(dimension: Dimension) -> NameType:
    """A dimension as a fact: text of its names; tags when it is an `any` list."""
    return NameType("text", tuple(entry.name for entry in dimension.entries), many=dimension.any)
