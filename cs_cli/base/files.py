"""Files are written whole or not at all, readable by their owner only."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cs_cli.base.errors import OutputNotWritten

OWN_FOLDER = ".cs"  # locks, caches and copies of a workspace
JOURNALS = ("-wal", "-shm", "-journal")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)


def write_whole(path: str | os.PathLike[str], data: bytes, mode: int = 0o600) -> None:
    """Write data so that path holds either the old or the new bytes, whatever happens.

    A temporary file beside it is written, synced and renamed over it. A symbolic link is
    refused rather than followed or replaced; a device or pipe (`/dev/stdout`) is written to
    directly. Raises OutputNotWritten: OUT-001 the folder, OUT-002 the disk or permission,
    OUT-003 something that is no plain file stands there.
    """
    target = os.fspath(path)
    if _is_stream(target):
        _guarded(target, lambda: _into_stream(target, data))
        return
    if os.path.islink(target):
        raise OutputNotWritten.of(
            "OUT-003",
            "the output is a symbolic link, which is not followed",
            file=target,
            next="give the path of the file itself",
        )
    if os.path.isdir(target):
        raise OutputNotWritten.of("OUT-003", "the output is a folder", file=target, next="name a file in it")
    folder = os.path.dirname(target) or "."
    if not os.path.isdir(folder):
        raise OutputNotWritten.of(
            "OUT-001", "the folder of the output does not exist", file=target, next=f"mkdir -p {folder}"
        )
    _guarded(target, lambda: _replace(target, folder, data, mode))


def keep_ours(path: str | os.PathLike[str]) -> None:
    """Refuses an output that would replace a database, its journal, a definition, or what lies in .cs/.
    OutputNotWritten OUT-004."""
    target = os.fspath(path)
    what = None
    if OWN_FOLDER in os.path.abspath(target).split(os.sep)[:-1]:
        what = "what cs keeps for itself"
    elif any(target.endswith(end) and _is_database(target.removesuffix(end)) for end in JOURNALS):
        what = "the journal of a database"
    elif _is_database(target):
        what = "a database"
    elif target.endswith((".yaml", ".yml")) and os.path.exists(target):
        what = "a definition"
    if what is not None:
        raise OutputNotWritten.of(
            "OUT-004", f"the output would replace {what}", file=target, next="choose another place with -o"
        )


def _is_database(path: str) -> bool:
    try:
        with open(path, "rb") as there:
            return there.read(16) == b"SQLite format 3\0"
    except OSError:
        return False  # nothing there, or nothing readable: writing it says what is wrong


def _is_stream(target: str) -> bool:
    try:
        kind = os.stat(target).st_mode
    except OSError:
        return False
    return stat.S_ISCHR(kind) or stat.S_ISFIFO(kind)


def _into_stream(target: str, data: bytes) -> None:
    with open(target, "wb") as stream:
        stream.write(data)


def _replace(target: str, folder: str, data: bytes, mode: int) -> None:
    temporary = os.path.join(folder, f".{os.path.basename(target)[:80]}.{os.urandom(6).hex()}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
        os.replace(temporary, target)
    except BaseException:
        # also on Ctrl-C: no half file is left behind
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Make a rename in the folder survive a power cut, where the file system can."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as fault:
        if fault.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems cannot sync folders
            raise
    finally:
        os.close(handle)


def _guarded(target: str, write: Callable[[], None]) -> None:
    try:
        write()
    except OSError as fault:
        what = f"the output could not be written: {fault.strerror or fault}"
        raise OutputNotWritten.of("OUT-002", what, file=target, next=_room(target, fault)) from fault


def _room(target: str, fault: OSError) -> str | None:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"make room ({free_space(os.path.dirname(target) or '.')} free) and run the command again"
    return "choose another place with -o"


def free_space(folder: str | os.PathLike[str]) -> str:
    """The free space of the folder's disk for people: "1.2 GB", or "unknown"."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return "unknown"
    size = float(disk.f_bavail * disk.f_frsize)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def private_dir(path: str | os.PathLike[str]) -> Path:
    """The folder, made with its parents where missing, mode 0700. OutputNotWritten OUT-001."""
    folder = Path(path)
    try:
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError as fault:
        raise OutputNotWritten.of(
            "OUT-001", f"the folder cannot be used: {fault.strerror or fault}", file=str(folder)
        ) from fault
    return folder


def file_slug(name: str) -> str:
    """A file name for any text: lower-case ASCII letters, digits and hyphens, at most 57 characters.

    A name that had to be changed gets eight digits of its SHA-256, so two accounts never share
    a file: "acme" stays "acme", "../Acme" is "acme-1b2c3d4e".
    """
    from hashlib import sha256
    from unicodedata import normalize

    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else "-" for c in plain).split("-")
    slug = "-".join(word for word in words if word)[:48].strip("-")
    if slug and slug == name and slug not in _RESERVED:
        return slug
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug}-{digest}" if slug else digest
