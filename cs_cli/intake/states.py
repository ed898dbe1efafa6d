"""A subscription as a line in time: what its snapshots said, in the order of their days, and when each held.

A snapshot tells what is so on its day. Where it says another thing than the one before it, a new state begins: on the
source's own day of it where there is one, else on the snapshot's day. What was known of earlier days stands. The line
is a function of what was said and of the days it was said for, never of the order in which files came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cs_cli.definitions.words import means

OPEN_END = "9999-12-31"

# what a snapshot says of a subscription that makes its state
SAID = (
    "status", "trial", "started_on", "trial_starts_on", "trial_ends_on", "paused_on", "resumed_on", "period_starts_on",
    "cancelled_on", "ended_on", "plan", "product", "quantity", "amount", "arr", "currency", "discount", "interval",
    "interval_count",
)
# a change of these is a new state; where one of them was not known before, knowing it now is none
MONEY = ("plan", "product", "quantity", "amount", "arr", "currency", "discount", "interval", "interval_count")
RESTING = ("paused", "pending")
Said = Mapping[str, Any]    # SAID → value
RUNS = ("running", "past_due")


@dataclass(frozen=True)
class Observation:
    """What one snapshot said. seen_on: the day it speaks for; order: its change set; seen_before: the day of the
    snapshot before it that held the subscription, None for the first; line: where it stands in its file; inferred: no
    snapshot of that day said it, a later one tells of it."""

    seen_on: str
    order: int
    said: Said
    seen_before: str | None = None
    line: int | None = None
    inferred: bool = False

    @property
    def end(self) -> str | None:
        """The first day without it, past or ahead; a status that is over without a day ended when it was cancelled."""
        ended = self.said["ended_on"]
        if ended is None and means("over_subscription", self.said["status"]):
            ended = self.said["cancelled_on"] or self.said["started_on"]
        return None if ended is None else str(ended)

    @property
    def ends_undated(self) -> bool:
        """Is it over, without any day of that?"""
        known = self.said["ended_on"] or self.said["cancelled_on"]
        return known is None and means("over_subscription", self.said["status"])

    @property
    def leaves(self) -> bool:
        """Does it run, and will not be renewed?"""
        return means("leaving_subscription", self.said["status"])

    @property
    def state(self) -> str:
        """running, past_due, trial, paused, pending (not begun, never completed) or ended, on the snapshot's day."""
        status, end = self.said["status"], self.end
        if end is not None and end <= self.seen_on:
            return "ended"
        if means("paused_subscription", status):
            return "paused"
        if means("unbegun_subscription", status):
            return "pending"
        trial = means("trial_subscription", status) or self.said["trial"] == 1
        if trial or (self.said["trial_ends_on"] or "") > self.seen_on:
            return "trial"
        return "past_due" if means("dunned_subscription", status) else "running"


@dataclass(frozen=True)
class Step:
    """An observation and when it held: from_on to till_on (None: it goes on). See migration 8 for the rest."""

    seen: Observation
    from_on: str | None
    till_on: str | None
    state: str
    trial_till: str | None = None
    then_arr: int | None = None
    rests_since: str | None = None


def says_the_same(one: Observation, other: Observation) -> bool:
    """Is this the state that the earlier observation told already?"""
    before, now = one.said, other.said
    if (one.state, one.end, one.leaves) != (other.state, other.end, other.leaves):
        return False
    if one.state == "trial" and before["trial_ends_on"] != now["trial_ends_on"]:
        return False
    if one.state == "pending" and before["started_on"] != now["started_on"]:
        return False
    if before["arr"] is None and now["arr"] is not None and before["currency"] in (None, now["currency"]):
        return True
    return all(before[name] is None or before[name] == now[name] for name in MONEY)


def refined(one: Observation, other: Observation) -> Observation:
    """The earlier observation with what only the later one knows of the same state.

    A trial that began after it was seen is none of its days: a free month between two exports makes no past.
    """
    news = {name: other.said[name] for name in SAID if one.said[name] is None}
    if max(other.said["trial_starts_on"] or "", other.said["trial_ends_on"] or "") > one.seen_on:
        news |= {name: one.said[name] for name in ("trial_starts_on", "trial_ends_on")}
    if one.said["arr"] is None and other.said["arr"] is not None:
        news |= {name: other.said[name] for name in MONEY}
    return replace(one, said={**one.said, **news})


def hides_a_trial(one: Observation, before: Observation | None) -> bool:
    """Does it tell of a free time that began while it ran, and that no snapshot saw begin?

    before: the observation before it, None for the first, before which it ran from its start.
    """
    start, end, said = one.said["trial_starts_on"], one.said["trial_ends_on"], one.said
    if start is None or end is None or not start < end or start > one.seen_on:
        return False
    if before is None:
        return said["started_on"] is not None and said["started_on"] < start and one.state not in RESTING
    seen_before = one.seen_before or before.seen_on
    return before.state in RUNS and one.state in (*RUNS, "ended") and seen_before < start and end <= one.seen_on


def unfolded(observations: Sequence[Observation]) -> list[Observation]:
    """The observations, and before one that tells of a free time nobody saw: that it ran until then, and that time."""
    told: list[Observation] = []
    for one in observations:
        before = told[-1] if told else None
        if hides_a_trial(one, before):
            start = str(one.said["trial_starts_on"])
            open_end = {"ended_on": None, "cancelled_on": None, "period_starts_on": None}
            no_trial = {"trial": 0, "trial_starts_on": None, "trial_ends_on": None}
            if before is None:
                began = str(one.said["started_on"])
                ran = {**one.said, **open_end, **no_trial, "status": "active"}
                told.append(replace(one, seen_on=began, inferred=True, said=ran))
            if one.state != "trial":
                told.append(replace(
                    one, seen_on=start, inferred=True, said={
                        **(before or told[-1]).said, **open_end, "status": "trialing", "trial": 1,
                        "trial_starts_on": start, "trial_ends_on": one.said["trial_ends_on"],
                    },
                ))
            one = replace(one, seen_before=told[-1].seen_on)
        told.append(one)
    return told


def line(observations: Sequence[Observation]) -> list[Step]:
    """When each of them held. They come in the order of their days, of one day the later import last."""
    told, observations = observations, _dated(observations)
    begins = [_begins(one, before) for one, before in zip(observations, [None, *observations[:-1]], strict=True)]
    steps: list[Step] = []
    begun = paid = False
    last_paid: int | None = None
    for at, one in enumerate(observations):
        start, till = begins[at], _first([day for day in begins[at + 1:] if day])
        started = one.said["started_on"]
        if start is not None and started is not None and not begun:
            start = max(start, started)
        end = _end_of(one, observations[at + 1] if at + 1 < len(observations) else None)
        till = _first([day for day in (till, end) if day])
        state = one.state
        ran = start is not None and (till is None or start < till)
        step = Step(one, start, till, state)
        if ran and state != "ended":
            step = _resting_or_trial(step, steps, paid, last_paid)
        elif ran and one.said["trial_ends_on"] and not paid:
            step = replace(step, trial_till=one.said["trial_ends_on"])
        steps.append(step)
        if not ran:
            continue
        begun = True
        arr = one.said["arr"]
        if state not in RESTING and step.rests_since is None and (arr is None or arr > 0) and _pays(step):
            paid, last_paid = True, arr
    return [replace(step, seen=one) for step, one in zip(steps, told, strict=True)]


def _dated(observations: Sequence[Observation]) -> list[Observation]:
    """An end without any day, of one that ran on the snapshot before, is the day of the snapshot that told it."""
    dated: list[Observation] = []
    for one in observations:
        if one.ends_undated and dated:
            before = dated[-1]
            ended = before.end if before.state == "ended" else one.seen_on
            one = replace(one, said={**one.said, "ended_on": ended})
        dated.append(one)
    return dated


def _resting_or_trial(step: Step, before: Sequence[Step], paid: bool, last_paid: int | None) -> Step:
    """A trial before any payment is a trial; whoever paid and gets a free month, or a pause, rests."""
    one, start = step.seen, step.from_on
    assert start is not None
    ends = one.said["trial_ends_on"]
    if step.state == "trial":
        step = replace(step, trial_till=ends or OPEN_END)
    elif not paid and ends is not None and ends > start:
        step = replace(step, trial_till=ends)
    if step.state not in RESTING and not (step.state == "trial" and paid):
        return step
    since = start
    for earlier in reversed(before):
        rested_till = _first([day for day in (earlier.till_on, earlier.trial_till) if day])
        if earlier.rests_since is not None and rested_till == start:
            since = earlier.rests_since
        if earlier.from_on is not None and earlier.from_on != earlier.till_on:
            break
    return replace(step, rests_since=since, then_arr=(one.said["arr"] or last_paid) if step.state == "trial" else None)


def _pays(step: Step) -> bool:
    """Is there a day of it after its trial?"""
    return step.trial_till is None or (step.trial_till != OPEN_END and (step.till_on or OPEN_END) > step.trial_till)


def _begins(one: Observation, before: Observation | None) -> str | None:
    """The day on which a new state begins."""
    said, state = one.said, one.state
    if before is None:
        return None if said["started_on"] is None else str(said["started_on"])
    if state == "ended":
        return one.end
    own: list[Any] = []
    if state == "trial":
        own = [said["trial_starts_on"]]
    elif state == "paused":
        own = [said["paused_on"]]
    elif state in RUNS:
        if before.state == "trial":
            own += [before.said["trial_ends_on"], said["trial_ends_on"]]
        if before.state in ("paused", "ended", "pending"):
            own += [said["resumed_on"]]
        if before.state in ("ended", "pending"):
            own += [said["started_on"]]
        if before.state not in ("paused", "pending") and one.leaves == before.leaves:
            own += [said["period_starts_on"]]
    # a day before the snapshot that still saw the old state is no day of the new one
    seen_before = one.seen_before or before.seen_on
    return next((str(day) for day in own if day and seen_before < day <= one.seen_on), one.seen_on)


def _end_of(one: Observation, after: Observation | None) -> str | None:
    """The end as far as it is known: one that lay ahead gives way to a later one that came to be."""
    end = one.end
    if end is not None and end > one.seen_on and after is not None and after.state == "ended":
        return max(end, after.end or end)
    return end


def _first(days: Sequence[str]) -> str | None:
    return min(days, default=None)
