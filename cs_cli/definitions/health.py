"""health.yaml: scorecards, their measures, caps and bands."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite
from pathlib import Path

from cs_cli.base.near import did_you_mean
from cs_cli.definitions.conditions import Names, NameType
from cs_cli.definitions.loading import check_condition, check_label, load
from cs_cli.definitions.segments import extended
from cs_cli.definitions.shapes import Health, Measure, Scorecard
from cs_cli.definitions.yaml_reader import Document, Path_

FLAG_WORDS = ("true", "false", "yes", "no", "1", "0")  # how a table of values names the two answers
BANDS = ("red", "amber", "green", "unknown")


def read_health(path: Path, name: str = "health.yaml") -> tuple[Health | None, Document]:
    """health.yaml as Health, with its document; facts and conditions are checked by check_health."""
    health, document = load(Health, path, name)
    if health is not None:
        names: list[str] = []
        for i, card in enumerate(health.scorecards):
            at: Path_ = ("scorecards", i)
            check_label(document, (*at, "name"), card.name, "the name of a scorecard")
            if card.name in names:
                document.fault("DEF-017", f"the scorecard {card.name} stands twice", (*at, "name"),
                               value=card.name)
            names.append(card.name)
            _check_card(card, document, at)
    return (None if document.faults else health), document


def _check_card(card: Scorecard, document: Document, at: Path_) -> None:
    if not card.measures:
        document.fault("DEF-014", f"the scorecard {card.name} has no measures", at, name="measures")
    elif not any(measure.weight > 0 for measure in card.measures):
        document.fault("DEF-019", "at least one measure needs a weight above 0", (*at, "measures"))
    if card.bands.red >= card.bands.green:
        document.fault("DEF-015", f"red ({card.bands.red:g}) must lie below green ({card.bands.green:g})",
                       (*at, "bands"), name="bands")
    elif card.bands.hysteresis * 2 > card.bands.green - card.bands.red:
        document.fault("DEF-015", "hysteresis is wider than half the amber band",
                       (*at, "bands", "hysteresis"), name="hysteresis", value=f"{card.bands.hysteresis:g}")
    for measure in card.measures:
        _check_measure(measure, document, (*at, "measures", measure.name))
    names: list[str] = []
    for i, cap in enumerate(card.caps):
        if cap.name in names:
            document.fault("DEF-017", f"the cap {cap.name} stands twice", (*at, "caps", i, "name"),
                           value=cap.name)
        names.append(cap.name)


def _check_measure(measure: Measure, document: Document, at: Path_) -> None:
    check_label(document, at, measure.name, "the name of a measure", key=True)
    ways = [way for way in ("scale", "values", "when") if getattr(measure, way) is not None]
    if len(ways) != 1:
        found = " and ".join(ways) or "none of them"
        document.fault("DEF-018", f"{measure.name} needs one of scale, values and when, not {found}", at)
    if measure.scale is not None:
        check_scale(measure.scale, document, (*at, "scale"), monotone=measure.monotone)
    for value, score in (measure.values or {}).items():
        if not 0 <= score <= 100:
            document.fault("DEF-018", f"a score is 0 to 100, not {score:g}", (*at, "values", value))
    for i, when in enumerate(measure.when or []):
        here: Path_ = (*at, "when", i)
        if (when.score is None) == (when.scale is None):
            document.fault("DEF-018", "each entry needs either score or scale", here)
        if when.scale is not None:
            check_scale(when.scale, document, (*here, "scale"), monotone=measure.monotone)


def check_scale(scale: list[tuple[float, float]], document: Document, at: Path_, *, monotone: bool) -> None:
    """Points from left to right, scores 0 to 100 that only rise or only fall unless monotone is off."""
    if len(scale) < 2:
        document.fault("DEF-018", "a scale has at least two points", at)
        return
    for i, (value, score) in enumerate(scale):
        if not 0 <= score <= 100:
            document.fault("DEF-018", f"a score is 0 to 100, not {score:g}", (*at, i))
        if i and value <= scale[i - 1][0]:
            document.fault("DEF-018", f"{value:g} stands behind {scale[i - 1][0]:g}; points go from low to "
                           "high", (*at, i))
    steps = [b[1] - a[1] for a, b in pairwise(scale)]
    if monotone and any(step > 0 for step in steps) and any(step < 0 for step in steps):
        document.fault("DEF-018", "the scores rise and fall", at,
                       next="correct the points, or write monotone: false if that is meant")


def check_health(health: Health, document: Document, names: Names) -> dict[str, NameType]:
    """Checks facts and conditions; gives the names with health, band, … added."""
    for i, card in enumerate(health.scorecards):
        at: Path_ = ("scorecards", i)
        if card.applies.strip() != "otherwise":
            check_condition(document, (*at, "applies"), card.applies, names)
        for measure in card.measures:
            _check_fact(measure, document, (*at, "measures", measure.name), names)
        for j, cap in enumerate(card.caps):
            check_condition(document, (*at, "caps", j, "if"), cap.condition, names)
    return extended(names, health_names(health))


def _check_fact(measure: Measure, document: Document, at: Path_, names: Names) -> None:
    fact = names.get(measure.fact)
    if fact is None:
        hint = did_you_mean(measure.fact, names)
        document.fault("DEF-041", f"there is no fact called {measure.fact}" + hint,
                       (*at, "fact"), value=measure.fact)
    elif measure.scale is not None and fact.type in ("text", "date"):
        document.fault("DEF-043", f"{measure.fact} is {fact.type}; a scale needs a number", (*at, "fact"),
                       value=measure.fact, next="use values or when")
    else:
        _check_values(measure, fact, document, at)
    for i, when in enumerate(measure.when or []):
        if when.condition.strip() != "otherwise":
            check_condition(document, (*at, "when", i, "if"), when.condition, names)


def _check_values(measure: Measure, fact: NameType, document: Document, at: Path_) -> None:
    """A table names answers that the fact can give; any other would silently never count."""
    words = FLAG_WORDS if fact.type == "flag" else fact.values or ()
    for value in measure.values or {}:
        if words:
            fits, expected = value.casefold() in [word.casefold() for word in words], ", ".join(words)
        else:
            fits, expected = fact.type in ("text", "date") or _is_number(value), "a number"
        if not fits:
            document.fault("DEF-044", f'{measure.fact} is never "{value}"' + did_you_mean(value, words),
                           (*at, "values", value), key=True, value=value, expected=expected)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def health_names(health: Health) -> dict[str, NameType]:
    """What a score adds to the facts."""
    return {
        "health": NameType("score"),
        "band": NameType("text", BANDS),
        "known_share": NameType("ratio"),
        "health_as_of": NameType("date"),
        "health_change_28d": NameType("score"),
        "health_change_91d": NameType("score"),
        "scorecard": NameType("text", tuple(card.name for card in health.scorecards)),
    }
