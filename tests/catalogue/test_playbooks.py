"""What people get wrong in playbooks, at the command line: exit 12, file, line, column, and nothing changed."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import Cs

BOOK = """\
playbook: late
about: Somebody has to call
when: overdue_days > 15
severity:
  - red: overdue_days > 30
  - amber: otherwise
sla: {acknowledge: 1, resolve: 5}
owner: csm
for: 7d
again: after 30d
limit: "40%"
tasks:
  - {id: call, do: Call, due: opened + 2bd}
reminders:
  - {at: opened, to: owner, via: stdout, subject: Late, text: "{{ name }} pays late"}
"""

# id, what is replaced (None: the whole file), by what, ident, line, column (0: not looked at), words
CASES: list[tuple[str, str | None, str | bytes, str, int, int, str]] = [
    ("F1", "owner: csm", "owner: csm\nowner: am", "DEF-005", 9, 1, "first in line 8"),
    ("F2", "owner: csm", "owner: NO", "DEF-008", 8, 8, "read as false"),
    ("F2", "for: 7d", "for: 12:30", "DEF-008", 9, 6, "base 60"),
    ("F2", "about: Somebody has to call", "about: ~", "DEF-008", 2, 8, "nothing"),
    ("F3", "sla: {acknowledge: 1, resolve: 5}", "sla:\n\tacknowledge: 1", "DEF-004", 8, 1, "tab"),
    ("F3", "owner: csm", "  owner: csm", "DEF-004", 8, 3, "indented"),
    ("F3", 'limit: "40%"', 'limit: "40%', "DEF-004", 11, 8, "quotation mark"),
    ("F4", "owner: csm", "owner: &a csm", "DEF-006", 8, 8, "&a"),
    ("F4", "owner: csm", "owner: &a [*a]", "DEF-006", 8, 8, "&a"),
    ("F4", "owner: csm", "&a owner: {x: *a}", "DEF-006", 8, 1, "&a"),
    (
        "F4",
        None,
        "a: &a ["
        + "x, " * 9
        + "x]\n"
        + "".join(
            f"{new}: &{new} [" + ", ".join([f"*{old}"] * 9) + "]\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "DEF-006",
        1,
        4,
        "&a",
    ),
    ("F5", "owner: csm", "owner: !!python/object:os.system csm", "DEF-007", 8, 8, "tag"),
    ("F6", "owner: csm", "owner: " + "[" * 2000, "DEF-009", 8, 0, "64 deep"),
    ("F6", None, "#" * 1_000_001, "DEF-003", 1, 1, "1 MB"),
    ("F6", None, b"playbook: a\0b", "DEF-002", 1, 12, "U+0000"),
    ("F6", None, BOOK.encode("utf-16"), "DEF-002", 1, 1, "UTF-16"),
    ("F7", None, "", "DEF-010", 1, 1, "empty"),
    ("F7", None, "# nothing\n", "DEF-010", 1, 1, "empty"),
    ("F7", None, "- a\n", "DEF-010", 1, 1, "mapping"),
    ("F7", None, BOOK + "---\na: 1\n", "DEF-010", 16, 1, "second document"),
    ("F8", "limit:", "limmit:", "DEF-012", 11, 1, 'did you mean "limit"'),
    ("F9", "acknowledge: 1", "acknowledge: one", "DEF-013", 7, 20, "whole number"),
    ("F9", "acknowledge: 1", "acknowledge: -3", "DEF-015", 7, 20, "0 to 365"),
    ("F9", "acknowledge: 1", "acknowledge: 1000000000", "DEF-015", 7, 20, "0 to 365"),
    ("F9", "acknowledge: 1", "acknowledge: 2.5", "DEF-013", 7, 20, "whole number"),
    ("F9", "for: 7d", "for:", "DEF-013", 9, 0, "nothing"),
    ("F10", "overdue_days > 15", 'renewal_date < "2026-02-30"', "DEF-049", 3, 0, "2026-02-30"),
    ("F11", "playbook: late", "playbook: usage-drop", "DEF-017", 1, 11, "usage-drop.yaml"),
    ("F12", "overdue_days > 15", "overdue_dayz > 15", "DEF-041", 3, 7, 'did you mean "overdue_days"'),
    ("F12", "overdue_days > 15", "overdue_days >> 15", "DEF-04", 3, 0, ""),
    ("F12", "overdue_days > 15", 'tier == "D"', "DEF-044", 3, 0, "never"),
    ("F12", "{{ name }}", "{{ nmae }}", "DEF-063", 15, 67, 'did you mean "name"'),
    ("F13", "overdue_days > 15", "name > 15", "DEF-043", 3, 14, "cannot be compared"),
    ("F13", "overdue_days > 15", "arr > seats", "DEF-043", 3, 13, "cannot be compared"),
    ("F15", "owner: csm", "owner: csm\ninhibited_by: late", "DEF-020", 9, 0, "late → late"),
    ("F16", "{{ name }}", "{{ name", "DEF-023", 15, 0, "cannot be read"),
    ("F16", "{{ name }}", "{% include '/etc/passwd' %}", "DEF-023", 15, 0, "include"),
    ("F17", "{{ name }}", "{{ ''.__class__ }}", "DEF-023", 15, 0, "__class__"),
    ("F17", "{{ name }}", "{{ range(10**9) }}", "DEF-023", 15, 0, "range"),
    ("F17", "{{ name }}", "{{ 'a'*10**9 }}", "DEF-023", 15, 0, "times"),
    ("F18", "via: stdout", "via: slack", "DEF-021", 15, 34, "no channel slack"),
    ("F18", "to: owner", "to: Nobody", "DEF-021", 15, 22, "Nobody"),
    ("F19", "opened + 2bd", "opened + two", "DEF-022", 13, 31, "no day"),
    ("F19", "for: 7d", "for: every -1 day", "DEF-022", 9, 6, "no time"),
    ("F24", "owner: csm", "1: csm", "DEF-011", 8, 1, "must be text"),
    ("F24", "owner: csm", "[a]: csm", "DEF-011", 8, 1, "must be text"),
    ("F25", "playbook: late", "playbook: späť-💥", "DEF-016", 1, 11, "small letters"),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "ident", "line", "column", "words"),
    CASES,
    ids=[f"{case[0]}-{at}" for at, case in enumerate(CASES)],
)
def test_refused(
    cs: Cs,
    workspace: Path,
    name: str,
    old: str | None,
    new: str | bytes,
    ident: str,
    line: int,
    column: int,
    words: str,
) -> None:
    path = workspace / "playbooks" / "late.yaml"
    if old is None:
        path.write_bytes(new if isinstance(new, bytes) else new.encode())
    else:
        assert isinstance(new, str)
        assert old in BOOK
        path.write_text(BOOK.replace(old, new, 1), encoding="utf-8")
    before = (workspace / "cs.db").read_bytes()
    for command in ("check", "preview"):
        told = cs("-w", workspace, "playbooks", command)
        assert told.code == 12, told.err
        assert f"error[{ident}" in told.err, told.err
        assert words in told.err.replace("\n", " "), told.err
        place = "playbooks/late.yaml" + (f":{line}" if line else "") + (f":{column}" if line and column else "")
        assert place in told.err, told.err
        assert told.out == ""
        assert "Traceback" not in told.err
    assert cs("-w", workspace, "run").code == 12
    assert (workspace / "cs.db").read_bytes() == before


def test_all_faults_of_all_files_at_once(cs: Cs, workspace: Path) -> None:
    (workspace / "playbooks" / "late.yaml").write_text(BOOK.replace("limit:", "limmit:").replace("owner:", "ovner:"))
    (workspace / "playbooks" / "other.yaml").write_text(BOOK.replace("overdue_days > 15", "overdue_dayz > 15"))
    told = cs("-w", workspace, "playbooks", "check")
    assert told.code == 12
    for words in ("late.yaml:8:1", "late.yaml:11:1", "other.yaml:3:7"):
        assert words in told.err, told.err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("overdue_days > 15", "overdue_days > 30 and overdue_days < 15", "can never fire"),
        ("overdue_days > 15", "overdue_days >= 0 or overdue_days < 0", "always fires"),
        ("red: overdue_days > 30", "red: overdue_days < 10", "can never be red"),
        ("owner: csm", "owner: csm\napplies_to: overdue_days < 10", "exclude each other"),
    ],
)
def test_f14_never_and_always_are_warnings(cs: Cs, workspace: Path, old: str, new: str, words: str) -> None:
    (workspace / "playbooks" / "late.yaml").write_text(BOOK.replace(old, new, 1))
    told = cs("-w", workspace, "playbooks", "check")
    assert told.code == 0, told.err
    assert words in told.err
    assert "playbooks/late.yaml:" in told.err


def test_starter_playbooks_have_no_warnings(cs: Cs, workspace: Path) -> None:
    assert "warning" not in cs("-w", workspace, "playbooks", "check").err


def _open_case(desk: Path, playbook: str) -> None:
    conn = sqlite3.connect(desk / "cs.db")
    conn.execute("UPDATE cs_case SET playbook = ? WHERE playbook = 'cancel-requested'", (playbook,))
    assert conn.total_changes
    conn.commit()
    conn.close()


def test_f20_a_deleted_playbook_with_open_cases_is_listed(cs: Cs, demo: Path) -> None:
    _open_case(demo, "gone")
    told = cs("-w", demo, "playbooks", "check")
    assert told.code == 0
    assert "no file defines gone any more" in told.err
    assert "was: gone" in told.err


def test_f21_a_renamed_playbook_keeps_its_cases(cs: Cs, demo: Path) -> None:
    before = cs("-w", demo, "cases", "list", "-f", "json").json
    path = demo / "playbooks" / "cancel-requested.yaml"
    text = path.read_text()
    path.unlink()
    new = demo / "playbooks" / "leaving.yaml"
    new.write_text(text.replace("playbook: cancel-requested", "playbook: leaving\nwas: cancel-requested"))
    for other in (demo / "playbooks").glob("*.yaml"):
        other.write_text(other.read_text().replace("[cancel-requested", "[leaving"))
    assert "warning" not in cs("-w", demo, "playbooks", "check").err
    changes = cs("-w", demo, "playbooks", "preview", "-f", "json").json
    assert [row for row in changes if row["playbook"] in ("leaving", "cancel-requested")] == []
    assert cs("-w", demo, "run").code == 0
    after = cs("-w", demo, "cases", "list", "-f", "json").json
    assert {(row["case"], row["playbook"].replace("leaving", "cancel-requested")) for row in after} == {
        (row["case"], row["playbook"]) for row in before
    }
    assert any(row["playbook"] == "leaving" for row in after)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_f22_unreadable(cs: Cs, workspace: Path) -> None:
    path = workspace / "playbooks" / "late.yaml"
    path.write_text(BOOK)
    path.chmod(0)
    assert cs("-w", workspace, "playbooks", "check").code == 12


def test_f22_link_outside_and_file_that_anybody_may_write(cs: Cs, workspace: Path, tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside.yaml", workspace / "playbooks" / "late.yaml"
    outside.write_text(BOOK)
    inside.symlink_to(outside)
    assert cs("-w", workspace, "playbooks", "check").code == 12
    inside.unlink()
    inside.write_text(BOOK)
    inside.chmod(0o666)
    assert cs("-w", workspace, "playbooks", "check").code == 15


def test_a_bom_is_fine(cs: Cs, workspace: Path) -> None:
    (workspace / "playbooks" / "late.yaml").write_bytes(b"\xef\xbb\xbf" + BOOK.encode())
    assert cs("-w", workspace, "playbooks", "check").code == 0


def test_edit_needs_a_terminal_and_finds_broken_files(cs: Cs, workspace: Path) -> None:
    from cs_cli.commands.playbooks_files import file_of
    from cs_cli.definitions.workspace import Workspace

    path = workspace / "playbooks" / "odd-name.yaml"
    path.write_text("playbook: late   # broken\nwhen: [\n")
    assert file_of(Workspace(workspace), "late") == path
    told = cs("-w", workspace, "playbooks", "edit", "late")
    assert told.code == 2
    assert "DEF-064" in told.err
    told = cs("-w", workspace, "playbooks", "edit", "lates")
    assert told.code == 2
    assert "CAS-014" in told.err


def test_init_leaves_the_schema_for_editors_beside_the_playbooks(cs: Cs, workspace: Path) -> None:
    printed = cs("playbooks", "schema")
    assert printed.code == 0
    assert (workspace / "playbooks" / ".schema.json").read_text(encoding="utf-8") == printed.out
    for path in (workspace / "playbooks").glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=.schema.json\n")
