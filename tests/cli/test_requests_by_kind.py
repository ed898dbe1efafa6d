"""Clocks per kind of request and severity, from cs.yaml: what is due when, and what a misspelt kind says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs

BY_KIND = "  clocks_by_kind:\n    discount: {red: {acknowledge: 1, next_step: 1, resolve: 2}}\n"


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    path = workspace / "cs.yaml"
    text = path.read_text()
    assert "requests:\n" in text
    path.write_text(text.replace("requests:\n", "requests:\n" + BY_KIND, 1))
    (workspace / "a.csv").write_text("account_id,name\nA1,Acme\n")
    assert cs("-w", workspace, "import", workspace / "a.csv").code == 0
    return workspace


def test_a_request_is_due_by_the_clock_of_its_kind(cs: Cs, desk: Path) -> None:
    for kind, severity, due in (
        ("discount", "red", "2026-07-02"),  # two working days after Tuesday, June 30
        ("feature", "red", "2026-07-07"),  # five, as for every kind
        ("discount", "amber", "2026-07-21"),  # a severity that the kind leaves out
    ):
        text = f"{kind} {severity}"
        done = cs("-w", desk, "log", "A1", "request", text, "--kind", kind, "--severity", severity)
        assert done.code == 0, done.err
        rows = cs("-w", desk, "explain", "A1", "requests_open", "-f", "json").json["sections"]["rows"]["rows"]
        assert any(f"kind {kind}, severity {severity}" in row["text"] and due in row["text"] for row in rows), rows


def test_an_escalation_takes_clocks_and_decider_of_its_kind(cs: Cs, desk: Path) -> None:
    assert cs("-w", desk, "escalate", "A1", "--red", "wants 30 % off", "--kind", "discount").code == 0
    assert cs("-w", desk, "escalate", "A1", "--red", "CEO furious").code == 0
    rows = cs("-w", desk, "escalations", "list", "-f", "json").json
    assert {row["because"]: row["resolve_by"] for row in rows} == {
        "wants 30 % off": "2026-07-02",
        "CEO furious": "2026-07-07",
    }
    refused = cs("-w", desk, "escalate", "A1", "--red", "x", "--kind", "discuont")
    assert refused.code == 2 and 'did you mean "discount"?' in refused.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("discount: {red: {ack", "discuont: {red: {ack", 'called "discuont"; did you mean "discount"?'),
        ("discount: {red: {ack", "discount: {rde: {ack", 'there is no severity "rde"; did you mean "red"?'),
        ("resolve: 2}}", "resolv: 2}}", 'there is no key "resolv" here; did you mean "resolve"?'),
    ],
)
def test_a_misspelt_word_in_them(cs: Cs, desk: Path, old: str, new: str, said: str) -> None:
    path = desk / "cs.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    done = cs("-w", desk, "check")
    assert (done.code, done.out) == (12, "")
    assert said in done.err and "cs.yaml:" in done.err
