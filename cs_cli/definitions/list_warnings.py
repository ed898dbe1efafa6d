"""What is allowed in segments.yaml and health.yaml and still looks wrong: gaps, overlaps, what can never count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cs_cli.base.errors import Fault
from cs_cli.definitions.conditions import Condition, Names, parse
from cs_cli.definitions.segments import dimension_type, extended
from cs_cli.definitions.shapes import Dimension, Health, Measure, Scorecard, Segments

# what an entry is called, its condition, its place in `at`
Listed = tuple[str, Condition | None, str]


def list_warnings(segments: Segments, health: Health, names: Names) -> list[Fault]:
    """DEF-060, 061 and 065 to 067 with file, line and column, in the order of the files. Both were checked before.

    names: the facts. What is said is always right, but not every overlap is found: only comparisons of one fact
    with a written value are looked at.
    """
    known = extended(names, {})
    found: list[Fault] = []
    for dimension in segments.dimensions:
        found += _dimension(dimension, known)
        known[dimension.name] = dimension_type(dimension)
    cards = [(card.name, _condition(card.applies, known), "applies") for card in health.scorecards]
    for at, fault in _overlaps(cards, "the scorecard {name} is never used: {above} above it takes the same accounts"):
        found.append(_fault("health.yaml", health.scorecards[at].at, *fault))
    if cards and _leaves_a_gap(cards):
        last = health.scorecards[-1]
        what = "an account to which no scorecard applies has no health: the last one does not say otherwise"
        found.append(_fault("health.yaml", last.at, "DEF-066", what, "applies"))
    for card in health.scorecards:
        found += _card(card, known)
    return sorted(found, key=lambda fault: (fault.file or "", fault.line or 0, fault.column or 0))


def _dimension(dimension: Dimension, names: Names) -> Iterator[Fault]:
    list_key = "list." if "list" in dimension.at else ""
    entries = [
        (entry.name, _condition(entry.when, names), f"{list_key}{i}.{entry.name}")
        for i, entry in enumerate(dimension.entries)
    ]
    for name, condition, place in entries:
        if condition is not None and condition.never_true:
            what = f"nobody is ever {name} of {dimension.name}: {_short(condition)}"
            yield _fault("segments.yaml", dimension.at, "DEF-060", what, place)
    if dimension.any:
        return  # tags may overlap, and an account may have none
    for _, fault in _overlaps(entries, f"{{name}} of {dimension.name} is never reached: {{above}} above it takes all"):
        yield _fault("segments.yaml", dimension.at, *fault)
    if _leaves_a_gap(entries):
        what = (
            f"an account that meets no entry of {dimension.name} is in no segment: the list does not end in otherwise"
        )
        yield _fault("segments.yaml", dimension.at, "DEF-066", what, entries[-1][2])


def _card(card: Scorecard, names: Names) -> Iterator[Fault]:
    for measure in card.measures:
        place = f"measures.{measure.name}"
        if measure.weight == 0:
            what = f"{measure.name} of {card.name} weighs 0: it is shown and counts for nothing"
            yield _fault("health.yaml", card.at, "DEF-067", what, f"{place}.weight")
        for at, fault in _overlaps(_branches(measure, names), f"this branch of {measure.name} is never reached"):
            yield _fault("health.yaml", card.at, fault[0], f"{fault[1]}: {_branch(measure, at)}", fault[2])
    for i, cap in enumerate(card.caps):
        condition = _condition(cap.condition, names)
        if condition is None or condition.always_true_when_known:
            what = f"the cap {cap.name} of {card.name} always holds: nobody is above {cap.at_most:g}"
            yield _fault("health.yaml", card.at, "DEF-061", what, f"caps.{i}.if")
        elif condition.never_true:
            what = f"the cap {cap.name} of {card.name} never holds: {_short(condition)}"
            yield _fault("health.yaml", card.at, "DEF-060", what, f"caps.{i}.if")


def _branches(measure: Measure, names: Names) -> list[Listed]:
    return [
        (str(i), _condition(when.condition, names), f"measures.{measure.name}.when.{i}.if")
        for i, when in enumerate(measure.when or [])
    ]


def _branch(measure: Measure, at: int) -> str:
    return " ".join((measure.when or [])[at].condition.split())


def _overlaps(entries: Sequence[Listed], say: str) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """(which, (ident, what, place)) of the entries that those above take everything from."""
    above: list[Condition] = []
    for at, (name, condition, place) in enumerate(entries):
        closed = next((other for other, one, _ in entries[:at] if one is None or one.always_true), None)
        if closed is None and condition is not None and not condition.never_true:
            closed = next(
                (other for other, one, _ in entries[:at] if one is not None and condition.covered_by([one])), None
            )
            if closed is None and condition.covered_by(above):
                closed = "what stands"
        if closed is not None:
            yield at, ("DEF-065", say.format(name=name, above=closed), place)
        if condition is not None:
            above.append(condition)


def _leaves_a_gap(entries: Sequence[Listed]) -> bool:
    conditions = [condition for _, condition, _ in entries]
    if any(one is None or one.always_true for one in conditions):
        return False
    first, *others = [one for one in conditions if one is not None]
    return not first.opposite_covered_by(others)


def _condition(text: str, names: Names) -> Condition | None:
    """None is otherwise."""
    return None if text.strip() == "otherwise" else parse(text, names)


def _fault(file: str, at: Mapping[str, str], ident: str, what: str, place: str) -> Fault:
    while place and place not in at:
        place = place.rpartition(".")[0]
    line, _, column = at.get(place, next(iter(at.values()), "")).partition(":")
    return Fault(ident, what, file=file, line=int(line) if line else None, column=int(column) if column else None)


def _short(condition: Condition) -> str:
    text = " ".join(condition.text.split())
    return text if len(text) <= 80 else text[:79] + "…"
