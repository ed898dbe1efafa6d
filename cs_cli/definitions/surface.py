"""Where what people write differs from the shapes: keys, allowed words, ranges, short forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from cs_cli.base.near import did_you_mean
from cs_cli.definitions.periods import ONE_OFF, PERIOD_WORDS, period_of
from cs_cli.definitions.records import DELIVERED, SINGULAR
from cs_cli.definitions.shapes import Clocks, Control, Dimension, Entry, Measure, Severity, Shape, When
from cs_cli.definitions.yaml_reader import Path_

if TYPE_CHECKING:
    from cs_cli.definitions.shape_reader import Walker

SEVERITIES = ("red", "amber", "info")
FAMILIES = ("fiscal", "satisfaction", "usage", "adoption", "sentiment", "relationship")
KINDS = ("escalation", "renewal", "onboarding", "adoption", "expansion", "advocacy", "voice")
# as in facts/rhythm.py, which says what they mean
RHYTHMS = ("daily", "weekly", "monthly", "weekly_by_end", "monthly_by_end")
DAYS_OF_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Shape -> field -> the key that people write
KEYS: dict[str, dict[str, str]] = {
    "Playbook": {"hold_for": "for"},
    "When": {"condition": "if"},
    "Cap": {"condition": "if"},
}

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("Settings", "week_start"): ("monday", "sunday", "saturday"),
    ("Settings", "working_days"): DAYS_OF_WEEK,
    ("Usage", "no_rows"): ("unknown", "zero"),
    ("Settings", "accounts_from"): ("crm", "billing", "both"),
    ("Measure", "family"): FAMILIES,
    ("Measure", "kind"): ("leads", "lags"),
    ("Measure", "missing"): ("skip", "unknown"),
    ("MetricSet", "mrr_from"): ("auto", "subscriptions", "events", "contracts", "invoices"),
    ("MetricSet", "ends"): ("first_free_day", "last_day"),
    ("MetricSet", "churn_day"): ("ended_on", "cancelled_on"),
    ("Playbook", "kind"): KINDS,
    ("Playbook", "subject"): ("account", "contract"),
    ("Reminder", "mode"): ("digest", "single"),
    ("SourceColumn", "type"): ("text", "day", "money", "number", "integer", "percent", "flag", "email",
                               "domain", "choice", "hours", "instant", "currency", "interval", "every",
                               "months", "notice", "mark"),
    ("SourceColumn", "decimal"): (".", ","),
    ("SourceColumn", "dashes"): ("cents", "minus"),
    ("SourceColumn", "combine"): ("first", "last", "sum", "least", "most"),
    ("SourceDef", "kind"): DELIVERED,
    ("SourceDef", "ids"): ("salesforce",),
    ("SourceDef", "ends"): ("last_day", "first_free_day"),
    ("SourceDef", "money"): ("read", "keep"),
    ("SourceDef", "without_account"): ("refuse", "skip"),
    ("SourceDef", "role"): ("canonical", "crm", "billing", "support", "product", "survey", "book"),
    ("SourcePart", "kind"): DELIVERED,
    ("SourcePart", "day"): ("each", "changed"),
    ("SourceDef", "key_from"): ("row",),
    ("SourceDef", "combine"): ("refuse", "sum", "last", "first", "lines", "items"),
}

CHOICES.update({("SourceField", name): words for (shape, name), words in list(CHOICES.items())
                if shape == "SourceColumn"})

_DAYS = (0, 3650)
RANGES: dict[tuple[str, str], tuple[float, float]] = {
    ("Settings", "format"): (1, 1),
    ("Clocks", "acknowledge"): (0, 365), ("Clocks", "next_step"): (0, 365), ("Clocks", "resolve"): (0, 365),
    ("Measure", "weight"): (0, 1000), ("Measure", "stale_after"): (1, 3650), ("Measure", "missing"): (0, 100),
    ("When", "score"): (0, 100), ("Cap", "at_most"): (0, 100),
    ("Bands", "green"): (0, 100), ("Bands", "red"): (0, 100), ("Bands", "hysteresis"): (0, 20),
    ("Scorecard", "min_known_share"): (0, 1), ("Control", "share"): (0, 0.5),
    ("MetricSet", "reactivation_gap_days"): _DAYS, ("MetricSet", "past_due_is_churn_after"): _DAYS,
}

Reader = Callable[["Walker", Any, Path_], Any]


def text_of(walker: Walker, value: Any, path: Path_) -> str:
    """A condition: text, or a plain true or false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    found = walker.value(str, value, path)
    return found if isinstance(found, str) else ""


def pairs(walker: Walker, value: Any, path: Path_) -> list[tuple[str, str, Path_]]:
    """`- name: condition` entries as (name, condition, path of the condition)."""
    found = []
    for i, one in enumerate(walker.sequence(value, path) or []):
        at = (*path, i)
        mapping = walker.mapping(one, at)
        if mapping is None:
            continue
        if len(mapping) != 1:
            walker.fault("DEF-013", "each entry is one name and one condition, as in  - A: arr > 5000", at)
            continue
        (name,) = mapping
        found.append((name, text_of(walker, mapping[name], (*at, name)), (*at, name)))
    for name, condition, at in found[:-1]:
        if condition.strip() == "otherwise":
            walker.fault("DEF-025", f"otherwise closes the list; nothing behind {name} can be reached", at)
    return found


def limit_of(walker: Walker, value: Any, path: Path_) -> str | None:
    """30 as well as "30": a number of cases needs no quotes."""
    return str(value) if type(value) is int else walker.value(str, value, path)


def severities(walker: Walker, value: Any, path: Path_) -> list[Severity]:
    """A word, or a list `- red: condition`."""
    listed = [(value, "otherwise", path)] if isinstance(value, str) else pairs(walker, value, path)
    for name, _, at in listed:
        if name not in SEVERITIES:
            hint = did_you_mean(name, SEVERITIES)
            walker.fault("DEF-015", f'severity cannot be "{name}"' + hint, at,
                         key=True, name="severity", value=name, expected=", ".join(SEVERITIES))
    if not listed and isinstance(value, list):
        walker.fault("DEF-013", "the list of severities is empty", path, name="severity")
    return [Severity(name, condition) for name, condition, _ in listed]


def control(walker: Walker, value: Any, path: Path_) -> Control:
    """A share held out, or a mapping with the outcome as well."""
    if isinstance(value, dict):
        return walker.struct(Control, value, path) or Control()
    share = walker.value(float, value, path)
    walker.check_range("Control", "share", share, path)
    return Control(share) if isinstance(share, int | float) else Control()


def clocks(walker: Walker, value: Any, path: Path_) -> dict[str, Clocks]:
    """Flat clocks count for every severity; or severity -> clocks."""
    found = walker.mapping(value, path) or {}
    if found and not any(isinstance(one, dict) for one in found.values()):
        one = walker.struct(Clocks, found, path)
        return dict.fromkeys(SEVERITIES, one) if one is not None else {}
    read = {}
    for name, one in found.items():
        if name not in SEVERITIES:
            walker.fault("DEF-012", f'there is no severity "{name}"' + did_you_mean(name, SEVERITIES), (*path, name),
                         key=True, name=name, expected=", ".join(SEVERITIES))
        made = walker.struct(Clocks, one, (*path, name))
        if made is not None:
            read[name] = made
    return read


def kind_clocks(walker: Walker, value: Any, path: Path_) -> dict[str, dict[str, Clocks]]:
    """Kind of request -> its own clocks."""
    found = walker.mapping(value, path) or {}
    return {kind: clocks(walker, written, (*path, kind)) for kind, written in found.items()}


def _of_kinds(walker: Walker, value: Any, path: Path_) -> Iterator[tuple[str, Any, Path_]]:
    """(record kind, what is written of it, where); a kind may stand in the plural."""
    read: set[str] = set()
    for name, written in (walker.mapping(value, path) or {}).items():
        at = (*path, name)
        kind = SINGULAR.get(name, name)
        if kind not in DELIVERED:
            hint = did_you_mean(name, [*DELIVERED, *SINGULAR])
            walker.fault("DEF-012", f'there is no kind of record called "{name}"' + hint, at, key=True, name=name,
                         expected=", ".join(DELIVERED))
        elif kind in read:
            walker.fault("DEF-017", f"{kind} stands twice in {path[-1]}", at, key=True, value=name)
        read.add(kind)
        yield kind, written, at


def rhythm(walker: Walker, value: Any, path: Path_) -> dict[str, str]:
    """Record kind -> how often news of it come, and which day of its period a row bears."""
    read: dict[str, str] = {}
    for kind, written, at in _of_kinds(walker, value, path):
        if written not in RHYTHMS:
            walker.fault("DEF-012", f'there is no rhythm "{written}"' + did_you_mean(str(written), RHYTHMS), at,
                         name=kind, value=str(written)[:40], expected=", ".join(RHYTHMS))
            continue
        read[kind] = str(written)
    return read


def freshness(walker: Walker, value: Any, path: Path_) -> dict[str, int]:
    """Record kind -> days."""
    read: dict[str, int] = {}
    for kind, written, at in _of_kinds(walker, value, path):
        name = str(at[-1])
        days = walker.value(int, written, at)
        if days is None:
            continue
        if not 1 <= days <= 3650:
            walker.fault("DEF-015", f"{name} is {days}; freshness must be from 1 to 3650 days", at, name=name,
                         value=str(days), expected="1 to 3650")
        read[kind] = days
    return read


def invoice_periods(walker: Walker, value: Any, path: Path_) -> dict[str, str]:
    """One word for every invoice, or source, plan or number -> word; the names in small letters."""
    alone = isinstance(value, str | int)
    read: dict[str, str] = {}
    for name, written in ({"*": value} if alone else walker.mapping(value, path) or {}).items():
        at = path if alone else (*path, name)
        word = str(written)
        if word != ONE_OFF and period_of(word) is None:
            walker.fault("DEF-015", f'{name} cannot be "{word}"' + did_you_mean(word, [*PERIOD_WORDS, ONE_OFF]), at,
                         name=str(name), value=word, expected="month, quarter, year, 6 months … or one_off")
            continue
        read[" ".join(str(name).split()).casefold()] = word
    return read


def dimensions(walker: Walker, value: Any, path: Path_) -> list[Dimension]:
    """`tier: [{A: "arr >= 50_000"}, …]`, or a mapping with about, list, unknown, any."""
    made = []
    for name, written in (walker.mapping(value, path) or {}).items():
        at = (*path, name)
        if isinstance(written, list):
            entries = entries_of(walker, written, at)
            made.append(Dimension(name, entries, at=walker.places(at)))
            continue
        found = walker.struct(_Written, written, at)
        if found is not None:
            made.append(Dimension(name, found.entries, any=found.any, unknown=found.unknown,
                                  about=found.about, at=walker.places(at)))
    return made


def entries_of(walker: Walker, value: Any, path: Path_) -> list[Entry]:
    """The entries of one dimension, in order."""
    entries = [Entry(name, condition) for name, condition, _ in pairs(walker, value, path)]
    if not entries:
        walker.fault("DEF-013", "the list is empty", path)
    return entries


class _Written(Shape, frozen=True):
    """A dimension as written, its name being the key above."""

    entries: list[Entry]
    any: bool = False
    unknown: str | None = None
    about: str | None = None


KEYS["_Written"] = {"entries": "list"}


def measures(walker: Walker, value: Any, path: Path_) -> list[Measure]:
    """name -> measure."""
    made = []
    for name, written in (walker.mapping(value, path) or {}).items():
        one = walker.struct(Measure, written, (*path, name), {"name": name})
        if one is not None:
            made.append(one)
    return made


def measure_when(walker: Walker, value: Any, path: Path_) -> list[When]:
    """`- {if: condition, score: 70}`; otherwise closes the list."""
    listed = walker.sequence(value, path) or []
    for i, one in enumerate(listed[:-1]):
        if isinstance(one, dict) and one.get("if") == "otherwise":
            walker.fault("DEF-025", "otherwise closes the list; nothing behind it can be reached", (*path, i))
    made = [walker.struct(When, one, (*path, i)) for i, one in enumerate(listed)]
    return [one for one in made if one is not None]


SPECIAL: dict[tuple[str, str], Reader] = {
    ("Metrics", "invoice_period"): invoice_periods,
    ("MetricSet", "invoice_period"): invoice_periods,
    ("Settings", "freshness"): freshness,
    ("Settings", "rhythm"): rhythm,
    ("Requests", "clocks"): clocks,
    ("Requests", "clocks_by_kind"): kind_clocks,
    ("Segments", "dimensions"): dimensions,
    ("_Written", "entries"): entries_of,
    ("Scorecard", "measures"): measures,
    ("Scorecard", "applies"): text_of,
    ("Measure", "when"): measure_when,
    ("When", "condition"): text_of,
    ("Cap", "condition"): text_of,
    ("Playbook", "severity"): severities,
    ("Playbook", "sla"): clocks,
    ("Playbook", "control"): control,
    ("Playbook", "limit"): limit_of,
    ("Playbook", "when"): text_of,
    ("Playbook", "applies_to"): text_of,
    ("Playbook", "done_when"): text_of,
    ("Playbook", "clear_when"): text_of,
    ("Playbook", "lost_when"): text_of,
    ("PlaybookTask", "when"): text_of,
    ("Reminder", "when"): text_of,
    ("PlaybookTask", "done_when"): text_of,
}
