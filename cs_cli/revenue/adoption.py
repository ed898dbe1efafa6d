"""Adoption: who uses it at all, who reached first value, and how much of it is used. Shares with n and interval.

A customer is active whose people were seen within the last 28 covered days. Of whom no usage is known nothing is
claimed: they are counted apart and are in no share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from cs_cli.revenue.retention import NO_GROUP, interval, rate

ACTIVE_DAYS = 28
FACTS = (
    "last_seen_days", "activated", "features_used_28d", "key_actions_28d", "seat_utilisation", "customer_since",
    "status",
)  # fmt: skip


def adoption_rows(accounts: Iterable[Mapping[str, Any]], split: str | None = None) -> list[dict[str, Any]]:
    """{customers, usage_known, active, active_share, active_low, active_high, value_known, reached, reached_share,
    reached_low, reached_high, features, features_n, key_actions, key_actions_n, seats_used, seats_used_n} of all
    customers.

    features, key_actions and seats_used are medians of the customers of whom they are known (their _n). split: a
    column of accounts, or "cohort" (the quarter in which they became customers); then one row per group, as `group`.
    accounts: rows with FACTS. Intervals are Wilson's, 95 %, up to 200 customers.
    """
    rows = [row for row in accounts if row["status"] == "customer"]
    if split is None:
        return [_figures(rows)]
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        name = _cohort(row["customer_since"]) if split == "cohort" else str(row[split] or NO_GROUP)
        groups.setdefault(name, []).append(row)
    return [{"group": name, **_figures(groups[name])} for name in sorted(groups)]


def _cohort(since: str | None) -> str:
    return f"{since[:4]}-Q{(int(since[5:7]) + 2) // 3}" if since else NO_GROUP


def _figures(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    seen = [row["last_seen_days"] for row in rows if row["last_seen_days"] is not None]
    started = [row["activated"] for row in rows if row["activated"] is not None]
    active, reached = sum(days < ACTIVE_DAYS for days in seen), sum(bool(one) for one in started)
    active_low, active_high = interval(active, len(seen))
    reached_low, reached_high = interval(reached, len(started))
    found: dict[str, Any] = {
        "customers": len(rows), "usage_known": len(seen), "active": active, "active_share": rate(active, len(seen)),
        "active_low": active_low, "active_high": active_high, "value_known": len(started), "reached": reached,
        "reached_share": rate(reached, len(started)), "reached_low": reached_low, "reached_high": reached_high,
    }  # fmt: skip
    for name, fact in (("features", "features_used_28d"), ("key_actions", "key_actions_28d"),
                       ("seats_used", "seat_utilisation")):  # fmt: skip
        values = [row[fact] for row in rows if row[fact] is not None]
        found |= {name: round(median(values), 4) if values else None, f"{name}_n": len(values)}
    return found
