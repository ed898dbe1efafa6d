"""Every sign alone turns a customer of whom all else is good: the starter cards' caps, from exports to band."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from cs_cli.definitions.health import read_health
from tests.conftest import ROOT, new_workspace, run_cs

DAY = date(2026, 3, 2)
# account → the cap that holds it down
SIGNS = {
    "well": None, "asked": "cancel requested", "halved": "use halved", "third": "use down by a third",
    "people": "people gone", "unseen": "nobody seen for 28 days", "late31": "overdue over 30 days",
    "late61": "overdue over 60 days", "pulse1": "pulse 1", "pulse2": "pulse 2", "angry": "key person is a detractor",
    "user": None, "left": "champion left", "gave": "gave up a third", "tidied": None,
    "never": "no first value after 60 days", "urgent": "urgent ticket waiting", "three": "three high tickets open",
    "two": None, "silent": "silent for 60 days", "silentc": None, "holiday": None,
}  # fmt: skip


def back(days: int) -> date:
    return DAY - timedelta(days=days)


def sums(name: str, week: int) -> tuple[int, int]:
    """(events, active users) of a week so many weeks ago."""
    if name == "unseen" and week < 5:
        return 0, 0
    if name == "holiday" and week in (0, 1):
        return 10, 1
    recent = week < 6
    people = 4 if name == "people" and recent else 10
    return {"halved": 45, "third": 65}.get(name, 100) if recent else 100, people


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Account → its row of `cs health list`."""
    desk = new_workspace(tmp_path_factory.mktemp("caps") / "desk")
    settings = desk / "cs.yaml"
    settings.write_text(settings.read_text("utf-8").replace('today: "2026-06-30"', f'today: "{DAY}"'), "utf-8")
    lines: dict[str, list[str]] = {
        "a": ["account_id,name,created_on"], "t": ["touch_id,account_id,day,kind"],
        "s": ["subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,cancelled_on,status"],
        "c": ["contact_id,account_id,name,email,role,left_on"], "u": ["account_id,day,metric,value"],
        "n": ["response_id,account_id,email,kind,score,day"], "p": ["account_id,day,who,score,reason"],
        "k": ["ticket_id,account_id,opened_at,closed_at,priority,status"], "m": ["account_id,name,due,day"],
        "i": ["invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status"],
    }  # fmt: skip
    for name in SIGNS:
        begun = back(80) if name == "never" else back(900)
        seats, plan = (5, "small") if name == "silentc" else (12, "team")
        lines["a"].append(f"{name},{name},{begun}")
        asked = back(5) if name == "asked" else ""
        lines["s"].append(f"S-{name},{name},{plan},{seats},100,USD,month,{begun},{asked},active")
        lines["i"].append(f"I-{name},{name},{back(120)},{back(90)},{back(92)},1200,USD,paid")
        lines["i"].append(f"K-{name},{name},{back(2)},{back(-28)},,1200,USD,open")
        lines["t"].append(f"T-{name},{name},{back(61 if name.startswith('silent') else 6)},call")
        lines["n"].append(f"N-{name},{name},d@{name}.example,nps,{4 if name == 'angry' else 9},{back(19)}")
        lines["n"].append(f"M-{name},{name},u@{name}.example,nps,{4 if name == 'user' else 9},{back(40)}")
        lines["p"].append(f"{name},{back(5)},Robin,5,fine")
        if name.startswith("pulse"):
            lines["p"].append(f"{name},{back(9)},Kim,{name[-1]},uneasy")
        lines["c"].append(f"D-{name},{name},Dana,d@{name}.example,decision_maker,")
        lines["c"].append(f"C-{name},{name},Chris,c@{name}.example,champion,{back(10) if name == 'left' else ''}")
        if name != "never":
            lines["m"].append(f"{name},first_value,{begun + timedelta(days=40)},{begun + timedelta(days=30)}")
        for week in range(26 if name != "never" else 11):
            events, people = sums(name, week)
            lines["u"] += [f"{name},{back(7 * week)},events,{events}", f"{name},{back(7 * week)},active_users,{people}"]
    for name, days in (("late31", 31), ("late61", 61)):
        lines["i"].append(f"J-{name},{name},{back(days + 30)},{back(days)},,1200,USD,open")
    for name, old in (("gave", 8), ("tidied", 3)):
        lines["s"].append(f"O-{name},{name},extra,{old},100,USD,month,{back(900)},{back(20)},canceled")
    lines["m"].append(f"never,first_value,{back(40)},")
    for name, count, priority, days in (("urgent", 1, "urgent", 7), ("three", 3, "high", 2), ("two", 2, "high", 2)):
        lines["k"] += [f"K-{name}{n},{name},{back(days)}T09:00:00Z,,{priority},open" for n in range(count)]
    for kind, rows in lines.items():
        (desk / f"{kind}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = run_cs("-w", desk, "import", *(desk / f"{kind}.csv" for kind in lines), "--yes")
    assert done.code == 0, done.err
    found = run_cs("-w", desk, "health", "list", "-f", "json").json
    return {row["account_id"]: row for row in found}


@pytest.mark.parametrize("name", SIGNS)
def test_the_sign_alone_holds_the_score_down(listed: dict[str, dict[str, Any]], name: str) -> None:
    row = listed[name]
    assert row["capped_by"] == SIGNS[name], row
    if SIGNS[name] is None:
        assert row["band"] == "green"
        return
    health, _ = read_health(ROOT / "cs_cli" / "starter" / "health.yaml")
    assert health is not None
    standard = next(card for card in health.scorecards if card.name == row["scorecard"])
    height = next(cap.at_most for cap in standard.caps if cap.name == SIGNS[name])
    assert row["health"] == height
    assert row["band"] == ("red" if height <= 45 else "amber")


def test_every_cap_of_the_standard_card_is_tried() -> None:
    health, _ = read_health(ROOT / "cs_cli" / "starter" / "health.yaml")
    assert health is not None
    standard = next(card for card in health.scorecards if card.name == "standard")
    assert {cap.name for cap in standard.caps} == set(SIGNS.values()) - {None}
