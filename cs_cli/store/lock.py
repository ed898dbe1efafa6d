"""One unattended run at a time, and a dead one never blocks the next.

The lock is an flock on a file, which the kernel drops with the process; the text in the file
only tells who holds it. It is never deleted: deleting would let two hold "the" lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from cs_cli.base.errors import Busy, DatabaseUnusable
from cs_cli.base.files import private_dir


@contextmanager
def run_lock(
    path: str | os.PathLike[str], command: str = "cs", *, wait_seconds: float = 0.0
) -> Iterator[None]:
    """Hold the lock for the block. path: the workspace's folder (its .cs/run.lock) or a lock file.

    Raises Busy STO-008, naming the holder, when another process has it after wait_seconds.
    """
    name = os.fspath(path)
    if os.path.isdir(name):
        name = os.path.join(private_dir(os.path.join(name, ".cs")), "run.lock")
    try:
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise DatabaseUnusable.of(
            "STO-006",
            f"the lock cannot be made: {fault.strerror}",
            file=name,
            next="make the folder writable and try again",
        ) from fault
    try:
        os.fchmod(handle, 0o600)
        _take(handle, name, wait_seconds)
        holder = f"pid {os.getpid()}, {command}, since {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n"
        os.ftruncate(handle, 0)
        os.pwrite(handle, holder.encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _take(handle: int, name: str, wait_seconds: float) -> None:
    until = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip() or "another cs"
                raise Busy.of(
                    "STO-008",
                    f"another cs is running ({holder})",
                    file=name,
                    next="wait for it to end; it holds nothing after that",
                ) from None
            time.sleep(0.1)
