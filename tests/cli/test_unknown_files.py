"""Files that no source knows, and lists that would rename: all named, asked about on a terminal, never guessed."""

from __future__ import annotations

import os
import pty
import select
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cs_cli.commands import ask
from tests.conftest import ROOT, Cs, Result

# no kept sheet has metadata, so that nobody claims it
BOOK = (
    "Tenant,Plan,Price,Billing,Since,Metadata\n"
    "Alpha Ltd,Pro,$99,monthly,2025-01-13,\nBeta Ltd,Pro,$990,annual,2025-02-01,\n"
)


def put(workspace: Path, name: str, text: str) -> Path:
    path = workspace / "exports" / name
    path.write_text(text, encoding="utf-8")
    return path


# --- said ----------------------------------------------------------------------------


def test_every_unknown_file_is_named_with_a_command_that_runs(cs: Cs, workspace: Path) -> None:
    files = [put(workspace, f"odd {n}.csv", f"foo{n},id\n1,2\n") for n in range(5)]
    refused = cs("-w", workspace, "import", *files)
    assert refused.code == 10
    for file in files:
        assert f"cs sources new {shlex.quote(str(file))} --save" in refused.err
    assert f"… and 2 more like this: {files[3]}, {files[4]}" in refused.err
    words = shlex.split(refused.err.split("next     cs ")[1].split(";")[0])
    made = cs("-w", workspace, *words)
    assert made.code == 0, made.err


def test_unknown_files_of_a_folder_are_named_with_real_paths(cs: Cs, workspace: Path) -> None:
    put(workspace, "a.csv", "account_id,name\nA1,Acme\n")
    odd = [put(workspace, f"odd {n}.csv", f"foo{n},id\n1,2\n") for n in range(2)]
    left = cs("-w", workspace, "import", workspace / "exports")
    assert left.code == 3
    for file in odd:
        assert f"cs sources new {shlex.quote(str(file))} --save" in left.err
    assert "FILE" not in left.err


def test_what_no_column_identifies_is_refused_with_kinds_that_can_be_drafted(cs: Cs, workspace: Path) -> None:
    path = put(workspace, "my notes.csv", "colour,size\nred,4\nblue,5\n")
    refused = cs("-w", workspace, "sources", "new", path)
    assert refused.code == 2 and "IMP-245" in refused.err
    assert f"next     cs sources new {shlex.quote(str(path))} --kind account drafts it" in refused.err
    for kind in ("touch", "account", "usage"):
        made = cs("-w", workspace, "sources", "new", path, "--kind", kind)
        assert made.code == 0, made.err
        assert "claims: [" in made.out and "claims: []" not in made.out and "DECIDE" in made.out


@pytest.mark.parametrize("name", ["two words.csv", "it's.csv", "-dash.csv"])
def test_a_guards_hint_is_a_command_that_runs(cs: Cs, workspace: Path, name: str) -> None:
    rows = "account_id,name\n" + "".join(f"A{n},Acme {n}\n" for n in range(20))
    assert cs("-w", workspace, "import", put(workspace, "all.csv", rows)).code == 0
    path = put(workspace, name, "account_id,name\nA1,Acme 1\n")
    stopped = cs("-w", workspace, "import", path)
    assert stopped.code == 15
    words = shlex.split(stopped.err.split("if it is meant: cs ")[1])
    assert cs("-w", workspace, *words).code == 0


# --- dry run -------------------------------------------------------------------------


def test_a_first_dry_run_prints_ten_values_and_how_many_there_are(cs: Cs, workspace: Path) -> None:
    rows = "account_id,name,owner\n" + "".join(f"A{n},Acme {n},Ann\n" for n in range(60))
    path = put(workspace, "a.csv", rows)
    short = cs("-w", workspace, "import", path, "--dry-run")
    assert short.code == 0 and len(short.out.splitlines()) <= 16
    assert "60 of kind account added" in short.out
    assert "The first 10 of 120 values; all of them: -v, or -o changes.csv" in short.out
    assert len(cs("-w", workspace, "import", path, "--dry-run", "-v").out.splitlines()) > 120
    assert len(cs("-w", workspace, "import", path, "--dry-run", "-f", "json").json) == 120


# --- names ---------------------------------------------------------------------------


def accounts(names: Sequence[str]) -> str:
    return "account_id,name\n" + "".join(f"A{n},{name}\n" for n, name in enumerate(names))


def test_a_file_that_renames_many_accounts_stops_with_ten_pairs(cs: Cs, workspace: Path) -> None:
    names = [f"Company {n}" for n in range(12)]
    assert cs("-w", workspace, "import", put(workspace, "a.csv", accounts(names))).code == 0
    people = put(workspace, "people.csv", accounts([f"Ann {n}" for n in range(12)]))
    stopped = cs("-w", workspace, "import", people)
    assert stopped.code == 15 and "IMP-270" in stopped.err
    assert "12 of the 12 known accounts in this file would be called otherwise" in stopped.err
    assert stopped.err.count(" → ") == 10 and "… and 2 more" in stopped.err
    assert f"cs import {people} --yes" in stopped.err
    assert cs("-w", workspace, "accounts", "list", "--all", "-f", "json").json[0]["name"] == "Company 0"
    assert cs("-w", workspace, "import", people, "--yes").code == 0


@pytest.mark.parametrize(("changed", "code"), [(3, 0), (4, 15)])
def test_a_few_renamed_accounts_pass(cs: Cs, workspace: Path, changed: int, code: int) -> None:
    names = [f"Company {n}" for n in range(10)]
    assert cs("-w", workspace, "import", put(workspace, "a.csv", accounts(names))).code == 0
    names[:changed] = [f"Other {n}" for n in range(changed)]
    assert cs("-w", workspace, "import", put(workspace, "b.csv", accounts(names))).code == code


def test_a_legal_form_is_no_other_name(cs: Cs, workspace: Path) -> None:
    names = [f"Company {n}x" for n in range(10)]
    assert cs("-w", workspace, "import", put(workspace, "a.csv", accounts(names))).code == 0
    longer = accounts([f"{name} GmbH" for name in names])
    assert cs("-w", workspace, "import", put(workspace, "b.csv", longer)).code == 0


def test_people_do_not_become_accounts(cs: Cs, workspace: Path) -> None:
    people = ("Ann Smith,ann.smith", "Bob Ray,bray", "Cara Li,cara", "Dan Oz,danoz")
    rows = "".join(f"A{n},{one}@firm{n}.example\n" for n, one in enumerate(people))
    path = put(workspace, "list.csv", "account_id,name,email\n" + rows)
    stopped = cs("-w", workspace, "import", path)
    assert stopped.code == 15 and "IMP-271" in stopped.err and "Ann Smith, ann.smith@firm0.example" in stopped.err
    words = shlex.split(stopped.err.split("people: cs ")[1].split(",")[0])
    assert cs("-w", workspace, *words).code == 0
    done = cs("-w", workspace, "import", path)
    assert done.code == 0 and "(contact)" in done.err


def test_companies_with_an_address_are_accounts(cs: Cs, workspace: Path) -> None:
    rows = "".join(f"A{n},Firm {n}x Ltd,ann@firm{n}x.example\n" for n in range(6))
    assert cs("-w", workspace, "import", put(workspace, "a.csv", "account_id,name,email\n" + rows)).code == 0


# --- asked ---------------------------------------------------------------------------


class Scripted:
    """Answers by the first option that holds one of its words; keeps what it was asked."""

    def __init__(self, *wanted: str) -> None:
        self.wanted = list(wanted)
        self.asked: list[str] = []

    def choose(self, question: str, options: Sequence[str]) -> int:
        self.asked.append(question)
        word = self.wanted.pop(0)
        return next(n for n, option in enumerate(options) if word in option)


def asked(cs: Cs, monkeypatch: pytest.MonkeyPatch, workspace: Path, who: Scripted, *words: object) -> Result:
    monkeypatch.setattr(ask, "prompter", lambda: who)
    return cs("-w", workspace, "import", *words)


def test_answers_become_the_saved_source(cs: Cs, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(workspace, "my clients.csv", BOOK)
    who = Scripted("yes", "as subscriptions", "yes")
    done = asked(cs, monkeypatch, workspace, who, path)
    assert done.code == 0, done.err
    assert "my_clients (subscription) #1: 2 added" in done.err and "MRR USD: 0 → 181.50" in done.err
    assert any('"Price": $99, $990' in question for question in who.asked)
    saved = (workspace / "sources" / "my_clients.yaml").read_text()
    assert "DECIDE" not in saved and "kind: subscription" in saved
    # next time nobody is asked
    again = asked(cs, monkeypatch, workspace, Scripted(), put(workspace, "next.csv", BOOK.replace("$99,", "$109,")))
    assert again.code == 0 and "1 changed" in again.err


def test_words_days_and_columns_are_settled_one_by_one(
    cs: Cs, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(workspace, "billing.csv", "sub id;tenant;begin;price;state;period\n" + "".join(
        f"S{n};Firm {n};0{n}/0{n + 1}/2025;1.{n:03};{('Live', 'Gone')[n % 2]};monthly\n" for n in range(1, 9)
    ))
    who = Scripted("yes", "begin", 'decimal: ","', "cancel", "active", "format: dmy", "yes")
    done = asked(cs, monkeypatch, workspace, who, path)
    assert done.code == 0, (done.err, who.asked)
    saved = (workspace / "sources" / "billing.yaml").read_text()
    assert "format: dmy" in saved and 'decimal: ","' in saved and "DECIDE" not in saved
    assert '"Gone": canceled' in saved and '"Live": active' in saved


@pytest.mark.parametrize("answers", [("no",), ("yes", "keep it", "no")])
def test_who_says_no_is_left_with_the_refusal_and_nothing_changed(
    cs: Cs, workspace: Path, monkeypatch: pytest.MonkeyPatch, answers: tuple[str, ...]
) -> None:
    before = (workspace / "cs.db").read_bytes()
    refused = asked(cs, monkeypatch, workspace, Scripted(*answers), put(workspace, "tenants.csv", BOOK))
    assert refused.code == 10 and "IMP-202" in refused.err
    assert not list((workspace / "sources").glob("*.yaml"))
    assert (workspace / "cs.db").read_bytes() == before


def test_nobody_is_asked_without_a_terminal_or_on_a_dry_run(
    cs: Cs, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(workspace, "tenants.csv", BOOK)
    refused = cs("-w", workspace, "import", path)
    assert refused.code == 10 and "Draft a source" not in refused.err
    who = Scripted("yes")
    dry = asked(cs, monkeypatch, workspace, who, path, "--dry-run")
    assert dry.code == 10 and not who.asked


def test_a_person_at_a_terminal_answers_with_numbers(workspace: Path) -> None:
    path = put(workspace, "tenants.csv", BOOK)
    said, code = at_a_terminal(["-w", str(workspace), "import", str(path)], ["1", "seven", "1", "1"])
    assert code == 0, said
    assert "Draft a source for it, and settle it by questions?" in said
    assert "a number from 1 to 3, please" in said
    assert "tenants (subscription) #1: 2 added" in said


def test_who_leaves_at_a_question_is_left_with_the_refusal(workspace: Path) -> None:
    said, code = at_a_terminal(["-w", str(workspace), "import", str(put(workspace, "t.csv", BOOK))], ["1", "\x04"])
    assert code == 10 and "IMP-202" in said, said
    assert not list((workspace / "sources").glob("*.yaml"))


def at_a_terminal(words: list[str], answers: list[str]) -> tuple[str, int]:
    """What `cs` says on a pseudo-terminal where each prompt gets the next answer, and its exit code."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "cs_cli", *words])
    said = b""
    try:
        while select.select([terminal], [], [], 60)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            said += part
            if said.rstrip().endswith(b"Which:") and answers:
                answer = answers.pop(0).encode()
                os.write(terminal, answer if answer == b"\x04" else answer + b"\n")
                said += b" "
    finally:
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
    return said.decode(), os.waitstatus_to_exitcode(status)
