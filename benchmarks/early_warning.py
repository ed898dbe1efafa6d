"""How early the starter definitions tell of planted leavers, and how many healthy customers they call for nothing.

    python benchmarks/early_warning.py [HEALTHY [EACH]] [--seed N] [--keep FOLDER] [--playbooks]

Builds the company of stories.py in a workspace as `cs init` writes it, and prints what `cs health warnings` says; with
--playbooks also `cs playbooks backtest` (every day of the half year: minutes).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from stories import CS_YAML, SEED, SINCE, write_company


def cs(*words: object) -> str:
    done = subprocess.run([sys.executable, "-m", "cs_cli", *map(str, words)], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(done.stderr[:2000])
    return done.stdout


def build(folder: Path, healthy: int, each: int, seed: int = SEED) -> Path:
    """A workspace of the starter definitions with the company imported."""
    desk, exports = folder / "desk", folder / "out"
    exports.mkdir()
    cs("init", desk, "--company", "Storyland", "--currency", "USD", "--zone", "UTC", "--name", "Robin",
       "--email", "robin@storyland.example")  # fmt: skip
    (desk / "cs.yaml").write_text(CS_YAML, encoding="utf-8")
    cs("-w", desk, "import", *write_company(exports, healthy, each, seed=seed), "--yes")
    return desk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("healthy", type=int, nargs="?", default=300)
    parser.add_argument("each", type=int, nargs="?", default=5)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--playbooks", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as text:
        folder = asked.keep or Path(text)
        folder.mkdir(exist_ok=True)
        desk = folder / "desk"
        if not desk.exists():
            build(folder, asked.healthy, asked.each, asked.seed)
        print(cs("-w", desk, "health", "warnings", "--since", SINCE, "-f", "md"))
        if asked.playbooks:
            print(cs("-w", desk, "playbooks", "backtest", "--since", SINCE, "-f", "md"))


if __name__ == "__main__":
    main()
