"""`cs playbooks edit`: the person's editor opens the file; then it is checked, its examples run, its effect shown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import Cs

BOOK = """\
playbook: late
about: Somebody has to call
when: overdue_days > 15
owner: csm
examples:
  - {name: late, facts: {overdue_days: 20}, expect: {state: open}}
"""


@pytest.fixture
def edit(cs: Cs, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """edit(old, new, …, typed=""): the editor replaces old by new, one pair each time it is opened."""
    path = demo / "playbooks" / "late.yaml"
    path.write_text(BOOK)
    opened = tmp_path / "opened.txt"
    script = tmp_path / "my editor.py"
    script.write_text(
        "import pathlib, sys\n"
        f"count = pathlib.Path({str(opened)!r}); n = len(count.read_text()) if count.exists() else 0\n"
        "count.write_text('x' * (n + 1))\n"
        f"pairs = eval(pathlib.Path({str(tmp_path / 'pairs.txt')!r}).read_text())\n"
        "file = pathlib.Path(sys.argv[-1])\n"
        "assert sys.argv[1:-1] == ['--wait'], sys.argv\n"
        "text = file.read_text()\n"
        "if n < len(pairs):\n"
        "    assert pairs[n][0] in text\n"
        "    file.write_text(text.replace(*pairs[n]))\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} '{script}' --wait")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr("cs_cli.commands.playbooks_files._terminal", lambda: True)

    def run(*pairs: tuple[str, str], typed: str = ""):  # type: ignore[no-untyped-def]
        (tmp_path / "pairs.txt").write_text(repr(pairs))
        done = cs("-w", demo, "playbooks", "edit", "late", stdin=typed)
        return done, len(opened.read_text()), path.read_text()

    return run


def test_a_valid_edit_is_checked_tested_and_previewed(edit) -> None:  # type: ignore[no-untyped-def]
    done, opened, text = edit(("overdue_days > 15", "overdue_days > 10"))
    assert (done.code, opened) == (0, 1), done.err
    assert "overdue_days > 10" in text
    assert "no faults" in done.err
    assert "all hold" in done.err
    assert "late" in done.out  # the preview: what would open, account by account
    assert "open" in done.out


def test_an_unchanged_file_is_nothing(edit) -> None:  # type: ignore[no-untyped-def]
    done, opened, text = edit()
    assert (done.code, done.out, opened, text) == (0, "", 1, BOOK)
    assert done.err == "nothing was changed\n"


def test_a_broken_edit_is_told_with_its_line_and_can_be_gone_on_with(edit) -> None:  # type: ignore[no-untyped-def]
    done, opened, text = edit(
        ("overdue_days > 15", "overdue_dayz > 15"), ("overdue_dayz", "overdue_days"), ("no such text", ""), typed="y\n"
    )
    assert (done.code, opened) == (0, 2), done.err
    assert "error[DEF-041]" in done.err
    assert "playbooks/late.yaml:3:7" in done.err
    assert "Edit again?" in done.err
    assert text == BOOK


@pytest.mark.parametrize("typed", ["n\n", ""])
def test_a_broken_edit_can_be_left_and_is_kept(edit, typed: str) -> None:  # type: ignore[no-untyped-def]
    done, opened, text = edit(("overdue_days > 15", "overdue_dayz > 15"), typed=typed)
    assert (done.code, opened, done.out) == (12, 1, "")
    assert done.err.count("playbooks/late.yaml:3:7") == 1
    assert "overdue_dayz" in text


def test_an_edit_that_breaks_an_example_is_told_with_1(edit) -> None:  # type: ignore[no-untyped-def]
    done, _, _ = edit(("overdue_days > 15", "overdue_days > 25"), typed="n\n")
    assert done.code == 1
    assert "expected open, got quiet" in done.err
