"""Kills `cs remind` at every network and ledger call, runs it again, and tells what arrived. A process of its own.

usage: kill_driver.py WORKSPACE KIND POLICY SCRATCH; prints one JSON line per point:
{"point", "where", "killed", "arrived", "second", "states"}.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import yaml  # noqa: E402

from tests.deliver import receivers  # noqa: E402

KILLED = 9


class Points:
    """Counts the calls worth dying at, and dies at one of them: before it, or right after it."""

    def __init__(self, at: int, note: Path) -> None:
        self.at, self.count, self.note = at, 0, note

    def pass_by(self, where: str) -> None:
        if self.count == self.at:
            self.note.write_text(where)
            os._exit(KILLED)
        self.count += 1

    def wrap(self, holder: Any, name: str) -> None:
        inner: Callable[..., Any] = getattr(holder, name)

        def outer(*args: Any, **kwargs: Any) -> Any:
            self.pass_by(f"before {name}")
            result = inner(*args, **kwargs)
            self.pass_by(f"after {name}")
            return result

        setattr(holder, name, outer)


PLAIN = socket.socket


class Socket(PLAIN):
    """A socket whose calls are points."""

    points: Points

    def _pass(self, name: str, *args: Any) -> Any:
        Socket.points.pass_by(f"before {name}")
        result = getattr(PLAIN, name)(self, *args)
        Socket.points.pass_by(f"after {name}")
        return result

    def connect(self, *args: Any) -> Any:
        return self._pass("connect", *args)

    def send(self, *args: Any) -> Any:
        return self._pass("send", *args)

    def sendall(self, *args: Any) -> Any:
        return self._pass("sendall", *args)

    def recv(self, *args: Any) -> Any:
        return self._pass("recv", *args)


def remind(workspace: Path, points: Points | None) -> None:
    """One run in this process; leaves it with the run's exit code."""
    from cs_cli.app import run
    from cs_cli.deliver import guard, ledger

    if points is not None:
        Socket.points = points
        socket.socket = Socket  # type: ignore[misc, assignment]
        for name in ("begin", "finish", "enrol", "recover"):
            points.wrap(ledger, name)
        points.wrap(guard, "mark")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = run(["-w", str(workspace), "remind", "-q"])
    os._exit(code)


def forked(workspace: Path, points: Points | None) -> int:
    child = os.fork()
    if child == 0:
        remind(workspace, points)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def states(workspace: Path) -> list[str]:
    import sqlite3

    conn = sqlite3.connect(workspace / "cs.db")
    try:
        return [row[0] for row in conn.execute("SELECT state FROM delivery ORDER BY id")]
    finally:
        conn.close()


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


def main(workspace: Path, kind: str, policy: str, scratch: Path) -> None:
    os.environ["SIGN"] = "key"
    import httpx  # noqa: F401


    serve = receivers.mail() if kind == "email" else receivers.web()
    with serve as receiver:
        settings = yaml.safe_load((workspace / "cs.yaml").read_text())
        settings["channels"] = {"team": channel(kind, receiver.port, policy)}
        (workspace / "cs.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
        arrived = receiver.accepted if isinstance(receiver, receivers.Mail) else receiver.requests
        for point in range(10_000):
            folder, note = scratch / f"{point}", scratch / f"{point}.txt"
            shutil.copytree(workspace, folder)
            del arrived[:]
            first = forked(folder, Points(point, note))
            between = list(arrived)
            second = forked(folder, None)
            found = {
                "point": point,
                "where": note.read_text() if note.exists() else "",
                "killed": first == KILLED,
                "before": len(between),
                "arrived": len(arrived),
                "first": first,
                "second": second,
                "states": states(folder),
                "marked": [b"may be a repeat" in _text(one) for one in arrived],
            }
            print(json.dumps(found), flush=True)
            shutil.rmtree(folder)
            if first != KILLED:
                return


def _text(one: Any) -> bytes:
    raw = one[2] if isinstance(one, tuple) else one
    return bytes(raw).replace(b"=\r\n", b"").replace(b'"may_be_a_repeat": true', b"may be a repeat")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]))
