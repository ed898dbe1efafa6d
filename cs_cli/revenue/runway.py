"""The way to a renewal: which stage it is in, whose it is, what comes next and what to offer. Pure; no database.

Every day is counted back from decide_by, so that the price talk comes before the notice deadline. The person who
introduces the renewal is not the one who keeps the customer: the CSM never talks price.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs_cli.base.days import WorkCalendar

WITHIN = 90  # days that the list of renewals looks ahead when nothing is said

# calendar days before decide_by
INTRODUCE_DAYS, PRICE_DAYS, NOTICE_DAYS = 90, 30, 14

STAGES = ("overdue", "cancelled", "notice passed", "notice", "price", "introduce", "ahead")
NEXT = {
    "overdue": "find out what was decided and close it: renewed, or lost and why",
    "cancelled": "ask why and what would change their mind; else agree on how it ends",
    "notice passed": "it renews as it stands unless both sides agree otherwise: confirm in writing",
    "notice": "get the decision in writing before the last safe day",
    "price": "price talk: amount, term, uplift",
    "introduce": "introduce the renewal manager; confirm who decides and who signs",
    "ahead": "keep the goals on track; nothing to sell yet",
}
SEATS_FULL = 0.9


def stage(row: Mapping[str, Any]) -> str:
    """One of STAGES, from renewal_overdue, cancelled, days_to_decide and auto_renew of the row.

    A notice day that has passed says nothing of a term that ends unless somebody renews it: that one is still
    in "notice", until its end.
    """
    if row["renewal_overdue"]:
        return "overdue"
    if row["cancelled"]:
        return "cancelled"
    left = row["days_to_decide"]
    if left is None:
        return "ahead"
    if left < 0:
        return "notice" if row["auto_renew"] in (0, False) else "notice passed"
    if left <= NOTICE_DAYS:
        return "notice"
    return "price" if left <= PRICE_DAYS else "introduce" if left <= INTRODUCE_DAYS else "ahead"


def owner_role(where: str, lead: str) -> str:
    """The role that acts in a stage: the AM while an expansion is talked about or agreed, the renewal manager from
    three months before the decision, the CSM before that and once it has been cancelled.

    lead: of `roles.renewal_lead`. The fact renewal_led_by says the same of the day's stage.
    """
    return "csm" if lead != "am" and where in ("ahead", "cancelled") else lead


def last_safe_day(decide_by: date, calendar: WorkCalendar) -> date:
    """The last working day on or before decide_by: notice given on a Sunday is read on Monday, a day too late."""
    return decide_by if calendar.is_working(decide_by) else calendar.add(decide_by, -1)


def milestones(row: Mapping[str, Any], lead: str) -> list[tuple[str, date, str]]:
    """(stage, its first day, role) of a term's runway, in order of days; row has decide_by and renewal_date."""
    decide, end = date.fromisoformat(row["decide_by"]), date.fromisoformat(row["renewal_date"])
    found = [
        ("introduce", decide - timedelta(days=INTRODUCE_DAYS)),
        ("price", decide - timedelta(days=PRICE_DAYS)),
        ("notice", decide - timedelta(days=NOTICE_DAYS)),
    ]
    if decide < end and row["auto_renew"] not in (0, False):
        found.append(("notice passed", decide + timedelta(days=1)))
    found.append(("overdue", end + timedelta(days=1)))
    return [(name, day, owner_role(name, lead)) for name, day in found]


def offer(row: Mapping[str, Any]) -> str:
    """What to put on the table, from stage, band, expansion, seat_utilisation, is_multi_year and uplift of the row.

    An unhappy customer gets no offer: the cause is repaired first. A discount is given for a longer term, never
    without one.
    """
    where, band = row["stage"], row["band"]
    if where == "overdue":
        return "nothing new: settle the term that ended"
    if where == "cancelled" or band == "red":
        return "no offer before the cause is repaired"
    parts: list[str] = []
    if row.get("expansion"):
        parts.append("renew inside the expansion, the AM leads")
    elif (row.get("seat_utilisation") or 0) >= SEATS_FULL:
        parts.append(f"more seats: {row['seat_utilisation']:.0%} are used")
    if band == "green":
        parts.append(
            "the same length again" if row["is_multi_year"] else "multi-year, with a discount for the longer term"
        )
    elif band == "amber":
        parts.append("the same term; no longer one until health is repaired")
    else:
        parts.append("the same term; find out how they are first")
    if row.get("uplift"):
        if band == "amber":
            parts.append(f"think about the uplift of {row['uplift']:.1%} before you name it")
        else:
            parts.append(f"uplift of {row['uplift']:.1%} as signed")
    return "; ".join(parts)
