"""The sources that come with cs, and those of the workspace."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cs_cli.base.errors import DefinitionInvalid
from cs_cli.definitions.shapes import SourceDef

FOLDER = Path(__file__).parent / "sources"
RANKS = {"hand": 0, "canonical": 10, "crm": 10, "product": 15, "billing": 20, "support": 30, "survey": 40}


@cache
def shipped_sources() -> tuple[SourceDef, ...]:
    """Every shipped source, by name. A file in the folder is a source; nothing else lists them."""
    return tuple(_load(path) for path in sorted(FOLDER.glob("*.yaml")))


def _load(path: Path) -> SourceDef:
    from cs_cli.definitions.loading import load

    source, document = load(SourceDef, path, path.name)
    if source is None or document.faults:
        raise DefinitionInvalid(list(document.faults), next="this is a fault of cs: reinstall it, or report it")
    return source


def every_source(own: Iterable[SourceDef]) -> list[SourceDef]:
    """Shipped and own sources by name; an own source takes the place of a shipped one of its name."""
    found = {source.source: source for source in shipped_sources()}
    found.update({source.source: source for source in own})
    return [found[name] for name in sorted(found)]


def rank_of(source: SourceDef) -> int:
    """Which source wins when several know the same attribute: the lower rank."""
    return RANKS.get(source.role, 40)
