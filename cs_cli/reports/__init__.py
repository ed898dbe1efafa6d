"""One file per report. A report module has `ABOUT` and `build(conn, definitions, day, **options) -> Report`."""

from __future__ import annotations

import importlib
import os
from types import ModuleType


def reports() -> list[str]:
    """The names of all reports, by discovery: every module here that says what it is about; others are shared parts."""
    folder = os.path.dirname(__file__)
    found = []
    for name in os.listdir(folder):
        if name.endswith(".py"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                if "\nABOUT = " in file.read():
                    found.append(name[:-3])
    return sorted(found)


def load(name: str) -> ModuleType:
    return importlib.import_module(f"cs_cli.reports.{name}")
