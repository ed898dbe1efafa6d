"""Stays and stages from moves, and the moves of the sample company against its own past days."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path

from cs_cli.definitions.workspace import Definitions
from cs_cli.scoring.desk import build_desk
from cs_cli.scoring.moves import Move, Stay, moves, stage_rows, stays
from tests.conftest import Cs

SINCE, DAY = date(2026, 1, 1), date(2026, 6, 30)


def on(month: int, day: int) -> date:
    return date(2026, month, day)


def test_stays_follow_from_moves() -> None:
    first = {1: ("A", "new"), 2: ("B", None)}
    moved = [
        Move(1, "stage", "new", "live", on(2, 1)),
        Move(1, "tier", "A", "B", on(2, 1)),
        Move(1, "stage", "live", "new", on(3, 1)),
    ]
    assert stays(first, moved, 1, "stage") == [
        Stay(1, "new", None, on(2, 1)),
        Stay(1, "live", on(2, 1), on(3, 1)),
        Stay(1, "new", on(3, 1), None),
        Stay(2, None, None, None),
    ]
    assert stays(first, moved, 0, "tier")[:2] == [Stay(1, "A", None, on(2, 1)), Stay(1, "B", on(2, 1), None)]


def test_behind_is_longer_than_the_median_and_stuck_more_than_twice() -> None:
    over = [
        Stay(n, "new", on(1, 2), on(1, 2) + timedelta(days=length)) for n, length in enumerate((10, 20, 30, 40, 50))
    ]
    now = [
        Stay(11, "new", DAY - timedelta(days=30), None),
        Stay(12, "new", DAY - timedelta(days=31), None),
        Stay(13, "new", DAY - timedelta(days=61), None),
        Stay(14, "new", None, None),
        Stay(15, "live", on(1, 5), None),
        Stay(16, "rare", on(1, 5), None),
    ]
    found = stage_rows([*over, *now], SINCE, DAY, ["new", "rare"])
    assert {number: (row["days"], row["typical_days"], row["pace"]) for number, row in found.items()} == {
        11: (30, 30, "on time"),
        12: (31, 30, "behind"),
        13: (61, 30, "stuck"),
        14: (180, 30, "stuck"),  # longer than the look-back, and that is enough
        15: (176, None, None),
        16: (176, None, None),  # nobody to compare with
    }
    few = stage_rows([*over[:4], *now], SINCE, DAY, ["new"])
    assert (few[13]["pace"], few[13]["n"]) == (None, 4)
    # cannot be told: in the stage since before the look-back, which is shorter than the median
    assert stage_rows([*over, Stay(14, "new", None, None)], on(6, 20), DAY, ["new"])[14]["pace"] is None


def test_the_day_of_a_move_is_the_first_one_there(demo_once: Path, cs: Cs) -> None:
    changed = cs("-w", demo_once, "segments", "changes", "--since", "30d", "--dates", "-f", "json").json
    plain = cs("-w", demo_once, "segments", "changes", "--since", "30d", "-f", "json").json
    assert [{name: value for name, value in row.items() if name != "on"} for row in changed] == plain
    row = next(row for row in changed if row["name"].startswith("Pellworm"))
    assert (row["dimension"], row["from"], row["to"]) == ("lifecycle", "mature", "renewing")

    def place(day: date) -> str:
        listed = cs("-w", demo_once, "segments", "show", "lifecycle", "-f", "json", "--as-of", day.isoformat()).json
        return next(str(one["segment"]) for one in listed if one["name"].startswith("Pellworm"))

    first = date.fromisoformat(row["on"])
    assert [place(first - timedelta(days=1)), place(first)] == ["mature", "renewing"]
    kept = cs("-w", demo_once, "segments", "history", "Pellworm", "--since", "60d", "-f", "json").json
    assert [(one["segment"], one["from"], one["until"]) for one in kept if one["dimension"] == "lifecycle"] == [
        ("mature", None, row["on"]),
        ("renewing", row["on"], None),
    ]
    assert {one["dimension"] for one in kept} == {"tier", "touch_model", "lifecycle", "usage", "need"}


def test_stages_of_the_sample_company(demo_once: Path, cs: Cs) -> None:
    words = ("-w", demo_once, "segments", "stages", "--since", "26w", "-f", "json")
    rows = cs(*words, "--as-of", "2026-06-05").json
    by_name = {row["name"]: row for row in rows}
    slow = by_name["Novafjord Energy"]
    assert slow["stage"] == "onboarding"
    # dated to a week: signed on 11 May
    assert "2026-05-11" <= slow["since"] <= "2026-05-18"
    assert all(row["pace"] is None for row in rows if row["stage"] in ("mature", "renewing"))
    refused = cs("-w", demo_once, "segments", "stages", "--dimension", "lifecicle")
    assert (refused.code, "lifecycle" in refused.err) == (2, True)


def test_places_alone_are_those_of_a_whole_day(conn: sqlite3.Connection, definitions: Definitions) -> None:
    names = [one.name for one in definitions.segments.dimensions]
    listed = ", ".join(f'"{name}"' for name in names)
    for age in (0, 100, 250):
        day = DAY - timedelta(days=age)
        build_desk(conn, definitions, day, cached=False)
        whole = {row[0]: tuple(row[1:]) for row in conn.execute(f"SELECT account, {listed} FROM account_facts")}
        assert len({*whole.values()}) > 3
        for asked in (names, names[2:3]):
            first, _ = moves(conn, definitions, day, day, names=asked)
            assert first == {one: tuple(places[names.index(name)] for name in asked) for one, places in whole.items()}
