"""The names that segments and health add to the facts, and what each of them is made of.

A condition of a playbook may use all of them; a scorecard the facts and every dimension;
a dimension the facts and the dimensions above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING

from cs_cli.definitions.conditions.names import NameType

if TYPE_CHECKING:
    from cs_cli.definitions.conditions.sql import Params
    from cs_cli.definitions.shapes import Dimension, Health, Measure, Scorecard, Segments
    from cs_cli.facts.catalogue import Fact

OTHERWISE = "otherwise"
BAND_VALUES = ("red", "amber", "green", "unknown")
CHANGES = {"health_change_28d": 28, "health_change_91d": 91}
# name → (unit, meaning)
MEANINGS = {
    "health": ("score", "the score of 0 to 100 by the scorecard; unknown where no card applies or none of it is known"),
    "band": ("text", "red, amber, green or unknown, moved only by more than the card's hysteresis"),
    "known_share": ("ratio", "share of the card's weight whose measures are known"),
    "scorecard": ("text", "the scorecard of health.yaml that the account is scored by"),
    "capped_by": ("text", "the cap that holds the score down; unknown where none does"),
    "health_as_of": ("day", "oldest last day of late data that still speaks in the score; unknown with none"),
    "health_change_28d": ("score", "health less the health 28 days before, both as of their day"),
    "health_change_91d": ("score", "health less the health 91 days before, both as of their day"),
}
HEALTH_NAMES = frozenset(MEANINGS)

Names = Mapping[str, NameType]


def dimension_type(dimension: Dimension) -> NameType:
    """The type of a dimension's column: its entries are its values; tags when it is `any`."""
    values = [entry.name for entry in dimension.entries]
    if dimension.unknown is not None and dimension.unknown not in values:
        values.append(dimension.unknown)
    return NameType("text", tuple(dict.fromkeys(values)), many=dimension.any)


def extended(facts: Names, more: Mapping[str, NameType]) -> dict[str, NameType]:
    """The facts and more; keeps the kind of mapping, which may know names made on demand."""
    names = copy(facts) if isinstance(facts, dict) else dict(facts)
    names.update(more)
    return names


def health_facts() -> list[Fact]:
    """What health adds to the facts, as the catalogue lists facts; family "health", theme "health"."""
    from cs_cli.facts.catalogue import Fact

    return [Fact(name, unit, "health", "leads", meaning, "health") for name, (unit, meaning) in MEANINGS.items()]


def segment_names(facts: Names, segments: Segments) -> dict[str, NameType]:
    """The facts and every dimension; a dimension called like a fact stands for the dimension."""
    return names_before(segments, facts, len(segments.dimensions))


def all_names(facts: Names, segments: Segments, health: Health) -> dict[str, NameType]:
    """What playbooks may use: facts, dimensions, and what health says of an account."""
    cards = tuple(card.name for card in health.scorecards)
    caps = tuple(dict.fromkeys(cap.name for card in health.scorecards for cap in card.caps))
    return extended(
        segment_names(facts, segments),
        {
            "health": NameType("score"),
            "band": NameType("text", BAND_VALUES),
            "known_share": NameType("ratio"),
            "scorecard": NameType("text", cards or None),
            "capped_by": NameType("text", caps or None),
            "health_as_of": NameType("date"),
            **{name: NameType("score") for name in CHANGES},
        },
    )


def truth_sql(text: str, names: Names, params: Params, columns: Mapping[str, str] | None = None) -> str:
    """A condition as three-valued SQL (1, 0, NULL); `otherwise` is always true.

    columns: where a name does not simply stand for the column "name" of account_facts.
    """
    if text.strip() == OTHERWISE:
        return "1"
    from cs_cli.definitions.conditions import parse

    places = columns or {}
    return parse(text, names).sql(params, lambda name: places.get(name, f'f."{name}"'))


def names_in(text: str, names: Names) -> frozenset[str]:
    """The names that a condition uses."""
    if text.strip() == OTHERWISE:
        return frozenset()
    from cs_cli.definitions.conditions import parse

    return parse(text, names).names


def age_fact(fact: str, names: Names) -> str | None:
    """The fact that says how old another one is: pulse → pulse_age_days, nps_latest → nps_age_days."""
    stem = fact
    while stem:
        if f"{stem}_age_days" in names and f"{stem}_age_days" != fact:
            return f"{stem}_age_days"
        stem = stem.rpartition("_")[0]
    return None


def measure_needs(measure: Measure, names: Names) -> frozenset[str]:
    """The facts and dimensions that one measure reads."""
    found = {measure.fact}
    if measure.stale_after is not None and (age := age_fact(measure.fact, names)):
        found.add(age)
    for branch in measure.when or ():
        found |= names_in(branch.condition, names)
    return frozenset(found)


def card_needs(card: Scorecard, names: Names) -> frozenset[str]:
    """The facts and dimensions that a scorecard reads."""
    found = set(names_in(card.applies, names))
    for measure in card.measures:
        found |= measure_needs(measure, names)
    for cap in card.caps:
        found |= names_in(cap.condition, names)
    return frozenset(found)


def wanted_dimensions(
    segments: Segments, facts: Names, wanted: Iterable[str]
) -> tuple[list[Dimension], set[str]]:
    """The dimensions that are needed for `wanted`, in order, and the facts that those read.

    Goes upwards: a later dimension may use earlier ones, and one called like a fact reads that fact.
    """
    needed, used = set(wanted), set[str]()
    chosen: list[Dimension] = []
    known = {dimension.name for dimension in segments.dimensions}
    for index in range(len(segments.dimensions) - 1, -1, -1):
        dimension = segments.dimensions[index]
        if dimension.name not in needed:
            continue
        chosen.append(dimension)
        names = names_before(segments, facts, index)
        earlier = {other.name for other in segments.dimensions[:index]}
        for entry in dimension.entries:
            for name in names_in(entry.when, names):
                (needed if name in earlier else used).add(name)
    return chosen[::-1], used | (needed - known)


def names_before(segments: Segments, facts: Names, index: int) -> dict[str, NameType]:
    """What the dimension at `index` may use: the facts and the dimensions above it."""
    above = segments.dimensions[:index]
    return extended(facts, {dimension.name: dimension_type(dimension) for dimension in above})
