"""Write the exports of the sample company, the same bytes each time.

python sample_data/make.py             2026-06/, the exports of 2026-06-30
python sample_data/make.py --month 2   2026-07/, the same exports one month later
python sample_data/make.py --out DIR   somewhere else
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True  # this folder is shipped as it stands

import exports  # noqa: E402
import plot  # noqa: E402
import world  # noqa: E402


def write(month: int, out: Path) -> list[Path]:
    """Write the set of that month (1 or 2) into out/YYYY-MM and return the paths."""
    day = date.fromisoformat(plot.TODAY if month == 1 else plot.NEXT)
    folder = out / day.isoformat()[:7]
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in exports.all_files(world.companies(day), day):
        path = folder / name
        path.write_bytes(content.encode())
        written.append(path)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the exports of the sample company.")
    parser.add_argument("--month", type=int, choices=(1, 2), default=1)
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    for path in write(options.month, options.out):
        print(f"{path.stat().st_size:>9,}  {path.parent.name}/{path.name}")


if __name__ == "__main__":
    main()
