"""A misspelt key in a definition file stops every command, by file, line and the word that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs

TICKETS = """\
source: mine
system: mine
kind: {kind}
claims: [Number, Customer]
key: [Number]
account: {{id: [Customer]}}
columns:
  {column}: {{from: Opened, type: day}}
"""


def line_of(path: Path, word: str) -> int:
    return next(at for at, line in enumerate(path.read_text().splitlines(), 1) if word in line)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


COMMANDS = [("check",), ("accounts", "list"), ("run",), ("import", "exports"), ("explain", "A", "arr")]


@pytest.mark.parametrize("command", COMMANDS)
def test_freshness_of_a_kind_that_does_not_exist(cs: Cs, workspace: Path, command: tuple[str, ...]) -> None:
    change(workspace / "cs.yaml", "  usage: 10 ", "  usaeg: 10 ")
    done = cs("-w", workspace, *command)
    assert (done.code, done.out) == (12, "")
    assert 'there is no kind of record called "usaeg"; did you mean "usage"?' in done.err
    assert f"cs.yaml:{line_of(workspace / 'cs.yaml', 'usaeg')}:3" in done.err


def test_a_kind_may_stand_in_the_plural_everywhere(cs: Cs, workspace: Path) -> None:
    change(workspace / "cs.yaml", "  ticket: 14 ", "  tickets: 14 ")
    (workspace / "a.csv").write_text("account_id,name\nA1,Acme\n")
    head = "ticket_id,account_id,opened_at,closed_at,status\n"
    (workspace / "t.csv").write_text(head + "T1,A1,2026-06-15,2026-06-16,closed\n")
    for name in ("a.csv", "t.csv"):
        assert cs("-w", workspace, "import", workspace / name, "--as-of", "2026-06-18").code == 0

    def tickets_on(day: str) -> tuple[bool, object]:
        """Whether check calls the tickets stale, and what the fact says."""
        found = cs("-w", workspace, "check", "--as-of", day, "-f", "json").json
        shown = cs("-w", workspace, "explain", "A1", "tickets_28d", "--as-of", day, "-f", "json").json
        value = shown["sections"]["rows"]["figures"]["tickets_28d"]["value"]
        return any("cs_ticket" in str(row) for row in found), value

    assert tickets_on("2026-06-30") == (False, 1)  # 12 days old, and 14 are allowed
    assert tickets_on("2026-07-03") == (True, None)


def test_a_key_that_a_channel_does_not_read(cs: Cs, workspace: Path) -> None:
    with open(workspace / "cs.yaml", "a", encoding="utf-8") as file:
        file.write("channels:\n  team: {kind: slack, webhok: '${CS_NOT_SET}'}\n  log: {kind: file, pathh: x.txt}\n")
    done = cs("-w", workspace, "check")
    assert (done.code, done.out) == (12, "")
    assert 'channel team: there is no key "webhok" here; did you mean "webhook"?' in done.err
    assert 'channel log: there is no key "pathh" here; did you mean "path"?' in done.err
    assert f"cs.yaml:{line_of(workspace / 'cs.yaml', 'pathh')}:21" in done.err


def test_a_channel_whose_secret_is_not_set_here_is_no_finding(cs: Cs, workspace: Path) -> None:
    with open(workspace / "cs.yaml", "a", encoding="utf-8") as file:
        file.write("channels:\n  team: {kind: slack, webhook: '${CS_NOT_SET}'}\n")
    assert cs("-w", workspace, "check").code in (0, 1)


@pytest.mark.parametrize(
    ("values", "word", "meant"),
    [
        ('{"true": 0, "flase": 100}', 'champion_left is never "flase"', 'did you mean "false"?'),
        ('{"0": 100, "many": 0}', 'open_tickets is never "many"', "a number"),
    ],
)
def test_a_measure_with_a_value_that_never_comes(
    cs: Cs, workspace: Path, values: str, word: str, meant: str
) -> None:
    card = "scorecards:\n  - name: standard\n    measures:\n"
    fact = word.split(" ", 1)[0]
    card += f"      it: {{fact: {fact}, family: relationship, weight: 10, values: {values}}}\n"
    (workspace / "health.yaml").write_text(card)
    done = cs("-w", workspace, "health", "list")
    assert (done.code, done.out) == (12, "")
    assert word in done.err and meant in done.err and "health.yaml:4:" in done.err


@pytest.mark.parametrize(
    ("kind", "column", "said"),
    [
        ("tickt", "opened_at", 'kind cannot be "tickt"; did you mean "ticket"?'),
        ("ticket", "opend_at", 'a ticket has no column "opend_at"; did you mean "opened_at"?'),
    ],
)
def test_a_source_of_ones_own(cs: Cs, workspace: Path, kind: str, column: str, said: str) -> None:
    (workspace / "sources").mkdir(exist_ok=True)
    (workspace / "sources" / "mine.yaml").write_text(TICKETS.format(kind=kind, column=column))
    (workspace / "mine.csv").write_text("Number,Customer,Opened\n1,A1,2026-06-01\n")
    done = cs("-w", workspace, "import", workspace / "mine.csv")
    assert (done.code, done.out) == (12, "")
    assert said in done.err and "sources/mine.yaml:" in done.err
