"""One file per report. A report module has `ABOUT` and `build(conn, definitions, day, **options) -> Report`."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

NOT_REPORTS = {"__init__.py", "model.py", "common.py", "account_parts.py", "why.py", "cannot_tell.py"}


def reports() -> list[str]:
    """The names of all reports, by discovery: every module here that is not a shared part."""
    folder = os.path.dirname(__file__)
    return sorted(
        name[:-3] for name in os.listdir(folder) if name.endswith(".py") and name not in NOT_REPORTS
    )


def load(name: str) -> ModuleType:
    return importlib.import_module(f"cs_cli.reports.{name}")
