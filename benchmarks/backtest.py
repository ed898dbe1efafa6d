"""What a 180-day backtest of 1,000 accounts costs, and what it finds in planted data and in noise.

    python benchmarks/backtest.py [ACCOUNTS]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from backtest_data import LAST, write_company


def cs(workspace: Path, *words: object) -> tuple[str, float, float]:
    """stdout, CPU seconds and wall seconds of one command."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "cs_cli", "-w", str(workspace), *map(str, words)], capture_output=True, text=True
    )
    after, passed = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - wall
    if done.returncode not in (0, 3):
        sys.exit(done.stderr[:2000])
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, passed


def main(accounts: int) -> None:
    for signal in (True, False):
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            desk = folder / "desk"
            subprocess.run(
                [sys.executable, "-m", "cs_cli", "init", desk, "--company", "Bench", "--currency", "USD", "--zone",
                 "UTC", "--name", "Robin", "--email", "r@bench.example"], check=True, capture_output=True,
            )  # fmt: skip
            with open(desk / "cs.yaml", "a", encoding="utf-8") as file:
                file.write(f'\ntoday: "{LAST}"\n')
            _, cpu, wall = cs(desk, "import", *write_company(folder, accounts, signal=signal), "--yes")
            title = "planted signal" if signal else "noise"
            print(f"{title}: import of {accounts:,} accounts: {cpu:.1f} s CPU, {wall:.1f} s")
            for step in (7, 1) if signal else (7,):
                out, cpu, wall = cs(desk, "health", "backtest", "--horizon", 90, "--step", step, "-f", "json")
                found = json.loads(out)
                auc = found.get("auc")
                told = f"AUC {auc['value']} ({auc['low']} to {auc['high']})" if auc else "no AUC"
                print(
                    f"  180 days back, step {step}: {found['days']} days, {found['n']:,} account-days, "
                    f"{found['churns']} churns, {told}: {cpu:.1f} s CPU, {wall:.1f} s"
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
