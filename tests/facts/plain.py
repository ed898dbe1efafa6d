"""The facts once more, in plain Python over the same rows: another route than the SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cs_cli.base.days import add_months


@dataclass
class Rows:
    """What one account has; days are dates, money is in cents of the reporting currency."""

    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    invoices: list[dict[str, Any]] = field(default_factory=list)
    tickets: list[dict[str, Any]] = field(default_factory=list)
    surveys: list[dict[str, Any]] = field(default_factory=list)
    touches: list[dict[str, Any]] = field(default_factory=list)
    pulses: list[dict[str, Any]] = field(default_factory=list)
    usage: dict[date, float] = field(default_factory=dict)


def replaced(one: dict[str, Any], end: date, ends: list[tuple[dict[str, Any], date]], day: date) -> bool:
    """Cancelled, and another subscription was begun around that day, not long before its end."""
    gone = one["cancelled_on"]
    return bool(gone and gone <= day) and any(
        new["started_on"] > one["started_on"]
        and last > end
        and not (new["cancelled_on"] and new["cancelled_on"] <= day)
        and (end - new["started_on"]).days <= 92 and abs((new["started_on"] - gone).days) <= 31
        for new, last in ends
    )


def recompute(everybody: dict[str, Rows], name: str, day: date) -> dict[str, Any]:
    """The facts of one account on a day; everybody is needed for what the workspace has been delivered."""
    mine = everybody[name]
    found: dict[str, Any] = {}
    _money(everybody, mine, day, found)
    _support(everybody, mine, day, found)
    _feeling(everybody, mine, day, found)
    _usage(everybody, mine, day, found)
    return found


def _money(everybody: dict[str, Rows], mine: Rows, day: date, found: dict[str, Any]) -> None:
    def arr(on: date) -> int:
        return sum(
            one["arr"]
            for one in mine.subscriptions
            if one["started_on"] <= on and not (one["ended_on"] and one["ended_on"] <= on)
        )

    found["arr"] = arr(day) / 100
    found["mrr"] = round(arr(day) / 12 + 1e-9) / 100
    before = arr(day - timedelta(days=90))
    found["arr_change_90d"] = arr(day) / before - 1 if before else None
    running = [
        one
        for one in mine.subscriptions
        if one["started_on"] <= day and not (one["ended_on"] and one["ended_on"] <= day)
    ]
    ever = any(one["started_on"] <= day for one in mine.subscriptions)
    found["status"] = "customer" if arr(day) else "churned" if ever else "prospect"
    found["cancel_requested"] = int(any(one["cancelled_on"] and one["cancelled_on"] <= day for one in running))
    ends = []
    for one in running:
        gone = one["cancelled_on"]
        # once it is cancelled no term begins any more; an end dated later is not known yet
        last = gone if gone and gone <= day else day
        n = 1
        while add_months(one["started_on"], n * one["months"], one["started_on"].day) < last:
            n += 1
        end = add_months(one["started_on"], n * one["months"], one["started_on"].day)
        if end >= day - timedelta(days=365):
            ends.append((one, end))
    due = [end for one, end in ends if one["months"] >= 3 and not replaced(one, end, ends, day)]
    found["days_to_renewal"] = (min(due) - day).days if due else None

    days = [
        one[c]
        for rows in everybody.values()
        for one in rows.invoices
        for c in ("issued_on", "paid_on")
        if one[c] and one[c] <= day
    ]
    fresh = bool(days) and (day - max(days)).days <= 62
    owed = [
        one
        for one in mine.invoices
        if one["issued_on"] <= day and one["due_on"] < day and (one["paid_on"] is None or one["paid_on"] > day)
    ]
    found["overdue_amount"] = sum(one["amount"] for one in owed) / 100 if fresh else None
    found["overdue_days"] = max(((day - one["due_on"]).days for one in owed), default=0) if fresh else None


def _support(everybody: dict[str, Rows], mine: Rows, day: date, found: dict[str, Any]) -> None:
    days = [
        one[c]
        for rows in everybody.values()
        for one in rows.tickets
        for c in ("opened_on", "closed_on")
        if one[c] and one[c] <= day
    ]
    fresh = bool(days) and (day - max(days)).days <= 45
    open_ = [
        one for one in mine.tickets if one["opened_on"] <= day and not (one["closed_on"] and one["closed_on"] <= day)
    ]
    found["open_tickets"] = len(open_) if fresh else None
    found["urgent_tickets"] = sum(one["priority"] == "urgent" for one in open_) if fresh else None
    found["ticket_age_max_days"] = max(((day - one["opened_on"]).days for one in open_), default=0) if fresh else None
    found["tickets_28d"] = sum(0 <= (day - one["opened_on"]).days < 28 for one in mine.tickets) if fresh else None


def _feeling(everybody: dict[str, Rows], mine: Rows, day: date, found: dict[str, Any]) -> None:
    seen = [one for one in mine.surveys if one["day"] <= day]
    known = any(one["day"] <= day for rows in everybody.values() for one in rows.surveys)
    latest = max((one["day"] for one in seen), default=None)
    found["nps_latest"] = min(one["score"] for one in seen if one["day"] == latest) if latest else None
    found["nps_age_days"] = (day - latest).days if latest else None
    found["detractors_180d"] = (
        sum((day - one["day"]).days < 180 and one["score"] <= 6 for one in seen) if known else None
    )
    touched = [one["day"] for one in mine.touches if one["day"] <= day]
    found["days_since_touch"] = (day - max(touched)).days if touched else None
    any_touch = any(one["day"] <= day for rows in everybody.values() for one in rows.touches)
    found["touches_90d"] = sum((day - one).days < 90 for one in touched) if any_touch else None
    felt = sorted(
        (one for one in mine.pulses if one["day"] <= day), key=lambda one: (-one["day"].toordinal(), one["score"])
    )
    live = felt and (day - felt[0]["day"]).days < 45
    found["pulse"] = felt[0]["score"] if live else None


def _usage(everybody: dict[str, Rows], mine: Rows, day: date, found: dict[str, Any]) -> None:
    days = [one for rows in everybody.values() for one in rows.usage if one <= day]
    fresh = bool(days) and (day - max(days)).days <= 14
    names = ("usage_28d", "usage_change_28d", "usage_trend_13w", "last_seen_days")
    if not fresh:
        found.update(dict.fromkeys(names))
        return
    end, begin = max(days), min(days)
    age = {(end - one).days: value for one, value in mine.usage.items() if one <= end}
    now = sum(value for n, value in age.items() if n < 28)
    before = sum(value for n, value in age.items() if 28 <= n < 56)
    found["usage_28d"] = now if age else None  # never seen is not none
    long_enough = (end - begin).days >= 49
    found["usage_change_28d"] = now / before - 1 if before and long_enough else None
    weeks = [sum(value for n, value in age.items() if n // 7 == week) for week in range(12, -1, -1)]
    mean = sum(weeks) / 13
    slope = sum((n - 6) * value for n, value in enumerate(weeks)) / 182
    found["usage_trend_13w"] = slope / mean if mean and (end - begin).days >= 84 else None
    used = [n for n, value in age.items() if value > 0]
    found["last_seen_days"] = min(used) if used else None
