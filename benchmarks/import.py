"""`cs import` of a million invoices against `sqlite3 .import` and `sqlite-utils insert --csv`, in one run.

Run: python benchmarks/import.py [ROWS] [--peak-only].
Every figure is a whole process: user + system CPU and wall time of the child, and its peak memory. `.import`
and the first `cs import` alternate, and the middle one of each counts, because machines change their pace;
sqlite-utils, which takes a minute, runs once in their midst.
The peers do less (text in, no types, no keys, no provenance, no way back), so the first is a floor, not a rival.
Targets: at most 4 x .import, at least 8 x faster than sqlite-utils, under 200 MB, again under 0.1 x.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from data import write_accounts, write_invoices

ROUNDS = 5
CS = [sys.executable, "-m", "cs_cli"]


@dataclass(frozen=True)
class Cost:
    """What one child process cost: seconds of CPU and of wall clock, peak resident megabytes."""

    cpu: float
    wall: float
    peak: float


def measure(words: list[str], cwd: Path, stdin: str | None = None) -> Cost:
    """Run a command to its end; raises when it fails."""
    began = time.perf_counter()
    child = subprocess.Popen(
        words, cwd=cwd, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if stdin:
        assert child.stdin is not None
        child.stdin.write(stdin.encode())
        child.stdin.close()
    assert child.stderr is not None
    said = child.stderr.read().decode()
    child.stderr.close()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(words)} gave {child.returncode}\n{said}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10  # ru_maxrss: bytes on macOS, KiB elsewhere
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / unit)


def workspace(root: Path, accounts: Path) -> list[str]:
    """A fresh workspace that knows the accounts; gives the command line that works in it."""
    cs = [*CS, "-w", str(root)]
    answers = ["--company", "Bench", "--currency", "USD", "--zone", "UTC", "--name", "B", "--email", "b@bench.example"]
    measure([*CS, "init", str(root), *answers], root.parent)
    measure([*cs, "import", str(accounts)], root.parent)
    return cs


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    rows = int(words[0]) if words else 1_000_000
    with tempfile.TemporaryDirectory(prefix="cs-bench-") as folder:
        root = Path(folder)
        invoices, accounts = root / "invoices.csv", root / "accounts.csv"
        write_invoices(invoices, rows)
        write_accounts(accounts)
        size = invoices.stat().st_size / (1 << 20)
        print(f"{rows:,} invoices, 8 columns, {size:.0f} MB")
        cs = workspace(root / "desk", accounts)
        peers = "--peak-only" not in sys.argv
        costs: dict[str, Cost] = {}
        floors, ours = list[Cost](), list[Cost]()
        for n in range(ROUNDS):
            if peers and shutil.which("sqlite3"):
                plain = root / f"plain{n}.db"
                floors.append(measure(["sqlite3", str(plain)], root, f".mode csv\n.import {invoices} invoice\n"))
                plain.unlink()
            shutil.copytree(root / "desk", root / f"desk{n}")
            cs[-1] = str(root / f"desk{n}")
            ours.append(measure([*cs, "import", str(invoices)], root))
            if peers and n == ROUNDS // 2:
                utils = [sys.executable, "-m", "sqlite_utils", "insert", str(root / "utils.db")]
                costs["sqlite-utils insert"] = measure([*utils, "invoice", str(invoices), "--csv"], root)
        if floors:
            costs["sqlite3 .import"] = middle(floors)
        costs["cs import"] = middle(ours)
        costs["cs import, same bytes"] = measure([*cs, "import", str(invoices)], root)
        write_changed(invoices)
        costs["cs import, 1 row new"] = measure([*cs, "import", str(invoices)], root)
        report(costs)


def middle(costs: list[Cost]) -> Cost:
    """The one whose CPU time is the median."""
    return sorted(costs, key=lambda cost: cost.cpu)[len(costs) // 2]


def write_changed(path: Path) -> None:
    """One more row at the end: all others are known."""
    with path.open("a", encoding="utf-8") as out:
        out.write("INV-NEW,ACC-00001,2026-01-05,2026-02-04,,10.00,USD,open\n")


def report(costs: dict[str, Cost]) -> None:
    print(f"{'':24} {'CPU s':>8} {'wall s':>8} {'peak MB':>8}")
    for name, cost in costs.items():
        print(f"{name:24} {cost.cpu:8.2f} {cost.wall:8.2f} {cost.peak:8.0f}")
    ours = costs["cs import"]
    print()
    if "sqlite3 .import" in costs:
        floor = costs["sqlite3 .import"]
        print(f"cs import / .import          CPU {ours.cpu / floor.cpu:5.2f} x   wall {ours.wall / floor.wall:5.2f} x"
              "   (target: at most 4)")
    if "sqlite-utils insert" in costs:
        slow = costs["sqlite-utils insert"]
        print(f"sqlite-utils / cs import     CPU {slow.cpu / ours.cpu:5.2f} x   wall {slow.wall / ours.wall:5.2f} x"
              "   (target: at least 8)")
    again = costs["cs import, same bytes"]
    print(f"same bytes again / first     CPU {again.cpu / ours.cpu:5.3f} x   wall {again.wall / ours.wall:5.3f} x"
          "   (target: under 0.1)")
    print(f"peak memory of cs import     {ours.peak:.0f} MB                    (target: under 200)")


if __name__ == "__main__":
    main()
