"""What is allowed and still looks wrong: conditions that can never or always hold, settings that change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cs_cli.base.errors import Fault
from cs_cli.definitions.conditions import Condition, Names, parse
from cs_cli.definitions.playbooks import applies_condition
from cs_cli.definitions.shapes import Metrics, MetricSet, Playbook, Segments, Settings


def playbook_warnings(
    playbooks: Iterable[Playbook], names: Names, segments: Segments | None = None
) -> list[Fault]:
    """DEF-060, -061, -065, -069 and -070 with file, line and column, in the order of the files.

    The playbooks were checked before; those that are not enabled may be left out. segments: what puts an account into
    the segments that a playbook is for.
    """
    every = list(playbooks)
    found = [one for playbook in every for one in _of(playbook, names)]
    told = {fault.file for fault in found}
    if segments is not None:
        found += [one for playbook in every for one in _through_segments(playbook, names, segments)
                  if one.file not in told]
    found += [*_idle_inhibitors(every, names), *_twins(every)]
    return sorted(found, key=lambda fault: (fault.file or "", fault.line or 0, fault.column or 0))


def idle_settings(settings: Settings, metrics: Metrics) -> list[Fault]:
    """DEF-068 for every key that is set and that no figure goes by, so that nobody waits for its effect."""
    plain, first = MetricSet(), metrics.sets[0]
    idle = {
        "cs.yaml": ["thresholds"] * bool(settings.thresholds),
        "metrics.yaml": [
            *(f"sets: {one.name}" for one in metrics.sets[1:]),
            *(key for key in ("churn_day", "reactivation_gap_days", "past_due_is_churn_after")
              if getattr(first, key) != getattr(plain, key)),
            *["targets"] * bool(metrics.targets),
        ],
    }
    return [Fault("DEF-068", f"{key} changes nothing yet", file=file) for file, keys in idle.items() for key in keys]


def _of(playbook: Playbook, names: Names) -> Iterator[Fault]:
    when = parse(playbook.when, names)
    applies = parse(applies_condition(playbook), names)
    if when.never_true:
        yield _warning(playbook, "when", "DEF-060", f"{playbook.playbook} can never fire: {_short(when)}")
    elif applies.never_true:
        yield _warning(playbook, "applies_to", "DEF-060", f"{playbook.playbook} applies to nobody: {_short(applies)}")
    elif when.never_true_with(applies):
        yield _warning(playbook, "when", "DEF-060", f"{playbook.playbook} can never fire: when and applies_to exclude "
                       "each other")
    if when.always_true_when_known:
        yield _warning(playbook, "when", "DEF-061", f"{playbook.playbook} always fires: {_short(when)}")
    above: list[Condition] = []
    for at, entry in enumerate(playbook.severity):
        condition = None if entry.when.strip() == "otherwise" else parse(entry.when, names)
        if condition is not None and (condition.never_true or condition.never_true_with(when)):
            yield _warning(playbook, f"severity.{at}", "DEF-060",
                           f"{playbook.playbook} can never be {entry.severity} here: {_short(condition)}")
        elif above and (when if condition is None else condition).covered_by(above):
            what = f"{playbook.playbook} is never {entry.severity} by this line: those above hold wherever it does"
            yield _warning(playbook, f"severity.{at}", "DEF-065", what)
        above += [] if condition is None else [condition]
    for key in ("done_when", "lost_when", "clear_when"):
        text = getattr(playbook, key)
        if text is not None and (closing := parse(text, names)).never_true:
            yield _warning(playbook, key, "DEF-060", f"{playbook.playbook} never ends so: {_short(closing)}")


def _through_segments(playbook: Playbook, names: Names, segments: Segments) -> Iterator[Fault]:
    """A playbook for segments whose accounts its condition excludes: for tier A (arr >= 50000) when arr < 1000."""
    parts = [parse(playbook.when, names), parse(applies_condition(playbook), names)]
    used = parts[0].names | parts[1].names
    for dimension in segments.dimensions:
        if dimension.name not in used or dimension.any:
            continue
        meant, shut = [], []
        for entry in dimension.entries:
            here = parse(f'{dimension.name} == "{entry.name}"', names)
            if parts[0].never_true_with(parts[1], here):
                continue
            meant.append(entry)
            if entry.when.strip() != "otherwise" and parts[0].never_true_with(parts[1], here, parse(entry.when, names)):
                shut.append(entry)
        # an account of the dimension's own word for unknown may still fire
        left = dimension.unknown is not None and not parts[0].never_true_with(
            parts[1], parse(f'{dimension.name} == "{dimension.unknown}"', names)
        )
        if meant and len(shut) == len(meant) and not left:
            why = " and ".join(f"{dimension.name} {one.name} is {_clip(one.when)}" for one in shut)
            yield _warning(playbook, "when", "DEF-060", f"{playbook.playbook} can never fire: {why}")


def _idle_inhibitors(playbooks: Iterable[Playbook], names: Names) -> Iterator[Fault]:
    """What waits for a case of a playbook that opens none."""
    fires = {book.playbook for book in playbooks if book.enabled and not parse(book.when, names).never_true}
    for playbook in playbooks:
        for other in playbook.inhibited_by if playbook.enabled else ():
            if other not in fires:
                what = f"{other} inhibits {playbook.playbook} and never fires"
                yield _warning(playbook, "inhibited_by", "DEF-069", what)


def _twins(playbooks: Iterable[Playbook]) -> Iterator[Fault]:
    """Enabled playbooks about the same at the same time: each would open a case of its own."""
    first: dict[tuple[str, str, str], Playbook] = {}
    for playbook in playbooks:
        if playbook.enabled:
            key = playbook.subject, " ".join(applies_condition(playbook).split()), " ".join(playbook.when.split())
            other = first.setdefault(key, playbook)
            if other is not playbook:
                yield _warning(playbook, "when", "DEF-070", f"{playbook.playbook} fires whenever {other.playbook} does")


def _warning(playbook: Playbook, key: str, ident: str, what: str) -> Fault:
    line, _, column = playbook.at.get(key, "").partition(":")
    return Fault(ident, what, file=playbook.file or None, line=int(line) if line else None,
                 column=int(column) if column else None)


def _short(condition: Condition) -> str:
    return _clip(condition.text)


def _clip(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"
