"""Health against the pulse, rolled up to parents, and what is said where bands are unknown."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs
from tests.deliver.world import settings


def test_a_pulse_that_says_another_band_is_listed_and_one_that_agrees_is_not(demo: Path, cs: Cs) -> None:
    listed = cs("-w", demo, "health", "list", "-f", "json").json
    green = [row for row in listed if row["band"] == "green"]
    for row, score in ((green[0], 2), (green[1], 5)):
        done = cs("-w", demo, "log", row["account_id"], "pulse", "--score", score, "--reason", "as felt")
        assert done.code == 0, done.err
    found = cs("-w", demo, "health", "list", "--disagree", "-f", "json").json
    assert [row["account_id"] for row in found] == [green[0]["account_id"]]
    (one,) = found
    assert (one["pulse"], one["pulse_says"], one["pulse_by"]) == (2, "red", "Mara Lindqvist")
    assert one["gap"] == round(25 - one["health"], 1)


def test_health_rolls_up_to_the_top_of_the_chain_by_arr(workspace: Path, cs: Cs) -> None:
    (workspace / "accounts.csv").write_text(
        "account_id,name,parent_id\na,Top,\nb,Mid,a\nc,Leaf,b\nd,Alone,\ne,Ring,f\nf,Gnir,e\n", encoding="utf-8"
    )
    (workspace / "subs.csv").write_text(
        "subscription_id,account_id,quantity,amount,currency,interval,started_on,status\n"
        + "".join(f"s{n},{n},1,{amount},USD,year,2025-01-01,active\n"
                  for n, amount in (("a", 1000), ("b", 3000), ("c", 6000), ("d", 100), ("e", 10), ("f", 20))),
        encoding="utf-8",
    )  # fmt: skip
    for name in ("accounts", "subs"):
        assert cs("-w", workspace, "import", workspace / f"{name}.csv", "--yes").code == 0
    for account, pulse in (("a", 5), ("b", 3), ("c", 1)):
        assert cs("-w", workspace, "log", account, "pulse", "--score", pulse, "--reason", "x").code == 0
        assert cs("-w", workspace, "log", account, "touch").code == 0
    health = {row["account_id"]: row for row in cs("-w", workspace, "health", "list", "-f", "json").json}
    found = cs("-w", workspace, "health", "list", "--by-parent", "-f", "json").json
    assert [(row["account_id"], row["name"], row["accounts"], row["arr"]) for row in found] == [
        ("a", "Top", 3, 10_000.0), ("e", "Ring", 2, 30.0),
    ]  # fmt: skip
    expected = sum(health[n]["health"] * health[n]["arr"] for n in "abc") / 10_000
    assert found[0]["health"] == round(expected, 1)
    assert found[0]["known_arr"] == 10_000.0
    assert found[1]["health"] is None  # nothing is known of the ring


def test_many_unknown_bands_are_explained_on_stderr(workspace: Path, cs: Cs) -> None:
    (workspace / "accounts.csv").write_text("account_id,name,stage\na,Ann,customer\nb,Bob,customer\n", encoding="utf-8")
    assert cs("-w", workspace, "import", workspace / "accounts.csv", "--yes").code == 0
    shown = cs("-w", workspace, "health", "list", "-f", "json")
    assert {row["band"] for row in shown.json} == {"unknown"}
    assert "2 of 2 bands are unknown" in shown.err
    for word in ("known share 0.00 < 0.50", "missing for all: pulse (35)", "log pulses (cs log ACCOUNT pulse)"):
        assert word in shown.err


def test_known_bands_need_no_word(demo_once: Path, cs: Cs) -> None:
    assert cs("-w", demo_once, "health", "list").err == ""


def test_the_two_lists_exclude_each_other(demo_once: Path, cs: Cs) -> None:
    assert cs("-w", demo_once, "health", "list", "--disagree", "--by-parent").code == 2


def test_a_score_leads_on_to_its_parts(demo_once: Path, cs: Cs) -> None:
    """Each command that is named is run as it stands, down to the rows behind the measure that costs most."""
    shown = cs("-w", demo_once, "health", "show", "Wrenfield").out
    (line,) = [one for one in shown.splitlines() if one.startswith("Next: ")]
    explained = cs("-w", demo_once, "explain", "Wrenfield", "health").out
    assert "cs health show 8834502643" in explained
    commands = line.removeprefix("Next: ").split(", ")
    assert len(commands) == 2
    for command in (*commands, "cs health show 8834502643", "cs health changes 8834502643 --by-measure"):
        done = cs("-w", demo_once, *command.split()[1:])
        assert done.code == 0, done.err
    assert "usage-2026-06-30.csv" in cs("-w", demo_once, *commands[0].split()[1:]).out


def test_health_show_draws_13_weeks_for_people(demo_once: Path, cs: Cs) -> None:
    table = cs("-w", demo_once, "health", "show", "Tallgrass").out
    assert "13 weeks" in table
    assert any(bar in table for bar in "▁▂▃▄▅▆▇█")
    assert "trend" not in cs("-w", demo_once, "health", "show", "Tallgrass", "-f", "json").json


def test_a_prospect_has_no_health_unless_a_card_names_the_status(workspace: Path, cs: Cs) -> None:
    (workspace / "a.csv").write_text("account_id,name\nA1,Alder Works\nA2,Birch Labs\n")
    (workspace / "c.csv").write_text(
        "contract_id,account_id,start,end,amount,currency\nC1,A1,2026-01-01,2026-12-31,12000,USD\n"
    )
    settings(workspace, today="2026-06-30", currency="USD")
    done = cs("-w", workspace, "import", workspace / "a.csv", workspace / "c.csv", "--as-of", "2026-06-01", "--yes")
    assert done.code == 0, done.err
    for account in ("A1", "A2"):
        assert cs("-w", workspace, "log", account, "pulse", "--score", "5", "--reason", "well").code == 0
    rows = {row["account_id"]: row for row in cs("-w", workspace, "health", "list", "--all", "-f", "json").json}
    assert rows["A1"]["health"] == 100 and rows["A2"]["health"] is None and rows["A2"]["scorecard"] is None
    assert list(rows) == ["A1", "A2"] and rows["A2"]["band"] == "unknown"
    path = workspace / "health.yaml"
    card = """scorecards:
  - name: courting
    about: How the talk goes
    applies: status == "prospect"
    measures:
      pulse: {fact: pulse, family: sentiment, kind: leads, weight: 100, scale: [[1, 0], [5, 100]]}
"""
    path.write_text(path.read_text().replace("scorecards:\n", card, 1))
    rows = {row["account_id"]: row for row in cs("-w", workspace, "health", "list", "--all", "-f", "json").json}
    assert (rows["A2"]["health"], rows["A2"]["scorecard"]) == (100, "courting")


def test_what_health_says_stands_in_the_list_of_facts(demo_once: Path, cs: Cs) -> None:
    listed = cs("-w", demo_once, "facts", "list", "--family", "health", "-f", "json").json
    assert {row["fact"] for row in listed} >= {"health", "band", "health_change_28d"}
    shown = cs("-w", demo_once, "facts", "show", "health_change_28d", "-f", "json").json
    falls = {row["account_id"]: row["change_28d"] for row in cs("-w", demo_once, "health", "list", "-f", "json").json}
    assert any(row["health_change_28d"] for row in shown)
    assert all(row["health_change_28d"] == falls[row["account_id"]] for row in shown if row["account_id"] in falls)
