"""Keys of channels in cs.yaml that no channel of that kind reads, found before anything is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_cli.base.errors import CsError, Fault
from cs_cli.deliver.channels import make
from cs_cli.deliver.due import kind_of
from cs_cli.deliver.options import UNKNOWN_KEY, Options

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings
    from cs_cli.definitions.workspace import Workspace


def misspelt_keys(ws: Workspace, settings: Settings) -> list[Fault]:
    """DEF-012 for each, with its line. Connects nowhere.

    Secrets and addresses are for `cs remind` to judge, which runs where they are set.
    """
    if not settings.channels:
        return []
    from cs_cli.definitions.yaml_reader import read_yaml

    document = read_yaml(ws.root / "cs.yaml", "cs.yaml")
    for name, written in settings.channels.items():
        try:
            make(kind_of(settings, name), Options(name, written, ws.root, {}))
        except CsError as error:
            for fault in error.faults:
                if fault.ident == UNKNOWN_KEY:
                    at = ("channels", name, fault.name or "")
                    document.fault(fault.ident, fault.what, at, key=True, name=fault.name, expected=fault.expected)
    return document.faults
