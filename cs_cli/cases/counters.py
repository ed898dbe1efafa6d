"""Days counted for a playbook on a subject: how long it has held, how long it has not. Pure."""

from __future__ import annotations

import hashlib
from datetime import date

from cs_cli.cases.model import Tracker, Verdict, changed


def count_held(tracker: Tracker, verdict: Verdict, first: bool, day: date) -> Tracker:
    """One more day held, paused while unknown, forgotten when it does not hold."""
    if verdict.holds is None:
        waiting = tracker.held is not None
        return changed(tracker, cannot_tell_since=(tracker.cannot_tell_since or day) if waiting else None)
    if not verdict.holds:
        return changed(
            tracker,
            held=None,
            counted=None,
            cannot_tell_since=None,
            latched=False,
            inherited=False,
            waits=None,
        )
    held, counted = tracker.held, tracker.counted
    if held is None:
        held, counted = 0, day
    elif counted is None or counted < day:
        held, counted = held + 1, day
    return changed(tracker, held=held, counted=counted, cannot_tell_since=None, inherited=tracker.inherited or first)


def count_cleared(tracker: Tracker, verdict: Verdict, day: date) -> Tracker:
    """One more day failed, paused while unknown, forgotten when it holds again, or what would end it is not there."""
    goes_on = verdict.stays if verdict.holds is False else verdict.holds
    if goes_on is None:
        return changed(tracker, cannot_tell_since=tracker.cannot_tell_since or day)
    if goes_on:
        return changed(tracker, cleared=None, counted=None, cannot_tell_since=None)
    cleared, counted = tracker.cleared, tracker.counted
    if cleared is None:
        cleared, counted = 0, day
    elif counted is None or counted < day:
        cleared, counted = cleared + 1, day
    return changed(tracker, cleared=cleared, counted=counted, cannot_tell_since=None)


def held_out(playbook: str, subject: str, share: float) -> bool:
    """Whether a subject is in the control group: a stable hash, so that it is the same in every run."""
    if share <= 0:
        return False
    digest = hashlib.sha256(f"{playbook}\x00{subject}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def earlier(one: date | None, other: date | None) -> date | None:
    """The earlier of two days; the one that is there."""
    return other if one is None else one if other is None else min(one, other)


def later(one: date | None, other: date | None) -> date | None:
    """The later of two days; the one that is there."""
    return other if one is None else one if other is None else max(one, other)
