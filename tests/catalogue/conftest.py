"""One small workspace, made once and copied for every case."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.catalogue.desk import SEED, Desk
from tests.conftest import new_workspace, run_cs


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of 2026-06-30 that knows three accounts and two subscriptions."""
    folder = new_workspace(tmp_path_factory.mktemp("catalogue") / "desk", "EUR")
    for name, content in SEED.items():
        path = folder / "exports" / name
        path.write_bytes(content)
        loaded = run_cs("-w", folder, "import", path)
        assert loaded.code == 0, loaded.err
        path.unlink()
    return folder


@pytest.fixture
def desk(seeded: Path, tmp_path: Path) -> Desk:
    """The seeded workspace, to change at will."""
    folder = tmp_path / "desk"
    shutil.copytree(seeded, folder)
    return Desk(folder)
