"""One workspace with the sample company's exports, for tests that look at whole days."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cs_cli.definitions.workspace import Definitions, Workspace, load_definitions
from cs_cli.facts.catalogue import names
from cs_cli.scoring import cache
from cs_cli.store.connection import open_database
from tests.conftest import ROOT, run_cs

DAY = date(2026, 6, 30)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scoring") / "desk"
    made = run_cs("init", folder, "--company", "Testco", "--currency", "USD", "--zone", "UTC",
                  "--name", "Robin Vale", "--email", "robin@testco.example")  # fmt: skip
    assert made.code == 0, made.err
    with open(folder / "cs.yaml", "a", encoding="utf-8") as file:
        file.write(f'\ntoday: "{DAY.isoformat()}"\n')
    files = sorted((ROOT / "sample_data" / "2026-06").glob("*.csv"))
    imported = run_cs("-w", folder, "import", *files, "--yes")
    assert imported.code in (0, 3), imported.err
    return folder


@pytest.fixture
def definitions(company: Path) -> Definitions:
    return load_definitions(Workspace(company), names)


@pytest.fixture
def conn(company: Path) -> Iterator[sqlite3.Connection]:
    """Read only, as read commands have it."""
    opened = open_database(company / "cs.db")
    yield opened
    opened.close()


@pytest.fixture
def writer(company: Path) -> Iterator[sqlite3.Connection]:
    """Nothing is remembered at first, whatever other tests kept."""
    opened = open_database(company / "cs.db", write=True)
    opened.execute("DELETE FROM scorecard_text")
    cache.clear(opened)
    yield opened
    opened.close()
