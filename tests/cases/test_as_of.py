"""A case seen again on an earlier day is as it was on that day, whatever was done to it since."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.cases.test_run import START, desk, run_on  # noqa: F401  (desk is a fixture)
from tests.conftest import Cs

Rows = list[dict[str, Any]]


def on(day: int) -> tuple[str, str]:
    return "--as-of", (START + timedelta(days=day)).isoformat()


def shown(cs: Cs, folder: Path, day: int) -> tuple[Rows, Rows, Any]:
    """What lists and the case's own page say on a day, but for the words of `because`, which count the days."""
    lists = []
    for words in (("escalations", "list"), ("cases", "list")):
        done = cs("-w", folder, *words, "-f", "json", *on(day))
        assert done.code == 0, done.err
        lists.append([{key: value for key, value in row.items() if key != "because"} for row in done.json])
    page = cs("-w", folder, "cases", "show", "c1", "-f", "json", *on(day))
    figures = page.json["sections"]["case"]["figures"] if page.code == 0 else {}
    figures.pop("because", None)
    return lists[0], lists[1], figures


def _differences(now: Any, before: Any) -> list[object]:
    """What is not as it was, small enough to read."""
    if isinstance(now, dict):
        return [(key, now.get(key), before.get(key)) for key in {**now, **before} if now.get(key) != before.get(key)]
    if len(now) != len(before):
        return [len(now), len(before)]
    return [one for new, old in zip(now, before, strict=True) for one in _differences(new, old)]


def test_every_day_is_shown_later_as_it_was_shown_then(cs: Cs, desk: Path) -> None:  # noqa: F811
    with open(desk / "playbooks" / "overdue-invoice.yaml", "a", encoding="utf-8") as file:
        file.write("sla: {red: {resolve: 2}, amber: {acknowledge: 2, next_step: 3, resolve: 15}}\n")
    run_on(cs, desk, [0])
    done: dict[int, list[tuple[str, ...]]] = {
        5: [],  # 15 days overdue: amber
        7: [("escalations", "ack", "c1", "--because", "called")],
        9: [("escalations", "snooze", "c1", "3d", "--because", "at a fair")],
        11: [("escalations", "note", "c1", "they will pay on Friday")],
        13: [],  # the snooze is over
        20: [],  # 30 days overdue: red, with shorter clocks
        22: [("escalations", "close", "c1", "--outcome", "accepted", "--because", "agreed")],
        23: [("escalations", "reopen", "c1", "--because", "the wrong one")],
    }
    then = {}
    for day, acts in done.items():
        run_on(cs, desk, [day])
        for words in acts:
            told = cs("-w", desk, *words, *on(day))
            assert told.code == 0, told.err
        then[day] = shown(cs, desk, day)
    assert then[20][0][0]["severity"] == "red" and then[7][0][0]["severity"] == "amber"
    assert then[7][0][0]["resolve_by"] != then[20][0][0]["resolve_by"]
    assert then[22][0] == [] and len(then[23][0]) == 1
    for day, was in then.items():
        for now, before in zip(shown(cs, desk, day), was, strict=True):
            assert _differences(now, before) == [], day


def test_a_snooze_and_a_note_of_later_are_not_known_before(cs: Cs, desk: Path) -> None:  # noqa: F811
    run_on(cs, desk, [0, 5, 9])
    assert cs("-w", desk, "cases", "note", "c1", "called", *on(19)).code == 0
    assert cs("-w", desk, "cases", "snooze", "c1", "2w", "--because", "fair", *on(19)).code == 0
    (row,) = cs("-w", desk, "cases", "list", "-f", "json", *on(18)).json
    assert (row["state"], row["snoozed_until"]) == ("open", None)
    (late,) = cs("-w", desk, "escalations", "list", "-f", "json", *on(18)).json
    assert late["breached"] is True and date.fromisoformat(late["next_step_by"]) < START + timedelta(days=18)
    (now,) = cs("-w", desk, "cases", "list", "-f", "json", *on(19)).json
    assert (now["state"], now["snoozed_until"]) == ("snoozed", "2026-05-02")
