"""Whole-file writes: old or new, private, never through a link."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_cli.base.errors import OutputNotWritten
from cs_cli.base.files import file_slug, free_space, private_dir, write_whole


def test_written_privately_and_replaced(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_whole(tmp_path / "a.html", b"one")
        write_whole(tmp_path / "a.html", b"two")
        write_whole(tmp_path / "b.txt", b"", mode=0o640)
    finally:
        os.umask(before)
    assert (tmp_path / "a.html").read_bytes() == b"two"
    assert {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {"a.html": 0o600, "b.txt": 0o640}


@pytest.mark.parametrize("step", ["fsync", "replace", "fchmod"])
def test_a_fault_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OutputNotWritten, match="OUT-002") as stopped:
        write_whole(path, b"new")
    assert "free" in str(stopped.value.next)
    assert stopped.value.code == 14
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]
    assert path.read_bytes() == b"old"


def test_places_that_are_refused(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"precious")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name, ident in (("link", "OUT-003"), (".", "OUT-003"), ("no/such/file", "OUT-001")):
        with pytest.raises(OutputNotWritten, match=ident):
            write_whole(tmp_path / name, b"x")
    assert (tmp_path / "target").read_bytes() == b"precious"


def test_devices_and_pipes_are_written_to(tmp_path: Path) -> None:
    write_whole("/dev/null", b"x")
    assert not Path("/dev/null").is_file()
    with pytest.raises(OutputNotWritten, match="OUT-002"):
        write_whole("/dev/full", b"x" * 10_000)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"through")
    reader.join()
    assert got == [b"through"]


def test_private_folder(tmp_path: Path) -> None:
    made = private_dir(tmp_path / "a" / "b")
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o755)
    private_dir(made)
    assert made.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputNotWritten, match="OUT-001"):
        private_dir(tmp_path / "file" / "x")
    assert free_space("/no/such/place") == "unknown"


@pytest.mark.parametrize(
    "bad", ["../../x", "/etc/passwd", "CON", "a/b", "\x00", "x" * 300, ".", "..", "dot.", "", "é", "nul"]
)
def test_slugs_stay_in_the_folder(bad: str) -> None:
    slug = file_slug(bad)
    assert 1 <= len(slug) <= 57
    assert slug.replace("-", "").isalnum()
    assert slug.isascii()
    assert slug != bad


@given(st.text(max_size=20), st.text(max_size=20))
def test_slugs_differ(a: str, b: str) -> None:
    assert (file_slug(a) == file_slug(b)) == (a == b)
    assert file_slug("globex-2") == "globex-2"
