"""CPU of fast commands on the demo workspace, as ratios to `python -c "import typer, sqlite3"` in the same run.

Run: make bench. Runs alternate between the command and its peer, so that noise of the machine hits both;
the figure is the ratio of medians of user + system time of the child processes. Target: at most 1.6.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PEER = [sys.executable, "-c", "import typer, sqlite3"]
COMMANDS = [
    ["accounts", "list"], ["health", "list"], ["escalations", "list"], ["renewals", "list"], ["cases", "list"],
    ["tasks", "list"], ["imports", "list"], ["facts", "list"], ["segments", "list"], ["playbooks", "list"], ["today"],
]


def cpu(words: list[str], env: dict[str, str]) -> float:
    """User plus system seconds of one child process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        program = [sys.executable, "-m", "cs_cli"]
        subprocess.run([*program, "demo", str(demo)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        env = {**os.environ, "CS_WORKSPACE": str(demo)}
        print(f"{'command':28} {'cs ms':>8} {'peer ms':>8} {'ratio':>6}   ({rounds} rounds, medians)")
        for command in COMMANDS:
            words = [*program, *command, "-f", "json"]
            cpu(words, env)
            pairs = [(cpu(words, env), cpu(PEER, env)) for _ in range(rounds)]
            ours = statistics.median(pair[0] for pair in pairs)
            peer = statistics.median(pair[1] for pair in pairs)
            print(f"cs {' '.join(command):25} {ours * 1000:8.0f} {peer * 1000:8.0f} {ours / peer:6.2f}")


if __name__ == "__main__":
    main()
