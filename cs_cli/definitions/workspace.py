"""The workspace folder: finding it, and its definitions, read once and kept compiled.

Reading YAML costs more than a whole read command may. What was read and checked is kept in
.cs/definitions.json under the size and time of every definition file and the program's version;
one stat per file decides whether it still holds. Deleting it changes nothing but the time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from cs_cli import __version__
from cs_cli.base.errors import OutputNotWritten, UsageError
from cs_cli.definitions.shapes import Health, Metrics, Playbook, Segments, Settings, Shape, SourceDef

if TYPE_CHECKING:
    from cs_cli.definitions.conditions import Names

SINGLE = ("cs.yaml", "segments.yaml", "health.yaml", "metrics.yaml")
FOLDERS = ("playbooks", "sources")

NamesProvider = Callable[[Settings], "Names"]
Stamp = tuple[str, int, int]        # relative path, size, mtime_ns
T = TypeVar("T", bound=msgspec.Struct)


class Workspace(msgspec.Struct, frozen=True):
    """The places inside one workspace folder."""

    root: Path

    @property
    def db_path(self) -> Path:
        return self.root / "cs.db"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def rejects(self) -> Path:
        return self.root / "rejects"

    @property
    def private(self) -> Path:
        """Folder of what cs keeps for itself (0700)."""
        return self.root / ".cs"


class Definitions(Shape, frozen=True):
    """Everything people wrote, checked. playbooks holds disabled ones too; see Playbook.enabled.

    hash: of all texts.
    """

    settings: Settings
    segments: Segments
    health: Health
    metrics: Metrics
    playbooks: list[Playbook]
    own_sources: list[SourceDef]
    hash: str


class _Kept(msgspec.Struct):
    version: str
    stamps: list[Stamp]
    value: msgspec.Raw


def find_workspace(explicit: str | None, env: Mapping[str, str], cwd: str | Path) -> Path:
    """The workspace: -w, else CS_WORKSPACE, else the nearest folder upwards of cwd that has a cs.yaml.

    Raises UsageError CFG-001 when there is none; a named folder is never silently replaced.
    """
    for source, named in (("-w", explicit), ("CS_WORKSPACE", env.get("CS_WORKSPACE"))):
        if named:
            root = os.path.abspath(os.path.join(cwd, os.path.expanduser(named)))
            if not os.path.isfile(os.path.join(root, "cs.yaml")):
                raise UsageError.of("CFG-001", f"{named} (from {source}) holds no cs.yaml", file=root,
                                    next=f"cs init {named}")
            return Path(root)
    folder = os.path.abspath(cwd)
    while True:
        if os.path.isfile(os.path.join(folder, "cs.yaml")):
            return Path(folder)
        above = os.path.dirname(folder)
        if above == folder:
            raise UsageError.of("CFG-001", "there is no workspace here or above", file=str(cwd),
                                next="cs init makes one; -w DIR names another")
        folder = above


def definition_files(ws: Workspace) -> list[str]:
    """The definition files that exist, relative to the root with /, in a fixed order."""
    found = [name for name in SINGLE if os.path.lexists(ws.root / name)]
    for folder in FOLDERS:
        try:
            names = sorted(os.listdir(os.path.join(ws.root, folder)))
        except (FileNotFoundError, NotADirectoryError):
            continue
        found += [f"{folder}/{name}" for name in names
                  if name.endswith((".yaml", ".yml")) and not name.startswith(".")]
    return found


def load_definitions(ws: Workspace, names_provider: NamesProvider | None = None) -> Definitions:
    """All definitions of the workspace, checked; from the cache when no file changed.

    names_provider: the facts that conditions may use; without it, conditions are not checked and
    nothing is cached. Raises DefinitionInvalid (12) with every fault of every file, GuardStopped
    (15) for a file that anybody may write.
    """
    stamps = _stamps(ws, definition_files(ws))
    kept = _kept(ws, "definitions.json", stamps, Definitions)
    if kept is not None:
        return kept
    from cs_cli.definitions.compiling import compile_definitions

    made = compile_definitions(ws, names_provider)
    if names_provider is not None:
        _keep(ws, "definitions.json", stamps, made)
    return made


def settings_only(ws: Workspace) -> Settings:
    """cs.yaml alone, for commands that must work while other files are broken. Raises DefinitionInvalid."""
    stamps = _stamps(ws, ["cs.yaml"])
    kept = _kept(ws, "settings.json", stamps, Settings)
    if kept is not None:
        return kept
    from cs_cli.definitions.compiling import compile_settings

    made = compile_settings(ws)
    _keep(ws, "settings.json", stamps, made)
    return made


def _stamps(ws: Workspace, names: list[str]) -> list[Stamp]:
    stamps = []
    for name in names:
        try:
            found = os.stat(os.path.join(ws.root, name))
        except OSError:
            stamps.append((name, -1, -1))
        else:
            stamps.append((name, found.st_size, found.st_mtime_ns))
    return stamps


def _kept(ws: Workspace, name: str, stamps: list[Stamp], kind: type[T]) -> T | None:
    """What the cache holds for exactly these files and this version; None when it holds something else."""
    try:
        with open(os.path.join(ws.private, name), "rb") as file:
            kept = msgspec.json.decode(file.read(), type=_Kept)
        if kept.version == __version__ and kept.stamps == stamps:
            return msgspec.json.decode(kept.value, type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        # absent, unreadable or cut short: a cache is made again, never repaired
        return None
    return None


def _keep(ws: Workspace, name: str, stamps: list[Stamp], value: Any) -> None:
    from cs_cli.base.files import private_dir, write_whole

    kept = _Kept(__version__, stamps, msgspec.Raw(msgspec.json.encode(value)))
    try:
        private_dir(ws.private)
        write_whole(ws.private / name, msgspec.json.encode(kept), 0o600)
    except (OSError, OutputNotWritten):
        # a workspace on read-only media is read the slow way each time
        return
