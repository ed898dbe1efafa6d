"""`cs run` at growing size, against a plain pandas script of the same facts, and how its time grows.

Run: python benchmarks/run.py [SIZE …]; default 1000 10000 100000 accounts with 24 usage rows each and 50
playbooks. Set PANDAS_PYTHON to an interpreter that has pandas (python -m venv V; V/bin/pip install pandas);
without it only the growth is measured. Targets: pandas ÷ cs at least 2 at 100,000 accounts; the exponent
of the time from the smallest to the largest size at most 1.1.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from run_data import TODAY, fill, write_playbooks

PEER = Path(__file__).with_name("pandas_facts.py")


def cpu(words: list[str], codes: tuple[int, ...] = (0,)) -> float:
    """User plus system seconds of a child process that ends with one of these codes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 10_000, 100_000]
    pandas = os.environ.get("PANDAS_PYTHON")
    program = [sys.executable, "-m", "cs_cli"]
    took: dict[int, float] = {}
    print(f"{'accounts':>9} {'cs run s':>9} {'pandas s':>9} {'pandas ÷ cs':>12}   (CPU)")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            root = Path(folder) / str(size)
            subprocess.run(
                [*program, "init", str(root), "--company", "Bench", "--currency", "EUR", "--timezone", "UTC",
                 "--name", "Sam Doe", "--email", "sam@example.com"],
                check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            settings = root / "cs.yaml"
            settings.write_text(settings.read_text(encoding="utf-8") + f"\ntoday: {TODAY}\n", encoding="utf-8")
            write_playbooks(root / "playbooks")
            fill(root / "cs.db", size)
            subprocess.run([*program, "-w", str(root), "playbooks", "list"], check=True, stdout=subprocess.DEVNULL)
            took[size] = cpu([*program, "-w", str(root), "run"], (0, 3))  # 3: a playbook met its limit
            peer = cpu([pandas, str(PEER), str(root / "cs.db"), TODAY.isoformat()]) if pandas else None
            told = f"{peer:9.2f} {peer / took[size]:12.2f}" if peer is not None else f"{'-':>9} {'-':>12}"
            print(f"{size:9} {took[size]:9.2f} {told}", flush=True)
    if len(sizes) > 1:
        first, last = sizes[0], sizes[-1]
        grew = math.log(took[last] / took[first]) / math.log(last / first)
        print(f"time grows as n^{grew:.2f} from {first} to {last} accounts (target 1.1)")


if __name__ == "__main__":
    main()
