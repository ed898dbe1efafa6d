"""The exceptions register: classed, decided by whoever feels the pain, found again as a precedent."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs


def register(cs: Cs, desk: Path, *words: str) -> dict[str, list[dict[str, object]]]:
    sections = cs("-w", desk, "report", "requests", *words, "-f", "json").json["sections"]
    return {name: sections[name]["rows"] for name in ("open", "settled")}


def test_kind_and_severity_decide_who_and_until_when(cs: Cs, demo: Path) -> None:
    for account, kind, severity in (("Cobalt", "discount", "red"), ("Solenne", "feature", "amber")):
        done = cs(
            "-w", demo, "log", account, "request", f"a {kind}", "--kind", kind, "--severity", severity, "--cost", "4800"
        )
        assert done.code == 0, done.err
    rows = {row["kind"]: row for row in register(cs, demo)["open"]}
    # the policy of the demo's cs.yaml: discount → am (Priya), feature → product (Ines); red 5, amber 15 working days
    assert (rows["discount"]["decider"], rows["discount"]["due_on"]) == ("Priya Nair", "2026-07-07")
    assert (rows["feature"]["decider"], rows["feature"]["due_on"]) == ("Ines Marchetti", "2026-07-21")
    assert rows["discount"]["cost"] == 4800


def test_a_decision_keeps_its_reason_and_is_found_as_a_precedent(cs: Cs, demo: Path) -> None:
    assert cs("-w", demo, "log", "Cobalt", "request", "20 % off", "--kind", "discount").code == 0
    assert cs("-w", demo, "log", "Cobalt", "request", "20 % off", "--decision", "approved").code == 2  # no reason
    decided = ["--decision", "approved", "--reason", "two years signed", "--until", "2027-06-30"]
    assert cs("-w", demo, "log", "Cobalt", "request", "20 % off", *decided).code == 0
    found = register(cs, demo, "--search", "DISCOUNT")
    assert found["open"] == []
    assert [(row["decision"], row["reason"], row["until"]) for row in found["settled"]] == [
        ("approved", "two years signed", "2027-06-30")
    ]
    assert register(cs, demo, "--search", "no such word") == {"open": [], "settled": []}


def test_an_earlier_day_does_not_know_the_decision(cs: Cs, demo: Path) -> None:
    assert cs("-w", demo, "log", "Cobalt", "request", "20 % off", "--kind", "discount", "--on", "2026-06-01").code == 0
    decided = ["--decision", "declined", "--reason", "price list", "--on", "2026-06-20"]
    assert cs("-w", demo, "log", "Cobalt", "request", "20 % off", *decided).code == 0
    before = cs("-w", demo, "--as-of", "2026-06-10", "report", "requests", "-f", "json").json["sections"]
    assert [row["decision"] for row in before["open"]["rows"]] == [None]


def test_a_policy_that_says_nothing_readable_is_refused_with_its_line(cs: Cs, workspace: Path) -> None:
    path = workspace / "cs.yaml"
    good = path.read_text()
    line = next(n for n, text in enumerate(good.split("\n"), 1) if text.startswith("  decides:"))
    for old, new, at, word in (
        ("  decides: {", "  desides: {", line, "decides"), ("discount: am", "discount: amm", line, '"am"'),
        ("acknowledge: 1, next_step: 1", "acknowledge: soon, next_step: 1", line + 2, "whole number"),
        ("    amber: {", "    ambre: {", line + 3, "ambre"),
    ):
        path.write_text(good.replace(old, new, 1))
        done = cs("-w", workspace, "check")
        assert done.code == 12 and f"cs.yaml:{at}:" in done.err and word in done.err, done.err
