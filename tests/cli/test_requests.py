"""The exceptions register: classed, decided by whoever feels the pain, found again as a precedent."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs
from tests.deliver.world import settings


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


def test_an_exception_that_was_granted_is_decided_in_facts_report_and_playbook(cs: Cs, workspace: Path) -> None:
    """One of each state, by a canonical file: register, facts and the overdue playbook say the same."""
    settings(workspace, today="2026-06-30", currency="USD")
    (workspace / "a.csv").write_text("account_id,name\nA1,Acme\n")
    (workspace / "c.csv").write_text(
        "contract_id,account_id,start,end,amount,currency\nC1,A1,2026-01-01,2026-12-31,9000,USD\n"
    )
    (workspace / "r.csv").write_text(
        "request_id,account_id,text,kind,severity,cost,currency,asked_on,due,decision,decided_on,until,status\n"
        "R1,A1,waits,discount,red,100,USD,2026-05-01,2026-06-01,,,,\n"
        "R2,A1,granted,discount,red,200,USD,2026-05-01,2026-06-01,approved,2026-05-20,2026-12-31,\n"
        "R3,A1,over,discount,red,300,USD,2026-05-01,2026-06-01,approved,2026-05-20,2026-06-15,\n"
        "R4,A1,done,discount,red,400,USD,2026-05-01,2026-06-01,approved,2026-05-20,,kept\n"
        "R5,A1,no,discount,red,500,USD,2026-05-01,2026-06-01,refused,2026-05-20,,\n"
        "R6,A1,later,discount,red,600,USD,2026-05-01,2026-06-01,approved,2026-07-05,,\n"
        "R7,A1,gone,discount,red,700,USD,2026-05-01,2026-06-01,,,,withdrawn\n"
    )
    files = [workspace / f"{name}.csv" for name in "acr"]
    assert cs("-w", workspace, "import", *files, "--yes").code == 0
    sections = cs("-w", workspace, "report", "requests", "-f", "json").json["sections"]
    listed = {row["text"]: row["state"] for key in ("open", "settled") for row in sections[key]["rows"]}
    assert listed == {
        "waits": "asked", "later": "asked", "granted": "decided", "over": "expired", "done": "kept", "no": "refused",
        "gone": "refused",
    }  # fmt: skip
    assert {row["text"] for row in sections["open"]["rows"]} == {"waits", "later"}
    assert sections["figures"]["figures"]["cost"]["value"] == 900
    for fact, value in (("requests_open", 2), ("requests_overdue", 2), ("requests_red_overdue", 2)):
        (row,) = cs("-w", workspace, "facts", "show", fact, "-f", "json").json
        assert row[fact] == value, fact
        told = cs("-w", workspace, "explain", "A1", fact, "-f", "json").json["sections"]["rows"]["rows"]
        assert len(told) == 2, told
    (row,) = cs("-w", workspace, "facts", "show", "exceptions_cost_12m", "-f", "json").json
    assert row["exceptions_cost_12m"] == 900
