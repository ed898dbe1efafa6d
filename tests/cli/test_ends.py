"""Ends are last days of service, or first free days: declared, seen in the file, asked for, remembered, linted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs, Result

HEADER = "subscription_id,account_id,amount,currency,interval,started_on,ended_on,status\n"
OWN = "nr,client,price,begins,ends\n"
SOURCE = """
source: sheet
system: cs
kind: subscription
role: billing
claims: [nr, client, price]
key: [nr]
account: {id: [client]}
columns:
  amount: {from: [price], type: money}
  interval: {constant: month}
  started_on: {from: [begins], type: day}
  ended_on: {from: [ends], type: day}
"""


class Desk:
    def __init__(self, cs: Cs, root: Path) -> None:
        self.run, self.root = cs, root
        names = "account_id,name\nA,Aster\nB,Birch\nC,Cedar\nD,Dill\n"
        assert self("import", self.file("accounts.csv", names)).code == 0

    def __call__(self, *words: object) -> Result:
        return self.run("-w", self.root, *words)

    def file(self, name: str, text: str) -> Path:
        path = self.root / "exports" / name
        path.write_text(text)
        return path

    def load(self, text: str, *words: str, name: str = "subs.csv", code: int = 0) -> str:
        done = self("import", self.file(name, text), *words)
        assert done.code == code, done.err
        return done.err

    def moved(self, first: str = "2026-05", last: str = "2026-06") -> list[tuple[Any, ...]]:
        kinds = ("new", "expansion", "contraction", "churn", "reactivation", "end_mrr")
        rows = self("metrics", "movements", "--from", first, "--to", last, "-f", "json").json
        return [tuple(row[kind] for kind in kinds) for row in rows]

    def findings(self) -> list[str]:
        return [row["finding"] for row in self("check", "-f", "json").json
                if row["check"] == "ends that may be a day off"]  # fmt: skip


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Desk:
    return Desk(cs, workspace)


def row(number: int, account: str, start: str, end: str = "") -> str:
    return f"S{number},{account},100,USD,month,{start},{end},active\n"


# of Aster the next one begins after the end, Birch leaves at the end of May
RENEWED = row(1, "A", "2025-06-01", "{end}") + row(2, "A", "2026-06-01") + row(3, "B", "2025-06-01", "2026-05-31")
LAST, FIRST = RENEWED.format(end="2026-05-31"), RENEWED.format(end="2026-06-01")
LEFT_IN_MAY = [(0, 0, 0, 100, 0, 100), (0, 0, 0, 0, 0, 100)]
LEFT_IN_JUNE = [(0, 0, 0, 0, 0, 200), (0, 0, 0, 100, 0, 100)]


def test_the_file_shows_what_its_ends_are(desk: Desk) -> None:
    said = desk.load(HEADER + LAST)
    assert "'ended_on' is read as last days of service: 1 lies the day before the next one" in said
    assert desk.moved() == LEFT_IN_JUNE and desk.findings() == []


def test_ends_on_the_day_the_next_one_begins_are_first_free_days(desk: Desk) -> None:
    assert "ended_on" not in desk.load(HEADER + FIRST)
    assert desk.moved() == LEFT_IN_MAY and desk.findings() == []


def test_without_a_sign_the_default_holds_and_metrics_yaml_sets_it(desk: Desk) -> None:
    alone = HEADER + row(3, "B", "2025-06-01", "2026-05-31") + row(4, "C", "2025-06-01")
    desk.load(alone)
    assert desk.moved() == LEFT_IN_MAY
    metrics = desk.root / "metrics.yaml"
    metrics.write_text(metrics.read_text().replace("mrr_from: auto", "ends: last_day\n    mrr_from: auto"))
    assert "by metrics.yaml" in desk.load(alone)
    assert desk.moved() == LEFT_IN_JUNE
    metrics.write_text(metrics.read_text().replace("ends: last_day", "ends: tomorrow"))
    refused = desk("check")
    assert refused.code == 12 and "first_free_day" in refused.err


@pytest.mark.parametrize(
    ("second", "reading"),
    [
        # one that is no whole months may be a coincidence, two of two accounts are none
        ([("A", "2025-06-10", "2026-05-31", "2026-06-01")], None),
        ([("A", "2025-06-10", "2026-05-31", "2026-06-01"), ("B", "2025-06-11", "2026-05-20", "2026-05-21")], "last"),
        ([("A", "2025-06-01", "2026-05-31", "2026-06-01")], "last"),
        ([("A", "2025-06-01", "2026-05-31", "2026-06-02")], None),
        ([("A", "2025-06-01", "2026-05-31", "2026-05-31")], "first"),
        ([("A", "2025-06-10", "2026-05-31", "2026-06-01"), ("B", "2025-06-11", "2026-05-20", "2026-05-20")], "first"),
    ],
)
def test_what_proves_it(desk: Desk, second: list[tuple[str, str, str, str]], reading: str | None) -> None:
    rows = [
        row(2 * n, account, start, end) + row(2 * n + 1, account, after)
        for n, (account, start, end, after) in enumerate(second)
    ]
    said = desk.load(HEADER + "".join(rows))
    assert ("last days of service" in said) is (reading == "last")
    # the next file tells nothing by itself
    quiet = desk.load(HEADER + row(9, "D", "2026-01-01", "2026-04-30"), "--yes", name="next.csv")
    assert ("is read as last days of service: as before" in quiet) is (reading == "last")


def test_both_in_one_file_is_a_question_that_is_asked_once(desk: Desk) -> None:
    mixed = HEADER + LAST + row(7, "D", "2025-06-01", "2026-06-01") + row(8, "D", "2026-06-01")
    said = desk.load(mixed, code=10)
    assert "IMP-226" in said and "--ends last_day" in said and "1 lies on the day it begins" in said
    assert desk("imports", "list", "-f", "json").json[0]["source"] == "cs_account"
    assert "as said" in desk.load(mixed, "--ends", "last_day")
    assert desk.moved("2026-06")[0][3] == 100
    # remembered: the same question is not asked again, and a quiet file is read so too
    assert "already imported" in desk.load(mixed)
    assert "as before" in desk.load(mixed.replace("S3,B,100", "S3,B,101"), "--yes")
    assert desk.findings() == []


def test_what_is_remembered_is_shown(desk: Desk) -> None:
    desk.load(HEADER + LAST)
    shown = desk("sources", "show", "cs_subscription").out
    assert "last_day, proven in import #2" in shown and "ends_read" not in shown


def test_ends_that_are_read_anew_leave_the_rest_of_the_past(desk: Desk) -> None:
    """Read otherwise from now on: rows in the file and rows that are not, a price that changed beside it, undo."""
    gone = row(5, "C", "2025-06-01", "2026-04-30")
    desk.load(HEADER + row(3, "B", "2025-06-01", "2026-05-31") + row(4, "D", "2025-06-01") + gone)
    before = desk.moved("2026-04")
    assert [one[3] for one in before] == [100, 100, 0]
    dearer = row(4, "D", "2025-06-01").replace(",100,", ",150,")
    text = HEADER + row(3, "B", "2025-06-01", "2026-05-31") + dearer
    said = desk.load(text, "--ends", "last_day", "--yes", name="later.csv")
    assert "1 known before is read so now, too" in said
    # the two ends are a day later, the price is dearer from the day of the file on
    assert desk.moved("2026-04") == [(0, 0, 0, 0, 0, 300), (0, 0, 0, 100, 0, 200), (0, 50, 0, 100, 0, 150)]
    number = desk("imports", "list", "-f", "json").json[0]["import"]
    assert desk("imports", "undo", number).code == 0
    assert desk.moved("2026-04") == before


def test_an_older_file_cannot_change_how_ends_are_read(desk: Desk) -> None:
    desk.load(HEADER + LAST, "--as-of", "2026-06-30", name="subs-2026-06-30.csv")
    older = HEADER + row(3, "B", "2025-06-01", "2026-04-30")
    said = desk.load(older, "--as-of", "2026-05-01", "--ends", "first_free_day", "--yes", name="b.csv", code=10)
    assert "IMP-226" in said and "newer files of this source were read as last days of service" in said


def test_a_file_that_shows_the_opposite_of_earlier_ones_is_a_question(desk: Desk) -> None:
    desk.load(HEADER + LAST)
    assert "was read as last days of service" in desk.load(HEADER + FIRST, code=10)
    desk.load(HEADER + FIRST, "--ends", "first_free_day")
    assert desk.moved() == LEFT_IN_MAY
    # undone, its word is forgotten
    number = desk("imports", "list", "-f", "json").json[0]["import"]
    assert desk("imports", "undo", number).code == 0
    assert desk.moved() == LEFT_IN_JUNE
    desk.load(HEADER + FIRST + "\n", code=10, name="again.csv")


def test_a_source_declares_it_and_the_cell_is_shown_as_written(desk: Desk) -> None:
    (desk.root / "sources").mkdir(exist_ok=True)
    (desk.root / "sources" / "sheet.yaml").write_text(SOURCE + "ends: last_day\n")
    desk.load(OWN + "1,B,100,2025-06-01,2026-05-31\n2,C,100,2025-06-01,\n")
    assert desk.moved() == LEFT_IN_JUNE
    told = desk("explain", "B", "churned_on").out
    assert "ended_on 2026-05-31 (last day)" in told
    # on the last day itself it still pays, on the day after no more
    paid = [desk("metrics", "mrr", "--from", "2026-05", "--as-of", day, "-f", "json").json[0]["mrr"]
            for day in ("2026-05-30", "2026-05-31")]  # fmt: skip
    assert paid == [200, 200]
    listed = [{row["account_id"] for row in desk("accounts", "list", "--as-of", day, "-f", "json").json}
              for day in ("2026-05-31", "2026-06-01")]  # fmt: skip
    assert listed == [{"B", "C"}, {"C"}]


def test_a_declaration_that_the_file_contradicts_is_said(desk: Desk) -> None:
    (desk.root / "sources").mkdir(exist_ok=True)
    (desk.root / "sources" / "sheet.yaml").write_text(SOURCE + "ends: first_free_day\n")
    said = desk.load(OWN + "1,A,100,2025-06-01,2026-05-31\n2,A,100,2026-06-01,\n")
    assert "is read as first free days, as said, though of these ends 1 lies the day before" in said
    assert desk.findings() == [
        "of the ends 1 lies the day before the next one of the account begins, and are read as first free days"
    ]
    (desk.root / "sources" / "sheet.yaml").write_text(SOURCE + "ends: sometimes\n")
    assert desk("check").code == 12


def test_ends_of_whole_months_less_a_day_are_asked_about(desk: Desk) -> None:
    some = "".join(row(n, account, "2025-02-01", f"2026-0{n}-28") for n, account in ((1, "A"), (2, "B"), (3, "C")))
    desk.load(HEADER + some)
    assert desk.findings() == []  # one of three makes whole months
    yearly = "".join(row(n, account, f"2025-0{n}-01", "2025-12-31") for n, account in enumerate("ABC", 1))
    desk.load(HEADER + yearly, "--yes", "--correct", name="yearly.csv")
    (found,) = desk.findings()
    assert "of 3 ends 3 lie a day before whole months" in found


def test_one_day_between_two_subscriptions_is_no_churn(desk: Desk) -> None:
    """Whatever the ends are read as: an account that pays again on the next day but one has not left."""
    rows = row(1, "A", "2025-06-10", "2026-05-31") + row(2, "A", "2026-06-01") + row(3, "B", "2025-06-10", "2026-05-31")
    desk.load(HEADER + rows + row(4, "B", "2026-06-02"), "--ends", "first_free_day")
    # Aster runs on, Birch has left for two days
    assert desk.moved() == [(0, 0, 0, 100, 0, 100), (0, 0, 0, 0, 100, 200)]


def test_a_gap_beside_another_subscription_or_a_pause_is_as_it_is(desk: Desk) -> None:
    rows = row(1, "A", "2025-06-10", "2026-05-31") + row(2, "A", "2026-06-01") + row(3, "A", "2025-06-10")
    desk.load(HEADER + rows, "--ends", "first_free_day")
    assert desk.moved() == [(0, 0, 100, 0, 0, 100), (0, 100, 0, 0, 0, 200)]


def test_contracts_keep_their_renewal_day(desk: Desk) -> None:
    head = "contract_id,account_id,start,end,auto_renew,notice_days,amount,currency\n"
    desk.load(head + "K1,A,2025-09-01,2026-08-31,no,30,1200,USD\n", "--ends", "last_day")
    (term,) = desk("renewals", "list", "--within", "90", "-f", "json").json
    assert (term["renewal_date"], term["notice_date"]) == ("2026-08-31", "2026-08-01")


def test_a_wrong_word_is_refused(desk: Desk) -> None:
    assert "IMP-240" in desk.load(HEADER + LAST, "--ends", "sunday", code=2)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (LAST, r"ends: last_day   # of its ends 1 lies the day before"),
        (FIRST, r"ends: first_free_day   # of its ends 1 lies on the day it"),
        (row(3, "B", "2025-06-01", "2026-05-31"), r"# DECIDE ends: .* 1 of 1 lie a day before whole"),
        (row(3, "B", "2025-06-02", "2026-05-31"), r"# assumed: an end is the first day .* ends: last_day"),
        (LAST + row(7, "D", "2025-06-01", "2026-06-01") + row(8, "D", "2026-06-01"), r"# DECIDE ends: .* and 1"),
    ],
)
def test_a_draft_says_or_asks(desk: Desk, rows: str, line: str) -> None:
    head = HEADER.replace("subscription_id", "sub id").replace("account_id", "client id")
    made = desk("sources", "new", desk.file("drafted.csv", head + rows))
    assert made.code == 0, made.err
    assert re.search(line, made.out), made.out


def test_a_draft_without_ends_asks_nothing(desk: Desk) -> None:
    head = HEADER.replace("subscription_id", "sub id").replace("account_id", "client id")
    assert "ends:" not in desk("sources", "new", desk.file("drafted.csv", head + row(2, "A", "2026-06-01"))).out
