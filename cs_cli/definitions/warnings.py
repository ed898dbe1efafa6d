"""What is allowed and still looks wrong: conditions that can never or always hold, settings that change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cs_cli.base.errors import Fault
from cs_cli.definitions.conditions import Condition, Names, parse
from cs_cli.definitions.playbooks import applies_condition
from cs_cli.definitions.shapes import Metrics, MetricSet, Playbook, Settings


def playbook_warnings(playbooks: Iterable[Playbook], names: Names) -> list[Fault]:
    """DEF-060 and DEF-061 with file, line and column, in the order of the files. The playbooks were checked before."""
    found = [one for playbook in playbooks for one in _of(playbook, names)]
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
    for at, entry in enumerate(playbook.severity):
        if entry.when.strip() != "otherwise":
            condition = parse(entry.when, names)
            if condition.never_true or condition.never_true_with(when):
                yield _warning(playbook, f"severity.{at}", "DEF-060",
                               f"{playbook.playbook} can never be {entry.severity} here: {_short(condition)}")
    for key in ("done_when", "lost_when"):
        text = getattr(playbook, key)
        if text is not None and (closing := parse(text, names)).never_true:
            yield _warning(playbook, key, "DEF-060", f"{playbook.playbook} never ends so: {_short(closing)}")


def _warning(playbook: Playbook, key: str, ident: str, what: str) -> Fault:
    line, _, column = playbook.at.get(key, "").partition(":")
    return Fault(ident, what, file=playbook.file or None, line=int(line) if line else None,
                 column=int(column) if column else None)


def _short(condition: Condition) -> str:
    text = " ".join(condition.text.split())
    return text if len(text) <= 80 else text[:79] + "…"
