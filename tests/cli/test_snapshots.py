"""Exports as snapshots: any order gives one truth, older ones fill in the past, what is missing is said."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs, Result

HEAD = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,renews_on,ended_on,status\n"
STRIPE = (
    "id,Customer ID,Customer Name,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start (UTC),"
    "Current Period Start (UTC),Current Period End (UTC),Ended At (UTC)\n"
)


def row(number: int, amount: int = 100, status: str = "active", ended: str = "", renews: str = "") -> str:
    return f"S{number},A{number},pro,1,{amount}.00,USD,month,2025-01-01,{renews},{ended},{status}\n"


def stripe(number: int, start: str, end: str, amount: int = 100, status: str = "active", ended: str = "") -> str:
    return (
        f"sub_{number},cus_{number},Company {number},pro,1,usd,month,{amount}.00,{status},"
        f"2025-01-01 00:00,2025-01-01 00:00,{start} 00:00,{end} 00:00,{ended}\n"
    )


class Desk:
    def __init__(self, cs: Cs, root: Path) -> None:
        self.cs, self.root = cs, root
        names = "".join(f"A{n},Company {n}\n" for n in range(1, 13))
        assert self.load("accounts.csv", f"account_id,name\n{names}", "--as-of", "2026-01-01").code == 0

    def file(self, name: str, text: str, written: str | None = None) -> Path:
        path = self.root / "exports" / name
        path.write_text(text)
        if written is not None:
            when = datetime.fromisoformat(f"{written}T08:00:00").replace(tzinfo=UTC).timestamp()
            os.utime(path, (when, when))
        return path

    def load(self, name: str, text: str, *words: object, written: str | None = None) -> Result:
        return self.cs("-w", self.root, "import", self.file(name, text, written), *words)

    def arr(self, day: str) -> float:
        words = ("metrics", "mrr", "--from", day[:7], "--to", day[:7], "--as-of", day, "-f", "json")
        return float(self.cs("-w", self.root, *words).json[-1]["mrr"])

    def moved(self, first: str, last: str, day: str) -> list[dict[str, Any]]:
        words = ("metrics", "movements", "--from", first, "--to", last, "--as-of", day, "-f", "json")
        rows: list[dict[str, Any]] = self.cs("-w", self.root, *words).json
        return rows

    def state(self) -> tuple[object, ...]:
        days = ("2026-04-30", "2026-05-15", "2026-06-01", "2026-06-08", "2026-06-15", "2026-06-30")
        accounts = self.cs("-w", self.root, "accounts", "list", "--all", "--as-of", "2026-06-30", "-f", "json").out
        return [self.arr(day) for day in days], self.moved("2026-05", "2026-06", "2026-06-30"), accounts


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Desk:
    return Desk(cs, workspace)


WEEKS = (
    ("2026-06-01", row(1) + row(2) + row(3, status="active")),
    ("2026-06-08", row(1, 150) + row(2, status="paused") + row(3)),
    ("2026-06-15", row(1) + row(2) + row(3, ended="2026-06-12", status="canceled") + row(4)),
)


@pytest.mark.parametrize("named", [True, False])
def test_any_order_gives_one_truth(cs: Cs, tmp_path: Path, named: bool) -> None:
    found = []
    for at, order in enumerate(permutations(WEEKS)):
        root = tmp_path / str(at)
        answers = ("--company", "X", "--currency", "USD", "--zone", "UTC", "--name", "Me", "--email", "me@x.example")
        assert cs("init", root, *answers).code == 0
        desk = Desk(cs, root)
        for day, text in order:
            words = ("--yes",) if named else ("--yes", "--as-of", day)
            name = f"subscriptions-{day}.csv" if named else "subscriptions.csv"
            done = desk.load(name, HEAD + text, *words)
            assert done.code == 0, done.err
        found.append(desk.state())
    assert all(one == found[0] for one in found)
    # S1 100, 150 from 8 June, 100 from 15 June; S2 rests from 8 to 15 June; S3 until 12 June; S4 since its start
    assert found[0][0] == [400, 400, 400, 350, 300, 300]


def test_downloads_of_one_command_go_by_what_they_prove(desk: Desk) -> None:
    first, second, third = ("2026-05-20", "2026-06-20"), ("2026-05-27", "2026-06-27"), ("2026-06-03", "2026-07-03")
    old = "".join(stripe(n, *first) for n in range(1, 6))
    new = "".join(stripe(n, *second) for n in range(1, 6))
    last = "".join(stripe(n, *third, amount=200) for n in range(1, 4))
    gone = "".join(stripe(n, *second, status="canceled", ended="2026-06-01 00:00") for n in range(4, 6))
    desk.file("subscriptions (2).csv", STRIPE + last + gone)
    desk.file("subscriptions (1).csv", STRIPE + new)
    desk.file("subscriptions.csv", STRIPE + old)
    files = sorted((desk.root / "exports").glob("subscriptions*.csv"))
    done = desk.cs("-w", desk.root, "import", *files, "--yes")
    assert done.code == 0, done.err
    assert desk.arr("2026-06-30") == 600


def test_numbers_of_a_browser_where_rows_prove_nothing(desk: Desk) -> None:
    desk.file("subscriptions (1).csv", HEAD + row(1, 150), written="2026-01-05")
    desk.file("subscriptions.csv", HEAD + row(1, 100), written="2026-01-05")
    desk.file("subscriptions (2).csv", HEAD + row(1, 120), written="2026-01-05")
    files = sorted((desk.root / "exports").glob("subscriptions*.csv"))
    assert desk.cs("-w", desk.root, "import", *reversed(files), "--yes").code == 0
    assert desk.arr("2026-06-30") == 120


def test_an_undated_older_export_stops_and_names_its_rows(desk: Desk) -> None:
    new = row(1, renews="2026-07-01") + row(2, ended="2026-06-01", status="canceled", renews="2026-06-01")
    old = row(1, renews="2026-06-01") + row(2, renews="2026-06-01")
    assert desk.load("new.csv", HEAD + new, "--as-of", "2026-06-05").code == 0
    before = desk.arr("2026-06-30")
    stopped = desk.load("old.csv", HEAD + old)
    assert stopped.code == 15
    assert "IMP-232" in stopped.err
    assert "the end of the period goes back" in stopped.err
    assert "it had ended and runs again" in stopped.err
    assert "S2" in stopped.err
    assert "--as-of DAY" in stopped.err
    assert desk.arr("2026-06-30") == before == 100
    laid = desk.load("old.csv", HEAD + old, "--as-of", "2026-05-05")
    assert laid.code == 0
    assert desk.arr("2026-06-30") == before


def test_one_corrected_day_in_a_file_written_since_is_no_older_export(desk: Desk) -> None:
    assert desk.load("one.csv", HEAD + row(1, renews="2026-09-01"), "--as-of", "2026-06-05").code == 0
    assert desk.load("two.csv", HEAD + row(1, renews="2026-08-01")).code == 0


@pytest.mark.parametrize(("ended", "said"), [("", False), ("2026-06-04", False), ("2026-05-20", True)])
def test_an_end_is_said_to_be_late_only_where_it_is(desk: Desk, ended: str, said: bool) -> None:
    assert desk.load("one.csv", HEAD + row(1), "--as-of", "2026-05-31").code == 0
    done = desk.load("two.csv", HEAD + row(1, status="canceled", ended=ended), "--as-of", "2026-06-05", "--yes")
    assert done.code == 0
    assert ("an end from before the last export" in done.err) is said
    assert [desk.arr(day) for day in ("2026-05-19", "2026-06-30")] == [100, 0]


def test_the_same_bytes(desk: Desk) -> None:
    first, second = HEAD + row(1), HEAD + row(1, 150)
    assert desk.load("a.csv", first, "--as-of", "2026-05-31").code == 0
    assert "already imported as #2" in desk.load("again.csv", first, "--as-of", "2026-05-31").err
    assert desk.load("b.csv", second, "--as-of", "2026-06-05").code == 0
    back = desk.load("c.csv", first, "--as-of", "2026-07-05")
    assert "already" not in back.err
    assert [desk.arr(day) for day in ("2026-05-31", "2026-06-30", "2026-07-31")] == [100, 150, 100]


@pytest.mark.parametrize("how", ["names", "copies", "times", "after", "named after"])
def test_a_return_among_files_of_one_command(desk: Desk, how: str) -> None:
    """100, 150, and the bytes of 100 again, all at once, or the last two after the first is in."""
    texts = [HEAD + row(1), HEAD + row(1, 150), HEAD + row(1)]
    days = ["2026-06-01", "2026-06-08", "2026-06-15"]
    names = ["subs.csv", "subs (1).csv", "subs (2).csv"] if how == "copies" else ["a.csv", "b.csv", "c.csv"]
    if how.startswith("name"):
        names = [f"subs {day}.csv" for day in days]
    same = how == "copies"
    files = [desk.file(names[at], texts[at], days[-1 if same else at]) for at in range(3)]
    if how.endswith("after"):
        assert desk.cs("-w", desk.root, "import", files.pop(0)).code == 0
    done = desk.cs("-w", desk.root, "import", *files)
    assert done.code == 0, done.err
    assert desk.arr("2026-06-30") == 100
    if not same:
        assert [desk.arr(day) for day in ("2026-06-07", "2026-06-14", "2026-06-15")] == [100, 150, 100]


def test_a_copy_of_a_file_in_one_command_changes_nothing(desk: Desk) -> None:
    path = desk.file("subs.csv", HEAD + row(1))
    copy = desk.root / "exports" / "subs copy.csv"
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(path.stat().st_mtime_ns,) * 2)
    done = desk.cs("-w", desk.root, "import", path, copy)
    assert done.code == 0
    assert "holds the same bytes: read once" in done.err
    tickets = [desk.file(name, "ticket_id,account_id,created_on,status\nT1,A1,2026-06-01,open\n", day)
               for name, day in (("t.csv", "2026-06-02"), ("t (1).csv", "2026-06-03"))]
    done = desk.cs("-w", desk.root, "import", *tickets)
    assert "t (1).csv holds the same bytes: read once" in done.err


def test_old_files_that_lie_where_they_lay_are_no_return(desk: Desk) -> None:
    folder = desk.root / "exports"
    desk.file("a.csv", HEAD + row(1), written="2026-05-31")
    assert desk.cs("-w", desk.root, "import", folder / "a.csv").code == 0
    desk.file("b.csv", HEAD + row(1, 150), written="2026-06-05")
    assert desk.cs("-w", desk.root, "import", folder).code == 0
    again = desk.cs("-w", desk.root, "import", folder)
    assert again.code == 0
    assert again.err.count("already imported") == 3
    assert [desk.arr(day) for day in ("2026-05-31", "2026-06-30")] == [100, 150]


def test_complete_on_a_file_that_was_in_without_it(desk: Desk) -> None:
    text = HEAD + row(1)
    assert desk.load("a.csv", text, "--as-of", "2026-05-31").code == 0
    again = desk.load("a.csv", text, "--as-of", "2026-05-31", "--complete")
    assert "already" not in again.err
    assert "already" in desk.load("a.csv", text, "--as-of", "2026-05-31", "--complete").err


def test_what_pays_and_is_in_no_export_is_named_and_ends_with_one_command(desk: Desk) -> None:
    assert desk.load("a.csv", HEAD + "".join(row(n) for n in range(1, 13)), "--as-of", "2026-05-01").code == 0
    for day in ("2026-05-08", "2026-05-15"):
        words = ("--as-of", day, "--complete")
        done = desk.load("b.csv", HEAD + "".join(row(n, 100 + int(day[-2:])) for n in range(1, 12)), *words)
        assert done.code == 0, done.err
        assert "1 subscription, 100 USD MRR, is not in this file: still counted" in done.err
        assert "cs imports end-missing cs_subscription" in done.err
    check = desk.cs("-w", desk.root, "check", "--as-of", "2026-05-20")
    assert check.code == 1
    assert "S12" in check.out
    assert "paying and in no export" in check.out
    weekly = desk.cs("-w", desk.root, "report", "weekly", "--as-of", "2026-05-20", "-f", "md")
    assert "subscription S12: in no export since 2026-05-08, still counted" in weekly.out
    listed = desk.cs("-w", desk.root, "imports", "end-missing", "-f", "json")
    assert [(one["subscription"], one["since"], one["arr"]) for one in listed.json] == [("S12", "2026-05-08", 1200)]
    assert desk.arr("2026-05-31") == 11 * 115 + 100
    ended = desk.cs("-w", desk.root, "imports", "end-missing", "cs_subscription", "--yes")
    assert ended.code == 0, ended.err
    assert desk.arr("2026-05-31") == 11 * 115
    churned = desk.moved("2026-05", "2026-05", "2026-05-31")[0]
    assert (churned["churn"], churned["customers"]) == (100, 11)
    number = ended.err.split("ended as #")[1].split(";")[0]
    assert desk.cs("-w", desk.root, "imports", "undo", number).code == 0
    assert desk.arr("2026-05-31") == 11 * 115 + 100
    # it was only filtered out: it is there again
    assert desk.load("c.csv", HEAD + "".join(row(n) for n in range(1, 13)), "--as-of", "2026-05-22").code == 0
    assert desk.cs("-w", desk.root, "imports", "end-missing", "-f", "json").json == []


def test_undo_of_a_snapshot_gives_the_line_before_it(desk: Desk) -> None:
    assert desk.load("a.csv", HEAD + row(1), "--as-of", "2026-05-31").code == 0
    before = desk.state()
    assert desk.load("b.csv", HEAD + row(1, 150, ended="2026-06-10"), "--as-of", "2026-06-05", "--yes").code == 0
    assert desk.cs("-w", desk.root, "imports", "undo", "3").code == 0
    assert desk.state() == before
    assert desk.cs("-w", desk.root, "verify").code == 0


def test_correct_rewrites_the_state_that_was_known(desk: Desk) -> None:
    assert desk.load("a.csv", HEAD + row(1), "--as-of", "2026-05-01").code == 0
    assert desk.load("b.csv", HEAD + row(1, 150), "--as-of", "2026-06-01").code == 0
    assert desk.load("c.csv", HEAD + row(1, 160), "--as-of", "2026-06-08", "--correct").code == 0
    assert [desk.arr(day) for day in ("2026-04-30", "2026-05-31", "2026-06-30")] == [100, 100, 160]
    # the very file that made a step, corrected
    assert desk.load("d.csv", HEAD + row(1, 110), "--as-of", "2026-06-15").code == 0
    assert desk.load("d.csv", HEAD + row(1, 110), "--as-of", "2026-06-15", "--correct").code == 0
    assert [desk.arr(day) for day in ("2026-05-31", "2026-06-10", "2026-06-30")] == [100, 110, 110]
