"""Databases for the tests of the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cs_cli.store.connection import open_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database of this test would be; none is there yet."""
    return tmp_path / "cs.db"


@pytest.fixture
def conn(path: Path) -> Iterator[sqlite3.Connection]:
    """A new, empty database, open for writing."""
    connection = open_database(path, write=True, create=True)
    yield connection
    connection.close()
