"""The morning list: at most twelve, each with its why, and settled by its number."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs


def test_at_most_twelve_numbered_each_with_a_why(cs: Cs, demo_once: Path) -> None:
    rows = cs("-w", demo_once, "today", "-f", "json").json
    assert 5 <= len(rows) <= 12
    assert [row["n"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["why"] and row["do"].startswith("cs ") for row in rows)
    accounts = [row["account_id"] for row in rows if row["what"].startswith("red")]
    assert accounts and rows[0]["what"].startswith("red")


def test_bare_cs_in_a_workspace_is_today(cs: Cs, demo_once: Path) -> None:
    assert cs(cwd=demo_once).out == cs("today", cwd=demo_once).out != ""


def test_done_acknowledges_and_the_line_is_gone(cs: Cs, demo: Path) -> None:
    before = cs("-w", demo, "today", "-f", "json").json
    first = before[0]
    assert cs("-w", demo, "today", "done", "1", "--because", "called them").code == 0
    state = next(row for row in cs("-w", demo, "cases", "list", "-f", "json").json if row["case"] == first["subject"])
    assert state["state"] == "acknowledged"
    assert first["subject"] not in [row["subject"] for row in cs("-w", demo, "today", "-f", "json").json]


def test_numbers_mean_the_list_that_was_read(cs: Cs, demo: Path) -> None:
    before = cs("-w", demo, "today", "-f", "json").json
    cs("-w", demo, "today", "done", "1")
    done = cs("-w", demo, "today", "done", "2")  # the second of the list that was read, though the first is gone now
    assert done.code == 0 and f"({before[1]['subject']})" in done.err


def test_a_case_is_snoozed_with_a_reason_or_as_put_off(cs: Cs, demo: Path) -> None:
    first, second = cs("-w", demo, "today", "-f", "json").json[:2]
    assert cs("-w", demo, "today", "snooze", "1", "fri", "--because", "they are at a fair").code == 0
    assert cs("-w", demo, "today", "snooze", "2", "fri").code == 0
    why = {row["case"]: cs("-w", demo, "cases", "show", row["case"]).out for row in
           cs("-w", demo, "cases", "list", "-f", "json").json if row["state"] == "snoozed"}
    assert "they are at a fair" in why[first["subject"]] and "put off from today's list" in why[second["subject"]]
    assert cs("-w", demo, "today", "done", "99").code == 2


def test_a_task_is_put_off_with_its_case(cs: Cs, demo: Path) -> None:
    cs("-w", demo, "note", "northwind", "called", "--next", "send the deck", "--by", "today")
    line = next(row for row in cs("-w", demo, "today", "-f", "json").json if row["subject"][:1] == "t")
    case = next(row["case"] for row in cs("-w", demo, "tasks", "list", "-f", "json").json
                if row["task"] == line["subject"])
    done = cs("-w", demo, "today", "snooze", line["n"], "fri")
    assert done.code == 0 and case in done.err
    assert line["subject"] not in [row["subject"] for row in cs("-w", demo, "today", "-f", "json").json]
    assert line["subject"] in [row["task"] for row in cs("-w", demo, "tasks", "list", "-f", "json").json]
