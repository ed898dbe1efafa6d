"""Where the files that come with cs are: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def shipped(name: str) -> Path:
    """The folder or file `name` ("playbooks", "sample_data", "cs.yaml"); the wheel carries them in starter/."""
    inside = PACKAGE / "starter" / name
    if inside.exists():
        return inside
    beside = PACKAGE.parent / name
    if beside.exists():
        return beside
    raise FileNotFoundError(f"cs was installed without its {name}")
