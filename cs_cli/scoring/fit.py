"""Weights that a company's own churn proposes for one scorecard: ridge-penalised logistic regression.

Loss (churn or contraction within the horizon) is explained by how far each measure is from its best,
on the past days of the backtest. Weights below zero make no card, so such measures are dropped one by
one. Both cards are judged by the same arithmetic that scores accounts, the proposed one only on
accounts that it was not fitted on (five folds by account).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import UsageError
from cs_cli.scoring.backtest import Past, Sample, churns
from cs_cli.scoring.backtest_stats import Interval, Row, auc_interval
from cs_cli.scoring.health import fixed

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Health, Scorecard

LEAST = 0.05  # a measure known on fewer account-days cannot be judged and keeps its weight
NEEDED = 30  # churned accounts; with fewer, weights are noise with a decimal point
FOLDS = 5
RIDGE = (0.003, 0.03, 0.3)  # 1 ÷ penalty, from the strongest on


@dataclass(frozen=True)
class Line:
    """One measure side by side: weights now and proposed, and how well it ranks by itself."""

    measure: str
    family: str
    weight: float
    proposed: float
    alone: Interval


@dataclass(frozen=True)
class Fit:
    """A proposal for one card. now and proposed: AUC for any loss, the proposed one cross-validated."""

    card: str
    churns: int
    rows: int
    accounts: int
    lines: tuple[Line, ...]
    now: Interval
    proposed: Interval
    ridge: float


def card_to_fit(past: Past, health: Health, named: str | None) -> tuple[Scorecard, list[Sample]]:
    """The named card, else the one under which most accounts churned, and its samples. UsageError SCO-014."""
    cards = {card.name: card for card in health.scorecards}
    if named is not None and named not in cards:
        from cs_cli.base.near import did_you_mean

        raise UsageError.of(
            "SCO-014", f'there is no scorecard "{named}"{did_you_mean(named, cards)}', expected=", ".join(cards)
        )
    of: dict[str, list[Sample]] = {name: [] for name in cards}
    for one in past.samples:
        if one.card is not None:
            of[one.card].append(one)
    if not cards:
        raise UsageError.of("SCO-014", "health.yaml has no scorecard", file="health.yaml", next="cs init writes one")
    name = named or max(cards, key=lambda card: (len(churns(of[card])), len(of[card])))
    return cards[name], of[name]


def fit(card: Scorecard, samples: Sequence[Sample]) -> Fit:
    """The proposal. Needs scikit-learn (extra fit), UsageError SCO-012; and losses and keeps in every fold."""
    usable = [one for one in samples if any(value is not None for value in points_of(card, one))]
    points = [points_of(card, one) for one in usable]
    lost = [int(one.outcome != "kept") for one in usable]
    accounts = [one.account for one in usable]
    judged = [
        place
        for place in range(len(card.measures))
        if sum(row[place] is not None for row in points) >= LEAST * len(points)
    ]
    shortfall = [[distances(card, row)[place] for place in judged] for row in points]
    ridge = _best_ridge(shortfall, lost, accounts)
    weights = _scaled(card, judged, _weights(shortfall, lost, ridge), whole=True)
    honest: list[float | None] = [None] * len(usable)
    for train, test in _folds(lost, accounts):
        part = _scaled(card, judged, _weights([shortfall[n] for n in train], [lost[n] for n in train], ridge))
        for n in test:
            honest[n] = card_score(points[n], part)
    now = [card_score(row, [measure.weight for measure in card.measures]) for row in points]
    lines = tuple(
        Line(
            measure.name,
            measure.family,
            measure.weight,
            weights[place],
            _auc(accounts, [row[place] for row in points], lost),
        )
        for place, measure in enumerate(card.measures)
    )
    return Fit(
        card=card.name,
        churns=len(churns(samples)),
        rows=len(usable),
        accounts=len(set(accounts)),
        lines=lines,
        now=_auc(accounts, now, lost),
        proposed=_auc(accounts, honest, lost),
        ridge=ridge,
    )


def points_of(card: Scorecard, sample: Sample) -> list[float | None]:
    """The measures' points; what is missing counts as the card says, None where it is shared out."""
    found: list[float | None] = []
    for measure, value in zip(card.measures, sample.points, strict=True):
        if value is None:
            found.append(fixed(measure))
        else:
            found.append(value if value >= 0 else None)
    return found


def card_score(points: Sequence[float | None], weights: Sequence[float]) -> float | None:
    """Σ weight × points ÷ Σ weight over what is known, as a card works it out; rounded as health is."""
    known = [(value, weight) for value, weight in zip(points, weights, strict=True) if value is not None]
    total = sum(weight for _, weight in known)
    return round(sum(value * weight for value, weight in known) / total, 1) if total > 0 else None


def distances(card: Scorecard, points: Sequence[float | None]) -> list[float]:
    """How far each measure is from 100, as 0 to 1; an unknown one is as far as the known ones are on average,
    which is what sharing its weight out means."""
    mean = card_score(points, [measure.weight or 1e-9 for measure in card.measures])
    return [(100.0 - (value if value is not None else mean or 0.0)) / 100.0 for value in points]


def _auc(accounts: Sequence[int], scores: Sequence[float | None], lost: Sequence[int]) -> Interval:
    return auc_interval([Row(a, s, bool(y)) for a, s, y in zip(accounts, scores, lost, strict=True)])


def _scaled(card: Scorecard, judged: Sequence[int], found: Sequence[float], *, whole: bool = False) -> list[float]:
    """The weights of a card: those judged share what they weigh together now, the others keep theirs.

    Where nothing was found at all today's weights stand.
    """
    weights = [measure.weight for measure in card.measures]
    room, total = sum(weights[place] for place in judged), sum(found)
    if total > 0:
        for place, weight in zip(judged, found, strict=True):
            share = weight / total * room
            weights[place] = float(round(share)) if whole else share
    return weights


def _weights(rows: Sequence[Sequence[float]], lost: Sequence[int], ridge: float) -> list[float]:
    """Coefficients of the regression, none below zero: the most negative one is dropped until none is left."""
    learn = _learn("linear_model").LogisticRegression
    active = list(range(len(rows[0])))
    table = importlib.import_module("numpy").asarray(rows)
    while active:
        model = learn(C=ridge, max_iter=1_000)
        model.fit(table[:, active], lost)
        found = [float(value) for value in model.coef_[0]]
        worst = min(range(len(active)), key=lambda n: found[n])
        if found[worst] >= 0:
            by_place = dict(zip(active, found, strict=True))
            return [by_place.get(n, 0.0) for n in range(len(rows[0]))]
        active.pop(worst)
    return [0.0] * len(rows[0])


def _best_ridge(rows: Sequence[Sequence[float]], lost: Sequence[int], accounts: Sequence[int]) -> float:
    """The penalty whose held-out AUC is best; of two alike the stronger."""
    from cs_cli.scoring.backtest_stats import auc

    best, best_auc = RIDGE[0], -1.0
    folds = _folds(lost, accounts)
    for ridge in RIDGE:
        held: list[Row] = []
        for train, test in folds:
            weights = _weights([rows[n] for n in train], [lost[n] for n in train], ridge)
            held += [
                Row(0, round(-sum(w * x for w, x in zip(weights, rows[n], strict=True)), 6), bool(lost[n]))
                for n in test
            ]
        value = auc(held) or 0.0
        if value > best_auc + 0.001:
            best, best_auc = ridge, value
    return best


def _folds(lost: Sequence[int], accounts: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Five parts, no account in two of them, losses spread evenly; the same parts every time."""
    split = _learn("model_selection").StratifiedGroupKFold(n_splits=FOLDS)
    return [
        ([int(n) for n in train], [int(n) for n in test])
        for train, test in split.split([[0]] * len(lost), lost, groups=accounts)
    ]


def _learn(name: str) -> Any:
    try:
        return importlib.import_module(f"sklearn.{name}")
    except ImportError as error:
        raise UsageError.of("SCO-012", "scikit-learn is not installed", next="pip install 'cs-desk[fit]'") from error
