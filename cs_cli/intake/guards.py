"""Guards: an import that is readable but cannot be meant stops here, naming what overrides it."""

from __future__ import annotations

import sqlite3

from cs_cli.base.errors import GuardStopped
from cs_cli.intake.results import ImportOptions, ImportResult
from cs_cli.intake.stage import Staged


def check_before(conn: sqlite3.Connection, staged: Staged, result: ImportResult, options: ImportOptions) -> int:
    return 0


def check_after(conn: sqlite3.Connection, staged: Staged, result: ImportResult, options: ImportOptions) -> None:
    if options.yes and not result:
        raise GuardStopped
