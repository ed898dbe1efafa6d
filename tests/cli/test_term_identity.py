"""A renewal's case and its reminders go on with the term, whatever becomes of the id, the account or the sheet.

Each route is thrown in between the first and the second of three reminders, with a run in the middle of it: at the
end each of the three was sent once, by the one case that was there from the start.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs_cli.store.migrations_runner import migrations
from tests.conftest import Cs, Result

PLAYBOOK = """
playbook: way
about: The way to a renewal.
kind: renewal
subject: contract
enabled: true
applies_to: status == "customer"
when: 0 <= days_to_decide <= 40
severity: amber
owner: csm
sla:
  amber: {acknowledge: 2, next_step: 3, resolve: 20}
again: each_term
limit: "100%"
tasks:
  - {id: prepare, do: Prepare, owner: csm, due: opened + 2bd}
reminders:
  - {id: first, at: decide_by - 40d, subject: "first {{ contract }}", text: "{{ name }} by {{ decide_by }}"}
  - {id: second, at: decide_by - 36d, subject: "second {{ contract }}", text: "{{ name }} by {{ decide_by }}"}
  - {id: third, at: decide_by - 33d, subject: "third {{ contract }}", text: "{{ name }} by {{ decide_by }}"}
"""
ACCOUNTS = "account_id,name,domain\nA1,Acme,acme.example\nA2,Beta,beta.example\n"
HEAD = "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency\n"
ACME = "C1,A1,2025-08-15,2026-08-15,0,false,12000,USD\n"
BETA = "C2,A2,2024-01-01,2027-01-01,0,false,12000,USD\n"
BILLED = (
    "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"
    "S1,A1,pro,1,1000,USD,month,2024-08-15,active\nS2,A2,pro,1,1000,USD,month,2024-01-01,active\n"
)
FIRST, SECOND, THIRD = "2026-07-06", "2026-07-10", "2026-07-13"  # 40, 36 and 33 days before 15 August, two Mondays
CLOCKS = ("opened_on", "acknowledge_by", "next_step_by", "resolve_by")


def number_of(told: str) -> int:
    """The number of the change set that a command names first."""
    return int(re.findall(r"#(\d+)", told)[0])


class Desk:
    """A workspace with one playbook, driven day by day."""

    def __init__(self, cs: Cs, folder: Path) -> None:
        self.cs, self.folder, self.n = cs, folder, 0

    def __call__(self, day: str, *words: object, code: int = 0) -> Result:
        done = self.cs("-w", self.folder, "--as-of", day, *words)
        assert done.code == code, done.out + done.err
        return done

    def put(self, day: str, text: str, *words: object) -> int:
        """Imports the text as a file of its own; gives the number of the import."""
        self.n += 1
        file = self.folder / "exports" / f"file-{self.n}.csv"
        file.write_text(text)
        return number_of(self(day, "import", file, *words).err)

    def cases(self, day: str, *words: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self(day, "cases", "list", "-f", "json", *words).json
        return found

    def sent(self, day: str, account: str = "A1") -> list[tuple[str, str]]:
        """The ledger of an account: (reminder, state)."""
        rows = self(day, "remind", "list", "--all", "-f", "json").json
        return sorted((row["step"], row["state"]) for row in rows if row["account_id"] == account)


@pytest.fixture
def desk(cs: Cs, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("cs_cli.scoring.cache.TRENDS_UP_TO", 0)  # thirteen weeks of scores are no part of this
    for path in (workspace / "segments.yaml", workspace / "health.yaml", *(workspace / "playbooks").glob("*.yaml")):
        path.unlink()  # tiers and scores are no part of this either
    (workspace / "playbooks" / "way.yaml").write_text(PLAYBOOK)
    one = Desk(cs, workspace)
    one.put("2026-07-02", ACCOUNTS)
    one.put("2026-07-02", BILLED)
    return one


def begin(desk: Desk, contracts: str = HEAD + ACME + BETA) -> int:
    """The contracts are imported, the playbook is known, and the first reminder of Acme's renewal goes out."""
    sheet = desk.put("2026-07-03", contracts)
    desk("2026-07-03", "run")
    told = desk(FIRST, "remind")
    assert "first" in told.out
    return sheet


def clocks(desk: Desk, day: str) -> dict[str, Any]:
    (case,) = desk.cases(day, "--account", "A1")
    return {name: case[name] for name in ("case", "state", *CLOCKS[:2], CLOCKS[3])}


def goes_on(desk: Desk, before: dict[str, Any], contract: str = "C1") -> None:
    """The second and third reminder come on their days, from the same case with the same clocks."""
    second = desk(SECOND, "remind")
    assert f"second {contract}" in second.out and "first" not in second.out, second.out
    third = desk(THIRD, "remind")
    assert f"third {contract}" in third.out and "second" not in third.out, third.out
    assert desk(THIRD, "remind").out == ""
    assert desk.sent(THIRD) == [("first", "sent"), ("second", "sent"), ("third", "sent")]
    assert clocks(desk, THIRD) == before
    assert [row["case"] for row in desk.cases(THIRD, "--closed") if row["account_id"] == "A1"] == [before["case"]]


def waits(desk: Desk, day: str) -> None:
    """The case stands, and says that nobody can tell."""
    (case,) = desk.cases(day, "--account", "A1")
    assert case["cannot_tell_since"] == day and case["because"].startswith(f"cannot tell since {day}: no record")
    assert case["state"] == "open" and case["outcome"] is None


# --- the sheet is taken back and comes again -----------------------------------


@pytest.mark.parametrize("back", ["undo of the undo", "the same sheet in another order"])
def test_undo_a_run_and_the_sheet_again(desk: Desk, back: str) -> None:
    sheet = begin(desk)
    before = clocks(desk, FIRST)
    undo = number_of(desk("2026-07-07", "imports", "undo", sheet).err.split("by ", 1)[1])
    desk("2026-07-07", "run")
    waits(desk, "2026-07-07")
    assert "case that cannot tell" in desk("2026-07-07", "check", code=1).out
    assert desk("2026-07-08", "remind", "--dry-run").out.count("second") == 0
    if back == "undo of the undo":
        desk("2026-07-08", "imports", "undo", undo)
    else:
        desk.put("2026-07-08", HEAD + (BETA + ACME if "order" in back else ACME + BETA))
    desk("2026-07-08", "run")
    assert desk.cases("2026-07-08", "--account", "A1")[0]["cannot_tell_since"] is None
    goes_on(desk, before)


def test_what_fell_due_while_nobody_could_tell_is_said_once_it_can(desk: Desk) -> None:
    sheet = begin(desk)
    desk("2026-07-07", "imports", "undo", sheet)
    desk("2026-07-07", "run")
    assert desk(SECOND, "remind").out == ""  # the day of the second reminder
    desk.put(THIRD, HEAD + ACME + BETA)
    told = desk(THIRD, "remind").out
    assert "second C1" in told and "third C1" in told and "first" not in told
    assert desk.sent(THIRD) == [("first", "sent"), ("second", "sent"), ("third", "sent")]


def test_a_reminder_that_is_planned_waits_while_nobody_can_tell(desk: Desk) -> None:
    sheet = desk.put("2026-07-03", HEAD + ACME + BETA)
    desk("2026-07-03", "run")
    desk(FIRST, "run")  # found due, not sent
    desk(FIRST, "imports", "undo", sheet)
    held = desk("2026-07-07", "remind", "--dry-run")
    assert "cannot tell since 2026-07-07" in held.out + held.err
    assert desk("2026-07-07", "remind").out == ""
    desk.put("2026-07-08", HEAD + ACME + BETA)
    assert "first C1" in desk("2026-07-08", "remind").out


def test_a_case_that_is_closed_by_hand_stays_closed_when_its_term_comes_again(desk: Desk) -> None:
    sheet = begin(desk)
    desk("2026-07-07", "cases", "close", "c1", "--outcome", "done", "--because", "signed")
    desk("2026-07-07", "imports", "undo", sheet)
    desk("2026-07-07", "run")
    desk.put("2026-07-08", HEAD + ACME + BETA)
    for day in ("2026-07-08", SECOND):
        assert desk(day, "remind").out == ""
    assert [(row["state"], row["outcome"]) for row in desk.cases(SECOND, "--closed")] == [("closed", "done")]


# --- renamed, merged, moved -----------------------------------------------------


def test_the_crm_renames_two_weeks_before_the_hand_sheet_does(desk: Desk) -> None:
    (desk.folder / "sources" / "sheet.yaml").write_text(
        "source: sheet\nsystem: sheet\nkind: contract\nabout: Contracts by the company's name.\n"
        "claims: [Nr, Company, Ends]\nkey: [Nr]\naccount:\n  name: Company\ncolumns:\n"
        "  start_on: {from: Begins, type: day}\n  end_on: {from: Ends, type: day}\n"
    )
    sheet = "Nr,Company,Begins,Ends\nC1,{},2025-08-15,2026-08-15\n"
    begin(desk, sheet.format("Acme"))
    before = clocks(desk, FIRST)
    desk.put("2026-07-07", ACCOUNTS.replace("Acme", "Robotic Works"))
    desk.put("2026-07-07", sheet.format("Acme") + "C9,Beta,2024-01-01,2028-01-01\n")
    desk("2026-07-07", "run")
    assert [row["case"] for row in desk.cases("2026-07-07", "--account", "A1")] == ["c1"]
    desk.put("2026-07-08", sheet.format("Robotic Works"))
    desk("2026-07-08", "run")
    goes_on(desk, before)


@pytest.mark.parametrize(("new", "gone"), [("N1", True), ("A0", False)])
def test_another_id_and_the_same_days_are_the_same_term(desk: Desk, new: str, gone: bool) -> None:
    sheet = begin(desk)
    before = clocks(desk, FIRST)
    if gone:
        desk("2026-07-07", "imports", "undo", sheet)
        desk("2026-07-07", "run")
        waits(desk, "2026-07-07")
    desk.put("2026-07-08", HEAD + ACME.replace("C1", new) + BETA)
    desk("2026-07-08", "run")
    assert desk.cases("2026-07-08", "--account", "A1")[0]["cannot_tell_since"] is None
    goes_on(desk, before, new if gone or new < "C1" else "C1")


def test_accounts_that_are_merged_take_their_cases_along(desk: Desk) -> None:
    begin(desk)
    before = clocks(desk, FIRST)
    merged = desk("2026-07-07", "accounts", "merge", "A2", "A1").err
    desk("2026-07-07", "run")
    second = desk(SECOND, "remind").out
    assert "second C1" in second and "Beta by 2026-08-15" in second
    number = number_of(merged)
    desk(SECOND, "imports", "undo", number)
    third = desk(THIRD, "remind").out
    assert "third C1" in third and "Acme by 2026-08-15" in third
    assert clocks(desk, THIRD) == before
    assert desk.sent(THIRD) == [("first", "sent"), ("third", "sent")]
    assert desk.sent(THIRD, "A2") == [("second", "sent")]  # it was Beta's when it was sent


def test_a_merged_account_takes_its_own_cases_along_too(desk: Desk) -> None:
    (desk.folder / "playbooks" / "way.yaml").write_text(
        PLAYBOOK.replace("subject: contract", "subject: account").replace("again: each_term", "again: never")
    )
    begin(desk)
    before = clocks(desk, FIRST)
    desk("2026-07-07", "accounts", "merge", "A2", "A1")
    desk("2026-07-07", "run")
    (case,) = desk.cases("2026-07-07")
    assert (case["case"], case["account_id"], case["state"]) == (before["case"], "A2", "open")


# --- other papers of the same account ------------------------------------------


def test_older_contracts_that_arrive_later(desk: Desk) -> None:
    begin(desk)
    before = clocks(desk, FIRST)
    (row,) = desk(FIRST, "contracts", "list", "A1", "-f", "json").json
    older = "C0,A1,2022-08-15,2025-08-15,0,false,12000,USD\nC00,A1,2021-08-15,2022-08-15,0,false,12000,USD\n"
    desk.put("2026-07-07", HEAD + older)
    desk("2026-07-07", "run")
    (after,) = desk("2026-07-07", "contracts", "list", "A1", "-f", "json").json
    assert after["term"] == row["term"] == 1
    goes_on(desk, before)


def test_an_older_one_with_the_same_end_leads_the_line_and_the_case_goes_along(desk: Desk) -> None:
    begin(desk)
    before = clocks(desk, FIRST)
    more = desk.put("2026-07-07", HEAD + "B1,A1,2024-08-15,2026-08-15,0,false,24000,USD\n")
    desk("2026-07-07", "run")
    desk("2026-07-08", "imports", "undo", more)  # and back
    desk("2026-07-08", "run")
    desk("2026-07-09", "imports", "undo", int(more) + 1)  # and there again
    goes_on(desk, before, "B1")


def test_a_sheet_that_comes_a_day_later_speaks_for_what_was_billed(desk: Desk) -> None:
    yearly = BILLED.replace("month,2024-08-15", "year,2024-08-15").replace("month,2024-01-01", "year,2024-01-01")
    desk.put("2026-07-03", yearly, "--yes")
    desk("2026-07-03", "run")
    assert "first S1" in desk(FIRST, "remind").out
    before = clocks(desk, FIRST)
    sheet = desk.put("2026-07-07", HEAD + "C1,A1,2025-08-16,2026-08-15,0,false,12000,USD\n")
    desk("2026-07-07", "run")
    assert clocks(desk, "2026-07-07") == before
    desk("2026-07-08", "imports", "undo", sheet)  # billing speaks again
    desk("2026-07-08", "run")
    assert clocks(desk, "2026-07-08") == before
    goes_on(desk, before, "S1")


# --- decided, and the decision taken back --------------------------------------


@pytest.mark.parametrize("words", [
    ("renewals", "close", "A1", "--outcome", "renewed"),
    ("renewals", "close", "A1", "--outcome", "churned", "--reason", "dear"),
    ("contracts", "set", "A1", "--ends", "2027-08-15"),
])  # fmt: skip
def test_a_decision_closes_and_its_undo_takes_the_case_up_again(desk: Desk, words: tuple[str, ...]) -> None:
    begin(desk)
    before = clocks(desk, FIRST)
    done = desk("2026-07-07", *words).err
    desk("2026-07-07", "run")
    assert desk.cases("2026-07-07", "--account", "A1") == []
    assert desk("2026-07-07", "tasks", "list", "-f", "json").json == []
    desk("2026-07-08", "imports", "undo", number_of(done))
    desk("2026-07-08", "run")
    assert [task["do"] for task in desk("2026-07-08", "tasks", "list", "-f", "json").json] == ["Prepare"]
    told = desk("2026-07-08", "cases", "show", "c1").out
    assert "reopened" in told and "its term goes on" in told
    goes_on(desk, before)


def test_a_renewal_signed_ahead_and_taken_back(desk: Desk) -> None:
    begin(desk)
    before = clocks(desk, FIRST)
    ahead = desk.put("2026-07-07", HEAD + "C1b,A1,2026-08-15,2027-08-15,0,false,12000,USD\n")
    desk("2026-07-07", "run")
    (case,) = [row for row in desk.cases("2026-07-07", "--closed") if row["account_id"] == "A1"]
    assert (case["state"], case["outcome"], case["reason"]) == ("closed", "resolved", "the term is over")
    desk("2026-07-08", "imports", "undo", ahead)
    desk("2026-07-08", "run")
    goes_on(desk, before)


def test_an_end_that_moves_a_little_is_the_same_term_and_by_a_year_the_next_one(desk: Desk) -> None:
    begin(desk)
    moved = HEAD + ACME.replace("2026-08-15", "2026-09-30")
    desk.put("2026-07-07", moved)
    desk("2026-07-07", "run")
    (case,) = [row for row in desk.cases("2026-07-07", "--closed") if row["account_id"] == "A1"]
    assert (case["state"], case["reason"]) == ("closed", "it does not hold any more")  # 85 days to go
    desk.put("2026-07-08", HEAD + ACME)
    desk("2026-07-08", "run")
    assert [row["case"] for row in desk.cases("2026-07-08", "--account", "A1")] == ["c1"]
    # the CRM renews under the same id and with the same start: the next term, with reminders of its own
    desk.put("2026-07-09", HEAD + ACME.replace("2026-08-15", "2027-08-15"))
    desk("2026-07-09", "run")
    assert desk.cases("2026-07-09", "--account", "A1") == []
    conn = sqlite3.connect(desk.folder / "cs.db")
    try:
        names = conn.execute("SELECT term FROM term_seen WHERE subject = 'C1' ORDER BY nth").fetchall()
        assert names == [("C1 #1",), ("C1 #1 2027-08-15",)]
    finally:
        conn.close()


# --- two accounts with one id, and an old database -------------------------------


def test_two_accounts_whose_contracts_share_an_id_keep_their_cases(desk: Desk) -> None:
    begin(desk, HEAD + ACME.replace("C1", "2026"))
    before = clocks(desk, FIRST)
    (desk.folder / "sources" / "aaa.yaml").write_text(
        "source: aaa\nsystem: cs\nkind: contract\nabout: Another sheet.\nclaims: [Nr, Account Id, Ends]\nkey: [Nr]\n"
        "account:\n  id: Account Id\ncolumns:\n  start_on: {from: Begins, type: day}\n"
        "  end_on: {from: Ends, type: day}\n"
    )
    desk.put("2026-07-07", "Nr,Account Id,Begins,Ends\n2026,A2,2025-08-20,2026-08-20\n")
    desk("2026-07-07", "run")
    rows = desk("2026-07-07", "contracts", "list", "-f", "json").json
    ids = {row["account_id"]: row["contract"] for row in rows if row["state"] != "rolling"}
    assert ids["A2"] == "2026" and ids["A1"].startswith("cs_contract:2026:")
    goes_on(desk, before, ids["A1"])


def downgrade(folder: Path, term: str) -> None:
    """The database as the schema before had it; the case's term had the number of its place among the account's."""
    conn = sqlite3.connect(folder / "cs.db")
    try:
        since = "".join(Path(path).read_text("utf-8") for number, path in migrations() if number > 7)
        for kind in ("INDEX", "TABLE"):
            for name in re.findall(rf"^CREATE {kind} (\w+)", since, re.MULTILINE):
                conn.execute(f"DROP {kind} IF EXISTS {name}")
        for table, column in re.findall(r"^ALTER TABLE (\w+) ADD COLUMN (\w+)", since, re.MULTILINE):
            conn.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        conn.execute("UPDATE cs_case SET term = ? WHERE subject = 'C1'", (term,))
        conn.execute("UPDATE delivery SET term = ? WHERE subject = 'C1'", (term,))
        conn.execute("DELETE FROM score_day")
        conn.execute("PRAGMA user_version = 7")
        conn.commit()
    finally:
        conn.close()


@pytest.mark.parametrize("term", ["C1 #1", "C1 #3"])
def test_a_database_from_before_keeps_its_cases_and_reminders(desk: Desk, term: str) -> None:
    begin(desk)
    before = clocks(desk, FIRST)
    downgrade(desk.folder, term)
    desk("2026-07-07", "run")
    sheets = [row["import"] for row in desk("2026-07-07", "imports", "list", "-f", "json").json]
    desk("2026-07-08", "imports", "undo", max(sheets))
    desk("2026-07-08", "run")
    waits(desk, "2026-07-08")
    desk.put("2026-07-09", HEAD + ACME + BETA)
    goes_on(desk, before)


def test_a_database_from_before_does_not_say_again_what_a_person_closed(desk: Desk) -> None:
    begin(desk)
    desk("2026-07-07", "cases", "close", "c1", "--outcome", "done", "--because", "signed")
    downgrade(desk.folder, "C1 #3")
    conn = sqlite3.connect(desk.folder / "cs.db")
    conn.execute("UPDATE playbook_memory SET closed_term = 'C1 #3' WHERE subject = 'C1'")
    conn.commit()
    conn.close()
    for day in (SECOND, THIRD):
        assert desk(day, "remind").out == ""


# --- any order of it all ------------------------------------------------------------

Act = Callable[[Desk, str], None]


def _undo_contracts(desk: Desk, day: str) -> None:
    done = [row for row in desk(day, "imports", "list", "-f", "json").json if row["source"] == "cs_contract"]
    standing = [row["import"] for row in done if row["undone_by"] is None]
    if standing:
        desk(day, "imports", "undo", max(standing))


def _same(desk: Desk, day: str) -> None:
    desk.put(day, HEAD + ACME + BETA + f"X{desk.n},A2,2024-01-01,2029-01-01,0,false,1,USD\n")


def _older(desk: Desk, day: str) -> None:
    desk.put(day, HEAD + f"O{desk.n},A1,202{desk.n % 5}-01-01,2025-08-15,0,false,1,USD\n")


def _co_termed(desk: Desk, day: str) -> None:
    desk.put(day, HEAD + f"B{desk.n},A1,2024-01-01,2026-08-15,0,false,1,USD\n")


def _notice(desk: Desk, day: str) -> None:
    if desk(day, "contracts", "list", "A1", "-f", "json").json:
        desk.cs("-w", desk.folder, "--as-of", day, "contracts", "set", "A1", "--contract", "C1", "--no-auto-renew")


ACTS: dict[str, Act] = {"undo": _undo_contracts, "same": _same, "older": _older, "co": _co_termed, "hand": _notice}


@pytest.mark.parametrize("words", [
    "undo same older undo co same", "co undo undo same hand undo same", "hand undo older same co undo",
])  # fmt: skip
def test_any_order_of_accidents_sends_each_reminder_once(desk: Desk, words: str) -> None:
    begin(desk)
    before = clocks(desk, FIRST)
    for word in words.split():
        ACTS[word](desk, "2026-07-07")
        desk("2026-07-07", "run")
        cases = [row for row in desk.cases("2026-07-07", "--closed") if row["account_id"] == "A1"]
        assert [(row["case"], row["state"]) for row in cases] == [("c1", "open")], word
    _same(desk, "2026-07-08")
    assert desk("2026-07-08", "remind").out == ""
    assert "second" in desk(SECOND, "remind").out and "third" in desk(THIRD, "remind").out
    assert desk.sent(THIRD) == [("first", "sent"), ("second", "sent"), ("third", "sent")]
    assert clocks(desk, THIRD) == before
