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

import cs_cli

PEER = [sys.executable, "-c", "import typer, sqlite3"]
TARGET = 1.6
# every command that only reads
READ = (
    "accounts list", "accounts show Pellworm", "cases list", "cases show c7", "contacts list", "contracts list",
    "escalations list", "escalations show c7", "explain Pellworm arr", "facts list", "facts show arr", "health list",
    "health show Pellworm", "imports list", "imports show 1", "imports rejects 1", "log list", "metrics mrr",
    "metrics movements", "metrics retention", "playbooks list", "remind list", "renewals list",
    "renewals show Pellworm", "renewals forecast", "report account Pellworm", "report escalations", "report handover",
    "report renewals", "report requests", "report weekly", "segments list", "segments show tier=A",
    "sources list", "sources show stripe_subscriptions", "tasks list", "today",
)  # fmt: skip
# those that compare, match or look back anew each time
WORK = (
    "accounts match", "check", "health changes --since 4w", "playbooks report", "segments changes --since 4w",
    "segments history Pellworm", "segments stages",
)  # fmt: skip


def cpu(words: list[str], env: dict[str, str]) -> float:
    """User plus system seconds of one child process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    assert done.returncode in (0, 1), words  # 1: cs check has found something
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def instructions(words: list[str], env: dict[str, str]) -> float:
    """Millions of instructions of one run, counted by valgrind: the same on a busy machine."""
    counted = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", *words]
    told = subprocess.run(counted, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, text=True)
    line = next(line for line in told.stderr.splitlines() if "I " in line and "refs" in line)
    return float(line.rpartition(":")[2].replace(",", "")) / 1e6


def main() -> None:
    """`startup.py [ROUNDS]`: CPU time; `startup.py count`: instructions, where valgrind is installed."""
    counting = sys.argv[1:] == ["count"]
    rounds = 1 if counting else int(sys.argv[1]) if len(sys.argv) > 1 else 15
    # both sides run from compiled files, as after an installation
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONHASHSEED"] = "0"
    package = os.path.dirname(os.path.abspath(cs_cli.__file__))
    subprocess.run([sys.executable, "-m", "compileall", "-q", package], check=True, env=env)
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        program = [sys.executable, "-m", "cs_cli"]
        subprocess.run(
            [*program, "demo", str(demo)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env
        )
        env["CS_WORKSPACE"] = str(demo)
        unit = "million instructions" if counting else f"ms of CPU, medians of {rounds}"
        print(f"{'command':36} {'cs':>8} {'peer':>8} {'ratio':>6}   ({unit}; target {TARGET})")
        measure = instructions if counting else lambda words, env: cpu(words, env) * 1000
        measure(PEER, env)
        for command in (*READ, *WORK):
            words = [*program, *command.split(), "-f", "json"]
            cpu(words, env)
            pairs = [(measure(words, env), measure(PEER, env)) for _ in range(rounds)]
            ours = statistics.median(pair[0] for pair in pairs)
            peer = statistics.median(pair[1] for pair in pairs)
            over = "" if ours <= TARGET * peer else "  works it out" if command in WORK else "  over"
            print(f"cs {command:33} {ours:8.0f} {peer:8.0f} {ours / peer:6.2f}{over}")


if __name__ == "__main__":
    main()
