"""`cs health changes` on a small company with planted stories: each is told as a person would tell it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs, new_workspace, run_cs

DAY = date(2026, 6, 30)
STORIES = ("steady", "fading", "detractor", "expired", "leaver", "owing")
KINDS = ("data", "time", "missingness", "pulse", "definition")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of weekly use of six customers, and what befell five of them in the last four weeks."""
    folder = tmp_path_factory.mktemp("stories")
    made = new_workspace(folder / "desk")
    weeks = [DAY - timedelta(days=1 + 7 * n) for n in range(52)]
    files = {
        "accounts": "account_id,name,stage\n" + "".join(f"{one},{one.title()},customer\n" for one in STORIES),
        "subscriptions": "subscription_id,account_id,quantity,amount,currency,interval,started_on,status,cancelled_on\n"
        + "".join(
            f"s-{one},{one},20,12000,USD,year,2025-01-01,active,{'2026-06-20' if one == 'leaver' else ''}\n"
            for one in STORIES
        ),
        "usage": "account_id,day,metric,value\n"
        + "".join(
            f"{one},{day},{metric},{value // 3 if one == 'fading' and day > DAY - timedelta(days=28) else value}\n"
            for one in STORIES for day in weeks for metric, value in (("active_users", 15), ("reports", 300))
        ),
        "surveys": "response_id,account_id,email,kind,score,day,comment\n"
        + "".join(f"n-{one},{one},a@{one}.example,nps,9,2026-05-20,\n" for one in STORIES)
        + "n-2,detractor,a@detractor.example,nps,2,2026-06-15,too slow\n",
        "pulses": "account_id,day,who,score,reason\n"
        + "".join(f"{one},{'2026-05-12' if one == 'expired' else '2026-06-01'},Robin Vale,4,fine\n" for one in STORIES),
        "invoices": "invoice_id,account_id,issued_on,due_on,amount,currency,amount_paid,paid_on,status\n"
        + "".join(f"i-{one},{one},2026-04-01,2026-05-26,1000,USD,{paid}\n" for one in STORIES
                  for paid in ("0,,open" if one == "owing" else "1000,2026-05-01,paid",)),
    }  # fmt: skip
    for name, text in files.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        done = run_cs("-w", made, "import", path, "--yes")
        assert done.code == 0, done.err
    return made


def changes(desk: Path, *words: object) -> dict[str, dict[str, Any]]:
    found = run_cs("-w", desk, "health", "changes", "--since", "28d", *words, "-f", "json")
    assert found.code == 0, found.err
    return {row["account_id"]: row for row in found.json}


def test_each_story_is_told_by_its_measure_and_its_kind(desk: Path) -> None:
    found = changes(desk)
    for row in found.values():
        assert round(sum(row[kind] for kind in KINDS), 1) == round(row["to"] - row["from"], 1)
    assert "steady" not in found
    fading = found["fading"]
    assert fading["why"].startswith("usage_change −")
    assert (fading["time"], fading["missingness"], fading["pulse"]) == (0, 0, 0)
    detractor = found["detractor"]
    assert detractor["why"].startswith("nps −")
    assert detractor["data"] < -5
    assert (detractor["time"], detractor["missingness"]) == (0, 0)
    expired = found["expired"]
    assert expired["why"].startswith("pulse expired ")
    assert expired["missingness"] == round(expired["to"] - expired["from"], 1)
    assert (found["leaver"]["to"], found["leaver"]["data"]) == (20, round(20 - found["leaver"]["from"], 1))
    assert found["leaver"]["why"].startswith("cap: cancel requested −")
    owing = found["owing"]
    assert owing["why"].startswith("cap: overdue over 30 days −") and ", overdue −" in owing["why"]
    assert owing["time"] == round(owing["to"] - owing["from"], 1)


def test_by_measure_there_is_a_row_for_each_part(desk: Path, cs: Cs) -> None:
    told = cs("-w", desk, "health", "changes", "leaver", "--since", "28d", "--by-measure", "-f", "json").json
    assert {row["account_id"] for row in told} == {"leaver"}
    assert (told[0]["kind"], told[0]["part"], told[0]["what"]) == ("cap", "cancel requested", "cap: cancel requested")
    assert round(sum(row["points"] for row in told), 1) == round(told[0]["to"] - told[0]["from"], 1)
    table = cs("-w", desk, "health", "changes", "--since", "28d", "--by-measure")
    assert "cap: cancel requested" in table.out
    assert "Points" in table.out
    # the other columns are as they always were
    header = cs("-w", desk, "health", "changes", "-f", "csv").out.splitlines()[0]
    assert header == "account_id,name,from,to,why,data,time,missingness,pulse,definition"


def test_one_account_or_none(desk: Path, cs: Cs) -> None:
    assert set(changes(desk, "fading")) == {"fading"}
    assert cs("-w", desk, "health", "changes", "steady", "--since", "28d").out.strip() == "No score moved."
    unknown = cs("-w", desk, "health", "changes", "nobody")
    assert unknown.code == 2
    assert "nobody" in unknown.err


def test_an_edited_card_is_a_kind_of_its_own(desk: Path, tmp_path: Path, cs: Cs) -> None:
    import shutil

    edited = tmp_path / "desk"
    shutil.copytree(desk, edited)
    assert cs("-w", edited, "run", "--as-of", "2026-06-02").code == 0
    health = edited / "health.yaml"
    text = health.read_text(encoding="utf-8")
    at = text.index("name: standard")
    health.write_text(text[:at] + text[at:].replace("weight: 15", "weight: 45", 1), encoding="utf-8")
    found = changes(edited)
    assert found["fading"]["definition"]
    for row in found.values():
        assert round(sum(row[kind] for kind in KINDS), 1) == round(row["to"] - row["from"], 1)
