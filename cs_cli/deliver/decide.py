"""What to say now, to whom, and why: pure. No clock, no database, no network.

The ledger says what was said; the occurrences say what is due; the day, the working calendar and the
last run say whether this is the moment. Every delivery comes out in exactly one plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.cases.ahead import FAR_AHEAD
from cs_cli.deliver.model import SETTLED, Entry, Item, Key, Occurrence, Plan, Target

if TYPE_CHECKING:
    from cs_cli.base.days import WorkCalendar

Ledger = Mapping[tuple[Key, Target], Entry]
MANY = 5  # more single messages than this for one person at once become one digest
FLOOD = 100  # more messages than this through one channel in one run are no work of a desk but a mistake
TOO_MANY = "more than the channel sends in one run"


@dataclass(frozen=True)
class Rules:
    """The settings that a decision depends on. resend: channels where an unknown outcome is repeated; once: of those
    the ones where it arrives once more, so that one repeat is all; shared: channels
    of which everybody reads the same post, so that one digest is for all."""

    calendar: WorkCalendar
    resend: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    any_day: bool = False  # reports go out on the day they are asked for, worked or not


def clock_ahead(day: date, last_run: date | None) -> int | None:
    """By how many days the clock is suspiciously far ahead of the last run; None when it is not."""
    ahead = (day - last_run).days if last_run else 0
    return ahead if ahead > FAR_AHEAD else None


def decide(
    occurrences: Iterable[Occurrence],
    ledger: Ledger,
    day: date,
    rules: Rules,
    last_run: date | None,
    *,
    clock_confirmed: bool = False,
    doubt_until: date | None = None,
) -> list[Plan]:
    """One plan per message that goes out now, and one per delivery that does not, each with its reason.

    last_run: the last day whose reminders were sent; None on the first run ever, which is one digest
    per person. doubt_until: the ledger was restored, so what was due by that day and is not in it may
    have been sent. The result depends on the arguments alone and is in a stable order.
    """
    by_key: dict[Key, list[Entry]] = {}
    for entry in ledger.values():
        by_key.setdefault(entry.key, []).append(entry)
    still: list[Plan] = []
    ready: list[tuple[Occurrence, Item]] = []
    repeats: dict[tuple[Target, str], list[Item]] = {}
    seen: set[Key] = set()
    stop = _stop(day, last_run, rules, clock_confirmed)
    for occurrence in sorted(occurrences, key=lambda one: (one.key, one.due)):
        if occurrence.key in seen:
            continue
        seen.add(occurrence.key)
        entries = {entry.target: entry for entry in by_key.get(occurrence.key, [])}
        # whom it goes to was settled when it was first planned: a changed role is no new reminder
        for target in sorted(entries) or sorted(set(occurrence.targets)):
            found = entries.get(target)
            item = _item(occurrence, target, found, day)
            plan = _not_now(occurrence, item, found, stop, rules, doubt_until)
            if plan is not None:
                still.append(plan)
            elif found is not None and found.state in ("unknown", "sending"):
                repeats.setdefault((target, found.message_id or item.uid), []).append(item)
            else:
                ready.append((occurrence, item))
    for key, left in by_key.items():
        if key not in seen:
            still += [_orphan(entry) for entry in left if entry.state not in SETTLED]
    catch_up = last_run is None or rules.calendar.between(last_run, day) > 1
    out = _group(ready, catch_up, last_run is None, rules.shared)
    for (target, _), items in repeats.items():
        reason = "the outcome is unknown and the channel says resend"
        out.append(Plan("send" if len(items) == 1 else "digest", reason, target, tuple(items), repeat=True))
    return sorted([*out, *still], key=_order)


def capped(plans: list[Plan], at_most: Mapping[str, int]) -> list[Plan]:
    """What a channel sends in one run, and the rest held for the next one; what was due first goes first.

    at_most: messages by channel; FLOOD where it names none.
    """
    out: list[Plan] = []
    count: dict[str, int] = {}
    for plan in sorted(plans, key=lambda one: (not one.goes_out, _oldest(one), _order(one))):
        channel = plan.target.channel
        if plan.goes_out:
            count[channel] = count.get(channel, 0) + 1
            if count[channel] > at_most.get(channel, FLOOD):
                plan = Plan("hold", TOO_MANY, plan.target, plan.items, plan.missed, record="planned")
        out.append(plan)
    return sorted(out, key=_order)


def _oldest(plan: Plan) -> date:
    return min(item.due for item in plan.items)


def _order(plan: Plan) -> tuple[object, ...]:
    return (not plan.goes_out, plan.target, plan.kind != "digest", plan.items[0].key if plan.items else ())


def _stop(day: date, last_run: date | None, rules: Rules, clock_confirmed: bool) -> str | None:
    """Why nothing at all goes out on this day."""
    if last_run is not None and day < last_run:
        return f"the clock is behind the last run on {last_run}"
    ahead = clock_ahead(day, last_run)
    if ahead is not None and not clock_confirmed:
        return f"the clock is {ahead} days ahead of the last run on {last_run}"
    if not rules.any_day and not rules.calendar.is_working(day):
        return f"a quiet day; the next working day is {rules.calendar.add(day, 1)}"
    return None


def _item(occurrence: Occurrence, target: Target, entry: Entry | None, day: date) -> Item:
    due = entry.due if entry is not None else occurrence.due
    return Item(
        occurrence.key, target, due, new=entry is None, late=due < day, over=occurrence.over, case=occurrence.case,
        account=occurrence.account,
    )  # fmt: skip


def _not_now(
    occurrence: Occurrence, item: Item, entry: Entry | None, stop: str | None, rules: Rules, doubt_until: date | None
) -> Plan | None:
    """The plan of a delivery that does not go out now; None when it may."""
    record = "planned" if entry is None else None
    if entry is None and doubt_until is not None and item.due <= doubt_until:
        return _hold(item, "it may have been sent before the database was restored", "unknown")
    if entry is not None and entry.state in SETTLED:
        when = f" on {entry.settled_on}" if entry.settled_on else ""
        return Plan("skip", f"{entry.state}{when}", item.target, (item,))
    if entry is not None and entry.state in ("unknown", "sending"):
        spent = item.target.channel in rules.once and entry.doubts > 1
        if item.target.channel not in rules.resend or entry.final or spent:  # final: the repeat was refused for good
            return _hold(item, f"unknown whether it arrived: {entry.reason}".rstrip(": "), None)
        if occurrence.over:
            return _hold(item, f"unknown whether it arrived, and {occurrence.over}", None)
    if entry is not None and entry.state == "failed" and entry.final:
        return _hold(item, f"failed for good: {entry.reason}".rstrip(": "), None)
    if stop is not None:
        return _hold(item, stop, record)
    if occurrence.silent and not occurrence.over:
        return _hold(item, occurrence.silent, record)
    return None


def _hold(item: Item, reason: str, record: str | None) -> Plan:
    return Plan("hold", reason, item.target, (item,), record=record)


def _orphan(entry: Entry) -> Plan:
    item = Item(entry.key, entry.target, entry.due)
    return Plan("hold", "its playbook or its case is not there any more", entry.target, (item,))


def _group(
    ready: list[tuple[Occurrence, Item]], catch_up: bool, first: bool, shared: frozenset[str] = frozenset()
) -> list[Plan]:
    """Messages from what may go out: singles alone, the rest of a person in one digest.

    After missed days, and on the first run ever, everything is one digest. What is not true any more
    is listed at the end of a message that goes out anyway, and is never a message of its own. A shared channel has one
    digest for everybody.
    """

    def reader(item: Item) -> Target:
        return Target(item.target.channel, "") if item.target.channel in shared else item.target

    plans: list[Plan] = []
    for target in sorted({reader(item) for _, item in ready}):
        mine = [(occurrence, item) for occurrence, item in ready if reader(item) == target]
        missed = tuple(item for _, item in mine if item.over)
        live = [(occurrence, item) for occurrence, item in mine if not item.over]
        singles = [item for occurrence, item in live if occurrence.mode == "single"]
        together = [item for occurrence, item in live if occurrence.mode != "single"]
        if catch_up or len(singles) > MANY:
            together, singles = [item for _, item in live], []
        plans += [Plan("send", "due", item.target, (item,)) for item in singles]
        if together:
            reason = "the first run" if first else "catching up" if catch_up else "due"
            plans.append(Plan("digest", reason, _for_all(together), tuple(together), missed))
        else:
            plans += [Plan("skip", item.over or "", item.target, (item,), record="missed") for item in missed]
    return plans


def _for_all(items: list[Item]) -> Target:
    """Everybody that the items of one channel are for, each named once, in order of appearance."""
    names = dict.fromkeys(name for item in items for name in item.target.recipient.split(", ") if name)
    return Target(items[0].target.channel, ", ".join(names))
