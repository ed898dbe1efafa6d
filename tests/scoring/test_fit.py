"""Proposed weights: the planted measure is found, noise is not, and nothing is written but what was named."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from cs_cli.base.errors import UsageError
from cs_cli.definitions.health import read_health
from cs_cli.definitions.shapes import Measure, Scorecard
from cs_cli.scoring.backtest import Sample
from cs_cli.scoring.fit import NEEDED, Fit, card_score, fit
from cs_cli.scoring.fit_write import with_weights, write_proposal
from tests.conftest import Cs

CARD = Scorecard(
    "standard",
    measures=[
        Measure(name, name, "usage", weight, scale=[(0, 0), (1, 100)])
        for name, weight in (("sign", 10.0), ("noise", 60.0), ("never", 30.0))
    ],
)


def planted(strength: float, accounts: int = 160) -> list[Sample]:
    """Accounts of ten days each; a quarter is lost, and only `sign` knows. `never` is never known."""
    rnd = random.Random(5)
    found = []
    for account in range(accounts):
        gone = account % 4 == 0
        for day in range(10):
            sign = min(100.0, max(0.0, rnd.gauss(70 - (strength if gone else 0), 15)))
            points = (sign, rnd.uniform(0, 100), None)
            outcome, lost_on = ("churned", "2026-03-01") if gone else ("kept", None)
            found.append(
                Sample(f"2026-01-{day + 1:02d}", account, 50.0, "amber", "standard", 100, outcome, lost_on, (), points)  # type: ignore[arg-type]
            )
    return found


@pytest.fixture(scope="module")
def found() -> Fit:
    pytest.importorskip("sklearn")
    return fit(CARD, planted(35))


def test_the_planted_measure_gets_the_weight_and_the_card_ranks_better_on_accounts_it_never_saw(found: Fit) -> None:
    weights = {line.measure: line.proposed for line in found.lines}
    assert weights["sign"] > 60 > 10 > weights["noise"]
    assert found.proposed.value is not None
    assert found.now.value is not None
    assert found.proposed.value > found.now.value + 0.1
    assert found.churns == 40 >= NEEDED


def test_a_measure_that_is_never_known_keeps_its_weight(found: Fit) -> None:
    assert {line.measure: (line.weight, line.proposed) for line in found.lines}["never"] == (30.0, 30.0)
    assert sum(line.proposed for line in found.lines) == pytest.approx(100, abs=1)


def test_noise_is_not_dressed_up_as_a_better_card() -> None:
    pytest.importorskip("sklearn")
    noise = fit(CARD, planted(0))
    assert noise.proposed.value == pytest.approx(0.5, abs=0.1)
    assert noise.now.value is not None
    assert noise.proposed.value < noise.now.value + 0.05


def test_the_same_data_give_the_same_proposal(found: Fit) -> None:
    assert fit(CARD, planted(35)) == found


def test_a_card_is_scored_as_health_is() -> None:
    assert card_score([100, None, 50], [10, 60, 30]) == 62.5
    assert card_score([None, None, None], [10, 60, 30]) is None


def test_only_the_weights_change_in_the_written_text(workspace: Path, tmp_path: Path, found: Fit) -> None:
    source = workspace / "health.yaml"
    health, document = read_health(source)
    assert health is not None, document.faults
    card = next(card for card in health.scorecards if card.name == "standard")
    line = found.lines[0]
    from dataclasses import replace

    proposal = replace(
        found, lines=tuple(replace(line, measure=m.name, proposed=float(n)) for n, m in enumerate(card.measures, 1))
    )
    target = tmp_path / "proposed.yaml"
    before = source.read_bytes()
    write_proposal(source, target, proposal)
    assert source.read_bytes() == before
    pairs = zip(source.read_text().splitlines(), target.read_text().splitlines(), strict=True)
    changed = [(old, new) for old, new in pairs if old != new]
    assert all(old.strip().startswith("weight:") for old, _ in changed)
    written, document = read_health(target)
    assert written is not None, document.faults
    after = next(card for card in written.scorecards if card.name == "standard")
    assert [measure.weight for measure in after.measures] == [float(n) for n in range(1, len(card.measures) + 1)]
    others = [(a, b) for a, b in zip(health.scorecards, written.scorecards, strict=True) if a.name != "standard"]
    assert all([m.weight for m in a.measures] == [m.weight for m in b.measures] for a, b in others)
    assert with_weights(source, proposal) == target.read_text()


def test_a_file_that_is_there_is_never_replaced(workspace: Path, found: Fit) -> None:
    with pytest.raises(UsageError, match="SCO-013"):
        write_proposal(workspace / "health.yaml", workspace / "health.yaml", found)


def test_few_churns_are_said_and_nothing_is_proposed(demo_once: Path, cs: Cs, tmp_path: Path) -> None:
    shown = cs(
        "-w", demo_once, "health", "fit", "--since", "200d", "--step", 42, "--write", tmp_path / "x.yaml", "-f", "json"
    )
    assert shown.code == 0, shown.err
    assert shown.json["offered"] is False
    assert shown.json["churns"] < shown.json["needed"] == NEEDED
    assert "postmortem" in shown.json["why"]
    assert not (tmp_path / "x.yaml").exists()
    assert cs("-w", demo_once, "health", "fit", "--card", "nonsense").code == 2
