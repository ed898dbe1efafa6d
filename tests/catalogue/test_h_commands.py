"""The command line and what surrounds it: wrong words, closed pipes, odd locales, places that must not be written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.catalogue.desk import Desk
from tests.conftest import ROOT, run_cs

PLAIN = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}  # nor any cut short


def shell(line: str, desk: Desk, **env: str) -> subprocess.CompletedProcess[bytes]:
    """The line in a shell, with "cs" for the command in the desk and almost nothing in the environment."""
    command = f'"{sys.executable}" -m cs_cli -w "{desk.root}"'
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; cs() {{ {command} \"$@\"; }}; {line}"],
        cwd=desk.root, env=PLAIN | env, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def quiet(done: subprocess.CompletedProcess[bytes]) -> None:
    assert b"Traceback" not in done.stderr and b"BUG-001" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["acounts"], "accounts"),
        (["accounts", "lst"], "list"),
        (["accounts", "list", "--formt", "json"], "--format"),
        (["health", "list", "-f", "pdf"], "csv, html, json"),
        (["report", "weakly"], "weekly"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_h1_a_wrong_word_is_told_with_the_nearest(desk: Desk, words: list[str], said: str) -> None:
    done = desk.cs(*words)
    assert done.code == 2 and done.out == "" and said in done.err


def test_h2_an_account_is_never_picked_among_several(desk: Desk) -> None:
    rows = "".join(f"B{n},Numbered {n:02} Inc\n" for n in range(40))
    assert desk.cs("import", desk.file("more.csv", f"account_id,name\n{rows}".encode())).code == 0
    several, none = desk.cs("show", "numbered"), desk.cs("show", "Glbex")
    assert (several.code, none.code) == (2, 2) and several.out == none.out == ""
    assert len(re.findall(r"^ +\d+  B\d+", several.err, re.MULTILINE)) == 10 and "30 more" in several.err
    assert "Globex" in none.err


@pytest.mark.parametrize(
    "words",
    [
        ["accounts", "list", "--as-of", "31/02/2026"],
        ["accounts", "list", "--as-of", "2026-02-30"],
        ["accounts", "list", "--as-of", "9999999999d"],
        ["renewals", "list", "--within", "-1"],
        ["renewals", "list", "--within", "99999999999999999999"],
        ["imports", "undo", "99999999999999999999"],
        ["log", "undo", "99999999999999999999"],
        ["today", "done", "0"],
        ["cases", "close", "c99999999999999999999"],
        ["tasks", "done", "twelve"],
        ["metrics", "mrr", "--from", "2026-13", "--to", "2026-14"],
    ],
    ids=" ".join,
)
def test_h3_numbers_and_days_out_of_range(desk: Desk, words: list[str]) -> None:
    before = desk.dump()
    done = desk.cs(*words)
    assert done.code == 2 and done.out == "" and done.err
    assert desk.dump() == before


@pytest.mark.parametrize(
    "words",
    [
        ["cases", "close", "c1", "--playbook", "red-health", "--reason", "x"],
        ["report", "weekly", "--send", "team", "-o", "weekly.html"],
        ["escalate", "Acme", "--red", "a", "--amber", "b"],
    ],
    ids=" ".join,
)
def test_h4_flags_that_contradict(desk: Desk, words: list[str]) -> None:
    before = desk.dump()
    done = desk.cs(*words)
    assert done.code == 2 and done.out == ""
    assert desk.dump() == before


def test_h5_what_cannot_be_taken_back_asks_for_its_flag(desk: Desk) -> None:
    before = desk.dump()
    done = desk.cs("accounts", "forget", "Initech")
    assert done.code == 15 and "--yes" in done.err
    assert desk.dump() == before


def test_h6_interrupted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cs_cli.store.hand.append_row", stop)
    before = desk.dump()
    done = desk.cs("note", "Acme", "never kept")
    assert done.code == 130 and "nothing half done" in done.err
    assert desk.dump() == before


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("cs accounts list --all | head -1 > /dev/null", (0, 141)),
        ("cs accounts list >&-", (14,)),
        ("cs accounts list > /dev/full", (14,)),
        ("cs accounts list -f xlsx > /dev/full", (14,)),
        ("cs accounts list -o /dev/full", (14,)),
        ("cs accounts list 2>&- > /dev/null", (0,)),
        ("cs run >&- 2>&-", (0,)),
    ],
)
def test_h7_pipes_and_closed_streams(desk: Desk, line: str, codes: tuple[int, ...]) -> None:
    done = shell(line, desk)
    assert done.returncode in codes, done.stderr
    quiet(done)


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "tr_TR.UTF-8"},
        {"NO_COLOR": "1", "TERM": "dumb"},
        {"COLUMNS": "1"},
        {"COLUMNS": "abc"},
    ],
    ids=str,
)
def test_h8_odd_terminals(desk: Desk, env: dict[str, str]) -> None:
    done = shell("cs show Acme && cs accounts list", desk, **env)
    assert done.returncode == 0 and b"Acme" in done.stdout and b"\x1b" not in done.stdout
    quiet(done)


def test_h8_an_argument_that_is_no_text(desk: Desk) -> None:
    before = desk.dump()
    for words in (["show", "caf\udce9"], ["note", "Acme", "caf\udce9"]):
        done = desk.cs(*words)
        assert done.code == 2 and "error[USE-003]" in done.err, done.err
    assert desk.dump() == before
    path = os.fsencode(desk.root / "exports") + b"/caf\xe9.csv"
    Path(os.fsdecode(path)).write_bytes(b"account_id,name\nZ1,Zed\n")
    assert desk.cs("import", os.fsdecode(path)).code == 0


def test_h9_a_folder_that_is_gone_and_no_home(desk: Desk) -> None:
    gone = 'mkdir gone && cd gone && rmdir "$OLDPWD/gone" && '
    assert shell(gone + "cs accounts list", desk).returncode == 0
    lost = shell(gone + f'"{sys.executable}" -m cs_cli accounts list', desk)
    assert lost.returncode == 2 and b"CFG-001" in lost.stderr
    quiet(lost)
    assert shell("umask 0; cs note Acme hello", desk, HOME="").returncode == 0
    assert {path.stat().st_mode & 0o077 for path in desk.root.rglob("*") if not path.is_dir()} == {0}


@pytest.mark.parametrize("limit", ["ulimit -n 16", "ulimit -v 400000"])
def test_h11_little_room(desk: Desk, limit: str) -> None:
    done = shell(f"{limit}; cs accounts list -f json", desk)
    assert done.returncode == 0 and b"Acme" in done.stdout
    quiet(done)


def test_h12_places_that_are_not_written(desk: Desk) -> None:
    root = desk.root
    (root / "elsewhere.txt").write_text("mine")
    (root / "link.csv").symlink_to(root / "elsewhere.txt")
    kept = {name: (root / name).read_bytes() for name in ("cs.db", "cs.yaml", "elsewhere.txt")}
    for place, ident in [
        ("cs.db", "OUT-004"), ("cs.yaml", "OUT-004"), ("playbooks", "OUT-003"), ("link.csv", "OUT-003"),
        ("cs.db-wal", "OUT-004"), ("cs.db-shm", "OUT-004"), ("cs.db-journal", "OUT-004"), (".cs/lock", "OUT-004"),
        (".cs/new.csv", "OUT-004"), ("nowhere/x.csv", "OUT-001"),
    ]:  # fmt: skip
        done = desk.cs("accounts", "list", "-f", "csv", "-o", root / place)
        assert done.code == 14 and f"error[{ident}]" in done.err and place in done.err
    assert {name: (root / name).read_bytes() for name in kept} == kept
    assert desk.cs("accounts", "list", "-f", "csv", "-o", root / "new.csv").code == 0
    assert (root / "new.csv").stat().st_mode & 0o777 == 0o600
    assert not list(root.glob(".*.part"))


def test_h13_no_option_takes_a_secret() -> None:
    from cs_cli.app import COMMANDS, load_command

    waiting, found = [load_command(one) for one in COMMANDS], set[str]()
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        found |= {name for one in getattr(command, "params", []) for name in one.opts}
    assert len(found) > 60
    assert not [name for name in found if re.search("password|secret|token|key$|webhook", name)]


def test_h14_as_cron_runs_it(desk: Desk) -> None:
    done = shell("cs run && cs remind", desk)
    assert done.returncode == 0
    quiet(done)


@pytest.mark.parametrize("day", ["1970-01-01", "2038-01-20", "2099-12-31"])
def test_h16_far_days(desk: Desk, day: str) -> None:
    for words in (["accounts", "list"], ["renewals", "list"], ["health", "list"], ["report", "weekly", "-f", "json"]):
        assert desk.cs(*words, "--as-of", day).code == 0


def test_h18_a_failed_command_prints_no_half_json(desk: Desk) -> None:
    done = desk.cs("show", "Nobody", "-f", "json")
    assert done.code == 2 and done.out == ""
    assert desk.cs("accounts", "list", "-f", "json").json[0]["account_id"]


def test_no_workspace_is_made_by_looking(tmp_path: Path) -> None:
    assert run_cs("accounts", "list", cwd=tmp_path).code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("import", "{long}.csv"), ("renewals", "calendar", "-o", "{long}.ics"), ("init", "{long}"), ("demo", "{long}"),
        ("accounts", "list", "-f", "csv", "-o", "{long}.csv"), ("restore", "{long}.db", "--yes"),
        ("sources", "new", "{long}.csv"), ("report", "weekly", "-o", "{long}.html"), ("-w", "{long}", "today"),
        ("init", "--from", "{long}.csv", "x"),
    ],
)  # fmt: skip
def test_a_name_too_long_for_a_file_is_said(desk: Desk, words: tuple[str, ...]) -> None:
    done = desk.cs(*(word.replace("{long}", "x" * 300) for word in words))
    assert done.code in (2, 10, 13, 14), done.err
    assert "BUG-001" not in done.err and done.err.startswith("error["), done.err
    assert not list(desk.root.glob(".*.part"))
