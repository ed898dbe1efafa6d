"""All files of a workspace, read and checked in stages; every fault of every file is told at once.

Stages: each file by itself, then settings, segments, health and playbooks in the order in which
their names build on one another, then what only holds across files.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cs_cli.base.errors import DefinitionInvalid, Fault, GuardStopped
from cs_cli.base.near import did_you_mean
from cs_cli.definitions.conditions import Names
from cs_cli.definitions.health import check_health, read_health
from cs_cli.definitions.loading import sort_faults
from cs_cli.definitions.metrics import read_metrics
from cs_cli.definitions.playbooks import check_playbook, check_together, read_playbook
from cs_cli.definitions.segments import check_segments, read_segments
from cs_cli.definitions.settings import read_settings
from cs_cli.definitions.shapes import Health, Metrics, Playbook, Segments, Settings, SourceDef
from cs_cli.definitions.sources import read_source
from cs_cli.definitions.workspace import Definitions, NamesProvider, Workspace, definition_files
from cs_cli.definitions.yaml_reader import Document


@dataclass
class _Read:
    """What one pass over the files found."""

    documents: list[Document] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    settings: Settings | None = None
    segments: tuple[Segments, Document] | None = None
    health: tuple[Health, Document] | None = None
    metrics: Metrics | None = None
    playbooks: list[tuple[Playbook, Document]] = field(default_factory=list)
    sources: list[tuple[SourceDef, Document]] = field(default_factory=list)


def compile_settings(ws: Workspace) -> Settings:
    """cs.yaml alone. Raises DefinitionInvalid."""
    _guard(ws, "cs.yaml")
    settings, document = read_settings(ws.root / "cs.yaml", "cs.yaml")
    document.require()
    assert settings is not None
    return settings


def compile_definitions(
    ws: Workspace, names_provider: NamesProvider | None, instead: Mapping[str, Path] | None = None
) -> Definitions:
    """Every definition file, checked. Raises DefinitionInvalid with all faults, or GuardStopped.

    instead: files that are read in place of the workspace's own ones of these names; faults call them as given.
    """
    other = instead or {}
    names = [*definition_files(ws)]
    names += [name for name in other if name not in names]
    read = _read(ws, names, other)
    if read.settings is not None and names_provider is not None:
        _check(read, read.settings, names_provider(read.settings))
    if read.settings is not None and read.metrics is not None:
        read.settings = msgspec.structs.replace(read.settings, invoices=read.metrics.invoices)
    check_together(read.playbooks, every=len(read.playbooks) == sum(_is_playbook(name) for name in names))
    _check_sources(read.sources)
    if read.settings is not None:
        _check_enabled(read)
    faults: list[Fault] = [fault for document in read.documents for fault in document.faults]
    if faults or read.settings is None:
        raise DefinitionInvalid(sort_faults(faults))
    hashes = {one.name: hashlib.sha256(one.text.encode()).hexdigest() for one in read.documents}
    whole = hashlib.sha256("\n".join(f"{name} {hashes[name]}" for name in sorted(hashes)).encode())
    return Definitions(
        settings=read.settings,
        segments=read.segments[0] if read.segments else Segments(),
        health=read.health[0] if read.health else Health(),
        metrics=read.metrics or Metrics(),
        playbooks=[_switched(playbook, read.settings) for playbook, _ in read.playbooks],
        own_sources=[source for source, _ in read.sources],
        hash=whole.hexdigest(),
    )


def _guard(ws: Workspace, name: str) -> Fault | None:
    """Refuses a file that anybody may write; a link that leaves the workspace is a fault."""
    path = ws.root / name
    if path.is_symlink() and not path.resolve().is_relative_to(ws.root.resolve()):
        return Fault("DEF-001", "is a link to a file outside the workspace", file=name, line=1, column=1,
                     next="copy the file into the workspace")
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return None     # reading it tells what is wrong
    if os.name == "posix" and mode & stat.S_IWOTH:
        raise GuardStopped.of("DEF-027", "anybody on this machine may change this file", file=name,
                              next=f"chmod o-w {name}")
    return None


def _read(ws: Workspace, names: list[str], instead: Mapping[str, Path]) -> _Read:
    read = _Read(names=set(names))
    for name in names:
        path, shown = (instead[name], str(instead[name])) if name in instead else (ws.root / name, name)
        outside = None if name in instead else _guard(ws, name)
        if outside is not None:
            read.documents.append(Document(name, faults=[outside]))
            continue
        document: Document
        if name == "cs.yaml":
            read.settings, document = read_settings(path, name)
        elif name == "segments.yaml":
            segments, document = read_segments(path, shown)
            read.segments = (segments, document) if segments is not None else None
        elif name == "health.yaml":
            health, document = read_health(path, shown)
            read.health = (health, document) if health is not None else None
        elif name == "metrics.yaml":
            read.metrics, document = read_metrics(path, name)
        elif _is_playbook(name):
            playbook, document = read_playbook(path, name)
            if playbook is not None:
                read.playbooks.append((playbook, document))
        else:
            source, document = read_source(path, name)
            if source is not None:
                read.sources.append((source, document))
        read.documents.append(document)
    return read


def _check(read: _Read, settings: Settings, names: Names) -> None:
    """Conditions, each against the names it may use.

    When a file that adds names was itself refused, what builds on it is not checked: its faults
    would only repeat the first one.
    """
    segments_known = read.segments is not None or "segments.yaml" not in read.names
    if read.segments is not None:
        names = check_segments(*read.segments, names)
    if not segments_known:
        return
    if read.health is not None:
        names = check_health(*read.health, names)
    elif "health.yaml" in read.names:
        return
    for playbook, document in read.playbooks:
        check_playbook(playbook, document, names, settings)


def _is_playbook(name: str) -> bool:
    return name.startswith("playbooks/")


def _check_sources(read: list[tuple[SourceDef, Document]]) -> None:
    first: dict[str, Document] = {}
    for source, document in read:
        other = first.setdefault(source.source, document)
        if other is not document:
            document.fault("DEF-017", f"the source {source.source} is also in {other.name}", ("source",),
                           value=source.source)


def _check_enabled(read: _Read) -> None:
    assert read.settings is not None
    (document,) = (document for document in read.documents if document.name == "cs.yaml")
    known = [playbook.playbook for playbook, _ in read.playbooks]
    broken = any(d.faults for d in read.documents if _is_playbook(d.name))
    for key, listed in read.settings.playbooks.items():
        if key not in ("enabled", "disabled"):
            hint = did_you_mean(key, ("enabled", "disabled"))
            document.fault("DEF-012", f'there is no key "{key}" here' + hint, ("playbooks", key), key=True, name=key,
                           expected="enabled, disabled")
            continue
        if not isinstance(listed, list):
            document.fault("DEF-013", f"{key} must be a list", ("playbooks", key), name=key)
            continue
        for i, name in enumerate(listed):
            if name not in known and not broken:
                hint = did_you_mean(str(name), known)
                document.fault("DEF-021", f"there is no playbook {name}" + hint,
                               ("playbooks", key, i), value=str(name), next="cs playbooks list shows their names")


def _switched(playbook: Playbook, settings: Settings) -> Playbook:
    """cs.yaml may switch a playbook on or off without touching its file."""
    if playbook.playbook in settings.playbooks.get("disabled", []):
        return msgspec.structs.replace(playbook, enabled=False)
    if playbook.playbook in settings.playbooks.get("enabled", []):
        return msgspec.structs.replace(playbook, enabled=True)
    return playbook
