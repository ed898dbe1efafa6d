"""No change of card, stage or window betters a band without a new row: the starter definitions, walked day by day.

One company whose rows all end early, while somebody else's use goes on, so that nothing is late: what moves is the
calendar alone. Red never becomes anything else, amber never green, unknown never green.
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.conftest import new_workspace, run_cs

START = date(2026, 1, 5)
LAST = 400
PLAN = (("kickoff", 7), ("data_connected", 18), ("first_value", 32))
# what each account has; `use` is what it logs in a day, on and on, as long as `until` says
ACCOUNTS: dict[str, dict[str, object]] = {
    "connected": {"plan": PLAN, "pulse": [(60, "Robin", 3)], "use": LAST},
    "bare": {"plan": PLAN, "pulse": [(60, "Robin", 3)]},
    "promised": {"plan": PLAN[2:], "pulse": [(10, "Robin", 4)], "use": LAST},
    "small": {"plan": PLAN, "seats": 2},
    "leaving": {"pulse": [(10, "Kim", 1), (19, "Robin", 5)], "use": LAST, "done": 20},
    "uneasy": {"pulse": [(30, "Kim", 2), (40, "Robin", 5)], "use": LAST, "done": 20},
    "doubtful": {"pulse": [(30, "Kim", 3)], "touch": [(40, "good")], "use": 45, "done": 20},
    "so-so": {"pulse": [(30, "Kim", 3)], "nps": 7},
    "angry": {"nps": 4, "touch": [(40, "good")], "use": LAST, "done": 20},
    "praised": {"pulse": [(30, "Robin", 5)], "nps": 9, "touch": [(30, "good")], "use": 50, "done": 20},
    "untidy": {"plan": PLAN[:2], "done": 20, "use": LAST, "touch": [(15, "good")]},
    "noticed": {"touch": [(30, "bad")], "use": LAST, "done": 20},
    "owing": {"owes": 30, "use": LAST, "done": 20},
    "unlinked": {"touch": [(5, "good")]},
    "veteran": {"since": -1500, "use": LAST, "touch": [(5, "good")]},
    "nothing": {},
}

Walk = dict[str, list[tuple[int, str, float | None, str | None]]]  # account → (day, band, health, card)


def on(days: int) -> date:
    return START + timedelta(days=days)


def lines() -> dict[str, list[str]]:
    made = {
        "account": ["account_id,name"], "milestone": ["account_id,name,due,day"],
        "usage": ["account_id,day,metric,value"],
        "subscription": ["subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status"],
        "pulse": ["account_id,day,who,score,reason"], "survey": ["response_id,account_id,email,kind,score,day"],
        "touch": ["touch_id,account_id,day,kind,sentiment"], "contact": ["contact_id,account_id,name,email,role"],
        "invoice": ["invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status"],
    }  # fmt: skip
    for name, has in ACCOUNTS.items():
        since = on(int(str(has.get("since", 0))))
        made["account"].append(f"{name},{name}")
        made["subscription"].append(f"S-{name},{name},team,{has.get('seats', 10)},1200,USD,year,{since},active")
        made["contact"].append(f"D-{name},{name},Dana,d@{name}.example,decision_maker")
        for step, due in has.get("plan", ()):  # type: ignore[attr-defined]
            made["milestone"].append(f"{name},{step},{on(due)},")
        if "done" in has:
            made["milestone"].append(f"{name},first_value,{on(30)},{on(int(str(has['done'])))}")
        for day, who, score in has.get("pulse", ()):  # type: ignore[attr-defined]
            made["pulse"].append(f"{name},{on(day)},{who},{score},said so")
        if "nps" in has:
            made["survey"].append(f"N-{name},{name},d@{name}.example,nps,{has['nps']},{on(30)}")
        for day, mood in has.get("touch", ()):  # type: ignore[attr-defined]
            made["touch"].append(f"T-{name},{name},{on(day)},call,{mood}")
        if "owes" in has:
            made["invoice"].append(f"I-{name},{name},{on(0)},{on(int(str(has['owes'])))},,1200,USD,open")
        for day in range(0, int(str(has.get("use", -1))) + 1):
            made["usage"] += [f"{name},{on(day)},logins,6", f"{name},{on(day)},active_users,5"]
    made["invoice"] += [f"P-{n},veteran,{on(n)},{on(n + 14)},{on(n + 9)},1200,USD,paid" for n in range(0, LAST, 30)]
    return made


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Account → (day after the start, band, health, card), in order."""
    from cs_cli.commands.desk import open_desk
    from cs_cli.scoring.desk import score_only
    from cs_cli.store.clock import set_clock

    desk = new_workspace(tmp_path_factory.mktemp("walk") / "desk")
    files = []
    for kind, rows in lines().items():
        files.append(desk / f"{kind}.csv")
        files[-1].write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = run_cs("-w", desk, "import", *files, "--as-of", on(LAST), "--yes")
    assert done.code == 0, done.err
    # every day around a boundary, every twelfth elsewhere
    edges = (14, 30, 45, 60, 61, 75, 89, 90, 105, 120, 135, 180, 275, 365, 395)
    days = {*range(61, LAST, 12), *(edge + by for edge in edges for by in (-1, 0, 1) if edge + by > 60)}
    found: Walk = {name: [] for name in ACCOUNTS}
    with open_desk(Path(desk), None, None) as opened:
        for day in sorted(days):
            # the plain bands: the margin around their edges keeps one longer, and never lets it rise sooner
            set_clock(opened.conn, on(day))
            score_only(opened.conn, opened.definitions, on(day))
            for name, band, health, card in opened.conn.execute(
                "SELECT f.account_id, s.band, s.health, s.scorecard FROM temp.account_scores s "
                "JOIN account_facts f ON f.account = s.account"
            ):
                found[name].append((day, band, health, card))
    return found


BETTER = {("red", "unknown"), ("red", "amber"), ("red", "green"), ("amber", "green"), ("unknown", "green")}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_days_alone_better_no_band(walked: Walk, name: str) -> None:
    for before, after in itertools.pairwise(walked[name]):
        assert (before[1], after[1]) not in BETTER, (name, before, after)


def test_the_walk_meets_every_card_and_band(walked: Walk) -> None:
    every = [one for steps in walked.values() for one in steps]
    assert {card for _, _, _, card in every} == {"onboarding", "no usage data", "standard"}
    assert {band for _, band, _, _ in every} == {"green", "amber", "red", "unknown"}
