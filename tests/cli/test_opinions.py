"""Several people's word on one customer: the lowest that stands holds the score down, and a bad call lifts nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs


def give(cs: Cs, workspace: Path) -> None:
    """One customer for two years whose use is as ever, spoken with 40 days before 2026-06-30."""
    (workspace / "account.csv").write_text("account_id,name\nacme,Acme\n")
    (workspace / "subscription.csv").write_text(
        "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"
        "S1,acme,team,10,1200,USD,year,2024-05-01,active\n"
    )
    (workspace / "usage.csv").write_text(
        "account_id,day,metric,value\n"
        + "".join(f"acme,2026-{m:02}-{d:02},{metric},8\n" for m in range(1, 7) for d in range(1, 29)
                  for metric in ("logins", "active_users"))
    )  # fmt: skip
    (workspace / "touch.csv").write_text("touch_id,account_id,day,kind,sentiment\nT1,acme,2026-05-21,call,good\n")
    names = ("account", "subscription", "usage", "touch")
    done = cs("import", "-w", workspace, *(workspace / f"{one}.csv" for one in names), "--yes")
    assert done.code == 0, done.err


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    give(cs, workspace)
    return workspace


def show(cs: Cs, desk: Path, day: str = "2026-06-30") -> dict[str, Any]:
    found: dict[str, Any] = cs("health", "show", "acme", "-w", desk, "--as-of", day, "-f", "json").json
    return found


def pulse(cs: Cs, desk: Path, score: int, who: str, on: str) -> None:
    done = cs("log", "acme", "pulse", "--score", score, "--reason", "so I heard", "--who", who, "--on", on, "-w", desk)
    assert done.code == 0, done.err


def test_a_colleagues_praise_takes_nobodys_alarm_back(cs: Cs, desk: Path) -> None:
    assert show(cs, desk)["band"] == "green"
    pulse(cs, desk, 1, "Ann", "2026-06-10")
    pulse(cs, desk, 5, "Sid", "2026-06-19")
    found = show(cs, desk)
    assert (found["health"], found["band"], found["capped_by"]) == (45, "red", "pulse 1")
    page = " ".join(cs("health", "show", "acme", "-w", desk).out.split())
    assert "the newest, 5 by Sid, counts in the mean, the lowest, 1 by Ann, in the caps" in page
    (row,) = cs("health", "list", "--disagree", "-w", desk, "-f", "json").json
    assert (row["who"], row["pulse_lowest_by"], row["pulse_spread"]) == ("people and score, people", "Ann", 4)
    # Ann's word does not heal by its age; her own newer one ends it
    assert show(cs, desk, "2026-07-28")["capped_by"] == "pulse 1"
    old = " ".join(cs("health", "show", "acme", "-w", desk, "--as-of", "2026-09-01").out.split())
    assert "Ann's pulse of 1 has expired and counts on, until anybody looks anew" in old
    pulse(cs, desk, 4, "Ann", "2026-06-29")
    assert show(cs, desk)["band"] == "green"


def test_people_against_people_where_the_score_agrees_with_one(cs: Cs, desk: Path) -> None:
    pulse(cs, desk, 3, "Ann", "2026-06-10")
    pulse(cs, desk, 5, "Sid", "2026-06-19")
    (row,) = cs("health", "list", "--disagree", "-w", desk, "-f", "json").json
    assert (row["band"], row["pulse_says"], row["who"], row["pulse_spread"]) == ("green", "green", "people", 2)
    pulse(cs, desk, 4, "Ann", "2026-06-20")
    assert cs("health", "list", "--disagree", "-w", desk, "-f", "json").json == []


def test_a_bad_call_is_contact_and_raises_no_score(cs: Cs, desk: Path) -> None:
    before = show(cs, desk)["health"]
    done = cs("note", "acme", "they are furious", "--call", "--mood", "bad", "-w", desk)
    assert done.code == 0, done.err
    assert show(cs, desk)["health"] == before
    facts = {name: cs("explain", "acme", name, "-w", desk).out for name in ("days_since_touch", "last_mood")}
    assert "bad" in facts["last_mood"]
    done = cs("note", "acme", "we settled it", "--call", "--mood", "good", "-w", desk)
    assert show(cs, desk)["health"] > before
