"""The sources that come with cs, and those of the workspace."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from cs_cli import __version__
from cs_cli.base.errors import DefinitionInvalid, OutputNotWritten
from cs_cli.definitions.shapes import SourceDef

FOLDER = Path(__file__).parent / "sources"
RANKS = {"hand": 0, "canonical": 10, "crm": 10, "book": 12, "product": 15, "billing": 20, "support": 30, "survey": 40}
CACHE = "sources.json"


class _Kept(msgspec.Struct):
    version: str
    stamps: list[tuple[str, int, int]]      # name, size, mtime_ns
    sources: list[SourceDef]


@cache
def shipped_sources(private: Path | None = None) -> tuple[SourceDef, ...]:
    """Every shipped source, by name. A file in the folder is a source; nothing else lists them.

    private: the workspace's .cs folder, where they are kept compiled: sixty YAML files cost more to
    read than a small import does to run. Deleting it changes nothing but the time.
    """
    files = sorted(FOLDER.glob("*.yaml"))
    stamps = [(path.name, found.st_size, found.st_mtime_ns) for path in files for found in (path.stat(),)]
    kept = _kept(private, stamps)
    if kept is not None:
        return tuple(kept)
    made = [_load(path) for path in files]
    _keep(private, _Kept(__version__, stamps, made))
    return tuple(made)


def _kept(private: Path | None, stamps: list[tuple[str, int, int]]) -> list[SourceDef] | None:
    if private is None:
        return None
    try:
        kept = msgspec.json.decode((private / CACHE).read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        # absent, unreadable or of another version: a cache is made again, never repaired
        return None
    return kept.sources if (kept.version, kept.stamps) == (__version__, stamps) else None


def _keep(private: Path | None, kept: _Kept) -> None:
    if private is None:
        return
    from cs_cli.base.files import private_dir, write_whole

    try:
        private_dir(private)
        write_whole(private / CACHE, msgspec.json.encode(kept), 0o600)
    except (OSError, OutputNotWritten):
        # read-only media: read the slow way each time
        return


def _load(path: Path) -> SourceDef:
    from cs_cli.definitions.loading import load

    source, document = load(SourceDef, path, path.name)
    if source is None or document.faults:
        raise DefinitionInvalid(list(document.faults), next="this is a fault of cs: reinstall it, or report it")
    return source


def every_source(own: Iterable[SourceDef], private: Path | None = None) -> list[SourceDef]:
    """Shipped and own sources by name; an own source takes the place of a shipped one of its name.

    private: see shipped_sources.
    """
    found = {source.source: source for source in shipped_sources(private)}
    found.update({source.source: source for source in own})
    return [found[name] for name in sorted(found)]


def rank_of(source: SourceDef) -> int:
    """Which source wins when several know the same attribute, or the same sale: the lower rank."""
    return RANKS.get(source.role, 40) + bool(source.repeats)
