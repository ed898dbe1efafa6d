"""Kills `cs remind` at every network call and every write to the database, runs it again, and tells what arrived.

A process of its own: it loads everything once, and each run is a fork of it. A receiver on loopback takes
what is sent.

usage: kill_driver.py WORKSPACE KIND POLICY SCRATCH step|delivery; the step is the day's playbooks, up to the
first row of the ledger; for the delivery they have been run already. Prints one JSON line per point: {point,
where, killed, at_death (the states of messages as the dead left them), arrived, second (exit code), states,
listed (what `cs remind list` shows where the second run was not done), marked}.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import shutil
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import yaml  # noqa: E402

from tests.deliver import receivers  # noqa: E402

KILLED = 9
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Points:
    """Counts the calls worth dying at, and dies at one of them: before it, or right after it.

    at: the number of the call; below zero nobody dies, and the calls are noted down.
    """

    def __init__(self, at: int, note: Path, tables: frozenset[str]) -> None:
        self.at, self.count, self.note, self.tables = at, 0, note, tables

    def pass_by(self, where: str) -> None:
        if self.at < 0:
            with self.note.open("a") as note:
                note.write(where + "\n")
        if self.count == self.at:
            self.note.write_text(where)
            os._exit(KILLED)
        self.count += 1

    def watch(self, conn: sqlite3.Connection) -> None:
        """Every statement that writes is a point; after one is before the next, since nothing else leaves between."""

        def statement(sql: str) -> None:
            words = sql.partition("(")[0].split(None, 6)
            if words[0] in ("BEGIN", "COMMIT") or (words[0] in WRITES and self.tables.intersection(words)):
                self.pass_by(f"before {' '.join(words[:3])}")

        conn.set_trace_callback(statement)


PLAIN = socket.socket


class Socket(PLAIN):
    """A socket whose calls are points."""

    points: Points

    def _pass(self, name: str, *args: Any) -> Any:
        said = bytes(args[0][:4]).decode("latin-1") if name.startswith("send") else ""
        where = f"{name} {said}" if said.isalpha() else name  # the verb of a protocol, not the text
        Socket.points.pass_by(f"before {where}")
        result = getattr(PLAIN, name)(self, *args)
        Socket.points.pass_by(f"after {where}")
        return result

    def connect(self, *args: Any) -> Any:
        return self._pass("connect", *args)

    def send(self, *args: Any) -> Any:
        return self._pass("send", *args)

    def sendall(self, *args: Any) -> Any:
        return self._pass("sendall", *args)

    def recv(self, *args: Any) -> Any:
        return self._pass("recv", *args)

    def recv_into(self, *args: Any) -> Any:
        # smtplib reads through a file on the socket, which reads like this
        return self._pass("recv_into", *args)


def remind(workspace: Path, points: Points | None) -> None:
    """One run in this process; leaves it with the run's exit code."""
    from cs_cli.app import run
    from cs_cli.deliver import guard
    from cs_cli.store import connection

    if points is not None:
        Socket.points = points
        socket.socket = Socket  # type: ignore[misc, assignment]
        connect, write = connection._connect, guard.write_whole

        def watched(name: str, writing: bool) -> sqlite3.Connection:
            conn = connect(name, writing)
            points.watch(conn)
            return conn

        def noted(*args: Any) -> None:
            points.pass_by("before the heartbeat file")
            write(*args)
            points.pass_by("after the heartbeat file")

        connection._connect = watched
        guard.write_whole = noted
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = run(["-w", str(workspace), "remind", "-q"])
    os._exit(code)


def forked(workspace: Path, points: Points | None) -> int:
    child = os.fork()
    if child == 0:
        remind(workspace, points)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def states(workspace: Path, table: str) -> list[str]:
    conn = sqlite3.connect(workspace / "cs.db")
    try:
        return [row[0] for row in conn.execute(f"SELECT state FROM {table} ORDER BY id")]
    finally:
        conn.close()


def listed(workspace: Path) -> list[str]:
    """The states that `cs remind list` shows a person."""
    from cs_cli.app import run

    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(out):
        assert run(["-w", str(workspace), "remind", "list", "-f", "json"]) == 0
        out.flush()
    return [row["state"] for row in json.loads(out.buffer.getvalue())]  # type: ignore[attr-defined]


def channel(kind: str, port: int, policy: str) -> dict[str, Any]:
    if kind == "email":
        own = {
            "kind": "smtp",
            "host": "localhost",
            "port": port,
            "from": "cs@testco.example",
            "allow_insecure_localhost": True,
        }
    else:
        key = "webhook" if kind == "slack" else "url"
        own = {"kind": kind, key: f"http://localhost:{port}/hook", "allow_localhost_http": True}
        if kind == "webhook":
            own["secret"] = "${SIGN}"
    return {**own, "on_unknown": policy}


def quietly(*words: str) -> None:
    from cs_cli.app import run

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert run(list(words)) == 0, words


def lasting(workspace: Path) -> frozenset[str]:
    """The tables whose loss would be seen: not a day's working tables, not the cache of its scores."""
    conn = sqlite3.connect(workspace / "cs.db")
    try:
        found = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'score%'")
        return frozenset(name for (name,) in found)
    finally:
        conn.close()


def main(workspace: Path, kind: str, policy: str, scratch: Path, part: str) -> None:
    from cs_cli.scoring import cache

    os.environ["SIGN"] = "key"
    cache.TRENDS_UP_TO = 0  # nobody looks at thirteen weeks of scores here
    serve = receivers.mail() if kind == "email" else receivers.web()
    with serve as receiver:
        settings = yaml.safe_load((workspace / "cs.yaml").read_text())
        settings["channels"] = {"team": channel(kind, receiver.port, policy)}
        (workspace / "cs.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
        if part == "delivery":
            quietly("-w", str(workspace), "run")
        tables = lasting(workspace)
        # a run here loads, once, everything that a run loads
        shutil.copytree(workspace, scratch / "first")
        quietly("-w", str(scratch / "first"), "remind", "-q")
        shutil.copytree(workspace, scratch / "whole")
        assert forked(scratch / "whole", Points(-1, scratch / "whole.txt", tables)) == 0
        calls = (scratch / "whole.txt").read_text().splitlines()
        arrived = receiver.accepted if isinstance(receiver, receivers.Mail) else receiver.requests
        gc.freeze()  # the forks share the memory of what is loaded
        # a policy decides what follows on doubt alone: what comes before any is swept once, under hold
        begin = "before INSERT INTO message" if policy == "resend" else ""
        for point in range(calls.index(begin) if begin else 0, 10_000):
            folder, note = scratch / f"{point}", scratch / f"{point}.txt"
            shutil.copytree(workspace, folder, ignore=shutil.ignore_patterns("exports"))
            del arrived[:]
            first = forked(folder, Points(point, note, tables))
            left = states(folder, "message")
            second = forked(folder, None)
            found = {
                "point": point,
                "where": note.read_text() if note.exists() else "",
                "killed": first == KILLED,
                "first": first,
                "at_death": left,
                "arrived": len(arrived),
                "second": second,
                "states": states(folder, "delivery"),
                "listed": listed(folder) if second else [],
                "marked": [b"may be a repeat" in _text(one) for one in arrived],
            }
            print(json.dumps(found), flush=True)
            shutil.rmtree(folder)
            if first != KILLED or (part == "step" and "delivery" in found["where"]):
                return


def _text(one: Any) -> bytes:
    raw = one[2] if isinstance(one, tuple) else one
    return bytes(raw).replace(b"=\r\n", b"").replace(b'"may_be_a_repeat": true', b"may be a repeat")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]), sys.argv[5])
